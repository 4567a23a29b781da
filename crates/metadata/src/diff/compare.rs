//! Differences between two JSON values, and how they are told in one line.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Difference;

/// Longest text of a value, in characters, before it is cut.
const MAX_VALUE: usize = 60;
/// How many differences and changed lines a summary names.
const MAX_NAMED: usize = 3;

/// Where `old` and `new` differ: objects by key, anything else as a whole.
pub(super) fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    descend(String::new(), Some(old), Some(new), &mut found);
    found
}

fn descend(path: String, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                descend(below, old.get(key), new.get(key), found);
            }
        }
        (old, new) if old != new => found.push(Difference { path, old: old.cloned(), new: new.cloned() }),
        _ => {}
    }
}

/// `arguments.id: $a -> $b; batch: (none) -> {...}`.
pub(super) fn summary_of(differences: &[Difference]) -> String {
    let mut parts: Vec<String> = differences.iter().take(MAX_NAMED).map(told).collect();
    if differences.len() > MAX_NAMED {
        parts.push(format!("and {} more", differences.len() - MAX_NAMED));
    }
    parts.join("; ")
}

fn told(difference: &Difference) -> String {
    let Difference { path, old, new } = difference;
    match (old, new) {
        (Some(Value::String(old)), Some(Value::String(new))) if old.contains('\n') || new.contains('\n') => {
            changed_lines(old, new)
        }
        (old, new) => {
            let change = format!("{} -> {}", shown(old.as_ref()), shown(new.as_ref()));
            if path.is_empty() { change } else { format!("{path}: {change}") }
        }
    }
}

/// The lines that only one of two texts has: `- phone: String + mail: String`.
fn changed_lines(old: &str, new: &str) -> String {
    let (old_lines, new_lines) = (lines(old), lines(new));
    let removed = old_lines.difference(&new_lines).map(|line| format!("- {line}"));
    let added = new_lines.difference(&old_lines).map(|line| format!("+ {line}"));
    let mut all: Vec<String> = removed.chain(added).collect();
    let rest = all.len().saturating_sub(MAX_NAMED);
    all.truncate(MAX_NAMED);
    match (all.is_empty(), rest) {
        (true, _) => "lines in another order or with other blanks".to_owned(),
        (false, 0) => all.join(", "),
        (false, rest) => format!("{}, and {rest} more lines", all.join(", ")),
    }
}

fn lines(text: &str) -> BTreeSet<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

pub(super) fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "(none)".to_owned(),
        Some(Value::String(text)) if !text.is_empty() && !text.contains(char::is_whitespace) => text.clone(),
        Some(other) => other.to_string(),
    };
    match text.char_indices().nth(MAX_VALUE) {
        None => text,
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}
