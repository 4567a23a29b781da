//! How many keys that are there a relationship finds: some objects are read from the one remote, and what belongs to them from the other.
//! Nothing but queries is sent, as an administrator.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use engine::catalog::Failure;
use engine::remote::RemoteSchema;
use engine::suggest::Suggestion;
use engine::trial::Trial;
use futures_util::future::join_all;
use http::HeaderMap;
use metadata::Document;
use serde_json::{Map, Value, json};

use super::{Caller, Upstream};

/// Most keys of one relationship that are tried.
const KEYS: usize = 20;

/// Most relationships that are tried: the best ones.
pub(crate) const RELATIONSHIPS: usize = 10;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of trying some keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hits {
    /// Keys that were tried.
    pub(crate) asked: usize,
    /// Keys with a value.
    pub(crate) found: usize,
}

/// Tries the first suggestions; each with the reason when it could not be tried.
pub(crate) async fn of_suggestions(
    suggestions: &[Suggestion],
    document: &Document,
    schemas: &BTreeMap<String, Arc<RemoteSchema>>,
    upstreams: &BTreeMap<String, Arc<Upstream>>,
) -> Vec<Result<Hits, String>> {
    let deadline = Instant::now() + PATIENCE;
    let tries = suggestions.iter().take(RELATIONSHIPS).map(|suggestion| async move {
        let mut document = document.clone();
        suggestion.addition().apply(&mut document);
        let name = (&*suggestion.remote, &*suggestion.type_name, &*suggestion.relationship.name);
        let trial = Trial::new(&document, schemas, name, None, None)?;
        let parents = parents(&trial, upstreams, deadline).await?;
        found(&trial, &parents, upstreams, deadline).await
    });
    join_all(tries).await
}

/// Objects of the type with different keys.
async fn parents(
    trial: &Trial,
    upstreams: &BTreeMap<String, Arc<Upstream>>,
    deadline: Instant,
) -> Result<Vec<Map<String, Value>>, String> {
    let way = trial.way().ok_or("no field without arguments leads to objects that have the key")?;
    let remote = &trial.catalog.remote(trial.join().lhs).name;
    let body = json!({"query": way.query}).to_string();
    let answer = ask(remote, body.into(), upstreams, deadline).await.map_err(|failure| failure.reason)?;
    let answer: Value =
        serde_json::from_slice(&answer).map_err(|_| format!("`{remote}` does not answer in JSON"))?;
    let data = answer.get("data").cloned().unwrap_or_default();
    let parents = way.parents(&data, KEYS);
    match parents.is_empty() {
        true => Err(format!("`{}` of `{remote}` gives no object with a key", way.query)),
        false => Ok(parents),
    }
}

/// How many of the objects have a value.
async fn found(
    trial: &Trial,
    parents: &[Map<String, Value>],
    upstreams: &BTreeMap<String, Arc<Upstream>>,
    deadline: Instant,
) -> Result<Hits, String> {
    let mut run = trial.run(parents)?;
    loop {
        let fetches = run.ready();
        if fetches.is_empty() {
            break;
        }
        for fetch in fetches {
            let remote = &trial.catalog.remote(fetch.remote).name;
            run.supply(fetch.id, ask(remote, fetch.body.clone(), upstreams, deadline).await);
        }
    }
    let response: Value = serde_json::from_slice(&run.finish().body).unwrap_or_default();
    let is_hit = |value: &&Value| !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty());
    let found = trial.values(&response).iter().filter(is_hit).count();
    let error = response.pointer("/errors/0/message").and_then(Value::as_str);
    match error.filter(|_| found == 0) {
        Some(error) => Err(error.to_owned()),
        None => Ok(Hits { asked: parents.len(), found }),
    }
}

async fn ask(
    remote: &str,
    body: Bytes,
    upstreams: &BTreeMap<String, Arc<Upstream>>,
    deadline: Instant,
) -> Result<Bytes, Failure> {
    let upstream = upstreams.get(remote).ok_or_else(|| Failure {
        code: engine::fault::Code::NotExists,
        reason: format!("`{remote}` cannot be asked"),
        internal: None,
    })?;
    let headers = HeaderMap::new();
    let caller = Caller { headers: &headers, session: &[], mutates: false };
    upstream.post(body, Some(caller), Some(deadline)).await.map(|answer| answer.body)
}
