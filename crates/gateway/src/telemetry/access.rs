//! The access log: one line for each request, with Hasura's keys.
//!
//! It is written often enough that it goes around the tracing library, straight into bytes.

use std::cell::RefCell;
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, Version};
use serde::Serialize;
use tracing::Level;
use tracing_subscriber::filter::LevelFilter;

use crate::http::respond::Noted;
use crate::telemetry::clock::Timestamp;
use crate::telemetry::output::Output;
use crate::telemetry::{HTTP_LOG, LogFormat, level_name};

/// Writes the access log.
pub(super) struct AccessLog {
    pub(super) format: LogFormat,
    pub(super) level: LevelFilter,
    pub(super) output: Arc<Output>,
}

/// A request that was answered.
pub struct Access<'a> {
    /// As the answer's header has it.
    pub request_id: &'a HeaderValue,
    /// How it was asked.
    pub method: &'a Method,
    /// What was asked for. A query string may hold variables, which are nobody's business in a log.
    pub path: &'a str,
    /// How it was spoken.
    pub version: Version,
    /// Where it came from.
    pub ip: Option<IpAddr>,
    /// What came of it.
    pub status: StatusCode,
    /// `Content-Encoding` of the answer.
    pub encoding: Option<&'a HeaderValue>,
    /// Bytes of the answer's body, where they are known beforehand.
    pub size: Option<u64>,
    /// What the handler knows.
    pub noted: &'a Noted,
    /// From the request's head to the answer's.
    pub took: Duration,
}

impl AccessLog {
    /// Writes the line of a request, if the level is on.
    pub(super) fn write(&self, access: &Access<'_>) {
        thread_local! {
            static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        }
        let level = access.level();
        if level > self.level {
            return;
        }
        LINE.with_borrow_mut(|line| {
            line.clear();
            let is_written = match self.format {
                LogFormat::Json => access.write_json(level, Timestamp::now(), line),
                LogFormat::Text => access.write_text(level, Timestamp::now(), line),
            };
            // Memory takes every byte, so there is always a line.
            if is_written.is_ok() {
                self.output.push(line);
            }
        });
    }
}

