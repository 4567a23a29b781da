//! What the store promises: all or nothing, nothing acknowledged is lost, and clear words when it cannot be used.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gateway::store::postgres::Address;
use gateway::store::{
    Change, Past, Source, StateOwner, Store, StoreError, StoredIntrospection, Version, Write, hasura,
};
use metadata::Document;
use serde_json::json;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{ConnectOptions, Connection, SqlSafeStr, SqliteConnection};
use testkit::Postgres;

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

/// Where a case has its store, which is empty at first.
struct Place {
    directory: tempfile::TempDir,
    /// A database, in place of the directory.
    database: Option<Address>,
}

impl Place {
    fn file() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), database: None }
    }

    fn database(server: &Postgres, name: &str) -> Self {
        server.create_database(name).unwrap();
        Self { database: Some(server.url(name).parse().unwrap()), ..Self::file() }
    }

    async fn open(&self) -> Store {
        match &self.database {
            Some(address) => Store::open_postgres(address, Duration::ZERO).await.unwrap(),
            None => open(&self.directory.path().join("not/yet/there/conjoin.db")).await,
        }
    }
}

/// Makes a test of each case for SQLite, and one of all of them for PostgreSQL, whose server takes a while to start.
macro_rules! cases {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Place::file()).await;
            })*
        }

        #[tokio::test]
        async fn the_same_holds_in_postgresql() {
            let server = Postgres::start().unwrap();
            $(
                println!("{}", stringify!($name));
                $name(Place::database(&server, stringify!($name))).await;
            )*
        }
    };
}

cases! {
    new_store_is_empty_and_has_an_identity
    a_write_survives_reopening
    introspections_alone_make_no_version
    introspections_go_with_their_remotes
    held_introspections_stand_beside_those_that_are_served
    a_conflicting_write_changes_nothing
    of_many_writers_for_one_version_one_wins
    every_change_of_the_document_is_in_the_history
    the_history_has_a_bound
    a_clock_that_jumps_does_not_mix_versions_up
    a_closed_store_refuses
}

async fn open(path: &Path) -> Store {
    Store::open_sqlite(path).await.unwrap()
}

/// Changes the document of a version.
async fn change(store: &Store, version: u64, names: &[&str], change: Change<'_>) -> u64 {
    let document = document(names);
    store.write(&Write { document: Some((&document, version)), change, ..Write::default() }).await.unwrap()
}

async fn new_store_is_empty_and_has_an_identity(place: Place) {
    let store = place.open().await;
    let stored = store.load().await.unwrap();
    assert_eq!(stored.document, Document::default());
    assert_eq!(stored.resource_version, 1);
    assert_eq!((stored.introspections, stored.held), (vec![], vec![]));
    let state = store.catalog_state().await.unwrap();
    assert_eq!((&state.cli, &state.console), (&json!({}), &json!({})));
    assert_eq!(state.id.len(), 36);
    store.close().await.unwrap();
    assert_eq!(place.open().await.catalog_state().await.unwrap().id, state.id);
}

async fn a_write_survives_reopening(place: Place) {
    let store = place.open().await;
    let (document, cli, console) = (document(&["users", "orders"]), json!({"a": 1}), json!({"b": null}));
    let write = Write {
        document: Some((&document, 1)),
        introspections: vec![("users", introspection("U")), ("orders", introspection("O"))],
        states: vec![(StateOwner::Cli, &cli), (StateOwner::Console, &console)],
        ..Write::default()
    };
    assert_eq!(store.write(&write).await.unwrap(), 2);
    store.close().await.unwrap();

    let store = place.open().await;
    let stored = store.load().await.unwrap();
    assert_eq!(stored.document.to_json(), document.to_json());
    assert_eq!(stored.resource_version, 2);
    let expected = vec![("orders".to_owned(), introspection("O")), ("users".to_owned(), introspection("U"))];
    assert_eq!(stored.introspections, expected);
    let state = store.catalog_state().await.unwrap();
    assert_eq!((state.cli, state.console), (cli, console));
}

