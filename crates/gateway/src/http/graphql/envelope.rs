//! The body of a GraphQL request: read without building a tree; only a body that is wrong is looked at twice.

use std::borrow::Cow;
use std::collections::BTreeMap;

use engine::fault::{Code, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// One operation to execute. Unknown members are ignored.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    /// The document.
    #[serde(borrow)]
    pub query: Cow<'a, str>,
    /// Which of its operations.
    #[serde(borrow, rename = "operationName", default)]
    operation_name: Option<Text<'a>>,
    /// Raw JSON.
    #[serde(borrow, default)]
    variables: Option<&'a RawValue>,
}

/// A text that borrows where it can; an optional `Cow` alone would always be a copy.
#[derive(Debug, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What a body asks for.
#[derive(Debug)]
pub enum Payload<'a> {
    /// One operation.
    One(Envelope<'a>),
    /// Several; each one is right or wrong on its own.
    Batch(Vec<Result<Envelope<'a>, Refusal>>),
}

impl<'a> Envelope<'a> {
    /// The only operation of a document, with variables, an object.
    pub fn of(query: &'a str, variables: &'a RawValue) -> Self {
        Self { query: Cow::Borrowed(query), operation_name: None, variables: Some(variables) }
    }
}

impl Envelope<'_> {
    /// Which operation; some clients send an empty name and mean none.
    pub fn operation_name(&self) -> Option<&str> {
        self.operation_name.as_ref().map(|name| &*name.0).filter(|name| !name.is_empty())
    }

    /// The variables' raw JSON, an object.
    pub fn variables(&self) -> Option<&str> {
        self.variables.map(RawValue::get).filter(|text| *text != "null")
    }
}

/// Reads the body of a POST.
pub fn read(body: &[u8], max_batch: usize) -> Result<Payload<'_>, Refusal> {
    let is_batch = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if !is_batch {
        return read_one(body).map(Payload::One);
    }
    let items: Vec<&RawValue> = serde_json::from_slice(body)
        .map_err(|error| Refusal::new(Code::InvalidJson, "$", error.to_string()))?;
    if items.len() > max_batch {
        let message = format!(
            "the batch has {} operations, more than the {max_batch} that --max-batch allows",
            items.len()
        );
        return Err(Refusal::new(Code::LimitExceeded, "$", message));
    }
    Ok(Payload::Batch(items.into_iter().map(|item| read_one(item.get().as_bytes())).collect()))
}

/// What a webhook gets to see of a body, as JSON: the operations without what else is there. Nothing of a body that is wrong.
pub fn shown(body: &[u8], max_batch: usize) -> Option<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Shown<'a> {
        query: &'a str,
        variables: Option<&'a RawValue>,
        operation_name: Option<&'a str>,
    }
    fn of<'a>(envelope: &'a Envelope<'_>) -> Shown<'a> {
        Shown {
            query: &envelope.query,
            variables: envelope.variables,
            operation_name: envelope.operation_name(),
        }
    }
    let shown = match read(body, max_batch).ok()? {
        Payload::One(envelope) => serde_json::to_string(&of(&envelope)),
        Payload::Batch(items) => serde_json::to_string(&items.iter().flatten().map(of).collect::<Vec<_>>()),
    };
    shown.ok()
}

/// The parts of a GET's query string as the body that a POST would have had.
pub fn body_of_query_string(query_string: &str) -> Result<Vec<u8>, Refusal> {
    // GET is rare enough to go the long way, which gives the same errors as POST.
    let wrong =
        |path: &str, error: serde_json::Error| Refusal::new(Code::InvalidJson, path, error.to_string());
    let mut object = BTreeMap::new();
    for (key, value) in url::form_urlencoded::parse(query_string.as_bytes()) {
        let value = match &*key {
            "query" | "operationName" => to_raw_value(&value).map_err(|error| wrong("$", error))?,
            "variables" if !value.is_empty() => {
                RawValue::from_string(value.into_owned()).map_err(|error| wrong("$.variables", error))?
            }
            _ => continue,
        };
        object.insert(key, value);
    }
    serde_json::to_vec(&object).map_err(|error| wrong("$", error))
}

fn read_one(body: &[u8]) -> Result<Envelope<'_>, Refusal> {
    match serde_json::from_slice::<Envelope<'_>>(body) {
        Ok(envelope) if envelope.variables().is_none_or(|variables| variables.starts_with('{')) => {
            Ok(envelope)
        }
        Ok(_) => Err(wrong_shape("$.variables", "variables must be an object")),
        Err(error) => Err(diagnose(body, &error)),
    }
}

