//! How a failed exchange is told: one sentence for everybody, details without secrets for administrators.

use std::error::Error;
use std::io;
use std::time::Duration;

use engine::catalog::Failure;
use engine::fault::Code;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use hyper_util::client::legacy;
use serde_json::{Map, Value, json};
use url::Url;

use crate::upstream::tls::TlsError;

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
    /// There is no answer: no connection, no TLS, a breach of the protocol, or the connection's end.
    pub fn not_sent(&self, error: &legacy::Error, configured: &HeaderMap) -> Failure {
        let kind = if error.is_connect() {
            "connection failure"
        } else if is_timeout(error) {
            "response timeout"
        } else {
            "exchange failure"
        };
        let message = format!("{kind}: error sending request: {}", causes(error));
        self.http_exception(&message, None, configured)
    }

    /// The answer began and is cut off, breaks the protocol, or is not compressed as it says.
    pub fn unreadable(&self, error: &(dyn Error + 'static), configured: &HeaderMap) -> Failure {
        let message = format!("unreadable answer: error decoding response body: {}", causes(error));
        self.http_exception(&message, None, configured)
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
pub fn is_lost_connection(error: &legacy::Error) -> bool {
    if error.is_connect() {
        return false;
    }
    for cause in sources(error) {
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            if error.is_incomplete_message() {
                return true;
            }
        } else if let Some(error) = cause.downcast_ref::<io::Error>() {
            use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
            return matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset);
        }
    }
    false
}

/// Whether an HTTP/2 remote says that it has not begun with the request, so that even a mutation may be sent again.
pub fn is_refusal(error: &legacy::Error) -> bool {
    sources(error).filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(|error| {
        let in_good_order = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
        let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (in_good_order || refused)
    })
}

fn is_timeout(error: &legacy::Error) -> bool {
    sources(error).any(|cause| {
        cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout)
            || cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    })
}

/// All that an error says caused it.
fn sources(error: &dyn Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

/// The process cannot make a client at all, for instance without any root certificates, or not this one.
pub(super) fn no_client(shown_url: &str, error: TlsError) -> Failure {
    match error {
        TlsError::Definition(failure) => failure,
        TlsError::System(error) => Failure {
            code: Code::Unexpected,
            reason: format!("no HTTP client can be made for \"{shown_url}\": {}", causes(error)),
            internal: None,
        },
    }
}

/// The error and what it says caused it, without the repetitions that wrapped errors bring.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    for cause in sources(error) {
        let text = cause.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
    }
    message
}
