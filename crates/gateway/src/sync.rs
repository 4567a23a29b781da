//! From stored metadata to what is served: introspects remotes, builds catalogs, swaps the snapshot, heals what is broken.
//!
//! The [`Hub`] owns the current [`Snapshot`]. Requests take it once and never wait. A change of the metadata is made on a
//! [`Draft`], a working copy with its own catalog, and becomes the snapshot when [`Changing::commit`] has stored it. Remotes
//! that do not answer are asked again in the background (`sync/heal`); what a change looks like to an API caller is
//! [`crate::http::metadata_api`].
//!
//! **Stale remotes.** A remote that does not answer is served from its stored introspection. It is listed among the
//! inconsistent objects, `is_consistent` is false and `/healthz` warns, because its schema may be out of date. But it refuses
//! no change and is not dropped by `drop_inconsistent_metadata`, because nothing about it is known to be wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use engine::catalog::{Catalog, Introspection, Previous};
use engine::problem::{Problem, Severity};
use metadata::Document;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use crate::store::{self, CatalogState, Change, Past, Source, StateOwner, Store, StoreError, Version, Write};
use crate::upstream::Upstream;

mod change;
mod draft;
mod follow;
mod heal;
mod health;
pub(crate) mod introspect;
pub mod open_telemetry;
mod poll;
mod remotes;

pub use change::{Introspections, SchemaChange, fingerprint};
pub use draft::Draft;
use follow::Follower;
use heal::Healers;
use health::HealthHistory;
pub use health::{Health, HealthChange};
pub use introspect::Fetched;
use poll::Pollers;
use remotes::Remotes;

/// How long the end waits for a change that is under way.
const LAST_CHANGE: Duration = Duration::from_secs(5);

/// Everything one request needs, taken once at its start.
#[derive(Debug)]
pub struct Snapshot {
    /// What is served.
    pub catalog: Arc<Catalog>,
    /// The clients of the catalog's remotes, by `RemoteId`.
    pub upstreams: Vec<Arc<Upstream>>,
    /// What is wrong with the metadata.
    pub problems: Vec<Problem>,
    /// The metadata it was built from.
    pub document: Arc<Document>,
    /// Its version.
    pub resource_version: u64,
    /// The introspection answers it was built from, as received, by remote name.
    pub introspections: BTreeMap<String, Bytes>,
}

impl Snapshot {
    /// Whether nothing is inconsistent and nothing stale; `/healthz` warns when this is false.
    pub fn is_consistent(&self) -> bool {
        self.problems.iter().all(|problem| problem.severity == Severity::Warning)
    }
}

/// Looks an environment variable up.
pub type Env = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// How the hub works.
#[derive(Clone)]
pub struct Options {
    /// Switches that shape the catalog.
    pub catalog: engine::catalog::Options,
    /// The environment that URLs and headers of remotes refer to.
    pub env: Env,
    /// Largest upstream answer that is read.
    pub max_answer_bytes: usize,
    /// Pause before a remote that did not answer is asked a second time; later pauses double.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
    /// How many changes of the metadata the history has, at most.
    pub history: u32,
    /// Pause between two looks for what other gateways stored, besides being told; `None` relies on being told.
    pub poll_interval: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            catalog: engine::catalog::Options::default(),
            env: Arc::new(|name| std::env::var(name).ok()),
            max_answer_bytes: 64 << 20,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            history: store::KEPT_VERSIONS,
            poll_interval: Some(Duration::from_secs(1)),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("catalog", &self.catalog).finish_non_exhaustive()
    }
}

/// Owner of the current snapshot; the only place that changes metadata. Clones share it.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    current: ArcSwap<Current>,
    /// The epoch of the catalog that is served; sent anew with every snapshot.
    swaps: watch::Sender<u64>,
    store: Store,
    options: Options,
    /// Held from reading the current state to swapping the next one in, so that changes happen one after the other.
    changing: Arc<Mutex<()>>,
    epochs: AtomicU64,
    healers: Healers,
    health: HealthHistory,
    follower: Follower,
    pollers: Pollers,
}

