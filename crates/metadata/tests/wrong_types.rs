//! Every value of a document that has everything, replaced by a value of each other type: the refusal leads to the place. What is
//! accepted all the same, and what is told of the object around it, is listed in `tests/wrong_types.txt`.
//!
//! `UPDATE=1` rewrites the list.

use std::path::Path;

use metadata::Document;
use metadata::decode::{index_step, key_step};
use serde_json::{Value, json};

mod expectation;

/// The value at each place, outermost first, with the path and the pointer to it.
fn places(value: &Value, path: &str, pointer: &str, places: &mut Vec<(String, String, Value)>) {
    places.push((path.to_owned(), pointer.to_owned(), value.clone()));
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                self::places(
                    item,
                    &format!("{path}{}", index_step(index)),
                    &format!("{pointer}/{index}"),
                    places,
                );
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                self::places(
                    member,
                    &format!("{path}{}", key_step(key)),
                    &format!("{pointer}/{escaped}"),
                    places,
                );
            }
        }
        _ => {}
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[test]
fn a_value_of_another_type_is_refused_where_it_stands() {
    let others = [
        json!(null),
        json!(true),
        json!(-7.5),
        json!("\u{0}wrong"),
        json!([[]]),
        json!({"wrong": {"wrong": 1}}),
    ];
    let (mut n_exact, mut told) = (0, String::new());
    for case in ["full", "identity"] {
        let text = std::fs::read_to_string(format!("tests/document/{case}/import.json")).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        Document::from_json(&document).unwrap();
        let mut all = Vec::new();
        places(&document, "$", "", &mut all);
        for (path, pointer, value) in &all {
            let (mut accepted, mut elsewhere) = (Vec::new(), Vec::new());
            for other in others.iter().filter(|other| kind(other) != kind(value)) {
                let mut wrong = document.clone();
                *wrong.pointer_mut(pointer).unwrap() = other.clone();
                match Document::from_json(&wrong) {
                    Ok(read) => {
                        let export = read.to_json();
                        let again =
                            Document::from_json(&export).expect("what was accepted can be imported again");
                        assert_eq!(again.to_json().to_string(), export.to_string(), "{path}");
                        accepted.push(kind(other));
                    }
                    Err(error) if error.path == *path || error.path.starts_with(&format!("{path}.wrong")) => {
                        n_exact += 1;
                    }
                    Err(error) if error.path == format!("{path}[0]") => n_exact += 1,
                    Err(error) => {
                        assert!(path.starts_with(&error.path), "{path}: {error}");
                        elsewhere.push(format!("{}: {error}", kind(other)));
                    }
                }
            }
            if !accepted.is_empty() {
                told.push_str(&format!("{path}: takes {}\n", accepted.join(", ")));
            }
            elsewhere.iter().for_each(|error| told.push_str(&format!("{path}: {error}\n")));
        }
    }
    assert!(n_exact > 500, "only {n_exact} refusals lead to the place");
    expectation::check(Path::new("tests/wrong_types.txt"), &told);
}
