//! What survives a restart: the metadata document with its version and its history, the last good introspection of each
//! remote, and the state that consoles and command lines keep on the server.
//!
//! A [`Write`] is one transaction: it is stored as a whole, durably, before [`Store::write`] returns, or not at all.
//! The store does not check what it stores and does not know what is served; that is [`crate::sync`].

use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use metadata::Document;
use serde_json::Value;

pub mod hasura;
mod packed;
pub mod postgres;
mod sqlite;
mod statements;

/// How many versions are kept when nothing else is said.
pub const KEPT_VERSIONS: u32 = 1000;

/// A place where metadata is kept.
#[derive(Debug)]
pub enum Store {
    /// A local file, used by one process.
    Sqlite(sqlite::Sqlite),
    /// A PostgreSQL database, shared by any number of processes.
    Postgres(postgres::Postgres),
}

/// What hears of writes to a shared store.
#[derive(Debug)]
pub struct Ear(sqlx::postgres::PgListener);

impl Ear {
    /// Waits until something was written; `false` when the connection was lost and something may be missed.
    pub async fn hear(&mut self) -> bool {
        matches!(self.0.try_recv().await, Ok(Some(_)))
    }
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
    /// Newer introspections that are held back until somebody applies them, by remote name.
    pub held: Vec<(String, StoredIntrospection)>,
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
    /// What the history says of the new document.
    pub change: Change<'a>,
    /// Introspections to remember, by remote name.
    pub introspections: Vec<(&'a str, StoredIntrospection)>,
    /// Introspections to hold back, by remote name; `None` forgets what is held for the remote.
    pub held: Vec<(&'a str, Option<StoredIntrospection>)>,
    /// States to replace, the last one for each owner wins.
    pub states: Vec<(StateOwner, &'a Value)>,
}

/// What the history says of a change of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// When it was made, in seconds since 1970. Nothing depends on it: versions are ordered by their numbers.
    pub at: i64,
    /// Who made it.
    pub source: Source,
    /// The command of the metadata API that made it.
    pub command: &'a str,
    /// How many changes the history has after this one, at most.
    pub kept: u32,
}

impl Change<'_> {
    /// A change that the gateway makes now.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { at: since.as_secs().cast_signed(), ..Self::default() }
    }
}

impl Default for Change<'_> {
    fn default() -> Self {
        Self { at: 0, source: Source::default(), command: "", kept: KEPT_VERSIONS }
    }
}

/// Who makes a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    Cli,
    /// The web console.
    Console,
    /// Some other client of the metadata API.
    Api,
    /// The gateway itself.
    #[default]
    Gateway,
}

impl Source {
    /// The word for it, in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Console => "console",
            Self::Api => "api",
            Self::Gateway => "gateway",
        }
    }
}

/// A change of the document in the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The version that it made.
    pub resource_version: u64,
    /// When, in seconds since 1970, by the clock of the gateway that made it.
    pub at: i64,
    /// Who made it, as a word of [`Source`] or of a later release.
    pub source: String,
    /// The command that made it.
    pub command: String,
}

/// The document of a version.
#[derive(Debug, Clone, PartialEq)]
pub enum Past {
    /// It is kept.
    Kept(Box<Document>),
    /// There was one, and it is forgotten.
    Forgotten,
    /// There is no such version yet.
    NotYet {
        /// The current version.
        current: u64,
    },
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
        "the metadata store {place} is in use by another process; stop that process or choose another data directory"
    )]
    InUse {
        /// The file.
        place: String,
    },
    /// It cannot be written to.
    #[error("the metadata store {place} cannot be written: {why}")]
    ReadOnly {
        /// The store.
        place: String,
        /// What makes it so, and what helps.
        why: &'static str,
    },
    /// No room.
    #[error("the metadata store {place} cannot grow: the disk is full; the change was not stored")]
    Full {
        /// The store.
        place: String,
    },
    /// Not a store, or damaged.
    #[error(
        "the metadata store {place} is damaged or not a SQLite file; restore a backup, or move it away to start empty"
    )]
    Corrupt {
        /// The file.
        place: String,
    },
    /// Made by a later release.
    #[error(
        "the metadata store {place} has schema version {version}, which a newer conjoin wrote; run that release or restore a backup"
    )]
    Newer {
        /// The store.
        place: String,
        /// Its schema version.
        version: i64,
    },
    /// A stored text is not what this release can read.
    #[error("the metadata store {place} holds {what} that cannot be read: {cause}")]
    Unreadable {
        /// The store.
        place: String,
        /// Which text.
        what: &'static str,
        /// Why.
        cause: String,
    },
    /// The directory cannot be made or the file cannot be opened.
    #[error("the metadata store {place} cannot be opened")]
    Open {
        /// The file.
        place: String,
        /// Why.
        source: std::io::Error,
    },
    /// The server is stopping.
    #[error("the metadata store {place} is closed, because the server is stopping; ask another one")]
    Closed {
        /// The store.
        place: String,
    },
    /// It does not answer.
    #[error(
        "the metadata store {place} cannot be reached; nothing was stored, and what was served is served on"
    )]
    Unreachable {
        /// The store.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// It takes too long.
    #[error("the metadata store {place} does not answer in time; nothing was stored, so try again")]
    Slow {
        /// The store.
        place: String,
    },
    /// It did not say whether it stored a change.
    #[error(
        "the metadata store {place} was lost while it stored the change; it is not known whether it did, so look at the metadata before you try again"
    )]
    Unknown {
        /// The store.
        place: String,
    },
    /// The user or the database is not what the server has.
    #[error(
        "the metadata store {place} refuses access; check user, password, database and its rights in --metadata-database-url"
    )]
    Denied {
        /// The store.
        place: String,
        /// In the server's words.
        source: sqlx::Error,
    },
    /// No Hasura has stored its metadata there.
    #[error(
        "the database {place} has no table hdb_catalog.hdb_metadata with a row; is it the metadata database of a Hasura v2 server?"
    )]
    NoHasura {
        /// The database.
        place: String,
    },
    /// Anything else.
    #[error("the metadata store {place} failed")]
    Database {
        /// The store.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
}

