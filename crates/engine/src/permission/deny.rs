//! A permission of everything but some paths, so that a role needs no copy of a big schema.
//!
//! Unlike with an SDL document, what an upstream adds later is granted.

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::collections::{HashSet, IndexMap};
use apollo_compiler::schema::ExtendedType;

use super::draft::{Draft, is_required, roots};
use crate::change::Place;
use crate::remote::RemoteSchema;

/// The upstream's schema without the paths.
pub(super) fn draft<'a>(upstream: &'a RemoteSchema, deny: &[String]) -> Draft<'a> {
    let mut draft = Draft::new(upstream);
    draft.roots = [true; 3];
    let types = upstream.schema.types.iter().filter(|(_, ty)| !ty.is_built_in());
    draft.types = types.map(|(name, ty)| (name.clone(), ty.clone())).collect();
    // What refers to a denied type goes without a word: that is what was asked for.
    draft.explained = draft.types.keys().cloned().collect();
    for path in deny {
        if let Err(reason) = remove(&mut draft, path) {
            draft.reasons.at(parse(path).and_then(|path| path.place()));
            draft.reasons.push(reason);
        }
    }
    if !deny.is_empty() {
        super::close::close(&mut draft);
        drop_unreachable(&mut draft);
    }
    draft
}

/// A place in a schema.
struct Path<'p> {
    ty: &'p str,
    member: Option<&'p str>,
    argument: Option<&'p str>,
}

impl Path<'_> {
    fn place(&self) -> Option<Place> {
        let name = |name| Name::new(name).ok();
        let ty = name(self.ty)?;
        Some(match (self.member, self.argument) {
            (Some(member), Some(argument)) => Place::Argument(ty, name(member)?, name(argument)?),
            (Some(member), None) => Place::Field(ty, name(member)?),
            (None, _) => Place::Type(ty),
        })
    }
}

/// Reads `Type`, `Type.member` and `Type.field(argument:)`.
fn parse(path: &str) -> Option<Path<'_>> {
    let is_name = |name: &&str| Name::new(name).is_ok();
    let (place, argument) = match path.trim().strip_suffix(')') {
        None => (path.trim(), None),
        Some(call) => {
            let (place, argument) = call.split_once('(')?;
            let argument = argument.trim();
            (place, Some(argument.strip_suffix(':').unwrap_or(argument)).filter(is_name).map(Some)?)
        }
    };
    let (ty, member) = match place.split_once('.') {
        None => (place, None),
        Some((ty, member)) => (ty, Some(member).filter(is_name).map(Some)?),
    };
    (is_name(&ty) && (argument.is_none() || member.is_some())).then_some(Path { ty, member, argument })
}

fn remove(draft: &mut Draft<'_>, path: &str) -> Result<(), String> {
    let wrong = |why: String| Err(format!("the denied path \"{path}\" {why}"));
    let Some(Path { ty, member, argument }) = parse(path) else {
        return wrong(
            "is not of the form \"Type\", \"Type.field\", \"Type.field(argument:)\" or \"Enum.VALUE\"".into(),
        );
    };
    // An upstream's schema is looked at, so that paths may overlap.
    let Some(known) = draft.upstream.schema.types.get(ty).filter(|known| !known.is_built_in()) else {
        return wrong("does not exist: the remote schema has no such type".into());
    };
    let Some(member) = member else {
        draft.types.shift_remove(ty);
        return Ok(());
    };
    let has = match known {
        ExtendedType::Object(object) => object.fields.contains_key(member),
        ExtendedType::Interface(interface) => interface.fields.contains_key(member),
        ExtendedType::InputObject(input) => input.fields.contains_key(member),
        ExtendedType::Enum(enum_) => enum_.values.contains_key(member),
        ExtendedType::Union(_) | ExtendedType::Scalar(_) => false,
    };
    if !has {
        return wrong(format!("does not exist: \"{ty}\" has no \"{member}\""));
    }
    if let Some(argument) = argument {
        let known = draft.upstream.schema.type_field(ty, member).ok();
        let Some(known) = known.and_then(|field| field.argument_by_name(argument)) else {
            return wrong(format!("does not exist: the field \"{member}\" has no such argument"));
        };
        let is_needed = is_required(known);
        let Some(fields) = fields_mut(draft.types.get_mut(ty)) else { return Ok(()) };
        if is_needed {
            // Nobody could call the field; the closed door is the safe one.
            fields.shift_remove(member);
            return wrong(format!("takes away a required argument; deny the field \"{ty}.{member}\""));
        }
        if let Some(field) = fields.get_mut(member) {
            field.make_mut().arguments.retain(|other| other.name != argument);
        }
        return Ok(());
    }
    match draft.types.get_mut(ty) {
        Some(ExtendedType::InputObject(node)) => {
            if node.fields.get(member).is_some_and(|field| is_required(field)) && !node.is_one_of() {
                draft.types.shift_remove(ty);
                return wrong(format!("takes away a required input field; deny the type \"{ty}\""));
            }
            node.make_mut().fields.shift_remove(member);
        }
        Some(ExtendedType::Enum(node)) => {
            node.make_mut().values.shift_remove(member);
        }
        ty => {
            if let Some(fields) = fields_mut(ty) {
                fields.shift_remove(member);
            }
        }
    }
    Ok(())
}

fn fields_mut(ty: Option<&mut ExtendedType>) -> Option<&mut IndexMap<Name, Node<FieldDefinition>>> {
    match ty? {
        ExtendedType::Object(object) => Some(&mut object.make_mut().fields),
        ExtendedType::Interface(interface) => Some(&mut interface.make_mut().fields),
        _ => None,
    }
}

/// Leaves out what only denied parts led to: its names are nobody's business any more.
fn drop_unreachable(draft: &mut Draft<'_>) {
    let mut implementers: IndexMap<&Name, Vec<&Name>> = IndexMap::default();
    for ty in draft.types.values() {
        let interfaces = match ty {
            ExtendedType::Object(object) => &object.implements_interfaces,
            ExtendedType::Interface(interface) => &interface.implements_interfaces,
            _ => continue,
        };
        for interface in interfaces {
            implementers.entry(&**interface).or_default().push(ty.name());
        }
    }
    let mut reached: HashSet<Name> = HashSet::default();
    let mut waiting: Vec<&Name> = roots(draft.upstream).into_iter().flatten().collect();
    while let Some(name) = waiting.pop() {
        let Some(ty) = draft.types.get(name) else { continue };
        if !reached.insert(name.clone()) {
            continue;
        }
        match ty {
            ExtendedType::Object(object) => {
                waiting.extend(object.implements_interfaces.iter().map(|interface| &**interface));
                object.fields.values().for_each(|field| refers_to(field, &mut waiting));
            }
            ExtendedType::Interface(interface) => {
                waiting.extend(implementers.get(name).into_iter().flatten());
                waiting.extend(interface.implements_interfaces.iter().map(|interface| &**interface));
                interface.fields.values().for_each(|field| refers_to(field, &mut waiting));
            }
            ExtendedType::Union(union_) => waiting.extend(union_.members.iter().map(|member| &**member)),
            ExtendedType::InputObject(input) => {
                waiting.extend(input.fields.values().map(|field| field.ty.inner_named_type()));
            }
            ExtendedType::Scalar(_) | ExtendedType::Enum(_) => {}
        }
    }
    draft.types.retain(|name, _| reached.contains(name));
}

fn refers_to<'t>(field: &'t FieldDefinition, names: &mut Vec<&'t Name>) {
    names.push(field.ty.inner_named_type());
    names.extend(field.arguments.iter().map(|argument| argument.ty.inner_named_type()));
}
