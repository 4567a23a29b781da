//! What the store promises: all or nothing, nothing acknowledged is lost, and clear words when it cannot be used.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;
use gateway::store::{StateOwner, Store, StoreError, StoredIntrospection, Write};
use metadata::Document;
use serde_json::json;

/// Where the child process of the crash test finds its store.
const CHILD_STORE: &str = "CONJOIN_TEST_CHILD_STORE";

fn document(names: &[&str]) -> Document {
    let remotes: Vec<_> =
        names.iter().map(|name| json!({"name": name, "definition": {"url": "http://example.com"}})).collect();
    Document::from_json(&json!({"version": 3, "sources": [], "remote_schemas": remotes})).unwrap()
}

fn introspection(answer: &str) -> StoredIntrospection {
    StoredIntrospection { source: "here".into(), answer: Bytes::from(answer.to_owned()), fetched_at: 7 }
}

async fn open(path: &Path) -> Store {
    Store::open_sqlite(path).await.unwrap()
}

#[tokio::test]
async fn new_store_is_empty_and_has_an_identity() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("not/yet/there/conjoin.db");
    let store = open(&path).await;
    let stored = store.load().await.unwrap();
    assert_eq!(stored.document, Document::default());
    assert_eq!(stored.resource_version, 1);
    assert_eq!(stored.introspections, []);
    let state = store.catalog_state().await.unwrap();
    assert_eq!((&state.cli, &state.console), (&json!({}), &json!({})));
    assert_eq!(state.id.len(), 36);
    drop(store);
    assert_eq!(open(&path).await.catalog_state().await.unwrap().id, state.id);
}

#[tokio::test]
async fn a_write_survives_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("conjoin.db");
    let store = open(&path).await;
    let (document, cli, console) = (document(&["users", "orders"]), json!({"a": 1}), json!({"b": null}));
    let write = Write {
        document: Some((&document, 1)),
        introspections: vec![("users", introspection("U")), ("orders", introspection("O"))],
        states: vec![(StateOwner::Cli, &cli), (StateOwner::Console, &console)],
        ..Write::default()
    };
    assert_eq!(store.write(&write).await.unwrap(), 2);
    drop(store);

    let store = open(&path).await;
    let stored = store.load().await.unwrap();
    assert_eq!(stored.document.to_json(), document.to_json());
    assert_eq!(stored.resource_version, 2);
    let expected = vec![("orders".to_owned(), introspection("O")), ("users".to_owned(), introspection("U"))];
    assert_eq!(stored.introspections, expected);
    let state = store.catalog_state().await.unwrap();
    assert_eq!((state.cli, state.console), (cli, console));
}

#[tokio::test]
async fn introspections_alone_make_no_version() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("conjoin.db")).await;
    let write = |answer| Write { introspections: vec![("users", introspection(answer))], ..Write::default() };
    assert_eq!(store.write(&write("1")).await.unwrap(), 1);
    assert_eq!(store.write(&write("2")).await.unwrap(), 1);
    assert_eq!(store.load().await.unwrap().introspections, [("users".to_owned(), introspection("2"))]);
}

#[tokio::test]
async fn introspections_go_with_their_remotes() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("conjoin.db")).await;
    let both = document(&["users", "orders"]);
    let introspections = vec![("users", introspection("U")), ("orders", introspection("O"))];
    let write = Write { document: Some((&both, 1)), introspections, ..Write::default() };
    store.write(&write).await.unwrap();
    let one = document(&["orders"]);
    store.write(&Write { document: Some((&one, 2)), ..Write::default() }).await.unwrap();
    assert_eq!(store.load().await.unwrap().introspections, [("orders".to_owned(), introspection("O"))]);
}

#[tokio::test]
async fn a_conflicting_write_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("conjoin.db")).await;
    let (first, second, state) = (document(&["first"]), document(&["second"]), json!({"a": 1}));
    store.write(&Write { document: Some((&first, 1)), ..Write::default() }).await.unwrap();
    let write = Write {
        document: Some((&second, 1)),
        introspections: vec![("second", introspection("S"))],
        states: vec![(StateOwner::Cli, &state)],
        ..Write::default()
    };
    let error = store.write(&write).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { expected: 1 }), "{error:?}");
    assert_eq!(error.to_string(), "metadata resource version referenced (1) did not match current version");
    let stored = store.load().await.unwrap();
    assert_eq!((stored.document, stored.resource_version), (first, 2));
    assert_eq!(stored.introspections, []);
    assert_eq!(store.catalog_state().await.unwrap().cli, json!({}));
}

