//! `conjoin metadata check`: what a server would say of the project's metadata, without one, for people and for continuous integration.
//!
//! The schemas come from the remotes themselves, or with `--offline` from the project's snapshots. [`finding`] is one thing that is
//! wrong and its place, [`sarif`] a format.

mod finding;
mod sarif;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use engine::catalog::Failure;
use engine::fault::Code;
use engine::problem::MetadataObject;
use engine::remote::RemoteSchema;
use metadata::directory::Loaded;
use serde_json::{Map, Value, json};

use self::finding::{Finding, Level, objects};
use crate::cli::error::{Error, Exit};
use crate::cli::options::Format;
use crate::cli::project::{Project, load};
use crate::cli::snapshot::{Snapshots, to_text};
use crate::cli::source::{Source, schemas_of_remotes};
use crate::cli::terminal::{Terminal, render};
use crate::cli::{Outcome, junit};
use crate::sync::open_telemetry;
use crate::upstream::template::{TemplateError, expand};

/// Arguments of `conjoin metadata check`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Ask nobody: take the schemas of the remotes from the project's snapshots.
    #[arg(long)]
    offline: bool,
    /// Directory of the snapshots [default: `snapshots` among the metadata].
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
    /// Let warnings and what could not be checked count as problems.
    #[arg(long)]
    strict: bool,
    /// Format of the report.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
    /// Write the report to a file, and print the text as well.
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
}

/// What a report is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// People.
    Text,
    /// Programs.
    Json,
    /// Systems that show findings beside the code (SARIF 2.1.0).
    Sarif,
    /// Systems that show results of tests.
    Junit,
}

/// What came of a check.
#[derive(Debug, Default)]
struct Report {
    findings: Vec<Finding>,
    /// All objects, if the metadata could be read.
    checked: Vec<MetadataObject>,
    /// Those of them that depend on a schema that is not to be had.
    skipped: Vec<MetadataObject>,
    /// Why schemas are not to be had, in sentences.
    notes: Vec<String>,
    /// The remotes that were asked and did not answer, as their findings name them.
    unanswered: BTreeSet<String>,
}

/// Checks the project.
pub(super) async fn run(
    arguments: &Arguments,
    project: &Project,
    terminal: &Terminal,
) -> Result<Outcome, Error> {
    project.require()?;
    let mut report = Report::default();
    match load(&project.directory, &project.metadata_path()) {
        Ok(loaded) => check(arguments, project, terminal, &loaded, &mut report).await,
        Err(error) if error.place.is_some() => report.findings.push(Finding::of_error(&error)),
        Err(error) => return Err(error),
    }
    report.findings.sort_by(|a, b| a.order().cmp(&b.order()));
    for note in &report.notes {
        terminal.warn(note);
    }
    report.into_outcome(arguments, terminal)
}

async fn check(
    arguments: &Arguments,
    project: &Project,
    terminal: &Terminal,
    loaded: &Loaded,
    report: &mut Report,
) {
    let mut source = Source::new(loaded.document.clone());
    let snapshots = Snapshots::of(project, arguments.snapshots.as_deref());
    if arguments.offline {
        read_snapshots(&mut source, &snapshots, report);
    } else {
        ask_remotes(&mut source, project, &snapshots, terminal, loaded, report).await;
    }
    for remote in &source.document.remote_schemas {
        let object = MetadataObject::RemoteSchema(remote.name.clone());
        let malformed = || {
            let url = remote.definition.url.as_deref()?;
            let is_malformed = expand(url, &|_| Some(String::new())) == Err(TemplateError::Malformed);
            is_malformed.then(|| format!("the url `{url}` has a `{{{{` that is not closed"))
        };
        let flaw = remote.definition.check().err().map(|error| error.to_string()).or_else(malformed);
        // A remote that was asked has said so already.
        if let Some(flaw) = flaw.filter(|_| arguments.offline) {
            report.findings.push(Finding::at(loaded, &object, "invalid-params", flaw));
        }
    }
    let served = source.build();
    report.findings.extend(served.problems.iter().map(|problem| Finding::of_problem(problem, loaded)));
    if !arguments.offline {
        // This section is about nothing but addresses and the environment.
        let env = |name: &str| project.environment.value(name);
        let problems = open_telemetry::problems(&source.document.open_telemetry(), &env);
        report.findings.extend(problems.iter().map(|problem| Finding::of_problem(problem, loaded)));
    }
    report.checked = objects(&source.document);
    report.skipped = report.checked.iter().filter(|object| source.is_unknown(object)).cloned().collect();
}

