//! The HTTP surface: routes, and what happens around every request (identity, CORS, compression, access log).
//!
//! Handlers live below: [`graphql`] for queries, [`metadata_api`] for configuration, [`health`] for operators. How
//! answers look is in [`respond`].

pub mod body;
pub mod cors;
pub mod explain;
pub mod graphql;
pub mod health;
pub mod metadata_api;
pub mod respond;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::routing::post;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version};
use serde_json::json;
use tokio::sync::RwLock;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use uuid::Uuid;

use crate::auth::Session;
use crate::config::Config;
use crate::http::graphql::plans::Plans;
use crate::http::respond::Noted;
use crate::sync::Hub;
use crate::telemetry::HTTP_LOG;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is echoed; a longer one is replaced.
const MAX_REQUEST_ID: usize = 200;

/// Bodies up to this size are not worth compressing.
const COMPRESSED_ABOVE: u16 = 1024;

/// What all handlers share.
#[derive(Debug)]
pub struct App {
    /// What is served.
    pub hub: Hub,
    /// How.
    pub config: Config,
    /// Prepared operations.
    pub plans: Plans,
    /// Held for reading by each mutation, which does not end with its client's connection; a stop takes it for writing.
    pub mutations: Arc<RwLock<()>>,
}

/// The address of the peer, put on each request by the server.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl App {
    /// The shared state of a server.
    pub fn new(hub: Hub, config: Config) -> Self {
        let plans = Plans::new(config.plan_cache_bytes, config.limits);
        Self { hub, config, plans, mutations: Arc::default() }
    }

    /// Whether a caller may see error details.
    pub fn shows_internal(&self, session: &Session) -> bool {
        self.config.dev_mode || (session.is_admin() && self.config.admin_internal_errors)
    }
}

/// All routes of the APIs that are enabled.
pub fn router(app: Arc<App>) -> Router {
    let apis = app.config.apis;
    let mut router = Router::new()
        .route("/", get(health::front_page))
        .route("/healthz", get(health::healthz))
        .route("/hasura/healthz", get(health::healthz))
        .route("/v1/version", get(health::version));
    if apis.config {
        router = router.route("/v1alpha1/config", get(health::config));
    }
    if apis.metadata {
        router = router.route("/v1/metadata", post(metadata)).route("/v1/query", post(metadata));
    }
    if apis.graphql {
        router = router
            .route("/v1/graphql", post(graphql::v1).get(graphql::v1))
            .route("/v1/graphql/explain", post(explain::explain))
            .route("/v1alpha1/graphql/explain", post(explain::explain))
            .route("/v1alpha1/graphql", post(graphql::v1alpha1));
    }
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESSED_ABOVE).and(is_success));
    router
        .fallback(respond::not_found)
        .method_not_allowed_fallback(respond::method_not_allowed)
        .layer(CatchPanicLayer::custom(respond::panicked))
        .layer(compression)
        .layer(from_fn_with_state(Arc::clone(&app), around))
        .with_state(app)
}

fn is_success(status: StatusCode, _version: Version, _headers: &HeaderMap, _extensions: &Extensions) -> bool {
    status.is_success()
}

/// `POST /v1/metadata`, and `/v1/query` for the same commands.
async fn metadata(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let session = match app.config.auth.authenticate(&parts.headers) {
        Ok(session) => session,
        Err(denied) => return respond::denied(&denied),
    };
    let internal = app.shows_internal(&session);
    let mut response = match body::read(&parts.headers, body, app.config.max_metadata_bytes).await {
        Ok(body) => metadata_api::handle(&app.hub, &session, body, internal).await,
        Err(refused) => respond::rest_error(refused.status, &refused.refusal, internal),
    };
    let mut noted = response.extensions_mut().remove::<Noted>().unwrap_or_default();
    noted.session = Some(session);
    response.extensions_mut().insert(noted);
    response
}

/// What happens around every request: preflights are answered, ids and CORS headers added, the access log written.
async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let preflight = cors::is_preflight(request.method(), request.headers());
    let cors = cors::answer_headers(&app.config.cors, request.headers(), preflight);
    let seen = Seen::of(&request);
    let mut response = if preflight {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in &cors {
        headers.append(name, value.clone());
    }
    headers.insert(REQUEST_ID, seen.request_id.clone());
    seen.log(&response, start);
    response
}

/// What the access log needs of a request that is about to be consumed.
struct Seen {
    request_id: HeaderValue,
    method: Method,
    uri: Uri,
    version: Version,
    peer: Option<SocketAddr>,
}

impl Seen {
    fn of(request: &Request) -> Self {
        let given =
            request.headers().get(REQUEST_ID).filter(|id| !id.is_empty() && id.len() <= MAX_REQUEST_ID);
        let request_id = given.cloned().or_else(|| HeaderValue::from_str(&Uuid::new_v4().to_string()).ok());
        Self {
            request_id: request_id.unwrap_or(HeaderValue::from_static("unknown")),
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            peer: request.extensions().get::<Peer>().map(|peer| peer.0),
        }
    }

    fn log(&self, response: &Response, start: Instant) {
        let nothing = Noted::default();
        let noted = response.extensions().get::<Noted>().unwrap_or(&nothing);
        let status = response.status().as_u16();
        let failed = noted.error.is_some() || status >= 400;
        let (method, path) = (&self.method, self.uri.path());
        let took = start.elapsed();
        // Formatting happens inside the macro, so a switched-off log costs nothing.
        if failed {
            tracing::error!(target: HTTP_LOG, detail = %self.detail(response, noted, start), "{method} {path} {status} {took:?}");
        } else {
            tracing::info!(target: HTTP_LOG, detail = %self.detail(response, noted, start), "{method} {path} {status} {took:?}");
        }
    }

    fn detail(&self, response: &Response, noted: &Noted, start: Instant) -> serde_json::Value {
        let id = String::from_utf8_lossy(self.request_id.as_bytes());
        let user_vars: serde_json::Map<String, serde_json::Value> = noted
            .session
            .iter()
            .flat_map(|session| &session.variables)
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        let encoding = response.headers().get(http::header::CONTENT_ENCODING);
        json!({
            "request_id": id,
            "operation": {
                "query_execution_time": noted.took.unwrap_or_else(|| start.elapsed()).as_secs_f64(),
                "user_vars": user_vars,
                "error": noted.error,
                "request_id": id,
                "response_size": response.body().size_hint().exact(),
                "query": null,
            },
            "http_info": {
                "status": response.status().as_u16(),
                "http_version": format!("{:?}", self.version),
                // A query string may hold variables, which are nobody's business in a log.
                "url": self.uri.path(),
                "ip": self.peer.map(|peer| peer.ip()),
                "method": self.method.as_str(),
                "content_encoding": encoding.and_then(|encoding| encoding.to_str().ok()),
            },
        })
    }
}

#[cfg(test)]
mod tests;
