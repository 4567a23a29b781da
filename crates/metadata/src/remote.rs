//! One remote schema: where it is, how to call it, how its names are customised.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use ts_rs::TS;

use crate::identity::{Auth, ForwardedHeader, SessionVariables, Tls};
use crate::schema_source::{self, OnSchemaChange, SchemaSource};
use crate::{Permission, TypeRelationships, rule};

const AUTHORIZATION: &str = "authorization";

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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
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
    #[ts(optional, as = "Option<Vec<Header>>")]
    pub headers: Vec<Header>,
    /// Whether the client's own headers are passed on.
    #[serde(default, skip_serializing_if = "is_false", deserialize_with = "rule::null_is_default")]
    #[ts(optional, as = "Option<bool>")]
    pub forward_client_headers: bool,
    /// Conjoin's extension: the client's headers that are passed on, instead of nearly all or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "rule::null_is_default")]
    #[ts(optional, type = "Array<{ name: string, as?: string }>")]
    pub forward_headers: Vec<ForwardedHeader>,
    /// Conjoin's extension: which session variables are sent; all when absent.
    #[serde(default, skip_serializing_if = "is_all")]
    #[ts(optional, type = "boolean | Array<string | { name: string, as?: string }>")]
    pub forward_session_variables: SessionVariables,
    /// Conjoin's extension: headers of introspection only; they beat `headers` of the same name.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "rule::null_is_default")]
    #[ts(optional, as = "Option<Vec<Header>>")]
    pub introspection_headers: Vec<Header>,
    /// Conjoin's extension: how the gateway shows who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "Record<string, unknown>")]
    pub auth: Option<Auth>,
    /// Conjoin's extension: whom to trust, and the certificate to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "Record<string, unknown>")]
    pub tls: Option<Tls>,
    /// Conjoin's extension: most aliased fields in one batched request; 64 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_aliases: Option<u32>,
    /// Conjoin's extension: where its schema is, when it does not tell it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "{ sdl: string } | { file: string } | { url: string }")]
    pub schema_from: Option<SchemaSource>,
    /// Conjoin's extension: how often the gateway looks for another schema; never when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "schema_source::poll_interval"
    )]
    pub poll_interval_seconds: Option<u64>,
    /// Conjoin's extension: what happens when the gateway finds one.
    #[serde(
        default,
        skip_serializing_if = "OnSchemaChange::is_default",
        deserialize_with = "rule::null_is_default"
    )]
    #[ts(optional, as = "Option<OnSchemaChange>")]
    pub on_schema_change: OnSchemaChange,
}

/// Why a definition that has the right shape still says nothing that can be done. Hasura's API answers the first two with
/// `invalid-params`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// Neither key is there.
    #[error("both `url` and `url_from_env` can't be empty")]
    Missing,
    /// Both keys are there.
    #[error("both `url` and `url_from_env` can't be present")]
    Ambiguous,
    /// Two keys say what is forwarded.
    #[error(
        "`forward_headers` lists what is forwarded and `forward_client_headers` forwards all; leave one of them out"
    )]
    ForwardedTwice,
    /// Two forwarded headers get one name.
    #[error(
        "more than one of `forward_headers` becomes \"{0}\"; give one another name with `as`, or leave it out"
    )]
    SameTarget(String),
    /// Two keys say who asks.
    #[error("`auth` and `{0}` both set the header \"authorization\"; leave one of them out")]
    AuthorizedTwice(&'static str),
}

/// A configured header.
#[derive(Debug, Clone, PartialEq, TS)]
#[ts(type = "{ name: string, value: string } | { name: string, value_from_env: string }")]
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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Customization {
    /// Field of each root under which the remote's root fields are served.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "rule::optional_name")]
    pub root_fields_namespace: Option<String>,
    /// Renames of types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_names: Option<TypeNames>,
    /// Renames of fields, per object or interface type.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "rule::null_is_default")]
    #[ts(optional, as = "Option<Vec<FieldNames>>")]
    pub field_names: Vec<FieldNames>,
}

/// Prefix, suffix and explicit mapping of type names; `mapping` beats the other two.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct TypeNames {
    /// Put before every type name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "rule::prefix")]
    pub prefix: Option<String>,
    /// Put after every type name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "rule::suffix")]
    pub suffix: Option<String>,
    /// Original name to served name.
    #[serde(default, serialize_with = "rule::sorted", deserialize_with = "rule::name_mapping")]
    #[ts(optional, as = "Option<IndexMap<String, String>>")]
    pub mapping: IndexMap<String, String>,
}

/// Prefix, suffix and explicit mapping of the field names of one type.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
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
    #[ts(optional, as = "Option<IndexMap<String, String>>")]
    pub mapping: IndexMap<String, String>,
}

impl RemoteSchema {
    /// The entry as it stands in the exported document.
    pub fn to_json(&self) -> Value {
        rule::to_value(self)
    }

    /// The entry as reports show it: with the names of headers and without their values, which may be secrets.
    pub fn to_report(&self) -> Value {
        let mut shown = self.clone();
        let definition = &mut shown.definition;
        for header in definition.headers.iter_mut().chain(&mut definition.introspection_headers) {
            if let HeaderValue::Value(text) = &mut header.value {
                REDACTED.clone_into(text);
            }
        }
        if let Some(url) = &mut definition.url {
            *url = presentable(url);
        }
        if let Some(SchemaSource::Url(url)) = &mut definition.schema_from {
            *url = presentable(url);
        }
        if let Some(Auth::ClientCredentials(client)) = &mut definition.auth {
            client.token_url = presentable(&client.token_url);
        }
        shown.to_json()
    }
}

/// What stands in reports for what may be a secret.
pub const REDACTED: &str = "<REDACTED>";

/// A URL, with its templates, as people may see it: without a password and without a query, which may hold a key.
pub fn presentable(url: &str) -> String {
    let (url, query) = url.split_once('?').map_or((url, ""), |(url, _)| (url, "?<REDACTED>"));
    let shown = match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            match rest[..end].rfind('@') {
                Some(at) => format!("{scheme}://{REDACTED}{}", &rest[at..]),
                None => url.to_owned(),
            }
        }
        None => url.to_owned(),
    };
    shown + query
}

impl RemoteSchemaDefinition {
    /// Whether there is exactly one address and the keys go together. Decoding does not ask this: in a whole document it is a
    /// problem of this one remote.
    pub fn check(&self) -> Result<(), DefinitionError> {
        match (&self.url, &self.url_from_env) {
            (None, None) => return Err(DefinitionError::Missing),
            (Some(_), Some(_)) => return Err(DefinitionError::Ambiguous),
            _ => {}
        }
        if self.forward_client_headers && !self.forward_headers.is_empty() {
            return Err(DefinitionError::ForwardedTwice);
        }
        let mut targets = HashSet::new();
        for header in &self.forward_headers {
            let target = header.target().to_ascii_lowercase();
            if self.auth.is_some() && target == AUTHORIZATION {
                return Err(DefinitionError::AuthorizedTwice("forward_headers"));
            }
            if let Some(target) = targets.replace(target) {
                return Err(DefinitionError::SameTarget(target));
            }
        }
        let authorizes = |header: &Header| header.name.eq_ignore_ascii_case(AUTHORIZATION);
        if self.auth.is_some() && self.headers.iter().any(authorizes) {
            return Err(DefinitionError::AuthorizedTwice("headers"));
        }
        Ok(())
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

fn is_all(variables: &SessionVariables) -> bool {
    *variables == SessionVariables::All
}
