//! The GraphQL endpoints: `/v1/graphql`, and the legacy `/v1alpha1/graphql` with real status codes.
//!
//! [`envelope`] reads bodies, [`plans`] keeps prepared operations, [`drive`] makes the upstream requests. This file joins
//! them and decides which HTTP status and media type an outcome has.

pub mod drive;
pub mod envelope;
pub mod plans;

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use bytes::{BufMut, Bytes, BytesMut};
use engine::fault::{Code, Refusal};
use engine::operation::OperationKind;
use engine::plan::Plan;
use engine::run::Run;
use futures_util::future::join_all;
use http::header::{ACCEPT, ALLOW, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::auth::Identity;
use crate::http::explain::{self, Wanted};
use crate::http::graphql::drive::{Client, Driven, Noting, drive};
use crate::http::graphql::envelope::{Envelope, Payload};
use crate::http::respond::{self, Answered, Noted};
use crate::http::{App, body};
use crate::sync::Snapshot;

/// Where requests are sent.
pub const PATH: &str = "/v1/graphql";

/// The media type of GraphQL over HTTP, whose users want real status codes.
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// `/v1/graphql`, POST and GET: 200 for everything, as Hasura's clients expect, unless the client asks for real codes.
pub async fn v1(State(app): State<Arc<App>>, request: Request) -> Answered {
    answer_v1(&app, request).await
}

/// As [`v1`], for whoever has no router in between.
pub async fn answer_v1(app: &Arc<App>, request: Request) -> Answered {
    let dialect = match prefers_graphql_response(request.headers()) {
        true => Dialect::GraphqlOverHttp,
        false => Dialect::AlwaysOk,
    };
    answer(app, dialect, request).await
}

/// `/v1alpha1/graphql`, POST only.
pub async fn v1alpha1(State(app): State<Arc<App>>, request: Request) -> Answered {
    answer(&app, Dialect::RealStatus, request).await
}

/// How outcomes become statuses and media types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    AlwaysOk,
    RealStatus,
    GraphqlOverHttp,
}

/// A request that is not executed, with the status it has where statuses are real.
#[derive(Debug)]
pub struct Refused {
    /// That status.
    pub status: StatusCode,
    /// Code, path and text.
    pub refusal: Refusal,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { status: StatusCode::BAD_REQUEST, refusal }
    }
}

/// Where in an HTTP request an operation came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// By a method that promises to change nothing.
    pub(super) read_only: bool,
    /// Not in an array, so that its response is the whole of the HTTP response.
    pub(super) alone: bool,
}

/// An executed operation.
#[derive(Debug)]
pub(super) struct Executed {
    pub(super) body: Bytes,
    pub(super) n_errors: usize,
    pub(super) set_cookies: Vec<HeaderValue>,
}

async fn answer(app: &Arc<App>, dialect: Dialect, request: Request) -> Answered {
    let start = Instant::now();
    let (mut parts, mut body) = request.into_parts();
    name_host(&mut parts);
    // A HEAD is a GET whose answer nobody reads.
    let read_only = matches!(parts.method, Method::GET | Method::HEAD);
    let query_string = read_only.then(|| parts.uri.query().unwrap_or_default());
    // The bodies of strangers are not read, unless a webhook wants to see them.
    let mut read = None;
    if app.auth.wants_requests() {
        let body = std::mem::take(&mut body);
        read = Some(Box::pin(read_body(app, query_string, &parts.headers, body)).await);
    }
    let shown = match &read {
        Some(Ok(body)) => envelope::shown(body, app.config.max_batch),
        _ => None,
    };
    let identity = app.auth.authenticate(&parts.headers, shown.as_deref()).await;
    let Identity { session, set_cookies, .. } = match identity {
        Ok(identity) => identity,
        Err(denied) => {
            return refused(dialect, &Refused { status: denied.status, refusal: denied.refusal }, false);
        }
    };
    let client = Arc::new(Client {
        internal: app.shows_internal(&session),
        wanted: Wanted::of(&parts.headers, &session),
        session,
        headers: parts.headers,
        start,
        deadline: app.config.request_timeout.map(|timeout| start + timeout),
    });
    let body = match read {
        Some(body) => body,
        None => read_body(app, query_string, &client.headers, body).await,
    };
    let result = match body {
        Ok(body) => execute_body(app, &client, &body, read_only).await,
        Err(unreadable) => Err(unreadable),
    };
    let mut answered = match result {
        Ok(executed) => {
            let mut response = respond::with_media(StatusCode::OK, dialect.media(), executed.body);
            respond::set_cookies(&mut response, executed.set_cookies);
            Answered { response, noted: Noted { n_errors: executed.n_errors, ..Noted::default() } }
        }
        Err(error) => refused(dialect, &error, client.internal),
    };
    respond::set_cookies(&mut answered.response, set_cookies);
    answered.noted.took = Some(start.elapsed());
    // Nobody else holds it any more, so nothing is copied.
    answered.noted.session = Some(Arc::unwrap_or_clone(client).session);
    answered
}

