//! Files read into trees, with every `!include` replaced by the file it names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Error;
use super::diagnostic::{Diagnostic, Source};
use crate::yaml::{self, Content, INCLUDE, Node, Position};

/// A file may be included many times; when each includes the next one twice, that must still end.
const MAX_FILES: usize = 10_000;
/// And so it must when the files are large.
const MAX_TOTAL_BYTES: usize = 256 * 1024 * 1024;

/// Reads files and remembers them for the messages.
pub(super) struct Loader {
    /// The directory that includes must not leave, without symbolic links; none if nobody will see what is read.
    root: Option<PathBuf>,
    pub(super) sources: Vec<Source>,
    bytes: usize,
    /// The files whose includes are being replaced, outermost first.
    open: Vec<PathBuf>,
    /// Texts that are read in place of files, by the paths of the files without symbolic links.
    drafts: BTreeMap<PathBuf, Vec<u8>>,
}

impl Loader {
    pub(super) fn new(root: Option<&Path>) -> Result<Self, Error> {
        let canonical = |root: &Path| root.canonicalize().map_err(|error| Error::read(root, error));
        Ok(Self {
            root: root.map(canonical).transpose()?,
            sources: Vec::new(),
            bytes: 0,
            open: Vec::new(),
            drafts: BTreeMap::new(),
        })
    }

    /// The same with texts that are not in their files yet.
    pub(super) fn with_drafts(mut self, drafts: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        self.drafts = drafts;
        self
    }

    fn text(&self, canonical: &Path) -> std::io::Result<Vec<u8>> {
        self.drafts.get(canonical).cloned().map_or_else(|| fs::read(canonical), Ok)
    }

    /// The tree of a file, or none if it does not exist.
    pub(super) fn load(&mut self, path: &Path) -> Result<Option<Node>, Error> {
        let canonical = match path.canonicalize() {
            Ok(canonical) => canonical,
            Err(_) if self.drafts.contains_key(path) => path.to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::read(path, error)),
        };
        let text = self.text(&canonical).map_err(|error| Error::read(path, error))?;
        self.bytes += text.len();
        self.expand(path, canonical, text, 0).map(Some)
    }

    fn expand(
        &mut self,
        path: &Path,
        canonical: PathBuf,
        text: Vec<u8>,
        depth: usize,
    ) -> Result<Node, Error> {
        let source = self.sources.len();
        self.sources.push(Source { path: path.to_owned(), text });
        let mut node = yaml::parse(&self.sources[source].text, source)
            .map_err(|error| self.error(error.at, error.message, None))?;
        self.open.push(canonical);
        self.replace_includes(&mut node, depth)?;
        self.open.pop();
        Ok(node)
    }

    fn replace_includes(&mut self, node: &mut Node, depth: usize) -> Result<(), Error> {
        let depth = depth + 1;
        match &mut node.content {
            Content::List(items) => items.iter_mut().try_for_each(|item| self.replace_includes(item, depth)),
            Content::Object(members) => {
                members.iter_mut().try_for_each(|(_, value)| self.replace_includes(value, depth))
            }
            Content::Scalar(Value::String(text)) => match included_file(text) {
                Some(file) => {
                    let file = file.to_owned();
                    *node = self.include(&file, node.at, depth)?;
                    Ok(())
                }
                None => Ok(()),
            },
            Content::Scalar(_) => Ok(()),
        }
    }

    fn include(&mut self, file: &str, at: Position, depth: usize) -> Result<Node, Error> {
        let refuse = |loader: &Self, reason: String| {
            Err(loader.error(at, format!("cannot include '{file}': {reason}"), None))
        };
        let path = self.sources[at.source].path.parent().unwrap_or(Path::new("")).join(file);
        if Path::new(file).is_absolute() {
            return refuse(self, "the path must be relative to this file".to_owned());
        }
        let canonical = match path.canonicalize() {
            Ok(canonical) => canonical,
            Err(error) => return refuse(self, super::reason(&error)),
        };
        if self.root.as_ref().is_some_and(|root| !canonical.starts_with(root)) {
            return refuse(self, "it is outside of the project".to_owned());
        }
        if self.open.contains(&canonical) {
            return refuse(self, "it includes itself".to_owned());
        }
        let text = match self.text(&canonical) {
            Ok(text) => text,
            Err(error) => return refuse(self, super::reason(&error)),
        };
        if self.sources.len() >= MAX_FILES || self.bytes + text.len() > MAX_TOTAL_BYTES {
            return refuse(self, "too much has been included".to_owned());
        }
        self.bytes += text.len();
        let is_tree =
            matches!(canonical.extension().and_then(|name| name.to_str()), Some("yaml" | "yml" | "json"));
        if is_tree {
            return self.expand(&path, canonical, text, depth);
        }
        match String::from_utf8(text) {
            Ok(text) => Ok(Node { at, content: Content::Scalar(text.into()) }),
            Err(_) => refuse(self, "it is not UTF-8".to_owned()),
        }
    }

    pub(super) fn error(&self, at: Position, message: String, path: Option<String>) -> Error {
        Diagnostic::new(&self.sources[at.source], at, message, path).into()
    }
}

/// The file named by `!include file`, with or without quotes around it.
fn included_file(text: &str) -> Option<&str> {
    let file = text.strip_prefix(INCLUDE)?.strip_prefix([' ', '\t'])?.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| file.strip_prefix(*quote)?.strip_suffix(*quote));
    Some(unquoted.unwrap_or(file))
}
