//! Random client queries against a served schema.

use std::fmt::Write as _;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value as Json, json};

use crate::choices::Choices;
use crate::executor::{argument_definitions, overlapping};
use crate::world::fields;

/// Most fields of one query.
const MAX_FIELDS: usize = 60;

#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) variables: Json,
}

impl Query {
    pub(crate) fn generate(schema: &Schema, c: &mut Choices<'_>) -> Self {
        let root = match &schema.schema_definition.mutation {
            Some(root) if c.chance(15) => root,
            _ => schema.schema_definition.query.as_ref().expect("a query root"),
        };
        let keyword = if root.as_str() == "mutation_root" { "mutation" } else { "query" };
        let mut writer = Writer {
            schema,
            c,
            n_fields: 0,
            n_names: 0,
            fragments: Vec::new(),
            texts: String::new(),
            variables: Vec::new(),
        };
        let selection = writer.selection(root, 7);
        let declared: Vec<String> =
            writer.variables.iter().map(|variable| variable.declaration.clone()).collect();
        let declared = if declared.is_empty() { String::new() } else { format!("({})", declared.join(", ")) };
        let values: Map<String, Json> = writer
            .variables
            .iter()
            .filter_map(|variable| Some((variable.name.clone(), variable.value.clone()?)))
            .collect();
        let text = format!("{keyword} {declared} {selection}{}", writer.texts);
        Self { text, variables: Json::Object(values) }
    }
}

struct Variable {
    name: String,
    ty: Type,
    declaration: String,
    value: Option<Json>,
}

struct Writer<'a, 'c> {
    schema: &'a Schema,
    c: &'a mut Choices<'c>,
    n_fields: usize,
    n_names: usize,
    /// Finished fragments: type condition and name.
    fragments: Vec<(String, String)>,
    texts: String,
    variables: Vec<Variable>,
}

impl Writer<'_, '_> {
    fn fresh(&mut self, start: &str) -> String {
        self.n_names += 1;
        format!("{start}{}", self.n_names)
    }

    fn selection(&mut self, ty: &str, depth: usize) -> String {
        let mut text = "{ ".to_owned();
        // Calls that can be repeated: call, type of the value.
        let mut calls: Vec<(String, String)> = Vec::new();
        for _ in 0..1 + self.c.below(5) {
            let selected = match self.c.below(20) {
                _ if depth == 0 || self.n_fields > MAX_FIELDS => "__typename".to_owned(),
                0..12 => self.field(ty, depth, &mut calls),
                12 => "__typename".into(),
                13 => format!("{}: __typename", self.fresh("t")),
                14 | 15 => {
                    let on = self.c.pick(&self.conditions(ty)).clone();
                    let inner = self.selection(&on, depth - 1);
                    let condition =
                        if on == ty && self.c.chance(50) { String::new() } else { format!(" on {on}") };
                    format!("...{condition}{} {inner}", self.directive())
                }
                16 | 17 => format!("...{}{}", self.fragment(ty, depth), self.directive()),
                _ if calls.is_empty() => self.field(ty, depth, &mut calls),
                _ => {
                    let (call, ty) = self.c.pick(&calls).clone();
                    let inner = self.inner(&ty, depth);
                    format!("{call}{}{inner}", self.directive())
                }
            };
            text.push_str(&selected);
            text.push(' ');
        }
        text.push('}');
        text
    }

