//! `test_relationship`: the remotes are asked as the gateway would ask them for an administrator.

use std::time::{Duration, Instant};

use bytes::Bytes;
use engine::catalog::Failure;
use engine::fault::Code;
use engine::trial::Trial;
use http::HeaderMap;
use metadata::Relationship;
use serde_json::{Map, Value, json};

use super::super::super::edit::Edit;
use super::super::super::error::ApiError;
use super::super::fault::Explanation;
use super::check::{schemas, stored, with};
use super::{Test, TestArguments, TestRow, UpstreamRequest};
use crate::upstream::Caller;

/// Most keys that are tried at once.
const MOST_KEYS: usize = 20;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Values that are longer as JSON are left out of the answer.
const MOST_BYTES: usize = 256 * 1024;

/// Longer texts are cut: what was asked, and what a remote says of its errors.
const MOST_TEXT: usize = 16 * 1024;

/// Most errors that are passed on.
const MOST_ERRORS: usize = 50;

/// Answers.
pub(in super::super) async fn test(
    edit: &mut Edit,
    path: &str,
    arguments: TestArguments,
) -> Result<Test, ApiError> {
    let start = Instant::now();
    let mut test = Test::default();
    let asked = ask_all(edit, path, &arguments, start + PATIENCE, &mut test).await?;
    test.failure = asked.err();
    test.ok = test.failure.is_none() && test.errors.is_empty();
    test.ms = milliseconds(start);
    Ok(test)
}

async fn ask_all(
    edit: &Edit,
    path: &str,
    arguments: &TestArguments,
    deadline: Instant,
    test: &mut Test,
) -> Result<Result<(), Explanation>, ApiError> {
    let TestArguments { remote_schema, type_name, name, .. } = arguments;
    let definition = match &arguments.definition {
        Some(definition) => metadata::relationship::decode_strict(definition)
            .map_err(|error| ApiError::decode(error, &format!("{path}.definition")))?,
        None => {
            let known = stored(edit.draft.document(), (remote_schema, type_name, name)).ok_or_else(|| {
                let message = format!(
                    "there is no relationship `{name}` on `{type_name}` of remote schema `{remote_schema}`"
                );
                ApiError::new(Code::NotExists, path, message)
            })?;
            known.definition.clone()
        }
    };
    let relationship = Relationship { name: name.clone(), definition };
    let document = with(edit.draft.document(), (remote_schema, type_name), &relationship);
    let trial = Trial::new(
        &document,
        &schemas(edit),
        (remote_schema, type_name, name),
        arguments.selection.as_deref(),
        arguments.arguments.as_deref(),
    );
    let explained = |message: String, help: &str| Explanation {
        code: Code::ValidationFailed.as_str().to_owned(),
        message,
        help: Some(help.to_owned()),
    };
    let trial = match trial {
        Ok(trial) => trial,
        Err(why) => return Ok(Err(explained(why, "correct the definition first"))),
    };
    let parents = match &arguments.keys {
        Some(keys) => {
            let lhs_fields = &trial.join().lhs_fields;
            let lacking = |key: &Map<String, Value>| {
                lhs_fields.iter().find(|field| !key.contains_key(field.as_str()) && *field != "__typename")
            };
            if let Some(field) = keys.iter().find_map(lacking) {
                return Err(ApiError::parse(format!("{path}.keys"), format!("a key has no `{field}`")));
            }
            if keys.len() > MOST_KEYS {
                let message =
                    format!("{} keys are given, and at most {MOST_KEYS} are tried at once", keys.len());
                return Err(ApiError::parse(format!("{path}.keys"), message));
            }
            keys.clone()
        }
        None => {
            let take = arguments.take.map_or(3, |take| take as usize).clamp(1, MOST_KEYS);
            match live(edit, &trial, remote_schema, take, deadline, test).await {
                Ok(parents) => parents,
                Err(explanation) => return Ok(Err(explanation)),
            }
        }
    };
    let mut run = match trial.run(&parents) {
        Ok(run) => run,
        Err(why) => return Ok(Err(explained(why, "correct the selection or the arguments"))),
    };
    let mut failure = None;
    loop {
        let fetches = run.ready();
        if fetches.is_empty() {
            break;
        }
        for fetch in fetches {
            let remote = &trial.catalog.remote(fetch.remote).name;
            let answer = ask(edit, remote, fetch.body.clone(), deadline, test).await;
            if let Err(cause) = &answer {
                failure.get_or_insert_with(|| unreachable(remote, cause));
            }
            run.supply(fetch.id, answer);
        }
    }
    let response: Value = serde_json::from_slice(&run.finish().body).unwrap_or_default();
    let mut left = MOST_BYTES;
    test.rows = parents
        .into_iter()
        .zip(trial.values(&response))
        .map(|(key, value)| {
            let size = value.to_string().len();
            let fits = size <= left;
            left = left.saturating_sub(size);
            TestRow {
                key,
                value: if fits { value } else { json!(format!("{size} bytes, too long to be shown")) },
            }
        })
        .collect();
    let errors = response.get("errors").and_then(Value::as_array);
    test.errors = errors.into_iter().flatten().take(MOST_ERRORS).map(bounded).collect();
    Ok(failure.map_or(Ok(()), Err))
}

