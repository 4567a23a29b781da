//! What the process writes: results to standard output, once; everything else to standard error.

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::Outcome;
use super::error::Error;
use super::options::{Colour, Format, Options};

/// How much is written to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warning,
    Note,
    Detail,
}

/// The process's outputs, as the options want them.
#[derive(Debug)]
pub(super) struct Terminal {
    format: Format,
    level: Level,
    colour: bool,
    progress: bool,
    question: Question,
    warnings: RefCell<Vec<String>>,
}

/// What happens where a destructive command asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// `--yes`.
    Answered,
    /// Someone is there.
    Asked,
    /// Nobody can be asked.
    Refused,
}

const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

impl Terminal {
    /// Reads the options, the environment's conventions and what the outputs are connected to.
    pub(super) fn new(options: &Options) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let on_terminal = std::io::stderr().is_terminal();
        let colour = match options.colour {
            _ if options.no_colour => false,
            Some(Colour::Always) => true,
            Some(Colour::Never) => false,
            Some(Colour::Auto) | None => !set("NO_COLOR") && (on_terminal || set("CLICOLOR_FORCE")),
        };
        let level = match options.log_level.as_deref().map(str::to_ascii_lowercase).as_deref() {
            _ if options.quiet => Level::Warning,
            _ if options.verbose => Level::Detail,
            Some("debug") => Level::Detail,
            Some("warn") => Level::Warning,
            Some("error" | "fatal") => Level::Error,
            _ => Level::Note,
        };
        let question = if options.yes {
            Question::Answered
        } else if options.no_input || !on_terminal || !std::io::stdin().is_terminal() {
            Question::Refused
        } else {
            Question::Asked
        };
        Self {
            format: options.format(),
            level,
            colour,
            progress: on_terminal && level >= Level::Note && !set("CI"),
            question,
            warnings: RefCell::default(),
        }
    }

    /// Says that something was done.
    pub(super) fn done(&self, message: &str) {
        self.say(Level::Note, GREEN, "", message);
    }

    /// Says something good to know.
    pub(super) fn note(&self, message: &str) {
        self.say(Level::Note, Style::new(), "", message);
    }

    /// Says something only those want to know who ask for it.
    pub(super) fn detail(&self, message: &str) {
        self.say(Level::Detail, DIM, "", message);
    }

    /// Warns: on standard error for people, in the envelope for machines.
    pub(super) fn warn(&self, message: &str) {
        self.warnings.borrow_mut().push(message.to_owned());
        self.say(Level::Warning, YELLOW, "warning: ", message);
    }

    /// Shows that something takes its time until the returned value is dropped.
    pub(super) fn step(&self, message: &'static str) -> Step {
        if !self.progress {
            return Step(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner().with_message(message);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Step(bar)
    }

    /// Shows how much of `total` is done until the returned value is dropped.
    pub(super) fn bar(&self, message: &'static str, total: usize) -> Step {
        if !self.progress {
            return Step(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(total as u64).with_message(message);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Step(bar)
    }

    /// Whether to colour.
    pub(super) fn colour(&self) -> bool {
        self.colour
    }

    /// Asks before something is destroyed. Without `--yes` and without anyone to ask, the command is refused.
    ///
    /// `deed` is what would be done: "remove everything".
    pub(super) async fn confirm(&self, deed: &str, may_ask: bool) -> Result<(), Error> {
        match self.question {
            Question::Answered => return Ok(()),
            Question::Asked if may_ask => {}
            Question::Asked | Question::Refused => {
                return Err(Error::usage(format!("nobody can be asked whether to {deed}"))
                    .help("pass --yes to do it without asking"));
            }
        }
        let prompt = format!("{deed}? [y/N] ");
        write_all(std::io::stderr(), prompt.as_bytes());
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            std::io::stdin().read_line(&mut answer).map(|_| answer)
        });
        let answer = answer.await.ok().and_then(Result::ok).unwrap_or_default();
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Error::failed("declined", "nothing was changed")),
        }
    }

    /// Prints what a command left behind.
    pub(super) fn finish(&self, outcome: &Outcome) -> ExitCode {
        let envelope = |data: &str| {
            let warnings = json!(*self.warnings.borrow());
            format!(r#"{{"ok":true,"data":{data},"warnings":{warnings}}}"#)
        };
        let json = if outcome.bare { outcome.data.clone() } else { envelope(&outcome.data) };
        let text = match self.format {
            Format::Text => outcome.text.clone(),
            Format::Json => indented(&json),
            Format::Yaml => render(Format::Yaml, &serde_json::from_str(&json).unwrap_or_default()),
        };
        write_all(std::io::stdout(), text.as_bytes());
        outcome.exit.into()
    }

    /// Prints why a command failed.
    pub(super) fn fail(&self, error: &Error) -> ExitCode {
        match self.format {
            Format::Text => write_all(std::io::stderr(), error.to_text(self.colour).as_bytes()),
            format => print_failure(format, error, &self.warnings.borrow()),
        }
        error.exit.into()
    }

    fn say(&self, level: Level, style: Style, prefix: &str, message: &str) {
        // Machines find warnings in the envelope, and nothing else is meant for them.
        if level > self.level || (self.format != Format::Text && level != Level::Detail) {
            return;
        }
        let style = if self.colour { style } else { Style::new() };
        let line = if prefix.is_empty() {
            format!("{style}{message}{style:#}\n")
        } else {
            format!("{style}{prefix}{style:#}{message}\n")
        };
        write_all(std::io::stderr(), line.as_bytes());
    }
}

