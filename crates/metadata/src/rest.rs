//! The section `rest_endpoints`: operations that are served as plain HTTP resources below `/api/rest/`.
//!
//! This is how the section is read, changed and exported. What a URL template may look like is not asked here: a bad one is an inconsistency, which only its endpoint suffers from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DecodeError, Document, rule};

/// Key of the section.
pub(crate) const SECTION: &str = "rest_endpoints";

/// A saved operation under a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestEndpoint {
    /// Free text of the user.
    #[serde(default)]
    pub comment: Option<String>,
    /// What it runs.
    pub definition: EndpointDefinition,
    /// The methods it answers.
    pub methods: Vec<RestMethod>,
    /// Its name.
    #[serde(deserialize_with = "rule::non_empty")]
    pub name: String,
    /// Its path below `/api/rest/`; segments with a colon in front are variables.
    #[serde(deserialize_with = "rule::non_empty")]
    pub url: String,
}

/// What an endpoint runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointDefinition {
    /// The operation.
    pub query: QueryReference,
}

/// A saved operation, by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryReference {
    /// The collection it is in.
    pub collection_name: String,
    /// Its name there.
    pub query_name: String,
}

/// A method of HTTP that an endpoint can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RestMethod {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
    /// `PATCH`
    Patch,
}

impl RestMethod {
    /// The method as HTTP spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
        }
    }
}

impl RestEndpoint {
    /// The endpoint as the metadata has it.
    pub fn to_json(&self) -> Value {
        rule::to_value(self)
    }
}

impl Document {
    /// The endpoints.
    pub fn rest_endpoints(&self) -> Vec<RestEndpoint> {
        self.section(SECTION)
    }

    /// Replaces them.
    pub fn set_rest_endpoints(&mut self, endpoints: &[RestEndpoint]) {
        self.set_section(SECTION, endpoints.iter().map(rule::to_value).collect());
    }
}

/// The value of the section as it is exported.
pub(crate) fn canonical(value: &Value) -> Result<Value, DecodeError> {
    rule::canonical::<Vec<RestEndpoint>>(value)
}
