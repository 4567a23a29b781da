//! `conjoin metadata diff`: what applying the project would change, in the words of the metadata or as text.

use std::path::Path;

use clap::{Args, ValueEnum};
use metadata::Document;
use metadata::diff::{Change, Kind as ChangeKind, to_text};
use serde_json::json;
use similar::TextDiff;

use super::{Context, history};
use crate::cli::Outcome;
use crate::cli::error::{Error, Exit};
use crate::cli::options::Format;
use crate::cli::project::read_document;
use crate::cli::terminal::render;

/// Arguments of `conjoin metadata diff`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to compare the server with, instead of the project: a directory, a file, or `@VERSION` of the history.
    #[arg(value_name = "A")]
    first: Option<String>,
    /// What to compare the first one with, which is then the older one: a directory, a file, `server`, or `@VERSION`.
    #[arg(value_name = "B")]
    second: Option<String>,
    /// Compare texts: unified with three lines around each change, the others whole.
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    kind: Option<Kind>,
    /// Compare texts; the same as --type unified-yaml.
    #[arg(long, conflicts_with = "kind")]
    text: bool,
    /// End with exit code 3 if there are differences.
    #[arg(long)]
    exit_code: bool,
}

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    UnifiedJson,
    UnifiedYaml,
    Json,
    Yaml,
}

/// One of the two documents, and what to call it.
struct Side {
    name: String,
    document: Document,
}

/// Compares the two sides: from what is to what would be.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let (old, new) = sides(arguments, context).await?;
    let kind = arguments.kind.or(arguments.text.then_some(Kind::UnifiedYaml));
    let mut outcome = match kind {
        Some(kind) => as_text(kind, &old, &new),
        None => as_changes(&metadata::diff::diff(&old.document, &new.document)),
    };
    if outcome.text.is_empty() {
        context.terminal.done(&format!("no differences between {} and {}", old.name, new.name));
    } else if arguments.exit_code {
        outcome.exit = Exit::Found;
    }
    Ok(outcome)
}

/// One line for each object, and how many there are.
pub(super) fn as_changes(changes: &[Change]) -> Outcome {
    let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
    let [added, changed, removed] = [ChangeKind::Added, ChangeKind::Changed, ChangeKind::Removed].map(count);
    let mut text = to_text(changes);
    if !changes.is_empty() {
        text.push_str(&format!("{added} added, {changed} changed, {removed} removed\n"));
    }
    Outcome::with_text(&json!({"changes": changes}), text)
}

async fn sides(arguments: &Arguments, context: &Context<'_>) -> Result<(Side, Side), Error> {
    if let (Some(first), Some(second)) = (&arguments.first, &arguments.second) {
        return Ok((side(first, context).await?, side(second, context).await?));
    }
    let new = match &arguments.first {
        Some(first) => side(first, context).await?,
        None => {
            context.project.require()?;
            let name = context.project.metadata_path().display().to_string();
            Side { name, document: context.project.read_metadata()? }
        }
    };
    Ok((side(SERVER, context).await?, new))
}

/// What stands for the metadata that the server has; a directory of that name is `./server`.
const SERVER: &str = "server";

async fn side(name: &str, context: &Context<'_>) -> Result<Side, Error> {
    let document = match name.strip_prefix('@') {
        _ if name == SERVER => context.export().await?,
        Some(version) => {
            let version = history::parse_version(version).map_err(Error::usage)?;
            let _step = context.terminal.step("reading a version of the metadata");
            history::document(&context.client()?, version).await?
        }
        None => read_document(Path::new(name), Path::new(name))?,
    };
    Ok(Side { name: name.to_owned(), document })
}

fn as_text(kind: Kind, old: &Side, new: &Side) -> Outcome {
    let format = match kind {
        Kind::UnifiedJson | Kind::Json => Format::Json,
        Kind::UnifiedYaml | Kind::Yaml => Format::Yaml,
    };
    let [old_text, new_text] = [old, new].map(|side| render(format, &side.document.to_json()));
    let diff = TextDiff::from_lines(&old_text, &new_text);
    let around = match kind {
        Kind::UnifiedJson | Kind::UnifiedYaml => 3,
        Kind::Json | Kind::Yaml => old_text.lines().count() + new_text.lines().count(),
    };
    let text = diff.unified_diff().context_radius(around).header(&old.name, &new.name).to_string();
    Outcome::with_text(&json!({"diff": text}), text)
}
