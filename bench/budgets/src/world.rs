//! Made-up remotes of any size, and requests to them whose answers are known: the ground that everything is measured on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use engine::catalog::{Catalog, Introspection, Options, build};
use engine::operation::{Limits, Operation};
use engine::remote::{RemoteSchema, read_sdl};
use engine::run::{ErrorStyle, FetchId, Reply, Run};
use metadata::Document;
use serde_json::{Value, json};

/// How the keys of a join travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One aliased field for each key.
    Alias,
    /// All keys in one list.
    List,
}

/// A request: `rows` rows with `keys` distinct keys, joined to `wide` remotes, each of which is joined on to the next, `depth` deep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) form: Form,
    pub(crate) rows: usize,
    pub(crate) keys: usize,
    pub(crate) wide: usize,
    pub(crate) depth: usize,
}

/// What a catalog is built from.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) document: Document,
    pub(crate) introspections: BTreeMap<String, Introspection>,
}

impl Sources {
    /// Metadata with the schemas it speaks of, by remote.
    pub(crate) fn new(document: &Value, schemas: Vec<(String, Arc<RemoteSchema>)>) -> anyhow::Result<Self> {
        let document = Document::from_json(document)?;
        let introspections =
            schemas.into_iter().map(|(name, schema)| (name, Introspection::Fresh(schema))).collect();
        Ok(Self { document, introspections })
    }

    /// The catalog, in which nothing may be missing.
    pub(crate) fn catalog(&self) -> anyhow::Result<Arc<Catalog>> {
        let (catalog, problems) = build(&self.document, &self.introspections, Options::default(), 1);
        let wrong = problems.iter().find(|problem| problem.severity != engine::problem::Severity::Warning);
        if let Some(problem) = wrong {
            bail!("the catalog lacks something: {}", problem.reason);
        }
        Ok(Arc::new(catalog))
    }
}

/// Remotes `r0`, `r1`… with rows of type `T0`, `T1`…, each joined to all others by `to1`, `to2`….
pub(crate) fn chain(n_remotes: usize, form: Form) -> anyhow::Result<Sources> {
    let mut schemas = Vec::new();
    let mut remotes = Vec::new();
    for i in 0..n_remotes {
        let sdl = format!(
            "type Query {{ rows{i}(n: Int!): [T{i}!]! one{i}(id: ID!): T{i} many{i}(ids: [ID!]!): [T{i}]! }}
             type T{i} {{ id: ID! next: ID! name: String! total: Float! }}"
        );
        schemas.push((format!("r{i}"), Arc::new(read_sdl(&sdl)?)));
        let relationships: Vec<Value> = (0..n_remotes)
            .filter(|to| *to != i)
            .map(|to| {
                let mut target = match form {
                    Form::Alias => {
                        json!({"remote_field": {(format!("one{to}")): {"arguments": {"id": "$next"}}}})
                    }
                    Form::List => json!({
                        "remote_field": {(format!("many{to}")): {"arguments": {"ids": "$next"}}},
                        "batch": {"keys": {"next": "id"}, "many": false},
                    }),
                };
                target["remote_schema"] = json!(format!("r{to}"));
                target["lhs_fields"] = json!(["next"]);
                json!({"name": format!("to{to}"), "definition": {"to_remote_schema": target}})
            })
            .collect();
        remotes.push(json!({
            "name": format!("r{i}"),
            "definition": {"url": "http://127.0.0.1:1/"},
            "remote_relationships": [{"type_name": format!("T{i}"), "relationships": relationships}],
        }));
    }
    Sources::new(&json!({"version": 3, "remote_schemas": remotes}), schemas)
}

/// A remote of `n_types` object types, each with fields, an argument and a reference to the next.
pub(crate) fn wide_sdl(prefix: &str, n_types: usize) -> String {
    let mut sdl = String::from("type Query {\n");
    for i in 0..n_types {
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
            "\"A thing of sort {i}.\"\ntype {prefix}T{i} implements {prefix}Node {{\n  \"Its number.\"\n  id: ID!\n  name: String!\n  \
             total(round: Boolean = false): Float\n  tags: [String!]!\n  order: {prefix}Order\n  next: {prefix}T{next}\n  \
             all(first: Int = 10, filter: {prefix}Filter): [{prefix}T{next}!]!\n}}"
        );
    }
    sdl
}

/// `n_remotes` remotes of `n_types` types, each with `n_relationships` relationships to other remotes.
pub(crate) fn wide(n_remotes: usize, n_types: usize, n_relationships: usize) -> anyhow::Result<Sources> {
    let mut schemas = Vec::new();
    for r in 0..n_remotes {
        schemas.push((format!("remote{r:03}"), Arc::new(read_sdl(&wide_sdl(&format!("R{r}_"), n_types))?)));
    }
    Sources::new(&wide_metadata(n_remotes, n_types, n_relationships), schemas)
}

/// The metadata of [`wide`].
pub(crate) fn wide_metadata(n_remotes: usize, n_types: usize, n_relationships: usize) -> Value {
    let remotes = (0..n_remotes).map(|r| {
        let on = (0..n_relationships).map(|i| {
            let (to, ty) = ((r + 1 + i) % n_remotes, i % n_types);
            json!({"type_name": format!("R{r}_T{ty}"), "relationships": [{
                "name": format!("joined{i}"),
                "definition": {"to_remote_schema": {
                    "remote_schema": format!("remote{to:03}"),
                    "lhs_fields": ["id", "name"],
                    "remote_field": {(format!("R{to}_one{ty}")): {"arguments": {"id": "$id", "filter": {"name": "$name"}}}},
                }},
            }]})
        });
        json!({
            "name": format!("remote{r:03}"),
            "definition": {"url": "http://127.0.0.1:1/"},
            "remote_relationships": on.collect::<Vec<_>>(),
        })
    });
    json!({"version": 3, "remote_schemas": remotes.collect::<Vec<_>>()})
}

