//! Requests from text to response, without a network.
//!
//! `tests/run/<catalog>/` holds `metadata.json` and one `<remote>.graphql` per remote; each folder in it is a case:
//! `query.graphql`, `answers.json` (the upstream answers in the order in which the requests are handed out; a string
//! is a raw body, `{"failure": "…"}` no answer) and, if need be, `options.json` with `role`, `variables`, `operationName`,
//! `errors: "hasura"` and limits. Every case is run a second time with its answers in another order. Expected are `plan.txt`, `fetches.txt` and `response.json`. `UPDATE=1` rewrites them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use engine::catalog::{Catalog, Failure, Introspection, Options, RemoteId, build};
use engine::fault::Code;
use engine::operation::{Bound, Limits, Operation};
use engine::remote::read_sdl;
use engine::run::{ErrorStyle, Run};
use metadata::Document;
use serde_json::Value;
use serde_json::value::RawValue;

mod expectation;

datatest_stable::harness! {
    { test = case, root = "tests/run", pattern = r"query\.graphql$" },
}

fn catalog(folder: &Path) -> Result<Catalog, Box<dyn std::error::Error>> {
    let document =
        Document::from_json(&serde_json::from_str(&fs::read_to_string(folder.join("metadata.json"))?)?)?;
    let mut introspections = BTreeMap::new();
    for remote in &document.remote_schemas {
        let sdl = fs::read_to_string(folder.join(format!("{}.graphql", remote.name)))?;
        introspections.insert(remote.name.clone(), Introspection::Fresh(Arc::new(read_sdl(&sdl)?)));
    }
    let (catalog, problems) = build(&document, &introspections, Options::default(), 1);
    assert!(problems.is_empty(), "{problems:#?}");
    Ok(catalog)
}

fn case(path: &Path) -> datatest_stable::Result<()> {
    let folder = path.parent().ok_or("a case is in a folder")?;
    let catalog = Arc::new(catalog(folder.parent().ok_or("a case is in a catalog's folder")?)?);
    let query = fs::read_to_string(path)?;
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let options: Value = read("options.json").map_or(Ok(Value::Null), |text| serde_json::from_str(&text))?;
    let mut answers: VecDeque<Value> =
        read("answers.json").map_or(Ok(VecDeque::new()), |text| serde_json::from_str(&text))?;
    let limit = |name: &str, default: usize| options[name].as_u64().map_or(default, |limit| limit as usize);
    let defaults = Limits::default();
    let limits = Limits {
        tokens: limit("tokens", defaults.tokens),
        depth: limit("depth", defaults.depth),
        aliases: limit("aliases", defaults.aliases),
        keys: limit("keys", defaults.keys),
        requests: limit("requests", defaults.requests),
        response_bytes: limit("responseBytes", defaults.response_bytes),
    };
    let style = if options["errors"] == "hasura" { ErrorStyle::Hasura } else { ErrorStyle::Conjoin };
    // A text is taken as it is, white space included.
    let variables = options.get("variables").map(|variables| match variables {
        Value::String(text) => text.clone(),
        variables => variables.to_string(),
    });

    let session = |name: &str| options["session"][name].as_str();
    let role = Arc::clone(catalog.role(options["role"].as_str().unwrap_or("admin")));
    let operation =
        Operation::parse(Arc::clone(&catalog), role, &query, options["operationName"].as_str(), limits);
    let bound = operation
        .and_then(|operation| operation.bind(variables.as_deref(), &session).map(|bound| (operation, bound)));
    let (operation, bound) = match bound {
        Ok(bound) => bound,
        Err(refusal) => {
            let response = serde_json::to_string_pretty(&refusal.to_response(true))?;
            expectation::check(&folder.join("response.json"), &(response + "\n"));
            return Ok(());
        }
    };
    expectation::check(&folder.join("plan.txt"), &bound.plan.explain(limits.requests).to_text());

    let mut run = Run::new(bound, limits, style, true);
    let mut fetches = String::new();
    let mut waiting = VecDeque::new();
    let mut script: HashMap<(RemoteId, Bytes), VecDeque<Value>> = HashMap::new();
    loop {
        for fetch in run.ready() {
            let body: HashMap<&str, &RawValue> = serde_json::from_slice(&fetch.body)?;
            let query: String = serde_json::from_str(body["query"].get())?;
            let _ = writeln!(fetches, "{}  {query}", catalog.remote(fetch.remote).name);
            if let Some(variables) = body.get("variables") {
                // As they were sent: a number may have more digits than a float.
                let _ = writeln!(fetches, "    {variables}");
            }
            let answer = answers.pop_front().ok_or_else(|| format!("no answer left for:\n{fetches}"))?;
            script.entry((fetch.remote, fetch.body)).or_default().push_back(answer.clone());
            waiting.push_back((fetch.id, answer));
        }
        let Some((id, answer)) = waiting.pop_front() else { break };
        run.supply(id, supplied(&answer));
    }
    assert!(run.is_done());
    assert!(answers.is_empty(), "answers are left over after:\n{fetches}");
    expectation::check(&folder.join("fetches.txt"), &fetches);
    let reply = run.finish();
    let response: Value = serde_json::from_slice(&reply.body)?;
    let n_errors = response["errors"].as_array().map_or(0, Vec::len);
    assert_eq!(n_errors, reply.n_errors, "the reply counts its errors");
    expectation::check(&folder.join("response.json"), &(serde_json::to_string_pretty(&response)? + "\n"));
    // Which keys a limit lets through, and which error comes first, depends on the order of the answers.
    let depends_on_order =
        style == ErrorStyle::Hasura || ["keys", "requests"].iter().any(|limit| options.get(limit).is_some());
    if !depends_on_order {
        let replayed = replay(
            operation.bind(variables.as_deref(), &session).map_err(|_| "bound once before")?,
            limits,
            script,
        );
        assert_eq!(replayed["data"], response["data"], "the order of the answers matters");
        assert_eq!(replayed["errors"].as_array().map_or(0, Vec::len), n_errors);
    }
    Ok(())
}

/// The response when always the newest request is answered first.
fn replay(bound: Bound, limits: Limits, mut script: HashMap<(RemoteId, Bytes), VecDeque<Value>>) -> Value {
    let mut run = Run::new(bound, limits, ErrorStyle::Conjoin, true);
    let mut waiting = Vec::new();
    loop {
        waiting.extend(run.ready());
        let Some(fetch) = waiting.pop() else { break };
        let answers =
            script.get_mut(&(fetch.remote, fetch.body)).expect("the requests are the same in any order");
        run.supply(fetch.id, supplied(&answers.pop_front().expect("each request is made as often")));
    }
    serde_json::from_slice(&run.finish().body).expect("a response is JSON")
}

fn supplied(answer: &Value) -> Result<Bytes, Failure> {
    match answer {
        Value::String(raw) => Ok(Bytes::from(raw.clone())),
        Value::Object(object) if object.contains_key("failure") => Err(Failure {
            code: Code::RemoteSchemaError,
            reason: answer["failure"].as_str().unwrap_or_default().to_owned(),
            internal: None,
        }),
        other => Ok(Bytes::from(other.to_string())),
    }
}
