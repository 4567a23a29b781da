//! What a role may see of a remote schema, as an SDL document in original upstream names.

/// The SDL of one role on one remote.
#[derive(Debug, Clone, PartialEq)]
pub struct Permission {
    /// Role name, never `admin`.
    pub role: String,
    /// SDL text, kept as written.
    pub schema: String,
    /// Free text of the user.
    pub comment: Option<String>,
}
