//! Environment variables by their Conjoin or Hasura name, from the process and from a `.env` file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::Error;
use crate::sync::Env;

/// Variables of the process, and below them those of the `.env` file.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    file: HashMap<String, String>,
    file_name: PathBuf,
}

/// A setting's value and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) value: String,
    /// For people: `--endpoint`, `CONJOIN_ENDPOINT`, `HASURA_GRAPHQL_ENDPOINT in .env`.
    pub(super) origin: String,
}

/// Conjoin's name wins over Hasura's, within one source.
const PREFIXES: [&str; 2] = ["CONJOIN_", "HASURA_GRAPHQL_"];

impl Environment {
    /// Reads `.env` in the project, or the file the user named. Only a file that was named must exist.
    pub(super) fn load(directory: &Path, named: Option<&Path>) -> Result<Self, Error> {
        let file_name = directory.join(named.unwrap_or(Path::new(".env")));
        let entries = match dotenvy::from_path_iter(&file_name) {
            Ok(entries) => entries,
            Err(error) if error.not_found() && named.is_none() => return Ok(Self::default()),
            Err(error) => {
                let message = format!("could not read {}: {error}", file_name.display());
                return Err(Error::usage(message).help("pass --envfile a file that exists, or leave it out"));
            }
        };
        let mut file = HashMap::new();
        for entry in entries {
            match entry {
                Ok((name, value)) => drop(file.insert(name, value)),
                Err(error) => return Err(malformed(&file_name, &error)),
            }
        }
        Ok(Self { file, file_name })
    }

    /// The variable of exactly this name, the process before the file.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| self.file.get(name).cloned())
    }

    /// [`Environment::value`] for who keeps it.
    pub(super) fn values(&self) -> Env {
        let environment = self.clone();
        Arc::new(move |name| environment.value(name))
    }

    /// Where the variable of exactly this name is set.
    pub(super) fn origin(&self, name: &str) -> Option<String> {
        let in_process = std::env::var_os(name).map(|_| "the environment".to_owned());
        in_process.or_else(|| self.file.contains_key(name).then(|| self.file_name.display().to_string()))
    }

    /// The file with variables, if one was read.
    pub(super) fn file(&self) -> Option<&Path> {
        (!self.file_name.as_os_str().is_empty()).then_some(&*self.file_name)
    }

    /// The first of `names` (without prefix) that is set, the process before the file. Empty is not set.
    pub(super) fn lookup<'n>(&self, names: &[&'n str]) -> Option<(&'n str, Found)> {
        let in_process = |name: &str| std::env::var(name).ok();
        let in_file = |name: &str| self.file.get(name).cloned();
        find(names, in_process, "")
            .or_else(|| find(names, in_file, &format!(" in {}", self.file_name.display())))
    }
}

fn find<'n>(
    names: &[&'n str],
    value_of: impl Fn(&str) -> Option<String>,
    suffix: &str,
) -> Option<(&'n str, Found)> {
    let pairs = names.iter().flat_map(|&name| PREFIXES.map(|prefix| (name, format!("{prefix}{name}"))));
    pairs.into_iter().find_map(|(name, variable)| {
        let value = value_of(&variable).filter(|value| !value.is_empty())?;
        Some((name, Found { value, origin: format!("{variable}{suffix}") }))
    })
}

/// The library quotes the whole line in its message; the line may hold a secret, so only its place is told.
fn malformed(file: &Path, error: &dotenvy::Error) -> Error {
    let message = format!("{} is not a list of NAME=value lines", file.display());
    let number = match error {
        dotenvy::Error::LineParse(quoted, _) => {
            let content = std::fs::read_to_string(file).unwrap_or_default();
            // What is quoted may be a part of the line, or several of them where a quote is not closed.
            let quoted = quoted.trim();
            let is_it = |line: &str| line.contains(quoted) || quoted.contains(line);
            content
                .lines()
                .position(|line| !line.trim().is_empty() && !quoted.is_empty() && is_it(line.trim()))
        }
        _ => None,
    };
    let place = number.map(|index| format!(": line {} is not", index + 1)).unwrap_or_default();
    Error::usage(message + &place).help("quote values with blanks or `#`: NAME=\"some value\"")
}
