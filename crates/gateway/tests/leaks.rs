//! What must not get from one side to the other: secrets to whoever asks, and headers of a caller's making to a remote.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::identity::{Authority, Place, Provider};
use testkit::{Behaviour, Remote};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use support::Serving;

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "support/process.rs"]
mod support;

const SDL: &str = "type Query { name: String } type Mutation { rename: String }";

fn failing() -> Behaviour {
    Behaviour { status: Some(500), ..Behaviour::default() }
}

/// A gateway that logs all it can into a file.
async fn talkative(data: &Path, log: &Path, variables: &[(&str, String)]) -> (support::Process, String) {
    let words = ["--log-level=debug", "--enabled-log-types=startup,http-log", "--admin-secret=adm1n"];
    let mut command = support::conjoin(data, &words);
    let file = File::create(log).unwrap();
    command.stdout(Stdio::from(file.try_clone().unwrap())).stderr(Stdio::from(file));
    let process = support::Process(command.envs(variables.iter().cloned()).spawn().unwrap());
    let deadline = Instant::now() + support::BOUND;
    loop {
        let text = std::fs::read_to_string(log).unwrap();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut addresses =
            lines.filter_map(|line| Some(line["detail"]["info"]["address"].as_str()?.to_owned()));
        if let Some(address) = addresses.next() {
            return (process, format!("http://{address}"));
        }
        assert!(Instant::now() < deadline, "{text}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// No secret is in what anybody is shown, whatever goes right or wrong; the metadata's own export has what was written into it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_shown_to_nobody() {
    let good = Remote::start(SDL, "{}").await.unwrap();
    let (provider, authority) = (Provider::start().await.unwrap(), Authority::new().unwrap());
    provider.admit("shop", "canary-secret");
    provider.expire_in(Some(2));
    let pair = authority.certify("gateway").unwrap();
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("canary-file");
    std::fs::write(&file, "canary-token").unwrap();
    let log = data.path().join("log");
    let variables = [
        ("SECRET", "canary-secret".to_owned()),
        ("TOKEN", "canary-token".to_owned()),
        ("CERTIFICATE", pair.certificate.clone()),
        ("KEY", format!("canary-key {}", pair.key)),
        ("PASSWORD", "canary-password".to_owned()),
    ];
    let (process, url) = talkative(data.path(), &log, &variables).await;
    let client = reqwest::Client::builder().no_proxy().timeout(support::BOUND).build().unwrap();
    let mut shown = String::new();
    let mut exported = String::new();
    let mut send = async |path: &str, body: Value, role: &str| {
        let request = client.post(format!("{url}{path}")).body(body.to_string());
        let request = request.header("x-hasura-admin-secret", "adm1n").header("x-hasura-role", role);
        let text = request.send().await.unwrap().text().await.unwrap();
        let target = if body["type"] == "export_metadata" { &mut exported } else { &mut shown };
        target.push_str(&text);
        target.push('\n');
        text
    };
    let down = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let literal = json!([
        {"name": "authorization", "value": "Bearer canary-literal"}, {"name": "cookie", "value": "canary-literal"},
        {"name": "x-api-key", "value": "canary-literal {{PASSWORD}}"},
    ]);
    let own = json!([{"name": "x-key", "value": "canary-literal"}]);
    let token_server_down = json!({
        "type": "oauth2_client_credentials", "token_url": format!("http://{down}/token?key=canary-literal"),
        "client_id": "shop", "client_secret_from_env": "SECRET", "auth_style": "post",
    });
    let client_with = |secret: &str| {
        json!({"type": "oauth2_client_credentials", "token_url": provider.url(Place::Token), "client_id": "shop",
            "client_secret_from_env": secret})
    };
    let broken = format!("http://me:{{{{PASSWORD}}}}@{down}/graphql?key=canary-literal");
    let tls = json!({"certificate_from_env": "CERTIFICATE", "key_from_env": "KEY"});
    for (name, definition) in [
        ("good", json!({"url": good.url(), "auth": client_with("SECRET")})),
        (
            "literal",
            json!({"url": format!("http://{down}/graphql"), "headers": literal, "introspection_headers": own}),
        ),
        ("broken", json!({"url": broken, "introspection_headers": literal})),
        ("token-down", json!({"url": good.url(), "auth": token_server_down})),
        ("token-refused", json!({"url": good.url(), "auth": client_with("TOKEN")})),
        (
            "bearer",
            json!({"url": format!("http://{down}/graphql"), "auth": {"type": "bearer", "token_from_env": "TOKEN"}}),
        ),
        (
            "file",
            json!({"url": format!("http://{down}/graphql"), "auth": {"type": "bearer", "token_from_file": file}}),
        ),
        ("key", json!({"url": format!("https://{down}/graphql"), "tls": tls})),
        (
            "no-key",
            json!({"url": format!("https://{down}/graphql"),
            "tls": {"certificate_from_env": "CERTIFICATE", "key_from_env": "TOKEN"}}),
        ),
    ] {
        let args = json!({"name": name, "definition": definition});
        send("/v1/metadata", json!({"type": "add_remote_schema", "args": args}), "admin").await;
        // In a whole document, where a remote that fails stays.
        let document = send("/v1/metadata", json!({"type": "export_metadata", "args": {}}), "admin").await;
        let mut document: Value = serde_json::from_str(&document).unwrap();
        let remotes = document["remote_schemas"].as_array_mut();
        let mut remotes = remotes.cloned().unwrap_or_default();
        if !remotes.iter().any(|remote| remote["name"] == name) {
            remotes.push(args);
        }
        document["remote_schemas"] = remotes.into();
        let args = json!({"allow_inconsistent_metadata": true, "metadata": document});
        send("/v1/metadata", json!({"type": "replace_metadata", "version": 2, "args": args}), "admin").await;
    }
    for _ in 0..3 {
        for command in
            ["get_inconsistent_metadata", "dump_internal_state", "reload_metadata", "export_metadata"]
        {
            send("/v1/metadata", json!({"type": command, "args": {}}), "admin").await;
        }
        send("/v1/metadata", json!({"type": "reload_remote_schema", "args": {"name": "good"}}), "admin")
            .await;
        for query in ["{ name }", "mutation { rename }"] {
            for path in ["/v1/graphql", "/v1/graphql/explain"] {
                for role in ["admin", "user"] {
                    send(path, json!({"query": query}), role).await;
                }
            }
        }
        // What worked fails from now on: first the remote, then the token server.
        good.behave(failing());
        if provider.n_issued() > 1 {
            provider.behave(Place::Token, failing());
        }
        tokio::time::sleep(Duration::from_millis(1200)).await;
    }
    drop(process);
    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.contains("no new token for a remote") && logged.contains("http-log"), "{logged}");
    assert!(shown.contains("remote-schema-auth-error") && shown.contains("<REDACTED>"), "{shown}");
    assert!(shown.contains("token-down") && shown.contains("no-key"), "{shown}");
    let secrets =
        ["canary-secret", "canary-token", "canary-key", "canary-password", "BEGIN PRIVATE", "token-1\""];
    for secret in secrets.into_iter().chain(["canary-literal", "Bearer token", "c2hvcD"]) {
        for (place, text) in [("the log", &logged), ("an answer", &shown)] {
            let found = text.lines().find(|line| line.contains(secret));
            assert_eq!(found, None, "{secret} in {place}");
        }
    }
    for secret in secrets {
        assert!(!exported.contains(secret), "{secret} in an export");
    }
    assert!(exported.contains("canary-literal"), "what is written into the metadata is exported");
}

/// A remote that keeps the bytes it gets, and what it answers to queries.
async fn raw_remote() -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let introspection = r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[
        {"kind":"OBJECT","name":"Query","fields":[{"name":"name","args":[],"type":{"kind":"SCALAR","name":"String"}}]},
        {"kind":"SCALAR","name":"String"}],"directives":[]}}}"#;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/graphql", listener.local_addr().unwrap());
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                while stream.read_buf(&mut bytes).await.is_ok_and(|n_read| n_read > 0) {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some(end) = text.find("\r\n\r\n") else { continue };
                    let length = text[..end].lines().find_map(|line| line.strip_prefix("content-length: "));
                    if text.len() < end + 4 + length.unwrap().parse::<usize>().unwrap() {
                        continue;
                    }
                    let is_introspection = text.contains("__schema");
                    let answer = if is_introspection { introspection } else { r#"{"data":{"name":"Ann"}}"# };
                    let answer =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
                    if !is_introspection {
                        sender.send(text).unwrap();
                    }
                    bytes.clear();
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url, receiver)
}

