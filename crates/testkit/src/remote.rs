//! A real GraphQL server over an SDL file and a [data file](crate::data), for tests and for the demo.
//!
//! It binds the loopback address, keeps a log of what it was asked, and can be made to [misbehave](Behaviour).
//! Routes: `POST /graphql`, `GET /requests` (the log without introspection), `POST /requests/reset`, `POST /behaviour`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use apollo_compiler::response::JsonValue;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use rustls::ServerConfig;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::listen::listen;
use behaviour::Behaviour;
use resolve::World;

pub mod behaviour;
mod resolve;

/// A running remote; dropping it closes its port and its connections.
#[derive(Debug)]
pub struct Remote {
    address: SocketAddr,
    secure: bool,
    shared: Arc<Shared>,
    listening: AbortHandle,
}

/// One logged request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Operation text as received.
    pub operation: String,
    /// Operation name, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    /// Variables as received.
    pub variables: Map<String, Value>,
    /// Headers, lower-case names; of repeated ones the last.
    pub headers: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Shared {
    world: Mutex<Arc<World>>,
    behaviour: Mutex<Behaviour>,
    requests: Mutex<Vec<Request>>,
}

/// The body of a GraphQL request over HTTP.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    query: String,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
}

impl Remote {
    /// Starts a remote on a free port of the loopback address.
    pub async fn start(sdl: &str, data: &str) -> anyhow::Result<Self> {
        Self::start_at(sdl, data, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts a remote at an address.
    pub async fn start_at(sdl: &str, data: &str, address: SocketAddr) -> anyhow::Result<Self> {
        Self::listen(sdl, data, address, None).await
    }

    /// Starts a remote for `https://localhost`, on a free port.
    pub async fn start_tls(sdl: &str, data: &str, tls: ServerConfig) -> anyhow::Result<Self> {
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        Self::listen(sdl, data, SocketAddr::from(([127, 0, 0, 1], 0)), Some(acceptor)).await
    }

    async fn listen(
        sdl: &str,
        data: &str,
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
    ) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            world: Mutex::new(Arc::new(World::new(sdl, data)?)),
            behaviour: Mutex::default(),
            requests: Mutex::default(),
        });
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr()?;
        let secure = tls.is_some();
        let listening = tokio::spawn(listen(listener, tls, routes(shared.clone()))).abort_handle();
        Ok(Self { address, secure, shared, listening })
    }

    /// Where to send GraphQL requests.
    pub fn url(&self) -> String {
        match self.secure {
            true => format!("https://localhost:{}/graphql", self.address.port()),
            false => format!("http://{}/graphql", self.address),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All requests since the start or the last [`forget`](Self::forget), introspection included, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// The requests that were not introspection.
    pub fn operations(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| !request.is_introspection());
        requests
    }

    /// Empties the log.
    pub fn forget(&self) {
        lock(&self.shared.requests).clear();
    }

    /// Makes it behave so from the next request on.
    pub fn behave(&self, behaviour: Behaviour) {
        *lock(&self.shared.behaviour) = behaviour;
    }

    /// Replaces its schema and data, as a deployment of the upstream would.
    pub fn replace(&self, sdl: &str, data: &str) -> anyhow::Result<()> {
        *lock(&self.shared.world) = Arc::new(World::new(sdl, data)?);
        Ok(())
    }

    /// Closes its port and its connections; [`start_at`](Self::start_at) its [`address`](Self::address) brings it back.
    pub fn stop(&self) {
        self.listening.abort();
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Request {
    /// Whether it asks for the schema.
    pub fn is_introspection(&self) -> bool {
        self.operation.contains("__schema")
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/graphql", post(graphql))
        .route("/graphql/schema", get(schema))
        .route("/requests", get(requests))
        .route("/requests/reset", post(reset))
        .route("/behaviour", post(behave))
        .with_state(shared)
}

async fn graphql(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let behaviour = lock(&shared.behaviour).clone();
    let (status, response) = respond(&shared, &behaviour, &headers, &body);
    behaviour.answer(status, &response).await
}

/// What a well-behaved server answers.
fn respond(shared: &Shared, behaviour: &Behaviour, headers: &HeaderMap, body: &[u8]) -> (StatusCode, Value) {
    let refuse = |message: String| (StatusCode::BAD_REQUEST, json!({"errors": [{"message": message}]}));
    let received: Received = match serde_json::from_slice(body) {
        Ok(received) => received,
        Err(error) => return refuse(format!("the body is not a GraphQL request: {error}")),
    };
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Request {
        operation: received.query,
        operation_name: received.operation_name,
        variables: received.variables.unwrap_or_default(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
    };
    lock(&shared.requests).push(request.clone());
    if behaviour.authorization.is_some()
        && behaviour.authorization.as_ref() != request.headers.get("authorization")
    {
        return (StatusCode::UNAUTHORIZED, json!({"errors": [{"message": "who are you?"}]}));
    }
    if behaviour.no_introspection && request.is_introspection() {
        return refuse("introspection is not allowed here".to_owned());
    }
    if behaviour.old_introspection
        && request.is_introspection()
        && let Some((word, type_name)) = behaviour::unknown_to_old_servers(&request.operation)
    {
        return refuse(format!(
            "Cannot query field \"{}\" on type \"{type_name}\".",
            word.trim_end_matches('(')
        ));
    }
    let variables = match JsonValue::from(Value::Object(request.variables)) {
        JsonValue::Object(variables) => variables,
        _ => Default::default(),
    };
    let world = lock(&shared.world).clone();
    match world.respond(&request.operation, request.operation_name.as_deref(), &variables, headers) {
        Ok(response) => (StatusCode::OK, response),
        Err(response) => (StatusCode::BAD_REQUEST, response),
    }
}

/// Its SDL, for gateways that are told to look for it here.
async fn schema(State(shared): State<Arc<Shared>>) -> Response {
    let behaviour = lock(&shared.behaviour).clone();
    match behaviour.status.and_then(|status| StatusCode::from_u16(status).ok()) {
        Some(status) => status.into_response(),
        None => lock(&shared.world).sdl().into_response(),
    }
}

async fn requests(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let requests = lock(&shared.requests);
    let operations: Vec<_> = requests.iter().filter(|request| !request.is_introspection()).collect();
    Json(json!({"count": operations.len(), "operations": operations}))
}

async fn reset(State(shared): State<Arc<Shared>>) -> Json<Value> {
    lock(&shared.requests).clear();
    Json(json!({"count": 0, "operations": []}))
}

async fn behave(State(shared): State<Arc<Shared>>, Json(behaviour): Json<Behaviour>) -> StatusCode {
    *lock(&shared.behaviour) = behaviour;
    StatusCode::NO_CONTENT
}

/// The lock; a panic elsewhere while it was held leaves data that is still good enough to log.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
