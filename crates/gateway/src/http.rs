//! The HTTP surface: routes, and what happens around every request (identity, CORS, compression, access log).
//!
//! Handlers live below: [`graphql`] for queries, [`rest`] for saved ones, [`metadata_api`] for configuration, [`console`] for people,
//! [`health`] for operators. How answers look is in [`respond`].

pub mod body;
pub mod compression;
pub mod console;
pub mod cors;
pub mod events;
pub mod explain;
pub mod graphql;
pub mod health;
pub mod metadata_api;
pub mod respond;
pub mod rest;
pub mod traces;

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Instant;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get, post};
use futures_util::FutureExt;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ORIGIN};
use http::{HeaderName, HeaderValue, Method, Uri, Version};
use tokio::sync::{RwLock, Semaphore, watch};
use tower::Service;
use uuid::Uuid;

use crate::auth::{Auth, Identity, Session};
use crate::config::Config;
use crate::http::compression::compress;
use crate::http::console::Console;
use crate::http::graphql::plans::Plans;
use crate::http::respond::{Answered, Noted};
use crate::http::traces::Traces;
use crate::store::Source;
use crate::sync::Hub;
use crate::telemetry;
use crate::telemetry::access::Access;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is echoed; a longer one is replaced.
const MAX_REQUEST_ID: usize = 200;

/// What all handlers share.
#[derive(Debug)]
pub struct App {
    /// What is served.
    pub hub: Hub,
    /// How.
    pub config: Config,
    /// To whom.
    pub auth: Auth,
    /// The web console, when it is enabled.
    pub console: Option<Console>,
    /// Prepared operations.
    pub plans: Plans,
    /// What was executed last.
    pub traces: Arc<Traces>,
    /// The places of those who listen to events.
    pub listeners: Arc<Semaphore>,
    /// Whether the server stops, which ends what would go on by itself.
    pub closing: watch::Sender<bool>,
    /// Held for reading by each mutation, which does not end with its client's connection; a stop takes it for writing.
    pub mutations: Arc<RwLock<()>>,
}

impl App {
    /// The shared state of a server; must be called in a runtime.
    pub fn new(hub: Hub, config: Config) -> Self {
        let plans = Plans::new(config.plan_cache_bytes, config.limits);
        let auth = Auth::start(&config.auth);
        let console = Console::new(&config.console);
        let traces = Arc::new(Traces::new(config.trace_capacity, config.limits.requests));
        tokio::spawn(tidy(Arc::downgrade(&traces), hub.watch()));
        Self {
            hub,
            config,
            auth,
            console,
            plans,
            traces,
            listeners: Arc::new(Semaphore::new(events::MAX_LISTENERS)),
            closing: watch::Sender::new(false),
            mutations: Arc::default(),
        }
    }

    /// Whether a caller may see error details.
    pub fn shows_internal(&self, session: &Session) -> bool {
        self.config.dev_mode || (session.is_admin() && self.config.admin_internal_errors)
    }
}

/// Answers requests.
#[derive(Debug)]
pub struct Surface {
    app: Arc<App>,
    routes: Router,
}

impl Surface {
    /// The APIs that are enabled.
    pub fn new(app: Arc<App>) -> Self {
        Self { routes: routes(&app), app }
    }

    /// Answers a request, and does what happens around every one: preflights are answered, ids and CORS headers added, large
    /// answers compressed, the access log written. A handler that panics costs only its own request.
    pub async fn answer(&self, request: Request, peer: Option<SocketAddr>) -> Response {
        let start = Instant::now();
        let seen = Seen::of(&request, peer);
        let allowed = &self.app.config.cors;
        let preflight = cors::preflight_headers(allowed, request.method(), request.headers());
        let Answered { response, noted } = if let Some(headers) = preflight {
            respond::preflight(headers).into()
        } else {
            let handled = AssertUnwindSafe(self.handle(request)).catch_unwind().await;
            handled.unwrap_or_else(|panic| respond::panicked(&*panic).into())
        };
        let mut response = compress(response, seen.accepted_encoding.clone()).await;
        cors::add_headers(allowed, seen.origin.as_ref(), response.headers_mut());
        response.headers_mut().insert(REQUEST_ID, seen.request_id.clone());
        seen.log(&response, &noted, start);
        response
    }

    async fn handle(&self, request: Request) -> Answered {
        // What is asked nearly always needs no router.
        let is_graphql = request.method() == Method::POST && request.uri().path() == graphql::PATH;
        if is_graphql && self.app.config.apis.graphql {
            return graphql::answer_v1(&self.app, request).await;
        }
        match self.routes.clone().call(request).await {
            Ok(response) => Answered::from(response),
            Err(never) => match never {},
        }
    }
}

