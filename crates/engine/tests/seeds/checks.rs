//! What must hold for any bytes. The fuzzing targets of `fuzz/` are these functions, and so is the test beside this file,
//! which runs them over the seeds.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use engine::catalog::{Catalog, Introspection, Options, build};
use engine::json::{Cursor, Kind, SyntaxError};
use engine::operation::{Limits, Operation};
use engine::remote::{RemoteSchema, read_introspection, read_sdl};
use engine::run::{ErrorStyle, Run};
use metadata::{Document, Permission};
use serde::de::IgnoredAny;

/// Between the answers in an input of [`assemble`].
const SEPARATOR: u8 = 0x1e;

/// What the answers of [`assemble`] are answers to; the first byte of the input chooses.
const QUERIES: [&str; 4] = [
    "{ order(no: 1) { buyer { id key } data similar(filter: {name: \"x\", inner: {}}) { __typename } } }",
    "{ t: __typename orders { no boss { key orders(limit: 1) { id owner { id } } } lines { id __typename } } }",
    "{ thing(id: 1) { __typename owner { key tags } ... on Order { total owner { id } } } people { user(id: 2) { orders { no } } } }",
    "mutation { a: place(no: 1) { buyer { orders { id } } } drop { id owner { key } } }",
];

/// An operation with variables of every kind.
const VARIABLES: &str = "
query ($a: Int!, $b: Float, $c: [ID!], $d: Json, $e: Kind, $f: Boolean = true, $g: Filter_remote_rel_asimilar! = {name: \"d\"}) {
  order(no: $a, rate: $b, data: $d) { buyer @include(if: $f) { id } data similar(filter: $g, limit: $a) { id } }
  orders(ids: $c) { lines { count(of: $a, kind: $e) } }
}";

static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let remote = |name: &str, sdl: &str| {
        (name.to_owned(), Introspection::Fresh(Arc::new(read_sdl(sdl).expect("the schema is valid"))))
    };
    let remotes =
        BTreeMap::from([remote("a", include_str!("a.graphql")), remote("b", include_str!("b.graphql"))]);
    let metadata = serde_json::from_str(include_str!("metadata.json")).expect("the metadata is JSON");
    let document = Document::from_json(&metadata).expect("the metadata is valid");
    let (catalog, problems) = build(&document, &remotes, Options::default(), 1);
    assert!(problems.is_empty(), "{problems:#?}");
    Arc::new(catalog)
});

