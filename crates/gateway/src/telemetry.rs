//! Logs: one JSON object a line, as Hasura writes them, or text for people.
//!
//! Events of the tracing library become lines here, requests in [`access`]; [`output`] takes the lines of both to standard
//! output. The `target` of an event is the log type (`http-log`, `startup`, …). A `detail` field, JSON text, becomes `detail` of
//! the JSON form and is left out of the text form, which shows the message.

pub mod access;
mod clock;
mod output;

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use self::access::{Access, AccessLog};
use self::clock::Timestamp;
use self::output::{Lines, Output};

pub use self::output::Flush;

/// A time, in seconds since 1970, as the API shows it.
pub fn utc(seconds: i64) -> String {
    let since = Duration::from_secs(seconds.max(0).cast_unsigned());
    Timestamp::of(SystemTime::UNIX_EPOCH + since).seconds()
}

/// A time as the API shows it where seconds are too coarse.
pub fn instant(time: SystemTime) -> String {
    format!("{}Z", Timestamp::of(time).as_str())
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `{"timestamp":…,"level":…,"type":…,"detail":{…}}`
    Json,
    /// For a terminal.
    Text,
}

/// The log type of requests.
pub const HTTP_LOG: &str = "http-log";
/// The log type of what happens at start and stop.
pub const STARTUP: &str = "startup";

/// The log type of trouble with the authentication webhook.
pub const WEBHOOK_LOG: &str = "webhook-log";
/// The log type of trouble with the metadata store, and of changes that other gateways made.
pub const STORE_LOG: &str = "metadata-store";
/// The log type of remotes whose schemas change.
pub const SCHEMA_CHANGE_LOG: &str = "schema-change";
/// The log type of trouble with the keys of tokens.
pub const JWK_REFRESH_LOG: &str = "jwk-refresh-log";

/// The log types that can be switched off; every other event is always on.
pub const SWITCHABLE: [&str; 4] = [STARTUP, HTTP_LOG, WEBHOOK_LOG, JWK_REFRESH_LOG];

/// Where requests are logged; unset in a process that has no logger.
static ACCESS_LOG: OnceLock<AccessLog> = OnceLock::new();

/// Installs the process-wide logger, which writes to standard output until the process ends; lines that are still in memory
/// then are written when the returned value is dropped.
pub fn init(format: LogFormat, level: LevelFilter, enabled_types: &[String]) -> io::Result<Flush> {
    let is_on = |log_type: &str| enabled_types.iter().any(|enabled| enabled == log_type);
    let mut targets = Targets::new().with_default(level);
    for noisy in ["hyper", "hyper_util", "h2", "reqwest", "rustls", "sqlx", "tower_http"] {
        targets = targets.with_target(noisy, level.min(LevelFilter::WARN));
    }
    for log_type in SWITCHABLE.iter().filter(|log_type| !is_on(log_type)) {
        targets = targets.with_target(*log_type, LevelFilter::OFF);
    }
    let output = Output::start(Box::new(io::stdout()))?;
    let lines = Arc::clone(&output);
    let layer = tracing_subscriber::fmt::layer()
        .event_format(Line(format))
        .with_writer(move || Lines(Arc::clone(&lines)));
    // Whoever embeds the gateway may have a logger already, which stays.
    if tracing_subscriber::registry().with(targets).with(layer).try_init().is_ok() && is_on(HTTP_LOG) {
        let _ = ACCESS_LOG.set(AccessLog { format, level, output: Arc::clone(&output) });
    }
    Ok(Flush(output))
}

/// Logs a request that was answered.
pub fn log_request(access: &Access<'_>) {
    if let Some(log) = ACCESS_LOG.get() {
        log.write(access);
    }
}

/// Writes one event.
struct Line(LogFormat);

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let now = Timestamp::now();
        let target = event.metadata().target();
        match self.0 {
            LogFormat::Json => {
                let mut fields = JsonFields::default();
                event.record(&mut fields);
                let log_type = if target.starts_with(env!("CARGO_CRATE_NAME")) || target.contains("::") {
                    "unstructured"
                } else {
                    target
                };
                let level = level_name(*event.metadata().level());
                let head =
                    json!({"timestamp": now.with_offset(), "level": level, "type": log_type}).to_string();
                let head = head.strip_suffix('}').unwrap_or(&head);
                writeln!(writer, "{head},\"detail\":{}}}", fields.detail())
            }
            LogFormat::Text => {
                write!(writer, "{} {:5} {target}: ", now.as_str(), event.metadata().level())?;
                let mut fields = TextFields { writer: &mut writer, result: Ok(()) };
                event.record(&mut fields);
                fields.result?;
                writeln!(writer)
            }
        }
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG | Level::TRACE => "debug",
    }
}

#[derive(Default)]
struct JsonFields {
    detail: Option<String>,
    others: Map<String, Value>,
}

impl JsonFields {
    fn detail(self) -> String {
        self.detail.unwrap_or_else(|| Value::Object(self.others).to_string())
    }
}

impl Visit for JsonFields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "detail" {
            self.detail = Some(format!("{value:?}"));
        } else {
            self.others.insert(field.name().to_owned(), format!("{value:?}").into());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.others.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.others.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.others.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.others.insert(field.name().to_owned(), value.into());
    }
}

struct TextFields<'a, 'w> {
    writer: &'a mut Writer<'w>,
    result: fmt::Result,
}

impl Visit for TextFields<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.result = self.result.and_then(|()| match field.name() {
            "detail" => Ok(()),
            "message" => write!(self.writer, "{value:?}"),
            name => write!(self.writer, " {name}={value:?}"),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, log: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let written = buffer.clone();
        let layer =
            tracing_subscriber::fmt::layer().event_format(Line(format)).with_writer(move || buffer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_lines_have_hasuras_shape() {
        let line = logged(LogFormat::Json, || {
            let detail = json!({"kind": "server", "info": {"port": 1}});
            tracing::info!(target: STARTUP, detail = %detail, "listening");
        });
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["level"], "info");
        assert_eq!(value["type"], "startup");
        assert_eq!(value["detail"], json!({"kind": "server", "info": {"port": 1}}));
        let timestamp = value["timestamp"].as_str().unwrap();
        assert!(timestamp.len() == 28 && timestamp.ends_with("+0000"), "{timestamp}");
        assert_eq!(line.matches('\n').count(), 1);
    }

    #[test]
    fn plain_events_are_unstructured() {
        let line = logged(LogFormat::Json, || tracing::warn!(remote = "crm", n = 3_u64, "gone\nfor now"));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["type"], "unstructured");
        assert_eq!(value["detail"], json!({"message": "gone\nfor now", "remote": "crm", "n": 3}));
    }

    #[test]
    fn text_lines_show_the_message_and_hide_the_detail() {
        let line = logged(LogFormat::Text, || {
            tracing::info!(target: STARTUP, detail = %"{}", "listening");
        });
        assert!(line.ends_with(" INFO  startup: listening\n"), "{line}");
    }
}
