//! How the gateway is: its remotes and how they do, its relationships and roles, what is wrong.

use std::collections::BTreeSet;

use apollo_compiler::Name;
use engine::catalog::Introspection;
use engine::outline::Counts;
use engine::problem::{MetadataObject, Problem};
use metadata::{Customization, Document, RelationshipDefinition, RemoteSchema};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::super::edit::{Edit, listed};
use super::super::error::ApiError;
use super::fault::Explanation;
use super::problem::ProblemRow;
use super::remote::{address, count, known, milliseconds};
use crate::sync::{Draft, Health};
use crate::telemetry;

/// Of `get_overview`: nothing.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "OverviewArguments")]
pub(super) struct Arguments {}

/// How the gateway is.
#[derive(Debug, Serialize, TS)]
pub(super) struct Overview {
    /// Of Conjoin.
    pub(super) version: &'static str,
    /// Of the metadata.
    pub(super) resource_version: u64,
    /// Whether everything is served.
    pub(super) is_consistent: bool,
    /// Whether roles are restricted at all.
    pub(super) has_permissions: bool,
    /// Types that the administrator sees.
    pub(super) n_types: u32,
    /// Relationships in the metadata.
    pub(super) n_relationships: u32,
    /// Roles that the metadata names, inherited ones among them.
    pub(super) roles: Vec<String>,
    /// In the order of the metadata.
    pub(super) remote_schemas: Vec<RemoteSummary>,
    /// What is wrong, the worst first.
    pub(super) problems: Vec<ProblemRow>,
}

/// How a remote does.
#[derive(Debug, Serialize, TS)]
pub(super) struct RemoteSummary {
    /// Its name.
    pub(super) name: String,
    /// What the user says of it.
    pub(super) comment: Option<String>,
    /// Its address as the metadata has it, without passwords: `https://…`, `{{VARIABLE}}`.
    pub(super) url: String,
    /// Whether it is served, and from what.
    pub(super) health: Health,
    /// Why it did not answer last time.
    pub(super) failure: Option<Explanation>,
    /// How much it has; absent while nothing is known.
    pub(super) counts: Option<Counts>,
    /// Relationships on its types.
    pub(super) n_relationships_out: u32,
    /// Relationships that lead to it.
    pub(super) n_relationships_in: u32,
    /// Roles with a permission on it.
    pub(super) roles: Vec<String>,
    /// When the served schema was fetched, as RFC 3339 in UTC.
    pub(super) introspected_at: Option<String>,
    /// How long it took to answer introspection, if this process has asked.
    pub(super) introspection_ms: Option<f64>,
    /// Whether another schema is held.
    pub(super) has_held_change: bool,
    /// Whether its names are customized.
    pub(super) is_customized: bool,
    /// Problems of it and of its relationships and permissions.
    pub(super) n_problems: u32,
}

/// Answers.
pub(super) async fn answer(
    edit: &mut Edit,
    _path: &str,
    _arguments: Arguments,
) -> Result<Overview, ApiError> {
    let draft = &edit.draft;
    let document = draft.document();
    let problems = draft.problems();
    let mut rows: Vec<ProblemRow> = problems.iter().map(ProblemRow::of).collect();
    rows.sort_by_key(|row| row.severity as u8);
    let admin = &draft.catalog().admin.schema;
    let is_root =
        |name: &Name| admin.schema_definition.iter_root_operations().any(|(_, root)| **root == *name);
    let types = admin.types.values().filter(|ty| !ty.is_built_in() && !is_root(ty.name()));
    let held = draft.held();
    let summary = |entry| RemoteSummary::of(entry, draft, &problems, &held);
    Ok(Overview {
        version: env!("CARGO_PKG_VERSION"),
        resource_version: draft.resource_version(),
        is_consistent: listed(&problems).is_empty(),
        has_permissions: !edit.hub.permissions_off(),
        n_types: count(types),
        n_relationships: count(targets(document)),
        roles: document.role_names().into_iter().map(str::to_owned).collect(),
        remote_schemas: document.remote_schemas.iter().map(summary).collect(),
        problems: rows,
    })
}

impl RemoteSummary {
    fn of(entry: &RemoteSchema, draft: &Draft, problems: &[Problem], held: &BTreeSet<String>) -> Self {
        let name = &entry.name;
        let introspection = draft.introspection(name);
        let is_served = draft.catalog().remotes.iter().any(|served| served.name == *name);
        let health = Health::of(introspection, is_served);
        let url = address(entry);
        let fetched = draft.fetched(name);
        let is_of_it = |problem: &&Problem| match &problem.object {
            MetadataObject::RemoteSchema(remote_schema)
            | MetadataObject::Permission { remote_schema, .. }
            | MetadataObject::Relationship { remote_schema, .. }
            | MetadataObject::InheritedPermission { remote_schema, .. } => remote_schema == name,
            _ => false,
        };
        Self {
            name: name.clone(),
            comment: entry.comment.clone(),
            health,
            failure: draft.failure(name).map(|failure| known(failure, &url)),
            url,
            counts: introspection.and_then(Introspection::schema).map(|schema| Counts::of(schema)),
            n_relationships_out: count(entry.remote_relationships.iter().flat_map(|on| &on.relationships)),
            n_relationships_in: count(
                targets(draft.document()).filter(|target| target.is_some_and(|target| target == *name)),
            ),
            roles: entry.permissions.iter().map(|permission| permission.role.clone()).collect(),
            introspected_at: fetched.map(|fetched| telemetry::utc(fetched.at)),
            introspection_ms: fetched.and_then(|fetched| Some(milliseconds(fetched.took?))),
            has_held_change: held.contains(name),
            is_customized: (entry.definition.customization.as_ref())
                .is_some_and(|customization| *customization != Customization::default()),
            n_problems: count(problems.iter().filter(is_of_it)),
        }
    }
}

/// Where the relationships of the metadata lead; `None` for one that leads to a database.
fn targets(document: &Document) -> impl Iterator<Item = Option<&str>> {
    let types = document.remote_schemas.iter().flat_map(|remote| &remote.remote_relationships);
    types.flat_map(|on| &on.relationships).map(|relationship| match &relationship.definition {
        RelationshipDefinition::ToRemoteSchema(to) => Some(&*to.remote_schema),
        RelationshipDefinition::ToSource(_) => None,
    })
}
