//! What several answers have: faults, problems, explanations, requests to remotes.

use engine::fault::Code;
use engine::problem::{MetadataObject, Problem, Severity};
use metadata::DecodeError;
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

/// Something wrong with what was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(super) struct Fault {
    /// Where, as a JSON pointer into the arguments: `/definition/to_remote_schema/lhs_fields/0`.
    pub(super) pointer: String,
    /// A code of docs/errors.md.
    pub(super) code: &'static str,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    #[ts(optional = nullable)]
    pub(super) help: Option<String>,
}

impl Fault {
    /// What is wrong with a value that stands at `under` in the arguments.
    pub(super) fn decode(error: &DecodeError, under: &str) -> Self {
        let code = Code::ParseFailed.as_str();
        Self { pointer: pointer(&error.path, under), code, message: error.message.clone(), help: None }
    }
}

/// The JSON pointer of a JSONPath as [`DecodeError`] has it.
fn pointer(path: &str, under: &str) -> String {
    let mut pointer = under.to_owned();
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    while !rest.is_empty() {
        let (step, after) = if let Some(odd) = rest.strip_prefix("['") {
            odd.split_once("']").unwrap_or((odd, ""))
        } else if let Some(index) = rest.strip_prefix('[') {
            index.split_once(']').unwrap_or((index, ""))
        } else {
            let plain = rest.strip_prefix('.').unwrap_or(rest);
            plain.split_at(plain.find(['.', '[']).unwrap_or(plain.len()))
        };
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        rest = after;
    }
    pointer
}

/// Why something could not be had from a remote, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(super) struct Explanation {
    /// A code of docs/errors.md.
    pub(super) code: String,
    /// What happened.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
}

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

/// A request to a remote, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(super) struct UpstreamRequest {
    /// Who was asked.
    pub(super) remote_schema: String,
    /// The operation text.
    pub(super) query: String,
    /// Its variables.
    pub(super) variables: Option<Value>,
    /// HTTP status; absent when there was no answer.
    pub(super) status: Option<u16>,
    /// How long it took.
    pub(super) ms: f64,
    /// Bytes of the answer.
    pub(super) bytes: u64,
    /// Why there is no answer.
    pub(super) error: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::pointer;

    #[test]
    fn paths_become_pointers() {
        assert_eq!(pointer("$", "/to"), "/to");
        assert_eq!(pointer("$.headers[0].value", "/definition"), "/definition/headers/0/value");
        assert_eq!(pointer("$.a['x/y.z'].b", ""), "/a/x~1y.z/b");
    }
}
