//! Starts the upstream and the competitors, and says when they are ready.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::credentials::{Credentials, KEY, SECRET};
use crate::drive;
use crate::process::Process;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A competitor's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The program written by hand.
    Floor,
    /// Conjoin with one alias for each key.
    Alias,
    /// Conjoin with all keys in one list.
    List,
    /// The same without a line of log for every request.
    Quiet,
    /// The same as [`Kind::List`], keeping no traces.
    Untraced,
    /// Conjoin with lists of keys, whose callers show an admin secret.
    Secret,
    /// The same, with callers that all show one token (HS256).
    Token,
    /// The same, with a token that is new in each request.
    NewToken,
    /// Hive Gateway, joining by lists of keys.
    Hive,
}

impl Kind {
    /// All kinds; the first is what the others are compared with.
    pub const ALL: [Self; 9] = [
        Self::Floor,
        Self::Alias,
        Self::List,
        Self::Quiet,
        Self::Untraced,
        Self::Secret,
        Self::Token,
        Self::NewToken,
        Self::Hive,
    ];

    /// Its name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Alias => "conjoin",
            Self::List => "conjoin-list",
            Self::Quiet => "conjoin-list-quiet",
            Self::Untraced => "conjoin-list-untraced",
            Self::Secret => "conjoin-secret",
            Self::Token => "conjoin-token",
            Self::NewToken => "conjoin-new-token",
            Self::Hive => "hive-gateway",
        }
    }

    /// Whether it takes part unless it is named.
    pub fn is_usual(self) -> bool {
        matches!(self, Self::Floor | Self::Alias | Self::List | Self::Quiet)
    }

    /// Who the clients say they are.
    pub fn credentials(self) -> Credentials {
        match self {
            Self::Floor | Self::Alias | Self::List | Self::Quiet | Self::Untraced | Self::Hive => {
                Credentials::None
            }
            Self::Secret => Credentials::Secret,
            Self::Token => Credentials::Token,
            Self::NewToken => Credentials::NewToken,
        }
    }
}

/// Where things are on this machine.
#[derive(Debug)]
pub struct Places {
    /// The release binary of Conjoin.
    pub conjoin: PathBuf,
    /// The words of a program that is to run it, such as a profiler; usually none.
    pub under: Vec<String>,
    /// The directory `bench` of the repository.
    pub bench: PathBuf,
    /// Where peers are installed.
    pub peers: PathBuf,
    /// For data directories of gateways.
    pub scratch: Scratch,
}

