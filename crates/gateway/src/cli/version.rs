//! `conjoin version`: ours, and the server's if it answers.

use serde_json::{Value, json};

use super::Outcome;
use super::client::Client;
use super::error::Error;
use super::options::Options;
use super::project::Project;
use super::settings::Settings;
use super::terminal::Terminal;

const OURS: &str = env!("CARGO_PKG_VERSION");

/// Asks the server; whatever is wrong with it or with the project, our own version is printed.
pub(super) async fn run(options: &Options, terminal: &Terminal) -> Result<Outcome, Error> {
    let complain = |error: Error| terminal.detail(&format!("no server version: {}", error.message));
    let project = Project::find(options, terminal);
    let settings =
        project.and_then(|project| Settings::load(options, &project, terminal)).map_err(complain).ok();
    let server = match &settings {
        Some(settings) => ask(options, settings, terminal).await.map_err(complain).ok(),
        None => None,
    };
    let endpoint = settings.map(|settings| settings.shown_endpoint());
    let mut text = format!("conjoin {OURS}\n");
    if let (Some(endpoint), Some(server)) = (&endpoint, &server) {
        text.push_str(&format!("server  {} at {endpoint}\n", describe(server)));
    }
    Ok(Outcome::with_text(&json!({"cli": OURS, "endpoint": endpoint, "server": server}), text))
}

async fn ask(options: &Options, settings: &Settings, terminal: &Terminal) -> Result<Value, Error> {
    let client = Client::new(options, settings, terminal)?;
    // Nobody wants to wait for half of an answer.
    let patience = std::time::Duration::from_secs(3).min(options.timeout());
    tokio::time::timeout(patience, client.version())
        .await
        .unwrap_or_else(|_| Err(Error::unreachable("no answer in time")))
}

/// A Conjoin server names the Hasura version that it is like and its own.
fn describe(server: &Value) -> String {
    let text = |key| server.get(key).and_then(Value::as_str);
    match (text("conjoin"), text("version")) {
        (Some(conjoin), Some(version)) => format!("{conjoin} (like Hasura {version})"),
        (None, Some(version)) => version.to_owned(),
        (conjoin, None) => conjoin.unwrap_or("unknown").to_owned(),
    }
}
