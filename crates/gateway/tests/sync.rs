//! What the hub promises about time: nobody waits for an upstream who does not have to, changes happen one after the other,
//! and what did not change is left alone.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::catalog::Introspection;
use gateway::auth::Session;
use gateway::http::metadata_api;
use gateway::http::traces::Traces;
use gateway::store::{Source, Store};
use gateway::sync::{Hub, Options};
use metadata::Document;
use serde_json::{Value, json};
use testkit::{Behaviour, Remote};

const USERS: &str = "type Query { user(id: Int!): User } type User { id: Int! name: String }";
const ORDERS: &str = "type Query { order(id: Int!): Order } type Order { id: Int! user_id: Int! }";

/// Longer than any test may take.
const FOREVER: Duration = Duration::from_secs(600);

async fn hub(directory: &Path) -> Hub {
    // A hub that was dropped a moment ago may still be about to let go of the file.
    let deadline = Instant::now() + Duration::from_secs(5);
    let store = loop {
        match Store::open_sqlite(&directory.join("conjoin.db")).await {
            Ok(store) => break store,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let options = Options {
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(50),
        ..Options::default()
    };
    Hub::start(store, options).await.unwrap()
}

/// A hub of its own with these remotes in it.
async fn hub_with(remotes: &[(&str, &Remote)]) -> (tempfile::TempDir, Hub) {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    for (name, remote) in remotes {
        let args = json!({"name": name, "definition": {"url": remote.url()}});
        assert_eq!(call(&hub, "add_remote_schema", args).await.0, 200);
    }
    (directory, hub)
}

async fn send(hub: &Hub, body: Value) -> (u16, Value) {
    let session = Session { role: "admin".into(), variables: Vec::new() };
    let response = metadata_api::handle(
        hub,
        &Arc::new(Traces::new(0, 0)),
        &session,
        Source::Api,
        body.to_string().into(),
        true,
    )
    .await;
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn call(hub: &Hub, command: &str, args: Value) -> (u16, Value) {
    send(hub, json!({"type": command, "args": args})).await
}

async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "it never happened that {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn is_fresh(hub: &Hub, remote: &str) -> bool {
    matches!(hub.draft().introspection(remote), Some(Introspection::Fresh(_)))
}

#[tokio::test]
async fn start_waits_for_nobody_and_healing_follows() {
    let users = Remote::start(USERS, "{}").await.unwrap();
    let (directory, first) = hub_with(&[("users", &users)]).await;
    let version = first.snapshot().resource_version;
    drop(first);

    users.behave(Behaviour::delayed(FOREVER));
    let started = Instant::now();
    let hub = hub(directory.path()).await;
    assert!(started.elapsed() < Duration::from_secs(5), "the start waited for the upstream");
    let snapshot = hub.snapshot();
    assert_eq!(snapshot.catalog.remotes.len(), 1, "the stored introspection is served");
    assert_eq!(snapshot.upstreams.len(), 1);
    assert!(!is_fresh(&hub, "users"));
    drop(snapshot);

    // A process that dies while it heals is as good as any other.
    drop(hub);
    users.behave(Behaviour::default());
    users.replace("type Query { user(id: Int!): User } type User { id: Int! email: String }", "{}").unwrap();
    let hub = self::hub(directory.path()).await;
    eventually("the remote is fresh", || is_fresh(&hub, "users")).await;
    let snapshot = hub.snapshot();
    assert!(snapshot.is_consistent());
    assert_eq!(snapshot.resource_version, version, "healing makes no version");
    let answer = String::from_utf8(snapshot.introspections["users"].to_vec()).unwrap();
    assert!(answer.contains("email"), "the new schema is served");
    drop((snapshot, hub));

    users.stop();
    let hub = self::hub(directory.path()).await;
    let stored = hub.snapshot().introspections["users"].clone();
    assert_eq!(stored, answer, "what healing fetched was stored");
}

#[tokio::test]
async fn a_remote_never_seen_is_listed_and_comes_by_itself() {
    let users = Remote::start(USERS, "{}").await.unwrap();
    users.stop();
    let (_directory, hub) = hub_with(&[]).await;
    let document = Document::from_json(&json!({"version": 3, "sources": [], "remote_schemas": [
        {"name": "users", "definition": {"url": users.url()}},
    ]}));
    let snapshot = hub.replace(document.unwrap(), None).await.unwrap();
    assert!(!snapshot.is_consistent());
    assert_eq!(snapshot.catalog.remotes.len(), 0);

    let address = users.address();
    drop(users);
    let _users = Remote::start_at(USERS, "{}", address).await.unwrap();
    eventually("the remote is served", || hub.snapshot().catalog.remotes.len() == 1).await;
    assert!(hub.snapshot().is_consistent());
}

#[tokio::test]
async fn many_dead_upstreams_take_no_longer_than_one() {
    let dead = Remote::start(USERS, "{}").await.unwrap();
    dead.behave(Behaviour::delayed(FOREVER));
    let orders = Remote::start(ORDERS, "{}").await.unwrap();
    let (_directory, hub) = hub_with(&[]).await;
    let mut remotes: Vec<Value> =
        (0..23).map(|i| json!({"name": format!("dead{i}"), "definition": {"url": dead.url()}})).collect();
    remotes.push(json!({"name": "orders", "definition": {"url": orders.url()}}));
    let document =
        Document::from_json(&json!({"version": 3, "sources": [], "remote_schemas": remotes})).unwrap();

    let started = Instant::now();
    let snapshot = hub.replace(document.clone(), Some(Duration::from_millis(500))).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
    assert_eq!(snapshot.catalog.remotes.len(), 1, "the one that answers is served");
    assert_eq!(snapshot.problems.len(), 23);
    assert_eq!(snapshot.resource_version, 2);

    // The same directory at the next start changes nothing, in whatever order it is read.
    let mut document = document;
    document.remote_schemas.reverse();
    let snapshot = hub.replace(document, Some(Duration::from_millis(500))).await.unwrap();
    assert_eq!(snapshot.resource_version, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_changes_for_one_version_one_wins() {
    let (_directory, hub) = hub_with(&[]).await;
    let changes = (0..8).map(|i| {
        let hub = hub.clone();
        let args = json!({"role_name": format!("role{i}"), "role_set": []});
        let change = json!({"type": "add_inherited_role", "args": args, "resource_version": 1});
        tokio::spawn(async move { send(&hub, change).await })
    });
    let mut statuses = Vec::new();
    for change in changes.collect::<Vec<_>>() {
        let (status, body) = change.await.unwrap();
        if status == 409 {
            assert_eq!((&body["path"], &body["code"]), (&json!("$"), &json!("conflict")));
        }
        statuses.push(status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    let snapshot = hub.snapshot();
    assert_eq!((snapshot.resource_version, snapshot.document.inherited_roles.len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_without_a_version_all_happen() {
    let (_directory, hub) = hub_with(&[]).await;
    let changes = (0..8).map(|i| {
        let hub = hub.clone();
        let args = json!({"role_name": format!("role{i}"), "role_set": []});
        tokio::spawn(async move { call(&hub, "add_inherited_role", args).await.0 })
    });
    for change in changes.collect::<Vec<_>>() {
        assert_eq!(change.await.unwrap(), 200);
    }
    let snapshot = hub.snapshot();
    assert_eq!((snapshot.resource_version, snapshot.document.inherited_roles.len()), (9, 8));
}

#[tokio::test]
async fn readers_do_not_wait_for_a_change_and_an_abandoned_change_leaves_nothing() {
    let users = Remote::start(USERS, "{}").await.unwrap();
    let slow = Remote::start(ORDERS, "{}").await.unwrap();
    slow.behave(Behaviour::delayed(FOREVER));
    let (_directory, hub) = hub_with(&[("users", &users)]).await;
    let change = tokio::spawn({
        let (hub, args) = (hub.clone(), json!({"name": "slow", "definition": {"url": slow.url()}}));
        async move { call(&hub, "add_remote_schema", args).await }
    });
    eventually("the slow upstream is asked", || !slow.requests().is_empty()).await;

    let limit = Duration::from_secs(5);
    let (status, exported) =
        tokio::time::timeout(limit, call(&hub, "export_metadata", json!({}))).await.unwrap();
    assert_eq!((status, exported["remote_schemas"].as_array().unwrap().len()), (200, 1));
    let other = call(&hub, "add_inherited_role", json!({"role_name": "r", "role_set": []}));
    let other = tokio::time::timeout(Duration::from_millis(100), other).await;
    assert!(other.is_err(), "changes happen one after the other");

    // The client went away.
    change.abort();
    let other = call(&hub, "add_inherited_role", json!({"role_name": "r", "role_set": []}));
    assert_eq!(tokio::time::timeout(limit, other).await.unwrap().0, 200);
    let snapshot = hub.snapshot();
    assert!(snapshot.document.remote_schema("slow").is_none());
    assert_eq!(snapshot.resource_version, 3);
}

#[tokio::test]
async fn what_did_not_change_is_neither_asked_again_nor_reconnected() {
    let users = Remote::start(USERS, "{}").await.unwrap();
    let orders = Remote::start(ORDERS, "{}").await.unwrap();
    let (_directory, hub) = hub_with(&[("users", &users), ("orders", &orders)]).await;
    let before = hub.snapshot();
    users.forget();
    orders.forget();

    let definition = json!({"url": orders.url(), "customization": {"root_fields_namespace": "shop"}});
    let args = json!({"name": "orders", "definition": definition});
    assert_eq!(call(&hub, "update_remote_schema", args).await.0, 200);
    let relationship = json!({"to_remote_schema": {"remote_schema": "users", "lhs_fields": ["user_id"],
        "remote_field": {"user": {"arguments": {"id": "$user_id"}}}}});
    let args =
        json!({"remote_schema": "orders", "type_name": "Order", "name": "user", "definition": relationship});
    assert_eq!(call(&hub, "create_remote_schema_remote_relationship", args).await.0, 200);
    let after = hub.snapshot();
    assert_eq!(after.catalog.joins.len(), 1);
    assert_ne!(after.catalog.epoch, before.catalog.epoch);
    for (old, new) in before.upstreams.iter().zip(&after.upstreams) {
        assert!(Arc::ptr_eq(old, new), "a client was made anew");
    }
    assert_eq!((users.requests(), orders.requests()), (vec![], vec![]));

    // Another header is another caller, whom the upstream may show another schema.
    let headers = json!([{"name": "x-tenant", "value": "blue"}]);
    let args = json!({"name": "orders", "definition": {"url": orders.url(), "headers": headers}});
    assert_eq!(call(&hub, "update_remote_schema", args).await.0, 200);
    assert_eq!(orders.requests()[0].headers["x-tenant"], "blue");
    assert_eq!(orders.requests()[0].headers["x-hasura-role"], "admin");
    assert_eq!(users.requests(), []);
    let after = hub.snapshot();
    assert!(!Arc::ptr_eq(&before.upstreams[0], &after.upstreams[0]), "orders has a new client");
    assert!(Arc::ptr_eq(&before.upstreams[1], &after.upstreams[1]), "users kept its own");

    // A timeout is no business of the upstream.
    orders.forget();
    let definition = json!({"url": orders.url(), "headers": headers, "timeout_seconds": 5});
    let args = json!({"name": "orders", "definition": definition});
    assert_eq!(call(&hub, "update_remote_schema", args).await.0, 200);
    assert_eq!(orders.requests(), []);
    assert!(is_fresh(&hub, "orders"));
}

#[tokio::test]
async fn introspection_is_answered_as_it_was_received() {
    let users = Remote::start(USERS, "{}").await.unwrap();
    let (_directory, hub) = hub_with(&[("users", &users)]).await;
    users.forget();
    let (status, answer) = call(&hub, "introspect_remote_schema", json!({"name": "users"})).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
    let received: Value = serde_json::from_slice(&hub.snapshot().introspections["users"]).unwrap();
    assert_eq!(answer, received);
    assert_eq!(users.requests(), [], "it is not fetched again");
}

#[tokio::test]
async fn a_stale_remote_survives_a_change_of_its_headers() {
    let users = Remote::start(USERS, "{}").await.unwrap();
    let (directory, hub) = hub_with(&[("users", &users)]).await;
    users.stop();
    let document = json!({"version": 3, "sources": [], "remote_schemas": [
        {"name": "users", "definition": {"url": users.url(), "headers": [{"name": "x", "value": "y"}]}},
    ]});
    let snapshot = hub.replace(Document::from_json(&document).unwrap(), None).await.unwrap();
    assert_eq!(snapshot.catalog.remotes.len(), 1, "its last good schema is served");
    assert!(!snapshot.is_consistent(), "and said to be stale");
    drop((snapshot, hub));
    let hub = self::hub(directory.path()).await;
    assert_eq!(hub.snapshot().catalog.remotes.len(), 1, "also after a restart");
}
