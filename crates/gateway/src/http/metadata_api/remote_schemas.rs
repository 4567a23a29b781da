//! Commands about one remote schema.

use std::collections::BTreeSet;

use engine::fault::Code;
use engine::problem::MetadataObject;
use metadata::directory::amend::Amendment;
use metadata::{RelationshipDefinition, RemoteSchema};
use serde_json::value::RawValue;

use super::edit::{Answer, Edit, NEWLY_FOUND, success};
use super::error::ApiError;

pub(super) async fn add(edit: &mut Edit, path: &str, remote: RemoteSchema) -> Result<Answer, ApiError> {
    let name = remote.name.clone();
    let mut document = edit.draft.document().clone();
    if document.remote_schema(&name).is_some() {
        let message = format!(r#"remote schema with name "{name}" already exists"#);
        return Err(ApiError::new(Code::AlreadyExists, path, message));
    }
    document.remote_schemas.push(remote);
    let checked = edit.change_object(path, &MetadataObject::RemoteSchema(name.clone()), document).await;
    // Why the upstream cannot be used says more than that the object is inconsistent.
    if let Some(failure) = edit.draft.failure(&name) {
        return Err(ApiError::failure(path, failure));
    }
    checked.map(|()| success())
}

/// Replaces the definition and the comment; permissions and relationships stay.
pub(super) async fn update(edit: &mut Edit, path: &str, remote: RemoteSchema) -> Result<Answer, ApiError> {
    let name = remote.name;
    let mut document = edit.draft.document().clone();
    let Some(entry) = document.remote_schema_mut(&name) else {
        let message = format!(r#"remote schema with name "{name}" doesn't exist"#);
        return Err(ApiError::new(Code::NotExists, path, message));
    };
    entry.definition = remote.definition;
    entry.comment = remote.comment;
    let failed_before = edit.draft.failure(&name).cloned();
    let checked = edit.change_object(path, &MetadataObject::RemoteSchema(name.clone()), document).await;
    match edit.draft.failure(&name) {
        Some(failure) if Some(failure) != failed_before.as_ref() => Err(ApiError::failure(path, failure)),
        _ => checked.map(|()| success()),
    }
}

/// Removes the remote with its permissions and its own relationships; `cascade` also removes relationships of other remotes
/// that lead to it.
pub(super) async fn remove(
    edit: &mut Edit,
    path: &str,
    name: &str,
    cascade: bool,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    if document.remote_schema(name).is_none() {
        return Err(ApiError::new(Code::NotExists, path, "no such remote schema"));
    }
    document.remote_schemas.retain(|remote| remote.name != name);
    let mut dependents = Vec::new();
    for remote in &mut document.remote_schemas {
        for of_type in &mut remote.remote_relationships {
            let type_name = &of_type.type_name;
            of_type.relationships.retain(|relationship| {
                let leads_here = matches!(&relationship.definition,
                    RelationshipDefinition::ToRemoteSchema(target) if target.remote_schema == name);
                if leads_here {
                    dependents.push(format!(
                        "remote_schema_remote_relationship remote_relationship {} on type {type_name} in remote schema {}",
                        relationship.name, remote.name
                    ));
                }
                !leads_here
            });
        }
        remote.remote_relationships.retain(|of_type| !of_type.relationships.is_empty());
    }
    if !dependents.is_empty() && !cascade {
        let message =
            format!("cannot drop due to the following dependent objects: {}", dependents.join(", "));
        return Err(ApiError::new(Code::DependencyError, path, message));
    }
    edit.change(path, document, &BTreeSet::new()).await?;
    Ok(success())
}

/// Gives the remote another name, also where relationships lead to it. Its schema stays, and nobody is asked for it.
pub(super) async fn rename(edit: &mut Edit, path: &str, old: &str, new: &str) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    if document.remote_schema(old).is_none() {
        let message = format!(r#"remote schema with name "{old}" does not exist"#);
        return Err(ApiError::new(Code::NotExists, format!("{path}.name"), message));
    }
    let new_path = format!("{path}.new_name");
    if new == old {
        let message = format!(r#"remote schema "{old}" has this name already; give it another one"#);
        return Err(ApiError::new(Code::InvalidParams, new_path, message));
    }
    if document.remote_schema(new).is_some() {
        let message = format!(r#"remote schema with name "{new}" already exists"#);
        return Err(ApiError::new(Code::AlreadyExists, new_path, message));
    }
    Amendment::RenameRemote { old: old.to_owned(), new: new.to_owned() }.apply(&mut document);
    edit.rename_remote(path, old, new, document).await?;
    Ok(success())
}

/// Asks the upstream again. The command fails when there is no answer or an answer that makes an object inconsistent, and
/// what was served before goes on being served; `reload_metadata` takes the answer all the same.
pub(super) async fn reload(edit: &mut Edit, path: &str, name: &str) -> Result<Answer, ApiError> {
    let document = edit.draft.document().clone();
    if document.remote_schema(name).is_none() {
        let message = format!(r#"remote schema with name "{name}" does not exist"#);
        return Err(ApiError::new(Code::NotExists, path, message));
    }
    let checked = edit.change(path, document, &BTreeSet::from([name.to_owned()])).await;
    if edit.draft.failure(name).is_some() {
        let problems = edit.draft.problems();
        let own = MetadataObject::RemoteSchema(name.to_owned());
        let problems = problems.iter().filter(|problem| problem.object == own);
        return Err(ApiError::problems(Code::Unexpected, path, NEWLY_FOUND, problems).server_fault());
    }
    checked.map(|()| success())
}

/// The introspection answer as it was received.
pub(super) fn introspect(edit: &Edit, path: &str, name: &str) -> Result<Answer, ApiError> {
    let answer = edit.draft.answer(name).and_then(|answer| String::from_utf8(answer.to_vec()).ok());
    let answer = answer.and_then(|answer| RawValue::from_string(answer).ok());
    let message = || format!(r#"remote schema: "{name}" not found"#);
    answer.ok_or_else(|| ApiError::new(Code::NotExists, path, message()))
}
