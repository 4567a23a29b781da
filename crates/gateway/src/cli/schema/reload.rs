//! `conjoin schema reload`.

use clap::Args;
use serde_json::{Value, json};

use super::troubles;
use crate::cli::Outcome;
use crate::cli::change::{Context, remote};
use crate::cli::error::{Error, Exit};
use crate::cli::source::{Origin, Source};
use metadata::Document;

/// Arguments of `conjoin schema reload`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  conjoin schema reload orders users\n  conjoin schema reload --all")]
pub(super) struct Arguments {
    /// Remote schemas.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    names: Vec<String>,
    /// All of them.
    #[arg(long)]
    all: bool,
}

/// Asks the server, in one change for all; ends with 1 if one of them has troubles then.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let (client, terminal) = (context.client()?, context.terminal);
    let step = terminal.step("reloading");
    let document = client.metadata("export_metadata", json!({})).await?;
    let document = Document::from_json(&document).unwrap_or_default();
    for name in &arguments.names {
        remote(&document, name)?;
    }
    let which = if arguments.all { json!(true) } else { json!(arguments.names) };
    client
        .metadata("reload_metadata", json!({"reload_remote_schemas": which, "reload_sources": false}))
        .await?;
    let origin = Origin { offline: false, snapshots: None };
    let troubles = troubles(&origin, &Source::new(document.clone()), context).await?;
    drop(step);
    let mut reloaded = Vec::new();
    let mut exit = Exit::Ok;
    for entry in &document.remote_schemas {
        let name = &entry.name;
        if !arguments.all && !arguments.names.contains(name) {
            continue;
        }
        let trouble = troubles.iter().find(|(troubled, _)| troubled == name).map(|(_, reason)| reason);
        match trouble {
            None => terminal.done(&format!("reloaded {name}")),
            Some(reason) => {
                exit = Exit::Failed;
                terminal.warn(&format!("{name}: {reason}"));
            }
        }
        reloaded.push(json!({"name": name, "reason": trouble}));
    }
    Ok(Outcome { exit, ..Outcome::new(&Value::from_iter([("schemas", Value::Array(reloaded))])) })
}
