//! Relationships: which there are, what could be their keys, whether one would work, and what it brings when it is tried.

use std::collections::BTreeMap;

use engine::catalog::JoinId;
use engine::fault::Code;
use engine::problem::MetadataObject;
use metadata::{ArgumentValue, Batch, RelationshipDefinition};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::shared::{Explanation, Fault, ProblemRow, UpstreamRequest};
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
#[derive(Debug, Serialize, TS)]
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
#[derive(Debug, Serialize, TS)]
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

/// The relationships of the metadata, in its order.
pub(super) async fn rows(edit: &Edit) -> Vec<Row> {
    let draft = &edit.draft;
    let catalog = draft.catalog();
    let problems = draft.problems();
    let mut obstacles: BTreeMap<JoinId, Vec<HiddenFrom>> = BTreeMap::new();
    for role in catalog.role_names() {
        for (id, reason) in engine::hidden::relationships(catalog, role) {
            obstacles.entry(id).or_default().push(HiddenFrom { role: role.to_owned(), reason });
        }
    }
    let mut rows = Vec::new();
    for remote in &draft.document().remote_schemas {
        for on in &remote.remote_relationships {
            for relationship in &on.relationships {
                let object = MetadataObject::Relationship {
                    remote_schema: remote.name.clone(),
                    type_name: on.type_name.clone(),
                    name: relationship.name.clone(),
                };
                let join = (0..).map(JoinId).zip(&catalog.joins).find(|(_, join)| {
                    catalog.remote(join.lhs).name == remote.name
                        && join.lhs_type == *on.type_name
                        && join.name == *relationship.name
                });
                let (id, join) = join.unzip();
                let to = match &relationship.definition {
                    RelationshipDefinition::ToRemoteSchema(to) => Some(to),
                    RelationshipDefinition::ToSource(_) => None,
                };
                let mut mapping = Vec::new();
                let mut path = Vec::new();
                let mut step = to.map(|to| &to.remote_field);
                while let Some(field) = step {
                    path.push(field.name.clone());
                    for (argument, value) in &field.arguments {
                        map(format!("{}.{argument}", path.join(".")), value, &mut mapping);
                    }
                    step = field.field.as_deref();
                }
                rows.push(Row {
                    remote_schema: remote.name.clone(),
                    type_name: on.type_name.clone(),
                    name: relationship.name.clone(),
                    definition: relationship.definition.clone(),
                    target: to.map(|to| Target {
                        remote_schema: to.remote_schema.clone(),
                        path,
                        result_type: join.map(|join| join.result.to_string()),
                        named_type: join.map(|join| join.result.inner_named_type().to_string()),
                    }),
                    mapping,
                    batch: match to.and_then(|to| to.batch.as_ref()) {
                        Some(_) => BatchForm::List,
                        None => BatchForm::Alias,
                    },
                    problem: problems.iter().find(|problem| problem.object == object).map(ProblemRow::of),
                    hidden_from: id.and_then(|id| obstacles.remove(&id)).unwrap_or_default(),
                });
            }
        }
    }
    rows
}

/// Adds what fills an argument and what is in it.
fn map(argument: String, value: &ArgumentValue, mapping: &mut Vec<Mapping>) {
    let (source, is_field) = match value {
        ArgumentValue::Variable(field) => (field.clone(), true),
        ArgumentValue::Scalar(value) => (value.to_string(), false),
        ArgumentValue::Object(members) => {
            for (name, value) in members {
                map(format!("{argument}.{name}"), value, mapping);
            }
            return;
        }
        ArgumentValue::List(items) => {
            for item in items {
                map(argument.clone(), item, mapping);
            }
            return;
        }
    };
    mapping.push(Mapping { argument, source, is_field });
}

/// Answers.
pub(super) async fn list(
    edit: &mut Edit,
    _path: &str,
    arguments: ListArguments,
) -> Result<Relationships, ApiError> {
    let mut relationships = rows(edit).await;
    if let Some(remote) = arguments.remote_schema {
        relationships.retain(|row| row.remote_schema == remote);
    }
    Ok(Relationships { relationships })
}

/// Answers.
pub(super) async fn keys(_edit: &mut Edit, path: &str, _arguments: KeysArguments) -> Result<Keys, ApiError> {
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

/// Answers.
pub(super) async fn test(_edit: &mut Edit, path: &str, _arguments: TestArguments) -> Result<Test, ApiError> {
    Err(ApiError::new(Code::NotSupported, path, "not answered yet"))
}
