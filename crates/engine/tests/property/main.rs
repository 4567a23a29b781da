//! Random worlds, random queries: the engine's answer equals that of a naive executor over the joined data.
//!
//! [`world`] makes remotes and relationships, [`data`] says what the remotes hold, [`query`] writes a client's query,
//! [`executor`] plays the upstreams and the naive gateway. A case is three tapes of random numbers, which proptest
//! shortens when a case fails; `PROPTEST_CASES` sets the number of cases, and failing seeds are kept in `failed.txt`.

mod choices;
mod data;
mod executor;
mod query;
mod roles;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use apollo_compiler::executable::{ExecutableDocument, Selection};
use bytes::Bytes;
use engine::catalog::{Catalog, Failure, Introspection, Options, build};
use engine::fault::Code;
use engine::operation::{Limits, Operation, OperationKind};
use engine::remote::read_sdl;
use engine::run::{ErrorStyle, Fetch, Run};
use metadata::Document;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, FileFailurePersistence};
use serde_json::{Value as Json, json};

use crate::choices::Choices;
use crate::data::Random;
use crate::executor::{Trouble, naive, upstream};
use crate::query::Query;
use crate::world::World;

fn config(n_cases: u32) -> Config {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/property/failed.txt");
    let given = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    Config {
        cases: given.unwrap_or(n_cases),
        max_shrink_iters: 3_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(kept))),
        ..Config::default()
    }
}

proptest::proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn answer_is_that_of_a_naive_executor(
        world in vec(any::<u16>(), 0..900),
        query in vec(any::<u16>(), 0..700),
        order in vec(any::<u16>(), 0..60),
    ) {
        case(&world, &query, &order, false);
    }

    #[test]
    fn upstream_errors_are_local_and_never_lost(
        world in vec(any::<u16>(), 0..900),
        query in vec(any::<u16>(), 0..700),
        order in vec(any::<u16>(), 0..60),
    ) {
        case(&world, &query, &order, true);
    }
}

fn case(world: &[u16], query: &[u16], order: &[u16], in_trouble: bool) {
    let world = World::generate(&mut Choices::new(world));
    let catalog = Arc::new(catalog(&world));
    let query = Query::generate(&catalog.admin.schema, &mut Choices::new(query));
    let Ok(document) =
        ExecutableDocument::parse_and_validate(&catalog.admin.schema, &query.text, "query.graphql")
    else {
        // Two members of one name that say different things.
        return;
    };
    let Ok((expected, n_unfit)) = naive(&world, &catalog.admin.schema, &document, &query.variables) else {
        return;
    };
    let limits = Limits { keys: 1_000_000, requests: 100_000, ..Limits::default() };
    let operation =
        Operation::parse(Arc::clone(&catalog), Arc::clone(catalog.role("admin")), &query.text, None, limits)
            .unwrap_or_else(|refusal| panic!("refused: {refusal:?}\n{}", query.text));
    let bound = operation
        .bind(Some(&query.variables.to_string()), &|_| None)
        .unwrap_or_else(|refusal| panic!("refused: {refusal:?}\n{}\n{}", query.text, query.variables));
    let prefix = bound.plan.prefix.clone();
    let run = Run::new(bound, limits, ErrorStyle::Conjoin, true);
    let mut choices = Choices::new(order);
    let trouble = Trouble {
        seed: choices.below(1 << 16) as u64,
        percent: if in_trouble { *choices.pick(&[0, 3, 30]) } else { 0 },
        ..Trouble::default()
    };
    let mut driver = Driver {
        world: &world,
        catalog: &catalog,
        choices,
        trouble,
        in_trouble,
        log: format!("{}\n{}\n{}\n", world.metadata(), query.text, query.variables),
        messages: Vec::new(),
    };
    let (reply, is_ordered) = driver.drive(run, operation.kind);
    driver.log += &format!("expected {expected}\nreply {}\n", String::from_utf8_lossy(&reply.body));
    let response: Json = serde_json::from_slice(&reply.body).expect("the reply is JSON");
    let errors = response["errors"].as_array().cloned().unwrap_or_default();
    assert_eq!(errors.len(), reply.n_errors);
    let data = &response["data"];
    if in_trouble {
        check_errors(&driver.messages, data, &errors).unwrap_or_else(|flaw| panic!("{flaw}"));
        // An element of a batch that has lost its key belongs to nobody.
        let is_batched = world.relationships.iter().any(|relationship| relationship.many.is_some());
        assert!(is_batched || is_part_of(data, &expected), "not a part of what is expected");
        assert!(!String::from_utf8_lossy(&reply.body).contains(&format!("\"{prefix}")));
    } else {
        assert_eq!(errors.is_empty(), n_unfit == 0);
        assert_eq!(*data, expected);
        if is_ordered {
            assert_eq!(data.to_string(), expected.to_string());
        }
    }
}

