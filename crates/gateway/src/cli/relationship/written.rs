//! A relationship as the command that adds it.

use indexmap::IndexMap;
use metadata::{ArgumentValue, Batch, OnError, Relationship, RelationshipDefinition};
use serde_json::json;

/// `conjoin relationship add …`; nothing for one that leads to a database.
pub(crate) fn command(remote: &str, type_name: &str, relationship: &Relationship, replace: bool) -> String {
    let RelationshipDefinition::ToRemoteSchema(to) = &relationship.definition else { return String::new() };
    let mut words = vec![format!("{type_name}.{}", relationship.name), "--on".into(), remote.to_owned()];
    let mut calls = vec![&to.remote_field];
    while let Some(next) = calls.last().and_then(|call| call.field.as_deref()) {
        calls.push(next);
    }
    let path: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
    words.extend(["--to".into(), format!("{}.{}", to.remote_schema, path.join("."))]);
    for (index, call) in calls.iter().enumerate() {
        // Arguments without a field before them are of the last one.
        let step = if index + 1 == calls.len() { String::new() } else { format!("{}:", call.name) };
        bound(&step, &call.arguments, &mut words);
    }
    if let Some(batch) = &to.batch {
        words.extend(["--batch".into(), batch_text(batch)]);
    }
    if let Some(what) = to.on_error {
        let what = if what == OnError::Fail { "fail" } else { "null" };
        words.extend(["--on-error".into(), what.into()]);
    }
    words.extend(replace.then(|| "--replace".into()));
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("conjoin relationship add {}", words.join(" "))
}

fn bound(place: &str, members: &IndexMap<String, ArgumentValue>, words: &mut Vec<String>) {
    for (name, value) in members {
        let place = format!("{place}{name}");
        match value {
            ArgumentValue::Object(members) if !members.is_empty() => {
                bound(&format!("{place}."), members, words);
            }
            ArgumentValue::Variable(field) => words.extend(["--map".into(), format!("{place}={field}")]),
            value => words.extend(["--map-const".into(), format!("{place}={}", json!(value))]),
        }
    }
}

fn batch_text(batch: &Batch) -> String {
    let mut parts: Vec<String> =
        batch.keys.iter().map(|(key, field)| format!("keys={key}:{field}")).collect();
    parts.extend(batch.many.then(|| "many".into()));
    parts.extend(batch.max.map(|max| format!("max={max}")));
    parts.extend((!batch.path.is_empty()).then(|| format!("path={}", batch.path.join("."))));
    parts.join(",")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-=:,/".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
