//! Metadata and the schemas it is about, from the project or from a running server, made into the catalog that the server would
//! serve: by the same code, in this process.
//!
//! Where a schema is not to be had, what depends on it is [`unknown`](Source::unknown) and neither right nor wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use engine::catalog::{self, Catalog, Introspection, RoleSchema};
use engine::problem::{MetadataObject, Problem, Severity};
use engine::remote::{RemoteSchema, read_introspection, read_sdl};
use futures_util::StreamExt;
use metadata::schema_source::SchemaSource;
use metadata::{Document, RelationshipDefinition};
use serde_json::{Value, json};

use super::client::Client;
use super::error::Error;
use super::project::Project;
use super::snapshot::Snapshots;
use super::terminal::Terminal;
use crate::sync::introspect::Asker;
use crate::upstream::Upstream;

/// Metadata with schemas.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) document: Document,
    /// The schemas that are to be had.
    pub(super) schemas: BTreeMap<String, Arc<RemoteSchema>>,
    /// Where schemas came from that are in files.
    pub(super) files: BTreeMap<String, PathBuf>,
    permissions_off: bool,
}

/// What would be served.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) catalog: Arc<Catalog>,
    pub(super) problems: Vec<Problem>,
}

/// Where metadata and schemas are read from.
#[derive(Debug, Clone, Args)]
pub(super) struct Origin {
    /// Ask no server: take the metadata of the project and its snapshots of schemas.
    #[arg(long)]
    pub(super) offline: bool,
    /// Directory of the snapshots [default: `snapshots` among the metadata].
    #[arg(long, value_name = "DIR", requires = "offline")]
    pub(super) snapshots: Option<PathBuf>,
}

/// How many remotes are asked at once.
const AT_ONCE: usize = 16;

/// Largest introspection that is read.
pub(super) const MAX_ANSWER_BYTES: usize = 64 << 20;

impl Source {
    /// Metadata whose schemas are still to come, but for those that are a part of it.
    pub(super) fn new(document: Document) -> Self {
        let written =
            document.remote_schemas.iter().filter_map(|remote| match &remote.definition.schema_from {
                Some(SchemaSource::Sdl(sdl)) => Some((remote.name.clone(), Arc::new(read_sdl(sdl).ok()?))),
                _ => None,
            });
        let schemas = written.collect();
        Self { document, schemas, files: BTreeMap::new(), permissions_off: false }
    }

    /// The metadata of the project, with its snapshots. Remotes without one are warned about.
    pub(super) fn of_project(
        project: &Project,
        snapshots: &Snapshots,
        terminal: &Terminal,
    ) -> Result<Self, Error> {
        project.require()?;
        let mut source = Self::new(project.read_metadata()?);
        let mut remotes = source.remotes();
        remotes.retain(|remote| !source.schemas.contains_key(remote));
        for remote in &remotes {
            match snapshots.read(remote)? {
                Some((path, schema)) => source.add(remote, schema, Some(path)),
                None => terminal.warn(&format!(
                    "there is no snapshot of remote `{remote}` at {}, so it is left out",
                    snapshots.path(remote).display()
                )),
            }
        }
        Ok(source)
    }

    /// The metadata of the project with its snapshots; remotes that have none and are `wanted` are asked themselves, and those that do
    /// not answer are left out with a warning.
    pub(super) async fn of_project_and_remotes(
        project: &Project,
        wanted: impl Fn(&str) -> bool,
        terminal: &Terminal,
    ) -> Result<Self, Error> {
        let document =
            if project.metadata_path().exists() { project.read_metadata()? } else { Document::default() };
        let mut source = Self::new(document);
        let snapshots = Snapshots::of(project, None);
        let mut missing = source.document.clone();
        missing.remote_schemas.clear();
        for remote in &source.document.remote_schemas.clone() {
            match snapshots.read(&remote.name)? {
                Some((path, schema)) => source.add(&remote.name, schema, Some(path)),
                None if wanted(&remote.name) => missing.remote_schemas.push(remote.clone()),
                None => {}
            }
        }
        for (remote, answer) in schemas_of_remotes(&missing, project, terminal).await {
            match answer {
                Ok(schema) => source.add(&remote, schema, None),
                Err(failure) => terminal.warn(&format!(
                    "there is no snapshot of remote `{remote}`, and it does not answer: {}",
                    failure.reason
                )),
            }
        }
        Ok(source)
    }

