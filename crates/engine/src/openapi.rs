//! The REST endpoints as OpenAPI 3.0 describes them, for one role: what it may call, with which variables, and what it gets.
//!
//! Everything comes from the saved operations and the schema that the role sees, so that an endpoint whose operation the role
//! may not run is not there. How endpoints are found and their variables read is in [`crate::rest`].

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::Name;
use apollo_compiler::ast::{self, Type, VariableDefinition};
use apollo_compiler::executable::{DirectiveList, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use indexmap::IndexMap;
use metadata::RestMethod;
use serde_json::{Map, Value, json};

use crate::catalog::Catalog;
use crate::operation::{Limits, Operation};
use crate::rest::{Endpoint, PathPart};

/// All endpoints of one path.
struct PathItem {
    /// What the path's variables are called.
    names: Vec<String>,
    /// What is described, by method.
    operations: Map<String, Value>,
}

/// A part of an answer that goes under one response key.
struct Field<'a> {
    ty: &'a Type,
    selections: Vec<&'a SelectionSet>,
    /// Whether it is there in every answer, whatever types and conditions turn out to be.
    is_certain: bool,
}

/// What is needed to describe one operation.
struct Describer<'a> {
    operation: &'a Operation,
    /// Input objects, by name.
    components: &'a mut BTreeMap<String, Value>,
}

/// The paths and the schemas that they refer to.
pub fn describe(catalog: &Arc<Catalog>, role: &str, limits: Limits) -> Value {
    let mut paths: IndexMap<Vec<Option<String>>, PathItem> = IndexMap::new();
    let mut components = BTreeMap::new();
    for endpoint in &catalog.endpoints {
        let (schema, terms) = (Arc::clone(catalog.role(role)), catalog.rules.of(role));
        let parsed =
            Operation::parse_under(terms, Arc::clone(catalog), schema, &endpoint.query, None, limits);
        let Ok(operation) = parsed else { continue };
        let parts = endpoint.path();
        // Paths that differ in the names of variables only are one path to OpenAPI; the first one names them.
        let shape = parts.iter().map(PathPart::word).collect();
        let item = paths
            .entry(shape)
            .or_insert_with(|| PathItem { names: variable_names(&parts), operations: Map::new() });
        let own_names = variable_names(&parts);
        let mut describer = Describer { operation: &operation, components: &mut components };
        for method in endpoint.methods() {
            let described = describer.operation(endpoint, *method, &own_names, &item.names);
            item.operations.insert(method.as_str().to_ascii_lowercase(), described);
        }
    }
    let mut paths: Vec<(String, Value)> =
        paths.into_iter().map(|(shape, item)| (path(&shape, item.names), item.operations.into())).collect();
    paths.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    components.insert("Error".into(), error_schema());
    json!({
        "paths": paths.into_iter().collect::<Map<_, _>>(),
        "components": {"schemas": components},
    })
}

fn variable_names(parts: &[PathPart<'_>]) -> Vec<String> {
    parts
        .iter()
        .filter_map(|part| match part {
            PathPart::Word(_) => None,
            PathPart::Variable(name) => Some((*name).to_owned()),
        })
        .collect()
}

fn path(shape: &[Option<String>], names: Vec<String>) -> String {
    let mut names = names.into_iter();
    let mut path = String::from("/api/rest");
    for word in shape {
        path.push('/');
        match word {
            Some(word) => path.extend(word.bytes().map(percent_encoded)),
            None => path.push_str(&format!("{{{}}}", names.next().unwrap_or_default())),
        }
    }
    path
}

fn percent_encoded(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    }
}

fn error_schema() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "properties": {"path": text, "error": text, "code": text},
        "required": ["path", "error", "code"],
    })
}