async fn introspections_alone_make_no_version(place: Place) {
    let store = place.open().await;
    let write = |answer| Write { introspections: vec![("users", introspection(answer))], ..Write::default() };
    assert_eq!(store.write(&write("1")).await.unwrap(), 1);
    assert_eq!(store.write(&write("2")).await.unwrap(), 1);
    assert_eq!(store.load().await.unwrap().introspections, [("users".to_owned(), introspection("2"))]);
    assert_eq!(store.history(None, 10).await.unwrap().len(), 1);
}

async fn introspections_go_with_their_remotes(place: Place) {
    let store = place.open().await;
    let both = document(&["users", "orders"]);
    let introspections = vec![("users", introspection("U")), ("orders", introspection("O"))];
    let held = vec![("users", Some(introspection("U2"))), ("orders", Some(introspection("O2")))];
    let write = Write { document: Some((&both, 1)), introspections, held, ..Write::default() };
    store.write(&write).await.unwrap();
    change(&store, 2, &["orders"], Change::default()).await;
    let stored = store.load().await.unwrap();
    assert_eq!(stored.introspections, [("orders".to_owned(), introspection("O"))]);
    assert_eq!(stored.held, [("orders".to_owned(), introspection("O2"))]);
}

async fn held_introspections_stand_beside_those_that_are_served(place: Place) {
    let store = place.open().await;
    let write = |served, held| Write { introspections: served, held, ..Write::default() };
    // Two remotes may well answer the same.
    let both = vec![("users", introspection("1")), ("orders", introspection("1"))];
    store.write(&write(both, vec![("users", Some(introspection("2")))])).await.unwrap();
    let stored = store.load().await.unwrap();
    let served = ["orders", "users"].map(|name| (name.to_owned(), introspection("1")));
    assert_eq!(stored.introspections, served);
    assert_eq!(stored.held, [("users".to_owned(), introspection("2"))]);

    store.write(&write(vec![("users", introspection("2"))], vec![("users", None)])).await.unwrap();
    let stored = store.load().await.unwrap();
    let served = [("orders".to_owned(), introspection("1")), ("users".to_owned(), introspection("2"))];
    assert_eq!((stored.introspections, stored.held), (served.to_vec(), vec![]));
}

async fn a_conflicting_write_changes_nothing(place: Place) {
    let store = place.open().await;
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
    assert_eq!(store.history(None, 10).await.unwrap().len(), 2);
}

