//! GraphQL text for upstream operations: values, types, variable declarations.

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::{Name, Node};
use rustc_hash::FxHashMap;

use crate::json;
use crate::rename::Renames;

/// Writes a value; each variable in it is reported to `on_variable`.
pub(super) fn write_value(out: &mut String, value: &Value, on_variable: &mut dyn FnMut(&Name)) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Enum(name) => out.push_str(name),
        Value::Variable(name) => {
            out.push('$');
            out.push_str(name);
            on_variable(name);
        }
        Value::String(text) => {
            // JSON's escapes are a subset of GraphQL's.
            out.push('"');
            json::escape_into(out, text);
            out.push('"');
        }
        Value::Float(number) => out.push_str(number.as_str()),
        Value::Int(number) => out.push_str(number.as_str()),
        Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, item, on_variable);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (i, (name, value)) in fields.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(name);
                out.push(':');
                write_value(out, value, on_variable);
            }
            out.push('}');
        }
    }
}

/// A constant value as JSON; enum values become strings. `None` if it holds a variable.
pub(crate) fn value_to_json(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::Variable(_) => return None,
        Value::Enum(name) => json::quoted(name),
        Value::String(text) => json::quoted(text),
        Value::Float(number) => number.as_str().to_owned(),
        Value::Int(number) => number.as_str().to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(|item| value_to_json(item)).collect();
            format!("[{}]", items?.join(","))
        }
        Value::Object(fields) => {
            let member =
                |(name, value): &(Name, Node<Value>)| Some(format!("\"{name}\":{}", value_to_json(value)?));
            let fields: Option<Vec<String>> = fields.iter().map(member).collect();
            format!("{{{}}}", fields?.join(","))
        }
    })
}

/// A served type under the remote's own names; a derived input type becomes what it derives from.
pub(super) fn original_type(ty: &Type, renames: &Renames, derived: &FxHashMap<Name, Name>) -> Type {
    let original = |name: &Name| derived.get(name).unwrap_or_else(|| renames.original_type(name)).clone();
    match ty {
        Type::Named(name) => Type::Named(original(name)),
        Type::NonNullNamed(name) => Type::NonNullNamed(original(name)),
        Type::List(item) => Type::List(Box::new(original_type(item, renames, derived))),
        Type::NonNullList(item) => Type::NonNullList(Box::new(original_type(item, renames, derived))),
    }
}
