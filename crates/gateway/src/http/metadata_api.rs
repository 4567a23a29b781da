//! `POST /v1/metadata`, and the same commands on the deprecated `/v1/query`.
//!
//! A body is read into a [`command::Command`], which is run on a working copy ([`edit::Edit`]) and stored in one write when all
//! of it succeeded. What is read here comes from [`command`], the commands' effects from the modules named after their
//! objects, and what happens to a stored document is [`crate::sync`].

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use engine::fault::Code;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use serde_json::value::to_raw_value;

use crate::auth::Session;
use crate::http::respond::{self, Noted};
use crate::http::traces::Traces;
use crate::store::{Source, StoreError};
use crate::sync::Hub;

mod collections;
mod command;
mod edit;
mod endpoints;
mod error;
mod history;
mod network;
mod question;
mod relationships;
mod remote_schemas;
mod roles;
mod schema_changes;
mod telemetry;
mod whole;

use command::{Action, Command};
use edit::{Answer, Edit, success};
use error::ApiError;

/// The header by which our own tools say who they are, for the history.
const SOURCE: &str = "x-conjoin-source";

/// How often a change is made anew because another gateway came first, before its caller is told.
const ATTEMPTS: u32 = 20;

/// Who a request comes from, for the history.
pub fn source(headers: &HeaderMap) -> Source {
    match headers.get(SOURCE).map(HeaderValue::as_bytes) {
        Some(b"cli") => Source::Cli,
        Some(b"console") => Source::Console,
        _ => Source::Api,
    }
}

/// Whether a request would leave anything behind. One that cannot be read changes nothing.
pub fn is_writing(body: &[u8]) -> bool {
    let envelope = serde_json::from_slice(body).unwrap_or_default();
    command::read(&envelope, "$").is_ok_and(|command| command.action.is_writing())
}

/// Answers a request of the metadata API. `with_internal` says whether errors show their details.
pub async fn handle(
    hub: &Hub,
    traces: &Arc<Traces>,
    session: &Session,
    source: Source,
    body: Bytes,
    with_internal: bool,
) -> Response {
    match request(hub, traces, session, source, &body, with_internal).await {
        Ok(answer) => respond::json(StatusCode::OK, answer.get().to_owned()),
        Err(error) => {
            let mut response = respond::json(error.status, error.to_json(with_internal).to_string());
            let noted = Noted { error: Some(error.to_json(false)), ..Noted::default() };
            response.extensions_mut().insert(noted);
            response
        }
    }
}

async fn request(
    hub: &Hub,
    traces: &Arc<Traces>,
    session: &Session,
    source: Source,
    body: &[u8],
    with_internal: bool,
) -> Result<Answer, ApiError> {
    if !session.is_admin() {
        return Err(ApiError::new(Code::AccessDenied, "$.args", "restricted access : admin only"));
    }
    let envelope: Value = serde_json::from_slice(body)
        .map_err(|error| ApiError::new(Code::InvalidJson, "$", format!("the body is not JSON: {error}")))?;
    let command = command::read(&envelope, "$")?;
    let expected = match envelope.get("resource_version") {
        None | Some(Value::Null) => None,
        Some(version) => Some(version.as_u64().ok_or_else(|| {
            ApiError::parse("$.resource_version", "expected a whole number that is not negative")
        })?),
    };

    if !command.action.is_modifying() {
        // What another gateway has just acknowledged is seen here too; without the store, the own view has to do.
        hub.look().await;
        let mut edit = Edit::new(hub, traces, with_internal);
        let answer = run(&mut edit, command).await?;
        if !edit.states.is_empty() {
            hub.set_catalog_states(&edit.states).await.map_err(|error| ApiError::store(&error))?;
        }
        return Ok(answer);
    }
    let name = envelope.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut next = Some(command);
    let mut attempt = 1;
    loop {
        let changing = hub.begin().await.by(source, name);
        let changing = changing.catch_up().await.map_err(|error| ApiError::store(&error))?;
        let mut edit = Edit::new(hub, traces, with_internal);
        if let Some(expected) = expected.filter(|expected| *expected != edit.draft.resource_version()) {
            return Err(ApiError::store(&StoreError::Conflict { expected }));
        }
        let command = next.take().map_or_else(|| command::read(&envelope, "$"), Ok)?;
        let answer = run(&mut edit, command).await?;
        match changing.commit(edit.draft, edit.states).await {
            Ok(_) => return Ok(answer),
            // Another gateway came first. Who does not care what the change is made to gets it made to that.
            Err(StoreError::Conflict { .. }) if expected.is_none() && attempt < ATTEMPTS => {
                attempt += 1;
            }
            Err(error) => return Err(ApiError::store(&error)),
        }
    }
}

