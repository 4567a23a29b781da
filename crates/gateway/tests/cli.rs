//! The command line as a user meets it: the real binary, a scratch directory, and a server that answers from a script.
//!
//! A case is a directory in `tests/cli`:
//!
//! - `commands`: `NAME=value` lines set the environment, `$ conjoin …` lines are run in order, `$ cd DIR` changes
//!   the directory. `$ interrupt conjoin …`
//!   presses Ctrl-C as soon as the server has the request. `{server}` is the server's URL, `{closed}` one where nobody
//!   listens.
//! - `project/`: copied to the scratch directory, with the same placeholders.
//! - `server.json`: the secret, and an answer for each request; see [`Script`].
//! - `expected.txt`: what was printed, asked of the server and changed on disk. `UPDATE=1` rewrites it.
//!
//! The consoles in `docs/cli.md` are run in the same way, in order, against `tests/cli/documentation`.

#[path = "support/scripted_server.rs"]
mod scripted_server;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use scripted_server::{Script, Server};
use tempfile::TempDir;

datatest_stable::harness! {
    { test = case, root = "tests/cli", pattern = r"/commands$" },
    { test = documentation, root = "../../docs", pattern = r"/?cli\.md$" },
}

/// A command that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn case(commands: &Path) -> datatest_stable::Result<()> {
    let directory = commands.parent().ok_or("a case is in a directory")?;
    let mut scene = Scene::new(directory)?;
    let before = scene.files()?;
    let mut transcript = String::new();
    for line in fs::read_to_string(commands)?.lines().filter(|line| !line.trim().is_empty()) {
        match line.strip_prefix("$ ") {
            Some(command) if command.starts_with("cd ") => scene.current = command["cd ".len()..].into(),
            Some(command) => scene.run(command)?.write(command, &mut transcript),
            None => {
                let (name, value) = line.split_once('=').ok_or("a line is NAME=value or `$ conjoin …`")?;
                scene.environment.insert(name.to_owned(), scene.fill(value));
            }
        }
    }
    for (name, content) in scene.files()?.iter().filter(|(name, content)| before.get(*name) != Some(content))
    {
        let _ = write!(transcript, "=== file {name}\n{}", scene.clean(&head(content)));
    }
    check(&directory.join("expected.txt"), &transcript);
    Ok(())
}

/// Runs each `$ conjoin …` of the document's consoles and compares what follows it.
fn documentation(document: &Path) -> datatest_stable::Result<()> {
    let scene = Scene::new(Path::new("tests/cli/documentation"))?;
    let text = fs::read_to_string(document)?;
    let mut checked = String::new();
    let mut in_console = false;
    for line in text.lines() {
        if in_console && line != "```" {
            if let Some(command) = line.strip_prefix("$ ") {
                let result = scene.run(command)?;
                let output = format!("{line}\n{}{}", result.stdout, result.stderr);
                let output = output.replace("{server}", "http://localhost:8080");
                checked.push_str(&output.replace("{version}", env!("CARGO_PKG_VERSION")));
            }
            // Every other line is output, which the command above has just written again.
            continue;
        }
        in_console = line == "```console";
        let _ = writeln!(checked, "{line}");
    }
    check(document, &checked);
    Ok(())
}

/// Compares `got` with the file, or rewrites the file when `UPDATE` is set.
fn check(file: &Path, got: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, got).expect("the expectation can be written");
        return;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    let file = file.display();
    assert!(
        expected == got,
        "{file} differs (UPDATE=1 rewrites it)\n----- expected\n{expected}\n----- got\n{got}"
    );
}

/// A scratch directory with a project, and a server.
struct Scene {
    directory: TempDir,
    server: Option<Server>,
    closed: String,
    environment: BTreeMap<String, String>,
    /// Where commands run, below `directory`.
    current: PathBuf,
}

/// What one command did, with everything that differs between runs replaced.
struct Transcript {
    stdout: String,
    stderr: String,
    exit: String,
    requests: String,
}

impl Scene {
    fn new(case: &Path) -> datatest_stable::Result<Self> {
        let script = case.join("server.json");
        let server = match script.exists() {
            true => Some(Server::start(serde_json::from_str::<Script>(&fs::read_to_string(script)?)?)),
            false => None,
        };
        // A port that was just free and is let go again: nobody listens there.
        let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let closed = format!("http://{closed}");
        let scene = Self {
            directory: TempDir::new()?,
            server,
            closed,
            environment: BTreeMap::new(),
            current: PathBuf::new(),
        };
        scene.copy(&case.join("project"), scene.directory.path())?;
        Ok(scene)
    }

