//! `cargo xtask demo`: an example directory brought to life.
//!
//! `examples/NAME/` holds `remotes/*.{graphql,json}` (or uses those of `examples/demo`), `metadata/`, and `queries/`: each
//! `X.graphql` says in a comment `# requests: orders 1, users 1` what it may cost, and `X.json` is its exact answer.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::children::{Children, StopOnDrop};
use crate::{console, http};

/// What `demo` was asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) example: String,
    pub(crate) port: u16,
    pub(crate) once: bool,
    pub(crate) debug: bool,
    /// Whether the gateway needs its console.
    pub(crate) console: bool,
    /// The gateway's program, when it is not the one that is built here.
    pub(crate) gateway: Option<PathBuf>,
}

/// One query of an example.
#[derive(Debug)]
struct Check {
    query: String,
    answer: String,
    /// Requests by remote.
    requests: BTreeMap<String, usize>,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self {
            example: "demo".to_owned(),
            port: 8080,
            once: false,
            debug: false,
            console: true,
            gateway: None,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--example" => options.example = value()?.clone(),
                "--port" => options.port = value()?.parse().context("--port needs a number")?,
                "--once" => options.once = true,
                "--debug" => options.debug = true,
                "--without-console" => options.console = false,
                other => bail!("`demo` has no option {other}; see `cargo xtask help`"),
            }
        }
        // Nobody stays to look at it.
        options.console &= !options.once;
        Ok(options)
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let example = crate::workspace().join("examples").join(&options.example);
    let checks = read_checks(&example)?;
    if options.console {
        console::build()?;
    }
    let binaries = build(options.debug, options.console)?;
    let scratch = Scratch::new()?;
    let children = Children::new()?;
    let _stop = StopOnDrop(&children);

    let remotes = start_remotes(&children, &binaries, &example)?;
    let started = Instant::now();
    let program = options.gateway.clone().unwrap_or_else(|| binaries.join("conjoin"));
    let gateway = start_gateway(&children, &program, &example, options.port, &remotes, &scratch.0)?;
    println!("\ngateway    {gateway}  (serving after {} ms)", started.elapsed().as_millis());
    if options.console {
        println!("console    {gateway}/console/");
    }
    for (name, url) in &remotes {
        println!("{name:10} {url}");
    }

    let mut wrong = Vec::new();
    for check in &checks {
        let (answer, requests) = ask(&gateway, &remotes, &check.query)?;
        let listed = requests.iter().filter(|(_, count)| **count > 0);
        let listed: Vec<String> = listed.map(|(name, count)| format!("{name} {count}")).collect();
        println!("\n{}\n{answer}\nupstream requests: {}", check.query.trim(), listed.join(", "));
        if answer != check.answer {
            wrong.push(format!("{}\n  answered {answer}\n  expected {}", check.query.trim(), check.answer));
        }
        let expected = |name: &String| check.requests.get(name).copied().unwrap_or(0);
        if requests.iter().any(|(name, count)| *count != expected(name)) {
            wrong.push(format!(
                "{}\n  cost {requests:?} upstream requests\n  expected {:?}",
                check.query.trim(),
                check.requests
            ));
        }
    }
    print_size(&children, &program);
    if !wrong.is_empty() {
        bail!("{} of {} queries went wrong:\n{}", wrong.len(), checks.len(), wrong.join("\n"));
    }
    if options.once {
        println!("\n{} queries answered as expected", checks.len());
        return Ok(());
    }
    if let Some(check) = checks.first() {
        let query: Vec<&str> = check.query.lines().filter(|line| !line.starts_with('#')).collect();
        println!(
            "\nTry it:\n\n  curl {gateway}/v1/graphql -H 'content-type: application/json' -d '{{\"query\":{}}}'",
            http::json_string(query.join(" ").trim())
        );
    }
    if options.console {
        println!("\nor open {gateway}/console/ in a browser.");
    }
    println!("\nCtrl-C stops all.");
    children.serve()
}

/// Builds the binaries and returns where they are.
pub(crate) fn build(debug: bool, with_console: bool) -> anyhow::Result<PathBuf> {
    let mut cargo = if with_console { console::cargo_with_console() } else { crate::cargo() };
    cargo.args(["build", "--package", "conjoin", "--package", "conjoin-testkit", "--bins"]);
    if !debug {
        cargo.arg("--release");
    }
    if !cargo.status().context("cannot run cargo")?.success() {
        bail!("the build failed");
    }
    Ok(crate::target_directory().join(if debug { "debug" } else { "release" }))
}

/// Starts every remote of the example; returns their URLs by name.
pub(crate) fn start_remotes(
    children: &Children,
    binaries: &Path,
    example: &Path,
) -> anyhow::Result<BTreeMap<String, String>> {
    let own = example.join("remotes");
    let directory = if own.is_dir() { own } else { crate::workspace().join("examples/demo/remotes") };
    let mut remotes = BTreeMap::new();
    for sdl in files(&directory, "graphql")? {
        let name = stem(&sdl);
        let mut command = Command::new(binaries.join("sample-remote"));
        command.arg("--sdl").arg(&sdl).arg("--data").arg(sdl.with_extension("json")).stdout(Stdio::piped());
        let output = children.start(&name, &mut command, |child| child.stdout.take())?;
        let mut url = String::new();
        BufReader::new(output.context("the remote has no output")?).read_line(&mut url)?;
        if url.is_empty() {
            bail!("the remote {name} did not start");
        }
        remotes.insert(name, url.trim().to_owned());
    }
    Ok(remotes)
}

