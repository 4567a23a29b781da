//! What would change with another metadata document, before it is taken.

use engine::fault::Code;
use metadata::diff::Change;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::shared::{Fault, ProblemRow};
/// Of `compare_metadata`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "ComparisonArguments")]
pub(super) struct Arguments {
    /// The older document: a version of the history; the current one when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) from_version: Option<u64>,
    /// The newer document: a version of the history.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) to_version: Option<u64>,
    /// The newer document itself, as JSON or as the text of a YAML or JSON file; the current one when both are absent.
    #[serde(default)]
    #[ts(optional, type = "unknown")]
    pub(super) to: Option<Value>,
}

/// What differs.
#[derive(Debug, Serialize, TS)]
pub(super) struct Comparison {
    /// What is wrong with the document that was given; nothing else is answered then.
    pub(super) faults: Vec<Fault>,
    /// By object.
    pub(super) changes: Vec<Change>,
    /// What would be wrong that is not now. Remotes are not asked.
    pub(super) new_problems: Vec<ProblemRow>,
    /// What would not be wrong any more.
    pub(super) solved_problems: Vec<ProblemRow>,
    /// Parts that are kept and not served, with the reason.
    pub(super) ignored: Vec<Ignored>,
    /// The older document as YAML.
    pub(super) from_yaml: String,
    /// The newer document as YAML.
    pub(super) to_yaml: String,
    /// The newer document, ready for `replace_metadata`.
    #[ts(type = "unknown")]
    pub(super) metadata: Value,
    /// Of the current metadata.
    pub(super) resource_version: u64,
}

/// A part of a document that is kept and not served.
#[derive(Debug, Serialize, TS)]
pub(super) struct Ignored {
    /// Its key.
    pub(super) section: String,
    /// How many entries it has.
    pub(super) n_entries: u32,
    /// Why it is not served.
    pub(super) reason: String,
}

/// Answers.
pub(super) async fn answer(
    _edit: &mut Edit,
    path: &str,
    _arguments: Arguments,
) -> Result<Comparison, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}
