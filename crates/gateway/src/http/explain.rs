//! The join plan for people and tools: the explain endpoint, and `extensions.joinPlan` of a response that asked for it.
//!
//! What the plan says is the engine's; here it is asked for, and the times of a run are added.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use bytes::Bytes;
use engine::explain::{JoinPlan, RequestTrace};
use engine::fault::{Code, Refusal};
use engine::run::StepFigures;
use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use crate::auth::{Identity, Session};
use crate::http::graphql::drive::Sent;
use crate::http::{App, body, respond};

/// Asks for the join plan along with the response.
const EXPLAIN: HeaderName = HeaderName::from_static("x-gateway-explain");

/// How much a request wants to know of its own execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing.
    Nothing,
    /// The join plan.
    Plan,
    /// The join plan with the times of this run.
    Trace,
}

impl Wanted {
    /// What the headers of a request ask for. Only administrators may know where answers come from.
    pub fn of(headers: &HeaderMap, session: &Session) -> Self {
        match headers.get(EXPLAIN).map(HeaderValue::as_bytes) {
            Some(b"plan") if session.is_admin() => Self::Plan,
            Some(b"trace") if session.is_admin() => Self::Trace,
            _ => Self::Nothing,
        }
    }
}

/// An operation to explain: Hasura's form has it inside `query`, the plain form is the operation itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum Body<'a> {
    Nested {
        #[serde(borrow)]
        query: Operation<'a>,
        #[serde(default)]
        user: Option<IndexMap<String, String>>,
    },
    Plain(#[serde(borrow)] Operation<'a>),
}

#[derive(Deserialize)]
struct Operation<'a> {
    #[serde(borrow)]
    query: Cow<'a, str>,
    #[serde(borrow, rename = "operationName", default)]
    operation_name: Option<Cow<'a, str>>,
    #[serde(default)]
    variables: Option<Value>,
}

/// `POST /v1/graphql/explain`: what would be asked of whom, without asking.
pub async fn explain(State(app): State<Arc<App>>, RawQuery(query): RawQuery, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Identity { session, set_cookies, .. } = match app.auth.authenticate_admin(&parts.headers).await {
        Ok(identity) => identity,
        Err(denied) => return respond::denied(&denied),
    };
    let mut response = match body::read(&parts.headers, body, app.config.max_body_bytes).await {
        Ok(body) => explained(&app, &session, query.as_deref(), &parts.headers, &body),
        Err(refused) => respond::rest_error(refused.status, &refused.refusal, false),
    };
    respond::set_cookies(&mut response, set_cookies);
    response
}

fn explained(
    app: &App,
    session: &Session,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    match join_plan(app, session, body) {
        Ok(plan) if wants_text(query, headers) => {
            let media = HeaderValue::from_static("text/plain; charset=utf-8");
            respond::with_media(StatusCode::OK, media, plan.to_text().into())
        }
        Ok(plan) => respond::json(StatusCode::OK, as_json(&plan).to_string()),
        Err(refusal) => respond::rest_error(StatusCode::BAD_REQUEST, &refusal, app.shows_internal(session)),
    }
}

fn join_plan(app: &App, session: &Session, body: &[u8]) -> Result<JoinPlan, Refusal> {
    let body: Body<'_> = serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            let message = "the body must be {\"query\": …, \"variables\": …, \"operationName\": …}, or such an object \
                           under the key 'query', with session variables under 'user'";
            Refusal::new(Code::ParseFailed, "$", message)
        } else {
            Refusal::new(Code::InvalidJson, "$", error.to_string())
        }
    })?;
    let (operation, user) = match body {
        Body::Nested { query, user } => (query, user.unwrap_or_default()),
        Body::Plain(operation) => (operation, IndexMap::new()),
    };
    let variable = |name: &str| {
        let given = user.iter().find(|(its, _)| its.eq_ignore_ascii_case(name));
        given.map(|(_, value)| value.as_str()).or_else(|| session.variable(name))
    };
    let role = variable("x-hasura-role").unwrap_or(&session.role);
    let name = operation.operation_name.as_deref().filter(|name| !name.is_empty());
    let variables =
        operation.variables.filter(|variables| !variables.is_null()).map(|value| value.to_string());
    let catalog = Arc::clone(&app.hub.snapshot().catalog);
    let operation = app.plans.operation(&catalog, role, &operation.query, name)?;
    Ok(operation.bind(variables.as_deref(), &variable)?.plan.explain(app.config.limits.requests))
}

fn wants_text(query: Option<&str>, headers: &HeaderMap) -> bool {
    let mut parameters = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    match parameters.find(|(name, _)| name == "format") {
        Some((_, format)) => format == "text",
        None => headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/plain")),
    }
}

/// Adds what a run did to its plan. Requests whose bodies were not written down are shown as the plan has them.
pub fn add_trace(
    plan: &mut JoinPlan,
    start: Instant,
    took: Duration,
    sent: &[Sent],
    figures: &[StepFigures],
) {
    let since_start = |instant: Instant| nanoseconds(start, instant);
    plan.total_ns = Some(whole_nanoseconds(took));
    for step in &mut plan.steps {
        let mut trace = step.trace.take().unwrap_or_default();
        if let Some(figures) = figures.get(step.id as usize) {
            trace.keys_in = figures.keys_in;
            trace.keys_unique = figures.keys_unique;
            trace.rows_out = figures.rows_out;
        }
        let requests: Vec<&Sent> = sent.iter().filter(|sent| sent.steps.contains(&step.id)).collect();
        if let (Some(first), Some(last)) =
            (requests.iter().map(|sent| sent.start).min(), requests.iter().map(|sent| sent.end).max())
        {
            trace.start_ns = since_start(first);
            trace.dur_ns = nanoseconds(first, last);
        }
        trace.requests = requests
            .into_iter()
            .map(|sent| {
                let (status, bytes, error) = match &sent.outcome {
                    Ok((status, bytes)) => (Some(*status), *bytes, None),
                    Err(reason) => (None, 0, Some(reason.clone())),
                };
                RequestTrace {
                    start_ns: since_start(sent.start),
                    dur_ns: nanoseconds(sent.start, sent.end),
                    status,
                    bytes,
                    query: sent.body.as_deref().map_or_else(|| step.query.clone(), query_text),
                    error,
                }
            })
            .collect();
        step.trace = Some(trace);
    }
}

