//! GraphQL errors as clients see them: codes, paths, texts.

use apollo_compiler::parser::LineColumn;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Error codes, as Hasura spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Caller may not do this.
    AccessDenied,
    /// Name is taken.
    AlreadyExists,
    /// Malformed request.
    BadRequest,
    /// A value is not of the type it must have.
    CoercionError,
    /// The metadata changed in between.
    Conflict,
    /// A rule of the metadata is broken.
    ConstraintViolation,
    /// Other objects depend on this one.
    DependencyError,
    /// The object is inconsistent.
    InvalidConfiguration,
    /// A header is missing or malformed.
    InvalidHeaders,
    /// The body is not JSON.
    InvalidJson,
    /// A token cannot be believed.
    InvalidJwt,
    /// A parameter has a wrong value.
    InvalidParams,
    /// A token is believed, and what it says of its bearer makes no sense.
    JwtInvalidClaims,
    /// A token does not say what role its bearer has.
    JwtMissingRoleClaims,
    /// HTTP method not allowed.
    MethodNotAllowed,
    /// Thing does not exist (lookups).
    NotFound,
    /// Metadata object does not exist.
    NotExists,
    /// Not supported by Conjoin.
    NotSupported,
    /// JSON does not have the expected shape.
    ParseFailed,
    /// An upstream failed or answered nonsense.
    RemoteSchemaError,
    /// There is nothing to show a remote who asks.
    RemoteSchemaAuthError,
    /// Two remotes clash.
    RemoteSchemaConflicts,
    /// A limit of the gateway was exceeded.
    LimitExceeded,
    /// Anything unforeseen.
    Unexpected,
    /// The transport cannot carry this operation.
    UnexpectedPayload,
    /// The query, an SDL or a variable is not valid.
    ValidationFailed,
}

impl Code {
    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access-denied",
            Self::AlreadyExists => "already-exists",
            Self::BadRequest => "bad-request",
            Self::CoercionError => "coercion-error",
            Self::Conflict => "conflict",
            Self::ConstraintViolation => "constraint-violation",
            Self::DependencyError => "dependency-error",
            Self::InvalidConfiguration => "invalid-configuration",
            Self::InvalidHeaders => "invalid-headers",
            Self::InvalidJson => "invalid-json",
            Self::InvalidJwt => "invalid-jwt",
            Self::InvalidParams => "invalid-params",
            Self::JwtInvalidClaims => "jwt-invalid-claims",
            Self::JwtMissingRoleClaims => "jwt-missing-role-claims",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::NotFound => "not-found",
            Self::NotExists => "not-exists",
            Self::NotSupported => "not-supported",
            Self::ParseFailed => "parse-failed",
            Self::RemoteSchemaError => "remote-schema-error",
            Self::RemoteSchemaAuthError => "remote-schema-auth-error",
            Self::RemoteSchemaConflicts => "remote-schema-conflicts",
            Self::LimitExceeded => "limit-exceeded",
            Self::Unexpected => "unexpected",
            Self::UnexpectedPayload => "unexpected-payload",
            Self::ValidationFailed => "validation-failed",
        }
    }
}

/// A request that is not executed: one error, no `data`.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Code of the error.
    pub code: Code,
    /// Its text.
    pub message: String,
    /// JSONPath into the request, as Hasura prints it: `$.selectionSet.user.args.id`.
    pub path: String,
    /// What exactly is wrong, where `message` is Hasura's fixed text.
    pub detail: Option<Box<str>>,
    /// The place in the query text.
    pub location: Option<Location>,
    /// Details for administrators.
    pub internal: Option<Box<Value>>,
}

/// A place in a query text; both numbers start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Location {
    /// Line.
    pub line: u32,
    /// Character in the line.
    pub column: u32,
}

impl From<LineColumn> for Location {
    fn from(at: LineColumn) -> Self {
        Self { line: at.line as u32, column: at.column as u32 }
    }
}

impl Refusal {
    /// A refusal at `path`.
    pub fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            path: path.into(),
            detail: None,
            location: None,
            internal: None,
        }
    }

    /// The GraphQL response body. `internal` is shown only when `with_internal`.
    pub fn to_response(&self, with_internal: bool) -> Value {
        let mut extensions = Map::new();
        extensions.insert("path".into(), json!(self.path));
        extensions.insert("code".into(), json!(self.code.as_str()));
        if let (true, Some(internal)) = (with_internal, &self.internal) {
            extensions.insert("internal".into(), Value::clone(internal));
        }
        if let Some(detail) = &self.detail {
            extensions.insert("detail".into(), json!(detail));
        }
        let mut error = Map::new();
        error.insert("message".into(), json!(self.message));
        if let Some(location) = self.location {
            error.insert("locations".into(), json!([location]));
        }
        error.insert("extensions".into(), extensions.into());
        json!({"errors": [error]})
    }
}
