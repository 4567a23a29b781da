//! `/api/rest/…`: saved operations as plain HTTP resources, and `/api/swagger/json`, which describes them.
//!
//! Which endpoint is meant and what its variables are is found in [`engine::rest`]; from there on it is a request like any other
//! of [`graphql`]. Answers are what clients of plain HTTP expect: the content of `data`, and errors with real statuses.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use bytes::Bytes;
use engine::fault::{Code, Refusal};
use engine::rest::{Endpoint, Found, Variables, find};
use http::header::ALLOW;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use crate::auth::{ADMIN, Identity};
use crate::http::explain::Wanted;
use crate::http::graphql::drive::Client;
use crate::http::graphql::envelope::Envelope;
use crate::http::graphql::{self, Executed, Place, Refused};
use crate::http::respond::{self, Answered, Noted};
use crate::http::{App, body};

/// The paths of all endpoints, for the router.
pub const ROUTE: &str = "/api/rest/{*path}";

const PREFIX: &str = "/api/rest/";

/// Answers a request for an endpoint.
pub async fn answer(State(app): State<Arc<App>>, request: Request) -> Answered {
    let start = Instant::now();
    let (mut parts, body) = request.into_parts();
    graphql::name_host(&mut parts);
    let Identity { session, set_cookies, .. } = match app.auth.authenticate(&parts.headers, None).await {
        Ok(identity) => identity,
        Err(denied) => return respond::denied(&denied).into(),
    };
    let internal = app.shows_internal(&session);
    let client = Arc::new(Client {
        internal,
        wanted: Wanted::Nothing,
        session: session.clone(),
        headers: parts.headers.clone(),
        start,
        deadline: app.config.request_timeout.map(|timeout| start + timeout),
    });
    let mut answered = match run(&app, &client, &parts, body).await {
        Ok(executed) => {
            let mut response = respond::json(StatusCode::OK, unwrapped(&executed));
            respond::set_cookies(&mut response, executed.set_cookies);
            Answered { response, noted: Noted { n_errors: executed.n_errors, ..Noted::default() } }
        }
        Err(Stopped { refused, allow }) => {
            let mut response = respond::rest_error(refused.status, &refused.refusal, internal);
            if let Some(allow) = allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
                response.headers_mut().insert(ALLOW, allow);
            }
            Answered::from(response)
        }
    };
    respond::set_cookies(&mut answered.response, set_cookies);
    answered.noted.took = Some(start.elapsed());
    answered.noted.session = Some(session);
    answered
}

/// `GET /api/swagger/json`: the endpoints as OpenAPI describes them, for administrators; with `?role=` as that role sees them.
pub async fn openapi(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let set_cookies = match app.auth.authenticate_admin(&headers).await {
        Ok(identity) => identity.set_cookies,
        Err(denied) => return respond::denied(&denied),
    };
    let query = query.unwrap_or_default();
    let role = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "role");
    let role = role.map_or_else(|| ADMIN.to_owned(), |(_, role)| role.into_owned());
    let snapshot = app.hub.snapshot();
    let (catalog, limits) = (Arc::clone(&snapshot.catalog), app.config.limits);
    let describing =
        tokio::task::spawn_blocking(move || engine::openapi::describe(&catalog, &role, limits)).await;
    let Ok(mut described) = describing else {
        let refusal =
            Refusal::new(Code::Unexpected, "$", "the endpoints cannot be described; the log says why");
        return respond::rest_error(StatusCode::INTERNAL_SERVER_ERROR, &refusal, false);
    };
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {"title": "REST endpoints", "version": snapshot.resource_version.to_string()},
        "paths": described["paths"].take(),
        "components": described["components"].take(),
    });
    let schemes = security_schemes(&app);
    if !schemes.is_empty() {
        document["security"] = schemes.keys().map(|scheme| json!({scheme: []})).collect();
        document["components"]["securitySchemes"] = schemes.into();
    }
    let mut response = respond::json(StatusCode::OK, document.to_string());
    respond::set_cookies(&mut response, set_cookies);
    response
}

