//! Where a remote's schema comes from when it does not tell it itself, how often it is looked at, and what becomes of a change.
//!
//! All of it is Conjoin's extension. What a change breaks is the business of the engine, and who does the looking that of the gateway.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

/// A schema for remotes that do not answer introspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum SchemaSource {
    /// SDL that is a part of the metadata.
    Sdl(String),
    /// An SDL file of the server.
    File(String),
    /// Where SDL is to be had; may hold `{{ENV}}` templates.
    Url(String),
}

/// What happens when the gateway sees on its own that a remote's schema is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OnSchemaChange {
    /// It is served.
    #[default]
    Apply,
    /// It is served if nothing breaks that is served or that the metadata names, else it is held.
    ApplyIfSafe,
    /// It is held until someone applies it.
    Hold,
}

impl OnSchemaChange {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A pause of at least one second.
pub(crate) fn poll_interval<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u64>, D::Error> {
    match Option::<u64>::deserialize(input)? {
        Some(0) => {
            Err(D::Error::custom("expected at least 1 second; leave it out so that nothing is polled"))
        }
        seconds => Ok(seconds),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sdl: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl TryFrom<Written> for SchemaSource {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (key, text, source): (_, _, fn(String) -> Self) = match (written.sdl, written.file, written.url) {
            (Some(sdl), None, None) => ("sdl", sdl, Self::Sdl),
            (None, Some(file), None) => ("file", file, Self::File),
            (None, None, Some(url)) => ("url", url, Self::Url),
            _ => return Err("exactly one of `sdl`, `file` and `url` is needed".into()),
        };
        if text.trim().is_empty() { Err(format!("'{key}' is empty")) } else { Ok(source(text)) }
    }
}

impl From<SchemaSource> for Written {
    fn from(source: SchemaSource) -> Self {
        let none = Self { sdl: None, file: None, url: None };
        match source {
            SchemaSource::Sdl(sdl) => Self { sdl: Some(sdl), ..none },
            SchemaSource::File(file) => Self { file: Some(file), ..none },
            SchemaSource::Url(url) => Self { url: Some(url), ..none },
        }
    }
}
