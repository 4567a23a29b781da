//! `cargo xtask test`: every check, one after the other; CI runs exactly this.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};

/// What `test` was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    only: Vec<String>,
    list: bool,
}

/// How many lines of a step that failed are shown once more at the end.
const LAST_LINES: usize = 150;

/// A check: its name, and what fails when it fails.
type Step = (&'static str, fn() -> anyhow::Result<()>);

const STEPS: [Step; 13] = [
    ("format", || execute(crate::cargo().args(["fmt", "--all", "--check"]))),
    ("lints", || {
        execute(crate::cargo().args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
    }),
    ("tests", tests),
    ("doc tests", || execute(crate::cargo().args(["test", "--workspace", "--doc"]))),
    ("dependencies", dependencies),
    ("console", crate::console::check),
    ("console end to end", console_end_to_end),
    ("demo", || demo("demo")),
    ("demo with a namespace", || demo("namespaced")),
    ("documented commands", crate::readme::check),
    ("book", || crate::book::run(&[])),
    ("benchmark programs", benchmark_programs),
    ("budgets", || crate::budgets::run(&["check".to_owned()])),
];

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self { only: Vec::new(), list: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => options.list = true,
                "--only" => {
                    let step = arguments.next().context("--only needs the name of a step")?;
                    if STEPS.iter().all(|(name, _)| name != step) {
                        bail!("there is no step \"{step}\"; see `cargo xtask test --list`");
                    }
                    options.only.push(step.clone());
                }
                other => bail!("`test` has no option {other}; see `cargo xtask help`"),
            }
        }
        Ok(options)
    }

    fn wants(&self, step: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == step)
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    if options.list {
        STEPS.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(());
    }
    let wanted: Vec<&Step> = STEPS.iter().filter(|(name, _)| options.wants(name)).collect();
    let mut failed = Vec::new();
    if let [step] = wanted[..] {
        if !run_here(step) {
            failed.push((step.0, Vec::new()));
        }
    } else {
        for (name, _) in &wanted {
            if let Some(last_lines) = run_apart(name)? {
                failed.push((name, last_lines));
            }
        }
    }
    // Once more at the end, where it is looked for: what a step printed may be thousands of lines above.
    for (name, last_lines) in &failed {
        if !last_lines.is_empty() {
            println!("\n--- {name}: the last lines of what FAILED\n{}", last_lines.join("\n"));
        }
    }
    println!("\n{} passed, {} failed", wanted.len() - failed.len(), failed.len());
    if !failed.is_empty() {
        let names: Vec<&str> = failed.iter().map(|(name, _)| *name).collect();
        bail!("failed: {}", names.join(", "));
    }
    Ok(())
}

/// Runs a step in this process; whether it passed.
fn run_here((name, step): &Step) -> bool {
    println!("\n--- {name}");
    let started = Instant::now();
    let result = step();
    let seconds = started.elapsed().as_secs_f64();
    match &result {
        Ok(()) => println!("--- {name}: passed in {seconds:.1} s"),
        Err(error) => println!("--- {name}: FAILED in {seconds:.1} s: {error:#}"),
    }
    result.is_ok()
}

/// Runs a step in a process of its own, handing on what it prints; its last lines if it failed.
fn run_apart(name: &str) -> anyhow::Result<Option<Vec<String>>> {
    let (printed, printer) = std::io::pipe()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["test", "--only", name]).stdout(printer.try_clone()?).stderr(printer);
    let mut step = command.spawn().with_context(|| format!("cannot run the step \"{name}\""))?;
    // Its ends of the pipe, without which the lines below would never end.
    drop(command);
    let mut last_lines = VecDeque::new();
    for line in BufReader::new(printed).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        if last_lines.len() == LAST_LINES {
            last_lines.pop_front();
        }
        last_lines.push_back(line);
    }
    let passed = step.wait()?.success();
    Ok((!passed).then(|| last_lines.into()))
}

