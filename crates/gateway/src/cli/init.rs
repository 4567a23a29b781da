//! `conjoin init`: a new project.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use metadata::Document;
use serde_json::json;

use super::Outcome;
use super::error::Error;
use super::options::Options;
use super::settings::DEFAULT_ENDPOINT;
use super::terminal::Terminal;

/// Arguments of `conjoin init`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Directory of the project; the current one if left out. It must be empty.
    directory: Option<PathBuf>,
    /// Version of config.yaml; there is only 3.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(3..=3))]
    version: u8,
}

const ENV_EXAMPLE: &str = "\
# Copy this file to .env. Variables that are set in the environment win over it.
# CONJOIN_ENDPOINT=http://localhost:8080
# CONJOIN_ADMIN_SECRET=
";

const GITIGNORE: &str = "\
# Secrets.
.env
# The data of a gateway that runs here.
.conjoin/
";

/// Writes the project.
pub(super) fn run(arguments: &Arguments, options: &Options, terminal: &Terminal) -> Result<Outcome, Error> {
    let directory =
        arguments.directory.clone().or_else(|| options.project.clone()).unwrap_or_else(|| ".".into());
    refuse_used(&directory)?;
    let endpoint = options.endpoint.as_deref().unwrap_or(DEFAULT_ENDPOINT);

    fs::create_dir_all(&directory).map_err(|error| Error::io("create", &directory, &error))?;
    write(&directory, "config.yaml", &config(arguments.version, endpoint))?;
    super::project::write_document(&directory.join("metadata"), &Document::default())?;
    write(&directory, ".env.example", ENV_EXAMPLE)?;
    write(&directory, ".gitignore", GITIGNORE)?;
    let mut files = vec!["config.yaml", "metadata", ".env.example", ".gitignore"];
    if let Some(secret) = &options.admin_secret {
        write_secret(&directory, secret)?;
        files.push(".env");
    }

    terminal.done(&format!("created {} with {}", directory.display(), files.join(", ")));
    if directory != Path::new(".") {
        terminal.note(&format!("next: cd {}", directory.display()));
    }
    if options.endpoint.is_none() {
        terminal.note("next: conjoin serve --metadata-dir metadata");
    }
    terminal.note("next: describe remotes in metadata/remote_schemas.yaml, then conjoin metadata apply");
    Ok(Outcome::new(&json!({"directory": directory.display().to_string(), "files": files})))
}

/// Adds what a project has besides its metadata, where it is missing. `variables` are those that the metadata names.
pub(super) fn complete(directory: &Path, variables: &[&str]) -> Result<Vec<PathBuf>, Error> {
    fs::create_dir_all(directory).map_err(|error| Error::io("create", directory, &error))?;
    let mut example = ENV_EXAMPLE.to_owned();
    if !variables.is_empty() {
        example.push_str("# For the server, and for `conjoin metadata check`:\n");
        example.extend(variables.iter().map(|name| format!("# {name}=\n")));
    }
    let mut written = Vec::new();
    for (name, text) in [
        ("config.yaml", config(3, DEFAULT_ENDPOINT)),
        (".env.example", example),
        (".gitignore", GITIGNORE.to_owned()),
    ] {
        let path = directory.join(name);
        if !path.exists() {
            write(directory, name, &text)?;
            written.push(path);
        }
    }
    Ok(written)
}

fn config(version: u8, endpoint: &str) -> String {
    format!(
        "# See docs/cli.md for all keys. The admin secret belongs into .env, not here.\n\
         version: {version}\nendpoint: {}\nmetadata_directory: metadata\n",
        json!(endpoint)
    )
}

/// A directory counts as empty when all it has is version control.
fn refuse_used(directory: &Path) -> Result<(), Error> {
    let used = match fs::read_dir(directory) {
        Ok(entries) => entries.flatten().any(|entry| entry.file_name() != ".git"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(Error::io("read", directory, &error)),
    };
    if !used {
        return Ok(());
    }
    let message = format!("{} exists and is not empty", directory.display());
    Err(Error::failed("already-exists", message).help("name a new directory: conjoin init DIR"))
}

fn write(directory: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = directory.join(name);
    fs::write(&path, text).map_err(|error| Error::io("write", &path, &error))
}

/// `.env`, readable by its owner only.
fn write_secret(directory: &Path, secret: &str) -> Result<(), Error> {
    let path = directory.join(".env");
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Single quotes keep everything literal; a quote itself is written outside of them.
    let quoted = secret.replace('\'', r#"'"'"'"#);
    let line = format!("CONJOIN_ADMIN_SECRET='{quoted}'\n");
    options
        .open(&path)
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .map_err(|error| Error::io("write", &path, &error))
}
