//! `conjoin metadata snapshot`: writes the schemas of the remotes into the project, for checks that ask nobody.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use engine::remote::RemoteSchema;
use metadata::Document;
use serde_json::{Value, json};

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{Error, Exit};
use crate::cli::snapshot::Snapshots;
use crate::cli::source::{schemas_of_remotes, schemas_of_server, similar};

/// Arguments of `conjoin metadata snapshot`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Remotes; all of the project's metadata if left out.
    names: Vec<String>,
    /// Ask the remotes themselves; otherwise the server is asked for what it has read of them.
    #[arg(long)]
    direct: bool,
    /// Directory of the snapshots [default: `snapshots` among the metadata].
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
    /// Write nothing, say what would be written.
    #[arg(long)]
    dry_run: bool,
}

/// Writes what is to be had; ends with 4 if something is not.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let (terminal, project) = (context.terminal, &context.project);
    project.require()?;
    let mut document = project.read_metadata()?;
    restrict(&mut document, &arguments.names)?;
    let snapshots = Snapshots::of(project, arguments.snapshots.as_deref());
    let mut written = Vec::new();
    let mut n_missing = 0;
    for (remote, schema) in schemas(arguments, context, &document).await? {
        let schema = match schema {
            Ok(schema) => schema,
            Err(reason) => {
                n_missing += 1;
                terminal.warn(&format!("no snapshot of remote `{remote}`: {reason}"));
                continue;
            }
        };
        let (path, changed) = match arguments.dry_run {
            true => snapshots.compare(&remote, &schema),
            false => snapshots.write(&remote, &schema)?,
        };
        let file = path.display().to_string();
        match (changed, arguments.dry_run) {
            (true, true) => terminal.note(&format!("would write {file}")),
            (true, false) => terminal.done(&format!("wrote {file}")),
            (false, _) => terminal.note(&format!("{file} is up to date")),
        }
        written.push(json!({"remote": remote, "file": file, "changed": changed}));
    }
    let exit = if n_missing == 0 { Exit::Ok } else { Exit::Unreachable };
    Ok(Outcome { exit, ..Outcome::new(&Value::from_iter([("snapshots", Value::Array(written))])) })
}

type Schemas = Vec<(String, Result<Arc<RemoteSchema>, String>)>;

async fn schemas(
    arguments: &Arguments,
    context: &Context<'_>,
    document: &Document,
) -> Result<Schemas, Error> {
    if arguments.direct {
        let answers = schemas_of_remotes(document, &context.project, context.terminal).await;
        let reason = |answer: Result<_, engine::catalog::Failure>| answer.map_err(|failure| failure.reason);
        return Ok(answers.into_iter().map(|(name, answer)| (name, reason(answer))).collect());
    }
    let names: Vec<String> = document.remote_schemas.iter().map(|remote| remote.name.clone()).collect();
    let client = context.client()?;
    let _step = context.terminal.step("asking the server");
    let answers = schemas_of_server(&client, &names).await?;
    let reason = "the server has none; is the metadata applied?";
    Ok(answers.into_iter().map(|(name, schema)| (name, schema.ok_or_else(|| reason.to_owned()))).collect())
}

/// Leaves out the remotes that are not named.
fn restrict(document: &mut Document, names: &[String]) -> Result<(), Error> {
    let known: Vec<String> = document.remote_schemas.iter().map(|remote| remote.name.clone()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        let error = Error::failed("not-exists", format!("the metadata has no remote schema `{name}`"));
        return Err(match similar(name, known.iter().map(String::as_str)) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")),
            None => error.help(format!("it has: {}", known.join(", "))),
        });
    }
    if !names.is_empty() {
        document.remote_schemas.retain(|remote| names.contains(&remote.name));
    }
    Ok(())
}
