//! What a remote of the test kit does: every rule of the data file, every way to misbehave.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Answer, Behaviour, Remote};

const SDL: &str = r#"
    type Query {
      user(id: ID): User
      users(ids: [ID!]!): [User]!
      reversed(ids: [ID!]!): [User]!
      stored(ids: [ID!]!): [User!]!
      search(filter: Filter, limit: Int, offset: Int): [User!]!
      hits: [Hit!]!
      named(name: String!): Named
      grid: [[Int!]]!
      echo(text: String = "none", list: [Int]): Echo
      broken: Int
      whoami: String
      big: BigInt
    }
    type Mutation { add(name: String!): User!  rename(id: ID!, name: String!): User  remove(id: ID!): User }
    scalar BigInt
    input Filter { id: Compare, name: Compare, address: Filter2, _or: [Filter!], _not: Filter }
    input Filter2 { city: Compare }
    input Compare { _eq: ID, _in: [ID!], _gt: Int }
    interface Named { name: String }
    type User implements Named { id: ID!, name: String, height: Float, friends: [User!]!, secret: String, address: Address }
    type Address { city: String }
    type Note { text: String }
    union Hit = User | Note
    type Echo { text: String, list: [Int] }
"#;

const DATA: &str = r##"{
  "tables": {
    "users": [
      {"id": 1, "name": "Alice", "height": 170, "secret": {"$error": "not for you"}, "address": {"city": "Rome"}},
      {"id": 2, "name": "Bob", "height": 180.5, "address": {"city": "Oslo"}, "__typename": "User"},
      {"id": 3, "name": "Carol", "$error": {"message": "row 3 is broken", "extensions": {"code": "BROKEN"}}}
    ],
    "friends": [{"of": 1, "id": 2, "name": "Bob"}]
  },
  "resolve": {
    "Query.user": {"find": {"in": "users", "where": {"id": "$id"}}},
    "Query.users": {"each": {"in": "users", "by": "id", "keys": "$ids"}},
    "Query.reversed": {"each": {"in": "users", "by": "id", "keys": "$ids", "order": "reversed"}},
    "Query.stored": {"each": {"in": "users", "by": "id", "keys": "$ids", "order": "stored", "missing": "skip"}},
    "Query.search": {"list": {"in": "users", "where": "$filter", "limit": "$limit", "offset": "$offset"}},
    "Query.hits": {"value": [{"__typename": "Note", "text": "hello"}, {"__typename": "User", "id": 9}]},
    "Query.named": {"find": {"in": "users", "where": {"name": "$name"}}},
    "Query.grid": {"value": [[1, 2], null, []]},
    "Query.echo": {"value": {"text": "$text", "list": "$list"}},
    "Query.broken": {"error": {"message": "out of order", "extensions": {"code": "OUT"}}},
    "Query.whoami": {"value": "#authorization"},
    "Query.big": {"value": 9223372036854775807},
    "User.friends": {"list": {"in": "friends", "where": {"of": ".id"}}},
    "Mutation.add": {"insert": {"in": "users", "row": {"name": "$name"}, "serial": "id"}},
    "Mutation.rename": {"update": {"in": "users", "where": {"id": "$id"}, "set": {"name": "$name"}}},
    "Mutation.remove": {"delete": {"in": "users", "where": {"id": "$id"}}}
  }
}"##;

async fn remote() -> Remote {
    Remote::start(SDL, DATA).await.unwrap()
}

async fn send(remote: &Remote, body: &Value) -> reqwest::Result<(u16, String)> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
    let request = client.post(remote.url()).header("content-type", "application/json");
    let response = request.header("authorization", "me").body(body.to_string()).send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

async fn ask(remote: &Remote, query: &str) -> Value {
    let (_, body) = send(remote, &json!({"query": query})).await.unwrap();
    serde_json::from_str(&body).unwrap()
}

async fn data(remote: &Remote, query: &str) -> Value {
    let response = ask(remote, query).await;
    assert_eq!(response.get("errors"), None, "{response}");
    response["data"].clone()
}