async fn of_many_writers_for_one_version_one_wins(place: Place) {
    let store = std::sync::Arc::new(place.open().await);
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

async fn every_change_of_the_document_is_in_the_history(place: Place) {
    let store = place.open().await;
    let by = |source, command, at| Change { at, source, command, ..Change::default() };
    change(&store, 1, &["a"], by(Source::Cli, "replace_metadata", 100)).await;
    // As a reload does: it makes a version, for other gateways to see, but no other document.
    change(&store, 2, &["a"], by(Source::Api, "reload_metadata", 200)).await;
    change(&store, 3, &["a", "b"], by(Source::Console, "add_remote_schema", 300)).await;
    change(&store, 4, &["a"], by(Source::Api, "rollback_metadata", 400)).await;

    let history = store.history(None, 3).await.unwrap();
    let version = |resource_version, at, source: &str, command: &str| Version {
        resource_version,
        at,
        source: source.to_owned(),
        command: command.to_owned(),
    };
    let expected = [
        version(5, 400, "api", "rollback_metadata"),
        version(4, 300, "console", "add_remote_schema"),
        version(2, 100, "cli", "replace_metadata"),
    ];
    assert_eq!(history, expected);
    let first = store.history(Some(2), 3).await.unwrap();
    assert_eq!(first.iter().map(|first| &*first.command).collect::<Vec<_>>(), ["open_store"]);

    for (resource_version, names) in [(2, &["a"][..]), (3, &["a"]), (4, &["a", "b"]), (5, &["a"])] {
        let Past::Kept(past) = store.version(resource_version).await.unwrap() else { panic!() };
        assert_eq!(past.to_json(), document(names).to_json(), "version {resource_version}");
    }
    assert_eq!(store.version(1).await.unwrap(), Past::Kept(Box::default()));
    assert_eq!(store.version(0).await.unwrap(), Past::Forgotten);
    assert_eq!(store.version(6).await.unwrap(), Past::NotYet { current: 5 });
    assert_eq!(store.version(u64::MAX).await.unwrap(), Past::NotYet { current: 5 });
}

async fn the_history_has_a_bound(place: Place) {
    let store = place.open().await;
    for version in 1..10 {
        let names = [&*format!("remote{version}")];
        change(&store, version, &names, Change { kept: 3, ..Change::default() }).await;
    }
    let versions = store.history(None, 100).await.unwrap();
    assert_eq!(versions.iter().map(|version| version.resource_version).collect::<Vec<_>>(), [10, 9, 8]);
    assert_eq!(store.version(7).await.unwrap(), Past::Forgotten);
    let Past::Kept(past) = store.version(8).await.unwrap() else { panic!() };
    assert_eq!(past.to_json(), document(&["remote7"]).to_json());

    change(&store, 10, &["none"], Change { kept: 0, ..Change::default() }).await;
    assert_eq!(store.history(None, 100).await.unwrap(), []);
    assert!(matches!(store.version(11).await.unwrap(), Past::Kept(_)), "the current one is always there");
    assert_eq!(store.version(10).await.unwrap(), Past::Forgotten);
}

async fn a_clock_that_jumps_does_not_mix_versions_up(place: Place) {
    let store = place.open().await;
    for (version, at) in [(1, 5_000_000_000), (2, -1), (3, 0), (4, i64::MAX)] {
        let names = [&*format!("remote{version}")];
        change(&store, version, &names, Change { at, kept: 3, ..Change::default() }).await;
    }
    let versions = store.history(None, 100).await.unwrap();
    let seen: Vec<_> = versions.iter().map(|version| (version.resource_version, version.at)).collect();
    assert_eq!(seen, [(5, i64::MAX), (4, 0), (3, -1)]);
}

async fn a_closed_store_refuses(place: Place) {
    let store = place.open().await;
    store.close().await.unwrap();
    store.close().await.unwrap();
    let error = store.write(&Write::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::Closed { .. }), "{error:?}");
    assert!(matches!(store.ping().await.unwrap_err(), StoreError::Closed { .. }));
    place.open().await.ping().await.unwrap();
}

/// A file as the first release made it.
async fn first_schema(path: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let initial = include_str!("../src/store/migrations/sqlite/0001_initial.sql").into_sql_str();
    let step = Migration::new(1, "initial".into(), MigrationType::Simple, initial, false);
    Migrator::with_migrations(vec![step]).run(&mut connection).await.unwrap();
    connection
}

#[tokio::test]
async fn a_store_of_the_first_schema_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("conjoin.db");
    let mut connection = first_schema(&path).await;
    let old = document(&["users", "orders"]);
    sqlx::query("UPDATE metadata SET document = $1, resource_version = 7")
        .bind(old.to_json().to_string())
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::raw_sql(
        "INSERT INTO introspection VALUES ('users', 'here', CAST('same' AS BLOB), 7), ('orders', 'here', CAST('same' AS BLOB), 7);
         INSERT INTO catalog_state VALUES (1, 'identity', '{\"a\":1}', '{}')",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();

    let store = open(&path).await;
    let stored = store.load().await.unwrap();
    assert_eq!((stored.document.to_json(), stored.resource_version), (old.to_json(), 7));
    let same = ["orders", "users"].map(|name| (name.to_owned(), introspection("same")));
    assert_eq!((stored.introspections, stored.held), (same.to_vec(), vec![]));
    let state = store.catalog_state().await.unwrap();
    assert_eq!((&*state.id, state.cli), ("identity", json!({"a": 1})));
    let versions = store.history(None, 10).await.unwrap();
    assert_eq!(versions.iter().map(|version| version.resource_version).collect::<Vec<_>>(), [7]);
    change(&store, 7, &["orders"], Change::default()).await;
    assert!(matches!(store.version(7).await.unwrap(), Past::Kept(kept) if kept.to_json() == old.to_json()));
    assert_eq!(store.load().await.unwrap().introspections, [("orders".to_owned(), introspection("same"))]);
}

