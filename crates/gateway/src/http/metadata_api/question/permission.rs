//! Permissions: which role sees how much of which remote, and what a permission that is being written would mean.

use engine::fault::Code;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::shared::ProblemRow;
/// Of `get_permissions`: nothing.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "PermissionsArguments")]
pub(super) struct MatrixArguments {}

/// Which role sees how much of which remote.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionMatrix")]
pub(super) struct Matrix {
    /// Whether roles are restricted at all.
    pub(super) is_enabled: bool,
    /// Names of remotes, in the order of the metadata.
    pub(super) remote_schemas: Vec<String>,
    /// Roles by name.
    pub(super) roles: Vec<RoleRow>,
}

/// A role.
#[derive(Debug, Serialize, TS)]
pub(super) struct RoleRow {
    /// Its name.
    pub(super) name: String,
    /// The roles that it inherits from.
    pub(super) inherits: Vec<String>,
    /// One for each remote, in the same order.
    pub(super) cells: Vec<Cell>,
}

/// How much of a remote a role sees.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionCell")]
pub(super) struct Cell {
    /// In one word.
    pub(super) state: CellState,
    /// Fields that are granted.
    pub(super) granted: u32,
    /// Fields that the remote has.
    pub(super) total: u32,
    /// What is wrong.
    pub(super) problem: Option<ProblemRow>,
}

/// How much of a remote a role sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "PermissionState")]
pub(super) enum CellState {
    /// Nothing: there is no permission.
    None,
    /// Some of it.
    Partial,
    /// All of it.
    Full,
    /// What the roles have that it inherits from.
    Inherited,
    /// The permission does not hold.
    Broken,
}

/// Of `get_permission`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "PermissionArguments")]
pub(super) struct Arguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Which role.
    pub(super) role: String,
}

/// A permission, and what it is about.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionDetail")]
pub(super) struct Detail {
    /// Its `definition` in the metadata; absent when there is none.
    #[ts(type = "{ schema: string, deny?: Array<string> } | null")]
    pub(super) definition: Option<Value>,
    /// What the user says of it.
    pub(super) comment: Option<String>,
    /// The remote's schema under original names, without what is built in.
    pub(super) upstream_sdl: String,
    /// The roles that it is inherited from.
    pub(super) inherited_from: Vec<String>,
    /// What it means.
    pub(super) check: Check,
}

/// Of `check_permission`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "PermissionCheckArguments")]
pub(super) struct CheckArguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Which role.
    pub(super) role: String,
    /// Its `definition`, which may still be wrong.
    #[ts(type = "{ schema: string, deny?: Array<string> }")]
    pub(super) definition: Value,
}

/// What a permission means.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionCheck")]
pub(super) struct Check {
    /// Whether nothing is wrong with it.
    pub(super) ok: bool,
    /// What is wrong with it.
    pub(super) flaws: Vec<Flaw>,
    /// Fields that are granted.
    pub(super) granted: u32,
    /// Fields that the remote has.
    pub(super) total: u32,
    /// The schema that the role sees of the remote.
    pub(super) sdl: Option<String>,
    /// The whole permission as SDL, with presets, when it is one that denies; the text itself otherwise.
    pub(super) written: String,
    /// What is hidden from the role, and why.
    pub(super) hidden: Vec<HiddenPlace>,
    /// Relationships that the role does not see, and why.
    pub(super) hidden_relationships: Vec<HiddenRelationship>,
    /// Fields of the remote that are newer than the permission knows: neither granted nor denied.
    pub(super) undecided: Vec<String>,
    /// What the role would gain or lose against the metadata.
    pub(super) changes: Vec<AccessChange>,
}

/// Something wrong with a permission.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionFlaw")]
pub(super) struct Flaw {
    /// A code of docs/errors.md.
    pub(super) code: &'static str,
    /// What is wrong.
    pub(super) message: String,
    /// Where it is about: `User.email`.
    pub(super) place: Option<String>,
    /// Line in the SDL, from 1.
    pub(super) line: Option<u32>,
    /// Column in the SDL, from 1.
    pub(super) column: Option<u32>,
}

/// Something that is hidden.
#[derive(Debug, Serialize, TS)]
pub(super) struct HiddenPlace {
    /// `User.email`, `Query.user(id:)`.
    pub(super) place: String,
    /// What it is.
    pub(super) kind: String,
    /// Why.
    pub(super) reason: String,
}

/// A relationship that is hidden.
#[derive(Debug, Serialize, TS)]
pub(super) struct HiddenRelationship {
    /// The remote of its type.
    pub(super) remote_schema: String,
    /// The type.
    pub(super) type_name: String,
    /// Its name.
    pub(super) name: String,
    /// Why.
    pub(super) reason: String,
}

/// Something that a role gains or loses.
#[derive(Debug, Serialize, TS)]
pub(super) struct AccessChange {
    /// `User.email`, `Query.user(id:)`.
    pub(super) place: String,
    /// Whether it is gained.
    pub(super) is_gained: bool,
}

/// Answers.
pub(super) async fn matrix(
    _edit: &mut Edit,
    path: &str,
    _arguments: MatrixArguments,
) -> Result<Matrix, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}

/// Answers.
pub(super) async fn detail(_edit: &mut Edit, path: &str, _arguments: Arguments) -> Result<Detail, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}

/// Answers.
pub(super) async fn check(
    _edit: &mut Edit,
    path: &str,
    _arguments: CheckArguments,
) -> Result<Check, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}
