//! One remote schema: where it is, how to call it, how its names are customised.

use indexmap::IndexMap;
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::{Permission, TypeRelationships, rule};

/// One upstream GraphQL API as the metadata describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoteSchema {
    /// Unique name; non-empty, any characters.
    #[serde(deserialize_with = "rule::non_empty")]
    pub name: String,
    /// Where the upstream is and how to call it.
    pub definition: RemoteSchemaDefinition,
    /// Free text of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Role SDLs, newest first, as Hasura stores them.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "rule::null_is_default")]
    pub permissions: Vec<Permission>,
    /// Relationships defined on types of this remote.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "rule::null_is_default")]
    pub remote_relationships: Vec<TypeRelationships>,
}

/// Address and call settings of a remote schema.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RemoteSchemaDefinition {
    /// URL, may hold `{{ENV}}` templates. Exactly one of `url` and `url_from_env` is set; see [`Self::check`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Name of the environment variable that holds the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_from_env: Option<String>,
    /// Whole-response timeout in seconds; 60 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Renames of types and root fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customization: Option<Customization>,
    /// Headers sent with every request.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "rule::null_is_default")]
    pub headers: Vec<Header>,
    /// Whether the client's own headers are passed on.
    #[serde(default, skip_serializing_if = "is_false", deserialize_with = "rule::null_is_default")]
    pub forward_client_headers: bool,
    /// Conjoin's extension: most aliased fields in one batched request; 64 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_aliases: Option<u32>,
}

/// Why a definition that has the right shape still names no upstream. Hasura's API answers these with `invalid-params`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither key is there.
    #[error("both `url` and `url_from_env` can't be empty")]
    Missing,
    /// Both keys are there.
    #[error("both `url` and `url_from_env` can't be present")]
    Ambiguous,
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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Customization {
    /// Field of each root under which the remote's root fields are served.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "rule::optional_name")]
    pub root_fields_namespace: Option<String>,
    /// Renames of types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_names: Option<TypeNames>,
    /// Renames of fields, per object or interface type.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "rule::null_is_default")]
    pub field_names: Vec<FieldNames>,
}

/// Prefix, suffix and explicit mapping of type names; `mapping` beats the other two.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TypeNames {
    /// Put before every type name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "rule::prefix")]
    pub prefix: Option<String>,
    /// Put after every type name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "rule::suffix")]
    pub suffix: Option<String>,
    /// Original name to served name.
    #[serde(default, serialize_with = "rule::sorted", deserialize_with = "rule::name_mapping")]
    pub mapping: IndexMap<String, String>,
}

/// Prefix, suffix and explicit mapping of the field names of one type.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FieldNames {
    /// Original name of the object or interface type.
    #[serde(deserialize_with = "rule::name")]
    pub parent_type: String,
    /// Put before every field name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "rule::prefix")]
    pub prefix: Option<String>,
    /// Put after every field name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "rule::suffix")]
    pub suffix: Option<String>,
    /// Original name to served name.
    #[serde(default, serialize_with = "rule::sorted", deserialize_with = "rule::name_mapping")]
    pub mapping: IndexMap<String, String>,
}

impl RemoteSchema {
    /// The entry as it stands in the exported document.
    pub fn to_json(&self) -> Value {
        rule::to_value(self)
    }
}

impl RemoteSchemaDefinition {
    /// Whether there is exactly one address. Decoding does not ask this: in a whole document it is a problem of this one remote.
    pub fn check(&self) -> Result<(), AddressError> {
        match (&self.url, &self.url_from_env) {
            (None, None) => Err(AddressError::Missing),
            (Some(_), Some(_)) => Err(AddressError::Ambiguous),
            _ => Ok(()),
        }
    }

    /// The definition as it stands in the exported document.
    pub fn to_json(&self) -> Value {
        rule::to_value(self)
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            name: String,
            value: Option<String>,
            value_from_env: Option<String>,
        }
        let written = Written::deserialize(input)?;
        let value = match (written.value, written.value_from_env) {
            (None, None) => return Err(D::Error::custom("expecting value or value_from_env keys")),
            (Some(_), Some(_)) => {
                return Err(D::Error::custom("expecting only one of value or value_from_env keys"));
            }
            (Some(text), None) => HeaderValue::Value(text),
            // Such variables configure the server itself and hold its secrets; a header would hand them to an upstream.
            (None, Some(variable)) if variable.starts_with("HASURA_GRAPHQL_") => {
                return Err(D::Error::custom(format_args!(
                    "env variables starting with \"HASURA_GRAPHQL_\" are not allowed in value_from_env: {variable}"
                )));
            }
            (None, Some(variable)) => HeaderValue::FromEnv(variable),
        };
        Ok(Self { name: written.name, value })
    }
}

impl Serialize for Header {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        let mut header = output.serialize_struct("Header", 2)?;
        header.serialize_field("name", &self.name)?;
        match &self.value {
            HeaderValue::Value(text) => header.serialize_field("value", text)?,
            HeaderValue::FromEnv(variable) => header.serialize_field("value_from_env", variable)?,
        }
        header.end()
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}
