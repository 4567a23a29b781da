//! What changed between two documents, by object and not by line, for the command line and the console.
//!
//! [`diff`] compares what objects mean: the order of keys, roles and key fields, and whether a relationship is written in the legacy
//! shape, make no difference. [`to_text`] writes the changes one a line.

mod compare;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use crate::Document;
use crate::document::SECTIONS;
use compare::summary_of;

/// One object that is not the same in both documents.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(rename = "MetadataChange")]
pub struct Change {
    /// What happened to it.
    pub kind: Kind,
    /// Which object.
    pub object: Object,
    /// Where it differs; empty unless it was changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Difference>>")]
    pub differences: Vec<Difference>,
    /// What was added, or the differences, in one line.
    pub summary: String,
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "MetadataChangeKind")]
pub enum Kind {
    /// Only the new document has it.
    Added,
    /// Both have it.
    Changed,
    /// Only the old document has it.
    Removed,
}

/// What tells an object apart from all others. The order is that of the changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(rename = "ChangedObject")]
pub enum Object {
    /// A remote schema without its permissions and relationships.
    RemoteSchema {
        /// Its name.
        name: String,
    },
    /// A permission of a remote schema.
    Permission {
        /// Whose.
        role: String,
        /// On what.
        remote_schema: String,
    },
    /// A relationship.
    Relationship {
        /// The type it is defined on.
        type_name: String,
        /// Its name.
        name: String,
        /// The remote schema of that type.
        remote_schema: String,
    },
    /// An inherited role.
    InheritedRole {
        /// Its name.
        name: String,
    },
    /// An entry of a section that is a list.
    Entry {
        /// Key of the section.
        section: String,
        /// What tells the entry apart.
        name: String,
    },
    /// A section that is one object.
    Section {
        /// Its key.
        section: String,
    },
}

/// One place where the old and the new object are not the same.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Difference {
    /// Keys with dots between them; empty for the whole object.
    pub path: String,
    /// The old value, if there was one.
    pub old: Option<Value>,
    /// The new value, if there is one.
    pub new: Option<Value>,
}

/// The changes that lead from `old` to `new`, in a fixed order.
pub fn diff(old: &Document, new: &Document) -> Vec<Change> {
    let (old, new) = (objects(old), objects(new));
    let all: BTreeSet<&Object> = old.keys().chain(new.keys()).collect();
    all.into_iter().filter_map(|object| change(object, old.get(object), new.get(object))).collect()
}

/// One change a line, in columns: object, kind, summary.
pub fn to_text(changes: &[Change]) -> String {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for change in changes {
        *uses.entry(change.object.to_string()).or_default() += 1;
    }
    let titles: Vec<String> = changes
        .iter()
        .map(|change| {
            let title = change.object.to_string();
            match &change.object {
                Object::Relationship { remote_schema, .. } if uses[&title] > 1 => {
                    format!("{title} in {remote_schema}")
                }
                _ => title,
            }
        })
        .collect();
    let width = titles.iter().map(|title| title.chars().count()).max().unwrap_or_default();
    let lines = titles.iter().zip(changes).map(|(title, Change { kind, summary, .. })| {
        let line = format!("{title:width$}  {:7}  {summary}", kind.to_string());
        format!("{}\n", line.trim_end())
    });
    lines.collect()
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        })
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoteSchema { name } => write!(f, "remote schema {name}"),
            Self::Permission { role, remote_schema } => write!(f, "permission {role}/{remote_schema}"),
            Self::Relationship { type_name, name, .. } => write!(f, "relationship {type_name}.{name}"),
            Self::InheritedRole { name } => write!(f, "inherited role {name}"),
            Self::Entry { section, name } => write!(f, "{section} {name}"),
            Self::Section { section } => f.write_str(section),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}  {}", self.object, self.kind, self.summary)
    }
}

fn change(object: &Object, old: Option<&Value>, new: Option<&Value>) -> Option<Change> {
    let (kind, mut differences) = match (old, new) {
        (None, _) => (Kind::Added, Vec::new()),
        (_, None) => (Kind::Removed, Vec::new()),
        (Some(old), Some(new)) => (Kind::Changed, compare::differences(old, new)),
    };
    if matches!(object, Object::RemoteSchema { .. }) {
        differences.iter_mut().for_each(view::without_secrets);
    }
    let summary = match kind {
        Kind::Added => view::summary(object, new?),
        Kind::Removed => String::new(),
        Kind::Changed if differences.is_empty() => return None,
        Kind::Changed => summary_of(&differences),
    };
    Some(Change { kind, object: object.clone(), differences, summary })
}

/// All objects of a document with what is compared of them.
fn objects(document: &Document) -> BTreeMap<Object, Value> {
    let mut objects = BTreeMap::new();
    for remote in &document.remote_schemas {
        let remote_schema = remote.name.clone();
        objects.insert(Object::RemoteSchema { name: remote_schema.clone() }, view::remote(remote));
        for permission in &remote.permissions {
            let object =
                Object::Permission { role: permission.role.clone(), remote_schema: remote_schema.clone() };
            objects.insert(object, view::permission(permission));
        }
        for of_type in &remote.remote_relationships {
            for relationship in &of_type.relationships {
                let object = Object::Relationship {
                    type_name: of_type.type_name.clone(),
                    name: relationship.name.clone(),
                    remote_schema: remote_schema.clone(),
                };
                objects.insert(object, view::relationship(relationship));
            }
        }
    }
    for role in &document.inherited_roles {
        let members: BTreeSet<&String> = role.role_set.iter().collect();
        objects.insert(
            Object::InheritedRole { name: role.role_name.clone() },
            serde_json::json!({ "roles": members }),
        );
    }
    for (key, value) in &document.sections {
        let identity =
            SECTIONS.iter().find(|section| section.key == key).and_then(|section| section.identity);
        match (identity, value) {
            (Some(identity), Value::Array(entries)) => {
                for entry in entries {
                    let name = entry[identity].as_str().unwrap_or_default().to_owned();
                    objects.insert(Object::Entry { section: key.clone(), name }, entry.clone());
                }
            }
            _ => {
                objects.insert(Object::Section { section: key.clone() }, value.clone());
            }
        }
    }
    objects
}
