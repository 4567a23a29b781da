//! What becomes of a schema that is not the one that is served: it is served or held, as the remote's definition says.
//!
//! Only what the gateway sees on its own (`heal`, `poll`) is judged. Who reloads a remote, or changes where it is, wants what it
//! answers. What a change breaks is found by [`engine::change`]; held schemas are kept with the remotes, and stored.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use engine::catalog::{Failure, Introspection};
use engine::change::{self, Breaking, Report};
use metadata::{Document, OnSchemaChange};

use super::introspect::Introspected;
use super::remotes::{self, Held, Remote, Remotes};
use super::{Current, Draft, Hub, finished};
use crate::telemetry::SCHEMA_CHANGE_LOG;

/// What is known of each remote's schema, by remote name.
pub type Introspections = BTreeMap<String, Introspection>;

/// A schema that differs from the one that is served.
#[derive(Debug)]
pub struct SchemaChange {
    /// The remote.
    pub remote: String,
    /// When it was fetched, in seconds since 1970.
    pub fetched_at: i64,
    /// What tells it apart from others.
    pub fingerprint: String,
    /// What is not the same, and what it breaks.
    pub report: Report,
}

/// What becomes of a remote that has answered.
enum Verdict {
    /// It answers what is served already.
    Same,
    /// The new schema is served.
    Serve,
    /// It is held.
    Hold,
}

