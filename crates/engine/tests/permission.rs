//! Permissions against a schema: `tests/permission/<schema>/schema.graphql` is the upstream's, each other `.graphql` beside it an
//! SDL that somebody wrote for a role, each `.json` the `definition` of a permission.
//!
//! Expected in the `.txt` of the same name: what is wrong, in the words of the API, and where; what is odd; what the role sees all the
//! same, which must be a valid schema; and what is preset. `UPDATE=1` rewrites the expectations.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use apollo_compiler::Schema;
use engine::catalog::{Introspection, Options, RemoteId, build};
use engine::remote::read_sdl;
use metadata::{Document, Permission};
use serde_json::{Value, json};

mod expectation;

datatest_stable::harness! {
    { test = case, root = "tests/permission", pattern = r"(?:/[^/]+\.json|/(?:[^s/]|s[^c/])[^/]*\.graphql)$" },
}

fn case(path: &Path) -> datatest_stable::Result<()> {
    let text = fs::read_to_string(path)?;
    let definition: Value = if path.extension().is_some_and(|extension| extension == "json") {
        serde_json::from_str(&text)?
    } else {
        json!({ "schema": text })
    };
    let permission: Permission = serde_json::from_value(json!({"role": "user", "definition": definition}))?;
    let upstream = Arc::new(read_sdl(&fs::read_to_string(path.with_file_name("schema.graphql"))?)?);
    assert!(upstream.warnings.is_empty(), "{:?}", upstream.warnings);

    let reading = engine::permission::read(&upstream, &permission);
    let mut shown = String::new();
    if let Some(flaw) = &reading.flaw {
        let _ = writeln!(shown, "{}: {}\n", flaw.code.as_str(), flaw.message.trim_end());
        for reason in &flaw.reasons {
            let line = reason
                .location
                .map_or_else(String::new, |at| format!(" in line {}, column {}", at.line, at.column));
            let place =
                reason.place.as_ref().map_or_else(|| "nowhere in particular".to_owned(), ToString::to_string);
            assert!(flaw.message.contains(&reason.message));
            let _ = writeln!(shown, "at {place}{line}");
        }
        shown.push('\n');
    } else {
        let schema = engine::permission::written(&upstream, &permission, &reading.granted);
        let again = engine::permission::read(
            &upstream,
            &Permission { schema, deny: Vec::new(), ..permission.clone() },
        );
        assert!(again.flaw.is_none(), "what is written out is refused: {:?}", again.flaw);
        assert!(again.granted.is_same(&reading.granted), "what is written out grants something else");
    }
    for warning in &reading.warnings {
        let _ = writeln!(shown, "warning: {warning}\n");
    }

    let document = Document::from_json(&json!({"version": 3, "remote_schemas": [{
        "name": "up", "definition": {"url": "http://up.test"},
        "permissions": [{"role": "user", "definition": definition}],
    }]}))?;
    let introspections = BTreeMap::from([("up".to_owned(), Introspection::Fresh(Arc::clone(&upstream)))]);
    let (catalog, problems) = build(&document, &introspections, Options::default(), 1);
    assert_eq!(
        problems.len(),
        usize::from(reading.flaw.is_some()) + usize::from(!reading.warnings.is_empty())
    );
    let role = catalog.role("user");
    if let Err(invalid) = Schema::clone(&role.schema).validate() {
        panic!("the role has a schema that is not valid:\n{}\n{}", role.schema, invalid.errors);
    }
    let _ = write!(shown, "{}", role.schema);
    let presets = role.presets(RemoteId(0)).to_string();
    if !presets.is_empty() {
        let _ = write!(shown, "\n# presets\n{presets}\n");
    }
    expectation::check(&path.with_extension("txt"), &shown);
    Ok(())
}
