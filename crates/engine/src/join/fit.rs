//! Which fields of a type could be the key that fills an argument, by the rules that relationships are resolved with.

use apollo_compiler::ast::{InputValueDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};

use super::coercion::coercion;
use super::resolve::unfit;
use crate::remote::RemoteSchema;

/// A leaf field of a type.
#[derive(Debug, Clone)]
pub struct KeyFit {
    /// Its original name.
    pub name: Name,
    /// Its declared type.
    pub ty: Type,
    /// Why it cannot be the key; nothing when it can.
    pub flaw: Option<String>,
}

/// The leaf fields of an object or interface type, each with whether it could be given to the argument of that type on `target`.
pub fn key_fits(
    remote: &RemoteSchema,
    type_name: &str,
    argument: Option<(&Type, &RemoteSchema)>,
) -> Vec<KeyFit> {
    let schema = &remote.schema;
    let fields = match schema.types.get(type_name) {
        Some(ExtendedType::Object(object)) => &object.fields,
        Some(ExtendedType::Interface(interface)) => &interface.fields,
        _ => return Vec::new(),
    };
    let is_leaf = |ty: &Type| schema.types.get(ty.inner_named_type()).is_some_and(ExtendedType::is_leaf);
    let needs_nothing =
        |arguments: &[Node<InputValueDefinition>]| arguments.iter().all(|its| !its.is_required());
    let leaves = fields.values().filter(|field| is_leaf(&field.ty) && needs_nothing(&field.arguments));
    let fit = |ty: &Type| argument.and_then(|(to, target)| unlike((ty, schema), (to, &target.schema)));
    leaves
        .map(|field| KeyFit {
            name: field.name.clone(),
            ty: field.ty.clone(),
            flaw: unfit(schema, field).or_else(|| fit(&field.ty)),
        })
        .collect()
}

fn unlike(from: (&Type, &Schema), to: (&Type, &Schema)) -> Option<String> {
    coercion(from, to).err()
}

/// The declared type of an argument, or of a member of an input object in it.
pub fn argument_type<'s>(
    remote: &'s RemoteSchema,
    path: &[String],
    argument: &[String],
) -> Result<&'s Type, String> {
    let schema: &Schema = &remote.schema;
    let mut on = &remote.query_root;
    let mut found = None;
    for step in path {
        let field = schema.type_field(on, step).map_err(|_| format!("type `{on}` has no field `{step}`"))?;
        on = field.ty.inner_named_type();
        found = Some(field);
    }
    let field = found.ok_or("no field is named")?;
    let (first, members) = argument.split_first().ok_or("no argument is named")?;
    let argument = field.argument_by_name(first);
    let mut ty: &Type =
        &argument.ok_or_else(|| format!("field `{}` has no argument `{first}`", field.name))?.ty;
    for member in members {
        let input = match schema.types.get(ty.inner_named_type()) {
            Some(ExtendedType::InputObject(input)) => input.fields.get(member.as_str()),
            _ => None,
        };
        ty = &input
            .ok_or_else(|| format!("type `{}` has no input field `{member}`", ty.inner_named_type()))?
            .ty;
    }
    Ok(ty)
}
