//! One thing that is wrong with the project, and where in its files.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Style};
use engine::problem::{MetadataObject, Problem, Severity};
use metadata::Document;
use metadata::directory::{Diagnostic, Loaded};
use metadata::yaml::Position;
use serde_json::{Value, json};

use crate::cli::error::{Error, Place};

/// One thing that is wrong.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) level: Level,
    pub(super) code: String,
    pub(super) message: String,
    /// The object, in words; none when a file cannot be read at all.
    pub(super) object: Option<String>,
    /// Path in the document.
    pub(super) path: Option<String>,
    pub(super) place: Option<Place>,
    pub(super) help: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Error,
    Warning,
}

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

impl Level {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Finding {
    /// What the engine found, at its place in the files.
    pub(super) fn of_problem(problem: &Problem, loaded: &Loaded) -> Self {
        let path = path_of(&loaded.document, &problem.object);
        Self {
            level: if problem.severity == Severity::Inconsistent { Level::Error } else { Level::Warning },
            code: problem.code.as_str().to_owned(),
            message: problem.reason.trim_end().to_owned(),
            object: Some(problem.object.to_string()),
            place: path.as_ref().map(|path| place(loaded, &problem.object, path, &problem.reason)),
            path,
            help: None,
        }
    }

    /// What is wrong with a value of the document.
    pub(super) fn at(loaded: &Loaded, object: &MetadataObject, code: &str, message: String) -> Self {
        let path = path_of(&loaded.document, object);
        Self {
            level: Level::Error,
            code: code.to_owned(),
            object: Some(object.to_string()),
            place: path.as_ref().map(|path| place(loaded, object, path, &message)),
            path,
            message,
            help: None,
        }
    }

    /// A file that cannot be read, as the error that another command would end with.
    pub(super) fn of_error(error: &Error) -> Self {
        Self {
            level: Level::Error,
            code: error.code.clone(),
            message: error.message.clone(),
            object: None,
            path: error.pointer.clone(),
            place: error.place.clone(),
            help: error.help.clone(),
        }
    }

    /// By place, what cannot be placed last.
    pub(super) fn order(&self) -> (bool, Option<&PathBuf>, u64, u64) {
        let place = self.place.as_ref();
        let at = place.map(|place| place.at).unwrap_or_default();
        (place.is_none(), place.map(|place| &place.file), at.line, at.column)
    }

    /// What machines read.
    pub(super) fn to_json(&self) -> Value {
        let mut value = json!({"severity": self.level.as_str(), "code": self.code, "message": self.message});
        let Some(members) = value.as_object_mut() else { return value };
        for (key, text) in [("object", &self.object), ("path", &self.path), ("help", &self.help)] {
            members.extend(text.as_ref().map(|text| (key.to_owned(), json!(text))));
        }
        if let Some(Place { file, at }) = &self.place {
            members.insert("file".into(), json!(file.display().to_string()));
            members.insert("line".into(), json!(at.line));
            members.insert("column".into(), json!(at.column));
        }
        value
    }

