//! The whole metadata document, version 3.

use indexmap::IndexMap;
use serde_json::Value;

use crate::{DecodeError, RemoteSchema};

/// Everything a user has configured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// Remote schemas; exported sorted by name.
    pub remote_schemas: Vec<RemoteSchema>,
    /// Roles made of other roles; exported sorted by name.
    pub inherited_roles: Vec<InheritedRole>,
    /// Every other top-level section of a Hasura v2 document, by its key, verbatim.
    pub sections: IndexMap<String, Value>,
}

/// A role made of other roles.
#[derive(Debug, Clone, PartialEq)]
pub struct InheritedRole {
    /// Its name.
    pub role_name: String,
    /// The roles it is made of.
    pub role_set: Vec<String>,
}

impl Document {
    /// Reads a document in any of the tolerated forms; the error names the JSON path of the failing key.
    pub fn from_json(_value: &Value) -> Result<Self, DecodeError> {
        todo!()
    }

    /// The canonical export: Hasura's key order, sorted lists, defaults omitted; equal documents give equal bytes.
    pub fn to_json(&self) -> Value {
        todo!()
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