    fn inner(&mut self, ty: &str, depth: usize) -> String {
        match self.schema.types.get(ty) {
            Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                format!(" {}", self.selection(ty, depth - 1))
            }
            _ => String::new(),
        }
    }

    fn field(&mut self, ty: &str, depth: usize, calls: &mut Vec<(String, String)>) -> String {
        let all: Vec<_> = fields(self.schema, ty).collect();
        if all.is_empty() {
            return "__typename".into();
        }
        let relationships: Vec<_> =
            all.iter().copied().filter(|field| field.name.starts_with("rel")).collect();
        let field = if !relationships.is_empty() && self.c.chance(50) {
            *self.c.pick(&relationships)
        } else {
            *self.c.pick(&all)
        };
        self.n_fields += 1;
        let mut arguments = Vec::new();
        for argument in argument_definitions(self.schema, ty, &field.name) {
            if argument.is_required() || self.c.chance(50) {
                arguments.push(format!(
                    "{}: {}",
                    argument.name,
                    self.value(&argument.ty, argument.default_value.is_some(), 0)
                ));
            }
        }
        let mut call = field.name.to_string();
        if !arguments.is_empty() || self.c.chance(15) {
            call = format!("{}: {call}", self.fresh("x"));
        } else if self.c.chance(5) {
            // The alias may be another field's name; most such documents are still valid.
            call = format!("{}: {call}", self.c.pick(&["id", "code", "name", "_0", "_j0_0", "F0"]));
        }
        if !arguments.is_empty() {
            let _ = write!(call, "({})", arguments.join(", "));
        }
        let value = field.ty.inner_named_type().to_string();
        calls.push((call.clone(), value.clone()));
        let directive = self.directive();
        let inner = self.inner(&value, depth);
        format!("{call}{directive}{inner}")
    }

    /// The types that a fragment can be on; a role may see an interface without any type behind it.
    fn conditions(&self, ty: &str) -> Vec<String> {
        let conditions = overlapping(self.schema, ty);
        if conditions.is_empty() { vec![ty.to_owned()] } else { conditions }
    }

    fn fragment(&mut self, ty: &str, depth: usize) -> String {
        let conditions = self.conditions(ty);
        let known: Vec<String> = self
            .fragments
            .iter()
            .filter(|(on, _)| conditions.contains(on))
            .map(|(_, name)| name.clone())
            .collect();
        if !known.is_empty() && self.c.chance(50) {
            return self.c.pick(&known).clone();
        }
        let on = self.c.pick(&conditions).clone();
        let inner = self.selection(&on, depth - 1);
        let name = self.fresh("F");
        let _ = write!(self.texts, "\nfragment {name} on {on} {inner}");
        self.fragments.push((on, name.clone()));
        name
    }

    fn directive(&mut self) -> String {
        if !self.c.chance(15) {
            return String::new();
        }
        let name = *self.c.pick(&["include", "skip"]);
        let condition = match self.c.below(4) {
            0 => {
                if name == "skip" {
                    "false".into()
                } else {
                    "true".into()
                }
            }
            1 => {
                if name == "skip" {
                    "true".into()
                } else {
                    "false".into()
                }
            }
            _ => {
                let ty = Type::NonNullNamed(apollo_compiler::name!("Boolean"));
                self.variable(&ty, false)
            }
        };
        format!(" @{name}(if: {condition})")
    }

    fn value(&mut self, ty: &Type, has_default: bool, depth: usize) -> String {
        if self.c.chance(30) {
            return self.variable(ty, has_default);
        }
        self.literal(ty, depth, true)
    }

    fn variable(&mut self, ty: &Type, has_default: bool) -> String {
        let known: Vec<String> = self
            .variables
            .iter()
            .filter(|variable| variable.ty == *ty)
            .map(|variable| variable.name.clone())
            .collect();
        if !known.is_empty() && self.c.chance(50) {
            return format!("${}", self.c.pick(&known));
        }
        let name = self.fresh("v");
        let mut declared = ty.clone();
        // A default on either side makes up for a nullable variable.
        let default = self.c.chance(30);
        if ty.is_non_null() && default && self.c.chance(50) {
            declared = declared.nullable();
        } else if !ty.is_non_null() && self.c.chance(30) {
            declared = declared.non_null();
        }
        let mut declaration = format!("${name}: {declared}");
        if default {
            let mut value = self.literal(&declared, 1, false);
            if value == "null" && ty.is_non_null() {
                value = self.literal(ty, 1, false);
            }
            let _ = write!(declaration, " = {value}");
        }
        let is_optional = default || (!declared.is_non_null() && (!ty.is_non_null() || has_default));
        let value = if is_optional && self.c.chance(40) {
            None
        } else {
            Some(self.json(if declared.is_non_null() { &declared } else { ty }, 0))
        };
        self.variables.push(Variable { name: name.clone(), ty: ty.clone(), declaration, value });
        format!("${name}")
    }

    fn literal(&mut self, ty: &Type, depth: usize, may_use_variables: bool) -> String {
        if !ty.is_non_null() && self.c.chance(8) {
            return "null".into();
        }
        if ty.is_list() {
            let item = ty.item_type().clone();
            if self.c.chance(10) && item.is_non_null() {
                return self.literal(&item, depth + 1, may_use_variables);
            }
            let items: Vec<String> = (0..self.c.below(3))
                .map(|_| {
                    if may_use_variables {
                        self.value(&item, false, depth + 1)
                    } else {
                        self.literal(&item, depth + 1, false)
                    }
                })
                .collect();
            return format!("[{}]", items.join(", "));
        }
        let name = ty.inner_named_type().clone();
        match self.schema.types.get(&name) {
            Some(ExtendedType::Enum(enum_)) => {
                let values: Vec<_> = enum_.values.keys().cloned().collect();
                self.c.pick(&values).to_string()
            }
            Some(ExtendedType::InputObject(input)) => {
                let mut members = Vec::new();
                for field in input.fields.values() {
                    if field.is_required() || (depth < 2 && self.c.chance(35)) {
                        let value = if may_use_variables {
                            self.value(&field.ty, field.default_value.is_some(), depth + 1)
                        } else {
                            self.literal(&field.ty, depth + 1, false)
                        };
                        members.push(format!("{}: {value}", field.name));
                    }
                }
                format!("{{{}}}", members.join(", "))
            }
            _ => {
                let value = self.scalar(&name);
                match value {
                    Json::Object(_) => "{a: 1, b: [true, \"x\"], c: {d: null}}".into(),
                    value => value.to_string(),
                }
            }
        }
    }

    fn json(&mut self, ty: &Type, depth: usize) -> Json {
        if !ty.is_non_null() && self.c.chance(8) {
            return Json::Null;
        }
        if ty.is_list() {
            return (0..self.c.below(3)).map(|_| self.json(ty.item_type(), depth + 1)).collect();
        }
        let name = ty.inner_named_type().clone();
        match self.schema.types.get(&name) {
            Some(ExtendedType::Enum(enum_)) => {
                let values: Vec<_> = enum_.values.keys().cloned().collect();
                json!(self.c.pick(&values).as_str())
            }
            Some(ExtendedType::InputObject(input)) => {
                let mut members = Map::new();
                for field in input.fields.values() {
                    if field.is_required() || (depth < 2 && self.c.chance(35)) {
                        members.insert(field.name.to_string(), self.json(&field.ty, depth + 1));
                    }
                }
                Json::Object(members)
            }
            _ => self.scalar(&name),
        }
    }

    fn scalar(&mut self, name: &str) -> Json {
        let c = &mut *self.c;
        match name {
            "Int" => json!(c.pick(&[0, 1, -7, i32::MAX])),
            "Float" => json!(c.pick(&[0.5, -1.5, 2.25e10])),
            "Boolean" => json!(c.chance(50)),
            "String" | "ID" => json!(c.pick(&["a", "", "é \"q\" \\ /", "line\nbreak \u{1}", "$code", "𝄞"])),
            _ => c.pick(&[json!(7), json!("big"), json!(true), json!({"a": 1, "b": [true, "x"]})]).clone(),
        }
    }
}
