//! An upstream schema: the introspection query we send, and its answer turned into a schema.
//!
//! Real upstreams break rules. What can be served in spite of that becomes a warning; see `repair` for what is left out.

mod answer;
mod literal;
mod read;
mod repair;

use apollo_compiler::introspection::partial_execute;
use apollo_compiler::parser::Parser;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Schema, ast};

use answer::Answer;

/// Newest introspection query: deprecation of arguments and input fields, `@oneOf`, `specifiedBy`, repeatable directives.
pub const INTROSPECTION_QUERY: &str = include_str!("remote/newest.graphql");

/// For servers that refuse the newest: only what the 2018 specification has.
pub const OLD_INTROSPECTION_QUERY: &str = include_str!("remote/old.graphql");

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

impl IntrospectionError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), refused: false, errors: None }
    }
}

/// Reads an introspection answer (`{"data":{"__schema":…}}`).
pub fn read_introspection(answer: &[u8]) -> Result<RemoteSchema, IntrospectionError> {
    // The JSON reader's own recursion limit bounds every walk over what it returns.
    let answer: Answer = serde_json::from_slice(answer)
        .map_err(|error| IntrospectionError::new(format!("Error in $: {error}")))?;
    let errors =
        answer.errors.filter(|errors| !errors.is_null() && errors.as_array().is_none_or(|e| !e.is_empty()));
    let read = match answer.data.map(|data| data.schema) {
        None => Err(IntrospectionError::new(r#"Error in $: key "data" not found"#)),
        Some(None) => Err(IntrospectionError::new(r#"Error in $.data: key "__schema" not found"#)),
        Some(Some(schema)) => read::schema(schema),
    };
    match (read, errors) {
        (read, None) => read,
        (Ok(mut remote), Some(errors)) => {
            remote
                .warnings
                .push(format!("upstream reported errors with its introspection: {}", summary(&errors)));
            Ok(remote)
        }
        (Err(_), Some(errors)) => Err(IntrospectionError {
            message: format!("upstream refused the introspection query: {}", summary(&errors)),
            refused: true,
            errors: Some(errors),
        }),
    }
}

/// Most tokens of an SDL text; the largest public schemas have a tenth of that.
const MOST_TOKENS: usize = 10_000_000;

/// The answer that a server with the schema of an SDL text would give to [`INTROSPECTION_QUERY`]. What is done with answers
/// is then done with schemas that were written down as well.
pub fn introspect_sdl(sdl: &str) -> Result<String, IntrospectionError> {
    let invalid = |error: &dyn std::fmt::Display| IntrospectionError::new(format!("not valid SDL: {error}"));
    let RemoteSchema { schema, .. } = of_sdl(&parse_sdl(sdl)?)?;
    let implementers = schema.implementers_map();
    // What is wrong with it is found again when the answer is read.
    let schema = Valid::assume_valid(schema);
    let query = ExecutableDocument::parse_and_validate(&schema, INTROSPECTION_QUERY, "introspection.graphql")
        .map_err(|error| invalid(&error.errors))?;
    let operation = query.operations.get(None).map_err(|error| invalid(&error.message()))?;
    let variables = coerce_variable_values(&schema, operation, &JsonMap::default())
        .map_err(|error| invalid(&error.message()))?;
    let answer = partial_execute(&schema, &implementers, &query, operation, &variables)
        .map_err(|error| invalid(&error.message()))?;
    serde_json::to_string(&answer).map_err(|error| invalid(&error))
}

/// A schema from SDL text, for fixtures and schema files. As with an introspection, of what is defined twice the first counts:
/// GitHub's own file has such fields.
pub fn read_sdl(sdl: &str) -> Result<RemoteSchema, IntrospectionError> {
    let document = Parser::new()
        .parse_ast(sdl, "schema.graphql")
        .map_err(|error| IntrospectionError::new(error.errors.to_string()))?;
    of_sdl(&document)
}

fn of_sdl(document: &ast::Document) -> Result<RemoteSchema, IntrospectionError> {
    let builder = Schema::builder()
        .adopt_orphan_extensions()
        .ignore_builtin_redefinitions()
        .validate_default_values(false)
        .add_ast(document);
    let (schema, warnings) = match builder.build() {
        Ok(schema) => (schema, Vec::new()),
        Err(flawed) => {
            let flaws = flawed.errors.iter().map(|diagnostic| diagnostic.error.to_string());
            (flawed.partial, flaws.collect())
        }
    };
    let roots = &schema.schema_definition;
    let query = roots.query.as_deref().cloned();
    let mutation = roots.mutation.as_deref().cloned();
    let subscription = roots.subscription.as_deref().cloned();
    repair::finish(schema, query, mutation, subscription, warnings)
}

fn parse_sdl(sdl: &str) -> Result<ast::Document, IntrospectionError> {
    let mut parser = Parser::new().token_limit(MOST_TOKENS);
    parser.parse_ast(sdl, "schema.graphql").map_err(|flawed| {
        // The first mistake and its place, without the line: a schema that is written in one would be quoted as a whole.
        let first = flawed.errors.iter().next();
        let place = first.as_ref().and_then(|first| first.line_column_range()).map(|range| range.start);
        let place = place.map(|at| format!(" in line {}, column {}", at.line, at.column)).unwrap_or_default();
        let reason = first.map(|first| first.error.to_string()).unwrap_or_default();
        let reason: String = reason.chars().take(500).collect();
        IntrospectionError::new(format!("not valid SDL{place}: {reason}"))
    })
}

/// The first message of a list of GraphQL errors, or the whole when it is no such list.
fn summary(errors: &serde_json::Value) -> String {
    let first = errors.as_array().and_then(|errors| errors.first()).and_then(|error| error.get("message"));
    let text = first.and_then(|message| message.as_str()).map_or_else(|| errors.to_string(), str::to_owned);
    text.chars().take(500).collect()
}
