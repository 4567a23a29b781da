//! The whole metadata document, version 3.
//!
//! Conjoin serves the remote schemas and inherited roles and understands some other sections; what it does not serve (databases, actions,
//! events) it keeps as written, so that a document comes out as it went in.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::decode::{index_step, key_step};
use crate::{
    DecodeError, RemoteSchema, collection, decode, introspection, limits, network, rest, rule, telemetry,
};

/// Everything a user has configured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// Remote schemas; exported sorted by name.
    pub remote_schemas: Vec<RemoteSchema>,
    /// Roles made of other roles; exported sorted by name.
    pub inherited_roles: Vec<InheritedRole>,
    /// Every other top-level section of a Hasura v2 document, by its key: as it is exported if Conjoin understands it, else as it was
    /// written. A section that says nothing is absent.
    pub sections: IndexMap<String, Value>,
}

/// A role made of other roles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InheritedRole {
    /// Its name.
    #[serde(deserialize_with = "rule::non_empty")]
    pub role_name: String,
    /// The roles it is made of.
    pub role_set: Vec<String>,
}

/// A top-level section that Hasura v2 knows.
pub(crate) struct Section {
    pub(crate) key: &'static str,
    /// The key that tells the entries of a list apart; none for sections that are one object.
    pub(crate) identity: Option<&'static str>,
    /// The key by which the list is sorted when it is exported.
    order: Option<&'static str>,
}

/// All sections in the order of the export.
pub(crate) const SECTIONS: &[Section] = &[
    list("sources", "name"),
    sorted_list("remote_schemas", "name", "name"),
    sorted_list("query_collections", "name", "name"),
    sorted_list("allowlist", "collection", "collection"),
    list("actions", "name"),
    object("custom_types"),
    list("cron_triggers", "name"),
    sorted_list("rest_endpoints", "name", "url"),
    object("api_limits"),
    object("metrics_config"),
    sorted_list("inherited_roles", "role_name", "role_name"),
    object("graphql_schema_introspection"),
    object("network"),
    object("backend_configs"),
    object("opentelemetry"),
];

const fn object(key: &'static str) -> Section {
    Section { key, identity: None, order: None }
}

const fn list(key: &'static str, identity: &'static str) -> Section {
    Section { key, identity: Some(identity), order: None }
}

const fn sorted_list(key: &'static str, identity: &'static str, order: &'static str) -> Section {
    Section { key, identity: Some(identity), order: Some(order) }
}

/// What Hasura says of a document older than version 3 when there is no database, which here is always.
const NO_DEFAULT_SOURCE: &str = "cannot import metadata without sources since no default source is defined";

impl Document {
    /// Reads a document in any of the tolerated forms; the error names the JSON path of the failing key.
    pub fn from_json(value: &Value) -> Result<Self, DecodeError> {
        let members: &Map<String, Value> = match value {
            Value::Object(members) => members,
            // Null would pass for an empty object, and nothing is too little to mean everything away.
            Value::Null => return Err(DecodeError::at_root("expected an object, got null")),
            other => return decode::<Map<String, Value>>(other).map(|_| Self::default()),
        };
        check_version(members.get("version"))?;

        let mut document = Self::default();
        for (key, value) in members.iter().filter(|(key, _)| *key != "version") {
            let path = format!("${}", key_step(key));
            let section = SECTIONS.iter().find(|section| section.key == key);
            if section.is_some() && says_nothing(value) {
                continue;
            }
            if let Some(Section { identity: Some(identity), order, .. }) = section {
                check_list(value, identity, *order).map_err(|error| error.under(&path))?;
            } else if section.is_some() {
                decode::<Map<String, Value>>(value).map_err(|error| error.under(&path))?;
            }
            match key.as_str() {
                "remote_schemas" => {
                    document.remote_schemas = decode(value).map_err(|error| error.under(&path))?;
                    check_remote_schemas(&document.remote_schemas).map_err(|error| error.under(&path))?;
                }
                "inherited_roles" => {
                    document.inherited_roles = decode(value).map_err(|error| error.under(&path))?;
                }
                other => match canonical_section(other, value).map_err(|error| error.under(&path))? {
                    Some(section) => document.set_section(other, section),
                    None => drop(document.sections.insert(key.clone(), value.clone())),
                },
            }
        }
        Ok(document)
    }

