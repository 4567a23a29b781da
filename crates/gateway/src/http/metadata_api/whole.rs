//! Commands about the metadata as a whole, and the state that consoles and command lines keep beside it.

use std::collections::BTreeSet;

use engine::catalog::Introspection;
use engine::fault::Code;
use engine::problem::{MetadataObject, Problem, Severity, TelemetryPart};
use metadata::telemetry::{BatchSpanProcessor, Exporter, Status};
use metadata::{Document, OpenTelemetry};
use serde_json::{Value, json};

use super::collections;
use super::command::{Reload, Replace, Selection};
use super::edit::{Answer, Edit, answer, inconsistent, listed, success};
use super::error::ApiError;
use crate::store::StateOwner;

pub(super) fn export(edit: &Edit, with_version: bool) -> Answer {
    let metadata = edit.draft.document().to_json();
    if !with_version {
        return answer(&metadata);
    }
    answer(&json!({"resource_version": edit.draft.resource_version(), "metadata": metadata}))
}

pub(super) async fn replace(edit: &mut Edit, path: &str, args: Replace) -> Result<Answer, ApiError> {
    edit.draft.rebuild(args.document, &BTreeSet::new()).await;
    let problems = edit.draft.problems();
    if !args.allow_inconsistent && inconsistent(&problems).next().is_some() {
        let message = "cannot continue due to inconsistent metadata";
        return Err(ApiError::problems(Code::Unexpected, path, message, inconsistent(&problems)));
    }
    let warnings = warnings(problems.iter());
    if !args.allow_warnings && !warnings.is_empty() {
        let error = ApiError::new(Code::ValidationFailed, path, "failed due to metadata warnings");
        return Err(ApiError {
            code: "metadata-warnings",
            internal: Some(Box::new(warnings.into())),
            ..error
        });
    }
    let mut body = if args.detailed {
        let listed = listed(&problems);
        json!({"is_consistent": listed.is_empty(), "inconsistent_objects": listed})
    } else {
        json!({"message": "success"})
    };
    if !warnings.is_empty() {
        body["warnings"] = warnings.into();
    }
    Ok(answer(&body))
}

pub(super) async fn clear(edit: &mut Edit) -> Answer {
    edit.draft.rebuild(Document::default(), &BTreeSet::new()).await;
    success()
}

/// Asks upstreams again and reports; never fails because of what they answer.
pub(super) async fn reload(edit: &mut Edit, path: &str, args: Reload) -> Result<Answer, ApiError> {
    let document = edit.draft.document().clone();
    let known = |key: &str| -> Vec<String> {
        let names = document.sections.get(key).and_then(Value::as_array).into_iter().flatten();
        names.filter_map(|object| object.get("name")?.as_str().map(str::to_owned)).collect()
    };
    named(&args.reload_sources, &known("sources"), "Source", path)?;
    let remotes: Vec<String> = document.remote_schemas.iter().map(|remote| remote.name.clone()).collect();
    let again = named(&args.reload_remote_schemas, &remotes, "Remote schema", path)?;
    edit.draft.rebuild(document, &again).await;

    let listed = listed(&edit.draft.problems());
    let mut body = json!({"message": "success", "is_consistent": listed.is_empty()});
    if !listed.is_empty() {
        body["inconsistent_objects"] = listed.into();
    }
    Ok(answer(&body))
}

