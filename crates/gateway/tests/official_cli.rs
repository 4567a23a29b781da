//! Hasura's own command line against a gateway: the calls that it makes, in its order and with its bodies and headers, and what it
//! reads of the answers.
//!
//! The program itself cannot be run here, so [`Cli`] stands for it. What commands do beyond what a client of theirs relies on is
//! the subject of `tests/metadata_api`.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use testkit::gateway::Response;
use testkit::{Gateway, Remote};

const ORDERS: &str = "type Query { order(id: Int!): Order } type Order { id: Int user_id: Int }";
const USERS: &str = "type Query { user(id: Int!): User } type User { id: Int name: String }";

/// Where its console runs.
const CONSOLE: &str = "http://localhost:9695";

/// Hasura's command line in a project of version 3.
struct Cli<'g> {
    gateway: &'g Gateway,
    headers: BTreeMap<String, String>,
}

/// What its start learns about a server.
#[derive(Debug, PartialEq)]
struct Server {
    version: String,
    id: String,
}

impl<'g> Cli<'g> {
    fn new(gateway: &'g Gateway) -> Self {
        Self { gateway, headers: [("X-Hasura-Admin-Secret".into(), "s3cret".into())].into() }
    }

    async fn get(&self, path: &str) -> Response {
        self.gateway.send("GET", path, None, &self.headers).await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        self.gateway.post(path, body, &self.headers).await.unwrap()
    }

    /// A command, and the status of its answer.
    async fn tell(&self, body: Value) -> (u16, Value) {
        let response = self.post("/v1/metadata", &body).await;
        (response.status, response.json())
    }

    /// A command that succeeds.
    async fn command(&self, kind: &str, args: Value) -> Value {
        let (status, answer) = self.tell(json!({"type": kind, "args": args})).await;
        assert_eq!(status, 200, "{kind}: {answer}");
        answer
    }

    /// What every command that talks to a server begins with.
    async fn start(&self) -> Server {
        // Without the secret: whether anybody is there, and then which version.
        let nobody = BTreeMap::new();
        assert_eq!(self.gateway.send("GET", "/v1/version", None, &nobody).await.unwrap().status, 200);
        let version = self.gateway.send("GET", "/v1/version", None, &nobody).await.unwrap().json();
        let config = self.get("/v1alpha1/config").await;
        assert_eq!(config.status, 200, "{}", config.body);
        assert!(config.json().get("console_assets_dir").is_some());
        let metadata = self.post("/v1/query", &json!({"type": "export_metadata", "args": {}})).await;
        assert_eq!(metadata.status, 200, "{}", metadata.body);
        assert_eq!(metadata.json()["version"], 3, "else it refuses to run");
        let state = self.command("get_catalog_state", json!({})).await;
        Server { version: text(&version["version"]), id: text(&state["id"]) }
    }

    /// `metadata export`.
    async fn export(&self) -> Value {
        self.command("export_metadata", json!({})).await
    }

    /// `metadata apply`: what is inconsistent afterwards, or why nothing was applied.
    async fn apply(&self, metadata: &Value, allow_inconsistent: bool) -> Result<Vec<Value>, Value> {
        let (status, answer) = self
            .tell(json!({
                "type": "replace_metadata",
                "version": 2,
                "args": {"allow_inconsistent_metadata": allow_inconsistent, "metadata": as_sent(metadata)},
            }))
            .await;
        if status != 200 {
            return Err(answer);
        }
        let inconsistent = answer["inconsistent_objects"].as_array().unwrap().clone();
        assert_eq!(answer["is_consistent"], inconsistent.is_empty());
        Ok(inconsistent)
    }

    /// `metadata reload`, and what it then says about consistency.
    async fn reload(&self) -> bool {
        let answer = self.command("reload_metadata", json!({})).await;
        assert_eq!(answer["message"], "success");
        self.is_consistent().await
    }

    /// `metadata inconsistency status`.
    async fn is_consistent(&self) -> bool {
        self.inconsistencies().await.is_empty()
    }

