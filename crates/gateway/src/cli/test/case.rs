//! How cases are written: a YAML file with the schemas of the remotes and a list of cases.

use std::collections::BTreeMap;
use std::path::PathBuf;

use metadata::DecodeError;
use metadata::yaml::Node;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// One file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestFile {
    /// Files with the schemas of the remotes, relative to this one: SDL, or introspections as JSON. Others are looked for at
    /// `schemas/NAME.graphql`.
    #[serde(default)]
    pub(super) schemas: BTreeMap<String, PathBuf>,
    pub(super) cases: Vec<Case>,
    /// Where each case stands.
    #[serde(skip)]
    pub(super) lines: Vec<u64>,
}

/// A request of a role, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) role: String,
    /// The role has no permission, and that is meant; otherwise it is taken for misspelt.
    #[serde(default)]
    pub(super) without_permissions: bool,
    /// Session variables.
    #[serde(default)]
    pub(super) session: BTreeMap<String, Value>,
    pub(super) query: String,
    /// The operation, if the query has several.
    pub(super) operation: Option<String>,
    #[serde(default)]
    pub(super) variables: Map<String, Value>,
    /// What is asked of remotes, and what they answer; in the order in which each remote is asked.
    #[serde(default)]
    pub(super) upstream: Vec<Exchange>,
    /// The data of the response.
    #[serde(default, deserialize_with = "given")]
    pub(super) data: Option<Value>,
    /// Texts that the messages of the response's errors contain; without them there must be none.
    #[serde(default)]
    pub(super) errors: Vec<String>,
    /// The code that the request is refused with before any remote is asked.
    pub(super) refused: Option<String>,
    /// A text that the message of the refusal contains.
    pub(super) message: Option<String>,
}

/// One request to a remote.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    pub(super) remote: String,
    /// What must be asked, with all values in their places; whatever, if left out.
    pub(super) request: Option<String>,
    /// The response of the remote.
    pub(super) answer: Value,
}

impl TestFile {
    /// Reads a file, and sees to it that its cases expect something that can be.
    pub(super) fn read(node: &Node) -> Result<Self, DecodeError> {
        let mut file: Self = metadata::decode(&node.to_value())?;
        for (index, case) in file.cases.iter().enumerate() {
            let path = format!("$.cases[{index}]");
            case.check()
                .map_err(|message| DecodeError { path: path.clone(), message: message.to_owned() })?;
            file.lines.push(node.find(&path).at.line);
        }
        Ok(file)
    }
}

impl Case {
    fn check(&self) -> Result<(), &'static str> {
        let wants_response = self.data.is_some() || !self.errors.is_empty() || !self.upstream.is_empty();
        match &self.refused {
            Some(_) if wants_response => {
                Err("a request that is refused has no 'data', 'errors' and 'upstream'")
            }
            None if self.message.is_some() => Err("'message' goes with 'refused'"),
            _ => Ok(()),
        }
    }
}

/// A value that is written, even if it is null.
fn given<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(input).map(Some)
}
