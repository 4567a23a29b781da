//! What the kernel says about a process, its children included.

use std::path::PathBuf;
use std::time::Duration;

/// Ticks of a second in `/proc/PID/stat`: 100 on every Linux that we could meet.
const TICKS: u64 = 100;

/// A process that is measured.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// CPU time so far, user and system.
    pub fn cpu(self) -> Duration {
        let ticks: u64 = self.family().iter().filter_map(|pid| ticks(*pid)).sum();
        Duration::from_millis(ticks * 1000 / TICKS)
    }

    /// Memory now, in KiB.
    pub fn memory(self) -> u64 {
        self.family().iter().filter_map(|pid| status(*pid, "VmRSS:")).sum()
    }

    /// The most memory since [`Process::forget_peak`], in KiB.
    pub fn peak_memory(self) -> u64 {
        self.family().iter().filter_map(|pid| status(*pid, "VmHWM:")).sum()
    }

    /// Makes the memory of now the peak.
    pub fn forget_peak(self) {
        for pid in self.family() {
            // Where that is not allowed, the peak is that of the whole run.
            let _ = std::fs::write(proc(pid, "clear_refs"), "5");
        }
    }

    /// The process and what it has started.
    fn family(self) -> Vec<u32> {
        let mut family = vec![self.0];
        let mut next = 0;
        while let Some(&pid) = family.get(next) {
            next += 1;
            let Ok(threads) = std::fs::read_dir(proc(pid, "task")) else { continue };
            for thread in threads.flatten() {
                let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
                family.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
            }
        }
        family
    }
}

fn proc(pid: u32, file: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{file}"))
}

fn ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(proc(pid, "stat")).ok()?;
    // The name, which may hold anything, ends at the last parenthesis.
    let (_, fields) = stat.rsplit_once(')')?;
    let field = |place: usize| fields.split_whitespace().nth(place)?.parse::<u64>().ok();
    Some(field(11)? + field(12)?)
}

fn status(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(proc(pid, "status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_uses_cpu() {
        let own = Process(std::process::id());
        assert!(own.memory() > 100 && own.peak_memory() >= own.memory() / 2);
        let before = own.cpu();
        let started = std::time::Instant::now();
        while own.cpu() == before {
            assert!(started.elapsed() < Duration::from_secs(30), "no CPU time is seen");
        }
    }
}
