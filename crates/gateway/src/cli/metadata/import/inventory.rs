//! What a document of Hasura has, what of it is served here, and what is different then.
//!
//! What is served is not decided here: the engine says which sections are not, and the rest is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use engine::catalog;
use engine::fault::Code;
use engine::problem::MetadataObject;
use metadata::collection::AllowScope;
use metadata::{Document, RelationshipDefinition};
use serde_json::{Value, json};

use crate::cli::variables;

/// The whole report.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// What is served as it was.
    carried: Vec<Part>,
    /// What is kept in the metadata and not served.
    kept: Vec<Part>,
    /// What a caller may see differ, with what to do about it.
    differs: Vec<String>,
    variables: Vec<Variable>,
}

/// Objects of one kind.
#[derive(Debug)]
struct Part {
    kind: &'static str,
    count: usize,
    /// Why it is not served; which ones they are.
    note: String,
}

/// An environment variable.
#[derive(Debug)]
struct Variable {
    name: String,
    remotes: Vec<String>,
    is_set: bool,
}

const NO_DATABASES: &str = "Conjoin joins GraphQL APIs and reads no database";
const NOT_ITS_BUSINESS: &str = "put what does it behind a GraphQL API of its own, and add that as a remote";

impl Inventory {
    /// Takes stock of a document.
    pub(super) fn of(document: &Document, is_set: impl Fn(&str) -> bool) -> Self {
        let variables = variables::of(document).into_iter().map(|(name, remotes)| {
            let is_set = is_set(&name);
            Variable { name, remotes, is_set }
        });
        Self {
            carried: carried(document),
            kept: kept(document),
            differs: differences(document),
            variables: variables.collect(),
        }
    }

    /// Whether there is anything that would not be served.
    pub(super) fn has_losses(&self) -> bool {
        !self.kept.is_empty()
    }

    /// The names of the variables that are needed.
    pub(super) fn variables(&self) -> Vec<&str> {
        self.variables.iter().map(|variable| &*variable.name).collect()
    }

    /// What machines read.
    pub(super) fn to_json(&self) -> Value {
        let parts = |parts: &[Part]| -> Vec<Value> {
            parts
                .iter()
                .map(|Part { kind, count, note }| match note.is_empty() {
                    true => json!({"kind": kind, "count": count}),
                    false => json!({"kind": kind, "count": count, "note": note}),
                })
                .collect()
        };
        let variables = self.variables.iter().map(
            |Variable { name, remotes, is_set }| json!({"name": name, "remotes": remotes, "is_set": is_set}),
        );
        json!({
            "carried": parts(&self.carried),
            "kept_not_served": parts(&self.kept),
            "differs": self.differs,
            "variables": variables.collect::<Vec<_>>(),
        })
    }

    /// What people read.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        let list = |text: &mut String, title: &str, parts: &[Part]| {
            if parts.is_empty() {
                return;
            }
            let _ = writeln!(text, "{title}");
            for Part { kind, count, note } in parts {
                let note = if note.is_empty() { String::new() } else { format!(": {note}") };
                let _ = writeln!(text, "  {count:>4}  {kind}{note}");
            }
        };
        list(&mut text, "Carried", &self.carried);
        list(&mut text, "Kept in the metadata, but not served", &self.kept);
        if !self.differs.is_empty() {
            let _ = writeln!(text, "Different here");
            for line in &self.differs {
                let _ = writeln!(text, "  - {line}");
            }
        }
        if !self.variables.is_empty() {
            let _ = writeln!(text, "Variables that the server needs");
            let width = self.variables.iter().map(|variable| variable.name.len()).max().unwrap_or(0);
            for Variable { name, remotes, is_set } in &self.variables {
                let state = if *is_set { "set here    " } else { "not set here" };
                let _ = writeln!(text, "  {name:width$}  {state}  {}", remotes.join(", "));
            }
        }
        if text.is_empty() {
            text.push_str("there is nothing in this metadata\n");
        }
        text
    }
}

