//! One case, tried: the engine is asked as the gateway asks it, and the case answers for the remotes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use engine::catalog::Catalog;
use engine::fault::Refusal;
use engine::operation::{Bound, Limits, Operation};
use engine::run::{ErrorStyle, Run};
use engine::spelling;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::case::{Case, Exchange};

/// What of a case does not hold; nothing when it passes.
pub(super) fn run(catalog: &Arc<Catalog>, case: &Case) -> Vec<String> {
    let bound = match (bind(catalog, case), &case.refused) {
        (Err(refusal), Some(code)) => return refused_otherwise(&refusal, code, case.message.as_deref()),
        (Err(refusal), None) => return vec![format!("it is refused, {}", worded(&refusal))],
        (Ok(_), Some(code)) => return vec![format!("it is accepted, but should be refused with {code}")],
        (Ok(bound), None) => bound,
    };
    if case.upstream.is_empty() && case.data.is_none() && case.errors.is_empty() {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    let response = execute(catalog, case, bound, &mut complaints);
    // What is answered to the wrong question says nothing.
    if complaints.is_empty() {
        compare(case, &response, &mut complaints);
    }
    complaints
}

fn bind(catalog: &Arc<Catalog>, case: &Case) -> Result<Bound, Refusal> {
    let mut session: BTreeMap<String, String> = (case.session.iter())
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.to_ascii_lowercase(), text)
        })
        .collect();
    session.insert("x-hasura-role".to_owned(), case.role.clone());
    let role = Arc::clone(catalog.role(&case.role));
    let name = case.operation.as_deref();
    let terms = catalog.rules.of(&case.role);
    let operation =
        Operation::parse_under(terms, Arc::clone(catalog), role, &case.query, name, Limits::default())?;
    let variables = Value::Object(case.variables.clone()).to_string();
    operation.bind(Some(&variables), &|name| session.get(name).map(String::as_str))
}

fn refused_otherwise(refusal: &Refusal, code: &str, message: Option<&str>) -> Vec<String> {
    let is_as_said =
        refusal.code.as_str() == code && message.is_none_or(|text| refusal.message.contains(text));
    if is_as_said {
        return Vec::new();
    }
    let expected = message.map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
    vec![format!("it is refused, {}, but should be with {expected}", worded(refusal))]
}

fn worded(refusal: &Refusal) -> String {
    let Refusal { code, message, path, .. } = refusal;
    format!("{}: {message} (at {path})", code.as_str())
}

fn execute(catalog: &Catalog, case: &Case, bound: Bound, complaints: &mut Vec<String>) -> Value {
    let mut exchanges: Vec<Option<&Exchange>> = case.upstream.iter().map(Some).collect();
    let mut run = Run::new(bound, Limits::default(), ErrorStyle::Conjoin, true);
    let mut waiting = VecDeque::new();
    loop {
        for fetch in run.ready() {
            let remote = &catalog.remote(fetch.remote).name;
            let next = exchanges.iter_mut().find(|its| its.is_some_and(|its| its.remote == *remote));
            let answer = match next.and_then(Option::take) {
                Some(exchange) => {
                    complaints.extend(asked_otherwise(exchange, &fetch.body));
                    exchange.answer.to_string()
                }
                None => {
                    let sent = spelling_of(&fetch.body).unwrap_or_else(|error| error);
                    complaints
                        .push(format!("nothing under 'upstream' answers this request to {remote}:\n{sent}"));
                    r#"{"data":null}"#.to_owned()
                }
            };
            waiting.push_back((fetch.id, Bytes::from(answer)));
        }
        let Some((id, answer)) = waiting.pop_front() else { break };
        run.supply(id, Ok(answer));
    }
    for (number, exchange) in exchanges.iter().enumerate().filter_map(|(i, its)| Some((i + 1, (*its)?))) {
        complaints.push(format!("{} is not asked for number {number} of 'upstream'", exchange.remote));
    }
    serde_json::from_slice(&run.finish().body).unwrap_or_default()
}

/// How a request differs from the one that was to be made.
fn asked_otherwise(exchange: &Exchange, body: &[u8]) -> Option<String> {
    let expected = exchange.request.as_deref()?;
    let remote = &exchange.remote;
    let (expected, sent) = match (spelling::of_request(expected, &Map::new()), spelling_of(body)) {
        (Ok(expected), Ok(sent)) => (expected, sent),
        (Err(error), _) => return Some(format!("the 'request' to {remote} cannot be read: {error}")),
        (_, Err(error)) => return Some(error),
    };
    (expected != sent).then(|| format!("{remote} is asked\n{sent}instead of\n{expected}"))
}

fn spelling_of(body: &[u8]) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Request {
        query: String,
        #[serde(default)]
        variables: Map<String, Value>,
    }
    let Request { query, variables } = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    spelling::of_request(&query, &variables)
}

fn compare(case: &Case, response: &Value, complaints: &mut Vec<String>) {
    let data = response.get("data").unwrap_or(&Value::Null);
    if let Some(expected) = case.data.as_ref().filter(|expected| *expected != data) {
        complaints.push(format!("the data is\n{data:#}\ninstead of\n{expected:#}"));
    }
    let errors = response.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let messages: Vec<&str> =
        errors.iter().map(|error| error.get("message").and_then(Value::as_str).unwrap_or_default()).collect();
    let mut left: Vec<&String> = case.errors.iter().collect();
    for message in messages {
        match left.iter().position(|expected| message.contains(expected.as_str())) {
            Some(index) => drop(left.remove(index)),
            None => complaints.push(format!("the response has an error that is not expected: {message}")),
        }
    }
    complaints.extend(left.iter().map(|expected| format!("the response has no error with `{expected}`")));
}
