//! Requests to an address of the server's own configuration, or to a token server: small questions, small answers.
//!
//! It shares connections, TLS and proxies with [`Upstream`](super::Upstream), and has nothing of remotes: no templates, no callers,
//! no GraphQL. What went wrong is one sentence for the log.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, PROXY_AUTHORIZATION, USER_AGENT};
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy;
use hyper_util::client::proxy::matcher::Intercept;
use rustls::ClientConfig;
use url::Url;

use crate::upstream::connect::{self, Client};
use crate::upstream::{failure, headers, template, tls};

/// An absolute HTTP address. Whatever shows it leaves out what may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

/// An address and how to ask it.
#[derive(Debug)]
pub struct Endpoint {
    client: Client,
    uri: Uri,
    shown: String,
    credentials: Option<HeaderValue>,
    proxy_credentials: Option<HeaderValue>,
    timeout: Duration,
    max_bytes: usize,
}

impl Endpoint {
    /// Prepares to ask an address. An answer has to be there within `timeout`, as a whole, and not larger than `max_bytes`.
    pub fn new(address: &Address, timeout: Duration, max_bytes: usize) -> Result<Self, String> {
        let tls = tls::system().map_err(|error| error.to_string())?;
        Self::with_tls(address, tls, timeout, max_bytes)
    }

    /// As [`new`](Self::new), for an address with certificates of its own.
    pub(super) fn with_tls(
        address: &Address,
        tls: &Arc<ClientConfig>,
        timeout: Duration,
        max_bytes: usize,
    ) -> Result<Self, String> {
        let uri = template::uri(&address.0).ok_or_else(|| format!("{address} cannot be asked"))?;
        let proxy = connect::proxy(&uri);
        let is_plain = uri.scheme() == Some(&Scheme::HTTP);
        let proxy_credentials = proxy.as_ref().and_then(Intercept::basic_auth).filter(|_| is_plain).cloned();
        let client = connect::client(proxy, tls).map_err(|error| error.to_string())?;
        Ok(Self {
            client,
            uri,
            shown: address.to_string(),
            credentials: headers::credentials(&address.0),
            proxy_credentials,
            timeout,
            max_bytes,
        })
    }

    /// What messages call it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Asks, once more if the connection was lost before anything of an answer was there. Redirects are answers like others.
    pub async fn ask(
        &self,
        method: &Method,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Bytes>, String> {
        let exchange = self.exchange(method, headers, body);
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(result) => result,
            Err(_) => Err(format!("no complete answer within {} s", self.timeout.as_secs_f64())),
        }
    }

    async fn exchange(
        &self,
        method: &Method,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Bytes>, String> {
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        headers.entry(USER_AGENT).or_insert(headers::AGENT);
        // The client library counts the bytes itself.
        headers.remove(CONTENT_LENGTH);
        for (name, value) in
            [(AUTHORIZATION, &self.credentials), (PROXY_AUTHORIZATION, &self.proxy_credentials)]
        {
            if let Some(value) = value {
                headers.entry(name).or_insert_with(|| value.clone());
            }
        }
        let send = || {
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = method.clone();
            *request.uri_mut() = self.uri.clone();
            *request.headers_mut() = headers.clone();
            self.client.request(request)
        };
        let sent: Result<_, legacy::Error> = match send().await {
            Err(error) if failure::is_lost_connection(&error) => send().await,
            other => other,
        };
        let (parts, body) = sent.map_err(|error| failure::causes(&error))?.into_parts();
        let read = Limited::new(body, self.max_bytes).collect().await;
        let body = read.map_err(|error| failure::causes(&*error))?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }
}

impl Address {
    /// That of a URL which is known to be absolute.
    pub(super) fn of(url: &Url) -> Self {
        Self(url.clone())
    }

    /// Whether it has a user name or password, which are sent along.
    pub fn has_credentials(&self) -> bool {
        !self.0.username().is_empty() || self.0.password().is_some()
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text.trim()).ok();
        let is_absolute =
            |url: &Url| matches!(url.scheme(), "http" | "https") && template::uri(url).is_some();
        url.filter(is_absolute).map(Self).ok_or_else(|| "it is not an http or https URL".to_owned())
    }
}

impl fmt::Display for Address {
    /// Neither credentials nor a query string, which may be one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0.origin().ascii_serialization(), self.0.path())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