fn carried(document: &Document) -> Vec<Part> {
    let relationships = relationships(document);
    let n_to_remotes = relationships
        .iter()
        .filter(|(_, to)| matches!(to, RelationshipDefinition::ToRemoteSchema(_)))
        .count();
    let collections = document.query_collections();
    let counts = [
        ("remote schemas", document.remote_schemas.len()),
        (
            "permissions of remote schemas",
            document.remote_schemas.iter().map(|remote| remote.permissions.len()).sum(),
        ),
        ("relationships between remote schemas", n_to_remotes),
        ("inherited roles", document.inherited_roles.len()),
        ("saved operations", collections.iter().map(|collection| collection.definition.queries.len()).sum()),
        ("entries of the allow list", document.allowlist().len()),
        ("REST endpoints", document.rest_endpoints().len()),
        ("roles without introspection", document.introspection_options().disabled_for_roles.len()),
        ("hosts of the TLS allow list", document.tls_allowlist().len()),
    ];
    let parts = counts.into_iter().filter(|(_, count)| *count > 0);
    parts.map(|(kind, count)| Part { kind, count, note: String::new() }).collect()
}

/// Each relationship of a remote with its name.
fn relationships(document: &Document) -> Vec<(String, &RelationshipDefinition)> {
    let mut found = Vec::new();
    for remote in &document.remote_schemas {
        for on in &remote.remote_relationships {
            found.extend(on.relationships.iter().map(|relationship| {
                (format!("{}.{}", on.type_name, relationship.name), &relationship.definition)
            }));
        }
    }
    found
}

fn kept(document: &Document) -> Vec<Part> {
    let relationships = relationships(document);
    let n_relationships = relationships.len();
    let to_sources: Vec<String> = (relationships.into_iter())
        .filter(|(_, to)| matches!(to, RelationshipDefinition::ToSource(_)))
        .map(|(name, _)| name)
        .collect();
    let mut parts = Vec::new();
    if !to_sources.is_empty() {
        let all = if to_sources.len() == n_relationships { "all of them: " } else { "" };
        let note = format!("{all}{}; {NO_DATABASES}", to_sources.join(", "));
        parts.push(Part {
            kind: "relationships of remote schemas to databases",
            count: to_sources.len(),
            note,
        });
    }
    let unserved = unserved_sections(document);
    for (section, value) in document.sections.iter().filter(|(section, _)| unserved.contains(*section)) {
        match section.as_str() {
            "sources" => parts.extend(of_databases(value)),
            "actions" => parts.push(part("actions", value, NOT_ITS_BUSINESS)),
            "cron_triggers" => parts.push(part("cron triggers", value, "keep them where they are")),
            "custom_types" => parts.push(part("sections of custom types", value, "they belong to actions")),
            "backend_configs" => parts.push(part("backend configurations", value, NO_DATABASES)),
            "api_limits" => parts.push(part(
                "limits",
                value,
                "the server's own limits hold for all roles, see docs/config.md",
            )),
            "metrics_config" | "opentelemetry" => {
                parts.push(part("sections about metrics and traces", value, "not read yet"));
            }
            _ => parts.push(part("sections that Hasura v2 does not have either", value, section)),
        }
    }
    parts.retain(|part| part.count > 0);
    parts
}

/// The sections of which the engine says that they are not served.
fn unserved_sections(document: &Document) -> BTreeSet<String> {
    let (_, problems) = catalog::build(document, &BTreeMap::new(), catalog::Options::default(), 1);
    let sections = problems.into_iter().filter(|problem| problem.code == Code::NotSupported);
    sections
        .filter_map(|problem| match problem.object {
            MetadataObject::Section(section) => Some(section),
            _ => None,
        })
        .collect()
}

fn part(kind: &'static str, value: &Value, note: &str) -> Part {
    let count = match value {
        Value::Array(items) => items.len(),
        _ => 1,
    };
    Part { kind, count, note: note.to_owned() }
}

