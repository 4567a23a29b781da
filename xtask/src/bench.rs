//! `cargo xtask bench`, `profile` and `scale`: build Conjoin and the benchmark, which is a workspace of its own, and run one of its
//! programs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::bail;

use crate::test::execute;

/// How fast: `bench/src/bin/run.rs` reads the arguments.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut run = built("conjoin-bench", "run")?;
    execute(run.arg("--peer-directory").arg(crate::target_directory().join("bench-peers")).args(arguments))
}

/// Where the instructions go: `bench/src/bin/profile.rs` reads the arguments.
pub(crate) fn profile(arguments: &[String]) -> anyhow::Result<()> {
    if !crate::budgets::has_program("valgrind") {
        bail!("valgrind is not installed, and callgrind, which counts the instructions, is a part of it");
    }
    let mut profile = built("conjoin-bench", "profile")?;
    execute(profile.arg("--profiles").arg(crate::target_directory().join("profiles")).args(arguments))
}

/// Large metadata: `bench/scale` reads the arguments.
pub(crate) fn scale(arguments: &[String]) -> anyhow::Result<()> {
    let github = crate::budgets::github_schema()?;
    let mut scale = built("conjoin-scale", "scale")?;
    execute(scale.arg("--github").arg(github).args(arguments))
}

/// A program of the benchmark that knows where Conjoin is, both built.
fn built(package: &str, program: &str) -> anyhow::Result<Command> {
    let bench = crate::workspace().join("bench");
    let target = crate::target_directory();
    let own_target: PathBuf = target.join("bench");
    execute(crate::cargo().args(["build", "--release", "--package", "conjoin", "--bins"]))?;
    let mut programs = crate::cargo();
    programs.args(["build", "--release", "--bins", "--package", package, "--manifest-path"]);
    execute(programs.arg(bench.join("Cargo.toml")).arg("--target-dir").arg(&own_target))?;
    let mut command = Command::new(own_target.join("release").join(program));
    command.arg("--conjoin").arg(target.join("release/conjoin")).arg("--bench").arg(bench);
    Ok(command)
}
