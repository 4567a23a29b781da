//! Processes that live no longer than this one.

use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;

/// Started processes; all are stopped when this is dropped and when a signal ends the command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Children {
    running: Arc<Mutex<Vec<(String, Child)>>>,
    /// Whether an interrupt is the expected end.
    serving: Arc<AtomicBool>,
}

impl Children {
    /// Children that a signal will stop too.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let children = Self::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let watched = children.clone();
        std::thread::spawn(move || {
            if runtime.block_on(interrupted()).is_ok() {
                watched.stop();
                std::process::exit(if watched.serving.load(Ordering::Relaxed) { 0 } else { 130 });
            }
        });
        Ok(children)
    }

    /// Starts a process; `take` may use its pipes first.
    pub(crate) fn start<T>(
        &self,
        name: &str,
        command: &mut Command,
        take: impl FnOnce(&mut Child) -> T,
    ) -> anyhow::Result<T> {
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let taken = take(&mut child);
        self.lock().push((name.to_owned(), child));
        Ok(taken)
    }

    /// The process id and, if it has ended, the status of a child.
    pub(crate) fn state(&self, name: &str) -> Option<(u32, Option<ExitStatus>)> {
        let mut running = self.lock();
        let (_, child) = running.iter_mut().find(|(other, _)| other == name)?;
        Some((child.id(), child.try_wait().ok().flatten()))
    }

    /// Returns only through a signal, which ends the command with success.
    pub(crate) fn serve(&self) -> ! {
        self.serving.store(true, Ordering::Relaxed);
        loop {
            std::thread::park();
        }
    }

    /// Kills the children and waits for their ends.
    pub(crate) fn stop(&self) {
        for (_, child) in self.lock().iter_mut().rev() {
            // An error means that it has already ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(String, Child)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops the children of [`Children`] on every way out of a function.
#[derive(Debug)]
pub(crate) struct StopOnDrop<'a>(pub(crate) &'a Children);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

async fn interrupted() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
