//! `conjoin relationship remove`.

use clap::Args;
use metadata::directory::amend::Amendment;
use serde_json::{Map, json};

use super::name::{Name, parse};
use crate::cli::Outcome;
use crate::cli::change::{Change, Context, Destination};
use crate::cli::error::Error;

/// Arguments of `conjoin relationship remove`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  conjoin relationship remove orders.Order.user --dry-run")]
pub(super) struct Remove {
    /// The relationship: TYPE.name, or SCHEMA.TYPE.name.
    #[arg(value_parser = parse)]
    name: Name,
    #[command(flatten)]
    destination: Destination,
}

/// Removes it from the metadata.
pub(super) async fn remove(arguments: &Remove, context: &Context<'_>) -> Result<Outcome, Error> {
    let Remove { name, destination } = arguments;
    let source = destination.read(context, |_| false).await?;
    let known = name.find(&source.document)?;
    let (remote, type_name, name) =
        (known.remote.to_owned(), known.type_name.to_owned(), known.relationship.name.clone());
    let args = json!({"remote_schema": remote, "type_name": type_name, "name": name});
    let command = json!({"type": "delete_remote_schema_remote_relationship", "args": args});
    let data = Map::from_iter([("relationship".to_owned(), json!(known.title()))]);
    let amendments = vec![Amendment::RemoveRelationship { remote, type_name, name }];
    destination.write(&Change { amendments, command }, context, data).await
}