    /// Asks the server for its metadata, the introspections, and whether it heeds permissions.
    pub(super) async fn of_server(client: &Client<'_>, terminal: &Terminal) -> Result<Self, Error> {
        let document = client.metadata("export_metadata", json!({})).await?;
        let document = Document::from_json(&document).map_err(|error| {
            let message = format!("the server's metadata is not understood: {}", error.message);
            Error::failed("invalid-metadata", message).pointer(error.path)
        })?;
        let mut source = Self::new(document);
        let names = source.remotes();
        for (name, schema) in schemas_of_server(client, &names).await? {
            match schema {
                Some(schema) => source.add(&name, schema, None),
                None => {
                    terminal.warn(&format!("the server has no schema of remote `{name}`, so it is left out"));
                }
            }
        }
        let config = match client.config().await {
            // Servers may be told not to have this endpoint.
            Err(error) if error.code == "not-found" => {
                terminal.warn(
                    "the server does not say whether permissions are switched on; taken as if they were",
                );
                Value::Null
            }
            config => config?,
        };
        source.permissions_off =
            config.get("is_remote_schema_permissions_enabled") == Some(&Value::Bool(false));
        if source.permissions_off {
            terminal.warn("permissions are switched off on the server, so every role sees everything");
        }
        Ok(source)
    }

    /// The same with one more remote.
    pub(super) fn with(&self, remote: metadata::RemoteSchema, schema: &Arc<RemoteSchema>) -> Self {
        let mut document = self.document.clone();
        let mut schemas = self.schemas.clone();
        schemas.insert(remote.name.clone(), Arc::clone(schema));
        document.remote_schemas.push(remote);
        Self { document, schemas, files: BTreeMap::new(), permissions_off: self.permissions_off }
    }

    /// The names of all remotes of the metadata.
    pub(super) fn remotes(&self) -> Vec<String> {
        self.document.remote_schemas.iter().map(|remote| remote.name.clone()).collect()
    }

    /// Takes the schema of a remote.
    pub(super) fn add(&mut self, remote: &str, schema: Arc<RemoteSchema>, file: Option<PathBuf>) {
        self.schemas.insert(remote.to_owned(), schema);
        self.files.extend(file.map(|file| (remote.to_owned(), file)));
    }

    /// The catalog, and what is wrong. Nothing is said of what depends on a schema that is not to be had.
    pub(super) fn build(&self) -> Served {
        let introspections = self
            .schemas
            .iter()
            .map(|(name, schema)| (name.clone(), Introspection::Fresh(Arc::clone(schema))));
        let options =
            catalog::Options { permissions_off: self.permissions_off, ..catalog::Options::default() };
        let (catalog, mut problems) = catalog::build(&self.document, &introspections.collect(), options, 1);
        problems.retain(|problem| !self.is_unknown(&problem.object));
        Served { catalog: Arc::new(catalog), problems }
    }

    /// Whether an object depends on a schema that is not to be had.
    pub(super) fn is_unknown(&self, object: &MetadataObject) -> bool {
        let is_missing =
            |name: &str| !self.schemas.contains_key(name) && self.document.remote_schema(name).is_some();
        match object {
            MetadataObject::RemoteSchema(remote)
            | MetadataObject::Permission { remote_schema: remote, .. }
            | MetadataObject::InheritedPermission { remote_schema: remote, .. } => is_missing(remote),
            MetadataObject::Relationship { remote_schema, type_name, name } => {
                is_missing(remote_schema)
                    || self.target(remote_schema, type_name, name).is_some_and(is_missing)
            }
            // An operation may be about anything.
            MetadataObject::SavedQuery { .. } => self.remotes().iter().any(|remote| is_missing(remote)),
            MetadataObject::InheritedRole(_)
            | MetadataObject::RestEndpoint(_)
            | MetadataObject::RestConflict(_)
            | MetadataObject::Section(_)
            | MetadataObject::OpenTelemetry(_) => false,
        }
    }