/// Starts the gateway, waits until it serves all of its metadata, and returns its URL.
pub(crate) fn start_gateway(
    children: &Children,
    program: &Path,
    example: &Path,
    port: u16,
    remotes: &BTreeMap<String, String>,
    scratch: &Path,
) -> anyhow::Result<String> {
    let url = format!("http://127.0.0.1:{port}");
    if std::net::TcpListener::bind(("127.0.0.1", port)).is_err() {
        bail!("port {port} is taken; choose another with --port");
    }
    let log = scratch.join("gateway.log");
    let output = File::create(&log)?;
    // Nothing of this machine is to have a part in what is shown.
    let mut command = Command::new(program);
    command.env_clear().current_dir(scratch);
    command.args(["serve", "--host", "127.0.0.1", "--port", &port.to_string()]);
    command.arg("--data-dir").arg(scratch.join("data")).arg("--metadata-dir").arg(example.join("metadata"));
    command.stdout(output.try_clone()?).stderr(output);
    for (name, url) in remotes {
        command.env(format!("{}_URL", name.to_uppercase()), url);
    }
    children.start("gateway", &mut command, |_| ())?;
    let failed = |what: &str| {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        anyhow::anyhow!("the gateway {what}; it said:\n{log}")
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some((_, Some(status))) = children.state("gateway") {
            return Err(failed(&format!("ended with {status}")));
        }
        match http::get(&format!("{url}/healthz?strict=true")) {
            Ok(_) => return Ok(url),
            Err(error) if Instant::now() > deadline => {
                return Err(failed(&format!("is not healthy after 30 seconds ({error:#})")));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// The answer to a query, and how many requests each remote got for it.
fn ask(
    gateway: &str,
    remotes: &BTreeMap<String, String>,
    query: &str,
) -> anyhow::Result<(String, BTreeMap<String, usize>)> {
    let log = |url: &str| url.replace("/graphql", "/requests");
    for url in remotes.values() {
        http::post(&format!("{}/reset", log(url)), "")?;
    }
    let body = format!("{{\"query\":{}}}", http::json_string(query));
    let answer = http::post(&format!("{gateway}/v1/graphql"), &body)?;
    let mut requests = BTreeMap::new();
    for (name, url) in remotes {
        requests.insert(name.clone(), count(&http::get(&log(url))?)?);
    }
    Ok((answer, requests))
}

/// The number in `{"count":3,…`.
fn count(log: &str) -> anyhow::Result<usize> {
    let number = log.strip_prefix("{\"count\":").and_then(|rest| rest.split(',').next());
    number.and_then(|number| number.parse().ok()).with_context(|| format!("not a request log: {log}"))
}

fn read_checks(example: &Path) -> anyhow::Result<Vec<Check>> {
    let mut checks = Vec::new();
    for path in files(&example.join("queries"), "graphql")? {
        let query = read(&path)?;
        let answer = read(&path.with_extension("json"))?.trim().to_owned();
        let costs = query.lines().find_map(|line| line.strip_prefix("# requests: "));
        let costs = costs
            .with_context(|| format!("{} has no line `# requests: REMOTE NUMBER, …`", path.display()))?;
        let cost = |text: &str| {
            let (name, number) = text.trim().split_once(' ')?;
            Some((name.to_owned(), number.parse().ok()?))
        };
        let requests = costs.split(',').map(cost).collect::<Option<_>>();
        let requests = requests.with_context(|| format!("cannot read the costs in {}", path.display()))?;
        checks.push(Check { query, answer, requests });
    }
    Ok(checks)
}

/// Shows what the gateway weighs.
fn print_size(children: &Children, program: &Path) {
    let binary = program.metadata().map(|metadata| metadata.len()).unwrap_or_default();
    let memory = children.state("gateway").and_then(|(pid, _)| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok()
    });
    let megabytes = |kilobytes: u64| kilobytes as f64 / 1024.0;
    print!("\nconjoin is {:.1} MB on disk", megabytes(binary / 1024));
    match memory {
        Some(kilobytes) => println!(" and {:.1} MB in memory", megabytes(kilobytes)),
        None => println!(),
    }
}

/// The files of a directory with an extension, in the order of their names.
fn files(directory: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|own| own == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A directory that goes when the demo goes.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("conjoin-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_readable_checks() {
        for example in ["demo", "namespaced"] {
            let checks = read_checks(&crate::workspace().join("examples").join(example)).unwrap();
            assert!(!checks.is_empty(), "{example} has no checks");
        }
    }

    #[test]
    fn the_count_is_read_from_a_log() {
        assert_eq!(count(r#"{"count":12,"operations":[]}"#).unwrap(), 12);
        assert!(count("{}").is_err());
    }

    #[test]
    fn options_are_refused_when_unknown() {
        let arguments = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let expected = Options {
            example: "namespaced".to_owned(),
            port: 9,
            once: true,
            debug: false,
            console: false,
            gateway: None,
        };
        assert_eq!(Options::parse(&arguments("--once --port 9 --example namespaced")).unwrap(), expected);
        assert!(Options::parse(&arguments("--prot 9")).is_err());
        assert!(Options::parse(&arguments("--port")).is_err());
    }
}
