//! A relationship: a field added to a type of one remote whose value comes from another (or the same) remote.
//!
//! Only its shape is decided here. Whether the fields and arguments exist is asked when a catalog is built from introspected schemas.

use std::fmt;

use indexmap::{IndexMap, IndexSet};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use ts_rs::TS;

use crate::{DecodeError, decode, rule};

/// All relationships of one type of a remote. The order of the members is that of the export, here and below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypeRelationships {
    /// In insertion order.
    #[serde(default, deserialize_with = "rule::null_is_default")]
    pub relationships: Vec<Relationship>,
    /// Original upstream name of the object or interface type.
    #[serde(deserialize_with = "rule::name")]
    pub type_name: String,
}

/// A named relationship.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relationship {
    /// Where its value comes from.
    pub definition: RelationshipDefinition,
    /// The served field's name.
    #[serde(deserialize_with = "rule::non_empty")]
    pub name: String,
}

/// Where the value of a relationship comes from.
#[derive(Debug, Clone, PartialEq, TS)]
#[ts(untagged)]
pub enum RelationshipDefinition {
    /// A query root field of a remote schema.
    ToRemoteSchema(#[ts(type = "{ to_remote_schema: ToRemoteSchema }")] ToRemoteSchema),
    /// A database table; kept verbatim, never served by Conjoin.
    ToSource(#[ts(type = "{ to_source: Record<string, unknown> }")] Value),
}

/// A relationship to a query root field (or a path below one) of a remote schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ToRemoteSchema {
    /// Conjoin's extension: one list argument instead of aliases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// Original names of the fields whose values are the join key.
    #[serde(deserialize_with = "set_of_fields")]
    pub lhs_fields: Vec<String>,
    /// Conjoin's extension: what a failed join does to the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_error: Option<OnError>,
    /// Path of field calls starting at the target's query root.
    pub remote_field: RemoteField,
    /// Name of the target remote; may be the remote the relationship is defined on.
    #[serde(deserialize_with = "rule::non_empty")]
    pub remote_schema: String,
    /// Whether it was written in the legacy shape (`hasura_fields`), and is exported so again.
    #[serde(skip)]
    pub legacy: bool,
}

/// One step of the path to the target: a field, its bound arguments, and the step after it.
#[derive(Debug, Clone, PartialEq, TS)]
#[ts(type = "{ [field: string]: { arguments: Record<string, unknown>, field?: RemoteField } }")]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Batch {
    /// For each variable, the field of a result element that carries its value.
    #[serde(serialize_with = "rule::sorted")]
    pub keys: IndexMap<String, String>,
    /// Whether several elements may belong to one key (the relationship is then a list).
    #[serde(default, deserialize_with = "rule::null_is_default")]
    #[ts(optional, as = "Option<bool>")]
    pub many: bool,
    /// Most keys in one request; unlimited when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// From the target field to the list of elements.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "rule::null_is_default")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub path: Vec<String>,
}

/// What a failed join does to the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// The join's sites become null and an error is listed (the default).
    #[default]
    Null,
    /// The whole request fails.
    Fail,
}

/// Decodes a definition as the API takes it: the legacy shape, which documents may hold, is refused.
pub fn decode_strict(value: &Value) -> Result<RelationshipDefinition, DecodeError> {
    decode::<Strict>(value).map(|Strict(definition)| definition)
}

/// [`decode_strict`] for `#[serde(deserialize_with)]`.
pub fn strict<'de, D: Deserializer<'de>>(input: D) -> Result<RelationshipDefinition, D::Error> {
    Strict::deserialize(input).map(|Strict(definition)| definition)
}

impl Relationship {
    /// The relationship as it stands in the exported document.
    pub fn to_json(&self) -> Value {
        rule::to_value(self)
    }
}

impl RelationshipDefinition {
    /// The definition as it stands in the exported document.
    pub fn to_json(&self) -> Value {
        rule::to_value(self)
    }
}

struct Strict(RelationshipDefinition);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            to_source: Option<Value>,
            to_remote_schema: Option<ToRemoteSchema>,
        }
        let written = Written::deserialize(input)?;
        match (written.to_source, written.to_remote_schema) {
            (Some(table), None) => Ok(Self(RelationshipDefinition::ToSource(table))),
            (None, Some(target)) => Ok(Self(RelationshipDefinition::ToRemoteSchema(target))),
            _ => Err(D::Error::custom(
                "remote relationship definition (strict format) expects exactly one of: to_source, to_remote_schema",
            )),
        }
    }
}

/// The lenient reading of documents: both shapes, the legacy one remembered.
impl<'de> Deserialize<'de> for RelationshipDefinition {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            to_source: Option<Value>,
            to_remote_schema: Option<ToRemoteSchema>,
            batch: Option<Batch>,
            hasura_fields: Option<Vec<String>>,
            on_error: Option<OnError>,
            remote_field: Option<RemoteField>,
            remote_schema: Option<String>,
        }
        let written = Written::deserialize(input)?;
        let has_legacy_key = written.remote_schema.is_some()
            || written.hasura_fields.is_some()
            || written.remote_field.is_some();
        match (written.to_source, written.to_remote_schema) {
            (Some(table), None) => Ok(Self::ToSource(table)),
            (None, Some(target)) => Ok(Self::ToRemoteSchema(target)),
            (None, None) if has_legacy_key => Ok(Self::ToRemoteSchema(ToRemoteSchema {
                batch: written.batch,
                lhs_fields: distinct(
                    written.hasura_fields.ok_or_else(|| D::Error::missing_field("hasura_fields"))?,
                ),
                on_error: written.on_error,
                remote_field: written.remote_field.ok_or_else(|| D::Error::missing_field("remote_field"))?,
                remote_schema: written
                    .remote_schema
                    .ok_or_else(|| D::Error::missing_field("remote_schema"))?,
                legacy: true,
            })),
            _ => Err(D::Error::custom(
                "remote relationship definition expects exactly one of: to_source, to_remote_schema",
            )),
        }
    }
}

