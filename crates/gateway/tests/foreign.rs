//! Servers that we did not write, joined with each other: GraphQL Yoga, Strawberry and Apollo Server.
//!
//! Their programs are in `tests/foreign/`; their packages are installed below the target directory on the first run, from the lock files there.
//! Each prints its URL and every operation it gets, so that the test can count. Without Node.js or Python there is nothing to
//! run, and the test says so loudly.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::Gateway;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);

/// A running foreign server; it ends with this value.
struct Server {
    child: Child,
    url: String,
    lines: Receiver<String>,
}

/// The gateway and the servers behind it.
struct Joined {
    gateway: Gateway,
    shop: Server,
    people: Server,
    companies: Server,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_of_three_makers_are_joined() {
    let Some(directory) = install() else { return };
    let joined = Joined::start(&directory).await;

    // Three hops over the servers of three makers, with an enum, a custom scalar and IDs as keys.
    joined
        .check(
            r#"{ order(id: "1") { id status total customer { name company { id name size } } } }"#,
            json!({"order": {"id": "1", "status": "OPEN", "total": "19.50", "customer":
                {"name": "Bob", "company": {"id": "c1", "name": "Acme", "size": "LARGE"}}}}),
            [1, 1, 1],
        )
        .await;
    // Equal keys are fetched once, a null key not at all.
    joined
        .check(
            "{ orders(first: 4) { id customer { name company { name } } } }",
            json!({"orders": [
                {"id": "1", "customer": {"name": "Bob", "company": {"name": "Acme"}}},
                {"id": "2", "customer": {"name": "Alice", "company": {"name": "Acme"}}},
                {"id": "3", "customer": {"name": "Bob", "company": {"name": "Acme"}}},
                {"id": "4", "customer": null},
            ]}),
            [1, 1, 1],
        )
        .await;
    // To the first server and back again.
    joined
        .check(
            r#"{ order(id: "1") { customer { latest { id customer { name } } } } }"#,
            json!({"order": {"customer": {"latest": {"id": "3", "customer": {"name": "Bob"}}}}}),
            [2, 2, 0],
        )
        .await;
    // Members of a union and implementers of an interface.
    joined
        .check(
            "{ search(customerId: 1) { __typename ... on Sold { id } ... on Order { customer { name } } ... on Voucher { percent } } }",
            json!({"search": [
                {"__typename": "Order", "id": "2", "customer": {"name": "Alice"}},
                {"__typename": "Voucher", "id": "v1", "percent": 10},
            ]}),
            [1, 1, 0],
        )
        .await;
    // What the relationship binds and what the client gives make one input object.
    joined
        .check(
            r#"{ users(ids: [1, 2]) { name employers(filter: {name: "Acme"}, limit: 1) { name owners { name } } } }"#,
            json!({"users": [
                {"name": "Bob", "employers": [{"name": "Acme", "owners": [{"name": "Alice"}]}]},
                {"name": "Alice", "employers": [{"name": "Acme", "owners": [{"name": "Alice"}]}]},
            ]}),
            [0, 2, 1],
        )
        .await;
    // Root fields of two servers, and a join below a mutation.
    joined
        .check(
            r#"{ user(id: 1) { greeting(style: LONG) } bySize(size: SMALL) { name } }"#,
            json!({"user": {"greeting": "Good morning, dear Alice"}, "bySize": [{"name": "Globex"}]}),
            [0, 1, 1],
        )
        .await;
    joined
        .check(
            r#"mutation { placeOrder(customerId: 1, total: "5.00") { id total customer { name } } }"#,
            json!({"placeOrder": {"id": "6", "total": "5.00", "customer": {"name": "Alice"}}}),
            [1, 1, 0],
        )
        .await;

    // Errors of each maker's kind stand at the client's paths, and the rest is served.
    let answer = joined.ask(r#"{ o: order(id: "5") { id who: customer { name } } }"#).await;
    assert_eq!(answer["data"], json!({"o": {"id": "5", "who": null}}));
    assert_eq!(answer["errors"][0]["message"], "user 13 is locked");
    assert_eq!(answer["errors"][0]["path"], json!(["o", "who"]));
    let answer = joined.ask("{ user(id: 3) { name company { name } } }").await;
    assert_eq!(answer["data"], json!({"user": {"name": "Carol", "company": null}}));
    assert_eq!(answer["errors"][0]["message"], "the file of company c9 is sealed");
    assert_eq!(answer["errors"][0]["path"], json!(["user", "company"]));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "SEALED");
    assert_eq!(answer["errors"][0]["extensions"]["since"], 1999);

    // What their schemas say is kept.
    joined.operations();
    let answer = joined
        .ask(
            r#"{ user: __type(name: "User") { description } money: __type(name: "Money") { specifiedByURL }
                 status: __type(name: "OrderStatus") { enumValues(includeDeprecated: true) { name deprecationReason } } }"#,
        )
        .await;
    assert_eq!(answer["data"]["user"]["description"], "Somebody with an account.");
    assert_eq!(answer["data"]["money"]["specifiedByURL"], "https://example.com/money");
    let values = answer["data"]["status"]["enumValues"].as_array().unwrap();
    assert!(values.contains(&json!({"name": "LOST", "deprecationReason": "never happens"})), "{answer}");
    assert_eq!(joined.operations(), [0, 0, 0]);
}

