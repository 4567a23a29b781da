//! One request's working copy of the metadata, and Hasura's rules for the problems that a change may not make.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::fault::Code;
use engine::problem::{MetadataObject, Problem, Severity};
use metadata::Document;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::error::ApiError;
use super::whole::warnings;
use crate::http::traces::Traces;
use crate::store::StateOwner;
use crate::sync::{Draft, Hub};

/// What a change is told that was not about the object it breaks.
pub(super) const NEWLY_FOUND: &str = "cannot continue due to newly found inconsistent metadata";

/// The answer to a command.
pub(super) type Answer = Box<RawValue>;

/// What the commands of one request have done so far. A clone is a savepoint.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub(super) hub: Hub,
    pub(super) draft: Draft,
    /// What was executed last.
    pub(super) traces: Arc<Traces>,
    /// States of consoles and command lines to be stored.
    pub(super) states: Vec<(StateOwner, Value)>,
    /// Whether errors show their details.
    pub(super) with_internal: bool,
}

impl Edit {
    /// A working copy of the current state.
    pub(super) fn new(hub: &Hub, traces: &Arc<Traces>, with_internal: bool) -> Self {
        let traces = Arc::clone(traces);
        Self { hub: hub.clone(), draft: hub.draft(), traces, states: Vec::new(), with_internal }
    }

    /// Takes a document in which `object` was added or changed. Refused when that object has a new problem, or another object
    /// has become inconsistent.
    pub(super) async fn change_object(
        &mut self,
        path: &str,
        object: &MetadataObject,
        document: Document,
    ) -> Result<(), ApiError> {
        let before = self.draft.problems();
        self.draft.rebuild(document, &BTreeSet::new()).await;
        let after = self.draft.problems();
        let own: Vec<&Problem> = inconsistent(&after)
            .filter(|problem| object.includes(&problem.object) && !before.contains(problem))
            .collect();
        if !own.is_empty() {
            let reasons: Vec<String> = own.iter().map(|problem| reason(problem)).collect();
            return Err(ApiError::problems(Code::InvalidConfiguration, path, reasons.join(", "), own));
        }
        refuse_new(path, &before, &after, "cannot continue due to new inconsistent metadata")
    }

    /// Takes a document in which something was removed, after asking the remotes in `again` once more. Refused when an object
    /// has become inconsistent.
    pub(super) async fn change(
        &mut self,
        path: &str,
        document: Document,
        again: &BTreeSet<String>,
    ) -> Result<(), ApiError> {
        let before = self.draft.problems();
        self.draft.rebuild(document, again).await;
        refuse_new(path, &before, &self.draft.problems(), NEWLY_FOUND).map_err(ApiError::server_fault)
    }

    /// Takes a document in which a remote has another name. Refused when an object has become inconsistent that was not so under
    /// the old name: what is broken can be renamed too.
    pub(super) async fn rename_remote(
        &mut self,
        path: &str,
        old: &str,
        new: &str,
        document: Document,
    ) -> Result<(), ApiError> {
        let mut before = self.draft.problems().to_vec();
        for name in before.iter_mut().filter_map(|problem| remote_of(&mut problem.object)) {
            if name == old {
                new.clone_into(name);
            }
        }
        self.draft.rename(old, new, document).await;
        refuse_new(path, &before.into(), &self.draft.problems(), NEWLY_FOUND).map_err(ApiError::server_fault)
    }
}

/// The remote that an object belongs to.
fn remote_of(object: &mut MetadataObject) -> Option<&mut String> {
    match object {
        MetadataObject::RemoteSchema(name) => Some(name),
        MetadataObject::Permission { remote_schema, .. }
        | MetadataObject::Relationship { remote_schema, .. }
        | MetadataObject::InheritedPermission { remote_schema, .. } => Some(remote_schema),
        _ => None,
    }
}

/// The problems that keep objects from being served.
pub(super) fn inconsistent(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems.iter().filter(|problem| problem.severity == Severity::Inconsistent)
}

/// The problems that `get_inconsistent_metadata` lists: objects that are not served, and remotes served from a stored
/// introspection.
pub(super) fn listed(problems: &[Problem]) -> Vec<Value> {
    problems.iter().filter(|problem| problem.severity != Severity::Warning).map(Problem::to_json).collect()
}

/// Objects that were inconsistent before do not block a change.
fn refuse_new(
    path: &str,
    before: &Arc<[Problem]>,
    after: &Arc<[Problem]>,
    message: &str,
) -> Result<(), ApiError> {
    let known: BTreeSet<&MetadataObject> = inconsistent(before).map(|problem| &problem.object).collect();
    let new: Vec<&Problem> = inconsistent(after).filter(|problem| !known.contains(&problem.object)).collect();
    if new.is_empty() {
        return Ok(());
    }
    Err(ApiError::problems(Code::Unexpected, path, message, new))
}

/// The reason as the inconsistency record has it, with its prefix.
fn reason(problem: &Problem) -> String {
    let record = problem.to_json();
    record["reason"].as_str().unwrap_or(&problem.reason).to_owned()
}

/// An answer from a value.
pub(super) fn answer(value: &impl Serialize) -> Answer {
    // Answers have string keys and finite numbers only, so they can always be written.
    to_raw_value(value).unwrap_or_default()
}

/// A success with the warnings about what was changed, if there are any.
pub(super) fn success_about(edit: &Edit, object: &MetadataObject) -> Answer {
    let problems = edit.draft.problems();
    let warnings = warnings(problems.iter().filter(|problem| problem.object == *object));
    if warnings.is_empty() {
        return success();
    }
    answer(&serde_json::json!({"message": "success", "warnings": warnings}))
}

/// `{"message":"success"}`.
pub(super) fn success() -> Answer {
    answer(&serde_json::json!({"message": "success"}))
}
