//! Relationships that the schemas suggest.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::catalog::Introspection;
use engine::fault::Code;
use engine::remote::RemoteSchema;
use engine::suggest::{self, Wanted};
use metadata::{ArgumentValue, RelationshipDefinition, RemoteField, ToRemoteSchema};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::super::roles::no_remote;
use super::relationship::{BatchForm, Mapping, Target};
use crate::upstream::{Upstream, hits};
/// The score from which on suggestions are shown to those who do not say.
const MIN_SCORE: f64 = 0.5;

/// How many are shown to those who do not say.
const LIMIT: u32 = 100;

/// Of `suggest_relationships`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "SuggestionsArguments")]
pub(super) struct Arguments {
    /// On types of this remote only.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) remote_schema: Option<String>,
    /// The lowest score; 0.5 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) min_score: Option<f64>,
    /// How many at most; 100 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) limit: Option<u32>,
    /// Whether up to 20 keys of each of the first 10 are tried on the remotes.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub(super) probe: bool,
}

/// Relationships that might be wanted.
#[derive(Debug, Serialize, TS)]
pub(super) struct Suggestions {
    /// The best first; none that the metadata has already.
    pub(super) suggestions: Vec<Suggestion>,
}

/// A relationship that might be wanted.
#[derive(Debug, Serialize, TS)]
pub(super) struct Suggestion {
    /// What tells it apart, whatever name is free: `orders.Order.userId -> users.user.id`.
    pub(super) id: String,
    /// How sure it is, from 0 to 1.
    pub(super) score: f64,
    /// The remote of the type.
    pub(super) remote_schema: String,
    /// The type.
    pub(super) type_name: String,
    /// A free name.
    pub(super) name: String,
    /// Its definition.
    pub(super) definition: RelationshipDefinition,
    /// Where it leads.
    pub(super) target: Target,
    /// How arguments get their values.
    pub(super) mapping: Vec<Mapping>,
    /// How keys would be sent.
    pub(super) batch: BatchForm,
    /// Why it is suggested, one sentence each.
    pub(super) reasons: Vec<String>,
    /// What came of trying a few keys.
    pub(super) hits: Option<Hits>,
}

/// What came of trying a few keys.
#[derive(Debug, Serialize, TS)]
pub(super) struct Hits {
    /// Keys that were tried.
    pub(super) asked: u32,
    /// Keys with a value.
    pub(super) found: u32,
    /// Why none was tried.
    pub(super) failure: Option<String>,
}

/// Answers.
pub(super) async fn answer(
    edit: &mut Edit,
    path: &str,
    arguments: Arguments,
) -> Result<Suggestions, ApiError> {
    let document = edit.draft.document().clone();
    let schemas: BTreeMap<String, Arc<RemoteSchema>> = (document.remote_schemas.iter())
        .filter_map(|remote| {
            let schema = edit.draft.introspection(&remote.name).and_then(Introspection::schema)?;
            Some((remote.name.clone(), Arc::clone(schema)))
        })
        .collect();
    if let Some(remote) = arguments.remote_schema.as_ref()
        && document.remote_schema(remote).is_none()
    {
        return Err(no_remote(path, remote));
    }
    let Arguments { remote_schema, min_score, limit, probe } = arguments;
    let (asked_of, known) = (document.clone(), schemas.clone());
    // Many big schemas take a while, which must not hold up requests on the same thread.
    let found = tokio::task::spawn_blocking(move || {
        let wanted = Wanted {
            remote: remote_schema.as_deref(),
            min_score: min_score.unwrap_or(MIN_SCORE),
            limit: limit.unwrap_or(LIMIT) as usize,
        };
        suggest::suggest(&asked_of, &known, wanted)
    });
    let found = found.await.map_err(|error| ApiError::new(Code::Unexpected, path, error.to_string()))?;
    let upstream = |name: &String| Some((name.clone(), Arc::clone(edit.draft.upstream(name)?)));
    let upstreams: BTreeMap<String, Arc<Upstream>> = schemas.keys().filter_map(upstream).collect();
    let hits = match probe {
        true => hits::of_suggestions(&found, &document, &schemas, &upstreams).await,
        false => Vec::new(),
    };
    let hits = hits.into_iter().map(|hits| Some(Hits::of(hits))).chain(std::iter::repeat_with(|| None));
    let suggestions = found.into_iter().zip(hits).filter_map(|(found, hits)| Suggestion::of(found, hits));
    Ok(Suggestions { suggestions: suggestions.collect() })
}

impl Suggestion {
    fn of(found: suggest::Suggestion, hits: Option<Hits>) -> Option<Self> {
        let RelationshipDefinition::ToRemoteSchema(to) = &found.relationship.definition else { return None };
        let mapping = mapping(to);
        let target = target(to, &found);
        let id = format!(
            "{}.{}.{} -> {}.{}",
            found.remote,
            found.type_name,
            to.lhs_fields.join(","),
            to.remote_schema,
            mapping.iter().map(|mapping| &*mapping.argument).collect::<Vec<_>>().join(","),
        );
        Some(Self {
            id,
            score: found.score,
            batch: if to.batch.is_some() { BatchForm::List } else { BatchForm::Alias },
            target,
            mapping,
            remote_schema: found.remote,
            type_name: found.type_name,
            name: found.relationship.name,
            definition: found.relationship.definition,
            reasons: found.reasons,
            hits,
        })
    }
}

impl Hits {
    fn of(hits: Result<hits::Hits, String>) -> Self {
        let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
        match hits {
            Ok(hits) => Self { asked: count(hits.asked), found: count(hits.found), failure: None },
            Err(why) => Self { asked: 0, found: 0, failure: Some(why) },
        }
    }
}

fn target(to: &ToRemoteSchema, found: &suggest::Suggestion) -> Target {
    let steps = std::iter::successors(Some(&to.remote_field), |step| step.field.as_deref());
    Target {
        remote_schema: to.remote_schema.clone(),
        path: steps.map(|step| step.name.clone()).collect(),
        result_type: Some(found.value_type.to_string()),
        named_type: Some(found.value_type.inner_named_type().to_string()),
    }
}

fn mapping(to: &ToRemoteSchema) -> Vec<Mapping> {
    fn walk(place: &str, value: &ArgumentValue, mapping: &mut Vec<Mapping>) {
        match value {
            ArgumentValue::Object(members) => {
                members.iter().for_each(|(name, value)| walk(&format!("{place}.{name}"), value, mapping));
            }
            ArgumentValue::List(items) => items.iter().for_each(|item| walk(place, item, mapping)),
            ArgumentValue::Variable(field) => {
                mapping.push(Mapping { argument: place.to_owned(), source: field.clone(), is_field: true });
            }
            ArgumentValue::Scalar(value) => {
                mapping.push(Mapping {
                    argument: place.to_owned(),
                    source: value.to_string(),
                    is_field: false,
                });
            }
        }
    }
    let mut mapping = Vec::new();
    let mut step: Option<&RemoteField> = Some(&to.remote_field);
    while let Some(call) = step {
        for (argument, value) in &call.arguments {
            walk(&format!("{}.{argument}", call.name), value, &mut mapping);
        }
        step = call.field.as_deref();
    }
    mapping
}
