//! `conjoin schema search`: finds things by their names, or by what the remotes say of them.

use clap::Args;
use engine::outline::{Entry, Kind, entries};
use serde_json::json;

use super::read;
use crate::cli::Outcome;
use crate::cli::change::{Context, columns};
use crate::cli::error::{Error, Exit};
use crate::cli::source::Origin;

/// Arguments of `conjoin schema search`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  conjoin schema search customer\n  conjoin schema search userId --limit 5 --offline"
)]
pub(super) struct Arguments {
    /// What to look for, in any case; parts of names are found too.
    term: String,
    /// Only in this remote schema.
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
    /// Most results.
    #[arg(long, value_name = "N", default_value_t = 25)]
    limit: usize,
    #[command(flatten)]
    origin: Origin,
}

/// The best come first; ends with 1 if there is nothing.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let Arguments { term, schema: only, limit, origin } = arguments;
    let source = read(origin, context).await?;
    if let Some(only) = only {
        crate::cli::change::remote(&source.document, only)?;
    }
    let mut found: Vec<(usize, &str, Entry)> = Vec::new();
    for (remote, schema) in &source.schemas {
        if only.as_ref().is_some_and(|only| only != remote) {
            continue;
        }
        let ranked =
            entries(schema).into_iter().filter_map(|entry| Some((rank(&entry, term)?, &**remote, entry)));
        found.extend(ranked);
    }
    // What is told first within a rank: types, then root fields, then what is inside of others.
    found.sort_by(|(a, in_a, one), (b, in_b, other)| {
        let key = |entry: &Entry| (entry.kind, entry.name.len());
        (a, key(one), in_a, &one.path).cmp(&(b, key(other), in_b, &other.path))
    });
    let n_found = found.len();
    found.truncate(*limit);
    let row = |(_, remote, entry): &(usize, &str, Entry)| {
        let Entry { kind, path, signature, .. } = entry;
        let (kind, what) = match kind {
            // Of a type, the signature is what kind of type it is.
            Kind::Type => (signature.trim_start_matches(": "), path.clone()),
            kind => (kind.as_str(), format!("{path}{signature}")),
        };
        vec![(*remote).to_owned(), kind.to_owned(), what]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let results = found.iter().map(|(_, remote, entry)| {
        let Entry { kind, path, signature, description, .. } = entry;
        json!({"schema": remote, "kind": kind, "path": path, "signature": signature, "description": description})
    });
    let data = json!({"found": n_found, "results": results.collect::<Vec<_>>()});
    if n_found > found.len() {
        context.terminal.note(&format!("{} more; --limit shows more of them", n_found - found.len()));
    }
    if n_found == 0 {
        context.terminal.note(&format!("nothing is called or described as `{term}`"));
    }
    let exit = if n_found == 0 { Exit::Failed } else { Exit::Ok };
    Ok(Outcome { exit, ..Outcome::with_text(&data, columns(&rows)) })
}

/// How well an entry fits, 0 best.
fn rank(entry: &Entry, term: &str) -> Option<usize> {
    let (name, term) = (entry.name.to_lowercase(), term.to_lowercase());
    if name == term {
        return Some(0);
    }
    // Whoever looks for `userId` means `user_id` too.
    let plain = |text: &str| text.replace('_', "");
    let (plain_name, plain_term) = (plain(&name), plain(&term));
    if plain_name == plain_term {
        Some(1)
    } else if name.starts_with(&term) || plain_name.starts_with(&plain_term) {
        Some(2)
    } else if words(&entry.name).contains(&term) {
        Some(3)
    } else if plain_name.contains(&plain_term) {
        Some(4)
    } else if entry.path.to_lowercase().contains(&term) && term.contains('.') {
        Some(0)
    } else if entry.description.as_ref().is_some_and(|text| text.to_lowercase().contains(&term)) {
        Some(5)
    } else if term.len() > 3 && strsim::damerau_levenshtein(&plain_name, &plain_term) <= 1 + term.len() / 8 {
        Some(6)
    } else {
        None
    }
}

/// The words of a name in either spelling: `createdAt` and `created_at`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for char in name.chars() {
        if char == '_' || (char.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = char.is_lowercase() || char.is_ascii_digit();
        if let (Some(word), true) = (words.last_mut(), char != '_') {
            word.extend(char.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_words_in_either_spelling() {
        assert_eq!(words("createdAt"), ["created", "at"]);
        assert_eq!(words("CREATED_AT2"), ["created", "at2"]);
    }
}