impl Joined {
    async fn start(directory: &Path) -> Self {
        let python = directory.join("venv/bin/python");
        let joined = Self {
            shop: Server::start(Path::new("node"), directory, "shop.mjs"),
            people: Server::start(&python, directory, "people.py"),
            companies: Server::start(Path::new("node"), directory, "companies.mjs"),
            gateway: Gateway::start(&[]).await.unwrap(),
        };
        for (name, server) in
            [("shop", &joined.shop), ("people", &joined.people), ("companies", &joined.companies)]
        {
            joined.call("add_remote_schema", json!({"name": name, "definition": {"url": server.url}})).await;
        }
        for (remote, type_name, name, target, key, field) in [
            (
                "shop",
                "Order",
                "customer",
                "people",
                "customerId",
                json!({"user": {"arguments": {"id": "$customerId"}}}),
            ),
            (
                "people",
                "User",
                "company",
                "companies",
                "companyId",
                json!({"company": {"arguments": {"id": "$companyId"}}}),
            ),
            (
                "people",
                "User",
                "latest",
                "shop",
                "id",
                json!({"latest": {"arguments": {"customerId": "$id"}}}),
            ),
            (
                "people",
                "User",
                "employers",
                "companies",
                "companyId",
                json!({"companies": {"arguments": {"filter": {"id": {"eq": "$companyId"}}}}}),
            ),
            (
                "companies",
                "Company",
                "owners",
                "people",
                "ownerId",
                json!({"users": {"arguments": {"ids": ["$ownerId"]}}}),
            ),
        ] {
            let definition = json!({"to_remote_schema": {"remote_schema": target, "lhs_fields": [key], "remote_field": field}});
            let arguments = json!({"remote_schema": remote, "type_name": type_name, "name": name, "definition": definition});
            joined.call("create_remote_schema_remote_relationship", arguments).await;
        }
        joined.operations();
        joined
    }

    async fn call(&self, command: &str, arguments: Value) {
        let body = json!({"type": command, "args": arguments});
        let answer = self.gateway.post("/v1/metadata", &body, &BTreeMap::new()).await.unwrap();
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
    }

    async fn ask(&self, query: &str) -> Value {
        let answer =
            self.gateway.post("/v1/graphql", &json!({"query": query}), &BTreeMap::new()).await.unwrap();
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Asks, and compares the data and the numbers of operations that shop, people and companies got.
    async fn check(&self, query: &str, data: Value, operations: [usize; 3]) {
        self.operations();
        let answer = self.ask(query).await;
        assert_eq!(answer, json!({"data": data}), "{query}");
        assert_eq!(self.operations(), operations, "{query}");
    }

    /// How many operations shop, people and companies got since the last call.
    fn operations(&self) -> [usize; 3] {
        [&self.shop, &self.people, &self.companies].map(Server::operations)
    }
}

impl Server {
    fn start(program: &Path, directory: &Path, script: &str) -> Self {
        let mut command = Command::new(program);
        command.arg(script).current_dir(directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut server = Self { child, url: String::new(), lines };
        let first = server.lines.recv_timeout(START).unwrap_or_else(|error| panic!("{script}: {error}"));
        server.url = first.strip_prefix("listening ").unwrap().to_owned();
        server
    }

    fn operations(&self) -> usize {
        // A server prints before it answers, but the line still has to come through the pipe.
        let mut count = 0;
        while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(50)) {
            count += usize::from(line.starts_with("operation "));
        }
        count
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::print_stdout, reason = "a skipped test must be seen")]
/// Installs the packages of the servers unless that is done; none when there is no Node.js or no Python.
fn install() -> Option<PathBuf> {
    for program in ["node", "npm", "python3"] {
        let mut probe = Command::new(program);
        if probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            println!("\n*** SKIPPED: {program} is not installed, so no foreign server can be joined ***\n");
            return None;
        }
    }
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign");
    std::fs::create_dir_all(&directory).unwrap();
    let stamp = directory.join("installed");
    let read = |name: &str| std::fs::read_to_string(sources.join(name)).unwrap();
    let wanted = read("package-lock.json") + &read("requirements.txt");
    let installed = std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
    for entry in std::fs::read_dir(&sources).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, directory.join(path.file_name().unwrap())).unwrap();
        }
    }
    if !installed {
        run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]), &directory);
        run(Command::new("python3").args(["-m", "venv", "--clear", "venv"]), &directory);
        let pip = directory.join("venv/bin/pip");
        run(Command::new(pip).args(["install", "--quiet", "--requirement", "requirements.txt"]), &directory);
        std::fs::write(&stamp, wanted).unwrap();
    }
    Some(directory)
}

fn run(command: &mut Command, directory: &Path) {
    let output = command.current_dir(directory).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
