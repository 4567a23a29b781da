//! Schemas of remotes that are kept in the project, so that metadata can be checked where no remote is to be reached.
//!
//! A snapshot is the schema of one remote as it would be served, as SDL; an introspection as `.json` that another tool wrote is read
//! too. What is made of snapshots and metadata is the business of [`super::source`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::remote::{RemoteSchema, read_introspection, read_sdl};
use metadata::yaml::Position;

use super::error::{Error, Exit};
use super::project::Project;

/// The directory with the snapshots of a project.
#[derive(Debug)]
pub(super) struct Snapshots {
    pub(super) directory: PathBuf,
}

impl Snapshots {
    /// The directory that is named, or `snapshots` among the metadata.
    pub(super) fn of(project: &Project, named: Option<&Path>) -> Self {
        let beside = || {
            let metadata = project.metadata_path();
            let is_file = metadata.extension().is_some() && !metadata.is_dir();
            let directory = if is_file { metadata.parent().unwrap_or(Path::new("")) } else { &metadata };
            directory.join("snapshots")
        };
        Self { directory: named.map_or_else(beside, Path::to_owned) }
    }

    /// Where the snapshot of a remote is written. Remotes may be called anything, and files may not.
    pub(super) fn path(&self, remote: &str) -> PathBuf {
        self.directory.join(format!("{}.graphql", file_name(remote)))
    }

    /// The schema of a remote and its file, if there is one.
    pub(super) fn read(&self, remote: &str) -> Result<Option<(PathBuf, Arc<RemoteSchema>)>, Error> {
        let sdl = self.path(remote);
        let json = sdl.with_file_name(format!("{}.json", file_name(remote)));
        match [sdl, json].into_iter().find(|path| path.exists()) {
            Some(path) => read_schema(&path).map(|schema| Some((path, Arc::new(schema)))),
            None => Ok(None),
        }
    }

    /// The file of a remote's schema, and whether it says something else.
    pub(super) fn compare(&self, remote: &str, schema: &RemoteSchema) -> (PathBuf, bool) {
        let path = self.path(remote);
        let is_known = std::fs::read_to_string(&path).is_ok_and(|known| known == to_text(schema));
        (path, !is_known)
    }

    /// Writes the schema of a remote. Answers the file, and whether it said something else before.
    pub(super) fn write(&self, remote: &str, schema: &RemoteSchema) -> Result<(PathBuf, bool), Error> {
        let (path, differs) = self.compare(remote, schema);
        if !differs {
            return Ok((path, false));
        }
        std::fs::create_dir_all(&self.directory)
            .map_err(|error| Error::io("create", &self.directory, &error))?;
        std::fs::write(&path, to_text(schema)).map_err(|error| Error::io("write", &path, &error))?;
        Ok((path, true))
    }
}

/// A schema as it is kept.
pub(super) fn to_text(schema: &RemoteSchema) -> String {
    schema.schema.to_string()
}

/// A schema from a file: an introspection if it is JSON, else SDL.
pub(super) fn read_schema(path: &Path) -> Result<RemoteSchema, Error> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Error::io("read", path, &error).exit(Exit::Usage))?;
    let schema = match path.extension().is_some_and(|extension| extension == "json") {
        true => read_introspection(text.as_bytes()),
        false => read_sdl(&text),
    };
    schema.map_err(|error| {
        let (message, at) = place(&error.message);
        let mut error = Error::usage(format!("{} is no schema: {message}", path.display()));
        error.code = "invalid-schema".into();
        match at {
            Some(at) => error.at(path, at),
            None => error,
        }
    })
}

/// What is wrong, without the place that is told in front of it (`not valid SDL in line 3, column 1: …`) or in a picture below it.
fn place(message: &str) -> (&str, Option<Position>) {
    let in_front = message.strip_prefix("not valid SDL in line ").and_then(|rest| {
        let (place, what) = rest.split_once(": ")?;
        let (line, column) = place.split_once(", column ")?;
        Some((what, Position { source: 0, line: line.parse().ok()?, column: column.parse().ok()? }))
    });
    let below = || {
        let (what, picture) = message.split_once('\n')?;
        let (_, place) = picture.split_once("schema.graphql:")?;
        let mut numbers = place.split([':', ' ']).map_while(|number| number.parse().ok());
        let at = Position { source: 0, line: numbers.next()?, column: numbers.next()? };
        Some((what.trim_start_matches("Error: "), at))
    };
    match in_front.or_else(below) {
        Some((what, at)) => (what, Some(at)),
        None => (message, None),
    }
}

/// The name of a remote as a name of a file: what is neither a letter, a digit nor one of `-_.` is written as `%` and its bytes, and so
/// is a dot at the beginning.
fn file_name(remote: &str) -> String {
    let mut name = String::new();
    for (index, char) in remote.char_indices() {
        if char.is_ascii_alphanumeric() || "-_".contains(char) || (char == '.' && index > 0) {
            name.push(char);
        } else {
            let mut bytes = [0; 4];
            name.extend(char.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_of_any_name_has_a_file() {
        assert_eq!(file_name("users-v1.2_x"), "users-v1.2_x");
        assert_eq!(file_name("../my users"), "%2E.%2Fmy%20users");
        assert_eq!(file_name("é"), "%C3%A9");
    }
}
