//! The catalog: everything needed to serve, built from the metadata and the remotes' schemas, and never changed after.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};
use metadata::Document;
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::fault::Code;
use crate::join::Join;
use crate::problem::Problem;
use crate::remote::RemoteSchema;
use crate::rename::Renames;

/// Index into [`Catalog::remotes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemoteId(pub u32);

/// Index into [`Catalog::joins`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JoinId(pub u32);

/// Immutable snapshot of all that is served.
#[derive(Debug)]
pub struct Catalog {
    /// Distinguishes this catalog from every other one of the process; part of every cache key.
    pub epoch: u64,
    /// The remotes that are served, in name order.
    pub remotes: Vec<ServedRemote>,
    /// The relationships that are served.
    pub joins: Vec<Join>,
    /// What `admin` sees.
    pub admin: Arc<RoleSchema>,
    /// What a role without permissions sees: nothing but a placeholder field.
    pub nothing: Arc<RoleSchema>,
    /// Whether every role sees what `admin` sees.
    pub permissions_off: bool,
}

/// A remote that is served.
#[derive(Debug)]
pub struct ServedRemote {
    /// Its metadata name.
    pub name: String,
    /// Its schema under original names.
    pub schema: Arc<RemoteSchema>,
    /// Its served names.
    pub renames: Renames,
    /// The root field its root fields are served under.
    pub namespace: Option<Name>,
    /// Most aliased fields in one batched request.
    pub max_aliases: usize,
    /// Original names of the object types that an original interface or union name stands for.
    pub possible_types: FxHashMap<Name, Vec<Name>>,
}

/// The schema one role sees, under served names.
#[derive(Debug)]
pub struct RoleSchema {
    /// The role, or `admin`.
    pub role: String,
    /// The merged schema with roots `query_root`, `mutation_root`, `subscription_root`.
    pub schema: Valid<Schema>,
    /// For introspection.
    pub implementers: HashMap<Name, Implementers>,
    /// Where each root field leads, by (root type name, served field name).
    pub roots: FxHashMap<(Name, Name), RootField>,
    /// Relationship fields, by (remote, original type name, served field name).
    pub relationships: FxHashMap<(RemoteId, Name, Name), JoinId>,
    /// Derived input types of partially bound arguments: served name to original input type name.
    pub derived_inputs: FxHashMap<Name, Name>,
}

/// Where a served root field leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootField {
    /// A root field of a remote.
    Remote {
        /// The remote.
        remote: RemoteId,
        /// The field's original name.
        field: Name,
    },
    /// The namespace field of a remote; its type's fields are that remote's root fields.
    Namespace {
        /// The remote.
        remote: RemoteId,
    },
    /// The placeholder of an empty schema, answered locally with an explanation.
    Placeholder,
}

/// What is known of a remote's schema when the catalog is built.
#[derive(Debug, Clone)]
pub enum Introspection {
    /// Fetched and read.
    Fresh(Arc<RemoteSchema>),
    /// From the store; `cause` says why there is no fresh one.
    Stored {
        /// The last good schema.
        schema: Arc<RemoteSchema>,
        /// Why no fresh introspection is to be had; `None` when it was not tried yet.
        cause: Option<Failure>,
    },
    /// Never seen.
    Missing(Failure),
}

/// Why a remote's schema is not to be had.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Hasura's code for it.
    pub code: Code,
    /// What happened.
    pub reason: String,
    /// Details for administrators.
    pub internal: Option<Value>,
}

/// Switches that shape the catalog.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether every role sees what `admin` sees.
    pub permissions_off: bool,
}

/// The value of the placeholder field of an empty query root.
pub const NO_QUERIES_TEXT: &str = "There are no queries available to the current role.";

/// Builds the catalog. Whatever cannot be served is left out and listed; the rest is served.
///
/// A remote without an entry in `introspections` counts as missing.
pub fn build(
    _document: &Document,
    _introspections: &BTreeMap<String, Introspection>,
    _options: Options,
    _epoch: u64,
) -> (Catalog, Vec<Problem>) {
    todo!()
}

impl Catalog {
    /// The schema of a role.
    pub fn role(&self, role: &str) -> &Arc<RoleSchema> {
        if role == "admin" || self.permissions_off { &self.admin } else { &self.nothing }
    }

    /// A remote by its index.
    pub fn remote(&self, id: RemoteId) -> &ServedRemote {
        &self.remotes[id.0 as usize]
    }

    /// A relationship by its index.
    pub fn join(&self, id: JoinId) -> &Join {
        &self.joins[id.0 as usize]
    }
}