/// Runs one command on the working copy.
async fn run(edit: &mut Edit, command: Command) -> Result<Answer, ApiError> {
    let Command { path, action } = command;
    let path = &*path;
    match action {
        Action::AddRemoteSchema(remote) => remote_schemas::add(edit, path, remote).await,
        Action::UpdateRemoteSchema(remote) => remote_schemas::update(edit, path, remote).await,
        Action::RemoveRemoteSchema { name, cascade } => {
            remote_schemas::remove(edit, path, &name, cascade).await
        }
        Action::RenameRemoteSchema { name, new_name } => {
            remote_schemas::rename(edit, path, &name, &new_name).await
        }
        Action::ReloadRemoteSchema { name } => remote_schemas::reload(edit, path, &name).await,
        Action::ReloadRemoteSchemas { names, allow_inconsistent } => {
            schema_changes::reload(edit, path, names, allow_inconsistent).await
        }
        Action::GetSchemaChanges { names, fetch } => schema_changes::get(edit, path, names, fetch).await,
        Action::ApplySchemaChanges { names } => schema_changes::apply(edit, path, names).await,
        Action::IntrospectRemoteSchema { name } => remote_schemas::introspect(edit, path, &name),
        Action::CreateRelationship(args) => relationships::create(edit, path, args).await,
        Action::UpdateRelationship(args) => relationships::update(edit, path, args).await,
        Action::DeleteRelationship { remote_schema, type_name, name } => {
            relationships::delete(edit, path, &remote_schema, &type_name, &name).await
        }
        Action::AddPermission { remote_schema, permission } => {
            roles::add_permission(edit, path, remote_schema, permission).await
        }
        Action::DropPermission { remote_schema, role } => {
            roles::drop_permission(edit, path, &remote_schema, &role).await
        }
        Action::AddInheritedRole(role) => roles::add_inherited(edit, path, role).await,
        Action::DropInheritedRole { role_name } => roles::drop_inherited(edit, path, &role_name).await,
        Action::AllowTlsHost(host) => network::allow(edit, path, host).await,
        Action::DisallowTlsHost { host, suffix } => {
            network::disallow(edit, path, &host, suffix.as_deref()).await
        }
        Action::CreateCollection(collection) => collections::create(edit, path, collection).await,
        Action::RenameCollection { name, new_name } => collections::rename(edit, path, &name, new_name).await,
        Action::DropCollection { name, cascade } => collections::drop(edit, path, &name, cascade).await,
        Action::AddQuery { collection, query } => {
            collections::add_query(edit, path, &collection, query).await
        }
        Action::DropQuery { collection, query } => {
            collections::drop_query(edit, path, &collection, &query).await
        }
        Action::AllowCollection(entry) => collections::allow(edit, path, entry).await,
        Action::DisallowCollection { collection } => collections::disallow(edit, path, &collection).await,
        Action::SetAllowScope { collection, scope } => {
            collections::set_scope(edit, path, &collection, scope).await
        }
        Action::CreateEndpoint(endpoint) => endpoints::create(edit, path, endpoint).await,
        Action::DropEndpoint { name } => endpoints::drop(edit, path, &name).await,
        Action::SetIntrospection(options) => roles::set_introspection(edit, path, &options).await,
        Action::SetApiLimits(limits) => telemetry::set_limits(edit, path, &limits).await,
        Action::SetMetricsConfig(config) => telemetry::set_metrics(edit, path, config).await,
        Action::SetOpenTelemetry(config) => telemetry::set_open_telemetry(edit, path, &config).await,
        Action::SetOpenTelemetryStatus(status) => telemetry::set_status(edit, path, &status).await,
        Action::ListSourceKinds => Ok(edit::answer(&serde_json::json!({"sources": []}))),
        Action::ExportMetadata { with_version } => Ok(whole::export(edit, with_version)),
        Action::ReplaceMetadata(args) => whole::replace(edit, path, args).await,
        Action::ClearMetadata => Ok(whole::clear(edit).await),
        Action::ReloadMetadata(args) => whole::reload(edit, path, args).await,
        Action::GetInconsistentMetadata => Ok(whole::get_inconsistent(edit)),
        Action::DropInconsistentMetadata => whole::drop_inconsistent(edit, path).await,
        Action::DumpInternalState => Ok(whole::dump(edit)),
        Action::GetHistory { limit, before } => history::list(edit, limit, before).await,
        Action::ExportVersion { resource_version } => history::export(edit, path, resource_version).await,
        Action::Rollback { resource_version, allow_inconsistent } => {
            history::roll_back(edit, path, resource_version, allow_inconsistent).await
        }
        Action::GetCatalogState => whole::catalog_state(edit).await,
        Action::SetCatalogState { owner, state } => {
            edit.states.push((owner, state));
            Ok(success())
        }
        Action::Ask(question) => question::answer(edit, path, question).await,
        Action::Bulk { members, keep_going } => Box::pin(bulk(edit, members, keep_going)).await,
        Action::BulkAtomic { members: 0 } => Ok(success()),
        Action::BulkAtomic { .. } => {
            let message = "Bulk atomic does not support this command";
            Err(ApiError::new(Code::Unexpected, path, message).server_fault())
        }
    }
}

/// Runs commands in order. The first error ends a plain bulk; one that keeps going undoes what the failing member did.
async fn bulk(edit: &mut Edit, members: Vec<Command>, keep_going: bool) -> Result<Answer, ApiError> {
    let mut answers = Vec::with_capacity(members.len());
    for member in members {
        let savepoint = keep_going.then(|| edit.clone());
        match (run(edit, member).await, savepoint) {
            (Ok(answer), _) => answers.push(answer),
            (Err(error), Some(savepoint)) => {
                *edit = savepoint;
                answers.push(edit::answer(&error.to_json(edit.with_internal)));
            }
            (Err(error), None) => return Err(error),
        }
    }
    Ok(to_raw_value(&answers).unwrap_or_default())
}
