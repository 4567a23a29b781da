//! A server that says who somebody is: key sets, an OAuth2 token endpoint, an authentication webhook.
//!
//! One [`Provider`] has all three, over HTTP or with a certificate of a throw-away [`Authority`] over TLS; each can be made to
//! [misbehave](Behaviour) on its own and keeps a log of what it was asked. Tokens are signed by a [`Signer`].
//! Routes: `GET /jwks`, `POST /token`, `GET` or `POST /hook`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request as HttpRequest, State};
use axum::response::Response;
use axum::routing::{any, get, post};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use rustls::ServerConfig;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::Behaviour;
use crate::listen::listen;
use crate::remote::lock;

pub use authority::Authority;
pub use signer::Signer;

pub mod authority;
pub mod signer;

/// Largest body that is read.
const MAX_BODY: usize = 4 << 20;

/// A running server; dropping it closes its port and its connections.
#[derive(Debug)]
pub struct Provider {
    address: SocketAddr,
    secure: bool,
    shared: Arc<Shared>,
    listening: AbortHandle,
}

/// One of its places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The key set.
    Jwks,
    /// The token endpoint for client credentials.
    Token,
    /// The webhook.
    Hook,
}

/// One logged request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Headers, lower-case names.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

/// What the token endpoint gives to whom.
#[derive(Debug, Clone, Default)]
struct Issuing {
    /// Secrets of clients.
    clients: BTreeMap<String, String>,
    /// What `expires_in` says; absent when this is.
    expires_in: Option<u64>,
    /// How many tokens were given; the next is `token-<this + 1>`.
    n_issued: usize,
}

#[derive(Debug, Default)]
struct Shared {
    keys: Mutex<Vec<Value>>,
    issuing: Mutex<Issuing>,
    /// What the hook answers, by the value of `Authorization`; empty for callers without one.
    sessions: Mutex<BTreeMap<String, Value>>,
    behaviours: Mutex<BTreeMap<Place, Behaviour>>,
    requests: Mutex<Vec<(Place, Request)>>,
}

