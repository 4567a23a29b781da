//! An upstream schema: the introspection query we send, and its answer turned into a schema.

use apollo_compiler::{Name, Schema};

/// Newest introspection query: deprecation of arguments and input fields, `@oneOf`, `specifiedBy`, repeatable directives.
pub const INTROSPECTION_QUERY: &str = "";

/// For servers that refuse the newest: only what the 2018 specification has.
pub const OLD_INTROSPECTION_QUERY: &str = "";

/// A remote's schema under its original names. Every named type it refers to exists and is of the right kind.
#[derive(Debug, Clone)]
pub struct RemoteSchema {
    /// The types. Not validated beyond what serving needs (see [`RemoteSchema::warnings`]).
    pub schema: Schema,
    /// Name of the query root type.
    pub query_root: Name,
    /// Name of the mutation root type.
    pub mutation_root: Option<Name>,
    /// Name of the subscription root type.
    pub subscription_root: Option<Name>,
    /// Flaws of the upstream's schema that do not hinder serving it.
    pub warnings: Vec<String>,
}

/// Why an introspection answer cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct IntrospectionError {
    /// What is wrong with the answer.
    pub message: String,
    /// Whether the upstream refused the query itself (a GraphQL error), so that the older query is worth a try.
    pub refused: bool,
    /// The upstream's `errors`, when it sent any.
    pub errors: Option<serde_json::Value>,
}

/// Reads an introspection answer (`{"data":{"__schema":…}}`).
pub fn read_introspection(_answer: &[u8]) -> Result<RemoteSchema, IntrospectionError> {
    todo!()
}

/// A schema from SDL text, for fixtures and schema files.
pub fn read_sdl(_sdl: &str) -> Result<RemoteSchema, IntrospectionError> {
    todo!()
}
