//! `conjoin relationship test`: the other remote is asked from here for some keys, as the gateway would ask it. Without `--value` the
//! keys are those of a few objects that the relationship's own remote has.

use std::fmt::Write as _;
use std::time::Instant;

use bytes::Bytes;
use clap::Args;
use engine::trial::Trial;
use http::HeaderMap;
use metadata::Document;
use serde_json::{Map, Value, json};

use super::name::{Name, parse};
use crate::cli::Outcome;
use crate::cli::change::Context;
use crate::cli::error::{Error, Exit};
use crate::cli::source::{MAX_ANSWER_BYTES, Source};
use crate::upstream::{Answer, Caller, Upstream};

/// Arguments of `conjoin relationship test`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  conjoin relationship test orders.Order.user --value 7 --value 8\n  \
    conjoin relationship test Order.seller --value '{\"code\": \"a\", \"country\": \"NL\"}' --select '{ name }'")]
pub(super) struct Arguments {
    /// The relationship: TYPE.name, or SCHEMA.TYPE.name.
    #[arg(value_parser = parse)]
    name: Name,
    /// A key, as JSON or as a text; an object if the relationship has several. As often as wanted.
    #[arg(long = "value", value_name = "JSON")]
    values: Vec<String>,
    /// What to ask of the value [default: its plain fields].
    #[arg(long, value_name = "SELECTION")]
    select: Option<String>,
    /// Arguments that the relationship leaves to clients: `limit: 5`.
    #[arg(long, value_name = "ARGUMENTS")]
    args: Option<String>,
    /// How many objects to take keys from, without --value.
    #[arg(long, value_name = "N", default_value_t = 3)]
    take: usize,
    /// Take the server's metadata, also in a project.
    #[arg(long)]
    server: bool,
}

/// A request that was made.
struct Asked {
    remote: String,
    request: Value,
    status: Option<u16>,
    ms: u128,
    bytes: usize,
    answer: Value,
    error: Option<String>,
}

/// Asks; ends with 1 if the response has errors, and with 4 if there is no answer.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let source = read(arguments, context).await?;
    let known = arguments.name.find(&source.document)?;
    let name = (known.remote, known.type_name, known.relationship.name.as_str());
    let (selection, extra) = (arguments.select.as_deref(), arguments.args.as_deref());
    let refused =
        |why: String| Error::failed("validation-failed", format!("{} cannot be tried: {why}", known.title()));
    let trial = Trial::new(&source.document, &source.schemas, name, selection, extra).map_err(refused)?;
    let keys: Vec<&str> = trial.join().lhs_fields.iter().map(|field| field.as_str()).collect();
    let mut asked = Vec::new();
    let parents = match arguments.values.as_slice() {
        [] => live(&trial, arguments.take, known.remote, &source.document, context, &mut asked).await?,
        values => values.iter().map(|value| parent(value, &keys)).collect::<Result<_, _>>()?,
    };
    let mut run =
        trial.run(&parents).map_err(|why| refused(why).help("--select and --args say what is asked"))?;
    let _step = context.terminal.step("asking the remote");
    loop {
        let fetches = run.ready();
        if fetches.is_empty() {
            break;
        }
        for fetch in fetches {
            let remote = &trial.catalog.remote(fetch.remote).name;
            let (record, answer) = ask(remote, fetch.body.clone(), &source.document, context).await;
            asked.push(record);
            run.supply(fetch.id, answer.map(|answer| answer.body));
        }
    }
    let response: Value = serde_json::from_slice(&run.finish().body).unwrap_or_default();
    Ok(outcome(&trial, &parents, &asked, &response, &known.title()))
}

async fn read(arguments: &Arguments, context: &Context<'_>) -> Result<Source, Error> {
    let _step = context.terminal.step("reading metadata and schemas");
    if arguments.server || !context.project.exists() {
        return Source::of_server(&context.client()?, context.terminal).await;
    }
    let document = context.project.read_metadata()?;
    let known = arguments.name.find(&document)?;
    let target = known.target().map(|to| to.remote_schema.as_str());
    let wanted = |remote: &str| remote == known.remote || Some(remote) == target;
    Source::of_project_and_remotes(&context.project, wanted, context.terminal).await
}

/// The object that has this key.
fn parent(text: &str, keys: &[&str]) -> Result<Map<String, Value>, Error> {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    match (value, keys) {
        (Value::Object(members), keys) => match keys.iter().find(|key| !members.contains_key(**key)) {
            None => Ok(members),
            Some(key) => Err(Error::usage(format!("the key `{text}` has no `{key}`"))
                .help(format!("give an object with {}", keys.join(", ")))),
        },
        (value, [key]) => Ok(Map::from_iter([((*key).to_owned(), value)])),
        (_, keys) => Err(Error::usage(format!("`{text}` is one value, and the key has {}", keys.len()))
            .help(format!("give an object with {}", keys.join(", ")))),
    }
}

