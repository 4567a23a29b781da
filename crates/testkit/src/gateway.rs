//! A gateway in this process, on a free port of the loopback address.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use gateway::config::Config;
use gateway::config::settings::{self, ServeOptions};
use serde_json::Value;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running gateway; its store goes when it goes.
#[derive(Debug)]
pub struct Gateway {
    running: gateway::server::Gateway,
    client: reqwest::Client,
    _data: tempfile::TempDir,
}

/// What the gateway answered.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Response headers.
    pub headers: http::HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Gateway {
    /// Starts a gateway with words as they stand after `conjoin serve`; of the process environment it sees nothing.
    pub async fn start(words: &[String]) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let options = ServeOptions::parse(words.iter().map(String::as_str))?
            .with(settings::PORT, "0")
            .with(settings::DATA_DIR, data.path().to_string_lossy());
        let running = gateway::server::Gateway::open(Config::new(&options, &|_| None)?).await?;
        let client = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build()?;
        Ok(Self { running, client, _data: data })
    }

    /// The URL of one of its paths.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address())
    }

    /// The answer to a `POST` of JSON.
    pub async fn post(
        &self,
        path: &str,
        body: &Value,
        headers: &BTreeMap<String, String>,
    ) -> anyhow::Result<Response> {
        self.send("POST", path, Some(body), headers).await
    }

    /// As [`Gateway::post`], by any method, with a body or without.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &BTreeMap<String, String>,
    ) -> anyhow::Result<Response> {
        let method = method.parse().with_context(|| format!("{method} is no method"))?;
        let mut request = self.client.request(method, self.url(path));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let response = request.send().await.context("the gateway does not answer")?;
        Ok(Response {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.context("the gateway does not finish its answer")?,
        })
    }
}
