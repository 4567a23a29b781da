//! How the gateway is: its remotes and how they do, its relationships and roles, what is wrong.

use engine::fault::Code;
use engine::outline::Counts;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::shared::{Explanation, ProblemRow};
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

/// Whether a remote is served, and from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(super) enum Health {
    /// From what it answered.
    Healthy,
    /// It did not answer last time, and is served from its stored introspection.
    Stale,
    /// Its schema is known, and cannot be served.
    Inconsistent,
    /// It has never answered.
    Missing,
}

/// Answers.
pub(super) async fn answer(
    _edit: &mut Edit,
    path: &str,
    _arguments: Arguments,
) -> Result<Overview, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}
