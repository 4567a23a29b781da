//! Each `tests/diff/<case>` has `old.yaml` and `new.yaml`, whole documents without their version; `changes.txt` and `changes.json` are
//! the differences between them.
//!
//! `UPDATE=1` rewrites the expectations.

use std::fs;
use std::path::Path;

use metadata::diff::{diff, to_text};
use metadata::{Document, yaml};

mod expectation;

datatest_stable::harness! {
    { test = changes, root = "tests/diff", pattern = r"old\.yaml$" },
}

fn changes(old: &Path) -> datatest_stable::Result<()> {
    let new = old.with_file_name("new.yaml");
    let changes = diff(&document(old)?, &document(&new)?);
    expectation::check(&old.with_file_name("changes.txt"), &to_text(&changes));
    let json = format!("{}\n", serde_json::to_string_pretty(&changes)?);
    expectation::check(&old.with_file_name("changes.json"), &json);
    assert!(diff(&document(old)?, &document(old)?).is_empty(), "a document is the same as itself");
    let back = diff(&document(&new)?, &document(old)?);
    assert_eq!(back.len(), changes.len(), "there are as many changes on the way back");
    Ok(())
}

fn document(path: &Path) -> datatest_stable::Result<Document> {
    let mut value = yaml::parse(&fs::read(path)?, 0)?.to_value();
    value["version"] = 3.into();
    Ok(Document::from_json(&value)?)
}
