//! The checks that make a relationship of the metadata a [`Join`].

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Name, Node, Schema, name};
use metadata::{RemoteField, ToRemoteSchema};

use super::bind::{Binder, Key};
use super::flaw::{Flaw, Flaws};
use super::suggest::{did_you_mean, list};
use super::{BoundArgument, Join, Step, Template, batch};
use crate::catalog::RemoteId;
use crate::fault::Code;
use crate::remote::RemoteSchema;

/// A remote, as relationships see it.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) id: RemoteId,
    pub(crate) name: &'a str,
    pub(crate) remote: &'a RemoteSchema,
}

/// Why a relationship cannot be served.
#[derive(Debug)]
pub struct Rejection {
    /// A code of docs/errors.md.
    pub code: Code,
    /// What is wrong; at least one.
    pub reasons: Vec<Flaw>,
}

impl Rejection {
    /// For something wrong with the part at `pointer`.
    pub(crate) fn new(code: Code, pointer: &str, reason: impl Into<String>) -> Self {
        Self { code, reasons: vec![Flaw { pointer: pointer.to_owned(), reason: reason.into() }] }
    }
}

/// Resolves the relationship `name` that `lhs` defines on its type `type_name`.
pub(crate) fn resolve(
    name: &str,
    type_name: &str,
    definition: &ToRemoteSchema,
    lhs: Side<'_>,
    target: Side<'_>,
) -> Result<Join, Rejection> {
    let (lhs_type, fields) = lhs_type(lhs, type_name)?;
    let name = match Name::new(name) {
        Ok(name) if !name.starts_with("__") => name,
        _ => {
            let reason = format!(
                "{name:?} is not a GraphQL name that a field may have; use letters, digits and single leading underscores"
            );
            return Err(Rejection::new(Code::ValidationFailed, "/name", reason));
        }
    };
    if roots(lhs.remote).any(|root| root == lhs_type) {
        let reason = format!(
            "type \"{lhs_type}\" is a root type of remote schema \"{}\"; define the relationship on a type that root fields return",
            lhs.name
        );
        return Err(Rejection::new(Code::NotSupported, "/type_name", reason));
    }
    let candidates = candidates(&lhs.remote.schema, fields);
    let mut reasons = Flaws::new();
    let keys = keys(definition, fields, lhs, &candidates, &mut reasons);
    let mut binder = Binder {
        target: &target.remote.schema,
        lhs: &lhs.remote.schema,
        lhs_type,
        candidates: &candidates,
        keys: &keys,
        batched: definition.batch.is_some(),
        reasons,
    };
    let walked = path(&definition.remote_field, target, &mut binder);
    let mut reasons = binder.reasons.outside();
    if let (Some((path, result)), true) = (walked, reasons.is_empty()) {
        let mut join = Join {
            name,
            lhs: lhs.id,
            lhs_type: lhs_type.clone(),
            lhs_fields: keys.iter().map(|key| key.name.clone()).collect(),
            target: target.id,
            path,
            result,
            batch: None,
            on_error: definition.on_error.unwrap_or_default(),
        };
        if let Some(wanted) = &definition.batch {
            join.batch = batch::check(wanted, &join, &keys, &lhs.remote.schema, target.remote, &mut reasons);
        }
        if join.lhs_fields.is_empty() {
            join.lhs_fields.push(name!("__typename"));
        }
        if reasons.is_empty() {
            return Ok(join);
        }
    }
    Err(Rejection { code: Code::RemoteSchemaError, reasons: reasons.into_found() })
}

