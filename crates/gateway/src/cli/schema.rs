//! `conjoin schema`: the remote schemas of the metadata, and what is in them.
//!
//! Reading asks the server, or with `--offline` nobody. Where writing goes is the business of [`super::change`].

pub(crate) mod add;
mod changes;
mod edit;
mod list;
mod probe;
mod reload;
mod search;
mod show;

use clap::{Args, Subcommand};
use engine::remote::RemoteSchema;
use serde_json::{Value, json};

use super::Outcome;
use super::change::Context;
use super::error::Error;
use super::options::Options;
use super::snapshot::Snapshots;
use super::source::{Origin, Source};
use super::terminal::Terminal;

/// Arguments of `conjoin schema`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask a remote for its schema, see what clashes, and add it to the metadata.
    Add(add::Arguments),
    /// List the remote schemas with their state and what they have.
    List(list::Arguments),
    /// Print what is known of a remote schema, or its SDL.
    Show(show::Arguments),
    /// Make the server ask remotes for their schemas again.
    Reload(reload::Arguments),
    /// Compare what a remote answers now with what is served, and see what the difference breaks.
    Diff(changes::Diff),
    /// List the schema changes that the server holds, and what they break.
    Changes(changes::Changes),
    /// Serve schema changes that are held.
    Apply(changes::Apply),
    /// Find types, fields, arguments and values in all remote schemas.
    Search(search::Arguments),
    /// Give a remote schema another name, also where relationships lead to it.
    Rename(edit::Rename),
    /// Remove a remote schema with its permissions and relationships.
    Remove(edit::Remove),
}

/// Runs one of the commands.
pub(super) async fn run(
    arguments: &Arguments,
    options: &Options,
    terminal: &Terminal,
) -> Result<Outcome, Error> {
    let context = Context::new(options, terminal)?;
    match &arguments.command {
        Command::Add(arguments) => add::run(arguments, &context).await,
        Command::List(arguments) => list::run(arguments, &context).await,
        Command::Show(arguments) => show::run(arguments, &context).await,
        Command::Reload(arguments) => reload::run(arguments, &context).await,
        Command::Diff(arguments) => changes::diff(arguments, &context).await,
        Command::Changes(arguments) => changes::changes(arguments, &context).await,
        Command::Apply(arguments) => changes::apply(arguments, &context).await,
        Command::Search(arguments) => search::run(arguments, &context).await,
        Command::Rename(arguments) => edit::rename(arguments, &context).await,
        Command::Remove(arguments) => edit::remove(arguments, &context).await,
    }
}

/// Metadata and schemas to look at.
pub(super) async fn read(origin: &Origin, context: &Context<'_>) -> Result<Source, Error> {
    let Context { project, terminal, .. } = context;
    if origin.offline {
        return Source::of_project(project, &Snapshots::of(project, origin.snapshots.as_deref()), terminal);
    }
    let _step = terminal.step("reading metadata and schemas");
    Source::of_server(&context.client()?, terminal).await
}

/// How much a remote has, in words.
fn counted(schema: &RemoteSchema) -> String {
    let counts = engine::outline::Counts::of(schema);
    let some = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let mut parts = vec![
        some(counts.types, "type", "types"),
        some(counts.queries, "query", "queries"),
        some(counts.mutations, "mutation", "mutations"),
    ];
    if counts.subscriptions > 0 {
        parts.push(some(counts.subscriptions, "subscription", "subscriptions"));
    }
    parts.join(", ")
}

/// Where a remote is, as people may see it.
fn address(remote: &metadata::RemoteSchema) -> String {
    match (&remote.definition.url, &remote.definition.url_from_env) {
        (Some(url), _) => metadata::remote::presentable(url),
        (None, Some(variable)) => format!("${variable}"),
        (None, None) => String::new(),
    }
}

/// Why remotes are not served as they should be, by the server's word or by what the engine finds.
async fn troubles(
    origin: &Origin,
    source: &Source,
    context: &Context<'_>,
) -> Result<Vec<(String, String)>, Error> {
    if origin.offline {
        let of_remote = |problem: engine::problem::Problem| match problem.object {
            engine::problem::MetadataObject::RemoteSchema(name)
                if problem.severity != engine::problem::Severity::Warning =>
            {
                Some((name, problem.reason))
            }
            _ => None,
        };
        return Ok(source.build().problems.into_iter().filter_map(of_remote).collect());
    }
    let answer = context.client()?.metadata("get_inconsistent_metadata", json!({})).await?;
    let objects = answer.get("inconsistent_objects").and_then(Value::as_array);
    let word =
        |object: &Value, key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let of_remote = objects.into_iter().flatten().filter(|object| word(object, "type") == "remote_schema");
    let trouble = |object: &Value| {
        let name = word(object, "name");
        let name = name.strip_prefix("remote_schema ").unwrap_or(&name).to_owned();
        let reason = word(object, "reason");
        (name, reason.strip_prefix("Inconsistent object: ").unwrap_or(&reason).to_owned())
    };
    Ok(of_remote.map(trouble).collect())
}
