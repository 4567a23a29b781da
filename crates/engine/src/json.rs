//! JSON at byte level: a validating cursor that never builds values, spans into a text, and escaping.
//!
//! The cursor walks bytes that are already known to be UTF-8 and checks the whole JSON grammar (RFC 8259) as it goes.
//! It is not a parser: callers decide at each step whether to walk into a value or to skip it. [`crate::run`] walks
//! upstream answers along a plan's shape with it, [`crate::operation`] walks variables along their types.

/// Deepest nesting of arrays and objects that is accepted.
pub const MAX_DEPTH: u32 = 128;

/// A range of bytes of a text below 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The part of `text` in this range.
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start as usize..self.end as usize]
    }

    /// The part of `bytes` in this range.
    pub fn bytes<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.start as usize..self.end as usize]
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the range holds nothing.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// Where and why a text is not the JSON that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}")]
pub struct SyntaxError {
    /// What is wrong.
    pub what: &'static str,
    /// At which byte.
    pub offset: usize,
}

/// What kind of value starts here, told from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    String,
    /// A digit or a minus.
    Number,
    /// `t` or `f`
    Boolean,
    /// `n`
    Null,
}

impl Kind {
    /// The kind in words, with its article.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        }
    }
}

/// A JSON string in a text: the bytes between its quotes, and whether they hold escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StringToken {
    /// The bytes between the quotes.
    pub inner: Span,
    /// Whether there is a backslash among them.
    pub escaped: bool,
}

