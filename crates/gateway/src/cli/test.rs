//! `conjoin test`: tries cases of what roles may see and what is sent for them, with the project's metadata, schemas from
//! files and answers from the cases. No server runs and no remote is asked.
//!
//! [`case`] is how cases are written, [`attempt`] runs one, [`report`] says what came of all.

mod attempt;
mod case;
mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use engine::catalog::{self, Catalog, Introspection};
use engine::problem::Severity;
use metadata::Document;
use metadata::yaml::Position;

use self::case::TestFile;
use self::report::{Report, Verdict};
use super::Outcome;
use super::error::{Error, Exit};
use super::options::Options;
use super::project::{self, Project};
use super::snapshot::read_schema;
use super::source::{is_known, unknown_role};
use super::terminal::Terminal;

/// Arguments of `conjoin test`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files with cases, or directories of such files; the project's directory `tests` if left out.
    paths: Vec<PathBuf>,
    /// Also write the results to a file, in the format of JUnit.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Runs all cases.
pub(super) fn run(arguments: &Arguments, options: &Options, terminal: &Terminal) -> Result<Outcome, Error> {
    let project = Project::find(options, terminal)?;
    let document = project.read_metadata().map_err(|error| error.exit(Exit::Usage))?;
    let paths = match arguments.paths.as_slice() {
        [] => vec![project.directory.join("tests")],
        paths => paths.to_vec(),
    };
    let mut report = Report::default();
    for file in files(&paths)? {
        let test_file = read(&file)?;
        let catalog = Arc::new(build(&document, &test_file, &file, terminal)?);
        for (index, case) in test_file.cases.iter().enumerate() {
            // Nothing is granted to a role that is misspelt, and a case which expects that would hold.
            if !case.without_permissions && !is_known(&catalog, &case.role) {
                let line = test_file.lines[index];
                let at = Position { source: 0, line, column: 1 };
                return Err(unknown_role(&catalog, &case.role).exit(Exit::Usage).at(&file, at));
            }
            report.verdicts.push(Verdict {
                file: file.clone(),
                line: test_file.lines[index],
                name: case.name.clone(),
                complaints: attempt::run(&catalog, case),
            });
        }
    }
    if report.verdicts.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Error::usage(format!("there are no cases in {}", names.join(", ")))
            .help("see docs/permissions.md, Testing permissions, for how they are written"));
    }
    if let Some(junit) = &arguments.junit {
        std::fs::write(junit, report.to_junit()).map_err(|error| Error::io("write", junit, &error))?;
        terminal.detail(&format!("wrote {}", junit.display()));
    }
    Ok(report.into_outcome())
}

/// All YAML files that are named, or below directories that are named, in the order of their names. The schemas may lie among
/// them, but not as YAML.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let is_yaml =
        |path: &Path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let mut files = Vec::new();
    for path in paths {
        let mut waiting = vec![path.clone()];
        let mut found = Vec::new();
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                let unreadable = |error| Error::io("read", &path, &error).exit(Exit::Usage);
                for entry in std::fs::read_dir(&path).map_err(unreadable)? {
                    let entry = entry.map_err(unreadable)?.path();
                    if entry.is_dir() || is_yaml(&entry) {
                        waiting.push(entry);
                    }
                }
            } else {
                found.push(path);
            }
        }
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}

fn read(file: &Path) -> Result<TestFile, Error> {
    let node = project::read_yaml(file).map_err(|error| error.exit(Exit::Usage))?;
    TestFile::read(&node).map_err(|error| project::from_decode("invalid-test", file, &node, error))
}

/// The catalog of the metadata over the schemas that a file of cases names.
fn build(document: &Document, tests: &TestFile, file: &Path, terminal: &Terminal) -> Result<Catalog, Error> {
    let directory = file.parent().unwrap_or(Path::new(""));
    let unknown = tests.schemas.keys().find(|name| document.remote_schema(name).is_none());
    if let Some(name) = unknown {
        let message = format!(
            "{} names a schema for `{name}`, which is no remote schema of the metadata",
            file.display()
        );
        return Err(
            Error::usage(message).help("compare the names below `schemas` with those in the metadata")
        );
    }
    let mut introspections = BTreeMap::new();
    for remote in &document.remote_schemas {
        let path = match tests.schemas.get(&remote.name) {
            Some(path) => directory.join(path),
            None => {
                let usual = directory.join("schemas").join(format!("{}.graphql", remote.name));
                if !usual.exists() {
                    let message = format!("{} has no schema for remote `{}`", file.display(), remote.name);
                    return Err(Error::usage(message).help(format!(
                        "conjoin permission show admin --remote {} > {}",
                        remote.name,
                        usual.display()
                    )));
                }
                usual
            }
        };
        let schema = read_schema(&path)?;
        introspections.insert(remote.name.clone(), Introspection::Fresh(Arc::new(schema)));
    }
    let (catalog, problems) = catalog::build(document, &introspections, catalog::Options::default(), 1);
    for problem in problems.iter().filter(|problem| problem.severity == Severity::Inconsistent) {
        terminal.warn(&format!("{}: {}", problem.object, problem.reason.trim_end()));
    }
    Ok(catalog)
}
