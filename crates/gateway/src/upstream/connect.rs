//! Connections to one remote: straight to it or through a proxy, with TLS where its URL says so, kept for the next request.
//!
//! This is where all that concerns sockets is set: time limits, keep-alive, protocols. Whom TLS trusts is said in [`tls`], and
//! what is sent over a connection is the business of [`Upstream`](super::Upstream).

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::uri::Scheme;
use http::{Extensions, Uri};
use http_body_util::Full;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower::Service;

use crate::upstream::tls::{self, TlsError};

/// Bounds all that it takes to get a connection: name, socket, proxy, TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The proxies of this process, from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` or the system's settings.
static PROXIES: LazyLock<Matcher> = LazyLock::new(Matcher::from_system);

/// The pooled client of one remote.
pub(super) type Client = legacy::Client<Connector, Full<Bytes>>;

type BoxError = Box<dyn Error + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Makes whole connections, each within [`CONNECT_TIMEOUT`].
#[derive(Debug, Clone)]
pub(super) struct Connector(HttpsConnector<Router>);

/// Makes what lies below the remote's own TLS.
#[derive(Debug, Clone)]
struct Router {
    tcp: HttpConnector,
    proxy: Option<Proxy>,
}

#[derive(Debug, Clone)]
struct Proxy {
    intercept: Intercept,
    /// Proxies may want TLS for themselves.
    connector: HttpsConnector<HttpConnector>,
}

/// A byte stream that ends at the remote or at a proxy.
#[derive(Debug)]
pub(super) struct Line {
    stream: MaybeHttpsStream<TokioIo<TcpStream>>,
    /// Whether a proxy reads the requests, so that they have to name the remote.
    is_forwarded: bool,
}

/// The proxy between this process and an address.
pub(super) fn proxy(remote: &Uri) -> Option<Intercept> {
    PROXIES.intercept(remote)
}

/// A client without connections. `tls` is for what it asks; a proxy in between is trusted as the system trusts it.
pub(super) fn client(proxy: Option<Intercept>, tls: &Arc<ClientConfig>) -> Result<Client, TlsError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    // Divided by the remote's addresses, so that one that is silent leaves time for the others.
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    tcp.set_keepalive(Some(Duration::from_secs(60)));
    tcp.set_keepalive_interval(Some(Duration::from_secs(15)));
    tcp.set_keepalive_retries(Some(3));
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    tcp.set_tcp_user_timeout(Some(Duration::from_secs(30)));
    let proxy = match proxy {
        None => None,
        Some(intercept) => {
            // Proxies are spoken to in HTTP/1.1.
            let mut tls = ClientConfig::clone(tls::system()?);
            tls.alpn_protocols.clear();
            Some(Proxy { intercept, connector: HttpsConnector::from((tcp.clone(), tls)) })
        }
    };
    let connector = Connector(HttpsConnector::from((Router { tcp, proxy }, Arc::clone(tls))));
    Ok(legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(90))
        .http2_adaptive_window(true)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .http2_keep_alive_timeout(Duration::from_secs(10))
        .build(connector))
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Line>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, remote: Uri) -> Self::Future {
        let connecting = self.0.call(remote);
        Box::pin(async {
            tokio::time::timeout(CONNECT_TIMEOUT, connecting).await.unwrap_or_else(|_| {
                Err(io::Error::new(io::ErrorKind::TimedOut, "operation timed out").into())
            })
        })
    }
}

impl Service<Uri> for Router {
    type Response = Line;
    type Error = BoxError;
    type Future = Connecting<Line>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(BoxError::from)
    }

    fn call(&mut self, remote: Uri) -> Self::Future {
        let Some(Proxy { intercept, connector }) = &mut self.proxy else {
            let connecting = self.tcp.call(remote);
            return Box::pin(async {
                Ok(Line { stream: MaybeHttpsStream::Http(connecting.await?), is_forwarded: false })
            });
        };
        let proxy = intercept.uri().clone();
        if remote.scheme() == Some(&Scheme::HTTPS) {
            let mut tunnel = Tunnel::new(proxy, connector.clone());
            if let Some(credentials) = intercept.basic_auth() {
                tunnel = tunnel.with_auth(credentials.clone());
            }
            let connecting = tunnel.call(remote);
            return Box::pin(async { Ok(Line { stream: connecting.await?, is_forwarded: false }) });
        }
        let connecting = connector.call(proxy);
        Box::pin(async { Ok(Line { stream: connecting.await?, is_forwarded: true }) })
    }
}

impl Connection for Line {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.is_forwarded).extra(Opened(Instant::now()))
    }
}

/// When a connection was there, for those who lose it.
#[derive(Debug, Clone, Copy)]
struct Opened(Instant);

/// Whether the connection that an error speaks of was there before this moment.
pub(super) fn is_older(error: &legacy::Error, moment: Instant) -> bool {
    let mut extras = Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extras);
    }
    extras.get::<Opened>().is_some_and(|opened| opened.0 < moment)
}

impl Read for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