#[tokio::test]
async fn equal_introspections_are_kept_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("conjoin.db");
    let store = open(&path).await;
    let large = "x".repeat(1_000_000);
    let names: Vec<String> = (0..20).map(|i| format!("remote{i}")).collect();
    for _ in 0..3 {
        let introspections = names.iter().map(|name| (&**name, introspection(&large))).collect();
        let held = names.iter().map(|name| (&**name, Some(introspection(&large)))).collect();
        store.write(&Write { introspections, held, ..Write::default() }).await.unwrap();
    }
    store.close().await.unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    assert!((1_000_000..1_500_000).contains(&size), "{size} bytes");
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
    let mut connection = options.connect().await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99, 'from the future', TRUE, x'00', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
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

/// Faults of a database server, one after the other, since it takes a while to start.
#[tokio::test]
async fn faults_of_a_database_are_named() {
    let server = Postgres::start().unwrap();
    let place = Place::database(&server, "faults");
    let store = place.open().await;
    let one = document(&["one"]);
    let write = Write { document: Some((&one, 1)), ..Write::default() };

    // Somebody else has the row and does not give it back: a maintenance script, say.
    let mut other = sqlx::PgConnection::connect(&server.url("faults")).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT 1 FROM conjoin.metadata FOR UPDATE").execute(&mut other).await.unwrap();
    let begin = Instant::now();
    let error = store.write(&write).await.unwrap_err();
    assert!(matches!(error, StoreError::Slow { .. }), "{error:?}");
    assert!(begin.elapsed() < Duration::from_secs(14), "{:?}", begin.elapsed());
    store.load().await.expect("readers do not wait for writers");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(store.load().await.unwrap().resource_version, 1);

    server.run_sql("postgres", "ALTER DATABASE faults SET default_transaction_read_only = on").unwrap();
    let reader = place.database.as_ref().unwrap();
    let error = Store::open_postgres(reader, Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    server.run_sql("postgres", "ALTER DATABASE faults SET default_transaction_read_only = off").unwrap();
    assert_eq!(store.write(&write).await.unwrap(), 2, "the store has mended itself");

    let nowhere: Address = server.url("nowhere").parse().unwrap();
    let error = Store::open_postgres(&nowhere, Duration::from_secs(60)).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");

    sqlx::raw_sql(
        "INSERT INTO conjoin._sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99, 'from the future', TRUE, '', 0)",
    )
    .execute(&mut other)
    .await
    .unwrap();
    let error = Store::open_postgres(reader, Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { version: 99, .. }), "{error:?}");

    // Of a commit whose server dies meanwhile nobody knows whether it was one.
    let slow_commit = "CREATE FUNCTION conjoin.sleep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON conjoin.metadata DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION conjoin.sleep()";
    sqlx::raw_sql(slow_commit).execute(&mut other).await.unwrap();
    let two = document(&["two"]);
    let write = Write { document: Some((&two, 2)), ..Write::default() };
    let mut server = server;
    let sleeps = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    let crash = async {
        while sqlx::query_scalar::<_, i64>(sleeps).fetch_one(&mut other).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server.crash().unwrap();
    };
    let (outcome, ()) = tokio::join!(store.write(&write), crash);
    let error = outcome.unwrap_err();
    assert!(matches!(error, StoreError::Unknown { .. }), "{error:?}");
    let error = store.write(&Write { document: Some((&one, 2)), ..Write::default() }).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    let begin = Instant::now();
    let error = Store::open_postgres(reader, Duration::from_secs(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    server.restart().unwrap();
    assert_eq!(store.load().await.unwrap().resource_version, 2);
}

#[tokio::test]
async fn processes_over_one_database_hear_of_each_other() {
    let server = Postgres::start().unwrap();
    let place = Place::database(&server, "shared");
    // They come to an empty database together.
    let (first, second, third) = tokio::join!(place.open(), place.open(), place.open());
    for store in [&first, &second, &third] {
        assert_eq!(store.load().await.unwrap().resource_version, 1);
        assert!(!store.has_news().await.unwrap());
    }
    let mut ear = second.listen().await.unwrap();
    change(&first, 1, &["users"], Change::default()).await;
    assert!(tokio::time::timeout(Duration::from_secs(20), ear.hear()).await.expect("it is told"));
    assert!(!first.has_news().await.unwrap(), "its own write is no news");
    assert!(second.has_news().await.unwrap());
    assert_eq!(second.load().await.unwrap().document.to_json(), document(&["users"]).to_json());
    assert!(!second.has_news().await.unwrap());

    // Introspections are news too, unless they are known.
    let introspections = || vec![("users", introspection("U"))];
    second.write(&Write { introspections: introspections(), ..Write::default() }).await.unwrap();
    assert!(first.has_news().await.unwrap());
    assert_eq!(first.load().await.unwrap().introspections, [("users".to_owned(), introspection("U"))]);
    second.write(&Write { introspections: introspections(), ..Write::default() }).await.unwrap();
    assert!(!first.has_news().await.unwrap());

    // Who writes without having heard of another write still hears of it.
    assert_eq!(
        third
            .write(&Write { introspections: vec![("users", introspection("V"))], ..Write::default() })
            .await
            .unwrap(),
        2
    );
    assert!(third.has_news().await.unwrap());
}

#[test]
fn an_address_never_shows_its_password() {
    let address: Address =
        "postgres://user:s3cret@db.example:5433/graph?sslmode=verify-full".parse().unwrap();
    assert_eq!(address.to_string(), "postgres://db.example:5433/graph");
    assert!(!format!("{address:?}").contains("s3cret"));
    for wrong in ["s3cret", "mysql://user:s3cret@db/graph", "postgres://user:s3cret@db/graph?sslmode=s3cret"]
    {
        let error = wrong.parse::<Address>().unwrap_err();
        assert!(error.contains("postgres://user:password@host") && !error.contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn the_metadata_of_a_hasura_server_is_read_from_its_database() {
    let server = Postgres::start().unwrap();
    server.create_database("hasura").unwrap();
    let address: Address = server.url("hasura").parse().unwrap();
    let error = hasura::read(&address).await.unwrap_err();
    assert!(matches!(error, StoreError::NoHasura { .. }), "{error:?}");

    // The table as Hasura makes it.
    let table = "CREATE SCHEMA hdb_catalog; CREATE TABLE hdb_catalog.hdb_metadata (id INTEGER PRIMARY KEY, metadata JSON NOT NULL,
         resource_version INTEGER NOT NULL DEFAULT 1 UNIQUE)";
    server.run_sql("hasura", table).unwrap();
    let error = hasura::read(&address).await.unwrap_err();
    assert!(matches!(error, StoreError::NoHasura { .. }), "{error:?}");

    let document = document(&["users"]).to_json();
    let row = format!("INSERT INTO hdb_catalog.hdb_metadata VALUES (1, '{document}', 42)");
    server.run_sql("hasura", &row).unwrap();
    assert_eq!(hasura::read(&address).await.unwrap(), (document, 42));
    let mut import = Command::new(env!("CARGO_BIN_EXE_conjoin"));
    import.args(["metadata", "import-hasura", "--print", &server.url("hasura")]).env_clear();
    let output = import.current_dir(tempfile::tempdir().unwrap().path()).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && printed.contains("name: users"), "{printed}");
    let exists = "SELECT 1 FROM conjoin.metadata";
    assert!(server.run_sql("hasura", exists).is_err(), "nothing of ours is left in it");
}
