//! The tours in README.md and other documents, taken as their readers take them: the real binary, and the sample remotes
//! that they name.
//!
//! Every `console` block between `<!-- tour -->` and `<!-- /tour -->` is run in order, from the root of the repository, and
//! what follows a command must be what it prints. `UPDATE=1` rewrites it. Ports of the text stand for free ones. Of a shell's
//! language only this is understood: single quotes, `export NAME=VALUE …`, `&` and `>FILE` at the end. `curl` and
//! `sample-remote` are played by this test, so that nothing needs to be installed.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use testkit::Remote;

/// A step that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_leads_where_it_says() {
    take_tour("README.md").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_steps_lead_where_it_says() {
    take_tour("docs/getting-started.md").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_believed_as_it_says() {
    take_tour("docs/authentication.md").await;
}

async fn take_tour(document: &str) {
    let file = Path::new(ROOT).join(document);
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once("<!-- tour -->").expect("the document has a tour");
    let (tour, after) = rest.split_once("<!-- /tour -->").expect("the tour has an end");
    let mut traveller = Traveller::new();
    let taken = tokio::time::timeout(PATIENCE, traveller.take(tour)).await.expect("the tour ends");
    if std::env::var_os("UPDATE").is_some() {
        let text = format!("{before}<!-- tour -->{taken}<!-- /tour -->{after}");
        return std::fs::write(file, text).unwrap();
    }
    let diff = similar::TextDiff::from_lines(tour, &taken).unified_diff().context_radius(3).to_string();
    assert!(diff.is_empty(), "{document} shows (-) what is not printed (+); UPDATE=1 rewrites it\n{diff}");
}

/// Files that README.md quotes are quoted as they are: a `yaml` block that begins with `# <path>`.
#[test]
fn quoted_files_are_as_they_are() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let quotes: Vec<&str> = text.split("```yaml\n# ").skip(1).collect();
    assert!(!quotes.is_empty(), "README.md quotes no file");
    for quote in quotes {
        let (path, rest) = quote.split_once('\n').unwrap();
        let quoted = rest.split("```").next().unwrap();
        let file = std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
        assert!(file.contains(quoted), "{path} has no such part:\n{quoted}");
    }
}

/// Who takes the tour: what runs, and where it really listens.
struct Traveller {
    data: tempfile::TempDir,
    environment: BTreeMap<String, String>,
    remotes: Vec<Remote>,
    gateway: Option<Gateway>,
    /// `127.0.0.1:PORT` as written, and as it is here.
    addresses: Vec<(String, String)>,
    client: reqwest::Client,
}

/// The gateway's process; ends with the tour.
struct Gateway(Child);

