//! The JSON of an introspection answer. Every key is optional here, because servers leave out what they do not know;
//! `read` decides what can be done without.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) data: Option<Data>,
    pub(super) errors: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Data {
    #[serde(rename = "__schema")]
    pub(super) schema: Option<SchemaJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SchemaJson {
    pub(super) description: Option<String>,
    pub(super) query_type: Option<NamedJson>,
    pub(super) mutation_type: Option<NamedJson>,
    pub(super) subscription_type: Option<NamedJson>,
    pub(super) types: Option<Vec<TypeJson>>,
    pub(super) directives: Option<Vec<DirectiveJson>>,
}

#[derive(Deserialize)]
pub(super) struct NamedJson {
    pub(super) name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TypeJson {
    pub(super) kind: Option<String>,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    #[serde(rename = "specifiedByURL", alias = "specifiedByUrl")]
    pub(super) specified_by_url: Option<String>,
    pub(super) is_one_of: Option<bool>,
    pub(super) fields: Option<Vec<FieldJson>>,
    pub(super) input_fields: Option<Vec<InputValueJson>>,
    pub(super) interfaces: Option<Vec<NamedJson>>,
    pub(super) enum_values: Option<Vec<EnumValueJson>>,
    pub(super) possible_types: Option<Vec<NamedJson>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldJson {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) args: Option<Vec<InputValueJson>>,
    #[serde(rename = "type")]
    pub(super) ty: Option<TypeRefJson>,
    pub(super) is_deprecated: Option<bool>,
    pub(super) deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InputValueJson {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    #[serde(rename = "type")]
    pub(super) ty: Option<TypeRefJson>,
    pub(super) default_value: Option<String>,
    pub(super) is_deprecated: Option<bool>,
    pub(super) deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EnumValueJson {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) is_deprecated: Option<bool>,
    pub(super) deprecation_reason: Option<String>,
}

/// Nesting is bounded by the JSON reader's own recursion limit.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TypeRefJson {
    pub(super) kind: Option<String>,
    pub(super) name: Option<String>,
    pub(super) of_type: Option<Box<TypeRefJson>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DirectiveJson {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) is_repeatable: Option<bool>,
    pub(super) locations: Option<Vec<String>>,
    pub(super) args: Option<Vec<InputValueJson>>,
}
