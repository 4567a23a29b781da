//! Each `tests/introspection/<case>/answer.json` is read; `schema.graphql` and `warnings.txt` beside it say what became of
//! it, or `error.txt` why nothing did.
//!
//! `UPDATE=1` rewrites the expectations.

use std::fs;
use std::path::Path;

use engine::remote::read_introspection;

mod expectation;

datatest_stable::harness! {
    { test = read, root = "tests/introspection", pattern = r"answer\.json$" },
}

fn read(path: &Path) -> datatest_stable::Result<()> {
    match read_introspection(&fs::read(path)?) {
        Ok(remote) => {
            expectation::check(&path.with_file_name("schema.graphql"), &remote.schema.to_string());
            let warnings: String = remote.warnings.iter().map(|warning| format!("{warning}\n")).collect();
            expectation::check(&path.with_file_name("warnings.txt"), &warnings);
        }
        Err(error) => {
            let refused = if error.refused { "refused: " } else { "" };
            expectation::check(&path.with_file_name("error.txt"), &format!("{refused}{error}\n"));
        }
    }
    Ok(())
}
