//! The sections `query_collections` and `allowlist`: operations kept under a name, and who may run those of which collection.
//!
//! This is how both sections are read, changed and exported.

use std::collections::HashSet;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::document::check_distinct;
use crate::{DecodeError, Document, decode, rule};

/// Keys of the sections.
pub(crate) const COLLECTIONS: &str = "query_collections";
pub(crate) const ALLOW_LIST: &str = "allowlist";

/// Operations that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryCollection {
    /// Its name.
    #[serde(deserialize_with = "rule::non_empty")]
    pub name: String,
    /// What it holds.
    pub definition: CollectionDefinition,
    /// Free text of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a collection holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CollectionDefinition {
    /// In the order in which they were added.
    pub queries: Vec<SavedQuery>,
}

/// An operation under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedQuery {
    /// Its name in the collection.
    #[serde(deserialize_with = "rule::non_empty")]
    pub name: String,
    /// The document.
    pub query: String,
}

/// A collection whose operations may be run where only allowed ones may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedCollection {
    /// Its name.
    pub collection: String,
    /// By whom.
    #[serde(default)]
    pub scope: AllowScope,
}

/// Who may run the operations of a collection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AllowScope {
    /// Every role.
    #[default]
    Global,
    /// These roles; at least one, none twice.
    Roles(Vec<String>),
}

/// The shape in the metadata.
#[derive(Serialize, Deserialize)]
struct Written {
    global: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for AllowScope {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match Written::deserialize(input)? {
            Written { global: true, roles: None } => Ok(Self::Global),
            Written { global: true, roles: Some(_) } => {
                Err(D::Error::custom("roles are not allowed when global is true"))
            }
            Written { global: false, roles: None } => Err(D::Error::missing_field("roles")),
            Written { global: false, roles: Some(roles) } if roles.is_empty() => {
                Err(D::Error::custom("a scope that is not global needs at least one role"))
            }
            Written { global: false, roles: Some(roles) } => {
                let mut seen = HashSet::new();
                match roles.iter().all(|role| seen.insert(role.as_str())) {
                    true => Ok(Self::Roles(roles)),
                    false => Err(D::Error::custom("duplicate roles are not allowed")),
                }
            }
        }
    }
}

impl Serialize for AllowScope {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        let roles = match self {
            Self::Global => None,
            Self::Roles(roles) => Some(roles.clone()),
        };
        Written { global: roles.is_none(), roles }.serialize(output)
    }
}

impl QueryCollection {
    /// The operation of that name.
    pub fn query(&self, name: &str) -> Option<&SavedQuery> {
        self.definition.queries.iter().find(|query| query.name == name)
    }
}

impl Document {
    /// The operations that are kept under names.
    pub fn query_collections(&self) -> Vec<QueryCollection> {
        self.section(COLLECTIONS)
    }

    /// Replaces them.
    pub fn set_query_collections(&mut self, collections: &[QueryCollection]) {
        self.set_section(COLLECTIONS, collections.iter().map(rule::to_value).collect());
    }

    /// The collections that are on the allow list.
    pub fn allowlist(&self) -> Vec<AllowedCollection> {
        self.section(ALLOW_LIST)
    }

    /// Replaces that list.
    pub fn set_allowlist(&mut self, allowed: &[AllowedCollection]) {
        self.set_section(ALLOW_LIST, allowed.iter().map(rule::to_value).collect());
    }
}

/// The value of `query_collections` as it is exported.
pub(crate) fn canonical_collections(value: &Value) -> Result<Value, DecodeError> {
    let collections: Vec<QueryCollection> = decode(value)?;
    for (index, collection) in collections.iter().enumerate() {
        let names = collection.definition.queries.iter().map(|query| query.name.as_str());
        check_distinct("name", names)
            .map_err(|error| error.under(&format!("$[{index}].definition.queries")))?;
    }
    rule::canonical::<Vec<QueryCollection>>(value)
}

/// The value of `allowlist` as it is exported.
pub(crate) fn canonical_allowlist(value: &Value) -> Result<Value, DecodeError> {
    rule::canonical::<Vec<AllowedCollection>>(value)
}
