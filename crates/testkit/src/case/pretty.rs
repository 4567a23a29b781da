//! Lays JSON out for reading without touching any scalar: numbers, escapes, the order of members and repeated members all stay.

const WIDTH: usize = 100;

/// A value whose scalars are slices of the text.
enum Node<'a> {
    Scalar(&'a str),
    Array(Vec<Node<'a>>),
    Object(Vec<(&'a str, Node<'a>)>),
}

/// The text laid out; none when it is not JSON.
pub(super) fn pretty(text: &str) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut rest = text;
    let node = Node::parse(&mut rest)?;
    let mut out = String::new();
    node.write(0, 0, &mut out);
    Some(out)
}

impl<'a> Node<'a> {
    /// Reads a value off text that is known to be JSON.
    fn parse(rest: &mut &'a str) -> Option<Self> {
        *rest = rest.trim_start();
        match rest.as_bytes().first()? {
            b'[' => {
                let mut elements = Vec::new();
                while !step(rest, ']')? {
                    elements.push(Self::parse(rest)?);
                }
                Some(Self::Array(elements))
            }
            b'{' => {
                let mut members = Vec::new();
                while !step(rest, '}')? {
                    let name = scalar(rest);
                    *rest = rest.trim_start().strip_prefix(':')?;
                    members.push((name, Self::parse(rest)?));
                }
                Some(Self::Object(members))
            }
            _ => Some(Self::Scalar(scalar(rest))),
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::Scalar(text) => text.chars().count(),
            Self::Array(elements) => 2 + elements.iter().map(|element| element.width() + 2).sum::<usize>(),
            Self::Object(members) => {
                2 + members
                    .iter()
                    .map(|(name, value)| name.chars().count() + value.width() + 4)
                    .sum::<usize>()
            }
        }
    }

    /// Writes it on one line if it fits beside what is already there, else one child per line.
    fn write(&self, indent: usize, used: usize, out: &mut String) {
        let flat = indent + used + self.width() <= WIDTH;
        let separate = |first: bool, out: &mut String| match (first, flat) {
            (true, true) => {}
            (false, true) => out.push_str(", "),
            (_, false) => {
                out.push_str(if first { "\n" } else { ",\n" });
                out.push_str(&" ".repeat(indent + 2));
            }
        };
        let end = |empty: bool, out: &mut String| {
            if !flat && !empty {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
            }
        };
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Array(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    separate(index == 0, out);
                    element.write(indent + 2, 0, out);
                }
                end(elements.is_empty(), out);
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    separate(index == 0, out);
                    out.push_str(name);
                    out.push_str(": ");
                    value.write(indent + 2, name.chars().count() + 2, out);
                }
                end(members.is_empty(), out);
                out.push('}');
            }
        }
    }
}

/// Steps over an opening bracket or a comma to the next child; true when the closing bracket came instead.
fn step(rest: &mut &str, close: char) -> Option<bool> {
    let text = rest.trim_start();
    if let Some(after) = text.strip_prefix(close) {
        *rest = after;
        return Some(true);
    }
    let after = text.strip_prefix(['[', '{', ','])?.trim_start();
    *rest = after;
    if let Some(after) = after.strip_prefix(close) {
        *rest = after;
        return Some(true);
    }
    Some(false)
}

/// Cuts a scalar off the head of the text.
fn scalar<'a>(rest: &mut &'a str) -> &'a str {
    let text = rest.trim_start();
    let end = match text.strip_prefix('"') {
        Some(inner) => {
            let mut escaped = false;
            let closing = inner.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            closing.map_or(text.len(), |at| at + 2)
        }
        None => text.find(|c: char| c.is_whitespace() || ",]}:".contains(c)).unwrap_or(text.len()),
    };
    let (scalar, after) = text.split_at(end);
    *rest = after;
    scalar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_and_repeated_members_stay() {
        let text = r#"{"a":12345678901234567890.10,"a":"x\"\\","b":[],"c":{ },"d":[1,[2, null]]}"#;
        let expected =
            r#"{"a": 12345678901234567890.10, "a": "x\"\\", "b": [], "c": {}, "d": [1, [2, null]]}"#;
        assert_eq!(pretty(text).as_deref(), Some(expected));
    }

    #[test]
    fn long_values_are_broken_up() {
        let long = "x".repeat(90);
        let text = format!(r#"{{"data":{{"a":"{long}","b":[1]}}}}"#);
        let expected = format!("{{\n  \"data\": {{\n    \"a\": \"{long}\",\n    \"b\": [1]\n  }}\n}}");
        assert_eq!(pretty(&text), Some(expected));
    }

    #[test]
    fn what_is_not_json_is_not_touched() {
        assert_eq!(pretty("{\"a\":}"), None);
        assert_eq!(pretty("<html>"), None);
    }
}
