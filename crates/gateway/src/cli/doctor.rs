//! `conjoin doctor`: whether everything is in order that commands and a server depend on, and what to do about what is not.
//!
//! Nothing is changed, and no value that may be a secret is printed. [`remotes`] is about upstreams, [`words`] about what certificates and
//! connections are refused for.

mod remotes;
mod words;

use std::fmt::Write as _;
use std::net::TcpListener;
use std::time::{Duration, SystemTime};

use clap::builder::styling::{AnsiColor, Style};
use metadata::Document;
use serde_json::{Value, json};

use super::Outcome;
use super::client::Client;
use super::error::{Error, Exit};
use super::metadata::inconsistency;
use super::options::Options;
use super::project::Project;
use super::settings::Settings;
use super::snapshot::Snapshots;
use super::terminal::Terminal;
use super::variables;

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    subject: &'static str,
    name: String,
    status: Status,
    message: String,
    /// What to do.
    help: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    Warn,
    Fail,
}

/// Clocks that differ by more make tokens start late or end early.
const MOST_SKEW: Duration = Duration::from_secs(5);

/// What is waited for an answer; nobody wants a doctor who takes five minutes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at everything.
pub(super) async fn run(options: &Options, terminal: &Terminal) -> Result<Outcome, Error> {
    let step = terminal.step("looking");
    let project = Project::find(options, terminal)?;
    let settings = Settings::load(options, &project, terminal);
    let mut findings = Vec::new();
    configuration(&project, &settings, &mut findings);
    let document = metadata(&project, &mut findings);
    if let Some(document) = &document {
        environment(&project, document, &mut findings);
    }
    let mut clock = None;
    if let Ok(settings) = &settings {
        clock = server(options, settings, document.as_ref(), terminal, &mut findings).await?;
    }
    if let Some(document) = &document {
        let date = remotes::look(
            document,
            &project,
            PATIENCE.min(options.timeout()),
            clock.is_none(),
            &mut findings,
        )
        .await;
        clock = clock.or(date);
    }
    findings.extend(clock.map(|skew| of_clock(&skew)));
    drop(step);
    Ok(outcome(&findings, terminal.colour()))
}

impl Finding {
    fn new(
        subject: &'static str,
        name: impl Into<String>,
        status: Status,
        message: impl Into<String>,
    ) -> Self {
        Self { subject, name: name.into(), status, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What a command would have failed with.
    fn failed(subject: &'static str, name: impl Into<String>, error: &Error) -> Self {
        let place = error.place.as_ref();
        let place =
            place.map(|place| format!("{}:{}:{}: ", place.file.display(), place.at.line, place.at.column));
        let message = format!("{}{}", place.unwrap_or_default(), error.message);
        Self { help: error.help.clone(), ..Self::new(subject, name, Status::Fail, message) }
    }
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Warn => AnsiColor::Yellow.on_default().bold(),
            Self::Fail => AnsiColor::Red.on_default().bold(),
        }
    }
}

/// Which value each setting has, and where it came from.
fn configuration(project: &Project, settings: &Result<Settings, Error>, findings: &mut Vec<Finding>) {
    let mut add = |name: &str, status, message: String| {
        findings.push(Finding::new("configuration", name, status, message));
    };
    match project.config_file() {
        Some(path) => add("config.yaml", Status::Ok, path.display().to_string()),
        None => add("config.yaml", Status::Ok, "none".to_owned()),
    }
    match project.environment.file() {
        Some(path) => add(".env", Status::Ok, path.display().to_string()),
        None => add(".env", Status::Ok, "none".to_owned()),
    }
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return findings.push(Finding::failed("configuration", "settings", error)),
    };
    for (name, value, origin) in &settings.origins {
        add(name, Status::Ok, format!("{value}, from {origin}"));
    }
    let is_local = is_local(settings);
    match &settings.secret {
        Some(secret) => add("admin secret", Status::Ok, format!("set, from {}", secret.origin)),
        None if is_local => add("admin secret", Status::Ok, "none".to_owned()),
        None => findings.push(
            Finding::new(
                "configuration",
                "admin secret",
                Status::Warn,
                "none, for a server on another machine",
            )
            .help("set CONJOIN_ADMIN_SECRET, or pass --admin-secret-file"),
        ),
    }
    if settings.insecure {
        findings.push(
            Finding::new("configuration", "TLS", Status::Warn, "the server's certificate is not checked")
                .help(
                    "name its authority with --certificate-authority, and leave insecure_skip_tls_verify out",
                ),
        );
    }
}

