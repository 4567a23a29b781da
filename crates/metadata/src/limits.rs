//! The section `api_limits`: what a role may ask of the API, in size, time and number.
//!
//! Every shape of it is checked when it is read, and it is exported with all its defaults, as Hasura does.

use indexmap::IndexMap;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

use crate::{DecodeError, Document, rule};

/// Key of the section.
pub(crate) const SECTION: &str = "api_limits";

/// The limits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ApiLimits {
    /// Whether all of them are off.
    #[serde(default, deserialize_with = "rule::null_is_default")]
    pub disabled: bool,
    /// How deep a query may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth_limit: Option<Limit<u64>>,
    /// How many fields with a selection it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_limit: Option<Limit<u64>>,
    /// How many operations a batch may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_limit: Option<Limit<u64>>,
    /// How long an operation may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<Limit<Seconds>>,
    /// How many requests there may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<Limit<RateLimit>>,
}

/// One limit, for everybody and for some roles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Limit<T> {
    /// For roles that are not listed.
    pub global: T,
    /// For these roles.
    #[serde(
        default,
        serialize_with = "rule::sorted",
        deserialize_with = "rule::null_is_default",
        bound(serialize = "T: Serialize")
    )]
    pub per_role: IndexMap<String, T>,
}

/// A time in seconds, with the digits that were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seconds(pub Number);

/// How many requests there may be in a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Most requests.
    pub max_reqs_per_min: u64,
    /// Whose requests are counted together, besides those of one role.
    #[serde(default)]
    pub unique_params: Option<UniqueParams>,
}

/// What tells callers of one role apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UniqueParams {
    /// Their address.
    Ip,
    /// The values of these session variables.
    SessionVariables(Vec<String>),
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(input)?;
        if number.as_f64().is_some_and(|seconds| seconds >= 0.0) {
            Ok(Self(number))
        } else {
            Err(D::Error::custom(format_args!("expected a number that is not negative, got {number}")))
        }
    }
}

impl<'de> Deserialize<'de> for UniqueParams {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let refused = || {
            D::Error::custom(
                "Not a valid value. Should be either: 'IP' or a list of Hasura session variables",
            )
        };
        let variable = |value: Value| match value {
            Value::String(name) if is_session_variable(&name) => Ok(name),
            _ => Err(refused()),
        };
        match Value::deserialize(input)? {
            Value::String(word) if word.eq_ignore_ascii_case("ip") => Ok(Self::Ip),
            Value::Array(names) => {
                names.into_iter().map(variable).collect::<Result<_, _>>().map(Self::SessionVariables)
            }
            _ => Err(refused()),
        }
    }
}

impl Serialize for UniqueParams {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ip => output.serialize_str("IP"),
            Self::SessionVariables(names) => names.serialize(output),
        }
    }
}

/// Roles are told apart anyway.
fn is_session_variable(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("x-hasura-") && name != "x-hasura-role"
}

impl Document {
    /// The limits.
    pub fn api_limits(&self) -> ApiLimits {
        self.section(SECTION)
    }

    /// Replaces them.
    pub fn set_api_limits(&mut self, limits: &ApiLimits) {
        self.set_section(SECTION, rule::unless_default(limits));
    }
}

/// The section as it is exported; null when it says nothing.
pub(crate) fn canonical(value: &Value) -> Result<Value, DecodeError> {
    rule::canonical::<ApiLimits>(value)
}
