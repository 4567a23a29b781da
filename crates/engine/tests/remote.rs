//! Introspection answers as whole: what a server says of a schema gives that schema again, and hostile answers give errors.

use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::{ExecutableDocument, Schema, introspection};
use engine::remote::{
    INTROSPECTION_QUERY, IntrospectionError, OLD_INTROSPECTION_QUERY, RemoteSchema, introspect_sdl,
    read_introspection, read_sdl,
};
use serde_json::json;

const SDL: &str = r#"
"The schema."
schema { query: Root mutation: Change subscription: Event }

"Where it starts."
type Root {
  "A node."
  node("Its ID." id: ID!, deep: [[[Int!]!]!]! = [[[1]]]): Node @deprecated(reason: "use nodes")
  nodes(filter: Filter = {kind: BIG, either: {a: 1}, text: "a\"b\\\n"}, old: Int @deprecated): [Node!]!
  found: [Found]
}
type Change { set(by: Either!): Boolean }
type Event { changed: Node }
interface Node { id: ID! }
interface Named implements Node { id: ID! name: String }
type Thing implements Node & Named { id: ID! name: String size: Float at: Date }
type Other implements Node { id: ID! }
union Found = Thing | Other
enum Kind { "Big." BIG SMALL @deprecated(reason: "") }
"Days." scalar Date @specifiedBy(url: "https://dates.test/spec")
input Filter { kind: Kind! = SMALL either: Either text: String = "" all: [Int] = [1, null] }
input Either @oneOf { a: Int b: String @deprecated }
"Cost." directive @cost(weight: Int = 1) repeatable on FIELD_DEFINITION | OBJECT
"#;

fn introspect(remote: &RemoteSchema, query: &str) -> Vec<u8> {
    let schema = remote.schema.clone().validate().expect("the schema is valid");
    let document =
        ExecutableDocument::parse_and_validate(&schema, query, "query.graphql").expect("the query is valid");
    let operation = document.operations.get(None).expect("there is one operation");
    let variables =
        coerce_variable_values(&schema, operation, &Default::default()).expect("it has no variables");
    let implementers = schema.implementers_map();
    let answer = introspection::partial_execute(&schema, &implementers, &document, operation, &variables)
        .expect("introspection succeeds");
    serde_json::to_vec(&answer).expect("the answer is JSON")
}

#[test]
fn newest_query_round_trips() {
    let remote = read_sdl(SDL).expect("the SDL is sound");
    let again = read_introspection(&introspect(&remote, INTROSPECTION_QUERY)).expect("the answer is sound");
    assert_eq!(again.warnings, Vec::<String>::new());
    // Validation leaves out the built-in scalars that nothing uses.
    let normal = |schema: Schema| schema.validate().expect("the schema is valid").into_inner();
    let (again_schema, schema) = (normal(again.schema), normal(remote.schema));
    assert!(again_schema == schema, "----- read\n{again_schema}\n----- introspected\n{schema}");
    assert_eq!((again.query_root, again.mutation_root), (remote.query_root, remote.mutation_root));
    assert_eq!(again.subscription_root, remote.subscription_root);
}

#[test]
fn old_query_reads_what_it_asks_for() {
    let remote = read_sdl(SDL).expect("the SDL is sound");
    let again =
        read_introspection(&introspect(&remote, OLD_INTROSPECTION_QUERY)).expect("the answer is sound");
    assert!(again.schema.get_interface("Named").is_some());
    assert!(!again.schema.get_input_object("Either").expect("it is read").is_one_of());
    for word in ["isOneOf", "isRepeatable", "specifiedByURL", "args(includeDeprecated"] {
        assert!(!OLD_INTROSPECTION_QUERY.contains(word), "{word} is younger than 2018");
    }
}

fn refusal(answer: impl AsRef<[u8]>) -> IntrospectionError {
    read_introspection(answer.as_ref()).expect_err("the answer is unusable")
}

fn query_of(fields: &serde_json::Value) -> serde_json::Value {
    json!({"data": {"__schema": {"queryType": {"name": "Query"}, "types": [{"kind": "OBJECT", "name": "Query", "fields": fields}]}}})
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = format!(
        "{}{}",
        r#"{"data":{"__schema":{"types":[{"fields":[{"type":"#,
        r#"{"ofType":"#.repeat(100_000)
    );
    assert!(refusal(deep).message.contains("recursion limit"));
    assert!(refusal("[".repeat(5_000_000)).message.starts_with("Error in $: "));
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    assert!(!refusal(b"{\"data\":{\"__schema\":{\"description\":\"\xff\xfe\"}}}").refused);
    assert!(!refusal(b"\x00\x01\x02").refused);
    assert!(!refusal(b"").refused);
}

