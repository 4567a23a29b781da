//! A remote of three thousand types: it can be added, asked, introspected in full, and it is all there after a kill.
//!
//! How long that takes and how much memory it needs is what `cargo xtask scale` prints; here only the answers count.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use engine::remote::INTROSPECTION_QUERY;
use serde_json::{Value, json};
use testkit::Remote;

use support::Serving;

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "support/process.rs"]
mod support;

const N_TYPES: usize = 3_000;

const DATA: &str = r#"{
    "tables": {"things": [{"id": "1", "name": "first", "other": "2"}, {"id": "2", "name": "second", "other": "1"}]},
    "resolve": {
        "Query.thing2999": {"find": {"in": "things", "where": {"id": "$id"}}},
        "Query.thing1234": {"find": {"in": "things", "where": {"id": "$id"}}}
    }
}"#;

/// Every type can be asked for by its number, and leads to the next.
fn sdl() -> String {
    let mut sdl = String::from("type Query {\n");
    for i in 0..N_TYPES {
        writeln!(sdl, "thing{i}(id: ID!): Thing{i}").unwrap();
    }
    sdl.push_str("}\n");
    for i in 0..N_TYPES {
        let next = (i + 1) % N_TYPES;
        writeln!(sdl, "type Thing{i} {{ id: ID! name: String! other: ID! next: Thing{next} }}").unwrap();
    }
    sdl
}

/// The fields of every object type in an introspection.
fn fields(answer: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    let types = answer["data"]["__schema"]["types"].as_array().unwrap();
    let objects = types.iter().filter(|ty| ty["kind"] == "OBJECT");
    objects
        .map(|ty| {
            let fields = ty["fields"].as_array().unwrap().iter();
            (ty["name"].as_str().unwrap(), fields.map(|field| field["name"].as_str().unwrap()).collect())
        })
        .collect()
}

async fn ask(serving: &Serving, query: &str) -> Value {
    let (status, answer) = serving.post("/v1/graphql", &json!({"query": query})).await;
    assert_eq!(status, 200);
    answer
}

/// A query to the remote, and one through its relationship.
async fn check_queries(serving: &Serving) {
    let direct = ask(serving, "{ thing2999(id: 1) { id name } }").await;
    assert_eq!(direct, json!({"data": {"thing2999": {"id": "1", "name": "first"}}}));
    let joined = ask(serving, "{ thing2999(id: 1) { name partner { name } } }").await;
    assert_eq!(joined, json!({"data": {"thing2999": {"name": "first", "partner": {"name": "second"}}}}));
}

/// The full introspection, in which nothing may be missing.
async fn check_introspection(serving: &Serving) -> Value {
    let introspection = ask(serving, INTROSPECTION_QUERY).await;
    let shown = fields(&introspection);
    for i in 0..N_TYPES {
        let mut expected = BTreeSet::from(["id", "name", "other", "next"]);
        if i == 2999 {
            expected.insert("partner");
        }
        assert_eq!(shown[format!("Thing{i}").as_str()], expected, "Thing{i}");
    }
    let root = introspection["data"]["__schema"]["queryType"]["name"].as_str().unwrap();
    let roots: BTreeSet<String> = (0..N_TYPES).map(|i| format!("thing{i}")).collect();
    assert_eq!(shown[root], roots.iter().map(String::as_str).collect::<BTreeSet<_>>());
    introspection
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_thousand_types_are_served_in_full_and_survive_a_kill() {
    let remote = Remote::start(&sdl(), DATA).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let serving = Serving::start(data.path(), &[], &[]);
    serving
        .metadata("add_remote_schema", json!({"name": "things", "definition": {"url": remote.url()}}))
        .await;
    let definition = json!({"to_remote_schema": {"remote_schema": "things", "lhs_fields": ["other"],
        "remote_field": {"thing1234": {"arguments": {"id": "$other"}}}}});
    let args = json!({"remote_schema": "things", "type_name": "Thing2999", "name": "partner", "definition": definition});
    serving.metadata("create_remote_schema_remote_relationship", args).await;
    check_queries(&serving).await;
    let before = check_introspection(&serving).await;

    // Not stopped but killed. The remote is away, so the schema can only come from the store.
    drop(serving);
    let address = remote.address();
    drop(remote);
    let serving = Serving::start(data.path(), &[], &[]);
    let after = check_introspection(&serving).await;
    assert!(before == after, "introspection changed with the restart");
    let _remote = Remote::start_at(&sdl(), DATA, address).await.unwrap();
    check_queries(&serving).await;
}
