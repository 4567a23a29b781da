//! From stored metadata to what is served: introspects remotes, builds catalogs, swaps the snapshot, heals what is broken.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use engine::catalog::Catalog;
use engine::problem::Problem;
use metadata::Document;

use crate::upstream::Upstream;

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

/// Owner of the current snapshot; the only place that changes metadata.
#[derive(Debug, Clone)]
pub struct Hub {}

impl Hub {
    /// The snapshot to serve from.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        todo!()
    }
}
