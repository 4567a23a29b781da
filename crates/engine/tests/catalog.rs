//! Catalogs from `metadata.json` and one `<remote>.graphql` per remote.
//!
//! `tests/catalog/ok/<case>/` must be free of problems and expects `admin.graphql` and `joins.txt`;
//! `tests/catalog/problem/<case>/` expects `problems.txt`, and `admin.graphql` for what is served in spite of them.
//! What the roles of the metadata see is expected in `role.<role>.graphql`, with their presets, and must be a valid schema.
//! A remote without a file cannot be reached; one with `<remote>.stored.graphql` is known from the store only.
//!
//! `UPDATE=1` rewrites the expectations.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use apollo_compiler::Schema;
use engine::catalog::{Catalog, Failure, Introspection, Options, Previous, RemoteId, build, build_after};
use engine::fault::Code;
use engine::join::{BoundArgument, Join, Template};
use engine::problem::{MetadataObject, Problem};
use engine::remote::read_sdl;
use metadata::Document;

mod expectation;

datatest_stable::harness! {
    { test = ok, root = "tests/catalog/ok", pattern = r"metadata\.json$" },
    { test = problem, root = "tests/catalog/problem", pattern = r"metadata\.json$" },
}

fn ok(path: &Path) -> datatest_stable::Result<()> {
    let (catalog, problems) = load(path)?;
    assert!(problems.is_empty(), "{}", shown(&problems));
    if let Err(invalid) = Schema::clone(&catalog.admin.schema).validate() {
        panic!("merging valid schemas gave one that is not:\n{}", invalid.errors);
    }
    expectation::check(&path.with_file_name("admin.graphql"), &catalog.admin.schema.to_string());
    check_roles(path, &catalog);
    let joins: String = catalog.joins.iter().map(|join| describe(&catalog, join)).collect();
    if !joins.is_empty() {
        expectation::check(&path.with_file_name("joins.txt"), &joins);
    }
    Ok(())
}

fn problem(path: &Path) -> datatest_stable::Result<()> {
    let (catalog, problems) = load(path)?;
    assert!(!problems.is_empty(), "this case must have a problem");
    let (_, again) = load(path)?;
    assert_eq!(problems, again, "problems are the same each time");
    expectation::check(&path.with_file_name("problems.txt"), &shown(&problems));
    expectation::check(&path.with_file_name("admin.graphql"), &catalog.admin.schema.to_string());
    check_roles(path, &catalog);
    Ok(())
}

fn check_roles(path: &Path, catalog: &Catalog) {
    for name in catalog.role_names() {
        let role = catalog.role(name);
        if let Err(invalid) = Schema::clone(&role.schema).validate() {
            panic!("role {name} has a schema that is not valid:\n{}", invalid.errors);
        }
        let mut text = role.schema.to_string();
        for (index, remote) in catalog.remotes.iter().enumerate() {
            let presets = role.presets(RemoteId(index as u32)).to_string();
            if !presets.is_empty() {
                let _ = write!(text, "\n# presets of {}\n# {}", remote.name, presets.replace('\n', "\n# "));
            }
        }
        expectation::check(&path.with_file_name(format!("role.{name}.graphql")), &text);
    }
}

/// Each relationship, tried on a catalog without it, could be served exactly when it is with the whole document.
///
/// One that comes before another of its name is served, and the other is not; tried when the other is there, it is the one that is
/// refused.
fn check_candidates(
    document: &Document,
    introspections: &BTreeMap<String, Introspection>,
    catalog: &Catalog,
    problems: &[Problem],
) {
    for (remote, entry) in document.remote_schemas.iter().enumerate() {
        for (on, ty) in entry.remote_relationships.iter().enumerate() {
            for (index, relationship) in ty.relationships.iter().enumerate() {
                let mut others = document.clone();
                others.remote_schemas[remote].remote_relationships[on].relationships.remove(index);
                let (before, _) = build(&others, introspections, Options::default(), 4);
                let tried = before.candidate(&entry.name, &ty.type_name, relationship, None);
                let object = MetadataObject::Relationship {
                    remote_schema: entry.name.clone(),
                    type_name: ty.type_name.clone(),
                    name: relationship.name.clone(),
                };
                let problem = problems.iter().find(|problem| problem.object == object);
                let is_of_that_name = |problem: &Problem| {
                    matches!(&problem.object,
                    MetadataObject::Relationship { name, .. } if *name == relationship.name)
                };
                match (problem, tried) {
                    (None, Ok(_)) => {
                        let name = Some(relationship.name.as_str());
                        let again = catalog.candidate(&entry.name, &ty.type_name, relationship, name);
                        assert!(again.is_ok(), "{object} cannot take its own place: {again:?}");
                    }
                    (Some(problem), Ok(_)) => panic!("{object} passes, and has {problem:?}"),
                    (None, Err(rejection)) => {
                        let is_name_taken = rejection.reasons.iter().all(|flaw| flaw.pointer == "/name");
                        let is_first = is_name_taken && problems.iter().any(is_of_that_name);
                        assert!(is_first, "{object} is served, and does not pass: {rejection:?}");
                    }
                    (Some(problem), Err(rejection)) => {
                        for flaw in &rejection.reasons {
                            assert!(
                                problem.reason.contains(&flaw.reason)
                                    || problems.iter().filter(|its| is_of_that_name(its)).count() > 1,
                                "{object}: {} is not {}",
                                flaw.reason,
                                problem.reason
                            );
                        }
                    }
                }
            }
        }
    }
}

