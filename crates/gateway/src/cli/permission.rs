//! `conjoin permission`: what a role sees, what it lacks, and what of a query stands in its way.
//!
//! The server is asked for its metadata and the introspections that it serves from; the schema of the role is made of them
//! here, by the code that the server has too. So nothing is asked as that role, and no remote is asked at all.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use engine::catalog::{Catalog, RemoteId, RoleSchema};
use engine::hidden::{self, Hidden, Refused};
use engine::operation::Limits;
use serde_json::json;

use super::Outcome;
use super::client::Client;
use super::error::{Error, Exit};
use super::options::Options;
use super::project::Project;
use super::query::read_document;
use super::settings::Settings;
use super::snapshot::Snapshots;
use super::source::Source;
use super::terminal::Terminal;

/// Arguments of `conjoin permission`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Ask no server: take the metadata of the project and its snapshots of schemas.
    #[arg(long, global = true)]
    offline: bool,
    /// Directory of the snapshots [default: `snapshots` among the metadata].
    #[arg(long, global = true, value_name = "DIR", requires = "offline")]
    snapshots: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the schema that a role sees.
    Show(Show),
    /// Print what a role lacks of what administrators see, and why.
    Diff(Role),
    /// Say whether a query is accepted from a role, and if not, what of it is refused and why.
    Check(Check),
}

#[derive(Debug, Args)]
struct Role {
    /// The role.
    role: String,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    role: Role,
    /// Only what is granted of one remote schema, under its own names, which is how permissions are written.
    #[arg(long, value_name = "NAME")]
    remote: Option<String>,
}

#[derive(Debug, Args)]
struct Check {
    #[command(flatten)]
    role: Role,
    /// File with the GraphQL document; `-` is standard input.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// The operation, if only one of several is meant.
    #[arg(long, value_name = "NAME")]
    operation_name: Option<String>,
}

/// Runs one of the commands.
pub(super) async fn run(
    arguments: &Arguments,
    options: &Options,
    terminal: &Terminal,
) -> Result<Outcome, Error> {
    let query = match &arguments.command {
        Command::Check(check) => read_document(&check.file)?,
        Command::Show(_) | Command::Diff(_) => String::new(),
    };
    let project = Project::find(options, terminal)?;
    let source = if arguments.offline {
        Source::of_project(&project, &Snapshots::of(&project, arguments.snapshots.as_deref()), terminal)?
    } else {
        let settings = Settings::load(options, &project, terminal)?;
        let client = Client::new(options, &settings, terminal)?;
        let _step = terminal.step("reading metadata and schemas");
        Source::of_server(&client, terminal).await?
    };
    let source = source.build();
    match &arguments.command {
        Command::Show(Show { role, remote }) => {
            show(&source.catalog, source.role(&role.role, terminal)?, remote.as_deref())
        }
        Command::Diff(Role { role }) => Ok(diff(&source.catalog, source.role(role, terminal)?, role)),
        Command::Check(Check { role, file, operation_name }) => {
            let seen = source.role(&role.role, terminal)?;
            let name = operation_name.as_deref();
            let refused = hidden::check(&source.catalog, seen, &query, name, Limits::default());
            Ok(check(&refused, &role.role, file))
        }
    }
}

fn show(catalog: &Catalog, role: &RoleSchema, remote: Option<&str>) -> Result<Outcome, Error> {
    let ids = catalog.remotes.iter().zip((0..).map(RemoteId));
    let (sdl, shown): (String, Vec<RemoteId>) = match remote {
        None => (role.schema.to_string(), ids.map(|(_, id)| id).collect()),
        Some(name) => {
            let id = catalog.remote_id(name).ok_or_else(|| {
                let names: Vec<&str> = catalog.remotes.iter().map(|remote| remote.name.as_str()).collect();
                Error::failed("not-exists", format!("no remote schema `{name}` is served"))
                    .help(format!("served are: {}", list(&names)))
            })?;
            let remote = role.remote(id).unwrap_or_else(|| catalog.remote(id));
            (remote.schema.schema.to_string(), vec![id])
        }
    };
    let presets: Vec<(RemoteId, String)> = (shown.into_iter())
        .map(|id| (id, role.presets(id).to_string()))
        .filter(|(_, presets)| !presets.is_empty())
        .collect();
    let mut text = sdl.clone();
    for (id, presets) in &presets {
        let _ = write!(text, "\n# sent to {} unasked:\n", catalog.remote(*id).name);
        text.extend(presets.lines().map(|line| format!("# {line}\n")));
    }
    let presets = presets.iter().map(|(id, presets)| {
        json!({"remote": catalog.remote(*id).name, "values": presets.lines().collect::<Vec<_>>()})
    });
    let data = json!({"role": role.role, "sdl": sdl, "presets": presets.collect::<Vec<_>>()});
    Ok(Outcome::with_text(&data, text))
}

fn diff(catalog: &Catalog, seen: &RoleSchema, role: &str) -> Outcome {
    let hidden = hidden::list(catalog, seen);
    let width = |of: fn(&Hidden) -> usize| hidden.iter().map(of).max().unwrap_or(0);
    let (kind, path) =
        (width(|hidden| hidden.kind.as_str().len()), width(|hidden| hidden.path.chars().count()));
    let mut text = String::new();
    for hidden in &hidden {
        let _ = writeln!(text, "{:kind$}  {:path$}  {}", hidden.kind.as_str(), hidden.path, hidden.reason);
    }
    let _ = match hidden.len() {
        0 => writeln!(text, "{role} sees what administrators see"),
        n => writeln!(text, "{n} hidden"),
    };
    Outcome::with_text(&json!({"role": role, "hidden": hidden}), text)
}

/// Where something is refused, as compilers say it, so that editors find the place.
fn check(refused: &[Refused], role: &str, file: &Path) -> Outcome {
    let file = file.display();
    let mut text = String::new();
    for Refused { path, reason, location } in refused {
        let at = location.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        let what = if path.is_empty() { String::new() } else { format!("{path}: ") };
        let _ = writeln!(text, "{file}{at}: {what}{reason}");
    }
    let _ = match refused.len() {
        0 => writeln!(text, "accepted for {role}"),
        n => writeln!(text, "refused for {role}: {n} {}", if n == 1 { "place" } else { "places" }),
    };
    let data =
        json!({"role": role, "file": file.to_string(), "accepted": refused.is_empty(), "refused": refused});
    let exit = if refused.is_empty() { Exit::Ok } else { Exit::Failed };
    Outcome { exit, ..Outcome::with_text(&data, text) }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
