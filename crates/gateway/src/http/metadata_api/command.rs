//! The commands of the metadata API, read from their envelopes. Everything that can be refused without knowing the current
//! metadata is refused here, so that a bulk with a malformed member does nothing at all.

use engine::fault::Code;
use metadata::network::TlsAllow;
use metadata::telemetry::Status;
use metadata::{
    AllowScope, AllowedCollection, ApiLimits, Document, InheritedRole, IntrospectionOptions, MetricsConfig,
    OpenTelemetry, Permission, QueryCollection, RelationshipDefinition, RemoteSchema, RestEndpoint,
    SavedQuery,
};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::ApiError;
use super::question::{self, Question};
use crate::store::StateOwner;

/// A command and where it stands in the request.
#[derive(Debug)]
pub(super) struct Command {
    /// JSONPath of its `args`, which is where its errors point.
    pub(super) path: String,
    pub(super) action: Action,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Action {
    AddRemoteSchema(RemoteSchema),
    UpdateRemoteSchema(RemoteSchema),
    RemoveRemoteSchema { name: String, cascade: bool },
    RenameRemoteSchema { name: String, new_name: String },
    ReloadRemoteSchema { name: String },
    IntrospectRemoteSchema { name: String },
    ReloadRemoteSchemas { names: Option<Vec<String>>, allow_inconsistent: bool },
    GetSchemaChanges { names: Option<Vec<String>>, fetch: bool },
    ApplySchemaChanges { names: Vec<String> },
    CreateRelationship(RelationshipArgs),
    UpdateRelationship(RelationshipArgs),
    DeleteRelationship { remote_schema: String, type_name: String, name: String },
    AddPermission { remote_schema: String, permission: Permission },
    DropPermission { remote_schema: String, role: String },
    AddInheritedRole(InheritedRole),
    DropInheritedRole { role_name: String },
    AllowTlsHost(TlsAllow),
    DisallowTlsHost { host: String, suffix: Option<String> },
    CreateCollection(QueryCollection),
    RenameCollection { name: String, new_name: String },
    DropCollection { name: String, cascade: bool },
    AddQuery { collection: String, query: SavedQuery },
    DropQuery { collection: String, query: String },
    AllowCollection(AllowedCollection),
    DisallowCollection { collection: String },
    SetAllowScope { collection: String, scope: AllowScope },
    CreateEndpoint(RestEndpoint),
    DropEndpoint { name: String },
    SetIntrospection(IntrospectionOptions),
    SetApiLimits(ApiLimits),
    SetMetricsConfig(MetricsConfig),
    SetOpenTelemetry(OpenTelemetry),
    SetOpenTelemetryStatus(Status),
    ListSourceKinds,
    ExportMetadata { with_version: bool },
    ReplaceMetadata(Replace),
    ClearMetadata,
    ReloadMetadata(Reload),
    GetInconsistentMetadata,
    DropInconsistentMetadata,
    DumpInternalState,
    GetHistory { limit: u32, before: Option<u64> },
    ExportVersion { resource_version: u64 },
    Rollback { resource_version: u64, allow_inconsistent: bool },
    GetCatalogState,
    SetCatalogState { owner: StateOwner, state: Value },
    Ask(Question),
    Bulk { members: Vec<Command>, keep_going: bool },
    BulkAtomic { members: usize },
}

/// A relationship and where it is defined.
#[derive(Debug, Deserialize)]
pub(super) struct RelationshipArgs {
    pub(super) remote_schema: String,
    pub(super) type_name: String,
    pub(super) name: String,
    #[serde(deserialize_with = "metadata::relationship::strict")]
    pub(super) definition: RelationshipDefinition,
}

/// Arguments of `replace_metadata`.
#[derive(Debug)]
pub(super) struct Replace {
    pub(super) document: Document,
    pub(super) allow_inconsistent: bool,
    pub(super) allow_warnings: bool,
    /// Whether the answer lists what is inconsistent, or is a plain success.
    pub(super) detailed: bool,
}

/// Arguments of `reload_metadata`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reload {
    pub(super) reload_remote_schemas: Selection,
    pub(super) reload_sources: Selection,
    /// Read, so that a mistake is found; there are none to reload.
    #[serde(rename = "reload_data_connectors")]
    _data_connectors: Selection,
    /// The same.
    #[serde(rename = "recreate_event_triggers")]
    _event_triggers: Selection,
}