fn catalog(world: &World) -> Catalog {
    let document = Document::from_json(&world.metadata()).expect("the metadata is well formed");
    let introspections: BTreeMap<String, Introspection> = world
        .remotes
        .iter()
        .map(|remote| {
            (remote.name.clone(), Introspection::Fresh(Arc::new(read_sdl(&remote.sdl).expect("a schema"))))
        })
        .collect();
    let (catalog, problems) = build(&document, &introspections, Options::default(), 1);
    assert!(problems.is_empty(), "{problems:#?}\n{:#}", world.metadata());
    catalog
}

/// Plays the network: answers requests in random order, and troubles some of them.
struct Driver<'a> {
    world: &'a World,
    catalog: &'a Catalog,
    choices: Choices<'a>,
    trouble: Trouble,
    in_trouble: bool,
    log: String,
    /// The messages of all upstream errors.
    messages: Vec<String>,
}

impl Drop for Driver<'_> {
    #[expect(clippy::print_stderr, reason = "tells what failed, wherever it failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let sdl: String = self.world.remotes.iter().map(|remote| format!("{}\n", remote.sdl)).collect();
            eprintln!("{sdl}{}", self.log);
        }
    }
}

impl Driver<'_> {
    /// The reply, and whether all upstreams kept their members in order.
    fn drive(&mut self, mut run: Run, kind: OperationKind) -> (engine::run::Reply, bool) {
        let mut is_ordered = true;
        let mut waiting: Vec<Fetch> = Vec::new();
        loop {
            let ready = run.ready();
            self.check_batch(&ready);
            waiting.extend(ready);
            if kind == OperationKind::Mutation {
                assert!(waiting.iter().filter(|fetch| fetch.root).count() <= 1, "mutations run one by one");
            }
            if waiting.is_empty() {
                break;
            }
            assert!(!run.is_done());
            let fetch = waiting.swap_remove(self.choices.below(waiting.len()));
            let answer = self.answer(&fetch);
            let answer = answer.map(|answer| {
                let form = Form {
                    is_shuffled: self.choices.chance(20),
                    is_spaced: self.choices.chance(30),
                    is_escaped: self.choices.chance(10),
                };
                is_ordered &= !form.is_shuffled;
                let mut text = String::new();
                form.write(&answer, &mut Random(u64::from(fetch.id.0)), &mut text);
                Bytes::from(text)
            });
            run.supply(fetch.id, answer);
        }
        assert!(run.is_done());
        (run.finish(), is_ordered)
    }

    fn answer(&mut self, fetch: &Fetch) -> Result<Json, Failure> {
        let request: Json = serde_json::from_slice(&fetch.body).expect("a request is JSON");
        self.log += &format!("{} <- {request}\n", self.catalog.remote(fetch.remote).name);
        let remote = self
            .world
            .remotes
            .iter()
            .position(|remote| remote.name == self.catalog.remote(fetch.remote).name)
            .expect("the remote is known");
        let mut answer = upstream(self.world, remote, &request, &self.trouble);
        if self.in_trouble {
            match self.choices.below(24) {
                19 => {
                    let reason = self.trouble.message("no route");
                    self.messages.push(reason.clone());
                    return Err(Failure { code: Code::RemoteSchemaError, reason, internal: None });
                }
                20 => answer = json!({"errors": [{"message": self.trouble.message("refused")}]}),
                21 => {
                    let message = self.trouble.message("down");
                    answer = json!({"errors": [{"message": message, "path": ["nowhere", 3], "extensions": {"code": "X"}}], "data": null});
                }
                22 => {
                    let message = self.trouble.message("beside the data");
                    let more = json!({"message": message, "path": [7]});
                    match answer["errors"].as_array_mut() {
                        Some(errors) => errors.push(more),
                        None => answer["errors"] = json!([more]),
                    }
                }
                23 => {
                    answer = self
                        .choices
                        .pick(&[json!([]), json!({}), json!({"data": {}}), json!({"data": []})])
                        .clone();
                }
                _ => {}
            }
            let errors = answer["errors"].as_array().cloned().unwrap_or_default();
            self.messages
                .extend(errors.iter().filter_map(|error| Some(error["message"].as_str()?.to_owned())));
            if answer["errors"].is_null() && answer.is_object() {
                answer.as_object_mut().expect("an object").remove("errors");
            }
        }
        self.log += &format!("  -> {answer}\n");
        Ok(answer)
    }

    /// What one answer made ready: for each remote as few requests as its chunks allow, and no key twice.
    fn check_batch(&self, ready: &[Fetch]) {
        let mut sizes: BTreeMap<(&str, bool), Vec<usize>> = BTreeMap::new();
        for fetch in ready {
            let remote = self.catalog.remote(fetch.remote);
            let request: Json = serde_json::from_slice(&fetch.body).expect("a request is JSON");
            let query = request["query"].as_str().expect("a query");
            let document = match ExecutableDocument::parse(
                apollo_compiler::validation::Valid::assume_valid_ref(&remote.schema.schema),
                query,
                "upstream.graphql",
            ) {
                Ok(document) => document,
                Err(invalid) => panic!("{}\n{query}", invalid.errors),
            };
            let operation = document.operations.iter().next().expect("an operation");
            sizes
                .entry((&remote.name, fetch.root))
                .or_default()
                .push(operation.selection_set.selections.len());
            if fetch.root {
                continue;
            }
            let mut known = BTreeSet::new();
            for selection in &operation.selection_set.selections {
                let Selection::Field(field) = selection else { panic!("a join selects fields: {query}") };
                let Some(selected) = &field.selection_set else {
                    // Two relationships without a selection may ask for the same.
                    continue;
                };
                let arguments: Vec<String> = field
                    .arguments
                    .iter()
                    .map(|argument| format!("{}:{}", argument.name, argument.value.serialize().no_indent()))
                    .collect();
                let mut call =
                    format!("{}({}){}", field.name, arguments.join(","), selected.serialize().no_indent());
                let mut variables: Vec<_> = request["variables"].as_object().into_iter().flatten().collect();
                variables.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
                for (name, value) in variables {
                    call = call.replace(&format!("${name}"), &value.to_string());
                }
                // Lists count as different keys when their white space differs.
                let has_list = request["variables"].to_string().contains('[');
                assert!(known.insert(call) || has_list, "a key twice: {request}");
            }
        }
        for ((remote, is_root), sizes) in sizes {
            let remote = self.catalog.remotes.iter().find(|known| known.name == remote).expect("the remote");
            // The keys of a batched relationship share one field, however many they are.
            if is_root || self.world.relationships.iter().any(|relationship| relationship.many.is_some()) {
                continue;
            }
            let n_full = sizes.iter().filter(|size| **size == remote.max_aliases).count();
            assert!(sizes.iter().all(|size| *size <= remote.max_aliases), "{sizes:?}");
            assert!(n_full + 1 >= sizes.len(), "more chunks than needed: {sizes:?}");
        }
    }
}

