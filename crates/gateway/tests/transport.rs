//! Executed operations as their clients see them on the wire: methods, batches, cookies, limits, join plans, clients that leave.
//!
//! What answers contain is the subject of the end-to-end cases; here two joined remotes are enough.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gateway::config::Config;
use gateway::config::settings::ServeOptions;
use gateway::server::Gateway;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use testkit::Remote;
use testkit::remote::behaviour::Behaviour;

const ORDERS: &str = "type Query { order(id: Int!): Order } type Mutation { add(user_id: Int!): Order } \
                      type Subscription { order: Order } type Order { id: Int user_id: Int total: Float }";
const ORDERS_DATA: &str = r#"{
    "tables": {"orders": [{"id": 1, "user_id": 2, "total": 12.5}]},
    "resolve": {
        "Query.order": {"find": {"in": "orders", "where": {"id": "$id"}}},
        "Mutation.add": {"insert": {"in": "orders", "row": {"user_id": "$user_id"}, "serial": "id"}}
    }
}"#;
const USERS: &str = "type Query { user(id: Int!): User } type User { id: Int name: String }";
const USERS_DATA: &str = r#"{
    "tables": {"users": [{"id": 2, "name": "Bob"}]},
    "resolve": {"Query.user": {"find": {"in": "users", "where": {"id": "$id"}}}}
}"#;
const JOINED: &str = "{ order(id: 1) { id user { name } } }";

/// Two joined remotes behind a gateway.
struct Setting {
    orders: Remote,
    users: Remote,
    gateway: Gateway,
    client: Client,
    _data: tempfile::TempDir,
}

impl Setting {
    async fn new(words: &[&str]) -> Self {
        let orders = Remote::start(ORDERS, ORDERS_DATA).await.unwrap();
        let users = Remote::start(USERS, USERS_DATA).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let data_dir = format!("--data-dir={}", data.path().display());
        let words = ["--port=0", &data_dir].into_iter().chain(words.iter().copied());
        let config = Config::new(&ServeOptions::parse(words).unwrap(), &|_| None).unwrap();
        let gateway = Gateway::open(config).await.unwrap();
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let setting = Self { orders, users, gateway, client, _data: data };
        let relationship = json!({
            "remote_schema": "orders", "type_name": "Order", "name": "user",
            "definition": {"to_remote_schema": {
                "remote_schema": "users", "lhs_fields": ["user_id"],
                "remote_field": {"user": {"arguments": {"id": "$user_id"}}},
            }},
        });
        let forward = |url: String| json!({"url": url, "forward_client_headers": true});
        let add = |name: &str, url| json!({"type": "add_remote_schema", "args": {"name": name, "definition": forward(url)}});
        let body = json!({"type": "bulk", "args": [
            add("orders", setting.orders.url()),
            add("users", setting.users.url()),
            {"type": "create_remote_schema_remote_relationship", "args": relationship},
        ]});
        let answer = setting.post("/v1/metadata", &[], &body).await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        setting.orders.forget();
        setting.users.forget();
        setting
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.gateway.address())
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Response {
        let mut request = self.client.post(self.url(path)).body(body.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn query(&self, query: &str) -> Value {
        body_of(self.post("/v1/graphql", &[], &json!({"query": query})).await).await
    }
}

async fn body_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

fn with_header(name: &str, value: &str) -> Behaviour {
    Behaviour { headers: BTreeMap::from([(name.to_owned(), value.to_owned())]), ..Behaviour::default() }
}

#[tokio::test]
async fn a_join_takes_one_request_to_each_remote() {
    let setting = Setting::new(&[]).await;
    assert_eq!(setting.query(JOINED).await, json!({"data": {"order": {"id": 1, "user": {"name": "Bob"}}}}));
    assert_eq!((setting.orders.operations().len(), setting.users.operations().len()), (1, 1));
}

#[tokio::test]
async fn client_headers_and_session_reach_both_remotes() {
    let setting = Setting::new(&[]).await;
    let headers = [("authorization", "Bearer c"), ("x-hasura-user-id", "7")];
    setting.post("/v1/graphql", &headers, &json!({"query": JOINED})).await;
    for request in setting.orders.operations().iter().chain(&setting.users.operations()) {
        assert_eq!(request.headers["authorization"], "Bearer c");
        assert_eq!(request.headers["x-hasura-user-id"], "7");
        assert_eq!(request.headers["x-hasura-role"], "admin");
        assert!(request.headers["x-forwarded-host"].starts_with("127.0.0.1:"));
    }
}

#[tokio::test]
async fn clients_may_speak_http2() {
    let setting = Setting::new(&[]).await;
    let client = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let body = json!({"query": JOINED}).to_string();
    let requests = (0..50).map(|_| client.post(setting.url("/v1/graphql")).body(body.clone()).send());
    for answer in futures_util::future::join_all(requests).await {
        let answer = answer.unwrap();
        assert_eq!(answer.version(), http::Version::HTTP_2);
        assert_eq!(body_of(answer).await, json!({"data": {"order": {"id": 1, "user": {"name": "Bob"}}}}));
    }
    let host = &setting.orders.operations()[0].headers["x-forwarded-host"];
    assert_eq!(*host, setting.gateway.address().to_string());
}

#[tokio::test]
async fn queries_may_be_got_and_mutations_may_not() {
    let setting = Setting::new(&[]).await;
    let get = async |query: &str, accept: &str| {
        let url = url::Url::parse_with_params(&setting.url("/v1/graphql"), [("query", query)]).unwrap();
        setting.client.get(url).header("accept", accept).send().await.unwrap()
    };
    let answer = body_of(get("{ order(id: 1) { total } }", "*/*").await).await;
    assert_eq!(answer, json!({"data": {"order": {"total": 12.5}}}));
    setting.orders.forget();
    let mutation = "mutation { add(user_id: 2) { id } }";
    let answer = body_of(get(mutation, "*/*").await).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "method-not-allowed");
    let request =
        setting.client.head(setting.url("/v1/graphql")).body(json!({"query": mutation}).to_string());
    request.send().await.unwrap();
    let answer = get(mutation, "application/graphql-response+json").await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["allow"]), (405, &"POST".parse().unwrap()));
    assert!(setting.orders.operations().is_empty());
}