fn load(path: &Path) -> Result<(Catalog, Vec<Problem>), Box<dyn std::error::Error>> {
    let document = Document::from_json(&serde_json::from_str(&fs::read_to_string(path)?)?)?;
    let unreachable =
        || Failure { code: Code::RemoteSchemaError, reason: "connection refused".into(), internal: None };
    let mut introspections = BTreeMap::new();
    for remote in &document.remote_schemas {
        let read = |suffix: &str| -> Result<_, Box<dyn std::error::Error>> {
            let file = path.with_file_name(format!("{}{suffix}", remote.name));
            if !file.exists() {
                return Ok(None);
            }
            let schema = read_sdl(&fs::read_to_string(file)?)?;
            Ok(Some(Arc::new(schema)))
        };
        let introspection = match (read(".graphql")?, read(".stored.graphql")?) {
            (Some(schema), _) => Introspection::Fresh(schema),
            (None, Some(schema)) => Introspection::Stored { schema, cause: Some(unreachable()) },
            (None, None) => Introspection::Missing(unreachable()),
        };
        introspections.insert(remote.name.clone(), introspection);
    }
    // What is taken over from another catalog is as if it were read anew.
    let mut other = document.clone();
    for remote in &mut other.remote_schemas {
        remote.permissions.reverse();
        remote.permissions.truncate(1);
    }
    let before = build(&other, &introspections, Options::default(), 1).0;
    let previous = Previous { document: &other, catalog: &before };
    let (catalog, problems) = build_after(Some(previous), &document, &introspections, Options::default(), 2);
    assert_eq!(problems, build(&document, &introspections, Options::default(), 3).1);
    check_candidates(&document, &introspections, &catalog, &problems);
    Ok((catalog, problems))
}

fn shown(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        let Problem { severity, code, object, reason, .. } = problem;
        let _ = writeln!(text, "{severity:?} {} {object}\n  {}", code.as_str(), reason.replace('\n', "\n  "));
    }
    text
}

/// One relationship: whose fields are the key, what is called with it, and what comes back.
fn describe(catalog: &Catalog, join: &Join) -> String {
    let (lhs, target) = (catalog.remote(join.lhs), catalog.remote(join.target));
    let keys: Vec<&str> = join.lhs_fields.iter().map(|field| field.as_str()).collect();
    let mut text = format!("{}.{}.{} [{}]\n", lhs.name, join.lhs_type, join.name, keys.join(" "));
    for step in &join.path {
        let _ = writeln!(text, "  {}.{}{}", target.name, step.field, arguments(&step.arguments, &keys));
    }
    let _ = writeln!(text, "  value: {}", join.value_type(&target.schema.schema));
    if let Some(batch) = &join.batch {
        let matched: Vec<String> =
            batch.keys.iter().map(|(part, field)| format!("{} = {field}", keys[*part])).collect();
        let path: Vec<&str> = batch.path.iter().map(|field| field.as_str()).collect();
        let _ = writeln!(
            text,
            "  batch: {} many={} max={:?} path=[{}]",
            matched.join(", "),
            batch.many,
            batch.max,
            path.join(" ")
        );
    }
    text
}

fn arguments(arguments: &[BoundArgument], keys: &[&str]) -> String {
    let bound: Vec<String> = arguments
        .iter()
        .map(|argument| format!("{}: {}", argument.name, template(&argument.value, keys)))
        .collect();
    if bound.is_empty() { String::new() } else { format!("({})", bound.join(", ")) }
}

fn template(value: &Template, keys: &[&str]) -> String {
    match value {
        Template::Key { part, ty, coercion } => {
            format!("${} as {ty} ({:?}, wrap {})", keys[*part], coercion.scalar, coercion.wrap)
        }
        Template::Literal(value) => value.serialize().no_indent().to_string(),
        Template::Object { ty, fields } => format!("{ty} {}", self::arguments(fields, keys)),
        Template::List(items) => {
            let items: Vec<String> = items.iter().map(|item| template(item, keys)).collect();
            format!("[{}]", items.join(", "))
        }
    }
}