/// A position in a JSON text.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `bytes`, whose encoding the caller answers for. Texts of 4 GiB and more are refused.
    pub fn new(bytes: &'a [u8]) -> Result<Self, SyntaxError> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(SyntaxError { what: "text of 4 GiB or more", offset: 0 });
        }
        Ok(Self { bytes, at: 0, depth: 0 })
    }

    /// A cursor at byte `at` of `bytes`, which a cursor has already walked.
    pub fn resume(bytes: &'a [u8], at: u32) -> Self {
        Self { bytes, at: at as usize, depth: 0 }
    }

    /// The byte position.
    pub fn position(&self) -> u32 {
        self.at as u32
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// An error at the current position.
    pub fn error(&self, what: &'static str) -> SyntaxError {
        SyntaxError { what, offset: self.at }
    }

    /// Skips white space.
    #[inline]
    pub fn space(&mut self) {
        self.at = significant(self.bytes, self.at);
    }

    /// The kind of the value that starts after white space.
    pub fn kind(&mut self) -> Result<Kind, SyntaxError> {
        self.space();
        match self.peek() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            Some(b'n') => Ok(Kind::Null),
            Some(_) => Err(self.error("expected a value")),
            None => Err(self.error("unexpected end")),
        }
    }

    /// Fails unless only white space is left.
    pub fn end(&mut self) -> Result<(), SyntaxError> {
        self.space();
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.error("unexpected text after the value")) }
    }

    /// Skips any value, checking it, and returns its bytes.
    pub fn value(&mut self) -> Result<Span, SyntaxError> {
        self.space();
        let start = self.position();
        self.skip()?;
        Ok(Span { start, end: self.position() })
    }

    /// Enters an object; the cursor must stand at `{`. Then call [`Cursor::member`] until it returns `None`.
    pub fn enter_object(&mut self) -> Result<Members, SyntaxError> {
        self.open(b'{', "expected an object")?;
        Ok(Members { first: true })
    }

    /// The next member's key; the cursor then stands before its value. `None` at the object's end.
    pub fn member(&mut self, members: &mut Members) -> Result<Option<StringToken>, SyntaxError> {
        self.space();
        match self.peek() {
            Some(b'}') => {
                self.close();
                return Ok(None);
            }
            Some(b',') if !members.first => {
                self.at += 1;
                self.space();
            }
            Some(b'"') if members.first => {}
            None => return Err(self.error("unexpected end")),
            _ => return Err(self.error("expected `,` or `}`")),
        }
        members.first = false;
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a member name"));
        }
        let key = self.string()?;
        self.at = colon_end(self.bytes, self.at)?;
        Ok(Some(key))
    }

    /// Takes the next member if it is written exactly as `label`, a name in quotes with its colon. Returns where it starts;
    /// the cursor then stands before its value. `None`, and the cursor as it was, for anything else.
    #[inline]
    pub fn labelled_member(&mut self, members: &mut Members, label: &str) -> Option<u32> {
        let mut at = significant(self.bytes, self.at);
        if !members.first {
            if self.bytes.get(at) != Some(&b',') {
                return None;
            }
            at = significant(self.bytes, at + 1);
        }
        if !self.bytes[at..].starts_with(label.as_bytes()) {
            return None;
        }
        members.first = false;
        self.at = at + label.len();
        Some(at as u32)
    }

    /// Enters an array; the cursor must stand at `[`. Then call [`Cursor::element`] until it returns `false`.
    pub fn enter_array(&mut self) -> Result<Members, SyntaxError> {
        self.open(b'[', "expected a list")?;
        Ok(Members { first: true })
    }

    /// Whether there is another element; the cursor then stands before it. `false` at the array's end.
    pub fn element(&mut self, members: &mut Members) -> Result<bool, SyntaxError> {
        self.space();
        match self.peek() {
            Some(b']') => {
                self.close();
                return Ok(false);
            }
            Some(b',') if !members.first => {
                self.at += 1;
                self.space();
                if self.peek() == Some(b']') {
                    return Err(self.error("expected a value"));
                }
            }
            Some(_) if members.first => {}
            None => return Err(self.error("unexpected end")),
            _ => return Err(self.error("expected `,` or `]`")),
        }
        members.first = false;
        Ok(true)
    }

    fn open(&mut self, bracket: u8, otherwise: &'static str) -> Result<(), SyntaxError> {
        self.space();
        if self.peek() != Some(bracket) {
            return Err(self.error(otherwise));
        }
        if self.depth == MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    /// Reads a string; the cursor must stand at `"` (white space is skipped).
    pub fn string(&mut self) -> Result<StringToken, SyntaxError> {
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a string"));
        }
        let start = self.at + 1;
        let (end, escaped) = string_end(self.bytes, start)?;
        self.at = end + 1;
        Ok(StringToken { inner: Span { start: start as u32, end: end as u32 }, escaped })
    }

    /// Skips one value without recursion, whatever its depth (up to the limit).
    ///
    /// Most bytes of most answers pass through here, so it works on a position of its own and asks for each byte once.
    fn skip(&mut self) -> Result<(), SyntaxError> {
        let bytes = self.bytes;
        let mut at = self.at;
        // One bit per bracket that is open: set for an object.
        let mut open: u128 = 0;
        let mut n_open = 0u32;
        let fail = |what, at| Err(SyntaxError { what, offset: at });
        loop {
            // A value starts here.
            at = significant(bytes, at);
            match bytes.get(at) {
                Some(b'"') => at = string_end(bytes, at + 1)?.0 + 1,
                Some(b'-' | b'0'..=b'9') => at = number_end(bytes, at)?,
                Some(bracket @ (b'{' | b'[')) => {
                    if self.depth + n_open == MAX_DEPTH {
                        return fail("nested too deeply", at);
                    }
                    let is_object = *bracket == b'{';
                    open = open << 1 | u128::from(is_object);
                    n_open += 1;
                    at = significant(bytes, at + 1);
                    match (bytes.get(at), is_object) {
                        (Some(b'}'), true) | (Some(b']'), false) => {}
                        (_, true) => {
                            at = key_end(bytes, at)?;
                            continue;
                        }
                        (_, false) => continue,
                    }
                }
                Some(b't') => at = word_end(bytes, at, b"true")?,
                Some(b'f') => at = word_end(bytes, at, b"false")?,
                Some(b'n') => at = word_end(bytes, at, b"null")?,
                Some(_) => return fail("expected a value", at),
                None => return fail("unexpected end", at),
            }
            // A value ended here, or an empty bracket is about to.
            loop {
                if n_open == 0 {
                    self.at = at;
                    return Ok(());
                }
                at = significant(bytes, at);
                match (bytes.get(at), open & 1 == 1) {
                    (Some(b','), true) => {
                        at = key_end(bytes, significant(bytes, at + 1))?;
                        break;
                    }
                    (Some(b','), false) => {
                        at += 1;
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        at += 1;
                        open >>= 1;
                        n_open -= 1;
                    }
                    (None, _) => return fail("unexpected end", at),
                    (_, true) => return fail("expected `,` or `}`", at),
                    (_, false) => return fail("expected `,` or `]`", at),
                }
            }
        }
    }
}

