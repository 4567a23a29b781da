//! `conjoin relationship suggest`: relationships that the schemas suggest, and those of them that are named added.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use engine::suggest::{Suggestion, Wanted, suggest};
use metadata::directory::amend::Amendment;
use serde_json::{Map, Value, json};

use super::list::summaries;
use super::name::{Known, Name, parse};
use crate::cli::Outcome;
use crate::cli::change::{Change, Context, Destination, columns, missing, remote};
use crate::cli::error::Error;
use crate::cli::source::{MAX_ANSWER_BYTES, Source};
use crate::upstream::Upstream;
use crate::upstream::hits::{self, Hits};

/// Arguments of `conjoin relationship suggest`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  conjoin relationship suggest\n  conjoin relationship suggest --schema orders --min 0.5\n  \
    conjoin relationship suggest --apply orders.Order.user"
)]
pub(super) struct Arguments {
    /// Only those on types of this remote schema.
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
    /// The lowest score, from 0 to 1.
    #[arg(long, value_name = "SCORE", default_value_t = 0.7)]
    min: f64,
    /// How many to show at most.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Try up to 20 keys of each of the first 10 on the remotes, with queries only.
    #[arg(long, conflicts_with = "apply")]
    probe: bool,
    /// Add these of them: TYPE.name, or SCHEMA.TYPE.name.
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = parse)]
    apply: Vec<Name>,
    /// With --apply: write nothing, show what would be written.
    #[arg(long, requires = "apply")]
    dry_run: bool,
    /// Take and change the server's metadata, also in a project.
    #[arg(long)]
    server: bool,
}

/// Lists what is suggested, or adds what is named of it.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let destination = Destination::new(arguments.dry_run, arguments.server);
    let mut source = destination.read(context, |_| true).await?;
    if let Some(name) = &arguments.schema {
        remote(&source.document, name)?;
    }
    let wanted = Wanted {
        remote: arguments.schema.as_deref(),
        min_score: arguments.min,
        // What is named may be far down the list.
        limit: if arguments.apply.is_empty() { arguments.limit } else { usize::MAX },
    };
    let suggestions = suggest(&source.document, &source.schemas, wanted);
    if arguments.apply.is_empty() {
        let hits = match arguments.probe {
            true => probe(&source, &suggestions, context).await,
            false => Vec::new(),
        };
        return Ok(table(&source, &suggestions, &hits, context));
    }
    let chosen: Vec<&Suggestion> =
        arguments.apply.iter().map(|name| find(name, &suggestions)).collect::<Result<_, _>>()?;
    let amendments: Vec<Amendment> = chosen.iter().map(|suggestion| suggestion.addition()).collect();
    amendments.iter().for_each(|amendment| amendment.apply(&mut source.document));
    let summaries = summaries(&source.document);
    for suggestion in &chosen {
        context.terminal.done(summaries.get(&known(suggestion).title()).map_or("", String::as_str));
    }
    let create = |suggestion: &&Suggestion| {
        json!({"type": "create_remote_schema_remote_relationship", "args": {
            "remote_schema": suggestion.remote,
            "type_name": suggestion.type_name,
            "name": suggestion.relationship.name,
            "definition": suggestion.relationship.definition.to_json(),
        }})
    };
    let command = json!({"type": "bulk", "args": chosen.iter().map(create).collect::<Vec<_>>()});
    let added =
        chosen.iter().map(|suggestion| record(suggestion, &summaries_of(suggestion, &source))).collect();
    let data = Map::from_iter([("added".to_owned(), Value::Array(added))]);
    destination.write(&Change { amendments, command }, context, data).await
}

/// What comes of trying the first of them, as the gateway would ask.
async fn probe(
    source: &Source,
    suggestions: &[Suggestion],
    context: &Context<'_>,
) -> Vec<Result<Hits, String>> {
    let _step = context.terminal.step("asking the remotes");
    let env = |name: &str| context.project.environment.value(name);
    let allowed = source.document.tls_allowlist();
    let upstreams = source.document.remote_schemas.iter().filter_map(|remote| {
        let upstream = Upstream::new(remote, &allowed, &env, MAX_ANSWER_BYTES).ok()?;
        Some((remote.name.clone(), Arc::new(upstream)))
    });
    hits::of_suggestions(suggestions, &source.document, &source.schemas, &upstreams.collect()).await
}

