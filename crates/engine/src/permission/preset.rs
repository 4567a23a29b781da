//! Arguments and input fields that a role does not give but that are always sent for it.
//!
//! What is preset is not in the role schema. Whoever writes a field call or an input object for a remote has to look here
//! what else belongs into it; whoever does not, sends a request without the role's guards.

use std::fmt;

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::{Name, Node};
use rustc_hash::FxHashMap;

/// The presets of one role on one remote, under original names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Presets {
    /// By type and field.
    arguments: FxHashMap<Name, FxHashMap<Name, Vec<PresetValue>>>,
    /// By input type.
    fields: FxHashMap<Name, Vec<PresetValue>>,
}

/// An argument or input field with its preset.
#[derive(Debug, Clone, PartialEq)]
pub struct PresetValue {
    /// Upstream name.
    pub name: Name,
    /// Declared upstream type.
    pub ty: Type,
    /// What is sent.
    pub value: Preset,
}

/// A value with holes for the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Preset {
    /// A value without holes, exactly as it was written.
    Literal(Node<Value>),
    /// A list.
    List(Vec<Preset>),
    /// An input object. Presets inside its type are laid into it already.
    Object(Vec<(Name, Preset)>),
    /// The value of a session variable.
    Session(SessionVariable),
}

/// A session variable in the place of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionVariable {
    /// Its name in lower case: `x-hasura-user-id`.
    pub variable: String,
    /// Declared upstream type of the place: of a scalar or an enum, or a list of one of them.
    pub ty: Type,
    /// When the place takes an enum, the values that are allowed: those that the role sees.
    pub enum_values: Option<Vec<Name>>,
}

/// One line for each, in the order of their names: `Type.field(argument:) = value`.
impl fmt::Display for Presets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments = self.arguments.iter().flat_map(|(ty, fields)| {
            fields.iter().flat_map(move |(field, presets)| {
                presets.iter().map(move |p| format!("{ty}.{field}({}:) = {}", p.name, p.value))
            })
        });
        let fields = self.fields.iter().flat_map(|(input, presets)| {
            presets.iter().map(move |preset| format!("{input}.{} = {}", preset.name, preset.value))
        });
        let mut lines: Vec<String> = arguments.chain(fields).collect();
        lines.sort_unstable();
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(value) => write!(f, "{}", value.serialize().no_indent()),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Object(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(f, "{{{}}}", fields.join(", "))
            }
            Self::Session(SessionVariable { variable, ty, .. }) => write!(f, "<{variable} as {ty}>"),
        }
    }
}

impl Presets {
    /// What has to be sent with each call of a field.
    pub fn arguments(&self, ty: &str, field: &str) -> &[PresetValue] {
        self.arguments.get(ty).and_then(|fields| fields.get(field)).map_or(&[], Vec::as_slice)
    }

    /// What has to be sent in each value of an input object type, beside what clients and relationships give. Types all of
    /// whose fields are preset are not in the role schema: the arguments and input fields that take them are preset
    /// themselves, with all this laid in.
    pub fn fields(&self, input: &str) -> &[PresetValue] {
        self.fields.get(input).map_or(&[], Vec::as_slice)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.arguments.is_empty() && self.fields.is_empty()
    }

    pub(super) fn add_argument(&mut self, ty: &Name, field: &Name, value: PresetValue) {
        let fields = self.arguments.entry(ty.clone()).or_default();
        fields.entry(field.clone()).or_default().push(value);
    }

    pub(super) fn add_field(&mut self, input: &Name, value: PresetValue) {
        self.fields.entry(input.clone()).or_default().push(value);
    }

    /// Drops the presets of fields that are not served.
    pub(super) fn retain_fields(&mut self, is_served: impl Fn(&Name, &Name) -> bool) {
        self.arguments.retain(|ty, fields| {
            fields.retain(|field, _| is_served(ty, field));
            !fields.is_empty()
        });
    }

    /// Every preset value, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut PresetValue> {
        let arguments = self.arguments.values_mut().flat_map(|fields| fields.values_mut()).flatten();
        arguments.chain(self.fields.values_mut().flatten())
    }
}
