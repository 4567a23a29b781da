//! Bad input to the metadata API: whatever is wrong is refused where it stands, or listed; nothing is half applied, nobody's write
//! is lost, and the server goes on.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::BTreeMap;

use futures_util::future::join_all;
use metadata::decode::{index_step, key_step};
use serde_json::{Value, json};
use testkit::{Gateway, Remote};

const ORDERS: &str = "type Query { order(id: Int!): Order } type Order { id: Int user_id: Int }";
const ORDERS_DATA: &str = r#"{"resolve": {"Query.order": {"value": {"id": 1, "user_id": 2}}}}"#;
const USERS: &str = "type Query { user(id: Int!): User } type User { id: Int name: String }";
const USERS_DATA: &str = r#"{"resolve": {"Query.user": {"value": {"id": 2, "name": "Bob"}}}}"#;

struct Setting {
    gateway: Gateway,
    orders: Remote,
    users: Remote,
}

impl Setting {
    async fn new() -> Self {
        Self {
            gateway: Gateway::start(&[]).await.unwrap(),
            orders: Remote::start(ORDERS, ORDERS_DATA).await.unwrap(),
            users: Remote::start(USERS, USERS_DATA).await.unwrap(),
        }
    }

    async fn post(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> (u16, Value) {
        let headers: BTreeMap<String, String> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = self.gateway.post(path, body, &headers).await.unwrap();
        (response.status, serde_json::from_str(&response.body).unwrap())
    }

    async fn command(&self, kind: &str, args: Value) -> (u16, Value) {
        self.post("/v1/metadata", &json!({"type": kind, "args": args}), &[]).await
    }

    /// The metadata and its version.
    async fn state(&self) -> Value {
        let body = json!({"type": "export_metadata", "version": 2, "args": {}});
        self.post("/v1/metadata", &body, &[]).await.1
    }

    async fn replace(&self, metadata: &Value, allow_inconsistent: bool) -> (u16, Value) {
        let args = json!({"metadata": metadata, "allow_inconsistent_metadata": allow_inconsistent});
        self.post("/v1/metadata", &json!({"type": "replace_metadata", "version": 2, "args": args}), &[]).await
    }

    async fn query(&self, query: &str, role: &str) -> Value {
        self.post("/v1/graphql", &json!({"query": query}), &[("x-hasura-role", role)]).await.1
    }

    /// Two remotes; relationships, permissions and saved operations in numbers, of which some are broken.
    fn forty(&self) -> Value {
        let relationship = |index: usize| {
            let key = if index == 7 { "nobody" } else { "user_id" };
            let target = json!({
                "lhs_fields": [key],
                "remote_field": {"user": {"arguments": {"id": format!("${key}")}}},
                "remote_schema": "users",
            });
            json!({"definition": {"to_remote_schema": target}, "name": format!("user{index}")})
        };
        let permission = |index: usize| {
            let field = if index == 3 { "salary" } else { "user_id" };
            json!({"role": format!("role{index}"), "definition": {
                "schema": format!("type Query {{ order(id: Int!): Order }} type Order {{ id: Int {field}: Int }}"),
            }})
        };
        let query = |index: usize| {
            let field = if index == 5 { "unknown" } else { "id" };
            json!({"name": format!("query{index}"), "query": format!("{{ order(id: 1) {{ {field} }} }}")})
        };
        json!({
            "version": 3,
            "sources": [],
            "remote_schemas": [
                {
                    "name": "orders",
                    "definition": {"url": self.orders.url()},
                    "permissions": (0..10).map(permission).collect::<Vec<_>>(),
                    "remote_relationships": [{"relationships": (0..20).map(relationship).collect::<Vec<_>>(), "type_name": "Order"}],
                },
                {"name": "users", "definition": {"url": self.users.url()}},
            ],
            "query_collections": [{"name": "app", "definition": {"queries": (0..8).map(query).collect::<Vec<_>>()}}],
        })
    }
}

#[tokio::test]
async fn of_forty_objects_three_are_broken_and_the_others_are_served() {
    let setting = Setting::new().await;
    let forty = setting.forty();
    let before = setting.state().await;

    let (status, refused) = setting.replace(&forty, false).await;
    assert_eq!((status, &refused["code"], &refused["path"]), (400, &json!("unexpected"), &json!("$.args")));
    assert_eq!(refused["error"], "cannot continue due to inconsistent metadata");
    let reported = |objects: &Value| -> Vec<String> {
        let names =
            objects.as_array().unwrap().iter().map(|object| object["name"].as_str().unwrap().to_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    let broken = [
        "query_collections query5 in app",
        "remote_schema_permission role3 permission in remote schema orders",
        "remote_schema_remote_relationship remote_relationship user7 on type Order in remote schema orders",
    ];
    assert_eq!(reported(&refused["internal"]), broken);
    assert_eq!(setting.state().await, before, "nothing is half applied");

    let (status, answer) = setting.replace(&forty, true).await;
    assert_eq!((status, &answer["is_consistent"]), (200, &json!(false)));
    assert_eq!(reported(&answer["inconsistent_objects"]), broken);
    let exported = setting.state().await["metadata"].clone();
    assert_eq!(exported.to_string(), forty.to_string(), "all forty come out as they went in");

    let served: Vec<usize> = (0..20).filter(|index| *index != 7).collect();
    let joins: String = served.iter().map(|index| format!(" user{index} {{ name }}")).collect();
    let answer = setting.query(&format!("{{ order(id: 1) {{ id{joins} }} }}"), "admin").await;
    for index in served {
        assert_eq!(answer["data"]["order"][format!("user{index}")], json!({"name": "Bob"}), "{answer}");
    }
    let missing = setting.query("{ order(id: 1) { user7 { name } } }", "admin").await;
    assert_eq!(missing["errors"][0]["message"], "field 'user7' not found in type: 'Order'");
    for index in 0..10 {
        let answer = setting.query("{ order(id: 1) { id } }", &format!("role{index}")).await;
        assert_eq!(
            answer,
            json!({"data": {"order": {"id": 1}}}),
            "role{index}: what is right of a permission holds"
        );
    }
    let hidden = setting.query("{ order(id: 1) { salary } }", "role3").await;
    assert_eq!(hidden["errors"][0]["extensions"]["code"], "validation-failed");

    let (_, dropped) = setting.command("drop_inconsistent_metadata", json!({})).await;
    assert_eq!(dropped, json!({"message": "success"}));
    let left = setting.state().await["metadata"].to_string();
    assert!(["user7", "role3", "query5"].iter().all(|gone| !left.contains(&format!("\"{gone}\""))), "{left}");
    assert!(left.contains("user6") && left.contains("role2") && left.contains("query4"), "{left}");
}

#[tokio::test]
async fn of_writers_for_one_version_one_wins_and_the_others_are_told() {
    let setting = Setting::new().await;
    let n_rounds = 3;
    for round in 0..n_rounds {
        let version = setting.state().await["resource_version"].clone();
        let write = async |writer: usize| {
            let args = json!({"disabled_for_roles": [format!("round{round}"), format!("writer{writer}")]});
            let body = json!({"type": "set_graphql_schema_introspection_options", "resource_version": version, "args": args});
            (writer, setting.post("/v1/metadata", &body, &[]).await)
        };
        let answers = join_all((0..12).map(write)).await;
        let winners: Vec<usize> =
            answers.iter().filter(|(_, (status, _))| *status == 200).map(|(writer, _)| *writer).collect();
        assert_eq!(winners.len(), 1, "{answers:?}");
        for (_, (status, error)) in answers.iter().filter(|(_, (status, _))| *status != 200) {
            assert_eq!((*status, &error["code"], &error["path"]), (409, &json!("conflict"), &json!("$")));
        }
        let state = setting.state().await;
        let stored = &state["metadata"]["graphql_schema_introspection"]["disabled_for_roles"];
        assert_eq!(*stored, json!([format!("round{round}"), format!("writer{}", winners[0])]));
        assert_eq!(state["resource_version"].as_u64(), version.as_u64().map(|version| version + 1));
    }
}

/// The values that stand in for another, each of its type.
fn wrong_values() -> [Value; 6] {
    [json!(null), json!(true), json!(-7.5), json!("\u{0}wrong"), json!([[]]), json!({"wrong": {"wrong": 1}})]
}

/// The places in a value: the path as errors have it, and the pointer.
fn places(value: &Value, path: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    found.push((path.to_owned(), pointer.to_owned()));
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{path}{}", index_step(index)), &format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                places(member, &format!("{path}{}", key_step(key)), &format!("{pointer}/{key}"), found);
            }
        }
        _ => {}
    }
}

