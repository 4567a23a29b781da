//! What is said of upstreams that change: `tests/change/<case>/` holds `<remote>.graphql` as each remote was, and
//! `<remote>.after.graphql` as those are that changed. `metadata.yaml` may be left out for a single remote `shop`.
//!
//! Expected is `expected.txt`, with each change, what GraphQL clients think of it, and what of ours it breaks. `UPDATE=1`
//! rewrites it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use engine::catalog::{Introspection, Options, build};
use engine::change::{self, Affected, Change};
use engine::problem::Severity;
use engine::remote::read_sdl;
use metadata::{Document, yaml};

mod expectation;

datatest_stable::harness! {
    { test = reports, root = "tests/change", pattern = r"shop\.graphql$" },
}

const ALONE: &str = "{version: 3, remote_schemas: [{name: shop, definition: {url: 'http://shop.test'}}]}";

fn reports(path: &Path) -> datatest_stable::Result<()> {
    let folder = path.parent().ok_or("a schema is in a folder")?;
    let metadata = fs::read_to_string(folder.join("metadata.yaml")).unwrap_or_else(|_| ALONE.to_owned());
    let metadata = yaml::parse(metadata.as_bytes(), 0).map_err(|error| format!("{error:?}"))?;
    let document = Document::from_json(&metadata.to_value())?;
    let read = |name: String| -> datatest_stable::Result<Introspection> {
        Ok(Introspection::Fresh(Arc::new(read_sdl(&fs::read_to_string(folder.join(name))?)?)))
    };
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    for remote in &document.remote_schemas {
        let name = &remote.name;
        let was = read(format!("{name}.graphql"))?;
        let is = format!("{name}.after.graphql");
        after.insert(name.clone(), if folder.join(&is).exists() { read(is)? } else { was.clone() });
        before.insert(name.clone(), was);
    }
    let (_, problems) = build(&document, &before, Options::default(), 1);
    let inconsistent: Vec<_> = problems.iter().filter(|it| it.severity != Severity::Warning).collect();
    assert!(inconsistent.is_empty(), "it was fine before: {inconsistent:#?}");

    let report = change::compare(&document, &before, &after, Options::default());
    let mut shown = String::new();
    for (remote, changes) in &report.remotes {
        let _ = writeln!(shown, "# {remote}");
        for Change { kind, path, breaking_graphql, description, affects } in changes {
            let _ = writeln!(shown, "{} {}: {path} {description}", breaking_graphql.as_str(), kind.as_str());
            write_affected(affects, &mut shown);
        }
    }
    if !report.affects.is_empty() {
        shown.push_str("# as a whole\n");
        write_affected(&report.affects, &mut shown);
    }
    let _ = writeln!(shown, "# {}", if report.is_safe() { "safe" } else { "not safe" });
    expectation::check(&folder.join("expected.txt"), &shown);

    let same = change::compare(&document, &before, &before, Options::default());
    assert!(same.remotes.is_empty() && same.is_safe(), "what did not change is no change");
    Ok(())
}

fn write_affected(affects: &[Affected], shown: &mut String) {
    for Affected { object, reason } in affects {
        let _ = writeln!(shown, "    {object}: {}", reason.replace('\n', "\n        "));
    }
}
