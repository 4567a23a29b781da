//! What is wrong with a file of a metadata directory, with the line it is in.

use std::fmt;
use std::path::PathBuf;

use crate::yaml::Position;

/// How much of a long line is shown on either side of the place.
const CONTEXT: usize = 60;

/// A file that has been read.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: Vec<u8>,
}

/// A message about a place in a file. Displayed with the line of the file and a caret below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, below the directory as it was given.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
    /// The JSON path in the document; none when the file is no YAML at all.
    pub path: Option<String>,
    /// The part of the line around the place, and where the caret goes below it.
    excerpt: Option<(String, usize)>,
}

impl Diagnostic {
    pub(crate) fn new(source: &Source, at: Position, message: String, path: Option<String>) -> Self {
        Self {
            file: source.path.clone(),
            line: at.line,
            column: at.column,
            message,
            path,
            excerpt: excerpt(&source.text, at),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, .. } = self;
        write!(f, "{}:{line}:{column}: {message}", file.display())?;
        if let Some((text, caret)) = &self.excerpt {
            let gutter = " ".repeat(line.to_string().len());
            write!(f, "\n{gutter} |\n{line} | {text}\n{gutter} | {:caret$}^", "")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// The line with what a terminal would not show as one character replaced, cut to the surroundings of the place.
fn excerpt(text: &[u8], at: Position) -> Option<(String, usize)> {
    let line = text.split(|byte| *byte == b'\n').nth(usize::try_from(at.line).ok()?.checked_sub(1)?)?;
    let line = String::from_utf8_lossy(line);
    let line: Vec<char> = line.trim_end().chars().collect();
    let column = usize::try_from(at.column).ok()?.checked_sub(1)?.min(line.len());
    let start = column.saturating_sub(CONTEXT);
    let end = line.len().min(column + CONTEXT);
    let shown = line[start..end].iter().map(|c| if c.is_control() { ' ' } else { *c }).collect();
    Some((shown, column - start))
}
