//! The project's own commands: `cargo xtask help` lists them.
//!
//! [`demo`] shows the whole product over the sample remotes, [`console`] builds its web pages and [`dev`] serves them while they are
//! written, [`test`] runs every check that CI runs, [`book`] builds the manual, [`package`] the release,
//! [`bench`] and [`budgets`] measure: `bench` whole gateways, their profile and large metadata, `budgets` the engine alone.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what these commands are for")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;

mod bench;
mod book;
mod budgets;
mod children;
mod console;
mod demo;
mod dev;
mod http;
mod package;
mod readme;
mod test;

const HELP: &str = "\
cargo xtask <command>

  bench   measure what a request costs beside a program written by hand; see bench/README.md
            --only WORKLOAD  one workload (repeatable)
            --gateway NAME   one competitor (repeatable); ratios need the floor among them
            --peers          also measure Hive Gateway, which is installed from npm
            --seconds N      load of each gateway in each cell (default: 6)
            --connections N  with commas between (default: 1,16,64)
            --check          only see whether the answers are right
            --json FILE      also write the results as JSON
  book    build the documents as a book into target/book, and follow its links
  budgets count instructions and allocations of the engine's work, with valgrind; see docs/performance.md
            check            compare with bench/budgets.toml (default)
            check --update   rewrite that file
            check --only S   one scenario (repeatable)
            growth           how costs grow with rows, keys, depth, remotes and types
            run S            one scenario, without valgrind
  build   build the program for release with its console, which takes Node.js 20.19 or later; see docs/console.md
  console build the console alone, unless it is built
  demo    start the sample remotes and the gateway, ask some joined queries, then serve until Ctrl-C
            --example NAME   directory below examples/ (default: demo)
            --port PORT      port of the gateway (default: 8080)
            --once           stop after the queries; fail when an answer or a request count is wrong
            --debug          use debug builds, which are ready sooner
            --without-console  do not build the console, which takes Node.js
  dev     serve the console from its sources, in front of a debug build and the sample remotes, until Ctrl-C
            --port PORT          port of the gateway (default: 8080)
            --console-port PORT  port of the console (default: 5173)
  package build the release as an archive in dist, and try what is in it; see docs/deploy.md
            --target TRIPLE  what to build for (default: this processor with musl, which needs no shared library)
            --output DIR     where the archive goes (default: dist)
  profile say where the gateway's instructions go, with valgrind; see bench/README.md
            --only WORKLOAD  one workload (repeatable; default: single and rows-1000)
            --gateway NAME   the way of joining (default: conjoin-list)
  scale   measure large metadata: 50 remotes of 200 types, one of 3,000, GitHub's; see bench/README.md
            --only CASE      remotes-50, types-3000 or github (repeatable)
  test    every check: format, lints, tests, dependencies, demo, commands shown in documentation
            --only STEP      run one step (repeatable)
            --list           list the steps
  help    this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (command, arguments) = match arguments.split_first() {
        Some((command, arguments)) => (command.as_str(), arguments),
        None => ("help", arguments),
    };
    let wants_help = arguments.iter().any(|argument| argument == "--help" || argument == "-h");
    match command {
        _ if wants_help => {
            print!("{HELP}");
            Ok(())
        }
        "bench" => bench::run(arguments),
        "book" => book::run(arguments),
        "budgets" => budgets::run(arguments),
        "build" => {
            no_options(command, arguments)?;
            console::build()?;
            test::execute(console::cargo_with_console().args([
                "build",
                "--release",
                "--package",
                "conjoin",
            ]))?;
            println!("built {}", target_directory().join("release/conjoin").display());
            Ok(())
        }
        "console" => {
            no_options(command, arguments)?;
            console::build()
        }
        "demo" => demo::run(&demo::Options::parse(arguments)?),
        "dev" => dev::run(arguments),
        "package" => package::run(arguments),
        "profile" => bench::profile(arguments),
        "scale" => bench::scale(arguments),
        "test" => test::run(&test::Options::parse(arguments)?),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command \"{other}\"; see `cargo xtask help`"),
    }
}

fn no_options(command: &str, arguments: &[String]) -> anyhow::Result<()> {
    match arguments.first() {
        Some(other) => bail!("`{command}` has no option {other}; see `cargo xtask help`"),
        None => Ok(()),
    }
}

/// The directory of the workspace.
fn workspace() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Where cargo puts what it builds.
fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

/// The cargo that runs this command.
fn cargo() -> std::process::Command {
    let mut command = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace());
    command
}
