//! A request text made ready to run: parsed under limits, validated, and, per request, bound to its variables.

use std::sync::Arc;

use crate::catalog::{Catalog, RoleSchema};
use crate::fault::Refusal;
use crate::plan::Plan;

/// Bounds on what one operation may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most tokens of the query text.
    pub tokens: usize,
    /// Deepest nesting of selections.
    pub depth: usize,
    /// Most aliased fields in the text.
    pub aliases: usize,
    /// Most distinct join keys of one operation.
    pub keys: usize,
    /// Most upstream requests of one operation.
    pub requests: usize,
    /// Largest response, in bytes.
    pub response_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 20_000,
            depth: 30,
            aliases: 1_000,
            keys: 10_000,
            requests: 200,
            response_bytes: 256 << 20,
        }
    }
}

/// Which kind of operation a client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// `query`
    Query,
    /// `mutation`
    Mutation,
    /// `subscription`
    Subscription,
}

/// A parsed and validated operation of one role; shared by all requests with the same text.
#[derive(Debug)]
pub struct Operation {
    /// Kind of the chosen operation.
    pub kind: OperationKind,
}

/// A plan with the values of one request.
#[derive(Debug)]
pub struct Bound {
    /// What to do.
    pub plan: Arc<Plan>,
}

impl Operation {
    /// Parses, validates and chooses the operation.
    pub fn parse(
        _catalog: Arc<Catalog>,
        _role: Arc<RoleSchema>,
        _query: &str,
        _operation_name: Option<&str>,
        _limits: Limits,
    ) -> Result<Self, Refusal> {
        todo!()
    }

    /// Coerces the request's variables (raw JSON text of an object) and picks the plan for their `@skip`/`@include` values.
    pub fn bind(&self, _variables: Option<&str>) -> Result<Bound, Refusal> {
        todo!()
    }
}