impl Access<'_> {
    fn level(&self) -> Level {
        let is_failed = self.noted.error.is_some() || self.status.as_u16() >= 400;
        if is_failed { Level::ERROR } else { Level::INFO }
    }

    fn write_text(&self, level: Level, now: Timestamp, line: &mut Vec<u8>) -> io::Result<()> {
        let Self { method, path, took, .. } = self;
        let status = self.status.as_u16();
        writeln!(line, "{} {level:5} {HTTP_LOG}: {method} {path} {status} {took:?}", now.as_str())
    }

    /// The line's shape is fixed, so its keys are literals, and what comes from outside is all that has to be looked at.
    fn write_json(&self, level: Level, now: Timestamp, line: &mut Vec<u8>) -> io::Result<()> {
        let noted = self.noted;
        put(line, r#"{"timestamp":""#);
        put(line, now.with_offset());
        put(line, r#"","level":""#);
        put(line, level_name(level));
        put(line, r#"","type":"http-log","detail":{"request_id":"#);
        let id_begins = line.len();
        put_text(line, &String::from_utf8_lossy(self.request_id.as_bytes()))?;
        let id = id_begins..line.len();
        put(line, r#","operation":{"query_execution_time":"#);
        put_value(line, &noted.took.unwrap_or(self.took).as_secs_f64())?;
        put(line, r#","user_vars":{"#);
        let variables = noted.session.iter().flat_map(|session| &session.variables);
        for (index, (name, value)) in variables.enumerate() {
            put(line, if index > 0 { "," } else { "" });
            put_text(line, name)?;
            put(line, ":");
            put_text(line, value)?;
        }
        put(line, r#"},"error":"#);
        put_value(line, &noted.error)?;
        if noted.n_errors > 0 {
            put(line, r#","errors":"#);
            put_value(line, &noted.n_errors)?;
        }
        put(line, r#","request_id":"#);
        line.extend_from_within(id);
        put(line, r#","response_size":"#);
        put_value(line, &self.size)?;
        // The query is never written, and its key is there in every line of Hasura's.
        put(line, r#","query":null},"http_info":{"status":"#);
        put_value(line, &self.status.as_u16())?;
        put(line, r#","http_version":""#);
        put(line, version_name(self.version));
        put(line, r#"","url":"#);
        put_text(line, self.path)?;
        put(line, r#","ip":"#);
        put_value(line, &self.ip)?;
        put(line, r#","method":"#);
        put_text(line, self.method.as_str())?;
        put(line, r#","content_encoding":"#);
        put_value(line, &self.encoding.and_then(|encoding| encoding.to_str().ok()))?;
        put(line, "}}}\n");
        Ok(())
    }
}

fn put(line: &mut Vec<u8>, text: &str) {
    line.extend_from_slice(text.as_bytes());
}

/// A JSON string; nearly none has anything to escape, which is found out many bytes at a time.
fn put_text(line: &mut Vec<u8>, text: &str) -> io::Result<()> {
    let is_special = |byte| byte < b' ' || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |any, byte| any | is_special(byte)) {
        return put_value(line, text);
    }
    line.push(b'"');
    put(line, text);
    line.push(b'"');
    Ok(())
}

fn put_value<T: Serialize + ?Sized>(line: &mut Vec<u8>, value: &T) -> io::Result<()> {
    Ok(serde_json::to_writer(line, value)?)
}

fn version_name(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;
    use crate::auth::{Held, Session};

    fn lines(noted: &Noted, status: u16) -> (String, String) {
        let access = Access {
            request_id: &HeaderValue::from_static("r\"1"),
            method: &Method::POST,
            path: "/v1/graphql",
            version: Version::HTTP_11,
            ip: Some([127, 0, 0, 1].into()),
            status: StatusCode::from_u16(status).unwrap(),
            encoding: None,
            size: Some(162),
            noted,
            took: Duration::from_millis(4),
        };
        let now = Timestamp::of(SystemTime::UNIX_EPOCH);
        let (mut json, mut text) = (Vec::new(), Vec::new());
        access.write_json(access.level(), now, &mut json).unwrap();
        access.write_text(access.level(), now, &mut text).unwrap();
        (String::from_utf8(json).unwrap(), String::from_utf8(text).unwrap())
    }

    #[test]
    fn lines_have_hasuras_keys_in_hasuras_order() {
        let session = Session {
            role: "user".into(),
            variables: vec![
                ("x-hasura-role".into(), "user".into()),
                ("x-hasura-name".into(), "\u{1}".into()),
            ],
        };
        let noted = Noted { session: Some(Held::Own(session)), ..Noted::default() };
        let (json, text) = lines(&noted, 200);
        assert_eq!(
            json,
            concat!(
                r#"{"timestamp":"1970-01-01T00:00:00.000+0000","level":"info","type":"http-log","detail":{"#,
                r#""request_id":"r\"1","operation":{"query_execution_time":0.004,"#,
                r#""user_vars":{"x-hasura-role":"user","x-hasura-name":"\u0001"},"error":null,"#,
                r#""request_id":"r\"1","response_size":162,"query":null},"http_info":{"status":200,"#,
                r#""http_version":"HTTP/1.1","url":"/v1/graphql","ip":"127.0.0.1","method":"POST","#,
                r#""content_encoding":null}}}"#,
                "\n"
            )
        );
        assert_eq!(text, "1970-01-01T00:00:00.000 INFO  http-log: POST /v1/graphql 200 4ms\n");
    }

    #[test]
    fn failures_are_errors_and_partial_ones_are_counted() {
        let refused = Noted { error: Some(json!({"path": "$"})), ..Noted::default() };
        assert!(lines(&refused, 200).0.contains(r#""level":"error""#));
        assert!(lines(&refused, 200).0.contains(r#""error":{"path":"$"},"request_id""#));
        assert!(lines(&Noted::default(), 404).1.contains(" ERROR http-log: "));
        let partial = Noted { n_errors: 2, took: Some(Duration::from_secs(1)), ..Noted::default() };
        let (json, _) = lines(&partial, 200);
        assert!(json.contains(r#""level":"info""#) && json.contains(r#""error":null,"errors":2,"#), "{json}");
        assert!(json.contains(r#""query_execution_time":1.0,"user_vars":{}"#), "{json}");
    }

    #[test]
    fn texts_are_escaped_as_the_library_escapes_them() {
        for text in ["", "plain", "\u{1}", "a\"b", "a\\b", "über\u{7f}", "a\nb"] {
            let mut line = Vec::new();
            put_text(&mut line, text).unwrap();
            assert_eq!(line, serde_json::to_vec(text).unwrap(), "{text:?}");
        }
    }

    #[test]
    fn versions_are_called_as_the_library_calls_them() {
        for version in
            [Version::HTTP_09, Version::HTTP_10, Version::HTTP_11, Version::HTTP_2, Version::HTTP_3]
        {
            assert_eq!(version_name(version), format!("{version:?}"));
        }
    }
}
