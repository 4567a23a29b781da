//! The cases: schemas of remotes, metadata over them, queries with right answers, and what full introspection must show.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use engine::catalog::{Introspection, Options, build};
use engine::operation::{Limits, Operation};
use engine::remote::{INTROSPECTION_QUERY, RemoteSchema, read_sdl};
use engine::run::{ErrorStyle, Run};
use metadata::Document;
use serde_json::{Value, json};
use std::sync::Arc;

/// Remotes of the first case.
const REMOTES: usize = 50;
/// Types of each of them.
const TYPES: usize = 200;
/// Relationships of each of them.
const RELATIONSHIPS: usize = 100;
/// Types of the only remote of the second case.
const MANY_TYPES: usize = 3_000;

/// Fields by type; the types are those that people define.
pub(crate) type Fields = BTreeMap<String, BTreeSet<String>>;

/// Something large that Conjoin is to serve.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it is, for the table.
    pub(crate) title: String,
    /// What each remote answers to introspection, by the last part of its path.
    pub(crate) introspections: BTreeMap<String, Bytes>,
    /// The relationships of the metadata.
    relationships: BTreeMap<String, Value>,
    /// A query that one remote answers.
    pub(crate) query: (String, Value),
    /// A query through a relationship.
    pub(crate) joined: Option<(String, Value)>,
    /// What introspection has to show.
    pub(crate) fields: Fields,
}

impl Case {
    /// Names of all cases.
    pub(crate) const NAMES: [&str; 3] = ["remotes-50", "types-3000", "github"];

    /// Makes one up.
    pub(crate) fn new(name: &str, github: Option<&Path>) -> anyhow::Result<Self> {
        match name {
            "remotes-50" => remotes(),
            "types-3000" => many_types(),
            "github" => of_github(github.context("--github FILE names the schema of GitHub")?),
            other => bail!("there is no case \"{other}\": {}", Self::NAMES.join(", ")),
        }
    }

    /// The commands that bring the metadata to a gateway: one remote is added, several come as a document.
    pub(crate) fn command(&self, base: &str) -> Value {
        let definitions = self.introspections.keys().map(|name| {
            let mut remote =
                json!({"name": name, "definition": {"url": format!("{base}/{name}"), "timeout_seconds": 60}});
            if let Some(relationships) = self.relationships.get(name) {
                remote["remote_relationships"] = relationships.clone();
            }
            remote
        });
        let mut definitions: Vec<Value> = definitions.collect();
        if definitions.len() == 1 {
            return json!({"type": "add_remote_schema", "args": definitions.remove(0)});
        }
        json!({"type": "replace_metadata", "args": {"version": 3, "sources": [], "remote_schemas": definitions}})
    }
}

fn remotes() -> anyhow::Result<Case> {
    let mut introspections = BTreeMap::new();
    let mut relationships = BTreeMap::new();
    let mut fields = Fields::new();
    for r in 0..REMOTES {
        let name = format!("remote{r:03}");
        let introspection = introspection_of(read_sdl(&sdl(&format!("R{r}_"), TYPES))?)?;
        add_fields(&mut fields, &introspection)?;
        introspections.insert(name.clone(), introspection);
        let on = (0..RELATIONSHIPS).map(|i| {
            // To all the others in turn, never to itself.
            let (to, ty) = ((r + 1 + i % (REMOTES - 1)) % REMOTES, i % TYPES);
            fields.entry(format!("R{r}_T{ty}")).or_default().insert(format!("joined{i}"));
            // What the relationship binds cannot be given by the client, so its argument has a type of its own.
            let left = ["min", "order"].map(str::to_owned);
            fields.insert(format!("R{to}_Filter_remote_rel_{name}joined{i}"), left.into());
            json!({"type_name": format!("R{r}_T{ty}"), "relationships": [{
                "name": format!("joined{i}"),
                "definition": {"to_remote_schema": {
                    "remote_schema": format!("remote{to:03}"),
                    "lhs_fields": ["id", "name"],
                    "remote_field": {(format!("R{to}_one{ty}")): {"arguments": {"id": "$id", "filter": {"name": "$name"}}}},
                }},
            }]})
        });
        let on = on.collect();
        relationships.insert(name, on);
    }
    let single = json!({"R7_one8": {"id": "9", "name": "R7_one8.name of 9"}});
    // The 30th relationship of remote 40 leads to remote 40 + 1 + 30 - 50.
    let joined = json!({"R40_one30": {"id": "5", "name": "R40_one30.name of 5", "joined30": {
        "id": "5", "name": "R21_one30.name of 5 (R40_one30.name of 5)",
    }}});
    Ok(Case {
        name: "remotes-50",
        title: format!("{REMOTES} remotes of {TYPES} types and {RELATIONSHIPS} relationships"),
        introspections,
        relationships,
        query: ("{ R7_one8(id: \"9\") { id name } }".to_owned(), single),
        joined: Some(("{ R40_one30(id: \"5\") { id name joined30 { id name } } }".to_owned(), joined)),
        fields,
    })
}

