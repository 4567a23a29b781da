//! The catalog of a running server, made again from what the metadata API tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::catalog::{self, Catalog, Introspection, RoleSchema};
use engine::problem::{MetadataObject, Problem, Severity};
use engine::remote::read_introspection;
use metadata::Document;
use serde_json::{Value, json};

use super::list;
use crate::cli::client::Client;
use crate::cli::error::Error;
use crate::cli::terminal::Terminal;

/// What a server serves.
pub(super) struct Source {
    pub(super) catalog: Arc<Catalog>,
    problems: Vec<Problem>,
}

impl Source {
    /// Asks the server for its metadata, the introspections, and whether it heeds permissions.
    pub(super) async fn read(client: &Client<'_>, terminal: &Terminal) -> Result<Self, Error> {
        let document = client.metadata("export_metadata", json!({})).await?;
        let document = Document::from_json(&document).map_err(|error| {
            let message = format!("the server's metadata is not understood: {}", error.message);
            Error::failed("invalid-metadata", message).pointer(error.path)
        })?;
        let names: Vec<&str> = document.remote_schemas.iter().map(|remote| remote.name.as_str()).collect();
        let commands: Vec<Value> = (names.iter())
            .map(|name| json!({"type": "introspect_remote_schema", "args": {"name": name}}))
            .collect();
        // A remote that was never read is refused, and the others are answered all the same.
        let answers = client.metadata("bulk_keep_going", json!(commands)).await?;
        let answers = answers.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut introspections = BTreeMap::new();
        for (name, answer) in names.iter().zip(answers) {
            match read_introspection(answer.to_string().as_bytes()) {
                Ok(schema) => {
                    introspections.insert((*name).to_owned(), Introspection::Fresh(Arc::new(schema)));
                }
                Err(_) => {
                    terminal.warn(&format!("the server has no schema of remote `{name}`, so it is left out"));
                }
            }
        }
        let config = match client.config().await {
            // Servers may be told not to have this endpoint.
            Err(error) if error.code == "not-found" => {
                terminal.warn(
                    "the server does not say whether permissions are switched on; taken as if they were",
                );
                Value::Null
            }
            config => config?,
        };
        let permissions_off = config.get("is_remote_schema_permissions_enabled") == Some(&Value::Bool(false));
        if permissions_off {
            terminal.warn("permissions are switched off on the server, so every role sees everything");
        }
        let options = catalog::Options { permissions_off, ..catalog::Options::default() };
        let (catalog, problems) = catalog::build(&document, &introspections, options, 1);
        Ok(Self { catalog: Arc::new(catalog), problems })
    }

    /// What a role sees, with warnings about permissions that are not served as they are written. A role that has none is more
    /// likely misspelt than meant.
    pub(super) fn role(&self, role: &str, terminal: &Terminal) -> Result<&Arc<RoleSchema>, Error> {
        for problem in self.problems.iter().filter(|problem| problem.severity != Severity::Warning) {
            let of = match &problem.object {
                MetadataObject::Permission { role, .. }
                | MetadataObject::InheritedPermission { role, .. }
                | MetadataObject::InheritedRole(role) => role,
                _ => continue,
            };
            if of == role {
                terminal.warn(&format!("{}: {}", problem.object, problem.reason.trim_end()));
            }
        }
        let known: BTreeSet<&str> = self.catalog.role_names().collect();
        if role != "admin" && !self.catalog.permissions_off && !known.contains(role) {
            let known: Vec<&str> = known.into_iter().collect();
            return Err(Error::failed(
                "not-exists",
                format!("the role `{role}` has no permission that could be served"),
            )
            .help(format!("roles with permissions are: {}", list(&known))));
        }
        Ok(self.catalog.role(role))
    }
}
