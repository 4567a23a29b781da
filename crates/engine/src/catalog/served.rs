//! One remote's types under their served names.

use apollo_compiler::ast::{Directive, DirectiveList, Type};
use apollo_compiler::collections::{HashSet, IndexMap, IndexSet};
use apollo_compiler::schema::{ExtendedType, FieldDefinition, InputValueDefinition};
use apollo_compiler::{Name, Node, Schema};
use rustc_hash::FxHashMap;

use super::ServedRemote;
use crate::remote::RemoteSchema;
use crate::rename::Renames;

/// The types that a remote adds to the served schema, under served names. Root types are among them only where something
/// leads to them besides the operation itself.
pub(super) fn types(remote: &ServedRemote) -> impl Iterator<Item = ExtendedType> {
    original_types(remote).map(|ty| served_type(ty, &remote.renames))
}

/// As [`types`], before they get their served names.
pub(super) fn original_types(remote: &ServedRemote) -> impl Iterator<Item = &ExtendedType> {
    let hidden = hidden_roots(&remote.schema, remote.namespace.is_some());
    let types = remote.schema.schema.types.values();
    types.filter(move |ty| !ty.is_built_in() && !hidden.contains(ty.name()))
}

/// Where a type is in memory, which tells types apart as long as they live.
pub(super) fn address(ty: &ExtendedType) -> usize {
    fn of<T>(part: &T) -> usize {
        std::ptr::from_ref(part).addr()
    }
    match ty {
        ExtendedType::Scalar(node) => of(&**node),
        ExtendedType::Object(node) => of(&**node),
        ExtendedType::Interface(node) => of(&**node),
        ExtendedType::Union(node) => of(&**node),
        ExtendedType::Enum(node) => of(&**node),
        ExtendedType::InputObject(node) => of(&**node),
    }
}

/// Original names of the object types that an interface or union stands for.
pub(super) fn possible_types(schema: &Schema) -> FxHashMap<Name, Vec<Name>> {
    let interfaces = schema.implementers_map().into_iter().map(|(name, implementers)| {
        let mut objects: Vec<Name> = implementers.objects.into_iter().collect();
        objects.sort();
        (name, objects)
    });
    let mut possible: FxHashMap<Name, Vec<Name>> = interfaces.collect();
    for ty in schema.types.values() {
        match ty {
            ExtendedType::Union(union_) => {
                possible.insert(
                    union_.name.clone(),
                    union_.members.iter().map(|member| Name::clone(member)).collect(),
                );
            }
            ExtendedType::Interface(interface) => {
                possible.entry(interface.name.clone()).or_default();
            }
            _ => {}
        }
    }
    possible
}

/// A type reference under served names.
pub(super) fn served_reference(ty: &Type, renames: &Renames) -> Type {
    match ty {
        Type::Named(name) => Type::Named(renames.served_type(name).clone()),
        Type::NonNullNamed(name) => Type::NonNullNamed(renames.served_type(name).clone()),
        Type::List(item) => Type::List(Box::new(served_reference(item, renames))),
        Type::NonNullList(item) => Type::NonNullList(Box::new(served_reference(item, renames))),
    }
}

/// An argument or input field under served names.
pub(super) fn served_input(value: &InputValueDefinition, renames: &Renames) -> Node<InputValueDefinition> {
    let mut value = value.clone();
    value.ty = Node::new(served_reference(&value.ty, renames));
    keep_known(&mut value.directives);
    Node::new(value)
}

/// The fields of a type under served names.
pub(super) fn served_fields(
    ty: &Name,
    fields: &IndexMap<Name, Node<FieldDefinition>>,
    renames: &Renames,
) -> IndexMap<Name, Node<FieldDefinition>> {
    let is_plain = renames.types.is_empty() && renames.fields.is_empty();
    let served = |field: &Node<FieldDefinition>| {
        if is_plain && has_known_directives(field) {
            return (field.name.clone(), field.clone());
        }
        let mut served = FieldDefinition::clone(field);
        served.name = renames.served_field(ty, &field.name).clone();
        served.ty = served_reference(&field.ty, renames);
        served.arguments = field.arguments.iter().map(|argument| served_input(argument, renames)).collect();
        keep_known(&mut served.directives);
        (served.name.clone(), Node::new(served))
    };
    fields.values().map(served).collect()
}

