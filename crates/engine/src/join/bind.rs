//! Argument values of the metadata to templates, directed by the declared type of the argument.

use apollo_compiler::ast::{FloatValue, IntValue, Type, Value};
use apollo_compiler::schema::{EnumType, ExtendedType, InputObjectType};
use apollo_compiler::{Name, Node, Schema};
use indexmap::IndexMap;
use metadata::ArgumentValue;

use super::coercion::{coercion, list_depth};
use super::flaw::Flaws;
use super::suggest::{did_you_mean, list};
use super::{BoundArgument, Template};

/// A field whose value is part of the join key.
pub(super) struct Key {
    pub(super) name: Name,
    pub(super) ty: Type,
    /// Whether it can be a key at all; if not, that is reported already, and not again wherever it is used.
    pub(super) fit: bool,
}

/// Turns values into templates and collects what is wrong with them.
pub(super) struct Binder<'a> {
    pub(super) target: &'a Schema,
    pub(super) lhs: &'a Schema,
    /// Type and fields that keys come from, for suggestions.
    pub(super) lhs_type: &'a str,
    /// All fields that could be keys.
    pub(super) candidates: &'a [Key],
    pub(super) keys: &'a [Key],
    /// Whether a key in a list position stands for all distinct keys.
    pub(super) batched: bool,
    pub(super) reasons: Flaws,
}

impl Binder<'_> {
    /// The template of the value bound to `name`, an argument or input field of type `ty`.
    pub(super) fn argument(
        &mut self,
        name: &Name,
        ty: &Type,
        value: &ArgumentValue,
    ) -> Option<BoundArgument> {
        self.reasons.enter(name);
        let value = self.template(name, ty, value);
        self.reasons.leave(1);
        let value = value?;
        Some(BoundArgument { name: name.clone(), ty: ty.clone(), value })
    }

    fn template(&mut self, name: &Name, ty: &Type, value: &ArgumentValue) -> Option<Template> {
        match value {
            ArgumentValue::Variable(variable) => self.key(name, ty, variable),
            ArgumentValue::Scalar(serde_json::Value::Null) if ty.is_non_null() => {
                self.reject(format!("null is not allowed here: \"{name}\" has type \"{ty}\""))
            }
            ArgumentValue::Scalar(serde_json::Value::Null) => Some(Template::Literal(Node::new(Value::Null))),
            ArgumentValue::List(items) if ty.is_list() => {
                // In the list position of a batched join `["$x"]` says the same as `"$x"`.
                if let ([ArgumentValue::Variable(variable)], true) = (items.as_slice(), self.batched)
                    && list_depth(ty) == 1
                {
                    return self.key(name, ty, variable);
                }
                let items: Vec<_> = (items.iter().enumerate())
                    .map(|(index, item)| {
                        self.reasons.enter(&index.to_string());
                        let item = self.template(name, ty.item_type(), item);
                        self.reasons.leave(1);
                        item
                    })
                    .collect();
                Some(literal_list(items.into_iter().collect::<Option<Vec<_>>>()?))
            }
            ArgumentValue::List(_) => self.reject(format!(
                "type \"{}\" is not a list type, but \"{name}\" is given a list",
                ty.inner_named_type()
            )),
            // A single value is as good as a list of one.
            value if ty.is_list() => {
                let item = self.template(name, ty.item_type(), value)?;
                Some(literal_list(vec![item]))
            }
            ArgumentValue::Object(fields) => {
                let target = self.target;
                match target.types.get(ty.inner_named_type()) {
                    Some(ExtendedType::InputObject(input)) => self.object(input, fields),
                    _ => {
                        self.reject(format!("type \"{name}\" not an input object type: it has type \"{ty}\""))
                    }
                }
            }
            ArgumentValue::Scalar(value) => self.scalar(name, ty, value),
        }
    }

    fn key(&mut self, name: &Name, ty: &Type, variable: &str) -> Option<Template> {
        let Some(part) = self.keys.iter().position(|key| key.name == variable) else {
            let known = did_you_mean(variable, self.keys.iter().map(|key| &key.name));
            return self.reject(format!(
                "variable \"{variable}\" is not found: it must be one of lhs_fields{known}"
            ));
        };
        let key = &self.keys[part];
        match coercion((&key.ty, self.lhs), (ty, self.target)) {
            Ok(coercion) => Some(Template::Key { part, ty: ty.clone(), coercion }),
            Err(_) if !key.fit => None,
            Err(reason) => {
                let fitting: Vec<&Name> = (self.candidates.iter())
                    .filter(|key| coercion((&key.ty, self.lhs), (ty, self.target)).is_ok())
                    .map(|key| &key.name)
                    .collect();
                let fix = if fitting.is_empty() {
                    format!("no field of \"{}\" fits", self.lhs_type)
                } else {
                    format!("fields of \"{}\" that fit: {}", self.lhs_type, list(fitting))
                };
                let from = &self.keys[part].ty;
                self.reject(format!(
                    "join key \"{variable}\" of type \"{from}\" cannot become \"{name}\" of type \"{ty}\": {reason}; {fix}"
                ))
            }
        }
    }

    fn object(
        &mut self,
        input: &InputObjectType,
        given: &IndexMap<String, ArgumentValue>,
    ) -> Option<Template> {
        let mut fields = Vec::with_capacity(given.len());
        for (key, value) in given {
            match input.fields.get(key.as_str()) {
                // A variable for the one field is never null, though the type of the field says so.
                Some(field) if input.is_one_of() && matches!(value, ArgumentValue::Variable(_)) => {
                    fields.push(self.argument(&field.name, &(*field.ty).clone().non_null(), value));
                }
                Some(field) => fields.push(self.argument(&field.name, &field.ty, value)),
                None => {
                    let known = did_you_mean(key, input.fields.keys());
                    let reason = format!(
                        "argument with name \"{key}\" not found in remote schema: input object \"{}\" has no such field{known}",
                        input.name
                    );
                    self.reasons.push_at(&[key], reason);
                    fields.push(None);
                }
            }
        }
        let fields = fields.into_iter().collect::<Option<Vec<_>>>()?;
        let null =
            |field: &BoundArgument| matches!(&field.value, Template::Literal(value) if value.is_null());
        if input.is_one_of() && (fields.len() > 1 || fields.iter().any(null)) {
            return self
                .reject(format!("input object \"{}\" takes exactly one field, and not null", input.name));
        }
        Some(Template::Object { ty: input.name.clone(), fields })
    }

    fn scalar(&mut self, name: &Name, ty: &Type, value: &serde_json::Value) -> Option<Template> {
        let base = ty.inner_named_type();
        let target = self.target;
        let literal = match (base.as_str(), target.types.get(base)) {
            ("Int", _) => whole(value).filter(|int| int.parse::<i32>().is_ok()).map(|int| int_literal(&int)),
            ("Float", _) => number(value),
            ("String", _) => value.as_str().map(|text| Value::String(text.into())),
            ("Boolean", _) => value.as_bool().map(Value::Boolean),
            ("ID", _) => match value {
                serde_json::Value::String(text) => Some(Value::String(text.clone())),
                _ => whole(value).map(|int| int_literal(&int)),
            },
            (_, Some(ExtendedType::Enum(definition))) => return self.enum_value(name, definition, value),
            (_, Some(ExtendedType::Scalar(_))) => match value {
                serde_json::Value::String(text) => Some(Value::String(text.clone())),
                serde_json::Value::Bool(truth) => Some(Value::Boolean(*truth)),
                _ => number(value),
            },
            _ => {
                return self.reject(format!(
                    "expected type \"{base}\" but got \"{}\": \"{name}\" takes an input object",
                    kind_of(value)
                ));
            }
        };
        match literal {
            Some(literal) => Some(Template::Literal(Node::new(literal))),
            None if base == "ID" => self.reject(format!(
                "Only ID, Int, uuid or String scalar types can be joined to the ID type, but received \"{}\"",
                kind_of(value)
            )),
            None if base == "Int" && whole(value).is_some() => {
                self.reject(format!("{value} is too big for \"{name}\" of type \"{ty}\", which has 32 bits"))
            }
            None => self.reject(format!(
                "expected type \"{base}\" but got \"{}\": \"{name}\" has type \"{ty}\" and is given {value}",
                kind_of(value)
            )),
        }
    }

    fn enum_value(
        &mut self,
        name: &Name,
        definition: &EnumType,
        value: &serde_json::Value,
    ) -> Option<Template> {
        let text = value.as_str().unwrap_or_default();
        match definition.values.get_key_value(text) {
            Some((value, _)) => Some(Template::Literal(Node::new(Value::Enum(value.clone())))),
            None => {
                let known = did_you_mean(text, definition.values.keys());
                self.reject(format!(
                    "{value} given for \"{name}\" is not a value of enum \"{}\"{known}",
                    definition.name
                ))
            }
        }
    }

    /// Notes what is wrong. Returns nothing, so that rejecting is one expression wherever a template is expected.
    fn reject<T>(&mut self, reason: String) -> Option<T> {
        self.reasons.push(reason);
        None
    }
}

