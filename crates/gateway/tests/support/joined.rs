//! A gateway over two remotes that are joined: orders and their users.

use std::time::Duration;

use gateway::config::Config;
use gateway::config::settings::{self, ServeOptions};
use gateway::server::Gateway;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use testkit::Remote;

const ORDERS: &str = "type Query { orders: [Order] order(id: Int!): Order } type Mutation { add(user_id: Int!): Order } \
                      type Order { id: Int user_id: Int }";
const ORDERS_DATA: &str = r#"{
    "tables": {"orders": [{"id": 1, "user_id": 2}, {"id": 9005678, "user_id": 7001234}, {"id": 3, "user_id": 2}]},
    "resolve": {
        "Query.orders": {"list": {"in": "orders"}},
        "Query.order": {"find": {"in": "orders", "where": {"id": "$id"}}},
        "Mutation.add": {"insert": {"in": "orders", "row": {"user_id": "$user_id"}, "serial": "id"}}
    }
}"#;
pub(crate) const USERS: &str = "type Query { user(id: Int!): User } type User { id: Int name: String }";
const USERS_DATA: &str = r#"{
    "tables": {"users": [{"id": 2, "name": "Bob"}]},
    "resolve": {"Query.user": {"find": {"in": "users", "where": {"id": "$id"}}}}
}"#;

/// Both remotes and the gateway.
pub(crate) struct Joined {
    pub(crate) orders: Remote,
    pub(crate) users: Remote,
    pub(crate) gateway: Gateway,
    pub(crate) client: Client,
    _data: tempfile::TempDir,
}

impl Joined {
    /// With words as they stand after `conjoin serve`.
    pub(crate) async fn new(words: &[&str]) -> Self {
        let orders = Remote::start(ORDERS, ORDERS_DATA).await.unwrap();
        let users = Remote::start(USERS, USERS_DATA).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let options = ServeOptions::parse(words.iter().copied()).unwrap();
        let options =
            options.with(settings::PORT, "0").with(settings::DATA_DIR, data.path().to_str().unwrap());
        let gateway = Gateway::open(Config::new(&options, &|_| None).unwrap()).await.unwrap();
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let joined = Self { orders, users, gateway, client, _data: data };
        let add = |name: &str, url: String| json!({"type": "add_remote_schema", "args": {"name": name, "definition": {"url": url}}});
        let relationship = json!({
            "remote_schema": "orders", "type_name": "Order", "name": "user",
            "definition": {"to_remote_schema": {
                "remote_schema": "users", "lhs_fields": ["user_id"],
                "remote_field": {"user": {"arguments": {"id": "$user_id"}}},
            }},
        });
        let answer = joined.metadata(json!({"type": "bulk", "args": [
            add("orders", joined.orders.url()),
            add("users", joined.users.url()),
            {"type": "create_remote_schema_remote_relationship", "args": relationship},
        ]}));
        answer.await;
        joined
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.gateway.address())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.client.post(self.url(path)).body(body.to_string()).send().await.unwrap()
    }

    /// The answer to a query.
    pub(crate) async fn query(&self, body: Value) -> Value {
        let answer = self.post("/v1/graphql", &body).await;
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// The answer to a metadata command that has to succeed.
    pub(crate) async fn metadata(&self, body: Value) -> Value {
        let answer = self.post("/v1/metadata", &body).await;
        let status = answer.status();
        let answer = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(status, 200, "{answer}");
        answer
    }
}
