//! The join plan for people and tools: what would be asked of whom, in which order.

use serde::Serialize;

/// The contract of `extensions.joinPlan` and of the explain endpoint.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinPlan {
    /// Version of this contract: 1.
    pub version: u32,
    /// Wall time of the whole run in nanoseconds; absent when not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_ns: Option<u64>,
    /// Most upstream requests the plan can need for one parent answer's keys; `None` when it depends on the data.
    pub max_requests: Option<u64>,
    /// The steps, parents first.
    pub steps: Vec<Step>,
}

/// A step: one kind of upstream request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Number of the step.
    pub id: u32,
    /// Steps whose answers it needs.
    pub depends_on: Vec<u32>,
    /// `root` or `join`.
    pub kind: String,
    /// Metadata name of the remote.
    pub schema: String,
    /// The upstream root field or fields.
    pub field: String,
    /// Where the value goes in the response, with `[]` for lists: `orders[].user`.
    pub path: String,
    /// `none`, `alias` or `list`.
    pub batch: String,
    /// The join key's fields: `Order.user_id`.
    pub keys: Vec<String>,
    /// Upstream operation text; for a join, with one key.
    pub query: String,
    /// Run-time figures; absent when not run.
    #[serde(flatten)]
    pub trace: Option<StepTrace>,
}

/// What a step did in one run.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepTrace {
    /// Sites with a key.
    pub keys_in: u64,
    /// Distinct keys.
    pub keys_unique: u64,
    /// Sites filled.
    pub rows_out: u64,
    /// Start after the request's start.
    pub start_ns: u64,
    /// From the first request's start to the last answer.
    pub dur_ns: u64,
    /// The upstream requests.
    pub requests: Vec<RequestTrace>,
}

/// One upstream request of a run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestTrace {
    /// Start after the client request's start.
    pub start_ns: u64,
    /// Until its answer was read.
    pub dur_ns: u64,
    /// HTTP status; absent when there was no answer.
    pub status: Option<u16>,
    /// Bytes of the answer's body.
    pub bytes: u64,
    /// Operation text.
    pub query: String,
    /// Why there is no answer.
    pub error: Option<String>,
}
