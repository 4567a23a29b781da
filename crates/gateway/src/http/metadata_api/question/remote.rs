//! A remote of the metadata: which is meant, what is known of it, and what it is called where people see it.

use engine::catalog::{Failure, Introspection};
use engine::fault::Code;
use engine::remote::RemoteSchema as Schema;
use metadata::RemoteSchema;
use metadata::remote::presentable;
use std::sync::Arc;
use std::time::Duration;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::fault::Explanation;
use crate::upstream::refusal::{Refusal, explain_known};

/// The remote of that name, with its schema.
pub(super) fn with_schema<'a>(
    edit: &'a Edit,
    path: &str,
    name: &str,
) -> Result<(&'a RemoteSchema, &'a Arc<Schema>), ApiError> {
    let entry = entry(edit, path, name)?;
    match edit.draft.introspection(name) {
        Some(Introspection::Fresh(schema) | Introspection::Stored { schema, .. }) => Ok((entry, schema)),
        Some(Introspection::Missing(failure)) => Err(ApiError::failure(path, failure)),
        None => Err(ApiError::new(
            Code::NotExists,
            path,
            format!(r#"the schema of remote schema "{name}" is not known"#),
        )),
    }
}

/// The remote of that name.
pub(super) fn entry<'a>(edit: &'a Edit, path: &str, name: &str) -> Result<&'a RemoteSchema, ApiError> {
    edit.draft.document().remote_schema(name).ok_or_else(|| {
        let message = format!(r#"remote schema with name "{name}" does not exist"#);
        ApiError::new(Code::NotExists, path, message)
    })
}

/// Where a remote is, as people may see it.
pub(super) fn address(remote: &RemoteSchema) -> String {
    match (&remote.definition.url, &remote.definition.url_from_env) {
        (Some(url), _) => presentable(url),
        (None, Some(variable)) => format!("{{{{{variable}}}}}"),
        (None, None) => String::new(),
    }
}

/// Why a remote gives no schema, from what is known already.
pub(super) fn known(failure: &Failure, name: &str) -> Explanation {
    if failure.code == Code::RemoteSchemaError {
        return explained(explain_known(failure, name));
    }
    // The definition itself is wrong, and nobody was asked.
    Explanation { code: failure.code.as_str().to_owned(), message: failure.reason.clone(), help: None }
}

/// What a refusal is in an answer.
pub(super) fn explained(Refusal { kind, message }: Refusal) -> Explanation {
    Explanation { code: kind.code().to_owned(), message, help: kind.help().map(str::to_owned) }
}

/// How many there are.
pub(super) fn count(items: impl Iterator) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

/// With microseconds, as far as anybody is interested.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
