//! The store in a SQLite file.
//!
//! One connection, so there is one writer. WAL with `synchronous=FULL` makes a commit durable before it is acknowledged:
//! a kill or a power cut loses nothing that a caller was told is stored.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use metadata::Document;
use serde_json::Value;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlSafeStr};
use tokio::sync::Mutex;

use super::{CatalogState, StateOwner, StoreError, Stored, StoredIntrospection, Write};

#[cfg(test)]
mod tests;

/// An open SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    options: SqliteConnectOptions,
    connection: Mutex<SqliteConnection>,
    /// Held for the life of the process. SQLite's own locks would let a second gateway in between two writes, and
    /// that one would never learn of the first one's changes; other readers, such as a backup, are welcome.
    _lock: File,
}

impl Sqlite {
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(2));
        let fault = |error| database_fault(path, error);
        let mut connection = options.connect().await.map_err(fault)?;
        migrations().run(&mut connection).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) => StoreError::Newer { path: path.into(), version },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => fault(error),
            other => fault(sqlx::Error::Migrate(Box::new(other))),
        })?;
        sqlx::query("INSERT OR IGNORE INTO catalog_state (id, store_id) VALUES (1, ?)")
            .bind(uuid::Uuid::new_v4().to_string())
            .execute(&mut connection)
            .await
            .map_err(fault)?;
        Ok(Self { path: path.into(), options, connection: Mutex::new(connection), _lock: lock })
    }

    pub(super) async fn load(&self) -> Result<Stored, StoreError> {
        let mut connection = self.connection.lock().await;
        let (text, resource_version): (String, i64) =
            sqlx::query_as("SELECT document, resource_version FROM metadata WHERE id = 1")
                .fetch_one(&mut *connection)
                .await
                .map_err(|error| self.fault(error))?;
        let rows: Vec<(String, String, Vec<u8>, i64)> =
            sqlx::query_as("SELECT remote, source, answer, fetched_at FROM introspection ORDER BY remote")
                .fetch_all(&mut *connection)
                .await
                .map_err(|error| self.fault(error))?;
        let document = Document::from_json(&self.json("a metadata document", &text)?).map_err(|error| {
            StoreError::Unreadable {
                path: self.path.clone(),
                what: "a metadata document",
                cause: error.to_string(),
            }
        })?;
        let introspections = rows
            .into_iter()
            .map(|(remote, source, answer, fetched_at)| {
                (remote, StoredIntrospection { source, answer: Bytes::from(answer), fetched_at })
            })
            .collect();
        Ok(Stored { document, resource_version: resource_version.cast_unsigned(), introspections })
    }

    pub(super) async fn write(&self, write: &Write<'_>) -> Result<u64, StoreError> {
        let mut connection = self.connection.lock().await;
        let version = match store(&mut connection, write).await {
            Ok(version) => version,
            Err(error) => {
                // SQLite ends the transaction by itself after some faults, a full disk among them, and the connection's count of open
                // transactions is wrong from then on.
                if let Ok(fresh) = self.options.connect().await {
                    *connection = fresh;
                }
                return Err(self.fault(error));
            }
        };
        version.ok_or(StoreError::Conflict { expected: write.document.map_or(0, |(_, expected)| expected) })
    }

    pub(super) async fn catalog_state(&self) -> Result<CatalogState, StoreError> {
        let mut connection = self.connection.lock().await;
        let (id, cli, console): (String, String, String) =
            sqlx::query_as("SELECT store_id, cli_state, console_state FROM catalog_state WHERE id = 1")
                .fetch_one(&mut *connection)
                .await
                .map_err(|error| self.fault(error))?;
        Ok(CatalogState {
            id,
            cli: self.json("a command line state", &cli)?,
            console: self.json("a console state", &console)?,
        })
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        sqlx::query("SELECT resource_version FROM metadata WHERE id = 1")
            .fetch_one(&mut *connection)
            .await
            .map(drop)
            .map_err(|error| self.fault(error))
    }

    fn fault(&self, error: sqlx::Error) -> StoreError {
        database_fault(&self.path, error)
    }

    fn json(&self, what: &'static str, text: &str) -> Result<Value, StoreError> {
        serde_json::from_str(text).map_err(|error| StoreError::Unreadable {
            path: self.path.clone(),
            what,
            cause: error.to_string(),
        })
    }
}

