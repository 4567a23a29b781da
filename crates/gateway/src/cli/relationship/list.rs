//! `conjoin relationship list` and `show`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use engine::problem::{MetadataObject, Severity};
use engine::trial::Trial;
use metadata::Document;
use metadata::diff::{Object, diff};
use serde_json::{Value, json};

use super::name::{Known, Name, all, parse};
use crate::cli::Outcome;
use crate::cli::change::{Context, columns};
use crate::cli::error::Error;
use crate::cli::schema;
use crate::cli::source::{Origin, Source};

/// Arguments of `conjoin relationship list`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  conjoin relationship list\n  conjoin relationship list --schema orders --offline"
)]
pub(super) struct List {
    /// Only those that are defined on this remote schema or lead to it.
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
    #[command(flatten)]
    origin: Origin,
}

/// Arguments of `conjoin relationship show`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  conjoin relationship show orders.Order.user")]
pub(super) struct Show {
    /// The relationship: TYPE.name, or SCHEMA.TYPE.name.
    #[arg(value_parser = parse)]
    name: Name,
    #[command(flatten)]
    origin: Origin,
}

/// One line for each, and why those that are not served are not.
pub(super) async fn list(arguments: &List, context: &Context<'_>) -> Result<Outcome, Error> {
    let source = schema::read(&arguments.origin, context).await?;
    if let Some(name) = &arguments.schema {
        crate::cli::change::remote(&source.document, name)?;
    }
    let (summaries, reasons) = (summaries(&source.document), reasons(&source));
    let mut rows = vec![["NAME", "STATE", "DEFINITION"].map(str::to_owned).to_vec()];
    let mut listed = Vec::new();
    let mut text = String::new();
    for known in all(&source.document) {
        let to = known.target().map(|to| to.remote_schema.as_str());
        let is_meant = |name: &String| known.remote == name || to == Some(name);
        if !arguments.schema.as_ref().is_none_or(is_meant) {
            continue;
        }
        let title = known.title();
        let reason = reasons.get(&title);
        let state = if reason.is_some() { "inconsistent" } else { state(&source, &known) };
        let summary = summaries.get(&title).cloned().unwrap_or_default();
        rows.push(vec![title.clone(), state.to_owned(), summary.clone()]);
        if let Some(reason) = reason {
            let _ = writeln!(text, "{title}: {reason}");
        }
        listed.push(json!({
            "remote_schema": known.remote,
            "type_name": known.type_name,
            "name": known.relationship.name,
            "to": to,
            "summary": summary,
            "state": state,
            "reason": reason,
        }));
    }
    Ok(Outcome::with_text(&json!({"relationships": listed}), columns(&rows) + &text))
}

/// The definition as it stands in the metadata, and what the engine makes of it.
pub(super) async fn show(arguments: &Show, context: &Context<'_>) -> Result<Outcome, Error> {
    let source = schema::read(&arguments.origin, context).await?;
    let known = arguments.name.find(&source.document)?;
    let title = known.title();
    let reason = reasons(&source).remove(&title);
    let definition = known.relationship.definition.to_json();
    let mut text = format!("{title}\n{}", metadata::yaml::to_string(&definition));
    let mut data = json!({
        "remote_schema": known.remote,
        "type_name": known.type_name,
        "name": known.relationship.name,
        "definition": definition,
        "state": if reason.is_some() { "inconsistent" } else { state(&source, &known) },
        "reason": reason,
    });
    let name = (known.remote, known.type_name, known.relationship.name.as_str());
    match Trial::new(&source.document, &source.schemas, name, None, None) {
        Ok(trial) => {
            let (ty, request) = (value_type(&trial), trial.request().ok());
            let _ = writeln!(text, "type: {ty}");
            if let Some(request) = &request {
                let _ = writeln!(text, "asks: {request}");
            }
            data["type"] = json!(ty);
            data["request"] = json!(request);
        }
        Err(why) => {
            let why = reason.clone().unwrap_or(why);
            let _ = writeln!(text, "not served: {why}");
        }
    }
    Ok(Outcome::with_text(&data, text))
}

/// The type of the value under the other remote's own names.
pub(super) fn value_type(trial: &Trial) -> String {
    let join = trial.join();
    join.value_type(&trial.catalog.remote(join.target).schema.schema).to_string()
}

fn state(source: &Source, known: &Known<'_>) -> &'static str {
    let object = MetadataObject::Relationship {
        remote_schema: known.remote.to_owned(),
        type_name: known.type_name.to_owned(),
        name: known.relationship.name.clone(),
    };
    if known.target().is_none() || source.is_unknown(&object) { "unknown" } else { "ok" }
}

/// Why relationships are not served, by their full names.
fn reasons(source: &Source) -> BTreeMap<String, String> {
    let of_relationship = |problem: engine::problem::Problem| match problem.object {
        MetadataObject::Relationship { remote_schema, type_name, name }
            if problem.severity == Severity::Inconsistent =>
        {
            Some((format!("{remote_schema}.{type_name}.{name}"), problem.reason))
        }
        _ => None,
    };
    source.build().problems.into_iter().filter_map(of_relationship).collect()
}

/// Each relationship on one line, in the words of `conjoin metadata diff`.
pub(super) fn summaries(document: &Document) -> BTreeMap<String, String> {
    let mut without = document.clone();
    for remote in &mut without.remote_schemas {
        remote.remote_relationships.clear();
    }
    let added = diff(&without, document).into_iter().filter_map(|change| match change.object {
        Object::Relationship { type_name, name, remote_schema } => {
            // Without a key there is no field after the dot.
            Some((format!("{remote_schema}.{type_name}.{name}"), change.summary.replace(". -> ", " -> ")))
        }
        _ => None,
    });
    added.collect()
}

/// A relationship's data for machines, without what is not known.
pub(super) fn identity(known: &Known<'_>) -> Value {
    json!({"remote_schema": known.remote, "type_name": known.type_name, "name": known.relationship.name})
}
