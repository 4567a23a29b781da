//! How costs grow with rows, keys, depth, remotes and types: series of scenarios in which one number changes.

use std::path::Path;

use crate::count;

/// A series: what changes, the scenario with `#` in the number's place, the numbers.
type Series = (&'static str, &'static str, &'static [usize]);

const SERIES: [Series; 12] = [
    ("rows, no join", "alias:#:1:0:0", &[10, 100, 1_000, 10_000]),
    ("rows, 100 keys, aliases", "alias:#:100:1:1", &[100, 1_000, 10_000]),
    ("rows, 100 keys, list", "list:#:100:1:1", &[100, 1_000, 10_000]),
    ("keys, 1,000 rows, aliases", "alias:1000:#:1:1", &[10, 100, 1_000]),
    ("keys, 1,000 rows, list", "list:1000:#:1:1", &[10, 100, 1_000]),
    ("depth, 100 rows and keys, list", "list:100:100:1:#", &[1, 2, 4, 8]),
    ("remotes joined to each row, 100 rows and keys, list", "list:100:100:#:1", &[1, 2, 4, 8]),
    ("cold plan: depth", "cold:1:#", &[1, 2, 4, 8]),
    ("catalog: remotes of 200 types and 100 relationships", "catalog:#:200:100", &[5, 10, 20, 50]),
    ("catalog: types of one remote", "catalog:1:#:0", &[100, 1_000, 3_000]),
    ("read an introspection: types", "read:#", &[100, 1_000, 3_000]),
    ("introspect: types", "introspect:#", &[100, 1_000, 3_000]),
];

/// Prints a table for people and documents.
#[expect(clippy::print_stdout, reason = "this is what was asked for")]
pub(crate) fn print(github: Option<&Path>, profiles: &Path) -> anyhow::Result<()> {
    println!(
        "| what grows | number | instructions | per further one | allocations | per further one | bytes kept |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (what, scenario, numbers) in SERIES {
        let mut before = None;
        for n in numbers {
            let now = count::figures(&scenario.replace('#', &n.to_string()), github, profiles)?;
            let slope = |now: u64, before: u64, n_before: usize| {
                format!("{:.1}", (now as f64 - before as f64) / (n - n_before) as f64)
            };
            let (instructions, allocations) = match before {
                None => (String::new(), String::new()),
                Some((n_before, before)) => {
                    let count::Figures { instructions, allocations, .. } = before;
                    (
                        slope(now.instructions, instructions, n_before),
                        slope(now.allocations, allocations, n_before),
                    )
                }
            };
            println!(
                "| {what} | {n} | {} | {instructions} | {} | {allocations} | {} |",
                now.instructions, now.allocations, now.kept
            );
            before = Some((*n, now));
        }
    }
    Ok(())
}
