//! The section `graphql_schema_introspection`: roles that may not ask for the schema.
//!
//! This is how the section is read, changed and exported.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{DecodeError, Document, rule};

/// Key of the section.
pub(crate) const SECTION: &str = "graphql_schema_introspection";

/// Who may not introspect.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IntrospectionOptions {
    /// Roles to which `__schema` and `__type` do not exist.
    #[serde(default, deserialize_with = "roles")]
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

/// The value of the section as it is exported.
pub(crate) fn canonical(value: &Value) -> Result<Value, DecodeError> {
    rule::canonical::<IntrospectionOptions>(value)
}

/// A set, as Hasura has it.
fn roles<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    let mut roles: Vec<String> = rule::null_is_default(input)?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}