/// The variants of a request in which one value, at a place below `args`, is of another type.
fn mistaken(request: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    places(&request["args"], "$.args", "/args", &mut found);
    let mut all = Vec::new();
    for (path, pointer) in found {
        let right = request.pointer(&pointer).unwrap();
        for wrong in wrong_values() {
            if std::mem::discriminant(&wrong) == std::mem::discriminant(right) {
                continue;
            }
            let mut mistaken = request.clone();
            *mistaken.pointer_mut(&pointer).unwrap() = wrong;
            all.push((path.clone(), mistaken));
        }
    }
    all
}

/// Sends each mistaken variant: it succeeds as a whole, or is refused with 4xx, at its place or the object around it, and then nothing
/// has changed. `reset` brings the state back that commands are made for.
async fn try_mistakes(setting: &Setting, request: &Value, reset: &Value) -> usize {
    let mut n_refused = 0;
    let mut before = setting.state().await;
    for (path, mistaken) in mistaken(request) {
        let (status, answer) = setting.post("/v1/metadata", &mistaken, &[]).await;
        if status == 200 {
            assert_eq!(setting.replace(reset, true).await.0, 200);
            before = setting.state().await;
            continue;
        }
        n_refused += 1;
        assert!((400..500).contains(&status), "{mistaken} is answered with {status} {answer}");
        let told = answer["path"].as_str().unwrap();
        assert!(path.starts_with(told) || told.starts_with(&path), "{mistaken}: {answer} leads past {path}");
        assert_eq!(setting.state().await, before, "{mistaken} is half applied");
    }
    n_refused
}

