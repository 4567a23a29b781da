//! What is sent for a role without its doing: presets in the text of calls and input objects, and in the values of the
//! client's variables.
//!
//! A value of the session goes into the text as a variable of its own, one for each type it is sent as. What the client
//! passes in a variable is completed when it is sent, along a [`PresetInput`].

use std::collections::BTreeSet;

use apollo_compiler::Name;
use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::Operation;
use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};

use super::text::{value_to_json, write_value};
use super::{HoleValue, PresetInput, PresetInputId, SessionUse};
use crate::catalog::{RemoteId, RoleSchema};
use crate::json;
use crate::permission::preset::{Preset, PresetValue, SessionVariable};

/// The variables that a text uses.
#[derive(Debug, Default)]
pub(super) struct Used {
    /// The client's, by index into the operation's definitions.
    pub(super) variables: BTreeSet<usize>,
    /// The session's, by index into [`super::Plan::session`].
    pub(super) session: BTreeSet<usize>,
}

/// The presets of a role, and what of them a plan uses so far.
pub(super) struct Presetter<'a> {
    role: &'a RoleSchema,
    operation: &'a Operation,
    /// The client's text: names that occur in it are not taken for variables of the session.
    query: &'a str,
    pub(super) session: Vec<SessionUse>,
    pub(super) inputs: Vec<PresetInput>,
    /// The input types looked at so far; `None` for those in whose values there is nothing to complete.
    known: FxHashMap<(RemoteId, Name), Option<PresetInputId>>,
}

/// Index of a variable among an operation's definitions. Validation has made sure that it is there.
pub(super) fn variable_index(operation: &Operation, name: &Name) -> usize {
    operation.variables.iter().position(|variable| variable.name == *name).unwrap_or_default()
}

impl<'a> Presetter<'a> {
    pub(super) fn new(role: &'a RoleSchema, operation: &'a Operation, query: &'a str) -> Self {
        let (session, inputs) = (Vec::new(), Vec::new());
        Self { role, operation, query, session, inputs, known: FxHashMap::default() }
    }

