//! Looks again and again whether remotes have other schemas than those that are served, as often as their definitions say.
//!
//! Each remote has a task of its own, so that none waits for another and none is asked twice at a time. Only remotes that
//! answer are polled; those that do not are the business of `heal`. A poll that fails changes nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;

use super::{Hub, Inner};
use crate::telemetry::SCHEMA_CHANGE_LOG;

/// The remotes that are polled, by name.
#[derive(Debug, Default)]
pub(super) struct Pollers(Mutex<HashMap<String, Poller>>);

#[derive(Debug)]
struct Poller {
    interval: Duration,
    task: AbortHandle,
}

impl Drop for Pollers {
    fn drop(&mut self) {
        let pollers = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        pollers.values().for_each(|poller| poller.task.abort());
    }
}

impl Hub {
    /// Starts a poller for each remote whose definition wants one, and ends those that nobody wants any more.
    pub(super) fn poll(&self) {
        let current = self.0.current.load();
        let interval = |name: &str| {
            let definition = &current.snapshot.document.remote_schema(name)?.definition;
            definition.poll_interval_seconds.map(Duration::from_secs)
        };
        let mut pollers = self.0.pollers.0.lock().unwrap_or_else(PoisonError::into_inner);
        pollers.retain(|name, poller| {
            let is_wanted = interval(name) == Some(poller.interval);
            if !is_wanted {
                poller.task.abort();
            }
            is_wanted && !poller.task.is_finished()
        });
        for name in current.remotes.keys().filter(|name| !pollers.contains_key(*name)).collect::<Vec<_>>() {
            if let Some(interval) = interval(name) {
                let task = tokio::spawn(poll(Arc::downgrade(&self.0), name.clone(), interval)).abort_handle();
                pollers.insert(name.clone(), Poller { interval, task });
            }
        }
    }
}

async fn poll(hub: Weak<Inner>, name: String, interval: Duration) {
    let mut n_failures = 0;
    // Remotes that are polled equally often, and gateways that start together, are spread over the interval.
    let mut pause = scaled(interval, rand::random_range(0.0..=1.0));
    loop {
        // Nothing is held while waiting, so that a hub nobody uses any more goes away.
        tokio::time::sleep(pause).await;
        let Some(inner) = hub.upgrade() else { return };
        let longest = inner.options.longest_pause;
        let current = inner.current.load_full();
        let Some(remote) = current.remotes.get(&name) else { return };
        let asker = remote.asker(&inner.options).filter(|_| remote.is_fresh());
        let source = remote.source();
        drop((current, inner));
        if let Some(asker) = asker {
            match asker.ask().await {
                Ok(introspected) => {
                    if n_failures > 0 {
                        tracing::info!(target: SCHEMA_CHANGE_LOG, remote = name, "the schema of a remote can be polled again");
                    }
                    n_failures = 0;
                    let Some(inner) = hub.upgrade() else { return };
                    // In a task of its own, because `Hub::poll` may end this one and a change must never stop half-way.
                    let name = name.clone();
                    let adopting = async move { Hub(inner).found(&name, source, Ok(introspected)).await };
                    // A panic is logged where it happens, and the next poll is another chance.
                    let _ = tokio::spawn(adopting).await;
                }
                Err(failure) => {
                    if n_failures == 0 {
                        tracing::warn!(
                            target: SCHEMA_CHANGE_LOG,
                            remote = name,
                            reason = failure.reason,
                            "the schema of a remote cannot be polled; what is served stays"
                        );
                    }
                    n_failures += 1;
                }
            }
        }
        pause = scaled(backed_off(interval, n_failures, longest), rand::random_range(0.9..=1.1));
    }
}

/// The interval, doubled with each failure up to `longest`.
fn backed_off(interval: Duration, n_failures: u32, longest: Duration) -> Duration {
    interval.saturating_mul(1 << n_failures.min(16)).min(longest.max(interval))
}

/// An interval that may be longer than the clock can count.
fn scaled(interval: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(interval.as_secs_f64() * factor).unwrap_or(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_with_failures_and_are_never_shorter_than_the_interval() {
        let longest = Duration::from_secs(60);
        let seconds =
            |interval, n_failures| backed_off(Duration::from_secs(interval), n_failures, longest).as_secs();
        assert_eq!([0, 1, 2, 3, 4, 100].map(|n_failures| seconds(5, n_failures)), [5, 10, 20, 40, 60, 60]);
        assert_eq!([0, 1, 100].map(|n_failures| seconds(300, n_failures)), [300, 300, 300]);
        assert_eq!(seconds(u64::MAX, 3), u64::MAX);
        assert!(scaled(Duration::from_secs(u64::MAX), 1.1) >= Duration::from_secs(u64::MAX / 2));
    }
}