/// A directory that goes when the run goes.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Places {
    /// Nothing but a new scratch directory.
    pub fn new() -> anyhow::Result<Self> {
        let scratch = std::env::temp_dir().join(format!("conjoin-bench-{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        let (conjoin, bench, peers) = Default::default();
        Ok(Self { conjoin, under: Vec::new(), bench, peers, scratch: Scratch(scratch) })
    }
}

impl Scratch {
    /// The path of something in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays lies where the system clears up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A child process, ended when this is dropped.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// What it costs can be read here.
    pub fn process(&self) -> Process {
        Process(self.0.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The three APIs.
#[derive(Debug)]
pub struct Upstream {
    /// URLs by name.
    pub urls: BTreeMap<String, String>,
    /// Its process.
    pub running: Running,
}

/// A competitor that answers.
#[derive(Debug)]
pub struct Gateway {
    /// What it is.
    pub kind: Kind,
    /// Where it answers.
    pub url: String,
    /// Its process.
    pub running: Running,
    /// From its start until it answered.
    pub start: Duration,
    /// Memory before the first query, in KiB.
    pub idle_memory: u64,
}

impl Upstream {
    /// Starts it.
    pub fn start() -> anyhow::Result<Self> {
        let (running, lines) = announced(&mut Command::new(sibling("upstream")?), 3)?;
        let pair = |line: &String| line.split_once(' ').map(|(name, url)| (name.to_owned(), url.to_owned()));
        let urls: Option<BTreeMap<_, _>> = lines.iter().map(pair).collect();
        Ok(Self { urls: urls.context("cannot read the upstream's URLs")?, running })
    }

    /// How many requests it has had.
    pub fn requests(&self) -> anyhow::Result<u64> {
        let stats: BTreeMap<String, u64> = serde_json::from_slice(&drive::get(&self.control("stats")?)?)?;
        Ok(stats.values().sum())
    }

    /// Makes every answer take that long.
    pub fn delay(&self, milliseconds: u64) -> anyhow::Result<()> {
        drive::get(&self.control(&format!("delay/{milliseconds}"))?).map(|_| ())
    }

    fn control(&self, path: &str) -> anyhow::Result<String> {
        let url = self.urls.get("orders").context("there is no API for orders")?;
        Ok(url.replace("graphql", path))
    }
}

impl Gateway {
    /// Starts one and waits until it is ready.
    pub fn start(kind: Kind, upstream: &Upstream, places: &Places) -> anyhow::Result<Self> {
        let started = Instant::now();
        let (running, url) = match kind {
            Kind::Floor => {
                let mut command = Command::new(sibling("floor")?);
                for api in crate::schema::Api::ALL {
                    command.arg(upstream.urls.get(api.name()).context("an API has no URL")?);
                }
                let (running, lines) = announced(&mut command, 1)?;
                (running, lines.concat())
            }
            Kind::Hive => hive(upstream, places)?,
            _ => conjoin(kind, upstream, places)?,
        };
        let start = started.elapsed();
        // Threads settle.
        std::thread::sleep(Duration::from_millis(300));
        let idle_memory = running.process().memory();
        Ok(Self { kind, url, running, start, idle_memory })
    }
}

fn conjoin(kind: Kind, upstream: &Upstream, places: &Places) -> anyhow::Result<(Running, String)> {
    let metadata = if kind == Kind::Alias { "metadata/alias" } else { "metadata/list" };
    let (running, base) =
        serve(places, &places.scratch.join(kind.name()), "/healthz?strict=true", |command| {
            command.arg("--metadata-dir").arg(places.bench.join(metadata));
            if kind == Kind::Quiet {
                command.args(["--enabled-log-types", "startup"]);
            }
            if kind == Kind::Untraced {
                command.args(["--trace-capacity", "0"]);
            }
            if kind.credentials() != Credentials::None {
                command.env("CONJOIN_ADMIN_SECRET", SECRET);
            }
            if matches!(kind, Kind::Token | Kind::NewToken) {
                command.env("CONJOIN_JWT_SECRET", format!(r#"{{"type":"HS256","key":"{KEY}"}}"#));
                // Users are to see what administrators see.
                command.arg("--remote-schema-permissions=off");
            }
            for (name, url) in &upstream.urls {
                command.env(format!("{}_URL", name.to_uppercase()), url);
            }
        })?;
    Ok((running, format!("{base}/v1/graphql")))
}

/// Starts Conjoin over a data directory, with more options as `configure` adds them; gives its base URL once the path `probe` says
/// that it is ready.
pub fn serve(
    places: &Places,
    data: &Path,
    probe: &str,
    configure: impl FnOnce(&mut Command),
) -> anyhow::Result<(Running, String)> {
    let port = free_port()?;
    let words: Vec<&OsStr> =
        places.under.iter().map(OsStr::new).chain([places.conjoin.as_os_str()]).collect();
    let (program, rest) = words.split_first().context("there is no program")?;
    let mut command = Command::new(program);
    command.args(rest).args(["serve", "--host", "127.0.0.1", "--port", &port.to_string()]);
    command.arg("--data-dir").arg(data);
    configure(&mut command);
    let running = start(command.stdout(Stdio::null()).stderr(Stdio::inherit()))?;
    let base = format!("http://127.0.0.1:{port}");
    until_ready(running, &format!("{base}{probe}"), base)
}

fn hive(upstream: &Upstream, places: &Places) -> anyhow::Result<(Running, String)> {
    let own = places.peers.join("hive");
    install(&places.bench.join("peers/hive"), &own)?;
    let modules = own.join("node_modules");
    let mut compose = Command::new(modules.join(".bin/mesh-compose"));
    compose.current_dir(&own).args(["-o", "supergraph.graphql"]).stdout(Stdio::null());
    for (name, url) in &upstream.urls {
        compose.env(format!("{}_URL", name.to_uppercase()), url);
    }
    if !compose.status().context("cannot run mesh-compose")?.success() {
        bail!("mesh-compose failed");
    }
    let port = free_port()?;
    let mut command = Command::new("node");
    command.arg(modules.join(".bin/hive-gateway")).args(["supergraph", "supergraph.graphql"]);
    command.current_dir(&own).env("PORT", port.to_string()).env("NODE_ENV", "production");
    let running = start(command.stdout(Stdio::null()).stderr(Stdio::inherit()))?;
    let base = format!("http://127.0.0.1:{port}");
    until_ready(running, &format!("{base}/readiness"), format!("{base}/graphql"))
}

/// Installs a peer from npm, once.
fn install(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for file in std::fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let file = file?;
        std::fs::copy(file.path(), to.join(file.file_name()))?;
    }
    if to.join("node_modules/.bin/hive-gateway").exists() {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.current_dir(to).args(["install", "--no-audit", "--no-fund", "--loglevel", "error"]);
    if !npm.stdout(Stdio::null()).status().context("cannot run npm")?.success() {
        bail!("npm install failed in {}", to.display());
    }
    Ok(())
}

fn until_ready(mut running: Running, probe: &str, url: String) -> anyhow::Result<(Running, String)> {
    let started = Instant::now();
    loop {
        match drive::get(probe) {
            Ok(_) => return Ok((running, url)),
            Err(error) => {
                if let Some(status) = running.0.try_wait()? {
                    bail!("it ended with {status}");
                }
                if started.elapsed() > PATIENCE {
                    return Err(error.context("it does not become ready"));
                }
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Starts one of our own programs and reads the lines in which it says where it is.
fn announced(command: &mut Command, count: usize) -> anyhow::Result<(Running, Vec<String>)> {
    let mut running = start(command.stdout(Stdio::piped()))?;
    let output = running.0.stdout.take().context("it has no output")?;
    let lines: Vec<String> = BufReader::new(output).lines().take(count).collect::<Result<_, _>>()?;
    if lines.len() < count {
        bail!("{} ended too soon", command.get_program().to_string_lossy());
    }
    Ok((running, lines))
}

fn start(command: &mut Command) -> anyhow::Result<Running> {
    let child = command.stdin(Stdio::null()).spawn();
    Ok(Running(child.with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?))
}

/// A program that was built beside this one.
fn sibling(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