fn parse(query: &str) -> Option<Operation> {
    let role = Arc::clone(CATALOG.role("admin"));
    Operation::parse(Arc::clone(&CATALOG), role, query, None, Limits::default()).ok()
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// The cursor accepts what the JSON library accepts, on both ways to walk.
pub(crate) fn scanner(bytes: &[u8]) {
    if std::str::from_utf8(bytes).is_err() {
        return;
    }
    let skipped = Cursor::new(bytes).and_then(|mut cursor| {
        cursor.value()?;
        cursor.end()
    });
    let walked = Cursor::new(bytes).and_then(|mut cursor| {
        walk(&mut cursor)?;
        cursor.end()
    });
    assert_eq!(skipped.is_ok(), walked.is_ok(), "{skipped:?} {walked:?}");
    let is_too_deep = skipped.is_err_and(|error| error.what.contains("deep"));
    assert!(is_too_deep || skipped.is_ok() == is_json(bytes), "{skipped:?}");
}

fn walk(cursor: &mut Cursor<'_>) -> Result<(), SyntaxError> {
    match cursor.kind()? {
        Kind::Object => {
            let mut members = cursor.enter_object()?;
            while cursor.member(&mut members)?.is_some() {
                walk(cursor)?;
            }
            Ok(())
        }
        Kind::Array => {
            let mut elements = cursor.enter_array()?;
            while cursor.element(&mut elements)? {
                walk(cursor)?;
            }
            Ok(())
        }
        Kind::String => cursor.string().map(drop),
        _ => cursor.value().map(drop),
    }
}

/// Whatever the upstreams answer, the response is JSON.
pub(crate) fn assemble(bytes: &[u8]) {
    let Some((choice, answers)) = bytes.split_first() else { return };
    let query = QUERIES[usize::from(*choice) % QUERIES.len()];
    for style in [ErrorStyle::Conjoin, ErrorStyle::Hasura] {
        let bound = parse(query)
            .and_then(|operation| operation.bind(None, &|_| None).ok())
            .expect("the query is valid");
        let mut run = Run::new(bound, Limits::default(), style, true);
        let mut answers = answers.split(|byte| *byte == SEPARATOR).map(Bytes::copy_from_slice);
        let mut waiting = run.ready();
        while let Some(fetch) = waiting.pop() {
            assert!(is_json(&fetch.body), "{:?}", fetch.body);
            run.supply(fetch.id, Ok(answers.next().unwrap_or_default()));
            waiting.extend(run.ready());
        }
        assert!(run.is_done());
        let reply = run.finish();
        assert!(is_json(&reply.body), "{:?}", reply.body);
    }
}

/// Any text is refused or planned; that each planned operation is valid is checked where it is made.
pub(crate) fn plan(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else { return };
    let Some(operation) = parse(query) else { return };
    let Ok(bound) = operation.bind(None, &|_| None) else { return };
    let mut run = Run::new(bound, Limits::default(), ErrorStyle::Conjoin, true);
    for fetch in run.ready() {
        assert!(is_json(&fetch.body), "{:?}", fetch.body);
    }
}

/// Any introspection answer is refused, or gives a schema that can be served.
pub(crate) fn introspection(bytes: &[u8]) {
    let Ok(remote) = read_introspection(bytes) else { return };
    serve(remote);
}

fn serve(remote: RemoteSchema) {
    let metadata = serde_json::json!({"version": 3, "remote_schemas": [
        {"name": "a", "definition": {"url": "http://a.test", "customization": {"type_names": {"prefix": "A_"}}}}]});
    let document = Document::from_json(&metadata).expect("the metadata is valid");
    let remotes = BTreeMap::from([("a".to_owned(), Introspection::Fresh(Arc::new(remote)))]);
    build(&document, &remotes, Options::default(), 1);
}

/// Any variables are refused or make requests that are JSON.
pub(crate) fn variables(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let operation = parse(VARIABLES).expect("the query is valid");
    let Ok(bound) = operation.bind(Some(text), &|_| None) else { return };
    assert!(is_json(bytes));
    let mut run = Run::new(bound, Limits::default(), ErrorStyle::Conjoin, true);
    let answer = br#"{"data":{"order":{"_j0":"1","data":7,"_j1":"1","_j1_1":2}}}"#;
    let mut waiting = run.ready();
    while let Some(fetch) = waiting.pop() {
        assert!(is_json(&fetch.body), "{:?}", fetch.body);
        run.supply(fetch.id, Ok(Bytes::from_static(answer)));
        waiting.extend(run.ready());
    }
}

/// Any permission, SDL or a list of denied paths, gives a valid schema, and without a flaw the same for a second time.
pub(crate) fn permission(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (schema, deny) = match text.strip_prefix("*\n") {
        Some(paths) => ("*".to_owned(), paths.lines().map(str::to_owned).collect()),
        None => (text.to_owned(), Vec::new()),
    };
    let permission = Permission { role: "user".into(), schema, deny, comment: None };
    let upstream = &CATALOG.remotes[0].schema;
    let reading = engine::permission::read(upstream, &permission);
    let again = engine::permission::read(upstream, &permission);
    assert!(again.granted.is_same(&reading.granted));
    assert_eq!(again.flaw, reading.flaw);

    let metadata = serde_json::json!({"version": 3, "remote_schemas": [
        {"name": "a", "definition": {"url": "http://a.test"}, "permissions": [permission]}]});
    let document = Document::from_json(&metadata).expect("the metadata is valid");
    let remotes = BTreeMap::from([("a".to_owned(), Introspection::Fresh(Arc::clone(upstream)))]);
    let (catalog, problems) = build(&document, &remotes, Options::default(), 1);
    let n_expected = usize::from(reading.flaw.is_some()) + usize::from(!reading.warnings.is_empty());
    assert_eq!(problems.len(), n_expected, "{problems:#?}");
    let schema = &catalog.role("user").schema;
    if let Err(invalid) = (**schema).clone().validate() {
        panic!("{text}\n{}\n{}", **schema, invalid.errors);
    }
}