/// Sends bytes as they are and returns the first line of the answer.
async fn raw(serving: &Serving, headers: &[u8]) -> String {
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    let body = br#"{"query":"{ name }"}"#;
    let head = format!("POST /v1/graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n", body.len());
    let whole = [head.as_bytes(), headers, b"connection: close\r\n\r\n", body].concat();
    stream.write_all(&whole).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(support::BOUND, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_callers_send_does_not_become_other_headers_or_requests() {
    let (url, mut received) = raw_remote().await;
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::start(data.path(), &[], &[]);
    let all = json!({"url": url, "forward_client_headers": true});
    let listed =
        json!({"url": url, "forward_headers": [{"name": "x-a", "as": "x-b"}, {"name": "authorization"}]});
    serving.metadata("add_remote_schema", json!({"name": "people", "definition": all})).await;
    for definition in [all, listed] {
        serving.metadata("update_remote_schema", json!({"name": "people", "definition": definition})).await;
        for (headers, passes) in [
            // Bare line ends, which some servers take for line ends.
            (&b"x-a: 1\nx-evil: 1\r\n"[..], None),
            (b"x-a: 1\rx-evil: 1\r\n", Some(false)),
            (b"x-hasura-user-id: 1\rx-evil: 1\r\n", Some(false)),
            (b"x-a: 1\r\n x-evil: 1\r\n", Some(false)),
            (b"x-a: 1\0x-evil: 1\r\n", Some(false)),
            (b"x-a\r: 1\r\n", Some(false)),
            (b"x-a : 1\r\n", Some(false)),
            // Characters whose last byte is a line end, which some servers cut out.
            ("x-a: 1\u{10d}\u{10a}x-evil: 1\r\n".as_bytes(), Some(true)),
            ("x-hasura-user-id: \u{10d}\u{10a}x-evil: 1\r\n".as_bytes(), Some(true)),
            (b"x-a: 1\xff\xfe\r\n", Some(true)),
            (b"x-hasura-user-id: \xff\x8a\r\n", Some(true)),
            // Two lengths, and a length beside chunks.
            (b"content-length: 3\r\n", Some(false)),
            (b"x-a: 1\r\nconnection: x-a, authorization\r\nauthorization: Bearer c\r\n", Some(true)),
        ] {
            let shown = String::from_utf8_lossy(headers).into_owned();
            let line = raw(&serving, headers).await;
            match passes {
                Some(true) => assert_eq!(line, "HTTP/1.1 200 OK", "{shown:?}"),
                Some(false) => assert_eq!(line, "HTTP/1.1 400 Bad Request", "{shown:?}"),
                None => {}
            }
            let Ok(request) = received.try_recv() else { continue };
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            assert_eq!(body, r#"{"query":"{name}"}"#, "{shown:?}");
            let lines: Vec<&str> = head.split("\r\n").collect();
            assert!(lines.iter().all(|line| !line.contains(['\r', '\n', '\0'])), "{shown:?} became {head:?}");
            let is_evil = |line: &&str| line.starts_with("x-evil:") && passes.is_some();
            assert!(!lines.iter().any(is_evil), "{shown:?} became {head:?}");
            assert!(!head.contains("Bearer c"), "{head:?}");
        }
    }
    // Bytes that are no ASCII arrive as they were sent, in the header they were sent in.
    let definition = json!({"url": url, "forward_headers": [{"name": "x-a", "as": "x-b"}]});
    serving.metadata("update_remote_schema", json!({"name": "people", "definition": definition})).await;
    raw(&serving, "x-a: \u{10a}\r\n".as_bytes()).await;
    let request = received.recv().await.unwrap();
    assert!(request.contains("\r\nx-b: \u{10a}\r\n"), "{request:?}");
}