/// Keys of a few objects that the remote has.
async fn live(
    trial: &Trial,
    take: usize,
    remote: &str,
    document: &Document,
    context: &Context<'_>,
    asked: &mut Vec<Asked>,
) -> Result<Vec<Map<String, Value>>, Error> {
    let way = trial.way().ok_or_else(|| {
        Error::usage("no field without arguments leads to objects that have the key")
            .help("give keys with --value")
    })?;
    let body = json!({"query": way.query}).to_string();
    let (record, answer) = ask(remote, body.into(), document, context).await;
    if let Err(failure) = answer {
        return Err(Error::unreachable(failure.reason).help("give keys with --value"));
    }
    let data = record.answer.get("data").cloned().unwrap_or_default();
    asked.push(record);
    let parents = way.parents(&data, take.max(1));
    if parents.is_empty() {
        let message = format!("`{}` of {remote} gives no object with a key", way.query);
        return Err(Error::failed("not-exists", message).help("give keys with --value"));
    }
    Ok(parents)
}

/// One request to a remote, as the gateway makes it for an administrator.
async fn ask(
    remote: &str,
    body: Bytes,
    document: &Document,
    context: &Context<'_>,
) -> (Asked, Result<Answer, engine::catalog::Failure>) {
    let start = Instant::now();
    let env = |name: &str| context.project.environment.value(name);
    // The remotes of a trial are those of the metadata.
    let entry = document.remote_schema(remote).cloned();
    let answer =
        match entry.map(|entry| Upstream::new(&entry, &document.tls_allowlist(), &env, MAX_ANSWER_BYTES)) {
            Some(Ok(upstream)) => {
                let headers = HeaderMap::new();
                let caller = Caller { headers: &headers, session: &[], mutates: false };
                let deadline = Some(start + context.options.timeout());
                upstream.post(body.clone(), Some(caller), deadline).await
            }
            Some(Err(failure)) => Err(failure),
            None => Err(engine::catalog::Failure {
                code: engine::fault::Code::NotExists,
                reason: format!("there is no remote schema `{remote}`"),
                internal: None,
            }),
        };
    let error = answer.as_ref().err().map(|failure| {
        let detail = failure.internal.as_ref().and_then(|internal| internal.get("message")?.as_str());
        detail.map_or_else(|| failure.reason.clone(), |detail| format!("{}: {detail}", failure.reason))
    });
    let body_of = |answer: &Answer| {
        let text = || Value::from(String::from_utf8_lossy(&answer.body).into_owned());
        serde_json::from_slice(&answer.body).unwrap_or_else(|_| text())
    };
    let record = Asked {
        remote: remote.to_owned(),
        request: serde_json::from_slice(&body).unwrap_or_default(),
        status: answer.as_ref().ok().map(|answer| answer.status),
        ms: start.elapsed().as_millis(),
        bytes: answer.as_ref().map_or(0, |answer| answer.body.len()),
        answer: answer.as_ref().map(body_of).unwrap_or_default(),
        error,
    };
    (record, answer)
}

fn outcome(
    trial: &Trial,
    parents: &[Map<String, Value>],
    asked: &[Asked],
    response: &Value,
    title: &str,
) -> Outcome {
    let mut text = String::new();
    for Asked { remote, request, status, ms, bytes, answer, error } in asked {
        let query = request.get("query").and_then(Value::as_str).unwrap_or_default();
        let _ = writeln!(text, "{remote} is asked\n  {}", query.trim());
        if let Some(variables) = request.get("variables") {
            let _ = writeln!(text, "  {variables}");
        }
        let _ = match (status, error) {
            (Some(status), _) => writeln!(text, "and answers {status} in {ms} ms, {bytes} bytes\n  {answer}"),
            (None, error) => writeln!(text, "and does not answer: {}", error.as_deref().unwrap_or_default()),
        };
    }
    let values = trial.values(response);
    let keys = &trial.join().lhs_fields;
    let mut results = Vec::new();
    for (index, parent) in parents.iter().enumerate() {
        let value = values.get(index).cloned().unwrap_or_default();
        let key = match keys.as_slice() {
            [key] => parent.get(key.as_str()).cloned().unwrap_or_default(),
            keys => json!(
                keys.iter()
                    .map(|key| (key.to_string(), parent.get(key.as_str())))
                    .collect::<std::collections::BTreeMap<_, _>>()
            ),
        };
        let _ = writeln!(text, "{key} -> {value}");
        results.push(json!({"key": key, "value": value}));
    }
    let errors = response.get("errors").cloned().unwrap_or_else(|| json!([]));
    for error in errors.as_array().into_iter().flatten() {
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        let _ = writeln!(text, "error: {message}");
    }
    let requests = asked.iter().map(|asked| {
        json!({
            "remote": asked.remote,
            "request": asked.request,
            "status": asked.status,
            "bytes": asked.bytes,
            "answer": asked.answer,
            "error": asked.error,
        })
    });
    let data = json!({
        "relationship": title,
        "requests": requests.collect::<Vec<_>>(),
        "results": results,
        "errors": errors,
    });
    let exit = if asked.iter().any(|asked| asked.error.is_some()) {
        Exit::Unreachable
    } else if errors.as_array().is_some_and(|errors| !errors.is_empty()) {
        Exit::Failed
    } else {
        Exit::Ok
    };
    Outcome { exit, ..Outcome::with_text(&data, text) }
}