/// Keeps traces from holding catalogs that are not served any more.
async fn tidy(traces: Weak<Traces>, mut swaps: watch::Receiver<u64>) {
    while swaps.changed().await.is_ok() {
        let epoch = *swaps.borrow_and_update();
        let Some(traces) = traces.upgrade() else { return };
        traces.let_go_of_catalogs_but(epoch);
    }
}

fn routes(app: &Arc<App>) -> Router {
    let apis = app.config.apis;
    let mut router = Router::new()
        .route("/", get(console::front))
        .route("/healthz", get(health::healthz))
        .route("/hasura/healthz", get(health::healthz))
        .route("/v1/version", get(health::version));
    if app.console.is_some() {
        let below = [console::PATH, "/console/{*path}"];
        router = router.route("/console", get(console::without_slash));
        router = below.iter().fold(router, |router, path| router.route(path, get(console::below)));
    }
    if apis.config {
        router = router.route("/v1alpha1/config", get(health::config));
    }
    if apis.metadata {
        router = router
            .route("/v1/metadata", post(metadata))
            .route("/v1/query", post(metadata))
            .route("/v1/events", get(events::events));
    }
    if apis.graphql {
        router = router
            .route(graphql::PATH, post(graphql::v1).get(graphql::v1))
            .route("/v1/graphql/explain", post(explain::explain))
            .route("/v1alpha1/graphql/explain", post(explain::explain))
            .route("/v1alpha1/graphql", post(graphql::v1alpha1))
            .route(rest::ROUTE, any(rest::answer))
            .route("/api/swagger/json", get(rest::openapi));
    }
    router
        .fallback(respond::not_found)
        .method_not_allowed_fallback(respond::method_not_allowed)
        .with_state(Arc::clone(app))
}

/// `POST /v1/metadata`, and `/v1/query` for the same commands.
async fn metadata(State(app): State<Arc<App>>, request: Request) -> Answered {
    let (parts, body) = request.into_parts();
    let Identity { session, set_cookies, .. } = match app.auth.authenticate(&parts.headers, None).await {
        Ok(identity) => identity,
        Err(denied) => return respond::denied(&denied).into(),
    };
    let internal = app.shows_internal(&session);
    let response = match body::read(&parts.headers, body, app.config.max_metadata_bytes).await {
        Ok(body) => {
            let source = metadata_api::source(&parts.headers);
            let is_held = app.config.console.read_only && source == Source::Console;
            match is_held && metadata_api::is_writing(&body) {
                true => console::read_only(),
                false => metadata_api::handle(&app.hub, &app.traces, &session, source, body, internal).await,
            }
        }
        Err(refused) => respond::rest_error(refused.status, &refused.refusal, internal),
    };
    let mut answered = Answered::from(response);
    respond::set_cookies(&mut answered.response, set_cookies);
    answered.noted.session = Some(session);
    answered
}

/// What is needed of a request after it was consumed.
struct Seen {
    request_id: HeaderValue,
    method: Method,
    uri: Uri,
    version: Version,
    ip: Option<IpAddr>,
    origin: Option<HeaderValue>,
    accepted_encoding: Option<HeaderValue>,
}

impl Seen {
    fn of(request: &Request, peer: Option<SocketAddr>) -> Self {
        let headers = request.headers();
        let given = headers.get(REQUEST_ID).filter(|id| !id.is_empty() && id.len() <= MAX_REQUEST_ID);
        Self {
            request_id: given.cloned().unwrap_or_else(new_request_id),
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            ip: peer.map(|peer| peer.ip()),
            origin: headers.get(ORIGIN).cloned(),
            accepted_encoding: headers.get(ACCEPT_ENCODING).cloned(),
        }
    }

    fn log(&self, response: &Response, noted: &Noted, start: Instant) {
        telemetry::log_request(&Access {
            request_id: &self.request_id,
            method: &self.method,
            path: self.uri.path(),
            version: self.version,
            ip: self.ip,
            status: response.status(),
            encoding: response.headers().get(CONTENT_ENCODING),
            size: response.body().size_hint().exact(),
            noted,
            took: start.elapsed(),
        });
    }
}

/// A random UUID. It need not be unguessable, so it does not take a system call.
fn new_request_id() -> HeaderValue {
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
    let mut text = Uuid::encode_buffer();
    let text = id.hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown"))
}

#[cfg(test)]
mod tests;