/// The snapshot together with what the next one is made from.
#[derive(Debug)]
struct Current {
    snapshot: Arc<Snapshot>,
    remotes: Remotes,
}

/// The right to change the metadata; at most one exists at a time.
#[derive(Debug)]
pub struct Changing {
    hub: Hub,
    /// What the history says: who changes the metadata, by which command.
    origin: (Source, String),
    _guard: OwnedMutexGuard<()>,
}

impl Hub {
    /// Serves what is stored, without asking any upstream, and starts asking them all in the background.
    ///
    /// Must be called in a tokio runtime.
    pub async fn start(store: Store, options: Options) -> Result<Self, StoreError> {
        let stored = store.load().await?;
        let document = Arc::new(stored.document);
        let remotes = remotes::from_store(&document, stored.introspections, stored.held, &options).await;
        let (catalog, problems) =
            build(None, Arc::clone(&document), remotes::introspections(&remotes), &options, 1).await;
        let snapshot = Arc::new(Snapshot {
            upstreams: remotes::upstreams(&remotes, &catalog),
            introspections: remotes::answers(&remotes),
            catalog: Arc::new(catalog),
            problems,
            document,
            resource_version: stored.resource_version,
        });
        let hub = Self(Arc::new(Inner {
            current: ArcSwap::from_pointee(Current { snapshot, remotes }),
            swaps: watch::Sender::new(1),
            store,
            options,
            changing: Arc::default(),
            epochs: AtomicU64::new(2),
            healers: Healers::default(),
            health: HealthHistory::default(),
            follower: Follower::default(),
            pollers: Pollers::default(),
        }));
        hub.0.health.note(&hub.0.current.load());
        hub.heal();
        hub.follow();
        Ok(hub)
    }

