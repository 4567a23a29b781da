//! The metadata API as its callers see it: each `tests/metadata_api/*.md` is a story of requests and answers.
//!
//! A second-level heading is a step; the fenced blocks below it are what it needs:
//!
//! - `## remote NAME`: starts a GraphQL server with this schema; without a schema, a server that is down
//! - `## stop NAME`, `## start NAME`: takes it down, brings it back
//! - `## schema NAME`: deploys another schema there
//! - `## behave NAME`: makes it misbehave (see the test kit)
//! - `## request`: the body, then the expected status and answer; `## request as ROLE` for another caller than `admin`
//! - `## restart`: opens the store anew, as a new process would
//! - `## healed`: waits until every remote was asked and answers; `## healed NAME` until that one was
//! - `## noticed NAME`: waits until that remote was asked in the background and did not answer
//! - `## permissions off`: restarts so that every role sees everything
//!
//! `${NAME}` stands for the URL of a remote, `${NAME.port}` for its port, and other such words for what differs from run to run.
//! A heading may go on after a colon.
//! `UPDATE=1` writes the answers that were given into the file.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::catalog::Introspection;
use gateway::auth::Session;
use gateway::http::metadata_api;
use gateway::http::traces::Traces;
use gateway::store::{Source, Store};
use gateway::sync::{Hub, Options};
use testkit::Remote;

datatest_stable::harness! {
    { test = story, root = "tests/metadata_api", pattern = r"\.md$" },
}

/// Longest time a story may take.
const LIMIT: Duration = Duration::from_secs(60);

fn story(path: &Path) -> datatest_stable::Result<()> {
    let text = std::fs::read_to_string(path)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let told = runtime.block_on(async { tokio::time::timeout(LIMIT, tell(&text)).await })?;
    if told == text {
        return Ok(());
    }
    if std::env::var_os("UPDATE").is_some() {
        return Ok(std::fs::write(path, told)?);
    }
    let diff = similar::TextDiff::from_lines(&text, &told).unified_diff().context_radius(8).to_string();
    Err(format!("expected (-) and given (+) answers differ; UPDATE=1 accepts the given ones\n{diff}").into())
}

/// The story with the answers that were given.
async fn tell(text: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let mut stage = Stage::open(directory.path()).await;
    let mut told = String::new();
    let mut heading = String::new();
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title.split(':').next().unwrap().trim().to_owned();
            stage.arrange(&heading).await;
        }
        if !line.starts_with("```") {
            told.push_str(line);
            continue;
        }
        let block: String = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        if line.starts_with("```json ") {
            // The expected answer: the given one stands in its place already, after its own blank line.
            told.pop();
            continue;
        }
        told.push_str(&format!("{line}{block}```\n"));
        if let Some(answer) = stage.act(&heading, &block).await {
            told.push_str(&format!("\n{answer}"));
        }
    }
    told
}

/// The remotes and the gateway of one story.
struct Stage {
    directory: std::path::PathBuf,
    remotes: BTreeMap<String, Actor>,
    urls: Arc<Mutex<BTreeMap<String, String>>>,
    hub: Option<Hub>,
    permissions_off: bool,
}

struct Actor {
    sdl: String,
    address: std::net::SocketAddr,
    remote: Option<Remote>,
}

impl Stage {
    async fn open(directory: &Path) -> Self {
        let mut stage = Self {
            directory: directory.to_owned(),
            remotes: BTreeMap::new(),
            urls: Arc::default(),
            hub: None,
            permissions_off: false,
        };
        stage.restart().await;
        stage
    }

    async fn restart(&mut self) {
        // The store is free when nothing of the old hub is left, healers included.
        self.hub = None;
        let path = self.directory.join("conjoin.db");
        let store = loop {
            match Store::open_sqlite(&path).await {
                Ok(store) => break store,
                Err(gateway::store::StoreError::InUse { .. }) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(error) => panic!("{error}"),
            }
        };
        let urls = Arc::clone(&self.urls);
        let options = Options {
            catalog: engine::catalog::Options {
                permissions_off: self.permissions_off,
                ..engine::catalog::Options::default()
            },
            env: Arc::new(move |name| match name {
                "SECRET" => Some("s3cret".into()),
                "NO_URL" => Some("no url".into()),
                _ => urls.lock().unwrap().get(&name.strip_suffix("_URL")?.to_lowercase()).cloned(),
            }),
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_millis(100),
            ..Options::default()
        };
        self.hub = Some(Hub::start(store, options).await.unwrap());
    }

    fn hub(&self) -> &Hub {
        self.hub.as_ref().unwrap()
    }

