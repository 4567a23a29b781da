//! The last operations, with their upstream requests and times.

use engine::explain::JoinPlan;
use engine::fault::Code;
use engine::operation::OperationKind;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use crate::http::traces;
use crate::telemetry;

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

/// How many are listed unless more are asked for.
const LISTED: u32 = 50;

/// Answers.
pub(super) async fn list(edit: &mut Edit, _path: &str, arguments: Arguments) -> Result<Traces, ApiError> {
    let limit = arguments.limit.unwrap_or(LISTED) as usize;
    let traces = edit.traces.before(arguments.before, limit);
    Ok(Traces {
        traces: traces.iter().map(|trace| Summary::of(trace)).collect(),
        capacity: u32::try_from(edit.traces.capacity()).unwrap_or(u32::MAX),
    })
}

/// Answers.
pub(super) async fn one(edit: &mut Edit, path: &str, arguments: OneArguments) -> Result<Trace, ApiError> {
    let OneArguments { id } = arguments;
    let trace = edit.traces.get(id).ok_or_else(|| {
        let capacity = edit.traces.capacity();
        let message = format!(
            "there is no trace {id}: only the last operations are kept, {capacity} at most (--trace-capacity)"
        );
        ApiError::new(Code::NotExists, format!("{path}.id"), message)
    })?;
    let plan = edit.traces.join_plan(&trace);
    Ok(Trace { summary: Summary::of(&trace), query: trace.text().to_owned(), plan })
}

impl Summary {
    fn of(trace: &traces::Trace) -> Self {
        Self {
            id: trace.id,
            at: telemetry::instant(trace.at),
            role: trace.role.clone().into_owned(),
            operation: trace.operation().map(str::to_owned),
            kind: match trace.kind() {
                OperationKind::Query => "query",
                OperationKind::Mutation => "mutation",
                OperationKind::Subscription => "subscription",
            },
            outcome: match trace.outcome {
                traces::Outcome::Ok => Outcome::Ok,
                traces::Outcome::Partial => Outcome::Partial,
                traces::Outcome::Error => Outcome::Error,
            },
            dur_ns: u64::try_from(trace.took.as_nanos()).unwrap_or(u64::MAX),
            n_requests: u32::try_from(trace.n_requests()).unwrap_or(u32::MAX),
            remote_schemas: trace.remotes(),
        }
    }
}
