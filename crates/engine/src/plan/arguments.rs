//! The call of a join's target: bound arguments as templates, the client's arguments, and the two merged.
//!
//! Where both meet, objects are merged member by member and lists are concatenated, the client's elements first. A
//! variable of the client in such a place is merged when its value is known, so it becomes a hole.

use apollo_compiler::ast::{Argument, InputValueDefinition, Type, Value};
use apollo_compiler::executable::{Field, Operation};
use apollo_compiler::{Name, Node, Schema};

use super::text::{value_to_json, write_value};
use super::{Hole, HoleValue, Piece};
use crate::join::{BoundArgument, Coercion, Join, Template};
use crate::json;

/// The text of a call under construction.
pub(super) struct Call<'a> {
    /// The role schema, which has the types and defaults of partly bound arguments.
    schema: &'a Schema,
    operation: &'a Operation,
    /// Whether one place takes the list of all keys.
    is_batched: bool,
    pieces: Vec<Piece>,
    holes: Vec<Hole>,
    /// Variables of the client that the text uses, by index.
    variables: Vec<usize>,
}

/// A finished call.
pub(super) struct CallParts {
    pub(super) pieces: Vec<Piece>,
    pub(super) end: String,
    pub(super) holes: Vec<Hole>,
    pub(super) variables: Vec<usize>,
}

/// Index of a variable among an operation's definitions. Validation has made sure that it is there.
pub(super) fn variable_index(operation: &Operation, name: &Name) -> usize {
    operation.variables.iter().position(|variable| variable.name == *name).unwrap_or_default()
}

/// Builds the call of a join's target with the arguments of the client's `field` on its last step.
pub(super) fn call(schema: &Schema, operation: &Operation, join: &Join, field: &Field) -> CallParts {
    let is_batched = join.batch.is_some();
    let mut call =
        Call { schema, operation, is_batched, pieces: Vec::new(), holes: Vec::new(), variables: Vec::new() };
    let mut end = String::new();
    for (i, step) in join.path.iter().enumerate() {
        if i > 0 {
            call.push("{");
            end.push('}');
        }
        call.push(&step.field);
        call.arguments(&step.arguments, (i + 1 == join.path.len()).then_some(field));
    }
    for field in join.batch.iter().flat_map(|batch| &batch.path) {
        call.push("{");
        call.push(field);
        end.push('}');
    }
    CallParts { pieces: call.pieces, end, holes: call.holes, variables: call.variables }
}