/// The object or interface type that the relationship is defined on.
fn lhs_type<'a>(
    lhs: Side<'a>,
    type_name: &str,
) -> Result<(&'a Name, &'a IndexMap<Name, Node<FieldDefinition>>), Rejection> {
    let kind = match lhs.remote.schema.types.get(type_name) {
        Some(ExtendedType::Object(object)) => return Ok((&object.name, &object.fields)),
        Some(ExtendedType::Interface(interface)) => return Ok((&interface.name, &interface.fields)),
        None => {
            let known = did_you_mean(type_name, composite_types(&lhs.remote.schema));
            let reason =
                format!("no type named \"{type_name}\" defined in remote schema \"{}\"{known}", lhs.name);
            return Err(Rejection::new(Code::NotFound, "/type_name", reason));
        }
        Some(ExtendedType::Union(union_)) => {
            let members = list(union_.members.iter());
            format!("\"{type_name}\" is a union; define it on its members {members}")
        }
        Some(ExtendedType::Scalar(_)) => format!("\"{type_name}\" is a scalar"),
        Some(ExtendedType::Enum(_)) => format!("\"{type_name}\" is an enum"),
        Some(ExtendedType::InputObject(_)) => format!("\"{type_name}\" is an input object"),
    };
    let reason = format!(
        "remote relationships on a remote schema can only be defined on object types and interfaces: {kind}"
    );
    Err(Rejection::new(Code::NotSupported, "/type_name", reason))
}

fn composite_types(schema: &Schema) -> impl Iterator<Item = &Name> {
    schema
        .types
        .values()
        .filter(|ty| (ty.is_object() || ty.is_interface()) && !ty.is_built_in())
        .map(ExtendedType::name)
}

fn roots(remote: &RemoteSchema) -> impl Iterator<Item = &Name> {
    [Some(&remote.query_root), remote.mutation_root.as_ref(), remote.subscription_root.as_ref()]
        .into_iter()
        .flatten()
}

/// The fields that can be join keys: leaves (or lists of them) without arguments.
fn candidates(schema: &Schema, fields: &IndexMap<Name, Node<FieldDefinition>>) -> Vec<Key> {
    fields.values().filter(|field| unfit(schema, field).is_none()).map(|field| key(field, true)).collect()
}

fn key(field: &FieldDefinition, fit: bool) -> Key {
    Key { name: field.name.clone(), ty: field.ty.clone(), fit }
}

/// Why a field cannot be a join key.
pub(super) fn unfit(schema: &Schema, field: &FieldDefinition) -> Option<String> {
    if !schema.types.get(field.ty.inner_named_type()).is_some_and(ExtendedType::is_leaf) {
        return Some(format!("it has type \"{}\", and only scalars and enums can be sent on", field.ty));
    }
    (!field.arguments.is_empty()).then(|| "it takes arguments".into())
}

fn keys(
    definition: &ToRemoteSchema,
    fields: &IndexMap<Name, Node<FieldDefinition>>,
    lhs: Side<'_>,
    candidates: &[Key],
    reasons: &mut Flaws,
) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for (index, wanted) in definition.lhs_fields.iter().enumerate() {
        if keys.iter().any(|key| key.name == wanted.as_str()) {
            continue;
        }
        let field = fields.get(wanted.as_str());
        let flaw = match field {
            None => Some("there is no such field".into()),
            Some(field) => unfit(&lhs.remote.schema, field),
        };
        let fit = flaw.is_none();
        if let Some(flaw) = flaw {
            let allowed = list(candidates.iter().map(|key| &key.name));
            let reason = format!(
                "field with name \"{wanted}\" is not provided by the lhs entity \"{}\" for defining a join condition, the allowed fields are {allowed}: {flaw}",
                lhs.name
            );
            reasons.push_at(&["lhs_fields", &index.to_string()], reason);
        }
        // An unfit key stays known, so that what refers to it is not reported on top.
        if let Some(field) = field {
            keys.push(key(field, fit));
        }
    }
    keys
}

