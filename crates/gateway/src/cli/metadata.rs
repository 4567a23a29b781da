//! `conjoin metadata`: moves metadata between the project and the server. The texts that scripts look for are Hasura's.

pub(super) mod apply;
mod check;
mod diff;
mod history;
mod import;
pub(super) mod inconsistency;
mod snapshot;

use clap::{Args, Subcommand};
use metadata::Document;
use serde_json::json;

use super::Outcome;
use super::client::Client;
use super::error::Error;
use super::options::Options;
use super::project::Project;
use super::settings::Settings;
use super::terminal::Terminal;

/// Arguments of `conjoin metadata`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Replace the server's metadata by the project's.
    Apply(apply::Arguments),
    /// Replace the project's metadata by the server's; with -o print it instead.
    Export,
    /// Show what differs between the server and the project, or between any two of directories, files, versions and the server.
    Diff(diff::Arguments),
    /// Check the project's metadata without a server; exit code 3 if something is wrong.
    Check(check::Arguments),
    /// Write the schemas of the remotes into the project, for `check --offline`.
    Snapshot(snapshot::Arguments),
    /// Make a project of the metadata of a Hasura v2, and say what becomes of it.
    ImportHasura(import::Arguments),
    /// List the changes of the server's metadata, newest first.
    History(history::History),
    /// Make the server's metadata what it was at a version.
    Rollback(history::Rollback),
    /// Make the server read all remote schemas again.
    Reload,
    /// Remove all metadata from the server.
    #[command(visible_alias = "reset")]
    Clear,
    /// Objects of the metadata that the server cannot serve.
    #[command(visible_alias = "ic", alias = "inconsistencies")]
    Inconsistency {
        #[command(subcommand)]
        command: inconsistency::Command,
    },
}

/// What all these commands work with.
struct Context<'a> {
    options: &'a Options,
    terminal: &'a Terminal,
    project: Project,
    /// What asks no server needs no endpoint and no secret, and goes on without.
    settings: Result<Settings, Error>,
}

impl Context<'_> {
    fn settings(&self) -> Result<&Settings, Error> {
        self.settings.as_ref().map_err(Error::clone)
    }

    fn client(&self) -> Result<Client<'_>, Error> {
        Client::new(self.options, self.settings()?, self.terminal)
    }

    /// The server's metadata.
    async fn export(&self) -> Result<Document, Error> {
        let client = self.client()?;
        let _step = self.terminal.step("reading the server's metadata");
        let value = client.metadata("export_metadata", json!({})).await?;
        Document::from_json(&value).map_err(|error| {
            let message = format!("the server's metadata is not understood: {}", error.message);
            Error::failed("invalid-metadata", message).pointer(error.path)
        })
    }
}

/// Runs one of the commands.
pub(super) async fn run(
    arguments: &Arguments,
    options: &Options,
    terminal: &Terminal,
) -> Result<Outcome, Error> {
    let project = Project::find(options, terminal)?;
    let settings = Settings::load(options, &project, terminal);
    let context = Context { options, terminal, project, settings };
    match &arguments.command {
        Command::Apply(arguments) => apply::run(arguments, &context).await,
        Command::Export => export(&context).await,
        Command::Diff(arguments) => diff::run(arguments, &context).await,
        Command::Check(arguments) => check::run(arguments, &context.project, terminal).await,
        Command::ImportHasura(arguments) => import::run(arguments, &context.project, options, terminal).await,
        Command::Snapshot(arguments) => snapshot::run(arguments, &context).await,
        Command::History(arguments) => history::list(arguments, &context).await,
        Command::Rollback(arguments) => history::rollback(arguments, &context).await,
        Command::Reload => reload(&context).await,
        Command::Clear => clear(&context).await,
        Command::Inconsistency { command } => inconsistency::run(command, &context).await,
    }
}

/// Without `-o` the project is written and nothing printed, as with Hasura.
async fn export(context: &Context<'_>) -> Result<Outcome, Error> {
    if context.options.output.is_some() {
        return Ok(Outcome::document(&context.export().await?.to_json()));
    }
    context.project.require()?;
    let document = context.export().await?;
    let files = context.project.write_metadata(&document)?;
    context.terminal.done("Metadata exported");
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    for file in &files {
        context.terminal.detail(&format!("wrote {file}"));
    }
    Ok(Outcome::new(&json!({"files": files})))
}

async fn reload(context: &Context<'_>) -> Result<Outcome, Error> {
    let client = context.client()?;
    let step = context.terminal.step("reloading");
    client.metadata("reload_metadata", json!({})).await?;
    let consistency = client.metadata("get_inconsistent_metadata", json!({})).await?;
    drop(step);
    context.terminal.done("Metadata reloaded");
    inconsistency::tell(&consistency, context.terminal);
    Ok(Outcome::new(&consistency))
}

async fn clear(context: &Context<'_>) -> Result<Outcome, Error> {
    let client = context.client()?;
    let deed = format!("remove all metadata from {}", context.settings()?.shown_endpoint());
    context.terminal.confirm(&deed, !context.project.config.disable_interactive).await?;
    let _step = context.terminal.step("clearing");
    client.metadata("clear_metadata", json!({})).await?;
    context.terminal.done("Metadata cleared");
    Ok(Outcome::new(&json!({"message": "Metadata cleared"})))
}
