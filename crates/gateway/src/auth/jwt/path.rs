//! Paths into claims: `$.a.b`, `$['a b'][0]`, `$`.
//!
//! A path leads to one place. The rest of JSONPath, wildcards and filters, has no meaning for a claim.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

/// A path, with the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    /// What stands at the path, below an object.
    pub fn find<'a>(&self, object: &'a Map<String, Value>) -> Option<Found<'a>> {
        let Some((first, rest)) = self.steps.split_first() else { return Some(Found::Root(object)) };
        let Step::Key(key) = first else { return None };
        let mut value = object.get(key)?;
        for step in rest {
            value = match step {
                Step::Key(key) => value.as_object()?.get(key)?,
                Step::Index(index) => value.as_array()?.get(*index)?,
            };
        }
        Some(Found::Value(value))
    }
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Found<'a> {
    /// The object itself.
    Root(&'a Map<String, Value>),
    /// A value in it.
    Value(&'a Value),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |at: &str| {
            format!(
                "\"{text}\" is not a path such as $.a['b c'][0]: at {} of {} bytes",
                text.len() - at.len(),
                text.len()
            )
        };
        // Hasura takes paths without the dollar too.
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        let mut steps = Vec::new();
        if rest == text && !text.is_empty() && !text.starts_with(['.', '[']) {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Key(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        while !rest.is_empty() {
            let at = rest;
            if let Some(name) = rest.strip_prefix('.') {
                let end = name.find(['.', '[']).unwrap_or(name.len());
                if end == 0 {
                    return Err(wrong(at));
                }
                steps.push(Step::Key(name[..end].to_owned()));
                rest = &name[end..];
            } else if let Some(inside) = rest.strip_prefix('[') {
                let (step, after) = match inside.chars().next() {
                    Some(quote @ ('\'' | '"')) => {
                        let (key, after) = quoted(&inside[1..], quote).ok_or_else(|| wrong(at))?;
                        (Step::Key(key), after)
                    }
                    _ => {
                        let end = inside.find(']').ok_or_else(|| wrong(at))?;
                        let is_number = inside[..end].bytes().all(|byte| byte.is_ascii_digit());
                        let index = inside[..end].parse().ok().filter(|_| is_number);
                        (Step::Index(index.ok_or_else(|| wrong(at))?), &inside[end..])
                    }
                };
                steps.push(step);
                rest = after.strip_prefix(']').ok_or_else(|| wrong(at))?;
            } else {
                return Err(wrong(at));
            }
        }
        Ok(Self { text: text.to_owned(), steps })
    }
}

/// The text up to an unescaped quote, and what follows the quote.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => key.push(chars.next()?.1),
            _ if char == quote => return Some((key, &text[at + 1..])),
            _ => key.push(char),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_places() {
        let Value::Object(object) = json!({"a": {"b": [1, {"c d": 2}], "": 3, "it's": 4, "0": 5}}) else {
            panic!()
        };
        for (text, expected) in [
            ("$.a.b[0]", Some(json!(1))),
            ("a.b[0]", Some(json!(1))),
            (".a.b[0]", Some(json!(1))),
            ("$['a']['b'][0]", Some(json!(1))),
            ("$[\"a\"].b[1]['c d']", Some(json!(2))),
            ("$.a['']", Some(json!(3))),
            (r"$.a['it\'s']", Some(json!(4))),
            (r#"$.a["it's"]"#, Some(json!(4))),
            ("$.a.0", Some(json!(5))),
            ("$.a[0]", None),
            ("$.a.b.0", None),
            ("$.a.b[2]", None),
            ("$.A", None),
            ("$[0]", None),
        ] {
            let found = match text.parse::<Path>().unwrap().find(&object) {
                Some(Found::Value(value)) => Some(value.clone()),
                Some(Found::Root(_)) => panic!("{text}"),
                None => None,
            };
            assert_eq!(found, expected, "{text}");
        }
        for text in ["$", ""] {
            assert_eq!(text.parse::<Path>().unwrap().find(&object), Some(Found::Root(&object)));
        }
    }

    #[test]
    fn what_is_no_path_is_told_where() {
        for (text, at) in [
            ("$.", 1),
            ("$..a", 1),
            ("$a", 1),
            ("$.a.", 3),
            ("$[", 1),
            ("$[]", 1),
            ("$[-1]", 1),
            ("$[+1]", 1),
            ("$[a]", 1),
            ("$['a", 1),
            ("$['a'", 1),
            ("$['a\\", 1),
            ("$[1]b", 4),
            ("$[99999999999999999999]", 1),
            ("$.a[*]", 3),
        ] {
            let message = text.parse::<Path>().unwrap_err();
            let expected = format!("at {at} of {} bytes", text.len());
            assert!(message.ends_with(&expected), "{text}: {message}");
        }
    }
}
