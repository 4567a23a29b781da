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
    /// The object's definition as the metadata has it, without values of headers.
    pub definition: Value,
    /// Details, such as the cause when a stored introspection is used in place of a fresh one.
    pub message: Option<Value>,
    /// Whether the object is left out, or served all the same.
    pub severity: Severity,
}

/// Beginnings of reasons that Hasura gives as they are, as kinds of inconsistencies of their own.
pub(crate) const WHOLE_REASONS: [&str; 2] =
    ["Duplicate variables found in endpoint path: ", "Empty segments or unnamed variables are not allowed: "];

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The object is not served, or, when it is a permission, not all of it.
    Inconsistent,
    /// The object is served from a stored introspection because its upstream does not answer.
    Stale,
    /// An inherited role gets nothing, because the roles that it is made of differ. Nothing is wrong that could be dropped, so
    /// it is listed and stops no change.
    Ambiguous,
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
    /// What an inherited role would have on a remote schema.
    InheritedPermission {
        /// Remote schema name.
        remote_schema: String,
        /// Role name.
        role: String,
    },
    /// A saved operation.
    SavedQuery {
        /// The collection it is in.
        collection: String,
        /// Its name there.
        query: String,
    },
    /// A REST endpoint.
    RestEndpoint(String),
    /// REST endpoints that one request could mean.
    RestConflict(Vec<String>),
    /// The section `opentelemetry`, or a part of it.
    OpenTelemetry(TelemetryPart),
    /// A section that Conjoin keeps but does not serve (`sources`, `actions`, …).
    Section(String),
}

/// A part of the section `opentelemetry`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TelemetryPart {
    /// All of it.
    All,
    /// To whom data is sent.
    Exporter,
    /// In what portions.
    BatchSpanProcessor,
}

impl Problem {
    /// The record of `get_inconsistent_metadata`: `reason`, `type`, `name`, `definition`, `message`.
    pub fn to_json(&self) -> Value {
        if let MetadataObject::InheritedPermission { remote_schema, role } = &self.object {
            return json!({
                "reason": self.reason,
                "name": role,
                "type": "inherited role permission inconsistency",
                "entity": {"remote_schema": remote_schema},
            });
        }
        if let MetadataObject::RestConflict(_) = &self.object {
            return json!({"reason": self.reason, "conflicts": self.definition});
        }
        let (kind, name) = self.object.kind_and_name();
        let reason = match WHOLE_REASONS.iter().any(|whole| self.reason.starts_with(whole)) {
            true => self.reason.clone(),
            false => format!("Inconsistent object: {}", self.reason),
        };
        let mut record = json!({
            "reason": reason,
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
    /// What Hasura calls this kind of object.
    pub(crate) fn kind(&self) -> &str {
        self.kind_and_name().0
    }

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
            Self::InheritedPermission { remote_schema, role } => (
                "inherited role permission inconsistency",
                format!("role {role} in remote schema {remote_schema}"),
            ),
            Self::SavedQuery { collection, query } => {
                ("query_collections", format!("{query} in {collection}"))
            }
            Self::RestEndpoint(name) => ("rest_endpoint", name.clone()),
            Self::RestConflict(names) => ("rest_endpoint", names.join(", ")),
            Self::OpenTelemetry(part) => ("open_telemetry", part.as_str().into()),
            Self::Section(section) => (section, "section".into()),
        }
    }

    /// Whether this is the other object, or has it as a part.
    pub fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OpenTelemetry(TelemetryPart::All), Self::OpenTelemetry(_)) => true,
            _ => self == other,
        }
    }
}

impl TelemetryPart {
    fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exporter => "exporter_otlp",
            Self::BatchSpanProcessor => "batch_span_processor",
        }
    }
}

impl std::fmt::Display for MetadataObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, name) = self.kind_and_name();
        write!(f, "{kind} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::{MetadataObject, Problem, Severity};
    use crate::fault::Code;
    use serde_json::{Value, json};

    fn record(object: MetadataObject, message: Option<Value>) -> Value {
        let (reason, definition) = ("why".into(), json!({"a": 1}));
        let severity = Severity::Inconsistent;
        Problem { object, reason, code: Code::Unexpected, definition, message, severity }.to_json()
    }

    #[test]
    fn records_are_those_of_hasura() {
        let remote_schema = String::from("crm");
        assert_eq!(
            record(MetadataObject::RemoteSchema(remote_schema.clone()), Some(json!("down"))),
            json!({
                "reason": "Inconsistent object: why",
                "type": "remote_schema",
                "name": "remote_schema crm",
                "definition": {"a": 1},
                "message": "down",
            })
        );
        let name = |object| record(object, None)["name"].as_str().map(str::to_owned);
        let role = String::from("user");
        assert_eq!(
            name(MetadataObject::Permission { remote_schema: remote_schema.clone(), role: role.clone() })
                .as_deref(),
            Some("remote_schema_permission user permission in remote schema crm")
        );
        assert_eq!(
            name(MetadataObject::Relationship {
                remote_schema,
                type_name: "Deal".into(),
                name: "owner".into()
            })
            .as_deref(),
            Some(
                "remote_schema_remote_relationship remote_relationship owner on type Deal in remote schema crm"
            )
        );
        assert_eq!(
            name(MetadataObject::InheritedRole(role)).as_deref(),
            Some("inherited_role inherited role user")
        );
    }
}