#[tokio::test]
async fn a_document_with_a_value_of_another_type_is_refused_as_a_whole() {
    let setting = Setting::new().await;
    let full = include_str!("../../metadata/tests/document/full/import.json");
    let full: Value = serde_json::from_str(full).unwrap();
    let small = json!({"version": 3, "sources": [], "inherited_roles": []});
    assert_eq!(setting.replace(&small, false).await.0, 200);
    let request = json!({"type": "replace_metadata", "version": 2, "args": {"allow_inconsistent_metadata": true, "metadata": full}});
    let n_refused = try_mistakes(&setting, &request, &small).await;
    assert!(n_refused > 300, "only {n_refused} mistakes are refused");
}

#[tokio::test]
async fn commands_with_a_value_of_another_type_are_refused() {
    let setting = Setting::new().await;
    let base = json!({
        "version": 3, "sources": [],
        "remote_schemas": [
            {"name": "orders", "definition": {"url": setting.orders.url()}, "permissions": [
                {"role": "reader", "definition": {"schema": "type Query { order(id: Int!): Order } type Order { id: Int }"}},
            ]},
            {"name": "users", "definition": {"url": setting.users.url()}},
        ],
        "query_collections": [{"name": "app", "definition": {"queries": [{"name": "order", "query": "{ order(id: 1) { id } }"}]}}],
    });
    assert_eq!(
        setting.replace(&base, false).await,
        (200, json!({"is_consistent": true, "inconsistent_objects": []}))
    );
    let relationship = json!({"remote_schema": "orders", "type_name": "Order", "name": "user", "definition": {"to_remote_schema": {
        "remote_schema": "users", "lhs_fields": ["user_id"], "remote_field": {"user": {"arguments": {"id": "$user_id"}}},
    }}});
    let requests = [
        (
            "add_remote_schema",
            json!({"name": "more", "definition": {"url": setting.users.url(), "timeout_seconds": 5, "forward_client_headers": false, "headers": [{"name": "a", "value": "b"}], "customization": {"root_fields_namespace": "more", "type_names": {"prefix": "M_", "mapping": {}}, "field_names": [{"parent_type": "User", "mapping": {"id": "number"}}]}}, "comment": "c"}),
        ),
        ("update_remote_schema", json!({"name": "users", "definition": {"url": setting.users.url()}})),
        ("remove_remote_schema", json!({"name": "users", "cascade": true})),
        ("reload_remote_schema", json!({"name": "users"})),
        ("introspect_remote_schema", json!({"name": "users"})),
        (
            "add_remote_schema_permissions",
            json!({"remote_schema": "users", "role": "reader", "definition": {"schema": "type Query { user(id: Int!): User } type User { id: Int }"}, "comment": "c"}),
        ),
        ("drop_remote_schema_permissions", json!({"remote_schema": "orders", "role": "reader"})),
        ("create_remote_schema_remote_relationship", relationship.clone()),
        (
            "delete_remote_schema_remote_relationship",
            json!({"remote_schema": "orders", "type_name": "Order", "name": "user"}),
        ),
        ("add_inherited_role", json!({"role_name": "all", "role_set": ["reader"]})),
        (
            "create_query_collection",
            json!({"name": "more", "comment": "c", "definition": {"queries": [{"name": "q", "query": "{ __typename }"}]}}),
        ),
        ("rename_query_collection", json!({"name": "app", "new_name": "other"})),
        (
            "add_query_to_collection",
            json!({"collection_name": "app", "query_name": "q", "query": "{ __typename }"}),
        ),
        ("drop_query_from_collection", json!({"collection_name": "app", "query_name": "order"})),
        ("drop_query_collection", json!({"collection": "app", "cascade": false})),
        (
            "add_collection_to_allowlist",
            json!({"collection": "app", "scope": {"global": false, "roles": ["reader"]}}),
        ),
        (
            "create_rest_endpoint",
            json!({"name": "e", "url": "e", "methods": ["GET"], "definition": {"query": {"collection_name": "app", "query_name": "order"}}, "comment": "c"}),
        ),
        ("add_host_to_tls_allowlist", json!({"host": "h", "suffix": "1", "permissions": ["self-signed"]})),
        ("set_graphql_schema_introspection_options", json!({"disabled_for_roles": ["reader"]})),
        (
            "set_api_limits",
            json!({"rate_limit": {"global": {"max_reqs_per_min": 1, "unique_params": ["x-hasura-a"]}}, "time_limit": {"global": 1}}),
        ),
        ("set_metrics_config", json!({"analyze_query_variables": true, "analyze_response_body": true})),
        (
            "set_opentelemetry_config",
            json!({"status": "disabled", "data_types": ["traces"], "exporter_otlp": {"headers": [{"name": "a", "value": "b"}]}}),
        ),
        ("set_opentelemetry_status", json!("disabled")),
        ("reload_metadata", json!({"reload_remote_schemas": ["users"], "reload_sources": false})),
        ("set_catalog_state", json!({"type": "cli", "state": {}})),
        (
            "bulk",
            json!([{"type": "add_inherited_role", "args": {"role_name": "all", "role_set": ["reader"]}}, {"type": "create_remote_schema_remote_relationship", "args": relationship}]),
        ),
    ];
    let mut n_refused = 0;
    for (kind, args) in requests {
        let request = json!({"type": kind, "args": args});
        n_refused += try_mistakes(&setting, &request, &base).await;
        // As it is, it is right: what was refused was the mistake.
        let (status, answer) = setting.post("/v1/metadata", &request, &[]).await;
        assert_eq!(status, 200, "{request}: {answer}");
        assert_eq!(setting.replace(&base, true).await.0, 200);
    }
    assert!(n_refused > 400, "only {n_refused} mistakes are refused");
}

