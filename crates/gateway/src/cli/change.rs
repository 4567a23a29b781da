//! Where a command writes what it changes: into the files of the project, or to the server.
//!
//! One rule for all of them: where there is a project, its files are changed and `conjoin metadata apply` is what comes next; `--apply`
//! does that too. Where there is none, or with `--server`, the server is changed. `--dry-run` shows what would be written, and
//! writes nothing.

use std::cell::OnceCell;
use std::path::Path;

use clap::Args;
use metadata::Document;
use metadata::directory::amend::{Amendment, Rewritten, amend};
use serde_json::{Map, Value};
use similar::TextDiff;

use super::Outcome;
use super::client::Client;
use super::error::{Error, Exit};
use super::metadata::{apply, inconsistency};
use super::options::Options;
use super::project::{Project, from_directory, write_document};
use super::settings::Settings;
use super::source::{Source, similar};
use super::terminal::{Terminal, indented};

/// What is written where.
#[derive(Debug, Clone, Args)]
pub(super) struct Destination {
    /// Write nothing, show what would be written.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Apply the project's metadata to the server when its files are changed.
    #[arg(long, conflicts_with_all = ["server", "dry_run"])]
    apply: bool,
    /// Change the server's metadata, and leave the project alone.
    #[arg(long)]
    server: bool,
}

/// What these commands work with.
pub(super) struct Context<'a> {
    pub(super) options: &'a Options,
    pub(super) terminal: &'a Terminal,
    pub(super) project: Project,
    /// Read when a server is asked: what asks none needs no endpoint and no secret.
    settings: OnceCell<Settings>,
}

/// A change in both forms.
#[derive(Debug)]
pub(super) struct Change {
    /// For files.
    pub(super) amendments: Vec<Amendment>,
    /// For the server.
    pub(super) command: Value,
}

impl<'a> Context<'a> {
    pub(super) fn new(options: &'a Options, terminal: &'a Terminal) -> Result<Self, Error> {
        let project = Project::find(options, terminal)?;
        Ok(Self { options, terminal, project, settings: OnceCell::new() })
    }

    pub(super) fn settings(&self) -> Result<&Settings, Error> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::load(self.options, &self.project, self.terminal)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    pub(super) fn client(&self) -> Result<Client<'_>, Error> {
        Client::new(self.options, self.settings()?, self.terminal)
    }
}

impl Destination {
    /// For commands whose flags of the same names mean something else, too.
    pub(super) fn new(dry_run: bool, server: bool) -> Self {
        Self { dry_run, apply: false, server }
    }

    /// Whether the files of the project are changed.
    pub(super) fn is_project(&self, context: &Context<'_>) -> bool {
        !self.server && context.project.exists()
    }

    /// The metadata that is changed, with the schemas of its remotes as far as they are `wanted` and to be had.
    pub(super) async fn read(
        &self,
        context: &Context<'_>,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Source, Error> {
        let _step = context.terminal.step("reading metadata and schemas");
        if self.is_project(context) {
            return Source::of_project_and_remotes(&context.project, wanted, context.terminal).await;
        }
        Source::of_server(&context.client()?, context.terminal).await
    }

    /// Makes the change, or shows it. `data` is what else machines are told.
    pub(super) async fn write(
        &self,
        change: &Change,
        context: &Context<'_>,
        mut data: Map<String, Value>,
    ) -> Result<Outcome, Error> {
        data.insert("dry_run".into(), self.dry_run.into());
        match self.is_project(context) {
            true => self.write_project(change, context, data).await,
            false => self.write_server(change, context, data).await,
        }
    }

