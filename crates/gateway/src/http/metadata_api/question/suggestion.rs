//! Relationships that the schemas suggest.

use engine::fault::Code;
use metadata::RelationshipDefinition;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::relationship::{BatchForm, Mapping, Target};
/// Of `suggest_relationships`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "SuggestionsArguments")]
pub(super) struct Arguments {
    /// On types of this remote only.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) remote_schema: Option<String>,
    /// The lowest score; 0.5 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) min_score: Option<f64>,
    /// How many at most; 100 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) limit: Option<u32>,
    /// Whether a few keys of each are tried on the remotes.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub(super) probe: bool,
}

/// Relationships that might be wanted.
#[derive(Debug, Serialize, TS)]
pub(super) struct Suggestions {
    /// The best first; none that the metadata has already.
    pub(super) suggestions: Vec<Suggestion>,
}

/// A relationship that might be wanted.
#[derive(Debug, Serialize, TS)]
pub(super) struct Suggestion {
    /// What tells it apart, the same at each call: `orders.Order.user`.
    pub(super) id: String,
    /// How sure it is, from 0 to 1.
    pub(super) score: f64,
    /// The remote of the type.
    pub(super) remote_schema: String,
    /// The type.
    pub(super) type_name: String,
    /// A free name.
    pub(super) name: String,
    /// Its definition.
    pub(super) definition: RelationshipDefinition,
    /// Where it leads.
    pub(super) target: Target,
    /// How arguments get their values.
    pub(super) mapping: Vec<Mapping>,
    /// How keys would be sent.
    pub(super) batch: BatchForm,
    /// Why it is suggested, one sentence each.
    pub(super) reasons: Vec<String>,
    /// What came of trying a few keys.
    pub(super) hits: Option<Hits>,
}

/// What came of trying a few keys.
#[derive(Debug, Serialize, TS)]
pub(super) struct Hits {
    /// Keys that were tried.
    pub(super) asked: u32,
    /// Keys with a value.
    pub(super) found: u32,
    /// Why none was tried.
    pub(super) failure: Option<String>,
}

/// Answers.
pub(super) async fn answer(
    _edit: &mut Edit,
    path: &str,
    _arguments: Arguments,
) -> Result<Suggestions, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}
