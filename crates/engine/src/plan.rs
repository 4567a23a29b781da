//! What an operation asks of the remotes, without any request data: shared and cached.

/// A planned operation.
#[derive(Debug)]
pub struct Plan {}