/// Keys of a few objects that the remote has.
async fn live(
    edit: &Edit,
    trial: &Trial,
    remote: &str,
    take: usize,
    deadline: Instant,
    test: &mut Test,
) -> Result<Vec<Map<String, Value>>, Explanation> {
    let not_found = |message: String| Explanation {
        code: Code::NotExists.as_str().to_owned(),
        message,
        help: Some("give keys to try".to_owned()),
    };
    let way = trial
        .way()
        .ok_or_else(|| not_found("no field without arguments leads to objects that have the key".into()))?;
    let body = Bytes::from(json!({"query": way.query}).to_string());
    let answer =
        ask(edit, remote, body, deadline, test).await.map_err(|cause| unreachable(remote, &cause))?;
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    let data = answer.get("data").cloned().unwrap_or_default();
    let parents = way.parents(&data, take);
    if parents.is_empty() {
        return Err(not_found(format!("`{}` of `{remote}` gives no object with a key", way.query)));
    }
    Ok(parents)
}

/// One request, noted with what came of it.
async fn ask(
    edit: &Edit,
    remote: &str,
    body: Bytes,
    deadline: Instant,
    test: &mut Test,
) -> Result<Bytes, Failure> {
    let start = Instant::now();
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let headers = HeaderMap::new();
    let caller = Caller { headers: &headers, session: &[], mutates: false };
    let answer = match edit.draft.upstream(remote) {
        Some(upstream) => upstream.post(body, Some(caller), Some(deadline)).await,
        None => Err(edit.draft.failure(remote).cloned().unwrap_or_else(|| Failure {
            code: Code::RemoteSchemaError,
            reason: format!("remote schema `{remote}` cannot be asked"),
            internal: None,
        })),
    };
    test.requests.push(UpstreamRequest {
        remote_schema: remote.to_owned(),
        query: shortened(request.get("query").and_then(Value::as_str).unwrap_or_default()),
        variables: request.get("variables").map(bounded),
        status: answer.as_ref().ok().map(|answer| answer.status),
        ms: milliseconds(start),
        bytes: answer.as_ref().map_or(0, |answer| answer.body.len() as u64),
        error: answer.as_ref().err().map(|failure| shortened(&detailed(failure))),
    });
    answer.map(|answer| answer.body)
}

fn shortened(text: &str) -> String {
    match text.len() <= MOST_TEXT {
        true => text.to_owned(),
        false => format!("{}… ({} bytes)", &text[..text.floor_char_boundary(MOST_TEXT)], text.len()),
    }
}

/// The value, or when it is long its beginning as a text.
fn bounded(value: &Value) -> Value {
    let text = value.to_string();
    if text.len() <= MOST_TEXT { value.clone() } else { json!(shortened(&text)) }
}

fn detailed(failure: &Failure) -> String {
    let detail = failure.internal.as_ref().and_then(|internal| internal.get("message")?.as_str());
    detail.map_or_else(|| failure.reason.clone(), |detail| format!("{}: {detail}", failure.reason))
}

fn unreachable(remote: &str, failure: &Failure) -> Explanation {
    Explanation {
        code: failure.code.as_str().to_owned(),
        message: detailed(failure),
        help: Some(format!("see that remote schema `{remote}` is up and can be reached from this server")),
    }
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}