    /// What a heading alone asks for.
    async fn arrange(&mut self, heading: &str) {
        match heading.split_whitespace().collect::<Vec<_>>()[..] {
            ["remote", name] => {
                let remote = Remote::start("type Query { unused: Int }", "{}").await.unwrap();
                let address = remote.address();
                self.urls.lock().unwrap().insert(name.into(), remote.url());
                // Down until it has a schema.
                remote.stop();
                self.remotes.insert(name.into(), Actor { sdl: String::new(), address, remote: None });
            }
            ["stop", name] => {
                let remote = self.remotes.get_mut(name).unwrap().remote.take();
                drop(remote.expect("it runs"));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            ["start", name] => self.start(name).await,
            ["restart"] => self.restart().await,
            ["permissions", "off"] => {
                self.permissions_off = true;
                self.restart().await;
            }
            ["healed"] => {
                let snapshot = self.hub().snapshot();
                for remote in &snapshot.document.remote_schemas {
                    self.healed(&remote.name).await;
                }
            }
            ["healed", name] => self.healed(name).await,
            ["noticed", name] => {
                while self.hub().draft().failure(name).is_none() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            ["schema" | "behave", _] | ["request", ..] => {}
            _ => panic!("no such step: {heading}"),
        }
    }

    async fn healed(&self, name: &str) {
        while !matches!(self.hub().draft().introspection(name), Some(Introspection::Fresh(_))) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn start(&mut self, name: &str) {
        let actor = self.remotes.get_mut(name).unwrap();
        // The port may take a moment to be free again.
        actor.remote = loop {
            match Remote::start_at(&actor.sdl, "{}", actor.address).await {
                Ok(remote) => break Some(remote),
                Err(error) if format!("{error:#}").contains("in use") => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(error) => panic!("{error:#}"),
            }
        };
    }

    /// What a heading asks for with a block; a request gives its answer, as a block.
    async fn act(&mut self, heading: &str, block: &str) -> Option<String> {
        match heading.split_whitespace().collect::<Vec<_>>()[..] {
            ["remote", name] => {
                self.remotes.get_mut(name).unwrap().sdl = block.into();
                self.start(name).await;
                None
            }
            ["schema", name] => {
                self.remotes[name].remote.as_ref().unwrap().replace(block, "{}").unwrap();
                None
            }
            ["behave", name] => {
                let behaviour = serde_json::from_str(block).unwrap();
                self.remotes[name].remote.as_ref().unwrap().behave(behaviour);
                None
            }
            ["request"] => Some(self.request("admin", block).await),
            ["request", "as", role] => Some(self.request(role, block).await),
            _ => panic!("the step takes no block: {heading}"),
        }
    }

    async fn request(&self, role: &str, body: &str) -> String {
        let mut body = body.to_owned();
        for (name, url) in &*self.urls.lock().unwrap() {
            body = body.replace(&format!("${{{name}}}"), url);
        }
        let session = Session { role: role.to_owned().into(), variables: Vec::new() };
        let response = metadata_api::handle(
            self.hub(),
            &Arc::new(Traces::new(0, 0)),
            &session,
            Source::Api,
            body.into(),
            true,
        )
        .await;
        let status = response.status().as_u16();
        assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let mut answer = serde_json::to_string_pretty(&answer).unwrap();
        for (name, actor) in &self.remotes {
            let url = &self.urls.lock().unwrap()[name];
            answer = answer.replace(url, &format!("${{{name}}}"));
            let port = |port: &dyn std::fmt::Display| format!("\"port\": {port},");
            answer = answer.replace(&port(&actor.address.port()), &port(&format_args!("${{{name}.port}}")));
        }
        let state = self.hub().catalog_state().await.unwrap();
        answer = answer.replace(&state.id, "${uuid}");
        answer = answer.replace(concat!("conjoin/", env!("CARGO_PKG_VERSION")), "conjoin/${version}");
        let version = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");
        answer = answer.replace(version, "\"version\": \"${version}\"");
        answer = without_times(&answer);
        // Each system has its own number for it.
        answer = answer.replace(&format!("(os error {})", connection_refused()), "(os error ${refused})");
        format!("```json {status}\n{answer}\n```\n")
    }
}

/// The answer with `${time}` for each point in time, and for how long something took.
fn without_times(answer: &str) -> String {
    const VARIES: [&str; 4] = ["at", "introspected_at", "introspection_ms", "ms"];
    fn of_time(line: &str) -> Option<(&str, &str)> {
        VARIES.iter().find_map(|key| line.split_once(&format!("\"{key}\": ")))
    }
    let lines = answer.split_inclusive('\n').map(|line| match of_time(line) {
        Some((before, value)) if !value.starts_with("null") => {
            let key = line.split('"').nth(1).unwrap_or_default();
            let comma = if value.trim_end().ends_with(',') { "," } else { "" };
            format!("{before}\"{key}\": \"${{time}}\"{comma}\n")
        }
        _ => line.to_owned(),
    });
    lines.collect()
}

/// What this system says of a port where nobody listens.
fn connection_refused() -> i32 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    std::net::TcpStream::connect(address).unwrap_err().raw_os_error().unwrap()
}
