//! Relationships: which there are, what could be their keys, whether one would work, and what it brings when it is tried.

use metadata::{Batch, RelationshipDefinition};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use super::fault::{Explanation, Fault};
use super::problem::ProblemRow;

mod check;
mod keys;
mod list;
mod live;
mod note;

pub(super) use self::check::check;
pub(super) use self::keys::keys;
pub(super) use self::list::{list, rows};
pub(super) use self::live::test;

/// Of `list_relationships`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "RelationshipsArguments")]
pub(super) struct ListArguments {
    /// On types of this remote only.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) remote_schema: Option<String>,
}

/// Relationships, in the order of the metadata.
#[derive(Debug, Serialize, TS)]
pub(super) struct Relationships {
    /// Each of them.
    pub(super) relationships: Vec<Row>,
}

/// A relationship.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "RelationshipRow")]
pub(super) struct Row {
    /// The remote of its type.
    pub(super) remote_schema: String,
    /// The type.
    pub(super) type_name: String,
    /// Its name.
    pub(super) name: String,
    /// Its definition.
    pub(super) definition: RelationshipDefinition,
    /// Where it leads; absent when that is a database.
    pub(super) target: Option<Target>,
    /// How arguments get their values.
    pub(super) mapping: Vec<Mapping>,
    /// How it is batched.
    pub(super) batch: BatchForm,
    /// Why it is not served.
    pub(super) problem: Option<ProblemRow>,
    /// Roles that do not see it, with the reasons.
    pub(super) hidden_from: Vec<HiddenFrom>,
}

/// Where a relationship leads.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "RelationshipTarget")]
pub(super) struct Target {
    /// The remote.
    pub(super) remote_schema: String,
    /// From the query root to the field.
    pub(super) path: Vec<String>,
    /// The type of the value: `[Order!]`; absent when it is not served.
    pub(super) result_type: Option<String>,
    /// That type without lists and non-null.
    pub(super) named_type: Option<String>,
}

/// An argument with a value.
#[derive(Debug, Serialize, TS)]
pub(super) struct Mapping {
    /// Which, from the root field: `user.id`, `search.filter.code`.
    pub(super) argument: String,
    /// The field of the type, or the value as GraphQL.
    pub(super) source: String,
    /// Whether the source is a field.
    pub(super) is_field: bool,
}

/// How keys are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(super) enum BatchForm {
    /// One aliased field each.
    Alias,
    /// One list.
    List,
}

/// A role that does not see a relationship.
#[derive(Debug, Serialize, TS)]
pub(super) struct HiddenFrom {
    /// The role.
    pub(super) role: String,
    /// Why.
    pub(super) reason: String,
}

/// Of `list_relationship_keys`.
#[derive(Debug, Deserialize, TS)]
pub(super) struct KeysArguments {
    /// The remote of the type.
    pub(super) remote_schema: String,
    /// The type.
    pub(super) type_name: String,
    /// The argument that is to be filled; absent when none is chosen yet.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) argument: Option<ArgumentPlace>,
}

/// An argument of a field on the way to the target.
#[derive(Debug, Deserialize, TS)]
pub(super) struct ArgumentPlace {
    /// The remote it is of.
    pub(super) remote_schema: String,
    /// From the query root to the field.
    pub(super) field: Vec<String>,
    /// The argument, and members of input objects below it.
    pub(super) argument: Vec<String>,
}

/// Fields of a type that may be keys.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "RelationshipKeys")]
pub(super) struct Keys {
    /// In the order of the type, those that fit best first.
    pub(super) fields: Vec<KeyField>,
}

/// A field that may be a key.
#[derive(Debug, Serialize, TS)]
pub(super) struct KeyField {
    /// Its original name.
    pub(super) name: String,
    /// Its type.
    pub(super) type_text: String,
    /// Whether its value can be given to the argument; true when none is named.
    pub(super) fits: bool,
    /// Why not.
    pub(super) reason: Option<String>,
    /// How well its name fits the argument, from 0 to 1.
    pub(super) score: f64,
}

/// Of `check_relationship`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "RelationshipCheckArguments")]
pub(super) struct CheckArguments {
    /// The remote of the type.
    pub(super) remote_schema: String,
    /// The type.
    pub(super) type_name: String,
    /// Its name.
    pub(super) name: String,
    /// Its definition, which may still be wrong.
    #[ts(type = "unknown")]
    pub(super) definition: Value,
    /// The relationship whose place it takes, when one is changed.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) replaces: Option<String>,
}

