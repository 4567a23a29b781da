//! What fifty roles over a schema of 1,600 types cost. Prints figures and is run by hand:
//! `for CASE in 0 1 2 3 4 5 6; do CASE=$CASE cargo test --release -p conjoin-engine --test role_memory -- --ignored --nocapture; done`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use engine::catalog::{Introspection, Options, Previous, build, build_after};
use engine::remote::read_sdl;
use metadata::Document;
use serde_json::{Value, json};

const N_TYPES: usize = 1_600;
const N_ROLES: usize = 50;

/// Kilobytes of memory in use.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it is told");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse().ok()).expect("a number")
}

/// `keep` says which types and fields are written.
fn sdl(with_descriptions: bool, keep: impl Fn(usize, usize) -> bool) -> String {
    let mut sdl = String::from("type Query { ");
    for n in (0..N_TYPES).filter(|n| keep(*n, 0)) {
        let _ = write!(sdl, "get_{n}(id: ID!, first: Int = 10, filter: String): Type_{n} ");
    }
    sdl.push_str("}\n");
    for n in (0..N_TYPES).filter(|n| keep(*n, 0)) {
        if with_descriptions {
            let _ =
                write!(sdl, "\"The number {n} of many types, all of which are described at some length.\" ");
        }
        let _ = write!(sdl, "type Type_{n} {{ id: ID! ");
        for field in (1..12).filter(|field| keep(n, *field)) {
            if with_descriptions {
                let _ = write!(sdl, "\"Field {field}, of which as much can be said.\" ");
            }
            let _ = write!(sdl, "field_{field}(first: Int = 10, after: String): String ");
        }
        sdl.push_str("}\n");
    }
    sdl
}

#[test]
#[ignore = "measures memory, which other tests disturb"]
fn fifty_roles() {
    // A figure is of use only where nothing was freed before, so each case is a process of its own.
    let wanted = std::env::var("CASE").unwrap_or_else(|_| "0".into());
    let upstream = Arc::new(read_sdl(&sdl(true, |_, _| true)).expect("the schema is sound"));
    let mut n_cases = 0;
    let mut measure = |what: &str, customization: Value, definition: &dyn Fn(usize) -> Value| {
        n_cases += 1;
        if wanted != (n_cases - 1).to_string() {
            return;
        }
        let permissions: Vec<Value> = (0..N_ROLES)
            .map(|role| json!({"role": format!("role_{role}"), "definition": definition(role)}))
            .collect();
        let document = Document::from_json(&json!({"version": 3, "remote_schemas": [
            {"name": "up", "definition": {"url": "http://up.test", "customization": customization}, "permissions": permissions}]}))
        .expect("the metadata is sound");
        let introspections = BTreeMap::from([("up".to_owned(), Introspection::Fresh(Arc::clone(&upstream)))]);
        let before = resident();
        let start = Instant::now();
        let (catalog, problems) = build(&document, &introspections, Options::default(), 1);
        assert_eq!(problems, []);
        let (built, took) = (resident(), start.elapsed());
        let start = Instant::now();
        let n_types: usize =
            (0..N_ROLES).map(|role| catalog.role(&format!("role_{role}")).schema.types.len()).sum();
        assert!(n_types > N_ROLES * 2, "the roles see something");
        let (merged, merging) = (resident(), start.elapsed());
        let start = Instant::now();
        let previous = Previous { document: &document, catalog: &catalog };
        let (_, problems) = build_after(Some(previous), &document, &introspections, Options::default(), 2);
        assert_eq!(problems, []);
        println!(
            "{what}: catalog {} KiB in {took:.1?}, the next one in {:.1?}; all {N_ROLES} role schemas ({n_types} types) {} KiB in {merging:.1?}",
            built.saturating_sub(before),
            start.elapsed(),
            merged.saturating_sub(built),
        );
    };
    let none = json!({});
    let prefix = json!({"type_names": {"prefix": "Up"}});
    let everything = |_: usize| json!({"schema": "*"});
    let nearly = |role: usize| json!({"schema": "*", "deny": [format!("Type_{role}.field_3"), format!("Query.get_{}", role + 7)]});
    let copies = |role: usize| json!({"schema": format!("# Of role {role}.\n{}", sdl(false, |_, _| true))});
    let tenth = |role: usize| json!({"schema": sdl(false, move |n, field| n % 10 == role % 10 && (field == 0 || field % 3 > 0))});
    measure(
        "no role",
        none.clone(),
        &|_| json!({"schema": "type Query { get_1(id: ID!, first: Int = 10, filter: String): Type_1 } type Type_1 { id: ID! }"}),
    );
    measure("all of it (*)", none.clone(), &everything);
    measure("all but two fields (*, deny)", none.clone(), &nearly);
    measure("all but two fields, renamed", prefix.clone(), &nearly);
    measure("a tenth of the types, two thirds of their fields", none.clone(), &tenth);
    measure("a copy of the whole without descriptions", none, &copies);
    measure("a copy of the whole, renamed", prefix, &copies);
}
