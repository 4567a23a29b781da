//! Executes one GraphQL request over a data file: validation, introspection and errors are those of a real server.

use std::sync::Mutex;

use apollo_compiler::resolvers::{Execution, ExecutionError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{GraphQLError, JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, Type};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Value, json};

use crate::data::{Data, Failure, Scope};

/// A schema and the data behind it.
#[derive(Debug)]
pub(super) struct World {
    schema: Valid<Schema>,
    data: Mutex<Data>,
}

impl World {
    pub(super) fn sdl(&self) -> String {
        self.schema.to_string()
    }

    pub(super) fn new(sdl: &str, data: &str) -> anyhow::Result<Self> {
        let schema = Schema::parse_and_validate(sdl, "schema.graphql")
            .map_err(|invalid| anyhow::anyhow!("the schema is not valid:\n{}", invalid.errors))?;
        let data = Data::parse(data)?;
        for (place, rule) in &data.resolve {
            let (type_name, field) = place.split_once('.').unwrap_or((place, ""));
            if schema.type_field(type_name, field).is_err() {
                anyhow::bail!("the data file has a rule for \"{place}\", which is not a field of the schema");
            }
            if let Some(table) = rule.table().filter(|table| !data.tables.contains_key(*table)) {
                anyhow::bail!("the rule for \"{place}\" cannot work: there is no table \"{table}\"");
            }
        }
        Ok(Self { schema, data: Mutex::new(data) })
    }

    /// The response to a request; `Err` holds that of a request that was refused before execution.
    pub(super) fn respond(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: &JsonMap,
        headers: &http::HeaderMap,
    ) -> Result<Value, Value> {
        let refused = |errors: Vec<GraphQLError>| json!({ "errors": errors });
        let document = ExecutableDocument::parse_and_validate(&self.schema, query, "query.graphql")
            .map_err(|invalid| refused(invalid.errors.iter().map(|error| error.to_json()).collect()))?;
        let operation = document
            .operations
            .get(operation_name)
            .map_err(|error| refused(vec![error.to_graphql_error(&document.sources)]))?;
        let root =
            Row { world: self, headers, type_name: operation.object_type().to_string(), value: json!({}) };
        let mut response = Execution::new(&self.schema, &document)
            .operation(operation)
            .raw_variable_values(variables)
            .enable_schema_introspection(true)
            .execute_sync(&root)
            .map_err(|error| refused(vec![error.to_graphql_error(&document.sources)]))?;
        response.errors.iter_mut().for_each(unwrap_failure);
        serde_json::to_value(&response)
            .map_err(|error| json!({"errors": [{"message": format!("cannot write the response: {error}")}]}))
    }
}

/// An object of the response in the making.
struct Row<'w> {
    world: &'w World,
    headers: &'w http::HeaderMap,
    type_name: String,
    value: Value,
}

impl ObjectValue for Row<'_> {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, ExecutionError> {
        let arguments = serde_json::to_value(info.arguments())
            .map_err(|error| ExecutionError { message: error.to_string() })?;
        let scope = Scope { arguments: &arguments, parent: &self.value, headers: self.headers };
        let mut data = self.world.data.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let rule = data.resolve.get(&format!("{}.{}", self.type_name, info.field_name())).cloned();
        let value = match rule {
            Some(rule) => data.apply(&rule, scope).map_err(|failure| wrap_failure(&failure))?,
            None => self.value.get(info.field_name()).cloned().unwrap_or(Value::Null),
        };
        self.shape(&info.field_definition().ty, value)
    }
}

impl<'w> Row<'w> {
    /// Gives a value the form that its declared type asks for; mismatches are left to the executor to report.
    fn shape(&self, ty: &Type, value: Value) -> Result<ResolvedValue<'w>, ExecutionError> {
        if let Some(failure) = Failure::of(&value) {
            return Err(wrap_failure(&failure));
        }
        match (ty, value) {
            (_, Value::Null) => Ok(ResolvedValue::null()),
            (Type::List(inner) | Type::NonNullList(inner), Value::Array(elements)) => {
                let shaped: Vec<_> = elements.into_iter().map(|element| self.shape(inner, element)).collect();
                Ok(ResolvedValue::List(Box::new(shaped.into_iter())))
            }
            (Type::Named(name) | Type::NonNullNamed(name), value) => {
                let type_name = match self.world.schema.types.get(name) {
                    Some(ExtendedType::Object(_)) => name.as_str(),
                    Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                        value.get("__typename").and_then(Value::as_str).unwrap_or_default()
                    }
                    _ => return Ok(ResolvedValue::Leaf(leaf(name, value))),
                };
                let type_name = type_name.to_owned();
                Ok(ResolvedValue::object(Row { world: self.world, headers: self.headers, type_name, value }))
            }
            (_, value) => Ok(ResolvedValue::Leaf(value.into())),
        }
    }
}

/// `Float` columns may be written as whole numbers.
fn leaf(type_name: &str, value: Value) -> JsonValue {
    match value.as_f64() {
        Some(number) if type_name == "Float" => JsonValue::from(number),
        _ => value.into(),
    }
}

/// The executor's errors carry only a message, so a failure travels in it as JSON.
fn wrap_failure(failure: &Failure) -> ExecutionError {
    ExecutionError { message: serde_json::to_string(failure).unwrap_or_else(|_| failure.message.clone()) }
}

fn unwrap_failure(error: &mut GraphQLError) {
    let Some(text) = error.message.strip_prefix("resolver error: ") else { return };
    match serde_json::from_str::<Failure>(text) {
        Ok(failure) => {
            error.message = failure.message;
            if let JsonValue::Object(extensions) = JsonValue::from(Value::Object(failure.extensions)) {
                error.extensions = extensions;
            }
        }
        Err(_) => error.message = text.to_owned(),
    }
}
