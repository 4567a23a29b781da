//! Where keys could go: arguments of query fields, and input fields in them, found by their words.

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};
use rustc_hash::FxHashMap;

use super::may_be_key_type;
use super::words::{is_helper, split_key, thing_of_field, thing_of_type, words};
use crate::remote::RemoteSchema;

/// Most places of one word that are looked at: what everybody has says nothing of anybody.
const MAX_SAME: usize = 16;

/// Arguments that hold conditions.
const FILTERS: &[&str] = &["where", "filter", "condition", "by"];

/// Conditions that a key can be given to, those first that take all keys at once.
const OPERATORS: &[&str] = &["_in", "in", "_eq", "eq", "equals", "equalTo", "equal"];

/// Fields by which pages hold their elements.
const LISTS: &[&str] = &["nodes", "items", "results", "data", "entries", "records", "list"];

/// A place for a key.
pub(super) struct Slot<'a> {
    pub(super) remote: &'a str,
    pub(super) schema: &'a Schema,
    pub(super) field: &'a FieldDefinition,
    /// The argument, and input fields in it.
    pub(super) path: Vec<&'a Name>,
    pub(super) ty: &'a Type,
    /// The words of its name: of the input field that the condition is about, or the argument's.
    pub(super) words: Vec<String>,
    /// What of them is the key.
    pub(super) key: Vec<String>,
    /// The thing that the field gives, by its name and by its type.
    pub(super) things: [Vec<String>; 2],
    /// Whether the key is one of that thing, and not of what it belongs to.
    pub(super) is_own: bool,
    /// The object or interface of which the field gives one or more.
    pub(super) element: &'a Name,
    /// From the field's result to the list of elements; `None` if there is one value.
    pub(super) list: Option<Vec<&'a Name>>,
    pub(super) description: String,
}

impl Slot<'_> {
    /// `users(where.id._in:)`.
    pub(super) fn place(&self) -> String {
        let path: Vec<&str> = self.path.iter().map(|name| name.as_str()).collect();
        format!("{}({}:)", self.field.name, path.join("."))
    }
}

/// The places of all remotes, by words.
pub(super) struct Slots<'a> {
    pub(super) all: Vec<Slot<'a>>,
    by_thing: FxHashMap<String, Vec<usize>>,
    by_words: FxHashMap<String, Vec<usize>>,
}

impl<'a> Slots<'a> {
    pub(super) fn new(remotes: impl Iterator<Item = (&'a str, &'a RemoteSchema)>) -> Self {
        let mut all = Vec::new();
        for (name, remote) in remotes {
            let root = remote.schema.get_object(&remote.query_root);
            for field in root.into_iter().flat_map(|root| root.fields.values()) {
                of_field(name, &remote.schema, field, &mut all);
            }
        }
        let mut by_thing: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        let mut by_words: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (index, slot) in all.iter().enumerate() {
            if slot.is_own {
                let [named, typed] = &slot.things;
                by_thing.entry(named.join(" ")).or_default().push(index);
                if named != typed {
                    by_thing.entry(typed.join(" ")).or_default().push(index);
                }
            }
            by_words.entry(slot.words.join(" ")).or_default().push(index);
        }
        Self { all, by_thing, by_words }
    }

    /// The places for keys of a thing.
    pub(super) fn of_thing(&self, thing: &[String]) -> impl Iterator<Item = &Slot<'a>> {
        self.found(self.by_thing.get(&thing.join(" ")))
    }

    /// The places of a name.
    pub(super) fn of_words(&self, words: &[String]) -> impl Iterator<Item = &Slot<'a>> {
        self.found(self.by_words.get(&words.join(" ")))
    }

    fn found(&self, indexes: Option<&Vec<usize>>) -> impl Iterator<Item = &Slot<'a>> {
        indexes.into_iter().flatten().take(MAX_SAME).map(|index| &self.all[*index])
    }
}

