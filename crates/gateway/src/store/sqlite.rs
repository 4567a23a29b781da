//! The store in a SQLite file.
//!
//! One connection, so there is one writer. WAL with `synchronous=FULL` makes a commit durable before it is acknowledged:
//! a kill or a power cut loses nothing that a caller was told is stored.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlSafeStr};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use super::statements::{Current, Rows, Written};
use super::{StoreError, Version, Write};

/// Taking the write lock first means that nothing read in a transaction changes before its end.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// How to mend a file that takes no writes.
const READ_ONLY: &str = "file or directory is read-only; give the process write permission";

mod sql {
    crate::store::statements::statements!(sqlx::SqliteConnection, "");
}

#[cfg(test)]
mod tests;

/// A SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    place: String,
    options: SqliteConnectOptions,
    /// `None` when the store is closed.
    open: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    connection: SqliteConnection,
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
            MigrateError::VersionMissing(version) => StoreError::Newer { place: place(path), version },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => fault(error),
            other => fault(sqlx::Error::Migrate(Box::new(other))),
        })?;
        let completed = async {
            let mut transaction = connection.begin_with(BEGIN).await?;
            sql::complete(&mut transaction).await?;
            transaction.commit().await
        };
        completed.await.map_err(fault)?;
        let open = Mutex::new(Some(Open { connection, _lock: lock }));
        Ok(Self { path: path.into(), place: place(path), options, open })
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) async fn load(&self) -> Result<Rows, StoreError> {
        let mut connection = self.connection().await?;
        sql::load(&mut connection, &HashMap::new()).await.map_err(|error| self.fault(error))
    }

    pub(super) async fn write(&self, write: &Write<'_>) -> Result<Option<u64>, StoreError> {
        let mut connection = self.connection().await?;
        match store(&mut connection, write).await {
            Ok(written) => Ok(written.map(|written| written.resource_version.cast_unsigned())),
            Err(error) => {
                // SQLite ends the transaction by itself after some faults, a full disk among them, and the connection's count of open
                // transactions is wrong from then on.
                if let Ok(fresh) = self.options.connect().await {
                    *connection = fresh;
                }
                Err(self.fault(error))
            }
        }
    }

    pub(super) async fn history(&self, before: i64, limit: i64) -> Result<Vec<Version>, StoreError> {
        let mut connection = self.connection().await?;
        sql::history(&mut connection, before, limit).await.map_err(|error| self.fault(error))
    }

    pub(super) async fn version(
        &self,
        resource_version: i64,
    ) -> Result<(Current, Option<Vec<u8>>), StoreError> {
        // Nobody writes between the statements, because the connection is the only one.
        let mut connection = self.connection().await?;
        sql::version(&mut connection, resource_version).await.map_err(|error| self.fault(error))
    }

    pub(super) async fn catalog_state(&self) -> Result<(String, String, String), StoreError> {
        let mut connection = self.connection().await?;
        sql::catalog_state(&mut connection).await.map_err(|error| self.fault(error))
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        sql::revision(&mut connection).await.map(drop).map_err(|error| self.fault(error))
    }

    /// Moves what is in the log into the file and frees the file.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let Some(Open { connection, _lock }) = self.open.lock().await.take() else { return Ok(()) };
        connection.close().await.map_err(|error| self.fault(error))
    }

    async fn connection(&self) -> Result<MappedMutexGuard<'_, SqliteConnection>, StoreError> {
        let open = self.open.lock().await;
        MutexGuard::try_map(open, |open| open.as_mut().map(|open| &mut open.connection))
            .map_err(|_| StoreError::Closed { place: self.place.clone() })
    }

    fn fault(&self, error: sqlx::Error) -> StoreError {
        database_fault(&self.path, error)
    }
}

/// Runs the transaction; `None` when the document's version is not the expected one.
async fn store(
    connection: &mut SqliteConnection,
    change: &Write<'_>,
) -> Result<Option<Written>, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let Some(written) = sql::write(&mut transaction, change).await? else { return Ok(None) };
    transaction.commit().await?;
    Ok(Some(written))
}

/// Steps from an empty file to the current schema. A released step never changes; the next one is added.
fn migrations() -> Migrator {
    let steps = [
        (1, "initial", include_str!("migrations/sqlite/0001_initial.sql").into_sql_str()),
        (2, "history", include_str!("migrations/sqlite/0002_history.sql").into_sql_str()),
    ];
    let steps = steps
        .map(|(version, name, sql)| Migration::new(version, name.into(), MigrationType::Simple, sql, false));
    Migrator::with_migrations(steps.into())
}

fn place(path: &Path) -> String {
    path.display().to_string()
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
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { place: place(path) }),
        Err(TryLockError::Error(error)) => Err(fault(error)),
    }
}

fn lock_fault(path: &Path, source: std::io::Error) -> StoreError {
    let place = place(path);
    match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { place, why: READ_ONLY }
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { place },
        _ => StoreError::Open { place, source },
    }
}

/// Names the cause of a database error; see the list of SQLite's primary result codes.
fn database_fault(path: &Path, source: sqlx::Error) -> StoreError {
    let place = place(path);
    let code = match &source {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
        _ => None,
    };
    // The low byte is the primary code; the rest tells variants of it apart.
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => StoreError::InUse { place },
        Some(8) => StoreError::ReadOnly { place, why: READ_ONLY },
        Some(11 | 26) => StoreError::Corrupt { place },
        Some(13) => StoreError::Full { place },
        _ => StoreError::Database { place, source },
    }
}