#[tokio::test]
async fn rows_are_found_by_key_whatever_its_form() {
    let remote = remote().await;
    assert_eq!(
        data(&remote, "{ user(id: 2) { id name height } }").await,
        json!({"user": {"id": "2", "name": "Bob", "height": 180.5}})
    );
    assert_eq!(data(&remote, r#"{ user(id: "1") { height } }"#).await, json!({"user": {"height": 170.0}}));
    assert_eq!(
        data(&remote, "{ a: user(id: 99) { name } b: user { name } }").await,
        json!({"a": null, "b": null})
    );
    assert_eq!(
        data(&remote, "{ user(id: 1) { friends { name } } }").await,
        json!({"user": {"friends": [{"name": "Bob"}]}})
    );
}

#[tokio::test]
async fn lists_by_keys_come_in_the_order_that_the_rule_says() {
    let remote = remote().await;
    let names = |ids: &str, field: &str| format!("{{ {field}(ids: {ids}) {{ name }} }}");
    let answer = data(&remote, &names("[2, 7, 1]", "users")).await;
    assert_eq!(answer, json!({"users": [{"name": "Bob"}, null, {"name": "Alice"}]}));
    let answer = data(&remote, &names("[2, 7, 1]", "reversed")).await;
    assert_eq!(answer, json!({"reversed": [{"name": "Alice"}, null, {"name": "Bob"}]}));
    let answer = data(&remote, &names("[2, 7, 1]", "stored")).await;
    assert_eq!(answer, json!({"stored": [{"name": "Alice"}, {"name": "Bob"}]}));
}

#[tokio::test]
async fn filters_of_input_types_are_conditions() {
    let remote = remote().await;
    for (filter, expected) in [
        ("filter: {id: {_in: [1, 2]}}", json!(["Alice", "Bob"])),
        ("filter: {id: {_gt: 1, _in: [1, 2]}}", json!(["Bob"])),
        ("filter: {address: {city: {_eq: \"Oslo\"}}}", json!(["Bob"])),
        ("filter: {_or: [{id: {_eq: 1}}, {name: {_eq: \"Bob\"}}]}", json!(["Alice", "Bob"])),
        ("filter: {_not: {id: {_in: [1, 3]}}}", json!(["Bob"])),
        ("filter: {id: {_in: [1, 2]}}, limit: 1, offset: 1", json!(["Bob"])),
        ("limit: 1", json!(["Alice"])),
    ] {
        let answer = data(&remote, &format!("{{ search({filter}) {{ name }} }}")).await;
        let names: Vec<_> =
            answer["search"].as_array().unwrap().iter().map(|user| user["name"].clone()).collect();
        assert_eq!(Value::Array(names), expected, "{filter}");
    }
}

#[tokio::test]
async fn abstract_types_lists_of_lists_and_big_numbers() {
    let remote = remote().await;
    let answer =
        data(&remote, "{ hits { __typename ... on Note { text } ... on User { id } } grid big }").await;
    assert_eq!(
        answer,
        json!({
            "hits": [{"__typename": "Note", "text": "hello"}, {"__typename": "User", "id": "9"}],
            "grid": [[1, 2], null, []], "big": 9_223_372_036_854_775_807_u64
        })
    );
    assert_eq!(data(&remote, r#"{ named(name: "Bob") { name } }"#).await, json!({"named": {"name": "Bob"}}));
}

#[tokio::test]
async fn arguments_and_headers_can_be_echoed() {
    let remote = remote().await;
    let answer =
        data(&remote, "{ a: echo(text: \"x\", list: [1, null]) { text list } b: echo { text list } whoami }")
            .await;
    assert_eq!(
        answer,
        json!({"a": {"text": "x", "list": [1, null]}, "b": {"text": "none", "list": null}, "whoami": "me"})
    );
}

#[tokio::test]
async fn errors_stand_where_the_data_puts_them() {
    let remote = remote().await;
    let answer = ask(&remote, "{ users(ids: [1, 3]) { name secret } broken }").await;
    assert_eq!(answer["data"], json!({"users": [{"name": "Alice", "secret": null}, null], "broken": null}));
    let errors = answer["errors"].as_array().unwrap();
    let seen: Vec<_> =
        errors.iter().map(|error| (&error["message"], &error["path"], &error["extensions"])).collect();
    assert_eq!(
        seen,
        [
            (&json!("not for you"), &json!(["users", 0, "secret"]), &Value::Null),
            (&json!("row 3 is broken"), &json!(["users", 1]), &json!({"code": "BROKEN"})),
            (&json!("out of order"), &json!(["broken"]), &json!({"code": "OUT"})),
        ]
    );
}

#[tokio::test]
async fn mutations_change_the_tables() {
    let remote = remote().await;
    let answer = data(
        &remote,
        r#"mutation { add(name: "Dan") { id } rename(id: 4, name: "Dave") { name } x: rename(id: 9, name: "") { id } remove(id: 1) { name } }"#,
    )
    .await;
    assert_eq!(
        answer,
        json!({"add": {"id": "4"}, "rename": {"name": "Dave"}, "x": null, "remove": {"name": "Alice"}})
    );
    let answer = data(&remote, "{ a: user(id: 1) { id } d: user(id: 4) { name } }").await;
    assert_eq!(answer, json!({"a": null, "d": {"name": "Dave"}}));
}

#[tokio::test]
async fn requests_are_refused_and_logged_as_by_a_real_server() {
    let remote = remote().await;
    for (body, message) in [
        (json!({"query": "{ nothing }"}), "nothing"),
        (json!({"query": "query ($i: ID!) { user(id: $i) { id } }"}), "i"),
        (json!({"query": "query A { big } query B { big }", "operationName": "C"}), "C"),
        (json!([]), "not a GraphQL request"),
    ] {
        let (status, answer) = send(&remote, &body).await.unwrap();
        assert_eq!(status, 400, "{answer}");
        assert!(answer.contains(message), "{answer}");
        assert!(!answer.contains("\"data\""), "{answer}");
    }
    remote.forget();
    data(&remote, "{ __schema { queryType { name } } }").await;
    send(&remote, &json!({"query": "query A($i: ID!) { user(id: $i) { id } }", "variables": {"i": 1}, "operationName": "A"})).await.unwrap();
    assert_eq!(remote.requests().len(), 2);
    let operations = remote.operations();
    assert_eq!(operations.len(), 1);
    assert_eq!(operations[0].operation_name.as_deref(), Some("A"));
    assert_eq!(Value::Object(operations[0].variables.clone()), json!({"i": 1}));
    assert_eq!(operations[0].headers["authorization"], "me");
}

#[tokio::test]
async fn it_misbehaves_on_demand() {
    let remote = remote().await;
    let query = json!({"query": "{ big }"});
    let whole = send(&remote, &query).await.unwrap().1;

    let started = Instant::now();
    remote.behave(Behaviour::delayed(Duration::from_millis(80)));
    assert_eq!(send(&remote, &query).await.unwrap(), (200, whole.clone()));
    assert!(started.elapsed() >= Duration::from_millis(80));

    remote.behave(Behaviour { status: Some(503), ..Behaviour::default() });
    assert_eq!(send(&remote, &query).await.unwrap(), (503, whole.clone()));

    remote.behave(Behaviour::answering(Answer::Body("{\"data\":1}".to_owned())));
    assert_eq!(send(&remote, &query).await.unwrap().1, "{\"data\":1}");

    remote.behave(Behaviour::answering(Answer::Html));
    assert!(send(&remote, &query).await.unwrap().1.starts_with("<!doctype"));

    remote.behave(Behaviour::answering(Answer::Truncated));
    assert_eq!(send(&remote, &query).await.unwrap().1, whole[..whole.len() / 2]);

    remote.behave(Behaviour::answering(Answer::Nothing));
    assert!(send(&remote, &query).await.unwrap_err().is_request());

    remote.behave(Behaviour { gzip: true, ..Behaviour::default() });
    assert_eq!(send(&remote, &query).await.unwrap().1, whole, "the client unpacks what arrives compressed");

    remote.behave(Behaviour { old_introspection: true, ..Behaviour::default() });
    let newer = ask(&remote, "{ __schema { types { isOneOf } } }").await;
    assert_eq!(newer["errors"][0]["message"], "Cannot query field \"isOneOf\" on type \"__Type\".");
    data(&remote, "{ __schema { types { fields(includeDeprecated: true) { args { name } } } } }").await;
}

#[tokio::test]
async fn it_can_go_away_come_back_and_change() {
    let remote = remote().await;
    let query = json!({"query": "{ big }"});
    remote.stop();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(send(&remote, &query).await.unwrap_err().is_connect());
    let remote = Remote::start_at(SDL, DATA, remote.address()).await.unwrap();
    assert_eq!(send(&remote, &query).await.unwrap().0, 200);
    remote.replace("type Query { now: Int }", r#"{"resolve": {"Query.now": {"value": 1}}}"#).unwrap();
    assert_eq!(data(&remote, "{ now }").await, json!({"now": 1}));
}

#[tokio::test]
async fn mistakes_in_the_files_are_named() {
    for (sdl, data, message) in [
        ("type Query { a: Missing }", "{}", "the schema is not valid"),
        ("type Query { a: Int }", r#"{"resolve": {"Query.b": {"value": 1}}}"#, "rule for \"Query.b\""),
        ("type Query { a: Int }", r#"{"resolve": {"Query.a": {"fnid": {}}}}"#, "unknown variant `fnid`"),
        (
            "type Query { a: Int }",
            r#"{"resolve": {"Query.a": {"find": {"in": "nowhere", "where": {}}}}}"#,
            "no table \"nowhere\"",
        ),
    ] {
        let error = format!(
            "{:#}",
            Remote::start(sdl, data).await.err().map_or_else(|| "none".into(), |error| format!("{error:#}"))
        );
        assert!(error.contains(message), "{error}");
    }
}