    fn target(&self, remote: &str, type_name: &str, name: &str) -> Option<&str> {
        let remote = self.document.remote_schema(remote)?;
        let of_type = remote.remote_relationships.iter().filter(|on| on.type_name == type_name);
        let mut relationships = of_type.flat_map(|on| &on.relationships);
        match &relationships.find(|relationship| relationship.name == name)?.definition {
            RelationshipDefinition::ToRemoteSchema(definition) => Some(&definition.remote_schema),
            RelationshipDefinition::ToSource(_) => None,
        }
    }
}

impl Served {
    /// What a role sees, with warnings about permissions that are not served as they are written. A role that has none is more
    /// likely misspelt than meant.
    pub(super) fn role(&self, role: &str, terminal: &Terminal) -> Result<&Arc<RoleSchema>, Error> {
        for problem in self.problems.iter().filter(|problem| problem.severity != Severity::Warning) {
            let of = match &problem.object {
                MetadataObject::Permission { role, .. }
                | MetadataObject::InheritedPermission { role, .. }
                | MetadataObject::InheritedRole(role) => role,
                _ => continue,
            };
            if of == role {
                terminal.warn(&format!("{}: {}", problem.object, problem.reason.trim_end()));
            }
        }
        if !is_known(&self.catalog, role) {
            return Err(unknown_role(&self.catalog, role));
        }
        Ok(self.catalog.role(role))
    }
}

/// Whether a role has a permission that is served, or needs none.
pub(super) fn is_known(catalog: &Catalog, role: &str) -> bool {
    role == "admin" || catalog.permissions_off || catalog.role_names().any(|known| known == role)
}

/// A role that has no permission.
pub(super) fn unknown_role(catalog: &Catalog, role: &str) -> Error {
    let known: BTreeSet<&str> = catalog.role_names().collect();
    let error =
        Error::failed("not-exists", format!("the role `{role}` has no permission that could be served"));
    match similar(role, known.iter().copied()) {
        Some(meant) => error.help(format!("did you mean `{meant}`?")),
        None => {
            let known: Vec<&str> = known.into_iter().collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            error.help(format!("roles with permissions are: {known}"))
        }
    }
}

/// The name that was probably meant.
pub(super) fn similar<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let scored = known.into_iter().map(|known| (strsim::damerau_levenshtein(name, known), known));
    let most = 1 + name.chars().count() / 4;
    scored.filter(|(distance, _)| *distance <= most).min().map(|(_, known)| known)
}

/// The schemas that a server has of these remotes; none of those that it never read.
pub(super) async fn schemas_of_server(
    client: &Client<'_>,
    names: &[String],
) -> Result<Vec<(String, Option<Arc<RemoteSchema>>)>, Error> {
    let commands: Vec<Value> = (names.iter())
        .map(|name| json!({"type": "introspect_remote_schema", "args": {"name": name}}))
        .collect();
    // A remote that was never read is refused, and the others are answered all the same.
    let answers = client.metadata("bulk_keep_going", json!(commands)).await?;
    let answers = answers.as_array().map(Vec::as_slice).unwrap_or_default();
    let schemas = names.iter().zip(answers).map(|(name, answer)| {
        let schema = read_introspection(answer.to_string().as_bytes()).ok();
        (name.clone(), schema.map(Arc::new))
    });
    Ok(schemas.collect())
}

/// Asks the remotes themselves, with headers and certificates as the metadata has them and variables of this environment.
/// Answers in the order of the document.
pub(super) async fn schemas_of_remotes(
    document: &Document,
    project: &Project,
    terminal: &Terminal,
) -> Vec<(String, Result<Arc<RemoteSchema>, catalog::Failure>)> {
    let step = terminal.bar("asking the remotes", document.remote_schemas.len());
    let allowed = document.tls_allowlist();
    let env = project.environment.values();
    let asking = document.remote_schemas.iter().map(|remote| {
        let (step, allowed, env) = (&step, &allowed, &env);
        async move {
            let schema = match Upstream::new(remote, allowed, &**env, MAX_ANSWER_BYTES) {
                Ok(upstream) => {
                    let upstream = Arc::new(upstream);
                    let asker = Asker::new(&remote.definition, upstream, Arc::clone(env), MAX_ANSWER_BYTES);
                    asker.ask().await.map(|introspected| introspected.schema)
                }
                Err(failure) => Err(failure),
            };
            step.advance();
            (remote.name.clone(), schema)
        }
    });
    futures_util::stream::iter(asking).buffered(AT_ONCE).collect().await
}