    /// The presets of a field's arguments, by original names.
    pub(super) fn arguments(&self, remote: RemoteId, ty: &str, field: &str) -> &'a [PresetValue] {
        self.role.presets(remote).arguments(ty, field)
    }

    /// The presets of an input type's fields, by its original name.
    pub(super) fn fields(&self, remote: RemoteId, input: &str) -> &'a [PresetValue] {
        self.role.presets(remote).fields(input)
    }

    /// Writes a preset.
    pub(super) fn write(&mut self, out: &mut String, preset: &Preset, used: &mut Used) {
        match preset {
            Preset::Literal(value) => write_value(out, value, &mut |_| {}),
            Preset::Session(session) => {
                let index = self.session(session);
                out.push('$');
                out.push_str(&self.session[index].name);
                used.session.insert(index);
            }
            Preset::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    self.write(out, item, used);
                }
                out.push(']');
            }
            Preset::Object(fields) => {
                out.push('{');
                for (i, (name, value)) in fields.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    out.push_str(name);
                    out.push(':');
                    self.write(out, value, used);
                }
                out.push('}');
            }
        }
    }

    /// Writes a value of the client for a place of an original type, with the presets of the input objects in it.
    pub(super) fn write_given(
        &mut self,
        out: &mut String,
        remote: RemoteId,
        value: &Value,
        ty: Option<&Type>,
        used: &mut Used,
    ) {
        let granted = self.role.remote(remote).filter(|granted| !granted.presets.is_empty());
        let (Some(granted), Some(ty)) = (granted, ty) else {
            write_value(out, value, &mut |name| {
                used.variables.insert(variable_index(self.operation, name));
            });
            return;
        };
        match value {
            Value::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    self.write_given(out, remote, item, Some(ty.item_type()), used);
                }
                out.push(']');
            }
            // A single object may stand for a list of one.
            Value::Object(given) => {
                let input = ty.inner_named_type();
                let fields = granted.schema.schema.get_input_object(input).map(|input| &input.fields);
                let presets = self.fields(remote, input);
                let mut separator = '{';
                // A default value of the schema may give what is preset; nothing else can.
                let is_preset = |name: &Name| presets.iter().any(|preset| preset.name == *name);
                for (name, value) in given.iter().filter(|(name, _)| !is_preset(name)) {
                    out.push(separator);
                    out.push_str(name);
                    out.push(':');
                    let ty = fields.and_then(|fields| fields.get(name)).map(|field| &*field.ty);
                    self.write_given(out, remote, value, ty, used);
                    separator = ',';
                }
                for preset in presets {
                    out.push(separator);
                    out.push_str(&preset.name);
                    out.push(':');
                    self.write(out, &preset.value, used);
                    separator = ',';
                }
                out.push_str(if separator == '{' { "{}" } else { "}" });
            }
            scalar => write_value(out, scalar, &mut |name| {
                used.variables.insert(variable_index(self.operation, name));
            }),
        }
    }

    /// A preset as the JSON value of a variable.
    pub(super) fn hole(&mut self, preset: &Preset) -> HoleValue {
        match preset {
            Preset::Literal(value) => {
                HoleValue::Text(value_to_json(value).unwrap_or_else(|| "null".to_owned()))
            }
            Preset::List(items) => HoleValue::List(items.iter().map(|item| self.hole(item)).collect()),
            Preset::Object(fields) => HoleValue::Object(
                fields.iter().map(|(name, value)| (name.to_string(), self.hole(value))).collect(),
            ),
            Preset::Session(session) => HoleValue::Session(self.session(session)),
        }
    }

    /// How values of an original type that come in variables are completed, if they are.
    pub(super) fn input(&mut self, remote: RemoteId, ty: &Name) -> Option<PresetInputId> {
        let granted = self.role.remote(remote).filter(|granted| !granted.presets.is_empty())?;
        if let Some(known) = self.known.get(&(remote, ty.clone())) {
            return *known;
        }
        // All types that values of this one can hold.
        let mut reached: IndexMap<Name, Vec<(Name, Name)>> = IndexMap::new();
        let mut waiting = vec![ty.clone()];
        while let Some(ty) = waiting.pop() {
            if reached.contains_key(&ty) {
                continue;
            }
            let input = granted.schema.schema.get_input_object(&ty);
            let fields = input.iter().flat_map(|input| input.fields.values());
            let fields: Vec<(Name, Name)> =
                fields.map(|field| (field.name.clone(), field.ty.inner_named_type().clone())).collect();
            waiting.extend(fields.iter().map(|(_, ty)| ty.clone()));
            reached.insert(ty, fields);
        }
        // Those with presets, and those that can hold one of them.
        let mut completed: FxHashSet<Name> =
            reached.keys().filter(|ty| !self.fields(remote, ty).is_empty()).cloned().collect();
        loop {
            let n_before = completed.len();
            for (ty, fields) in &reached {
                if fields.iter().any(|(_, ty)| completed.contains(ty)) {
                    completed.insert(ty.clone());
                }
            }
            if completed.len() == n_before {
                break;
            }
        }
        let first = self.inputs.len();
        for ty in reached.keys() {
            let id = completed.contains(ty).then(|| {
                self.inputs.push(PresetInput::default());
                PresetInputId(self.inputs.len() as u32 - 1)
            });
            self.known.insert((remote, ty.clone()), id);
        }
        let mut at = first;
        for (ty, fields) in &reached {
            if !completed.contains(ty) {
                continue;
            }
            let presets = self.fields(remote, ty).iter();
            let presets = presets.map(|preset| (preset.name.to_string(), self.hole(&preset.value))).collect();
            let inner = |(name, ty): &(Name, Name)| {
                Some((name.to_string(), self.known.get(&(remote, ty.clone())).copied().flatten()?))
            };
            let fields = fields.iter().filter_map(inner).collect();
            self.inputs[at] = PresetInput { presets, fields };
            at += 1;
        }
        self.known.get(&(remote, ty.clone())).copied().flatten()
    }

    /// The variable that a value of the session is sent in.
    fn session(&mut self, session: &SessionVariable) -> usize {
        // It is never null, since there is no request without it.
        let ty = session.ty.clone().non_null();
        let same = |known: &SessionUse| known.variable == session.variable && known.ty == ty;
        if let Some(known) = self.session.iter().position(same) {
            return known;
        }
        let base: String =
            session.variable.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let mut name = base.clone();
        let mut n = 1;
        while self.query.contains(&name) || self.session.iter().any(|known| known.name == name) {
            n += 1;
            name = format!("{base}_{n}");
        }
        self.session.push(SessionUse {
            declaration: format!("${name}:{ty}"),
            label: json::quoted(&name) + ":",
            name,
            variable: session.variable.clone(),
            ty,
            enum_values: session.enum_values.clone(),
        });
        self.session.len() - 1
    }
}
