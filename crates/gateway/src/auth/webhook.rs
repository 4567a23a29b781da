//! Callers that somebody else knows: each request's headers are shown to a webhook, which answers with a session.
//!
//! The answers are Hasura's: 200 with session variables, 401, and anything else is an error. Nobody gets in because the
//! webhook is slow, gone, or not understood.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use engine::fault::{Code, Refusal};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE,
    COOKIE, DNT, EXPECT, HOST, ORIGIN, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, REFERER, SET_COOKIE, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value};

use crate::auth::{
    Denied, Held, Identity, ROLE_HEADER, SECRET_HEADERS, SESSION_PREFIX, Session, Variable, freshness,
};
use crate::telemetry::WEBHOOK_LOG;
use crate::upstream::endpoint::{Address, Endpoint};

/// Largest answer that is read.
const MAX_BYTES: usize = 1 << 20;

/// Which webhook, and how it is asked.
#[derive(Debug)]
pub struct Config {
    /// Where it is.
    pub address: Address,
    /// How it is asked.
    pub asks_by: AsksBy,
    /// How long it may take.
    pub timeout: Duration,
}

/// How a webhook is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsksBy {
    /// With the client's headers as headers.
    Get,
    /// With the client's headers in a JSON body.
    Post {
        /// And with the GraphQL request.
        with_request: bool,
    },
}

/// A webhook that can be asked.
#[derive(Debug)]
pub struct Webhook {
    /// Why not, if it cannot be asked at all.
    endpoint: Result<Endpoint, String>,
    asks_by: AsksBy,
}

impl Webhook {
    /// Prepares to ask.
    pub fn new(config: &Config) -> Self {
        let endpoint = Endpoint::new(&config.address, config.timeout, MAX_BYTES);
        Self { endpoint, asks_by: config.asks_by }
    }

    /// Whether it is shown GraphQL requests.
    pub fn wants_requests(&self) -> bool {
        self.asks_by == AsksBy::Post { with_request: true }
    }

    /// Asks who sent these headers.
    pub async fn ask(&self, headers: &HeaderMap, request: Option<&str>) -> Result<Identity, Denied> {
        let asked = match self.asks_by {
            AsksBy::Get => self.send(&Method::GET, forwarded(headers), Bytes::new()).await,
            AsksBy::Post { with_request } => {
                let mut own = HeaderMap::new();
                own.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                let body = body(headers, with_request.then_some(request));
                self.send(&Method::POST, own, body).await
            }
        };
        let response = asked.map_err(|why| {
            tracing::error!(target: WEBHOOK_LOG, "the authentication webhook could not be asked: {why}");
            unexpected("webhook authentication request failed".to_owned())
        })?;
        match response.status() {
            StatusCode::OK => identity(response.headers(), response.body(), SystemTime::now()),
            StatusCode::UNAUTHORIZED => Err(Denied {
                status: StatusCode::UNAUTHORIZED,
                refusal: Refusal::new(
                    Code::AccessDenied,
                    "$",
                    "Authentication hook unauthorized this request",
                ),
            }),
            status => {
                tracing::error!(target: WEBHOOK_LOG, "the authentication webhook answered with status {}", status.as_u16());
                Err(unexpected("Invalid response from authorization hook".to_owned()))
            }
        }
    }

    async fn send(
        &self,
        method: &Method,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<http::Response<Bytes>, String> {
        match &self.endpoint {
            Ok(endpoint) => endpoint.ask(method, headers, body).await,
            Err(why) => Err(why.clone()),
        }
    }
}

/// The client's headers that a webhook gets to see as headers.
fn forwarded(headers: &HeaderMap) -> HeaderMap {
    const DROPPED: [HeaderName; 19] = [
        CONTENT_LENGTH,
        USER_AGENT,
        HOST,
        ORIGIN,
        REFERER,
        ACCEPT,
        ACCEPT_ENCODING,
        ACCEPT_LANGUAGE,
        CACHE_CONTROL,
        CONNECTION,
        DNT,
        CONTENT_TYPE,
        // These belong to one connection or one body, and would change what ours means.
        TRANSFER_ENCODING,
        TE,
        TRAILER,
        UPGRADE,
        EXPECT,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
    ];
    let is_dropped = |name: &HeaderName| {
        DROPPED.contains(name)
            || matches!(name.as_str(), "content-md5" | "accept-datetime" | "keep-alive" | "proxy-connection")
    };
    let kept = headers.iter().filter(|(name, _)| !is_dropped(name));
    let mut kept: HeaderMap = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    // HTTP/2 may have one for each cookie, HTTP/1.1 must not.
    if headers.get_all(COOKIE).iter().count() > 1
        && let Ok(cookies) = HeaderValue::try_from(text(headers, &COOKIE))
    {
        kept.insert(COOKIE, cookies);
    }
    kept
}

/// All values of a header in one text.
fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter();
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    values.join(if name == COOKIE { "; " } else { ", " })
}

/// The body of a POST. `request` is absent when it is not to be shown, and null in the body when there is none.
fn body(headers: &HeaderMap, request: Option<Option<&str>>) -> Bytes {
    let mut shown = Map::with_capacity(headers.keys_len());
    for name in headers.keys() {
        shown.insert(name.as_str().to_owned(), Value::String(text(headers, name)));
    }
    let shown = Value::Object(shown);
    Bytes::from(match request {
        None => format!("{{\"headers\":{shown}}}"),
        Some(request) => format!("{{\"headers\":{shown},\"request\":{}}}", request.unwrap_or("null")),
    })
}

/// What an answer of status 200 says of the caller.
fn identity(headers: &HeaderMap, body: &[u8], now: SystemTime) -> Result<Identity, Denied> {
    let invalid = |why: &str| {
        tracing::error!(target: WEBHOOK_LOG, "the answer of the authentication webhook makes no sense: {why}");
        unexpected(format!("Invalid response from authorization hook: {why}"))
    };
    // The decoder's own message could show a part of the answer.
    let members: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| invalid("the body is not a JSON object"))?;
    let mut role = None;
    let mut variables: Vec<Variable> = Vec::new();
    let (mut cache_control, mut expires) = (None, None);
    for (name, value) in &members {
        let name = name.to_ascii_lowercase();
        let Value::String(value) = value else { return Err(invalid(&format!("{name} is not a string"))) };
        match name.as_str() {
            ROLE_HEADER => role = Some(value.clone()),
            "cache-control" => cache_control = freshness::of_cache_control(value),
            "expires" => expires = freshness::of_expires(value, now),
            // A secret is nobody's variable.
            _ if name.starts_with(SESSION_PREFIX) && !SECRET_HEADERS.contains(&&*name) => {
                variables.retain(|(other, _)| *other != name);
                variables.push((name.into(), value.clone().into()));
            }
            _ => {}
        }
    }
    let Some(role) = role.filter(|role| !role.is_empty()) else {
        let refusal = Refusal::new(Code::InvalidParams, "$", "x-hasura-role not found in session variables");
        return Err(Denied { status: StatusCode::BAD_REQUEST, refusal });
    };
    variables.insert(0, (ROLE_HEADER.into(), role.clone().into()));
    Ok(Identity {
        session: Held::Own(Session { role: role.into(), variables }),
        until: cache_control.or(expires).and_then(|age| now.checked_add(age)),
        set_cookies: headers.get_all(SET_COOKIE).iter().cloned().collect(),
    })
}

fn unexpected(message: String) -> Denied {
    let refusal = Refusal::new(Code::Unexpected, "$", message);
    Denied { status: StatusCode::INTERNAL_SERVER_ERROR, refusal }
}
