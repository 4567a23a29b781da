//! Problems of the catalog in words.

use metadata::network::TlsAllow;
use metadata::{Document, InheritedRole, Permission, Relationship, RemoteSchema};
use serde_json::{Value, json};

use super::Failure;
use crate::fault::Code;
use crate::join::Rejection;
use crate::permission::Reading;
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
    let reasons: Vec<&str> = rejection.reasons.iter().map(|flaw| flaw.reason.as_str()).collect();
    Problem {
        object: MetadataObject::Relationship {
            remote_schema: entry.name.clone(),
            type_name: type_name.into(),
            name: name.clone(),
        },
        reason: format!("in remote relationship \"{name}\": {}", reasons.join(", ")),
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

/// What is wrong with a role's permission, and what is odd about it.
pub(super) fn permission(remote: &str, permission: &Permission, reading: &Reading) -> Vec<Problem> {
    let flaw = reading.flaw.iter().map(|flaw| (flaw.code, flaw.message.clone(), Severity::Inconsistent));
    let warnings = (!reading.warnings.is_empty())
        .then(|| (Code::ValidationFailed, reading.warnings.join("; "), Severity::Warning));
    flaw.chain(warnings)
        .map(|(code, message, severity)| Problem {
            object: permission_object(remote, &permission.role),
            reason: format!(
                "in remote schema permission for role \"{}\": {}",
                permission.role,
                message.trim_end()
            ),
            code,
            definition: permission.definition(),
            message: None,
            severity,
        })
        .collect()
}

/// A role whose parts of two remotes differ in a type that the remotes share.
pub(super) fn shared_type(
    remote: &str,
    other: &str,
    role: &str,
    permission: Option<&Permission>,
    ty: &apollo_compiler::Name,
) -> Problem {
    Problem {
        object: permission_object(remote, role),
        reason: format!(
            "in remote schema permission for role \"{role}\": the type \"{ty}\" is shared with remote schema \"{other}\", whose permission grants another part of it, so that nothing of \"{remote}\" can be served; grant the same part, or set type_names in the customization of \"{remote}\""
        ),
        code: Code::RemoteSchemaConflicts,
        definition: permission.map_or_else(|| json!({"role": role}), Permission::definition),
        message: None,
        severity: Severity::Inconsistent,
    }
}

fn permission_object(remote: &str, role: &str) -> MetadataObject {
    MetadataObject::Permission { remote_schema: remote.into(), role: role.into() }
}

/// An inherited role whose parents have different permissions on a remote.
pub(super) fn inheritance(remote: &str, role: &str) -> Problem {
    Problem {
        object: MetadataObject::InheritedPermission { remote_schema: remote.into(), role: role.into() },
        reason: format!(
            "Could not inherit permission for the role '{role}' for the entity: 'remote schema: '{remote}''"
        ),
        code: Code::InvalidConfiguration,
        definition: Value::Null,
        message: None,
        severity: Severity::Ambiguous,
    }
}

/// An inherited role made of roles that nothing else speaks of.
pub(super) fn missing_parents(role: &InheritedRole, missing: &[&str]) -> Problem {
    let reason = format!(
        "the following parent role(s) are not found: {} which are required to construct the inherited role: \"{}\"",
        missing.join(", "),
        role.role_name
    );
    inherited_role(role, reason)
}

/// An inherited role that is made of itself.
pub(super) fn inherits_itself(role: &InheritedRole) -> Problem {
    let reason =
        format!("inherited role \"{}\" would inherit from itself through its parents", role.role_name);
    inherited_role(role, reason)
}

fn inherited_role(role: &InheritedRole, reason: String) -> Problem {
    Problem {
        object: MetadataObject::InheritedRole(role.role_name.clone()),
        reason,
        code: Code::InvalidConfiguration,
        definition: json!({"role_name": role.role_name, "role_set": role.role_set}),
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

/// What has no effect of who may not introspect: an administrator could not see what they administrate.
pub(super) fn introspection(document: &Document) -> Option<Problem> {
    let options = document.introspection_options();
    options.disabled_for_roles.iter().any(|role| role == "admin").then(|| Problem {
        object: MetadataObject::Section("graphql_schema_introspection".into()),
        reason: "the role \"admin\" can always introspect; naming it in `disabled_for_roles` has no effect"
            .into(),
        code: Code::InvalidParams,
        definition: document.sections.get("graphql_schema_introspection").cloned().unwrap_or_default(),
        message: None,
        severity: Severity::Warning,
    })
}

/// Sections besides remotes and roles that are served.
const SERVED: &[&str] =
    &["allowlist", "graphql_schema_introspection", "network", "query_collections", "rest_endpoints"];

/// Sections that will be served.
const WITHOUT_EFFECT_YET: &[&str] = &["api_limits", "metrics_config", "opentelemetry"];

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
        reason: if WITHOUT_EFFECT_YET.contains(&key) {
            format!("the section \"{key}\" is kept, checked and exported, but has no effect yet")
        } else {
            format!(
                "the section \"{key}\" is kept and exported, but not served by Conjoin, which serves remote schemas only"
            )
        },
        code: Code::NotSupported,
        definition: value.clone(),
        message: None,
        severity: Severity::Warning,
    })
}