impl Serialize for RelationshipDefinition {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        let mut definition = output.serialize_map(None)?;
        match self {
            Self::ToSource(table) => {
                definition.serialize_entry("to_source", &rule::with_sorted_keys(table))?;
            }
            Self::ToRemoteSchema(target) if target.legacy => {
                if let Some(batch) = &target.batch {
                    definition.serialize_entry("batch", batch)?;
                }
                definition.serialize_entry("hasura_fields", &target.lhs_fields)?;
                if let Some(on_error) = &target.on_error {
                    definition.serialize_entry("on_error", on_error)?;
                }
                definition.serialize_entry("remote_field", &target.remote_field)?;
                definition.serialize_entry("remote_schema", &target.remote_schema)?;
            }
            Self::ToRemoteSchema(target) => {
                definition.serialize_entry("to_remote_schema", target)?;
            }
        }
        definition.end()
    }
}

fn set_of_fields<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    Vec::deserialize(input).map(distinct)
}

fn distinct(fields: Vec<String>) -> Vec<String> {
    fields.into_iter().collect::<IndexSet<_>>().into_iter().collect()
}

/// The value of the one member of a `remote_field` object.
#[derive(Deserialize)]
struct Call {
    #[serde(deserialize_with = "arguments")]
    arguments: IndexMap<String, ArgumentValue>,
    field: Option<Box<RemoteField>>,
}

impl<'de> Deserialize<'de> for RemoteField {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct OneMember;

        impl<'de> Visitor<'de> for OneMember {
            type Value = RemoteField;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object that maps a field name to its arguments")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<RemoteField, A::Error> {
                let Some(name) = members.next_key::<String>()? else { return Err(not_one_mapping("none")) };
                if !rule::is_graphql_name(&name) {
                    return Err(A::Error::custom(format_args!("\"{name}\" is not a valid GraphQL name")));
                }
                let call: Call = members.next_value()?;
                match members.next_key::<String>()? {
                    None => Ok(RemoteField { name, arguments: call.arguments, field: call.field }),
                    Some(_) => Err(not_one_mapping("too many")),
                }
            }
        }

        fn not_one_mapping<E: serde::de::Error>(received: &str) -> E {
            E::custom(format_args!(
                "Remote fields are represented by an object that maps each field name to its arguments. \
                 Expecting one single mapping, received {received}."
            ))
        }

        input.deserialize_map(OneMember)
    }
}

impl Serialize for RemoteField {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Call<'a> {
            #[serde(serialize_with = "rule::sorted")]
            arguments: &'a IndexMap<String, ArgumentValue>,
            #[serde(skip_serializing_if = "Option::is_none")]
            field: Option<&'a RemoteField>,
        }
        let call = Call { arguments: &self.arguments, field: self.field.as_deref() };
        output.collect_map([(&self.name, call)])
    }
}

fn arguments<'de, D: Deserializer<'de>>(input: D) -> Result<IndexMap<String, ArgumentValue>, D::Error> {
    let arguments = IndexMap::<String, ArgumentValue>::deserialize(input)?;
    match arguments.keys().find(|key| !rule::is_graphql_name(key)) {
        Some(key) => Err(D::Error::custom(format_args!("{key} is an invalid key name"))),
        None => Ok(arguments),
    }
}

impl<'de> Deserialize<'de> for ArgumentValue {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Template;

        impl<'de> Visitor<'de> for Template {
            type Value = ArgumentValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or a \"$field\"")
            }

            fn visit_unit<E>(self) -> Result<ArgumentValue, E> {
                Ok(ArgumentValue::Scalar(Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<ArgumentValue, E> {
                Ok(ArgumentValue::Scalar(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<ArgumentValue, E> {
                Ok(ArgumentValue::Scalar(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<ArgumentValue, E> {
                Ok(ArgumentValue::Scalar(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<ArgumentValue, E> {
                Ok(ArgumentValue::Scalar(value.into()))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ArgumentValue, E> {
                match text.strip_prefix('$') {
                    None => Ok(ArgumentValue::Scalar(text.into())),
                    Some("") => Err(E::custom("Empty variable name")),
                    Some(name) if rule::is_graphql_name(name) => Ok(ArgumentValue::Variable(name.to_owned())),
                    Some(name) => Err(E::custom(format_args!("Invalid variable name '{name}'"))),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<ArgumentValue, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = elements.next_element()? {
                    list.push(element);
                }
                Ok(ArgumentValue::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<ArgumentValue, A::Error> {
                arguments(serde::de::value::MapAccessDeserializer::new(members)).map(ArgumentValue::Object)
            }
        }

        input.deserialize_any(Template)
    }
}

impl Serialize for ArgumentValue {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Variable(name) => output.collect_str(&format_args!("${name}")),
            Self::Scalar(value) => value.serialize(output),
            Self::Object(members) => rule::sorted(members, output),
            Self::List(elements) => elements.serialize(output),
        }
    }
}
