//! Requests to remotes: pooled clients for each remote, header rules, limits, timeouts.
//!
//! An [`Upstream`] is built once per catalog, with URL and configured headers resolved, so that a request only clones a
//! prepared header map. It knows nothing of GraphQL: a body goes out, bytes come back. See `connect` for how
//! connections are made, `ring` for how many and `tls` for whom they trust, [`template`] for how addresses and header values
//! are resolved, [`headers`] for what is forwarded, `token` for how the gateway shows who it is, [`failure`] for how trouble
//! is told. [`endpoint`] is for addresses that are no remotes.

mod connect;
pub mod endpoint;
pub mod failure;
pub mod headers;
pub(crate) mod hits;
pub(crate) mod refusal;
mod ring;
pub mod template;
mod tls;
mod token;

use std::convert::Infallible;
use std::error::Error;
use std::future::ready;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use engine::catalog::Failure;
use engine::fault::Code;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, LOCATION, SET_COOKIE};
use http::uri::Scheme;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy;
use metadata::RemoteSchemaDefinition;
use metadata::network::TlsAllow;
use tower::{Service, service_fn};
use tower_http::decompression::{Decompression, DecompressionBody};
use url::Url;

use crate::upstream::failure::Exchange;
use crate::upstream::headers::Forwarding;
use crate::upstream::ring::{Ring, Turn};
use crate::upstream::token::{Authorization, Tokens};

/// What bounds an exchange when the metadata says nothing, as in Hasura.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a request is sent again that a remote says it has not looked at.
const MOST_REFUSALS: u32 = 2;

/// How often a query is sent again that was lost with a connection which had served before.
const MOST_LOSSES: u32 = 3;

/// How long the second such repetition waits, and the third twice as long.
const AFTER_LOSS: Duration = Duration::from_millis(5);

/// How to reach one remote: its clients, its resolved URL, its configured headers.
#[derive(Debug)]
pub struct Upstream {
    clients: Ring,
    uri: Uri,
    /// The headers of every request; sessions and clients add theirs.
    headers: HeaderMap,
    /// What failures tell of: the resolved URL and the headers that the metadata configures.
    url: Url,
    configured: HeaderMap,
    /// What messages call the address: the text of the metadata, never the resolved URL.
    shown_url: String,
    /// For the user that the URL names, unless another header says who asks.
    credentials: Option<HeaderValue>,
    forwarding: Forwarding,
    /// What introspection has of its own; mostly nothing.
    introspection: Option<Box<Introspection>>,
    /// Where the header `authorization` comes from when it changes.
    tokens: Option<Arc<Tokens>>,
    /// The addresses that this upstream speaks to, and whether their certificates are left unchecked.
    hosts: Vec<(Url, bool)>,
    timeout: Duration,
    max_answer_bytes: usize,
}

/// The headers of introspection where they are not those of every request.
#[derive(Debug)]
struct Introspection {
    headers: HeaderMap,
    configured: HeaderMap,
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
    /// Its session, as [`headers::of_session`] has it.
    pub session: &'a [(HeaderName, HeaderValue)],
    /// Whether the request changes something, so that it must never be sent twice.
    pub mutates: bool,
}

