//! Problems of the catalog in words.

use metadata::network::TlsAllow;
use metadata::{Document, Relationship, RemoteSchema};
use serde_json::Value;

use super::Failure;
use crate::fault::Code;
use crate::join::Rejection;
use crate::problem::{MetadataObject, Problem, Severity};

/// A remote that is not served, or served with a flaw.
pub(super) fn remote(entry: &RemoteSchema, failure: &Failure, severity: Severity) -> Problem {
    Problem {
        object: MetadataObject::RemoteSchema(entry.name.clone()),
        reason: failure.reason.clone(),
        code: failure.code,
        definition: entry.to_report(),
        message: failure.internal.clone(),
        severity,
    }
}

/// A remote that is served from its stored introspection.
pub(super) fn stale(entry: &RemoteSchema, cause: &Failure) -> Problem {
    let reason = format!(
        "remote schema \"{}\" is served from its stored introspection, which may be out of date: {}",
        entry.name, cause.reason
    );
    remote(entry, &Failure { reason, ..cause.clone() }, Severity::Stale)
}

/// What a remote's own schema gets wrong, if anything.
pub(super) fn flaws(entry: &RemoteSchema, warnings: &[String]) -> Option<Problem> {
    const MOST: usize = 10;
    let mut reason = warnings.iter().take(MOST).cloned().collect::<Vec<_>>().join("; ");
    if warnings.len() > MOST {
        reason.push_str(&format!("; and {} more", warnings.len() - MOST));
    }
    let failure = Failure { code: Code::RemoteSchemaError, reason, internal: None };
    (!warnings.is_empty()).then(|| remote(entry, &failure, Severity::Warning))
}

/// A remote that nobody tried to introspect.
pub(super) fn never_seen(entry: &RemoteSchema) -> Failure {
    Failure {
        code: Code::RemoteSchemaError,
        reason: format!("remote schema \"{}\" has not been introspected yet; reload it", entry.name),
        internal: None,
    }
}

/// A relationship that is not served.
pub(super) fn relationship(
    entry: &RemoteSchema,
    type_name: &str,
    relationship: &Relationship,
    rejection: &Rejection,
) -> Problem {
    let name = &relationship.name;
    Problem {
        object: MetadataObject::Relationship {
            remote_schema: entry.name.clone(),
            type_name: type_name.into(),
            name: name.clone(),
        },
        reason: format!("in remote relationship \"{name}\": {}", rejection.reasons.join(", ")),
        code: rejection.code,
        definition: serde_json::json!({
            "remote_schema": entry.name,
            "type_name": type_name,
            "name": name,
            "definition": relationship.definition.to_json(),
        }),
        message: None,
        severity: Severity::Inconsistent,
    }
}

/// Entries of the TLS allow list that allow nothing.
pub(super) fn network(document: &Document) -> Option<Problem> {
    let flaws: Vec<String> = document.tls_allowlist().iter().filter_map(TlsAllow::flaw).collect();
    (!flaws.is_empty()).then(|| Problem {
        object: MetadataObject::Section("network".into()),
        reason: flaws.join("; "),
        code: Code::InvalidParams,
        definition: document.sections.get("network").cloned().unwrap_or_default(),
        message: None,
        severity: Severity::Warning,
    })
}

/// Sections besides remotes and roles that are served.
const SERVED: &[&str] = &["network"];

/// A section of the metadata that is kept and nothing more.
pub(super) fn section(key: &str, value: &Value) -> Option<Problem> {
    if SERVED.contains(&key) {
        return None;
    }
    let empty = match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    (!empty).then(|| Problem {
        object: MetadataObject::Section(key.into()),
        reason: format!(
            "the section \"{key}\" is kept and exported, but not served by Conjoin, which serves remote schemas only"
        ),
        code: Code::NotSupported,
        definition: value.clone(),
        message: None,
        severity: Severity::Warning,
    })
}