#[tokio::test]
async fn subscriptions_are_sent_elsewhere() {
    let setting = Setting::new(&[]).await;
    assert_eq!(
        setting.query("subscription { order { id } }").await,
        json!({"errors": [{
            "message": "subscriptions are not supported over HTTP, use websockets instead",
            "extensions": {"path": "$", "code": "unexpected-payload"},
        }]})
    );
}

#[tokio::test]
async fn invalid_operations_have_a_status_where_statuses_are_real() {
    let setting = Setting::new(&[]).await;
    let body = json!({"query": "{ nothing }"});
    let real = [("accept", "application/graphql-response+json")];
    assert_eq!(setting.post("/v1/graphql", &[], &body).await.status(), 200);
    assert_eq!(setting.post("/v1alpha1/graphql", &[], &body).await.status(), 400);
    assert_eq!(setting.post("/v1/graphql", &real, &body).await.status(), 400);
    assert_eq!(setting.post("/v1/graphql", &real, &json!({"query": JOINED})).await.status(), 200);
}

#[tokio::test]
async fn batches_of_queries_run_at_once_and_keep_their_order() {
    let setting = Setting::new(&[]).await;
    setting.orders.behave(Behaviour::delayed(Duration::from_millis(300)));
    let item = |id: u32| json!({"query": format!("{{ order(id: {id}) {{ id }} }}")});
    let begin = Instant::now();
    let batch = json!([item(1), {"query": 1}, item(9), item(1), item(9)]);
    let answer = body_of(setting.post("/v1/graphql", &[], &batch).await).await;
    assert!(begin.elapsed() < Duration::from_millis(900), "{:?}", begin.elapsed());
    assert_eq!(answer[0], json!({"data": {"order": {"id": 1}}}));
    assert_eq!(answer[1]["errors"][0]["extensions"]["code"], "parse-failed");
    assert_eq!(answer[2], json!({"data": {"order": null}}));
    assert_eq!(answer[3], answer[0]);
}

#[tokio::test]
async fn batches_with_mutations_run_one_after_the_other() {
    let setting = Setting::new(&[]).await;
    setting.orders.behave(Behaviour::delayed(Duration::from_millis(50)));
    let add = json!({"query": "mutation { add(user_id: 2) { id } }"});
    let batch = json!([add, {"query": "{ order(id: 2) { id } }"}]);
    let answer = body_of(setting.post("/v1/graphql", &[], &batch).await).await;
    assert_eq!(answer, json!([{"data": {"add": {"id": 2}}}, {"data": {"order": {"id": 2}}}]));
}

#[tokio::test]
async fn cookies_of_root_calls_reach_the_client() {
    let setting = Setting::new(&[]).await;
    setting.orders.behave(with_header("set-cookie", "o=1; HttpOnly"));
    setting.users.behave(with_header("set-cookie", "u=1"));
    let cookies = |answer: &Response| -> Vec<String> {
        let cookies = answer.headers().get_all("set-cookie").iter();
        cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
    };
    let answer = setting.post("/v1/graphql", &[], &json!({"query": JOINED})).await;
    assert_eq!(cookies(&answer), ["o=1; HttpOnly"]);
    let roots = json!({"query": "{ order(id: 1) { id } user(id: 2) { name } }"});
    let mut both = cookies(&setting.post("/v1/graphql", &[], &roots).await);
    both.sort();
    assert_eq!(both, ["o=1; HttpOnly", "u=1"]);
    let answer = setting.post("/v1/graphql", &[], &json!([{"query": JOINED}])).await;
    assert!(cookies(&answer).is_empty());
}