fn is_local(settings: &Settings) -> bool {
    let host = settings.endpoint.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The metadata of the project, if there is any.
fn metadata(project: &Project, findings: &mut Vec<Finding>) -> Option<Document> {
    let (path, origin) = project.metadata_place();
    let name = path.display().to_string();
    if !path.exists() {
        let finding =
            Finding::new("project", "metadata", Status::Ok, format!("none at {name}, from {origin}"));
        findings.push(finding);
        return None;
    }
    let document = match project.read_metadata() {
        Ok(document) => document,
        Err(error) => {
            findings.push(Finding::failed("project", "metadata", &error));
            return None;
        }
    };
    let n_remotes = document.remote_schemas.len();
    let message = format!("{}, in {name}, from {origin}", counted(n_remotes, "remote"));
    findings.push(Finding::new("project", "metadata", Status::Ok, message));
    let snapshots = Snapshots::of(project, None);
    let remotes = document.remote_schemas.iter();
    let without: Vec<&str> = remotes
        .filter(|remote| !matches!(snapshots.read(&remote.name), Ok(Some(_))))
        .map(|remote| &*remote.name)
        .collect();
    let status = if without.is_empty() || without.len() == n_remotes { Status::Ok } else { Status::Warn };
    let finding = Finding::new(
        "project",
        "snapshots",
        status,
        match n_remotes - without.len() {
            0 => "none".to_owned(),
            n if n == n_remotes => "of all remotes".to_owned(),
            n => format!("of {n} of {}; not of {}", counted(n_remotes, "remote"), without.join(", ")),
        },
    );
    findings.push(match status {
        Status::Ok => finding,
        _ => finding.help("`conjoin metadata snapshot` writes them"),
    });
    Some(document)
}

/// Whether the variables are set that the metadata names; never to what.
fn environment(project: &Project, document: &Document, findings: &mut Vec<Finding>) {
    for (name, remotes) in variables::of(document) {
        let remotes = remotes.join(", ");
        findings.push(match project.environment.origin(&name) {
            Some(origin) => {
                Finding::new("variables", name, Status::Ok, format!("set in {origin}, for {remotes}"))
            }
            None => Finding::new("variables", &*name, Status::Warn, format!("not set here, for {remotes}"))
                .help(format!("set {name} where the server runs, and here for `conjoin metadata check`")),
        });
    }
}

/// What the server says of itself. Answers how far its clock is from ours.
async fn server(
    options: &Options,
    settings: &Settings,
    document: Option<&Document>,
    terminal: &Terminal,
    findings: &mut Vec<Finding>,
) -> Result<Option<Skew>, Error> {
    let client = Client::new(options, settings, terminal)?;
    let answer = match tokio::time::timeout(PATIENCE, client.version_with_head()).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::unreachable(format!("no answer within {} s", PATIENCE.as_secs()))),
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            findings.push(Finding::failed("server", "answer", &error));
            findings.extend(port(settings));
            return Ok(None);
        }
    };
    let ms = answer.elapsed.as_millis();
    findings.push(Finding::new(
        "server",
        "answer",
        Status::Ok,
        format!("{} in {ms} ms", settings.shown_endpoint()),
    ));
    findings.push(of_version(&answer.body));
    findings.push(match client.health().await {
        Ok(_) => Finding::new("server", "store", Status::Ok, "answers"),
        Err(_) => Finding::new(
            "server",
            "store",
            Status::Fail,
            "the server cannot reach its metadata store, or says nothing of its health",
        )
        .help("see the log of the server"),
    });
    match client.metadata("get_inconsistent_metadata", json!({})).await {
        Err(error) => findings.push(Finding::failed("server", "access", &error)),
        Ok(result) => {
            findings.push(match inconsistency::count(&result) {
                0 => Finding::new("server", "consistency", Status::Ok, "everything is served"),
                n => Finding::new(
                    "server",
                    "consistency",
                    Status::Warn,
                    format!("{} not served", counted(n, "object")),
                )
                .help("see `conjoin metadata inconsistency list`"),
            });
            if let Some(document) = document {
                findings.push(compare(&client, document).await);
            }
        }
    }
    Ok(answer.date.map(|date| Skew { of: "the server", by: difference(date) }))
}