/// Why a body is not an envelope, found by reading it again.
fn diagnose(body: &[u8], error: &serde_json::Error) -> Refusal {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return Refusal::new(Code::InvalidJson, "$", error.to_string()),
    };
    let Value::Object(object) = &value else {
        return wrong_shape(
            "$",
            "the body must be an object with a key 'query', or an array of such objects",
        );
    };
    match (object.get("query"), object.get("operationName")) {
        (None, _) => wrong_shape("$", "the key 'query' was not present"),
        (Some(query), _) if !query.is_string() => wrong_shape("$.query", "query must be a string"),
        (_, Some(name)) if !name.is_string() && !name.is_null() => {
            wrong_shape("$.operationName", "operationName must be a string")
        }
        _ => wrong_shape("$", &error.to_string()),
    }
}

fn wrong_shape(path: &str, message: &str) -> Refusal {
    Refusal::new(Code::ParseFailed, path, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `query|operationName|variables`, or `code path: message`.
    fn one(result: Result<Envelope<'_>, Refusal>) -> String {
        match result {
            Ok(envelope) => format!(
                "{}|{}|{}",
                envelope.query,
                envelope.operation_name().unwrap_or("-"),
                envelope.variables().unwrap_or("-")
            ),
            Err(refusal) => format!("{} {}: {}", refusal.code.as_str(), refusal.path, refusal.message),
        }
    }

    fn outcome(body: &[u8]) -> String {
        match read(body, 3) {
            Ok(Payload::One(envelope)) => one(Ok(envelope)),
            Ok(Payload::Batch(items)) => items.into_iter().map(one).collect::<Vec<_>>().join(" & "),
            Err(refusal) => one(Err(refusal)),
        }
    }

    #[test]
    fn bodies() {
        for (body, expected) in [
            (r#"{"query":"{a}"}"#, "{a}|-|-"),
            (r#" {"query":"{\"a\"}","operationName":"b","variables":{"c": 1.50}}"#, r#"{"a"}|b|{"c": 1.50}"#),
            (r#"{"query":"{a}","operationName":null,"variables":null,"extensions":{"x":[1]}}"#, "{a}|-|-"),
            (r#"{"query":"{a}","operationName":""}"#, "{a}|-|-"),
            (r#"{}"#, "parse-failed $: the key 'query' was not present"),
            (r#"{"query":1}"#, "parse-failed $.query: query must be a string"),
            (r#"{"query":null}"#, "parse-failed $.query: query must be a string"),
            (
                r#"{"query":"{a}","operationName":1}"#,
                "parse-failed $.operationName: operationName must be a string",
            ),
            (r#"{"query":"{a}","variables":[]}"#, "parse-failed $.variables: variables must be an object"),
            (r#"{"query":"{a}","variables":"{}"}"#, "parse-failed $.variables: variables must be an object"),
            (
                r#""{a}""#,
                "parse-failed $: the body must be an object with a key 'query', or an array of such objects",
            ),
            (r#"[]"#, ""),
            (r#"[{"query":"{a}"},{"query":"{b}"}]"#, "{a}|-|- & {b}|-|-"),
            (r#"[{"query":"{a}"},{}]"#, "{a}|-|- & parse-failed $: the key 'query' was not present"),
            (
                r#"[1,2,3,4]"#,
                "limit-exceeded $: the batch has 4 operations, more than the 3 that --max-batch allows",
            ),
        ] {
            assert_eq!(outcome(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn bodies_that_are_not_json() {
        for body in [&b""[..], b"{", b"query { a }", b"[{]", b"{\"query\":\"\xff\"}", b"{\"query\":\"a\"} x"]
        {
            assert!(outcome(body).starts_with("invalid-json $: "), "{}", outcome(body));
        }
    }

    #[test]
    fn a_repeated_member_is_refused() {
        assert!(outcome(br#"{"query":"{a}","query":"{b}"}"#).contains("duplicate field"));
    }

    #[test]
    fn query_strings_become_bodies() {
        for (query_string, expected) in [
            ("query=%7Ba%7D", "{a}|-|-"),
            ("query=%7Ba%7D&variables=%7B%22x%22%3A1.50%7D&operationName=o&y=1", r#"{a}|o|{"x":1.50}"#),
            ("query=%7Ba%7D&variables=&operationName=", "{a}|-|-"),
            ("", "parse-failed $: the key 'query' was not present"),
            ("query=%7Ba%7D&variables=1", "parse-failed $.variables: variables must be an object"),
        ] {
            assert_eq!(outcome(&body_of_query_string(query_string).unwrap()), expected, "{query_string}");
        }
        let refusal = body_of_query_string("query=a&variables=%7B").unwrap_err();
        assert_eq!((refusal.code.as_str(), refusal.path.as_str()), ("invalid-json", "$.variables"));
    }
}