    /// What people read: the sentence, the line that is meant, how to mend it.
    pub(super) fn to_text(&self, colour: bool) -> String {
        let style = match self.level {
            Level::Error => RED,
            Level::Warning => YELLOW,
        };
        let style = if colour { style } else { Style::new() };
        let mut text = format!("{style}{}[{}]{style:#}: {}\n", self.level.as_str(), self.code, self.message);
        match (&self.place, &self.path) {
            (Some(place), _) => place.write(&mut text, colour),
            (None, Some(path)) => {
                let _ = writeln!(text, "   at {path}");
            }
            (None, None) => {}
        }
        for line in self.help.iter().flat_map(|help| help.lines()) {
            let _ = writeln!(text, "   = help: {line}");
        }
        text
    }
}

/// The place of the word that the message is about, or of the object.
fn place(loaded: &Loaded, object: &MetadataObject, path: &str, message: &str) -> Place {
    let own = object_names(object);
    let quoted = message.split('"').skip(1).step_by(2);
    // The message begins with the names of the object itself, which stand at its head and help nobody.
    let words: Vec<&str> = quoted.filter(|word| !own.contains(word)).collect();
    let named = match object {
        // Names of other objects occur all over a remote; only its own definition is looked through.
        MetadataObject::RemoteSchema(_) => {
            loaded.diagnose_word(&format!("{path}.definition"), &words, message)
        }
        MetadataObject::Section(_) | MetadataObject::RestConflict(_) => None,
        _ => loaded.diagnose_word(path, &words, message),
    };
    let Diagnostic { file, line, column, .. } = named.unwrap_or_else(|| {
        let name = match object {
            MetadataObject::Permission { .. } => format!("{path}.role"),
            MetadataObject::InheritedRole(_) | MetadataObject::InheritedPermission { .. } => {
                format!("{path}.role_name")
            }
            MetadataObject::Section(_) | MetadataObject::OpenTelemetry(_) => path.to_owned(),
            _ => format!("{path}.name"),
        };
        loaded.diagnose(&name, message)
    });
    Place { file: shortened(file), at: Position { source: 0, line, column } }
}

/// Paths that begin with `./` say no more than without.
fn shortened(file: PathBuf) -> PathBuf {
    file.strip_prefix(".").map(PathBuf::from).unwrap_or(file)
}

fn object_names(object: &MetadataObject) -> HashSet<&str> {
    match object {
        MetadataObject::Permission { remote_schema, role }
        | MetadataObject::InheritedPermission { remote_schema, role } => {
            HashSet::from([&**remote_schema, role])
        }
        MetadataObject::Relationship { remote_schema, name, .. } => HashSet::from([&**remote_schema, name]),
        MetadataObject::SavedQuery { collection, query } => HashSet::from([&**collection, query]),
        MetadataObject::RemoteSchema(name)
        | MetadataObject::InheritedRole(name)
        | MetadataObject::RestEndpoint(name)
        | MetadataObject::Section(name) => HashSet::from([&**name]),
        MetadataObject::RestConflict(names) => names.iter().map(String::as_str).collect(),
        MetadataObject::OpenTelemetry(_) => HashSet::new(),
    }
}

/// Where an object is in the document.
fn path_of(document: &Document, object: &MetadataObject) -> Option<String> {
    let remote = |name: &str| {
        let index = document.remote_schemas.iter().position(|remote| remote.name == name)?;
        Some((format!("$.remote_schemas[{index}]"), &document.remote_schemas[index]))
    };
    let role = |name: &str| {
        let index = document.inherited_roles.iter().position(|role| role.role_name == name)?;
        Some(format!("$.inherited_roles[{index}]"))
    };
    let endpoint = |name: &str| {
        let index = document.rest_endpoints().iter().position(|endpoint| endpoint.name == name)?;
        Some(format!("$.rest_endpoints[{index}]"))
    };
    match object {
        MetadataObject::RemoteSchema(name) => remote(name).map(|(path, _)| path),
        MetadataObject::Permission { remote_schema, role: of } => {
            let (path, remote) = remote(remote_schema)?;
            match remote.permissions.iter().position(|permission| permission.role == *of) {
                Some(index) => Some(format!("{path}.permissions[{index}]")),
                // What an inherited role has is written with that role.
                None => role(of),
            }
        }
        MetadataObject::Relationship { remote_schema, type_name, name } => {
            let (path, remote) = remote(remote_schema)?;
            remote.remote_relationships.iter().enumerate().find_map(|(of_type, on)| {
                let index = on.relationships.iter().position(|relationship| relationship.name == *name)?;
                (on.type_name == *type_name)
                    .then(|| format!("{path}.remote_relationships[{of_type}].relationships[{index}]"))
            })
        }
        MetadataObject::InheritedRole(name) | MetadataObject::InheritedPermission { role: name, .. } => {
            role(name)
        }
        MetadataObject::SavedQuery { collection, query } => {
            let collections = document.query_collections();
            let index = collections.iter().position(|known| known.name == *collection)?;
            let queries = &collections[index].definition.queries;
            let at = queries.iter().position(|known| known.name == *query)?;
            Some(format!("$.query_collections[{index}].definition.queries[{at}]"))
        }
        MetadataObject::RestEndpoint(name) => endpoint(name),
        MetadataObject::RestConflict(names) => endpoint(names.first()?),
        MetadataObject::Section(section) => Some(format!("$.{section}")),
        MetadataObject::OpenTelemetry(_) => Some("$.opentelemetry".to_owned()),
    }
}

/// All objects that are checked, in the order of the document.
pub(super) fn objects(document: &Document) -> Vec<MetadataObject> {
    let mut objects = Vec::new();
    for remote in &document.remote_schemas {
        objects.push(MetadataObject::RemoteSchema(remote.name.clone()));
        objects.extend(remote.permissions.iter().map(|permission| MetadataObject::Permission {
            remote_schema: remote.name.clone(),
            role: permission.role.clone(),
        }));
        for on in &remote.remote_relationships {
            objects.extend(on.relationships.iter().map(|relationship| MetadataObject::Relationship {
                remote_schema: remote.name.clone(),
                type_name: on.type_name.clone(),
                name: relationship.name.clone(),
            }));
        }
    }
    objects.extend(
        document.inherited_roles.iter().map(|role| MetadataObject::InheritedRole(role.role_name.clone())),
    );
    for collection in document.query_collections() {
        objects.extend(collection.definition.queries.iter().map(|query| MetadataObject::SavedQuery {
            collection: collection.name.clone(),
            query: query.name.clone(),
        }));
    }
    objects.extend(
        document.rest_endpoints().into_iter().map(|endpoint| MetadataObject::RestEndpoint(endpoint.name)),
    );
    objects
}