/// A list that holds literals only is a literal itself.
fn literal_list(items: Vec<Template>) -> Template {
    let literals: Option<Vec<_>> = (items.iter())
        .map(|item| match item {
            Template::Literal(value) => Some(value.clone()),
            _ => None,
        })
        .collect();
    match literals {
        Some(values) => Template::Literal(Node::new(Value::List(values))),
        None => Template::List(items),
    }
}

/// The digits of a number that has no fraction; `1.0` and `1e2` count.
fn whole(value: &serde_json::Value) -> Option<String> {
    let number = value.as_number()?;
    if number.is_i64() || number.is_u64() {
        return Some(number.to_string());
    }
    // Beyond 2^53 a float no longer says which whole number was meant.
    let float =
        number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0)?;
    Some(format!("{float:.0}"))
}

fn int_literal(digits: &str) -> Value {
    // "-0" is a number but not in the grammar of every reader.
    Value::Int(IntValue::new_parsed(if digits == "-0" { "0" } else { digits }))
}

fn number(value: &serde_json::Value) -> Option<Value> {
    match whole(value) {
        Some(int) => Some(int_literal(&int)),
        None => value
            .as_f64()
            .filter(|float| float.is_finite())
            .map(|float| Value::Float(FloatValue::from(float))),
    }
}

/// The GraphQL name for the kind of a JSON scalar.
fn kind_of(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::String(_) => "String",
        serde_json::Value::Bool(_) => "Boolean",
        value if whole(value).is_some() => "Int",
        serde_json::Value::Number(_) => "Float",
        _ => "null",
    }
}
