//! Relationships that schemas suggest: `tests/suggest/<case>/` holds one `<remote>.graphql` per remote, and `metadata.json` where
//! there is more to say of them than their names.
//!
//! Expected in `suggestions.txt`: score, name and type of each suggestion, its definition and the reasons; `nothing` in cases that are
//! traps. `UPDATE=1` rewrites the expectations.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use engine::catalog::{Introspection, Options, build};
use engine::problem::Severity;
use engine::remote::{RemoteSchema, read_sdl};
use engine::suggest::{Wanted, suggest};
use metadata::{Customization, Document, TypeNames};
use serde_json::json;

mod expectation;

datatest_stable::harness! {
    { test = case, root = "tests/suggest", pattern = r"suggestions\.txt$" },
}

/// Below this, nothing is shown to anybody who does not ask for it.
const MIN_SCORE: f64 = 0.5;

fn case(path: &Path) -> datatest_stable::Result<()> {
    let folder = path.parent().ok_or("a case is a folder")?;
    let mut schemas: BTreeMap<String, Arc<RemoteSchema>> = BTreeMap::new();
    for file in fs::read_dir(folder)? {
        let file = file?.path();
        if let (Some("graphql"), Some(name)) = (file.extension().and_then(|it| it.to_str()), file.file_stem())
        {
            let schema = read_sdl(&fs::read_to_string(&file)?)?;
            schemas.insert(name.to_string_lossy().into_owned(), Arc::new(schema));
        }
    }
    assert!(!schemas.is_empty(), "the case has no schemas");
    let metadata = folder.join("metadata.json");
    let metadata = match metadata.exists() {
        true => serde_json::from_str(&fs::read_to_string(metadata)?)?,
        false => json!({"version": 3, "remote_schemas": schemas.keys().map(|name| {
            json!({"name": name, "definition": {"url": format!("http://{name}.test")}})
        }).collect::<Vec<_>>()}),
    };
    let document = Document::from_json(&metadata)?;
    let wanted = Wanted { remote: None, min_score: MIN_SCORE, limit: 100 };
    let suggestions = suggest(&document, &schemas, wanted);

    let mut shown = String::new();
    let mut all = document.clone();
    for suggestion in &suggestions {
        let relationship = &suggestion.relationship;
        let _ = writeln!(
            shown,
            "{:.2} {}.{}.{}: {}\n  {}",
            suggestion.score,
            suggestion.remote,
            suggestion.type_name,
            relationship.name,
            suggestion.value_type,
            relationship.definition.to_json()["to_remote_schema"],
        );
        suggestion.reasons.iter().for_each(|reason| shown.push_str(&format!("  {reason}\n")));
        suggestion.addition().apply(&mut all);
    }
    if suggestions.is_empty() {
        shown.push_str("nothing\n");
    }
    expectation::check(path, &shown);

    // What clashes for clients is no matter here.
    for remote in &mut all.remote_schemas {
        let name = remote.name.clone();
        remote.definition.customization = Some(Customization {
            type_names: Some(TypeNames { prefix: Some(format!("{name}_")), ..TypeNames::default() }),
            root_fields_namespace: Some(name),
            ..Customization::default()
        });
    }
    // All of them together can be served, and then nothing is left to suggest of the same kind.
    let introspections = schemas
        .iter()
        .map(|(name, schema)| (name.clone(), Introspection::Fresh(Arc::clone(schema))))
        .collect();
    let (_, problems) = build(&all, &introspections, Options::default(), 1);
    let broken: Vec<_> =
        problems.iter().filter(|problem| problem.severity == Severity::Inconsistent).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let again = suggest(&all, &schemas, wanted);
    assert!(again.is_empty(), "suggested again: {again:#?}");
    Ok(())
}