/// What tells the answers of remotes apart, short enough for people.
pub fn fingerprint(answer: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in digest(&SHA256, answer).as_ref().iter().take(8) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl Hub {
    /// The remote after the gateway has asked it on its own; `None` when nothing is new.
    pub(super) async fn judged(
        &self,
        current: &Current,
        remotes: &Remotes,
        name: &str,
        outcome: Result<Introspected, Failure>,
    ) -> Option<Remote> {
        let remote = remotes.get(name)?;
        let introspected = match outcome {
            Ok(introspected) => introspected,
            // What was known goes on being served, and it was said when it was first noticed.
            Err(failure) if remote.is_fresh() || remote.failure() == Some(&failure) => return None,
            Err(failure) => {
                tracing::warn!(remote = name, reason = failure.reason, "remote does not answer");
                return Some(remote.asked(Err(failure)));
            }
        };
        if !remote.is_fresh() {
            tracing::info!(remote = name, "remote answers");
        }
        match self.verdict(current, remotes, name, &introspected).await {
            Verdict::Same if remote.is_fresh() && remote.held().is_none() => None,
            Verdict::Same => Some(remote.confirmed(introspected.fetched)),
            Verdict::Serve => Some(remote.asked(Ok(introspected))),
            Verdict::Hold => {
                let version = current.snapshot.resource_version;
                let is_known = remote.held().is_some_and(|held| {
                    held.introspected.answer == introspected.answer && held.judged_for == version
                });
                (!is_known || !remote.is_fresh()).then(|| remote.holding(introspected, version))
            }
        }
    }

    async fn verdict(&self, current: &Current, remotes: &Remotes, name: &str, new: &Introspected) -> Verdict {
        let document = &current.snapshot.document;
        let policy = document.remote_schema(name).map(|remote| remote.definition.on_schema_change);
        let Some((remote, known)) = remotes.get(name).and_then(|remote| Some((remote, remote.known()?)))
        else {
            return Verdict::Serve;
        };
        if Arc::ptr_eq(&known.schema, &new.schema) || known.answer == new.answer {
            return Verdict::Same;
        }
        let is_held = |held: &&Arc<Held>| held.introspected.answer == new.answer;
        match (policy.unwrap_or_default(), remote.held().filter(is_held)) {
            (OnSchemaChange::Hold, Some(_)) => return Verdict::Hold,
            (OnSchemaChange::ApplyIfSafe, Some(held))
                if held.judged_for == current.snapshot.resource_version =>
            {
                return Verdict::Hold;
            }
            _ => {}
        }
        let before = remotes::introspections(remotes);
        let mut after = before.clone();
        after.insert(name.to_owned(), Introspection::Fresh(Arc::clone(&new.schema)));
        let report = self.compare(Arc::clone(document), before, after).await;
        if report.remotes.is_empty() {
            // The same in another order, which some servers give on every call.
            return Verdict::Same;
        }
        let (verdict, outcome) = match policy.unwrap_or_default() {
            OnSchemaChange::Apply => (Verdict::Serve, "the new one is served"),
            OnSchemaChange::ApplyIfSafe if report.is_safe() => (Verdict::Serve, "the new one is served"),
            OnSchemaChange::ApplyIfSafe | OnSchemaChange::Hold => (Verdict::Hold, "the new one is held"),
        };
        log(name, &known.answer, &new.answer, &report, outcome);
        verdict
    }

    /// Says what someone's change of the metadata did to the schemas that are served. In the background: nobody waits for it.
    pub(super) fn tell(&self, last: &Arc<Current>, next: &Arc<Current>) {
        let is_changed = |name: &String, remote: &Remote| {
            let known = last.remotes.get(name).and_then(|last| last.known());
            known.zip(remote.known()).is_some_and(|(known, new)| known.answer != new.answer)
        };
        let changed: Vec<String> = next
            .remotes
            .iter()
            .filter(|(name, remote)| is_changed(name, remote))
            .map(|(name, _)| name.clone())
            .collect();
        if changed.is_empty() {
            return;
        }
        let (hub, last, next) = (self.clone(), Arc::clone(last), Arc::clone(next));
        tokio::spawn(async move {
            let document = Arc::clone(&next.snapshot.document);
            for name in changed {
                let before = remotes::introspections(&last.remotes);
                let mut after = before.clone();
                let Some(new) = next.remotes.get(&name).and_then(|remote| remote.known()) else { continue };
                after.insert(name.clone(), Introspection::Fresh(Arc::clone(&new.schema)));
                let report = hub.compare(Arc::clone(&document), before, after).await;
                if let Some(old) = last.remotes.get(&name).and_then(|remote| remote.known()) {
                    log(&name, &old.answer, &new.answer, &report, "the new one is served");
                }
            }
        });
    }

    async fn compare(
        &self,
        document: Arc<Document>,
        before: Introspections,
        after: Introspections,
    ) -> Report {
        let options = self.0.options.catalog;
        finished(tokio::task::spawn_blocking(move || change::compare(&document, &before, &after, options)))
            .await
    }
}

impl Draft {
    /// What is known of the remotes' schemas.
    pub fn introspections(&self) -> Introspections {
        remotes::introspections(&self.parts.remotes)
    }

    /// What is held, each remote on its own against what is served; only of `names`, if there are any.
    pub async fn held_changes(&self, names: Option<&BTreeSet<String>>) -> Vec<SchemaChange> {
        let mut changes = Vec::new();
        for (name, remote) in &self.parts.remotes {
            let is_meant = names.is_none_or(|names| names.contains(name));
            if let Some(held) = remote.held().filter(|_| is_meant) {
                changes.push(self.change(name, &held.introspected, held.fetched_at).await);
            }
        }
        changes
    }

    /// What remotes answer now, where that is not what is served, and why others do not answer. Nothing is kept of it.
    pub async fn live_changes(
        &self,
        names: &BTreeSet<String>,
    ) -> (Vec<SchemaChange>, Vec<(String, Failure)>) {
        let (mut changes, mut failures) = (Vec::new(), Vec::new());
        for (name, outcome) in remotes::ask(&self.parts.remotes, names, &self.hub.0.options).await {
            match outcome {
                Ok(introspected) => {
                    let change = self.change(&name, &introspected, remotes::now()).await;
                    if !change.report.remotes.is_empty() {
                        changes.push(change);
                    }
                }
                Err(failure) => failures.push((name, failure)),
            }
        }
        changes.sort_by(|one, other| one.remote.cmp(&other.remote));
        (changes, failures)
    }

    /// What the draft's schemas change of those `before`, all remotes together.
    pub async fn changes_since(&self, before: Introspections) -> Report {
        let document = Arc::clone(&self.parts.document);
        self.hub.compare(document, before, self.introspections()).await
    }

    /// Takes what is held of these remotes, and builds the catalog.
    pub async fn apply_held(&mut self, names: &BTreeSet<String>) {
        let held = names.iter().filter_map(|name| {
            let remote = self.parts.remotes.get(name)?;
            let introspected = remote.held()?.introspected.clone();
            Some((name.clone(), Arc::new(remote.asked(Ok(introspected)))))
        });
        let changed = held.collect();
        self.rebuild_with(changed).await;
    }

    /// The remotes of which something is held.
    pub fn held(&self) -> BTreeSet<String> {
        let held = self.parts.remotes.iter().filter(|(_, remote)| remote.held().is_some());
        held.map(|(name, _)| name.clone()).collect()
    }

    async fn change(&self, name: &str, new: &Introspected, fetched_at: i64) -> SchemaChange {
        let before = self.introspections();
        let mut after = before.clone();
        after.insert(name.to_owned(), Introspection::Fresh(Arc::clone(&new.schema)));
        let report = self.hub.compare(Arc::clone(&self.parts.document), before, after).await;
        SchemaChange { remote: name.to_owned(), fetched_at, fingerprint: fingerprint(&new.answer), report }
    }
}

fn log(remote: &str, old: &Bytes, new: &Bytes, report: &Report, outcome: &str) {
    let n_breaking = report.changes().filter(|change| change.breaking_graphql == Breaking::Breaking).count();
    tracing::info!(
        target: SCHEMA_CHANGE_LOG,
        remote,
        old = fingerprint(old),
        new = fingerprint(new),
        n_changes = report.changes().count(),
        n_breaking,
        n_affected = report.n_affected(),
        safe = report.is_safe(),
        "the schema of a remote has changed; {outcome}"
    );
}
