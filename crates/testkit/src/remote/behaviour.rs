//! How a remote can be made to misbehave, at run time.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use crate::listen::CloseConnection;

/// What a remote, or another server of the test kit, does to every answer; the default does nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// How long each answer is held back.
    pub delay_ms: u64,
    /// HTTP status instead of the right one.
    pub status: Option<u16>,
    /// The header `authorization` without which requests are refused with 401.
    pub authorization: Option<String>,
    /// Headers added to each answer.
    pub headers: BTreeMap<String, String>,
    /// What is answered.
    pub answer: Answer,
    /// Refuses the introspection fields that came after June 2018, as old servers do.
    pub old_introspection: bool,
    /// Refuses introspection altogether.
    pub no_introspection: bool,
    /// Compresses answers with gzip, asked or not.
    pub gzip: bool,
}

/// What a remote answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The result of the operation.
    #[default]
    Result,
    /// This text, whatever was asked.
    Body(String),
    /// An HTML page, as proxies send.
    Html,
    /// The first half of the result.
    Truncated,
    /// None: the connection is closed.
    Nothing,
}

impl Behaviour {
    /// A remote that holds each answer back.
    pub fn delayed(delay: Duration) -> Self {
        Self { delay_ms: delay.as_millis() as u64, ..Self::default() }
    }

    /// A remote that answers anything in this way.
    pub fn answering(answer: Answer) -> Self {
        Self { answer, ..Self::default() }
    }

    /// What a well-behaved server would answer, as this one does.
    pub(crate) async fn answer(&self, status: StatusCode, response: &Value) -> Response {
        if self.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.delay_ms)).await;
        }
        let mut content_type = "application/json";
        let mut body = match &self.answer {
            Answer::Result => response.to_string().into_bytes(),
            Answer::Body(body) => body.clone().into_bytes(),
            Answer::Html => {
                content_type = "text/html";
                b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>".to_vec()
            }
            Answer::Truncated => {
                let mut body = response.to_string().into_bytes();
                body.truncate(body.len() / 2);
                body
            }
            Answer::Nothing => {
                let mut response = Response::default();
                response.extensions_mut().insert(CloseConnection);
                return response;
            }
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if self.gzip
            && let Ok(compressed) = gzip(&body)
        {
            body = compressed;
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        let status = self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(status);
        (status, headers, body).into_response()
    }
}

/// The first word of an introspection query that servers of 2018 do not know.
pub(super) fn unknown_to_old_servers(query: &str) -> Option<(&'static str, &'static str)> {
    const NEWER: [(&str, &str); 6] = [
        ("isOneOf", "__Type"),
        ("specifiedByURL", "__Type"),
        ("specifiedByUrl", "__Type"),
        ("isRepeatable", "__Directive"),
        ("inputFields(", "__Type"),
        ("args(", "__Field"),
    ];
    let squeezed: String = query.chars().filter(|c| !c.is_whitespace()).collect();
    NEWER.into_iter().find(|(word, _)| squeezed.contains(word))
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