/// Whether a relationship would work, and how.
#[derive(Debug, Default, Serialize, TS)]
#[ts(rename = "RelationshipCheck")]
pub(super) struct Check {
    /// Whether it would be served.
    pub(super) ok: bool,
    /// What is wrong with it.
    pub(super) faults: Vec<Fault>,
    /// What is worth knowing.
    pub(super) notes: Vec<Note>,
    /// The field that is added: `extend type Order { user: User }`.
    pub(super) sdl: Option<String>,
    /// The type of its value.
    pub(super) result_type: Option<String>,
    /// What the remote would be asked for three objects.
    pub(super) request: Option<String>,
    /// How keys are sent.
    pub(super) batch: Option<BatchForm>,
    /// A way to send all keys in one list.
    pub(super) batch_offer: Option<BatchOffer>,
    /// Arguments that are left to clients.
    pub(super) open_arguments: Vec<String>,
    /// The entry of the YAML directory.
    pub(super) yaml: String,
    /// The command that does the same.
    pub(super) cli: String,
}

/// Something worth knowing.
#[derive(Debug, Serialize, TS)]
pub(super) struct Note {
    /// Whether one should look into it.
    pub(super) is_warning: bool,
    /// What it is.
    pub(super) message: String,
}

/// A way to send all keys in one list.
#[derive(Debug, Serialize, TS)]
pub(super) struct BatchOffer {
    /// The definition with it.
    pub(super) definition: RelationshipDefinition,
    /// The batch.
    pub(super) batch: Batch,
    /// What it is, in one sentence.
    pub(super) message: String,
}

/// Of `test_relationship`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "RelationshipTestArguments")]
pub(super) struct TestArguments {
    /// The remote of the type.
    pub(super) remote_schema: String,
    /// The type.
    pub(super) type_name: String,
    /// Its name.
    pub(super) name: String,
    /// Its definition; the one in the metadata when absent.
    #[serde(default)]
    #[ts(optional, type = "unknown")]
    pub(super) definition: Option<Value>,
    /// Keys to try: objects with the key fields. Those of a few objects of the remote when absent.
    #[serde(default)]
    #[ts(optional, type = "Array<Record<string, unknown>>")]
    pub(super) keys: Option<Vec<Map<String, Value>>>,
    /// How many objects to take keys from; 3 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) take: Option<u32>,
    /// What to ask of the value: `{ id name }`.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) selection: Option<String>,
    /// Arguments that the relationship leaves to clients: `limit: 5`.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) arguments: Option<String>,
}

/// What a relationship brings.
#[derive(Debug, Default, Serialize, TS)]
#[ts(rename = "RelationshipTest")]
pub(super) struct Test {
    /// Whether every request was answered without errors.
    pub(super) ok: bool,
    /// Keys and what belongs to them.
    pub(super) rows: Vec<TestRow>,
    /// What was asked.
    pub(super) requests: Vec<UpstreamRequest>,
    /// Errors of the response.
    #[ts(type = "Array<unknown>")]
    pub(super) errors: Vec<Value>,
    /// Why it could not be tried.
    pub(super) failure: Option<Explanation>,
    /// How long all of it took.
    pub(super) ms: f64,
}

/// A request to a remote, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(super) struct UpstreamRequest {
    /// Who was asked.
    pub(super) remote_schema: String,
    /// The operation text.
    pub(super) query: String,
    /// Its variables.
    pub(super) variables: Option<Value>,
    /// HTTP status; absent when there was no answer.
    pub(super) status: Option<u16>,
    /// How long it took.
    pub(super) ms: f64,
    /// Bytes of the answer.
    pub(super) bytes: u64,
    /// Why there is no answer.
    pub(super) error: Option<String>,
}

/// A key and what belongs to it.
#[derive(Debug, Serialize, TS)]
pub(super) struct TestRow {
    /// The key.
    #[ts(type = "Record<string, unknown>")]
    pub(super) key: Map<String, Value>,
    /// The value of the relationship.
    #[ts(type = "unknown")]
    pub(super) value: Value,
}
