//! Errors of the metadata API, in the form that Hasura gives them.

use engine::catalog::Failure;
use engine::fault::Code;
use engine::problem::Problem;
use http::StatusCode;
use metadata::DecodeError;
use serde_json::{Value, json};

use crate::store::StoreError;

/// Why a command was refused. Nothing of it was stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    /// Where in the request, as a JSONPath.
    pub(super) path: String,
    pub(super) message: String,
    pub(super) code: &'static str,
    /// Details, for callers who may see them.
    pub(super) internal: Option<Box<Value>>,
}

impl ApiError {
    pub(super) fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: if code == Code::Conflict { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST },
            path: path.into(),
            message: message.into(),
            code: code.as_str(),
            internal: None,
        }
    }

    /// A value of the wrong shape.
    pub(super) fn parse(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Code::ParseFailed, path, message)
    }

    /// A decoding error of the value at `path`.
    pub(super) fn decode(error: DecodeError, path: &str) -> Self {
        let DecodeError { path, message } = error.under(path);
        Self::parse(path, message)
    }

    /// A remote that cannot be used.
    pub(super) fn failure(path: &str, failure: &Failure) -> Self {
        Self {
            internal: failure.internal.clone().map(Box::new),
            ..Self::new(failure.code, path, &*failure.reason)
        }
    }

    /// Problems that stand in the way, listed in `internal`.
    pub(super) fn problems<'a>(
        code: Code,
        path: &str,
        message: impl Into<String>,
        problems: impl IntoIterator<Item = &'a Problem>,
    ) -> Self {
        let internal = Value::Array(problems.into_iter().map(Problem::to_json).collect());
        Self { internal: Some(Box::new(internal)), ..Self::new(code, path, message) }
    }

    /// The store's own fault, or a change that came too late.
    pub(super) fn store(error: &StoreError) -> Self {
        if let StoreError::Conflict { .. } = error {
            return Self::new(Code::Conflict, "$", error.to_string());
        }
        let cause = std::error::Error::source(error).map(|cause| Box::new(json!(cause.to_string())));
        Self { internal: cause, ..Self::new(Code::Unexpected, "$", error.to_string()) }.server_fault()
    }

    pub(super) fn server_fault(self) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..self }
    }

    pub(super) fn to_json(&self, with_internal: bool) -> Value {
        let mut error = json!({"path": self.path, "error": self.message, "code": self.code});
        if let (true, Some(internal)) = (with_internal, &self.internal) {
            error["internal"] = Value::clone(internal);
        }
        error
    }
}
