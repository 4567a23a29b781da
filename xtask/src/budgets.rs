//! `cargo xtask budgets`: builds the program that counts and gives it what it needs: valgrind, and GitHub's schema from npm.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::test::execute;

/// GitHub's schema as its own library has it. A version, because the figures depend on it.
const GITHUB_PACKAGE: &str = "@octokit/graphql-schema@15.26.1";

/// Hands the arguments to `bench/budgets`; `check` when they name no command.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let counts_instructions = arguments.first().is_none_or(|command| command != "run");
    if counts_instructions && !has_program("valgrind") && !install_valgrind() {
        println!("*** SKIPPED: valgrind is not installed, so instructions cannot be counted ***");
        return Ok(());
    }
    if !has_program("npm") {
        println!("*** SKIPPED: npm is not installed, and GitHub's schema comes from there ***");
        return Ok(());
    }
    let (bench, target) = (crate::workspace().join("bench"), crate::target_directory());
    let github = github_schema()?;
    let own_target = target.join("bench");
    let mut build = crate::cargo();
    build.args(["build", "--release", "--locked", "--package", "conjoin-budgets", "--manifest-path"]);
    execute(build.arg(bench.join("Cargo.toml")).arg("--target-dir").arg(&own_target))?;
    let mut budgets = Command::new(own_target.join("release/budgets"));
    if arguments.first().is_none_or(|first| first.starts_with("--")) {
        budgets.arg("check");
    }
    budgets.args(arguments).arg("--github").arg(github);
    budgets.arg("--figures").arg(bench.join("budgets.toml"));
    execute(budgets.arg("--profiles").arg(target.join("budgets")))
}

/// The SDL in the package, which is installed unless it is there.
pub(crate) fn github_schema() -> anyhow::Result<PathBuf> {
    let directory = crate::target_directory().join("github");
    let package = directory.join("node_modules/@octokit/graphql-schema");
    let version = GITHUB_PACKAGE.rsplit('@').next().unwrap_or_default();
    let manifest = std::fs::read_to_string(package.join("package.json")).unwrap_or_default();
    if !manifest.contains(&format!("\"version\": \"{version}\"")) {
        std::fs::create_dir_all(&directory)?;
        let mut install = Command::new("npm");
        install.args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
        execute(install.arg(&directory).arg(GITHUB_PACKAGE).stdout(Stdio::null()))
            .with_context(|| format!("cannot install {GITHUB_PACKAGE}"))?;
    }
    Ok(package.join("schema.graphql"))
}

pub(crate) fn has_program(name: &str) -> bool {
    let mut probe = Command::new(name);
    probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// On a machine of its own, CI installs Debian's; nobody else's machine is changed.
fn install_valgrind() -> bool {
    if std::env::var_os("CI").is_none() {
        return false;
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    apt(&["update"]) && apt(&["install", "--yes", "--no-install-recommends", "valgrind"])
}
