//! What survives a restart: the metadata document and its version, the last good introspection of each remote, and the
//! state that consoles and command lines keep on the server.
//!
//! A [`Write`] is one transaction: it is stored as a whole, durably, before [`Store::write`] returns, or not at all.
//! The store does not check what it stores and does not know what is served; that is [`crate::sync`].

use std::path::{Path, PathBuf};

use bytes::Bytes;
use metadata::Document;
use serde_json::Value;

mod sqlite;

/// A place where metadata is kept.
#[derive(Debug)]
pub enum Store {
    /// A local file, used by one process.
    Sqlite(sqlite::Sqlite),
}

/// Everything that serving depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The metadata document.
    pub document: Document,
    /// Its version; every stored change of the document adds one.
    pub resource_version: u64,
    /// The last good introspection of each remote, by remote name.
    pub introspections: Vec<(String, StoredIntrospection)>,
}

/// An introspection answer that was good when it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIntrospection {
    /// Whose answer it is, as text: equal text, same upstream.
    pub source: String,
    /// The answer's bytes as received.
    pub answer: Bytes,
    /// When it was fetched, in seconds since 1970.
    pub fetched_at: i64,
}

/// A change, stored whole or not at all.
#[derive(Debug, Default)]
pub struct Write<'a> {
    /// The new document and the version it replaces. Introspections of remotes that it does not have are forgotten.
    pub document: Option<(&'a Document, u64)>,
    /// Introspections to remember, by remote name.
    pub introspections: Vec<(&'a str, StoredIntrospection)>,
    /// States to replace, the last one for each owner wins.
    pub states: Vec<(StateOwner, &'a Value)>,
}

/// Who keeps a state on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StateOwner {
    /// The command line.
    Cli,
    /// The web console.
    Console,
}

/// What consoles and command lines keep on the server.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogState {
    /// Identity of the store, made when it was created.
    pub id: String,
    /// State of the command line.
    pub cli: Value,
    /// State of the console.
    pub console: Value,
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another change came first.
    #[error("metadata resource version referenced ({expected}) did not match current version")]
    Conflict {
        /// The version that the change was made for.
        expected: u64,
    },
    /// Another process has it open.
    #[error(
        "the metadata store {} is in use by another process; stop that process or choose another data directory",
        .path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written to.
    #[error(
        "the metadata store {} cannot be written: file or directory is read-only; give the process write permission",
        .path.display()
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// No room.
    #[error("the metadata store {} cannot grow: the disk is full; the change was not stored", .path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Not a store, or damaged.
    #[error(
        "the metadata store {} is damaged or not a SQLite file; restore a backup, or move it away to start empty",
        .path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// Made by a later release.
    #[error(
        "the metadata store {} has schema version {version}, which a newer conjoin wrote; run that release or restore a backup",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        version: i64,
    },
    /// A stored text is not what this release can read.
    #[error("the metadata store {} holds {what} that cannot be read: {cause}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Which text.
        what: &'static str,
        /// Why.
        cause: String,
    },
    /// The directory cannot be made or the file cannot be opened.
    #[error("the metadata store {} cannot be opened", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Anything else.
    #[error("the metadata store {} failed", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
}

impl Store {
    /// Opens the store in a file, which is created when it does not exist, together with its directory.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        sqlite::Sqlite::open(path).await.map(Self::Sqlite)
    }

    /// Reads everything that serving depends on.
    pub async fn load(&self) -> Result<Stored, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.load().await,
        }
    }

    /// Stores a change and returns the document's version after it.
    pub async fn write(&self, write: &Write<'_>) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.write(write).await,
        }
    }

    /// What consoles and command lines keep.
    pub async fn catalog_state(&self) -> Result<CatalogState, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.catalog_state().await,
        }
    }

    /// Whether the store still answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.ping().await,
        }
    }
}