/// Something that takes its time.
#[must_use]
pub(super) struct Step(ProgressBar);

impl Step {
    /// One more is done.
    pub(super) fn advance(&self) {
        self.0.inc(1);
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The failure envelope on standard output.
pub(super) fn print_failure(format: Format, error: &Error, warnings: &[String]) {
    let envelope = json!({"ok": false, "error": error.to_json(), "warnings": warnings});
    write_all(std::io::stdout(), render(format, &envelope).as_bytes());
}

/// One document, as text that ends with a newline.
pub(super) fn render(format: Format, value: &Value) -> String {
    match format {
        Format::Yaml => metadata::yaml::to_string(value),
        Format::Text | Format::Json => indented(&value.to_string()),
    }
}

/// JSON with a line for each member and element, every value spelt as it was.
pub(super) fn indented(json: &str) -> String {
    let mut text = String::with_capacity(2 * json.len());
    let mut depth = 0;
    let (mut in_string, mut escaped) = (false, false);
    let mut chars = json.chars().peekable();
    let new_line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(char) = chars.next() {
        if in_string {
            text.push(char);
            in_string = escaped || char != '"';
            escaped = !escaped && char == '\\';
            continue;
        }
        match char {
            '{' | '[' => {
                text.push(char);
                while chars.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                match chars.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => text.push(end),
                    None => {
                        depth += 1;
                        new_line(&mut text, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut text, depth);
                text.push(char);
            }
            ',' => {
                text.push(char);
                new_line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            char if char.is_ascii_whitespace() => {}
            char => {
                in_string = char == '"';
                text.push(char);
            }
        }
    }
    text.push('\n');
    text
}

/// A reader that went away (`| head`) is no failure of the command.
fn write_all(mut output: impl Write, bytes: &[u8]) {
    let _ = output.write_all(bytes).and_then(|()| output.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indenting_keeps_every_value() {
        let value = json!({"a": [1, {"b": []}, {}, "}{[],:\\\" \\"], "c": null, "": {"d": true}});
        let expected = serde_json::to_string_pretty(&value).unwrap() + "\n";
        assert_eq!(indented(&value.to_string()), expected);
        assert_eq!(indented(&expected), expected, "what is indented already stays as it is");
        assert_eq!(indented("[12345678901234567890123,1.50]"), "[\n  12345678901234567890123,\n  1.50\n]\n");
    }
}
