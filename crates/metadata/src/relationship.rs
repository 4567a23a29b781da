//! A relationship: a field added to a type of one remote whose value comes from another (or the same) remote.

use indexmap::IndexMap;
use serde_json::Value;

/// All relationships of one type of a remote.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeRelationships {
    /// Original upstream name of the object or interface type.
    pub type_name: String,
    /// In insertion order.
    pub relationships: Vec<Relationship>,
}

/// A named relationship.
#[derive(Debug, Clone, PartialEq)]
pub struct Relationship {
    /// The served field's name.
    pub name: String,
    /// Where its value comes from.
    pub definition: RelationshipDefinition,
}

/// Where the value of a relationship comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum RelationshipDefinition {
    /// A query root field of a remote schema.
    ToRemoteSchema(ToRemoteSchema),
    /// A database table; kept verbatim, never served by Conjoin.
    ToSource(Value),
}

/// A relationship to a query root field (or a path below one) of a remote schema.
#[derive(Debug, Clone, PartialEq)]
pub struct ToRemoteSchema {
    /// Name of the target remote; may be the remote the relationship is defined on.
    pub remote_schema: String,
    /// Original names of the fields whose values are the join key.
    pub lhs_fields: Vec<String>,
    /// Path of field calls starting at the target's query root.
    pub remote_field: RemoteField,
    /// Conjoin's extension: one list argument instead of aliases.
    pub batch: Option<Batch>,
    /// Conjoin's extension: what a failed join does to the response.
    pub on_error: Option<OnError>,
    /// Whether it was written in the legacy shape (`hasura_fields`), and is exported so again.
    pub legacy: bool,
}

/// One step of the path to the target: a field, its bound arguments, and the step after it.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteField {
    /// Original field name.
    pub name: String,
    /// Bound arguments by original name.
    pub arguments: IndexMap<String, ArgumentValue>,
    /// The next step, selected inside this field's result.
    pub field: Option<Box<RemoteField>>,
}

/// The value bound to an argument: a template over the join key.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgumentValue {
    /// `"$name"`: the value of that `lhs_fields` entry.
    Variable(String),
    /// A literal that is neither an object nor an array: string, number, boolean or null.
    Scalar(Value),
    /// An object whose members are templates.
    Object(IndexMap<String, ArgumentValue>),
    /// A list whose elements are templates.
    List(Vec<ArgumentValue>),
}

/// List batching: `$key` in a list position stands for the list of all distinct keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// For each variable, the field of a result element that carries its value.
    pub keys: IndexMap<String, String>,
    /// Whether several elements may belong to one key (the relationship is then a list).
    pub many: bool,
    /// Most keys in one request; unlimited when absent.
    pub max: Option<u32>,
    /// From the target field to the list of elements.
    pub path: Vec<String>,
}

/// What a failed join does to the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// The join's sites become null and an error is listed (the default).
    #[default]
    Null,
    /// The whole request fails.
    Fail,
}
