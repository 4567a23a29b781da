//! Several gateways over one database: what one acknowledges all of them serve, whatever is killed meanwhile.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use testkit::{Behaviour, Postgres, Remote};

use support::{BOUND, Serving};

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "support/process.rs"]
mod support;

const USERS: &str = "type Query { user(id: Int!): User } type User { id: Int! name: String }";
const USERS_WITH_AGE: &str =
    "type Query { user(id: Int!): User } type User { id: Int! name: String age: Int }";
const USERS_DATA: &str = r#"{
    "tables": {"users": [{"id": 2, "name": "Bob", "age": 42}]},
    "resolve": {"Query.user": {"find": {"in": "users", "where": {"id": "$id"}}}}
}"#;

/// One gateway, as a load balancer sees it.
struct Node {
    data: tempfile::TempDir,
    /// `None` while it takes no requests.
    address: RwLock<Option<SocketAddr>>,
    serving: Mutex<Option<Serving>>,
}

impl Node {
    fn new() -> Self {
        Self { data: tempfile::tempdir().unwrap(), address: RwLock::default(), serving: Mutex::default() }
    }

    fn address(&self) -> Option<SocketAddr> {
        *self.address.read().unwrap()
    }

    fn start(&self, url: &str) {
        let serving = Serving::start(self.data.path(), &["--metadata-database-url", url], &[]);
        *self.address.write().unwrap() = Some(serving.address);
        *self.serving.lock().unwrap() = Some(serving);
    }

    /// SIGKILL.
    fn kill(&self) {
        *self.address.write().unwrap() = None;
        drop(self.serving.lock().unwrap().take());
    }

