//! How each remote does, and how it did: the last changes of its health since the process started.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::catalog::{Failure, Introspection};
use serde::Serialize;
use ts_rs::TS;

use super::{Current, remotes};

/// How many changes are kept of a remote.
const KEPT: usize = 50;

/// Whether a remote is served, and from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// From what it answered.
    Healthy,
    /// It did not answer last time, and is served from its stored introspection.
    Stale,
    /// Its schema is known, and cannot be served.
    Inconsistent,
    /// It has never answered.
    Missing,
}

impl Health {
    /// That of a remote, from what is known of its schema.
    pub fn of(introspection: Option<&Introspection>, is_served: bool) -> Self {
        match introspection {
            None | Some(Introspection::Missing(_)) => Self::Missing,
            Some(_) if !is_served => Self::Inconsistent,
            Some(Introspection::Stored { cause: Some(_), .. }) => Self::Stale,
            Some(_) => Self::Healthy,
        }
    }
}

/// The health of a remote from some moment on.
#[derive(Debug, Clone)]
pub struct HealthChange {
    /// When it was noticed, in seconds since 1970.
    pub at: i64,
    /// What it is from then on.
    pub health: Health,
    /// Why it does not answer.
    pub failure: Option<Failure>,
}

impl HealthChange {
    fn reason(&self) -> Option<&str> {
        Some(&self.failure.as_ref()?.reason)
    }
}

/// The changes of all remotes, the oldest first.
#[derive(Debug, Default)]
pub(super) struct HealthHistory(Mutex<BTreeMap<String, VecDeque<HealthChange>>>);

impl HealthHistory {
    /// Notes what has changed with what is served now, and forgets remotes that are not there any more.
    pub(super) fn note(&self, current: &Current) {
        let served: BTreeSet<&str> =
            current.snapshot.catalog.remotes.iter().map(|remote| &*remote.name).collect();
        let at = remotes::now();
        let mut known = self.lock();
        known.retain(|name, _| current.remotes.contains_key(name));
        for (name, remote) in &current.remotes {
            let health = Health::of(Some(remote.introspection()), served.contains(&**name));
            let changes = known.entry(name.clone()).or_default();
            note(changes, HealthChange { at, health, failure: remote.failure().cloned() });
        }
    }

    /// Those of a remote, the newest first.
    pub(super) fn of(&self, remote: &str) -> Vec<HealthChange> {
        self.lock().get(remote).into_iter().flatten().rev().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, VecDeque<HealthChange>>> {
        // Each change of it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps what differs from the last one. Another reason for the same health is a change, too.
fn note(changes: &mut VecDeque<HealthChange>, next: HealthChange) {
    if changes.back().is_some_and(|last| last.health == next.health && last.reason() == next.reason()) {
        return;
    }
    if changes.len() == KEPT {
        changes.pop_front();
    }
    changes.push_back(next);
}

#[cfg(test)]
mod tests {
    use engine::fault::Code;

    use super::*;

    fn change(health: Health, reason: Option<&str>) -> HealthChange {
        let failure = reason.map(|reason| Failure {
            code: Code::RemoteSchemaError,
            reason: reason.to_owned(),
            internal: None,
        });
        HealthChange { at: 0, health, failure }
    }

    #[test]
    fn only_changes_are_kept_and_not_more_than_there_is_room_for() {
        let mut changes = VecDeque::new();
        for (health, reason, count) in [
            (Health::Healthy, None, 1),
            (Health::Healthy, None, 1),
            (Health::Stale, Some("refused"), 2),
            (Health::Stale, Some("refused"), 2),
            (Health::Stale, Some("took too long"), 3),
            (Health::Healthy, None, 4),
        ] {
            note(&mut changes, change(health, reason));
            assert_eq!(changes.len(), count, "{health:?} {reason:?}");
        }
        for n in 0..KEPT {
            note(&mut changes, change(Health::Stale, Some(&n.to_string())));
        }
        assert_eq!(changes.len(), KEPT);
        assert!(changes.iter().all(|change| change.health == Health::Stale));
    }
}