impl Store {
    /// Opens the store in a file, which is created when it does not exist, together with its directory.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        sqlite::Sqlite::open(path).await.map(Self::Sqlite)
    }

    /// Opens the store in a database, whose schema `conjoin` is made when it does not exist. A database that does not answer
    /// is tried again for as long as `patience`.
    pub async fn open_postgres(address: &postgres::Address, patience: Duration) -> Result<Self, StoreError> {
        postgres::Postgres::open(address, patience).await.map(Self::Postgres)
    }

    /// Reads everything that serving depends on.
    pub async fn load(&self) -> Result<Stored, StoreError> {
        let rows = match self {
            Self::Sqlite(sqlite) => sqlite.load().await,
            Self::Postgres(postgres) => postgres.load().await,
        }?;
        let revision = rows.revision;
        let mut stored = Stored {
            document: self.document(&rows.document)?,
            resource_version: rows.resource_version.cast_unsigned(),
            introspections: Vec::new(),
            held: Vec::new(),
        };
        for (remote, purpose, source, hash, fetched_at) in rows.introspections {
            let Some(answer) = rows.snapshots.get(&hash).cloned() else { continue };
            let introspection = StoredIntrospection { source, answer, fetched_at };
            match &*purpose {
                statements::HELD => stored.held.push((remote, introspection)),
                _ => stored.introspections.push((remote, introspection)),
            }
        }
        if let Self::Postgres(postgres) = self {
            postgres.saw(revision);
        }
        Ok(stored)
    }

    /// Whether other processes may write to it.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Whether it answered when it was last asked.
    pub fn is_reachable(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(postgres) => postgres.is_reachable(),
        }
    }

    /// Whether another process has written something since this one loaded what there is.
    pub async fn has_news(&self) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(false),
            Self::Postgres(postgres) => postgres.has_news().await,
        }
    }

    /// Begins to hear of writes, those of this process among them.
    pub async fn listen(&self) -> Result<Ear, StoreError> {
        match self {
            Self::Sqlite(sqlite) => Err(StoreError::Closed { place: sqlite.place().to_owned() }),
            Self::Postgres(postgres) => postgres.listen().await.map(Ear),
        }
    }

    /// Stores a change and returns the document's version after it.
    pub async fn write(&self, write: &Write<'_>) -> Result<u64, StoreError> {
        let written = match self {
            Self::Sqlite(sqlite) => sqlite.write(write).await,
            Self::Postgres(postgres) => postgres.write(write).await,
        }?;
        let expected = || write.document.map_or(0, |(_, expected)| expected);
        written.ok_or_else(|| StoreError::Conflict { expected: expected() })
    }

    /// The changes of the document before a version (all when it is `None`), newest first.
    pub async fn history(&self, before: Option<u64>, limit: u32) -> Result<Vec<Version>, StoreError> {
        let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        match self {
            Self::Sqlite(sqlite) => sqlite.history(before, limit.into()).await,
            Self::Postgres(postgres) => postgres.history(before, limit.into()).await,
        }
    }

    /// The document as it was in a version.
    pub async fn version(&self, resource_version: u64) -> Result<Past, StoreError> {
        let (now, deflated) = match self {
            Self::Sqlite(sqlite) => sqlite.version(resource_version.cast_signed()).await,
            Self::Postgres(postgres) => postgres.version(resource_version.cast_signed()).await,
        }?;
        let current = now.resource_version.cast_unsigned();
        let text = match deflated {
            _ if resource_version > current => return Ok(Past::NotYet { current }),
            _ if resource_version == current => now.document,
            None => return Ok(Past::Forgotten),
            Some(deflated) => packed::inflate(&deflated)
                .map_err(|error| self.unreadable("a metadata document of the history", &error))?,
        };
        self.document(&text).map(|document| Past::Kept(Box::new(document)))
    }

    /// What consoles and command lines keep.
    pub async fn catalog_state(&self) -> Result<CatalogState, StoreError> {
        let (id, cli, console) = match self {
            Self::Sqlite(sqlite) => sqlite.catalog_state().await,
            Self::Postgres(postgres) => postgres.catalog_state().await,
        }?;
        Ok(CatalogState {
            id,
            cli: self.json("a command line state", &cli)?,
            console: self.json("a console state", &console)?,
        })
    }

    /// Whether the store still answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.ping().await,
            Self::Postgres(postgres) => postgres.ping().await,
        }
    }

    /// Ends the use of the store, as a process does that stops by itself. Whatever is asked of it later is refused.
    pub async fn close(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.close().await,
        }
    }

    /// The store in words that give no secret away.
    pub fn place(&self) -> &str {
        match self {
            Self::Sqlite(sqlite) => sqlite.place(),
            Self::Postgres(postgres) => postgres.place(),
        }
    }

    fn document(&self, text: &str) -> Result<Document, StoreError> {
        let what = "a metadata document";
        Document::from_json(&self.json(what, text)?).map_err(|error| self.unreadable(what, &error))
    }

    fn json(&self, what: &'static str, text: &str) -> Result<Value, StoreError> {
        serde_json::from_str(text).map_err(|error| self.unreadable(what, &error))
    }

    fn unreadable(&self, what: &'static str, cause: &dyn std::fmt::Display) -> StoreError {
        StoreError::Unreadable { place: self.place().to_owned(), what, cause: cause.to_string() }
    }
}
