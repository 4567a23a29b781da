//! The call of a join's target: bound arguments as templates, the client's arguments, and the two merged.
//!
//! Where both meet, objects are merged member by member and lists are concatenated, the client's elements first. A
//! variable of the client in such a place is merged when its value is known, so it becomes a hole. What the role has
//! presets for is added to both; a bound value beats the preset of the very same argument or input field.

use apollo_compiler::ast::{Argument, FieldDefinition, InputValueDefinition, Type, Value};
use apollo_compiler::executable::{Field, Operation};
use apollo_compiler::{Name, Node};

use super::presets::{Presetter, Used, variable_index};
use super::text::value_to_json;
use super::{Hole, HoleValue, Piece};
use crate::catalog::ServedRemote;
use crate::join::{Coercion, Join, Step, Template};
use crate::json;
use crate::permission::preset::{Preset, PresetValue};

/// The text of a call under construction.
struct Call<'a, 'p> {
    operation: &'a Operation,
    presetter: &'p mut Presetter<'a>,
    join: &'a Join,
    /// Whom the join asks.
    target: &'a ServedRemote,
    /// Whether one place takes the list of all keys.
    is_batched: bool,
    pieces: Vec<Piece>,
    holes: Vec<Hole>,
    used: Used,
}

/// A finished call.
pub(super) struct CallParts {
    pub(super) pieces: Vec<Piece>,
    pub(super) end: String,
    pub(super) holes: Vec<Hole>,
    pub(super) used: Used,
}

/// Builds the call of a join's target with the arguments of the client's `field` on its last step.
pub(super) fn call<'a>(
    operation: &'a Operation,
    presetter: &mut Presetter<'a>,
    target: &'a ServedRemote,
    join: &'a Join,
    field: &Field,
) -> CallParts {
    let is_batched = join.batch.is_some();
    let (pieces, holes, used) = (Vec::new(), Vec::new(), Used::default());
    let mut call = Call { operation, presetter, join, target, is_batched, pieces, holes, used };
    let mut end = String::new();
    let upstream = &target.schema.schema;
    let mut ty = Some(&target.schema.query_root);
    let mut enter = |call: &mut Call<'a, '_>, step: &Name| {
        let parent = ty.take();
        let definition = parent.and_then(|parent| upstream.type_field(parent, step).ok());
        ty = definition.map(|definition| definition.ty.inner_named_type());
        let presets =
            parent.map_or(&[][..], |parent| call.presetter.arguments(call.join.target, parent, step));
        (definition, presets)
    };
    for (i, step) in join.path.iter().enumerate() {
        if i > 0 {
            call.push("{");
            end.push('}');
        }
        call.push(&step.field);
        let (definition, presets) = enter(&mut call, &step.field);
        let is_last = i + 1 == join.path.len();
        call.arguments(step, presets, definition.map(|field| &**field), is_last.then_some(field));
    }
    for field in join.batch.iter().flat_map(|batch| &batch.path) {
        call.push("{");
        call.push(field);
        let (definition, presets) = enter(&mut call, field);
        let step = Step { field: field.clone(), arguments: Vec::new() };
        call.arguments(&step, presets, definition.map(|field| &**field), None);
        end.push('}');
    }
    CallParts { pieces: call.pieces, end, holes: call.holes, used: call.used }
}

