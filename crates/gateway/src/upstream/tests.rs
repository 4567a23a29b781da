//! The client against small servers on the loopback.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use metadata::{RemoteSchema, RemoteSchemaDefinition};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::auth::Session;

const CAP: usize = 100_000;

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}/")
}

fn upstream(url: &str, timeout_seconds: Option<u64>) -> Upstream {
    defined(RemoteSchemaDefinition {
        url: Some(url.into()),
        timeout_seconds,
        ..RemoteSchemaDefinition::default()
    })
}

fn defined(definition: RemoteSchemaDefinition) -> Upstream {
    let remote = RemoteSchema {
        name: "crm".into(),
        definition,
        comment: None,
        permissions: Vec::new(),
        remote_relationships: Vec::new(),
    };
    Upstream::new(&remote, &[], &|_| None, CAP).unwrap()
}

async fn ask(upstream: &Upstream) -> Result<Answer, Failure> {
    upstream.post(Bytes::from_static(b"{\"query\":\"{a}\"}"), None, None).await
}

/// Asserts that the exchange failed as an HTTP exception and returns its internal message.
fn message(url: &str, result: Result<Answer, Failure>) -> String {
    let failure = result.unwrap_err();
    assert_eq!(failure.code.as_str(), "remote-schema-error");
    assert_eq!(failure.reason, format!("HTTP exception occurred while sending the request to \"{url}\""));
    let internal = failure.internal.unwrap();
    assert_eq!(internal["type"], "http_exception");
    assert_eq!(internal["request"]["method"], "POST");
    internal["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn answers_come_whole_with_status_and_cookies() {
    let url = serve(Router::new().route(
        "/",
        post(|request: Request<Body>| async move {
            let headers = request.headers().clone();
            let body = axum::body::to_bytes(request.into_body(), CAP).await.unwrap();
            assert_eq!(body, "{\"query\":\"{a}\"}");
            assert_eq!(headers["content-type"], "application/json");
            assert_eq!(headers["x-hasura-role"], "user");
            assert_eq!(headers["user-agent"], concat!("conjoin/", env!("CARGO_PKG_VERSION")));
            Response::builder()
                .status(418)
                .header("set-cookie", "a=1")
                .header("set-cookie", "b=2; HttpOnly")
                .body(Body::from("{\"data\":{}}"))
                .unwrap()
        }),
    ))
    .await;
    let session = Session { role: "user".into(), variables: vec![("x-hasura-role".into(), "user".into())] };
    let session = headers::of_session(&session);
    let headers = HeaderMap::new();
    let caller = Caller { headers: &headers, session: &session, mutates: false };
    let body = Bytes::from_static(b"{\"query\":\"{a}\"}");
    let answer = upstream(&url, None).post(body, Some(caller), None).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (418, &b"{\"data\":{}}"[..]));
    assert_eq!(answer.set_cookies, ["a=1", "b=2; HttpOnly"]);
}

#[tokio::test]
async fn the_user_of_a_url_asks_unless_a_header_says_who() {
    let router = Router::new().route(
        "/",
        post(|headers: HeaderMap| async move { headers["authorization"].to_str().unwrap().to_owned() }),
    );
    let url = serve(router).await.replace("//", "//me:p%40ss@");
    assert_eq!(ask(&upstream(&url, None)).await.unwrap().body, "Basic bWU6cEBzcw==");
    let configured = metadata::Header {
        name: "Authorization".into(),
        value: metadata::HeaderValue::Value("Bearer b".into()),
    };
    let remote = defined(RemoteSchemaDefinition {
        url: Some(url),
        headers: vec![configured],
        ..RemoteSchemaDefinition::default()
    });
    assert_eq!(ask(&remote).await.unwrap().body, "Bearer b");
}