/// The first byte at or after `at` that is no white space.
#[inline]
fn significant(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// From the first byte inside a string to its closing quote, and whether there are escapes on the way.
#[inline]
fn string_end(bytes: &[u8], mut at: usize) -> Result<(usize, bool), SyntaxError> {
    let mut escaped = false;
    loop {
        at = plain_until(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return Ok((at, escaped)),
            Some(b'\\') => {
                escaped = true;
                at = escape_end(bytes, at)?;
            }
            Some(_) => return Err(SyntaxError { what: "control character in a string", offset: at }),
            None => return Err(SyntaxError { what: "unexpected end", offset: at }),
        }
    }
}

/// From a backslash to the byte after its escape.
fn escape_end(bytes: &[u8], at: usize) -> Result<usize, SyntaxError> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => return Ok(at + 2),
        Some(b'u') => {
            let digits = bytes.get(at + 2..at + 6);
            if digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                return Ok(at + 6);
            }
        }
        _ => {}
    }
    Err(SyntaxError { what: "invalid escape in a string", offset: at })
}

/// From a member's name to the byte after its colon.
#[inline]
fn key_end(bytes: &[u8], at: usize) -> Result<usize, SyntaxError> {
    if bytes.get(at) != Some(&b'"') {
        return Err(SyntaxError { what: "expected a member name", offset: at });
    }
    colon_end(bytes, string_end(bytes, at + 1)?.0 + 1)
}

/// From the end of a member's name to the byte after its colon.
#[inline]
fn colon_end(bytes: &[u8], at: usize) -> Result<usize, SyntaxError> {
    let at = significant(bytes, at);
    match bytes.get(at) {
        Some(b':') => Ok(at + 1),
        _ => Err(SyntaxError { what: "expected `:`", offset: at }),
    }
}

fn word_end(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, SyntaxError> {
    if bytes[at..].starts_with(word) {
        Ok(at + word.len())
    } else {
        Err(SyntaxError { what: "expected a value", offset: at })
    }
}

#[inline]
fn number_end(bytes: &[u8], mut at: usize) -> Result<usize, SyntaxError> {
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        _ => digits_end(bytes, at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits_end(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits_end(bytes, at)?;
    }
    Ok(at)
}

#[inline]
fn digits_end(bytes: &[u8], start: usize) -> Result<usize, SyntaxError> {
    let mut at = start;
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at += 1;
    }
    if at == start { Err(SyntaxError { what: "invalid number", offset: at }) } else { Ok(at) }
}

/// Progress through the members of an object or the elements of an array.
#[derive(Debug)]
pub struct Members {
    first: bool,
}

/// The index of the first quote, backslash or control character at or after `at`.
///
/// Eight bytes at a time: a byte is special if it equals one of the two, or is below 0x20.
#[inline]
fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zero_byte = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    while let Some(Ok(chunk)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let word = u64::from_le_bytes(chunk);
        let quote = zero_byte(word ^ (ONES * u64::from(b'"')));
        let backslash = zero_byte(word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let special = quote | backslash | control;
        if special != 0 {
            // The lowest set bit is exact; only bits above the first hit can be false.
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..=0x1f) {
            break;
        }
        at += 1;
    }
    at
}

/// Appends `text` to `out` as the inside of a JSON string.
pub fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    loop {
        let plain = plain_until(rest.as_bytes(), 0);
        out.push_str(&rest[..plain]);
        let Some(special) = rest.as_bytes().get(plain) else { return };
        match special {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => out.push_str(&format!("\\u{control:04x}")),
        }
        rest = &rest[plain + 1..];
    }
}