/// Whether `conjoin serve` could listen where nobody answers.
fn port(settings: &Settings) -> Option<Finding> {
    if !is_local(settings) {
        return None;
    }
    let host = settings.endpoint.host_str()?.trim_matches(['[', ']']);
    let port = settings.endpoint.port_or_known_default()?;
    let endpoint = settings.shown_endpoint();
    Some(match TcpListener::bind((host, port)) {
        Ok(_) => Finding::new(
            "server",
            "port",
            Status::Ok,
            format!("the port of {endpoint} is free; `conjoin serve` can listen there"),
        ),
        Err(error) => Finding::new(
            "server",
            "port",
            Status::Warn,
            format!("the port of {endpoint} cannot be listened at: {error}"),
        )
        .help("another program has it, or it needs rights; choose one with `conjoin serve --port`"),
    })
}

fn of_version(body: &Value) -> Finding {
    let ours = env!("CARGO_PKG_VERSION");
    let text = |key| body.get(key).and_then(Value::as_str);
    match (text("conjoin"), text("version")) {
        (Some(theirs), _) if theirs == ours => Finding::new("server", "version", Status::Ok, format!("{ours}, as this program")),
        (Some(theirs), _) => Finding::new("server", "version", Status::Warn, format!("{theirs}, and this program is {ours}"))
            .help("use the program of the server's version: a newer one may ask for what an older server does not know"),
        (None, Some(version)) => Finding::new("server", "version", Status::Warn, format!("{version}, which is not a Conjoin server"))
            .help("check the endpoint"),
        (None, None) => Finding::new("server", "version", Status::Warn, "it does not say").help("check the endpoint"),
    }
}

async fn compare(client: &Client<'_>, document: &Document) -> Finding {
    let theirs = client.metadata("export_metadata", json!({})).await;
    let theirs = theirs.ok().and_then(|value| Document::from_json(&value).ok());
    match theirs.map(|theirs| metadata::diff::diff(&theirs, document).len()) {
        Some(0) => Finding::new("server", "metadata", Status::Ok, "the same as the project's"),
        Some(n) => Finding::new(
            "server",
            "metadata",
            Status::Warn,
            format!("{} from the project's", counted(n, "difference")),
        )
        .help("see `conjoin metadata diff`"),
        None => Finding::new("server", "metadata", Status::Warn, "it cannot be compared with the project's"),
    }
}

/// How far a clock is from ours, and whose.
#[derive(Debug)]
struct Skew {
    of: &'static str,
    by: Duration,
}

fn difference(date: SystemTime) -> Duration {
    let now = SystemTime::now();
    now.duration_since(date).unwrap_or_else(|error| error.duration())
}

fn of_clock(skew: &Skew) -> Finding {
    let Skew { of, by } = skew;
    if *by <= MOST_SKEW {
        return Finding::new("clock", "skew", Status::Ok, format!("the same as that of {of}"));
    }
    Finding::new("clock", "skew", Status::Warn, format!("{} s apart from that of {of}", by.as_secs()))
        .help("set this machine's clock, or that one's: tokens and certificates are valid for a time")
}

fn counted(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

fn outcome(findings: &[Finding], colour: bool) -> Outcome {
    let width = findings.iter().map(|finding| finding.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let mut subject = "";
    for Finding { subject: its, name, status, message, help } in findings {
        if *its != subject {
            subject = its;
            let _ = writeln!(text, "{subject}");
        }
        let style = if colour { status.style() } else { Style::new() };
        let _ = writeln!(text, "  {style}{:<4}{style:#}  {name:width$}  {message}", status.as_str());
        for line in help.iter().flat_map(|help| help.lines()) {
            let _ = writeln!(text, "  {:4}  {:width$}  = help: {line}", "", "");
        }
    }
    let count = |status| findings.iter().filter(|finding| finding.status == status).count();
    let [ok, warn, fail] = [Status::Ok, Status::Warn, Status::Fail].map(count);
    let _ = writeln!(text, "{ok} ok, {warn} warn, {fail} fail");
    let list: Vec<Value> = (findings.iter())
        .map(|Finding { subject, name, status, message, help }| {
            let mut value =
                json!({"subject": subject, "name": name, "status": status.as_str(), "message": message});
            if let (Some(members), Some(help)) = (value.as_object_mut(), help) {
                members.insert("help".into(), json!(help));
            }
            value
        })
        .collect();
    let data = json!({"ok": ok, "warn": warn, "fail": fail, "findings": list});
    let exit = if fail == 0 { Exit::Ok } else { Exit::Found };
    Outcome { exit, ..Outcome::with_text(&data, text) }
}
