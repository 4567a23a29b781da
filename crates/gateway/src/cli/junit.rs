//! Results in the format of JUnit, which systems for continuous integration read.

use std::fmt::Write as _;
use std::path::Path;

/// One thing that was tried.
#[derive(Debug)]
pub(super) struct Case<'a> {
    /// What it is listed under.
    pub(super) class: String,
    pub(super) name: String,
    pub(super) place: Option<(&'a Path, u64)>,
    pub(super) outcome: Outcome,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

/// A test suite in XML.
pub(super) fn suite(cases: &[Case<'_>]) -> String {
    let count = |is: fn(&Outcome) -> bool| cases.iter().filter(|case| is(&case.outcome)).count();
    let n_failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let n_skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let skipped = if n_skipped == 0 { String::new() } else { format!(" skipped=\"{n_skipped}\"") };
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"conjoin\" tests=\"{}\" failures=\"{n_failed}\"{skipped}>\n",
        cases.len()
    );
    for Case { class, name, place, outcome } in cases {
        let _ = write!(xml, "  <testcase classname=\"{}\" name=\"{}\"", escaped(class), escaped(name));
        if let Some((file, line)) = place {
            let _ = write!(xml, " file=\"{}\" line=\"{line}\"", escaped(&file.display().to_string()));
        }
        let _ = match outcome {
            Outcome::Passed => writeln!(xml, "/>"),
            Outcome::Failed(text) => writeln!(xml, "><failure>{}</failure></testcase>", escaped(text)),
            Outcome::Skipped(text) => {
                writeln!(xml, "><skipped message=\"{}\"/></testcase>", escaped(text))
            }
        };
    }
    xml.push_str("</testsuite>\n");
    xml
}

/// Text as XML has it; characters that XML cannot have become spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(char),
            char if char.is_control() => escaped.push(' '),
            char => escaped.push(char),
        }
    }
    escaped
}
