//! Commands about relationships from one remote schema to another.

use std::collections::BTreeSet;

use engine::fault::Code;
use engine::problem::MetadataObject;
use metadata::{Document, Relationship, RemoteSchema, TypeRelationships};

use super::command::RelationshipArgs;
use super::edit::{Answer, Edit, success};
use super::error::ApiError;

/// Adds the relationship, or overwrites the one of that name.
pub(super) async fn create(edit: &mut Edit, path: &str, args: RelationshipArgs) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let remote = remote(&mut document, &args.remote_schema, path)?;
    match find(remote, &args.type_name, &args.name) {
        Some(existing) => existing.definition = args.definition.clone(),
        None => insert(remote, &args),
    }
    store(edit, path, document, args).await
}

pub(super) async fn update(edit: &mut Edit, path: &str, args: RelationshipArgs) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let remote = remote(&mut document, &args.remote_schema, path)?;
    let Some(existing) = find(remote, &args.type_name, &args.name) else {
        let message = format!(
            r#"no relationship defined on remote schema "{}" with name "{}""#,
            args.remote_schema, args.name
        );
        return Err(ApiError::new(Code::NotExists, path, message));
    };
    existing.definition = args.definition.clone();
    store(edit, path, document, args).await
}

/// Removes the relationship if there is one.
pub(super) async fn delete(
    edit: &mut Edit,
    path: &str,
    remote_schema: &str,
    type_name: &str,
    name: &str,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    if let Some(remote) = document.remote_schema_mut(remote_schema) {
        for of_type in remote.remote_relationships.iter_mut().filter(|of_type| of_type.type_name == type_name)
        {
            of_type.relationships.retain(|relationship| relationship.name != name);
        }
        remote.remote_relationships.retain(|of_type| !of_type.relationships.is_empty());
    }
    edit.change(path, document, &BTreeSet::new()).await?;
    Ok(success())
}

async fn store(
    edit: &mut Edit,
    path: &str,
    document: Document,
    args: RelationshipArgs,
) -> Result<Answer, ApiError> {
    let RelationshipArgs { remote_schema, type_name, name, .. } = args;
    let object = MetadataObject::Relationship { remote_schema, type_name, name };
    edit.change_object(path, &object, document).await?;
    Ok(success())
}

fn remote<'a>(document: &'a mut Document, name: &str, path: &str) -> Result<&'a mut RemoteSchema, ApiError> {
    let message = || format!(r#"remote schema with name "{name}" does not exist; add it first"#);
    document.remote_schema_mut(name).ok_or_else(|| ApiError::new(Code::NotExists, path, message()))
}

fn find<'a>(remote: &'a mut RemoteSchema, type_name: &str, name: &str) -> Option<&'a mut Relationship> {
    remote
        .remote_relationships
        .iter_mut()
        .filter(|of_type| of_type.type_name == type_name)
        .flat_map(|of_type| &mut of_type.relationships)
        .find(|relationship| relationship.name == name)
}

fn insert(remote: &mut RemoteSchema, args: &RelationshipArgs) {
    let relationship = Relationship { name: args.name.clone(), definition: args.definition.clone() };
    match remote.remote_relationships.iter_mut().find(|of_type| of_type.type_name == args.type_name) {
        Some(of_type) => of_type.relationships.push(relationship),
        None => remote
            .remote_relationships
            .push(TypeRelationships { type_name: args.type_name.clone(), relationships: vec![relationship] }),
    }
}
