//! What the stores ask their databases: one text for all of them.
//!
//! The drivers' connections are types of their own, and bounds that cover both are longer than the functions; so this is a
//! macro, expanded once in the module of each database. Beginning and ending transactions is left to those modules.

use std::collections::HashMap;

use bytes::Bytes;

/// The rows of `metadata` and `introspection`, still as text.
pub(super) struct Rows {
    pub(super) document: String,
    pub(super) resource_version: i64,
    pub(super) revision: i64,
    /// Remote, purpose, source, hash, time.
    pub(super) introspections: Vec<(String, String, String, String, i64)>,
    /// The snapshots that the introspections have, by hash.
    pub(super) snapshots: HashMap<String, Bytes>,
}

/// The current document, as text, and its version.
pub(super) struct Current {
    pub(super) document: String,
    pub(super) resource_version: i64,
}

/// Where a write has led to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) resource_version: i64,
    pub(super) revision: i64,
    /// Whether other gateways have to hear of it.
    pub(super) is_news: bool,
}

/// The purpose of an introspection that its remote is served from.
pub(super) const SERVED: &str = "served";

/// The purpose of an introspection that waits to be applied.
pub(super) const HELD: &str = "held";

/// The functions, for one type of connection. `$lock` is what makes a `SELECT` lock its row, where the transaction itself does
/// not lock the whole database.
macro_rules! statements {
    ($connection:ty, $lock:literal) => {
        use std::collections::HashMap;

        use bytes::Bytes;

        use crate::store::packed::{self, Hash};
        use crate::store::statements::{Current, HELD, Rows, SERVED, Written};
        use crate::store::{StateOwner, StoredIntrospection, Version, Write};

        /// What was never done before in a store: it gets an identity, and its history begins with what it has.
        pub(super) async fn complete(connection: &mut $connection) -> Result<(), sqlx::Error> {
            sqlx::query("INSERT INTO catalog_state (id, store_id) VALUES (1, $1) ON CONFLICT (id) DO NOTHING")
                .bind(uuid::Uuid::new_v4().to_string())
                .execute(&mut *connection)
                .await?;
            let n_versions: i64 =
                sqlx::query_scalar("SELECT COUNT(*) FROM version").fetch_one(&mut *connection).await?;
            if n_versions > 0 {
                return Ok(());
            }
            let (document, resource_version): (String, i64) =
                sqlx::query_as(concat!("SELECT document, resource_version FROM metadata WHERE id = 1", $lock))
                    .fetch_one(&mut *connection)
                    .await?;
            let change = crate::store::Change { command: "open_store", ..crate::store::Change::now() };
            keep(connection, &document, resource_version, &change).await
        }

        /// Reads everything but the snapshots that are known already.
        pub(super) async fn load(
            connection: &mut $connection,
            known: &HashMap<String, Bytes>,
        ) -> Result<Rows, sqlx::Error> {
            let (document, resource_version, revision): (String, i64, i64) =
                sqlx::query_as("SELECT document, resource_version, revision FROM metadata WHERE id = 1")
                    .fetch_one(&mut *connection)
                    .await?;
            let introspections: Vec<(String, String, String, String, i64)> = sqlx::query_as(
                "SELECT remote, purpose, source, snapshot, fetched_at FROM introspection ORDER BY remote, purpose",
            )
            .fetch_all(&mut *connection)
            .await?;
            let mut snapshots = HashMap::new();
            for (_, _, _, hash, _) in &introspections {
                let answer = match known.get(hash) {
                    Some(answer) => answer.clone(),
                    None if snapshots.contains_key(hash) => continue,
                    None => {
                        let answer: Vec<u8> =
                            sqlx::query_scalar("SELECT answer FROM snapshot WHERE hash = $1")
                                .bind(hash)
                                .fetch_one(&mut *connection)
                                .await?;
                        Bytes::from(answer)
                    }
                };
                snapshots.insert(hash.clone(), answer);
            }
            Ok(Rows { document, resource_version, revision, introspections, snapshots })
        }

        /// Makes a change; `None` when the document's version is not the expected one.
        pub(super) async fn write(
            connection: &mut $connection,
            write: &Write<'_>,
        ) -> Result<Option<Written>, sqlx::Error> {
            let (before, mut resource_version, mut revision): (String, i64, i64) = sqlx::query_as(concat!(
                "SELECT document, resource_version, revision FROM metadata WHERE id = 1",
                $lock
            ))
            .fetch_one(&mut *connection)
            .await?;
            let mut is_news = false;
            if let Some((document, expected)) = write.document {
                if resource_version != expected.cast_signed() {
                    return Ok(None);
                }
                is_news = true;
                resource_version += 1;
                let text = document.to_json().to_string();
                if text != before {
                    sqlx::query("UPDATE metadata SET document = $1 WHERE id = 1")
                        .bind(&text)
                        .execute(&mut *connection)
                        .await?;
                    keep(connection, &text, resource_version, &write.change).await?;
                    let remembered: Vec<String> =
                        sqlx::query_scalar("SELECT DISTINCT remote FROM introspection")
                            .fetch_all(&mut *connection)
                            .await?;
                    for remote in
                        remembered.iter().filter(|remote| document.remote_schema(remote).is_none())
                    {
                        sqlx::query("DELETE FROM introspection WHERE remote = $1")
                            .bind(remote)
                            .execute(&mut *connection)
                            .await?;
                    }
                }
            }
            for (remote, introspection) in &write.introspections {
                is_news |= remember(connection, remote, SERVED, introspection).await?;
            }
            for (remote, introspection) in &write.held {
                is_news |= match introspection {
                    Some(introspection) => remember(connection, remote, HELD, introspection).await?,
                    None => {
                        let forgotten =
                            sqlx::query("DELETE FROM introspection WHERE remote = $1 AND purpose = $2")
                                .bind(*remote)
                                .bind(HELD)
                                .execute(&mut *connection)
                                .await?;
                        forgotten.rows_affected() > 0
                    }
                };
            }
            for (owner, state) in &write.states {
                let statement = match owner {
                    StateOwner::Cli => "UPDATE catalog_state SET cli_state = $1 WHERE id = 1",
                    StateOwner::Console => "UPDATE catalog_state SET console_state = $1 WHERE id = 1",
                };
                sqlx::query(statement).bind(state.to_string()).execute(&mut *connection).await?;
            }
            if is_news {
                revision += 1;
                sqlx::query("UPDATE metadata SET resource_version = $1, revision = $2 WHERE id = 1")
                    .bind(resource_version)
                    .bind(revision)
                    .execute(&mut *connection)
                    .await?;
                sqlx::query("DELETE FROM snapshot WHERE hash NOT IN (SELECT snapshot FROM introspection)")
                    .execute(&mut *connection)
                    .await?;
            }
            Ok(Some(Written { resource_version, revision, is_news }))
        }

        /// Keeps a document as a version of the history, and forgets the oldest ones.
        async fn keep(
            connection: &mut $connection,
            text: &str,
            resource_version: i64,
            change: &crate::store::Change<'_>,
        ) -> Result<(), sqlx::Error> {
            if change.kept > 0 {
                let hash = Hash::of(text.as_bytes());
                sqlx::query("INSERT INTO document (hash, deflated) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING")
                    .bind(hash.as_str())
                    .bind(packed::deflate(text))
                    .execute(&mut *connection)
                    .await?;
                sqlx::query(
                    "INSERT INTO version (resource_version, at, source, command, document)
                     VALUES ($1, $2, $3, $4, $5)",
                )
                .bind(resource_version)
                .bind(change.at)
                .bind(change.source.as_str())
                .bind(change.command)
                .bind(hash.as_str())
                .execute(&mut *connection)
                .await?;
            }
            let forgotten = sqlx::query(
                "DELETE FROM version WHERE resource_version <=
                 (SELECT resource_version FROM version ORDER BY resource_version DESC LIMIT 1 OFFSET $1)",
            )
            .bind(i64::from(change.kept))
            .execute(&mut *connection)
            .await?;
            if forgotten.rows_affected() > 0 {
                sqlx::query("DELETE FROM document WHERE hash NOT IN (SELECT document FROM version)")
                    .execute(&mut *connection)
                    .await?;
            }
            Ok(())
        }

        /// Remembers an introspection; says whether it differs from the one before.
        async fn remember(
            connection: &mut $connection,
            remote: &str,
            purpose: &str,
            introspection: &StoredIntrospection,
        ) -> Result<bool, sqlx::Error> {
            let hash = Hash::of(&introspection.answer);
            let refreshed = sqlx::query(
                "UPDATE introspection SET fetched_at = $1
                 WHERE remote = $2 AND purpose = $3 AND source = $4 AND snapshot = $5",
            )
            .bind(introspection.fetched_at)
            .bind(remote)
            .bind(purpose)
            .bind(&introspection.source)
            .bind(hash.as_str())
            .execute(&mut *connection)
            .await?;
            if refreshed.rows_affected() > 0 {
                return Ok(false);
            }
            sqlx::query("INSERT INTO snapshot (hash, answer) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING")
                .bind(hash.as_str())
                .bind(&introspection.answer[..])
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO introspection (remote, purpose, source, snapshot, fetched_at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (remote, purpose) DO UPDATE
                 SET source = excluded.source, snapshot = excluded.snapshot, fetched_at = excluded.fetched_at",
            )
            .bind(remote)
            .bind(purpose)
            .bind(&introspection.source)
            .bind(hash.as_str())
            .bind(introspection.fetched_at)
            .execute(&mut *connection)
            .await?;
            Ok(true)
        }

        /// The changes before a version, newest first.
        pub(super) async fn history(
            connection: &mut $connection,
            before: i64,
            limit: i64,
        ) -> Result<Vec<Version>, sqlx::Error> {
            let rows: Vec<(i64, i64, String, String)> = sqlx::query_as(
                "SELECT resource_version, at, source, command FROM version
                 WHERE resource_version < $1 ORDER BY resource_version DESC LIMIT $2",
            )
            .bind(before)
            .bind(limit)
            .fetch_all(&mut *connection)
            .await?;
            let versions = rows.into_iter().map(|(resource_version, at, source, command)| Version {
                resource_version: resource_version.cast_unsigned(),
                at,
                source,
                command,
            });
            Ok(versions.collect())
        }

        /// The current version, and the deflated document of another one if it is kept.
        pub(super) async fn version(
            connection: &mut $connection,
            resource_version: i64,
        ) -> Result<(Current, Option<Vec<u8>>), sqlx::Error> {
            let (document, current): (String, i64) =
                sqlx::query_as("SELECT document, resource_version FROM metadata WHERE id = 1")
                    .fetch_one(&mut *connection)
                    .await?;
            let deflated = sqlx::query_scalar(
                "SELECT document.deflated FROM version JOIN document ON document.hash = version.document
                 WHERE version.resource_version <= $1 ORDER BY version.resource_version DESC LIMIT 1",
            )
            .bind(resource_version)
            .fetch_optional(&mut *connection)
            .await?;
            Ok((Current { document, resource_version: current }, deflated))
        }

        /// Identity, state of the command line, state of the console.
        pub(super) async fn catalog_state(
            connection: &mut $connection,
        ) -> Result<(String, String, String), sqlx::Error> {
            sqlx::query_as("SELECT store_id, cli_state, console_state FROM catalog_state WHERE id = 1")
                .fetch_one(&mut *connection)
                .await
        }

        /// The number of writes that gateways have to hear of.
        pub(super) async fn revision(connection: &mut $connection) -> Result<i64, sqlx::Error> {
            sqlx::query_scalar("SELECT revision FROM metadata WHERE id = 1").fetch_one(&mut *connection).await
        }
    };
}

pub(super) use statements;
