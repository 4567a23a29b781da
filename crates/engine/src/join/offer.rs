//! A way to ask for all keys in one list, where the metadata asks once for each.

use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, Type};
use indexmap::IndexMap;
use metadata::{ArgumentValue, Batch, RemoteField, ToRemoteSchema};

use super::coercion::{coercion, list_depth};
use super::{Join, Template};
use crate::remote::RemoteSchema;

/// Definitions that send all keys of a relationship in one list to a root field with elements of the same type. Those that are most
/// likely meant come first; whether they can be served is still to be resolved.
pub fn offer(
    join: &Join,
    definition: &ToRemoteSchema,
    lhs: &RemoteSchema,
    target: &RemoteSchema,
) -> Vec<ToRemoteSchema> {
    let ([key], [step], None) = (join.lhs_fields.as_slice(), join.path.as_slice(), &join.batch) else {
        return Vec::new();
    };
    let Ok(key_type) = lhs.schema.type_field(&join.lhs_type, key).map(|field| &field.ty) else {
        return Vec::new();
    };
    let (element, schema) = (join.result.inner_named_type(), &target.schema);
    let is_key = |value: &Template| matches!(value, Template::Key { .. });
    let Some(bound) = step.arguments.iter().find(|argument| is_key(&argument.value)) else {
        return Vec::new();
    };
    let Some(root) = schema.get_object(&target.query_root) else { return Vec::new() };
    let mut offers = Vec::new();
    for field in root.fields.values() {
        if list_depth(&field.ty) != 1 || field.ty.inner_named_type() != element {
            continue;
        }
        for argument in &field.arguments {
            let is_list_of_keys = list_depth(&argument.ty) == list_depth(key_type) + 1
                && coercion((key_type, &lhs.schema), (&argument.ty, schema)).is_ok();
            let others = field.arguments.iter().filter(|other| other.name != argument.name);
            if !is_list_of_keys || others.clone().any(|other| other.is_required()) {
                continue;
            }
            // The argument's name says which field of the elements it picks by.
            let singular = singular(&argument.name);
            let carriers = [singular.as_str(), bound.name.as_str(), "id"];
            let carries = |name: &&str| carries(schema, element, name, (key_type, &lhs.schema));
            let Some(carrier) = carriers.into_iter().find(carries) else { continue };
            let rank = (singular != bound.name.as_str(), carrier != singular, field.arguments.len());
            let variable = ArgumentValue::Variable(key.to_string());
            let remote_field = RemoteField {
                name: field.name.to_string(),
                arguments: IndexMap::from([(argument.name.to_string(), variable)]),
                field: None,
            };
            let keys = IndexMap::from([(key.to_string(), carrier.to_owned())]);
            let batch = Batch { keys, many: join.result.is_list(), max: None, path: Vec::new() };
            offers.push((rank, ToRemoteSchema { batch: Some(batch), remote_field, ..definition.clone() }));
        }
    }
    offers.sort_by_key(|(rank, _)| *rank);
    offers.into_iter().map(|(_, offer)| offer).collect()
}

fn carries(schema: &Schema, element: &str, field: &str, key: (&Type, &Schema)) -> bool {
    let found: Option<&FieldDefinition> = schema.type_field(element, field).ok().map(|field| &**field);
    found.is_some_and(|field| {
        field.arguments.is_empty() && coercion(key, (&field.ty, schema)).is_ok() && !field.ty.is_list()
    })
}

/// `ids` picks by `id`.
fn singular(plural: &str) -> String {
    let plural = plural.strip_suffix("_in").or(plural.strip_suffix("In")).unwrap_or(plural);
    match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    }
}
