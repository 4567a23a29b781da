//! A permission as an SDL document, whichever way it was written.

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Node, Schema};
use metadata::Permission;

use super::Granted;
use crate::remote::RemoteSchema;

/// The permission as a document that grants the same: its own text, or what one that denies leaves.
pub fn written(upstream: &RemoteSchema, permission: &Permission, granted: &Granted) -> String {
    if permission.schema.trim() != "*" {
        return permission.schema.clone();
    }
    let mut schema = granted.schema.schema.clone();
    // A default that names something hidden is not shown to the role, but a permission has to repeat it.
    for ty in schema.types.values_mut() {
        restore_defaults(ty, &upstream.schema);
    }
    schema.to_string()
}

fn restore_defaults(ty: &mut ExtendedType, upstream: &Schema) {
    let Some(whole) = upstream.types.get(ty.name()) else { return };
    match (ty, whole) {
        (ExtendedType::Object(part), ExtendedType::Object(whole)) => {
            let fields = part.make_mut().fields.iter_mut();
            fields.for_each(|(name, field)| restore_arguments(field, whole.fields.get(name).map(|it| &**it)));
        }
        (ExtendedType::Interface(part), ExtendedType::Interface(whole)) => {
            let fields = part.make_mut().fields.iter_mut();
            fields.for_each(|(name, field)| restore_arguments(field, whole.fields.get(name).map(|it| &**it)));
        }
        (ExtendedType::InputObject(part), ExtendedType::InputObject(whole)) => {
            let fields = part.make_mut().fields.iter_mut();
            fields.for_each(|(name, field)| restore(field, whole.fields.get(name).map(|it| &**it)));
        }
        _ => {}
    }
}

fn restore_arguments(field: &mut Node<FieldDefinition>, whole: Option<&FieldDefinition>) {
    if field.arguments.is_empty() {
        return;
    }
    for argument in &mut field.make_mut().arguments {
        restore(argument, whole.and_then(|whole| whole.argument_by_name(&argument.name)).map(|it| &**it));
    }
}

fn restore(input: &mut Node<InputValueDefinition>, whole: Option<&InputValueDefinition>) {
    if let Some(whole) = whole.filter(|whole| whole.default_value != input.default_value) {
        input.make_mut().default_value = whole.default_value.clone();
    }
}
