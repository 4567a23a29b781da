//! Commands about what the metadata was: list, show, go back.

use engine::fault::Code;
use metadata::Document;
use serde::Serialize;
use serde_json::json;
use ts_rs::TS;

use super::command::Replace;
use super::edit::{Answer, Edit, answer};
use super::error::ApiError;
use super::whole;
use crate::store::Past;
use crate::telemetry;

/// The answer to `get_metadata_history`.
#[derive(Debug, Serialize, TS)]
pub(super) struct MetadataHistory {
    /// The newest first.
    history: Vec<MetadataVersion>,
}

/// A version of the metadata, without the document.
#[derive(Debug, Serialize, TS)]
struct MetadataVersion {
    /// Its number.
    resource_version: u64,
    /// When it was made: RFC 3339, in UTC.
    at: String,
    /// Who made it.
    source: String,
    /// The command that did.
    command: String,
}

/// The changes of the document before a version, newest first.
pub(super) async fn list(edit: &Edit, limit: u32, before: Option<u64>) -> Result<Answer, ApiError> {
    let versions = edit.hub.history(before, limit).await.map_err(|error| ApiError::store(&error))?;
    let history = versions.into_iter().map(|version| MetadataVersion {
        resource_version: version.resource_version,
        at: telemetry::utc(version.at),
        source: version.source,
        command: version.command,
    });
    Ok(answer(&MetadataHistory { history: history.collect() }))
}

/// The document as it was in a version.
pub(super) async fn export(edit: &Edit, path: &str, resource_version: u64) -> Result<Answer, ApiError> {
    let document = past(edit, path, resource_version).await?;
    Ok(answer(&json!({"resource_version": resource_version, "metadata": document.to_json()})))
}

/// Makes the document of a version the next one, by the rules of `replace_metadata`.
pub(super) async fn roll_back(
    edit: &mut Edit,
    path: &str,
    resource_version: u64,
    allow_inconsistent: bool,
) -> Result<Answer, ApiError> {
    let document = past(edit, path, resource_version).await?;
    let replace = Replace { document, allow_inconsistent, allow_warnings: true, detailed: true };
    whole::replace(edit, path, replace).await
}

/// The document of a version.
pub(super) async fn past(edit: &Edit, path: &str, resource_version: u64) -> Result<Document, ApiError> {
    let past = edit.hub.version(resource_version).await.map_err(|error| ApiError::store(&error))?;
    let message = match past {
        Past::Kept(document) => return Ok(*document),
        Past::Forgotten => format!(
            "version {resource_version} of the metadata is not kept any more; get_metadata_history lists those that are"
        ),
        Past::NotYet { current } => {
            format!(
                "there is no version {resource_version} of the metadata yet; the current one is {current}"
            )
        }
    };
    Err(ApiError::new(Code::NotExists, path, message))
}