fn of_field<'a>(remote: &'a str, schema: &'a Schema, field: &'a FieldDefinition, slots: &mut Vec<Slot<'a>>) {
    let Some((element, list)) = result(schema, field) else { return };
    let things = [thing_of_field(&field.name), thing_of_type(element)];
    let required: Vec<&InputValueDefinition> = field
        .arguments
        .iter()
        .filter(|argument| argument.is_required())
        .map(|argument| &**argument)
        .collect();
    for argument in &field.arguments {
        // A second key would have to come from somewhere.
        if required.iter().any(|required| required.name != argument.name) {
            continue;
        }
        for (path, named, ty) in places(schema, argument) {
            let words = words(named);
            let (subject, key) = split_key(&words);
            let is_own =
                !key.is_empty() && (subject.is_empty() || things.iter().any(|thing| thing == subject));
            let key = key.to_vec();
            slots.push(Slot {
                remote,
                schema,
                field,
                path,
                ty,
                words,
                key,
                things: things.clone(),
                is_own,
                element,
                list: list.clone(),
                description: (argument.description.iter().chain(&field.description))
                    .map(|description| description.to_lowercase())
                    .collect::<Vec<_>>()
                    .join(" "),
            });
        }
    }
}

/// What a field gives: the type of its elements, and the way to their list.
pub(super) fn result<'a>(
    schema: &'a Schema,
    field: &'a FieldDefinition,
) -> Option<(&'a Name, Option<Vec<&'a Name>>)> {
    let named = field.ty.inner_named_type();
    let fields = match schema.types.get(named)? {
        ExtendedType::Object(object) => &object.fields,
        ExtendedType::Interface(interface) => &interface.fields,
        _ => return None,
    };
    if field.ty.is_list() {
        return (!field.ty.item_type().is_list() && !is_helper(named)).then_some((named, Some(Vec::new())));
    }
    let is_composite =
        |name: &Name| schema.get_object(name).is_some() || schema.get_interface(name).is_some();
    let list = LISTS.iter().find_map(|list| {
        let list = fields.get(*list)?;
        let element = list.ty.inner_named_type();
        let is_list = list.ty.is_list() && !list.ty.item_type().is_list() && is_composite(element);
        is_list.then_some((element, Some(vec![&list.name])))
    });
    // A page of a connection may have edges only; then keys go one by one.
    let edge = || {
        let edges = fields.get("edges")?.ty.inner_named_type();
        let node = schema.type_field(edges, "node").ok()?.ty.inner_named_type();
        is_composite(node).then_some((node, None))
    };
    match list {
        Some(list) if is_helper(named) => Some(list),
        _ if fields.contains_key("edges") => edge(),
        _ => (!is_helper(named)).then_some((named, None)),
    }
}

/// The argument itself, or what keys are compared with in the conditions that it holds.
fn places<'a>(
    schema: &'a Schema,
    argument: &'a InputValueDefinition,
) -> Vec<(Vec<&'a Name>, &'a Name, &'a Type)> {
    let ty = &*argument.ty;
    if may_be_key_type(schema, ty.inner_named_type()) {
        return vec![(vec![&argument.name], &argument.name, ty)];
    }
    let conditions = schema.get_input_object(ty.inner_named_type()).filter(|_| !ty.is_list());
    let Some(conditions) = conditions.filter(|_| FILTERS.contains(&argument.name.as_str())) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    for field in conditions.fields.values() {
        let others_required =
            conditions.fields.values().any(|other| other.is_required() && other.name != field.name);
        if others_required {
            continue;
        }
        let named = field.ty.inner_named_type();
        if may_be_key_type(schema, named) {
            places.push((vec![&argument.name, &field.name], &field.name, &*field.ty));
        } else if let Some(comparison) = schema.get_input_object(named).filter(|_| !field.ty.is_list()) {
            let operator = OPERATORS.iter().find_map(|operator| comparison.fields.get(*operator));
            if let Some(operator) =
                operator.filter(|operator| may_be_key_type(schema, operator.ty.inner_named_type()))
            {
                places.push((vec![&argument.name, &field.name, &operator.name], &field.name, &*operator.ty));
            }
        }
    }
    places
}
