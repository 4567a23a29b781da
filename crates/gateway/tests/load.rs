//! Many requests: none is lost, and nothing is kept that is not needed any more.
//!
//! `LOAD=20000` makes it many more.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use serde_json::{Value, json};
use testkit::{Behaviour, Remote};

use support::Serving;

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "support/process.rs"]
mod support;

const ORDERS: &str = "type Query { order(id: Int!): Order } type Order { id: Int! user_id: Int! }";
const ORDERS_DATA: &str = r#"{
    "tables": {"orders": [{"id": 1, "user_id": 2}]},
    "resolve": {"Query.order": {"find": {"in": "orders", "where": {"id": "$id"}}}}
}"#;
const USERS: &str = "type Query { user(id: Int!): User } type User { id: Int! name: String }";
const USERS_DATA: &str = r#"{
    "tables": {"users": [{"id": 2, "name": "Bob"}]},
    "resolve": {"Query.user": {"find": {"in": "users", "where": {"id": "$id"}}}}
}"#;

/// Two joined remotes and a gateway in a process of its own.
struct Stage {
    orders: Remote,
    users: Remote,
    serving: Serving,
    _data: tempfile::TempDir,
}

impl Stage {
    async fn new(words: &[&str]) -> Self {
        let orders = Remote::start(ORDERS, ORDERS_DATA).await.unwrap();
        let users = Remote::start(USERS, USERS_DATA).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let serving = Serving::start(data.path(), words, &[]);
        for (name, remote) in [("orders", &orders), ("users", &users)] {
            let args = json!({"name": name, "definition": {"url": remote.url()}});
            serving.metadata("add_remote_schema", args).await;
        }
        let definition = json!({"to_remote_schema": {"remote_schema": "users", "lhs_fields": ["user_id"],
            "remote_field": {"user": {"arguments": {"id": "$user_id"}}}}});
        let args = json!({"remote_schema": "orders", "type_name": "Order", "name": "user", "definition": definition});
        serving.metadata("create_remote_schema_remote_relationship", args).await;
        orders.forget();
        users.forget();
        Self { orders, users, serving, _data: data }
    }

    async fn query(&self, query: &str) -> Value {
        self.serving.post("/v1/graphql", &json!({"query": query})).await.1
    }

    /// Memory of the gateway's process, in bytes.
    fn memory(&self) -> usize {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.serving.process.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
    }

    /// Files and connections that the gateway's process has open.
    fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.serving.process.0.id())).unwrap().count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_at_once_are_all_answered() {
    const AT_ONCE: usize = 1000;
    let stage = Stage::new(&[]).await;
    stage.orders.behave(Behaviour::delayed(Duration::from_secs(1)));
    let begin = Instant::now();
    let answers = join_all((0..AT_ONCE).map(|_| stage.query("{ order(id: 1) { id user { name } } }"))).await;
    for answer in answers {
        assert_eq!(answer, json!({"data": {"order": {"id": 1, "user": {"name": "Bob"}}}}));
    }
    // Nobody waited for another's upstream: it takes about the time of one, and that of a slow machine's work.
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    assert_eq!(stage.orders.operations().len(), AT_ONCE);
    assert_eq!(stage.users.operations().len(), AT_ONCE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_and_connections_stay_bounded() {
    // A small cache, so that it is full soon: half of the operations are seen for the first time.
    let stage = Stage::new(&["--plan-cache-bytes=1000000"]).await;
    let load = async |first: usize, count: usize| {
        let requests = stream::iter(first..first + count).map(|index| {
            let stage = &stage;
            async move {
                let query = match index % 4 {
                    0 => format!("query Q{index} {{ order(id: 1) {{ id user {{ name }} }} }}"),
                    1 => format!("query Q{index} {{ order(id: 7) {{ id a{index}: id }} }}"),
                    2 => format!("{{ nothing{index} }}"),
                    _ => "{ order(id: 1) { id user { name } } }".to_owned(),
                };
                let answer = stage.query(&query).await;
                assert_eq!(answer["errors"].is_null(), index % 4 != 2, "{answer}");
            }
        });
        requests.buffer_unordered(64).collect::<Vec<()>>().await;
        stage.orders.forget();
        stage.users.forget();
    };
    let count = std::env::var("LOAD").map_or(3_000, |count| count.parse().unwrap());
    load(0, 1_000).await;
    let (memory, open_files) = (stage.memory(), stage.open_files());
    load(1_000, count).await;
    let (later, open_later) = (stage.memory(), stage.open_files());
    // The allocator's own doing has room; two kilobytes for each request do not.
    let grown = later.saturating_sub(memory);
    assert!(grown < 4 << 20, "memory grew by {grown} bytes from {memory}");
    assert!(open_later <= open_files + 64, "{open_files} open files became {open_later}");
}
