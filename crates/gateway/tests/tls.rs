//! Remotes behind TLS and behind proxies, asked by a real `conjoin serve` whose system trusts the authority of the test.
//!
//! The remote has one field, whose value is the version of HTTP it was asked in.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures_util::future::join_all;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use serde_json::{Value, json};
use testkit::identity::Authority;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use support::Serving;

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "support/process.rs"]
mod support;

/// What the remote says of its schema.
const INTROSPECTION: &str = r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[
    {"kind":"OBJECT","name":"Query","fields":[{"name":"version","args":[],"type":{"kind":"SCALAR","name":"String"}}]},
    {"kind":"SCALAR","name":"String"}],"directives":[]}}}"#;

/// What a remote saw.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: AtomicUsize,
    running: AtomicUsize,
    most_running: AtomicUsize,
}

/// How a remote limits its clients.
#[derive(Clone, Copy)]
struct Limits {
    /// Most requests at a time on one connection.
    streams: u32,
    /// How long a connection lives before it is closed in good order.
    connection: Duration,
}

const NO_LIMITS: Limits = Limits { streams: 1000, connection: Duration::from_secs(600) };

async fn serve(tls: ServerConfig, limits: Limits) -> (String, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/graphql", listener.local_addr().unwrap().port());
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&shared));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                seen.connections.fetch_add(1, Ordering::Relaxed);
                let service = hyper::service::service_fn(move |request| answer(request, Arc::clone(&seen)));
                let mut builder = Builder::new(TokioExecutor::new());
                builder.http2().max_concurrent_streams(limits.streams);
                let connection = builder.serve_connection(TokioIo::new(stream), service);
                tokio::pin!(connection);
                tokio::select! {
                    _ = connection.as_mut() => {}
                    () = tokio::time::sleep(limits.connection) => {
                        connection.as_mut().graceful_shutdown();
                        let _ = connection.await;
                    }
                }
            });
        }
    });
    (url, seen)
}

async fn answer(
    request: Request<Incoming>,
    seen: Arc<Seen>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let version = format!("{:?}", request.version());
    let body = axum::body::to_bytes(Body::new(request.into_body()), 1 << 20).await.unwrap_or_default();
    if std::str::from_utf8(&body).unwrap().contains("__schema") {
        return Ok(axum::response::Response::new(Body::from(INTROSPECTION)));
    }
    seen.requests.fetch_add(1, Ordering::Relaxed);
    let running = seen.running.fetch_add(1, Ordering::Relaxed) + 1;
    seen.most_running.fetch_max(running, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(5)).await;
    seen.running.fetch_sub(1, Ordering::Relaxed);
    let data = json!({"data": {"version": version}});
    Ok(axum::response::Response::new(Body::from(data.to_string())))
}

/// A gateway that trusts an authority and no other.
fn gateway(data: &tempfile::TempDir, trusted: &Authority) -> Serving {
    Serving::start(data.path(), &[], &[("SSL_CERT_FILE", trusted.file().to_str().unwrap())])
}

async fn add(serving: &Serving, url: &str) -> (u16, Value) {
    let args = json!({"name": "secure", "definition": {"url": url}});
    serving.post("/v1/metadata", &json!({"type": "add_remote_schema", "args": args})).await
}