/// HTTP/2 has no header for the host, and remotes are told of it all the same.
pub(super) fn name_host(parts: &mut Parts) {
    if let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.entry(HOST).or_insert(host);
    }
}

/// The body of a POST, or what would be it of a GET, which has a query string instead.
async fn read_body(
    app: &App,
    query_string: Option<&str>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Refused> {
    match query_string {
        Some(query_string) => Ok(Bytes::from(envelope::body_of_query_string(query_string)?)),
        None => body::read(headers, body, app.config.max_body_bytes).await,
    }
}

async fn execute_body(
    app: &Arc<App>,
    client: &Arc<Client>,
    body: &[u8],
    read_only: bool,
) -> Result<Executed, Refused> {
    let snapshot = app.hub.snapshot();
    match envelope::read(body, app.config.max_batch)? {
        Payload::One(envelope) => {
            execute(app, &snapshot, client, &envelope, Place { read_only, alone: true }).await
        }
        Payload::Batch(items) => Ok(execute_batch(app, &snapshot, client, items).await),
    }
}

/// Executes the items of an array: all at once, but one after the other as soon as there is a mutation among them.
async fn execute_batch(
    app: &Arc<App>,
    snapshot: &Arc<Snapshot>,
    client: &Arc<Client>,
    items: Vec<Result<Envelope<'_>, Refusal>>,
) -> Executed {
    let mutates = items.iter().flatten().any(|envelope| {
        let operation = prepare(app, snapshot, client, envelope);
        operation.is_ok_and(|operation| operation.kind == OperationKind::Mutation)
    });
    let outcomes = items.into_iter().map(|item| async move {
        let result = match item {
            Ok(envelope) => {
                execute(app, snapshot, client, &envelope, Place { read_only: false, alone: false }).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        match result {
            Ok(executed) => (executed.body, executed.n_errors),
            Err(error) => (Bytes::from(error.refusal.to_response(client.internal).to_string()), 1),
        }
    });
    let answers = if mutates {
        let mut answers = Vec::new();
        for outcome in outcomes {
            answers.push(outcome.await);
        }
        answers
    } else {
        join_all(outcomes).await
    };
    let size = answers.iter().map(|(body, _)| body.len() + 1).sum::<usize>() + 2;
    let mut array = BytesMut::with_capacity(size);
    array.put_u8(b'[');
    for (index, (body, _)) in answers.iter().enumerate() {
        if index > 0 {
            array.put_u8(b',');
        }
        array.put_slice(body);
    }
    array.put_u8(b']');
    Executed {
        body: array.freeze(),
        n_errors: answers.iter().map(|(_, n_errors)| n_errors).sum(),
        // Whose cookie it is could not be told in an array.
        set_cookies: Vec::new(),
    }
}

fn prepare(
    app: &App,
    snapshot: &Snapshot,
    client: &Client,
    envelope: &Envelope<'_>,
) -> Result<Arc<engine::operation::Operation>, Refusal> {
    let role = &client.session.role;
    app.plans.operation(&snapshot.catalog, role, &envelope.query, envelope.operation_name())
}

pub(super) async fn execute(
    app: &Arc<App>,
    snapshot: &Arc<Snapshot>,
    client: &Arc<Client>,
    envelope: &Envelope<'_>,
    place: Place,
) -> Result<Executed, Refused> {
    let operation = prepare(app, snapshot, client, envelope)?;
    match operation.kind {
        OperationKind::Subscription => {
            let message = "subscriptions are not supported over HTTP, use websockets instead";
            return Err(Refusal::new(Code::UnexpectedPayload, "$", message).into());
        }
        OperationKind::Mutation if place.read_only => {
            let refusal =
                Refusal::new(Code::MethodNotAllowed, "$", "mutations need POST; GET is for queries only");
            return Err(Refused { status: StatusCode::METHOD_NOT_ALLOWED, refusal });
        }
        OperationKind::Mutation | OperationKind::Query => {}
    }
    let bound = operation.bind(envelope.variables(), &|name| client.session.variable(name))?;
    let is_traced = app.traces.is_on();
    let plan = (is_traced || client.wanted != Wanted::Nothing).then(|| Arc::clone(&bound.plan));
    let noting = match client.wanted {
        Wanted::Trace => Noting::Bodies,
        _ if is_traced => Noting::Times,
        _ => Noting::Nothing,
    };
    let limits = app.config.limits;
    let mut run = Run::new(bound, limits, app.config.errors, client.internal);
    if place.alone && client.wanted == Wanted::Nothing {
        run = run.handing_on();
    }
    let mut driven = if operation.kind == OperationKind::Mutation {
        // A client that goes away must not leave its mutation half done, so the run does not depend on the connection.
        let (snapshot, client) = (Arc::clone(snapshot), Arc::clone(client));
        let running = Arc::clone(&app.mutations).read_owned().await;
        let task = tokio::spawn(async move {
            let driven = drive(&snapshot, run, &client, noting).await;
            drop(running);
            driven
        });
        task.await.map_err(|error| {
            tracing::error!(%error, "a mutation's task ended badly");
            let refusal = Refusal::new(Code::Unexpected, "$", "internal error; the log has the details");
            Refused { status: StatusCode::INTERNAL_SERVER_ERROR, refusal }
        })?
    } else {
        drive(snapshot, run, client, noting).await
    };
    if let Some(plan) = plan {
        if client.wanted != Wanted::Nothing {
            driven.reply.body = with_join_plan(&plan, limits.requests, client, &driven);
        }
        app.traces.record(client, operation, plan, &mut driven);
    }
    Ok(Executed { body: driven.reply.body, n_errors: driven.reply.n_errors, set_cookies: driven.set_cookies })
}

/// The response with what its client wants to know of the execution.
fn with_join_plan(plan: &Plan, max_requests: usize, client: &Client, driven: &Driven) -> Bytes {
    let mut plan = plan.explain(max_requests);
    if client.wanted == Wanted::Trace {
        explain::add_trace(&mut plan, client.start, client.start.elapsed(), &driven.sent, &driven.figures);
    }
    explain::with_join_plan(&driven.reply.body, &plan)
}

fn refused(dialect: Dialect, error: &Refused, internal: bool) -> Answered {
    let status = if dialect == Dialect::AlwaysOk { StatusCode::OK } else { error.status };
    let body = Bytes::from(error.refusal.to_response(internal).to_string());
    let mut response = respond::with_media(status, dialect.media(), body);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    let error = Some(respond::noted_error(&error.refusal));
    Answered { response, noted: Noted { error, ..Noted::default() } }
}

impl Dialect {
    fn media(self) -> HeaderValue {
        match self {
            Self::AlwaysOk | Self::RealStatus => respond::JSON,
            Self::GraphqlOverHttp => {
                HeaderValue::from_static("application/graphql-response+json; charset=utf-8")
            }
        }
    }
}

/// Whether the client lists the media type of GraphQL over HTTP, and not below plain JSON.
fn prefers_graphql_response(headers: &HeaderMap) -> bool {
    let mut graphql = None::<f32>;
    let mut json = 0.0_f32;
    let ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in ranges.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let quality =
            parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if media.eq_ignore_ascii_case(GRAPHQL_RESPONSE) {
            graphql = Some(quality);
        } else if media.eq_ignore_ascii_case("application/json") {
            json = quality;
        }
    }
    graphql.is_some_and(|quality| quality > 0.0 && quality >= json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_decides_the_dialect() {
        for (accept, expected) in [
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("application/graphql-response+json", true),
            ("Application/GraphQL-Response+JSON; charset=utf-8", true),
            ("application/graphql-response+json, application/json;q=0.9", true),
            ("application/graphql-response+json;q=0.5, application/json", false),
            ("application/graphql-response+json;q=0", false),
            ("application/json, application/graphql-response+json", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            assert_eq!(prefers_graphql_response(&headers), expected, "{accept}");
        }
    }
}
