//! Commands about saved operations and the allow list.

use std::collections::BTreeSet;

use engine::fault::Code;
use metadata::{AllowScope, AllowedCollection, Document, QueryCollection, SavedQuery};
use serde_json::json;

use super::edit::{Answer, Edit, answer, success};
use super::error::ApiError;

pub(super) async fn create(
    edit: &mut Edit,
    path: &str,
    collection: QueryCollection,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let mut collections = document.query_collections();
    refuse_taken(&collections, &collection.name, &format!("{path}.name"))?;
    collections.push(collection);
    document.set_query_collections(&collections);
    change(edit, path, document).await
}

/// Gives a collection another name, under which the allow list and REST endpoints go on knowing it.
pub(super) async fn rename(
    edit: &mut Edit,
    path: &str,
    name: &str,
    new_name: String,
) -> Result<Answer, ApiError> {
    if new_name.is_empty() {
        return Err(ApiError::parse(format!("{path}.new_name"), "empty string not allowed"));
    }
    let mut document = edit.draft.document().clone();
    let mut collections = document.query_collections();
    refuse_taken(&collections, &new_name, &format!("{path}.new_name"))?;
    find(&mut collections, name, &format!("{path}.name"))?.name.clone_from(&new_name);
    document.set_query_collections(&collections);

    let mut allowed = document.allowlist();
    allowed
        .iter_mut()
        .filter(|entry| entry.collection == name)
        .for_each(|entry| entry.collection.clone_from(&new_name));
    document.set_allowlist(&allowed);
    let mut endpoints = document.rest_endpoints();
    endpoints
        .iter_mut()
        .map(|endpoint| &mut endpoint.definition.query)
        .filter(|reference| reference.collection_name == name)
        .for_each(|reference| reference.collection_name.clone_from(&new_name));
    document.set_rest_endpoints(&endpoints);
    change(edit, path, document).await
}

pub(super) async fn drop(edit: &mut Edit, path: &str, name: &str, cascade: bool) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let mut collections = document.query_collections();
    find(&mut collections, name, &format!("{path}.collection"))?;
    collections.retain(|collection| collection.name != name);
    document.set_query_collections(&collections);

    let mut allowed = document.allowlist();
    if allowed.iter().any(|entry| entry.collection == name) {
        if !cascade {
            let message = format!(
                r#"query collection with name "{name}" is present in the allowlist; cannot proceed to drop. please use cascade to confirm you wish to drop it from the allowlist as well"#
            );
            return Err(ApiError::new(Code::DependencyError, path, message));
        }
        allowed.retain(|entry| entry.collection != name);
        document.set_allowlist(&allowed);
    }
    change(edit, path, document).await
}

pub(super) async fn add_query(
    edit: &mut Edit,
    path: &str,
    collection: &str,
    query: SavedQuery,
) -> Result<Answer, ApiError> {
    if query.name.is_empty() {
        return Err(ApiError::parse(format!("{path}.query_name"), "empty string not allowed"));
    }
    let mut document = edit.draft.document().clone();
    let mut collections = document.query_collections();
    let found = find(&mut collections, collection, &format!("{path}.collection_name"))?;
    if found.query(&query.name).is_some() {
        let message =
            format!(r#"query with name "{}" already exists in collection "{collection}""#, query.name);
        return Err(ApiError::new(Code::AlreadyExists, path, message));
    }
    found.definition.queries.push(query);
    document.set_query_collections(&collections);
    change(edit, path, document).await
}

pub(super) async fn drop_query(
    edit: &mut Edit,
    path: &str,
    collection: &str,
    query: &str,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let mut collections = document.query_collections();
    let found = find(&mut collections, collection, &format!("{path}.collection_name"))?;
    if found.query(query).is_none() {
        let message = format!(r#"query with name "{query}" not found in collection "{collection}""#);
        return Err(ApiError::new(Code::NotFound, path, message));
    }
    found.definition.queries.retain(|known| known.name != query);
    document.set_query_collections(&collections);
    change(edit, path, document).await
}

/// Puts a collection on the allow list. One that is there already stays as it is, and the answer says so.
pub(super) async fn allow(edit: &mut Edit, path: &str, entry: AllowedCollection) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    find(&mut document.query_collections(), &entry.collection, &format!("{path}.collection"))?;
    let mut allowed = document.allowlist();
    if allowed.iter().any(|known| known.collection == entry.collection) {
        let message = format!(
            r#"collection "{}" already exists in the allowlist, scope ignored; to change scope, use update_scope_of_collection_in_allowlist"#,
            entry.collection
        );
        return Ok(answer(&json!({"message": message})));
    }
    allowed.push(entry);
    document.set_allowlist(&allowed);
    change(edit, path, document).await
}

pub(super) async fn disallow(edit: &mut Edit, path: &str, collection: &str) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let mut allowed = document.allowlist();
    listed(&mut allowed, collection, path)?;
    allowed.retain(|entry| entry.collection != collection);
    document.set_allowlist(&allowed);
    change(edit, path, document).await
}