async fn ask(serving: &Serving) -> Value {
    serving.post("/v1/graphql", &json!({"query": "{ version }"})).await.1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_best_common_protocol_is_spoken() {
    let authority = Authority::new().unwrap();
    for (protocols, expected) in [
        (&["h2", "http/1.1"][..], "HTTP/2.0"),
        (&["h2"], "HTTP/2.0"),
        (&["http/1.1"], "HTTP/1.1"),
        (&[], "HTTP/1.1"),
    ] {
        let (url, _) = serve(authority.server("localhost", protocols).unwrap(), NO_LIMITS).await;
        let data = tempfile::tempdir().unwrap();
        let serving = gateway(&data, &authority);
        let (status, answer) = add(&serving, &url).await;
        assert_eq!(status, 200, "{protocols:?}: {answer}");
        assert_eq!(ask(&serving).await, json!({"data": {"version": expected}}), "{protocols:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_share_few_h2_connections_and_keep_to_the_remotes_limit() {
    let authority = Authority::new().unwrap();
    let limits = Limits { streams: 8, ..NO_LIMITS };
    let (url, seen) = serve(authority.server("localhost", &["h2"]).unwrap(), limits).await;
    let data = tempfile::tempdir().unwrap();
    let serving = gateway(&data, &authority);
    assert_eq!(add(&serving, &url).await.0, 200);
    let client = async || {
        for _ in 0..5 {
            assert_eq!(ask(&serving).await, json!({"data": {"version": "HTTP/2.0"}}));
        }
    };
    join_all((0..100).map(|_| client())).await;
    let connections = seen.connections.load(Ordering::Relaxed);
    assert!(connections <= 4, "{connections} connections");
    assert_eq!(seen.requests.load(Ordering::Relaxed), 500);
    let most = seen.most_running.load(Ordering::Relaxed);
    // More than one connection is worth: nobody waits for its limit alone.
    assert!((9..=8 * connections).contains(&most), "{most} at a time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_a_remote_closes_in_good_order_lose_nothing() {
    let authority = Authority::new().unwrap();
    for protocol in ["h2", "http/1.1"] {
        let limits = Limits { connection: Duration::from_millis(30), ..NO_LIMITS };
        let (url, seen) = serve(authority.server("localhost", &[protocol]).unwrap(), limits).await;
        let data = tempfile::tempdir().unwrap();
        let serving = gateway(&data, &authority);
        assert_eq!(add(&serving, &url).await.0, 200);
        for _ in 0..40 {
            for answer in join_all((0..5).map(|_| ask(&serving))).await {
                assert!(answer["errors"].is_null(), "{protocol}: {answer}");
            }
        }
        assert!(seen.connections.load(Ordering::Relaxed) > 3, "connections were closed under way");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_not_trusted() {
    let (authority, stranger) = (Authority::new().unwrap(), Authority::new().unwrap());
    for (tls, expected) in [
        (stranger.server("localhost", &["h2"]).unwrap(), "invalid peer certificate: "),
        (
            authority.server("elsewhere.example", &["h2"]).unwrap(),
            "certificate not valid for name \"localhost\"",
        ),
    ] {
        let (url, seen) = serve(tls, NO_LIMITS).await;
        let data = tempfile::tempdir().unwrap();
        let serving = gateway(&data, &authority);
        let (status, answer) = add(&serving, &url).await;
        assert_eq!((status, &answer["code"]), (400, &json!("remote-schema-error")), "{answer}");
        let message = answer["internal"]["message"].as_str().unwrap();
        assert!(message.starts_with("connection failure: ") && message.contains(expected), "{message}");
        assert_eq!(seen.connections.load(Ordering::Relaxed), 0);
    }
}

/// A remote in HTTP/2 that refuses so many requests before it answers; how many it got.
async fn serve_reluctantly(tls: ServerConfig, n_refused: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/graphql", listener.local_addr().unwrap().port());
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let n_requests = Arc::new(AtomicUsize::new(0));
    let shared = Arc::clone(&n_requests);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, n_requests) = (acceptor.clone(), Arc::clone(&shared));
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.unwrap();
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    let n_requests = Arc::clone(&n_requests);
                    tokio::spawn(async move {
                        let mut body = request.into_body();
                        let mut text = Vec::new();
                        while let Some(Ok(chunk)) = body.data().await {
                            text.extend_from_slice(&chunk);
                        }
                        let answer = if String::from_utf8_lossy(&text).contains("__schema") {
                            INTROSPECTION
                        } else if n_requests.fetch_add(1, Ordering::Relaxed) < n_refused {
                            respond.send_reset(h2::Reason::REFUSED_STREAM);
                            return;
                        } else {
                            r#"{"data":{"version":"late"}}"#
                        };
                        let mut sending = respond.send_response(http::Response::new(()), false).unwrap();
                        sending.send_data(answer.into(), true).unwrap();
                    });
                }
            });
        }
    });
    (url, n_requests)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_requests_are_sent_again_but_not_for_ever() {
    let authority = Authority::new().unwrap();
    for (n_refused, expected) in [(2, json!("late")), (100, Value::Null)] {
        let tls = authority.server("localhost", &["h2"]).unwrap();
        let (url, n_requests) = serve_reluctantly(tls, n_refused).await;
        let data = tempfile::tempdir().unwrap();
        let serving = gateway(&data, &authority);
        assert_eq!(add(&serving, &url).await.0, 200);
        let answer = ask(&serving).await;
        assert_eq!(answer["data"]["version"], expected, "{answer}");
        assert_eq!(answer["errors"].is_null(), n_refused == 2, "{answer}");
        assert_eq!(n_requests.load(Ordering::Relaxed), 3);
    }
}

