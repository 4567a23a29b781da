//! End-to-end cases: one Markdown file each, readable as documentation, run against real remotes and a real gateway.
//!
//! A case is a list of sections, by headings:
//!
//! | heading | holds |
//! |---|---|
//! | `# Title` | prose: what the case shows and why |
//! | `## Options` | a `yaml` list of arguments of the gateway |
//! | `## Identity` | a `yaml` block: `keys` by name that sign tokens, which of them are published, what the webhook answers |
//! | `## Remote NAME` | the remote's schema (`graphql`) [data](crate::data) (`json`) and [behaviour](Behaviour) from the start (`yaml`); without the first two, `remotes/NAME.{graphql,json}` beside the case |
//! | `## Metadata` | a `yaml` list as in `remote_schemas.yaml`; a definition without a URL gets its remote's, and a remote that is not listed is added. Without this section the gateway starts empty |
//! | `## Request …` | a `graphql` operation, and its [`Settings`] in a `yaml` block |
//! | `## Call …` | a `json` body for `/v1/metadata` (or the `path` and `method` of the settings, where it may be left out) |
//! | `### Response`, `### Upstream`, `### Webhook`, `### Problems` | what came of it; written by the driver |
//!
//! `{{jwks}}`, `{{hook}}` and `{{key NAME}}` in options are what `## Identity` has, and `{{token}}` in a header is the token of the step.
//! `{{NAME}}` is the URL of a remote, in both directions, and `{{version}}` that of the program. Requests and calls run in order. The upstream operations of a step are listed by remote;
//! those of one remote may arrive in any order. `UPDATE=1` rewrites the last three sections with what happened.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::remote::{Remote, Request};
use crate::{Behaviour, Gateway};
use identity::{Change, Identity, TokenOf};
use markdown::Section;

mod identity;
mod markdown;
mod pretty;

/// How long one case may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The `yaml` block of a request or call.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Variables of the operation.
    pub variables: Option<Value>,
    /// Which operation of the document to run.
    pub operation_name: Option<String>,
    /// Headers of the request.
    pub headers: BTreeMap<String, String>,
    /// The token to send; without `{{token}}` in a header, as `Authorization: Bearer`.
    pub token: Option<TokenOf>,
    /// What changes at the identity provider before this step.
    pub identity: Option<Change>,
    /// Headers to show of each request to the webhook.
    pub webhook_headers: Vec<String>,
    /// Method instead of POST.
    pub method: Option<String>,
    /// Path instead of the usual one.
    pub path: Option<String>,
    /// How remotes behave from this step on.
    pub remotes: BTreeMap<String, Behaviour>,
    /// Request headers to show with each upstream operation.
    pub upstream_headers: Vec<String>,
    /// Response headers to show.
    pub response_headers: Vec<String>,
    /// The step must be answered in this time.
    pub within_ms: Option<u64>,
}

/// What a step sends.
struct Step {
    path: String,
    body: Option<Value>,
    settings: Settings,
}

/// The remotes of a case, in order of appearance.
struct Remotes(Vec<(String, Remote)>);

/// Runs the case in a file; with `UPDATE=1` in the environment its expectations become what happened.
pub async fn run(path: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let happened = tokio::time::timeout(TIMEOUT, play(&text, directory))
        .await
        .with_context(|| format!("{} takes longer than {TIMEOUT:?}", path.display()))??;
    if happened == text {
        return Ok(());
    }
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        return std::fs::write(path, happened).with_context(|| format!("cannot write {}", path.display()));
    }
    let difference = similar::TextDiff::from_lines(&text, &happened);
    bail!(
        "{} expects something else (UPDATE=1 accepts what happened):\n{}",
        path.display(),
        difference.unified_diff().header("expected", "happened")
    )
}

