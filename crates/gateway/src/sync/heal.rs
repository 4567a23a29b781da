//! Background healing: every remote without a fresh schema is asked again and again, with growing pauses, until it answers,
//! is changed or is removed. Each success is stored and served at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use engine::catalog::Failure;
use tokio::task::AbortHandle;

use super::introspect::{Asker, Introspected};
use super::remotes;
use super::{Hub, Inner};
use crate::store::Write;

/// The remotes that are being healed.
#[derive(Debug, Default)]
pub(super) struct Healers {
    /// The running healers, by the name of the remote.
    running: Mutex<HashMap<String, Healer>>,
    /// What healers found out since the last catalog was built, by the name of the remote.
    found: Mutex<BTreeMap<String, Found>>,
}

#[derive(Debug)]
struct Healer {
    /// What the remote's schema depends on; a healer is of no use to a remote that moved.
    source: String,
    task: AbortHandle,
}

#[derive(Debug)]
struct Found {
    source: String,
    outcome: Result<Introspected, Failure>,
}

impl Drop for Healers {
    fn drop(&mut self) {
        lock(&self.running).values().for_each(|healer| healer.task.abort());
    }
}

impl Hub {
    /// Starts a healer for each remote that needs one and ends those that nobody needs any more.
    pub(super) fn heal(&self) {
        self.poll();
        let current = self.0.current.load();
        let mut healers = lock(&self.0.healers.running);
        healers.retain(|name, healer| {
            let wanted = current
                .remotes
                .get(name)
                .is_some_and(|remote| !remote.is_fresh() && remote.source() == healer.source);
            if !wanted {
                healer.task.abort();
            }
            wanted && !healer.task.is_finished()
        });
        for (name, remote) in &current.remotes {
            // Without a client the definition itself is wrong, and only a change of it or of the environment helps.
            if remote.is_fresh() || remote.upstream().is_none() || healers.contains_key(name) {
                continue;
            }
            // A remote that has just failed gets its pause; one that was never asked does not wait.
            let attempts = u32::from(remote.was_asked());
            let task = tokio::spawn(heal(Arc::downgrade(&self.0), name.clone(), remote.source(), attempts));
            healers.insert(name.clone(), Healer { source: remote.source(), task: task.abort_handle() });
        }
    }

    /// Serves and stores what was found out about a remote, or holds it.
    pub(super) async fn found(&self, name: &str, source: String, outcome: Result<Introspected, Failure>) {
        lock(&self.0.healers.found).insert(name.to_owned(), Found { source, outcome });
        self.adopt().await;
    }

    /// Serves and stores what healers found out, unless a remote has changed in the meantime.
    ///
    /// Many remotes answer in the same moment when a gateway starts; all that came in while another change was going on goes
    /// into one catalog.
    async fn adopt(&self) {
        let changing = self.begin().await;
        let found = std::mem::take(&mut *lock(&self.0.healers.found));
        let current = self.0.current.load_full();
        let mut changed = BTreeMap::new();
        // Each is judged beside what the ones before it have become.
        let mut remotes = current.remotes.clone();
        for (name, Found { source, outcome }) in found {
            if remotes.get(&name).is_none_or(|remote| remote.source() != source) {
                continue;
            }
            if let Some(remote) = self.judged(&current, &remotes, &name, outcome).await {
                let remote = Arc::new(remote);
                remotes.insert(name.clone(), Arc::clone(&remote));
                changed.insert(name, remote);
            }
        }
        if changed.is_empty() {
            return;
        }
        let healed: Vec<String> =
            changed.iter().filter(|(_, remote)| remote.is_fresh()).map(|(name, _)| name.clone()).collect();
        let mut draft = self.draft();
        draft.rebuild_with(changed).await;
        let parts = draft.into_parts();
        let introspections = remotes::fetched(&parts.remotes, &current.remotes);
        let held = remotes::held(&parts.remotes, &current.remotes);
        if !introspections.is_empty() || !held.is_empty() {
            let write = Write { introspections, held, ..Write::default() };
            if let Err(error) = self.0.store.write(&write).await {
                // It can still be served; the next start will have to ask again.
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "introspections of {healed:?} are not stored");
            }
        }
        let resource_version = parts.resource_version;
        self.0.serve(Arc::new(parts.into_current(resource_version)));
        // Still under the lock, so that a change which makes a remote stale again finds its place free.
        lock(&self.0.healers.running).retain(|name, _| !healed.contains(name));
        drop(changing);
    }
}

async fn heal(hub: Weak<Inner>, name: String, source: String, mut attempts: u32) {
    loop {
        // Nothing is held while waiting, so that a hub nobody uses any more goes away.
        let Some(inner) = hub.upgrade() else { return };
        let pause = pause(attempts, inner.options.first_pause, inner.options.longest_pause);
        drop(inner);
        tokio::time::sleep(pause).await;

        let Some(asker) = hub.upgrade().and_then(|inner| asker(&inner, &name)) else { return };
        let outcome = asker.ask().await;
        let Some(inner) = hub.upgrade() else { return };
        let healed = outcome.is_ok();
        let (found, source) = (name.clone(), source.clone());
        // In a task of its own, because `Hub::heal` may end this one and a change must never stop half-way.
        let adopted = tokio::spawn(async move { Hub(inner).found(&found, source, outcome).await }).await;
        if healed || adopted.is_err() {
            return;
        }
        attempts += 1;
    }
}

/// The lock; nothing that happens while it is held can panic and leave it half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn asker(inner: &Inner, name: &str) -> Option<Asker> {
    inner.current.load().remotes.get(name)?.asker(&inner.options)
}

/// The pause before attempt number `attempts`: none, then `first`, then doubling up to `longest`; each between half and the
/// whole of that, so that many gateways do not fall upon a recovering upstream together.
pub(super) fn pause(attempts: u32, first: Duration, longest: Duration) -> Duration {
    if attempts == 0 {
        return Duration::ZERO;
    }
    let whole = first.saturating_mul(1 << (attempts - 1).min(16)).min(longest);
    whole.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(60));
        assert_eq!(pause(0, first, longest), Duration::ZERO);
        for (attempts, whole) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1000, 60)] {
            let pause = pause(attempts, first, longest);
            let whole = Duration::from_secs(whole);
            assert!(pause >= whole / 2 && pause <= whole, "attempt {attempts} after {pause:?}");
        }
    }
}
