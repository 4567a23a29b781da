//! `conjoin schema list`.

use std::collections::BTreeMap;

use clap::Args;
use engine::outline::Counts;
use serde_json::json;

use super::{address, read, troubles};
use crate::cli::Outcome;
use crate::cli::change::{Context, columns};
use crate::cli::error::Error;
use crate::cli::source::Origin;

/// Arguments of `conjoin schema list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  conjoin schema list\n  conjoin schema list --offline -o json")]
pub(super) struct Arguments {
    #[command(flatten)]
    origin: Origin,
}

/// One line for each remote, and why those with troubles have them.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let source = read(&arguments.origin, context).await?;
    let troubles: BTreeMap<_, _> = troubles(&arguments.origin, &source, context).await?.into_iter().collect();
    let heads = ["NAME", "STATE", "TYPES", "QUERIES", "MUTATIONS", "ROLES", "RELATIONSHIPS", "URL"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let mut listed = Vec::new();
    for remote in &source.document.remote_schemas {
        let counts = source.schemas.get(&remote.name).map(|schema| Counts::of(schema));
        let state = match (troubles.contains_key(&remote.name), counts) {
            (true, _) => "inconsistent",
            (false, Some(_)) => "ok",
            (false, None) => "unknown",
        };
        let n_relationships: usize =
            remote.remote_relationships.iter().map(|on| on.relationships.len()).sum();
        let n_roles = remote.permissions.len();
        let count = |of: fn(&Counts) -> usize| counts.as_ref().map_or("-".into(), |its| of(its).to_string());
        rows.push(vec![
            remote.name.clone(),
            state.to_owned(),
            count(|counts| counts.types),
            count(|counts| counts.queries),
            count(|counts| counts.mutations),
            n_roles.to_string(),
            n_relationships.to_string(),
            address(remote),
        ]);
        listed.push(json!({
            "name": remote.name,
            "url": address(remote),
            "state": state,
            "reason": troubles.get(&remote.name),
            "counts": counts,
            "roles": n_roles,
            "relationships": n_relationships,
        }));
    }
    let mut text = columns(&rows);
    text.extend(troubles.iter().map(|(name, reason)| format!("{name}: {reason}\n")));
    Ok(Outcome::with_text(&json!({"schemas": listed}), text))
}
