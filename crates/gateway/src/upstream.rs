//! Requests to remotes: one pooled client per remote, header rules, limits, timeouts.

use std::time::Instant;

use bytes::Bytes;
use engine::catalog::Failure;
use http::{HeaderMap, HeaderValue};

/// How to reach one remote: its client, its resolved URL, its configured headers.
#[derive(Debug)]
pub struct Upstream {}

/// What a remote answered, whatever its HTTP status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The whole body, decompressed.
    pub body: Bytes,
    /// `Set-Cookie` headers, in order.
    pub set_cookies: Vec<HeaderValue>,
}

/// The client request on whose behalf a remote is called.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The client's headers.
    pub headers: &'a HeaderMap,
    /// Its session.
    pub session: &'a crate::auth::Session,
}

impl Upstream {
    /// Resolves URL and header templates against the environment (`env` looks a variable up) and builds the client.
    pub fn new(
        _remote: &metadata::RemoteSchema,
        _env: &dyn Fn(&str) -> Option<String>,
        _max_answer_bytes: usize,
    ) -> Result<Self, Failure> {
        todo!()
    }

    /// POSTs a GraphQL request body. Without a caller (introspection) only configured headers and `x-hasura-role: admin` go.
    ///
    /// The remote's own timeout and `deadline` both bound the whole exchange.
    pub async fn post(
        &self,
        _body: Bytes,
        _caller: Option<Caller<'_>>,
        _deadline: Option<Instant>,
    ) -> Result<Answer, Failure> {
        todo!()
    }
}
