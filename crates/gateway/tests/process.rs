//! `conjoin serve` as a process: what it prints, how signals end it, and what keeps it from starting.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::Remote;

use support::{BOUND, Process, Serving, conjoin, lines_of, next_line};

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "support/process.rs"]
mod support;

fn wait(process: &mut Process) -> i32 {
    for _ in 0..BOUND.as_millis() / 20 {
        if let Some(status) = process.0.try_wait().unwrap() {
            return status.code().unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the process does not end");
}

#[test]
fn a_signal_ends_it_well() {
    for signal in ["TERM", "INT"] {
        let data = tempfile::tempdir().unwrap();
        let mut process = Process(conjoin(data.path(), &[]).spawn().unwrap());
        let lines = lines_of(process.0.stdout.take().unwrap());
        let started = next_line(&lines);
        assert_eq!((&started["type"], &started["level"]), (&"startup".into(), &"info".into()));
        let info = &started["detail"]["info"];
        assert_eq!(info["admin_secret_set"], false);
        assert!(info["message"].as_str().unwrap().contains("no admin secret is set"), "{info}");

        let mut connection = TcpStream::connect(info["address"].as_str().unwrap()).unwrap();
        connection.set_read_timeout(Some(BOUND)).unwrap();
        connection
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("\r\n\r\nOK"), "{answer}");
        let served = next_line(&lines);
        assert_eq!(served["type"], "http-log");
        assert_eq!(served["detail"]["http_info"]["url"], "/healthz");
        assert_eq!(served["detail"]["http_info"]["ip"], "127.0.0.1");
        assert_eq!(served["detail"]["operation"]["response_size"], 2);

        let id = process.0.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        assert_eq!(wait(&mut process), 0, "{signal}");
        // What is said last is written too.
        let stopping = next_line(&lines);
        let message = stopping["detail"]["message"].as_str().unwrap();
        assert!(message.starts_with("stopping"), "{stopping}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_access_log_counts_errors_beside_data() {
    let remote = Remote::start("type Query { a: Int b: Int }", r#"{"resolve": {}}"#).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut process = Process(conjoin(data.path(), &[]).spawn().unwrap());
    let lines = lines_of(process.0.stdout.take().unwrap());
    let started = next_line(&lines);
    let base = format!("http://{}", started["detail"]["info"]["address"].as_str().unwrap());
    let client = reqwest::Client::builder().no_proxy().timeout(BOUND).build().unwrap();
    let post = async |path: &str, body: Value| {
        let response = client.post(format!("{base}{path}")).body(body.to_string()).send().await.unwrap();
        let answer: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        (answer, next_line(&lines)["detail"]["operation"].take())
    };
    let args = json!({"name": "r", "definition": {"url": remote.url()}});
    let (added, _) = post("/v1/metadata", json!({"type": "add_remote_schema", "args": args})).await;
    assert_eq!(added, json!({"message": "success"}));
    let (_, whole) = post("/v1/graphql", json!({"query": "{ a }"})).await;
    assert_eq!((&whole["error"], whole.get("errors")), (&Value::Null, None));
    drop(remote);
    let (answer, partial) = post("/v1/graphql", json!({"query": "{ a b }"})).await;
    let n_errors = answer["errors"].as_array().unwrap().len();
    assert!(n_errors > 0 && answer["data"].is_object(), "{answer}");
    assert_eq!((&partial["error"], &partial["errors"]), (&Value::Null, &n_errors.into()));
    let batch = json!([{"query": "{ a b }"}, {"query": "{ nothing }"}]);
    let (_, partial) = post("/v1/graphql", batch).await;
    assert_eq!(partial["errors"], n_errors + 1);
}

#[test]
fn what_it_was_told_wrong_stops_it_with_one_line_and_help() {
    for (words, variables, exit, expected) in [
        (&["--host=0.0.0.0"][..], &[][..], 2, "--allow-unauthenticated"),
        (&[], &[("HASURA_GRAPHQL_SERVER_HOST", "*")], 2, "CONJOIN_ADMIN_SECRET"),
        (&[], &[("HASURA_GRAPHQL_JWT_SECRET", "{\"key\":\"hunter2\"}")], 2, "HASURA_GRAPHQL_JWT_SECRET"),
        (&[], &[("CONJOIN_MAX_DEPTH", "deep")], 2, "--max-depth"),
        (&["--metadata-dir=nowhere"], &[], 1, "pass another --metadata-dir"),
    ] {
        let data = tempfile::tempdir().unwrap();
        let output = conjoin(data.path(), words).envs(variables.iter().copied()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{told}");
        assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
        let n_lines =
            told.trim_end().lines().filter(|line| !line.trim_start().starts_with("= help:")).count();
        assert_eq!(n_lines, 1, "{told}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let data = tempfile::tempdir().unwrap();
    let words = ["--admin-secret=hunter2", "--log-level=debug"];
    let mut process = Process(conjoin(data.path(), &words).spawn().unwrap());
    let lines = lines_of(process.0.stdout.take().unwrap());
    let mut log = Vec::new();
    while log.last().is_none_or(|line: &String| !line.contains("admin_secret_set")) {
        log.push(lines.recv_timeout(BOUND).unwrap());
    }
    let id = process.0.id().to_string();
    Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert_eq!(wait(&mut process), 0);
    log.extend(lines.iter());
    assert!(log.iter().all(|line| !line.contains("hunter2")), "{log:?}");
    assert!(log.iter().any(|line| line.contains("\"admin_secret_set\":true")), "{log:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_not_logged() {
    let data = tempfile::tempdir().unwrap();
    let issuer = r#"--jwt-secret={"type":"HS256","key":"hunter2hunter2hunter2hunter2hunter2"}"#;
    let hook = "--auth-hook=http://127.0.0.1:1/?key=hunter2";
    for way in [issuer, hook] {
        let words = ["--admin-secret=hunter2", "--log-level=debug", way];
        let mut process = Process(conjoin(data.path(), &words).spawn().unwrap());
        let lines = lines_of(process.0.stdout.take().unwrap());
        let mut log = Vec::new();
        let address = loop {
            log.push(lines.recv_timeout(BOUND).unwrap());
            let line: Value = serde_json::from_str(log.last().unwrap()).unwrap();
            if let Some(address) = line["detail"]["info"]["address"].as_str() {
                break address.to_owned();
            }
        };
        let client = reqwest::Client::builder().no_proxy().timeout(BOUND).build().unwrap();
        for value in ["Bearer hunter2.hunter2.hunter2", "Basic hunter2"] {
            let request = client.get(format!("http://{address}/v1alpha1/config"));
            let request = request.header("authorization", value).header("cookie", "session=hunter2");
            assert!(request.send().await.unwrap().status().as_u16() >= 400);
        }
        let id = process.0.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert_eq!(wait(&mut process), 0);
        log.extend(lines.iter());
        assert!(log.iter().all(|line| !line.contains("hunter2")), "{log:?}");
        let n_requests = log.iter().filter(|line| line.contains("/v1alpha1/config")).count();
        assert_eq!(n_requests, 2, "{log:?}");
    }
}

fn inherited(index: usize) -> Value {
    json!({"role_name": format!("role{index}"), "role_set": []})
}

async fn inherited_roles(serving: &Serving) -> Vec<String> {
    let exported = serving.metadata("export_metadata", json!({})).await;
    let roles = exported["inherited_roles"].as_array().cloned().unwrap_or_default();
    roles.iter().map(|role| role["role_name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_changes_loses_nothing_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    let mut next = 0;
    for round in 0..3 {
        let serving = Serving::start(data.path(), &[], &[]);
        let roles = inherited_roles(&serving).await;
        for role in &acknowledged {
            assert!(roles.contains(role), "{role} was acknowledged and is lost; there are {roles:?}");
        }
        // Writers that go on until nobody answers any more; the kill hits whatever is under way then.
        let id = serving.process.0.id().to_string();
        let serving = std::sync::Arc::new(serving);
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let serving = std::sync::Arc::clone(&serving);
                let first = next + writer * 1000;
                tokio::spawn(async move {
                    let mut written = Vec::new();
                    for index in first..first + 1000 {
                        let body = json!({"type": "add_inherited_role", "args": inherited(index)});
                        match serving.try_post("/v1/metadata", &body).await {
                            Ok((200, _)) => written.push(format!("role{index}")),
                            Ok((status, answer)) => panic!("{status} {answer}"),
                            Err(_) => break,
                        }
                    }
                    written
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300 + 150 * round)).await;
        assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        next += 4000;
    }
    assert!(acknowledged.len() > 10, "there were changes at all: {}", acknowledged.len());
    let serving = Serving::start(data.path(), &[], &[]);
    let roles = inherited_roles(&serving).await;
    assert!(acknowledged.iter().all(|role| roles.contains(role)));
    assert!(roles.len() <= acknowledged.len() + 12, "at most one unanswered change for each writer and kill");
    assert_eq!(serving.get("/healthz").await, (200, "OK".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_with_the_same_version_one_wins() {
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::start(data.path(), &[], &[]);
    for version in 1..=5 {
        let writers = (0..8).map(|writer| {
            let args = inherited(version * 10 + writer);
            let body = json!({"type": "add_inherited_role", "args": args, "resource_version": version});
            let serving = &serving;
            async move { serving.post("/v1/metadata", &body).await }
        });
        let mut statuses = Vec::new();
        for (status, answer) in futures_util::future::join_all(writers).await {
            statuses.push(status);
            if status != 200 {
                let error =
                    format!("metadata resource version referenced ({version}) did not match current version");
                assert_eq!(answer, json!({"path": "$", "error": error, "code": "conflict"}));
            }
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    }
    assert_eq!(inherited_roles(&serving).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_without_its_upstreams_and_heals_when_they_come_back() {
    const USERS: &str = "type Query { user(id: Int!): User } type User { id: Int! name: String }";
    const USERS_DATA: &str = r#"{
        "tables": {"users": [{"id": 2, "name": "Bob"}]},
        "resolve": {"Query.user": {"find": {"in": "users", "where": {"id": "$id"}}}}
    }"#;
    const ORDERS: &str = "type Query { order: Order } type Order { id: Int! user_id: Int! }";
    const ORDERS_DATA: &str = r#"{
        "tables": {"orders": [{"id": 1, "user_id": 2}]},
        "resolve": {"Query.order": {"find": {"in": "orders", "where": {"id": 1}}}}
    }"#;
    let users = Remote::start(USERS, USERS_DATA).await.unwrap();
    let orders = Remote::start(ORDERS, ORDERS_DATA).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    {
        let serving = Serving::start(data.path(), &[], &[]);
        for (name, remote) in [("users", &users), ("orders", &orders)] {
            let args = json!({"name": name, "definition": {"url": remote.url()}});
            serving.metadata("add_remote_schema", args).await;
        }
        let definition = json!({"to_remote_schema": {"remote_schema": "users", "lhs_fields": ["user_id"],
            "remote_field": {"user": {"arguments": {"id": "$user_id"}}}}});
        let args = json!({"remote_schema": "orders", "type_name": "Order", "name": "user", "definition": definition});
        serving.metadata("create_remote_schema_remote_relationship", args).await;
    }
    let (users_address, orders_address) = (users.address(), orders.address());
    drop((users, orders));

    let serving = Serving::start(data.path(), &[], &[]);
    let query = json!({"query": "{ order { id user { name } } }"});
    // Valid against the stored schemas: what fails is the upstream, not the operation.
    let (status, answer) = serving.post("/v1/graphql", &query).await;
    assert_eq!((status, &answer["data"]), (200, &json!({"order": null})), "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "remote-schema-error");
    assert_eq!(answer["errors"][0]["extensions"]["remote"], "orders");
    let inconsistent = async || {
        let answer = serving.metadata("get_inconsistent_metadata", json!({})).await;
        let objects = answer["inconsistent_objects"].as_array().unwrap();
        objects.iter().map(|object| object["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(inconsistent().await, ["remote_schema orders", "remote_schema users"]);
    assert_eq!(serving.get("/healthz").await, (200, "WARN: inconsistent objects in schema".into()));
    assert_eq!(
        serving.get("/healthz?strict=true").await,
        (500, "ERROR: inconsistent objects in schema".into())
    );

    let _users = Remote::start_at(USERS, USERS_DATA, users_address).await.unwrap();
    let _orders = Remote::start_at(ORDERS, ORDERS_DATA, orders_address).await.unwrap();
    tokio::time::timeout(BOUND, async {
        while serving.get("/healthz").await.1 != "OK" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("it heals by itself");
    assert!(inconsistent().await.is_empty());
    let (_, answer) = serving.post("/v1/graphql", &query).await;
    assert_eq!(answer, json!({"data": {"order": {"id": 1, "user": {"name": "Bob"}}}}));
}