impl<'a> Call<'a> {
    fn push(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => json::escape_into(last, text),
            _ => {
                let mut piece = String::new();
                json::escape_into(&mut piece, text);
                self.pieces.push(Piece::Text(piece));
            }
        }
    }

    /// What is served of a field of an argument's input object.
    fn input_field(&self, of: &InputValueDefinition, name: &Name) -> Option<&'a InputValueDefinition> {
        let ty = self.schema.get_input_object(of.ty.inner_named_type())?;
        ty.fields.get(name).map(|field| &**field)
    }

    fn hole(&mut self, ty: &Type, value: HoleValue) {
        let ty = ty.to_string();
        let known = self.holes.iter().position(|hole| hole.ty == ty && hole.value == value);
        let index = known.unwrap_or_else(|| {
            self.holes.push(Hole { ty, value });
            self.holes.len() - 1
        });
        self.pieces.push(Piece::Hole(index));
    }

    fn arguments(&mut self, bound: &[BoundArgument], field: Option<&Field>) {
        let client: &[Node<Argument>] = field.map_or(&[], |field| &field.arguments);
        let mut separator = "(";
        for argument in bound {
            self.push(separator);
            self.push(&argument.name);
            self.push(":");
            let given = client.iter().find(|given| given.name == argument.name).map(|given| &*given.value);
            let served = field
                .and_then(|field| field.definition.argument_by_name(&argument.name))
                .map(|served| &**served);
            self.bound(&argument.ty, &argument.value, given, served);
            separator = ",";
        }
        for argument in client.iter().filter(|given| bound.iter().all(|bound| bound.name != given.name)) {
            self.push(separator);
            self.push(&argument.name);
            self.push(":");
            self.client(&argument.value);
            separator = ",";
        }
        if separator == "," {
            self.push(")");
        }
    }

    /// A value of the client as it is.
    fn client(&mut self, value: &Value) {
        let mut text = String::new();
        let mut used = Vec::new();
        write_value(&mut text, value, &mut |name| used.push(variable_index(self.operation, name)));
        self.push(&text);
        for index in used {
            if !self.variables.contains(&index) {
                self.variables.push(index);
            }
        }
    }

    /// A bound value, merged with what the client gave for the same argument or input field, or with the default of
    /// what is served of it.
    fn bound(
        &mut self,
        ty: &Type,
        template: &Template,
        client: Option<&Value>,
        served: Option<&InputValueDefinition>,
    ) {
        let default = served.and_then(|served| served.default_value.as_deref());
        match (template, client.or(default)) {
            (_, Some(Value::Variable(name))) => {
                let variable = variable_index(self.operation, name);
                let own = self.operation.variables[variable].default_value.as_deref();
                let default = own.or(default).and_then(value_to_json);
                let bound = Box::new(hole_value(template, self.is_batched));
                self.hole(ty, HoleValue::Over { variable, default, bound });
            }
            (template, None) if self.is_batched && takes_all_keys(template) => {
                self.hole(ty, hole_value(template, true));
            }
            (Template::Key { part, ty, coercion }, _) => self.hole(ty, HoleValue::Part(*part, *coercion)),
            (Template::Literal(value), _) => self.client(value),
            (Template::Object { fields, .. }, client) => {
                let empty = Vec::new();
                let given = match client {
                    Some(Value::Object(given)) => given,
                    _ => &empty,
                };
                self.push("{");
                let mut separator = "";
                for field in fields {
                    self.push(separator);
                    self.push(&field.name);
                    self.push(":");
                    let inner = given.iter().find(|(name, _)| *name == field.name).map(|(_, value)| &**value);
                    let inner_served = served.and_then(|served| self.input_field(served, &field.name));
                    self.bound(&field.ty, &field.value, inner, inner_served);
                    separator = ",";
                }
                for (name, value) in
                    given.iter().filter(|(name, _)| fields.iter().all(|field| field.name != *name))
                {
                    self.push(separator);
                    self.push(name);
                    self.push(":");
                    self.client(value);
                    separator = ",";
                }
                self.push("}");
            }
            (Template::List(items), client) => {
                let item_ty = ty.item_type();
                self.push("[");
                let mut separator = "";
                let given: Vec<&Value> = match client {
                    Some(Value::List(given)) => given.iter().map(|value| &**value).collect(),
                    Some(Value::Null) | None => Vec::new(),
                    Some(single) => vec![single],
                };
                for value in given {
                    self.push(separator);
                    self.client(value);
                    separator = ",";
                }
                for item in items {
                    self.push(separator);
                    self.bound(item_ty, item, None, None);
                    separator = ",";
                }
                self.push("]");
            }
        }
    }
}

/// Whether a template of a batched join is the place that takes the list of all keys: a key where a list of keys is
/// wanted, or a list of one object that has keys in it, which is repeated.
fn takes_all_keys(template: &Template) -> bool {
    match template {
        Template::Key { ty, coercion, .. } => ty.is_list() && coercion.wrap > 0,
        Template::List(items) => match items.as_slice() {
            [object @ Template::Object { .. }] => has_key(object) && !has_such_place(object),
            _ => false,
        },
        Template::Literal(_) | Template::Object { .. } => false,
    }
}

fn has_such_place(template: &Template) -> bool {
    match template {
        Template::Object { fields, .. } => {
            fields.iter().any(|field| takes_all_keys(&field.value) || has_such_place(&field.value))
        }
        Template::List(items) => items.iter().any(has_such_place),
        Template::Key { .. } | Template::Literal(_) => false,
    }
}

fn has_key(template: &Template) -> bool {
    match template {
        Template::Key { .. } => true,
        Template::Literal(_) => false,
        Template::Object { fields, .. } => fields.iter().any(|field| has_key(&field.value)),
        Template::List(items) => items.iter().any(has_key),
    }
}

/// A template as the JSON value of a variable.
fn hole_value(template: &Template, is_batched: bool) -> HoleValue {
    if is_batched && takes_all_keys(template) {
        let one = match template {
            Template::Key { part, coercion, .. } => {
                HoleValue::Part(*part, Coercion { wrap: coercion.wrap - 1, ..*coercion })
            }
            Template::List(items) => hole_value(&items[0], false),
            Template::Literal(_) | Template::Object { .. } => hole_value(template, false),
        };
        return HoleValue::Keys(Box::new(one));
    }
    match template {
        Template::Key { part, coercion, .. } => HoleValue::Part(*part, *coercion),
        // Literals of the metadata hold no variables.
        Template::Literal(value) => {
            HoleValue::Text(value_to_json(value).unwrap_or_else(|| "null".to_owned()))
        }
        Template::Object { fields, .. } => {
            let member =
                |field: &BoundArgument| (field.name.to_string(), hole_value(&field.value, is_batched));
            HoleValue::Object(fields.iter().map(member).collect())
        }
        Template::List(items) => {
            HoleValue::List(items.iter().map(|item| hole_value(item, is_batched)).collect())
        }
    }
}
