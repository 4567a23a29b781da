//! `conjoin man`: a manual page for each command, for those who make packages.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Outcome;
use super::error::Error;
use super::terminal::Terminal;

/// Arguments of `conjoin man`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Directory to write the pages to.
    directory: PathBuf,
}

/// Writes `conjoin.1`, `conjoin-serve.1` and so on.
pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome, Error> {
    let directory = &arguments.directory;
    let failed = |error| Error::io("write", directory, &error);
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(super::command(), directory).map_err(failed)?;
    let entries = std::fs::read_dir(directory).map_err(failed)?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut files: Vec<String> = names.filter(|name| name.ends_with(".1")).collect();
    files.sort();
    terminal.done(&format!("wrote {} pages to {}", files.len(), directory.display()));
    Ok(Outcome::new(&json!({"directory": directory.display().to_string(), "files": files})))
}

#[cfg(test)]
mod tests {
    fn names(command: &clap::Command, before: &str, found: &mut Vec<String>) {
        for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            let name = format!("{before}-{}", command.get_name());
            names(command, &name, found);
            found.push(name);
        }
    }

    #[test]
    fn every_command_has_a_page() {
        let directory = tempfile::tempdir().unwrap();
        clap_mangen::generate_to(crate::cli::command(), directory.path()).unwrap();
        let mut commands = vec!["conjoin".to_owned()];
        names(&crate::cli::command(), "conjoin", &mut commands);
        assert!(commands.len() > 20, "only {commands:?}");
        for command in commands {
            let page = std::fs::read_to_string(directory.path().join(format!("{command}.1")));
            let page = page.unwrap_or_else(|error| panic!("{command}: {error}"));
            assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{command}:\n{page}");
        }
    }
}
