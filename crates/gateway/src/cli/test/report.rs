//! What came of all cases, for people, for machines, and for continuous integration that reads JUnit's format.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::junit::{self, Case};

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
        let cases: Vec<Case<'_>> = (self.verdicts.iter())
            .map(|Verdict { file, line, name, complaints }| Case {
                class: file.display().to_string(),
                name: name.clone(),
                place: Some((file, *line)),
                outcome: match complaints.is_empty() {
                    true => junit::Outcome::Passed,
                    false => junit::Outcome::Failed(complaints.join("\n")),
                },
            })
            .collect();
        junit::suite(&cases)
    }
}