impl Describer<'_> {
    /// One method of an endpoint. Its path has other names for its variables where another endpoint came first.
    fn operation(
        &mut self,
        endpoint: &Endpoint,
        method: RestMethod,
        own_names: &[String],
        names: &[String],
    ) -> Value {
        let has_body = !matches!(method, RestMethod::Get | RestMethod::Delete);
        let mut parameters = Vec::new();
        let mut body = Map::new();
        let mut required = Vec::new();
        let operation = self.operation;
        for variable in &operation.chosen().variables {
            let name = variable.name.as_str();
            let schema = self.variable(variable);
            let is_required = variable.ty.is_non_null() && variable.default_value.is_none();
            if let Some(index) = own_names.iter().position(|own| own == name) {
                let name = &names[index];
                parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
            } else if has_body || !self.fits_into_a_url(&variable.ty) {
                required.extend(is_required.then_some(name));
                body.insert(name.to_owned(), schema);
            } else {
                parameters
                    .push(json!({"name": name, "in": "query", "required": is_required, "schema": schema}));
            }
        }
        let selection = &operation.chosen().selection_set;
        let mut described = json!({
            "summary": endpoint.name,
            "operationId": format!("{}_{}", method.as_str().to_ascii_lowercase(), endpoint.name),
            "description": description(endpoint),
            "responses": {
                "200": {
                    "description": "The content of `data`; or, if there are errors, their list and nothing else.",
                    "content": {"application/json": {"schema": self.object(&selection.ty, &[selection])}},
                },
                "default": {
                    "description": "Why the operation was not executed.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                },
            },
        });
        if !parameters.is_empty() {
            described["parameters"] = parameters.into();
        }
        if !body.is_empty() {
            let mut schema = json!({"type": "object", "properties": body, "additionalProperties": false});
            let is_required = !required.is_empty();
            if is_required {
                schema["required"] = required.into();
            }
            described["requestBody"] =
                json!({"required": is_required, "content": {"application/json": {"schema": schema}}});
        }
        described
    }

    fn variable(&mut self, variable: &VariableDefinition) -> Value {
        let mut schema = self.input(&variable.ty);
        if let (Some(default), Some(schema)) = (&variable.default_value, schema.as_object_mut()) {
            schema.insert("default".into(), constant(default));
        }
        schema
    }

    /// Whether a value can be written into a path or query string.
    fn fits_into_a_url(&self, ty: &Type) -> bool {
        let is_input_object = matches!(self.ty(ty.inner_named_type()), Some(ExtendedType::InputObject(_)));
        !ty.is_list() && !is_input_object
    }

    fn ty(&self, name: &Name) -> Option<&ExtendedType> {
        self.operation.schema().types.get(name)
    }

    fn input(&mut self, ty: &Type) -> Value {
        match ty {
            Type::NonNullNamed(name) => self.named_input(name),
            Type::Named(name) => nullable(self.named_input(name)),
            Type::NonNullList(item) => json!({"type": "array", "items": self.input(item)}),
            Type::List(item) => nullable(json!({"type": "array", "items": self.input(item)})),
        }
    }

    fn named_input(&mut self, name: &Name) -> Value {
        let Some(ExtendedType::InputObject(input)) = self.ty(name) else { return self.leaf(name) };
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        if self.components.contains_key(name.as_str()) {
            return reference;
        }
        let input = input.clone();
        // Before its fields are looked at, which may be of the same type.
        self.components.insert(name.to_string(), Value::Null);
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (field, definition) in &input.fields {
            if definition.ty.is_non_null() && definition.default_value.is_none() {
                required.push(field.to_string());
            }
            let mut schema = self.input(&definition.ty);
            // Beside a reference nothing else is read.
            if let (Some(default), Some(schema)) = (&definition.default_value, schema.as_object_mut())
                && !schema.contains_key("$ref")
            {
                schema.insert("default".into(), constant(default));
            }
            properties.insert(field.to_string(), schema);
        }
        let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
        if let Some(text) = &input.description {
            schema["description"] = text.as_str().into();
        }
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        self.components.insert(name.to_string(), schema);
        reference
    }

    /// A scalar or an enum. Of scalars that GraphQL does not know anything may come.
    fn leaf(&self, name: &Name) -> Value {
        match (name.as_str(), self.ty(name)) {
            ("Int", _) => json!({"type": "integer"}),
            ("Float", _) => json!({"type": "number"}),
            ("String" | "ID", _) => json!({"type": "string"}),
            ("Boolean", _) => json!({"type": "boolean"}),
            (_, Some(ExtendedType::Enum(of))) => {
                let values: Vec<&str> = of.values.keys().map(Name::as_str).collect();
                json!({"type": "string", "title": name.as_str(), "enum": values})
            }
            (_, Some(ExtendedType::Scalar(scalar))) => match &scalar.description {
                Some(text) => json!({"title": name.as_str(), "description": text.as_str()}),
                None => json!({"title": name.as_str()}),
            },
            (name, _) => json!({"title": name}),
        }
    }

    fn output(&self, ty: &Type, selections: &[&SelectionSet]) -> Value {
        match ty {
            Type::NonNullNamed(name) => self.named_output(name, selections),
            Type::Named(name) => nullable(self.named_output(name, selections)),
            Type::NonNullList(item) => json!({"type": "array", "items": self.output(item, selections)}),
            Type::List(item) => nullable(json!({"type": "array", "items": self.output(item, selections)})),
        }
    }

    fn named_output(&self, name: &Name, selections: &[&SelectionSet]) -> Value {
        match self.ty(name) {
            Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                self.object(name, selections)
            }
            _ => self.leaf(name),
        }
    }

    fn object(&self, ty: &Name, selections: &[&SelectionSet]) -> Value {
        let mut fields = IndexMap::new();
        for selection in selections {
            self.collect(ty, selection, true, &mut fields);
        }
        let required: Vec<&str> =
            fields.iter().filter(|(_, field)| field.is_certain).map(|(key, _)| *key).collect();
        let properties: Map<String, Value> = fields
            .iter()
            .map(|(key, field)| ((*key).to_owned(), self.output(field.ty, &field.selections)))
            .collect();
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }

    /// Brings together what an object of type `parent` gets under each response key.
    fn collect<'d>(
        &'d self,
        parent: &Name,
        selection: &'d SelectionSet,
        is_certain: bool,
        fields: &mut IndexMap<&'d str, Field<'d>>,
    ) {
        for selection in &selection.selections {
            let is_certain = is_certain && is_unconditional(selection.directives());
            let (condition, inner) = match selection {
                Selection::Field(selected) => {
                    let key = selected.response_name().as_str();
                    let field = fields.entry(key).or_insert_with(|| Field {
                        ty: selected.ty(),
                        selections: Vec::new(),
                        is_certain: false,
                    });
                    field.is_certain |= is_certain;
                    field.selections.extend(&selected.selection_set);
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    (fragment.type_condition.as_ref(), &fragment.selection_set)
                }
                Selection::FragmentSpread(spread) => {
                    match self.operation.document().fragments.get(&spread.fragment_name) {
                        Some(fragment) => (Some(fragment.type_condition()), &fragment.selection_set),
                        None => continue,
                    }
                }
            };
            let applies = condition.is_none_or(|condition| {
                condition == parent || self.operation.schema().is_subtype(condition, parent)
            });
            self.collect(parent, inner, is_certain && applies, fields);
        }
    }
}

