//! A working copy of the metadata with the catalog it would give. Nothing of it is stored or served until it is committed;
//! dropping it undoes everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use engine::catalog::{Catalog, Failure, Introspection};
use engine::problem::Problem;
use engine::remote::RemoteSchema;
use metadata::Document;

use super::introspect::Fetched;
use super::remotes::{self, Remotes};
use super::{Current, Hub, Snapshot};
use crate::upstream::Upstream;

/// A working copy. Clones are cheap and independent, so a clone is a savepoint.
#[derive(Debug, Clone)]
pub struct Draft {
    pub(super) hub: Hub,
    pub(super) parts: Parts,
    patience: Option<Duration>,
}

/// What a draft consists of.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) document: Arc<Document>,
    pub(super) resource_version: u64,
    pub(super) remotes: Remotes,
    catalog: Arc<Catalog>,
    problems: Arc<[Problem]>,
}

impl Draft {
    pub(super) fn new(hub: Hub, current: &Current) -> Self {
        let parts = Parts {
            document: Arc::clone(&current.snapshot.document),
            resource_version: current.snapshot.resource_version,
            remotes: current.remotes.clone(),
            catalog: Arc::clone(&current.snapshot.catalog),
            problems: current.snapshot.problems.clone().into(),
        };
        Self { hub, parts, patience: None }
    }

    /// The document as changed so far.
    pub fn document(&self) -> &Document {
        &self.parts.document
    }

    /// The version of the stored document that the draft started from.
    pub fn resource_version(&self) -> u64 {
        self.parts.resource_version
    }

    /// The client of a remote; nothing when it cannot be asked.
    pub fn upstream(&self, remote: &str) -> Option<&Arc<Upstream>> {
        self.parts.remotes.get(remote)?.upstream()
    }

    /// What the document would give.
    pub fn catalog(&self) -> &Catalog {
        &self.parts.catalog
    }

    /// What is wrong with it.
    pub fn problems(&self) -> Arc<[Problem]> {
        Arc::clone(&self.parts.problems)
    }

    /// What is known of a remote's schema.
    pub fn introspection(&self, remote: &str) -> Option<&Introspection> {
        Some(self.parts.remotes.get(remote)?.introspection())
    }

    /// Why a remote has no fresh schema; `None` when it has one, or is not known, or was not asked yet.
    pub fn failure(&self, remote: &str) -> Option<&Failure> {
        self.parts.remotes.get(remote)?.failure()
    }

    /// The introspection answer that a remote's schema was read from.
    pub fn answer(&self, remote: &str) -> Option<&Bytes> {
        self.parts.remotes.get(remote)?.answer()
    }

    /// When a remote's schema was fetched.
    pub fn fetched(&self, remote: &str) -> Option<Fetched> {
        self.parts.remotes.get(remote)?.fetched()
    }

    /// A schema that the remote has got and that is held back.
    pub fn held_schema(&self, remote: &str) -> Option<&Arc<RemoteSchema>> {
        Some(&self.parts.remotes.get(remote)?.held()?.introspected.schema)
    }

    /// How long each introspection may take, when that is less than the remote's own timeout.
    pub fn set_patience(&mut self, patience: Option<Duration>) {
        self.patience = patience;
    }

    /// Takes a changed document: asks the remotes that are new, changed or named in `again`, and builds the catalog.
    pub async fn rebuild(&mut self, document: Document, again: &BTreeSet<String>) {
        let document = Arc::new(document);
        let options = &self.hub.0.options;
        self.parts.remotes =
            remotes::update(&self.parts.remotes, &document, again, self.patience, options).await;
        let (catalog, problems) = self.hub.build(Arc::clone(&document), &self.parts.remotes).await;
        self.parts.catalog = Arc::new(catalog);
        self.parts.problems = problems.into();
        self.parts.document = document;
    }

    /// Takes a document in which a remote has another name. What is known of it stays, so that nobody is asked again.
    pub async fn rename(&mut self, old: &str, new: &str, document: Document) {
        if let Some(remote) = self.parts.remotes.remove(old) {
            self.parts.remotes.insert(new.to_owned(), remote);
        }
        self.rebuild(document, &BTreeSet::new()).await;
    }

    /// Takes changed remotes, which have the names of existing ones, and builds the catalog.
    pub(super) async fn rebuild_with(&mut self, changed: BTreeMap<String, Arc<remotes::Remote>>) {
        let is_served = |(name, remote): (&String, &Arc<remotes::Remote>)| {
            self.parts.remotes.get(name).is_some_and(|last| remote.serves_as(last))
        };
        let is_same = changed.iter().all(is_served);
        self.parts.remotes.extend(changed);
        // A catalog of its own would cost every client the operations that are prepared.
        if is_same {
            return;
        }
        let (catalog, problems) = self.hub.build(Arc::clone(&self.parts.document), &self.parts.remotes).await;
        self.parts.catalog = Arc::new(catalog);
        self.parts.problems = problems.into();
    }

    pub(super) fn into_parts(self) -> Parts {
        self.parts
    }
}

impl Parts {
    pub(super) fn into_current(self, resource_version: u64) -> Current {
        let snapshot = Snapshot {
            upstreams: remotes::upstreams(&self.remotes, &self.catalog),
            introspections: remotes::answers(&self.remotes),
            catalog: self.catalog,
            problems: self.problems.to_vec(),
            document: self.document,
            resource_version,
        };
        Current { snapshot: Arc::new(snapshot), remotes: self.remotes }
    }
}
