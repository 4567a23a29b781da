//! Decoding of JSON into Rust types with the path of the failing key, in the words that Hasura's clients know.
//!
//! It is a serde [`Deserializer`](de::Deserializer) over a [`Value`] and nothing more: what a remote schema or a relationship looks
//! like is said by the `Deserialize` of those types. `serde_json`'s own deserializer is not used because it knows no
//! paths, reads a list where a struct is expected, and speaks of maps and sequences to people who write objects and lists.

use std::fmt;

use serde::de::{self, DeserializeOwned, IntoDeserializer, Unexpected, Visitor};
use serde_json::Value;

/// Why a JSON value is not what was expected, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct DecodeError {
    /// JSONPath as Hasura prints it, from `$`: `$.definition.headers[0]`.
    pub path: String,
    /// What is wrong: `the key 'x' was not present`.
    pub message: String,
}

/// Decodes `value`; the error's path starts at `$` for `value` itself.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, DecodeError> {
    T::deserialize(Cursor(value)).map_err(DecodeError::from)
}

impl DecodeError {
    /// An error at `$`.
    pub fn at_root(message: impl Into<String>) -> Self {
        Self { path: "$".to_owned(), message: message.into() }
    }

    /// The same error for a value that sits at `parent` of a larger one: below `$.args`, `$.name` becomes `$.args.name`.
    #[must_use]
    pub fn under(self, parent: &str) -> Self {
        let below = self.path.strip_prefix('$').unwrap_or(&self.path);
        Self { path: format!("{parent}{below}"), message: self.message }
    }
}

/// One step of a path as Hasura prints it: `.key`, or `['odd key']` when the key is no plain word.
pub fn key_step(key: &str) -> String {
    let starts_plain = key.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_plain = starts_plain && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if is_plain { format!(".{key}") } else { format!("['{key}']") }
}

/// One step of a path into a list.
pub fn index_step(index: usize) -> String {
    format!("[{index}]")
}

/// An error on its way out of the value: each level it passes adds its own step, so the steps are innermost first.
#[derive(Debug)]
struct Failure {
    message: String,
    steps: Vec<String>,
}

impl Failure {
    fn inside(mut self, step: String) -> Self {
        self.steps.push(step);
        self
    }
}

impl From<Failure> for DecodeError {
    fn from(failure: Failure) -> Self {
        let steps = failure.steps.iter().rev().map(String::as_str);
        Self { path: std::iter::once("$").chain(steps).collect(), message: failure.message }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), steps: Vec::new() }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format_args!("the key '{field}' was not present"))
    }

    fn invalid_type(got: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("expected {}, got {}", in_json_words(expected), describe(got)))
    }

    fn invalid_value(got: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(got, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("expected one of {}, got \"{variant}\"", quoted_list(expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("unknown key '{field}', expected one of {}", quoted_list(expected)))
    }
}

fn quoted_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

/// The standard visitors name Rust types; people who write metadata know JSON's.
fn in_json_words(expected: &dyn de::Expected) -> String {
    let rust = expected.to_string();
    match rust.as_str() {
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" | "a JSON number" => "a number".to_owned(),
        _ => rust,
    }
}

fn describe(got: Unexpected<'_>) -> String {
    match got {
        Unexpected::Bool(value) => format!("the boolean {value}"),
        Unexpected::Unsigned(number) => format!("the number {number}"),
        Unexpected::Signed(number) => format!("the number {number}"),
        Unexpected::Float(number) => format!("the number {number}"),
        Unexpected::Str(text) if text.chars().count() > 60 => "a long string".to_owned(),
        Unexpected::Str(text) => format!("the string {text:?}"),
        Unexpected::Unit => "null".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        other => other.to_string(),
    }
}

fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Unexpected::Unsigned(number),
            (None, Some(number)) => Unexpected::Signed(number),
            (None, None) => Unexpected::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

/// A value to be read.
#[derive(Clone, Copy)]
struct Cursor<'de>(&'de Value);

/// JSON has one kind of number, so `60.0` and `6e1` are as whole as `60`.
macro_rules! whole_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            const EXACT: f64 = (1_u64 << 53) as f64;
            match self.0.as_f64() {
                Some(number) if self.0.is_f64() && number.fract() == 0.0 && number.abs() <= EXACT => {
                    visitor.visit_i64(number as i64)
                }
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Cursor<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(Items { items: items.iter(), index: 0 }),
            Value::Object(members) => visitor.visit_map(Members { members: members.iter(), current: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            other => Err(de::Error::invalid_type(unexpected(other), &"an object")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.0 {
            Value::String(variant) => visitor.visit_enum(variant.as_str().into_deserializer()),
            Value::Object(members) => {
                let members = Members { members: members.iter(), current: None };
                visitor.visit_enum(de::value::MapAccessDeserializer::new(members))
            }
            other => Err(de::Error::invalid_type(unexpected(other), &"a string")),
        }
    }

    whole_numbers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    serde::forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'de> {
    items: std::slice::Iter<'de, Value>,
    index: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Failure;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Cursor(item)).map(Some).map_err(|failure| failure.inside(index_step(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Members<'de> {
    members: serde_json::map::Iter<'de>,
    current: Option<(&'de str, &'de Value)>,
}

impl<'de> de::MapAccess<'de> for Members<'de> {
    type Error = Failure;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        self.current = self.members.next().map(|(key, value)| (key.as_str(), value));
        let Some((key, _)) = self.current else { return Ok(None) };
        seed.deserialize(de::value::BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let (key, value) =
            self.current.take().ok_or_else(|| de::Error::custom("a value was read before its key"))?;
        seed.deserialize(Cursor(value)).map_err(|failure| failure.inside(key_step(key)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.members.len())
    }
}
