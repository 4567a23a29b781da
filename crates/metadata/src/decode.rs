//! Decoding of JSON into metadata types with the path of the failing key.

use serde::de::DeserializeOwned;
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
pub fn decode<T: DeserializeOwned>(_value: &Value) -> Result<T, DecodeError> {
    todo!()
}