fn many_types() -> anyhow::Result<Case> {
    let answer = json!({"one2999": {"id": "4", "next": {"name": "one2999.next.name of 4"}}});
    let title = format!("one remote of {MANY_TYPES} types");
    let query = "{ one2999(id: \"4\") { id next { name } } }";
    alone("types-3000", title, &sdl("", MANY_TYPES), (query.to_owned(), answer))
}

fn of_github(path: &Path) -> anyhow::Result<Case> {
    let sdl = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let query =
        "{ repository(owner: \"a\", name: \"b\") { nameWithOwner owner { login } } viewer { login } }";
    let answer = json!({
        "repository": {
            "nameWithOwner": "repository.nameWithOwner of b",
            "owner": {"login": "repository.owner.login of b"},
        },
        "viewer": {"login": "viewer.login"},
    });
    alone("github", "GitHub's public schema".to_owned(), &sdl, (query.to_owned(), answer))
}

fn alone(name: &'static str, title: String, sdl: &str, query: (String, Value)) -> anyhow::Result<Case> {
    let introspection = introspection_of(read_sdl(sdl)?)?;
    let mut fields = Fields::new();
    add_fields(&mut fields, &introspection)?;
    Ok(Case {
        name,
        title,
        introspections: BTreeMap::from([("alone".to_owned(), introspection)]),
        relationships: BTreeMap::new(),
        query,
        joined: None,
        fields,
    })
}

/// A schema of object types, each with fields, arguments and references to the next.
fn sdl(prefix: &str, n_types: usize) -> String {
    let mut sdl = String::from("type Query {\n");
    for i in 0..n_types {
        // Writing to a string cannot fail.
        let _ = writeln!(sdl, "  {prefix}one{i}(id: ID!, filter: {prefix}Filter): {prefix}T{i}");
    }
    let _ = write!(
        sdl,
        "}}\ninterface {prefix}Node {{ id: ID! }}\nenum {prefix}Order {{ UP DOWN }}\n\
         input {prefix}Filter {{ name: String = \"x\" min: Int = 1 order: {prefix}Order = UP }}\n"
    );
    for i in 0..n_types {
        let next = (i + 1) % n_types;
        let _ = writeln!(
            sdl,
            "\"A thing of sort {i}.\"\ntype {prefix}T{i} implements {prefix}Node {{\n  \"Its number.\"\n  id: ID!\n  \
             name: String!\n  total(round: Boolean = false): Float\n  tags: [String!]!\n  order: {prefix}Order\n  \
             next: {prefix}T{next}\n  all(first: Int = 10, filter: {prefix}Filter): [{prefix}T{next}!]!\n}}"
        );
    }
    sdl
}

/// What a remote with this schema answers to introspection; the engine, which serves it without a join, says it.
fn introspection_of(schema: RemoteSchema) -> anyhow::Result<Bytes> {
    let document = json!({"version": 3, "remote_schemas": [{"name": "alone", "definition": {"url": "http://127.0.0.1:1/"}}]});
    let introspections = BTreeMap::from([("alone".to_owned(), Introspection::Fresh(Arc::new(schema)))]);
    let (catalog, _) = build(&Document::from_json(&document)?, &introspections, Options::default(), 1);
    let catalog = Arc::new(catalog);
    let role = Arc::clone(catalog.role("admin"));
    let refused = |refusal: engine::fault::Refusal| anyhow::anyhow!("refused: {}", refusal.to_response(true));
    let operation =
        Operation::parse(catalog, role, INTROSPECTION_QUERY, None, Limits::default()).map_err(refused)?;
    let bound = operation.bind(None, &|_| None).map_err(refused)?;
    Ok(Run::new(bound, Limits::default(), ErrorStyle::Conjoin, false).finish().body)
}

/// Adds the fields that an introspection shows. The root is called as the gateway calls it, whatever its name there.
pub(crate) fn add_fields(fields: &mut Fields, introspection: &[u8]) -> anyhow::Result<()> {
    let answer: Value = serde_json::from_slice(introspection)?;
    let schema = &answer["data"]["__schema"];
    let types = schema["types"].as_array().with_context(|| {
        format!("this is no introspection: {}", conjoin_bench::drive::shown(introspection))
    })?;
    let roots =
        [("queryType", "(query)"), ("mutationType", "(mutation)"), ("subscriptionType", "(subscription)")];
    for ty in types {
        let name = ty["name"].as_str().context("a type has no name")?;
        let root = roots.iter().find(|(root, _)| schema[*root]["name"] == name);
        let name = root.map_or(name, |(_, root)| root);
        if name.starts_with("__") {
            continue;
        }
        let found = fields.entry(name.to_owned()).or_default();
        for members in ["fields", "inputFields", "enumValues"] {
            for member in ty[members].as_array().into_iter().flatten() {
                found.insert(member["name"].as_str().context("a member has no name")?.to_owned());
            }
        }
    }
    Ok(())
}