#[tokio::test]
async fn what_is_too_deep_or_too_large_is_refused() {
    let setting = Setting::new().await;
    let before = setting.state().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let send = async |body: String| {
        let response = client.post(setting.gateway.url("/v1/metadata")).body(body).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str::<Value>(&response.text().await.unwrap()).unwrap())
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}0{}", open.repeat(100_000), close.repeat(100_000));
        let body = format!(r#"{{"type":"replace_metadata","args":{{"version":3,"deep":{deep}}}}}"#);
        let (status, error) = send(body).await;
        assert_eq!((status, &error["code"]), (400, &json!("invalid-json")), "{error}");
    }
    for (n_bulks, expected) in [(4, 200), (5, 400), (60, 400)] {
        let bulks = r#"{"type":"bulk","args":["#.repeat(n_bulks) + &"]}".repeat(n_bulks);
        let (status, answer) = send(bulks).await;
        assert_eq!(status, expected, "{n_bulks} bulks: {answer}");
        assert!(status == 200 || answer["code"] == "limit-exceeded", "{answer}");
    }
    let field = (0..40)
        .fold(json!({"a": {"arguments": {}}}), |inner, _| json!({"a": {"arguments": {}, "field": inner}}));
    let deep = json!({"version": 3, "remote_schemas": [{"name": "o", "definition": {"url": setting.orders.url()}, "remote_relationships": [{"type_name": "Order", "relationships": [
        {"name": "deep", "definition": {"to_remote_schema": {"remote_schema": "o", "lhs_fields": ["id"], "remote_field": field}}},
    ]}]}]});
    let (status, refused) = setting.replace(&deep, false).await;
    assert_eq!((status, &refused["code"]), (400, &json!("unexpected")));
    assert_eq!(setting.state().await["metadata"], before["metadata"]);

    let small = Gateway::start(&["--max-metadata-bytes=1000".to_owned()]).await.unwrap();
    let body = json!({"type": "replace_metadata", "args": {"version": 3, "custom": "x".repeat(1000)}});
    let response = small.post("/v1/metadata", &body, &BTreeMap::new()).await.unwrap();
    assert_eq!(response.status, 413, "{}", response.body);

    // Large, and all right: many objects cost time and nothing else.
    let many: Vec<Value> =
        (0..2_000).map(|index| json!({"name": format!("query{index}"), "query": "{ __typename }"})).collect();
    let large = json!({"version": 3, "sources": [], "query_collections": [{"name": "app", "definition": {"queries": many}}]});
    assert_eq!(setting.replace(&large, false).await.0, 200);
    assert_eq!(setting.state().await["metadata"].to_string(), large.to_string());
}

