//! Why a remote gives no schema, in plain words: whoever adds one meets pages of HTML, redirects and refusals before it works.
//!
//! What is to be done is told for all who ask; the command line adds which of its flags does it.

use bytes::Bytes;
use engine::catalog::Failure;
use http::StatusCode;
use serde_json::Value;

use super::{Answer, Upstream};

/// Why there is no schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    /// What happened.
    pub(crate) message: String,
}

/// Kinds of refusals, by what is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody could be reached.
    Unreachable,
    /// No TLS connection came about.
    Tls,
    /// It takes too long.
    Slow,
    /// It is somewhere else.
    Redirects,
    /// Whoever asks is not let in.
    Denied,
    /// It is a web page.
    Page,
    /// It is a GraphQL API that does not tell its schema.
    NoIntrospection,
    /// It is a GraphQL API that answers with errors.
    Errors,
    /// It has a fault of its own.
    Fails,
    /// It is something else.
    Other,
    /// What it tells is no schema.
    NoSchema,
}

impl Kind {
    /// A code of docs/errors.md.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Denied => "access-denied",
            _ => "remote-schema-error",
        }
    }

    /// What to do.
    pub(crate) fn help(self) -> Option<&'static str> {
        match self {
            Self::Unreachable => Some("check the address, and that this host is let through to it"),
            Self::Tls => Some("for a private authority, set `tls` in the remote's definition"),
            Self::Slow => Some("allow it more time with `timeout_seconds`"),
            Self::Redirects => Some("give the address that it leads to"),
            Self::Denied | Self::Errors => {
                Some("give it credentials with a header whose value is in a variable of the server")
            }
            Self::Page | Self::Other => Some("check the path; many have it at /graphql"),
            Self::NoIntrospection => {
                Some("let it be introspected, or give its schema as SDL with `schema_from`")
            }
            Self::Fails => Some("try again when it works"),
            Self::NoSchema => None,
        }
    }
}

/// Why the remote that is called `name` gives no schema. Asks it once more when it gave an answer.
pub(crate) async fn explain(failure: &Failure, name: &str, upstream: &Upstream) -> Refusal {
    if let Some(refusal) = unanswered(failure, name) {
        return refusal;
    }
    // What it says to the simplest query tells more than what it said to a long one.
    let simple = Bytes::from_static(br#"{"query":"{__typename}"}"#);
    match upstream.post(simple, None, None).await {
        Ok(answer) => answered(name, &answer, &failure.reason),
        Err(_) => no_schema(failure, name),
    }
}

/// As [`explain`], from what is known already: nobody is asked.
pub(crate) fn explain_known(failure: &Failure, name: &str) -> Refusal {
    unanswered(failure, name).unwrap_or_else(|| no_schema(failure, name))
}

fn no_schema(failure: &Failure, name: &str) -> Refusal {
    Refusal { kind: Kind::NoSchema, message: format!("{name} gives no schema: {}", failure.reason) }
}

/// There was no answer at all.
fn unanswered(failure: &Failure, name: &str) -> Option<Refusal> {
    let internal = failure.internal.as_ref()?;
    if internal.get("type") != Some(&"http_exception".into()) {
        return None;
    }
    let message = internal.get("message").and_then(Value::as_str).unwrap_or_default();
    let cause = ["error sending request: ", "client error (Connect): ", "tcp connect error: "];
    let cause = cause.iter().fold(message, |message, outer| message.rsplit(outer).next().unwrap_or(message));
    let lower = message.to_ascii_lowercase();
    let refusal = |kind, message| Some(Refusal { kind, message });
    if lower.contains("redirects are not followed") {
        let place = message.split_once("location ").map_or(message, |(_, rest)| rest);
        let place = place.split(';').next().unwrap_or(place);
        return refusal(Kind::Redirects, format!("{name} redirects to {place}"));
    }
    if ["certificate", "tls", "handshake", "invalidcontenttype"].iter().any(|word| lower.contains(word)) {
        return refusal(Kind::Tls, format!("no TLS connection to {name}: {cause}"));
    }
    if lower.contains("timeout") {
        return refusal(Kind::Slow, format!("{name} does not answer: {message}"));
    }
    refusal(Kind::Unreachable, format!("could not reach {name}: {cause}"))
}

/// There was an answer, and no schema in it.
fn answered(name: &str, answer: &Answer, reason: &str) -> Refusal {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let speaks_graphql = body.get("data").is_some() || body.get("errors").is_some();
    let is_page = answer.body.trim_ascii_start().starts_with(b"<");
    let refusal = |kind, message| Refusal { kind, message };
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return refusal(Kind::Denied, format!("{name} refuses the request: {status}"));
    }
    if is_page {
        let message = format!("{name} answers with a page of HTML ({status}), so it is no GraphQL API");
        return refusal(Kind::Page, message);
    }
    if body.pointer("/data/__typename").is_some() {
        let message = format!("{name} speaks GraphQL, but gives no schema: {reason}");
        return refusal(Kind::NoIntrospection, message);
    }
    if speaks_graphql {
        return refusal(Kind::Errors, format!("{name} gives no schema: {reason}"));
    }
    if status.is_server_error() {
        return refusal(Kind::Fails, format!("{name} fails: {status}"));
    }
    let message = format!("{name} answers {status}, and not as a GraphQL API does: {reason}");
    refusal(Kind::Other, message)
}
