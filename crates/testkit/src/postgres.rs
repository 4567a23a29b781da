//! A real PostgreSQL server of the system's package, on a free loopback port, over a directory that goes with it.
//!
//! The server refuses to run as root; then it runs as `nobody`. It is ended by its own process id.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;

/// The user and group that a server started by root runs as.
const NOBODY: u32 = 65534;

/// Generous: a server that hangs fails its test, and a slow machine does not.
const BOUND: Duration = Duration::from_secs(60);

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    directory: TempDir,
    port: u16,
    server: Option<Child>,
}

impl Postgres {
    /// Makes an empty cluster and starts its server; the one user `postgres` needs no password.
    pub fn start() -> anyhow::Result<Self> {
        let programs = programs().context(
            "these tests need a PostgreSQL server: `apt-get install postgresql`, which `cargo xtask test` does by itself",
        )?;
        let directory = tempfile::tempdir()?;
        if is_root()? {
            // The server has to get to its directory, which temporary directories keep to their owner.
            chown(directory.path(), Some(NOBODY), Some(NOBODY))?;
        }
        let cluster = directory.path().join("cluster");
        let made = as_user(&programs.join("initdb"))?
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&cluster)
            .current_dir("/")
            .output()?;
        ensure!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        let mut postgres = Self { programs, directory, port: 0, server: None };
        // Somebody else may take the port between the look and the start.
        for _ in 0..5 {
            postgres.port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            if postgres.launch()? {
                return Ok(postgres);
            }
        }
        bail!("the server did not start: {}", fs::read_to_string(postgres.log()).unwrap_or_default())
    }

    /// A URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port, also while it is stopped.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a database.
    pub fn create_database(&self, name: &str) -> anyhow::Result<()> {
        self.run_sql("postgres", &format!("CREATE DATABASE {name}"))
    }

    /// Runs statements, each by itself.
    pub fn run_sql(&self, database: &str, statements: &str) -> anyhow::Result<()> {
        let output = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", &self.url(database)])
            .args(["--command", statements])
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Ends the server as a crash would: without telling its clients, and without writing down what it has in memory.
    pub fn crash(&mut self) -> anyhow::Result<()> {
        self.end("-QUIT")
    }

    /// Starts the server again after [`Postgres::crash`], over the same data.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        for _ in 0..20 {
            if self.launch()? {
                return Ok(());
            }
            // What the crashed one leaves behind takes a moment to go.
            std::thread::sleep(Duration::from_millis(200));
        }
        bail!("the server did not start again: {}", fs::read_to_string(self.log()).unwrap_or_default())
    }

    fn end(&mut self, signal: &str) -> anyhow::Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        let status = Command::new("kill").args([signal, &server.id().to_string()]).status()?;
        ensure!(status.success(), "the server cannot be ended");
        server.wait()?;
        Ok(())
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// Starts the server and waits until it answers; `false` when it ended by itself.
    fn launch(&mut self) -> anyhow::Result<bool> {
        let log = fs::File::create(self.log())?;
        let mut server = as_user(&self.programs.join("postgres"))?
            .arg("-D")
            .arg(self.directory.path().join("cluster"))
            .args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k", ""])
            // What a crash of the whole machine would do is not tested.
            .args(["-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=60"])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let begin = Instant::now();
        while begin.elapsed() < BOUND {
            if server.try_wait()?.is_some() {
                return Ok(false);
            }
            let is_ready = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
                && self.run_sql("postgres", "SELECT 1").is_ok();
            if is_ready {
                self.server = Some(server);
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        server.kill()?;
        server.wait()?;
        bail!("the server does not answer")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A second failure would hide the first one.
        let _ = self.end("-QUIT");
    }
}

/// Where the newest server's programs are.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |directory: &Path| directory.file_name()?.to_str()?.parse::<u32>().ok();
    let mut directories: Vec<_> = versions.filter_map(Result::ok).map(|entry| entry.path()).collect();
    directories.retain(|directory| directory.join("bin/postgres").exists());
    directories.sort_by_key(|directory| version(directory));
    directories.pop().map(|directory| directory.join("bin"))
}

fn is_root() -> anyhow::Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

/// A program as the user that may run the server. It replaces its starter, so that the child's id is its own.
fn as_user(program: &Path) -> anyhow::Result<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    let nobody = NOBODY.to_string();
    command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups", "--"]).arg(program);
    Ok(command)
}