/// All, none or some objects.
#[derive(Debug)]
pub(super) enum Selection {
    All(bool),
    Some(Vec<String>),
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct AllOrSome;

        impl<'de> Visitor<'de> for AllOrSome {
            type Value = Selection;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("true, false or a list of names")
            }

            fn visit_bool<E>(self, all: bool) -> Result<Selection, E> {
                Ok(Selection::All(all))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Selection, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(names)).map(Selection::Some)
            }
        }

        input.deserialize_any(AllOrSome)
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self::All(true)
    }
}

impl Action {
    /// Whether the command makes a new version of the metadata, even when nothing changes in it.
    pub(super) fn is_modifying(&self) -> bool {
        match self {
            Self::Ask(_)
            | Self::IntrospectRemoteSchema { .. }
            | Self::GetSchemaChanges { .. }
            | Self::ExportMetadata { .. }
            | Self::GetInconsistentMetadata
            | Self::DumpInternalState
            | Self::GetHistory { .. }
            | Self::ExportVersion { .. }
            | Self::ListSourceKinds
            | Self::GetCatalogState
            | Self::SetCatalogState { .. }
            | Self::BulkAtomic { .. } => false,
            Self::Bulk { members, .. } => members.iter().any(|member| member.action.is_modifying()),
            _ => true,
        }
    }

    /// Whether the command leaves anything behind, be it only what tools keep for themselves.
    pub(super) fn is_writing(&self) -> bool {
        match self {
            Self::SetCatalogState { .. } => true,
            Self::Bulk { members, .. } => members.iter().any(|member| member.action.is_writing()),
            action => action.is_modifying(),
        }
    }
}

/// Reads an envelope that stands at `path` in the request.
pub(super) fn read(envelope: &Value, path: &str) -> Result<Command, ApiError> {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "type")]
        kind: String,
        version: Option<u64>,
    }
    let Envelope { kind, version } = decode(envelope, path)?;
    let args = envelope.get("args");
    let version = version.unwrap_or(1);
    if !matches!(version, 1 | 2) {
        return Err(ApiError::parse(format!("{path}.version"), "expected 1 or 2"));
    }
    if version == 2 && !matches!(&*kind, "export_metadata" | "replace_metadata") {
        let message = format!(
            r#"command "{kind}" has no version 2; only "export_metadata" and "replace_metadata" have, so leave "version" out"#
        );
        return Err(ApiError::parse(path, message));
    }
    let args_path = format!("{path}.args");
    let missing = || ApiError::parse(path, "the key 'args' was not present");
    // Unknown commands are told so before anything is said about their arguments.
    let question = args.and_then(|args| question::read(&kind, args, &args_path));
    let question = question.map(|question| question.map(Action::Ask));
    let action = question
        .or_else(|| action(&kind, version, args.ok_or_else(missing), &args_path))
        .unwrap_or_else(|| Err(unknown(&kind, path, &args_path)))?;
    Ok(Command { path: args_path, action })
}

