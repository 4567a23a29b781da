//! What is wrong with what was given, by its place, and why something could not be had.

use engine::fault::Code;
use metadata::DecodeError;
use serde::Serialize;
use ts_rs::TS;

/// Something wrong with what was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(super) struct Fault {
    /// Where, as a JSON pointer into the arguments: `/definition/to_remote_schema/lhs_fields/0`.
    pub(super) pointer: String,
    /// A code of docs/errors.md.
    pub(super) code: &'static str,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    #[ts(optional = nullable)]
    pub(super) help: Option<String>,
}

impl Fault {
    /// What is wrong with a value that stands at `under` in the arguments.
    pub(super) fn decode(error: &DecodeError, under: &str) -> Self {
        let code = Code::ParseFailed.as_str();
        Self { pointer: pointer(&error.path, under), code, message: error.message.clone(), help: None }
    }
}

/// The JSON pointer of a JSONPath as [`DecodeError`] has it.
fn pointer(path: &str, under: &str) -> String {
    let mut pointer = under.to_owned();
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    while !rest.is_empty() {
        let (step, after) = if let Some(odd) = rest.strip_prefix("['") {
            odd.split_once("']").unwrap_or((odd, ""))
        } else if let Some(index) = rest.strip_prefix('[') {
            index.split_once(']').unwrap_or((index, ""))
        } else {
            let plain = rest.strip_prefix('.').unwrap_or(rest);
            plain.split_at(plain.find(['.', '[']).unwrap_or(plain.len()))
        };
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        rest = after;
    }
    pointer
}

/// Why something could not be had from a remote, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(super) struct Explanation {
    /// A code of docs/errors.md.
    pub(super) code: String,
    /// What happened.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::pointer;

    #[test]
    fn paths_become_pointers() {
        assert_eq!(pointer("$", "/to"), "/to");
        assert_eq!(pointer("$.headers[0].value", "/definition"), "/definition/headers/0/value");
        assert_eq!(pointer("$.a['x/y.z'].b", ""), "/a/x~1y.z/b");
    }
}
