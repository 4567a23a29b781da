//! How a remote can be made to misbehave, at run time.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

/// What a remote does to every answer; the default does nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// How long each answer is held back.
    pub delay_ms: u64,
    /// HTTP status instead of the right one.
    pub status: Option<u16>,
    /// Headers added to each answer.
    pub headers: BTreeMap<String, String>,
    /// What is answered.
    pub answer: Answer,
    /// Refuses the introspection fields that came after June 2018, as old servers do.
    pub old_introspection: bool,
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
    pub fn delayed(delay: std::time::Duration) -> Self {
        Self { delay_ms: delay.as_millis() as u64, ..Self::default() }
    }

    /// A remote that answers anything in this way.
    pub fn answering(answer: Answer) -> Self {
        Self { answer, ..Self::default() }
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

pub(super) fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