impl Provider {
    /// Starts one on a free port of the loopback address.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), None).await
    }

    /// Starts one for `https://localhost`.
    pub async fn start_tls(authority: &Authority) -> anyhow::Result<Self> {
        let tls = authority.server("localhost", &["h2", "http/1.1"])?;
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), Some(tls)).await
    }

    /// Starts one at an address, where another may have been before.
    pub async fn start_at(address: SocketAddr, tls: Option<ServerConfig>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let routes = Router::new()
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/hook", any(hook))
            .with_state(Arc::clone(&shared));
        let secure = tls.is_some();
        let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
        let listening = tokio::spawn(listen(listener, acceptor, routes)).abort_handle();
        Ok(Self { address, secure, shared, listening })
    }

    /// Where a place is.
    pub fn url(&self, place: Place) -> String {
        let (scheme, host) = if self.secure { ("https", "localhost") } else { ("http", "127.0.0.1") };
        format!("{scheme}://{host}:{}{}", self.address.port(), place.path())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the key set.
    pub fn publish(&self, signers: &[&Signer]) {
        *lock(&self.shared.keys) = signers.iter().map(|signer| signer.jwk()).collect();
    }

    /// Gives tokens to a client of the token endpoint.
    pub fn admit(&self, client_id: &str, client_secret: &str) {
        lock(&self.shared.issuing).clients.insert(client_id.to_owned(), client_secret.to_owned());
    }

    /// How long tokens live, as the token endpoint says; it says nothing of it by default.
    pub fn expire_in(&self, seconds: Option<u64>) {
        lock(&self.shared.issuing).expires_in = seconds;
    }

    /// How many tokens were given; they are `token-1`, `token-2` and so on.
    pub fn n_issued(&self) -> usize {
        lock(&self.shared.issuing).n_issued
    }

    /// What the webhook answers to a value of `Authorization`, empty for none. Others are unauthorized.
    pub fn recognise(&self, authorization: &str, session: Value) {
        lock(&self.shared.sessions).insert(authorization.to_owned(), session);
    }

    /// Makes a place behave so from the next request on.
    pub fn behave(&self, place: Place, behaviour: Behaviour) {
        lock(&self.shared.behaviours).insert(place, behaviour);
    }

    /// The requests to a place since the start or the last [`forget`](Self::forget), in order of arrival.
    pub fn requests(&self, place: Place) -> Vec<Request> {
        let requests = lock(&self.shared.requests);
        requests.iter().filter(|(asked, _)| *asked == place).map(|(_, request)| request.clone()).collect()
    }

    /// Empties the log.
    pub fn forget(&self) {
        lock(&self.shared.requests).clear();
    }

    /// Closes its port and its connections.
    pub fn stop(&self) {
        self.listening.abort();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Place {
    fn path(self) -> &'static str {
        match self {
            Self::Jwks => "/jwks",
            Self::Token => "/token",
            Self::Hook => "/hook",
        }
    }
}

async fn jwks(State(shared): State<Arc<Shared>>, request: HttpRequest) -> Response {
    shared.note(Place::Jwks, request).await;
    let keys = lock(&shared.keys).clone();
    shared.answer(Place::Jwks, StatusCode::OK, &json!({"keys": keys})).await
}

/// Client credentials (RFC 6749, 4.4), the client named by Basic authentication or in the form.
async fn token(State(shared): State<Arc<Shared>>, request: HttpRequest) -> Response {
    let request = shared.note(Place::Token, request).await;
    let form: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let (id, secret) =
        basic(&request.headers).unwrap_or_else(|| (field("client_id"), field("client_secret")));
    let (status, answer) = {
        let mut issuing = lock(&shared.issuing);
        if field("grant_type") != "client_credentials" {
            (StatusCode::BAD_REQUEST, json!({"error": "unsupported_grant_type"}))
        } else if issuing.clients.get(&id) != Some(&secret) {
            (StatusCode::UNAUTHORIZED, json!({"error": "invalid_client"}))
        } else {
            issuing.n_issued += 1;
            let token = format!("token-{}", issuing.n_issued);
            let mut answer = json!({"access_token": token, "token_type": "Bearer"});
            if let Some(expires_in) = issuing.expires_in {
                answer["expires_in"] = json!(expires_in);
            }
            (StatusCode::OK, answer)
        }
    };
    shared.answer(Place::Token, status, &answer).await
}

async fn hook(State(shared): State<Arc<Shared>>, request: HttpRequest) -> Response {
    let request = shared.note(Place::Hook, request).await;
    let authorization = match request.method.as_str() {
        // The client's headers are in the body then.
        "POST" => {
            let body: Map<String, Value> = serde_json::from_str(&request.body).unwrap_or_default();
            let header = |headers: &Value| headers["authorization"].as_str().map(str::to_owned);
            body.get("headers").and_then(header)
        }
        _ => request.headers.get(AUTHORIZATION).map(text),
    };
    let session = lock(&shared.sessions).get(&authorization.unwrap_or_default()).cloned();
    match session {
        Some(session) => shared.answer(Place::Hook, StatusCode::OK, &session).await,
        None => shared.answer(Place::Hook, StatusCode::UNAUTHORIZED, &json!({})).await,
    }
}

impl Shared {
    async fn note(&self, place: Place, request: HttpRequest) -> Request {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY).await.unwrap_or_default();
        let request = Request {
            method: parts.method.to_string(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        lock(&self.requests).push((place, request.clone()));
        request
    }

    async fn answer(&self, place: Place, status: StatusCode, response: &Value) -> Response {
        let behaviour = lock(&self.behaviours).get(&place).cloned().unwrap_or_default();
        behaviour.answer(status, response).await
    }
}

/// Name and password of Basic authentication.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = text(headers.get(AUTHORIZATION)?);
    let pair = BASE64_STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (id, secret) = pair.split_once(':')?;
    // RFC 6749 wants both encoded as in a form.
    let decoded =
        |text: &str| url::form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned());
    Some((decoded(id).unwrap_or_default(), decoded(secret).unwrap_or_default()))
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn post(url: &str, form: &str, basic: Option<(&str, &str)>) -> (u16, Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.post(url).body(form.to_owned());
        if let Some((id, secret)) = basic {
            request = request.basic_auth(id, Some(secret));
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    #[tokio::test]
    async fn clients_get_tokens_and_strangers_do_not() {
        let provider = Provider::start().await.unwrap();
        provider.admit("shop", "s3cret");
        provider.expire_in(Some(60));
        let url = provider.url(Place::Token);
        let (status, answer) = post(&url, "grant_type=client_credentials", Some(("shop", "s3cret"))).await;
        let expected = json!({"access_token": "token-1", "token_type": "Bearer", "expires_in": 60});
        assert_eq!((status, answer), (200, expected));
        let form = "grant_type=client_credentials&client_id=shop&client_secret=s3cret";
        assert_eq!(post(&url, form, None).await.1["access_token"], "token-2");
        let (status, answer) = post(&url, "grant_type=client_credentials", Some(("shop", "x"))).await;
        assert_eq!((status, answer["error"].as_str()), (401, Some("invalid_client")));
        assert_eq!(post(&url, "grant_type=password", Some(("shop", "s3cret"))).await.0, 400);
        assert_eq!((provider.n_issued(), provider.requests(Place::Token).len()), (2, 4));
    }

    #[tokio::test]
    async fn places_misbehave_on_their_own() {
        let authority = Authority::new().unwrap();
        let provider = Provider::start_tls(&authority).await.unwrap();
        provider.publish(&[&Signer::new("ES256").unwrap().named("one")]);
        provider.recognise("", json!({"x-hasura-role": "anonymous"}));
        provider.behave(Place::Hook, Behaviour { status: Some(500), ..Behaviour::default() });
        let root = reqwest::Certificate::from_pem(&std::fs::read(authority.file()).unwrap()).unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([root]).build().unwrap();
        let keys = client.get(provider.url(Place::Jwks)).send().await.unwrap().text().await.unwrap();
        let keys: Value = serde_json::from_str(&keys).unwrap();
        assert_eq!(
            (keys["keys"][0]["kid"].as_str(), keys["keys"][0]["crv"].as_str()),
            (Some("one"), Some("P-256"))
        );
        assert_eq!(client.get(provider.url(Place::Hook)).send().await.unwrap().status(), 500);
    }
}