impl Upstream {
    /// Resolves URL and header templates against the environment (`env` looks a variable up) and builds the client.
    /// `allowed` are the hosts whose certificates are not checked.
    pub fn new(
        remote: &metadata::RemoteSchema,
        allowed: &[TlsAllow],
        env: &dyn Fn(&str) -> Option<String>,
        max_answer_bytes: usize,
    ) -> Result<Self, Failure> {
        let definition = &remote.definition;
        let address = template::resolve_url(definition, env)?;
        check_together(definition, &address.url)?;
        let timeout = definition.timeout_seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
        let auth = definition.auth.as_ref();
        let authorization =
            auth.map(|auth| Authorization::new(remote, auth, allowed, env, timeout)).transpose()?;
        let token_server = authorization.as_ref().and_then(Authorization::token_server);
        let hosts = [Some(&address.url), token_server.map(|server| &server.url)];
        let hosts = hosts.into_iter().flatten().map(|url| (url.clone(), is_exempt(allowed, url))).collect();
        let mut configured = headers::configured(&definition.headers, env)?;
        let tokens = match authorization {
            Some(Authorization::Fixed(value)) => {
                configured.insert(AUTHORIZATION, value);
                None
            }
            Some(Authorization::Renewed(tokens)) => Some(tokens),
            None => None,
        };
        let proxy = connect::proxy(&address.uri);
        let of_every_request =
            |configured: &HeaderMap| headers::of_every_request(configured, &address.uri, proxy.as_ref());
        let introspection = match definition.introspection_headers.as_slice() {
            [] => None,
            own => {
                let configured = headers::of_introspection(own, &configured, env)?;
                Some(Box::new(Introspection { headers: of_every_request(&configured), configured }))
            }
        };
        let headers = of_every_request(&configured);
        let no_client = |error| failure::no_client(&address.shown, error);
        let tls = tls::of_remote(definition.tls.as_ref(), is_exempt(allowed, &address.url), env);
        let tls = tls.map_err(no_client)?;
        let client = || connect::client(proxy.clone(), &tls).map_err(no_client);
        // Without TLS only HTTP/1.1 is spoken.
        let n_others = if address.uri.scheme() == Some(&Scheme::HTTPS) { ring::MEMBERS - 1 } else { 0 };
        let others = (0..n_others).map(|_| client()).collect::<Result<Vec<_>, _>>()?;
        let clients = Ring::new(client()?, others);
        Ok(Self {
            clients,
            uri: address.uri,
            headers,
            credentials: headers::credentials(&address.url),
            url: address.url,
            configured,
            shown_url: address.shown,
            forwarding: Forwarding::new(definition),
            introspection,
            tokens,
            hosts,
            timeout,
            max_answer_bytes,
        })
    }