/// A remote without TLS.
async fn serve_plainly() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}/graphql", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper::service::service_fn(|request| answer(request, Arc::default()));
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    });
    url
}

/// The first request on each connection to a proxy.
type Heads = Arc<Mutex<Vec<String>>>;

/// A proxy, with TLS of its own or without; where it listens and what it was asked.
async fn proxy(tls: Option<ServerConfig>) -> (String, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("localhost:{}", listener.local_addr().unwrap().port());
    let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
    let heads = Heads::default();
    let shared = Arc::clone(&heads);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, heads) = (acceptor.clone(), Arc::clone(&shared));
            tokio::spawn(async move {
                match acceptor {
                    Some(acceptor) => pass_on(acceptor.accept(stream).await.unwrap(), &heads).await,
                    None => pass_on(stream, &heads).await,
                }
            });
        }
    });
    (address, heads)
}

async fn pass_on(mut client: impl AsyncRead + AsyncWrite + Unpin, heads: &Heads) {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if client.read_buf(&mut head).await.unwrap() == 0 {
            return;
        }
    }
    let text = String::from_utf8_lossy(&head).to_lowercase();
    let words: Vec<&str> = text.split(' ').collect();
    let is_tunnel = words[0] == "connect";
    let remote = words[1].trim_start_matches("http://").trim_end_matches("/graphql");
    let mut remote = TcpStream::connect(remote).await.unwrap();
    heads.lock().unwrap().push(text);
    if is_tunnel {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    } else {
        remote.write_all(&head).await.unwrap();
    }
    // Either side may end it as it likes.
    let _ = tokio::io::copy_bidirectional(&mut client, &mut remote).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environments_proxies_are_respected() {
    let authority = Authority::new().unwrap();
    let (secure, _) = serve(authority.server("localhost", &["h2", "http/1.1"]).unwrap(), NO_LIMITS).await;
    let plain = serve_plainly().await;
    for (tls, scheme) in
        [(None, "http"), (Some(authority.server("localhost", &["h2", "http/1.1"]).unwrap()), "https")]
    {
        let (address, heads) = proxy(tls).await;
        let proxy = format!("{scheme}://me:p%40ss@{address}");
        for (url, variable, begin, version) in [
            (&secure, "HTTPS_PROXY", "connect localhost:", "HTTP/2.0"),
            (&plain, "HTTP_PROXY", "post http://localhost:", "HTTP/1.1"),
        ] {
            for exempt in ["", "localhost"] {
                let data = tempfile::tempdir().unwrap();
                let trusted = authority.file();
                let serving = Serving::start(
                    data.path(),
                    &[],
                    &[("SSL_CERT_FILE", trusted.to_str().unwrap()), (variable, &proxy), ("NO_PROXY", exempt)],
                );
                let (status, answer) = add(&serving, url).await;
                assert_eq!(status, 200, "{answer}");
                assert_eq!(ask(&serving).await, json!({"data": {"version": version}}), "{proxy} {url}");
                let heads = std::mem::take(&mut *heads.lock().unwrap());
                assert_eq!(heads.is_empty(), exempt == "localhost", "{heads:?}");
                for head in heads {
                    let credentials = "proxy-authorization: basic bwu6cebzcw==\r\n";
                    assert!(head.starts_with(begin) && head.contains(credentials), "{head}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_cannot_be_reached_is_a_connection_failure() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for (url, variable) in [("https://crm.example/", "HTTPS_PROXY"), ("http://crm.example/", "HTTP_PROXY")] {
        let data = tempfile::tempdir().unwrap();
        let proxy = format!("http://me:s3cret@{gone}");
        let serving = Serving::start(data.path(), &[], &[(variable, &proxy)]);
        let (status, answer) = add(&serving, url).await;
        let message = answer["internal"]["message"].as_str().unwrap();
        assert_eq!(status, 400, "{answer}");
        assert!(message.starts_with("connection failure: ") && message.contains("refused"), "{message}");
        assert!(!answer.to_string().contains("s3cret"), "{answer}");
    }
}
