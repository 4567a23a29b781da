//! `conjoin schema rename` and `remove`.

use clap::Args;
use metadata::directory::amend::Amendment;
use metadata::{Document, RelationshipDefinition};
use serde_json::{Map, json};

use crate::cli::Outcome;
use crate::cli::change::{Change, Context, Destination, remote};
use crate::cli::error::Error;
use crate::cli::snapshot::Snapshots;
use crate::cli::source::Source;

/// Arguments of `conjoin schema rename`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  conjoin schema rename users people --dry-run")]
pub(super) struct Rename {
    /// The remote schema.
    old: String,
    /// Its new name.
    new: String,
    #[command(flatten)]
    destination: Destination,
}

/// Arguments of `conjoin schema remove`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  conjoin schema remove users --cascade --dry-run")]
pub(super) struct Remove {
    /// The remote schema.
    name: String,
    /// Remove also the relationships of other remote schemas that lead to it.
    #[arg(long)]
    cascade: bool,
    #[command(flatten)]
    destination: Destination,
}

/// Renames it everywhere at once.
pub(super) async fn rename(arguments: &Rename, context: &Context<'_>) -> Result<Outcome, Error> {
    let Rename { old, new, destination } = arguments;
    let document = document(destination, context).await?;
    remote(&document, old)?;
    if document.remote_schema(new).is_some() {
        return Err(Error::failed("already-exists", format!("there is a remote schema `{new}` already")));
    }
    if new.is_empty() {
        return Err(Error::usage("the name of a remote schema cannot be empty"));
    }
    let amendments = vec![Amendment::RenameRemote { old: old.clone(), new: new.clone() }];
    let data = Map::from_iter([("old".to_owned(), json!(old)), ("new".to_owned(), json!(new))]);
    let command = json!({"type": "rename_remote_schema", "args": {"name": old, "new_name": new}});
    let outcome = destination.write(&Change { amendments, command }, context, data).await?;
    if destination.is_project(context) && !destination.dry_run {
        let snapshots = Snapshots::of(&context.project, None);
        let (from, to) = (snapshots.path(old), snapshots.path(new));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(|error| Error::io("rename", &from, &error))?;
            context.terminal.note(&format!("renamed {} to {}", from.display(), to.display()));
        }
    }
    Ok(outcome)
}

/// Removes it, unless relationships of others lead to it and nobody said that these go too.
pub(super) async fn remove(arguments: &Remove, context: &Context<'_>) -> Result<Outcome, Error> {
    let Remove { name, cascade, destination } = arguments;
    let document = document(destination, context).await?;
    remote(&document, name)?;
    let dependents = dependents(&document, name);
    if !dependents.is_empty() && !cascade {
        let message = format!("relationships of other remote schemas lead to `{name}`");
        let mut error = Error::failed("dependency-error", message)
            .help("remove these first, or with --cascade along with it");
        error.details = dependents.iter().map(title).collect();
        return Err(error);
    }
    if !destination.is_project(context) && !destination.dry_run {
        let deed = format!("remove {name} from {}", context.settings()?.shown_endpoint());
        context.terminal.confirm(&deed, !context.project.config.disable_interactive).await?;
    }
    let names: Vec<String> = dependents.iter().map(title).collect();
    for name in &names {
        context.terminal.note(&format!("with the relationship {name}"));
    }
    let mut amendments = dependents;
    amendments.push(Amendment::RemoveRemote(name.clone()));
    let command = json!({"type": "remove_remote_schema", "args": {"name": name, "cascade": cascade}});
    let data = Map::from_iter([("name".to_owned(), json!(name)), ("relationships".to_owned(), json!(names))]);
    destination.write(&Change { amendments, command }, context, data).await
}

/// The metadata that is to be changed.
async fn document(destination: &Destination, context: &Context<'_>) -> Result<Document, Error> {
    if destination.is_project(context) {
        return Ok(Source::of_project_and_remotes(&context.project, |_| false, context.terminal)
            .await?
            .document);
    }
    let document = context.client()?.metadata("export_metadata", json!({})).await?;
    Document::from_json(&document).map_err(|error| {
        let message = format!("the server's metadata is not understood: {}", error.message);
        Error::failed("invalid-metadata", message).pointer(error.path)
    })
}

/// The removal of each relationship of another remote that leads to this one.
fn dependents(document: &Document, name: &str) -> Vec<Amendment> {
    let mut dependents = Vec::new();
    for remote in document.remote_schemas.iter().filter(|remote| remote.name != name) {
        for on in &remote.remote_relationships {
            for relationship in &on.relationships {
                let RelationshipDefinition::ToRemoteSchema(to) = &relationship.definition else { continue };
                if to.remote_schema == name {
                    dependents.push(Amendment::RemoveRelationship {
                        remote: remote.name.clone(),
                        type_name: on.type_name.clone(),
                        name: relationship.name.clone(),
                    });
                }
            }
        }
    }
    dependents
}

fn title(removal: &Amendment) -> String {
    match removal {
        Amendment::RemoveRelationship { remote, type_name, name } => format!("{remote}.{type_name}.{name}"),
        _ => String::new(),
    }
}
