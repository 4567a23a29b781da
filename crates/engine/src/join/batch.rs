//! The list form of a join: all keys go into one list argument, and elements are matched by key.

use std::collections::BTreeSet;

use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};
use metadata::Batch;

use super::bind::Key;
use super::coercion::{coercion, list_depth};
use super::flaw::Flaws;
use super::resolve::require_whole;
use super::suggest::{did_you_mean, list};
use super::{Join, ListBatch, Step, Template};
use crate::remote::RemoteSchema;

/// Checks the batch form of a join that is otherwise sound.
pub(super) fn check(
    batch: &Batch,
    join: &Join,
    keys: &[Key],
    lhs: &Schema,
    target: &RemoteSchema,
    reasons: &mut Flaws,
) -> Option<ListBatch> {
    let before = reasons.len();
    reasons.enter("batch");
    if batch.max == Some(0) {
        reasons.push_at(
            &["max"],
            "\"max\" of \"batch\" is 0, so no key could be sent; leave it out or raise it".into(),
        );
    }
    let parts = list_position(&join.path, keys, &target.schema, reasons);
    let sound = !parts.is_empty();
    reasons.enter("path");
    let list = element_list(batch, join, &target.schema, reasons);
    reasons.leave(1);
    let mut matched = Vec::new();
    reasons.enter("keys");
    for (variable, field) in &batch.keys {
        let variable = variable.strip_prefix('$').unwrap_or(variable);
        let part = keys.iter().position(|key| key.name == variable).filter(|part| parts.contains(part));
        let Some(part) = part else {
            if !sound {
                continue;
            }
            let known = did_you_mean(variable, parts.iter().map(|part| &keys[*part].name));
            let reason = format!("\"keys\" of \"batch\" names \"{variable}\", which no argument uses{known}");
            reasons.push_at(&[variable], reason);
            continue;
        };
        if let Some((element, _)) = &list
            && let Some((name, ty)) = key_field(&target.schema, element, field, reasons)
        {
            // What was sent must be able to come back.
            if let Err(reason) = coercion((&keys[part].ty, lhs), (&ty, &target.schema)) {
                reasons.push(format!(
                    "field \"{element}.{name}\" of type \"{ty}\" cannot carry the join key \"{variable}\" of type \"{}\": {reason}",
                    keys[part].ty
                ));
            }
            matched.push((part, name));
        }
    }
    for part in &parts {
        if !batch.keys.keys().any(|variable| variable.trim_start_matches('$') == keys[*part].name.as_str()) {
            reasons.push(format!(
                "\"keys\" of \"batch\" lacks \"{}\"; name the field of an element that carries its value",
                keys[*part].name
            ));
        }
    }
    reasons.leave(2);
    let path = list.map(|(_, path)| path);
    (reasons.len() == before).then(|| ListBatch {
        keys: matched,
        many: batch.many,
        max: batch.max,
        path: path.unwrap_or_default(),
    })
}

/// The keys that stand in the one list position of the target's arguments.
fn list_position(path: &[Step], keys: &[Key], schema: &Schema, reasons: &mut Flaws) -> Vec<usize> {
    let before = reasons.len();
    let mut positions = Vec::new();
    for (index, step) in path.iter().enumerate() {
        for argument in &step.arguments {
            let mut stray = Vec::new();
            let mut here = Vec::new();
            find(&argument.value, keys, &mut here, &mut stray);
            if index + 1 < path.len() {
                stray.extend(here.drain(..).flat_map(|position: Position<'_>| position.parts));
            }
            for part in stray {
                reasons.push(format!(
                    "with \"batch\", \"${}\" must stand where the last field takes a list, so that it can be the list of all keys",
                    keys[part].name
                ));
            }
            positions.extend(here);
        }
    }
    match positions.as_slice() {
        [only] => {
            if let Some(element) = only.element {
                require_whole(schema, element, reasons);
            }
            only.parts.clone()
        }
        [] => {
            if reasons.len() == before {
                reasons.push("with \"batch\", one list argument must hold a join key such as \"$id\"".into());
            }
            Vec::new()
        }
        several => {
            let parts: BTreeSet<usize> = several.iter().flat_map(|position| position.parts.clone()).collect();
            let names = parts.into_iter().map(|part| &keys[part].name);
            reasons.push(format!(
                "with \"batch\", exactly one list argument can hold the join keys, but {} stand in several; put the parts of a composite key into one object",
                list(names)
            ));
            Vec::new()
        }
    }
}

/// A place that takes the list of all keys.
struct Position<'a> {
    parts: Vec<usize>,
    /// The object to repeat per key, for a composite key.
    element: Option<&'a Template>,
}

fn find<'a>(template: &'a Template, keys: &[Key], positions: &mut Vec<Position<'a>>, stray: &mut Vec<usize>) {
    match template {
        Template::Literal(_) => {}
        Template::Key { part, ty, .. } if list_depth(ty) == list_depth(&keys[*part].ty) + 1 => {
            positions.push(Position { parts: vec![*part], element: None });
        }
        Template::Key { part, .. } => stray.push(*part),
        Template::Object { fields, .. } => {
            fields.iter().for_each(|field| find(&field.value, keys, positions, stray));
        }
        Template::List(items) => match items.as_slice() {
            [element @ Template::Object { .. }] => {
                // The keys may stand in a list further inside; otherwise this is the list, and the object is repeated.
                let (mut inside, mut parts) = (Vec::new(), Vec::new());
                find(element, keys, &mut inside, &mut parts);
                if inside.is_empty() && !parts.is_empty() {
                    positions.push(Position { parts, element: Some(element) });
                } else {
                    positions.append(&mut inside);
                    stray.append(&mut parts);
                }
            }
            items => items.iter().for_each(|item| find(item, keys, positions, stray)),
        },
    }
}

