//! How a failed exchange is told: one sentence for everybody, details without secrets for administrators.

use std::error::Error;
use std::io;
use std::time::Duration;

use engine::catalog::Failure;
use engine::fault::Code;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use reqwest::Url;
use serde_json::{Map, Value, json};

/// What is known of an exchange before it happens.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// Where it goes.
    pub url: &'a Url,
    /// What messages call the address.
    pub shown_url: &'a str,
    /// The remote's own timeout.
    pub timeout: Duration,
}

impl Exchange<'_> {
    /// The client library gave up: connection, TLS, protocol, or decompression.
    pub fn failed(&self, error: reqwest::Error, configured: &HeaderMap) -> Failure {
        let error = error.without_url();
        let kind = if error.is_connect() {
            "connection failure"
        } else if error.is_decode() {
            "unreadable answer"
        } else if error.is_timeout() {
            "response timeout"
        } else {
            "exchange failure"
        };
        self.http_exception(&format!("{kind}: {}", causes(&error)), None, configured)
    }

    /// The remote did not answer within its own timeout.
    pub fn timed_out(&self, configured: &HeaderMap) -> Failure {
        let message = format!("response timeout: no complete answer within {} s", self.timeout.as_secs_f64());
        self.http_exception(&message, None, configured)
    }

    /// The client request's deadline came first.
    pub fn deadline_ran_out(&self, configured: &HeaderMap) -> Failure {
        let message =
            "response timeout: the time limit of the whole request ran out before the remote answered";
        self.http_exception(message, None, configured)
    }

    /// The answer is larger than allowed.
    pub fn too_large(&self, status: u16, limit: usize, configured: &HeaderMap) -> Failure {
        let reason = format!(
            "the answer of \"{}\" is larger than {limit} bytes; raise --max-answer-bytes if that is right",
            self.shown_url
        );
        Failure {
            code: Code::LimitExceeded,
            reason,
            internal: Some(self.details("answer too large", Some(status), configured)),
        }
    }

    /// The remote wants the request elsewhere.
    pub fn redirected(&self, status: u16, to: Option<&HeaderValue>, configured: &HeaderMap) -> Failure {
        // A query string may carry a token; the place itself is what helps to mend the URL.
        let to = to
            .and_then(|to| to.to_str().ok())
            .map_or("nowhere", |to| to.split(['?', '#']).next().unwrap_or(to));
        let message =
            format!("redirects are not followed: answered {status}, location {to}; correct the remote's url");
        self.http_exception(&message, Some(status), configured)
    }

    fn http_exception(&self, message: &str, status: Option<u16>, configured: &HeaderMap) -> Failure {
        Failure {
            code: Code::RemoteSchemaError,
            reason: format!("HTTP exception occurred while sending the request to \"{}\"", self.shown_url),
            internal: Some(self.details(message, status, configured)),
        }
    }

    fn details(&self, message: &str, status: Option<u16>, configured: &HeaderMap) -> Value {
        let headers: Map<String, Value> = configured
            .iter()
            .map(|(name, value)| {
                let harmless = [ACCEPT, CONTENT_TYPE, USER_AGENT].contains(name);
                let shown = if harmless { value.to_str().unwrap_or_default() } else { "<REDACTED>" };
                (name.as_str().to_owned(), Value::from(shown))
            })
            .collect();
        let mut details = json!({
            "type": "http_exception",
            "message": message,
            "request": {
                "host": self.url.host_str(),
                "port": self.url.port_or_known_default(),
                "secure": self.url.scheme() == "https",
                "path": self.url.path(),
                "queryString": if self.url.query().is_some() { "<REDACTED>" } else { "" },
                "method": "POST",
                "requestHeaders": headers,
                "responseTimeout": format!("ResponseTimeoutMicro {}", self.timeout.as_micros()),
            },
        });
        if let Some(status) = status {
            details["status"] = status.into();
        }
        details
    }
}

/// Whether the connection ended before anything of an answer was there.
pub fn is_lost_connection(error: &reqwest::Error) -> bool {
    if error.is_connect() {
        return false;
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            if error.is_incomplete_message() {
                return true;
            }
        } else if let Some(error) = cause.downcast_ref::<io::Error>() {
            use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
            return matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset);
        }
        source = cause.source();
    }
    false
}

/// The process cannot make a client at all, for instance without any root certificates.
pub fn no_client(shown_url: &str, error: &dyn Error) -> Failure {
    Failure {
        code: Code::Unexpected,
        reason: format!("no HTTP client can be made for \"{shown_url}\": {}", causes(error)),
        internal: None,
    }
}

/// The error and what it says caused it, without the repetitions that wrapped errors bring.
fn causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        source = cause.source();
    }
    message
}