/// The action of a command; `None` when there is no such command.
fn action(
    kind: &str,
    version: u64,
    args: Result<&Value, ApiError>,
    path: &str,
) -> Option<Result<Action, ApiError>> {
    let read: fn(&Value, &str, u64) -> Result<Action, ApiError> = match kind {
        "add_remote_schema" => |args, path, _| remote_schema(args, path).map(Action::AddRemoteSchema),
        "update_remote_schema" => |args, path, _| remote_schema(args, path).map(Action::UpdateRemoteSchema),
        "remove_remote_schema" => |args, path, _| {
            let NameArgs { name, cascade } = decode(args, path)?;
            Ok(Action::RemoveRemoteSchema { name, cascade })
        },
        "rename_remote_schema" => |args, path, _| {
            let RenameArgs { name, new_name } = decode(args, path)?;
            match new_name.is_empty() {
                true => Err(ApiError::parse(format!("{path}.new_name"), "empty string not allowed")),
                false => Ok(Action::RenameRemoteSchema { name, new_name }),
            }
        },
        "reload_remote_schema" => {
            |args, path, _| Ok(Action::ReloadRemoteSchema { name: decode::<NameArgs>(args, path)?.name })
        }
        "introspect_remote_schema" => {
            |args, path, _| Ok(Action::IntrospectRemoteSchema { name: decode::<NameArgs>(args, path)?.name })
        }
        "reload_remote_schemas" => |args, path, _| {
            let ReloadArgs { names, allow_inconsistent_metadata: allow_inconsistent } = decode(args, path)?;
            Ok(Action::ReloadRemoteSchemas { names, allow_inconsistent })
        },
        "get_remote_schema_changes" => |args, path, _| {
            let ChangesArgs { names, fetch } = decode(args, path)?;
            Ok(Action::GetSchemaChanges { names, fetch })
        },
        "apply_remote_schema_changes" => |args, path, _| {
            let ApplyArgs { names } = decode(args, path)?;
            match names.is_empty() {
                true => Err(ApiError::parse(format!("{path}.names"), "expected at least one name")),
                false => Ok(Action::ApplySchemaChanges { names }),
            }
        },
        "create_remote_schema_remote_relationship" => {
            |args, path, _| Ok(Action::CreateRelationship(decode(args, path)?))
        }
        "update_remote_schema_remote_relationship" => {
            |args, path, _| Ok(Action::UpdateRelationship(decode(args, path)?))
        }
        "delete_remote_schema_remote_relationship" => |args, path, _| {
            let RelationshipName { remote_schema, type_name, name } = decode(args, path)?;
            Ok(Action::DeleteRelationship { remote_schema, type_name, name })
        },
        "add_remote_schema_permissions" => |args, path, _| permission(args, path),
        "drop_remote_schema_permissions" => |args, path, _| {
            let PermissionName { remote_schema, role } = decode(args, path)?;
            Ok(Action::DropPermission { remote_schema, role })
        },
        "add_inherited_role" => |args, path, _| Ok(Action::AddInheritedRole(decode(args, path)?)),
        "drop_inherited_role" => |args, path, _| {
            let RoleName { role_name } = decode(args, path)?;
            Ok(Action::DropInheritedRole { role_name })
        },
        "add_host_to_tls_allowlist" => |args, path, _| tls_host(args, path).map(Action::AllowTlsHost),
        "drop_host_from_tls_allowlist" => |args, path, _| {
            let TlsAllow { host, suffix, .. } = tls_host(args, path)?;
            Ok(Action::DisallowTlsHost { host, suffix })
        },
        "create_query_collection" => |args, path, _| collection(args, path).map(Action::CreateCollection),
        "rename_query_collection" => |args, path, _| {
            let RenameArgs { name, new_name } = decode(args, path)?;
            Ok(Action::RenameCollection { name, new_name })
        },
        "drop_query_collection" => |args, path, _| {
            let DropCollectionArgs { collection, cascade } = decode(args, path)?;
            Ok(Action::DropCollection { name: collection, cascade })
        },
        "add_query_to_collection" => |args, path, _| {
            let AddQueryArgs { collection_name, query_name, query } = decode(args, path)?;
            let query = SavedQuery { name: query_name, query };
            Ok(Action::AddQuery { collection: collection_name, query })
        },
        "drop_query_from_collection" => |args, path, _| {
            let QueryArgs { collection_name, query_name } = decode(args, path)?;
            Ok(Action::DropQuery { collection: collection_name, query: query_name })
        },
        "add_collection_to_allowlist" => |args, path, _| Ok(Action::AllowCollection(decode(args, path)?)),
        "drop_collection_from_allowlist" => |args, path, _| {
            let CollectionArgs { collection } = decode(args, path)?;
            Ok(Action::DisallowCollection { collection })
        },
        "update_scope_of_collection_in_allowlist" => |args, path, _| {
            let ScopeArgs { collection, scope } = decode(args, path)?;
            Ok(Action::SetAllowScope { collection, scope })
        },
        "create_rest_endpoint" => |args, path, _| Ok(Action::CreateEndpoint(decode(args, path)?)),
        "drop_rest_endpoint" => {
            |args, path, _| Ok(Action::DropEndpoint { name: decode::<NameArgs>(args, path)?.name })
        }
        "set_graphql_schema_introspection_options" => |args, path, _| introspection(args, path),
        "set_api_limits" => |args, path, _| Ok(Action::SetApiLimits(decode(args, path)?)),
        "remove_api_limits" => |_, _, _| Ok(Action::SetApiLimits(ApiLimits::default())),
        "set_metrics_config" => |args, path, _| Ok(Action::SetMetricsConfig(decode(args, path)?)),
        "remove_metrics_config" => |_, _, _| Ok(Action::SetMetricsConfig(MetricsConfig::default())),
        "set_opentelemetry_config" => |args, path, _| Ok(Action::SetOpenTelemetry(decode(args, path)?)),
        "set_opentelemetry_status" => |args, path, _| Ok(Action::SetOpenTelemetryStatus(decode(args, path)?)),
        "list_source_kinds" => |_, _, _| Ok(Action::ListSourceKinds),
        "export_metadata" => |_, _, version| Ok(Action::ExportMetadata { with_version: version == 2 }),
        "replace_metadata" => |args, path, version| replace(args, path, version).map(Action::ReplaceMetadata),
        "clear_metadata" => |_, _, _| Ok(Action::ClearMetadata),
        "reload_metadata" => |args, path, _| Ok(Action::ReloadMetadata(decode(args, path)?)),
        "get_inconsistent_metadata" => |_, _, _| Ok(Action::GetInconsistentMetadata),
        "drop_inconsistent_metadata" => |_, _, _| Ok(Action::DropInconsistentMetadata),
        "dump_internal_state" => |_, _, _| Ok(Action::DumpInternalState),
        "get_metadata_history" => |args, path, _| {
            let HistoryArgs { limit, before } = decode(args, path)?;
            Ok(Action::GetHistory { limit, before })
        },
        "export_metadata_version" => |args, path, _| {
            let VersionArgs { resource_version, .. } = decode(args, path)?;
            Ok(Action::ExportVersion { resource_version })
        },
        "rollback_metadata" => |args, path, _| {
            let VersionArgs { resource_version, allow_inconsistent_metadata } = decode(args, path)?;
            Ok(Action::Rollback { resource_version, allow_inconsistent: allow_inconsistent_metadata })
        },
        "get_catalog_state" => |_, _, _| Ok(Action::GetCatalogState),
        "set_catalog_state" => |args, path, _| {
            let StateArgs { owner, state } = decode(args, path)?;
            Ok(Action::SetCatalogState { owner, state })
        },
        "bulk" => |args, path, _| Ok(Action::Bulk { members: members(args, path)?, keep_going: false }),
        "bulk_keep_going" => {
            |args, path, _| Ok(Action::Bulk { members: members(args, path)?, keep_going: true })
        }
        "bulk_atomic" => |args, path, _| Ok(Action::BulkAtomic { members: members(args, path)?.len() }),
        _ => return None,
    };
    let args = match kind {
        // These two are complete without.
        "remove_api_limits" | "remove_metrics_config" => Ok(args.unwrap_or(&Value::Null)),
        _ => args,
    };
    Some(args.and_then(|args| read(args, path, version)))
}

