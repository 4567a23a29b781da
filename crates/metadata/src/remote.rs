//! One remote schema: where it is, how to call it, how its names are customised.

use indexmap::IndexMap;

use crate::{Permission, TypeRelationships};

/// One upstream GraphQL API as the metadata describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteSchema {
    /// Unique name; non-empty, any characters.
    pub name: String,
    /// Where the upstream is and how to call it.
    pub definition: RemoteSchemaDefinition,
    /// Free text of the user.
    pub comment: Option<String>,
    /// Role SDLs, newest first, as Hasura stores them.
    pub permissions: Vec<Permission>,
    /// Relationships defined on types of this remote.
    pub remote_relationships: Vec<TypeRelationships>,
}

/// Address and call settings of a remote schema.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RemoteSchemaDefinition {
    /// URL, may hold `{{ENV}}` templates. Exactly one of `url` and `url_from_env` is set.
    pub url: Option<String>,
    /// Name of the environment variable that holds the URL.
    pub url_from_env: Option<String>,
    /// Whole-response timeout in seconds; 60 when absent.
    pub timeout_seconds: Option<u64>,
    /// Renames of types and root fields.
    pub customization: Option<Customization>,
    /// Headers sent with every request.
    pub headers: Vec<Header>,
    /// Whether the client's own headers are passed on.
    pub forward_client_headers: bool,
    /// Conjoin's extension: most aliased fields in one batched request; 64 when absent.
    pub max_aliases: Option<u32>,
}

/// A configured header.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Header name as written.
    pub name: String,
    /// Its value or where to find it.
    pub value: HeaderValue,
}

/// Where the value of a configured header comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum HeaderValue {
    /// Literal text, may hold `{{ENV}}` templates.
    Value(String),
    /// Name of an environment variable.
    FromEnv(String),
}

/// Renames that make two remotes fit beside each other. All keys are original upstream names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Customization {
    /// Field of each root under which the remote's root fields are served.
    pub root_fields_namespace: Option<String>,
    /// Renames of types.
    pub type_names: Option<TypeNames>,
    /// Renames of fields, per object or interface type.
    pub field_names: Vec<FieldNames>,
}

/// Prefix, suffix and explicit mapping of type names; `mapping` beats the other two.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TypeNames {
    /// Put before every type name.
    pub prefix: Option<String>,
    /// Put after every type name.
    pub suffix: Option<String>,
    /// Original name to served name.
    pub mapping: IndexMap<String, String>,
}

/// Prefix, suffix and explicit mapping of the field names of one type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FieldNames {
    /// Original name of the object or interface type.
    pub parent_type: String,
    /// Put before every field name.
    pub prefix: Option<String>,
    /// Put after every field name.
    pub suffix: Option<String>,
    /// Original name to served name.
    pub mapping: IndexMap<String, String>,
}
