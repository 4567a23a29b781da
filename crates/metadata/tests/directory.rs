//! Each `tests/directory/<case>/metadata` (or `metadata.yaml`, `metadata.json`) is read; `expected.json` beside it is the canonical
//! export, or `error.txt` the refusal. Where there is a directory `written`, it holds what is written for that document.
//!
//! `UPDATE=1` rewrites the expectation. To add a case, add its files and an empty `expected.json`.

use std::fs;
use std::path::{Path, PathBuf};

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
            check_written(&case.join("written"), copy.path())?;
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

fn check_written(expected: &Path, copy: &Path) -> datatest_stable::Result<()> {
    if !expected.exists() {
        return Ok(());
    }
    let (expected_files, files) = (files_below(expected)?, files_below(copy)?);
    for file in &files {
        let path = expected.join(file);
        fs::create_dir_all(path.parent().expect("a file is in a directory"))?;
        expectation::check(&path, &fs::read_to_string(copy.join(file))?);
    }
    let gone: Vec<_> = expected_files.iter().filter(|file| !files.contains(file)).collect();
    assert!(gone.is_empty(), "not written any more: {gone:?}");
    Ok(())
}

fn files_below(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = PathBuf::from(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            files.extend(files_below(&path)?.into_iter().map(|below| name.join(below)));
        } else {
            files.push(name);
        }
    }
    Ok(files)
}