    /// Whether this list of hosts would make another client.
    pub fn is_affected_by(&self, allowed: &[TlsAllow]) -> bool {
        self.hosts.iter().any(|(url, was_exempt)| is_exempt(allowed, url) != *was_exempt)
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
            Err(_) if until < own => Err(exchange.deadline_ran_out(self.configured(caller))),
            Err(_) => Err(exchange.timed_out(self.configured(caller))),
        }
    }

    async fn exchange(
        &self,
        exchange: &Exchange<'_>,
        caller: Option<Caller<'_>>,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let configured = self.configured(caller);
        // Introspection may have a way of its own to say who asks.
        let tokens = self.tokens.as_ref().filter(|_| !headers::authorize(configured));
        let token = match tokens {
            Some(tokens) => Some(Box::pin(tokens.get()).await?),
            None => None,
        };
        // Held until the answer is read.
        let mut turn = self.clients.turn();
        let sent = self.send(&turn, caller, body.clone(), token.as_ref().map(|token| &token.value)).await;
        let not_sent = |error| exchange.not_sent(&error, configured);
        let mut response = sent.map_err(not_sent)?;
        // Who is not known has not been served, so that a mutation may be sent again too.
        if response.status() == StatusCode::UNAUTHORIZED
            && let (Some(tokens), Some(token)) = (tokens, token)
            && let Some(token) = Box::pin(tokens.after_refusal(token)).await
        {
            let sent = Box::pin(self.send(&turn, caller, body, Some(&token.value))).await;
            response = sent.map_err(not_sent)?;
        }
        turn.heard(response.version());
        let status = response.status().as_u16();
        // A redirected POST would carry the headers to a place that nobody configured.
        if response.status().is_redirection() {
            return Err(exchange.redirected(status, response.headers().get(LOCATION), configured));
        }
        let set_cookies = response.headers().get_all(SET_COOKIE).iter().cloned().collect();
        let body = if response.headers().contains_key(CONTENT_ENCODING) {
            // Rare enough that its state need not be part of every exchange.
            Box::pin(async {
                self.read(decoded(response).await.into_body(), status, exchange, configured).await
            })
            .await
        } else {
            self.read(response.into_body(), status, exchange, configured).await
        };
        Ok(Answer { status, body: body?, set_cookies })
    }

    /// Sends the request until there is the beginning of an answer, or no reason to hope for one.
    async fn send(
        &self,
        turn: &Turn<'_>,
        caller: Option<Caller<'_>>,
        body: Bytes,
        token: Option<&HeaderValue>,
    ) -> Result<Response<Incoming>, legacy::Error> {
        let may_repeat = !caller.is_some_and(|caller| caller.mutates);
        let (mut n_refusals, mut n_losses) = (0, 0);
        loop {
            let begun = Instant::now();
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = Method::POST;
            *request.uri_mut() = self.uri.clone();
            *request.headers_mut() = self.outgoing(caller, token);
            let error = match turn.client().request(request).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if n_refusals < MOST_REFUSALS && failure::is_refusal(&error) {
                n_refusals += 1;
            } else if may_repeat && failure::is_lost_connection(&error) {
                // Servers close idle connections whenever they like, also in the moment in which one of them is used
                // again, and often all of an age at once: then it takes a moment until the client knows of each.
                // A remote that closes new ones too is not asked any longer.
                let most = if connect::is_older(&error, begun) { MOST_LOSSES } else { 1 };
                if n_losses >= most {
                    return Err(error);
                }
                if n_losses > 0 {
                    Box::pin(tokio::time::sleep(AFTER_LOSS * n_losses)).await;
                }
                n_losses += 1;
            } else {
                return Err(error);
            }
        }
    }

    fn outgoing(&self, caller: Option<Caller<'_>>, token: Option<&HeaderValue>) -> HeaderMap {
        let of_every_request = match &self.introspection {
            Some(introspection) if caller.is_none() => &introspection.headers,
            _ => &self.headers,
        };
        let mut headers = headers::outgoing(of_every_request, caller, &self.forwarding);
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.clone());
        } else if let Some(credentials) = &self.credentials {
            headers.entry(AUTHORIZATION).or_insert_with(|| credentials.clone());
        }
        headers
    }

    /// The configured headers of a request on behalf of this caller.
    fn configured(&self, caller: Option<Caller<'_>>) -> &HeaderMap {
        match &self.introspection {
            Some(introspection) if caller.is_none() => &introspection.configured,
            _ => &self.configured,
        }
    }

    /// The whole body, unless it is larger than allowed.
    async fn read<B>(
        &self,
        body: B,
        status: u16,
        exchange: &Exchange<'_>,
        configured: &HeaderMap,
    ) -> Result<Bytes, Failure>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
    {
        let mut body = pin!(body);
        // Known if the remote announced it, and zero if it did not or if the body is compressed.
        let announced = body.size_hint().lower();
        if announced > self.max_answer_bytes as u64 {
            return Err(exchange.too_large(status, self.max_answer_bytes, configured));
        }
        // Small answers arrive in one piece and are never copied.
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| exchange.unreadable(&*error.into(), configured))?;
            let Ok(chunk) = frame.into_data() else { continue };
            if first.len() + whole.len() + chunk.len() > self.max_answer_bytes {
                return Err(exchange.too_large(status, self.max_answer_bytes, configured));
            }
            if first.is_empty() && whole.is_empty() {
                first = chunk;
                continue;
            }
            if whole.is_empty() {
                whole.reserve((announced as usize).max(first.len() + chunk.len()));
                whole.extend_from_slice(&std::mem::take(&mut first));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(if whole.is_empty() { first } else { whole.freeze() })
    }
}

/// Whether the definition goes together with the URL that it turned out to mean.
fn check_together(definition: &RemoteSchemaDefinition, url: &Url) -> Result<(), Failure> {
    let reason = if definition.tls.is_some() && url.scheme() != "https" {
        "the remote's `tls` is for https, which its url does not have"
    } else if definition.auth.is_some() && headers::credentials(url).is_some() {
        "the remote's url names a user, and `auth` says otherwise; leave one of them out"
    } else {
        return Ok(());
    };
    Err(Failure { code: Code::InvalidParams, reason: reason.into(), internal: None })
}

/// Whether the metadata allows a host any certificate.
fn is_exempt(allowed: &[TlsAllow], url: &Url) -> bool {
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
    url.scheme() == "https" && allowed.iter().any(|allow| allow.covers(host, port))
}

/// The response with its content encoding undone, if it is one that we know.
async fn decoded(response: Response<Incoming>) -> Response<DecompressionBody<Incoming>> {
    // The library decodes what a service answers; this one answers with what it is asked.
    let echo =
        service_fn(|request: Request<Response<Incoming>>| ready(Ok::<_, Infallible>(request.into_body())));
    let Ok(response) = Decompression::new(echo).call(Request::new(response)).await;
    response
}

#[cfg(test)]
mod tests;
