//! `conjoin explain`: what an error code means and what to do about it. The texts are those of `docs/errors.md`, which is in the
//! program, so that they are at hand without a network and cannot differ from the document.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use super::Outcome;
use super::error::Error;
use super::source::similar;

/// Arguments of `conjoin explain`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Codes, as they stand in `error[CODE]` or in `extensions.code`; all there are are listed if left out.
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
}

/// What there is to say about a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) code: String,
    /// When it is told.
    pub(super) when: String,
    /// What to do about it.
    pub(super) what: String,
    /// What else there is to say.
    pub(super) more: String,
}

const DOCUMENT: &str = include_str!("../../../../docs/errors.md");

/// Prints the texts of the codes, or all codes.
pub(super) fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let entries = entries();
    if arguments.codes.is_empty() {
        return Ok(list(&entries));
    }
    let found = arguments.codes.iter().map(|code| find(code, &entries)).collect::<Result<Vec<_>, _>>()?;
    let texts: Vec<String> = found.iter().map(|entry| entry.to_text()).collect();
    let codes: Vec<Value> = found.iter().map(|entry| entry.to_json()).collect();
    Ok(Outcome::with_text(&json!({"codes": codes}), texts.join("\n")))
}

fn find<'e>(code: &str, entries: &'e [Entry]) -> Result<&'e Entry, Error> {
    // What is copied from a message may still have its brackets.
    let code = code.trim_start_matches("error[").trim_start_matches("warning[").trim_end_matches([']', ':']);
    entries.iter().find(|entry| entry.code.eq_ignore_ascii_case(code)).ok_or_else(|| {
        let error = Error::failed("not-exists", format!("there is no error code `{code}`"));
        match similar(&code.to_ascii_lowercase(), entries.iter().map(|entry| &*entry.code)) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")),
            None => error.help("`conjoin explain` lists all codes"),
        }
    })
}

/// What there is to say about a code.
pub(super) fn entry(code: &str) -> Option<Entry> {
    entries().into_iter().find(|entry| entry.code == code)
}

impl Entry {
    fn to_json(&self) -> Value {
        let mut value = json!({"code": self.code, "when": self.when, "what_to_do": self.what});
        if let (Some(members), false) = (value.as_object_mut(), self.more.is_empty()) {
            members.insert("more".into(), json!(self.more));
        }
        value
    }

    fn to_text(&self) -> String {
        let mut text = format!("{}\n\nWhen\n", self.code);
        for part in self.when.split("; ") {
            let _ = writeln!(text, "  - {part}");
        }
        text.push_str("\nWhat to do\n");
        for part in self.what.split("; ") {
            let _ = writeln!(text, "  - {part}");
        }
        if !self.more.is_empty() {
            let _ = write!(text, "\n{}\n", self.more);
        }
        text
    }
}

fn list(entries: &[Entry]) -> Outcome {
    let width = entries.iter().map(|entry| entry.code.len()).max().unwrap_or_default();
    let mut text = String::new();
    for entry in entries {
        let _ = writeln!(text, "{:width$}  {}", entry.code, entry.when);
    }
    let codes: Vec<Value> = entries.iter().map(Entry::to_json).collect();
    Outcome::with_text(&json!({"codes": codes}), text)
}

/// The rows of the tables of codes, with what stands below a heading of that code.
fn entries() -> Vec<Entry> {
    let tables = DOCUMENT.split("\n| code | when | what to do |\n").skip(1);
    let rows = tables.flat_map(|table| table.lines().skip(1).take_while(|line| line.starts_with('|')));
    rows.filter_map(|row| {
        let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
        let code = cells.next()?.trim_matches('`').to_owned();
        let (when, what) = (plain(cells.next()?), plain(cells.next()?));
        let more = section(&code);
        Some(Entry { code, when, what, more })
    })
    .collect()
}

/// What stands below the heading of a code.
fn section(code: &str) -> String {
    let heading = format!("\n### `{code}`\n");
    let Some((_, rest)) = DOCUMENT.split_once(&heading) else { return String::new() };
    let end = rest.find("\n#").unwrap_or(rest.len());
    plain(rest[..end].trim())
}

/// The text without what leads into the documents, which are the targets of its links, or from there to it, its anchor.
fn plain(text: &str) -> String {
    let text = text.split_once(" <a id=").map_or(text, |(text, _)| text);
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        let Some((target, after)) = after.split_once(')') else { break };
        match before.rfind('[') {
            Some(open) => {
                plain.push_str(&before[..open]);
                plain.push_str(&before[open + 1..]);
            }
            None => {
                let _ = write!(plain, "{before}]({target})");
            }
        }
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_texts() {
        let entries = entries();
        assert!(entries.len() > 40, "only {} codes are found", entries.len());
        for Entry { code, when, what, more } in entries {
            assert!(
                !code.contains(['`', ' ']) && !when.is_empty() && !what.is_empty(),
                "{code}: {when} | {what}"
            );
            let all = format!("{when}{what}{more}");
            assert!(!all.contains("](") && !all.contains("<a"), "{code} has a link: {all}");
        }
    }

    #[test]
    fn links_are_left_out() {
        assert_eq!(plain("see [the limit](config.md#all) or `a[1]` twice"), "see the limit or `a[1]` twice");
        assert_eq!(plain("none"), "none");
        assert_eq!(plain(r#"look <a id="io"></a>"#), "look");
    }
}