    /// SIGTERM, while requests are running on it, and no new ones come. It has to end well.
    async fn drain(&self) {
        *self.address.write().unwrap() = None;
        // Requests that began before have reached it by then; those to the slow remote are still running.
        tokio::time::sleep(Duration::from_millis(150)).await;
        let mut serving = self.serving.lock().unwrap().take().unwrap();
        let id = serving.process.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let begin = Instant::now();
        loop {
            if let Some(status) = serving.process.0.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(begin.elapsed() < BOUND, "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Three gateways, a database and two remotes, one of which is slow.
struct Stage {
    database: Mutex<Postgres>,
    url: String,
    nodes: [Node; 3],
    users: Remote,
    slow: Remote,
    client: Client,
    stops: AtomicBool,
    n_reads: AtomicUsize,
    failures: Mutex<Vec<String>>,
    /// The collections whose making was acknowledged.
    acknowledged: Mutex<BTreeSet<String>>,
}

impl Stage {
    async fn new() -> Arc<Self> {
        let database = Postgres::start().unwrap();
        let users = Remote::start(USERS, USERS_DATA).await.unwrap();
        let slow = Remote::start("type Query { slow: Int }", r#"{"resolve": {}}"#).await.unwrap();
        // A connection for each request: what happens to idle ones is not what is tested here.
        let client = Client::builder().no_proxy().timeout(BOUND).pool_max_idle_per_host(0).build().unwrap();
        let nodes = std::array::from_fn(|_| Node::new());
        let stage = Self {
            url: database.url("postgres"),
            database: Mutex::new(database),
            nodes,
            users,
            slow,
            client,
            stops: AtomicBool::new(false),
            n_reads: AtomicUsize::new(0),
            failures: Mutex::default(),
            acknowledged: Mutex::default(),
        };
        std::thread::scope(|scope| {
            for node in &stage.nodes {
                scope.spawn(|| node.start(&stage.url));
            }
        });
        for (name, remote) in [("users", &stage.users), ("slow", &stage.slow)] {
            let args = json!({"name": name, "definition": {"url": remote.url()}});
            let (status, answer) = stage.command(0, "add_remote_schema", args, None).await.unwrap();
            assert_eq!(status, 200, "{answer}");
        }
        stage.slow.behave(Behaviour::delayed(Duration::from_millis(400)));
        for node in 0..3 {
            stage.served(node, "{ user(id: 2) { name } slow }").await;
        }
        Arc::new(stage)
    }

    /// The answer of a node; `None` when it takes no requests or is gone before it answers.
    async fn post(&self, node: usize, path: &str, body: &Value) -> Option<(u16, Value)> {
        let address = self.nodes[node].address()?;
        let answered = async {
            let url = format!("http://{address}{path}");
            let answer = self.client.post(url).body(body.to_string()).send().await?;
            let status = answer.status().as_u16();
            Ok::<_, reqwest::Error>((status, serde_json::from_slice(&answer.bytes().await?).unwrap()))
        };
        match answered.await {
            Ok(answer) => Some(answer),
            // A load balancer tries another node when this one is gone; else the request has failed.
            Err(_) if self.nodes[node].address() != Some(address) => None,
            Err(error) => Some((0, json!(format!("{error:?}")))),
        }
    }

    async fn command(
        &self,
        node: usize,
        kind: &str,
        args: Value,
        version: Option<u64>,
    ) -> Option<(u16, Value)> {
        let mut body = json!({"type": kind, "args": args});
        if let Some(version) = version {
            body["resource_version"] = version.into();
        }
        self.post(node, "/v1/metadata", &body).await
    }

    /// The document of a node and its version.
    async fn export(&self, node: usize) -> Option<(u64, Value)> {
        let body = json!({"type": "export_metadata", "version": 2, "args": {}});
        let (status, mut answer) = self.post(node, "/v1/metadata", &body).await?;
        (status == 200).then(|| (answer["resource_version"].as_u64().unwrap(), answer["metadata"].take()))
    }

    /// Waits until a node answers a query without errors.
    async fn served(&self, node: usize, query: &str) {
        let body = json!({"query": query});
        eventually(async || match self.post(node, "/v1/graphql", &body).await {
            Some((200, answer)) if answer.get("errors").is_none() => Ok(()),
            other => Err(format!("node {node}: {other:?}")),
        })
        .await;
    }

    /// Waits until the health of a node is what is expected.
    async fn healthy(&self, node: usize, expected: u16) {
        let url = format!("http://{}/healthz", self.nodes[node].address().unwrap());
        eventually(async || match self.client.get(&url).send().await.unwrap().status().as_u16() {
            status if status == expected => Ok(()),
            status => Err(format!("the health of node {node} is {status}")),
        })
        .await;
    }

    /// Asks one node after the other until the test is over.
    async fn read(self: Arc<Self>, query: &'static str, mut node: usize) {
        let body = json!({"query": query});
        while !self.stops.load(Ordering::Relaxed) {
            node = (node + 1) % 3;
            // Another node is asked in place of one that takes no requests.
            let Some((status, answer)) = self.post(node, "/v1/graphql", &body).await else { continue };
            if status != 200 || answer.get("errors").is_some() {
                self.failures.lock().unwrap().push(format!("node {node}: {status} {answer}"));
            }
            self.n_reads.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Makes collections until the test is over, with the version that the node has or without one.
    async fn write(self: Arc<Self>, writer: usize, with_version: bool) {
        let mut n = 0;
        let mut node = writer;
        while !self.stops.load(Ordering::Relaxed) {
            node = (node + 1) % 3;
            n += 1;
            let name = format!("of-{writer}-{n}");
            let version = match with_version {
                true => match self.export(node).await {
                    Some((version, _)) => Some(version),
                    None => continue,
                },
                false => None,
            };
            let args = json!({"name": name, "definition": {"queries": []}});
            match self.command(node, "create_query_collection", args, version).await {
                Some((200, _)) => drop(self.acknowledged.lock().unwrap().insert(name)),
                Some((409, _)) if with_version => {}
                // While the database is away; whether it was stored may be unknown, and either is right.
                Some((500, answer)) if is_about_the_store(&answer) => {}
                None => {}
                Some(answer) => self.failures.lock().unwrap().push(format!("write to {node}: {answer:?}")),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn acknowledged_more(&self, n: usize) {
        let before = self.acknowledged.lock().unwrap().len();
        eventually(async || match self.acknowledged.lock().unwrap().len() {
            now if now >= before + n => Ok(()),
            now => Err(format!("{} writes were acknowledged", now - before)),
        })
        .await;
    }
}

fn is_about_the_store(answer: &Value) -> bool {
    let message = answer["error"].as_str().unwrap_or_default();
    message.contains("the metadata store postgres://127.0.0.1") || message.contains("is stopping")
}

/// Waits until something is so.
async fn eventually(mut is_so: impl AsyncFnMut() -> Result<(), String>) {
    let begin = Instant::now();
    while let Err(why) = is_so().await {
        assert!(begin.elapsed() < BOUND, "{why}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_no_read_fails() {
    let stage = Stage::new().await;
    let mut load = Vec::new();
    for i in 0..2 {
        load.push(tokio::spawn(Arc::clone(&stage).read("{ user(id: 2) { name } }", i)));
    }
    for i in 0..3 {
        load.push(tokio::spawn(Arc::clone(&stage).read("{ slow }", i)));
        load.push(tokio::spawn(Arc::clone(&stage).write(i, i == 2)));
    }
    stage.acknowledged_more(5).await;

    stage.nodes[0].kill();
    stage.acknowledged_more(5).await;
    stage.nodes[0].start(&stage.url);

    for node in &stage.nodes {
        node.drain().await;
        node.start(&stage.url);
        stage.acknowledged_more(2).await;
    }

    stage.database.lock().unwrap().crash().unwrap();
    stage.healthy(1, 500).await;
    let args = json!({"name": "refused", "definition": {"queries": []}});
    let (status, answer) = stage.command(1, "create_query_collection", args, None).await.unwrap();
    assert_eq!((status, &answer["code"]), (500, &"unexpected".into()));
    assert!(answer["error"].as_str().unwrap().contains("cannot be reached; nothing was stored"), "{answer}");
    let n_reads = stage.n_reads.load(Ordering::Relaxed);
    eventually(async || match stage.n_reads.load(Ordering::Relaxed) - n_reads {
        30.. => Ok(()),
        n => Err(format!("{n} reads without the database")),
    })
    .await;
    stage.database.lock().unwrap().restart().unwrap();
    stage.healthy(1, 200).await;
    stage.acknowledged_more(5).await;

    stage.stops.store(true, Ordering::Relaxed);
    for task in load {
        task.await.unwrap();
    }
    let failures = stage.failures.lock().unwrap().clone();
    assert_eq!(failures, [""; 0], "{} reads", stage.n_reads.load(Ordering::Relaxed));
    assert!(stage.n_reads.load(Ordering::Relaxed) > 50);
    eventually(async || {
        let exports = (stage.export(0).await, stage.export(1).await, stage.export(2).await);
        match &exports {
            (Some(first), Some(second), Some(third)) if first == second && second == third => Ok(()),
            _ => Err(format!("{exports:?}")),
        }
    })
    .await;
    let (_, document) = stage.export(0).await.unwrap();
    let collections = document["query_collections"].as_array().unwrap();
    let stored: BTreeSet<String> =
        collections.iter().map(|collection| collection["name"].as_str().unwrap().to_owned()).collect();
    let acknowledged = stage.acknowledged.lock().unwrap().clone();
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "{lost:?} of {}", acknowledged.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_learns_of_an_upstream_reaches_the_others() {
    let stage = Stage::new().await;
    let (version, _) = stage.export(0).await.unwrap();
    stage.users.replace(USERS_WITH_AGE, USERS_DATA).unwrap();
    stage.users.forget();
    let (status, answer) =
        stage.command(1, "reload_remote_schema", json!({"name": "users"}), Some(version)).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    for node in 0..3 {
        stage.served(node, "{ user(id: 2) { age } }").await;
    }
    let n_introspections = stage.users.requests().iter().filter(|request| request.is_introspection()).count();
    assert_eq!(n_introspections, 1, "the others have it from the store");

    // Who knows an old version is told so, whichever node is asked; who names none is not bothered.
    let args = json!({"name": "c", "definition": {"queries": []}});
    let old = stage.command(2, "create_query_collection", args.clone(), Some(version)).await.unwrap();
    assert_eq!((old.0, &old.1["code"]), (409, &"conflict".into()), "{}", old.1);
    let new = stage.command(2, "create_query_collection", args.clone(), Some(version + 1)).await.unwrap();
    assert_eq!(new.0, 200, "the node has heard of the newest one: {}", new.1);
    let again = stage.command(0, "create_query_collection", args, None).await.unwrap();
    assert_eq!((again.0, &again.1["code"]), (400, &"already-exists".into()), "{}", again.1);

    // A node that starts while the upstream is away serves what the others know of it.
    stage.users.stop();
    stage.nodes[0].kill();
    stage.nodes[0].start(&stage.url);
    let known = json!({"query": "{ __type(name: \"User\") { fields { name } } }"});
    let (_, answer) = stage.post(0, "/v1/graphql", &known).await.unwrap();
    assert!(answer.to_string().contains("age"), "{answer}");
}

#[test]
fn a_start_without_the_database_ends_with_a_clear_message() {
    let data = tempfile::tempdir().unwrap();
    // A port that was free a moment ago, and where nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://conjoin:s3cret@127.0.0.1:{port}/graph");
    let words = ["--metadata-database-wait=1", "--metadata-database-url", &url];
    let output = support::conjoin(data.path(), &words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(
        said.contains(&format!("the metadata store postgres://127.0.0.1:{port}/graph cannot be reached")),
        "{said}"
    );
    let everything = said + &String::from_utf8_lossy(&output.stdout);
    assert!(
        everything.contains("waiting for the metadata store") && !everything.contains("s3cret"),
        "{everything}"
    );
}

/// Not a test: prints what changes cost, for three gateways.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn measure_changes() {
    let stage = Stage::new().await;
    let mut times = Vec::new();
    let url = stage.users.url();
    for n in 0..50 {
        // Each makes the remote's type another name, which a query can see: an export would look into the database.
        let customization = json!({"type_names": {"mapping": {"User": format!("User{n}")}}});
        let args = json!({"name": "users", "definition": {"url": url, "customization": customization}});
        let begin = Instant::now();
        let (status, answer) = stage.command(0, "update_remote_schema", args, None).await.unwrap();
        assert_eq!(status, 200, "{answer}");
        let acknowledged = begin.elapsed();
        let query = json!({"query": format!("{{ __type(name: \"User{n}\") {{ name }} }}")});
        for node in 1..3 {
            while stage.post(node, "/v1/graphql", &query).await.unwrap().1["data"]["__type"].is_null() {}
        }
        times.push((begin.elapsed(), acknowledged));
    }
    times.sort();
    println!(
        "a change is acknowledged after {:?}, served by all after {:?} (medians)",
        times[25].1, times[25].0
    );
    println!("the slowest of 50 was served by all after {:?}", times[49].0);

    let mut remotes = Vec::new();
    for n in 0..200 {
        let sdl = format!(
            "type Query {{ thing{n}(id: Int!): Thing{n} }} type Thing{n} {{ id: Int! name: String }}"
        );
        let remote = Remote::start(&sdl, r#"{"resolve": {}}"#).await.unwrap();
        remote.behave(Behaviour::delayed(Duration::from_millis(50)));
        remotes.push(remote);
    }
    let schemas: Vec<Value> = remotes
        .iter()
        .enumerate()
        .map(|(n, remote)| json!({"name": format!("r{n}"), "definition": {"url": remote.url()}}))
        .collect();
    let document = json!({"version": 3, "sources": [], "remote_schemas": schemas});
    let begin = Instant::now();
    let (status, answer) =
        stage.command(0, "replace_metadata", json!({"metadata": document}), None).await.unwrap();
    assert_eq!((status, &answer["is_consistent"]), (200, &true.into()), "{answer}");
    println!("200 remotes that answer in 50 ms are applied after {:?}", begin.elapsed());
    let query = json!({"query": "{ __type(name: \"Thing199\") { name } }"});
    for node in 1..3 {
        while stage.post(node, "/v1/graphql", &query).await.unwrap().1["data"]["__type"].is_null() {}
    }
    println!("and served by all after {:?}", begin.elapsed());

    let bytes =
        "SELECT pg_total_relation_size('conjoin.document') + pg_total_relation_size('conjoin.version')";
    let url = &stage.url;
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url).await.unwrap();
    let before: i64 = sqlx::query_scalar(bytes).fetch_one(&mut connection).await.unwrap();
    for n in 0..100 {
        let args = json!({"name": format!("kept-{n}"), "definition": {"queries": []}});
        let (status, answer) = stage.command(0, "create_query_collection", args, None).await.unwrap();
        assert_eq!(status, 200, "{answer}");
    }
    let after: i64 = sqlx::query_scalar(bytes).fetch_one(&mut connection).await.unwrap();
    let size = stage.export(0).await.unwrap().1.to_string().len();
    println!("a change of a document of {size} bytes takes {} bytes of history", (after - before) / 100);
}
