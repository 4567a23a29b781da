//! A relationship as the command that adds it.

use indexmap::{IndexMap, IndexSet};
use metadata::{ArgumentValue, Batch, OnError, Relationship, RelationshipDefinition};
use serde_json::json;

use super::add::collect_fields;
use crate::cli::shell::quoted;

/// `conjoin relationship add …`; nothing for one that leads to a database.
pub(crate) fn command(remote: &str, type_name: &str, relationship: &Relationship, replace: bool) -> String {
    let RelationshipDefinition::ToRemoteSchema(to) = &relationship.definition else { return String::new() };
    let mut words = Words(vec![format!("{type_name}.{}", relationship.name)]);
    words.option("--on", remote);
    let mut calls = vec![&to.remote_field];
    while let Some(next) = calls.last().and_then(|call| call.field.as_deref()) {
        calls.push(next);
    }
    let path: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
    words.option("--to", &format!("{}.{}", to.remote_schema, path.join(".")));
    let mut values = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        let step = match path.iter().position(|name| *name == call.name) {
            // Arguments without a field before them are of the last one.
            _ if index + 1 == calls.len() => String::new(),
            Some(first) if first == index => format!("{}:", call.name),
            _ => format!("{}:", path[..=index].join(".")),
        };
        bind(&step, &call.arguments, &mut values);
    }
    if !fields(&values).iter().eq(&to.lhs_fields) {
        to.lhs_fields.iter().for_each(|field| words.option("--key", field));
    }
    for (place, value) in &values {
        match value {
            ArgumentValue::Variable(field) => words.option("--map", &format!("{place}={field}")),
            value => words.option("--map-const", &format!("{place}={}", json!(value))),
        }
    }
    if let Some(batch) = &to.batch {
        words.option("--batch", &batch_text(batch));
    }
    if let Some(what) = to.on_error {
        words.option("--on-error", if what == OnError::Fail { "fail" } else { "null" });
    }
    words.0.extend(replace.then(|| "--replace".to_owned()));
    let words: Vec<String> = words.0.iter().map(|word| quoted(word)).collect();
    format!("conjoin relationship add {}", words.join(" "))
}

struct Words(Vec<String>);

impl Words {
    fn option(&mut self, option: &str, value: &str) {
        match value.starts_with('-') {
            false => self.0.extend([option.to_owned(), value.to_owned()]),
            // On its own it would be an option itself.
            true => self.0.push(format!("{option}={value}")),
        }
    }
}

/// Every value with its place: `[FIELD:]ARG[.FIELD]`.
fn bind<'v>(
    place: &str,
    members: &'v IndexMap<String, ArgumentValue>,
    values: &mut Vec<(String, &'v ArgumentValue)>,
) {
    for (name, value) in members {
        let place = format!("{place}{name}");
        match value {
            ArgumentValue::Object(members) if !members.is_empty() => {
                bind(&format!("{place}."), members, values);
            }
            value => values.push((place, value)),
        }
    }
}

/// The key that is read from the values alone: of `--map` first.
fn fields(values: &[(String, &ArgumentValue)]) -> IndexSet<String> {
    let (maps, constants): (Vec<_>, Vec<_>) =
        values.iter().partition(|(_, value)| matches!(value, ArgumentValue::Variable(_)));
    let mut fields = IndexSet::new();
    maps.iter().chain(&constants).for_each(|(_, value)| collect_fields(value, &mut fields));
    fields
}

