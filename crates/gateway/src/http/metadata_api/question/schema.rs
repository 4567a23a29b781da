//! What a remote's schema has: lists of types, one type with all that is known of it, SDL, and search over all remotes.

use engine::fault::Code;
use engine::outline::Kind;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::relationship::Row;
/// Of `list_remote_schema_types`.
#[derive(Debug, Deserialize, TS)]
pub(super) struct TypesArguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Part of a name of a type or of one of its fields, in any case.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) search: Option<String>,
    /// Kinds that are wanted; all when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) kinds: Option<Vec<TypeKind>>,
    /// How many to leave out.
    #[serde(default)]
    #[ts(optional, as = "Option<u32>")]
    pub(super) offset: u32,
    /// How many at most; 100 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) limit: Option<u32>,
}

/// Types of a remote, roots first, then by name.
#[derive(Debug, Serialize, TS)]
pub(super) struct TypeList {
    /// How many there are.
    pub(super) total: u32,
    /// The part that was asked for.
    pub(super) types: Vec<TypeSummary>,
    /// Type of queries.
    pub(super) query_root: String,
    /// Type of mutations.
    pub(super) mutation_root: Option<String>,
    /// Type of subscriptions.
    pub(super) subscription_root: Option<String>,
}

/// A type in a list.
#[derive(Debug, Serialize, TS)]
pub(super) struct TypeSummary {
    /// Original name.
    pub(super) name: String,
    /// What it is served as, if that is another name.
    pub(super) served_name: Option<String>,
    /// What it is.
    pub(super) kind: TypeKind,
    /// Fields, input fields, values or members.
    pub(super) n_members: u32,
    /// Relationships on it.
    pub(super) n_relationships: u32,
    /// What the remote says of it.
    pub(super) description: Option<String>,
}

/// Kinds of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the GraphQL specification")]
pub(super) enum TypeKind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
}

/// Of `get_remote_schema_type`.
#[derive(Debug, Deserialize, TS)]
pub(super) struct TypeArguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Original name of the type.
    pub(super) type_name: String,
}

/// A type with all that is known of it, under original names.
#[derive(Debug, Serialize, TS)]
pub(super) struct TypeDetail {
    /// Original name.
    pub(super) name: String,
    /// What it is served as, if that is another name.
    pub(super) served_name: Option<String>,
    /// What it is.
    pub(super) kind: TypeKind,
    /// What the remote says of it.
    pub(super) description: Option<String>,
    /// Of an object or interface.
    pub(super) fields: Vec<FieldDetail>,
    /// Of an input object.
    pub(super) input_fields: Vec<ArgumentDetail>,
    /// Of an enum.
    pub(super) values: Vec<ValueDetail>,
    /// Interfaces that it implements.
    pub(super) interfaces: Vec<String>,
    /// Members of a union, implementations of an interface.
    pub(super) possible_types: Vec<String>,
    /// Relationships on it.
    pub(super) relationships: Vec<Row>,
    /// Relationships that use it otherwise.
    pub(super) used_by: Vec<Row>,
    /// Roles with a permission on the remote that do not see it.
    pub(super) hidden_from: Vec<String>,
    /// Its definition.
    pub(super) sdl: String,
}

/// A field.
#[derive(Debug, Serialize, TS)]
pub(super) struct FieldDetail {
    /// Original name.
    pub(super) name: String,
    /// What it is served as, if that is another name.
    pub(super) served_name: Option<String>,
    /// Its type: `[Order!]!`.
    pub(super) type_text: String,
    /// The type without lists and non-null: `Order`.
    pub(super) named_type: String,
    /// What the named type is.
    pub(super) kind: TypeKind,
    /// Whether the value is a list.
    pub(super) is_list: bool,
    /// What the remote says of it.
    pub(super) description: Option<String>,
    /// Why it should not be used any more.
    pub(super) deprecated: Option<String>,
    /// What it takes.
    pub(super) arguments: Vec<ArgumentDetail>,
}

/// An argument, or a field of an input object.
#[derive(Debug, Serialize, TS)]
pub(super) struct ArgumentDetail {
    /// Its name.
    pub(super) name: String,
    /// Its type: `[ID!]!`.
    pub(super) type_text: String,
    /// The type without lists and non-null.
    pub(super) named_type: String,
    /// What the named type is.
    pub(super) kind: TypeKind,
    /// Whether it takes a list.
    pub(super) is_list: bool,
    /// Whether it must be given.
    pub(super) is_required: bool,
    /// What it is when it is not given, in GraphQL.
    pub(super) default: Option<String>,
    /// What the remote says of it.
    pub(super) description: Option<String>,
}

/// A value of an enum.
#[derive(Debug, Serialize, TS)]
pub(super) struct ValueDetail {
    /// Its name.
    pub(super) name: String,
    /// What the remote says of it.
    pub(super) description: Option<String>,
    /// Why it should not be used any more.
    pub(super) deprecated: Option<String>,
}

/// Of `get_remote_schema_sdl`.
#[derive(Debug, Deserialize, TS)]
pub(super) struct SdlArguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Under the names that are served, in place of the original ones.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub(super) served: bool,
}

/// A schema as text.
#[derive(Debug, Serialize, TS)]
pub(super) struct Sdl {
    /// The text.
    pub(super) sdl: String,
}

/// Of `search_remote_schemas`.
#[derive(Debug, Deserialize, TS)]
pub(super) struct SearchArguments {
    /// Part of a name or of a path: `user`, `Query.us`.
    pub(super) text: String,
    /// Remotes that are searched; all when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) remote_schemas: Option<Vec<String>>,
    /// Kinds that are wanted; all when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) kinds: Option<Vec<Kind>>,
    /// How many at most; 50 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) limit: Option<u32>,
}

/// What was found, the best first.
#[derive(Debug, Serialize, TS)]
pub(super) struct Found {
    /// How many there are.
    pub(super) total: u32,
    /// The best of them.
    pub(super) entries: Vec<FoundEntry>,
}

/// Something with a name, in a remote.
#[derive(Debug, Serialize, TS)]
pub(super) struct FoundEntry {
    /// Which remote.
    pub(super) remote_schema: String,
    /// What it is.
    pub(super) kind: Kind,
    /// Its own name.
    pub(super) name: String,
    /// The type that it is, or is of.
    pub(super) type_name: String,
    /// Where it is: `User.name`, `Query.user(id:)`.
    pub(super) path: String,
    /// What it takes and gives.
    pub(super) signature: String,
    /// What the remote says of it.
    pub(super) description: Option<String>,
}

/// Answers.
pub(super) async fn types(
    _edit: &mut Edit,
    path: &str,
    _arguments: TypesArguments,
) -> Result<TypeList, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}

/// Answers.
pub(super) async fn type_detail(
    _edit: &mut Edit,
    path: &str,
    _arguments: TypeArguments,
) -> Result<TypeDetail, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}

/// Answers.
pub(super) async fn sdl(_edit: &mut Edit, path: &str, _arguments: SdlArguments) -> Result<Sdl, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}

/// Answers.
pub(super) async fn search(
    _edit: &mut Edit,
    path: &str,
    _arguments: SearchArguments,
) -> Result<Found, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}