pub(super) async fn set_scope(
    edit: &mut Edit,
    path: &str,
    collection: &str,
    scope: AllowScope,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    find(&mut document.query_collections(), collection, &format!("{path}.collection"))?;
    let mut allowed = document.allowlist();
    listed(&mut allowed, collection, path)?.scope = scope;
    document.set_allowlist(&allowed);
    change(edit, path, document).await
}

/// Takes a saved operation out of the document with all that needs it: the endpoints that run it, and its collection when that
/// holds nothing else.
pub(super) fn without_query(document: &mut Document, collection: &str, query: &str) {
    let mut collections = document.query_collections();
    for known in collections.iter_mut().filter(|known| known.name == collection) {
        known.definition.queries.retain(|known| known.name != query);
    }
    let is_empty = |known: &QueryCollection| known.name == collection && known.definition.queries.is_empty();
    if collections.iter().any(is_empty) {
        collections.retain(|known| known.name != collection);
        let mut allowed = document.allowlist();
        allowed.retain(|entry| entry.collection != collection);
        document.set_allowlist(&allowed);
    }
    document.set_query_collections(&collections);
    let mut endpoints = document.rest_endpoints();
    endpoints.retain(|endpoint| {
        let reference = &endpoint.definition.query;
        reference.collection_name != collection || reference.query_name != query
    });
    document.set_rest_endpoints(&endpoints);
}

async fn change(edit: &mut Edit, path: &str, document: Document) -> Result<Answer, ApiError> {
    edit.change(path, document, &BTreeSet::new()).await?;
    Ok(success())
}

fn find<'c>(
    collections: &'c mut [QueryCollection],
    name: &str,
    path: &str,
) -> Result<&'c mut QueryCollection, ApiError> {
    let found = collections.iter_mut().find(|collection| collection.name == name);
    found.ok_or_else(|| {
        let message = format!(r#"query collection with name "{name}" does not exist"#);
        ApiError::new(Code::NotExists, path, message)
    })
}

fn listed<'a>(
    allowed: &'a mut [AllowedCollection],
    collection: &str,
    path: &str,
) -> Result<&'a mut AllowedCollection, ApiError> {
    let found = allowed.iter_mut().find(|entry| entry.collection == collection);
    found.ok_or_else(|| {
        let message = format!(r#"collection "{collection}" doesn't exist in the allowlist"#);
        ApiError::new(Code::NotFound, path, message)
    })
}

fn refuse_taken(collections: &[QueryCollection], name: &str, path: &str) -> Result<(), ApiError> {
    if collections.iter().all(|collection| collection.name != name) {
        return Ok(());
    }
    let message = format!(r#"query collection with name "{name}" already exists"#);
    Err(ApiError::new(Code::AlreadyExists, path, message))
}
