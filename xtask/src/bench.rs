//! `cargo xtask bench`: builds Conjoin and the benchmark, which is a workspace of its own, and runs it.

use anyhow::{Context as _, bail};

/// Builds all of it and hands the arguments on; `bench/src/bin/run.rs` reads them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let bench = crate::workspace().join("bench");
    let target = crate::target_directory();
    let own_target = target.join("bench");
    let mut conjoin = crate::cargo();
    build(conjoin.args(["build", "--release", "--package", "conjoin", "--bins"]))?;
    let mut programs = crate::cargo();
    programs.args(["build", "--release", "--bins", "--manifest-path"]).arg(bench.join("Cargo.toml"));
    build(programs.arg("--target-dir").arg(&own_target))?;
    let mut run = std::process::Command::new(own_target.join("release/run"));
    run.arg("--conjoin").arg(target.join("release/conjoin"));
    run.arg("--bench").arg(bench).arg("--peer-directory").arg(target.join("bench-peers"));
    if !run.args(arguments).status().context("cannot run the benchmark")?.success() {
        bail!("the benchmark failed");
    }
    Ok(())
}

fn build(command: &mut std::process::Command) -> anyhow::Result<()> {
    if !command.status().context("cannot run cargo")?.success() {
        bail!("the build failed");
    }
    Ok(())
}