/// The names that a selection means.
fn named(
    selection: &Selection,
    known: &[String],
    kind: &str,
    path: &str,
) -> Result<BTreeSet<String>, ApiError> {
    match selection {
        Selection::All(true) => Ok(known.iter().cloned().collect()),
        Selection::All(false) => Ok(BTreeSet::new()),
        Selection::Some(names) => match names.iter().find(|name| !known.contains(name)) {
            Some(name) => {
                let message = format!(r#"{kind} with name "{name}" not found in metadata"#);
                Err(ApiError::new(Code::NotExists, path, message))
            }
            None => Ok(names.iter().cloned().collect()),
        },
    }
}

pub(super) fn get_inconsistent(edit: &Edit) -> Answer {
    let listed = listed(&edit.draft.problems());
    answer(&json!({"is_consistent": listed.is_empty(), "inconsistent_objects": listed}))
}

/// Removes every object that is not served. Removing one may make those inconsistent that need it, so it goes on until none is left.
pub(super) async fn drop_inconsistent(edit: &mut Edit, path: &str) -> Result<Answer, ApiError> {
    loop {
        let problems = edit.draft.problems();
        let mut document = edit.draft.document().clone();
        let before = document.clone();
        inconsistent(&problems).for_each(|problem| remove(&mut document, &problem.object));
        if document == before {
            if inconsistent(&problems).next().is_none() {
                return Ok(success());
            }
            let message = "cannot continue due to new inconsistent metadata";
            return Err(ApiError::problems(Code::Unexpected, path, message, inconsistent(&problems)));
        }
        edit.draft.rebuild(document, &BTreeSet::new()).await;
    }
}

fn remove(document: &mut Document, object: &MetadataObject) {
    match object {
        MetadataObject::RemoteSchema(name) => document.remote_schemas.retain(|remote| remote.name != *name),
        MetadataObject::Permission { remote_schema, role } => {
            if let Some(remote) = document.remote_schema_mut(remote_schema) {
                remote.permissions.retain(|permission| permission.role != *role);
            }
        }
        MetadataObject::Relationship { remote_schema, type_name, name } => {
            let Some(remote) = document.remote_schema_mut(remote_schema) else { return };
            for of_type in
                remote.remote_relationships.iter_mut().filter(|of_type| of_type.type_name == *type_name)
            {
                of_type.relationships.retain(|relationship| relationship.name != *name);
            }
            remote.remote_relationships.retain(|of_type| !of_type.relationships.is_empty());
        }
        MetadataObject::InheritedRole(name) => {
            document.inherited_roles.retain(|role| role.role_name != *name);
        }
        MetadataObject::SavedQuery { collection, query } => {
            collections::without_query(document, collection, query);
        }
        MetadataObject::RestEndpoint(name) => without_endpoints(document, std::slice::from_ref(name)),
        MetadataObject::RestConflict(names) => without_endpoints(document, names),
        MetadataObject::OpenTelemetry(part) => without_telemetry(document, *part),
        // Nothing in the document is to blame.
        MetadataObject::InheritedPermission { .. } => {}
        MetadataObject::Section(key) => drop(document.sections.shift_remove(key)),
    }
}

/// Takes the part back to what it is when nothing is said. Without an address nothing can be sent, so that is switched off then.
fn without_telemetry(document: &mut Document, part: TelemetryPart) {
    let mut config = document.open_telemetry();
    match part {
        TelemetryPart::All => config = OpenTelemetry::default(),
        TelemetryPart::Exporter => {
            config.exporter_otlp = Exporter::default();
            config.status = Status::Disabled;
        }
        TelemetryPart::BatchSpanProcessor => config.batch_span_processor = BatchSpanProcessor::default(),
    }
    document.set_open_telemetry(&config);
}

fn without_endpoints(document: &mut Document, names: &[String]) {
    let mut endpoints = document.rest_endpoints();
    endpoints.retain(|endpoint| !names.contains(&endpoint.name));
    document.set_rest_endpoints(&endpoints);
}

/// What is being served, for support requests; its shape is not a contract.
pub(super) fn dump(edit: &Edit) -> Answer {
    let catalog = edit.draft.catalog();
    let remotes = edit.draft.document().remote_schemas.iter().map(|remote| {
        let introspection = match edit.draft.introspection(&remote.name) {
            Some(Introspection::Fresh(_)) => "fresh",
            Some(Introspection::Stored { .. }) => "stored",
            Some(Introspection::Missing(_)) | None => "missing",
        };
        let served = catalog.remotes.iter().any(|served| served.name == remote.name);
        json!({"name": remote.name, "introspection": introspection, "served": served})
    });
    let problems = edit.draft.problems();
    let problems = problems.iter().map(|problem| {
        json!({
            "object": problem.object.to_string(),
            "severity": format!("{:?}", problem.severity).to_lowercase(),
            "reason": problem.reason,
        })
    });
    answer(&json!({
        "resource_version": edit.draft.resource_version(),
        "remotes": remotes.collect::<Vec<_>>(),
        "n_relationships": catalog.joins.len(),
        "problems": problems.collect::<Vec<_>>(),
    }))
}

pub(super) async fn catalog_state(edit: &Edit) -> Result<Answer, ApiError> {
    let mut state = edit.hub.catalog_state().await.map_err(|error| ApiError::store(&error))?;
    for (owner, value) in &edit.states {
        match owner {
            StateOwner::Cli => state.cli = value.clone(),
            StateOwner::Console => state.console = value.clone(),
        }
    }
    Ok(answer(&json!({"id": state.id, "cli_state": state.cli, "console_state": state.console})))
}

/// Flaws of what the user wrote. Flaws of an upstream's schema are not the user's to mend and not listed.
pub(super) fn warnings<'p>(problems: impl Iterator<Item = &'p Problem>) -> Vec<Value> {
    let own = problems.filter(|problem| {
        problem.severity == Severity::Warning && !matches!(problem.object, MetadataObject::RemoteSchema(_))
    });
    own.map(|problem| {
        let record = problem.to_json();
        json!({
            "message": problem.reason,
            "type": record["type"],
            "name": record["name"],
            "code": problem.code.as_str(),
        })
    })
    .collect()
}
