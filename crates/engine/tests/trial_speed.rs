//! How long a relationship between large remotes takes to be checked, as the console does while one types.
//!
//! `cargo nextest run -p conjoin-engine --test trial_speed --run-ignored all --no-capture` prints the figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use engine::catalog::{Introspection, Options, build};
use engine::remote::read_sdl;
use engine::trial::Trial;
use metadata::Document;
use serde_json::json;

/// As many types as a large public API has, each with root fields of its own.
fn large(prefix: &str) -> String {
    let (mut types, mut roots) = (String::new(), String::new());
    for index in 0..1000 {
        let (next, ty) = ((index + 1) % 1000, format!("{prefix}{index}"));
        let _ = write!(
            types,
            "type {ty} {{ id: ID! name: String owner: ID kind: {ty}Kind next: {prefix}{next} }} \
             enum {ty}Kind {{ A B }} input {ty}Filter {{ id: ID name: String next: {prefix}{next}Filter }} "
        );
        let _ = write!(
            roots,
            "{ty}(id: ID!): {ty} {ty}s(ids: [ID!]!): [{ty}!] {ty}List(filter: {ty}Filter): [{ty}!] "
        );
    }
    format!("type Query {{ {roots} }} {types}")
}

#[test]
#[ignore = "its figures are for people"]
fn a_relationship_of_large_remotes() {
    let definition = json!({"to_remote_schema": {"remote_schema": "b", "lhs_fields": ["owner"],
        "remote_field": {"B7": {"arguments": {"id": "$owner"}}}}});
    let on = json!([{"type_name": "A7", "relationships": [{"name": "found", "definition": definition}]}]);
    let document = json!({"version": 3, "sources": [], "remote_schemas": [
        {"name": "a", "definition": {"url": "http://a"}, "remote_relationships": on},
        {"name": "b", "definition": {"url": "http://b"}},
    ]});
    let document = Document::from_json(&document).unwrap();
    let schema = |prefix| Arc::new(read_sdl(&large(prefix)).unwrap());
    let schemas = BTreeMap::from([("a".to_owned(), schema("A")), ("b".to_owned(), schema("B"))]);
    let known = schemas.iter().map(|(name, schema)| (name.clone(), Introspection::Fresh(Arc::clone(schema))));
    let (catalog, problems) = build(&document, &known.collect(), Options::default(), 1);
    assert!(problems.is_empty(), "{problems:?}");
    let relationship = &document.remote_schemas[0].remote_relationships[0].relationships[0];

    let start = Instant::now();
    let candidate = catalog.candidate("a", "A7", relationship, Some("found")).unwrap();
    println!("candidate {:?}", start.elapsed());
    let start = Instant::now();
    let offer = catalog.batch_offer(&candidate, ("a", "A7"), relationship, Some("found"));
    println!("batch offer {:?}", start.elapsed());
    assert!(offer.is_some());
    let start = Instant::now();
    let trial = Trial::new(&document, &schemas, ("a", "A7", "found"), None, None).unwrap();
    println!("trial {:?}", start.elapsed());
    let start = Instant::now();
    assert_eq!(trial.requests(&trial.examples()).unwrap().len(), 1);
    println!("requests {:?}", start.elapsed());
}
