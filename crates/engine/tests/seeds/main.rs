//! The fuzzing targets' functions over the seeds that fuzzing starts from, so that they hold without a fuzzer too.

mod checks;

use std::fs;
use std::path::Path;

fn over_seeds(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut n_seeds = 0;
    for seed in fs::read_dir(&folder).expect("the target has seeds") {
        check(&fs::read(seed.expect("a seed").path()).expect("a seed is read"));
        n_seeds += 1;
    }
    assert!(n_seeds > 0, "no seeds in {}", folder.display());
}

#[test]
fn scanner() {
    over_seeds("scanner", checks::scanner);
}

#[test]
fn assemble() {
    over_seeds("assemble", checks::assemble);
}

#[test]
fn plan() {
    over_seeds("plan", checks::plan);
}

#[test]
fn introspection() {
    over_seeds("introspection", checks::introspection);
}

#[test]
fn variables() {
    over_seeds("variables", checks::variables);
}