/// The ways in which callers may show who they are. A webhook looks at whatever it likes, which is not known here.
fn security_schemes(app: &App) -> Map<String, Value> {
    let mut schemes = Map::new();
    if app.config.auth.has_secret() {
        let secret = json!({"type": "apiKey", "in": "header", "name": "x-hasura-admin-secret"});
        schemes.insert("adminSecret".into(), secret);
    }
    if !app.config.auth.issuers().is_empty() {
        schemes.insert("token".into(), json!({"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}));
    }
    schemes
}

/// A request that is not executed, with the methods that would have been.
struct Stopped {
    refused: Refused,
    allow: Option<String>,
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        Self { refused, allow: None }
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Refused::from(refusal).into()
    }
}

async fn run(
    app: &Arc<App>,
    client: &Arc<Client>,
    parts: &Parts,
    body: axum::body::Body,
) -> Result<Executed, Stopped> {
    let snapshot = app.hub.snapshot();
    let path = segments(parts.uri.path())?;
    let (endpoint, texts) = match find(&snapshot.catalog.endpoints, parts.method.as_str(), &path) {
        Found::One(endpoint, texts) => (endpoint, texts),
        Found::Nothing => return Err(stopped(StatusCode::NOT_FOUND, Code::NotFound, "Endpoint not found")),
        Found::Several => {
            let message = "Multiple endpoints match request";
            return Err(stopped(StatusCode::INTERNAL_SERVER_ERROR, Code::Unexpected, message));
        }
        Found::OtherMethods(methods) => {
            let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
            let allow = methods.join(", ");
            let message = format!("Allowed methods: {allow}");
            let stopped = stopped(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed, &message);
            return Err(Stopped { allow: Some(allow), ..stopped });
        }
    };
    let body = body::read(&parts.headers, body, app.config.max_body_bytes).await?;
    let variables = variables(endpoint, &texts, parts.uri.query().unwrap_or_default(), &body)?;
    let envelope = Envelope::of(&endpoint.query, &variables);
    // Which methods may change something is for the metadata to say. What is handed on is not the whole answer of a remote.
    let place = Place { read_only: false, alone: false };
    Ok(graphql::execute(app, &snapshot, client, &envelope, place).await?)
}

/// The segments of a path below the prefix, decoded.
fn segments(path: &str) -> Result<Vec<String>, Refusal> {
    let below = path.strip_prefix(PREFIX).unwrap_or_default();
    let decode = |segment: &str| percent_decode_str(segment).decode_utf8().map(String::from);
    below.split('/').map(decode).collect::<Result<_, _>>().map_err(|_| {
        Refusal::new(Code::BadRequest, "$", "the path is not UTF-8 when its percent signs are decoded")
    })
}

fn variables(
    endpoint: &Endpoint,
    path: &[(&str, String)],
    query_string: &str,
    body: &[u8],
) -> Result<Box<RawValue>, Refusal> {
    let body: Option<Variables> = match body.iter().all(u8::is_ascii_whitespace) {
        true => None,
        false => serde_json::from_slice(body).map_err(|_| unreadable(body))?,
    };
    let query: Vec<_> = url::form_urlencoded::parse(query_string.as_bytes()).collect();
    let texts = path.iter().map(|(name, text)| (*name, text.as_str()));
    let body = body.unwrap_or_default();
    let texts = texts.chain(query.iter().map(|(name, text)| (&**name, &**text)));
    let variables = endpoint.variables(texts, body)?;
    to_raw_value(&variables).map_err(|error| Refusal::new(Code::Unexpected, "$", error.to_string()))
}

/// Why a body is no object of variables.
fn unreadable(body: &[u8]) -> Refusal {
    match serde_json::from_slice::<Value>(body) {
        Ok(_) => Refusal::new(Code::ParseFailed, "$", "the body must be an object of variables"),
        Err(error) => Refusal::new(Code::InvalidJson, "$", format!("the body is not JSON: {error}")),
    }
}

/// The content of `data`, or the list of errors when there are any: without a wrapper there is no room for both.
fn unwrapped(executed: &Executed) -> Bytes {
    #[derive(Deserialize)]
    struct Reply<'a> {
        #[serde(borrow, default)]
        data: Option<&'a RawValue>,
        #[serde(borrow, default)]
        errors: Option<&'a RawValue>,
    }
    let body = &executed.body;
    match serde_json::from_slice::<Reply<'_>>(body) {
        Ok(Reply { errors: Some(content), .. } | Reply { data: Some(content), .. }) => {
            body.slice_ref(content.get().as_bytes())
        }
        _ => body.clone(),
    }
}

fn stopped(status: StatusCode, code: Code, message: &str) -> Stopped {
    Refused { status, refusal: Refusal::new(code, "$", message) }.into()
}
