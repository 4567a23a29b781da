//! Faults of the file that can only be provoked on the connection itself.

use bytes::Bytes;

use super::*;
use crate::store::{Store, StoredIntrospection};

async fn open() -> (tempfile::TempDir, Sqlite) {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(&directory.path().join("conjoin.db")).await.unwrap();
    (directory, sqlite)
}

async fn pragma(sqlite: &Sqlite, pragma: &'static str) -> String {
    use sqlx::Row as _;
    let mut connection = sqlite.connection().await.unwrap();
    let rows = sqlx::query(pragma).fetch_all(&mut *connection).await.unwrap();
    let first = rows.first();
    first
        .map(|row| row.try_get::<String, _>(0).unwrap_or_else(|_| row.get::<i64, _>(0).to_string()))
        .unwrap_or_default()
}

fn introspection(n_bytes: usize) -> Write<'static> {
    let answer = Bytes::from(vec![b' '; n_bytes]);
    let introspection = StoredIntrospection { source: "here".into(), answer, fetched_at: 0 };
    Write { introspections: vec![("users", introspection)], ..Write::default() }
}

#[tokio::test]
async fn commits_are_durable_before_they_are_acknowledged() {
    let (_directory, sqlite) = open().await;
    assert_eq!(pragma(&sqlite, "PRAGMA journal_mode").await, "wal");
    assert_eq!(pragma(&sqlite, "PRAGMA synchronous").await, "2", "2 is FULL");
}

#[tokio::test]
async fn full_disk_is_named_and_stores_nothing() {
    let (_directory, sqlite) = open().await;
    // SQLite answers a size limit as it answers a full disk.
    pragma(&sqlite, "PRAGMA max_page_count = 20").await;
    let error = sqlite.write(&introspection(1 << 20)).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(sqlite.load().await.unwrap().introspections.is_empty());
    sqlite.write(&introspection(10)).await.unwrap();
}

#[tokio::test]
async fn read_only_store_is_named() {
    let (_directory, sqlite) = open().await;
    pragma(&sqlite, "PRAGMA query_only = 1").await;
    let error = sqlite.write(&introspection(10)).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    sqlite.ping().await.unwrap();
}

#[tokio::test]
async fn unreadable_document_is_named() {
    let (directory, sqlite) = open().await;
    pragma(&sqlite, r#"UPDATE metadata SET document = '{"version":3,"remote_schemas":[{}]}'"#).await;
    let error = Store::Sqlite(sqlite).load().await.unwrap_err();
    let path = directory.path().join("conjoin.db");
    assert_eq!(
        error.to_string(),
        format!(
            "the metadata store {} holds a metadata document that cannot be read: $.remote_schemas[0]: the key 'name' was not present",
            path.display()
        )
    );
}

#[test]
fn read_only_directory_is_named() {
    let fault = |kind| lock_fault(Path::new("conjoin.db"), std::io::Error::from(kind));
    assert!(matches!(fault(ErrorKind::PermissionDenied), StoreError::ReadOnly { .. }));
    assert!(matches!(fault(ErrorKind::ReadOnlyFilesystem), StoreError::ReadOnly { .. }));
    assert!(matches!(fault(ErrorKind::StorageFull), StoreError::Full { .. }));
    assert!(matches!(fault(ErrorKind::NotADirectory), StoreError::Open { .. }));
}
