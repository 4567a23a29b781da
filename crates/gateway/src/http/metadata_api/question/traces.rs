//! The last operations, with their upstream requests and times.

use engine::explain::JoinPlan;
use engine::fault::Code;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;

/// Of `get_traces`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "TracesArguments")]
pub(super) struct Arguments {
    /// How many at most; 50 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) limit: Option<u32>,
    /// Older ones than this.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) before: Option<u64>,
}

/// The last operations.
#[derive(Debug, Serialize, TS)]
pub(super) struct Traces {
    /// The newest first.
    pub(super) traces: Vec<Summary>,
    /// How many are kept; 0 when none are.
    pub(super) capacity: u32,
}

/// An operation that was executed.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(rename = "TraceSummary")]
pub(super) struct Summary {
    /// What tells it apart; newer ones have higher ids.
    pub(super) id: u64,
    /// When it began, as RFC 3339 in UTC with milliseconds.
    pub(super) at: String,
    /// The role.
    pub(super) role: String,
    /// Name of the operation.
    pub(super) operation: Option<String>,
    /// `query`, `mutation` or `subscription`.
    pub(super) kind: &'static str,
    /// How it ended.
    pub(super) outcome: Outcome,
    /// From its start to its response.
    pub(super) dur_ns: u64,
    /// Upstream requests.
    pub(super) n_requests: u32,
    /// The remotes that were asked, in that order.
    pub(super) remote_schemas: Vec<String>,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "TraceOutcome")]
pub(super) enum Outcome {
    /// Without errors.
    Ok,
    /// With data and errors.
    Partial,
    /// Without data.
    Error,
}

/// Of `get_trace`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "TraceArguments")]
pub(super) struct OneArguments {
    /// Which.
    pub(super) id: u64,
}

/// An operation with its upstream requests.
#[derive(Debug, Serialize, TS)]
pub(super) struct Trace {
    /// In short.
    pub(super) summary: Summary,
    /// Its text.
    pub(super) query: String,
    /// What was asked of whom, and when.
    pub(super) plan: JoinPlan,
}

/// Answers.
pub(super) async fn list(_edit: &mut Edit, path: &str, _arguments: Arguments) -> Result<Traces, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}

/// Answers.
pub(super) async fn one(_edit: &mut Edit, path: &str, _arguments: OneArguments) -> Result<Trace, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}
