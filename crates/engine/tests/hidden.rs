//! What roles lack, and what of queries is refused to them: `tests/hidden/<catalog>/` holds `metadata.json`, one
//! `<remote>.graphql` per remote, and in `queries` documents to check.
//!
//! Expected are `hidden.txt`, with all that each role lacks, and beside each query a `.txt` with what stands in each role's way.
//! `UPDATE=1` rewrites them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use engine::catalog::{Catalog, Introspection, Options, build};
use engine::hidden;
use engine::operation::{Limits, Operation};
use engine::remote::read_sdl;
use metadata::Document;

mod expectation;

datatest_stable::harness! {
    { test = lists, root = "tests/hidden", pattern = r"metadata\.json$" },
    { test = checks, root = "tests/hidden", pattern = r"queries/[^/]+\.graphql$" },
}

fn catalog(folder: &Path) -> Result<Arc<Catalog>, Box<dyn std::error::Error>> {
    let document =
        Document::from_json(&serde_json::from_str(&fs::read_to_string(folder.join("metadata.json"))?)?)?;
    let mut introspections = BTreeMap::new();
    for remote in &document.remote_schemas {
        let sdl = fs::read_to_string(folder.join(format!("{}.graphql", remote.name)))?;
        introspections.insert(remote.name.clone(), Introspection::Fresh(Arc::new(read_sdl(&sdl)?)));
    }
    let (catalog, problems) = build(&document, &introspections, Options::default(), 1);
    assert!(problems.is_empty(), "{problems:#?}");
    Ok(Arc::new(catalog))
}

fn lists(path: &Path) -> datatest_stable::Result<()> {
    let catalog = catalog(path.parent().ok_or("metadata is in a folder")?)?;
    let mut shown = String::new();
    let roles: BTreeSet<&str> = catalog.role_names().collect();
    assert!(!roles.is_empty(), "the metadata has no roles");
    for role in roles {
        let _ = writeln!(shown, "# {role}");
        for hidden in hidden::list(&catalog, catalog.role(role)) {
            let _ = writeln!(shown, "{} {}: {}", hidden.kind.as_str(), hidden.path, hidden.reason);
        }
    }
    assert_eq!(hidden::list(&catalog, &catalog.admin), []);
    expectation::check(&path.with_file_name("hidden.txt"), &shown);
    Ok(())
}

fn checks(path: &Path) -> datatest_stable::Result<()> {
    let catalog = catalog(path.ancestors().nth(2).ok_or("queries are below the metadata")?)?;
    let query = fs::read_to_string(path)?;
    let mut shown = String::new();
    let mut roles: BTreeSet<&str> = catalog.role_names().collect();
    roles.insert("admin");
    for role in roles {
        let seen = catalog.role(role);
        let refused = hidden::check(&catalog, seen, &query, None, Limits::default());
        let _ = writeln!(shown, "# {role}: {}", if refused.is_empty() { "accepted" } else { "refused" });
        for hidden::Refused { path, reason, location } in &refused {
            let at = location.map(|at| format!("{}:{} ", at.line, at.column)).unwrap_or_default();
            let _ = writeln!(shown, "{at}{path}: {reason}");
        }
        if query.matches("query").count() < 2 {
            let served =
                Operation::parse(Arc::clone(&catalog), Arc::clone(seen), &query, None, Limits::default());
            assert_eq!(refused.is_empty(), served.is_ok(), "the check says what the gateway does");
        }
    }
    expectation::check(&path.with_extension("txt"), &shown);
    Ok(())
}
