//! A loopback server that answers from a script and remembers what it was asked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

/// What the server answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// Requests without this secret are refused; by default none is asked for.
    secret: Option<String>,
    /// Whether several are asked at once, so that the order of the requests says nothing.
    #[serde(default)]
    unordered: bool,
    /// By `METHOD /path`, or `METHOD /path command` for a metadata command. A list is answered one after the other.
    answers: BTreeMap<String, Vec<Answer>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default = "ok")]
    status: u16,
    /// A JSON body.
    json: Option<Value>,
    /// A body for those who accept `text/plain` in its place.
    plain: Option<String>,
    /// Any other body.
    text: Option<String>,
    location: Option<String>,
    /// Never answers.
    #[serde(default)]
    hang: bool,
}

fn ok() -> u16 {
    200
}

/// A running server; it stops when this is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    shared: Arc<Shared>,
    _runtime: tokio::runtime::Runtime,
}

struct Shared {
    script: Script,
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    /// One paragraph for each request since they were taken.
    requests: String,
    /// How often each answer was given.
    counts: BTreeMap<String, usize>,
}

impl Server {
    /// Listens on a free port.
    pub(crate) fn start(script: Script) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime starts");
        let shared = Arc::new(Shared { script, asked: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener =
            runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, shared, _runtime: runtime }
    }

    /// Whether there was a request since they were taken.
    pub(crate) fn was_asked(&self) -> bool {
        !self.shared.asked.lock().expect("nobody panicked").requests.is_empty()
    }

    /// The requests since the last call, as text.
    pub(crate) fn take_requests(&self) -> String {
        let requests = std::mem::take(&mut self.shared.asked.lock().expect("nobody panicked").requests);
        if !self.shared.script.unordered {
            return requests;
        }
        let mut paragraphs: Vec<String> = Vec::new();
        for line in requests.lines() {
            match paragraphs.last_mut() {
                Some(paragraph) if line.starts_with(' ') => paragraph.push_str(&format!("{line}\n")),
                _ => paragraphs.push(format!("{line}\n")),
            }
        }
        paragraphs.sort();
        paragraphs.concat()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body arrives");
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    let secret = header("x-hasura-admin-secret");
    let accepts_text = header("accept") == Some("text/plain");

    let path = format!("{} {}", head.method, head.uri);
    let command = body.get("type").and_then(Value::as_str).unwrap_or_default();
    let with_command = format!("{path} {command}");
    let key = match shared.script.answers.contains_key(&with_command) {
        true => with_command,
        false => path.clone(),
    };
    let chosen = {
        let mut asked = shared.asked.lock().expect("nobody panicked");
        let _ = write!(asked.requests, "{path}");
        for (name, value) in [("secret", secret), ("role", header("x-hasura-role"))] {
            if let Some(value) = value {
                let _ = write!(asked.requests, " ({name} {value})");
            }
        }
        // Every metadata command of the command line says where it comes from.
        if !command.is_empty() && header("x-conjoin-source") != Some("cli") {
            asked.requests.push_str(" (of unknown source)");
        }
        let _ = match &body {
            Value::Null => writeln!(asked.requests),
            body => writeln!(asked.requests, "\n    {body}"),
        };
        let count = asked.counts.entry(key.clone()).or_default();
        let index = *count;
        *count += 1;
        shared.script.answers.get(&key).and_then(|list| list.get(index).or_else(|| list.last())).cloned()
    };

    if shared.script.secret.is_some() && secret != shared.script.secret.as_deref() {
        let text = r#"{"path":"$","error":"invalid \"x-hasura-admin-secret\"/\"x-hasura-access-key\"","code":"access-denied"}"#;
        return (StatusCode::UNAUTHORIZED, [(CONTENT_TYPE, "application/json")], text).into_response();
    }
    let Some(chosen) = chosen else {
        let text = r#"{"path":"$","error":"resource does not exist","code":"not-found"}"#;
        return (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "application/json")], text).into_response();
    };
    if chosen.hang {
        std::future::pending::<()>().await;
    }
    let status = StatusCode::from_u16(chosen.status).expect("a status");
    if let Some(plain) = chosen.plain.filter(|_| accepts_text) {
        return (status, plain).into_response();
    }
    let body = chosen.json.map(|json| json.to_string()).or(chosen.text).unwrap_or_default();
    let body = body.replace("{version}", env!("CARGO_PKG_VERSION"));
    match chosen.location {
        Some(location) => (status, [(LOCATION, location)], body).into_response(),
        None => (status, body).into_response(),
    }
}
