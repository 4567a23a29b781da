//! Large answers that nothing is to be changed in, and which are therefore handed on without being read.
//!
//! Reading costs more than receiving and sending together: a mebibyte takes half a millisecond to be checked as JSON. What
//! must not pass is looked for with vector instructions instead: errors, which the client gets in our words, and extensions,
//! which it does not get at all. So whether such an answer is JSON throughout is between the remote and the client.

use memchr::memmem;

/// The size in bytes from which an answer may be handed on unread. What is smaller costs little to read.
const LARGE: usize = 64 * 1024;

/// Whether an answer is large, UTF-8, an object in `data` as far as its ends tell, and without errors or extensions.
///
/// A member named with escapes (`"err\u006frs"`) is not found; no server writes its names so, and one that did would
/// deceive nobody but its own client.
pub(super) fn is_fit(body: &[u8]) -> bool {
    body.len() >= LARGE
        && body.starts_with(b"{\"data\":{")
        && body.trim_ascii_end().ends_with(b"}}")
        && memmem::find(body, b"\"errors\"").is_none()
        && memmem::find(body, b"\"extensions\"").is_none()
        && std::str::from_utf8(body).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(start: &str, filling: &str, end: &str) -> Vec<u8> {
        [start, &filling.repeat(LARGE / filling.len() + 1), end].concat().into_bytes()
    }

    #[test]
    fn only_large_plain_answers_are_fit() {
        let start = r#"{"data":{"a":""#;
        assert!(is_fit(&answer(start, "x", r#""}}"#)));
        assert!(is_fit(&answer(start, "ä", "\"}}\n")));
        assert!(is_fit(&answer(start, r#"\"errors\" "#, r#""}}"#)), "a text that speaks of errors");
        assert!(!is_fit(br#"{"data":{"a":1}}"#), "small");
        assert!(!is_fit(&answer(r#"{"data":null,"x":""#, "x", r#""}}"#)), "no object");
        assert!(!is_fit(&answer(start, "x", r#""},"errors":[{}]}"#)));
        assert!(!is_fit(&answer(start, "x", r#""},"errors":{}}"#)));
        assert!(!is_fit(&answer(start, "x", r#""},"extensions":{}}"#)));
        assert!(!is_fit(&answer(start, "x", r#""},"#)), "cut off");
        let mut broken = answer(start, "x", r#""}}"#);
        broken[1000] = 0xff;
        assert!(!is_fit(&broken), "not UTF-8");
    }
}
