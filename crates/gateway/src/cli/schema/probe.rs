//! Asks a remote for its schema before anything is written, and says in plain words why there is none.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use engine::catalog::Failure;
use engine::remote::RemoteSchema;
use http::StatusCode;
use metadata::network::TlsAllow;
use serde_json::Value;

use super::{address, counted};
use crate::cli::change::Context;
use crate::cli::error::{Error, Exit};
use crate::cli::source::MAX_ANSWER_BYTES;
use crate::sync::introspect::Asker;
use crate::upstream::{Answer, Upstream};

/// The schema of a remote that is in no metadata yet.
pub(super) async fn probe(
    remote: &metadata::RemoteSchema,
    allowed: &[TlsAllow],
    context: &Context<'_>,
) -> Result<Arc<RemoteSchema>, Error> {
    let env = context.project.environment.values();
    let upstream = Upstream::new(remote, allowed, &*env, MAX_ANSWER_BYTES).map_err(|failure| {
        Error::failed("invalid-params", failure.reason).exit(Exit::Usage).help(
            "variables are read from the environment and the project's .env; --no-probe adds the remote without asking it",
        )
    })?;
    let step = context.terminal.step("asking the remote for its schema");
    let start = Instant::now();
    let name = address(remote);
    let too_late = |_| {
        Error::unreachable(format!(
            "{name} has not answered within {} s",
            context.options.timeout().as_secs()
        ))
        .help("wait longer with --timeout")
    };
    let upstream = Arc::new(upstream);
    let asker = Asker::new(&remote.definition, Arc::clone(&upstream), env, MAX_ANSWER_BYTES);
    let introspected = tokio::time::timeout(context.options.timeout(), asker.ask()).await;
    let schema = match introspected.map_err(too_late)? {
        Ok(introspected) => introspected.schema,
        Err(failure) => return Err(explain(&failure, &name, &upstream).await),
    };
    drop(step);
    let ms = start.elapsed().as_millis();
    context.terminal.done(&format!("{} answered in {ms} ms: {}", remote.name, counted(&schema)));
    for warning in schema.warnings.iter().take(3) {
        context.terminal.warn(warning);
    }
    Ok(schema)
}

async fn explain(failure: &Failure, name: &str, upstream: &Upstream) -> Error {
    let internal = failure.internal.as_ref();
    let is_exchange = internal.and_then(|internal| internal.get("type")) == Some(&"http_exception".into());
    if is_exchange {
        let message = internal.and_then(|internal| internal.get("message")?.as_str()).unwrap_or_default();
        return unanswered(name, message);
    }
    // What it says to the simplest query tells more than what it said to a long one.
    let simple = Bytes::from_static(br#"{"query":"{__typename}"}"#);
    match upstream.post(simple, None, None).await {
        Ok(answer) => answered(name, &answer, &failure.reason),
        Err(_) => Error::failed("remote-schema-error", format!("{name} gives no schema: {}", failure.reason)),
    }
}

/// There was no answer at all.
fn unanswered(name: &str, message: &str) -> Error {
    let cause = ["error sending request: ", "client error (Connect): ", "tcp connect error: "];
    let cause = cause.iter().fold(message, |message, outer| message.rsplit(outer).next().unwrap_or(message));
    let lower = message.to_ascii_lowercase();
    if lower.contains("redirects are not followed") {
        let place = message.split_once("location ").map_or(message, |(_, rest)| rest);
        let place = place.split(';').next().unwrap_or(place);
        let error = Error::failed("remote-schema-error", format!("{name} redirects to {place}"));
        return error.help("give the address that it leads to");
    }
    if ["certificate", "tls", "handshake", "invalidcontenttype"].iter().any(|word| lower.contains(word)) {
        return Error::unreachable(format!("no TLS connection to {name}: {cause}")).help(
            "for a private authority, set `tls` in the remote's definition (docs/metadata.md) and use --no-probe",
        );
    }
    if lower.contains("timeout") {
        return Error::unreachable(format!("{name} does not answer: {message}"))
            .help("allow it more time with --timeout-seconds");
    }
    Error::unreachable(format!("could not reach {name}: {cause}"))
        .help("check the address; --no-probe adds the remote without asking it")
}

/// There was an answer, and no schema in it.
fn answered(name: &str, answer: &Answer, reason: &str) -> Error {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let speaks_graphql = body.get("data").is_some() || body.get("errors").is_some();
    let is_page = answer.body.trim_ascii_start().starts_with(b"<");
    let error = |message: String| Error::failed("remote-schema-error", message);
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Error::failed("access-denied", format!("{name} refuses the request: {status}"))
            .exit(Exit::Denied)
            .help("name the variable that holds the credentials: --env-header Authorization=VARIABLE");
    }
    if is_page {
        return error(format!("{name} answers with a page of HTML ({status}), so it is no GraphQL API"))
            .help("check the path; many have it at /graphql");
    }
    if body.pointer("/data/__typename").is_some() {
        return error(format!("{name} speaks GraphQL, but gives no schema: {reason}")).help(
            "let it be introspected, or with other credentials (--env-header); --no-probe adds it without a schema",
        );
    }
    if speaks_graphql {
        return error(format!("{name} gives no schema: {reason}"))
            .help("if it wants credentials, name their variable: --env-header Authorization=VARIABLE");
    }
    if status.is_server_error() {
        return Error::unreachable(format!("{name} fails: {status}")).help("try again when it works");
    }
    error(format!("{name} answers {status}, and not as a GraphQL API does: {reason}"))
        .help("check the path; many have it at /graphql")
}