    /// The snapshot to serve from.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.current.load().snapshot)
    }

    /// Tells of every snapshot that is swapped in, by its catalog's epoch.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.swaps.subscribe()
    }

    /// How a remote did since the process started: the last changes of its health, the newest first.
    pub fn health(&self, remote: &str) -> Vec<HealthChange> {
        self.0.health.of(remote)
    }

    /// A working copy of the current state, to look at. To keep changes, [`Hub::begin`].
    pub fn draft(&self) -> Draft {
        Draft::new(self.clone(), &self.0.current.load())
    }

    /// Waits until no other change is going on.
    pub async fn begin(&self) -> Changing {
        let guard = Arc::clone(&self.0.changing).lock_owned().await;
        Changing { hub: self.clone(), origin: (Source::Gateway, String::new()), _guard: guard }
    }

    /// Replaces the whole document, as `--metadata-dir` does at start. What cannot be served is listed in the returned snapshot.
    ///
    /// Upstreams are asked all at once and given `patience`; one that takes longer is left to the background. Nothing is
    /// stored when the document is the current one.
    pub async fn replace(
        &self,
        document: Document,
        patience: Option<Duration>,
    ) -> Result<Arc<Snapshot>, StoreError> {
        loop {
            let changing = self.begin().await.by(Source::Gateway, "metadata_dir").catch_up().await?;
            let mut draft = self.draft();
            // Compared as exported, because a directory may list the same objects in another order.
            if draft.document().to_json() == document.to_json() {
                return Ok(self.snapshot());
            }
            draft.set_patience(patience);
            draft.rebuild(document.clone(), &BTreeSet::new()).await;
            match changing.commit(draft, Vec::new()).await {
                Ok(_) => return Ok(self.snapshot()),
                // Gateways that start together apply the directory together.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What consoles and command lines keep on the server.
    pub async fn catalog_state(&self) -> Result<CatalogState, StoreError> {
        self.0.store.catalog_state().await
    }

    /// Replaces states without touching the metadata.
    pub async fn set_catalog_states(
        &self,
        states: &[(StateOwner, serde_json::Value)],
    ) -> Result<(), StoreError> {
        let states = states.iter().map(|(owner, state)| (*owner, state)).collect();
        self.0.store.write(&Write { states, ..Write::default() }).await.map(drop)
    }

    /// The changes of the document before a version (all when it is `None`), newest first.
    pub async fn history(&self, before: Option<u64>, limit: u32) -> Result<Vec<Version>, StoreError> {
        self.0.store.history(before, limit).await
    }

    /// The document as it was in a version.
    pub async fn version(&self, resource_version: u64) -> Result<Past, StoreError> {
        self.0.store.version(resource_version).await
    }

    /// Ends the use of the store. What is served goes on being served, and nothing is changed any more.
    pub async fn close(&self) -> Result<(), StoreError> {
        // A change that is under way ends first, unless an upstream holds it up; it is not acknowledged then.
        let _changing = tokio::time::timeout(LAST_CHANGE, self.begin()).await;
        self.0.store.close().await
    }

    /// Whether the metadata store answers.
    pub async fn check_store(&self) -> Result<(), StoreError> {
        self.0.store.ping().await
    }

    /// How it works.
    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// Whether every role sees everything, so that permissions have no effect.
    pub fn permissions_off(&self) -> bool {
        self.0.options.catalog.permissions_off
    }

    /// Builds a catalog with an epoch of its own.
    async fn build(&self, document: Arc<Document>, remotes: &Remotes) -> (Catalog, Vec<Problem>) {
        let epoch = self.0.epochs.fetch_add(1, Ordering::Relaxed);
        let previous = Some(self.snapshot());
        build(previous, document, remotes::introspections(remotes), &self.0.options, epoch).await
    }
}

impl Inner {
    /// Swaps in what is served from now on.
    fn serve(&self, next: Arc<Current>) {
        let epoch = next.snapshot.catalog.epoch;
        self.health.note(&next);
        self.current.store(next);
        self.swaps.send_replace(epoch);
    }
}

impl Changing {
    /// Says for the history who makes the change, by which command.
    #[must_use]
    pub fn by(self, source: Source, command: &str) -> Self {
        Self { origin: (source, command.to_owned()), ..self }
    }

    /// Stores the draft as the next version, `states` with it, and serves it.
    pub async fn commit(
        self,
        draft: Draft,
        states: Vec<(StateOwner, serde_json::Value)>,
    ) -> Result<u64, StoreError> {
        // In a task of its own: a caller that goes away must not leave the store ahead of what is served.
        let committing = tokio::spawn(async move {
            let inner = &self.hub.0;
            let parts = draft.into_parts();
            let current = inner.current.load_full();
            let (source, command) = (self.origin.0, &*self.origin.1);
            let write = Write {
                document: Some((&parts.document, parts.resource_version)),
                change: Change { source, command, kept: inner.options.history, ..Change::now() },
                introspections: remotes::fetched(&parts.remotes, &current.remotes),
                held: remotes::held(&parts.remotes, &current.remotes),
                states: states.iter().map(|(owner, state)| (*owner, state)).collect(),
            };
            let resource_version = inner.store.write(&write).await?;
            let next = Arc::new(parts.into_current(resource_version));
            self.hub.tell(&current, &next);
            inner.serve(next);
            self.hub.heal();
            Ok(resource_version)
        });
        finished(committing).await
    }
}

/// Building takes many milliseconds for big schemas, which must not hold up requests on the same thread.
async fn build(
    previous: Option<Arc<Snapshot>>,
    document: Arc<Document>,
    introspections: BTreeMap<String, Introspection>,
    options: &Options,
    epoch: u64,
) -> (Catalog, Vec<Problem>) {
    let (switches, env) = (options.catalog, Arc::clone(&options.env));
    let built = tokio::task::spawn_blocking(move || {
        let previous =
            previous.as_deref().map(|it| Previous { document: &it.document, catalog: &it.catalog });
        let (catalog, mut problems) =
            engine::catalog::build_after(previous, &document, &introspections, switches, epoch);
        problems.extend(open_telemetry::problems(&document.open_telemetry(), &*env));
        (catalog, problems)
    });
    finished(built).await
}

/// The result of a task that nobody aborts; its panic goes on here.
async fn finished<T>(task: tokio::task::JoinHandle<T>) -> T {
    match task.await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down and nobody awaits the answer any more.
            Err(_) => std::future::pending().await,
        },
    }
}