fn batch_text(batch: &Batch) -> String {
    let mut parts: Vec<String> =
        batch.keys.iter().map(|(key, field)| format!("keys={key}:{field}")).collect();
    parts.extend(batch.many.then(|| "many".into()));
    parts.extend(batch.max.map(|max| format!("max={max}")));
    parts.extend((!batch.path.is_empty()).then(|| format!("path={}", batch.path.join("."))));
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use metadata::Document;
    use serde_json::Value;

    use super::super::add::Arguments;
    use super::*;
    use crate::cli::shell::words;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    /// A relationship to `users`, unless `to` says something else.
    fn relationship(key: &[&str], field: &Value, others: &Value) -> Relationship {
        let mut to = json!({"remote_schema": "users", "lhs_fields": key, "remote_field": field});
        to.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        let definition = metadata::relationship::decode_strict(&json!({"to_remote_schema": to})).unwrap();
        Relationship { name: "user".into(), definition }
    }

    fn reads_back(relationship: &Relationship) -> String {
        let remotes = ["users", "it's.dotted", "-dash", "people é"]
            .map(|name| json!({"name": name, "definition": {"url": "http://a"}}));
        let document: Document =
            Document::from_json(&json!({"version": 3, "sources": [], "remote_schemas": remotes})).unwrap();
        let shown = command("orders", "Order", relationship, false);
        let line = Line::try_parse_from(words(&shown).into_iter().skip(2))
            .unwrap_or_else(|error| panic!("{shown}\n{error}"));
        let read = line.arguments.definition(&document).unwrap_or_else(|error| panic!("{shown}\n{error:?}"));
        assert_eq!(read, relationship.definition, "{shown}");
        // The order of the key is part of it.
        assert_eq!(read.to_json().to_string(), relationship.definition.to_json().to_string(), "{shown}");
        shown
    }

    #[test]
    fn the_command_that_is_shown_reads_back_to_the_definition() {
        let by_id = json!({"user": {"arguments": {"id": "$user_id"}}});
        let values = json!([
            null, true, 0, -7, 1.5, 1e30, "", " ", "a b", "it's", "say \"no\"", "\\", "line\nbreak\ttab", "=", "a=b", "a:b", "--replace",
            "null", "7", "{}", "é 漢字 🦀", "%24", "a$b", "`x` $(y) #z; !w", "$user_id", [], {}, [[]], ["$user_id", "it's", {"a": "$other"}],
            {"a": {"b": {"c": 1}}}, {"a": {}, "b": "$user_id", "c": [null, -1]}, {"_and": [{"id": {"_eq": "$user_id"}}]},
        ]);
        for value in values.as_array().unwrap() {
            for key in [
                &["user_id"][..],
                &["other", "user_id"],
                &["user_id", "other"],
                &["user_id", "other", "unused"],
            ] {
                for other in [json!(1), json!("$other")] {
                    let key: Vec<&str> =
                        match (value.to_string().contains("$other") || other == "$other", key) {
                            (true, ["user_id"]) => vec!["user_id", "other"],
                            _ => key.to_vec(),
                        };
                    let arguments = json!({"first": value, "id": "$user_id", "last": other});
                    reads_back(&relationship(&key, &json!({"user": {"arguments": arguments}}), &json!({})));
                    let inner = json!({"b": {"arguments": arguments}});
                    let steps = json!({"b": {"arguments": {"x": value}, "field": {"b": {"arguments": {"y": "$user_id"}, "field": inner}}}});
                    reads_back(&relationship(&key, &steps, &json!({})));
                }
            }
        }
        for others in [
            json!({"on_error": "fail"}),
            json!({"on_error": "null"}),
            json!({"batch": {"keys": {"user_id": "id"}}}),
            json!({"batch": {"keys": {"user_id": "id", "other": "org"}, "many": true, "max": 100, "path": ["a", "b"]}, "on_error": "null"}),
            json!({"remote_schema": "it's.dotted"}),
            json!({"remote_schema": "-dash"}),
            json!({"remote_schema": "people é"}),
        ] {
            reads_back(&relationship(&["user_id"], &by_id, &others));
            reads_back(&relationship(&["other", "user_id"], &by_id, &others));
        }
        reads_back(&relationship(&[], &json!({"users": {"arguments": {}}}), &json!({})));
        reads_back(&relationship(
            &["__typename"],
            &json!({"users": {"arguments": {"limit": 5}}}),
            &json!({}),
        ));
    }

    #[test]
    fn keys_are_named_only_where_the_arguments_do_not() {
        let by_id =
            |key: &[&str]| relationship(key, &json!({"user": {"arguments": {"id": "$user_id"}}}), &json!({}));
        let plain = "conjoin relationship add Order.user --on orders --to users.user";
        assert_eq!(reads_back(&by_id(&["user_id"])), format!("{plain} --map id=user_id"));
        assert_eq!(
            reads_back(&by_id(&["user_id", "id"])),
            format!("{plain} --key user_id --key id --map id=user_id")
        );
    }

    #[test]
    fn the_remote_of_the_type_may_be_called_anything() {
        let relationship = relationship(&[], &json!({"users": {"arguments": {}}}), &json!({}));
        for remote in ["-x", "a b", "it's", "$x", "a.b"] {
            let shown = command(remote, "Order", &relationship, true);
            let expected = ["conjoin", "relationship", "add", "Order.user"];
            assert_eq!(words(&shown)[..4], expected);
            Line::try_parse_from(words(&shown).into_iter().skip(2)).unwrap();
        }
    }
}
