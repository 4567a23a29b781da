//! Rules that single values of the metadata keep, as serde `deserialize_with` functions, and the order in which maps are written.

use indexmap::IndexMap;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use crate::{DecodeError, decode};

/// Whether `text` is a GraphQL name.
pub(crate) fn is_graphql_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && is_name_tail(text)
}

fn is_name_tail(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `null` is read like an absent key.
pub(crate) fn null_is_default<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(input)?.unwrap_or_default())
}

/// A text with at least one character.
pub(crate) fn non_empty<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let text = String::deserialize(input)?;
    if text.is_empty() { Err(D::Error::custom("empty string not allowed")) } else { Ok(text) }
}

/// A name that a header can have.
pub(crate) fn header_name<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let text = String::deserialize(input)?;
    let is_part = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    if !text.is_empty() && text.chars().all(is_part) {
        Ok(text)
    } else {
        Err(D::Error::custom(format_args!("{text:?} is not a valid header name")))
    }
}

/// A name that a header can have, if there is one.
pub(crate) fn optional_header_name<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    struct HeaderName(String);

    impl<'de> Deserialize<'de> for HeaderName {
        fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
            header_name(input).map(Self)
        }
    }

    let name: Option<HeaderName> = Option::deserialize(input)?;
    Ok(name.map(|HeaderName(name)| name))
}

/// A GraphQL name.
pub(crate) fn name<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    checked_name(String::deserialize(input)?)
}

/// A GraphQL name, if there is one.
pub(crate) fn optional_name<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(input)?.map(checked_name).transpose()
}

/// What may stand before a name, if anything; the empty text that forms leave behind counts as absent.
pub(crate) fn prefix<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(input)?;
    text.filter(|text| !text.is_empty()).map(checked_name).transpose()
}

/// What may stand after a name, if anything: unlike a prefix it may start with a digit.
pub(crate) fn suffix<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(input)?;
    match text.filter(|text| !text.is_empty()) {
        Some(text) if !is_name_tail(&text) => {
            Err(D::Error::custom(format_args!("\"{text}\" is not a valid ending of a GraphQL name")))
        }
        text => Ok(text),
    }
}

/// A map from GraphQL names to GraphQL names.
pub(crate) fn name_mapping<'de, D: Deserializer<'de>>(
    input: D,
) -> Result<IndexMap<String, String>, D::Error> {
    let mapping: IndexMap<String, Name> = null_is_default(input)?;
    mapping.into_iter().map(|(key, Name(value))| Ok((checked_name(key)?, value))).collect()
}

fn checked_name<E: Error>(text: String) -> Result<String, E> {
    if is_graphql_name(&text) {
        Ok(text)
    } else {
        Err(E::custom(format_args!("\"{text}\" is not a valid GraphQL name")))
    }
}

/// A name as the value of a map, so that an error carries the path of its key.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        name(input).map(Self)
    }
}

/// Writes a map in the order of its keys: maps are equal in any order, and equal documents are written equally.
pub(crate) fn sorted<S: Serializer, V: Serialize>(
    map: &IndexMap<String, V>,
    output: S,
) -> Result<S::Ok, S::Error> {
    let mut members: Vec<_> = map.iter().collect();
    members.sort_unstable_by_key(|(key, _)| key.as_str());
    output.collect_map(members)
}

/// The value with the keys of all its objects in alphabetical order.
pub(crate) fn with_sorted_keys(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(with_sorted_keys).collect()),
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| (key.clone(), with_sorted_keys(value))).collect();
            members.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(members.into_iter().collect())
        }
        scalar => scalar.clone(),
    }
}

/// The JSON of a metadata object.
pub(crate) fn to_value<T: Serialize>(object: &T) -> Value {
    #[expect(
        clippy::expect_used,
        reason = "only a map with keys that are no strings can fail, and there is none"
    )]
    serde_json::to_value(object).expect("metadata objects are JSON objects")
}

/// A section in the form in which it is exported: known keys in their order with all defaults, then keys that nobody knows. Null
/// when that is what an absent section says.
pub(crate) fn canonical<T: Serialize + DeserializeOwned + Default + PartialEq>(
    written: &Value,
) -> Result<Value, DecodeError> {
    let known: T = decode(written)?;
    let value = with_unknown_keys(to_value(&known), written);
    Ok(if value == to_value(&T::default()) { Value::Null } else { value })
}

/// The JSON of what a section says, null when an absent one says the same.
pub(crate) fn unless_default<T: Serialize + Default + PartialEq>(known: &T) -> Value {
    if *known == T::default() { Value::Null } else { to_value(known) }
}

fn with_unknown_keys(known: Value, written: &Value) -> Value {
    match (known, written) {
        (Value::Object(mut known), Value::Object(written)) => {
            let mut written: Vec<_> = written.iter().filter(|(_, value)| !value.is_null()).collect();
            written.sort_unstable_by_key(|(key, _)| key.as_str());
            for (key, value) in written {
                match known.get_mut(key) {
                    Some(inner) => *inner = with_unknown_keys(inner.take(), value),
                    None => drop(known.insert(key.clone(), with_sorted_keys(value))),
                }
            }
            Value::Object(known)
        }
        (Value::Array(known), Value::Array(written)) if known.len() == written.len() => {
            known.into_iter().zip(written).map(|(known, written)| with_unknown_keys(known, written)).collect()
        }
        (known, _) => known,
    }
}
