//! `conjoin metadata inconsistency`: what the server cannot serve, and why.

use std::fmt::Write as _;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{Error, Exit};
use crate::cli::terminal::Terminal;

/// Subcommands of `conjoin metadata inconsistency`.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the objects with their reasons.
    List,
    /// Say whether there are any; exit code 3 if so.
    Status,
    /// Remove them from the metadata.
    Drop,
}

const CONSISTENT: &str = "metadata is consistent";

/// Asks the server.
pub(super) async fn run(command: &Command, context: &Context<'_>) -> Result<Outcome, Error> {
    let client = context.client()?;
    let terminal = context.terminal;
    if let Command::Drop = command {
        let _step = terminal.step("removing inconsistent objects");
        let result = client.metadata("drop_inconsistent_metadata", json!({})).await?;
        terminal.done("all inconsistent objects removed from metadata");
        return Ok(Outcome::new(&result));
    }
    let step = terminal.step("asking for inconsistent objects");
    let result = client.metadata("get_inconsistent_metadata", json!({})).await?;
    drop(step);
    let inconsistent = count(&result) > 0;
    if !inconsistent {
        terminal.done(CONSISTENT);
        return Ok(Outcome::new(&result));
    }
    match command {
        Command::List => {
            let table = table(objects(&result));
            Ok(Outcome::with_text(&result, table))
        }
        _ => {
            terminal.warn("metadata is inconsistent, see `conjoin metadata inconsistency list`");
            Ok(Outcome { exit: Exit::Found, ..Outcome::new(&result) })
        }
    }
}

/// Says after a change whether all of the metadata is served.
pub(in crate::cli) fn tell(result: &Value, terminal: &Terminal) {
    let count = count(result);
    if count == 0 {
        terminal.done("Metadata is consistent");
        return;
    }
    let objects = if count == 1 { "object" } else { "objects" };
    terminal.warn(&format!("Metadata is inconsistent: {count} {objects} not served"));
    for object in self::objects(result) {
        terminal.note(&format!("   - {}", line(object)));
    }
    terminal.note("hint: see `conjoin metadata ic list`");
}

/// The number of inconsistent objects in the server's answer.
pub(in crate::cli) fn count(result: &Value) -> usize {
    objects(result).len()
}

/// One inconsistent object on one line.
pub(in crate::cli) fn line(object: &Value) -> String {
    let reason = one_line(word(object, "reason"));
    match word(object, "name") {
        // Several objects that do not go together have no name of their own.
        "" => match members(object).map(|member| word(member, "name")).collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => reason,
            names => format!("{names}: {reason}"),
        },
        name => format!("{name}: {reason}"),
    }
}

fn objects(result: &Value) -> &[Value] {
    result.get("inconsistent_objects").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn members(object: &Value) -> impl Iterator<Item = &Value> {
    object.get("objects").and_then(Value::as_array).into_iter().flatten()
}

/// Hasura's columns. The reason comes last and whole: it is what people are after.
fn table(objects: &[Value]) -> String {
    let mut rows = vec![["NAME", "TYPE", "DESCRIPTION", "REASON"].map(str::to_owned)];
    for object in objects {
        // Conflicting objects come as a list below one reason.
        let mut parts: Vec<&Value> = members(object).collect();
        if parts.is_empty() {
            parts.push(object);
        }
        rows.extend(parts.into_iter().map(|part| row(part, word(object, "reason"))));
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [name, kind, description, reason] in &rows {
        let _ = writeln!(
            text,
            "{name:<w0$}  {kind:<w1$}  {description:<w2$}  {reason}",
            w0 = widths[0],
            w1 = widths[1],
            w2 = widths[2]
        );
    }
    text
}

fn row(object: &Value, reason: &str) -> [String; 4] {
    let definition = object.get("definition");
    let name =
        definition.and_then(|definition| definition.get("name")).and_then(Value::as_str).unwrap_or("N/A");
    let description: String = definition.map(Value::to_string).unwrap_or_default().chars().take(50).collect();
    [name.to_owned(), word(object, "type").to_owned(), one_line(&description), one_line(reason)]
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn word<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_object_or_all_that_conflict() {
        let single = json!({"name": "remote_schema users", "reason": "Inconsistent object: no\n  answer"});
        assert_eq!(line(&single), "remote_schema users: Inconsistent object: no answer");
        let several = json!({"reason": "Conflicting objects: type User", "objects": [{"name": "remote_schema a"}, {"name": "remote_schema b"}]});
        assert_eq!(line(&several), "remote_schema a, remote_schema b: Conflicting objects: type User");
        assert_eq!(line(&json!({"reason": "why"})), "why");
    }
}