/// The type of the elements and the checked path to their list.
fn element_list(
    batch: &Batch,
    join: &Join,
    schema: &Schema,
    reasons: &mut Flaws,
) -> Option<(Name, Vec<Name>)> {
    let mut ty: &Type = &join.result;
    let mut path = Vec::new();
    for step in &batch.path {
        if ty.is_list() {
            reasons.push(format!(
                "\"path\" of \"batch\" goes on with \"{step}\" below the list type \"{ty}\"; end it at the list"
            ));
            return None;
        }
        let on = ty.inner_named_type();
        let Ok(field) = schema.type_field(on, step) else {
            reasons.push(format!(
                "\"path\" of \"batch\" names \"{step}\", which type \"{on}\" lacks{}",
                did_you_mean(step, field_names(schema, on))
            ));
            return None;
        };
        if let Some(argument) = field.arguments.iter().find(|argument| argument.is_required()) {
            reasons.push(format!(
                "\"path\" of \"batch\" leads through \"{on}.{step}\", whose argument \"{}\" is required",
                argument.name
            ));
        }
        path.push(field.name.clone());
        ty = &field.ty;
    }
    let element = ty.inner_named_type();
    let composite = schema.types.get(element).is_some_and(|ty| ty.is_object() || ty.is_interface());
    if list_depth(ty) != 1 || !composite {
        reasons.push(format!(
            "with \"batch\", the target must be a list of objects, but it has type \"{ty}\"; set \"path\" if the list is further inside{}",
            list_fields_hint(schema, element)
        ));
        return None;
    }
    Some((element.clone(), path))
}

/// The field of an element that carries a key.
fn key_field(schema: &Schema, element: &Name, field: &str, reasons: &mut Flaws) -> Option<(Name, Type)> {
    let found = schema.type_field(element, field).ok().filter(|found| !found.name.starts_with("__"));
    let Some(found) = found else {
        reasons.push(format!(
            "\"keys\" of \"batch\" names field \"{field}\", which type \"{element}\" lacks{}",
            did_you_mean(field, field_names(schema, element))
        ));
        return None;
    };
    let leaf = schema.types.get(found.ty.inner_named_type()).is_some_and(ExtendedType::is_leaf);
    let flaw = if !leaf {
        Some("it is not a scalar or enum")
    } else if found.ty.is_list() {
        Some("it is a list")
    } else if found.arguments.iter().any(|argument| argument.is_required()) {
        Some("it has a required argument")
    } else {
        None
    };
    if let Some(flaw) = flaw {
        reasons.push(format!(
            "field \"{element}.{field}\" of type \"{}\" cannot carry a join key: {flaw}",
            found.ty
        ));
        return None;
    }
    Some((found.name.clone(), found.ty.clone()))
}

fn field_names<'a>(schema: &'a Schema, ty: &Name) -> Vec<&'a Name> {
    match schema.types.get(ty) {
        Some(ExtendedType::Object(object)) => object.fields.keys().collect(),
        Some(ExtendedType::Interface(interface)) => interface.fields.keys().collect(),
        _ => Vec::new(),
    }
}

fn list_fields_hint(schema: &Schema, ty: &Name) -> String {
    let lists: Vec<&Name> = field_names(schema, ty)
        .into_iter()
        .filter(|field| schema.type_field(ty, field).is_ok_and(|field| list_depth(&field.ty) == 1))
        .collect();
    if lists.is_empty() { String::new() } else { format!(", for instance to {}", list(lists)) }
}