/// `text` as a JSON string, quotes included.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    escape_into(&mut out, text);
    out.push('"');
    out
}

/// The text a string token stands for. Lone surrogates become U+FFFD.
pub fn unescape(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    let mut units: Vec<u16> = Vec::new();
    while let Some(c) = chars.next() {
        let escape = if c == '\\' { chars.next() } else { None };
        if escape == Some('u') {
            let digits: String = chars.by_ref().take(4).collect();
            units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
            continue;
        }
        out.push_str(&String::from_utf16_lossy(&units));
        units.clear();
        out.push(match escape {
            None => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(other) => other,
        });
    }
    out.push_str(&String::from_utf16_lossy(&units));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) -> bool {
        let mut cursor = Cursor::new(text.as_bytes()).unwrap();
        cursor.value().and_then(|_| cursor.end()).is_ok()
    }

    #[test]
    fn accepts_exactly_the_json_grammar() {
        for good in [
            "null",
            " true ",
            "false",
            "0",
            "-0",
            "1.5e+3",
            "-12E-2",
            "\"\"",
            "\"a\\u00e9\\n\"",
            "[]",
            "{}",
            "[1,[2,{\"a\":[]}],{}]",
            "{\"a\":{\"b\":null},\"c\":[true]}",
            "\"abcdefgh\\\"ijklmnop\"",
        ] {
            assert!(accepts(good), "{good}");
            assert!(serde_json::from_str::<serde_json::Value>(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "nul",
            "truee",
            "01",
            "1.",
            ".5",
            "-",
            "1e",
            "+1",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\n\"",
            "[",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\":1 \"b\":2}",
            "]",
            "}",
            "[}",
            "{]",
            "1 2",
            "\"abcdefg\u{1}hijk\"",
        ] {
            assert!(!accepts(bad), "{bad}");
            assert!(serde_json::from_str::<serde_json::Value>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nesting_is_bounded_in_both_walks() {
        let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        assert!(accepts(&deep(MAX_DEPTH as usize)));
        assert!(!accepts(&deep(MAX_DEPTH as usize + 1)));
        assert!(!accepts(&"{\"a\":".repeat(100_000)));
    }

    #[test]
    fn special_bytes_are_found_at_every_offset() {
        for special in ['"', '\\', '\u{0}', '\u{1f}', '\n'] {
            for before in 0..20 {
                let text = format!(
                    "{}{special}{}",
                    "é".repeat(before / 2) + &"x".repeat(before % 2),
                    "yz".repeat(9)
                );
                assert_eq!(plain_until(text.as_bytes(), 0), text.find(special).unwrap(), "{text:?}");
            }
        }
    }

    #[test]
    fn escaping_and_unescaping_agree_with_serde() {
        for text in ["", "plain", "q\"b\\n\n\r\t\u{1}é😀", "\u{7f}\u{80}"] {
            let ours = quoted(text);
            assert_eq!(serde_json::from_str::<String>(&ours).unwrap(), text);
            assert_eq!(unescape(&ours[1..ours.len() - 1]), text);
        }
        assert_eq!(unescape("\\ud83d\\ude00\\/x"), "😀/x");
        assert_eq!(unescape("\\ud83dx"), "\u{fffd}x");
    }
}
