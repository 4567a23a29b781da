//! How a remote did before: when it stopped answering, and when it answered again.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::fault::Explanation;
use super::remote::{self, address, known};
use crate::sync::Health;
use crate::telemetry;

/// Of `get_remote_schema_health`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "HealthArguments")]
pub(super) struct Arguments {
    /// Which remote.
    remote_schema: String,
}

/// The last changes of a remote's health since the process started, the newest first.
#[derive(Debug, Serialize, TS)]
pub(super) struct HealthHistory {
    changes: Vec<HealthChange>,
}

/// The health of a remote from some moment on.
#[derive(Debug, Serialize, TS)]
struct HealthChange {
    /// When it was noticed, as RFC 3339 in UTC.
    at: String,
    /// What it is from then on.
    health: Health,
    /// Why it does not answer.
    failure: Option<Explanation>,
}

/// Answers.
pub(super) async fn answer(
    edit: &mut Edit,
    path: &str,
    arguments: Arguments,
) -> Result<HealthHistory, ApiError> {
    let url = address(remote::entry(edit, path, &arguments.remote_schema)?);
    let changes = edit.hub.health(&arguments.remote_schema).into_iter().map(|change| HealthChange {
        at: telemetry::utc(change.at),
        health: change.health,
        failure: change.failure.map(|failure| known(&failure, &url)),
    });
    Ok(HealthHistory { changes: changes.collect() })
}