/// The text of the case as it would be if its expectations were what happens.
async fn play(text: &str, directory: &Path) -> anyhow::Result<String> {
    let sections = markdown::sections(text);
    let remotes = Remotes::start(&sections, directory).await?;
    let arguments = match sections.iter().find(|section| section.title() == "Options") {
        Some(section) => yaml(section.block("yaml").context("## Options has no yaml block")?)?,
        None => Vec::<String>::new(),
    };
    let identity = match sections.iter().find(|section| section.title() == "Identity") {
        Some(section) => Some(Identity::start(section.block("yaml").unwrap_or_default()).await?),
        None => None,
    };
    let arguments = match &identity {
        Some(identity) => {
            arguments.iter().map(|text| identity.resolve(text)).collect::<anyhow::Result<_>>()?
        }
        None => arguments,
    };
    let gateway = Gateway::start(&arguments).await?;

    let mut happened = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        if section.is_outcome() {
            continue;
        }
        happened.push(section.text.clone());
        let outcomes: Vec<&Section<'_>> =
            sections[index + 1..].iter().take_while(|section| section.is_outcome()).collect();
        let of_step = |error: anyhow::Error| error.context(format!("in section \"{}\"", section.title()));
        if section.title() == "Metadata" {
            let secret = arguments.iter().find_map(|argument| argument.strip_prefix("--admin-secret="));
            let problems = replace_metadata(section, &remotes, secret, &gateway).await.map_err(of_step)?;
            happened.extend(problems);
        } else if let Some(step) = Step::of(section, &remotes).map_err(of_step)? {
            let outcome =
                take(&step, &remotes, identity.as_ref(), &gateway, &outcomes).await.map_err(of_step)?;
            happened.extend(outcome);
        }
    }
    let joined: Vec<&str> = happened.iter().map(|text| text.trim_end()).collect();
    Ok(joined.join("\n\n") + "\n")
}

/// Gives the gateway its metadata; what is wrong with it becomes a section.
async fn replace_metadata(
    section: &Section<'_>,
    remotes: &Remotes,
    secret: Option<&str>,
    gateway: &Gateway,
) -> anyhow::Result<Option<String>> {
    let text = section.block("yaml").context("there is no yaml block")?;
    let mut listed: Vec<Value> = yaml(&remotes.with_urls(text))?;
    for (name, remote) in &remotes.0 {
        let entry = match listed.iter_mut().find(|entry| entry["name"] == name.as_str()) {
            Some(entry) => entry,
            None => {
                listed.push(json!({"name": name}));
                listed.last_mut().context("a list that was just added to is empty")?
            }
        };
        let definition = entry.as_object_mut().context("an entry is not an object")?;
        let definition = definition.entry("definition").or_insert_with(|| json!({}));
        if definition.get("url").is_none() && definition.get("url_from_env").is_none() {
            definition["url"] = json!(remote.url());
        }
    }
    let command = json!({"type": "replace_metadata", "version": 2, "args": {
        "allow_inconsistent_metadata": true,
        "metadata": {"version": 3, "sources": [], "remote_schemas": listed},
    }});
    let headers = secret.map(|secret| ("x-hasura-admin-secret".to_owned(), secret.to_owned()));
    let headers = headers.into_iter().collect();
    let answer = gateway.post("/v1/metadata", &command, &headers).await?;
    ensure!(answer.status == 200, "the metadata is refused: {}", answer.body);
    let answer: Value = serde_json::from_str(&answer.body)?;
    let problems = match answer["inconsistent_objects"].as_array() {
        Some(problems) if !problems.is_empty() => problems,
        _ => return Ok(None),
    };
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}", text_of(&problem["name"]), text_of(&problem["reason"])))
        .collect();
    let lines = remotes.without_urls(&lines.join("\n"));
    Ok(Some(format!("### Problems\n\n```text\n{lines}\n```")))
}

