//! The join plan for people and tools: what would be asked of whom, in which order.

use std::fmt::Write as _;

use serde::Serialize;
use ts_rs::TS;

use crate::operation::OperationKind;
use crate::plan::{BatchForm, JoinPlanId, Parent, Plan};

/// The contract of `extensions.joinPlan` and of the explain endpoint.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JoinPlan {
    /// Version of this contract: 1.
    pub version: u32,
    /// Wall time of the whole run in nanoseconds; absent when not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub total_ns: Option<u64>,
    /// Upstream requests when no answer has more keys than fit into one request.
    pub min_requests: u64,
    /// Most upstream requests that one run may make.
    pub max_requests: u64,
    /// The steps, parents first.
    #[ts(type = "Array<Step & Partial<StepTrace>>")]
    pub steps: Vec<Step>,
}

/// A step: one kind of upstream request.
#[derive(Debug, Clone, Serialize, TS)]
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
    /// Most keys in one request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_keys: Option<u64>,
    /// The join key's fields: `Order.user_id`.
    pub keys: Vec<String>,
    /// Upstream operation text; for a join, with one key.
    pub query: String,
    /// Run-time figures; absent when not run.
    #[serde(flatten)]
    #[ts(skip)]
    pub trace: Option<StepTrace>,
}

/// What a step did in one run.
#[derive(Debug, Clone, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepTrace {
    /// Sites with a key.
    pub keys_in: u64,
    /// Distinct keys.
    pub keys_unique: u64,
    /// Sites, or root fields, that got another value than null.
    pub rows_out: u64,
    /// Start after the request's start.
    pub start_ns: u64,
    /// From the first request's start to the last answer.
    pub dur_ns: u64,
    /// The upstream requests.
    pub requests: Vec<RequestTrace>,
}

/// One upstream request of a run.
#[derive(Debug, Clone, Serialize, TS)]
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

impl Plan {
    /// The plan for people and tools. `max_requests` is the limit on upstream requests of one operation.
    pub fn explain(&self, max_requests: usize) -> JoinPlan {
        let n_roots = self.roots.len() as u32;
        let mut steps = Vec::new();
        for (id, root) in self.roots.iter().enumerate() {
            let id = id as u32;
            let is_serial = self.kind != OperationKind::Query && id > 0;
            let fields: Vec<String> = root.slots.iter().map(|slot| slot.path.join(".")).collect();
            steps.push(Step {
                id,
                depends_on: if is_serial { vec![id - 1] } else { Vec::new() },
                kind: "root".into(),
                schema: self.catalog.remote(root.remote).name.clone(),
                field: fields.join(", "),
                path: fields.join(", "),
                batch: "none".into(),
                max_keys: None,
                keys: Vec::new(),
                query: root.text.clone(),
                trace: None,
            });
        }
        for (id, join) in self.joins.iter().enumerate() {
            let relationship = self.catalog.join(join.relationship);
            let parent = match join.parent {
                Parent::Root(root) => root,
                Parent::Join(parent) => n_roots + parent.0,
            };
            let path: Vec<&str> = relationship.path.iter().map(|step| step.field.as_str()).collect();
            let batch = match join.batch {
                BatchForm::Alias { .. } => "alias",
                BatchForm::List { .. } => "list",
            };
            let max_keys = join.batch.max_keys().map(|max| max as u64);
            steps.push(Step {
                id: n_roots + id as u32,
                depends_on: vec![parent],
                kind: "join".into(),
                schema: self.catalog.remote(join.remote).name.clone(),
                field: path.join("."),
                path: join.place.clone(),
                batch: batch.into(),
                max_keys,
                keys: relationship
                    .lhs_fields
                    .iter()
                    .map(|field| format!("{}.{field}", relationship.lhs_type))
                    .collect(),
                query: self.example(JoinPlanId(id as u32)),
                trace: None,
            });
        }
        // Joins that one answer feeds and that go to one remote travel together.
        let mut pairs: Vec<(u32, &str)> = steps
            .iter()
            .filter(|step| step.kind == "join")
            .map(|step| (step.depends_on[0], step.schema.as_str()))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let min_requests = self.roots.len() as u64 + pairs.len() as u64;
        // Below a list there may be any number of keys; elsewhere there is one.
        let is_bounded = self.joins.iter().all(|join| !join.place.contains("[]"));
        let max_requests = if is_bounded { min_requests } else { (max_requests as u64).max(min_requests) };
        JoinPlan { version: 1, total_ns: None, min_requests, max_requests, steps }
    }
}

impl JoinPlan {
    /// The plan as an indented text, each step below the one whose answer it needs.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let requests = if self.min_requests == self.max_requests {
            format!("{}", self.min_requests)
        } else {
            format!("{} to {}", self.min_requests, self.max_requests)
        };
        let _ = writeln!(out, "{requests} upstream requests");
        for step in self.steps.iter().filter(|step| step.kind == "root") {
            self.write_step(&mut out, step, 0);
        }
        out
    }

    fn write_step(&self, out: &mut String, step: &Step, level: usize) {
        let indent = "  ".repeat(level);
        let _ = write!(out, "{indent}{} {}.{}", step.id, step.schema, step.field);
        if step.kind == "join" {
            let keys = step.keys.join(", ");
            let max = step.max_keys.map(|max| format!(", at most {max} keys a request")).unwrap_or_default();
            let _ = write!(out, " -> {}   by {keys}; batch {}{max}", step.path, step.batch);
        }
        if let Some(trace) = &step.trace {
            let ms = trace.dur_ns as f64 / 1e6;
            let _ = write!(
                out,
                "   {ms:.1} ms, {} requests, {} keys, {} unique",
                trace.requests.len(),
                trace.keys_in,
                trace.keys_unique
            );
        }
        let _ = writeln!(out, "\n{indent}    {}", step.query);
        for child in self.steps.iter().filter(|child| child.kind == "join" && child.depends_on == [step.id]) {
            self.write_step(out, child, level + 1);
        }
    }
}