    fn copy(&self, from: &Path, to: &Path) -> datatest_stable::Result<()> {
        if !from.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let path = entry?.path();
            let target = to.join(path.file_name().ok_or("an entry has a name")?);
            match path.is_dir() {
                true => self.copy(&path, &target)?,
                false => fs::write(target, self.fill(&fs::read_to_string(path)?))?,
            }
        }
        Ok(())
    }

    /// Replaces placeholders by what they stand for in this run.
    fn fill(&self, text: &str) -> String {
        let server = self.server.as_ref().map_or("{no server}", |server| &server.url);
        text.replace("{server}", server).replace("{closed}", &self.closed)
    }

    /// The reverse, and the same for everything else that differs between runs.
    fn clean(&self, text: &str) -> String {
        let directory = self.directory.path().display().to_string();
        let mut text = text.replace(&directory, "{directory}").replace(&self.closed, "{closed}");
        if let Some(server) = &self.server {
            text = text.replace(&server.url, "{server}");
        }
        let text = text.replace(env!("CARGO_PKG_VERSION"), "{version}").replace('\u{1b}', "\\e");
        without_durations(&text)
    }

    fn run(&self, line: &str) -> datatest_stable::Result<Transcript> {
        let (line, interrupt) = match line.strip_prefix("interrupt ") {
            Some(line) => (line, true),
            None => (line, false),
        };
        let arguments = line.strip_prefix("conjoin").ok_or("only conjoin can be run")?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_conjoin"))
            .args(words(&self.fill(arguments)))
            .current_dir(self.directory.path().join(&self.current))
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdout = drain(child.stdout.take().ok_or("piped")?);
        let stderr = drain(child.stderr.take().ok_or("piped")?);
        let start = Instant::now();
        let mut interrupted = !interrupt;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if !interrupted && self.server.as_ref().is_some_and(Server::was_asked) {
                interrupted = true;
                Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
            }
            if start.elapsed() > PATIENCE {
                child.kill()?;
                return Err(format!("`conjoin{arguments}` hangs").into());
            }
            thread::sleep(Duration::from_millis(5));
        };
        let text = |reader: thread::JoinHandle<Vec<u8>>| {
            self.clean(&head(&String::from_utf8_lossy(&reader.join().unwrap_or_default())))
        };
        Ok(Transcript {
            stdout: text(stdout),
            stderr: text(stderr),
            exit: status.code().map_or("killed".to_owned(), |code| code.to_string()),
            requests: without_introspection(
                &self.clean(&self.server.as_ref().map(Server::take_requests).unwrap_or_default()),
            ),
        })
    }

    /// All files below the scratch directory.
    fn files(&self) -> datatest_stable::Result<BTreeMap<String, String>> {
        let mut files = BTreeMap::new();
        let mut pending = vec![self.directory.path().to_owned()];
        while let Some(directory) = pending.pop() {
            for entry in fs::read_dir(directory)? {
                let path = entry?.path();
                match path.is_dir() {
                    true => pending.push(path),
                    false => {
                        let name = path.strip_prefix(self.directory.path())?.display().to_string();
                        files.insert(name, fs::read_to_string(path)?);
                    }
                }
            }
        }
        Ok(files)
    }
}

impl Transcript {
    fn write(&self, command: &str, text: &mut String) {
        let _ = writeln!(text, "$ {command}");
        for (name, content) in
            [("stdout", &self.stdout), ("stderr", &self.stderr), ("requests", &self.requests)]
        {
            if !content.is_empty() {
                let _ = write!(text, "--- {name}\n{content}");
            }
        }
        let _ = writeln!(text, "--- exit {}\n", self.exit);
    }
}

fn drain(mut output: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = output.read_to_end(&mut bytes);
        bytes
    })
}

/// What is long is generated by a library (completion scripts): that it is there is all we want to know.
fn head(text: &str) -> String {
    match text.lines().count() {
        0..=120 => text.to_owned(),
        _ => format!("{}\n…\n", text.lines().next().unwrap_or_default()),
    }
}

/// What remotes are asked for their schemas is long, and always the same.
fn without_introspection(requests: &str) -> String {
    let line = |line: &str| match line.contains("query IntrospectionQuery {") {
        true => "    (introspection)\n".to_owned(),
        false => line.to_owned(),
    };
    requests.split_inclusive('\n').map(line).collect()
}

/// `in 12 ms` depends on the day.
fn without_durations(text: &str) -> String {
    let mut parts = text.split(" in ");
    let mut cleaned = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|char: char| char.is_ascii_digit());
        let is_duration = rest.len() < part.len() && rest.starts_with(" ms");
        let _ = write!(
            cleaned,
            " in {}{}",
            if is_duration { "{n}" } else { "" },
            if is_duration { rest } else { part }
        );
    }
    cleaned
}

/// Splits at blanks outside of single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}
