//! A remote before it is added or changed: whether it answers, what it has, what of it clashes with what is served, what it would be served as.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::catalog::{self, Failure, Introspection, alone, clash};
use engine::fault::Code;
use engine::outline::Counts;
use engine::problem::Problem;
use engine::remote::RemoteSchema as Schema;
use engine::rename::Renames;
use metadata::identity::{Auth, ClientId, Reference, Tls};
use metadata::{
    Customization, DecodeError, DefinitionError, HeaderValue, RemoteSchema, RemoteSchemaDefinition,
    SchemaSource,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::fault::{Explanation, Fault};
use super::remote::{self, address, explained, known, milliseconds};
use crate::cli::schema::add::{MOST_PROPOSALS, command, harm, merge};
use crate::sync::introspect::Asker;
use crate::upstream::refusal::{self, Kind, Refusal};
use crate::upstream::template::{TemplateError, expand};
use crate::upstream::{DEFAULT_TIMEOUT, Upstream};

/// Of `probe_remote_schema`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "ProbeArguments")]
pub(super) struct Arguments {
    /// What it would be called.
    pub(super) name: String,
    /// Its definition, which may still be wrong.
    #[ts(as = "RemoteSchemaDefinition")]
    pub(super) definition: Value,
    /// The remote whose place it takes, when one is changed.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) replaces: Option<String>,
    /// Whether the remote is asked, or only what is known of the one that is replaced is looked at.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub(super) fetch: bool,
}

/// What was found out.
#[derive(Debug, Default, Serialize, TS)]
pub(super) struct Probe {
    /// What is wrong with the definition; the remote is not asked then.
    pub(super) faults: Vec<Fault>,
    /// Why there is no schema.
    pub(super) failure: Option<Explanation>,
    /// How long the remote took to answer.
    pub(super) ms: Option<f64>,
    /// How much it has.
    pub(super) counts: Option<Counts>,
    /// What is odd about its schema.
    pub(super) warnings: Vec<String>,
    /// Variables that the definition names, and whether they are set.
    pub(super) variables: Vec<Variable>,
    /// Names that something else has already.
    pub(super) clashes: Vec<Clash>,
    /// A customization that clashes with nothing; absent when there is no need.
    pub(super) proposed: Option<Customization>,
    /// Names that are served otherwise.
    pub(super) renames: Vec<Rename>,
    /// The schema as it would be served.
    pub(super) sdl: Option<String>,
    /// The entry of `remote_schemas.yaml`.
    pub(super) yaml: String,
    /// The command that does the same.
    pub(super) cli: String,
}

/// An environment variable of the server. Its value is never told.
#[derive(Debug, Serialize, TS)]
pub(super) struct Variable {
    /// Its name.
    pub(super) name: String,
    /// Whether it is set.
    pub(super) is_set: bool,
}

/// A name that something else has already.
#[derive(Debug, Serialize, TS)]
pub(super) struct Clash {
    /// What it is a name of: `type`, `query`, `mutation` or `subscription`; or `relationship`, for one that could not be served any more.
    pub(super) kind: String,
    /// The name.
    pub(super) name: String,
    /// The remote that has it; absent when Conjoin itself does.
    pub(super) remote_schema: Option<String>,
    /// How the two differ, in one sentence.
    pub(super) reason: String,
}

/// A name that is served otherwise.
#[derive(Debug, Serialize, TS)]
pub(super) struct Rename {
    /// What it is a name of: `type`, `field` or `root_field`.
    pub(super) kind: &'static str,
    /// The type it is of, when it is a field.
    pub(super) parent: Option<String>,
    /// Original name.
    pub(super) before: String,
    /// Served name.
    pub(super) after: String,
}

/// Longest reason of a clash.
const MOST_CHARACTERS: usize = 500;

/// Answers.
pub(super) async fn answer(edit: &mut Edit, path: &str, arguments: Arguments) -> Result<Probe, ApiError> {
    let replaced = arguments.replaces.as_deref().map(|name| remote::entry(edit, path, name)).transpose()?;
    let mut probe = Probe::default();
    let definition = definition(&arguments, edit, &mut probe.faults);
    let Some(definition) = definition else { return Ok(probe) };
    let env = &edit.hub.options().env;
    probe.variables = variables(&definition)
        .into_iter()
        .map(|name| Variable { is_set: env(&name).is_some(), name })
        .collect();
    let entry = RemoteSchema {
        name: arguments.name,
        definition,
        comment: replaced.and_then(|replaced| replaced.comment.clone()),
        permissions: Vec::new(),
        remote_relationships: Vec::new(),
    };
    probe.yaml = metadata::yaml::to_string(&Value::Array(vec![entry.to_report()]));
    probe.cli = command(&entry);
    let mut schema = None;
    if !probe.faults.is_empty() {
        return Ok(probe);
    } else if arguments.fetch {
        let start = Instant::now();
        match ask(&entry, edit).await {
            Ok(introspected) => {
                probe.ms = Some(milliseconds(start.elapsed()));
                schema = Some(introspected);
            }
            Err(failure) => probe.failure = Some(failure),
        }
    } else if let Some(replaced) = replaced {
        let known = edit.draft.introspection(&replaced.name).and_then(Introspection::schema);
        schema = known.map(Arc::clone);
    }
    if let Some(schema) = schema {
        probe.look_at(&entry, &schema, arguments.replaces.as_deref(), edit);
    }
    Ok(probe)
}

impl Probe {
    /// What the remote has, what clashes, and what it would be served as.
    fn look_at(&mut self, entry: &RemoteSchema, schema: &Arc<Schema>, replaces: Option<&str>, edit: &Edit) {
        self.counts = Some(Counts::of(schema));
        self.warnings.clone_from(&schema.warnings);
        let catalog = edit.draft.catalog();
        let clashing = |entry: &RemoteSchema| -> Result<Option<catalog::Clash>, Failure> {
            let clash = clash(catalog, entry, schema, replaces)?;
            Ok(clash.or_else(|| {
                harm(entry, &edit.draft.problems(), &problems_with(entry, schema, replaces, edit))
            }))
        };
        let found = match clashing(entry) {
            Ok(found) => found,
            Err(failure) => {
                self.faults.push(Fault {
                    pointer: "/definition/customization".to_owned(),
                    code: failure.code.as_str(),
                    message: failure.reason,
                    help: None,
                });
                return;
            }
        };
        // It is served as it is, or there would be no telling what the names become; clashes are with others.
        if let Ok(alone) = alone(entry, schema) {
            self.sdl = Some(alone.served.schema.to_string());
            self.renames = renames(entry, schema, &alone.remote.renames);
        }
        let Some(found) = found else { return };
        self.clashes = (found.taken.iter().zip(&found.reasons))
            .map(|(taken, reason)| Clash {
                kind: taken.kind.clone(),
                name: taken.name.clone(),
                remote_schema: taken.by.clone(),
                reason: on_one_line(reason),
            })
            .collect();
        self.proposed = settle(entry.clone(), found, clashing);
    }
}

/// What would be wrong with the remote among the others. Nobody is asked.
fn problems_with(
    entry: &RemoteSchema,
    schema: &Arc<Schema>,
    replaces: Option<&str>,
    edit: &Edit,
) -> Vec<Problem> {
    let mut document = edit.draft.document().clone();
    let mut introspections = edit.draft.introspections();
    let mut entry = entry.clone();
    match replaces.and_then(|name| document.remote_schema_mut(name)) {
        Some(replaced) => {
            entry.permissions.clone_from(&replaced.permissions);
            entry.remote_relationships.clone_from(&replaced.remote_relationships);
            introspections.remove(&replaced.name);
            introspections.insert(entry.name.clone(), Introspection::Fresh(Arc::clone(schema)));
            *replaced = entry;
        }
        None => {
            introspections.insert(entry.name.clone(), Introspection::Fresh(Arc::clone(schema)));
            document.remote_schemas.push(entry);
        }
    }
    catalog::build(&document, &introspections, edit.hub.options().catalog, 0).1
}

/// How two definitions differ, without the lines that they are written in. Large types would fill the screen.
fn on_one_line(reason: &str) -> String {
    let words: Vec<&str> = reason.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A customization that clashes with nothing, if it is found. What mends one clash may be another one.
fn settle(
    mut entry: RemoteSchema,
    mut found: engine::catalog::Clash,
    clashing: impl Fn(&RemoteSchema) -> Result<Option<engine::catalog::Clash>, Failure>,
) -> Option<Customization> {
    for _ in 0..MOST_PROPOSALS {
        let mut customization = entry.to_json()["definition"]["customization"].clone();
        merge(&mut customization, &found.customization);
        entry.definition.customization = metadata::decode(&customization).ok();
        match clashing(&entry).ok()? {
            Some(next) => found = next,
            None => return entry.definition.customization,
        }
    }
    None
}

/// The definition, with all that is wrong with it; `None` when it cannot be read.
fn definition(arguments: &Arguments, edit: &Edit, faults: &mut Vec<Fault>) -> Option<RemoteSchemaDefinition> {
    let mut fault = |pointer: &str, code: Code, message: String| {
        let (pointer, code) = (pointer.to_owned(), code.as_str());
        faults.push(Fault { pointer, code, message, help: None });
    };
    let name = &arguments.name;
    if name.is_empty() {
        fault("/name", Code::ParseFailed, "expected a name, got an empty text".to_owned());
    } else if arguments.replaces.as_ref() != Some(name) && edit.draft.document().remote_schema(name).is_some()
    {
        let message = format!(r#"remote schema with name "{name}" already exists"#);
        fault("/name", Code::AlreadyExists, message);
    }
    let definition = match metadata::decode::<RemoteSchemaDefinition>(&arguments.definition) {
        Ok(definition) => definition,
        Err(first) => {
            // No key needs another one, so each tells its own fault.
            let keys = arguments.definition.as_object().into_iter().flatten();
            let wrong = keys.filter_map(|(key, value)| {
                metadata::decode::<RemoteSchemaDefinition>(&json!({key: value})).err()
            });
            let mut wrong: Vec<DecodeError> = wrong.collect();
            if wrong.is_empty() {
                wrong.push(first);
            }
            faults.extend(wrong.iter().map(|error| Fault::decode(error, "/definition")));
            return None;
        }
    };
    if let Err(error) = definition.check() {
        let key = match &error {
            DefinitionError::Missing => "url",
            DefinitionError::Ambiguous => "url_from_env",
            DefinitionError::ForwardedTwice => "forward_client_headers",
            DefinitionError::SameTarget(_) => "forward_headers",
            DefinitionError::AuthorizedTwice(key) => key,
        };
        fault(&format!("/definition/{key}"), Code::InvalidParams, error.to_string());
    }
    Some(definition)
}

/// Asks as the gateway will ask, and keeps nothing.
async fn ask(entry: &RemoteSchema, edit: &Edit) -> Result<Arc<Schema>, Explanation> {
    let options = edit.hub.options();
    let allowed = edit.draft.document().tls_allowlist();
    let upstream =
        Upstream::new(entry, &allowed, &*options.env, options.max_answer_bytes).map_err(|failure| {
            Explanation {
                help: Some("variables are read from the environment of the server".to_owned()),
                ..known(&failure, &entry.name)
            }
        })?;
    let upstream = Arc::new(upstream);
    let asker = Asker::new(
        &entry.definition,
        Arc::clone(&upstream),
        Arc::clone(&options.env),
        options.max_answer_bytes,
    );
    let name = address(entry);
    let asking = async {
        match asker.ask().await {
            Ok(introspected) => Ok(introspected.schema),
            Err(failure) => Err(explained(refusal::explain(&failure, &name, &upstream).await)),
        }
    };
    let timeout = entry.definition.timeout_seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
    tokio::time::timeout(timeout, asking).await.unwrap_or_else(|_| {
        let message = format!("{name} has not told its schema within {} s", timeout.as_secs());
        Err(explained(Refusal { kind: Kind::Slow, message }))
    })
}

/// Names that are served otherwise, by type.
fn renames(entry: &RemoteSchema, schema: &Schema, renames: &Renames) -> Vec<Rename> {
    let mut all: Vec<Rename> = Vec::new();
    for (before, after) in &renames.types {
        all.push(Rename { kind: "type", parent: None, before: before.to_string(), after: after.to_string() });
    }
    let roots = [Some(&schema.query_root), schema.mutation_root.as_ref(), schema.subscription_root.as_ref()];
    let namespace = entry.definition.customization.as_ref();
    let namespace = namespace.and_then(|customization| customization.root_fields_namespace.as_deref());
    for root in roots.into_iter().flatten() {
        let fields = schema.schema.get_object(root).into_iter().flat_map(|root| root.fields.keys());
        for before in fields {
            let after = renames.served_field(root, before);
            let after =
                namespace.map_or_else(|| after.to_string(), |namespace| format!("{namespace}.{after}"));
            if after != **before {
                let parent = Some(root.to_string());
                all.push(Rename { kind: "root_field", parent, before: before.to_string(), after });
            }
        }
    }
    for ((parent, before), after) in &renames.fields {
        if !roots.contains(&Some(parent)) {
            let parent = Some(parent.to_string());
            all.push(Rename { kind: "field", parent, before: before.to_string(), after: after.to_string() });
        }
    }
    all.sort_by(|one, other| {
        (one.kind == "field", one.kind, &one.parent, &one.before).cmp(&(
            other.kind == "field",
            other.kind,
            &other.parent,
            &other.before,
        ))
    });
    all
}

/// The environment variables that a definition names.
fn variables(definition: &RemoteSchemaDefinition) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // Every place of a definition that may name one is one of these.
    let mut templates: Vec<&str> = definition.url.iter().map(String::as_str).collect();
    names.extend(definition.url_from_env.clone());
    for header in definition.headers.iter().chain(&definition.introspection_headers) {
        match &header.value {
            HeaderValue::Value(template) => templates.push(template),
            HeaderValue::FromEnv(variable) => drop(names.insert(variable.clone())),
        }
    }
    if let Some(SchemaSource::Url(url)) = &definition.schema_from {
        templates.push(url);
    }
    let mut references: Vec<&Reference> = Vec::new();
    let mut trusts: Vec<&Tls> = definition.tls.iter().collect();
    match &definition.auth {
        Some(Auth::Bearer { token }) => references.push(token),
        Some(Auth::ClientCredentials(client)) => {
            templates.push(&client.token_url);
            references.push(&client.client_secret);
            trusts.extend(&client.tls);
            if let ClientId::FromEnv(variable) = &client.client_id {
                names.insert(variable.clone());
            }
        }
        None => {}
    }
    for tls in trusts {
        references.extend(&tls.ca);
        if let Some(shown) = &tls.certificate {
            references.extend([&shown.certificate, &shown.key]);
        }
    }
    names.extend(references.into_iter().filter_map(|reference| match reference {
        Reference::Env(variable) => Some(variable.clone()),
        Reference::File(_) => None,
    }));
    for template in templates {
        // What cannot be expanded is told when the remote is asked.
        if let Err(TemplateError::Unset(unset)) = expand(template, &|_| None) {
            names.extend(unset);
        }
    }
    names
}
