//! The store in a PostgreSQL database, for any number of gateways.
//!
//! Everything is in a schema of its own, `conjoin`. The row of `metadata` is locked by whoever writes, so writes happen one
//! after the other and each sees the version before it. Its `revision` says whether there is something to load, and every
//! write that others have to hear of is told on a channel when it is committed.
//!
//! A connection that failed once is not used again, and nothing waits for longer than [`LONGEST`] (or, for what is large, [`LOAD`]), however the network or the
//! server hangs.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, SqlSafeStr};

use super::statements::{Current, Rows, Written};
use super::{StoreError, Version, Write};

mod sql {
    crate::store::statements::statements!(sqlx::PgConnection, " FOR UPDATE");
}

/// Longest time to connect.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// Longest time for one thing that the store is asked; the server gives up sooner, see [`SETTINGS`].
pub(super) const LONGEST: Duration = Duration::from_secs(15);

/// Longest time to load everything, which for a new process can be hundreds of megabytes.
const LOAD: Duration = Duration::from_secs(120);

/// Bytes that a slow network takes in a second, which writes of many introspections are given more time for.
const BYTES_PER_SECOND: usize = 1 << 20;

/// Longest time to answer whether it answers.
const PING: Duration = Duration::from_secs(3);

/// Longest pause between two attempts at the start.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Connections that are kept while nobody uses them.
const IDLE: usize = 2;

/// The channel on which writes are told.
const CHANNEL: &str = "conjoin_metadata";

/// Gateways that start together make the schema one after the other. The number has no meaning.
const LOCK_SCHEMA: &str = "SELECT pg_advisory_xact_lock(7164236470231)";

/// For each connection, after the schema is there.
const SETTINGS: &str = "SET search_path TO conjoin; SET lock_timeout TO '5s'; SET statement_timeout TO '10s'; \
     SET idle_in_transaction_session_timeout TO '30s'";

