//! Upstreams and clients that mean harm: whatever they send, a request ends soon, in a response that is JSON, within
//! the limits, and that says what was wrong.
//!
//! Each test is a generator of one shape of harm. The catalogs are those of the `run` fixtures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use engine::catalog::{Catalog, Failure, Introspection, Options, build};
use engine::fault::Code;
use engine::operation::{Limits, Operation};
use engine::remote::read_sdl;
use engine::run::{ErrorStyle, Run};
use metadata::Document;
use serde_json::{Value, json};

/// Most time that one request may take: far above what any needs, even in a debug build on a machine that builds others.
const PATIENCE: Duration = Duration::from_secs(20);

const LIMITS: Limits = Limits {
    tokens: 20_000,
    depth: 30,
    aliases: 1_000,
    keys: 10_000,
    requests: 200,
    response_bytes: 32 << 20,
};

/// A query of three levels, and a good answer to each of its requests.
const QUERY: &str = "{ deals { title owner { name boss { name } } unit { code } } hit { __typename } }";
const GOOD: [&str; 3] = [
    r#"{"data":{"deals":[{"title":"A","_j0":7,"_j2":"U"},{"title":"é\n\"","_j0":8,"_j2":null}],"hit":{"__typename":"Deal"}}}"#,
    r#"{"data":{"_0":{"name":"Ann","_j1":1},"_1":{"name":"Bob","_j1":1},"_2":{"unit":{"code":"U"}}}}"#,
    r#"{"data":{"_0":{"name":"Cleo"}}}"#,
];

fn catalog(name: &str) -> Arc<Catalog> {
    let folder = Path::new("tests/run").join(name);
    let read = |file: &str| fs::read_to_string(folder.join(file)).expect("the fixture is there");
    let metadata = serde_json::from_str(&read("metadata.json")).expect("the metadata are JSON");
    let document = Document::from_json(&metadata).expect("the metadata are sound");
    let mut introspections = BTreeMap::new();
    for remote in &document.remote_schemas {
        let schema = read_sdl(&read(&format!("{}.graphql", remote.name))).expect("the schema is sound");
        introspections.insert(remote.name.clone(), Introspection::Fresh(Arc::new(schema)));
    }
    Arc::new(build(&document, &introspections, Options::default(), 1).0)
}

/// Runs a request whose n-th upstream request gets the n-th answer, and none after the last; returns the checked
/// response.
fn respond(
    catalog: &Arc<Catalog>,
    query: &str,
    variables: Option<&str>,
    style: ErrorStyle,
    answers: &[&[u8]],
) -> Value {
    let start = Instant::now();
    let role = Arc::clone(catalog.role("admin"));
    let bound = Operation::parse(Arc::clone(catalog), role, query, None, LIMITS)
        .and_then(|operation| operation.bind(variables, &|_| None));
    let response = match bound {
        Err(refusal) => refusal.to_response(true),
        Ok(bound) => {
            let mut run = Run::new(bound, LIMITS, style, true);
            let mut answers = answers.iter();
            loop {
                let fetches = run.ready();
                if fetches.is_empty() {
                    break;
                }
                for fetch in fetches {
                    let down =
                        || Failure { code: Code::RemoteSchemaError, reason: "down".into(), internal: None };
                    run.supply(
                        fetch.id,
                        answers.next().map(|body| Bytes::copy_from_slice(body)).ok_or_else(down),
                    );
                }
            }
            assert!(run.is_done());
            let reply = run.finish();
            assert!(reply.body.len() <= LIMITS.response_bytes + 1_024, "{} bytes", reply.body.len());
            let response: Value = serde_json::from_slice(&reply.body).expect("a response is JSON");
            assert_eq!(response["errors"].as_array().map_or(0, Vec::len), reply.n_errors);
            response
        }
    };
    let took = start.elapsed();
    assert!(took < PATIENCE, "{took:?} for {}", query.chars().take(200).collect::<String>());
    if style == ErrorStyle::Conjoin {
        for error in response["errors"].as_array().into_iter().flatten() {
            assert!(error["message"].is_string(), "{error}");
            assert!(error["extensions"]["code"].is_string(), "{error}");
            let is_step = |step: &Value| step.is_string() || step.is_u64();
            assert!(error["path"].as_array().is_none_or(|path| path.iter().all(is_step)), "{error}");
        }
    }
    response
}

