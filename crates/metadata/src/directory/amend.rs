//! Changes of single objects in the files that hold them: what is not concerned stays as it was written, comments and order included.
//!
//! Texts are changed in memory and read again; a text that does not say what it should is a refusal, and nothing has been written. So
//! the worst that an unusual file can cause is work by hand. What a change means is [`Amendment::apply`], how a text is
//! changed [`crate::yaml::edit`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::diagnostic::Source;
use super::load::Loader;
use super::write::replace;
use super::{Error, Loaded, read_with};
use crate::document::Document;
use crate::yaml::{self, Content, Node, edit};
use crate::{Relationship, RelationshipDefinition, RemoteSchema, TypeRelationships};

/// A change of one object. What it refers to has to be there, and what it adds must not.
#[derive(Debug, Clone, PartialEq)]
pub enum Amendment {
    /// Adds a remote schema after all others.
    AddRemote(Box<RemoteSchema>),
    /// Removes a remote schema with all that is defined on it.
    RemoveRemote(String),
    /// Gives a remote schema another name, also where relationships lead to it.
    RenameRemote {
        /// Its name.
        old: String,
        /// The other name.
        new: String,
    },
    /// Adds a relationship after all others of its type.
    AddRelationship {
        /// The remote schema of the type.
        remote: String,
        /// The type.
        type_name: String,
        /// The relationship.
        relationship: Box<Relationship>,
    },
    /// Removes a relationship.
    RemoveRelationship {
        /// The remote schema of the type.
        remote: String,
        /// The type.
        type_name: String,
        /// Its name.
        name: String,
    },
}

/// A file that is to be written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// Which.
    pub path: PathBuf,
    /// What it says now; empty if there is no such file.
    pub old: String,
    /// What it is to say.
    pub new: String,
}

impl Rewritten {
    /// Puts the new text in place at once.
    pub fn write(&self) -> Result<(), Error> {
        let failed = |error| Error::write(&self.path, error);
        if let Some(parent) = self.path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        replace(&self.path, &self.new).map_err(failed)
    }
}

/// What the files of a directory, or a file with the whole document, have to say after these changes. Nothing is written. Includes may
/// name any file of `project`.
pub fn amend(project: &Path, path: &Path, amendments: &[Amendment]) -> Result<Vec<Rewritten>, Error> {
    let project = if project == Path::new("") { Path::new(".") } else { project };
    if path.extension().is_some_and(|extension| extension == "json") && path.is_file() {
        return amend_json(project, path, amendments);
    }
    let mut rewritten: BTreeMap<PathBuf, Rewritten> = BTreeMap::new();
    for amendment in amendments {
        let loaded = load(project, path, &rewritten)?;
        let mut expected = loaded.document.clone();
        amendment.apply(&mut expected);
        for step in steps(amendment, &loaded) {
            // Each step moves what follows it in its file.
            let loaded = load(project, path, &rewritten)?;
            let (file, text) = take(&step, &loaded, path)?;
            let key = file.canonicalize().unwrap_or_else(|_| file.clone());
            let entry = rewritten.entry(key).or_insert_with(|| {
                let old = fs::read_to_string(&file).unwrap_or_default();
                Rewritten { old, path: file, new: String::new() }
            });
            entry.new = text;
        }
        let says_so = load(project, path, &rewritten).is_ok_and(|loaded| loaded.document == expected);
        if !says_so {
            return Err(refusal(&loaded, "$.remote_schemas"));
        }
    }
    Ok(rewritten.into_values().filter(|file| file.old != file.new).collect())
}

impl Amendment {
    /// Changes the document.
    pub fn apply(&self, document: &mut Document) {
        let remotes = &mut document.remote_schemas;
        match self {
            Self::AddRemote(remote) => remotes.push((**remote).clone()),
            Self::RemoveRemote(name) => remotes.retain(|remote| remote.name != *name),
            Self::RenameRemote { old, new } => {
                for remote in remotes {
                    if remote.name == *old {
                        remote.name.clone_from(new);
                    }
                    let relationships = remote.remote_relationships.iter_mut();
                    for relationship in relationships.flat_map(|on| &mut on.relationships) {
                        match &mut relationship.definition {
                            RelationshipDefinition::ToRemoteSchema(to) if to.remote_schema == *old => {
                                to.remote_schema.clone_from(new);
                            }
                            _ => {}
                        }
                    }
                }
            }
            Self::AddRelationship { remote, type_name, relationship } => {
                let Some(remote) = document.remote_schema_mut(remote) else { return };
                match remote.remote_relationships.iter_mut().find(|on| on.type_name == *type_name) {
                    Some(on) => on.relationships.push((**relationship).clone()),
                    None => remote.remote_relationships.push(on(type_name, relationship)),
                }
            }
            Self::RemoveRelationship { remote, type_name, name } => {
                let Some(remote) = document.remote_schema_mut(remote) else { return };
                for on in remote.remote_relationships.iter_mut().filter(|on| on.type_name == *type_name) {
                    on.relationships.retain(|relationship| relationship.name != *name);
                }
                remote.remote_relationships.retain(|on| !on.relationships.is_empty());
            }
        }
    }
}