#[tokio::test]
async fn html_answers_are_answers() {
    let router =
        Router::new().route("/", post(|| async { (http::StatusCode::BAD_GATEWAY, "<html>no</html>") }));
    let answer = ask(&upstream(&serve(router).await, None)).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (502, &b"<html>no</html>"[..]));
}

#[tokio::test]
async fn empty_answers_are_answers() {
    let router = Router::new().route("/", post(|| async { http::StatusCode::NO_CONTENT }));
    let answer = ask(&upstream(&serve(router).await, None)).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (204, 0));
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn encoded(encoding: &'static str, body: Vec<u8>) -> Router {
    let body = Bytes::from(body);
    Router::new().route("/", post(move || async move { ([("content-encoding", encoding)], body) }))
}

#[tokio::test]
async fn gzip_is_decoded() {
    let url = serve(encoded("gzip", gzip(b"{\"data\":{\"a\":1}}"))).await;
    assert_eq!(ask(&upstream(&url, None)).await.unwrap().body, "{\"data\":{\"a\":1}}");
}

#[tokio::test]
async fn brotli_is_decoded() {
    // A meta-block of uncompressed bytes, then the empty last one: brotli without an encoder.
    let text = b"{\"data\":{\"a\":1}}";
    let mut body = vec![0x8b, 0x07, 0x80];
    body.extend_from_slice(text);
    body.push(0x03);
    assert_eq!(text.len(), 16, "the first three bytes say so");
    let url = serve(encoded("br", body)).await;
    assert_eq!(ask(&upstream(&url, None)).await.unwrap().body, &text[..]);
}

#[tokio::test]
async fn zstd_is_decoded() {
    // A frame of one block of uncompressed bytes: zstd without an encoder.
    let text = b"{\"data\":{\"a\":1}}";
    let mut body = vec![0x28, 0xb5, 0x2f, 0xfd, 0x20, text.len() as u8];
    body.extend_from_slice(&[(text.len() as u8) << 3 | 1, 0, 0]);
    body.extend_from_slice(text);
    let url = serve(encoded("zstd", body)).await;
    assert_eq!(ask(&upstream(&url, None)).await.unwrap().body, &text[..]);
}

#[tokio::test]
async fn a_broken_encoding_is_a_failure() {
    let url = serve(encoded("gzip", b"this is not gzip".to_vec())).await;
    let message = message(&url, ask(&upstream(&url, None)).await);
    assert!(message.starts_with("unreadable answer: "), "{message}");
}

#[tokio::test]
async fn the_size_cap_holds_for_announced_and_for_decoded_sizes() {
    let plain = Router::new().route("/", post(|| async { "x".repeat(CAP + 1) }));
    let bomb = encoded("gzip", gzip(&vec![b'x'; CAP * 50]));
    let unannounced = Router::new().route(
        "/",
        post(|| async {
            let chunks = (0..20).map(|_| Ok::<_, std::io::Error>("x".repeat(CAP / 10)));
            Body::from_stream(futures_util::stream::iter(chunks)).into_response()
        }),
    );
    for router in [plain, bomb, unannounced] {
        let failure = ask(&upstream(&serve(router).await, None)).await.unwrap_err();
        assert_eq!(failure.code.as_str(), "limit-exceeded");
        assert!(failure.reason.contains("larger than 100000 bytes"), "{}", failure.reason);
    }
    let exact = Router::new().route("/", post(|| async { "x".repeat(CAP) }));
    assert_eq!(ask(&upstream(&serve(exact).await, None)).await.unwrap().body.len(), CAP);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    let router = Router::new()
        .route("/", post(|| async { Redirect::temporary("/other?token=s3cret") }))
        .route("/other", post(move || async move { counted.fetch_add(1, Ordering::Relaxed).to_string() }));
    let url = serve(router).await;
    let message = message(&url, ask(&upstream(&url, None)).await);
    assert!(message.contains("answered 307, location /other;"), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
    assert_eq!(hits.load(Ordering::Relaxed), 0);
}

fn slow() -> Router {
    Router::new().route(
        "/",
        post(|| async {
            // The head comes at once and the body never: the timeout is one of the whole exchange.
            Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>())
                .into_response()
        }),
    )
}

