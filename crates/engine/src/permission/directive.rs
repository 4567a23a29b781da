//! `@preset` directives turned into presets, and every other directive noted as ignored.

use apollo_compiler::ast::{Directive, DirectiveList, Type, Value};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};

use super::draft::{Reasons, list, repeated};
use super::preset::{Preset, SessionVariable};

/// Reads the directives of one place after the other.
pub(super) struct Directives<'a> {
    pub(super) upstream: &'a Schema,
    /// The values that the role sees of an enum, when it declares the enum.
    pub(super) enum_values: &'a dyn Fn(&Name) -> Option<Vec<Name>>,
    pub(super) reasons: Reasons,
    pub(super) warnings: Vec<String>,
}

/// A preset that cannot be made out. What it was to guard must not be served.
#[derive(Debug)]
pub(super) struct Unusable;

impl Directives<'_> {
    /// The preset of an argument or input field of the upstream's type `ty`.
    pub(super) fn preset(
        &mut self,
        place: &str,
        name: &Name,
        ty: &Type,
        directives: &DirectiveList,
    ) -> Result<Option<Preset>, Unusable> {
        self.others(place, directives);
        let presets: Vec<_> = directives.iter().filter(|directive| directive.name == "preset").collect();
        match presets.as_slice() {
            [] => Ok(None),
            [preset] => self.value_of(preset, name, ty).map(Some),
            _ => self
                .reject(format!("found multiple preset directives at \"Input object argument\" \"{name}\"")),
        }
    }

    /// Whether a place that cannot have presets has one, which then guards nothing.
    pub(super) fn misplaced(&mut self, place: &str, directives: &DirectiveList) -> bool {
        self.others(place, directives);
        let misplaced = directives.iter().any(|directive| directive.name == "preset");
        if misplaced {
            self.reasons.push(
                "Preset directives can be defined only on INPUT_FIELD_DEFINITION or ARGUMENT_DEFINITION"
                    .into(),
            );
        }
        misplaced
    }

    fn others(&mut self, place: &str, directives: &DirectiveList) {
        const KNOWN: [&str; 4] = ["preset", "deprecated", "specifiedBy", "oneOf"];
        let names = || directives.iter().map(|directive| &directive.name).filter(|name| *name != "preset");
        let twice = repeated(names());
        if !twice.is_empty() {
            self.reasons.push(format!("duplicate directives: {}", list(twice)));
        }
        for name in names().filter(|name| !KNOWN.contains(&name.as_str())) {
            self.warnings.push(format!("the directive \"@{name}\" of \"{place}\" is ignored"));
        }
    }

    fn value_of(&mut self, directive: &Node<Directive>, name: &Name, ty: &Type) -> Result<Preset, Unusable> {
        if directive.arguments.is_empty() {
            return self.reject("no arguments found in the preset directive".into());
        }
        let Some(value) = directive.specified_argument_by_name("value") else {
            return self.reject(format!("preset argument \"value\" not found at \"{name}\""));
        };
        let is_static = match directive.specified_argument_by_name("static").map(|value| &**value) {
            None => false,
            Some(Value::Boolean(is_static)) => *is_static,
            Some(_) => return self.reject("expected preset static value to be a Boolean value".into()),
        };
        self.value(name, ty, value, is_static)
    }

    fn value(
        &mut self,
        name: &Name,
        ty: &Type,
        value: &Node<Value>,
        is_static: bool,
    ) -> Result<Preset, Unusable> {
        let base = ty.inner_named_type();
        let definition = self.upstream.types.get(base);
        if value.is_null() {
            if ty.is_non_null() {
                return self.reject(format!(
                    "expected preset value of \"{name}\" to be of type \"{ty}\", which cannot be null"
                ));
            }
            return Ok(Preset::Literal(value.clone()));
        }
        let is_enum = matches!(definition, Some(ExtendedType::Enum(_)));
        if let Some(variable) = session_variable(value, is_static && !is_enum)
            && matches!(definition, Some(ExtendedType::Enum(_) | ExtendedType::Scalar(_)))
        {
            if ty.is_list() && ty.item_type().is_list() {
                return self.reject(format!(
                    "illegal preset value at \"{name}\". Session arguments can only be set for singleton values"
                ));
            }
            let enum_values = is_enum.then(|| (self.enum_values)(base)).flatten();
            return Ok(Preset::Session(SessionVariable { variable, ty: ty.clone(), enum_values }));
        }
        if ty.is_list() {
            return match &**value {
                Value::List(items) => {
                    let items: Result<Vec<_>, _> =
                        items.iter().map(|item| self.value(name, ty.item_type(), item, is_static)).collect();
                    Ok(literal_list(items?))
                }
                // A single value is as good as a list of one.
                _ => self.value(name, ty.item_type(), value, is_static),
            };
        }
        let shown = value.serialize().no_indent();
        match definition {
            Some(ExtendedType::Scalar(_)) => match &**value {
                Value::Enum(_) | Value::List(_) | Value::Object(_) | Value::Variable(_) => self.reject(
                    format!("expected preset value \"{shown}\" of type \"{base}\" to be a scalar value"),
                ),
                _ => Ok(Preset::Literal(value.clone())),
            },
            Some(ExtendedType::Enum(definition)) => match &**value {
                Value::Enum(given) if definition.values.contains_key(given) => {
                    Ok(Preset::Literal(value.clone()))
                }
                Value::Enum(given) => self.reject(format!("\"{given}\" not found in the enum: \"{base}\"")),
                _ => self.reject(format!(
                    "expected preset value \"{shown}\" of type \"{base}\" to be an enum value"
                )),
            },
            Some(ExtendedType::InputObject(input)) => {
                let Value::Object(given) = &**value else {
                    return self.reject(format!(
                        "expected preset value \"{shown}\" of type \"{base}\" to be an input object value"
                    ));
                };
                let mut fields = Vec::with_capacity(given.len());
                let mut usable = true;
                for (key, value) in given {
                    let Some(field) = input.fields.get(key) else {
                        self.reasons.push(format!("\"{key}\" does not exist in the input object \"{base}\""));
                        usable = false;
                        continue;
                    };
                    match self.value(key, &field.ty, value, is_static) {
                        Ok(value) => fields.push((field.name.clone(), value)),
                        Err(Unusable) => usable = false,
                    }
                }
                if usable { Ok(Preset::Object(fields)) } else { Err(Unusable) }
            }
            // Of an unknown type the schema check has spoken already.
            None => Err(Unusable),
            Some(_) => {
                self.reject(format!("expected \"{base}\" to be an input type, but it's an output type"))
            }
        }
    }

    fn reject<T>(&mut self, reason: String) -> Result<T, Unusable> {
        self.reasons.push(reason);
        Err(Unusable)
    }
}

fn session_variable(value: &Value, is_static: bool) -> Option<String> {
    let name = value.as_str().filter(|_| !is_static)?.to_ascii_lowercase();
    name.starts_with("x-hasura-").then_some(name)
}

/// A list that holds literals only is a literal itself.
fn literal_list(items: Vec<Preset>) -> Preset {
    let literals: Option<Vec<_>> = (items.iter())
        .map(|item| match item {
            Preset::Literal(value) => Some(value.clone()),
            _ => None,
        })
        .collect();
    match literals {
        Some(values) => Preset::Literal(Node::new(Value::List(values))),
        None => Preset::List(items),
    }
}