/// Follows the path of field calls from the query root; the type is that of the last field.
fn path(
    remote_field: &RemoteField,
    target: Side<'_>,
    binder: &mut Binder<'_>,
) -> Option<(Vec<Step>, apollo_compiler::ast::Type)> {
    let schema = &target.remote.schema;
    let mut on = &target.remote.query_root;
    let mut call = remote_field;
    let mut steps = Vec::new();
    binder.reasons.enter("remote_field");
    loop {
        binder.reasons.enter(&call.name);
        let fields = match schema.types.get(on) {
            Some(ExtendedType::Object(object)) => &object.fields,
            Some(ExtendedType::Interface(interface)) => &interface.fields,
            _ => {
                binder.reasons.push(format!(
                    "type \"{on}\" only output type is expected: \"{}\" cannot be selected on it, as it is not an object or interface type",
                    call.name
                ));
                return None;
            }
        };
        let Some(field) = fields.get(call.name.as_str()) else {
            let known = did_you_mean(&call.name, fields.keys());
            binder
                .reasons
                .push(format!("remote field with name \"{}\" and type \"{on}\" not found{known}", call.name));
            return None;
        };
        let arguments = bound_arguments(call, on, field, binder);
        let Some(next) = call.field.as_deref() else {
            steps.push(Step { field: field.name.clone(), arguments });
            return Some((steps, field.ty.clone()));
        };
        if field.ty.is_list() {
            binder.reasons.push(format!(
                "field \"{on}.{}\" in the middle of the path has the list type \"{}\"; a path can only lead through single objects",
                field.name, field.ty
            ));
        }
        for missing in field.arguments.iter().filter(|argument| argument.is_required()) {
            if !call.arguments.contains_key(missing.name.as_str()) {
                let reason = format!(
                    "argument \"{}\" of type \"{}\" of field \"{on}.{}\" is required, and nobody can give it in the middle of a path; bind it",
                    missing.name, missing.ty, field.name
                );
                binder.reasons.push_at(&["arguments", &missing.name], reason);
            }
        }
        binder.reasons.enter("arguments");
        for argument in &arguments {
            binder.reasons.enter(&argument.name);
            require_whole(schema, &argument.value, &mut binder.reasons);
            binder.reasons.leave(1);
        }
        binder.reasons.leave(1);
        binder.reasons.enter("field");
        steps.push(Step { field: field.name.clone(), arguments });
        on = field.ty.inner_named_type();
        call = next;
    }
}

fn bound_arguments(
    call: &RemoteField,
    on: &Name,
    field: &FieldDefinition,
    binder: &mut Binder<'_>,
) -> Vec<BoundArgument> {
    let mut bound = Vec::new();
    binder.reasons.enter("arguments");
    for (name, value) in &call.arguments {
        match field.argument_by_name(name) {
            Some(argument) => bound.extend(binder.argument(&argument.name, &argument.ty, value)),
            None => {
                let known = did_you_mean(name, field.arguments.iter().map(|argument| &argument.name));
                let reason = format!(
                    "argument with name \"{name}\" not found in remote schema: field \"{on}.{}\" has no such argument{known}",
                    field.name
                );
                binder.reasons.push_at(&[name], reason);
            }
        }
    }
    binder.reasons.leave(1);
    bound
}

/// Demands that a value which clients cannot complete lacks no required input field.
pub(super) fn require_whole(schema: &Schema, template: &Template, reasons: &mut Flaws) {
    match template {
        Template::Key { .. } | Template::Literal(_) => {}
        Template::List(items) => items.iter().for_each(|item| require_whole(schema, item, reasons)),
        Template::Object { ty, fields } => {
            let Some(input) = schema.get_input_object(ty) else { return };
            for missing in missing_fields(input, fields) {
                let reason = format!(
                    "field \"{}\" of type \"{}\" of input object \"{ty}\" is required, and nobody can give it; bind it",
                    missing, input.fields[missing].ty
                );
                reasons.push_at(&[missing], reason);
            }
            for field in fields {
                reasons.enter(&field.name);
                require_whole(schema, &field.value, reasons);
                reasons.leave(1);
            }
        }
    }
}

fn missing_fields<'a>(
    input: &'a InputObjectType,
    bound: &'a [BoundArgument],
) -> impl Iterator<Item = &'a Name> {
    (input.fields.values())
        .filter(|field| field.is_required() && bound.iter().all(|bound| bound.name != field.name))
        .map(|field| &field.name)
}
