//! `conjoin metadata history` and `rollback`: what the metadata was before, and back to it.

use std::fmt::Write as _;

use clap::Args;
use metadata::Document;
use serde_json::{Value, json};

use super::{Context, diff, inconsistency};
use crate::cli::Outcome;
use crate::cli::client::Client;
use crate::cli::error::Error;

/// Arguments of `conjoin metadata history`.
#[derive(Debug, Args)]
pub(super) struct History {
    /// Most changes to list.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u64,
    /// Only changes before this version.
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    before: Option<u64>,
}

/// Arguments of `conjoin metadata rollback`.
#[derive(Debug, Args)]
pub(super) struct Rollback {
    /// The version to go back to, as `history` lists it.
    #[arg(value_parser = parse_version)]
    version: u64,
    /// Print what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Go back even if some of that metadata cannot be served any more.
    #[arg(long)]
    allow_inconsistent_metadata: bool,
}

/// Lists the changes, newest first.
pub(super) async fn list(arguments: &History, context: &Context<'_>) -> Result<Outcome, Error> {
    let client = context.client()?;
    let mut args = json!({"limit": arguments.limit});
    if let (Some(members), Some(before)) = (args.as_object_mut(), arguments.before) {
        members.insert("before".into(), json!(before));
    }
    let step = context.terminal.step("reading the history");
    let result = client.metadata("get_metadata_history", args).await?;
    drop(step);
    let rows: Vec<[String; 4]> = (result.get("history").and_then(Value::as_array).into_iter().flatten())
        .map(|change| ["resource_version", "at", "source", "command"].map(|key| cell(change, key)))
        .collect();
    if rows.is_empty() {
        context.terminal.done("there are no changes");
        return Ok(Outcome::new(&result));
    }
    let heads = ["VERSION", "TIME", "SOURCE", "COMMAND"].map(str::to_owned);
    let all: Vec<&[String; 4]> = std::iter::once(&heads).chain(&rows).collect();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [version, at, source, command] in all {
        let [w0, w1, w2] = widths;
        let _ = writeln!(text, "{version:<w0$}  {at:<w1$}  {source:<w2$}  {command}");
    }
    Ok(Outcome::with_text(&result, text))
}

/// Makes the metadata what it was at a version. That is a change like any other, and can be taken back in the same way.
pub(super) async fn rollback(arguments: &Rollback, context: &Context<'_>) -> Result<Outcome, Error> {
    let client = context.client()?;
    let version = arguments.version;
    if arguments.dry_run {
        let (old, new) = (context.export().await?, document(&client, version).await?);
        context.terminal.note("nothing was changed; this is what the rollback would do");
        let outcome = diff::as_changes(&metadata::diff::diff(&old, &new));
        if outcome.text.is_empty() {
            context.terminal.done(&format!("the metadata is what it was at version {version}"));
        }
        return Ok(outcome);
    }
    let step = context.terminal.step("rolling back");
    let args = json!({
        "resource_version": version,
        "allow_inconsistent_metadata": arguments.allow_inconsistent_metadata,
    });
    let result =
        client.metadata("rollback_metadata", args).await.map_err(|error| match error.details.is_empty() {
            true => in_history(error),
            false => error.help("nothing was changed; --allow-inconsistent-metadata goes back all the same"),
        })?;
    drop(step);
    context.terminal.done(&format!("Metadata is what it was at version {version}"));
    for warning in result.get("warnings").and_then(Value::as_array).into_iter().flatten() {
        context.terminal.warn(warning.get("message").and_then(Value::as_str).unwrap_or_default());
    }
    if inconsistency::count(&result) > 0 {
        inconsistency::tell(&result, context.terminal);
    }
    Ok(Outcome::new(&result))
}

/// The metadata as it was at a version.
pub(super) async fn document(client: &Client<'_>, version: u64) -> Result<Document, Error> {
    let args = json!({"resource_version": version});
    let result = client.metadata("export_metadata_version", args).await.map_err(in_history)?;
    Document::from_json(result.get("metadata").unwrap_or(&Value::Null)).map_err(|error| {
        let message = format!("the metadata of version {version} is not understood: {}", error.message);
        Error::failed("invalid-metadata", message).pointer(error.path)
    })
}

/// A version as it is written: `12` or `@12`.
pub(super) fn parse_version(text: &str) -> Result<u64, String> {
    let number = text.strip_prefix('@').unwrap_or(text);
    number.parse().map_err(|_| "a version is a number, as `conjoin metadata history` lists them".to_owned())
}

/// The usual reason for a refusal is a version that nobody made.
fn in_history(error: Error) -> Error {
    match (&error.help, &*error.code) {
        (None, "not-exists" | "not-found" | "invalid-params") => {
            error.help("`conjoin metadata history` lists the versions there are")
        }
        _ => error,
    }
}

fn cell(change: &Value, key: &str) -> String {
    match change.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}
