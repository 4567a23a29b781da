//! What came of all cases, for people, for machines, and for continuous integration that reads JUnit's format.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::Outcome;
use crate::cli::error::Exit;

/// What came of all cases.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) verdicts: Vec<Verdict>,
}

/// What came of one.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) file: PathBuf,
    pub(super) line: u64,
    pub(super) name: String,
    /// What does not hold.
    pub(super) complaints: Vec<String>,
}

impl Report {
    fn n_failed(&self) -> usize {
        self.verdicts.iter().filter(|verdict| !verdict.complaints.is_empty()).count()
    }

    /// One line for each case, with what does not hold below it.
    pub(super) fn into_outcome(self) -> Outcome {
        let n_failed = self.n_failed();
        let n_passed = self.verdicts.len() - n_failed;
        let mut text = String::new();
        for Verdict { file, line, name, complaints } in &self.verdicts {
            if complaints.is_empty() {
                let _ = writeln!(text, "ok      {name}");
                continue;
            }
            let _ = writeln!(text, "FAILED  {name}  ({}:{line})", file.display());
            for line in complaints.iter().flat_map(|complaint| complaint.lines()) {
                let _ = writeln!(text, "        {line}");
            }
        }
        let _ = writeln!(text, "{n_passed} passed, {n_failed} failed");
        let cases: Vec<Value> = (self.verdicts.iter())
            .map(|Verdict { file, line, name, complaints }| {
                let file = file.display().to_string();
                json!({"name": name, "file": file, "line": line, "passed": complaints.is_empty(), "complaints": complaints})
            })
            .collect();
        let data = json!({"passed": n_passed, "failed": n_failed, "cases": cases});
        let exit = if n_failed == 0 { Exit::Ok } else { Exit::Failed };
        Outcome { exit, ..Outcome::with_text(&data, text) }
    }

    /// The same as a test suite in XML.
    pub(super) fn to_junit(&self) -> String {
        let (n_tests, n_failed) = (self.verdicts.len(), self.n_failed());
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"conjoin\" tests=\"{n_tests}\" failures=\"{n_failed}\">\n"
        );
        for Verdict { file, line, name, complaints } in &self.verdicts {
            let (file, name) = (escaped(&file.display().to_string()), escaped(name));
            let _ = write!(
                xml,
                "  <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{line}\""
            );
            let _ = match complaints.is_empty() {
                true => writeln!(xml, "/>"),
                false => {
                    writeln!(xml, "><failure>{}</failure></testcase>", escaped(&complaints.join("\n")))
                }
            };
        }
        xml.push_str("</testsuite>\n");
        xml
    }
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