/// Sends a step and describes what came of it.
async fn take(
    step: &Step,
    remotes: &Remotes,
    identity: Option<&Identity>,
    gateway: &Gateway,
    expected: &[&Section<'_>],
) -> anyhow::Result<Vec<String>> {
    let mut headers = step.settings.headers.clone();
    if let Some(identity) = identity {
        if let Some(change) = &step.settings.identity {
            identity.change(change)?;
        }
        if let Some(of) = &step.settings.token {
            let token = identity.token(of)?;
            if !headers.values().any(|value| value.contains("{{token}}")) {
                headers.insert("authorization".to_owned(), "Bearer {{token}}".to_owned());
            }
            headers.values_mut().for_each(|value| *value = value.replace("{{token}}", &token));
        }
        identity.forget();
    }
    for (name, behaviour) in &step.settings.remotes {
        remotes.get(name)?.behave(behaviour.clone());
    }
    remotes.0.iter().for_each(|(_, remote)| remote.forget());
    let started = Instant::now();
    let answer = gateway
        .send(step.settings.method.as_deref().unwrap_or("POST"), &step.path, step.body.as_ref(), &headers)
        .await?;
    if let Some(limit) = step.settings.within_ms {
        let took = started.elapsed().as_millis();
        ensure!(took <= u128::from(limit), "it took {took} ms, which is more than {limit}");
    }

    let mut response = match answer.status {
        200 => "### Response\n\n".to_owned(),
        status => format!("### Response {status}\n\n"),
    };
    for name in &step.settings.response_headers {
        let values = answer.headers.get_all(name.as_str()).iter();
        let mut lines: Vec<String> = values
            .map(|value| format!("{name}: {}\n\n", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        // Remotes answer in any order.
        lines.sort();
        response += &lines.concat();
    }
    let mut body = remotes.without_urls(&answer.body);
    if let Some(identity) = identity {
        body = identity.unresolve(&body);
    }
    response += &match pretty::pretty(&body) {
        Some(json) => format!("```json\n{json}\n```"),
        None => format!("```text\n{}\n```", body.trim_end()),
    };
    let mut outcome = vec![response];

    let mut operations = Vec::new();
    for (name, remote) in &remotes.0 {
        operations.extend(
            remote
                .operations()
                .iter()
                .map(|request| describe(name, request, &step.settings.upstream_headers)),
        );
    }
    if !operations.is_empty() || step.path == "/v1/graphql" {
        if operations.is_empty() {
            operations.push("# none".to_owned());
        }
        let happened = operations.join("\n\n");
        let expected = expected.iter().find(|section| section.title() == "Upstream");
        let expected = expected.and_then(|section| section.block("graphql"));
        // Requests that may arrive in any order keep the order they are written in.
        let text = match expected {
            Some(expected) if same_operations(expected, &happened) => expected.trim_end(),
            _ => &happened,
        };
        outcome.push(format!("### Upstream\n\n```graphql\n{text}\n```"));
    }
    let asked = identity.map(Identity::asked).unwrap_or_default();
    if !asked.is_empty() {
        let shown: Vec<_> =
            asked.iter().map(|request| identity::describe(request, &step.settings.webhook_headers)).collect();
        outcome.push(format!("### Webhook\n\n```text\n{}\n```", shown.join("\n\n")));
    }
    Ok(outcome)
}

/// An upstream request as the `Upstream` section shows it.
fn describe(remote: &str, request: &Request, headers: &[String]) -> String {
    let mut text = format!("# {remote}\n{}", request.operation.trim_end());
    if let Some(name) = &request.operation_name {
        text += &format!("\n# operation {name}");
    }
    if !request.variables.is_empty() {
        text += &format!("\n# variables {}", Value::Object(request.variables.clone()));
    }
    for name in headers {
        let value = request.headers.get(name).map_or("(absent)", String::as_str);
        text += &format!("\n# header {name}: {value}");
    }
    text
}

fn same_operations(expected: &str, happened: &str) -> bool {
    let sorted = |text: &str| {
        let mut operations: Vec<String> = text.split("\n\n").map(|part| part.trim().to_owned()).collect();
        operations.sort();
        operations
    };
    sorted(expected) == sorted(happened)
}

impl Step {
    /// The step that a section is, if it is one.
    fn of(section: &Section<'_>, remotes: &Remotes) -> anyhow::Result<Option<Self>> {
        let kind = section.title().split([' ', ':']).next().unwrap_or_default();
        if !matches!(kind, "Request" | "Call") {
            return Ok(None);
        }
        let settings = match section.block("yaml") {
            Some(text) => yaml(&remotes.with_urls(text))?,
            None => Settings::default(),
        };
        let (path, body) = match kind {
            "Request" => ("/v1/graphql", Some(Self::request(section, &settings, remotes)?)),
            _ => {
                let text = section.block("json");
                ensure!(text.is_some() || settings.method.is_some(), "there is no json block");
                let body = text.map(|text| serde_json::from_str(&remotes.with_urls(text))).transpose()?;
                ("/v1/metadata", body)
            }
        };
        let path = settings.path.clone().unwrap_or_else(|| path.to_owned());
        Ok(Some(Self { path, body, settings }))
    }

    /// The body of a GraphQL request: that of a `json` block, or an operation with its settings.
    fn request(section: &Section<'_>, settings: &Settings, remotes: &Remotes) -> anyhow::Result<Value> {
        if let Some(text) = section.block("json") {
            return Ok(serde_json::from_str(&remotes.with_urls(text))?);
        }
        let query = section.block("graphql").context("there is no graphql block")?;
        let mut body = Map::from_iter([("query".to_owned(), json!(query.trim()))]);
        if let Some(variables) = &settings.variables {
            body.insert("variables".to_owned(), variables.clone());
        }
        if let Some(name) = &settings.operation_name {
            body.insert("operationName".to_owned(), json!(name));
        }
        Ok(Value::Object(body))
    }
}

impl Remotes {
    async fn start(sections: &[Section<'_>], directory: &Path) -> anyhow::Result<Self> {
        let mut remotes = Vec::new();
        for section in sections {
            let Some(name) = section.title().strip_prefix("Remote ") else { continue };
            let shared = |extension: &str| {
                let path = directory.join("remotes").join(name).with_extension(extension);
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
            };
            let sdl =
                section.block("graphql").map_or_else(|| shared("graphql"), |text| Ok(text.to_owned()))?;
            let data = match (section.block("json"), section.block("graphql")) {
                (Some(text), _) => text.to_owned(),
                (None, Some(_)) => "{}".to_owned(),
                (None, None) => shared("json")?,
            };
            let remote = Remote::start(&sdl, &data).await.with_context(|| format!("in remote {name}"))?;
            if let Some(behaviour) = section.block("yaml") {
                remote.behave(yaml(behaviour).with_context(|| format!("in remote {name}"))?);
            }
            remotes.push((name.to_owned(), remote));
        }
        Ok(Self(remotes))
    }

    fn get(&self, name: &str) -> anyhow::Result<&Remote> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, remote)| remote).with_context(|| format!("there is no remote \"{name}\""))
    }

    fn with_urls(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, remote)| {
            text.replace(&format!("{{{{{name}}}}}"), &remote.url())
        })
    }

    fn without_urls(&self, text: &str) -> String {
        let text = text.replace(concat!("conjoin/", env!("CARGO_PKG_VERSION")), "conjoin/{{version}}");
        self.0.iter().fold(text, |text, (name, remote)| {
            let port = remote.address().port();
            text.replace(&remote.url(), &format!("{{{{{name}}}}}"))
                .replace(&remote.address().to_string(), &format!("{{{{{name}}}}}"))
                .replace(&format!("\"port\":{port}"), "\"port\":0")
        })
    }
}

fn yaml<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    let value: Value =
        serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true })?;
    Ok(serde_json::from_value(value)?)
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
