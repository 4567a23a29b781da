//! Background healing: every remote without a fresh schema is asked again and again, with growing pauses, until it answers,
//! is changed or is removed. Each success is stored and served at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use engine::catalog::Failure;
use tokio::task::AbortHandle;

use super::introspect::{Introspected, introspect};
use super::remotes::{self, Remote};
use super::{Hub, Inner};
use crate::store::Write;

/// The running healers, by the name of the remote.
#[derive(Debug, Default)]
pub(super) struct Healers(Mutex<HashMap<String, Healer>>);

#[derive(Debug)]
struct Healer {
    /// What the remote's schema depends on; a healer is of no use to a remote that moved.
    source: String,
    task: AbortHandle,
}

impl Drop for Healers {
    fn drop(&mut self) {
        let healers = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        healers.values().for_each(|healer| healer.task.abort());
    }
}

impl Hub {
    /// Starts a healer for each remote that needs one and ends those that nobody needs any more.
    pub(super) fn heal(&self) {
        let current = self.0.current.load();
        let mut healers = self.0.healers.0.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// Serves and stores what a healer found out, unless the remote has changed in the meantime. False ends the healer.
    async fn adopt(&self, name: &str, source: &str, outcome: Result<Introspected, Failure>) -> bool {
        let changing = self.begin().await;
        let current = self.0.current.load_full();
        let Some(remote) = current.remotes.get(name) else { return false };
        if remote.is_fresh() || remote.source() != source {
            return false;
        }
        if outcome.as_ref().err().is_some_and(|failure| remote.failure() == Some(failure)) {
            return true;
        }
        match &outcome {
            Ok(_) => tracing::info!(remote = name, "remote answers; its schema is served"),
            Err(failure) => tracing::warn!(remote = name, reason = failure.reason, "remote does not answer"),
        }
        let healed = outcome.is_ok();
        let mut draft = self.draft();
        draft.rebuild_with(BTreeMap::from([(name.to_owned(), Arc::new(remote.asked(outcome)))])).await;
        let parts = draft.into_parts();
        let write =
            Write { introspections: remotes::fetched(&parts.remotes, &current.remotes), ..Write::default() };
        if healed && let Err(error) = self.0.store.write(&write).await {
            // It can still be served; the next start will have to ask again.
            tracing::error!(
                remote = name,
                error = &error as &dyn std::error::Error,
                "introspection not stored"
            );
        }
        let resource_version = parts.resource_version;
        self.0.current.store(Arc::new(parts.into_current(resource_version)));
        if healed {
            // Still under the lock, so that a change which makes the remote stale again finds its place free.
            self.0.healers.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        }
        drop(changing);
        !healed
    }
}

async fn heal(hub: Weak<Inner>, name: String, source: String, mut attempts: u32) {
    loop {
        // Nothing is held while waiting, so that a hub nobody uses any more goes away.
        let Some(inner) = hub.upgrade() else { return };
        let pause = pause(attempts, inner.options.first_pause, inner.options.longest_pause);
        drop(inner);
        tokio::time::sleep(pause).await;

        let Some(upstream) = hub.upgrade().and_then(|inner| upstream(&inner, &name)) else { return };
        let outcome = introspect(&upstream).await;
        let Some(inner) = hub.upgrade() else { return };
        // In a task of its own, because `Hub::heal` may end this one and a change must never stop half-way.
        let (name, source) = (name.clone(), source.clone());
        let adopting = tokio::spawn(async move { Hub(inner).adopt(&name, &source, outcome).await });
        if !adopting.await.unwrap_or(false) {
            return;
        }
        attempts += 1;
    }
}

fn upstream(inner: &Inner, name: &str) -> Option<Arc<crate::upstream::Upstream>> {
    inner.current.load().remotes.get(name).and_then(|remote: &Arc<Remote>| remote.upstream().cloned())
}

/// The pause before attempt number `attempts`: none, then `first`, then doubling up to `longest`; each between half and the
/// whole of that, so that many gateways do not fall upon a recovering upstream together.
fn pause(attempts: u32, first: Duration, longest: Duration) -> Duration {
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
