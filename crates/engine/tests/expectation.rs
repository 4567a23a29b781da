//! Files of expected output.

use std::fs;
use std::path::Path;

/// Compares `got` with the file, or rewrites the file when `UPDATE` is set.
pub(crate) fn check(file: &Path, got: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, got).expect("the expectation can be written");
        return;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert!(
        expected == got,
        "{} differs (UPDATE=1 rewrites it)\n----- expected\n{expected}\n----- got\n{got}",
        file.display()
    );
}
