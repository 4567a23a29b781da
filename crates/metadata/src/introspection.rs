//! The section `graphql_schema_introspection`: roles that may not ask for the schema.
//!
//! The document keeps the section as it was written, like any other; this is how it is read and changed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DecodeError, Document, decode, rule};

/// Key of the section.
pub(crate) const SECTION: &str = "graphql_schema_introspection";

/// Who may not introspect.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IntrospectionOptions {
    /// Roles to which `__schema` and `__type` do not exist.
    #[serde(default, deserialize_with = "rule::null_is_default")]
    pub disabled_for_roles: Vec<String>,
}

impl Document {
    /// Who may not introspect.
    pub fn introspection_options(&self) -> IntrospectionOptions {
        self.section(SECTION)
    }

    /// Replaces these options.
    pub fn set_introspection_options(&mut self, options: &IntrospectionOptions) {
        let value = (!options.disabled_for_roles.is_empty()).then(|| rule::to_value(options));
        self.set_section(SECTION, value.unwrap_or_default());
    }
}

/// Whether the value of the section can be read.
pub(crate) fn check(value: &Value) -> Result<(), DecodeError> {
    decode::<IntrospectionOptions>(value).map(drop)
}
