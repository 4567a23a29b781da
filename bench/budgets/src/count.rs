//! Counting: allocations in this process, instructions by callgrind, which runs this program again.

use std::alloc::System;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What work cost this process.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Calls of the allocator that ask for memory.
    pub(crate) allocations: u64,
    /// Bytes that the result holds.
    pub(crate) kept: u64,
    /// How often it was done.
    pub(crate) times: u64,
}

/// What work cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) instructions: u64,
    pub(crate) allocations: u64,
    #[serde(skip)]
    pub(crate) kept: u64,
}

/// Does the work and counts.
pub(crate) fn counted<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<Counts> {
    let region = Region::new(ALLOCATOR);
    let result = measured(work)?;
    let change = region.change();
    drop(black_box(result));
    Ok(Counts {
        allocations: (change.allocations + change.reallocations) as u64,
        kept: change.bytes_allocated.saturating_sub(change.bytes_deallocated) as u64,
        times: 1,
    })
}

/// Does the work many times. Hash tables have random seeds, and what they do to a short piece of work evens out.
pub(crate) fn counted_often<T>(work: impl Fn() -> anyhow::Result<T>) -> anyhow::Result<Counts> {
    const TIMES: u64 = 32;
    let counts = counted(|| (0..TIMES).map(|_| work()).collect::<anyhow::Result<Vec<T>>>())?;
    Ok(Counts { allocations: counts.allocations / TIMES, kept: counts.kept / TIMES, times: TIMES })
}

/// Callgrind counts while this function is on the stack, so it must not be merged with its caller.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    // Not the last thing done, or it might be a jump.
    black_box(work())
}

/// Whether there is a valgrind.
pub(crate) fn has_valgrind() -> bool {
    let mut probe = Command::new("valgrind");
    probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Runs a scenario under callgrind; its profile stays in `directory`, for `callgrind_annotate`.
pub(crate) fn figures(scenario: &str, github: Option<&Path>, directory: &Path) -> anyhow::Result<Figures> {
    fs::create_dir_all(directory)?;
    let profile = directory.join(format!("{}.callgrind", scenario.replace(':', "-")));
    let mut run = Command::new("valgrind");
    run.args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=budgets::count::measured*"]);
    run.arg(format!("--callgrind-out-file={}", profile.display()));
    run.arg(std::env::current_exe()?).args(["run", scenario]);
    if let Some(github) = github {
        run.arg("--github").arg(github);
    }
    let output = run.output().context("cannot run valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("scenario {scenario} failed: {said}");
    }
    let counts: Counts =
        serde_json::from_slice(&output.stdout).context("cannot read the scenario's counts")?;
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, instructions) = collected.with_context(|| format!("callgrind collected nothing: {said}"))?;
    let instructions: u64 = instructions.trim().parse().context("callgrind's count is not a number")?;
    if instructions == 0 {
        bail!("callgrind counted nothing for {scenario}: it did not find the measured function");
    }
    let instructions = instructions / counts.times.max(1);
    Ok(Figures { instructions, allocations: counts.allocations, kept: counts.kept })
}
