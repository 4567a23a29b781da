//! What of an object is compared, arranged so that the path of a difference is what a user would call it.

use serde_json::{Map, Value, json};

use super::compare::shown;
use super::{Difference, Object};
use crate::remote::{REDACTED, presentable};
use crate::{Permission, Relationship, RelationshipDefinition, RemoteField, RemoteSchema, rule};

/// Definition and comment; headers by their name and field names by their type instead of by their place in the list.
pub(super) fn remote(remote: &RemoteSchema) -> Value {
    let mut view = remote.definition.to_json();
    for key in ["headers", "introspection_headers", "forward_headers"] {
        if let Some(headers) = view.get_mut(key) {
            *headers = by_key(headers, "name");
        }
    }
    if let Some(field_names) = view.get_mut("customization").and_then(|all| all.get_mut("field_names")) {
        *field_names = by_key(field_names, "parent_type");
    }
    if let Some(comment) = &remote.comment {
        view["comment"] = comment.clone().into();
    }
    view
}

/// Leaves out what may be a secret of a remote: that it changed is told, and what it is not, since differences end up in
/// the logs of deployments.
pub(super) fn without_secrets(difference: &mut Difference) {
    let Difference { path, old, new } = difference;
    let key = path.split('.').next().unwrap_or_default();
    for value in [old, new].into_iter().flatten() {
        match (key, &mut *value) {
            ("headers" | "introspection_headers", Value::String(text)) if path.ends_with(".value") => {
                REDACTED.clone_into(text);
            }
            ("headers" | "introspection_headers", value) => without_values(value),
            ("url", Value::String(url)) => *url = presentable(url),
            ("schema_from", Value::String(url)) if path.ends_with(".url") => *url = presentable(url),
            ("schema_from", Value::Object(source)) => {
                if let Some(Value::String(url)) = source.get_mut("url") {
                    *url = presentable(url);
                }
            }
            ("auth", Value::String(url)) if path.ends_with(".token_url") => *url = presentable(url),
            ("auth", Value::Object(auth)) => {
                if let Some(Value::String(url)) = auth.get_mut("token_url") {
                    *url = presentable(url);
                }
            }
            _ => {}
        }
    }
}

/// Leaves out the values of headers, which stand in a list or by their names.
fn without_values(headers: &mut Value) {
    match headers {
        Value::Array(items) => items.iter_mut().for_each(without_values),
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if key == "value" => REDACTED.clone_into(text),
                    value => without_values(value),
                }
            }
        }
        _ => {}
    }
}

/// The list as an object, unless two items have the same key.
fn by_key(list: &Value, key: &str) -> Value {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut named = Map::new();
    for item in items {
        let mut item = item.clone();
        let name = item.as_object_mut().and_then(|item| item.remove(key));
        let Some(Value::String(name)) = name else { return list.clone() };
        if named.insert(name, item).is_some() {
            return list.clone();
        }
    }
    Value::Object(named)
}

pub(super) fn permission(permission: &Permission) -> Value {
    let mut view = permission.definition();
    if let Some(comment) = &permission.comment {
        view["comment"] = comment.clone().into();
    }
    view
}

/// The target as a path of fields with the arguments beside it: with one step, and that is the rule, they are just `arguments`.
pub(super) fn relationship(relationship: &Relationship) -> Value {
    let target = match &relationship.definition {
        RelationshipDefinition::ToSource(table) => return json!({ "to_source": table }),
        RelationshipDefinition::ToRemoteSchema(target) => target,
    };
    let mut lhs_fields = target.lhs_fields.clone();
    lhs_fields.sort_unstable();
    let mut view = json!({ "remote_schema": target.remote_schema, "lhs_fields": lhs_fields });
    let steps: Vec<&RemoteField> =
        std::iter::successors(Some(&target.remote_field), |step| step.field.as_deref()).collect();
    let path: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    view["field"] = path.join(".").into();
    for (index, step) in steps.iter().enumerate() {
        let key = if steps.len() == 1 {
            "arguments".to_owned()
        } else {
            format!("{}.arguments", path[..=index].join("."))
        };
        view[key] = rule::to_value(&step.arguments);
    }
    if let Some(batch) = &target.batch {
        view["batch"] = rule::to_value(batch);
    }
    if let Some(on_error) = &target.on_error {
        view["on_error"] = rule::to_value(on_error);
    }
    view
}

/// What an object that was added is about.
pub(super) fn summary(object: &Object, view: &Value) -> String {
    match object {
        Object::RemoteSchema { .. } => match (&view["url"], &view["url_from_env"]) {
            (Value::String(url), _) => presentable(url),
            (_, Value::String(variable)) => format!("url from env {variable}"),
            _ => String::new(),
        },
        Object::Permission { .. } => match view["schema"].as_str().map_or(0, |sdl| sdl.lines().count()) {
            1 => "1 line".to_owned(),
            lines => format!("{lines} lines"),
        },
        Object::Relationship { type_name, .. } => target(type_name, view),
        Object::InheritedRole { .. } => words(&view["roles"]).join(", "),
        Object::Entry { .. } => String::new(),
        Object::Section { .. } => shown(Some(view)),
    }
}

/// `Country.currency -> rates.currencies(codes:)  list batch`.
fn target(type_name: &str, view: &Value) -> String {
    let Some(remote) = view["remote_schema"].as_str() else {
        return "to a database table, which is not served".to_owned();
    };
    let keys = words(&view["lhs_fields"]).join(", ");
    let field = view["field"].as_str().unwrap_or_default();
    let members = view.as_object().into_iter().flatten().filter(|(key, _)| key.ends_with("arguments"));
    let arguments = members.flat_map(|(_, arguments)| arguments.as_object().into_iter().flat_map(Map::keys));
    let arguments: Vec<String> = arguments.map(|name| format!("{name}:")).collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    let batch = if view.get("batch").is_some() { "  list batch" } else { "" };
    format!("{type_name}.{keys} -> {remote}.{field}{arguments}{batch}")
}

fn words(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
