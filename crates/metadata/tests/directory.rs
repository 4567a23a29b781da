//! Each `tests/directory/<case>/metadata` (or `metadata.yaml`, `metadata.json`) is read; `expected.json` beside it is the canonical
//! export, or `error.txt` the refusal.
//!
//! `UPDATE=1` rewrites the expectation. To add a case, add its files and an empty `expected.json`.

use std::fs;
use std::path::Path;

use metadata::directory;

mod expectation;

datatest_stable::harness! {
    { test = read, root = "tests/directory", pattern = r"(expected\.json|error\.txt)$" },
}

fn read(expectation: &Path) -> datatest_stable::Result<()> {
    let case = expectation.parent().expect("a case is a directory");
    let metadata = ["metadata", "metadata.yaml", "metadata.json"]
        .map(|name| case.join(name))
        .into_iter()
        .find(|path| path.exists())
        .expect("a case has metadata");
    let (file, got) = match directory::read_within(case, &metadata) {
        Ok(loaded) => {
            let export = loaded.document.to_json();
            let copy = tempfile::tempdir()?;
            directory::write(copy.path(), &loaded.document)?;
            let again = directory::read(copy.path())?.document;
            assert_eq!(again.to_json(), export, "a directory that was written reads the same");
            assert!(directory::write(copy.path(), &loaded.document)?.is_empty(), "nothing is written twice");
            ("expected.json", format!("{}\n", serde_json::to_string_pretty(&export)?))
        }
        Err(error) => {
            let case = format!("{}/", case.display());
            ("error.txt", format!("{error}\n").replace(&case, ""))
        }
    };
    if case.join(file) != expectation && std::env::var_os("UPDATE").is_some() {
        fs::remove_file(expectation)?;
    }
    expectation::check(&case.join(file), &got);
    Ok(())
}
