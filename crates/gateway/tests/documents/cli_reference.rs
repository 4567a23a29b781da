//! `docs/cli-reference.md`, made of the definitions that the program parses its command line with.

use std::fmt::Write as _;

use clap::{Arg, Command};

const HEAD: &str = "\
# Every command

Written by a test from the definitions that the program parses its command line with, so it lacks nothing and promises nothing. What the commands are for, with
examples, is in [the command line](cli.md). `conjoin COMMAND --help` prints the same.

";

/// The whole page.
pub(crate) fn page() -> String {
    let mut program = gateway::cli::command();
    program.build();
    let mut page = HEAD.to_owned();
    let mut contents = Vec::new();
    let mut sections = String::new();
    for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
        describe(command, &mut contents, &mut sections);
    }
    for name in contents {
        let _ = writeln!(page, "- [`{name}`](#{})", name.replace(' ', "-"));
    }
    page.push_str("- [options of every command](#options-of-every-command)\n");
    page.push_str(&sections);
    page.push_str("\n## Options of every command\n\nThey stand before or after the command's name. `serve` has only its own.\n");
    table(&mut page, "option", program.get_arguments().filter(|argument| argument.is_global_set()));
    page
}

/// The sections of a command: one for itself unless it only groups others, and theirs.
fn describe(command: &Command, contents: &mut Vec<String>, page: &mut String) {
    let subcommands: Vec<&Command> =
        command.get_subcommands().filter(|command| !command.is_hide_set()).collect();
    if subcommands.is_empty() || !command.is_subcommand_required_set() {
        let name = command.get_bin_name().unwrap_or_default().to_owned();
        let _ = write!(page, "\n## `{name}`\n\n{}\n", prose(&about(command)));
        let aliases: Vec<String> = command.get_visible_aliases().map(|alias| format!("`{alias}`")).collect();
        if !aliases.is_empty() {
            let _ = write!(page, "\nAlso called {}.\n", aliases.join(", "));
        }
        let usage = command.clone().render_usage().to_string();
        let _ = write!(page, "\n```text\n{}\n```\n", usage.trim_start_matches("Usage: ").trim());
        if command.get_name() == "serve" {
            page.push_str("\nIts options are [options of the server](config.md#all-options).\n");
        } else {
            let own = || command.get_arguments().filter(|argument| !argument.is_global_set());
            table(page, "argument", own().filter(|argument| argument.is_positional()));
            table(page, "option", own().filter(|argument| !argument.is_positional()));
        }
        contents.push(name);
    }
    for subcommand in subcommands {
        describe(subcommand, contents, page);
    }
}

fn about(command: &Command) -> String {
    command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default()
}

/// A table of arguments; nothing if there are none.
fn table<'a>(page: &mut String, title: &str, arguments: impl Iterator<Item = &'a Arg>) {
    let mut rows = arguments
        .filter(|argument| {
            !argument.is_hide_set() && argument.get_id() != "help" && argument.get_id() != "version"
        })
        .peekable();
    if rows.peek().is_some() {
        let _ = write!(page, "\n| {title} | meaning |\n|---|---|\n");
    }
    for argument in rows {
        let _ = writeln!(page, "| {} | {} |", spelling(argument), meaning(argument));
    }
}

/// How an argument is written, `-o`, `--output FORMAT`.
fn spelling(argument: &Arg) -> String {
    let value = argument.get_value_names().unwrap_or_default().join(" ");
    let takes_value = argument.get_action().takes_values();
    if argument.is_positional() {
        let more = if argument.get_num_args().is_some_and(|n| n.max_values() > 1) { "…" } else { "" };
        return format!("`{value}{more}`");
    }
    let short = argument.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let long = argument.get_long().unwrap_or_default();
    match takes_value {
        true => format!("{short}`--{long} {value}`"),
        false => format!("{short}`--{long}`"),
    }
}

fn meaning(argument: &Arg) -> String {
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut meaning = prose(&help.replace('\n', " ")).replace('|', "\\|");
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        let _ = write!(meaning, " One of {}.", values.join(", "));
    }
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && argument.get_action().takes_values() {
        let _ = write!(meaning, " Default: `{}`.", defaults.join(" "));
    }
    meaning
}

/// Text of a help as Markdown: what looks like a tag is none.
fn prose(text: &str) -> String {
    text.replace('<', "\\<")
}
