//! Requests to remotes: one pooled client per remote, header rules, limits, timeouts.
//!
//! An [`Upstream`] is built once per catalog, with URL and configured headers resolved, so that a request only clones a
//! prepared header map. It knows nothing of GraphQL: a body goes out, bytes come back. See [`template`] for how
//! addresses and header values are resolved, [`headers`] for what is forwarded, [`failure`] for how trouble is told.

pub mod failure;
pub mod headers;
pub mod template;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use engine::catalog::Failure;
use http::header::{CONTENT_LENGTH, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use reqwest::{Client, redirect};
use rustls::ClientConfig;
use rustls_platform_verifier::ConfigVerifierExt;

use crate::upstream::failure::Exchange;

/// What bounds an exchange when the metadata says nothing, as in Hasura.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// TLS as the system trusts it, for all clients: to read the system's certificates takes longer than the rest of a client.
static TLS: LazyLock<Result<ClientConfig, rustls::Error>> = LazyLock::new(|| {
    let mut config = ClientConfig::with_platform_verifier()?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
});

/// How to reach one remote: its client, its resolved URL, its configured headers.
#[derive(Debug)]
pub struct Upstream {
    client: Client,
    url: reqwest::Url,
    /// What messages call the address: the text of the metadata, never the resolved URL.
    shown_url: String,
    configured: HeaderMap,
    forward_client_headers: bool,
    timeout: Duration,
    max_answer_bytes: usize,
}

/// What a remote answered, whatever its HTTP status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The whole body, decompressed.
    pub body: Bytes,
    /// `Set-Cookie` headers, in order.
    pub set_cookies: Vec<HeaderValue>,
}

/// The client request on whose behalf a remote is called.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The client's headers.
    pub headers: &'a HeaderMap,
    /// Its session.
    pub session: &'a crate::auth::Session,
    /// Whether the request changes something, so that it must never be sent twice.
    pub mutates: bool,
}

impl Upstream {
    /// Resolves URL and header templates against the environment (`env` looks a variable up) and builds the client.
    pub fn new(
        remote: &metadata::RemoteSchema,
        env: &dyn Fn(&str) -> Option<String>,
        max_answer_bytes: usize,
    ) -> Result<Self, Failure> {
        let definition = &remote.definition;
        let address = template::resolve_url(definition, env)?;
        let configured = headers::configured(&definition.headers, env)?;
        let tls = TLS.as_ref().map_err(|error| failure::no_client(&address.shown, error))?;
        // A redirected POST would carry the headers to a place that nobody configured.
        let client = Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .tcp_keepalive(Duration::from_secs(60))
            .pool_idle_timeout(Duration::from_secs(90))
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .http2_keep_alive_timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| failure::no_client(&address.shown, &error))?;
        Ok(Self {
            client,
            url: address.url,
            shown_url: address.shown,
            configured,
            forward_client_headers: definition.forward_client_headers,
            timeout: definition.timeout_seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs),
            max_answer_bytes,
        })
    }

    /// POSTs a GraphQL request body. Without a caller (introspection) only configured headers and `x-hasura-role: admin` go.
    ///
    /// The remote's own timeout and `deadline` both bound the whole exchange. Dropping the future aborts it.
    pub async fn post(
        &self,
        body: Bytes,
        caller: Option<Caller<'_>>,
        deadline: Option<Instant>,
    ) -> Result<Answer, Failure> {
        let exchange = Exchange { url: &self.url, shown_url: &self.shown_url, timeout: self.timeout };
        let own = Instant::now() + self.timeout;
        let until = deadline.map_or(own, |deadline| deadline.min(own));
        match tokio::time::timeout_at(until.into(), self.exchange(&exchange, caller, body)).await {
            Ok(result) => result,
            Err(_) if until < own => Err(exchange.deadline_ran_out(&self.configured)),
            Err(_) => Err(exchange.timed_out(&self.configured)),
        }
    }

    async fn send(
        &self,
        caller: Option<Caller<'_>>,
        body: Bytes,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let headers = headers::outgoing(&self.configured, caller, self.forward_client_headers);
        self.client.post(self.url.clone()).headers(headers).body(body).send().await
    }

    async fn exchange(
        &self,
        exchange: &Exchange<'_>,
        caller: Option<Caller<'_>>,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let failed = |error: reqwest::Error| exchange.failed(error, &self.configured);
        let mut sent = self.send(caller, body.clone()).await;
        // Servers close idle connections whenever they like, also in the moment in which one of them is used again.
        let may_repeat = !caller.is_some_and(|caller| caller.mutates);
        if may_repeat && sent.as_ref().is_err_and(failure::is_lost_connection) {
            sent = self.send(caller, body).await;
        }
        let mut response = sent.map_err(failed)?;
        if response.status().is_redirection() {
            let location = response.headers().get(LOCATION);
            return Err(exchange.redirected(response.status().as_u16(), location, &self.configured));
        }
        let status = response.status().as_u16();
        let set_cookies = response.headers().get_all(SET_COOKIE).iter().cloned().collect();

        // The length header counts compressed bytes, if any; the client drops it then. It is a hint and no more.
        let announced = response
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<usize>().ok())
            .unwrap_or(0);
        let too_large = || exchange.too_large(status, self.max_answer_bytes, &self.configured);
        if announced > self.max_answer_bytes {
            return Err(too_large());
        }
        let Some(first) = response.chunk().await.map_err(failed)? else {
            return Ok(Answer { status, body: Bytes::new(), set_cookies });
        };
        if first.len() > self.max_answer_bytes {
            return Err(too_large());
        }
        let Some(second) = response.chunk().await.map_err(failed)? else {
            // Small answers arrive in one piece and are never copied.
            return Ok(Answer { status, body: first, set_cookies });
        };
        let mut whole = BytesMut::with_capacity(announced.max(first.len() + second.len()));
        whole.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(chunk) = next {
            if whole.len() + chunk.len() > self.max_answer_bytes {
                return Err(too_large());
            }
            whole.extend_from_slice(&chunk);
            next = response.chunk().await.map_err(failed)?;
        }
        Ok(Answer { status, body: whole.freeze(), set_cookies })
    }
}

#[cfg(test)]
mod tests;