#[tokio::test]
async fn the_remotes_timeout_bounds_the_whole_exchange() {
    let url = serve(slow()).await;
    let message = message(&url, ask(&upstream(&url, Some(1))).await);
    assert_eq!(message, "response timeout: no complete answer within 1 s");
}

#[tokio::test]
async fn answers_that_drip_count_against_the_timeout() {
    let router = Router::new().route(
        "/",
        post(|| async {
            let drops = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Some((Ok::<_, std::io::Error>(" "), ()))
            });
            Body::from_stream(drops).into_response()
        }),
    );
    let url = serve(router).await;
    let begin = Instant::now();
    let message = message(&url, ask(&upstream(&url, Some(1))).await);
    assert_eq!(message, "response timeout: no complete answer within 1 s");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

/// Serves connections by a script: for each connection the texts that answer its requests; after the last it is closed.
async fn scripted(script: &'static [&'static [&'static str]]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let n_requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&n_requests);
    tokio::spawn(async move {
        for answers in script {
            let (mut connection, _) = listener.accept().await.unwrap();
            for answer in *answers {
                let mut request = Vec::new();
                while !request.ends_with(b"{\"query\":\"{a}\"}") {
                    if connection.read_buf(&mut request).await.unwrap() == 0 {
                        return;
                    }
                }
                counted.fetch_add(1, Ordering::Relaxed);
                connection.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    (url, n_requests)
}

const ONE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1";

#[tokio::test]
async fn answers_come_with_a_length_in_chunks_or_until_the_end() {
    let (url, _) = scripted(&[&[
        ONE,
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n12\r\n1\r\n3\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n456",
    ]])
    .await;
    let upstream = upstream(&url, Some(5));
    for expected in ["1", "123", "456"] {
        assert_eq!(ask(&upstream).await.unwrap().body, expected);
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced() {
    let (url, n_requests) = scripted(&[&[ONE], &[ONE]]).await;
    let upstream = upstream(&url, Some(5));
    for _ in 0..2 {
        assert_eq!(ask(&upstream).await.unwrap().body, "1");
        // The end of the connection arrives.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(n_requests.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_query_lost_with_its_connection_is_sent_once_more() {
    let (url, n_requests) = scripted(&[&[ONE, ""], &[ONE]]).await;
    let lost = upstream(&url, Some(5));
    assert_eq!(ask(&lost).await.unwrap().body, "1");
    assert_eq!(ask(&lost).await.unwrap().body, "1");
    assert_eq!(n_requests.load(Ordering::Relaxed), 3);

    let (url, n_requests) = scripted(&[&[""], &[""], &[ONE]]).await;
    let lost = upstream(&url, Some(5));
    let message = message(&url, ask(&lost).await);
    assert!(message.starts_with("exchange failure: "), "{message}");
    assert_eq!(n_requests.load(Ordering::Relaxed), 2, "once and no more");
}

/// A remote that answers the first `n` requests together and then closes each connection at its next request; later
/// connections serve without end. With the count of all requests.
async fn closing_all_at_once(n: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let n_requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&n_requests);
    let together = Arc::new(tokio::sync::Barrier::new(n));
    tokio::spawn(async move {
        for accepted in 0.. {
            let (mut connection, _) = listener.accept().await.unwrap();
            let (counted, together) = (Arc::clone(&counted), Arc::clone(&together));
            tokio::spawn(async move {
                for served in 0.. {
                    let mut request = bytes::BytesMut::new();
                    while !request.ends_with(b"}") {
                        if connection.read_buf(&mut request).await.unwrap() == 0 {
                            return;
                        }
                    }
                    counted.fetch_add(1, Ordering::Relaxed);
                    if accepted < n && served > 0 {
                        return;
                    } else if accepted < n {
                        together.wait().await;
                    }
                    connection.write_all(ONE.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url, n_requests)
}

#[tokio::test]
async fn connections_of_an_age_are_lost_together_without_a_loss() {
    for (n, is_answered) in [(3, true), (5, false)] {
        let (url, n_requests) = closing_all_at_once(n).await;
        let upstream = upstream(&url, Some(5));
        for answer in futures_util::future::join_all((0..n).map(|_| ask(&upstream))).await {
            assert_eq!(answer.unwrap().body, "1");
        }
        assert_eq!(ask(&upstream).await.is_ok(), is_answered, "{n}");
        assert_eq!(n_requests.load(Ordering::Relaxed), n + 4, "{n}");
    }
}

#[tokio::test]
async fn nothing_is_repeated_that_changes_something_or_has_begun_to_be_answered() {
    let headers = HeaderMap::new();
    let (url, n_requests) = scripted(&[&[ONE, ""], &[ONE]]).await;
    let lost = upstream(&url, Some(5));
    for is_answered in [true, false] {
        let caller = Caller { headers: &headers, session: &[], mutates: true };
        let answer = lost.post(Bytes::from_static(b"{\"query\":\"{a}\"}"), Some(caller), None).await;
        assert_eq!(answer.is_ok(), is_answered);
    }
    assert_eq!(n_requests.load(Ordering::Relaxed), 2);

    let (url, n_requests) = scripted(&[&["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1"], &[ONE]]).await;
    let message = message(&url, ask(&upstream(&url, Some(5))).await);
    assert!(message.starts_with("unreadable answer: "), "{message}");
    assert_eq!(n_requests.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_deadline_bounds_the_whole_exchange() {
    let url = serve(slow()).await;
    let deadline = Instant::now() + Duration::from_millis(50);
    let result = upstream(&url, None).post(Bytes::new(), None, Some(deadline)).await;
    let message = message(&url, result);
    assert!(message.contains("the time limit of the whole request ran out"), "{message}");
}

#[tokio::test]
async fn a_dropped_exchange_closes_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let upstream = upstream(&url, None);
    let exchange = tokio::spawn(async move { ask(&upstream).await });
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut first = [0; 4];
    tokio::io::AsyncReadExt::read_exact(&mut connection, &mut first).await.unwrap();
    assert_eq!(&first, b"POST");
    exchange.abort();
    let mut rest = Vec::new();
    let closed = tokio::io::AsyncReadExt::read_to_end(&mut connection, &mut rest);
    tokio::time::timeout(Duration::from_secs(5), closed).await.expect("the connection is closed").unwrap();
}

#[tokio::test]
async fn refused_connections_say_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let message = message(&url, ask(&upstream(&url, None)).await);
    assert!(message.starts_with("connection failure: ") && message.contains("refused"), "{message}");
}

#[tokio::test]
async fn a_server_without_tls_says_so() {
    let url = serve(Router::new()).await.replace("http:", "https:");
    let message = message(&url, ask(&upstream(&url, None)).await);
    assert!(message.starts_with("connection failure: "), "{message}");
}

#[tokio::test]
async fn details_hide_header_values_and_query_strings() {
    let definition = RemoteSchemaDefinition {
        url: Some("http://me:s3cret@127.0.0.1:1/p?key=s3cret".into()),
        headers: vec![metadata::Header {
            name: "authorization".into(),
            value: metadata::HeaderValue::Value("Bearer s3cret".into()),
        }],
        ..RemoteSchemaDefinition::default()
    };
    let failure = ask(&defined(definition)).await.unwrap_err();
    let internal = failure.internal.unwrap();
    assert_eq!(internal["request"]["requestHeaders"]["authorization"], "<REDACTED>");
    assert_eq!(internal["request"]["path"], "/p");
    assert_eq!(internal["request"]["port"], 1);
    assert!(!internal.to_string().contains("s3cret"));
}