    /// The canonical export: Hasura's key order, sorted lists, defaults omitted; equal documents give equal bytes.
    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("version".to_owned(), 3.into());
        for Section { key, order, .. } in SECTIONS {
            let value = match *key {
                "remote_schemas" => rule::to_value(&self.remote_schemas),
                "inherited_roles" => rule::to_value(&self.inherited_roles),
                key => self.sections.get(key).cloned().unwrap_or(Value::Null),
            };
            match value {
                Value::Array(items) if !items.is_empty() => {
                    members.insert((*key).to_owned(), Value::Array(sorted_by(items, *order)));
                }
                value if !says_nothing(&value) => {
                    members.insert((*key).to_owned(), value);
                }
                _ if *key == "sources" => {
                    members.insert((*key).to_owned(), Value::Array(Vec::new()));
                }
                _ => {}
            }
        }
        let is_other = |key: &str| key != "version" && SECTIONS.iter().all(|section| section.key != key);
        let mut others: Vec<_> = self.sections.iter().filter(|(key, _)| is_other(key)).collect();
        others.sort_unstable_by_key(|(key, _)| key.as_str());
        members.extend(others.into_iter().map(|(key, value)| (key.clone(), value.clone())));
        Value::Object(members)
    }

    /// The roles that permissions and inherited roles speak of, those of databases and actions included.
    pub fn role_names(&self) -> BTreeSet<&str> {
        fn collect<'a>(value: &'a Value, names: &mut BTreeSet<&'a str>) {
            match value {
                Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
                Value::Object(members) => {
                    names.extend(members.get("role").and_then(Value::as_str));
                    members.values().for_each(|value| collect(value, names));
                }
                _ => {}
            }
        }
        let permissions = self.remote_schemas.iter().flat_map(|remote| &remote.permissions);
        let mut names: BTreeSet<&str> = permissions.map(|permission| permission.role.as_str()).collect();
        names.extend(self.inherited_roles.iter().map(|role| role.role_name.as_str()));
        for key in ["sources", "actions", "custom_types"] {
            if let Some(section) = self.sections.get(key) {
                collect(section, &mut names);
            }
        }
        names
    }

    /// What a section says; nothing when it is absent. Sections are checked when the document is read, so that only one that was
    /// put together otherwise cannot be read here.
    pub(crate) fn section<T: DeserializeOwned + Default>(&self, key: &str) -> T {
        self.sections.get(key).and_then(|section| decode(section).ok()).unwrap_or_default()
    }

    /// Replaces a section, or drops it when it would say nothing.
    pub(crate) fn set_section(&mut self, key: &str, value: Value) {
        self.sections.shift_remove(key);
        if !says_nothing(&value) {
            self.sections.insert(key.to_owned(), value);
        }
    }

    /// The remote schema of that name.
    pub fn remote_schema(&self, name: &str) -> Option<&RemoteSchema> {
        self.remote_schemas.iter().find(|remote| remote.name == name)
    }

    /// The remote schema of that name, to change it.
    pub fn remote_schema_mut(&mut self, name: &str) -> Option<&mut RemoteSchema> {
        self.remote_schemas.iter_mut().find(|remote| remote.name == name)
    }
}

impl DecodeError {
    /// Whether the document is of a version before 3, which the API answers with `not-supported` and not with `parse-failed`.
    pub fn is_unsupported_version(&self) -> bool {
        self.message == NO_DEFAULT_SOURCE
    }
}

