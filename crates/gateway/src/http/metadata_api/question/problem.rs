//! A problem of an object of the metadata, with what a console needs to lead to it.

use engine::problem::{MetadataObject, Problem, Severity};
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

/// A problem of an object of the metadata.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(super) struct ProblemRow {
    /// Which object, for people: `remote schema crm`.
    pub(super) title: String,
    /// Kind of object: `remote_schema`, `remote_schema_permission`, … as in `get_inconsistent_metadata`.
    pub(super) kind: String,
    /// The remote schema it is of.
    pub(super) remote_schema: Option<String>,
    /// The type a relationship is on.
    pub(super) type_name: Option<String>,
    /// Name of the relationship.
    pub(super) relationship: Option<String>,
    /// The role.
    pub(super) role: Option<String>,
    /// How bad it is.
    pub(super) severity: ProblemSeverity,
    /// A code of docs/errors.md.
    pub(super) code: &'static str,
    /// What is wrong.
    pub(super) reason: String,
    /// Details of the cause.
    pub(super) detail: Option<Value>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProblemSeverity {
    /// The object is not served.
    Inconsistent,
    /// It is served from a stored introspection.
    Stale,
    /// An inherited role gets nothing, as the roles that it is made of differ.
    Ambiguous,
    /// It is served, and something is odd.
    Warning,
}

impl ProblemRow {
    /// The row of a problem.
    pub(super) fn of(problem: &Problem) -> Self {
        let record = problem.to_json();
        let (mut remote_schema, mut type_name, mut relationship, mut role) = (None, None, None, None);
        match &problem.object {
            MetadataObject::RemoteSchema(name) => remote_schema = Some(name.clone()),
            MetadataObject::Permission { remote_schema: remote, role: of }
            | MetadataObject::InheritedPermission { remote_schema: remote, role: of } => {
                (remote_schema, role) = (Some(remote.clone()), Some(of.clone()));
            }
            MetadataObject::Relationship { remote_schema: remote, type_name: on, name } => {
                remote_schema = Some(remote.clone());
                (type_name, relationship) = (Some(on.clone()), Some(name.clone()));
            }
            MetadataObject::InheritedRole(name) => role = Some(name.clone()),
            _ => {}
        }
        Self {
            title: problem.object.to_string(),
            kind: record["type"].as_str().unwrap_or("metadata").to_owned(),
            remote_schema,
            type_name,
            relationship,
            role,
            severity: match problem.severity {
                Severity::Inconsistent => ProblemSeverity::Inconsistent,
                Severity::Stale => ProblemSeverity::Stale,
                Severity::Ambiguous => ProblemSeverity::Ambiguous,
                Severity::Warning => ProblemSeverity::Warning,
            },
            code: problem.code.as_str(),
            reason: problem.reason.clone(),
            detail: problem.message.clone(),
        }
    }
}