/// One line for each, and below it why it is suggested.
fn table(
    source: &Source,
    suggestions: &[Suggestion],
    hits: &[Result<Hits, String>],
    context: &Context<'_>,
) -> Outcome {
    let mut rows = vec![["SCORE", "NAME", "TYPE", "DEFINITION"].map(str::to_owned).to_vec()];
    let mut listed = Vec::new();
    let mut text = String::new();
    for (index, suggestion) in suggestions.iter().enumerate() {
        let summary = summaries_of(suggestion, source);
        let title = known(suggestion).title();
        let ty = suggestion.value_type.to_string();
        rows.push(vec![format!("{:.2}", suggestion.score), title.clone(), ty, summary.clone()]);
        let _ = writeln!(text, "\n{title}");
        suggestion.reasons.iter().for_each(|reason| text.push_str(&format!("  {reason}\n")));
        let mut listing = record(suggestion, &summary);
        match hits.get(index) {
            Some(Ok(Hits { asked, found })) => {
                let _ = writeln!(text, "  {found} of {asked} keys are found.");
                listing["hits"] = json!({"asked": asked, "found": found});
            }
            Some(Err(why)) => {
                let _ = writeln!(text, "  It could not be tried: {why}");
                listing["hits"] = json!({"asked": 0, "found": 0, "failure": why});
            }
            None => {}
        }
        listed.push(listing);
    }
    if let Some(first) = suggestions.first() {
        let title = known(first).title();
        context.terminal.note(&format!("next: conjoin relationship suggest --apply {title}"));
    } else {
        context.terminal.note("nothing is suggested");
        rows.clear();
    }
    Outcome::with_text(&json!({"suggestions": listed}), columns(&rows) + &text)
}

fn record(suggestion: &Suggestion, summary: &str) -> Value {
    json!({
        "remote_schema": suggestion.remote,
        "type_name": suggestion.type_name,
        "name": suggestion.relationship.name,
        "score": suggestion.score,
        "type": suggestion.value_type.to_string(),
        "definition": suggestion.relationship.definition.to_json(),
        "summary": summary,
        "reasons": suggestion.reasons,
    })
}

fn known(suggestion: &Suggestion) -> Known<'_> {
    Known {
        remote: &suggestion.remote,
        type_name: &suggestion.type_name,
        relationship: &suggestion.relationship,
    }
}

/// The suggestion on one line, in the words that relationships are listed in.
fn summaries_of(suggestion: &Suggestion, source: &Source) -> String {
    let mut document = source.document.clone();
    document.remote_schemas.iter_mut().for_each(|remote| remote.remote_relationships.clear());
    suggestion.addition().apply(&mut document);
    summaries(&document).remove(&known(suggestion).title()).unwrap_or_default()
}

/// The suggestion of that name.
fn find<'s>(name: &Name, suggestions: &'s [Suggestion]) -> Result<&'s Suggestion, Error> {
    let is_meant = |suggestion: &&Suggestion| {
        suggestion.type_name == name.type_name
            && suggestion.relationship.name == name.name
            && name.remote.as_ref().is_none_or(|remote| *remote == suggestion.remote)
    };
    let found: Vec<&Suggestion> = suggestions.iter().filter(is_meant).collect();
    match found.as_slice() {
        [only] => Ok(only),
        [] => {
            let titles: Vec<String> =
                suggestions.iter().map(|suggestion| known(suggestion).title()).collect();
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let wanted = name.to_string();
            Err(missing(format!("no relationship `{wanted}` is suggested"), &wanted, &titles))
        }
        several => {
            let titles: Vec<String> = several.iter().map(|suggestion| known(suggestion).title()).collect();
            Err(Error::usage(format!("more than one remote schema has a suggestion `{name}`"))
                .help(format!("name one of {}", titles.join(", "))))
        }
    }
}