impl Drop for Gateway {
    fn drop(&mut self) {
        // It runs until it is told to stop, and the tour never does that.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Traveller {
    fn new() -> Self {
        Self {
            data: tempfile::tempdir().unwrap(),
            environment: BTreeMap::new(),
            remotes: Vec::new(),
            gateway: None,
            addresses: Vec::new(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// The tour with what its commands print here.
    async fn take(&mut self, tour: &str) -> String {
        let mut taken = String::new();
        let mut in_console = false;
        let mut lines = tour.split_inclusive('\n');
        while let Some(line) = lines.next() {
            let is_fence = line.starts_with("```");
            if !in_console || is_fence {
                in_console = is_fence && line.trim_end() == "```console";
                taken.push_str(line);
                continue;
            }
            // Other lines are what the last run printed.
            let Some(first) = line.strip_prefix("$ ") else { continue };
            let mut command = first.to_owned();
            while command.matches('\'').count() % 2 == 1 {
                command.push_str(lines.next().expect("a quote is closed"));
            }
            let output = self.run(command.trim_end()).await;
            taken.push_str(&format!("$ {command}{}", self.as_written(&output)));
        }
        taken
    }

    async fn run(&mut self, command: &str) -> String {
        let words = words(&self.as_here(command));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let words: Vec<&str> =
            words.into_iter().filter(|word| *word != "&" && !word.starts_with('>')).collect();
        match words.as_slice() {
            ["export", assignments @ ..] => {
                for assignment in assignments {
                    let (name, value) = assignment.split_once('=').expect("NAME=VALUE");
                    self.environment.insert(name.to_owned(), value.to_owned());
                }
                String::new()
            }
            ["sample-remote", flags @ ..] => self.start_remote(flags).await,
            ["conjoin", "serve", flags @ ..] => self.start_gateway(flags),
            ["conjoin", rest @ ..] => {
                let output = self.conjoin().args(rest).output().unwrap();
                String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
            }
            ["curl", rest @ ..] => self.curl(rest).await,
            _ => panic!("`{command}` cannot be run here; put what is not to be run into a `sh` block"),
        }
    }

    async fn start_remote(&mut self, flags: &[&str]) -> String {
        let flag = |name: &str| {
            let at = flags.iter().position(|flag| *flag == name).expect("the flag is given");
            flags[at + 1]
        };
        let read = |path: &str| std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
        let remote = Remote::start(&read(flag("--sdl")), &read(flag("--data"))).await.unwrap();
        let url = remote.url();
        let here = url.trim_start_matches("http://").trim_end_matches("/graphql").to_owned();
        self.addresses.push((format!("127.0.0.1:{}", flag("--port")), here));
        self.remotes.push(remote);
        format!("{url}\n")
    }

    fn start_gateway(&mut self, flags: &[&str]) -> String {
        let mut command = self.conjoin();
        command.args(["serve", "--port=0", "--data-dir"]).arg(self.data.path()).args(flags);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stdout.take().unwrap());
        self.gateway = Some(Gateway(child));
        let (sender, lines) = mpsc::channel();
        // The pipe is read to its end: a full one would stop the gateway.
        std::thread::spawn(move || {
            log.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        loop {
            let line: Value = serde_json::from_str(&lines.recv_timeout(PATIENCE).unwrap()).unwrap();
            if let Some(address) = line["detail"]["info"]["address"].as_str() {
                self.addresses.push(("127.0.0.1:8080".to_owned(), address.to_owned()));
                self.environment.insert("CONJOIN_ENDPOINT".to_owned(), format!("http://{address}"));
                return String::new();
            }
        }
    }

    fn conjoin(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conjoin"));
        command.env_clear().envs(&self.environment).current_dir(ROOT);
        command
    }

    async fn curl(&self, words: &[&str]) -> String {
        let mut words = words.iter();
        let (mut url, mut body, mut headers) = (None, None, Vec::new());
        while let Some(word) = words.next() {
            match *word {
                "-d" => body = words.next(),
                "-H" => headers.push(words.next().unwrap().split_once(": ").unwrap()),
                word => url = Some(word),
            }
        }
        let url = url.expect("a URL is given");
        let request = match body {
            Some(body) => self.client.post(url).body((*body).to_owned()),
            None => self.client.get(url),
        };
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        // A terminal shows the next prompt below whatever was printed.
        format!("{}\n", request.send().await.unwrap().text().await.unwrap().trim_end())
    }

    fn as_here(&self, text: &str) -> String {
        self.moved(text, |(written, here)| (written, here))
    }

    fn as_written(&self, text: &str) -> String {
        self.moved(text, |(written, here)| (here, written))
    }

    /// The text with other addresses. One pass: a port may begin like another one, or be what another one becomes.
    fn moved(&self, text: &str, direction: impl Fn(&(String, String)) -> (&String, &String)) -> String {
        let mut parts = text.split("127.0.0.1:");
        let mut moved = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let address = format!("127.0.0.1:{}", &part[..end]);
            let to = self.addresses.iter().map(&direction).find(|(from, _)| **from == address);
            moved.push_str(to.map_or(&address, |(_, to)| to));
            moved.push_str(&part[end..]);
        }
        moved
    }
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