/// Unit tests, fixtures and the end-to-end suites, those against servers from npm and PyPI included.
fn tests() -> anyhow::Result<()> {
    install_postgresql()?;
    match install("cargo-nextest", "nextest") {
        Ok(()) => execute(crate::cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"])),
        Err(error) => {
            println!("{error:#}; using cargo's own runner");
            execute(crate::cargo().args([
                "test",
                "--workspace",
                "--no-fail-fast",
                "--lib",
                "--bins",
                "--tests",
            ]))
        }
    }
}

/// The workspaces beside ours: the benchmark must lint and pass its tests, the fuzz targets must at least be in form.
fn benchmark_programs() -> anyhow::Result<()> {
    let in_workspace = |name: &str, arguments: &[&str]| {
        let manifest = crate::workspace().join(name).join("Cargo.toml");
        let (command, rest) = arguments.split_first().context("a cargo command has a name")?;
        execute(crate::cargo().arg(command).arg("--manifest-path").arg(manifest).args(rest))
    };
    in_workspace("fuzz", &["fmt", "--check"])?;
    in_workspace("bench", &["fmt", "--all", "--check"])?;
    let target = crate::target_directory().join("bench");
    let target = target.to_str().context("the target directory is no text")?;
    let all = ["--workspace", "--all-targets", "--target-dir", target];
    in_workspace("bench", &[&["clippy"][..], &all, &["--", "--deny", "warnings"]].concat())?;
    in_workspace("bench", &[&["test"][..], &all].concat())
}

/// Licences, banned crates, sources and, where its database can be reached, advisories of everything we link.
fn dependencies() -> anyhow::Result<()> {
    install("cargo-deny", "deny")?;
    let mut fetch = crate::cargo();
    fetch.args(["deny", "--log-level", "off", "fetch", "db"]).stderr(Stdio::null());
    if fetch.status().is_ok_and(|status| status.success()) {
        execute(crate::cargo().args([
            "deny",
            "--log-level",
            "error",
            "check",
            "--disable-fetch",
            "advisories",
        ]))?;
    } else {
        println!("the advisory database is out of reach, so advisories are not checked");
    }
    execute(crate::cargo().args(["deny", "--log-level", "error", "check", "bans", "licenses", "sources"]))
}

fn demo(example: &str) -> anyhow::Result<()> {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    crate::demo::run(&crate::demo::Options {
        example: example.to_owned(),
        port: free,
        once: true,
        debug: true,
        console: false,
        gateway: None,
    })
}

/// Installs the server that the tests of the metadata store start, where the system's packages are those of Debian.
fn install_postgresql() -> anyhow::Result<()> {
    let is_there =
        std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| versions.next().is_some());
    if is_there {
        return Ok(());
    }
    install_package("postgresql", "the tests of the metadata store need a PostgreSQL server")
}

/// The console in a browser, which is installed where the system's packages are those of Debian.
fn console_end_to_end() -> anyhow::Result<()> {
    if !std::path::Path::new("/usr/bin/chromium").exists() {
        install_package("chromium", "the tests of the console need the browser Chromium")?;
    }
    crate::console::end_to_end()
}

fn install_package(package: &str, need: &str) -> anyhow::Result<()> {
    println!("installing {package}");
    let apt = |arguments: &[&str]| {
        execute(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let hint = || format!("{need}: `apt-get install {package}`");
    apt(&["update", "--quiet"]).with_context(hint)?;
    apt(&["install", "--quiet", "--yes", "--no-install-recommends", package]).with_context(hint)
}

/// Installs a cargo subcommand unless it is there.
fn install(package: &str, subcommand: &str) -> anyhow::Result<()> {
    let mut probe = crate::cargo();
    probe.args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if probe.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    println!("installing {package}");
    // A directory of its own: what it builds is of no use to the workspace.
    let scratch = crate::target_directory().join("install");
    execute(crate::cargo().args(["install", "--locked", package]).env("CARGO_TARGET_DIR", scratch))
        .with_context(|| format!("cannot install {package}"))
}

pub(crate) fn execute(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    if !status.success() {
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
        bail!("`{} {}` ended with {status}", command.get_program().to_string_lossy(), arguments.join(" "));
    }
    Ok(())
}