#[tokio::test]
async fn names_that_are_twice_in_one_document_are_refused_with_the_list_they_are_in() {
    let setting = Setting::new().await;
    let remote = json!({"name": "a", "definition": {"url": "http://localhost"}});
    let query = json!({"name": "q", "query": "{ a }"});
    let relationship = json!({"name": "r", "definition": {"to_source": {}}});
    let with = |key: &str, value: Value| {
        let mut remote = remote.clone();
        remote[key] = value;
        json!([remote])
    };
    let permission = json!({"role": "r", "definition": {"schema": "type Query { a: Int }"}});
    for (section, value, path) in [
        ("remote_schemas", json!([remote, remote]), ""),
        ("remote_schemas", with("permissions", json!([permission, permission])), "[0].permissions"),
        (
            "remote_schemas",
            with(
                "remote_relationships",
                json!([{"type_name": "T", "relationships": [relationship, relationship]}]),
            ),
            "[0].remote_relationships[0].relationships",
        ),
        (
            "remote_schemas",
            with(
                "remote_relationships",
                json!([{"type_name": "T", "relationships": []}, {"type_name": "T"}]),
            ),
            "[0].remote_relationships",
        ),
        (
            "inherited_roles",
            json!([{"role_name": "a", "role_set": []}, {"role_name": "a", "role_set": []}]),
            "",
        ),
        (
            "query_collections",
            json!([{"name": "a", "definition": {"queries": [query, query]}}]),
            "[0].definition.queries",
        ),
        (
            "query_collections",
            json!([{"name": "a", "definition": {"queries": []}}, {"name": "a", "definition": {"queries": []}}]),
            "",
        ),
        ("allowlist", json!([{"collection": "a"}, {"collection": "a"}]), ""),
    ] {
        let (status, error) = setting.replace(&json!({"version": 3, section: value}), true).await;
        assert_eq!((status, &error["code"]), (400, &json!("parse-failed")), "{error}");
        assert_eq!(error["path"], format!("$.args.metadata.{section}{path}"), "{error}");
        assert!(error["error"].as_str().unwrap().starts_with("more than one entry has the"), "{error}");
    }
}