/// How an upstream writes its JSON.
struct Form {
    is_shuffled: bool,
    is_spaced: bool,
    is_escaped: bool,
}

impl Form {
    fn write(&self, value: &Json, random: &mut Random, out: &mut String) {
        self.space(random, out);
        match value {
            Json::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    self.write(item, random, out);
                }
                self.space(random, out);
                out.push(']');
            }
            Json::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                if self.is_shuffled {
                    for at in (1..members.len()).rev() {
                        members.swap(at, random.below(at as u64 + 1) as usize);
                    }
                }
                out.push('{');
                for (index, (name, value)) in members.into_iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    self.space(random, out);
                    self.string(name, out);
                    self.space(random, out);
                    out.push(':');
                    self.write(value, random, out);
                }
                self.space(random, out);
                out.push('}');
            }
            Json::String(text) => self.string(text, out),
            leaf => out.push_str(&leaf.to_string()),
        }
        self.space(random, out);
    }

    fn space(&self, random: &mut Random, out: &mut String) {
        if self.is_spaced {
            out.push_str(["", "", " ", "\n", "\t\r\n"][random.below(5) as usize]);
        }
    }

    fn string(&self, text: &str, out: &mut String) {
        if !self.is_escaped {
            out.push_str(&Json::from(text).to_string());
            return;
        }
        out.push('"');
        for unit in text.encode_utf16() {
            out.push_str(&format!("\\u{unit:04x}"));
        }
        out.push('"');
    }
}

/// Every upstream error is listed or counted, and every path leads to a place in `data`, or to a null on the way.
fn check_errors(messages: &[String], data: &Json, errors: &[Json]) -> Result<(), String> {
    let listed: Vec<&str> = errors.iter().filter_map(|error| error["message"].as_str()).collect();
    if listed.len() != errors.len() {
        return Err("an error without a message".into());
    }
    let is_counted = listed.iter().any(|message| message.ends_with("more errors are not listed"));
    for message in messages {
        if !is_counted && !listed.iter().any(|listed| listed.starts_with(message.as_str())) {
            return Err(format!("an upstream error is lost: {message}"));
        }
    }
    for error in errors {
        let mut at = data;
        for step in error["path"].as_array().map_or(&[][..], Vec::as_slice) {
            if at.is_null() {
                break;
            }
            let next = match step {
                Json::String(key) => at.get(key.as_str()),
                step => step.as_u64().and_then(|index| at.get(index as usize)),
            };
            at = next.ok_or_else(|| format!("a path leads nowhere: {error}"))?;
        }
    }
    Ok(())
}

/// Whether `data` is what was expected, but for nulls.
fn is_part_of(data: &Json, expected: &Json) -> bool {
    match (data, expected) {
        (Json::Null, _) => true,
        (Json::Object(data), Json::Object(expected)) => {
            data.len() == expected.len()
                && data.iter().all(|(name, value)| {
                    expected.get(name).is_some_and(|expected| is_part_of(value, expected))
                })
        }
        (Json::Array(data), Json::Array(expected)) => {
            data.len() == expected.len()
                && data.iter().zip(expected).all(|(data, expected)| is_part_of(data, expected))
        }
        (data, expected) => data == expected,
    }
}