/// Runs the transaction; `None` when the document's version is not the expected one.
async fn store(connection: &mut SqliteConnection, write: &Write<'_>) -> Result<Option<u64>, sqlx::Error> {
    // Taking the write lock first means that the version read below cannot change before the commit.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    if let Some((document, expected)) = write.document {
        let updated = sqlx::query(
            "UPDATE metadata SET document = ?, resource_version = resource_version + 1
             WHERE id = 1 AND resource_version = ?",
        )
        .bind(document.to_json().to_string())
        .bind(expected.cast_signed())
        .execute(&mut *transaction)
        .await?;
        if updated.rows_affected() == 0 {
            return Ok(None);
        }
        let remembered: Vec<(String,)> =
            sqlx::query_as("SELECT remote FROM introspection").fetch_all(&mut *transaction).await?;
        for (remote,) in remembered.iter().filter(|(remote,)| document.remote_schema(remote).is_none()) {
            sqlx::query("DELETE FROM introspection WHERE remote = ?")
                .bind(remote)
                .execute(&mut *transaction)
                .await?;
        }
    }
    for (remote, introspection) in &write.introspections {
        sqlx::query(
            "INSERT OR REPLACE INTO introspection (remote, source, answer, fetched_at) VALUES (?, ?, ?, ?)",
        )
        .bind(*remote)
        .bind(&introspection.source)
        .bind(&introspection.answer[..])
        .bind(introspection.fetched_at)
        .execute(&mut *transaction)
        .await?;
    }
    for (owner, state) in &write.states {
        let statement = match owner {
            StateOwner::Cli => "UPDATE catalog_state SET cli_state = ? WHERE id = 1",
            StateOwner::Console => "UPDATE catalog_state SET console_state = ? WHERE id = 1",
        };
        sqlx::query(statement).bind(state.to_string()).execute(&mut *transaction).await?;
    }
    let (version,): (i64,) = sqlx::query_as("SELECT resource_version FROM metadata WHERE id = 1")
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Some(version.cast_unsigned()))
}

/// Steps from an empty file to the current schema. A released step never changes; the next one is added.
fn migrations() -> Migrator {
    let initial = include_str!("migrations/0001_initial.sql").into_sql_str();
    Migrator::with_migrations(vec![Migration::new(
        1,
        "initial".into(),
        MigrationType::Simple,
        initial,
        false,
    )])
}

/// Makes sure that no other process uses the file, by a lock file beside it that the system frees however we end.
fn lock(path: &Path) -> Result<File, StoreError> {
    let fault = |source| lock_fault(path, source);
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory).map_err(fault)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(name).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.into() }),
        Err(TryLockError::Error(error)) => Err(fault(error)),
    }
}

fn lock_fault(path: &Path, source: std::io::Error) -> StoreError {
    let path = path.to_owned();
    match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { path },
        _ => StoreError::Open { path, source },
    }
}

/// Names the cause of a database error; see the list of SQLite's primary result codes.
fn database_fault(path: &Path, source: sqlx::Error) -> StoreError {
    let path = path.to_owned();
    let code = match &source {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
        _ => None,
    };
    // The low byte is the primary code; the rest tells variants of it apart.
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => StoreError::InUse { path },
        Some(8) => StoreError::ReadOnly { path },
        Some(11 | 26) => StoreError::Corrupt { path },
        Some(13) => StoreError::Full { path },
        _ => StoreError::Database { path, source },
    }
}