fn read_snapshots(source: &mut Source, snapshots: &Snapshots, report: &mut Report) {
    let mut remotes = source.remotes();
    remotes.retain(|remote| !source.schemas.contains_key(remote));
    for remote in remotes {
        match snapshots.read(&remote) {
            Ok(Some((path, schema))) => source.add(&remote, schema, Some(path)),
            Ok(None) => report.notes.push(format!(
                "there is no snapshot of remote `{remote}` at {}; `conjoin metadata snapshot` writes it",
                snapshots.path(&remote).display()
            )),
            Err(error) => report.findings.push(Finding::of_error(&error)),
        }
    }
}

async fn ask_remotes(
    source: &mut Source,
    project: &Project,
    snapshots: &Snapshots,
    terminal: &Terminal,
    loaded: &Loaded,
    report: &mut Report,
) {
    for (remote, answer) in schemas_of_remotes(&source.document, project, terminal).await {
        match answer {
            Ok(schema) => {
                report.notes.extend(outdated(&remote, &schema, snapshots));
                source.add(&remote, schema, None);
            }
            Err(Failure { code, reason, internal }) => {
                let object = MetadataObject::RemoteSchema(remote);
                // Without its address or token a remote was never asked.
                if matches!(code, Code::RemoteSchemaError | Code::RemoteSchemaAuthError | Code::LimitExceeded)
                {
                    report.unanswered.insert(object.to_string());
                }
                let detail = internal.as_ref().and_then(|internal| internal.get("message")?.as_str());
                let reason = match detail {
                    Some(detail) => format!("{reason}: {detail}"),
                    None => reason,
                };
                report.findings.push(Finding::at(loaded, &object, code.as_str(), reason));
            }
        }
    }
}

/// Whoever keeps snapshots wants to know when they are no longer right.
fn outdated(remote: &str, schema: &Arc<RemoteSchema>, snapshots: &Snapshots) -> Option<String> {
    let (path, known) = snapshots.read(remote).ok()??;
    (to_text(&known) != to_text(schema)).then(|| {
        format!(
            "the snapshot {} is not what remote `{remote}` answers now; `conjoin metadata snapshot` writes it anew",
            path.display()
        )
    })
}

impl Report {
    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    fn exit(&self, strict: bool) -> Exit {
        let n_errors = self.count(Level::Error);
        let is_unfinished = !self.notes.is_empty() || !self.skipped.is_empty();
        let errors = self.findings.iter().filter(|finding| finding.level == Level::Error);
        let mut objects = errors.map(|finding| finding.object.as_deref());
        let only_unanswered =
            objects.all(|object| object.is_some_and(|object| self.unanswered.contains(object)));
        match n_errors {
            0 if strict && (is_unfinished || !self.findings.is_empty()) => Exit::Found,
            0 => Exit::Ok,
            _ if only_unanswered => Exit::Unreachable,
            _ => Exit::Found,
        }
    }

    fn into_outcome(self, arguments: &Arguments, terminal: &Terminal) -> Result<Outcome, Error> {
        let exit = self.exit(arguments.strict);
        if exit == Exit::Found && self.count(Level::Error) == 0 {
            terminal.warn("with --strict, warnings and what could not be checked count as problems");
        }
        let (text, data) = (self.to_text(terminal.colour()), self.to_json());
        let written = match arguments.format {
            ReportFormat::Text => self.to_text(false),
            ReportFormat::Json => render(Format::Json, &data),
            ReportFormat::Sarif => render(Format::Json, &sarif::report(&self)),
            ReportFormat::Junit => self.to_junit(),
        };
        let outcome = Outcome { exit, ..Outcome::with_text(&data, text) };
        match &arguments.output_file {
            Some(file) => {
                std::fs::write(file, written).map_err(|error| Error::io("write", file, &error))?;
                terminal.detail(&format!("wrote {}", file.display()));
                Ok(outcome)
            }
            None if arguments.format == ReportFormat::Text => Ok(outcome),
            None => Ok(Outcome { text: written, ..outcome }),
        }
    }

