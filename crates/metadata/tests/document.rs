//! Each `tests/document/<case>/import.json` is read; `export.json` beside it is the canonical export, or `error.txt` the refusal.
//!
//! `UPDATE=1` rewrites the expectations.

use std::fs;
use std::path::Path;

use metadata::Document;
use serde_json::Value;

mod expectation;

datatest_stable::harness! {
    { test = import_and_export, root = "tests/document", pattern = r"import\.json$" },
}

fn import_and_export(path: &Path) -> datatest_stable::Result<()> {
    let import: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let (file, got) = match Document::from_json(&import) {
        Ok(document) => {
            let export = document.to_json();
            let again = Document::from_json(&export).expect("an export can be imported").to_json();
            assert_eq!(export.to_string(), again.to_string(), "the export of an export is the same");
            ("export.json", format!("{}\n", serde_json::to_string_pretty(&export)?))
        }
        Err(error) => ("error.txt", format!("{error}\n")),
    };
    expectation::check(&path.with_file_name(file), &got);
    Ok(())
}