#[derive(Deserialize)]
struct NameArgs {
    name: String,
    #[serde(default)]
    cascade: bool,
}

#[derive(Deserialize)]
struct ReloadArgs {
    names: Option<Vec<String>>,
    #[serde(default)]
    allow_inconsistent_metadata: bool,
}

#[derive(Deserialize)]
struct ChangesArgs {
    names: Option<Vec<String>>,
    #[serde(default)]
    fetch: bool,
}

#[derive(Deserialize)]
struct ApplyArgs {
    names: Vec<String>,
}

#[derive(Deserialize)]
struct RelationshipName {
    remote_schema: String,
    type_name: String,
    name: String,
}

#[derive(Deserialize)]
struct PermissionName {
    remote_schema: String,
    role: String,
}

#[derive(Deserialize)]
struct RoleName {
    role_name: String,
}

#[derive(Deserialize)]
struct HistoryArgs {
    #[serde(default = "HistoryArgs::limit")]
    limit: u32,
    before: Option<u64>,
}

impl HistoryArgs {
    fn limit() -> u32 {
        50
    }
}

#[derive(Deserialize)]
struct VersionArgs {
    resource_version: u64,
    #[serde(default)]
    allow_inconsistent_metadata: bool,
}

#[derive(Deserialize)]
struct StateArgs {
    #[serde(rename = "type")]
    owner: StateOwner,
    state: Value,
}