/// Everything that is read together is of one moment.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Where the database is, and as whom it is asked. Never shows the password.
#[derive(Clone)]
pub struct Address {
    pub(super) options: PgConnectOptions,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        // The parser's own message could show a part of the text.
        let options = PgConnectOptions::from_str(text).ok().filter(|_| is_url);
        let options = options.ok_or("it is not a URL like postgres://user:password@host:5432/database")?;
        Ok(Self { options: options.application_name("conjoin") })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        match options.get_socket() {
            Some(socket) => write!(f, "{database} at {}", socket.display()),
            None => write!(f, "postgres://{}:{}/{database}", options.get_host(), options.get_port()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// A PostgreSQL database.
#[derive(Debug)]
pub struct Postgres {
    address: Address,
    place: String,
    idle: Mutex<Vec<PgConnection>>,
    /// The newest revision that this process has loaded or made.
    seen: AtomicI64,
    /// The introspections that this process has, which need not be read again.
    snapshots: Mutex<HashMap<String, Bytes>>,
    is_reachable: AtomicBool,
    is_closed: AtomicBool,
}

impl Postgres {
    pub(super) async fn open(address: &Address, patience: Duration) -> Result<Self, StoreError> {
        let postgres = Self {
            address: address.clone(),
            place: address.to_string(),
            idle: Mutex::default(),
            seen: AtomicI64::new(-1),
            snapshots: Mutex::default(),
            is_reachable: AtomicBool::new(true),
            is_closed: AtomicBool::new(false),
        };
        let begin = Instant::now();
        let mut pause = Duration::from_millis(100);
        loop {
            let error = match postgres.in_time(LONGEST, postgres.prepare()).await {
                Ok(()) => return Ok(postgres),
                Err(error) => error,
            };
            let is_passing = matches!(error, StoreError::Unreachable { .. } | StoreError::Slow { .. });
            if !is_passing || begin.elapsed() + pause > patience {
                return Err(error);
            }
            let error = &error as &dyn std::error::Error;
            tracing::warn!(target: crate::telemetry::STARTUP, error, "waiting for the metadata store");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Makes the schema what this release needs.
    async fn prepare(&self) -> Result<(), StoreError> {
        let mut connection = self.connect().await?;
        let fault = |error| self.fault(error);
        let made = async {
            let mut transaction = connection.begin().await?;
            sqlx::query(LOCK_SCHEMA).execute(&mut *transaction).await?;
            // Making one that exists would need a right that the user may lack.
            let exists: bool = sqlx::query_scalar("SELECT to_regnamespace('conjoin') IS NOT NULL")
                .fetch_one(&mut *transaction)
                .await?;
            if !exists {
                sqlx::query("CREATE SCHEMA conjoin").execute(&mut *transaction).await?;
            }
            transaction.commit().await
        };
        made.await.map_err(fault)?;
        migrations().run(&mut connection).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) => StoreError::Newer { place: self.place.clone(), version },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => fault(error),
            other => fault(sqlx::Error::Migrate(Box::new(other))),
        })?;
        let completed = async {
            let mut transaction = connection.begin().await?;
            sqlx::query(LOCK_SCHEMA).execute(&mut *transaction).await?;
            sql::complete(&mut transaction).await?;
            transaction.commit().await
        };
        completed.await.map_err(fault)?;
        sqlx::raw_sql(SETTINGS).execute(&mut connection).await.map_err(fault)?;
        self.keep(connection);
        Ok(())
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Whether it answered when it was last asked.
    pub(super) fn is_reachable(&self) -> bool {
        self.is_reachable.load(Ordering::Relaxed)
    }

    /// What was loaded is taken over by this process.
    pub(super) fn saw(&self, revision: i64) {
        self.seen.store(revision, Ordering::Relaxed);
    }

    pub(super) async fn load(&self) -> Result<Rows, StoreError> {
        let known = lock(&self.snapshots).clone();
        let rows = self
            .ask(LOAD, async |connection| {
                let mut transaction = connection.begin_with(BEGIN_READ).await?;
                let rows = sql::load(&mut transaction, &known).await?;
                transaction.commit().await?;
                Ok(rows)
            })
            .await?;
        lock(&self.snapshots).clone_from(&rows.snapshots);
        Ok(rows)
    }

    pub(super) async fn write(&self, write: &Write<'_>) -> Result<Option<u64>, StoreError> {
        // From the moment that the commit is sent, no answer is no refusal.
        let is_sent = AtomicBool::new(false);
        let held = write.held.iter().filter_map(|(_, held)| held.as_ref());
        let n_bytes: usize = write
            .introspections
            .iter()
            .map(|(_, introspection)| introspection)
            .chain(held)
            .map(|introspection| introspection.answer.len())
            .sum();
        let limit = LONGEST + Duration::from_secs((n_bytes / BYTES_PER_SECOND) as u64);
        let outcome = self
            .ask(limit, async |connection| {
                let mut transaction = connection.begin().await?;
                let Some(written) = sql::write(&mut transaction, write).await? else { return Ok(None) };
                if written.is_news {
                    sqlx::query("SELECT pg_notify($1, $2)")
                        .bind(CHANNEL)
                        .bind(written.revision.to_string())
                        .execute(&mut *transaction)
                        .await?;
                }
                is_sent.store(true, Ordering::Relaxed);
                transaction.commit().await?;
                Ok(Some(written))
            })
            .await;
        let lost =
            |error: &StoreError| matches!(error, StoreError::Unreachable { .. } | StoreError::Slow { .. });
        let written = match outcome {
            Err(error) if is_sent.load(Ordering::Relaxed) && lost(&error) => {
                return Err(StoreError::Unknown { place: self.place.clone() });
            }
            outcome => outcome?,
        };
        if let Some(Written { revision, is_news: true, .. }) = written {
            // Only if nobody else wrote in between: what they wrote is still to be loaded.
            let _ = self.seen.compare_exchange(revision - 1, revision, Ordering::Relaxed, Ordering::Relaxed);
        }
        Ok(written.map(|written| written.resource_version.cast_unsigned()))
    }

    pub(super) async fn history(&self, before: i64, limit: i64) -> Result<Vec<Version>, StoreError> {
        self.ask(LONGEST, async |connection| sql::history(connection, before, limit).await).await
    }

    pub(super) async fn version(
        &self,
        resource_version: i64,
    ) -> Result<(Current, Option<Vec<u8>>), StoreError> {
        self.ask(LONGEST, async |connection| {
            let mut transaction = connection.begin_with(BEGIN_READ).await?;
            let found = sql::version(&mut transaction, resource_version).await?;
            transaction.commit().await?;
            Ok(found)
        })
        .await
    }

    pub(super) async fn catalog_state(&self) -> Result<(String, String, String), StoreError> {
        self.ask(LONGEST, async |connection| sql::catalog_state(connection).await).await
    }

    pub(super) async fn has_news(&self) -> Result<bool, StoreError> {
        let revision = self.ask(LONGEST, async |connection| sql::revision(connection).await).await?;
        Ok(revision != self.seen.load(Ordering::Relaxed))
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        self.ask(PING, async |connection| sql::revision(connection).await).await.map(drop)
    }

    pub(super) async fn listen(&self) -> Result<PgListener, StoreError> {
        let listening = async {
            let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT);
            let pool = pool.connect_lazy_with(self.address.options.clone());
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(CHANNEL).await?;
            Ok(listener)
        };
        self.in_time(LONGEST, async { listening.await.map_err(|error| self.fault(error)) }).await
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.is_closed.store(true, Ordering::Relaxed);
        let idle = std::mem::take(&mut *lock(&self.idle));
        for connection in idle {
            // The server frees what belongs to a connection however that ends.
            let _ = tokio::time::timeout(PING, connection.close()).await;
        }
        Ok(())
    }

    /// Runs statements on a connection that works.
    async fn ask<T>(
        &self,
        limit: Duration,
        statements: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let asked = async {
            let mut connection = self.connection().await?;
            let answer = statements(&mut connection).await.map_err(|error| self.fault(error))?;
            self.keep(connection);
            Ok(answer)
        };
        let outcome = self.in_time(limit, asked).await;
        let lost = matches!(outcome, Err(StoreError::Unreachable { .. } | StoreError::Slow { .. }));
        self.is_reachable.store(!lost, Ordering::Relaxed);
        outcome
    }

    async fn in_time<T>(
        &self,
        limit: Duration,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(limit, asked).await {
            Ok(outcome) => outcome,
            Err(_) => Err(StoreError::Slow { place: self.place.clone() }),
        }
    }

    /// A connection that was kept and still answers, else a new one.
    async fn connection(&self) -> Result<PgConnection, StoreError> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(StoreError::Closed { place: self.place.clone() });
        }
        loop {
            let Some(mut kept) = lock(&self.idle).pop() else { break };
            if kept.ping().await.is_ok() {
                return Ok(kept);
            }
        }
        let mut connection = self.connect().await?;
        sqlx::raw_sql(SETTINGS).execute(&mut connection).await.map_err(|error| self.fault(error))?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<PgConnection, StoreError> {
        let connecting = async {
            let mut connection = self.address.options.connect().await.map_err(|error| self.fault(error))?;
            sqlx::raw_sql("SET search_path TO conjoin")
                .execute(&mut connection)
                .await
                .map_err(|error| self.fault(error))?;
            Ok(connection)
        };
        self.in_time(CONNECT, connecting).await
    }

    fn keep(&self, connection: PgConnection) {
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE && !self.is_closed.load(Ordering::Relaxed) {
            idle.push(connection);
        }
    }

    fn fault(&self, source: sqlx::Error) -> StoreError {
        fault(&self.place, source)
    }
}

/// Names the cause of an error; see the appendix on error codes of PostgreSQL's manual.
pub(super) fn fault(place: &str, source: sqlx::Error) -> StoreError {
    let place = place.to_owned();
    let code = match &source {
        sqlx::Error::Database(error) => error.code().map(|code| code.into_owned()),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut => {
            return StoreError::Unreachable { place, source };
        }
        _ => None,
    };
    match code.as_deref() {
        Some("25006") => StoreError::ReadOnly {
            place,
            why: "the database takes no writes, as a standby does; give the server the address of the primary",
        },
        Some("53100") => StoreError::Full { place },
        // Shutting down, starting up, out of connections.
        Some("57P01" | "57P02" | "57P03" | "53300") => StoreError::Unreachable { place, source },
        Some("57014" | "55P03") => StoreError::Slow { place },
        Some("28000" | "28P01" | "3D000" | "42501") => StoreError::Denied { place, source },
        _ => StoreError::Database { place, source },
    }
}

/// Steps from an empty schema to the current one. A released step never changes; the next one is added.
fn migrations() -> Migrator {
    let initial = include_str!("migrations/postgres/0001_initial.sql").into_sql_str();
    Migrator::with_migrations(vec![Migration::new(
        1,
        "initial".into(),
        MigrationType::Simple,
        initial,
        false,
    )])
}

/// The lock; nothing that happens while it is held can panic and leave it half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
