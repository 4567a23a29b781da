//! What would change with another metadata document, before it is taken.

use std::sync::Arc;

use engine::fault::Code;
use engine::problem::{MetadataObject, Problem};
use metadata::Document;
use metadata::diff::{Change, diff};
use metadata::yaml::{parse, to_string};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::super::history::past;
use super::fault::Fault;
use super::problem::ProblemRow;
/// Of `compare_metadata`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "ComparisonArguments")]
pub(super) struct Arguments {
    /// The older document: a version of the history; the current one when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) from_version: Option<u64>,
    /// The newer document: a version of the history.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) to_version: Option<u64>,
    /// The newer document itself, as JSON or as the text of a YAML or JSON file; the current one when both are absent.
    #[serde(default)]
    #[ts(optional, type = "unknown")]
    pub(super) to: Option<Value>,
}

/// What differs.
#[derive(Debug, Default, Serialize, TS)]
pub(super) struct Comparison {
    /// What is wrong with the document that was given; nothing else is answered then.
    pub(super) faults: Vec<Fault>,
    /// By object.
    pub(super) changes: Vec<Change>,
    /// What would be wrong that is not now. Remotes are not asked.
    pub(super) new_problems: Vec<ProblemRow>,
    /// What would not be wrong any more.
    pub(super) solved_problems: Vec<ProblemRow>,
    /// Parts that are kept and not served, with the reason.
    pub(super) ignored: Vec<Ignored>,
    /// The older document as YAML.
    pub(super) from_yaml: String,
    /// The newer document as YAML.
    pub(super) to_yaml: String,
    /// The newer document, ready for `replace_metadata`.
    #[ts(type = "unknown")]
    pub(super) metadata: Value,
    /// Of the current metadata.
    pub(super) resource_version: u64,
}

/// A part of a document that is kept and not served.
#[derive(Debug, Serialize, TS)]
pub(super) struct Ignored {
    /// Its key.
    pub(super) section: String,
    /// How many entries it has.
    pub(super) n_entries: u32,
    /// Why it is not served.
    pub(super) reason: String,
}

/// Answers.
pub(super) async fn answer(
    edit: &mut Edit,
    path: &str,
    arguments: Arguments,
) -> Result<Comparison, ApiError> {
    if arguments.to.is_some() && arguments.to_version.is_some() {
        let message = "`to` and `to_version` both say which document is the newer one; leave one of them out";
        return Err(ApiError::new(Code::InvalidParams, path, message));
    }
    let mut comparison =
        Comparison { resource_version: edit.draft.resource_version(), ..Comparison::default() };
    let from = match arguments.from_version {
        Some(version) => Some(past(edit, path, version).await?),
        None => None,
    };
    let to = match (arguments.to, arguments.to_version) {
        (Some(given), _) => match read(given) {
            Ok(document) => Some(document),
            Err(fault) => {
                comparison.faults.push(fault);
                return Ok(comparison);
            }
        },
        (None, Some(version)) => Some(past(edit, path, version).await?),
        (None, None) => None,
    };
    let (before, after) = (problems(edit, from.as_ref()).await, problems(edit, to.as_ref()).await);
    let current = edit.draft.document();
    let (from, to) = (from.as_ref().unwrap_or(current), to.as_ref().unwrap_or(current));
    comparison.changes = diff(from, to);
    comparison.new_problems = rows_without(&after, &before);
    comparison.solved_problems = rows_without(&before, &after);
    comparison.ignored = after.iter().filter_map(Ignored::of).collect();
    comparison.from_yaml = to_string(&from.to_json());
    comparison.metadata = to.to_json();
    comparison.to_yaml = to_string(&comparison.metadata);
    Ok(comparison)
}

/// The document that was given, in whichever form it was exported.
fn read(given: Value) -> Result<Document, Fault> {
    let value = match given {
        Value::String(text) => {
            let node = parse(text.as_bytes(), 0).map_err(|error| Fault {
                pointer: "/to".to_owned(),
                code: Code::ParseFailed.as_str(),
                message: format!("line {}, column {}: {}", error.at.line, error.at.column, error.message),
                help: Some("give the text of one YAML or JSON file".to_owned()),
            })?;
            node.to_value()
        }
        value => value,
    };
    // An answer of `export_metadata` has the document inside.
    let (document, under) = match value.get("metadata") {
        Some(inside) if value.get("version").is_none() => (inside, "/to/metadata"),
        _ => (&value, "/to"),
    };
    Document::from_json(document).map_err(|error| Fault::decode(&error, under))
}

/// What is wrong with a document, or with the current one. No remote is asked: what is known of those of the same names has to do.
async fn problems(edit: &Edit, document: Option<&Document>) -> Arc<[Problem]> {
    let Some(document) = document.cloned() else { return edit.draft.problems() };
    let introspections = edit.draft.introspections();
    let options = edit.hub.options().catalog;
    let building = move || engine::catalog::build(&document, &introspections, options, 0).1;
    match tokio::task::spawn_blocking(building).await {
        Ok(problems) => problems.into(),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Arc::default(),
        },
    }
}

/// Those that the others are not among.
fn rows_without(problems: &[Problem], others: &[Problem]) -> Vec<ProblemRow> {
    let is_among = |problem: &&Problem| {
        others.iter().any(|other| other.object == problem.object && other.reason == problem.reason)
    };
    // What is kept and not served has a list of its own.
    let is_told_otherwise = |problem: &&Problem| Ignored::of(problem).is_some();
    let new = problems.iter().filter(|problem| !is_among(problem) && !is_told_otherwise(problem));
    new.map(ProblemRow::of).collect()
}

impl Ignored {
    fn of(problem: &Problem) -> Option<Self> {
        let MetadataObject::Section(section) = &problem.object else { return None };
        if problem.code != Code::NotSupported {
            return None;
        }
        let n_entries = match &problem.definition {
            Value::Array(items) => items.len(),
            Value::Object(members) => members.len(),
            _ => 1,
        };
        let n_entries = u32::try_from(n_entries).unwrap_or(u32::MAX);
        Some(Self { section: section.clone(), n_entries, reason: problem.reason.clone() })
    }
}
