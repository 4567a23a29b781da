//! Any bytes as `remote_schemas.yaml`: read or refused with a place in the file, and what was read survives being written.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use metadata::directory::{self, Error};

fuzz_target!(|text: &[u8]| {
    let place = tempfile::tempdir().expect("a temporary directory");
    fs::write(place.path().join("remote_schemas.yaml"), text).expect("a file is written");
    match directory::read(place.path()) {
        Ok(loaded) => {
            let copy = tempfile::tempdir().expect("a temporary directory");
            directory::write(copy.path(), &loaded.document).expect("the directory is written");
            let again = directory::read(copy.path()).expect("what was written is read");
            assert_eq!(again.document.to_json(), loaded.document.to_json());
        }
        Err(Error::Invalid(diagnostic)) => assert!(diagnostic.line >= 1 && diagnostic.column >= 1),
        Err(other) => panic!("{other}"),
    }
});
