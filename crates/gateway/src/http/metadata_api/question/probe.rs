//! A remote before it is added or changed: whether it answers, what it has, what of it clashes with what is served, what it would be served as.

use engine::fault::Code;
use engine::outline::Counts;
use metadata::{Customization, RemoteSchemaDefinition};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::shared::{Explanation, Fault};
/// Of `probe_remote_schema`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "ProbeArguments")]
pub(super) struct Arguments {
    /// What it would be called.
    pub(super) name: String,
    /// Its definition, which may still be wrong.
    #[ts(as = "RemoteSchemaDefinition")]
    pub(super) definition: Value,
    /// The remote whose place it takes, when one is changed.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) replaces: Option<String>,
    /// Whether the remote is asked, or only what is known of the one that is replaced is looked at.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub(super) fetch: bool,
}

/// What was found out.
#[derive(Debug, Serialize, TS)]
pub(super) struct Probe {
    /// What is wrong with the definition; the remote is not asked then.
    pub(super) faults: Vec<Fault>,
    /// Why there is no schema.
    pub(super) failure: Option<Explanation>,
    /// How long the remote took to answer.
    pub(super) ms: Option<f64>,
    /// How much it has.
    pub(super) counts: Option<Counts>,
    /// What is odd about its schema.
    pub(super) warnings: Vec<String>,
    /// Variables that the definition names, and whether they are set.
    pub(super) variables: Vec<Variable>,
    /// Names that something else has already.
    pub(super) clashes: Vec<Clash>,
    /// A customization that clashes with nothing; absent when there is no need.
    pub(super) proposed: Option<Customization>,
    /// Names that are served otherwise.
    pub(super) renames: Vec<Rename>,
    /// The schema as it would be served.
    pub(super) sdl: Option<String>,
    /// The entry of `remote_schemas.yaml`.
    pub(super) yaml: String,
    /// The command that does the same.
    pub(super) cli: String,
}

/// An environment variable of the server. Its value is never told.
#[derive(Debug, Serialize, TS)]
pub(super) struct Variable {
    /// Its name.
    pub(super) name: String,
    /// Whether it is set.
    pub(super) is_set: bool,
}

/// A name that something else has already.
#[derive(Debug, Serialize, TS)]
pub(super) struct Clash {
    /// What it is a name of: `type`, `query`, `mutation` or `subscription`.
    pub(super) kind: &'static str,
    /// The name.
    pub(super) name: String,
    /// The remote that has it; absent when Conjoin itself does.
    pub(super) remote_schema: Option<String>,
    /// How the two differ, in one sentence.
    pub(super) reason: String,
}

/// A name that is served otherwise.
#[derive(Debug, Serialize, TS)]
pub(super) struct Rename {
    /// What it is a name of: `type`, `field` or `root_field`.
    pub(super) kind: &'static str,
    /// The type it is of, when it is a field.
    pub(super) parent: Option<String>,
    /// Original name.
    pub(super) before: String,
    /// Served name.
    pub(super) after: String,
}

/// Answers.
pub(super) async fn answer(_edit: &mut Edit, path: &str, _arguments: Arguments) -> Result<Probe, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}