pub(super) fn served_type(ty: &ExtendedType, renames: &Renames) -> ExtendedType {
    if renames.types.is_empty() && renames.fields.is_empty() && has_known_directives_only(ty) {
        // Shared with the remote's schema, as big schemas are held by many roles.
        return ty.clone();
    }
    let names = |names: &IndexSet<Node<Name>>| -> IndexSet<Node<Name>> {
        names.iter().map(|name| Node::new(renames.served_type(name).clone())).collect()
    };
    let mut ty = ty.clone();
    match &mut ty {
        ExtendedType::Scalar(node) => {
            let scalar = node.make_mut();
            scalar.name = renames.served_type(&scalar.name).clone();
            keep_known(&mut scalar.directives);
        }
        ExtendedType::Object(node) => {
            let object = node.make_mut();
            object.fields = served_fields(&object.name, &object.fields, renames);
            object.implements_interfaces = names(&object.implements_interfaces);
            object.name = renames.served_type(&object.name).clone();
            keep_known(&mut object.directives);
        }
        ExtendedType::Interface(node) => {
            let interface = node.make_mut();
            interface.fields = served_fields(&interface.name, &interface.fields, renames);
            interface.implements_interfaces = names(&interface.implements_interfaces);
            interface.name = renames.served_type(&interface.name).clone();
            keep_known(&mut interface.directives);
        }
        ExtendedType::Union(node) => {
            let union_ = node.make_mut();
            union_.members = names(&union_.members);
            union_.name = renames.served_type(&union_.name).clone();
            keep_known(&mut union_.directives);
        }
        ExtendedType::Enum(node) => {
            let enum_ = node.make_mut();
            enum_.name = renames.served_type(&enum_.name).clone();
            keep_known(&mut enum_.directives);
            enum_.values.values_mut().for_each(|value| keep_known(&mut value.make_mut().directives));
        }
        ExtendedType::InputObject(node) => {
            let input = node.make_mut();
            input.fields.values_mut().for_each(|field| *field = served_input(field, renames));
            input.name = renames.served_type(&input.name).clone();
            keep_known(&mut input.directives);
        }
    }
    ty
}

fn has_known_directives_only(ty: &ExtendedType) -> bool {
    let parts = match ty {
        ExtendedType::Scalar(_) | ExtendedType::Union(_) => true,
        ExtendedType::Object(object) => object.fields.values().all(|field| has_known_directives(field)),
        ExtendedType::Interface(interface) => {
            interface.fields.values().all(|field| has_known_directives(field))
        }
        ExtendedType::Enum(enum_) => enum_.values.values().all(|value| all_known(&value.directives)),
        ExtendedType::InputObject(input) => input.fields.values().all(|field| all_known(&field.directives)),
    };
    parts && all_known(ty.directives())
}

fn has_known_directives(field: &FieldDefinition) -> bool {
    all_known(&field.directives) && field.arguments.iter().all(|argument| all_known(&argument.directives))
}

fn all_known(directives: &DirectiveList) -> bool {
    directives.iter().all(|directive| is_known(directive))
}

fn is_known(directive: &Directive) -> bool {
    matches!(directive.name.as_str(), "deprecated" | "specifiedBy" | "oneOf")
}

/// Directives of the upstream's own mean nothing to our clients, and their definitions could clash.
fn keep_known(directives: &mut DirectiveList) {
    directives.retain(|directive| is_known(directive));
}

/// The root types that clients cannot come to.
fn hidden_roots(remote: &RemoteSchema, namespaced: bool) -> HashSet<Name> {
    if namespaced {
        return HashSet::default();
    }
    let mut roots: HashSet<Name> =
        [Some(&remote.query_root), remote.mutation_root.as_ref(), remote.subscription_root.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
    for ty in remote.schema.types.values().filter(|ty| !ty.is_built_in()) {
        match ty {
            ExtendedType::Object(object) => {
                if !object.implements_interfaces.is_empty() {
                    roots.remove(&object.name);
                }
                object.fields.values().for_each(|field| {
                    roots.remove(field.ty.inner_named_type());
                });
            }
            ExtendedType::Interface(interface) => interface.fields.values().for_each(|field| {
                roots.remove(field.ty.inner_named_type());
            }),
            ExtendedType::Union(union_) => union_.members.iter().for_each(|member| {
                roots.remove(&**member);
            }),
            _ => {}
        }
    }
    roots
}
