//! `conjoin completion`: the script that teaches a shell our commands.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;
use serde_json::json;

use super::Outcome;
use super::error::Error;
use super::terminal::Terminal;

/// Arguments of `conjoin completion`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell.
    shell: Shell,
    /// Write the script to a file.
    #[arg(long)]
    file: Option<PathBuf>,
}

/// Prints or writes the script.
pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome, Error> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::command(), "conjoin", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let Some(file) = &arguments.file else {
        return Ok(Outcome::with_text(&json!({"script": script}), script));
    };
    std::fs::write(file, &script).map_err(|error| Error::io("write", file, &error))?;
    terminal.done(&format!("wrote {}", file.display()));
    Ok(Outcome::new(&json!({"file": file.display().to_string()})))
}
