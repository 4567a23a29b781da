//! The catalog: everything needed to serve, built from the metadata and the remotes' schemas, and never changed after.
//!
//! `served` gives one remote's types their served names, `merge` puts the remotes beside each other, `relate` adds the
//! relationship fields, `roles` does it all again for what a role sees, `saved` is about operations that the metadata has, and `report` words the problems. What a
//! relationship means is the business of [`crate::join`], what a permission grants that of [`crate::permission`].

mod candidate;
mod merge;
mod relate;
mod report;
mod roles;
mod saved;
mod served;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::{ExtendedType, Implementers};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};
use metadata::{Customization, Document};
use rustc_hash::FxHashMap;
use serde_json::Value;

pub use self::candidate::Candidate;
use self::merge::Merger;
pub(crate) use self::merge::shape;
pub use self::merge::{Clash, Taken};
use self::roles::Roles;
use crate::fault::Code;
use crate::join::Join;
use crate::permission::Granted;
use crate::permission::preset::Presets;
use crate::problem::{Problem, Severity};
use crate::remote::RemoteSchema;
use crate::rename::Renames;
use crate::rest::Endpoint;
use crate::terms::Rules;

/// Value of the placeholder field of a role that has no query fields.
pub const NO_QUERIES_AVAILABLE: &str = "There is nothing to query for this role: either no remote schema is served, \
     or the role has no permission on any. An administrator sees the reasons with get_inconsistent_metadata.";

/// Name of the placeholder field.
pub const PLACEHOLDER_FIELD: &str = "no_queries_available";

/// Most aliased fields in one batched request to a remote that does not say.
const DEFAULT_MAX_ALIASES: usize = 64;

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
    /// What roles may ask, besides what their schemas have.
    pub rules: Rules,
    /// The REST endpoints that are served.
    pub endpoints: Vec<Endpoint>,
    /// What other roles see.
    roles: Roles,
}

/// A remote that is served.
#[derive(Debug, Clone)]
pub struct ServedRemote {
    /// Its metadata name.
    pub name: String,
    /// Its schema under original names.
    pub schema: Arc<RemoteSchema>,
    /// Its served names.
    pub renames: Arc<Renames>,
    /// The root field its root fields are served under.
    pub namespace: Option<Name>,
    /// Most aliased fields in one batched request.
    pub max_aliases: usize,
    /// Original names of the object types that an original interface or union name stands for.
    pub possible_types: FxHashMap<Name, Vec<Name>>,
    /// What is sent to it without the client's doing; none in [`Catalog::remotes`], which is what `admin` sees.
    pub presets: Presets,
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
    /// What the role sees of each remote, by `RemoteId`; empty when that is everything.
    granted: Vec<ServedRemote>,
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
    /// Whether other roles than `admin` may run nothing but what is on the allow list.
    pub allowlist: bool,
}

/// Builds the catalog. Whatever cannot be served is left out and listed; the rest is served.
///
/// A remote without an entry in `introspections` counts as missing.
pub fn build(
    document: &Document,
    introspections: &BTreeMap<String, Introspection>,
    options: Options,
    epoch: u64,
) -> (Catalog, Vec<Problem>) {
    build_after(None, document, introspections, options, epoch)
}

/// A catalog with the document that it was built from.
#[derive(Debug, Clone, Copy)]
pub struct Previous<'a> {
    /// The document.
    pub document: &'a Document,
    /// The catalog.
    pub catalog: &'a Catalog,
}

/// As [`build`], without reading again what another catalog has read. What comes out is the same.
pub fn build_after(
    previous: Option<Previous<'_>>,
    document: &Document,
    introspections: &BTreeMap<String, Introspection>,
    options: Options,
    epoch: u64,
) -> (Catalog, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut merger = Merger::default();
    let mut entries: Vec<&metadata::RemoteSchema> = document.remote_schemas.iter().collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    for entry in &entries {
        let schema = match introspections.get(&entry.name) {
            Some(Introspection::Fresh(schema)) => schema,
            Some(Introspection::Stored { schema, cause }) => {
                problems.extend(cause.as_ref().map(|cause| report::stale(entry, cause)));
                schema
            }
            Some(Introspection::Missing(failure)) => {
                problems.push(report::remote(entry, failure, Severity::Inconsistent));
                continue;
            }
            None => {
                problems.push(report::remote(entry, &report::never_seen(entry), Severity::Inconsistent));
                continue;
            }
        };
        match serve(entry, schema).and_then(|remote| merger.add(remote).map_err(Failure::from)) {
            Ok(()) => problems.extend(report::flaws(entry, &schema.warnings)),
            Err(failure) => problems.push(report::remote(entry, &failure, Severity::Inconsistent)),
        }
    }
    let joins = relate::add_relationships(&entries, &mut merger, &mut problems);
    problems.extend(document.sections.iter().filter_map(|(key, value)| report::section(key, value)));
    let shared = merger.shared();
    problems.extend(report::network(document));
    problems.extend(report::introspection(document));
    let (remotes, admin) = merger.finish(joins.relationships, joins.derived_inputs);
    let roles = match options.permissions_off {
        true => Roles::unread(document, &mut problems),
        false => Roles::read(document, &remotes, &shared, previous, &mut problems),
    };
    let endpoints = saved::read(document, &admin.schema, &mut problems);
    let (_, nothing) = Merger::default().finish(FxHashMap::default(), FxHashMap::default());
    let catalog = Catalog {
        epoch,
        remotes,
        joins: joins.joins,
        admin: Arc::new(admin),
        nothing: Arc::new(RoleSchema { role: String::new(), ..nothing }),
        permissions_off: options.permissions_off,
        rules: Rules::read(document, options.allowlist),
        endpoints,
        roles,
    };
    (catalog, problems)
}

