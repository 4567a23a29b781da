//! A metadata directory: the document on disk, in the files that Hasura's command line writes.
//!
//! [`read`] takes a directory or one file with the whole document and gives a [`Loaded`] document that remembers where everything
//! stands; [`write`] writes a directory and leaves alone what says the same already. Comments and includes of such files survive.
//! [`amend`] changes single objects in the text of their files.

pub mod amend;
mod diagnostic;
mod form;
mod load;
mod locate;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use crate::yaml::{Content, Node, Position};
use crate::{DecodeError, Document};
use diagnostic::Source;
use load::Loader;

pub use diagnostic::Diagnostic;
pub use write::write;

/// A file of the directory.
#[derive(Debug)]
struct File {
    path: &'static str,
    content: FileContent,
}

#[derive(Debug, PartialEq)]
enum FileContent {
    /// The value of one section.
    Section(&'static str),
    /// An object with several sections.
    Sections(&'static [&'static str]),
    /// An object with all sections that have no file of their own.
    Others,
}

/// All files that mean something; any other is left alone.
const FILES: &[File] = &[
    File { path: "version.yaml", content: FileContent::Sections(&["version"]) },
    File { path: "databases/databases.yaml", content: FileContent::Section("sources") },
    File { path: "remote_schemas.yaml", content: FileContent::Section("remote_schemas") },
    File { path: "query_collections.yaml", content: FileContent::Section("query_collections") },
    File { path: "allow_list.yaml", content: FileContent::Section("allowlist") },
    File { path: "actions.yaml", content: FileContent::Sections(&["actions", "custom_types"]) },
    File { path: "cron_triggers.yaml", content: FileContent::Section("cron_triggers") },
    File { path: "rest_endpoints.yaml", content: FileContent::Section("rest_endpoints") },
    File { path: "api_limits.yaml", content: FileContent::Section("api_limits") },
    File { path: "metrics_config.yaml", content: FileContent::Section("metrics_config") },
    File { path: "inherited_roles.yaml", content: FileContent::Section("inherited_roles") },
    File {
        path: "graphql_schema_introspection.yaml",
        content: FileContent::Section("graphql_schema_introspection"),
    },
    File { path: "network.yaml", content: FileContent::Section("network") },
    File { path: "backend_configs.yaml", content: FileContent::Section("backend_configs") },
    File { path: "opentelemetry.yaml", content: FileContent::Section("opentelemetry") },
    File { path: "other_sections.yaml", content: FileContent::Others },
];

/// Why a directory cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory cannot be read.
    #[error("cannot read '{}': {}", path.display(), reason(source))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or directory cannot be written.
    #[error("cannot write '{}': {}", path.display(), reason(source))]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// None of the known files is there, so it is likely the wrong directory.
    #[error("no metadata in '{}', expected version.yaml or remote_schemas.yaml", .0.display())]
    NoMetadata(PathBuf),
    /// A file says something wrong.
    #[error(transparent)]
    Invalid(#[from] Box<Diagnostic>),
}

/// A document and where it was read from.
#[derive(Debug)]
pub struct Loaded {
    /// The document.
    pub document: Document,
    root: Node,
    sources: Vec<Source>,
}

/// Reads a directory, or a `.yaml`, `.yml` or `.json` file with a whole document; includes must stay in that directory.
pub fn read(path: &Path) -> Result<Loaded, Error> {
    let project = if path.is_file() { path.parent().unwrap_or(Path::new("")) } else { path };
    read_within(project, path)
}

/// [`read`] where includes may name any file of `project`.
pub fn read_within(project: &Path, path: &Path) -> Result<Loaded, Error> {
    let project = if project == Path::new("") { Path::new(".") } else { project };
    read_with(Loader::new(Some(project))?, path)
}

fn read_with(mut loader: Loader, path: &Path) -> Result<Loaded, Error> {
    let mut root =
        if path.is_file() { read_file(&mut loader, path)? } else { read_directory(&mut loader, path)? };
    form::normalise(&mut root);
    match Document::from_json(&root.to_value()) {
        Ok(document) => Ok(Loaded { document, root, sources: loader.sources }),
        Err(DecodeError { path, message }) => Err(loader.error(root.find(&path).at, message, Some(path))),
    }
}

impl Loaded {
    /// A message about the object at `path` of the document (`$.remote_schemas[0].definition`), with its place in the files.
    pub fn diagnose(&self, path: &str, message: impl Into<String>) -> Diagnostic {
        let at = self.root.find(path).at;
        Diagnostic::new(&self.sources[at.source], at, message.into(), Some(path.to_owned()))
    }

    /// The same, at the first of `words` that stands in the text of that object; none when none of them does.
    pub fn diagnose_word(
        &self,
        path: &str,
        words: &[&str],
        message: impl Into<String>,
    ) -> Option<Diagnostic> {
        let at = locate::word(&self.root, self.root.find(path), &self.sources, words)?;
        Some(Diagnostic::new(&self.sources[at.source], at, message.into(), Some(path.to_owned())))
    }
}

impl Error {
    fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Invalid(Box::new(diagnostic))
    }
}

/// The usual failures in words that are the same on every system.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

fn read_file(loader: &mut Loader, path: &Path) -> Result<Node, Error> {
    let missing = || Error::read(path, io::ErrorKind::NotFound.into());
    let root = loader.load(path)?.ok_or_else(missing)?;
    // The answer of the API, in which the document has a `resource_version` beside it.
    match (root.get("version"), root.get("metadata")) {
        (None, Some(document)) => Ok(document.clone()),
        _ => Ok(root),
    }
}

fn read_directory(loader: &mut Loader, directory: &Path) -> Result<Node, Error> {
    if !directory.is_dir() {
        return Err(Error::read(directory, io::ErrorKind::NotFound.into()));
    }
    let mut members: Vec<(String, Node)> = Vec::new();
    for file in FILES {
        let Some(node) = loader.load(&directory.join(file.path))? else { continue };
        match file.content {
            FileContent::Section(key) => members.push((key.to_owned(), node)),
            FileContent::Sections(keys) => {
                let sections = object(loader, node)?;
                members.extend(sections.into_iter().filter(|(key, _)| keys.contains(&key.as_str())));
            }
            FileContent::Others => {
                for (key, value) in object(loader, node)? {
                    if FILES.iter().any(|file| file.holds(&key)) {
                        let message = format!("the section '{key}' has a file of its own");
                        return Err(loader.error(value.at, message, None));
                    }
                    members.push((key, value));
                }
            }
        }
    }
    if members.is_empty() {
        return Err(Error::NoMetadata(directory.to_owned()));
    }
    // A directory without `version.yaml` is taken for what this program writes; only older ones say another version.
    if members.iter().all(|(key, _)| key != "version") {
        let version = Node { at: members[0].1.at, content: Content::Scalar(3.into()) };
        members.insert(0, ("version".to_owned(), version));
    }
    let at = Position { source: 0, line: 1, column: 1 };
    Ok(Node { at, content: Content::Object(members) })
}

impl File {
    fn holds(&self, section: &str) -> bool {
        match self.content {
            FileContent::Section(key) => key == section,
            FileContent::Sections(keys) => keys.contains(&section),
            FileContent::Others => false,
        }
    }
}

/// The members of a file that has to hold an object; an empty file has none.
fn object(loader: &Loader, node: Node) -> Result<Vec<(String, Node)>, Error> {
    match node.content {
        Content::Object(members) => Ok(members),
        Content::Scalar(serde_json::Value::Null) => Ok(Vec::new()),
        _ => Err(loader.error(node.at, "expected an object".to_owned(), None)),
    }
}