    fn to_text(&self, colour: bool) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            text.push_str(&finding.to_text(colour));
            text.push('\n');
        }
        let codes: BTreeSet<&str> = self.findings.iter().map(|finding| &*finding.code).collect();
        if !codes.is_empty() {
            let codes: Vec<&str> = codes.into_iter().collect();
            let _ = writeln!(text, "more: conjoin explain {}", codes.join(" "));
        }
        let counts: Vec<String> = self.kinds().iter().map(|(kind, n)| counted(*n, kind)).collect();
        let skipped = match self.skipped.len() {
            0 => String::new(),
            n => format!(", {n} of them not, for want of a schema"),
        };
        let (n_errors, n_warnings) = (self.count(Level::Error), self.count(Level::Warning));
        let found = match (n_errors, n_warnings) {
            (0, 0) => "no problems".to_owned(),
            (0, n) => counted(n, "warning"),
            (n, 0) => counted(n, "problem"),
            (n, m) => format!("{}, {}", counted(n, "problem"), counted(m, "warning")),
        };
        let _ = match counts.is_empty() {
            true => writeln!(text, "{found}"),
            false => writeln!(text, "checked {}{skipped}: {found}", counts.join(", ")),
        };
        text
    }

    /// How many objects of each kind there are.
    fn kinds(&self) -> Vec<(&'static str, usize)> {
        let mut kinds: Vec<(&str, usize)> = Vec::new();
        for kind in self.checked.iter().map(kind_of) {
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, n)) => *n += 1,
                None => kinds.push((kind, 1)),
            }
        }
        kinds
    }

    fn to_json(&self) -> Value {
        let kinds: Map<String, Value> = self
            .kinds()
            .into_iter()
            .map(|(kind, n)| (plural(kind).replace(' ', "_").to_lowercase(), json!(n)))
            .collect();
        json!({
            "problems": self.findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
            "checked": kinds,
            "skipped": self.skipped.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }

    /// One case for each object, and one for each file that cannot be read.
    fn to_junit(&self) -> String {
        let of_object = |object: &MetadataObject| {
            let name = object.to_string();
            let findings: Vec<&Finding> =
                self.findings.iter().filter(|finding| finding.object.as_ref() == Some(&name)).collect();
            let errors: Vec<String> = (findings.iter())
                .filter(|finding| finding.level == Level::Error)
                .map(|finding| finding.to_text(false))
                .collect();
            let place = findings.first().and_then(|finding| finding.place.as_ref());
            let outcome = if !errors.is_empty() {
                junit::Outcome::Failed(errors.concat())
            } else if self.skipped.contains(object) {
                junit::Outcome::Skipped("there is no schema to check it with".to_owned())
            } else {
                junit::Outcome::Passed
            };
            let place = place.map(|place| (place.file.as_path(), place.at.line));
            junit::Case { class: kind_of(object).to_owned(), name, place, outcome }
        };
        let known: BTreeSet<String> = self.checked.iter().map(ToString::to_string).collect();
        let others = self.findings.iter().filter(|finding| {
            finding.level == Level::Error
                && finding.object.as_ref().is_none_or(|object| !known.contains(object))
        });
        let of_other = |finding: &'_ Finding| junit::Outcome::Failed(finding.to_text(false));
        let mut cases: Vec<junit::Case<'_>> = self.checked.iter().map(of_object).collect();
        cases.extend(others.map(|finding| junit::Case {
            class: "file".to_owned(),
            name: finding.object.clone().unwrap_or_else(|| finding.code.clone()),
            place: finding.place.as_ref().map(|place| (place.file.as_path(), place.at.line)),
            outcome: of_other(finding),
        }));
        junit::suite(&cases)
    }
}

fn kind_of(object: &MetadataObject) -> &'static str {
    match object {
        MetadataObject::RemoteSchema(_) => "remote",
        MetadataObject::Permission { .. } | MetadataObject::InheritedPermission { .. } => "permission",
        MetadataObject::Relationship { .. } => "relationship",
        MetadataObject::InheritedRole(_) => "inherited role",
        MetadataObject::SavedQuery { .. } => "saved query",
        MetadataObject::RestEndpoint(_) | MetadataObject::RestConflict(_) => "REST endpoint",
        MetadataObject::Section(_) | MetadataObject::OpenTelemetry(_) => "section",
    }
}

fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}

fn counted(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {}", plural(word)) }
}