#[derive(Deserialize)]
struct RenameArgs {
    name: String,
    new_name: String,
}

#[derive(Deserialize)]
struct DropCollectionArgs {
    collection: String,
    cascade: bool,
}

#[derive(Deserialize)]
struct AddQueryArgs {
    collection_name: String,
    query_name: String,
    query: String,
}

#[derive(Deserialize)]
struct QueryArgs {
    collection_name: String,
    query_name: String,
}

#[derive(Deserialize)]
struct CollectionArgs {
    collection: String,
}

#[derive(Deserialize)]
struct ScopeArgs {
    collection: String,
    scope: AllowScope,
}

/// How many bulks may be inside each other. Running one takes a good part of a thread's stack.
const MAX_NESTED_BULKS: usize = 4;

fn members(args: &Value, path: &str) -> Result<Vec<Command>, ApiError> {
    // Every bulk on the way here has added its own `args` to the path.
    if path.matches(".args").count() > MAX_NESTED_BULKS {
        let message = format!(
            "at most {MAX_NESTED_BULKS} bulks may be inside each other; put the commands into one list"
        );
        return Err(ApiError::new(Code::LimitExceeded, path, message));
    }
    let members: Vec<Value> = decode(args, path)?;
    members.iter().enumerate().map(|(i, member)| read(member, &format!("{path}[{i}]"))).collect()
}

fn replace(args: &Value, path: &str, version: u64) -> Result<Replace, ApiError> {
    #[derive(Deserialize)]
    struct Args {
        #[serde(default)]
        allow_inconsistent_metadata: bool,
        #[serde(default = "yes")]
        allow_warnings: bool,
        metadata: Value,
    }
    fn yes() -> bool {
        true
    }
    let detailed = version == 2 || args.get("metadata").is_some();
    if !detailed {
        let document = document(args, path, path)?;
        return Ok(Replace { document, allow_inconsistent: false, allow_warnings: true, detailed });
    }
    let Args { allow_inconsistent_metadata: allow_inconsistent, allow_warnings, metadata } =
        decode(args, path)?;
    let document = document(&metadata, path, &format!("{path}.metadata"))?;
    Ok(Replace { document, allow_inconsistent, allow_warnings, detailed })
}

fn document(value: &Value, path: &str, document_path: &str) -> Result<Document, ApiError> {
    Document::from_json(value).map_err(|error| {
        // Hasura reads documents older than version 3 only into a server with a default database, which there is none of.
        if error.is_unsupported_version() {
            return ApiError::new(Code::NotSupported, path, error.message);
        }
        ApiError::decode(error, document_path)
    })
}

