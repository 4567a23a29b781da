//! HTTP byte for byte, as odd clients speak it: pipelined, in chunks, with bodies and heads of every size.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::time::Duration;

use gateway::config::Config;
use gateway::config::settings::ServeOptions;
use gateway::server::Gateway;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Generous: a test that hangs fails, and a slow machine does not.
const BOUND: Duration = Duration::from_secs(20);

async fn gateway() -> (tempfile::TempDir, Gateway) {
    let data = tempfile::tempdir().unwrap();
    let data_dir = format!("--data-dir={}", data.path().display());
    let words = ["--port=0", &data_dir, "--max-body-bytes=1000"];
    let config = Config::new(&ServeOptions::parse(words).unwrap(), &|_| None).unwrap();
    (data, Gateway::open(config).await.unwrap())
}

/// Sends bytes on a connection of its own and reads until the server closes it.
async fn send(gateway: &Gateway, bytes: &[u8]) -> String {
    let mut connection = TcpStream::connect(gateway.address()).await.unwrap();
    let exchange = async {
        connection.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    };
    tokio::time::timeout(BOUND, exchange).await.expect("the connection is closed")
}

/// A POST of a GraphQL body after which the connection is closed.
fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

const TYPENAME: &str = r#"{"query":"{ __typename }"}"#;
const TYPENAME_ANSWER: &str = r#"{"data":{"__typename":"query_root"}}"#;

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let (_data, gateway) = gateway().await;
    let mut requests = Vec::new();
    for _ in 0..3 {
        requests.extend_from_slice(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
        let length = TYPENAME.len();
        let head = format!("POST /v1/graphql HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
        requests.extend_from_slice(head.as_bytes());
        requests.extend_from_slice(TYPENAME.as_bytes());
    }
    requests.extend_from_slice(b"GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let answer = send(&gateway, &requests).await;
    let statuses: Vec<&str> =
        answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "200", "200", "200", "200", "200", "404"], "{answer}");
    assert_eq!(answer.matches(TYPENAME_ANSWER).count(), 3);
    assert_eq!(answer.matches("\r\n\r\nOK").count(), 3);
}

#[tokio::test]
async fn bodies_come_in_chunks_or_with_a_length() {
    let (_data, gateway) = gateway().await;
    let (first, second) = TYPENAME.split_at(7);
    let chunked = format!(
        "POST /v1/graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len(),
    );
    for request in [chunked.as_bytes(), &post("/v1/graphql", "", TYPENAME.as_bytes())] {
        let answer = send(&gateway, request).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(TYPENAME_ANSWER), "{answer}");
        assert!(answer.contains(&format!("content-length: {}\r\n", TYPENAME_ANSWER.len())), "{answer}");
    }
    // HTTP/1.0 knows no kept-alive connections.
    let old = format!("POST /v1/graphql HTTP/1.0\r\ncontent-length: {}\r\n\r\n{TYPENAME}", TYPENAME.len());
    assert!(send(&gateway, old.as_bytes()).await.ends_with(TYPENAME_ANSWER));
}

#[tokio::test]
async fn heads_answer_as_gets_without_a_body() {
    let (_data, gateway) = gateway().await;
    for (target, status) in [
        ("/healthz", "200"),
        ("/v1/version", "200"),
        ("/nowhere", "404"),
        ("/v1/metadata", "405"),
        ("/v1/graphql?query=%7B__typename%7D", "200"),
    ] {
        let request = format!("HEAD {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = send(&gateway, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{target}: {answer}");
    }
    // What a HEAD carries is not read, least of all executed.
    let length = TYPENAME_ANSWER.len();
    let request = "HEAD /v1/graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = send(&gateway, request.as_bytes()).await;
    assert!(answer.contains(&format!("content-length: {length}\r\n")), "{answer}");
}

#[tokio::test]
async fn clients_that_expect_are_told_to_go_on_or_not() {
    let (_data, gateway) = gateway().await;
    let expect = "expect: 100-continue\r\n";
    let answer = send(&gateway, &post("/v1/graphql", expect, TYPENAME.as_bytes())).await;
    let rest = answer.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n");
    assert!(rest.is_some_and(|rest| rest.starts_with("HTTP/1.1 200 OK\r\n")), "{answer}");
    // The body is announced and never sent.
    let head = post("/v1alpha1/graphql", expect, &[b'x'; 1001]);
    let answer = send(&gateway, &head[..head.len() - 1001]).await;
    assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
}

#[tokio::test]
async fn bodies_that_are_too_large_are_refused_and_the_client_gets_to_know() {
    let (_data, gateway) = gateway().await;
    // Much more than the buffers of a connection hold.
    let large = vec![b' '; 20 << 20];
    let mut chunked = b"POST /v1alpha1/graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n1400000\r\n".to_vec();
    chunked.extend_from_slice(&large);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    for request in
        [post("/v1alpha1/graphql", "", &large), chunked, post("/v1alpha1/graphql", "", &large[..1001])]
    {
        let answer = send(&gateway, &request).await;
        assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
        assert!(answer.contains("the request body is larger than the 1000 bytes allowed"), "{answer}");
        assert!(answer.contains("limit-exceeded"), "{answer}");
    }
    let exact = format!("{TYPENAME}{}", " ".repeat(1000 - TYPENAME.len()));
    assert!(send(&gateway, &post("/v1/graphql", "", exact.as_bytes())).await.ends_with(TYPENAME_ANSWER));
    // The metadata API has a limit of its own.
    let answer = send(&gateway, &post("/v1/metadata", "", &large[..1001])).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("invalid-json"), "{answer}");
}