#[test]
fn long_strings_stay_out_of_warnings() {
    let long = "x-".repeat(5 << 20);
    let answer = query_of(&json!([
        {"name": "a", "type": {"kind": "SCALAR", "name": "Int"}, "description": long,
         "args": [{"name": "v", "type": {"kind": "SCALAR", "name": "Int"}, "defaultValue": long}]},
        {"name": long, "type": {"kind": "SCALAR", "name": "Int"}},
        {"name": "b", "type": {"kind": long}},
    ]));
    let remote = read_introspection(answer.to_string().as_bytes()).expect("the rest is sound");
    assert_eq!(remote.warnings.len(), 3);
    assert!(remote.warnings.iter().all(|warning| warning.len() < 500), "{:?}", remote.warnings);
}

#[test]
fn long_chains_end() {
    let chain = |kind: &str, fields: &str, n: usize| -> Vec<serde_json::Value> {
        (0..n)
            .map(|i| {
                let next =
                    json!({"kind": "NON_NULL", "ofType": {"kind": kind, "name": format!("T{}", i + 1)}});
                json!({"kind": kind, "name": format!("T{i}"), fields: [{"name": "next", "type": next}]})
            })
            .collect()
    };
    let answer = |types: Vec<serde_json::Value>| {
        let mut answer = query_of(&json!([{"name": "a", "type": {"kind": "SCALAR", "name": "Int"}}]));
        answer["data"]["__schema"]["types"].as_array_mut().expect("types are a list").extend(types);
        answer.to_string()
    };
    // The last type of each chain refers to nothing, so that the whole chain falls, from its end to its start.
    assert!(refusal(answer(chain("OBJECT", "fields", 2_000))).message.contains("breaks anew"));
    assert!(refusal(answer(chain("INPUT_OBJECT", "inputFields", 2_000))).message.contains("breaks anew"));
    assert!(read_introspection(answer(chain("OBJECT", "fields", 20)).as_bytes()).is_ok());
    // A chain that holds is deep for whoever walks it.
    let mut sound = chain("INPUT_OBJECT", "inputFields", 5_000);
    sound.push(json!({"kind": "SCALAR", "name": "T5000"}));
    assert!(read_introspection(answer(sound).as_bytes()).is_ok());
    let mut ring = chain("INPUT_OBJECT", "inputFields", 5_000);
    ring.push(json!({"kind": "INPUT_OBJECT", "name": "T5000", "inputFields":
        [{"name": "next", "type": {"kind": "NON_NULL", "ofType": {"kind": "INPUT_OBJECT", "name": "T0"}}}]}));
    let remote =
        read_introspection(answer(ring).as_bytes()).expect("nobody can give such a value, and that is all");
    assert!(remote.schema.get_input_object("T0").is_none());
}

#[test]
fn a_field_defined_twice_costs_only_its_repetition() {
    let remote = read_sdl("type Query { a: Int b: Thing a: String } type Thing { c: Int }")
        .expect("the SDL is usable");
    let query = remote.schema.get_object("Query").expect("there is a query root");
    assert_eq!(query.fields["a"].ty.to_string(), "Int", "the first one counts");
    assert!(
        remote.warnings.iter().any(|warning| warning.contains("duplicate definitions")),
        "{:?}",
        remote.warnings
    );
    read_sdl("type Query { a: Int").expect_err("what does not parse is refused");
}

#[test]
fn sdl_is_read_as_the_answer_of_a_server_that_has_it() {
    let remote = read_sdl(SDL).expect("the SDL is sound");
    let answer = introspect_sdl(SDL).expect("the SDL is sound");
    assert_eq!(answer.as_bytes(), introspect(&remote, INTROSPECTION_QUERY));

    // Flaws are found when the answer is read, as with any other.
    let flawed = "type Query { a: Int b: Missing } type Query { c: Int } interface Node { id: ID } type A implements Node { a: Int }";
    let answer = introspect_sdl(flawed).expect("what is sound of it is served");
    let again = read_introspection(answer.as_bytes()).expect("the answer is sound");
    assert!(again.schema.type_field("Query", "a").is_ok());
    assert!(again.schema.type_field("Query", "b").is_err());
}

#[test]
fn hostile_sdl_is_refused() {
    let deep = format!("type Query {{ a: {}Int{} }}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_value = format!("type Query {{ a(b: Int = {}): Int }}", "[".repeat(100_000));
    for sdl in ["", "{", "query { a }", "type Query {", "scalar Query", &deep, &deep_value] {
        let error = introspect_sdl(sdl).expect_err("nothing can be served of it");
        assert!(!error.refused && error.message.len() < 700, "{}", error.message.len());
    }
}