/// The response with the plan in its `extensions`, spliced in so that no number of the data changes its spelling.
pub fn with_join_plan(response: &Bytes, plan: &JoinPlan) -> Bytes {
    let Some(open) = response.strip_suffix(b"}") else { return response.clone() };
    let plan = as_json(plan).to_string();
    let mut whole = Vec::with_capacity(response.len() + plan.len() + 32);
    whole.extend_from_slice(open);
    if open != b"{" {
        whole.push(b',');
    }
    whole.extend_from_slice(b"\"extensions\":{\"joinPlan\":");
    whole.extend_from_slice(plan.as_bytes());
    whole.extend_from_slice(b"}}");
    whole.into()
}

fn as_json(plan: &JoinPlan) -> Value {
    // Only maps with keys that are not text could fail to become JSON, and a plan has none.
    serde_json::to_value(plan).unwrap_or_default()
}

/// The operation text of an upstream request body.
fn query_text(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Sent<'a> {
        #[serde(borrow)]
        query: Cow<'a, str>,
    }
    serde_json::from_slice::<Sent<'_>>(body).map(|sent| sent.query.into_owned()).unwrap_or_default()
}

fn nanoseconds(from: Instant, to: Instant) -> u64 {
    whole_nanoseconds(to.saturating_duration_since(from))
}

fn whole_nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use engine::catalog::RemoteId;
    use engine::explain::Step;

    use super::*;

    fn plan() -> JoinPlan {
        let step = |id| Step {
            id,
            depends_on: Vec::new(),
            kind: "root".into(),
            schema: "crm".into(),
            field: "a".into(),
            path: "a".into(),
            batch: "none".into(),
            keys: Vec::new(),
            max_keys: None,
            query: "{a}".into(),
            trace: None,
        };
        JoinPlan {
            version: 1,
            total_ns: None,
            min_requests: 2,
            max_requests: 2,
            steps: vec![step(0), step(1)],
        }
    }

    #[test]
    fn the_plan_is_spliced_in_behind_the_data() {
        let response = with_join_plan(&Bytes::from_static(b"{\"data\":{\"n\":1.500}}"), &plan());
        let text = std::str::from_utf8(&response).unwrap();
        assert!(
            text.starts_with("{\"data\":{\"n\":1.500},\"extensions\":{\"joinPlan\":{\"version\":1,"),
            "{text}"
        );
        let value: Value = serde_json::from_slice(&response).unwrap();
        assert_eq!(value["extensions"]["joinPlan"]["steps"][1]["id"], 1);
    }

    #[test]
    fn a_trace_has_the_requests_of_each_step() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let sent = |step, from, to, outcome| Sent {
            steps: vec![step],
            remote: RemoteId(0),
            body: (to < 9).then(|| Bytes::from_static(b"{\"query\":\"{ \\\"a\\\" }\"}")),
            start: at(from),
            end: at(to),
            outcome,
        };
        let mut plan = plan();
        let sent =
            [sent(1, 5, 9, Ok((200, 17))), sent(1, 4, 7, Err("gone".into())), sent(0, 1, 2, Ok((200, 1)))];
        let figures = [StepFigures::default(), StepFigures { keys_in: 3, keys_unique: 2, rows_out: 1 }];
        add_trace(&mut plan, start, Duration::from_millis(10), &sent, &figures);
        assert_eq!(plan.total_ns, Some(10_000_000));
        let trace = plan.steps[1].trace.as_ref().unwrap();
        assert_eq!((trace.start_ns, trace.dur_ns, trace.requests.len()), (4_000_000, 5_000_000, 2));
        assert_eq!((trace.keys_in, trace.keys_unique, trace.rows_out), (3, 2, 1));
        assert_eq!((trace.requests[0].status, trace.requests[0].bytes), (Some(200), 17));
        assert_eq!(trace.requests[0].query, "{a}", "as the plan has it");
        assert_eq!(trace.requests[1].query, "{ \"a\" }");
        assert_eq!(trace.requests[1].error.as_deref(), Some("gone"));
        assert_eq!(plan.steps[0].trace.as_ref().unwrap().requests.len(), 1);
    }

    #[test]
    fn only_administrators_are_told() {
        let session = |role: &str| Session { role: role.to_owned().into(), variables: Vec::new() };
        for (header, role, expected) in [
            ("plan", "admin", Wanted::Plan),
            ("trace", "admin", Wanted::Trace),
            ("all", "admin", Wanted::Nothing),
            ("trace", "user", Wanted::Nothing),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(EXPLAIN, HeaderValue::from_static(header));
            assert_eq!(Wanted::of(&headers, &session(role)), expected, "{header} {role}");
        }
        assert_eq!(Wanted::of(&HeaderMap::new(), &session("admin")), Wanted::Nothing);
    }

    #[test]
    fn text_is_asked_for_by_parameter_or_media_type() {
        let mut headers = HeaderMap::new();
        assert!(wants_text(Some("format=text"), &headers) && !wants_text(None, &headers));
        headers.insert(ACCEPT, HeaderValue::from_static("text/plain"));
        assert!(wants_text(None, &headers) && !wants_text(Some("format=json"), &headers));
    }
}