fn check_version(version: Option<&Value>) -> Result<(), DecodeError> {
    match version {
        None | Some(Value::Null) => Err(DecodeError::at_root(NO_DEFAULT_SOURCE)),
        Some(version) => match decode::<u64>(version).map_err(|error| error.under("$.version"))? {
            3 => Ok(()),
            1 | 2 => Err(DecodeError::at_root(NO_DEFAULT_SOURCE)),
            other => Err(DecodeError::at_root(format!("unknown metadata version {other}, expected 3"))
                .under("$.version")),
        },
    }
}

/// A section that Conjoin understands, as it is exported; `None` for one that it keeps as it was written.
fn canonical_section(key: &str, value: &Value) -> Result<Option<Value>, DecodeError> {
    let canonical = match key {
        collection::COLLECTIONS => collection::canonical_collections(value),
        collection::ALLOW_LIST => collection::canonical_allowlist(value),
        rest::SECTION => rest::canonical(value),
        introspection::SECTION => introspection::canonical(value),
        network::SECTION => network::canonical(value),
        limits::SECTION => limits::canonical(value),
        telemetry::METRICS => telemetry::canonical_metrics(value),
        telemetry::OPEN_TELEMETRY => telemetry::canonical_open_telemetry(value),
        _ => return Ok(None),
    };
    canonical.map(Some)
}

/// Whether a section is one that the command line writes for an empty project: null, or nothing but empty lists and objects.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(says_nothing),
        _ => false,
    }
}

/// Whether `value` is a list of objects that have the keys by which they are told apart and sorted, and no two are the same.
fn check_list(value: &Value, identity: &str, order: Option<&str>) -> Result<(), DecodeError> {
    let items: Vec<Map<String, Value>> = decode(value)?;
    for (index, item) in items.iter().enumerate() {
        for key in [Some(identity), order].into_iter().flatten() {
            check_text(item, key).map_err(|error| error.under(&format!("${}", index_step(index))))?;
        }
    }
    check_distinct(identity, items.iter().filter_map(|item| item[identity].as_str()))
}

fn check_text(item: &Map<String, Value>, key: &str) -> Result<(), DecodeError> {
    let Some(value) = item.get(key) else {
        return Err(DecodeError::at_root(format!("the key '{key}' was not present")));
    };
    decode::<String>(value).map(drop).map_err(|error| error.under(&format!("${}", key_step(key))))
}

/// The lists inside a remote schema whose entries are told apart by a name.
fn check_remote_schemas(remotes: &[RemoteSchema]) -> Result<(), DecodeError> {
    for (index, remote) in remotes.iter().enumerate() {
        let path = format!("${}", index_step(index));
        check_distinct("role", remote.permissions.iter().map(|permission| permission.role.as_str()))
            .map_err(|error| error.under(&format!("{path}.permissions")))?;
        let path = format!("{path}.remote_relationships");
        check_distinct(
            "type_name",
            remote.remote_relationships.iter().map(|of_type| of_type.type_name.as_str()),
        )
        .map_err(|error| error.under(&path))?;
        for (index, of_type) in remote.remote_relationships.iter().enumerate() {
            check_distinct(
                "name",
                of_type.relationships.iter().map(|relationship| relationship.name.as_str()),
            )
            .map_err(|error| error.under(&format!("{path}{}.relationships", index_step(index))))?;
        }
    }
    Ok(())
}

pub(crate) fn check_distinct<'a>(
    key: &str,
    identities: impl Iterator<Item = &'a str>,
) -> Result<(), DecodeError> {
    let mut seen = HashSet::new();
    for identity in identities {
        if !seen.insert(identity) {
            return Err(DecodeError::at_root(format!("more than one entry has the {key} \"{identity}\"")));
        }
    }
    Ok(())
}

/// Stable, so that entries which are equal in their order keep the one they were given in.
fn sorted_by(mut items: Vec<Value>, order: Option<&str>) -> Vec<Value> {
    if let Some(key) = order {
        items.sort_by(|left, right| left[key].as_str().cmp(&right[key].as_str()));
    }
    items
}
