//! The command line: what `conjoin` understands, and how a command's outcome leaves the process.
//!
//! A command is a function from its arguments to an [`Outcome`] or an [`Error`]; nothing below this file writes to
//! standard output or picks an exit code. [`settings`] says where the server is, [`client`] talks to it, [`project`]
//! is the directory on disk. The server itself is not here: `serve` hands its options on.

mod change;
mod client;
mod completion;
mod config_file;
mod doctor;
mod environment;
mod error;
mod explain;
mod init;
mod junit;
mod metadata;
mod options;
mod permission;
mod project;
mod query;
mod relationship;
pub(crate) mod schema;
mod settings;
mod shell;
mod snapshot;
mod source;
mod terminal;
mod test;
mod variables;
mod version;

pub(crate) use self::relationship::command as relationship_command;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use serde_json::Value;

use self::error::{Error, Exit};
use self::options::{Format, Options};
use self::terminal::Terminal;
use crate::config::settings::ServeOptions;
use crate::server::{self, ServeError};

/// Join GraphQL APIs that you do not control.
#[derive(Debug, Parser)]
#[command(name = "conjoin", version, disable_help_subcommand = true, max_term_width = 100)]
#[command(
    after_help = "Where the server is, its secret and its certificate are also read from the environment, a .env file and \
                  config.yaml; see docs/cli.md. `conjoin serve` takes its options from flags and the environment only; \
                  see docs/config.md."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a project: config.yaml, a metadata directory, .env.example, .gitignore.
    Init(init::Arguments),
    /// Run the gateway.
    Serve(ServeOptions),
    /// Move metadata between the project directory and a running server.
    Metadata(metadata::Arguments),
    /// Add remote schemas, look into them, change them.
    Schema(Box<schema::Arguments>),
    /// Add relationships between remote schemas, try them, remove them.
    Relationship(Box<relationship::Arguments>),
    /// Run a query, or see how it would be run.
    Query(query::Arguments),
    /// See what a role may see, and why it may not see the rest.
    Permission(permission::Arguments),
    /// Try what roles may see against answers that are written down; asks no server.
    Test(test::Arguments),
    /// Look whether everything is in order, and say what to do about what is not.
    Doctor,
    /// Print what an error code means and what to do about it; all codes if none is named.
    Explain(explain::Arguments),
    /// Print the version of this program and of the server.
    Version,
    /// Print the completion script of a shell.
    Completion(completion::Arguments),
}

/// What a command that did its work leaves behind.
#[derive(Debug)]
struct Outcome {
    /// `Ok`, or `Found` when a check found what it looks for.
    exit: Exit,
    /// Standard output in text mode.
    text: String,
    /// Standard output for machines, as JSON. It is text because a response is not to lose digits of its numbers.
    data: String,
    /// Whether `data` is a document that other tools read as it is, so that no envelope goes around it.
    bare: bool,
}

impl Outcome {
    /// A result with nothing for standard output in text mode.
    fn new(data: &Value) -> Self {
        Self { exit: Exit::Ok, text: String::new(), data: data.to_string(), bare: false }
    }

    /// A result that people read as `text` and machines as `data`.
    fn with_text(data: &Value, text: String) -> Self {
        Self { text, ..Self::new(data) }
    }

    /// A document whose whole point is to be piped on: no envelope, in text mode JSON.
    fn document(data: &Value) -> Self {
        Self { text: terminal::render(Format::Json, data), bare: true, ..Self::new(data) }
    }
}

/// The definition of the command line, for documents that are made of it.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses the command line, runs the command, prints its outcome.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let terminal = Terminal::new(&cli.options);
    match dispatch(cli, &terminal) {
        Ok(outcome) => terminal.finish(&outcome),
        Err(error) => terminal.fail(&error),
    }
}

fn dispatch(cli: Cli, terminal: &Terminal) -> Result<Outcome, Error> {
    let Cli { command, options } = cli;
    match command {
        Command::Init(arguments) => init::run(&arguments, &options, terminal),
        Command::Serve(options) => serve(&options),
        Command::Metadata(arguments) => interruptible(metadata::run(&arguments, &options, terminal)),
        Command::Schema(arguments) => interruptible(schema::run(&arguments, &options, terminal)),
        Command::Relationship(arguments) => interruptible(relationship::run(&arguments, &options, terminal)),
        Command::Query(arguments) => interruptible(query::run(&arguments, &options, terminal)),
        Command::Permission(arguments) => interruptible(permission::run(&arguments, &options, terminal)),
        Command::Test(arguments) => test::run(&arguments, &options, terminal),
        Command::Doctor => interruptible(doctor::run(&options, terminal)),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Version => interruptible(version::run(&options, terminal)),
        Command::Completion(arguments) => completion::run(&arguments, terminal),
    }
}

/// Runs the gateway. Its log goes to standard output, so it has no outcome to print.
fn serve(options: &ServeOptions) -> Result<Outcome, Error> {
    match server::run(options) {
        Ok(()) => Ok(Outcome::new(&Value::Null)),
        Err(error @ ServeError::Config(_)) => Err(Error::usage(error.to_string())),
        Err(ServeError::MetadataDirectory(error)) => Err(project::from_directory(
            error,
            "pass another --metadata-dir, or none to serve what is stored",
        )),
        Err(error) => Err(Error::failed("start-failed", error.to_string())),
    }
}

/// Runs a command that waits for a server, so that Ctrl-C ends it with the documented exit code.
fn interruptible(command: impl Future<Output = Result<Outcome, Error>>) -> Result<Outcome, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed("io", format!("could not start: {error}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = command => outcome,
            _ = tokio::signal::ctrl_c() => Err(Error::interrupted()),
        }
    });
    // A thread that still waits for an answer at the prompt must not keep the process.
    runtime.shutdown_background();
    outcome
}

/// Help and version are answers; everything else that the parser says is a usage error, for machines in the envelope.
fn refuse(error: &clap::Error) -> ExitCode {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    match format_of(std::env::args().skip(1)) {
        Some(format) if !asked_for && format != Format::Text => {
            let text = error.render().to_string();
            let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            terminal::print_failure(format, &Error::usage(message), &[]);
        }
        // A closed pipe is no reason to complain about help that nobody reads.
        _ => drop(error.print()),
    }
    ExitCode::from(if asked_for { Exit::Ok } else { Exit::Usage })
}

/// The output format of a command line that could not be parsed.
fn format_of(mut arguments: impl Iterator<Item = String>) -> Option<Format> {
    while let Some(argument) = arguments.next() {
        let value = match argument.as_str() {
            "-o" | "--output" => arguments.next()?,
            _ => match argument.strip_prefix("--output=").or_else(|| argument.strip_prefix("-o")) {
                Some(value) => value.trim_start_matches('=').to_owned(),
                None => continue,
            },
        };
        return <Format as clap::ValueEnum>::from_str(&value, false).ok();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_format_is_found_in_every_spelling() {
        for arguments in
            [&["x", "-o", "json"][..], &["-ojson"], &["-o=json"], &["--output", "json"], &["--output=json"]]
        {
            assert_eq!(
                format_of(arguments.iter().map(|&word| word.to_owned())),
                Some(Format::Json),
                "{arguments:?}"
            );
        }
        assert_eq!(format_of(["-o".to_owned(), "xml".to_owned()].into_iter()), None);
        assert_eq!(format_of(["metadata".to_owned()].into_iter()), None);
    }
}
