//! Answers: JSON bodies, Hasura's two forms of errors, and what the access log wants to know.

use std::any::Any;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use engine::fault::{Code, Refusal};
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::auth::{Denied, Held};

/// The media type of all JSON answers but those of GraphQL over HTTP.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// What a handler knows of its request, for the access log.
#[derive(Debug, Clone, Default)]
pub struct Noted {
    /// Who called.
    pub session: Option<Held>,
    /// Why it was refused: path, text, code.
    pub error: Option<Value>,
    /// Entries in `errors` of answers that were executed.
    pub n_errors: usize,
    /// Time spent on the operation itself.
    pub took: Option<Duration>,
}

/// An answer with its note, which travels as an extension of the response where a router is in between.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub response: Response,
    /// The note.
    pub noted: Noted,
}

impl From<Response> for Answered {
    fn from(mut response: Response) -> Self {
        let noted = response.extensions_mut().remove().unwrap_or_default();
        Self { response, noted }
    }
}

impl IntoResponse for Answered {
    fn into_response(mut self) -> Response {
        self.response.extensions_mut().insert(self.noted);
        self.response
    }
}

/// A JSON answer.
pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Response {
    with_media(status, JSON, body.into())
}

/// An answer of any media type.
pub fn with_media(status: StatusCode, media: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media);
    response
}

/// Adds the cookies that somebody sets who was asked for this answer.
pub fn set_cookies(response: &mut Response, cookies: Vec<HeaderValue>) {
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// Hasura's error object, for every endpoint but GraphQL.
pub fn rest_error(status: StatusCode, refusal: &Refusal, with_internal: bool) -> Response {
    let mut body = noted_error(refusal);
    let error = body.clone();
    if let (true, Some(internal)) = (with_internal, &refusal.internal) {
        body["internal"] = Value::clone(internal);
    }
    let mut response = json(status, body.to_string());
    response.extensions_mut().insert(Noted { error: Some(error), ..Noted::default() });
    response
}

/// A caller who may not pass, on every endpoint but GraphQL.
pub fn denied(denied: &Denied) -> Response {
    rest_error(denied.status, &denied.refusal, false)
}

/// The error as the access log has it.
pub fn noted_error(refusal: &Refusal) -> Value {
    json!({"path": refusal.path, "error": refusal.message, "code": refusal.code.as_str()})
}

/// The answer to a browser's question before the real request.
pub fn preflight(headers: HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = headers;
    response
}

/// An unknown path.
pub async fn not_found() -> Response {
    rest_error(StatusCode::NOT_FOUND, &Refusal::new(Code::NotFound, "$", "resource does not exist"), false)
}

/// A known path asked with the wrong method.
pub async fn method_not_allowed() -> Response {
    let refusal = Refusal::new(Code::MethodNotAllowed, "$", "this method is not allowed here");
    rest_error(StatusCode::METHOD_NOT_ALLOWED, &refusal, false)
}

/// A bug in a handler; the panic's text stays in the log.
pub fn panicked(panic: &(dyn Any + Send)) -> Response {
    let what = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let what = what.or_else(|| panic.downcast_ref::<String>().cloned());
    tracing::error!(panic = what.as_deref().unwrap_or("unknown"), "a request handler panicked");
    let refusal = Refusal::new(Code::Unexpected, "$", "internal error; the log has the details");
    rest_error(StatusCode::INTERNAL_SERVER_ERROR, &refusal, false)
}
