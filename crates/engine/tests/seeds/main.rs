//! The fuzzing targets' functions over the seeds that fuzzing starts from and over mutations of them, so that they are
//! run without a fuzzer too.

mod checks;

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, FileFailurePersistence};

type Check = fn(&[u8]);

/// The targets.
const CHECKS: [(&str, Check); 6] = [
    ("scanner", checks::scanner),
    ("assemble", checks::assemble),
    ("plan", checks::plan),
    ("introspection", checks::introspection),
    ("variables", checks::variables),
    ("permission", checks::permission),
];

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the target has seeds")
        .map(|seed| seed.expect("a seed").path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no seeds in {}", folder.display());
    files.iter().map(|file| fs::read(file).expect("a seed is read")).collect()
}

#[test]
fn seeds_hold() {
    for (target, check) in CHECKS {
        seeds(target).iter().for_each(|seed| check(seed));
    }
}

/// What mutations put in.
const TOKENS: [&[u8]; 28] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\"",
    b"\\u0061",
    b"\\",
    b"null",
    b"-1",
    b"1e9",
    b"true",
    b"\x1e",
    b"data",
    b"_0",
    b"_j0",
    b"__typename",
    b"errors",
    b"...",
    b"@skip(if: true)",
    b"$a",
    b"@preset(value: \"x-hasura-a\")",
    b"!",
    b" Thing ",
    b" id: ID! ",
    b"(",
    b" ",
];

/// A seed with some bytes removed, doubled, replaced or put in.
fn mutated(seed: &[u8], changes: &[(u16, u8, u8)]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (at, kind, what) in changes {
        let at = usize::from(*at) % (bytes.len() + 1);
        let end = (at + 1 + usize::from(*what) % 12).min(bytes.len());
        match kind % 4 {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, TOKENS[usize::from(*what) % TOKENS.len()].iter().copied())),
            2 => bytes.extend_from_within(at..end),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = *what),
        }
    }
    bytes
}

fn config() -> Config {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seeds/failed.txt");
    Config { failure_persistence: Some(Box::new(FileFailurePersistence::Direct(kept))), ..Config::default() }
}

proptest::proptest! {
    #![proptest_config(config())]

    #[test]
    fn mutated_seeds(
        target in 0..CHECKS.len(),
        seed in any::<usize>(),
        changes in vec(any::<(u16, u8, u8)>(), 0..8),
    ) {
        let (target, check) = CHECKS[target];
        let seeds = seeds(target);
        check(&mutated(&seeds[seed % seeds.len()], &changes));
    }
}