/// Databases, and what hangs on their tables.
fn of_databases(sources: &Value) -> Vec<Part> {
    let sources: Vec<&Value> = sources.as_array().into_iter().flatten().collect();
    let names: Vec<&str> = sources.iter().filter_map(|source| source.get("name")?.as_str()).collect();
    let tables: Vec<&Value> = sources.iter().flat_map(|source| list(source, "tables")).collect();
    let functions = sources.iter().flat_map(|source| list(source, "functions")).count();
    let events = tables.iter().flat_map(|table| list(table, "event_triggers")).count();
    let to_remotes: Vec<String> = (tables.iter())
        .flat_map(|table| {
            let of_table = list(table, "remote_relationships").filter(|relationship| {
                let definition = &relationship["definition"];
                definition.get("to_remote_schema").is_some() || definition.get("remote_schema").is_some()
            });
            of_table.map(|relationship| {
                let name = relationship["name"].as_str().unwrap_or("?");
                format!("{}.{name}", table_name(&table["table"]))
            })
        })
        .collect();
    vec![
        Part {
            kind: "databases",
            count: sources.len(),
            note: format!("{}; {NO_DATABASES}", names.join(", ")),
        },
        Part {
            kind: "tables",
            count: tables.len(),
            note: "their fields, permissions and relationships".to_owned(),
        },
        Part { kind: "functions of databases", count: functions, note: String::new() },
        Part { kind: "event triggers", count: events, note: "they need the database".to_owned() },
        Part {
            kind: "relationships of tables to remote schemas",
            count: to_remotes.len(),
            note: format!(
                "{}; add what serves the table as a remote, such as the Hasura that has it, and define them there",
                to_remotes.join(", ")
            ),
        },
    ]
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn table_name(table: &Value) -> String {
    match table {
        Value::String(name) => name.clone(),
        table => table.get("name").and_then(Value::as_str).unwrap_or("?").to_owned(),
    }
}

/// What differs on purpose from Hasura v2 and concerns something that this document has. `docs/from-hasura.md` has all.
fn differences(document: &Document) -> Vec<String> {
    let permissions: Vec<_> = document.remote_schemas.iter().flat_map(|remote| &remote.permissions).collect();
    let relationships = relationships(document);
    let joins: Vec<_> = (relationships.iter())
        .filter_map(|(_, to)| match to {
            RelationshipDefinition::ToRemoteSchema(definition) => Some(definition),
            RelationshipDefinition::ToSource(_) => None,
        })
        .collect();
    let mut found = Vec::new();
    let mut say = |holds: bool, text: &str| {
        if holds {
            found.push(text.to_owned());
        }
    };
    say(
        !document.remote_schemas.is_empty() && permissions.is_empty(),
        "permissions are on: as there are none, only administrators see anything. With Hasura's default every role sees everything; for that, \
         start with --remote-schema-permissions=off, which HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS=false does too",
    );
    say(
        !permissions.is_empty(),
        "permissions are on: a role sees nothing of a remote on which it has no permission. If they were switched off in Hasura, they have their effect from now on",
    );
    let without_schema = |sdl: &str| {
        sdl != "*" && !sdl.split_whitespace().any(|word| word == "schema" || word.starts_with("schema{"))
    };
    say(
        permissions.iter().any(|permission| without_schema(&permission.schema)),
        "permissions without `schema { … }` grant the root types that they declare, mutations included",
    );
    let has_presets = permissions.iter().any(|permission| permission.schema.contains("@preset"));
    say(
        has_presets && !joins.is_empty(),
        "a relationship that binds a part of an argument does not lift the presets in and on that argument",
    );
    say(
        has_presets,
        "a preset on an interface's field needs the same preset on the types behind it, or the interface loses the field",
    );
    say(
        !joins.is_empty(),
        "a relationship named like a field of its type, or whose key cannot become the argument, is refused and listed; conjoin metadata check finds them",
    );
    say(
        !joins.is_empty(),
        "a failed join gives null at its place and an error beside the rest; Hasura fails the whole request, as --errors=hasura does here",
    );
    say(!joins.is_empty(), "the field of a relationship can always be null; its type has no `!` at the end");
    say(
        joins.iter().any(|join| join.legacy),
        "relationships with `hasura_fields` are served, and exported in that form again",
    );
    say(
        document.remote_schemas.len() > 1,
        "a type that two remotes share must be equal in every part; otherwise the later one by name is not served, and the message has the customization that helps",
    );
    let of_roles = |scope: &AllowScope| !matches!(scope, AllowScope::Global);
    say(
        document.allowlist().iter().any(|entry| of_roles(&entry.scope)),
        "entries of the allow list for some roles have their effect, which in Hasura they have in the paid editions only",
    );
    found
}
