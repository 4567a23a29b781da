//! `conjoin schema show`.

use std::fmt::Write as _;

use clap::Args;
use engine::outline::Counts;
use metadata::RelationshipDefinition;
use serde_json::json;

use super::{address, counted, read, troubles};
use crate::cli::Outcome;
use crate::cli::change::{Context, remote};
use crate::cli::error::{Error, Exit};
use crate::cli::snapshot::to_text;
use crate::cli::source::Origin;

/// Arguments of `conjoin schema show`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  conjoin schema show orders\n  conjoin schema show orders --sdl > orders.graphql"
)]
pub(super) struct Arguments {
    /// The remote schema.
    name: String,
    /// Print the schema itself, under the remote's own names.
    #[arg(long)]
    sdl: bool,
    #[command(flatten)]
    origin: Origin,
}

/// What the metadata says of a remote, and what the remote says of itself.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let source = read(&arguments.origin, context).await?;
    let entry = remote(&source.document, &arguments.name)?;
    let schema = source.schemas.get(&entry.name);
    if arguments.sdl {
        let schema = schema.ok_or_else(|| {
            let message = format!("there is no schema of remote schema `{}`", entry.name);
            Error::failed("not-exists", message)
                .help("`conjoin schema list` says why; `conjoin schema reload` makes the server ask again")
                .exit(Exit::Failed)
        })?;
        let sdl = to_text(schema);
        return Ok(Outcome::with_text(&json!({"name": entry.name, "sdl": sdl}), sdl));
    }
    let troubles = troubles(&arguments.origin, &source, context).await?;
    let trouble = troubles.into_iter().find(|(name, _)| *name == entry.name).map(|(_, reason)| reason);
    let mut relationships = Vec::new();
    for other in &source.document.remote_schemas {
        for on in &other.remote_relationships {
            for relationship in &on.relationships {
                let RelationshipDefinition::ToRemoteSchema(to) = &relationship.definition else { continue };
                if other.name == entry.name || to.remote_schema == entry.name {
                    let name = format!("{}.{}.{}", other.name, on.type_name, relationship.name);
                    relationships.push((name, to.remote_schema.clone()));
                }
            }
        }
    }
    let roles: Vec<&str> = entry.permissions.iter().map(|permission| permission.role.as_str()).collect();
    let headers: Vec<&str> = entry.definition.headers.iter().map(|header| header.name.as_str()).collect();
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{label:14}{value}");
        }
    };
    line("name", &entry.name);
    line("url", &address(entry));
    line("comment", entry.comment.as_deref().unwrap_or_default());
    line("schema", &schema.map_or_else(|| "none".to_owned(), |schema| counted(schema)));
    line("trouble", trouble.as_deref().unwrap_or_default());
    line("headers", &headers.join(", "));
    let customization = entry.definition.to_json().get("customization").cloned().unwrap_or_default();
    if !customization.is_null() {
        line("customization", &customization.to_string());
    }
    line("roles", &roles.join(", "));
    for (name, to) in &relationships {
        line("relationship", &format!("{name} -> {to}"));
    }
    let names = relationships.iter().map(|(name, to)| json!({"name": name, "to": to}));
    let data = json!({
        "remote": entry.to_report(),
        "reason": trouble,
        "counts": schema.map(|schema| Counts::of(schema)),
        "roles": roles,
        "relationships": names.collect::<Vec<_>>(),
    });
    Ok(Outcome::with_text(&data, text))
}
