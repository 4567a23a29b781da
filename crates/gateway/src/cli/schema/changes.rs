//! `conjoin schema diff`, `changes` and `apply`: remotes whose schemas are not those that are served, what that breaks, and serving
//! it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::Outcome;
use crate::cli::change::Context;
use crate::cli::error::{Error, Exit};
use crate::cli::metadata::inconsistency;

/// Arguments of `conjoin schema diff`.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The remote schema.
    name: String,
    /// End with 3 if there is a difference.
    #[arg(long)]
    exit_code: bool,
}

/// Arguments of `conjoin schema changes`.
#[derive(Debug, Args)]
pub(super) struct Changes {
    /// End with 3 if something is held.
    #[arg(long)]
    exit_code: bool,
}

/// Arguments of `conjoin schema apply`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  conjoin schema apply orders users\n  conjoin schema apply --all")]
pub(super) struct Apply {
    /// Remote schemas.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    names: Vec<String>,
    /// All of which something is held.
    #[arg(long)]
    all: bool,
}

/// What a remote answers now, against what is served.
pub(super) async fn diff(arguments: &Diff, context: &Context<'_>) -> Result<Outcome, Error> {
    let Diff { name, exit_code } = arguments;
    let client = context.client()?;
    let step = context.terminal.step("asking the server, which asks the remote");
    let result =
        client.metadata("get_remote_schema_changes", json!({"names": [name], "fetch": true})).await?;
    drop(step);
    if let Some(failure) = list(&result, "failures").first() {
        let reason = word(failure, "reason");
        return Err(Error::unreachable(format!("remote schema `{name}` gives no schema: {reason}")));
    }
    if list(&result, "changes").is_empty() {
        context.terminal.done(&format!("remote schema {name} is served as it is"));
        return Ok(Outcome::new(&result));
    }
    Ok(found(&result, *exit_code))
}

/// What is held.
pub(super) async fn changes(arguments: &Changes, context: &Context<'_>) -> Result<Outcome, Error> {
    let client = context.client()?;
    let result = client.metadata("get_remote_schema_changes", json!({})).await?;
    if list(&result, "changes").is_empty() {
        context.terminal.done("no changes are held");
        return Ok(Outcome::new(&result));
    }
    Ok(found(&result, arguments.exit_code))
}

/// Serves what is held, of all remotes that are named as one change.
pub(super) async fn apply(arguments: &Apply, context: &Context<'_>) -> Result<Outcome, Error> {
    let (client, terminal) = (context.client()?, context.terminal);
    let names = match arguments.all {
        false => json!(arguments.names),
        true => {
            let held = client.metadata("get_remote_schema_changes", json!({})).await?;
            list(&held, "changes").iter().filter_map(|change| change.get("remote").cloned()).collect()
        }
    };
    if names.as_array().is_none_or(Vec::is_empty) {
        terminal.done("no changes are held");
        return Ok(Outcome::new(&json!({"changes": []})));
    }
    let step = terminal.step("applying");
    let result = client.metadata("apply_remote_schema_changes", json!({"names": names})).await?;
    drop(step);
    let mut text = String::new();
    for change in list(&result, "changes") {
        terminal.done(&format!("applied {}: {}", word(change, "remote"), counted(change)));
        let _ = writeln!(text, "{}:", word(change, "remote"));
        write_changes(change, &mut text);
    }
    write_affected(list(&result, "affects"), "", &mut text);
    inconsistency::tell(&result, terminal);
    let exit = if inconsistency::count(&result) == 0 { Exit::Ok } else { Exit::Failed };
    Ok(Outcome { exit, ..Outcome::with_text(&result, text) })
}

fn found(result: &Value, exit_code: bool) -> Outcome {
    let mut text = String::new();
    for change in list(result, "changes") {
        let safe = match change.get("safe") == Some(&Value::Bool(true)) {
            true => "safe",
            false => "not safe",
        };
        let fetched = word(change, "fetched_at");
        let _ = writeln!(text, "{}: {}, {safe}, fetched {fetched}", word(change, "remote"), counted(change));
        write_changes(change, &mut text);
        write_affected(list(change, "affects"), "  ", &mut text);
    }
    let exit = if exit_code { Exit::Found } else { Exit::Ok };
    Outcome { exit, ..Outcome::with_text(result, text) }
}

/// One change a line; below it what of ours it breaks.
fn write_changes(remote: &Value, text: &mut String) {
    let changes = list(remote, "changes");
    let shown = |change: &Value| match word(change, "breaking_graphql") {
        "none" => String::new(),
        breaking => breaking.to_owned(),
    };
    let width = changes.iter().map(|change| shown(change).len()).max().unwrap_or_default();
    for change in changes {
        let (path, what) = (word(change, "path"), word(change, "description"));
        let line = format!("{:width$}  {path} {what}", shown(change));
        let _ = writeln!(text, "  {}", if width == 0 { line.trim_start() } else { &line });
        write_affected(list(change, "affects"), &" ".repeat(width + 4), text);
    }
}

/// What breaks. Roles that lose the same stand in one line.
fn write_affected(affected: &[Value], indent: &str, text: &mut String) {
    let mut roles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for object in affected {
        let (name, reason) = (word(object, "name"), word(object, "reason"));
        match name.strip_prefix("role ").filter(|_| word(object, "type") == "role") {
            Some(role) => roles.entry(reason).or_default().push(role),
            None => {
                let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
                let _ = writeln!(text, "{indent}! {name}: {reason}");
            }
        }
    }
    for (reason, names) in roles {
        let roles = if names.len() == 1 { "role" } else { "roles" };
        let _ = writeln!(text, "{indent}! {roles} {}: {reason}", names.join(", "));
    }
}

fn counted(remote: &Value) -> String {
    let changes = list(remote, "changes");
    let n_breaking = changes.iter().filter(|change| word(change, "breaking_graphql") == "breaking").count();
    let some = match changes.len() {
        1 => "1 change".to_owned(),
        n => format!("{n} changes"),
    };
    if n_breaking == 0 { some } else { format!("{some}, {n_breaking} breaking") }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn word<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
