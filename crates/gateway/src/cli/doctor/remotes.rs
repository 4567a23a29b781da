//! Whether the remotes can be asked from here: with the addresses, headers, tokens and certificates of the metadata.

use std::time::{Duration, Instant, SystemTime};

use engine::catalog::Failure;
use futures_util::StreamExt;
use http::header::DATE;
use metadata::network::TlsAllow;
use metadata::{Document, RemoteSchema};
use serde_json::Value;

use super::words::in_words;
use super::{Finding, Skew, Status, difference};
use crate::cli::project::Project;
use crate::upstream::Upstream;
use crate::upstream::template::resolve_url;

/// How many are asked at once.
const AT_ONCE: usize = 16;

/// The cheapest question of all.
const QUESTION: &str = r#"{"query":"{ __typename }"}"#;

/// Asks each remote. Answers how far the clock of one of them is from ours, if that is wanted.
pub(super) async fn look(
    document: &Document,
    project: &Project,
    patience: Duration,
    wants_clock: bool,
    findings: &mut Vec<Finding>,
) -> Option<Skew> {
    let env = |name: &str| project.environment.value(name);
    let allowed = document.tls_allowlist();
    let asking = document.remote_schemas.iter().map(|remote| ask(remote, &allowed, &env, patience));
    let answers: Vec<Finding> = futures_util::stream::iter(asking).buffered(AT_ONCE).collect().await;
    let mut answering =
        document.remote_schemas.iter().zip(&answers).filter(|(_, finding)| finding.status == Status::Ok);
    let date = match answering.next() {
        Some((remote, _)) if wants_clock => date(remote, &env, patience).await,
        _ => None,
    };
    findings.extend(answers);
    date.map(|date| Skew { of: "a remote", by: difference(date) })
}

async fn ask(
    remote: &RemoteSchema,
    allowed: &[TlsAllow],
    env: &dyn Fn(&str) -> Option<String>,
    patience: Duration,
) -> Finding {
    let finding = |status, message: String| Finding::new("remotes", &*remote.name, status, message);
    let upstream = match Upstream::new(remote, allowed, env, 1 << 20) {
        Ok(upstream) => upstream,
        Err(failure) => return finding(Status::Fail, failure.reason).help("see the variables above"),
    };
    let start = Instant::now();
    let answer = match upstream.post(QUESTION.into(), None, Some(start + patience)).await {
        Ok(answer) => answer,
        Err(Failure { reason, internal, .. }) => {
            let detail = internal.as_ref().and_then(|internal| internal.get("message")?.as_str());
            let (message, help) = in_words(detail.unwrap_or(&reason));
            return Finding { help, ..finding(Status::Fail, message) };
        }
    };
    let ms = start.elapsed().as_millis();
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let is_graphql = body.get("data").is_some() || body.get("errors").is_some_and(Value::is_array);
    match answer.status {
        401 | 403 => finding(Status::Fail, format!("it does not let us in (HTTP status {})", answer.status))
            .help("check the headers and `auth` of its definition, and the variables that they name"),
        _ if is_graphql => finding(Status::Ok, format!("answers in {ms} ms")),
        status => finding(Status::Fail, format!("what it answers is no GraphQL (HTTP status {status})"))
            .help("check the path of its url"),
    }
}

/// The time of day at a remote. Nothing is sent that the metadata configures.
async fn date(
    remote: &RemoteSchema,
    env: &dyn Fn(&str) -> Option<String>,
    patience: Duration,
) -> Option<SystemTime> {
    let url = resolve_url(&remote.definition, env).ok()?.url;
    let client = reqwest::Client::builder().timeout(patience).build().ok()?;
    let mut origin = url;
    origin.set_path("/");
    origin.set_query(None);
    let _ = origin.set_username("").and_then(|()| origin.set_password(None));
    let response = client.head(origin).send().await.ok()?;
    httpdate::parse_http_date(response.headers().get(DATE)?.to_str().ok()?).ok()
}