/// An operation in the state in which a cache has it, with the answers of its remotes.
#[derive(Debug)]
pub(crate) struct Request {
    operation: Operation,
    variables: String,
    answers: Vec<Bytes>,
    /// Whether large answers may pass unread, as they do when nothing is put around the reply.
    pub(crate) hands_on: bool,
}

impl Request {
    /// Plans a request and works out the answers, by running it once.
    pub(crate) fn new(shape: Shape) -> anyhow::Result<Self> {
        let n_remotes = if shape.depth == 0 { 1 } else { shape.wide * shape.depth + 1 };
        let catalog = chain(n_remotes, shape.form)?.catalog()?;
        let operation = parse(&catalog, &query(shape))?;
        let variables = format!("{{\"n\":{}}}", shape.rows);
        let mut request = Self { operation, variables, answers: Vec::new(), hands_on: false };
        let mut n_filled = 0;
        let reply = request.execute_with(|answers, fetch, body| {
            let answer = answer(body, shape.keys)?;
            n_filled += 1;
            answers.resize(answers.len().max(fetch.0 as usize + 1), Bytes::new());
            answers[fetch.0 as usize] = answer;
            Ok(())
        })?;
        if reply.n_errors > 0 || n_filled == 0 {
            let shown =
                String::from_utf8_lossy(&reply.body[reply.body.len().saturating_sub(600)..]).into_owned();
            bail!("the request was answered with errors: {shown}");
        }
        Ok(request)
    }

    /// From the cached operation to the response.
    pub(crate) fn execute(&mut self) -> anyhow::Result<Reply> {
        self.execute_with(|_, _, _| Ok(()))
    }

    fn execute_with(
        &mut self,
        mut see: impl FnMut(&mut Vec<Bytes>, FetchId, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<Reply> {
        let bound = self.operation.bind(Some(&self.variables), &|_| None).map_err(refused)?;
        let mut run = Run::new(bound, Limits::default(), ErrorStyle::Conjoin, false);
        if self.hands_on {
            run = run.handing_on();
        }
        let mut fetches = run.ready();
        while !fetches.is_empty() {
            for fetch in std::mem::take(&mut fetches) {
                see(&mut self.answers, fetch.id, &fetch.body)?;
                let answer = self.answers.get(fetch.id.0 as usize).context("a request nobody expected")?;
                run.supply(fetch.id, Ok(answer.clone()));
                fetches.append(&mut run.ready());
            }
        }
        Ok(run.finish())
    }
}

/// The query text of a request.
pub(crate) fn query(shape: Shape) -> String {
    let mut text = String::from("query($n:Int!){rows0(n:$n){id name total");
    for branch in 0..shape.wide {
        for level in 0..shape.depth {
            let _ = write!(text, " to{}{{id name total", branch * shape.depth + level + 1);
        }
        text.push_str(&"}".repeat(shape.depth));
    }
    text + "}}"
}

/// Parses and validates a query as an administrator's.
pub(crate) fn parse(catalog: &Arc<Catalog>, query: &str) -> anyhow::Result<Operation> {
    let role = Arc::clone(catalog.role("admin"));
    Operation::parse(Arc::clone(catalog), role, query, None, Limits::default()).map_err(refused)
}

/// A refusal as an error.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands it over")]
pub(crate) fn refused(refusal: engine::fault::Refusal) -> anyhow::Error {
    anyhow::anyhow!("refused: {}", refusal.to_response(true))
}

/// What a remote of [`chain`] says to a request: the selection is the text between the last brace that opens and the next that closes.
fn answer(body: &[u8], n_keys: usize) -> anyhow::Result<Bytes> {
    let body: Value = serde_json::from_slice(body)?;
    let query = body["query"].as_str().context("a request without a query")?;
    let selection = query.rsplit('{').next().and_then(|rest| rest.split('}').next()).unwrap_or_default();
    let members: Vec<(&str, &str)> = selection
        .split_whitespace()
        .map(|member| member.split_once(':').unwrap_or((member, member)))
        .collect();
    let element = |text: &mut String, id: usize| {
        text.push('{');
        for (i, (key, field)) in members.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let _ = match *field {
                "name" => write!(text, "{comma}\"{key}\":\"Ada Lovelace the {id}th of her name\""),
                "total" => write!(text, "{comma}\"{key}\":{id}.25"),
                "next" => write!(text, "{comma}\"{key}\":\"{}\"", id % n_keys),
                _ => write!(text, "{comma}\"{key}\":\"{id}\""),
            };
        }
        text.push('}');
    };
    let number =
        |value: &Value| value.as_str().and_then(|text| text.parse::<usize>().ok()).context("an odd key");
    let variables = body["variables"].as_object().context("a request without variables")?;
    let mut text = String::from("{\"data\":{");
    for (i, (name, value)) in variables.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        let ids: Vec<usize> = match value {
            Value::Array(keys) => keys.iter().map(number).collect::<Result<_, _>>()?,
            Value::Number(rows) => (0..rows.as_u64().unwrap_or(0) as usize).collect(),
            key => vec![number(key)?],
        };
        let key = if name == "n" { "rows0".to_owned() } else { format!("_{i}") };
        let is_list = !value.is_string();
        let _ = write!(text, "{comma}\"{key}\":{}", if is_list { "[" } else { "" });
        for (n, id) in ids.into_iter().enumerate() {
            if n > 0 {
                text.push(',');
            }
            element(&mut text, id);
        }
        text.push_str(if is_list { "]" } else { "" });
    }
    text.push_str("}}");
    Ok(Bytes::from(text))
}
