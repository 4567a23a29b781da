//! The way of `docs/deploy.md` to back up a store that is in use, and to restore it.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use testkit::Remote;

use support::Serving;

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "support/process.rs"]
mod support;

/// What `sqlite3 conjoin.db "VACUUM INTO '…'"` does.
async fn back_up(store: &Path, backup: &Path) {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", store.display())).await.unwrap();
    sqlx::query("VACUUM INTO ?").bind(backup.to_str().unwrap()).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn exported(serving: &Serving) -> Value {
    let command = json!({"type": "export_metadata", "version": 2, "args": {}});
    serving.post("/v1/metadata", &command).await.1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_running_gateway_brings_it_back() {
    let remote = Remote::start("type Query { a: Int }", r#"{"resolve": {}}"#).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (data, backup) = (directory.path().join("data"), directory.path().join("backup.db"));
    fs::create_dir(&data).unwrap();
    let store = data.join("conjoin.db");

    let serving = Serving::start(&data, &[], &[]);
    serving.metadata("add_remote_schema", json!({"name": "kept", "definition": {"url": remote.url()}})).await;
    let kept = exported(&serving).await;
    back_up(&store, &backup).await;
    // The gateway goes on, and what it stores from now on is not in the backup.
    serving
        .metadata(
            "add_remote_schema",
            json!({"name": "late", "definition": {"url": remote.url(),
        "customization": {"root_fields_namespace": "late"}}}),
        )
        .await;
    assert_ne!(exported(&serving).await, kept);
    drop(serving);
    drop(remote);

    // It was killed, so there is a log of changes beside the store that must not be applied to the backup.
    assert!(data.join("conjoin.db-wal").exists());
    fs::remove_file(data.join("conjoin.db-wal")).unwrap();
    fs::remove_file(data.join("conjoin.db-shm")).unwrap();
    fs::copy(&backup, &store).unwrap();
    let serving = Serving::start(&data, &[], &[]);
    assert_eq!(exported(&serving).await, kept);
    // The schema was in the backup too: it is served although the remote is gone.
    let (_, answer) = serving
        .post("/v1/graphql", &json!({"query": "{ __type(name: \"query_root\") { fields { name } } }"}))
        .await;
    assert_eq!(answer["data"]["__type"]["fields"], json!([{"name": "a"}]));
}