fn on(type_name: &str, relationship: &Relationship) -> TypeRelationships {
    TypeRelationships { type_name: type_name.to_owned(), relationships: vec![relationship.clone()] }
}

/// One change of one text, by paths of the document.
enum Step {
    Push { list: String, value: serde_json::Value },
    Insert { object: String, key: &'static str, value: serde_json::Value },
    RemoveItem { list: String, index: usize },
    RemoveMember { object: String, key: &'static str },
    Replace { scalar: String, text: String },
}

const ROOT: &str = "$.remote_schemas";
const RELATIONSHIPS: &str = "remote_relationships";

fn steps(amendment: &Amendment, loaded: &Loaded) -> Vec<Step> {
    let document = &loaded.document;
    let remote = |name: &str| document.remote_schemas.iter().position(|remote| remote.name == name);
    match amendment {
        Amendment::AddRemote(remote) => vec![Step::Push { list: ROOT.to_owned(), value: remote.to_json() }],
        Amendment::RemoveRemote(name) => {
            let index = remote(name);
            index.map(|index| Step::RemoveItem { list: ROOT.to_owned(), index }).into_iter().collect()
        }
        Amendment::RenameRemote { old, new } => rename(document, old)
            .into_iter()
            .map(|scalar| Step::Replace { scalar, text: new.clone() })
            .collect(),
        Amendment::AddRelationship { remote: name, type_name, relationship } => {
            let Some(index) = remote(name) else { return Vec::new() };
            let object = format!("{ROOT}[{index}]");
            let all = &document.remote_schemas[index].remote_relationships;
            // In the order in which people write it.
            let relationship =
                json!({"name": relationship.name, "definition": relationship.definition.to_json()});
            let value = || json!({"type_name": type_name, "relationships": [&relationship]});
            vec![match all.iter().position(|on| on.type_name == *type_name) {
                Some(of_type) => Step::Push {
                    list: format!("{object}.{RELATIONSHIPS}[{of_type}].relationships"),
                    value: relationship,
                },
                None if loaded.root.find(&object).get(RELATIONSHIPS).is_some() => {
                    Step::Push { list: format!("{object}.{RELATIONSHIPS}"), value: value() }
                }
                None => Step::Insert { object, key: RELATIONSHIPS, value: json!([value()]) },
            }]
        }
        Amendment::RemoveRelationship { remote: name, type_name, name: relationship } => {
            let Some(index) = remote(name) else { return Vec::new() };
            let object = format!("{ROOT}[{index}]");
            let all = &document.remote_schemas[index].remote_relationships;
            let Some(of_type) = all.iter().position(|on| on.type_name == *type_name) else {
                return Vec::new();
            };
            let list = format!("{object}.{RELATIONSHIPS}");
            let inner = &all[of_type].relationships;
            vec![match inner.iter().position(|its| its.name == *relationship) {
                Some(index) if inner.len() > 1 => {
                    Step::RemoveItem { list: format!("{list}[{of_type}].relationships"), index }
                }
                Some(_) if all.len() > 1 => Step::RemoveItem { list, index: of_type },
                Some(_) => Step::RemoveMember { object, key: RELATIONSHIPS },
                None => return Vec::new(),
            }]
        }
    }
}

/// The paths of all texts that are the name of a remote.
fn rename(document: &Document, old: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (index, remote) in document.remote_schemas.iter().enumerate() {
        let object = format!("{ROOT}[{index}]");
        if remote.name == old {
            paths.push(format!("{object}.name"));
        }
        for (of_type, on) in remote.remote_relationships.iter().enumerate() {
            for (index, relationship) in on.relationships.iter().enumerate() {
                let RelationshipDefinition::ToRemoteSchema(to) = &relationship.definition else { continue };
                let shape = if to.legacy { "" } else { ".to_remote_schema" };
                if to.remote_schema == old {
                    let of_type = format!("{object}.{RELATIONSHIPS}[{of_type}].relationships[{index}]");
                    paths.push(format!("{of_type}.definition{shape}.remote_schema"));
                }
            }
        }
    }
    paths
}

/// The file that a step changes, and its new text.
fn take(step: &Step, loaded: &Loaded, path: &Path) -> Result<(PathBuf, String), Error> {
    let target = match step {
        Step::Push { list: target, .. }
        | Step::Insert { object: target, .. }
        | Step::RemoveItem { list: target, .. }
        | Step::RemoveMember { object: target, .. }
        | Step::Replace { scalar: target, .. } => target,
    };
    // `find` answers the nearest node when there is none.
    let exists = target != ROOT || loaded.root.get("remote_schemas").is_some();
    let node = exists.then(|| loaded.root.find(target));
    let Some(node) = node.filter(|node| !is_null(node)) else { return first_remote(step, loaded, path) };
    let source = &loaded.sources[node.at.source];
    let refused = || refusal(loaded, target);
    let text = std::str::from_utf8(&source.text).map_err(|_| refused())?;
    let new = match step {
        Step::Push { value, .. } if is_within(node, node.at.source) => edit::push(text, node, value),
        Step::Insert { key, value, .. } => edit::insert(text, node, key, value),
        Step::RemoveItem { index, .. } => {
            let item = match &node.content {
                Content::List(items) => items.get(*index),
                _ => None,
            };
            let is_here = item.is_some_and(|item| item.at.source == node.at.source);
            is_here.then(|| edit::remove_item(text, node, *index)).flatten()
        }
        Step::RemoveMember { key, .. } => edit::remove_member(text, node, key),
        Step::Replace { text: new, .. } => edit::replace(text, node, new),
        Step::Push { .. } => None,
    };
    Ok((source.path.clone(), new.ok_or_else(refused)?))
}

/// The section with its first remote, where there was none.
fn first_remote(step: &Step, loaded: &Loaded, path: &Path) -> Result<(PathBuf, String), Error> {
    let Step::Push { value, .. } = step else { return Err(refusal(loaded, ROOT)) };
    let is_file = path.is_file();
    let file = if is_file { path.to_owned() } else { path.join("remote_schemas.yaml") };
    let value = if is_file { json!({"remote_schemas": [value]}) } else { json!([value]) };
    let known = loaded.sources.iter().find(|source| source.path == file);
    let old = known.map_or("", |Source { text, .. }| std::str::from_utf8(text).unwrap_or_default());
    let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    Ok((file, format!("{old}{gap}{}", yaml::to_string(&value))))
}

fn is_null(node: &Node) -> bool {
    matches!(node.content, Content::Scalar(serde_json::Value::Null))
}

/// Whether the first item stands in the same file as the list.
fn is_within(list: &Node, source: usize) -> bool {
    match &list.content {
        Content::List(items) => items.first().is_none_or(|item| item.at.source == source),
        _ => false,
    }
}

fn refusal(loaded: &Loaded, path: &str) -> Error {
    let message = "this is written in a form that cannot be changed here without rewriting the file (included, in flow style, \
                   with anchors, or unusual); change it by hand";
    loaded.diagnose(path, message).into()
}

fn load(project: &Path, path: &Path, rewritten: &BTreeMap<PathBuf, Rewritten>) -> Result<Loaded, Error> {
    let drafts = rewritten.iter().map(|(path, file)| (path.clone(), file.new.clone().into_bytes()));
    read_with(Loader::new(Some(project))?.with_drafts(drafts.collect()), path)
}

/// JSON has no comments, so that the canonical form loses nothing.
fn amend_json(project: &Path, path: &Path, amendments: &[Amendment]) -> Result<Vec<Rewritten>, Error> {
    let mut document = load(project, path, &BTreeMap::new())?.document;
    amendments.iter().for_each(|amendment| amendment.apply(&mut document));
    let old = fs::read_to_string(path).map_err(|error| Error::read(path, error))?;
    Ok(vec![Rewritten { path: path.to_owned(), old, new: format!("{:#}\n", document.to_json()) }])
}

#[cfg(test)]
mod tests;
