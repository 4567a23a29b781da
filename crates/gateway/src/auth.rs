//! Who is calling: headers become a session.

/// The caller of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The effective role.
    pub role: String,
    /// `x-hasura-*` session variables, lower-case names, `x-hasura-role` included, the secret never.
    pub variables: Vec<(String, String)>,
}