impl<'a> Call<'a, '_> {
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

    fn hole(&mut self, ty: &Type, value: HoleValue) {
        let ty = ty.to_string();
        let known = self.holes.iter().position(|hole| hole.ty == ty && hole.value == value);
        let index = known.unwrap_or_else(|| {
            self.holes.push(Hole { ty, value });
            self.holes.len() - 1
        });
        self.pieces.push(Piece::Hole(index));
    }

    fn arguments(
        &mut self,
        step: &Step,
        presets: &[PresetValue],
        definition: Option<&FieldDefinition>,
        field: Option<&Field>,
    ) {
        let client: &[Node<Argument>] = field.map_or(&[], |field| &field.arguments);
        let mut separator = "(";
        let mut label = |call: &mut Self, name: &str| {
            call.push(separator);
            call.push(name);
            call.push(":");
            separator = ",";
        };
        for argument in &step.arguments {
            label(self, &argument.name);
            let given = client.iter().find(|given| given.name == argument.name).map(|given| &*given.value);
            // Only the last step's field is the client's to complete.
            let declared = definition.filter(|_| field.is_some());
            let declared = declared.and_then(|definition| definition.argument_by_name(&argument.name));
            let preset = presets.iter().find(|preset| preset.name == argument.name);
            let preset = preset.map(|preset| &preset.value);
            self.bound(&argument.ty, &argument.value, given, default_of(declared, preset), preset);
        }
        let is_bound = |name: &Name| step.arguments.iter().any(|bound| bound.name == *name);
        for argument in client.iter().filter(|given| !is_bound(&given.name)) {
            label(self, &argument.name);
            let declared = definition.and_then(|definition| definition.argument_by_name(&argument.name));
            self.given(&argument.value, declared.map(|declared| &*declared.ty));
        }
        for preset in presets.iter().filter(|preset| !is_bound(&preset.name)) {
            label(self, &preset.name);
            self.preset(&preset.value);
        }
        if separator == "," {
            self.push(")");
        }
    }

    /// A value of the client for a place of an original type.
    fn given(&mut self, value: &Value, ty: Option<&Type>) {
        let mut text = String::new();
        self.presetter.write_given(&mut text, self.join.target, value, ty, &mut self.used);
        self.push(&text);
    }

    fn preset(&mut self, preset: &Preset) {
        let mut text = String::new();
        self.presetter.write(&mut text, preset, &mut self.used);
        self.push(&text);
    }

    /// What of a preset of a partly bound value is sent beside the bound fields, and what for the other fields of its type.
    fn beside(&self, ty: &Name, preset: Option<&Preset>) -> Vec<(Name, Preset)> {
        match preset {
            Some(Preset::Object(fields)) => return fields.clone(),
            Some(Preset::Literal(value)) => {
                if let Value::Object(fields) = &**value {
                    let literal = |(name, value): &(Name, Node<Value>)| {
                        (name.clone(), Preset::Literal(Node::clone(value)))
                    };
                    return fields.iter().map(literal).collect();
                }
            }
            _ => {}
        }
        let fields = self.presetter.fields(self.join.target, ty).iter();
        fields.map(|preset| (preset.name.clone(), preset.value.clone())).collect()
    }

    /// A bound value, merged with what the client gave for the same argument or input field, or with the remote's default
    /// of it, or with the role's preset of it.
    fn bound(
        &mut self,
        ty: &Type,
        template: &Template,
        client: Option<&Value>,
        default: Option<&Value>,
        preset: Option<&Preset>,
    ) {
        match (template, client.or(default)) {
            (_, Some(Value::Variable(name))) => {
                let variable = variable_index(self.operation, name);
                let own = self.operation.variables[variable].default_value.as_deref();
                let default = own.or(default).and_then(value_to_json);
                let input = self.presetter.input(self.join.target, ty.inner_named_type());
                let bound = Box::new(self.hole_value(template, preset, self.is_batched));
                self.hole(ty, HoleValue::Over { variable, default, input, bound });
            }
            (template, None) if self.is_batched && takes_all_keys(template) => {
                let value = self.hole_value(template, preset, true);
                self.hole(ty, value);
            }
            (Template::Key { part, ty, coercion }, _) => self.hole(ty, HoleValue::Part(*part, *coercion)),
            (Template::Literal(value), _) => self.given(value, None),
            (Template::Object { ty, fields }, client) => {
                let empty = Vec::new();
                let given = match client {
                    Some(Value::Object(given)) => given,
                    _ => &empty,
                };
                let presets = self.beside(ty, preset);
                let of_preset =
                    |name: &Name| presets.iter().find(|(its, _)| its == name).map(|(_, value)| value);
                let is_bound = |name: &Name| fields.iter().any(|field| field.name == *name);
                let input = self.target.schema.schema.get_input_object(ty);
                let mut separator = "{";
                let mut label = |call: &mut Self, name: &str| {
                    call.push(separator);
                    call.push(name);
                    call.push(":");
                    separator = ",";
                };
                for field in fields {
                    label(self, &field.name);
                    let inner = given.iter().find(|(name, _)| *name == field.name).map(|(_, value)| &**value);
                    let preset = of_preset(&field.name);
                    let default = default_of(input.and_then(|input| input.fields.get(&field.name)), preset);
                    self.bound(&field.ty, &field.value, inner, default, preset);
                }
                let is_preset = |name: &Name| of_preset(name).is_some();
                for (name, value) in given.iter().filter(|(name, _)| !is_bound(name) && !is_preset(name)) {
                    label(self, name);
                    let declared = input.and_then(|input| input.fields.get(name)).map(|field| &*field.ty);
                    self.given(value, declared);
                }
                for (name, value) in presets.iter().filter(|(name, _)| !is_bound(name)) {
                    label(self, name);
                    self.preset(value);
                }
                self.push(if separator == "{" { "{}" } else { "}" });
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
                    self.given(value, Some(item_ty));
                    separator = ",";
                }
                for item in items {
                    self.push(separator);
                    self.bound(item_ty, item, None, None, None);
                    separator = ",";
                }
                self.push("]");
            }
        }
    }

    /// A template as the JSON value of a variable.
    fn hole_value(&mut self, template: &Template, preset: Option<&Preset>, is_batched: bool) -> HoleValue {
        if is_batched && takes_all_keys(template) {
            let one = match template {
                Template::Key { part, coercion, .. } => {
                    HoleValue::Part(*part, Coercion { wrap: coercion.wrap - 1, ..*coercion })
                }
                Template::List(items) => self.hole_value(&items[0], None, false),
                Template::Literal(_) | Template::Object { .. } => self.hole_value(template, preset, false),
            };
            return HoleValue::Keys(Box::new(one));
        }
        match template {
            Template::Key { part, coercion, .. } => HoleValue::Part(*part, *coercion),
            // Literals of the metadata hold no variables.
            Template::Literal(value) => {
                HoleValue::Text(value_to_json(value).unwrap_or_else(|| "null".to_owned()))
            }
            Template::Object { ty, fields } => {
                let presets = self.beside(ty, preset);
                let mut members: Vec<(String, HoleValue)> = Vec::with_capacity(fields.len() + presets.len());
                for field in fields {
                    let preset = presets.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
                    let value = self.hole_value(&field.value, preset, is_batched);
                    members.push((field.name.to_string(), value));
                }
                for (name, value) in &presets {
                    if fields.iter().all(|field| field.name != *name) {
                        members.push((name.to_string(), self.presetter.hole(value)));
                    }
                }
                HoleValue::Object(members)
            }
            Template::List(items) => {
                HoleValue::List(items.iter().map(|item| self.hole_value(item, None, is_batched)).collect())
            }
        }
    }
}

/// The remote's default of a partly bound argument or input field, unless the role has a preset in its stead. That the role
/// may not see all of it does not matter: it is what the remote would take.
fn default_of<'v>(
    declared: Option<&'v Node<InputValueDefinition>>,
    preset: Option<&Preset>,
) -> Option<&'v Value> {
    declared.filter(|_| preset.is_none())?.default_value.as_deref()
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