fn remote_schema(args: &Value, path: &str) -> Result<RemoteSchema, ApiError> {
    let remote: RemoteSchema = decode(args, path)?;
    let invalid = |message: String| ApiError::new(Code::InvalidParams, path, message);
    remote.definition.check().map_err(|error| invalid(error.to_string()))?;
    let field_names =
        remote.definition.customization.iter().flat_map(|customization| &customization.field_names);
    match field_names.flat_map(|names| names.mapping.keys()).find(|field| field.starts_with("__")) {
        Some(field) => Err(invalid(format!(r#"attempt to customize reserved field name "{field}""#))),
        // Permissions and relationships have commands of their own.
        None => Ok(RemoteSchema { permissions: Vec::new(), remote_relationships: Vec::new(), ..remote }),
    }
}

/// A host with what is said of it, or nothing but its name.
fn tls_host(args: &Value, path: &str) -> Result<TlsAllow, ApiError> {
    let host = match args {
        Value::String(host) => TlsAllow { host: host.clone(), suffix: None, permissions: None },
        args => decode(args, path)?,
    };
    if host.host.is_empty() {
        return Err(ApiError::new(Code::BadRequest, path, r#"key "host" cannot be empty"#));
    }
    Ok(host)
}

fn collection(args: &Value, path: &str) -> Result<QueryCollection, ApiError> {
    let collection: QueryCollection = decode(args, path)?;
    let queries = &collection.definition.queries;
    let mut twice: Vec<String> = Vec::new();
    for (index, query) in queries.iter().enumerate() {
        let name = format!(r#""{}""#, query.name);
        if queries[..index].iter().any(|other| other.name == query.name) && !twice.contains(&name) {
            twice.push(name);
        }
    }
    if twice.is_empty() {
        return Ok(collection);
    }
    let message = format!("found duplicate query names {}", twice.join(", "));
    Err(ApiError::new(Code::NotSupported, format!("{path}.definition"), message))
}

fn introspection(args: &Value, path: &str) -> Result<Action, ApiError> {
    #[derive(Deserialize)]
    struct Args {
        disabled_for_roles: Vec<String>,
    }
    let Args { disabled_for_roles: mut roles } = decode(args, path)?;
    if let Some(index) = roles.iter().position(String::is_empty) {
        let path = format!("{path}.disabled_for_roles[{index}]");
        return Err(ApiError::parse(path, "empty string not allowed"));
    }
    // A set, as Hasura has it.
    roles.sort();
    roles.dedup();
    Ok(Action::SetIntrospection(IntrospectionOptions { disabled_for_roles: roles }))
}

fn permission(args: &Value, path: &str) -> Result<Action, ApiError> {
    let PermissionName { remote_schema, .. } = decode(args, path)?;
    Ok(Action::AddPermission { remote_schema, permission: decode(args, path)? })
}

pub(super) fn decode<T: DeserializeOwned>(value: &Value, path: &str) -> Result<T, ApiError> {
    metadata::decode(value).map_err(|error| ApiError::decode(error, path))
}

/// Prefixes of commands for one kind of database, and what Hasura calls that kind.
const BACKENDS: &[(&str, &str)] = &[
    ("pg", "postgres"),
    ("postgres", "postgres"),
    ("citus", "citus"),
    ("cockroach", "cockroach"),
    ("mssql", "mssql"),
    ("bigquery", "bigquery"),
    ("snowflake", "snowflake"),
    ("dataconnector", "dataconnector"),
];

/// What commands for databases, actions and events are about, wherever it stands in their names.
const DATABASE_NOUNS: &[&str] = &[
    "action",
    "action_permission",
    "agent",
    "apollo_federation_config",
    "array_relationship",
    "computed_field",
    "cron_trigger",
    "custom_types",
    "customization",
    "dc_add_agent",
    "dc_delete_agent",
    "event",
    "event_by_id",
    "event_invocation_logs",
    "event_invocations",
    "event_logs",
    "event_trigger",
    "function",
    "function_customization",
    "function_permission",
    "local_relationship",
    "logical_model",
    "logical_model_select_permission",
    "native_query",
    "object_relationship",
    "permission",
    "permission_comment",
    "query_tags",
    "relationship",
    "relationship_comment",
    "remote_relationship",
    "run_sql",
    "scheduled_event",
    "scheduled_event_invocations",
    "source",
    "source_kind",
    "source_kind_capabilities",
    "source_kinds",
    "source_tables",
    "source_trackables",
    "stored_procedure",
    "table",
    "table_customization",
    "table_info",
    "table_is_enum",
    "tables",
    "webhook_transform",
];

const DATABASE_VERBS: &[&str] = &[
    "add",
    "alter",
    "create",
    "delete",
    "drop",
    "get",
    "invoke",
    "list",
    "redeliver",
    "reload",
    "rename",
    "set",
    "suggest",
    "test",
    "track",
    "untrack",
    "update",
    "bulk",
    "concurrent",
];

/// The refusal of a command that is not known, or known and not served.
fn unknown(kind: &str, path: &str, args_path: &str) -> ApiError {
    let (prefix, rest) = kind.split_once('_').unwrap_or((kind, ""));
    let backend = BACKENDS.iter().find(|(known, _)| *known == prefix);
    if is_for_databases(if backend.is_some() { rest } else { kind }) {
        let message = format!(
            r#"command "{kind}" is about databases, actions or events, which conjoin does not serve; it joins remote schemas"#
        );
        return ApiError::new(Code::NotSupported, args_path, message);
    }
    let message = match backend {
        Some((_, backend)) => format!(r#"unknown metadata command "{rest}" for backend {backend}"#),
        None => {
            format!(
                r#"unknown metadata command "{kind}"; "{prefix}" was not recognized as a valid backend name"#
            )
        }
    };
    ApiError::parse(path, message)
}

fn is_for_databases(command: &str) -> bool {
    let noun = match command.split_once('_') {
        Some((verb, noun)) if DATABASE_VERBS.contains(&verb) => noun,
        _ => command,
    };
    let noun = ["select_", "insert_", "update_", "delete_"]
        .iter()
        .find_map(|kind| noun.strip_prefix(kind))
        .unwrap_or(noun);
    DATABASE_NOUNS.contains(&noun) || DATABASE_NOUNS.iter().any(|known| noun.strip_suffix('s') == Some(known))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    /// Commands of Hasura for what is not served here, `BACKEND` standing for each kind of database.
    const NOT_SERVED: &str = "
        create_action update_action drop_action create_action_permission drop_action_permission set_custom_types
        create_cron_trigger delete_cron_trigger get_cron_triggers create_scheduled_event delete_scheduled_event
        get_scheduled_events get_scheduled_event_invocations get_event_invocations
        create_remote_relationship update_remote_relationship delete_remote_relationship
        dc_add_agent dc_delete_agent get_source_kind_capabilities get_source_tables get_source_trackables
        get_table_info rename_source set_query_tags test_webhook_transform run_sql
        add_computed_field create_insert_permission create_select_permission create_update_permission
        create_delete_permission drop_select_permission create_object_relationship create_array_relationship
        rename_relationship drop_relationship track_table untrack_table track_function untrack_function
        create_event_trigger delete_event_trigger redeliver_event invoke_event_trigger
        set_table_customization set_table_is_enum
        BACKEND_add_source BACKEND_drop_source BACKEND_update_source BACKEND_reload_source
        BACKEND_track_table BACKEND_track_tables BACKEND_untrack_table BACKEND_untrack_tables
        BACKEND_set_table_customization BACKEND_set_table_is_enum BACKEND_set_apollo_federation_config
        BACKEND_track_function BACKEND_untrack_function BACKEND_set_function_customization
        BACKEND_create_function_permission BACKEND_drop_function_permission
        BACKEND_create_insert_permission BACKEND_create_select_permission BACKEND_create_update_permission
        BACKEND_create_delete_permission BACKEND_drop_insert_permission BACKEND_set_permission_comment
        BACKEND_create_object_relationship BACKEND_create_array_relationship BACKEND_set_relationship_comment
        BACKEND_rename_relationship BACKEND_drop_relationship BACKEND_suggest_relationships
        BACKEND_create_remote_relationship BACKEND_update_remote_relationship BACKEND_delete_remote_relationship
        BACKEND_add_computed_field BACKEND_drop_computed_field
        BACKEND_create_event_trigger BACKEND_delete_event_trigger BACKEND_redeliver_event
        BACKEND_invoke_event_trigger BACKEND_get_event_logs BACKEND_get_event_invocation_logs
        BACKEND_get_event_by_id BACKEND_get_source_tables BACKEND_get_table_info
        BACKEND_track_native_query BACKEND_untrack_native_query BACKEND_get_native_query
        BACKEND_track_logical_model BACKEND_untrack_logical_model BACKEND_get_logical_model
        BACKEND_create_logical_model_select_permission BACKEND_track_stored_procedure BACKEND_run_sql";

    #[test]
    fn what_is_not_served_is_told_apart_from_what_is_not_known() {
        let refusal = |kind: &str| read(&json!({"type": kind, "args": {}}), "$").unwrap_err();
        let backends = ["pg", "citus", "mssql", "bigquery", "dataconnector"];
        let kinds = NOT_SERVED.split_whitespace();
        let kinds = kinds.flat_map(|kind| backends.map(|backend| kind.replace("BACKEND", backend)));
        let is_unknown =
            |kind: &String| refusal(kind).code != "not-supported" || refusal(kind).path != "$.args";
        let unknown: Vec<String> = kinds.filter(is_unknown).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        for kind in ["create_nothing", "pg_nothing", "set", "list_remote_schemas", "", "_", "pg_"] {
            let error = refusal(kind);
            assert_eq!((error.code, &*error.path), ("parse-failed", "$"), "{kind}: {}", error.message);
        }
    }
}
