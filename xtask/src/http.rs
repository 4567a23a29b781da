//! The smallest HTTP client that can talk to our own servers on loopback: one request, one connection, whole bodies.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, bail};

const TIMEOUT: Duration = Duration::from_secs(30);

/// The body of a `GET`; an error unless the status is 200.
pub(crate) fn get(url: &str) -> anyhow::Result<String> {
    exchange("GET", url, "")
}

/// The body of the answer to a `POST` of JSON; an error unless the status is 200.
pub(crate) fn post(url: &str, body: &str) -> anyhow::Result<String> {
    exchange("POST", url, body)
}

/// A text as a JSON string.
pub(crate) fn json_string(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            c if c.is_control() => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

fn exchange(method: &str, url: &str, body: &str) -> anyhow::Result<String> {
    let rest = url.strip_prefix("http://").with_context(|| format!("{url} is not an http URL"))?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream =
        TcpStream::connect(authority).with_context(|| format!("cannot connect to {authority}"))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    // HTTP/1.0 rules out chunked bodies, so the body is simply what follows the empty line.
    write!(
        stream,
        "{method} /{path} HTTP/1.0\r\nhost: {authority}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).with_context(|| format!("no whole answer from {url}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").with_context(|| format!("{url} does not speak HTTP"))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        bail!("{url} answered {status}: {body}");
    }
    Ok(body.to_owned())
}
