//! Writing a directory.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::load::Loader;
use super::{Error, FILES, File, FileContent, read_with};
use crate::{Document, yaml};

/// Writes the document below `directory` and answers which files were written, in a fixed order. A path that ends in `.json`, `.yaml`
/// or `.yml` is one file with the whole document.
///
/// A file that says the same already is left as it is. A section that is empty gets no file of its own, but one that exists is emptied.
pub fn write(directory: &Path, document: &Document) -> Result<Vec<PathBuf>, Error> {
    let new = document.to_json();
    // What cannot be read has to be replaced, and so says nothing. Includes may lead anywhere, since this is only compared.
    let old = Loader::new(None).and_then(|loader| read_with(loader, directory));
    let old = old.map_or(Value::Null, |loaded| loaded.document.to_json());
    if let Some(extension) = single_file(directory) {
        if new == old {
            return Ok(Vec::new());
        }
        let text = if extension == "json" { format!("{new:#}\n") } else { yaml::to_string(&new) };
        replace(directory, &text).map_err(|error| Error::write(directory, error))?;
        return Ok(vec![directory.to_owned()]);
    }
    let mut written = Vec::new();
    for file in FILES {
        let path = directory.join(file.path);
        let content = file.content_of(&new);
        let is_needed =
            !says_nothing(&content) || matches!(file.path, "version.yaml" | "remote_schemas.yaml");
        let is_same =
            if path.exists() { content == file.content_of(&old) && !old.is_null() } else { !is_needed };
        if is_same {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Error::write(parent, error))?;
        }
        replace(&path, &yaml::to_string(&content)).map_err(|error| Error::write(&path, error))?;
        written.push(path);
    }
    Ok(written)
}

impl File {
    /// What the file says of a document; what an empty section looks like is seen from its name.
    fn content_of(&self, document: &Value) -> Value {
        match self.content {
            FileContent::Section(key) => document.get(key).cloned().unwrap_or_else(|| empty(key)),
            FileContent::Sections(keys) => {
                let section = |key: &&str| Some(((*key).to_owned(), document.get(*key)?.clone()));
                Value::Object(keys.iter().filter_map(section).collect())
            }
            FileContent::Others => {
                let members = document.as_object().into_iter().flatten();
                let others = members.filter(|(key, _)| FILES.iter().all(|file| !file.holds(key)));
                Value::Object(others.map(|(key, value)| (key.clone(), value.clone())).collect())
            }
        }
    }
}

/// The extension of a path that is one file, unless there is a directory of that name.
fn single_file(path: &Path) -> Option<&str> {
    let extension = path.extension()?.to_str()?;
    (["json", "yaml", "yml"].contains(&extension) && !path.is_dir()).then_some(extension)
}

fn empty(section: &str) -> Value {
    const OBJECTS: &[&str] = &[
        "api_limits",
        "metrics_config",
        "graphql_schema_introspection",
        "network",
        "backend_configs",
        "opentelemetry",
    ];
    if OBJECTS.contains(&section) { Value::Object(Map::new()) } else { Value::Array(Vec::new()) }
}

fn says_nothing(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

/// Puts the text in place at once, so that a program that watches the directory never reads half a file.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let draft = path.with_file_name(name);
    fs::write(&draft, text)?;
    fs::rename(&draft, path)
}