#[tokio::test]
async fn the_time_limit_of_a_request_ends_its_upstream_requests() {
    let setting = Setting::new(&["--request-timeout=1"]).await;
    setting.users.behave(Behaviour::delayed(Duration::from_secs(10)));
    let begin = Instant::now();
    let answer = setting.query(JOINED).await;
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(answer["data"], json!({"order": {"id": 1, "user": null}}));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "remote-schema-error");
    let internal = answer["errors"][0]["extensions"]["internal"].to_string();
    assert!(internal.contains("time limit of the whole request"), "{answer}");
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_query_along_and_not_its_mutation() {
    let setting = Setting::new(&[]).await;
    let leave = async |query: &str| {
        let request =
            setting.client.post(setting.url("/v1/graphql")).body(json!({"query": query}).to_string());
        request.timeout(Duration::from_millis(150)).send().await.unwrap_err();
    };
    setting.orders.behave(Behaviour::delayed(Duration::from_millis(400)));
    leave(JOINED).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(setting.users.operations().is_empty(), "the join was not made");
    leave("mutation { add(user_id: 2) { user { name } } }").await;
    tokio::time::timeout(Duration::from_secs(10), async {
        while setting.users.operations().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the mutation's join was made");
}

#[tokio::test]
async fn a_stop_waits_for_a_mutation_whose_client_has_left() {
    let setting = Setting::new(&[]).await;
    setting.orders.behave(Behaviour::delayed(Duration::from_millis(500)));
    let mutation = json!({"query": "mutation { add(user_id: 2) { user { name } } }"});
    let request = setting.client.post(setting.url("/v1/graphql")).body(mutation.to_string());
    request.timeout(Duration::from_millis(150)).send().await.unwrap_err();
    assert_eq!(setting.orders.operations().len(), 1, "it is under way");
    let Setting { users, gateway, client, .. } = setting;
    // An idle connection of the client's must not be what the stop waits for.
    drop(client);
    tokio::time::timeout(Duration::from_secs(20), gateway.stop()).await.expect("it stops");
    assert_eq!(users.operations().len(), 1, "the mutation's join was made before the stop was over");
}

#[tokio::test]
async fn administrators_may_see_the_join_plan() {
    let setting = Setting::new(&[]).await;
    let body = json!({"query": JOINED});
    let ask = async |headers: &[(&str, &str)]| -> Value {
        body_of(setting.post("/v1/graphql", headers, &body).await).await
    };
    let plan = ask(&[("x-gateway-explain", "plan")]).await;
    assert_eq!(plan["data"], json!({"order": {"id": 1, "user": {"name": "Bob"}}}));
    let steps = plan["extensions"]["joinPlan"]["steps"].as_array().unwrap();
    assert_eq!(
        steps.iter().map(|step| step["schema"].as_str().unwrap()).collect::<Vec<_>>(),
        ["orders", "users"]
    );
    assert!(steps[0].get("requests").is_none());
    let trace = ask(&[("x-gateway-explain", "trace")]).await;
    let join = &trace["extensions"]["joinPlan"]["steps"][1];
    assert_eq!((&join["keysIn"], &join["keysUnique"], &join["rowsOut"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(trace["extensions"]["joinPlan"]["steps"][0]["rowsOut"], 1);
    setting.users.replace(USERS, &USERS_DATA.replace("\"id\": 2", "\"id\": 3")).unwrap();
    let trace = ask(&[("x-gateway-explain", "trace")]).await;
    let join = &trace["extensions"]["joinPlan"]["steps"][1];
    assert_eq!((&join["keysIn"], &join["rowsOut"]), (&json!(1), &json!(0)), "nothing came of it");
    assert_eq!(join["requests"][0]["status"], 200);
    assert!(join["requests"][0]["query"].as_str().unwrap().contains("user"));
    assert!(trace["extensions"]["joinPlan"]["totalNs"].as_u64().unwrap() > 0);
    let user = ask(&[("x-gateway-explain", "plan"), ("x-hasura-role", "user")]).await;
    assert!(user.get("extensions").is_none());
}

#[tokio::test]
async fn explaining_asks_nobody() {
    let setting = Setting::new(&[]).await;
    let plain = json!({"query": JOINED});
    let nested = json!({"query": {"query": JOINED, "variables": {}}, "user": {"X-Hasura-Role": "admin"}});
    for body in [&plain, &nested] {
        let plan = body_of(setting.post("/v1/graphql/explain", &[], body).await).await;
        assert_eq!((&plan["version"], plan["steps"].as_array().unwrap().len()), (&json!(1), 2));
    }
    let answer = setting.post("/v1/graphql/explain?format=text", &[], &plain).await;
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(answer.text().await.unwrap().contains("users.user"));
    let nobody = json!({"query": {"query": JOINED}, "user": {"x-hasura-role": "user"}});
    let answer = setting.post("/v1/graphql/explain", &[], &nobody).await;
    assert_eq!(answer.status(), 400);
    assert_eq!(body_of(answer).await["code"], "validation-failed");
    assert!(setting.orders.operations().is_empty() && setting.users.operations().is_empty());
}
