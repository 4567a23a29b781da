//! Introspection fields (`__schema`, `__type`) of an operation, answered from the role schema.

use apollo_compiler::executable::{ExecutableDocument, Operation};
use apollo_compiler::introspection::{check_max_depth, partial_execute};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;

use crate::catalog::RoleSchema;
use crate::fault::{Code, Refusal};
use crate::json::{Cursor, Span, SyntaxError};

/// The answer to an operation's introspection fields, ready to be copied from.
#[derive(Debug)]
pub(crate) struct Introspected {
    text: String,
    members: Vec<(String, Span)>,
}

impl Introspected {
    /// The value of a response key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let (_, span) = self.members.iter().find(|(name, _)| name == key)?;
        Some(span.of(&self.text))
    }
}

/// Refuses introspection that nests lists so deeply that its answer would explode.
pub(crate) fn check_depth(
    document: &Valid<ExecutableDocument>,
    operation: &Operation,
) -> Result<(), Refusal> {
    check_max_depth(document, operation)
        .map_err(|error| Refusal::new(Code::LimitExceeded, "$.query", error.message().to_string()))
}

/// Answers the introspection fields; others are left out.
pub(crate) fn execute(
    role: &RoleSchema,
    document: &Valid<ExecutableDocument>,
    operation: &Operation,
    variables: &str,
) -> Result<Introspected, Refusal> {
    let refuse = |message: String| Refusal::new(Code::ValidationFailed, "$", message);
    let values: JsonMap = match variables.trim() {
        "null" => JsonMap::default(),
        text => serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?,
    };
    let values = coerce_variable_values(&role.schema, operation, &values)
        .map_err(|error| refuse(error.message().to_string()))?;
    let answer = partial_execute(&role.schema, &role.implementers, document, operation, &values)
        .map_err(|error| refuse(error.message().to_string()))?;
    if let Some(error) = answer.errors.first() {
        return Err(refuse(error.message.clone()));
    }
    let text = serde_json::to_string(&answer.data).map_err(|error| refuse(error.to_string()))?;
    let members = members(&text).map_err(|error| refuse(error.to_string()))?;
    Ok(Introspected { text, members })
}

fn members(text: &str) -> Result<Vec<(String, Span)>, SyntaxError> {
    let mut cursor = Cursor::new(text.as_bytes())?;
    let mut progress = cursor.enter_object()?;
    let mut members = Vec::new();
    while let Some(key) = cursor.member(&mut progress)? {
        members.push((key.inner.of(text).to_owned(), cursor.value()?));
    }
    Ok(members)
}