/// The response when one of the three good answers is replaced.
fn with_answer(catalog: &Arc<Catalog>, at: usize, body: &[u8]) -> Value {
    let mut answers: Vec<&[u8]> = GOOD.iter().map(|good| good.as_bytes()).collect();
    answers[at] = body;
    respond(catalog, QUERY, None, ErrorStyle::Hasura, &answers);
    respond(catalog, QUERY, None, ErrorStyle::Conjoin, &answers)
}

fn code(response: &Value) -> &str {
    response["errors"][0]["extensions"]["code"].as_str().unwrap_or("no error")
}

#[test]
fn good_answers_are_good() {
    let response = with_answer(&catalog("crm"), 0, GOOD[0].as_bytes());
    assert_eq!(response["errors"], Value::Null);
    assert_eq!(response["data"]["deals"][1]["owner"]["boss"]["name"], "Cleo");
}

/// The reply to a query without joins, which gets `body` for an answer, when the reply is the whole response.
fn handed_on(catalog: &Arc<Catalog>, body: &str) -> Bytes {
    let role = Arc::clone(catalog.role("admin"));
    let operation = Operation::parse(Arc::clone(catalog), role, "{ deals { title } }", None, LIMITS);
    let bound = operation.and_then(|operation| operation.bind(None, &|_| None)).expect("the query is sound");
    let mut run = Run::new(bound, LIMITS, ErrorStyle::Conjoin, false).handing_on();
    let fetch = run.ready().remove(0);
    run.supply(fetch.id, Ok(Bytes::copy_from_slice(body.as_bytes())));
    assert!(run.is_done());
    run.finish().body
}