#[tokio::test]
async fn compressed_bodies_are_refused() {
    let (_data, gateway) = gateway().await;
    for (path, status, path_in_json) in [
        ("/v1/graphql", 200, r#""extensions":{"path":"$","code":"not-supported"}"#),
        ("/v1alpha1/graphql", 415, r#""extensions":{"path":"$","code":"not-supported"}"#),
        ("/v1/graphql/explain", 415, r#""code":"not-supported""#),
        ("/v1/metadata", 415, r#""code":"not-supported""#),
    ] {
        let answer = send(&gateway, &post(path, "content-encoding: gzip\r\n", b"\x1f\x8b\x08")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        assert!(answer.contains(path_in_json), "{path}: {answer}");
        assert!(answer.contains(r#"content-encoding \"gzip\" are not read"#), "{path}: {answer}");
    }
    let plain = post("/v1/graphql", "content-encoding: identity\r\n", TYPENAME.as_bytes());
    assert!(send(&gateway, &plain).await.ends_with(TYPENAME_ANSWER));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let (_data, gateway) = gateway().await;
    for path in ["/v1alpha1/graphql", "/v1/metadata", "/v1/query"] {
        for body in [&b"{\"query\":\"\xff\"}"[..], b"\xef\xbb\xbf{}", b"\0", b"{\"type\":\"\xc3\x28\"}"] {
            let answer = send(&gateway, &post(path, "", body)).await;
            assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{path}: {answer}");
            assert!(answer.contains("\"code\":\"invalid-json\""), "{path}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_body_that_ends_early_is_not_executed() {
    let (_data, gateway) = gateway().await;
    let mut connection = TcpStream::connect(gateway.address()).await.unwrap();
    connection
        .write_all(b"POST /v1/graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        .await
        .unwrap();
    connection.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read = connection.read_to_end(&mut answer);
    tokio::time::timeout(BOUND, read).await.expect("the connection is closed").unwrap();
    assert!(!String::from_utf8(answer).unwrap().contains("\"data\""));
}

#[tokio::test]
async fn heads_that_are_too_large_or_no_http_are_refused() {
    let (_data, gateway) = gateway().await;
    let many: String = (0..200).map(|index| format!("x-{index}: y\r\n")).collect();
    let long = format!("x-long: {}\r\n", "y".repeat(600_000));
    let target = "x".repeat(70_000);
    for (request, status) in [
        (format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n"), "431"),
        (format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{long}\r\n"), "431"),
        (format!("GET /{target} HTTP/1.1\r\nhost: x\r\n\r\n"), "414"),
        ("hello?\r\n\r\n".to_owned(), "400"),
        ("GET /healthz HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n".to_owned(), "400"),
    ] {
        let mut connection = TcpStream::connect(gateway.address()).await.unwrap();
        // The server may have stopped to listen before all of it was sent.
        let _ = connection.write_all(request.as_bytes()).await;
        let mut first = [0; 12];
        let read = connection.read_exact(&mut first);
        tokio::time::timeout(BOUND, read).await.expect("an answer").unwrap();
        assert_eq!(std::str::from_utf8(&first).unwrap(), format!("HTTP/1.1 {status}"));
    }
    // Large heads as browsers with many cookies send are fine.
    let cookie = "c".repeat(60_000);
    let request =
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n");
    assert!(send(&gateway, request.as_bytes()).await.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn paths_are_exact_and_methods_known() {
    let (_data, gateway) = gateway().await;
    for (line, status) in [
        ("GET /v1/graphql/?query=%7B__typename%7D", 404),
        ("GET //v1/graphql", 404),
        ("GET /prefix/v1/graphql", 404),
        ("GET /v1/GraphQL", 404),
        ("GET /v1", 404),
        ("OPTIONS /v1/graphql", 405),
        ("TRACE /v1/graphql", 405),
        ("PURGE /v1/metadata", 405),
        ("GET /v1/metadata", 405),
        ("PUT /v1/query", 405),
        ("GET /v1/graphql/explain", 405),
        ("OPTIONS /nowhere", 404),
    ] {
        let request = format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        let answer = send(&gateway, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        let code = if status == 404 { "not-found" } else { "method-not-allowed" };
        assert!(answer.contains(&format!("\"code\":\"{code}\"")), "{line}: {answer}");
        assert_eq!(answer.contains("\r\nallow: "), status == 405, "{line}: {answer}");
        assert!(answer.contains("\r\nx-request-id: "), "{line}: {answer}");
    }
}
