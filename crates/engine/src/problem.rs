//! What is wrong with a metadata object, as data. `get_inconsistent_metadata` lists these.

use serde_json::{Value, json};

use crate::fault::Code;

/// A metadata object that cannot be served as it stands, or that is served with a flaw.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The object.
    pub object: MetadataObject,
    /// What is wrong and how to mend it, without the prefix `Inconsistent object: `.
    pub reason: String,
    /// The code an API call that causes the problem answers with, inside the inconsistency.
    pub code: Code,
    /// The object's definition as the metadata has it.
    pub definition: Value,
    /// Details, such as the cause when a stored introspection is used in place of a fresh one.
    pub message: Option<Value>,
    /// Whether the object is left out, or served all the same.
    pub severity: Severity,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The object is not served.
    Inconsistent,
    /// The object is served from a stored introspection because its upstream does not answer.
    Stale,
    /// The object is served; the flaw is worth knowing. Never makes the metadata inconsistent.
    Warning,
}

/// Identity of a metadata object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MetadataObject {
    /// A remote schema.
    RemoteSchema(String),
    /// A role's SDL on a remote schema.
    Permission {
        /// Remote schema name.
        remote_schema: String,
        /// Role name.
        role: String,
    },
    /// A relationship defined on a type of a remote schema.
    Relationship {
        /// Remote schema name.
        remote_schema: String,
        /// Original type name.
        type_name: String,
        /// Relationship name.
        name: String,
    },
    /// An inherited role.
    InheritedRole(String),
    /// A section that Conjoin keeps but does not serve (`sources`, `actions`, …).
    Section(String),
}

impl Problem {
    /// The record of `get_inconsistent_metadata`: `reason`, `type`, `name`, `definition`, `message`.
    pub fn to_json(&self) -> Value {
        let (kind, name) = self.object.kind_and_name();
        let mut record = json!({
            "reason": format!("Inconsistent object: {}", self.reason),
            "type": kind,
            "name": format!("{kind} {name}"),
            "definition": self.definition,
        });
        if let (Some(message), Some(record)) = (&self.message, record.as_object_mut()) {
            record.insert("message".into(), message.clone());
        }
        record
    }
}

impl MetadataObject {
    /// What Hasura calls this kind of object, and what it calls this one of them.
    fn kind_and_name(&self) -> (&str, String) {
        match self {
            Self::RemoteSchema(name) => ("remote_schema", name.clone()),
            Self::Permission { remote_schema, role } => {
                ("remote_schema_permission", format!("{role} permission in remote schema {remote_schema}"))
            }
            Self::Relationship { remote_schema, type_name, name } => (
                "remote_schema_remote_relationship",
                format!("remote_relationship {name} on type {type_name} in remote schema {remote_schema}"),
            ),
            Self::InheritedRole(role) => ("inherited_role", format!("inherited role {role}")),
            Self::Section(section) => (section, "section".into()),
        }
    }
}

impl std::fmt::Display for MetadataObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, name) = self.kind_and_name();
        write!(f, "{kind} {name}")
    }
}
