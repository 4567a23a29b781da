//! The metadata of an existing Hasura v2 server, read from its database.
//!
//! Only the one table is read, in one read-only transaction: a Hasura that still runs on it does not notice.

use serde_json::Value;
use sqlx::{ConnectOptions, Connection, PgConnection};

use super::StoreError;
use super::postgres::{self, Address, CONNECT, LONGEST};

/// The document and its version, from the table `hdb_catalog.hdb_metadata`. The document is as Hasura stored it: whether it can
/// be served is for the caller to find out.
pub async fn read(address: &Address) -> Result<(Value, u64), StoreError> {
    let place = address.to_string();
    let reading = async {
        let mut connection = address.options.connect().await?;
        let row = stored(&mut connection).await?;
        // What was read is read, however the connection ends.
        let _ = connection.close().await;
        Ok(row)
    };
    let slow = || StoreError::Slow { place: place.clone() };
    let row = tokio::time::timeout(CONNECT + LONGEST, reading).await.map_err(|_| slow())?;
    let row = row.map_err(|error| match &error {
        // Neither the schema nor the table is there.
        sqlx::Error::Database(cause) if matches!(cause.code().as_deref(), Some("3F000" | "42P01")) => {
            StoreError::NoHasura { place: place.clone() }
        }
        _ => postgres::fault(&place, error),
    })?;
    let Some((text, resource_version)) = row else { return Err(StoreError::NoHasura { place }) };
    let document = serde_json::from_str(&text).map_err(|error| StoreError::Unreadable {
        place,
        what: "a metadata document of Hasura",
        cause: error.to_string(),
    })?;
    Ok((document, resource_version.cast_unsigned()))
}

async fn stored(connection: &mut PgConnection) -> Result<Option<(String, i64)>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN READ ONLY").await?;
    let row = sqlx::query_as(
        "SELECT metadata::text, resource_version::bigint FROM hdb_catalog.hdb_metadata WHERE id = 1",
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    Ok(row)
}
