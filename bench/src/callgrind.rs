//! Reads what callgrind writes: how many instructions each function spent itself, without those that it called.
//!
//! The format is in valgrind's manual. Of it we need the names, which are written once and then referred to by number, and
//! the lines of cost. Which room a function belongs to is said by [`room`](crate::room).

use std::collections::HashMap;

use anyhow::{Context as _, bail};

/// What was spent, and by whom.
#[derive(Debug, Default)]
pub struct Profile {
    /// All functions, the most expensive first.
    pub functions: Vec<Function>,
    /// The sum.
    pub total: u64,
}

/// A function with its own instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name as the symbol table has it, demangled.
    pub name: String,
    /// The file it was loaded from.
    pub object: String,
    /// Instructions.
    pub instructions: u64,
}

/// Names by number, those of objects and those of functions apart.
#[derive(Default)]
struct Names<'a>(HashMap<&'a str, &'a str>);

/// Reads one dump.
pub fn read(text: &str) -> anyhow::Result<Profile> {
    let (mut objects, mut functions) = (Names::default(), Names::default());
    let mut costs: HashMap<(&str, &str), u64> = HashMap::new();
    let (mut object, mut function) = ("", "");
    let mut n_positions = 1;
    let mut is_of_call = false;
    let mut stated = None;
    for line in text.lines() {
        if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            // The cost after a call is that of the function called, which has lines of its own.
            if !std::mem::take(&mut is_of_call) {
                // No number means that nothing was spent.
                let spent = line.split_whitespace().nth(n_positions).map_or(Ok(0), str::parse::<u64>);
                *costs.entry((object, function)).or_default() +=
                    spent.with_context(|| format!("cannot read the cost in \"{line}\""))?;
            }
        } else if let Some(events) = line.strip_prefix("events:") {
            if events.split_whitespace().next() != Some("Ir") {
                bail!("the first event must be instructions, and not{events}");
            }
        } else if let Some(positions) = line.strip_prefix("positions:") {
            n_positions = positions.split_whitespace().count();
        } else if let Some(total) = line.strip_prefix("totals:") {
            stated = Some(total.trim().parse::<u64>().context("cannot read the total")?);
        } else if let Some(name) = line.strip_prefix("ob=") {
            object = objects.resolve(name)?;
        } else if let Some(name) = line.strip_prefix("fn=") {
            function = without_depth(functions.resolve(name)?);
        } else if let Some(name) = line.strip_prefix("cob=") {
            objects.resolve(name)?;
        } else if let Some(name) = line.strip_prefix("cfn=") {
            functions.resolve(name)?;
        } else if line.starts_with("calls=") {
            is_of_call = true;
        }
    }
    let total = costs.values().sum();
    if stated != Some(total) {
        bail!("the functions spent {total} instructions, but the file says {stated:?}");
    }
    let mut functions: Vec<Function> = costs
        .into_iter()
        .filter(|(_, instructions)| *instructions > 0)
        .map(|((object, name), instructions)| Function {
            name: name.to_owned(),
            object: object.to_owned(),
            instructions,
        })
        .collect();
    functions.sort_by(|a, b| (b.instructions, &a.name).cmp(&(a.instructions, &b.name)));
    Ok(Profile { functions, total })
}

/// A function that calls itself has a line for each depth: `name`, `name'2`.
fn without_depth(name: &str) -> &str {
    match name.rsplit_once('\'') {
        Some((name, depth)) if depth.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

impl<'a> Names<'a> {
    /// `(number) name` says what a number means, `(number)` uses it; a name may also stand alone.
    fn resolve(&mut self, written: &'a str) -> anyhow::Result<&'a str> {
        let Some((number, name)) = written.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
            return Ok(written);
        };
        if number.is_empty() || number.contains(|digit: char| !digit.is_ascii_digit()) {
            return Ok(written);
        }
        if !name.is_empty() {
            self.0.insert(number, name.trim_start());
        }
        self.0.get(number).copied().with_context(|| format!("nothing says what ({number}) is called"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("callgrind/sample.out");

    #[test]
    fn functions_have_what_they_spent_themselves() {
        let profile = read(SAMPLE).unwrap();
        let found: Vec<(&str, &str, u64)> = profile
            .functions
            .iter()
            .map(|function| (function.name.as_str(), function.object.as_str(), function.instructions))
            .collect();
        let expected = [
            ("engine::run::scan::Scan::value", "/app/conjoin", 780),
            ("__memcpy_avx_unaligned_erms", "/lib/libc.so.6", 300),
            ("<hyper::proto::h1::conn::Conn<I,B,T> as core::fmt::Debug>::fmt", "/app/conjoin", 120),
        ];
        assert_eq!(found, expected);
        assert_eq!(profile.total, 1200);
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        let wrong = read(&SAMPLE.replace("totals: 1200", "totals: 1201")).unwrap_err().to_string();
        assert!(wrong.contains("1200") && wrong.contains("1201"), "{wrong}");
        let wrong = read("fn=(7)\n1 2\n").unwrap_err().to_string();
        assert!(wrong.contains("(7)"), "{wrong}");
    }
}
