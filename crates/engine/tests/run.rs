//! Requests from text to response, without a network.
//!
//! `tests/run/<catalog>/` holds `metadata.json` and one `<remote>.graphql` per remote; each folder in it is a case:
//! `query.graphql`, `answers.json` (the upstream answers in the order in which the requests are handed out; a string
//! is a raw body, `{"failure": "…"}` no answer) and, if need be, `options.json` with `variables`, `operationName`,
//! `errors: "hasura"` and limits. Expected are `plan.txt`, `fetches.txt` and `response.json`. `UPDATE=1` rewrites them.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use engine::catalog::{Catalog, Failure, Introspection, Options, build};
use engine::fault::Code;
use engine::operation::{Limits, Operation};
use engine::remote::read_sdl;
use engine::run::{ErrorStyle, Run};
use metadata::Document;
use serde_json::Value;

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
    let variables = options.get("variables").map(Value::to_string);

    let role = Arc::clone(catalog.role("admin"));
    let bound =
        Operation::parse(Arc::clone(&catalog), role, &query, options["operationName"].as_str(), limits)
            .and_then(|operation| operation.bind(variables.as_deref()));
    let bound = match bound {
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
    loop {
        for fetch in run.ready() {
            let body: Value = serde_json::from_slice(&fetch.body)?;
            let _ = writeln!(
                fetches,
                "{}  {}",
                catalog.remote(fetch.remote).name,
                body["query"].as_str().unwrap_or_default()
            );
            if !body["variables"].is_null() {
                let _ = writeln!(fetches, "    {}", body["variables"]);
            }
            let answer = answers.pop_front().ok_or_else(|| format!("no answer left for:\n{fetches}"))?;
            waiting.push_back((fetch.id, answer));
        }
        let Some((id, answer)) = waiting.pop_front() else { break };
        let answer = match &answer {
            Value::String(raw) => Ok(Bytes::from(raw.clone())),
            Value::Object(object) if object.contains_key("failure") => Err(Failure {
                code: Code::RemoteSchemaError,
                reason: answer["failure"].as_str().unwrap_or_default().to_owned(),
                internal: None,
            }),
            other => Ok(Bytes::from(other.to_string())),
        };
        run.supply(id, answer);
    }
    assert!(run.is_done());
    assert!(answers.is_empty(), "answers are left over");
    expectation::check(&folder.join("fetches.txt"), &fetches);
    let reply = run.finish();
    let response: Value = serde_json::from_slice(&reply.body)?;
    let n_errors = response["errors"].as_array().map_or(0, Vec::len);
    assert_eq!(n_errors, reply.n_errors, "the reply counts its errors");
    expectation::check(&folder.join("response.json"), &(serde_json::to_string_pretty(&response)? + "\n"));
    Ok(())
}