/// How a remote that is still to be added, or takes the place of another, clashes with those of the catalog, or why it could not be served on its own.
pub fn clash(
    catalog: &Catalog,
    entry: &metadata::RemoteSchema,
    schema: &Arc<RemoteSchema>,
    replaces: Option<&str>,
) -> Result<Option<Clash>, Failure> {
    let mut merger = Merger::default();
    for remote in catalog.remotes.iter().filter(|remote| Some(&*remote.name) != replaces) {
        // They are in the catalog because they do not clash.
        merger.add(remote.clone())?;
    }
    Ok(merger.add(serve(entry, schema)?).err())
}

/// What would be served if a remote were the only one, or why it could not be.
pub fn alone(entry: &metadata::RemoteSchema, schema: &Arc<RemoteSchema>) -> Result<Alone, Failure> {
    let remote = serve(entry, schema)?;
    let mut merger = Merger::default();
    merger.add(remote.clone())?;
    let (_, served) = merger.finish(FxHashMap::default(), FxHashMap::default());
    Ok(Alone { remote, served })
}

/// A remote without others beside it.
#[derive(Debug)]
pub struct Alone {
    /// The remote with its served names.
    pub remote: ServedRemote,
    /// What `admin` would see.
    pub served: RoleSchema,
}

/// A remote as it would be served on its own.
fn serve(entry: &metadata::RemoteSchema, schema: &Arc<RemoteSchema>) -> Result<ServedRemote, Failure> {
    let unchanged = Customization::default();
    let customization = entry.definition.customization.as_ref().unwrap_or(&unchanged);
    let renames = Arc::new(Renames::new(customization, schema)?);
    // The renames would have failed on a namespace that is not a name.
    let namespace =
        customization.root_fields_namespace.as_deref().and_then(|namespace| Name::new(namespace).ok());
    let possible_types = served::possible_types(&schema.schema);
    Ok(ServedRemote {
        name: entry.name.clone(),
        schema: Arc::clone(schema),
        renames,
        namespace,
        max_aliases: entry.definition.max_aliases.map_or(DEFAULT_MAX_ALIASES, |max| max.max(1) as usize),
        possible_types,
        presets: Presets::default(),
    })
}

impl Introspection {
    /// The schema, if there is one.
    pub fn schema(&self) -> Option<&Arc<RemoteSchema>> {
        match self {
            Self::Fresh(schema) | Self::Stored { schema, .. } => Some(schema),
            Self::Missing(_) => None,
        }
    }
}

impl Catalog {
    /// The schema of a role, made when the role is first used.
    pub fn role(&self, role: &str) -> &Arc<RoleSchema> {
        if role == "admin" || self.permissions_off {
            &self.admin
        } else {
            self.roles.schema(role, self).unwrap_or(&self.nothing)
        }
    }

    /// The roles that have a permission of their own or by inheritance.
    pub fn role_names(&self) -> impl Iterator<Item = &str> {
        self.roles.names()
    }

    /// What a role is granted of a remote, by its own permission or by inheritance; `None` when that is nothing, and when every
    /// role sees everything.
    pub fn granted(&self, role: &str, remote: RemoteId) -> Option<&Arc<Granted>> {
        self.roles.granted(role, remote)
    }

    /// The index of a remote that is served.
    pub fn remote_id(&self, name: &str) -> Option<RemoteId> {
        (0..).map(RemoteId).zip(&self.remotes).find(|(_, remote)| remote.name == name).map(|(id, _)| id)
    }

    /// What keeps a relationship from a role: the remote on which something is not granted, and what.
    pub(crate) fn obstacle(&self, join: JoinId, role: &RoleSchema) -> Option<(RemoteId, String)> {
        // A role that is granted everything has no parts of remotes, and nothing is in its way.
        if role.granted.is_empty() { None } else { relate::obstacle(self.join(join), &role.granted) }
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

impl RoleSchema {
    /// What the role sees of a remote; nothing when that is everything.
    pub fn remote(&self, id: RemoteId) -> Option<&ServedRemote> {
        self.granted.get(id.0 as usize)
    }

    /// What is to be sent to a remote without the client's doing.
    pub fn presets(&self, remote: RemoteId) -> &Presets {
        static NONE: LazyLock<Presets> = LazyLock::new(Presets::default);
        self.remote(remote).map_or(&NONE, |granted| &granted.presets)
    }

    /// Whether the role sees a field of an object or interface type of a remote; all under original names.
    pub fn sees_field(&self, remote: RemoteId, ty: &str, field: &str) -> bool {
        let Some(granted) = self.remote(remote) else { return true };
        match granted.schema.schema.types.get(ty) {
            Some(ExtendedType::Object(object)) => object.fields.contains_key(field),
            Some(ExtendedType::Interface(interface)) => interface.fields.contains_key(field),
            _ => false,
        }
    }

    /// Whether a relationship goes by something that the role does not see: a part of its key, or where an element carries it.
    pub fn hides_key_of(&self, join: &Join) -> bool {
        if self.granted.is_empty() {
            return false;
        }
        let target = &self.granted[join.target.0 as usize].schema.schema;
        let element = join.value_type(target);
        let carries =
            |(_, field): &(usize, Name)| self.sees_field(join.target, element.inner_named_type(), field);
        !join
            .lhs_fields
            .iter()
            .all(|field| field == "__typename" || self.sees_field(join.lhs, &join.lhs_type, field))
            || !join.batch.iter().flat_map(|batch| &batch.keys).all(carries)
    }

    /// Whether the role sees a type of a remote, by its original name.
    pub fn sees_type(&self, remote: RemoteId, original: &str) -> bool {
        self.remote(remote).is_none_or(|granted| granted.schema.schema.types.contains_key(original))
    }
}
