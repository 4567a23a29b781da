//! `config.yaml`: Hasura's keys, read as they are.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::error::Error;
use super::project::{from_decode, read_yaml};

/// A project's `config.yaml`; nothing in it is required.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfigFile {
    pub(super) version: Option<u64>,
    pub(super) endpoint: Option<String>,
    pub(super) admin_secret: Option<String>,
    /// A JSON array of strings, written as a string.
    pub(super) admin_secrets: Option<String>,
    /// The name of `admin_secret` of long ago.
    pub(super) access_key: Option<String>,
    pub(super) metadata_directory: Option<String>,
    pub(super) metadata_file: Option<String>,
    pub(super) api_paths: BTreeMap<String, String>,
    pub(super) insecure_skip_tls_verify: Option<bool>,
    pub(super) certificate_authority: Option<String>,
    pub(super) disable_interactive: bool,
    /// Keys that are not ours: Hasura's for databases and actions, and misspelt ones.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// Keys of Hasura projects that mean nothing here.
const UNUSED: [&str; 5] = ["actions", "migrations_directory", "seeds_directory", "server_config", "plugins"];

impl ConfigFile {
    /// Reads the file; every error names file, line and column.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let node = read_yaml(path)?;
        let value = node.to_value();
        if value.is_null() {
            return Ok(Self::default());
        }
        let config: Self =
            metadata::decode(&value).map_err(|error| from_decode("invalid-config", path, &node, error))?;
        if let Some(version @ (1 | 2)) = config.version {
            let message = format!("{} has version {version}, only version 3 is understood", path.display());
            let at = node.find("$.version").at;
            return Err(Error::usage(message)
                .at(path, at)
                .help("set `version: 3` and keep metadata in a metadata directory"));
        }
        Ok(config)
    }

    /// Keys that are probably misspelt.
    pub(super) fn unknown_keys(&self) -> impl Iterator<Item = &str> {
        self.rest.keys().map(String::as_str).filter(|key| !UNUSED.contains(key))
    }
}