fn is_unconditional(directives: &DirectiveList) -> bool {
    !directives.has("skip") && !directives.has("include")
}

fn description(endpoint: &Endpoint) -> String {
    let operation = format!("```graphql\n{}\n```", endpoint.query.trim());
    match &endpoint.comment {
        Some(comment) if !comment.is_empty() => format!("{comment}\n\n{operation}"),
        _ => operation,
    }
}

/// The same or null. What says nothing of its type may be null anyway, and beside a reference nothing else is read.
fn nullable(mut schema: Value) -> Value {
    if schema.get("$ref").is_some() {
        return json!({"nullable": true, "allOf": [schema]});
    }
    if schema.get("type").is_some() {
        schema["nullable"] = true.into();
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.push(Value::Null);
        }
    }
    schema
}

/// A default value as JSON.
fn constant(value: &ast::Value) -> Value {
    match value {
        ast::Value::Null | ast::Value::Variable(_) => Value::Null,
        ast::Value::Enum(name) => name.as_str().into(),
        ast::Value::String(text) => text.as_str().into(),
        ast::Value::Boolean(value) => (*value).into(),
        ast::Value::Int(number) => serde_json::from_str(number.as_str()).unwrap_or_default(),
        ast::Value::Float(number) => serde_json::from_str(number.as_str()).unwrap_or_default(),
        ast::Value::List(items) => items.iter().map(|item| constant(item)).collect(),
        ast::Value::Object(members) => {
            members.iter().map(|(name, value)| (name.to_string(), constant(value))).collect()
        }
    }
}
