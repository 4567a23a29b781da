//! Several gateways over one store: what another one stored is loaded, built and served here.
//!
//! A [`Follower`] is told by the database of every write, and looks for itself from time to time. While the database is lost
//! the snapshot is served as it is; the follower tries again with growing pauses, and catches up with whatever was missed.
//! A change made here looks first ([`Changing::catch_up`]), so that it is made to the newest document. With a store for one
//! gateway there is nothing to follow.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;

use super::heal::pause;
use super::{Changing, Current, Hub, Inner, Snapshot, finished, remotes};
use crate::store::{Ear, StoreError};
use crate::telemetry::STORE_LOG;

/// Pauses while the database is lost.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Longest time without a look while nobody tells of writes.
const UNTOLD: Duration = Duration::from_secs(10);

/// The task that follows, which ends with its hub.
#[derive(Debug, Default)]
pub(super) struct Follower(OnceLock<AbortHandle>);

impl Drop for Follower {
    fn drop(&mut self) {
        if let Some(task) = self.0.get() {
            task.abort();
        }
    }
}

impl Hub {
    /// Starts to follow what other gateways store.
    pub(super) fn follow(&self) {
        if self.0.store.is_shared() {
            let task = tokio::spawn(follow(Arc::downgrade(&self.0), self.0.options.poll_interval));
            self.0.follower.0.get_or_init(|| task.abort_handle());
        }
    }

    /// Takes over what other gateways have stored, if the store can be asked. Who only reads can do without.
    pub async fn look(&self) {
        if self.0.store.is_shared() && self.0.store.is_reachable() {
            // The follower says what is wrong.
            let _ = self.catch_up().await;
        }
    }

    async fn catch_up(&self) -> Result<(), StoreError> {
        if self.0.store.has_news().await? {
            self.begin().await.catch_up().await?;
        }
        Ok(())
    }
}

impl Changing {
    /// Takes over what other gateways have stored, so that the change is made to the newest document.
    pub async fn catch_up(self) -> Result<Self, StoreError> {
        if !self.hub.0.store.is_shared() {
            return Ok(self);
        }
        // In a task of its own: a caller that goes away must not leave loaded what is not served.
        finished(tokio::spawn(async move {
            let inner = &self.hub.0;
            if inner.store.has_news().await? {
                let stored = inner.store.load().await?;
                let current = inner.current.load_full();
                let resource_version = stored.resource_version;
                let next = self.hub.after(&current, stored).await;
                inner.serve(Arc::new(next));
                self.hub.heal();
                tracing::info!(target: STORE_LOG, resource_version, "metadata of another gateway is served");
            }
            Ok(self)
        }))
        .await
    }
}

impl Hub {
    /// What follows the current state when the store has `stored`.
    async fn after(&self, current: &Current, stored: crate::store::Stored) -> Current {
        let last = &current.snapshot;
        let document = match *last.document == stored.document {
            true => Arc::clone(&last.document),
            false => Arc::new(stored.document),
        };
        let crate::store::Stored { introspections, held, .. } = stored;
        let remotes =
            remotes::follow(&current.remotes, &document, introspections, held, &self.0.options).await;
        let mut pairs = remotes.values().zip(current.remotes.values());
        let is_unchanged = Arc::ptr_eq(&document, &last.document)
            && pairs.all(|(new, old)| Arc::ptr_eq(new, old) || new.serves_as(old));
        let resource_version = stored.resource_version;
        if is_unchanged {
            // A catalog of its own would cost every client the plans that are prepared.
            let snapshot = Snapshot {
                catalog: Arc::clone(&last.catalog),
                upstreams: last.upstreams.clone(),
                problems: last.problems.clone(),
                document,
                resource_version,
                introspections: last.introspections.clone(),
            };
            return Current { snapshot: Arc::new(snapshot), remotes };
        }
        let (catalog, problems) = self.build(Arc::clone(&document), &remotes).await;
        let snapshot = Snapshot {
            upstreams: remotes::upstreams(&remotes, &catalog),
            introspections: remotes::answers(&remotes),
            catalog: Arc::new(catalog),
            problems,
            document,
            resource_version,
        };
        Current { snapshot: Arc::new(snapshot), remotes }
    }
}

async fn follow(hub: Weak<Inner>, interval: Option<Duration>) {
    let mut ear: Option<Ear> = None;
    let mut n_failures = 0;
    loop {
        // Nothing is held while waiting, so that a hub nobody uses any more goes away.
        let Some(inner) = hub.upgrade() else { return };
        // Who begins to listen looks afterwards, because what was stored before was told to others only.
        let was_deaf = ear.is_none();
        if was_deaf {
            ear = inner.store.listen().await.ok();
        }
        let outcome = Hub(Arc::clone(&inner)).catch_up().await;
        drop(inner);
        match outcome {
            Ok(()) if n_failures > 0 => {
                tracing::info!(target: STORE_LOG, "the metadata store answers again");
                n_failures = 0;
            }
            Ok(()) => {}
            Err(StoreError::Closed { .. }) => return,
            Err(error) => {
                if n_failures == 0 {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(target: STORE_LOG, error, "serving goes on without the metadata store");
                }
                n_failures += 1;
                ear = None;
                tokio::time::sleep(pause(n_failures, FIRST_PAUSE, LONGEST_PAUSE)).await;
                continue;
            }
        }
        match &mut ear {
            Some(told) => {
                let looked = async {
                    match interval {
                        Some(interval) => tokio::time::sleep(interval).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    is_connected = told.hear() => if !is_connected { ear = None },
                    () = looked => {}
                }
            }
            None => tokio::time::sleep(interval.unwrap_or(UNTOLD)).await,
        }
    }
}
