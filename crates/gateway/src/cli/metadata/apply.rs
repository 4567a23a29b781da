//! `conjoin metadata apply`: the server's metadata becomes what is on disk.

use clap::Args;
use serde_json::{Value, json};

use super::{Context, inconsistency};
use crate::cli::Outcome;
use crate::cli::client::Client;
use crate::cli::error::Error;
use crate::cli::terminal::Terminal;

/// Arguments of `conjoin metadata apply`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print the document that would be sent, and send nothing.
    #[arg(long)]
    dry_run: bool,
    /// Fail, and change nothing, if any object of the metadata cannot be served.
    #[arg(long)]
    disallow_inconsistent_metadata: bool,
}

/// Sends the whole document; the server swaps to it at once or not at all.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    context.project.require()?;
    let document = context.project.read_metadata()?.to_json();
    if arguments.dry_run {
        context.terminal.note("nothing was sent; `conjoin metadata diff` shows what would change");
        return Ok(Outcome::document(&document));
    }
    let client = context.client()?;
    let result = send(&document, arguments.disallow_inconsistent_metadata, &client, context.terminal).await?;
    Ok(Outcome::new(&result))
}

/// Replaces the server's metadata, and says what came of it.
pub(in crate::cli) async fn send(
    document: &Value,
    disallow_inconsistent: bool,
    client: &Client<'_>,
    terminal: &Terminal,
) -> Result<Value, Error> {
    let step = terminal.step("applying");
    let envelope = json!({
        "type": "replace_metadata",
        "version": 2,
        "args": {
            "allow_inconsistent_metadata": !disallow_inconsistent,
            "metadata": document,
        },
    });
    let result =
        client.metadata_envelope(&envelope).await.map_err(|error| match error.details.is_empty() {
            true => error,
            false => {
                error.help("nothing was changed; mend these, or leave out --disallow-inconsistent-metadata")
            }
        })?;
    drop(step);
    terminal.done("Metadata applied");
    for warning in result.get("warnings").and_then(Value::as_array).into_iter().flatten() {
        terminal.warn(warning.get("message").and_then(Value::as_str).unwrap_or_default());
    }
    if inconsistency::count(&result) > 0 {
        inconsistency::tell(&result, terminal);
    }
    Ok(result)
}
