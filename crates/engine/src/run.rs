//! One execution of a plan, without IO: hands out fetches, takes answers, writes the response.

use bytes::Bytes;

use crate::catalog::{Failure, RemoteId};
use crate::operation::{Bound, Limits};

/// Identity of a fetch within its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FetchId(pub u32);

/// An upstream request to make: POST `body` to `remote`.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// To be given back with the answer.
    pub id: FetchId,
    /// The plan's step it belongs to, for traces.
    pub step: u32,
    /// Whom to ask.
    pub remote: RemoteId,
    /// The JSON request body.
    pub body: Bytes,
    /// Whether it is a root call (its `Set-Cookie` headers go to the client) or a join.
    pub root: bool,
}

/// How errors are shaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorStyle {
    /// Partial results with exact paths.
    #[default]
    Conjoin,
    /// Hasura v2's all-or-nothing shapes.
    Hasura,
}

/// The finished response.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The GraphQL response body.
    pub body: Bytes,
    /// Number of entries in `errors`.
    pub n_errors: usize,
}

/// One execution.
#[derive(Debug)]
pub struct Run {}

impl Run {
    /// Starts an execution. `internal` says whether `extensions.internal` may be shown.
    pub fn new(_bound: Bound, _limits: Limits, _style: ErrorStyle, _internal: bool) -> Self {
        todo!()
    }

    /// The fetches that became ready since the last call; to be made at once, concurrently.
    pub fn ready(&mut self) -> Vec<Fetch> {
        todo!()
    }

    /// Gives the answer of a fetch: the body (whatever the HTTP status), or why there is none.
    pub fn supply(&mut self, _id: FetchId, _answer: Result<Bytes, Failure>) {
        todo!()
    }

    /// Whether all fetches are answered and none is ready.
    pub fn is_done(&self) -> bool {
        todo!()
    }

    /// Writes the response.
    pub fn finish(self) -> Reply {
        todo!()
    }
}
