//! `conjoin metadata import-hasura`: a project made of the metadata of a Hasura v2, and what becomes of each part of it.

mod inventory;

use std::path::{Path, PathBuf};

use clap::Args;
use metadata::Document;
use serde_json::json;

use self::inventory::Inventory;
use crate::cli::config_file::ConfigFile;
use crate::cli::error::{Error, Exit};
use crate::cli::options::{Format, Options};
use crate::cli::project::{Project, read_document, write_document};
use crate::cli::terminal::{Terminal, render};
use crate::cli::{Outcome, init};
use crate::store::postgres::Address;
use crate::store::{StoreError, hasura};

/// Arguments of `conjoin metadata import-hasura`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A project or metadata directory of Hasura's command line, a file with the answer of `export_metadata`, or the database that a
    /// Hasura has its metadata in: a `postgres://` URL, or `env:NAME` for one that is in a variable.
    #[arg(value_name = "FILE|DIR|URL")]
    source: String,
    /// Directory of the project to write; a new one gets a config.yaml [default: the project].
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Say what would be imported, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the metadata instead of writing it; the report goes to standard error.
    #[arg(long, conflicts_with_all = ["dry_run", "to"])]
    print: bool,
    /// End with exit code 3 if there is anything that would not be served.
    #[arg(long)]
    exit_code: bool,
}

/// Reads, reports, writes.
pub(super) async fn run(
    arguments: &Arguments,
    project: &Project,
    options: &Options,
    terminal: &Terminal,
) -> Result<Outcome, Error> {
    let document = read(&arguments.source, project).await?;
    let inventory = Inventory::of(&document, |name| project.environment.value(name).is_some());
    let exit = match arguments.exit_code && inventory.has_losses() {
        true => Exit::Found,
        false => Exit::Ok,
    };
    if arguments.print {
        for line in inventory.to_text().lines() {
            terminal.note(line);
        }
        let format = options.output.filter(|format| *format != Format::Text).unwrap_or(Format::Yaml);
        let text = render(format, &document.to_json());
        return Ok(Outcome { exit, text, ..Outcome::document(&document.to_json()) });
    }
    let mut files = Vec::new();
    if !arguments.dry_run {
        files = write(arguments, project, &document, &inventory, terminal).await?;
    }
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let data = json!({"report": inventory.to_json(), "files": files});
    Ok(Outcome { exit, ..Outcome::with_text(&data, inventory.to_text()) })
}

/// A whole document, a directory with its sections, a project that has one of both, or what a Hasura has in its database.
async fn read(source: &str, project: &Project) -> Result<Document, Error> {
    let named = source.strip_prefix("env:").map(|name| (name, project.environment.value(name)));
    match named {
        Some((name, None)) => Err(Error::usage(format!("the environment variable {name} is not set"))),
        Some((_, Some(address))) => read_database(&address).await,
        None if source.contains("://") => read_database(source).await,
        None => read_files(Path::new(source)),
    }
}

async fn read_database(address: &str) -> Result<Document, Error> {
    // The text may hold a password, so it is not repeated.
    let address: Address = address.parse().map_err(|why| {
        Error::usage(format!("the metadata cannot be read from that address: {why}")).help(
            "from a server, fetch it first: hasura metadata export, or POST {\"type\":\"export_metadata\",\"args\":{}} to /v1/metadata",
        )
    })?;
    let (value, _) = hasura::read(&address).await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        match error {
            StoreError::NoHasura { .. } => Error::failed("no-metadata", error.to_string()),
            StoreError::Unreachable { .. } | StoreError::Slow { .. } => {
                Error::unreachable(format!("the database {address} cannot be read{cause}"))
            }
            error => Error::failed("unexpected", format!("{error}{cause}")),
        }
    })?;
    Document::from_json(&value).map_err(|error| {
        let message = format!("the metadata in the database is not understood: {}", error.message);
        Error::failed("invalid-metadata", message).pointer(error.path)
    })
}

fn read_files(source: &Path) -> Result<Document, Error> {
    if !source.exists() {
        return Err(Error::usage(format!("{} does not exist", source.display())));
    }
    let document = match source.join("config.yaml").is_file() {
        true => read_document(source, &metadata_of(source)?),
        false => read_document(source, source),
    };
    document.map_err(|error| match error.pointer.as_deref() {
        // The document as a whole is not understood, and that is its version.
        Some("$" | "$.version") => error.help(
            "version 3 is needed: export the metadata from a Hasura 2, which brings older ones up to it",
        ),
        _ => error,
    })
}

/// Where a project has its metadata.
fn metadata_of(directory: &Path) -> Result<PathBuf, Error> {
    let config = directory.join("config.yaml");
    let config = if config.is_file() { ConfigFile::read(&config)? } else { ConfigFile::default() };
    let path = config.metadata_file.or(config.metadata_directory).filter(|path| !path.is_empty());
    Ok(directory.join(path.as_deref().unwrap_or("metadata")))
}

async fn write(
    arguments: &Arguments,
    project: &Project,
    document: &Document,
    inventory: &Inventory,
    terminal: &Terminal,
) -> Result<Vec<PathBuf>, Error> {
    let (directory, metadata) = match &arguments.to {
        Some(directory) => (directory.clone(), metadata_of(directory)?),
        None => (project.directory.clone(), project.metadata_path()),
    };
    // What cannot be read is not overwritten without a question either.
    let is_free = !metadata.exists()
        || read_document(&directory, &metadata).is_ok_and(|known| {
            let known = known.to_json();
            known == document.to_json() || known == Document::default().to_json()
        });
    if !is_free {
        let deed = format!("replace the metadata in {}", metadata.display());
        terminal.confirm(&deed, !project.config.disable_interactive).await?;
    }
    let mut files = init::complete(&directory, &inventory.variables())?;
    files.extend(write_document(&metadata, document)?);
    terminal.done(&format!("Metadata imported to {}", metadata.display()));
    terminal.note("next: conjoin metadata check, then conjoin metadata apply");
    Ok(files)
}