    async fn write_project(
        &self,
        change: &Change,
        context: &Context<'_>,
        mut data: Map<String, Value>,
    ) -> Result<Outcome, Error> {
        let Context { project, terminal, .. } = context;
        let path = project.metadata_path();
        let files = rewritten(project, &path, &change.amendments, self.dry_run)?;
        data.insert("target".into(), "project".into());
        let name = |file: &Rewritten| file.path.display().to_string();
        data.insert("files".into(), files.iter().map(name).collect());
        if self.dry_run {
            let diffs = files.iter().map(|file| {
                let diff = TextDiff::from_lines(&file.old, &file.new);
                diff.unified_diff().context_radius(3).header(&name(file), &name(file)).to_string()
            });
            let text: String = diffs.collect();
            data.insert("diff".into(), text.clone().into());
            terminal.note("nothing was written");
            return Ok(Outcome::with_text(&Value::Object(data), text));
        }
        for file in &files {
            file.write().map_err(|error| Error::failed("io", error.to_string()))?;
            terminal.done(&format!("wrote {}", name(file)));
        }
        if self.apply {
            let document = project.read_metadata()?.to_json();
            let result = apply::send(&document, false, &context.client()?, terminal).await;
            data.insert("applied".into(), result.map_err(|error| unapplied(error, &files))?);
        } else {
            terminal.note("next: conjoin metadata apply");
        }
        Ok(Outcome::new(&Value::Object(data)))
    }

    async fn write_server(
        &self,
        change: &Change,
        context: &Context<'_>,
        mut data: Map<String, Value>,
    ) -> Result<Outcome, Error> {
        let terminal = context.terminal;
        let (client, endpoint) = (context.client()?, context.settings()?.shown_endpoint());
        let request = change.command.clone();
        data.insert("target".into(), "server".into());
        data.insert("endpoint".into(), endpoint.clone().into());
        if self.dry_run {
            let text = indented(&request.to_string());
            data.insert("request".into(), request);
            terminal.note(&format!("nothing was sent to {endpoint}"));
            return Ok(Outcome::with_text(&Value::Object(data), text));
        }
        let step = terminal.step("changing the server's metadata");
        let result = client.metadata_envelope(&request).await?;
        drop(step);
        terminal.done(&format!("changed the metadata of {endpoint}"));
        if inconsistency::count(&result) > 0 {
            inconsistency::tell(&result, terminal);
        }
        data.insert("result".into(), result);
        Ok(Outcome::new(&Value::Object(data)))
    }
}

/// What the files will say.
fn rewritten(
    project: &Project,
    path: &Path,
    amendments: &[Amendment],
    dry_run: bool,
) -> Result<Vec<Rewritten>, Error> {
    // A project that was never written to begins with what `conjoin init` writes.
    if !path.exists() {
        if dry_run {
            let mut document = Document::default();
            amendments.iter().for_each(|amendment| amendment.apply(&mut document));
            let new = metadata::yaml::to_string(&document.to_json()["remote_schemas"]);
            let path = path.join("remote_schemas.yaml");
            return Ok(vec![Rewritten { path, old: String::new(), new }]);
        }
        write_document(path, &Document::default())?;
    }
    amend(&project.directory, path, amendments)
        .map_err(|error| from_directory(error, "fetch it with `conjoin metadata export`"))
}

fn unapplied(mut error: Error, files: &[Rewritten]) -> Error {
    let names: Vec<String> = files.iter().map(|file| file.path.display().to_string()).collect();
    let written =
        format!("{} is written all the same; `conjoin metadata apply` tries again", names.join(", "));
    let help = error.help.take();
    error.help(help.map_or_else(|| written.clone(), |help| format!("{help}\n{written}")))
}

/// The remote schema of that name, or an error that names one like it.
pub(super) fn remote<'d>(document: &'d Document, name: &str) -> Result<&'d metadata::RemoteSchema, Error> {
    let known: Vec<&str> = document.remote_schemas.iter().map(|remote| remote.name.as_str()).collect();
    document.remote_schema(name).ok_or_else(|| {
        let message = format!("the metadata has no remote schema `{name}`");
        missing(message, name, &known).exit(Exit::Failed)
    })
}

/// Something that is not there, with what is.
pub(super) fn missing(message: String, name: &str, known: &[&str]) -> Error {
    let error = Error::failed("not-exists", message);
    match similar(name, known.iter().copied()) {
        Some(meant) => error.help(format!("did you mean `{meant}`?")),
        None if known.is_empty() => error,
        None => error.help(format!("there are: {}", known.join(", "))),
    }
}

/// Text in columns, the last as long as it is.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..n_columns).map(|column| width(column).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}
