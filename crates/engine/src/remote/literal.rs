//! GraphQL literals from text: default values come as strings in an introspection answer.

use apollo_compiler::ast::{Definition, Selection, Value};
use apollo_compiler::parser::Parser;
use apollo_compiler::{Name, Node};

/// Nesting of one default value beyond which it is dropped.
const MAX_DEPTH: usize = 50;

/// Longest default value that is read; the parser lists every error of a text, which for megabytes of rubbish is a lot.
const MAX_BYTES: usize = 64 << 10;

/// Parses a constant value; `None` when the text is not exactly one.
///
/// The library parses documents only, so the text is made the argument of a field, and whatever else the text
/// smuggles into that document is refused.
pub(super) fn parse(text: &str) -> Option<Node<Value>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    if let Some(value) = word(text) {
        return Some(Node::new(value));
    }
    // The line break ends a comment at the end of the text.
    let document =
        Parser::new().recursion_limit(MAX_DEPTH).parse_ast(format!("{{f(v:{text}\n)}}"), "default").ok()?;
    let [Definition::OperationDefinition(operation)] = document.definitions.as_slice() else { return None };
    let [Selection::Field(field)] = operation.selection_set.as_slice() else { return None };
    let [argument] = field.arguments.as_slice() else { return None };
    let plain = field.alias.is_none() && field.directives.is_empty() && field.selection_set.is_none();
    (plain && is_constant(&argument.value)).then(|| argument.value.clone())
}

/// A value of one word. Most defaults are, and an upstream may have thousands of them: a document costs a hundred times as much.
fn word(text: &str) -> Option<Value> {
    match text {
        "null" => Some(Value::Null),
        "true" => Some(Value::Boolean(true)),
        "false" => Some(Value::Boolean(false)),
        _ if Name::is_valid_syntax(text) => Some(Value::Enum(Name::new_unchecked(text))),
        // Rust takes numbers that GraphQL does not: with a plus or leading zeros.
        _ => text
            .parse::<i32>()
            .ok()
            .filter(|number| number.to_string() == text)
            .map(|number| Value::Int(number.into())),
    }
}

fn is_constant(value: &Value) -> bool {
    match value {
        Value::Variable(_) => false,
        Value::List(items) => items.iter().all(|item| is_constant(item)),
        Value::Object(fields) => fields.iter().all(|(_, value)| is_constant(value)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn one_constant_value() {
        for text in
            ["1", "-2.5", "\"a\"", "\"\"\"b\"\"\"", "RED", "[1, [2]]", "{a: {b: null}}", "true # comment"]
        {
            assert!(parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn words_are_what_the_parser_makes_of_them() {
        for text in ["0", "7", "-3", "2147483647", "null", "true", "false", "RED", "_a1", "type"] {
            // A comment is beyond the short way.
            assert_eq!(parse(text), parse(&format!("{text} #")), "{text}");
        }
        for text in ["+1", "007", "1x", "é"] {
            assert!(parse(text).is_none(), "{text}");
        }
        assert!(parse("2147483648").is_some(), "larger numbers go the long way");
    }

    #[test]
    fn anything_else() {
        let deep = "[".repeat(1_000_000);
        for text in [
            "",
            "$x",
            "[$x]",
            "1, b: 2",
            "1) b(c: 2",
            "1) @x(y: 2",
            "1) {a(b: 2)}",
            "{\"a\": 1}",
            "1}{",
            &deep,
        ] {
            assert!(parse(text).is_none(), "{}", &text[..text.len().min(20)]);
        }
    }
}