#[tokio::test]
async fn of_many_writers_for_one_version_one_wins() {
    let directory = tempfile::tempdir().unwrap();
    let store = std::sync::Arc::new(open(&directory.path().join("conjoin.db")).await);
    let writers = (0..8).map(|i| {
        let store = store.clone();
        tokio::spawn(async move {
            let document = document(&[&format!("remote{i}")]);
            store.write(&Write { document: Some((&document, 1)), ..Write::default() }).await.is_ok()
        })
    });
    let mut n_won = 0;
    for writer in writers.collect::<Vec<_>>() {
        n_won += usize::from(writer.await.unwrap());
    }
    assert_eq!(n_won, 1);
    assert_eq!(store.load().await.unwrap().resource_version, 2);
}

#[tokio::test]
async fn a_second_process_is_told_that_the_store_is_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("conjoin.db");
    let store = open(&path).await;
    let error = Store::open_sqlite(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error:?}");
    drop(store);
    open(&path).await;
}

#[tokio::test]
async fn a_file_that_is_no_store_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("conjoin.db");
    std::fs::write(&path, "This is not a SQLite file. ".repeat(100)).unwrap();
    let error = Store::open_sqlite(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
}

#[tokio::test]
async fn a_damaged_store_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("conjoin.db");
    let store = open(&path).await;
    let long = "x".repeat(100_000);
    let write = Write { introspections: vec![("users", introspection(&long))], ..Write::default() };
    store.write(&write).await.unwrap();
    store.close().await.unwrap();

    let mut bytes = std::fs::read(&path).unwrap();
    let header = 100;
    bytes[header..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let error = match Store::open_sqlite(&path).await {
        Ok(store) => store.load().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
}

#[tokio::test]
async fn a_store_of_a_later_release_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("conjoin.db");
    drop(open(&path).await);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99, 'from the future', TRUE, x'00', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let error = Store::open_sqlite(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { version: 99, .. }), "{error:?}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open_sqlite(&file.join("conjoin.db")).await.unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
}

/// Not a test of its own: what the process does that [`a_kill_loses_nothing_acknowledged`] kills.
#[tokio::test]
#[ignore = "started by the crash test"]
async fn commit_until_killed() {
    let Some(path) = std::env::var_os(CHILD_STORE) else { return };
    let store = open(Path::new(&path)).await;
    let mut version = store.load().await.unwrap().resource_version;
    loop {
        let name = format!("remote{version}");
        let document = document(&[&name]);
        let write = Write {
            document: Some((&document, version)),
            introspections: vec![(&name, introspection(&"x".repeat(20_000)))],
            ..Write::default()
        };
        version = store.write(&write).await.unwrap();
        println!("stored {version}");
        std::io::stdout().flush().unwrap();
    }
}

#[tokio::test]
async fn a_kill_loses_nothing_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("conjoin.db");
    for n_acknowledgements in [1, 7, 23] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "commit_until_killed", "--ignored", "--nocapture"])
            .env(CHILD_STORE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // The test runner prints the name of the test in front of its first line.
        let version =
            |line: &String| line.rsplit_once("stored ").and_then(|(_, version)| version.parse::<u64>().ok());
        let mut acknowledged = 0;
        for _ in 0..n_acknowledgements {
            acknowledged = lines.by_ref().find_map(|line| version(&line)).unwrap();
        }
        // On Unix this is SIGKILL, at whatever point of the next transaction.
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = lines.filter_map(|line| version(&line)).last().unwrap_or(acknowledged);

        let stored = open(&path).await.load().await.unwrap();
        assert!(
            stored.resource_version >= acknowledged,
            "version {acknowledged} was acknowledged, {} found",
            stored.resource_version
        );
        // Document, version and introspection are of one transaction, whichever was the last.
        let name = format!("remote{}", stored.resource_version - 1);
        assert_eq!(stored.document.to_json(), document(&[&name]).to_json());
        assert_eq!(stored.introspections, [(name, introspection(&"x".repeat(20_000)))]);
    }
}
