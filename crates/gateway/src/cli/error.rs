//! Why a command failed: for people with the place and what to do, for machines as data.

use std::fmt::Write as _;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Style};
use metadata::yaml::Position;
use serde_json::{Map, Value, json};

/// Documented exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done.
    Ok = 0,
    /// Tried and failed.
    Failed = 1,
    /// The command line, the configuration or the project is not usable as it is.
    Usage = 2,
    /// A check found what it looks for: inconsistent metadata, a difference.
    Found = 3,
    /// The server did not answer.
    Unreachable = 4,
    /// The server refused the caller.
    Denied = 5,
    /// Someone else changed the metadata in between.
    Conflict = 6,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed; boxed because it is large and rare.
#[derive(Debug, Clone)]
pub(super) struct Error(Box<Failure>);

/// What there is to say about it.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// What the process ends with.
    pub(super) exit: Exit,
    /// The server's code, or one of ours.
    pub(super) code: String,
    /// One sentence without a full stop.
    pub(super) message: String,
    /// JSON path of the value that is wrong.
    pub(super) pointer: Option<String>,
    /// Where in a file it is wrong.
    pub(super) place: Option<Place>,
    /// How to mend it.
    pub(super) help: Option<String>,
    /// One line for each object concerned.
    pub(super) details: Vec<String>,
    /// What the server sent along.
    pub(super) internal: Option<Value>,
}

/// A place in a file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) at: Position,
}

const RED: Style = AnsiColor::Red.on_default().bold();
const BLUE: Style = AnsiColor::Blue.on_default().bold();
const BOLD: Style = Style::new().bold();

impl Error {
    fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(Failure {
            exit,
            code: code.into(),
            message: message.into(),
            pointer: None,
            place: None,
            help: None,
            details: Vec::new(),
            internal: None,
        }))
    }

    /// The command cannot be run as it was given.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// The command was tried and failed.
    pub(super) fn failed(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// A file could not be read or written.
    pub(super) fn io(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(Exit::Failed, "io", format!("could not {verb} {}: {error}", path.display()))
    }

    /// The server, or something on the way to it, did not answer.
    pub(super) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, "unreachable", message)
    }

    /// Ctrl-C.
    pub(super) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted")
    }

    /// The same with how to mend it.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with the JSON path of the value.
    pub(super) fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// The same with its exit code replaced.
    pub(super) fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The same with the place in a file.
    pub(super) fn at(mut self, file: &Path, at: Position) -> Self {
        self.place = Some(Place { file: file.to_owned(), at });
        self
    }

    /// The `error` member of the envelope.
    pub(super) fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("code".into(), json!(self.code));
        members.insert("message".into(), json!(self.message));
        if let Some(pointer) = &self.pointer {
            members.insert("pointer".into(), json!(pointer));
        }
        if let Some(place) = &self.place {
            members.insert("file".into(), json!(place.file.display().to_string()));
            members.insert("line".into(), json!(place.at.line));
            members.insert("column".into(), json!(place.at.column));
        }
        if let Some(help) = &self.help {
            members.insert("help".into(), json!(help));
        }
        if let Some(internal) = &self.internal {
            members.insert("internal".into(), internal.clone());
        }
        Value::Object(members)
    }

    /// What people read: the sentence, the place with its line, the objects, the help.
    pub(super) fn to_text(&self, colour: bool) -> String {
        let [red, blue, bold] = [RED, BLUE, BOLD].map(|style| if colour { style } else { Style::new() });
        let mut text = format!("{red}error[{}]{red:#}{bold}: {}{bold:#}\n", self.code, self.message);
        if let Some(pointer) = &self.pointer {
            let _ = writeln!(text, "   at {pointer}");
        }
        if let Some(place) = &self.place {
            place.write(&mut text, colour);
        }
        for detail in &self.details {
            let _ = writeln!(text, "   - {detail}");
        }
        for line in self.help.iter().flat_map(|help| help.lines()) {
            let _ = writeln!(text, "   {blue}= help{blue:#}: {line}");
        }
        text
    }
}

impl Deref for Error {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Failure {
        &mut self.0
    }
}

impl Place {
    /// `file:line:column`, then the line of the file with a caret below, if the file can still be read.
    pub(super) fn write(&self, text: &mut String, colour: bool) {
        let [red, blue] = [RED, BLUE].map(|style| if colour { style } else { Style::new() });
        let Self { file, at: Position { line, column, .. } } = self;
        let _ = writeln!(text, "   {}:{line}:{column}", file.display());
        let content = std::fs::read_to_string(file).unwrap_or_default();
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(source) = content.lines().nth(index) else { return };
        let before = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
        // A tab is one column of the file but many on the screen, so the padding below it repeats it.
        let padding: String =
            source.chars().take(before).map(|char| if char == '\t' { '\t' } else { ' ' }).collect();
        let width = line.to_string().len().max(2);
        let _ = writeln!(text, "{blue}{line:>width$} |{blue:#} {source}");
        let _ = writeln!(text, "{blue}{:>width$} |{blue:#} {padding}{red}^{red:#}", "");
    }
}