    /// `metadata inconsistency list`: name, type, description and reason of each.
    async fn inconsistencies(&self) -> Vec<[String; 3]> {
        let answer = self.command("get_inconsistent_metadata", json!({})).await;
        let objects = answer["inconsistent_objects"].as_array().unwrap();
        assert_eq!(answer["is_consistent"], objects.is_empty());
        objects
            .iter()
            .map(|object| {
                assert!(object["definition"].is_object(), "the description is made of it: {object}");
                [text(&object["definition"]["name"]), text(&object["type"]), text(&object["reason"])]
            })
            .collect()
    }
}

trait Json {
    fn json(&self) -> Value;
}

impl Json for Response {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A document as it comes out of a project's files: in the order of the files, and with those that are empty.
fn as_sent(metadata: &Value) -> Value {
    let empty = json!({
        "version": 3, "sources": [], "actions": [],
        "custom_types": {"enums": [], "input_objects": [], "objects": [], "scalars": []},
        "remote_schemas": [], "query_collections": [], "allowlist": [], "cron_triggers": [], "network": {},
        "api_limits": {}, "rest_endpoints": [], "inherited_roles": [], "opentelemetry": {}, "backend_configs": {},
        "graphql_schema_introspection": {"disabled_for_roles": []}, "metrics_config": {},
    });
    let sections = empty.as_object().unwrap().iter().map(|(key, empty)| {
        let section = metadata.get(key).unwrap_or(empty).clone();
        (key.clone(), section)
    });
    sections.collect::<Map<_, _>>().into()
}

async fn gateway(words: &[&str]) -> Gateway {
    let words: Vec<String> =
        ["--admin-secret=s3cret"].iter().chain(words).map(|word| (*word).to_owned()).collect();
    Gateway::start(&words).await.unwrap()
}

/// A project that uses everything that is served.
fn project(orders: &str, users: &str) -> Value {
    json!({
        "version": 3,
        "sources": [],
        "remote_schemas": [
            {
                "name": "orders",
                "definition": {
                    "url": orders, "timeout_seconds": 60,
                    "customization": {"type_names": {"prefix": "O_", "mapping": {}}},
                },
                "comment": "order service",
                "permissions": [{"role": "user", "definition": {"schema": "type Query { order(id: Int!): Order } type Order { id: Int }"}}],
                "remote_relationships": [{
                    "relationships": [{
                        "definition": {"to_remote_schema": {
                            "lhs_fields": ["user_id"],
                            "remote_field": {"user": {"arguments": {"id": "$user_id"}}},
                            "remote_schema": "users",
                        }},
                        "name": "user",
                    }],
                    "type_name": "Order",
                }],
            },
            {"name": "users", "definition": {"url": users, "timeout_seconds": 60}},
        ],
        "query_collections": [{"name": "app", "definition": {"queries": [{"name": "order", "query": "query ($id: Int!) { order(id: $id) { id } }"}]}}],
        "allowlist": [{"collection": "app", "scope": {"global": true}}],
        "rest_endpoints": [{
            "comment": null,
            "definition": {"query": {"collection_name": "app", "query_name": "order"}},
            "methods": ["GET"], "name": "order", "url": "orders/:id",
        }],
        "api_limits": {"disabled": false, "depth_limit": {"global": 10, "per_role": {}}},
        "inherited_roles": [{"role_name": "manager", "role_set": ["user"]}],
        "graphql_schema_introspection": {"disabled_for_roles": ["user"]},
        "network": {"tls_allowlist": [{"host": "crm.internal", "suffix": "8443"}]},
    })
}

async fn remotes() -> (Remote, Remote) {
    (Remote::start(ORDERS, "{}").await.unwrap(), Remote::start(USERS, "{}").await.unwrap())
}

/// The address of a server that is down, and stays down.
async fn nowhere() -> String {
    let remote = Remote::start(USERS, "{}").await.unwrap();
    let url = remote.url();
    remote.stop();
    url
}

#[tokio::test]
async fn its_start_finds_a_server_that_it_can_work_with() {
    let gateway = gateway(&[]).await;
    let cli = Cli::new(&gateway);
    let server = cli.start().await;
    let mut numbers = server.version.strip_prefix('v').unwrap().split('.').map(|part| part.parse::<u32>());
    assert_eq!(numbers.next(), Some(Ok(2)), "it takes everything else for a development build");
    assert_eq!(numbers.filter(Result::is_ok).count(), 2);
    assert_eq!(server.id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert_eq!(cli.start().await, server, "the server is known again");
    assert_eq!(cli.get("/healthz").await.body, "OK", "older ones ask this");
}

#[tokio::test]
async fn a_wrong_secret_is_told() {
    let gateway = gateway(&[]).await;
    let cli =
        Cli { headers: [("x-hasura-admin-secret".into(), "wrong".into())].into(), ..Cli::new(&gateway) };
    for path in ["/v1/query", "/v1/metadata"] {
        let response = cli.post(path, &json!({"type": "export_metadata", "args": {}})).await;
        assert_eq!(response.status, 401);
        let error = json!({
            "path": "$", "error": "invalid x-hasura-admin-secret/x-hasura-access-key", "code": "access-denied",
        });
        assert_eq!(response.json(), error);
    }
}

#[tokio::test]
async fn a_project_goes_there_and_back() {
    let ((orders, users), gateway) = (remotes().await, gateway(&[]).await);
    let cli = Cli::new(&gateway);
    cli.start().await;
    assert_eq!(
        cli.export().await,
        json!({"version": 3, "sources": []}),
        "init and export of an empty server"
    );

    let project = project(&orders.url(), &users.url());
    assert_eq!(cli.apply(&project, true).await, Ok(vec![]));
    // No difference is shown when what is exported is what was written, in keys, lists and their order.
    let exported = cli.export().await;
    assert_eq!(exported.to_string(), project.to_string());
    assert_eq!(cli.apply(&exported, false).await, Ok(vec![]));
    assert_eq!(cli.export().await.to_string(), exported.to_string());
    assert!(cli.reload().await);
    assert!(cli.is_consistent().await);

    assert_eq!(cli.command("clear_metadata", json!({})).await, json!({"message": "success"}));
    assert_eq!(cli.export().await, json!({"version": 3, "sources": []}));
}

#[tokio::test]
async fn both_versions_of_exports_and_imports_agree() {
    let ((orders, users), gateway) = (remotes().await, gateway(&[]).await);
    let cli = Cli::new(&gateway);
    let project = project(&orders.url(), &users.url());
    // Projects of version 2 send the document itself.
    let answer = cli.command("replace_metadata", as_sent(&project)).await;
    assert_eq!(answer["message"], "success");
    let first = cli.export().await;
    let (status, second) = cli.tell(json!({"type": "export_metadata", "version": 2, "args": {}})).await;
    assert_eq!((status, second["metadata"].to_string()), (200, first.to_string()));
    assert!(second["resource_version"].is_u64());
    let legacy = cli.post("/v1/query", &json!({"type": "export_metadata", "args": {}})).await;
    assert_eq!(legacy.json().to_string(), first.to_string());
}

#[tokio::test]
async fn a_dead_upstream_is_listed_and_the_rest_is_served() {
    let ((orders, _users), gateway) = (remotes().await, gateway(&[]).await);
    let cli = Cli::new(&gateway);
    let dead = nowhere().await;
    let project = project(&orders.url(), &dead);

    let before = cli.export().await;
    let error = cli.apply(&project, false).await.unwrap_err();
    assert_eq!(error["code"], "unexpected");
    assert_eq!(error["error"], "cannot continue due to inconsistent metadata");
    assert!(error["internal"].as_array().is_some_and(|all| !all.is_empty()), "{error}");
    assert_eq!(cli.export().await, before, "nothing is half applied");

    let inconsistent = cli.apply(&project, true).await.unwrap();
    let names: Vec<String> = inconsistent.iter().map(|object| text(&object["name"])).collect();
    assert_eq!(
        names,
        [
            "remote_schema users",
            "remote_schema_remote_relationship remote_relationship user on type Order in remote schema orders"
        ]
    );
    let listed = cli.inconsistencies().await;
    assert_eq!(listed[0][..2], ["users".to_owned(), "remote_schema".to_owned()]);
    assert!(listed[0][2].starts_with("Inconsistent object: HTTP exception occurred"), "{listed:?}");
    assert!(!cli.reload().await);
    assert_eq!(cli.get("/healthz").await.status, 200);
    assert_eq!(cli.get("/healthz?strict=true").await.status, 500);
    let served = cli.post("/v1/graphql", &json!({"query": "{ order(id: 1) { id } }"})).await;
    assert_eq!(served.json(), json!({"data": {"order": null}}));

    assert_eq!(cli.command("drop_inconsistent_metadata", json!({})).await, json!({"message": "success"}));
    assert!(cli.is_consistent().await);
    assert_eq!(cli.export().await["remote_schemas"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_upstream_that_comes_back_is_found_by_a_reload() {
    let ((orders, users), gateway) = (remotes().await, gateway(&[]).await);
    let cli = Cli::new(&gateway);
    let address = users.address();
    let project = project(&orders.url(), &users.url());
    users.stop();
    drop(users);
    assert!(!cli.apply(&project, true).await.unwrap().is_empty());
    // The port may take a moment to be free again.
    let end = Instant::now() + Duration::from_secs(20);
    let _users = loop {
        match Remote::start_at(USERS, "{}", address).await {
            Ok(remote) => break remote,
            Err(error) if Instant::now() > end => panic!("{error:#}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    assert!(cli.reload().await);
    assert!(cli.is_consistent().await);
}

/// Migrations find nothing to do where there are no databases, and keep their state with the server.
#[tokio::test]
async fn a_deployment_without_databases_runs() {
    let ((orders, users), gateway) = (remotes().await, gateway(&[]).await);
    let cli = Cli::new(&gateway);
    cli.start().await;
    assert_eq!(cli.apply(&project(&orders.url(), &users.url()), true).await, Ok(vec![]));
    let version = async || {
        cli.tell(json!({"type": "export_metadata", "version": 2, "args": {}})).await.1["resource_version"]
            .clone()
    };
    let before = version().await;
    let state = cli.command("get_catalog_state", json!({})).await;
    assert_eq!(state["cli_state"], json!({}));
    let kept =
        json!({"settings": {"migration_mode": "true"}, "migrations": {}, "isStateCopyCompleted": true});
    let answer = cli.command("set_catalog_state", json!({"type": "cli", "state": kept})).await;
    assert_eq!(answer, json!({"message": "success"}));
    assert_eq!(cli.command("get_catalog_state", json!({})).await["cli_state"], kept);
    assert_eq!(version().await, before, "the state of tools is no metadata");
    assert!(cli.reload().await);
    let (status, refused) =
        cli.tell(json!({"type": "bulk", "args": [{"type": "run_sql", "args": {"sql": "SELECT 1"}}]})).await;
    assert_eq!(
        (status, &refused["code"], &refused["path"]),
        (400, &json!("not-supported"), &json!("$.args[0].args"))
    );
}

/// The page comes from another port of the same machine, so that a browser asks before it asks.
#[tokio::test]
async fn a_console_gets_what_it_starts_with() {
    let ((orders, users), gateway) = (remotes().await, gateway(&[]).await);
    let mut cli = Cli::new(&gateway);
    assert_eq!(cli.apply(&project(&orders.url(), &users.url()), true).await, Ok(vec![]));
    cli.headers.insert("origin".into(), CONSOLE.into());
    for path in ["/v1/metadata", "/v1/graphql", "/v1alpha1/config"] {
        let mut headers: BTreeMap<String, String> = [("origin".into(), CONSOLE.into())].into();
        headers.insert("access-control-request-method".into(), "POST".into());
        headers.insert("access-control-request-headers".into(), "content-type,x-hasura-admin-secret".into());
        let allowed = gateway.send("OPTIONS", path, None, &headers).await.unwrap();
        assert_eq!(allowed.status, 204);
        assert_eq!(allowed.headers["access-control-allow-origin"], CONSOLE);
        assert_eq!(allowed.headers["access-control-allow-headers"], "content-type,x-hasura-admin-secret");
    }
    let config = cli.get("/v1alpha1/config").await;
    assert_eq!(config.headers["access-control-allow-origin"], CONSOLE);
    let config = config.json();
    let missing: Vec<&str> = "version is_function_permissions_inferred is_remote_schema_permissions_enabled is_admin_secret_set \
        is_auth_hook_set is_jwt_set jwt is_allow_list_enabled live_queries streaming_queries console_assets_dir experimental_features \
        is_prometheus_metrics_enabled default_naming_convention feature_flags is_apollo_federation_enabled"
        .split_whitespace()
        .filter(|key| config.get(key).is_none())
        .collect();
    assert!(missing.is_empty(), "{missing:?} in {config}");
    assert_eq!(config["is_remote_schema_permissions_enabled"], true, "else there is no page for permissions");
    assert_eq!(config["live_queries"], json!({"batch_size": 100, "refetch_delay": 1}));

    let (status, metadata) = cli.tell(json!({"type": "export_metadata", "version": 2, "args": {}})).await;
    assert_eq!(status, 200);
    assert_eq!(cli.command("list_source_kinds", json!({})).await, json!({"sources": []}));
    assert_eq!(cli.command("get_inconsistent_metadata", json!({})).await["is_consistent"], true);
    let state = json!({"telemetryNotificationShown": true});
    cli.command("set_catalog_state", json!({"type": "console", "state": state})).await;
    assert_eq!(cli.command("get_catalog_state", json!({})).await["console_state"], state);
    let known = cli.command("introspect_remote_schema", json!({"name": "users"})).await;
    assert!(known["data"]["__schema"]["types"].is_array());
    let schema = cli.post("/v1/graphql", &json!({"query": "query IntrospectionQuery { __schema { queryType { name } } }", "operationName": "IntrospectionQuery"})).await;
    assert_eq!(schema.json(), json!({"data": {"__schema": {"queryType": {"name": "query_root"}}}}));

    // What is edited on a page is sent with the version that was seen there; somebody else was faster here.
    let seen = &metadata["resource_version"];
    let edit = |comment: &str| json!({"type": "bulk", "resource_version": seen, "args": [{"type": "update_remote_schema", "args": {"name": "users", "definition": {"url": users.url()}, "comment": comment}}]});
    assert_eq!(cli.tell(edit("first")).await.0, 200);
    let (status, refused) = cli.tell(edit("second")).await;
    assert_eq!((status, &refused["code"], &refused["path"]), (409, &json!("conflict"), &json!("$")));
    let message = format!("metadata resource version referenced ({seen}) did not match current version");
    assert_eq!(refused["error"], message);
}

#[tokio::test]
async fn commands_for_databases_are_refused_by_every_address() {
    let gateway = gateway(&[]).await;
    let cli = Cli::new(&gateway);
    for path in ["/v1/query", "/v1/metadata"] {
        let response = cli.post(path, &json!({"type": "run_sql", "args": {"sql": "SELECT 1"}})).await;
        assert_eq!((response.status, &response.json()["code"]), (400, &json!("not-supported")), "{path}");
    }
    for path in ["/v2/query", "/v1alpha1/pg_dump"] {
        let response = cli.post(path, &json!({})).await;
        assert_eq!((response.status, &response.json()["code"]), (404, &json!("not-found")), "{path}");
    }
}

#[tokio::test]
async fn errors_have_status_200_where_clients_of_hasura_expect_it() {
    let ((orders, users), gateway) = (remotes().await, gateway(&[]).await);
    let cli = Cli::new(&gateway);
    assert_eq!(cli.apply(&project(&orders.url(), &users.url()), true).await, Ok(vec![]));
    let stranger = BTreeMap::new();
    for (path, refused, denied) in [("/v1/graphql", 200, 200), ("/v1alpha1/graphql", 400, 401)] {
        for (body, code) in [
            (json!("no object"), "parse-failed"),
            (json!({"query": "{"}), "validation-failed"),
            (json!({"query": "{ unknown }"}), "validation-failed"),
        ] {
            let response = cli.post(path, &body).await;
            let first = &response.json()["errors"][0];
            assert_eq!(
                (response.status, text(&first["extensions"]["code"]).as_str()),
                (refused, code),
                "{path} {body}"
            );
        }
        let response = gateway.post(path, &json!({"query": "{ __typename }"}), &stranger).await.unwrap();
        let first = &response.json()["errors"][0];
        assert_eq!(
            (response.status, &first["extensions"]["code"]),
            (denied, &json!("access-denied")),
            "{path}"
        );
    }
}
