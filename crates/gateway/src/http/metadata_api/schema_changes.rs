//! Commands about remotes whose schemas change: what is held, serving it, and asking several remotes as one change.

use std::collections::BTreeSet;

use engine::change::Report;
use engine::fault::Code;
use engine::problem::MetadataObject;
use serde_json::{Value, json};

use super::edit::{Answer, Edit, NEWLY_FOUND, answer, listed};
use super::error::ApiError;
use crate::sync::{Introspections, SchemaChange, fingerprint};
use crate::telemetry;

/// What is held, or with `fetch` what remotes answer now and is not served. Nothing is changed by asking.
pub(super) async fn get(
    edit: &Edit,
    path: &str,
    names: Option<Vec<String>>,
    fetch: bool,
) -> Result<Answer, ApiError> {
    let names = known(edit, path, names)?;
    if !fetch {
        let changes = edit.draft.held_changes(Some(&names)).await;
        let changes: Vec<Value> = changes.iter().map(record).collect();
        return Ok(answer(&json!({"changes": changes})));
    }
    let (changes, failures) = edit.draft.live_changes(&names).await;
    let changes: Vec<Value> = changes.iter().map(record).collect();
    let failures =
        failures.iter().map(|(remote, failure)| json!({"remote": remote, "reason": failure.reason}));
    Ok(answer(&json!({"changes": changes, "failures": failures.collect::<Vec<_>>()})))
}

/// Serves what is held of these remotes, whatever it breaks: who names them has seen it.
pub(super) async fn apply(edit: &mut Edit, path: &str, names: Vec<String>) -> Result<Answer, ApiError> {
    let names = known(edit, path, Some(names))?;
    let held = edit.draft.held();
    if let Some(name) = names.iter().find(|name| !held.contains(*name)) {
        let message = format!(r#"no change of remote schema "{name}" is held"#);
        return Err(ApiError::new(Code::NotExists, path, message));
    }
    let before = edit.draft.introspections();
    edit.draft.apply_held(&names).await;
    done(edit, before).await
}

/// Asks remotes again, all at once, and serves all that they answer as one change; or nothing, when one does not answer or
/// something that was served cannot be any more, unless that is allowed.
pub(super) async fn reload(
    edit: &mut Edit,
    path: &str,
    names: Option<Vec<String>>,
    allow_inconsistent: bool,
) -> Result<Answer, ApiError> {
    let names = known(edit, path, names)?;
    let before = edit.draft.introspections();
    let document = edit.draft.document().clone();
    if allow_inconsistent {
        edit.draft.rebuild(document, &names).await;
        return done(edit, before).await;
    }
    let checked = edit.change(path, document, &names).await;
    if names.iter().any(|name| edit.draft.failure(name).is_some()) {
        let problems = edit.draft.problems();
        let silent = problems.iter().filter(|problem| {
            matches!(&problem.object, MetadataObject::RemoteSchema(name)
                if names.contains(name) && edit.draft.failure(name).is_some())
        });
        return Err(ApiError::problems(Code::Unexpected, path, NEWLY_FOUND, silent).server_fault());
    }
    checked?;
    done(edit, before).await
}

/// The remotes that are meant: those of these names, or all.
fn known(edit: &Edit, path: &str, names: Option<Vec<String>>) -> Result<BTreeSet<String>, ApiError> {
    let document = edit.draft.document();
    let Some(names) = names else {
        return Ok(document.remote_schemas.iter().map(|remote| remote.name.clone()).collect());
    };
    match names.iter().find(|name| document.remote_schema(name).is_none()) {
        Some(name) => {
            let message = format!(r#"remote schema with name "{name}" does not exist"#);
            Err(ApiError::new(Code::NotExists, path, message))
        }
        None => Ok(names.into_iter().collect()),
    }
}

/// What the draft changes of the schemas that were served before.
async fn done(edit: &Edit, before: Introspections) -> Result<Answer, ApiError> {
    let report = edit.draft.changes_since(before).await;
    let changes = report.remotes.iter().map(|(remote, changes)| {
        let fingerprint = edit.draft.answer(remote).map(|answer| fingerprint(answer));
        json!({"remote": remote, "fingerprint": fingerprint, "changes": changes})
    });
    let listed = listed(&edit.draft.problems());
    let mut body = json!({
        "message": "success",
        "is_consistent": listed.is_empty(),
        "changes": changes.collect::<Vec<_>>(),
        "affects": report.affects,
        "safe": report.is_safe(),
    });
    if !listed.is_empty() {
        body["inconsistent_objects"] = listed.into();
    }
    Ok(answer(&body))
}

fn record(change: &SchemaChange) -> Value {
    let SchemaChange { remote, fetched_at, fingerprint, report } = change;
    let Report { remotes, affects } = report;
    json!({
        "remote": remote,
        "fetched_at": telemetry::utc(*fetched_at),
        "fingerprint": fingerprint,
        "changes": remotes.get(remote).map(Vec::as_slice).unwrap_or_default(),
        "affects": affects,
        "safe": report.is_safe(),
    })
}
