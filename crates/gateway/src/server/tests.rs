//! Starting and stopping, over real connections.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// Generous: a test that hangs fails, and a slow machine does not.
const BOUND: Duration = Duration::from_secs(20);

async fn gateway(words: &[&str]) -> (tempfile::TempDir, Result<Gateway, ServeError>) {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = format!("--data-dir={}", directory.path().join("data").display());
    let port = if words.iter().any(|word| word.starts_with("--port")) { None } else { Some("--port=0") };
    let words = port.into_iter().chain([data_dir.as_str()]).chain(words.iter().copied());
    let config = Config::new(&ServeOptions::parse(words).unwrap(), &|_| None).unwrap();
    (directory, Gateway::open(config).await)
}

/// Opens a connection and sends a part of a request whose rest is in the second value.
async fn begin(gateway: &Gateway) -> (TcpStream, &'static [u8]) {
    let mut connection = TcpStream::connect(gateway.address()).await.unwrap();
    let head = b"POST /v1/graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{";
    connection.write_all(head).await.unwrap();
    // The head must have been read before the stop, or the request was never running.
    tokio::time::sleep(Duration::from_millis(100)).await;
    (connection, b"}")
}

async fn rest(connection: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_stop_lets_running_requests_finish() {
    let (_directory, gateway) = gateway(&[]).await;
    let gateway = gateway.unwrap();
    let address = gateway.address();
    let (mut connection, remainder) = begin(&gateway).await;
    let stopping = tokio::spawn(gateway.stop());
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(BOUND, refused).await.expect("no new connections are accepted");
    assert!(!stopping.is_finished());
    connection.write_all(remainder).await.unwrap();
    let answer = tokio::time::timeout(BOUND, rest(&mut connection)).await.expect("the answer comes");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("parse-failed"), "{answer}");
    tokio::time::timeout(BOUND, stopping).await.expect("then it stops").unwrap();
}

#[tokio::test]
async fn a_stop_has_an_end() {
    let (_directory, gateway) = gateway(&["--graceful-shutdown-timeout=1"]).await;
    let gateway = gateway.unwrap();
    let (_connection, _never_sent) = begin(&gateway).await;
    let begin = Instant::now();
    tokio::time::timeout(BOUND, gateway.stop()).await.expect("the timeout ends it");
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn idle_connections_do_not_delay_a_stop() {
    let (_directory, gateway) = gateway(&[]).await;
    let gateway = gateway.unwrap();
    let mut connection = TcpStream::connect(gateway.address()).await.unwrap();
    connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    connection.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    tokio::time::timeout(BOUND, gateway.stop()).await.expect("it stops at once");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let (_directory, gateway) = gateway(&[&format!("--port={}", address.port())]).await;
    let message = gateway.unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot listen on {address}: ")), "{message}");
}

#[tokio::test]
async fn a_missing_metadata_directory_stops_the_start() {
    let (_directory, gateway) = gateway(&["--metadata-dir=/nonexistent/metadata"]).await;
    let message = gateway.unwrap_err().to_string();
    assert!(message.contains("/nonexistent/metadata"), "{message}");
}