#[test]
fn large_answers_are_handed_on_unless_they_speak_of_errors() {
    let catalog = catalog("crm");
    let rows = vec![r#"{"title":"A"}"#; 10_000].join(",");
    let good = format!(r#"{{"data":{{"deals":[{rows}]}}}}"#);
    assert_eq!(handed_on(&catalog, &good), good);
    // What is inside is nobody's business but the client's; in an array of responses it would spoil the others.
    let broken = format!(r#"{{"data":{{"deals":[{rows},]}}}}"#);
    assert_eq!(handed_on(&catalog, &broken), broken);
    let read = respond(&catalog, "{ deals { title } }", None, ErrorStyle::Conjoin, &[broken.as_bytes()]);
    assert_eq!(code(&read), "remote-schema-error");
    let error = r#"{"message":"no","path":["deals"],"extensions":{"secret":1}}"#;
    let failed = format!(r#"{{"data":{{"deals":[{rows}]}},"errors":[{error}],"extensions":{{"cost":1}}}}"#);
    let reply: Value = serde_json::from_slice(&handed_on(&catalog, &failed)).expect("a response is JSON");
    assert_eq!(reply["errors"][0]["message"], "no");
    assert_eq!(reply["extensions"], Value::Null);
    let small: Value =
        serde_json::from_slice(&handed_on(&catalog, r#"{"data":{"deals":[,]}}"#)).expect("JSON");
    assert_eq!(code(&small), "remote-schema-error");
}

#[test]
fn answers_cut_off_at_every_byte() {
    let catalog = catalog("crm");
    for (at, good) in GOOD.iter().enumerate() {
        for end in 0..good.len() {
            let response = with_answer(&catalog, at, &good.as_bytes()[..end]);
            assert_eq!(code(&response), "remote-schema-error", "{at} cut off at {end}");
        }
    }
}

#[test]
fn answers_with_any_byte_replaced() {
    let catalog = catalog("crm");
    for (at, good) in GOOD.iter().enumerate() {
        for index in 0..good.len() {
            for byte in *b"{}[]\",:\\0-n \x00\xff" {
                let mut body = good.as_bytes().to_vec();
                body[index] = byte;
                with_answer(&catalog, at, &body);
            }
        }
    }
}

/// Calls `visit` with each variant of `value` in which one place holds `other`.
fn at_every_place(value: &Value, other: &Value, visit: &mut dyn FnMut(Value)) {
    visit(other.clone());
    match value {
        Value::Object(members) => {
            for (key, inner) in members {
                at_every_place(inner, other, &mut |changed| {
                    let mut members = members.clone();
                    members.insert(key.clone(), changed);
                    visit(Value::Object(members));
                });
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                at_every_place(inner, other, &mut |changed| {
                    let mut items = items.clone();
                    items[index] = changed;
                    visit(Value::Array(items));
                });
            }
        }
        _ => {}
    }
}

#[test]
fn answers_with_wrong_kinds_at_every_place() {
    let catalog = catalog("crm");
    let kinds = [
        json!(null),
        json!(true),
        json!(-1.5e300),
        json!(""),
        json!("text"),
        json!([]),
        json!([null, [7]]),
        json!({}),
        json!({"_0": 1, "_j0": {"_j0": 7}, "unit": [1], "__typename": 3}),
    ];
    for (at, good) in GOOD.iter().enumerate() {
        for kind in &kinds {
            at_every_place(&serde_json::from_str(good).unwrap(), kind, &mut |value| {
                with_answer(&catalog, at, value.to_string().as_bytes());
            });
        }
    }
}

#[test]
fn answers_with_members_twice() {
    let catalog = catalog("crm");
    for (at, good) in GOOD.iter().enumerate() {
        for (index, _) in good.match_indices('{') {
            for extra in [
                "\"_j0\":1,",
                "\"_j1\":[],",
                "\"data\":{},",
                "\"_0\":null,",
                "\"unit\":3,",
                "\"errors\":[1],",
            ] {
                let body = format!("{}{extra}{extra}{}", &good[..=index], &good[index + 1..]);
                with_answer(&catalog, at, body.as_bytes());
            }
        }
        let twice = format!("{},{}", &good[..good.len() - 1], &good[1..]);
        assert_eq!(code(&with_answer(&catalog, at, twice.as_bytes())), "remote-schema-error");
    }
}

#[test]
fn aliases_that_were_never_asked_for() {
    let catalog = catalog("crm");
    for alias in
        ["_3", "_00", "_+0", "_-0", "_0x", "_4294967296", "_18446744073709551616", "_", "__0", "_ 0", "_٣"]
    {
        let body = format!("{{\"data\":{{\"{alias}\":{{\"name\":\"Eve\"}}}}}}");
        let response = with_answer(&catalog, 1, body.as_bytes());
        assert_eq!(code(&response), "remote-schema-error", "{alias}");
        assert_eq!(response["data"]["deals"][0]["owner"], Value::Null, "{alias}");
        let body = json!({"data": null, "errors": [{"message": "m", "path": [alias, 0]}]});
        with_answer(&catalog, 1, body.to_string().as_bytes());
    }
}

#[test]
fn huge_strings_everywhere() {
    let catalog = catalog("crm");
    let huge = "x".repeat(10 << 20);
    for (at, good) in GOOD.iter().enumerate() {
        for place in ["\"A\"", "\"U\"", "7", "\"Ann\"", "\"Cleo\"", "\"Deal\"", "data", "\"_0\"", "\"_j0\""] {
            if good.contains(place) {
                let quoted = if place == "data" { huge.clone() } else { format!("\"{huge}\"") };
                with_answer(&catalog, at, good.replacen(place, &quoted, 1).as_bytes());
            }
        }
        let body = json!({"data": null, "errors": [{"message": huge, "extensions": {"code": huge}}]});
        assert!(code(&with_answer(&catalog, at, body.to_string().as_bytes())) != "no error");
    }
}

#[test]
fn nesting_everywhere() {
    let catalog = catalog("crm");
    for (at, good) in GOOD.iter().enumerate() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"_j0\":[", "]}")] {
            for deep in [format!("{}1{}", open.repeat(100_000), close.repeat(100_000)), open.repeat(100_000)]
            {
                assert_eq!(code(&with_answer(&catalog, at, deep.as_bytes())), "remote-schema-error");
                let (start, end) = good.split_at(good.find(':').unwrap() + 1);
                for body in
                    [format!("{start}{deep},\"x\":{end}"), format!("{{\"errors\":[{deep}],{}", &good[1..])]
                {
                    assert_eq!(code(&with_answer(&catalog, at, body.as_bytes())), "remote-schema-error");
                }
            }
        }
        // As deep as is taken.
        let deep = format!("{}1{}", "[".repeat(110), "]".repeat(110));
        let body = format!(
            "{{\"errors\":[{{\"message\":\"m\",\"path\":{deep},\"extensions\":{{\"x\":{deep}}}}}],{}",
            &good[1..]
        );
        assert_ne!(code(&with_answer(&catalog, at, body.as_bytes())), "no error");
    }
}

#[test]
fn bytes_that_are_no_text() {
    let catalog = catalog("crm");
    for (at, good) in GOOD.iter().enumerate() {
        for (index, _) in good.char_indices() {
            for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\x80"] {
                let mut body = good.as_bytes()[..index].to_vec();
                body.extend_from_slice(bad);
                body.extend_from_slice(&good.as_bytes()[index..]);
                assert_eq!(code(&with_answer(&catalog, at, &body)), "remote-schema-error");
            }
        }
        for body in [&b"\xef\xbb\xbf{}"[..], b"\xff\xfe{\x00}\x00", b"\x1f\x8b\x08\x00"] {
            assert_eq!(code(&with_answer(&catalog, at, body)), "remote-schema-error");
        }
    }
}

#[test]
fn errors_of_every_shape() {
    let catalog = catalog("crm");
    let long_path: Vec<Value> = (0..100_000).map(|index| json!(index)).collect();
    let shapes = [
        json!("text"),
        json!(7),
        json!({}),
        json!({"message": "no list"}),
        json!(["text", 7, null, true, [], {}, [[]]]),
        json!([{"message": {"message": "m"}, "path": "deals", "extensions": "e"}]),
        json!([{"message": "m", "path": [{"a": 1}, null]}, {"message": "m", "path": ["_0", null, {}]}]),
        json!([{"message": "m", "path": ["deals", -1, 1.5, true]}]),
        json!([{"message": "m", "path": ["deals", 0, "_j0", 3, 4]}, {"message": "m", "path": [0, "deals"]}]),
        json!([{"message": "m", "path": ["_2", "unit", "code", "deeper"]}, {"message": "m", "path": ["_2"]}]),
        json!([{"message": "m", "path": ["_0", u64::MAX, i64::MIN]}, {"message": "\u{0}\u{2028}"}]),
        json!([{"message": "m", "path": long_path}]),
        json!([{"message": "m", "path": ["_0"], "extensions": {"remote": [], "relationship": {}, "count": -1}}]),
    ];
    for (at, good) in GOOD.iter().enumerate() {
        for shape in &shapes {
            for data in ["null", "{}", "[]", &good[8..good.len() - 1]] {
                let body = format!("{{\"data\":{data},\"errors\":{shape}}}");
                let response = with_answer(&catalog, at, body.as_bytes());
                let n = response["errors"].as_array().map_or(0, Vec::len);
                assert!((1..=1_001).contains(&n), "{n} errors");
            }
        }
    }
}

#[test]
fn errors_in_great_number() {
    let catalog = catalog("crm");
    let shapes = [
        json!(vec![json!({"message": "m", "path": ["deals", 0, "title"]}); 100_000]),
        json!(vec![json!({"message": "m", "path": ["_0", "name"]}); 100_000]),
        json!(vec![json!({"message": "m"}); 100_000]),
        json!(vec![json!(1); 100_000]),
    ];
    for at in [0, 1] {
        for shape in &shapes {
            let body = format!("{{\"data\":{{}},\"errors\":{shape}}}");
            let response = with_answer(&catalog, at, body.as_bytes());
            assert_eq!(response["errors"].as_array().map_or(0, Vec::len), 1_001);
        }
    }
}

/// Many objects with a relationship: as many sites of as few keys, or as many keys.
fn deals(n: usize, key: impl Fn(usize) -> String) -> String {
    let deals: Vec<String> = (0..n).map(|index| format!("{{\"_j0\":{}}}", key(index))).collect();
    format!("{{\"data\":{{\"deals\":[{}]}}}}", deals.join(","))
}

#[test]
fn errors_at_many_sites() {
    let catalog = catalog("crm");
    let root = deals(100_000, |index| (index % 50).to_string());
    let errors: Vec<Value> = (0..5_000)
        .map(|index| json!({"message": "m", "path": [format!("_{}", index % 50), "name"]}))
        .collect();
    let join = json!({"data": {}, "errors": errors}).to_string();
    let response = respond(
        &catalog,
        "{ deals { owner { name } } }",
        None,
        ErrorStyle::Conjoin,
        &[root.as_bytes(), join.as_bytes()],
    );
    assert_eq!(response["errors"].as_array().unwrap().len(), 1_001);
    assert_eq!(response["data"]["deals"].as_array().unwrap().len(), 100_000);
}

#[test]
fn a_huge_error_at_many_sites() {
    let catalog = catalog("crm");
    let root = deals(1_000, |_| "7".to_owned());
    for n in [1_000_000, 10_000_000] {
        let text = "x".repeat(n);
        let error = json!({"message": text, "path": ["_0"], "extensions": {"trace": text}});
        let join = json!({"data": {"_0": null}, "errors": vec![error; 5]}).to_string();
        let response = respond(
            &catalog,
            "{ deals { owner { name } } }",
            None,
            ErrorStyle::Conjoin,
            &[root.as_bytes(), join.as_bytes()],
        );
        let size = response["errors"].to_string().len();
        assert!(size < 8 << 20, "{size} bytes of errors");
    }
}

#[test]
fn keys_without_end() {
    let catalog = catalog("crm");
    let query = "{ deals { owner { name } } }";
    let root = deals(100_000, |index| index.to_string());
    let response = respond(&catalog, query, None, ErrorStyle::Conjoin, &[root.as_bytes()]);
    assert!(response["errors"].to_string().contains("limit-exceeded"));
    // None of them fits its argument.
    let query = "{ ts { idInt { ok } } }";
    let root = root.replace("deals", "ts").replace("\"_j0\":", "\"_j0\":\"k\",\"x\":");
    respond(&catalog_of_keys(), query, None, ErrorStyle::Conjoin, &[root.as_bytes()]);
    let root = deals(100_000, |index| format!("\"k{index}\"")).replace("deals", "ts");
    let response = respond(&catalog_of_keys(), query, None, ErrorStyle::Conjoin, &[root.as_bytes()]);
    assert_eq!(code(&response), "coercion-error");
    // No site has one.
    let root = format!("{{\"data\":{{\"deals\":[{}{{}}]}}}}", "{},".repeat(100_000));
    let response =
        respond(&catalog, "{ deals { owner { name } } }", None, ErrorStyle::Conjoin, &[root.as_bytes()]);
    assert_eq!(code(&response), "unexpected");
}

fn catalog_of_keys() -> Arc<Catalog> {
    catalog("keys")
}

#[test]
fn responses_that_double_at_each_level() {
    // Both aliases share one join, so the requests stay few while the response has a value for each path.
    let mut query = String::from("{ deal(id: 1) { owner { ...P0 } } }");
    for level in 0..25 {
        let next = level + 1;
        query.push_str(&format!(
            " fragment P{level} on Person {{ a: boss {{ ...P{next} }} b: boss {{ ...P{next} }} }}"
        ));
    }
    query.push_str(" fragment P25 on Person { name }");
    let catalog = catalog("crm");
    let person: Vec<String> = (0..60).map(|alias| format!("\"_j{alias}\":7")).collect();
    let person = format!("{{{},\"name\":\"n\"}}", person.join(","));
    let join = format!("{{\"data\":{{\"_0\":{person}}}}}");
    let root = "{\"data\":{\"deal\":{\"_j0\":7}}}".to_owned();
    let mut answers = vec![root.as_bytes()];
    answers.resize(28, join.as_bytes());
    let response = respond(&catalog, &query, None, ErrorStyle::Conjoin, &answers);
    assert_eq!(code(&response), "limit-exceeded");
    // The last of them fails at 2^25 places.
    answers.truncate(26);
    let response = respond(&catalog, &query, None, ErrorStyle::Conjoin, &answers);
    assert_eq!(code(&response), "limit-exceeded");
}

/// Runs a document that nobody should send; its answers are empty objects.
fn document(catalog: &Arc<Catalog>, query: &str, variables: Option<&str>) -> Value {
    respond(catalog, query, variables, ErrorStyle::Conjoin, &[&b"{\"data\":{}}"[..]; 10])
}

fn refused(catalog: &Arc<Catalog>, query: &str) {
    let response = document(catalog, query, None);
    let shown: String = query.chars().take(200).collect();
    assert!(
        matches!(code(&response), "validation-failed" | "limit-exceeded"),
        "{shown}: {}",
        code(&response)
    );
    assert_eq!(response["data"], Value::Null, "{shown}");
}

#[test]
fn documents_nested_without_end() {
    let catalog = catalog("crm");
    for n in [40, 1_000, 100_000] {
        refused(&catalog, &"{ deals ".repeat(n));
        refused(&catalog, &format!("{{ deals {}{{ id }}{} }}", "{ parent ".repeat(n), "}".repeat(n)));
        refused(&catalog, &format!("{{ search(q: {}1{}) }}", "[".repeat(n), "]".repeat(n)));
        refused(&catalog, &format!("{{ search(q: {}1{}) }}", "{a: ".repeat(n), "}".repeat(n)));
        refused(&catalog, &format!("query ($a: {}Int{}) {{ hit }}", "[".repeat(n), "]".repeat(n)));
        refused(&catalog, &format!("{{ deals {{ {} }}", "... on Deal { ".repeat(n)));
        refused(&catalog, &"{".repeat(n));
        refused(&catalog, &"fragment F on Deal { ...F } ".repeat(n));
    }
}

/// `n` fragments, each spreading the next one in the places that `body` marks with `#`.
fn chain(n: usize, ty: &str, body: &str, last: &str, start: &str) -> String {
    let mut text = String::from(start);
    for index in 0..n {
        let next = format!("...F{}", index + 1);
        text.push_str(&format!(" fragment F{index} on {ty} {{ {} }}", body.replace('#', &next)));
    }
    text + &format!(" fragment F{n} on {ty} {{ {last} }}")
}

#[test]
fn fragments_that_multiply() {
    let crm = catalog("crm");
    let pets = catalog("pets");
    for n in [5, 12, 22, 28] {
        let deals = "{ deals { ...F0 } }";
        document(&crm, &chain(n, "Deal", "# #", "id", deals), None);
        document(&crm, &chain(n, "Deal", "# ... on Deal { # }", "id owner { name }", deals), None);
        document(&crm, &chain(n, "Deal", "# ... on Node { ... on Deal { # } }", "id", deals), None);
        document(
            &crm,
            &chain(
                n,
                "Deal",
                "... on Node { ... on Deal { # } } ... on Named { ... on Deal { # } }",
                "id",
                deals,
            ),
            None,
        );
        document(&crm, &chain(n, "Deal", "a: parent { # } b: parent { # }", "id", deals), None);
        document(&crm, &chain(n, "Deal", "parent { # } parent { # }", "id", deals), None);
        let staff = "{ deals { owner { ...F0 } } }";
        document(&crm, &chain(n, "Person", "a: boss { # } b: boss { # }", "id", staff), None);
        document(&crm, &chain(n, "Person", "a: boss { # } b: boss { # id }", "id", staff), None);
        document(&crm, &chain(n, "Person", "boss { # } boss { # }", "id", staff), None);
        let being = "{ being { ...F0 } }";
        document(
            &pets,
            &chain(
                n,
                "Being",
                "... on Animal { ... on Being { # } } ... on Cat { ... on Being { # } }",
                "name pedigree",
                being,
            ),
            None,
        );
        document(
            &pets,
            &chain(
                n,
                "Being",
                "... on Animal { friend { # } } ... on Cat { friend { # } } friend { # }",
                "name pedigree",
                being,
            ),
            None,
        );
    }
}

#[test]
fn fragments_in_a_row_and_in_a_ring() {
    let catalog = catalog("crm");
    for n in [100, 1_000, 2_400, 5_000] {
        document(&catalog, &chain(n, "Deal", "#", "id", "{ deals { ...F0 } }"), None);
        document(&catalog, &chain(n, "Deal", "#", "id", "{ hit { __typename } }"), None);
        document(&catalog, &chain(n, "Deal", "... on Deal { # }", "nope", "{ deals { ...F0 } }"), None);
        refused(&catalog, &chain(n, "Deal", "parent { # }", "id", "{ deals { ...F0 } }"));
        refused(&catalog, &chain(n, "Deal", "#", "...F0", "{ deals { ...F0 } }"));
        refused(&catalog, &chain(n, "Deal", "parent { # }", "parent { ...F0 }", "{ deals { ...F0 } }"));
    }
    refused(&catalog, "{ deals { ...F } } fragment F on Deal { ...F }");
    refused(
        &catalog,
        "{ deals { ...A } } fragment A on Deal { ...B } fragment B on Deal { parent { ...A } }",
    );
}

#[test]
fn very_many_of_one_thing() {
    let catalog = catalog("crm");
    let many = |n: usize, one: &dyn Fn(usize) -> String| (0..n).map(one).collect::<Vec<_>>().join(" ");
    for n in [900, 100_000] {
        document(&catalog, &format!("{{ {} }}", many(n, &|i| format!("a{i}: hit {{ __typename }}"))), None);
        document(
            &catalog,
            &format!("{{ deals {{ {} }} }}", many(n, &|i| format!("a{i}: owner {{ name }}"))),
            None,
        );
        document(
            &catalog,
            &format!("{{ deals {{ {} }} }}", many(n, &|i| format!("a{i}: owner {{ id a{i}: name }}"))),
            None,
        );
        document(&catalog, &format!("{{ deals {{ {} }} }}", many(n, &|_| "owner { name }".to_owned())), None);
        document(&catalog, &format!("{{ deals {{ {} }} }}", many(n, &|_| "title".to_owned())), None);
        document(&catalog, &format!("{{ __typename {} }}", many(n, &|_| "@skip(if: true)".to_owned())), None);
        document(&catalog, &many(n, &|i| format!("query Q{i} {{ hit {{ __typename }} }}")), None);
        refused(
            &catalog,
            &format!("query ({}) {{ hit {{ __typename }} }}", many(n, &|i| format!("$v{i}: Int"))),
        );
        document(
            &catalog,
            &format!(
                "{{ deals {{ team(filter: {{name: {{in: [{}]}}}}) {{ id }} }} }}",
                many(n, &|_| "\"x\"".to_owned())
            ),
            None,
        );
        refused(
            &catalog,
            &format!("{{ deals {{ team(filter: {{{}}}) {{ id }} }} }}", many(n, &|i| format!("a{i}: 1"))),
        );
        document(
            &catalog,
            &format!(
                "{{ deals {{ {} }} }}",
                many(n, &|i| format!("... @include(if: {}) {{ id }}", i % 2 == 0))
            ),
            None,
        );
    }
    document(&catalog, &"#".repeat(1 << 20), None);
    document(&catalog, &format!("{}{{ hit {{ __typename }} }}", ",\n".repeat(500_000)), None);
}

#[test]
fn literals_and_characters_that_do_not_belong() {
    let catalog = catalog("crm");
    let huge = "x".repeat(10 << 20);
    document(&catalog, &format!("{{ search(q: \"{huge}\") {{ __typename }} }}"), None);
    document(&catalog, &format!("{{ search(q: \"\"\"{huge}\"\"\") {{ __typename }} }}"), None);
    refused(&catalog, &format!("{{ {huge} }}"));
    refused(&catalog, &format!("{{ deal(id: {}) {{ id }} }} @", "9".repeat(1 << 20)));
    document(&catalog, &format!("{{ deal(id: {}) {{ id }} }}", "9".repeat(1 << 20)), None);
    refused(
        &catalog,
        &format!("{{ deals {{ team(filter: {{minAge: {}}}) {{ id }} }} }}", "9".repeat(10_000)),
    );
    for text in [
        "\u{0}",
        "{ \u{0} }",
        "{ hit { __typename } }\u{0}",
        "{ search(q: \"\u{0}\") { __typename } }",
        "\u{feff}",
        "{ search(q: \"\\x\") { __typename } }",
        "{ search(q: \"\\u12\") { __typename } }",
        "{ search(q: \"\\ud800\") { __typename } }",
        "{ search(q: \"\\u{110000}\") { __typename } }",
        "{ search(q: \"",
        "{ search(q: \"\"\"",
        "{ search(q: \"a\nb\") { __typename } }",
        "{ é }",
        "{ \u{202e} }",
        "{ deal(id: 00) { id } }",
        "{ deal(id: 1e) { id } }",
        "{ deal(id: -) { id } }",
        "&",
        "{ deals { ... } }",
        "{}",
        "type Query { a: Int }",
        "extend schema { query: Deal }",
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
    ] {
        let response = document(&catalog, text, None);
        assert_ne!(code(&response), "no error", "{text:?}");
    }
}

#[test]
fn documents_cut_off_at_every_character() {
    let catalog = catalog("crm");
    let query = "query Q($a: [Int!] = [1, 2], $f: PersonFilter_remote_rel_crmteam!) { deals @include(if: true) { t: title \
                 ...F team(filter: $f) { id } } } fragment F on Deal { owner(at: \"\\u00e9\") { name } tags { id } }";
    for (end, _) in query.char_indices() {
        assert_ne!(code(&document(&catalog, &query[..end], Some("{\"f\":{}}"))), "no error", "{end}");
    }
}

#[test]
fn variables_of_every_shape() {
    let catalog = catalog("crm");
    let query = "query Q($a: [Instant], $f: PersonFilter_remote_rel_crmteam!, $w: [PersonFilter_remote_rel_crmsquad!], $b: Boolean) \
                 { deals { owner(at: $a, active: $b) { name } team(filter: $f) { id } squad(where: $w) { id } } }"
        .replace("[Instant]", "Instant");
    let run = |variables: &str| {
        let root = br#"{"data":{"deals":[{"_j0":7,"_j1":7,"_j2":7}]}}"#;
        let join = br#"{"data":{"_0":null,"_1":[],"_2":[]}}"#;
        respond(&catalog, &query, Some(variables), ErrorStyle::Conjoin, &[root, join])
    };
    let good = r#"{"a":{"x":[1.50,"\u00e9\""]},"f":{"minAge":1,"name":{"in":["a","b"]}},"w":[{"minAge":2},{}],"b":null}"#;
    assert_eq!(code(&run(good)), "no error");
    for end in 0..good.len() {
        assert_eq!(code(&run(&good[..end])), "validation-failed", "{end}");
        for byte in ["{", "}", "[", "\"", ",", "\\", "0", "\u{0}", "n"] {
            run(&format!("{}{byte}{}", &good[..end], &good[end + 1..]));
        }
    }
    for kind in [
        json!(null),
        json!(1),
        json!("s"),
        json!([]),
        json!({}),
        json!([[{}]]),
        json!({"minAge": {"minAge": 1}}),
    ] {
        at_every_place(&serde_json::from_str(good).unwrap(), &kind, &mut |value| {
            run(&value.to_string());
        });
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let huge = "x".repeat(10 << 20);
    for text in [
        format!("{{\"f\":{{}},\"a\":{deep}}}"),
        format!("{{\"f\":{deep}}}"),
        deep.clone(),
        "{\"f\":".repeat(100_000),
        format!("{{\"{huge}\":1}}"),
        format!("{{\"f\":{{\"{huge}\":1}}}}"),
        format!("{{\"f\":{{\"minAge\":\"{huge}\"}}}}"),
        format!("{{\"f\":{{\"minAge\":{}}}}}", "9".repeat(1 << 20)),
    ] {
        assert_eq!(code(&run(&text)), "validation-failed");
    }
    run(&format!("{{\"f\":{{}},\"a\":\"{huge}\"}}"));
    run(&format!("{{\"f\":{{}},\"w\":[{}{{}}]}}", "{},".repeat(100_000)));
    run(&format!("{{{}\"f\":{{}}}}", "\"f\":{},".repeat(100_000)));
    run(&format!("{{\"f\":{{{}\"minAge\":1}}}}", "\"minAge\":1,".repeat(100_000)));
}

#[test]
fn batches_of_every_shape() {
    let catalog = catalog("batch");
    let query = "{ orders { user { name } notes { text author { name } } slot { label } } }";
    let root = r#"{"data":{"orders":[{"_j0":1,"_j2":1,"_j6":1,"_j6_1":"a"},{"_j0":null,"_j2":2,"_j6":1,"_j6_1":"b"}]}}"#;
    let join = r#"{"data":{"_0":{"nodes":[{"name":"one","_j1":"1"}]},"_1":[{"text":"t","_j3":5,"_j5":"1"}],"_2":[{"label":"l","_j7":"1","_j8":"a"}]}}"#;
    let last = r#"{"data":{"_0":{"nodes":[{"name":"five","_j4":"5"}]}}}"#;
    let run = |join: &[u8]| {
        let answers = [root.as_bytes(), join, last.as_bytes()];
        respond(&catalog, query, None, ErrorStyle::Hasura, &answers);
        respond(&catalog, query, None, ErrorStyle::Conjoin, &answers)
    };
    let good = run(join.as_bytes());
    assert_eq!(good["errors"], Value::Null);
    assert_eq!(good["data"]["orders"][0]["notes"][0]["author"]["name"], "five");
    for end in 0..join.len() {
        assert_eq!(code(&run(&join.as_bytes()[..end])), "remote-schema-error");
        for byte in *b"{}[]\",:\\0-n " {
            let mut body = join.as_bytes().to_vec();
            body[end] = byte;
            run(&body);
        }
    }
    for kind in [
        json!(null),
        json!(7),
        json!("1"),
        json!([]),
        json!([[{"_j1": "1"}]]),
        json!([{}, {}]),
        json!({"_j1": {}}),
    ] {
        at_every_place(&serde_json::from_str(join).unwrap(), &kind, &mut |value| {
            run(value.to_string().as_bytes());
        });
    }
    // The element that was asked for many times, strangers, and elements without a key.
    for element in [r#"{"name":"x","_j1":"1"}"#, r#"{"name":"x","_j1":"77"}"#, r#"{"name":"x"}"#, "null"] {
        let body =
            join.replacen("[{\"name\"", &format!("[{}{{\"name\"", format!("{element},").repeat(50_000)), 1);
        run(body.as_bytes());
    }
}
