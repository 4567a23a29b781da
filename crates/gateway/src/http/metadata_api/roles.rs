//! Commands about what roles may see: permissions on remote schemas, roles made of other roles, and who may introspect.

use std::collections::BTreeSet;

use engine::catalog::Introspection;
use engine::fault::Code;
use engine::problem::MetadataObject;
use metadata::{InheritedRole, IntrospectionOptions, Permission};

use super::edit::{Answer, Edit, success, success_about};
use super::error::ApiError;

pub(super) async fn add_permission(
    edit: &mut Edit,
    path: &str,
    remote_schema: String,
    permission: Permission,
) -> Result<Answer, ApiError> {
    if edit.hub.permissions_off() {
        let message = "remote schema permissions can only be added when remote schema permissions are enabled in the graphql-engine";
        return Err(ApiError::new(Code::ConstraintViolation, path, message));
    }
    let role = permission.role.clone();
    if role == "admin" {
        let message = "cannot define permission for admin role";
        return Err(ApiError::new(Code::ConstraintViolation, path, message));
    }
    let mut document = edit.draft.document().clone();
    let Some(remote) = document.remote_schema_mut(&remote_schema) else {
        return Err(no_remote(path, &remote_schema));
    };
    if remote.permissions.iter().any(|existing| existing.role == role) {
        let message =
            format!(r#"permissions for role: "{role}" for remote schema:"{remote_schema}" already exists"#);
        return Err(ApiError::new(Code::AlreadyExists, path, message));
    }
    check(edit, path, &remote_schema, &permission)?;
    // Newest first, as Hasura exports them.
    remote.permissions.insert(0, permission);
    let object = MetadataObject::Permission { remote_schema, role };
    edit.change_object(path, &object, document).await?;
    Ok(success_about(edit, &object))
}

/// Refuses a permission that is no part of the remote's schema. While nothing is known of the remote, nothing can be said; the
/// permission is checked as soon as there is.
fn check(edit: &Edit, path: &str, remote_schema: &str, permission: &Permission) -> Result<(), ApiError> {
    let schema = match edit.draft.introspection(remote_schema) {
        Some(Introspection::Fresh(schema) | Introspection::Stored { schema, .. }) => schema,
        Some(Introspection::Missing(_)) | None => return Ok(()),
    };
    let Some(flaw) = engine::permission::read(schema, permission).flaw else { return Ok(()) };
    let path = if flaw.code == Code::ParseFailed { format!("{path}.definition.schema") } else { path.into() };
    Err(ApiError::new(flaw.code, path, flaw.message))
}

pub(super) async fn drop_permission(
    edit: &mut Edit,
    path: &str,
    remote_schema: &str,
    role: &str,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let Some(remote) = document.remote_schema_mut(remote_schema) else {
        return Err(no_remote(path, remote_schema));
    };
    let n_before = remote.permissions.len();
    remote.permissions.retain(|permission| permission.role != role);
    if remote.permissions.len() == n_before {
        let message =
            format!(r#"permissions for role: "{role}" for remote schema:"{remote_schema}" doesn't exist"#);
        return Err(ApiError::new(Code::NotExists, path, message));
    }
    let object = MetadataObject::Permission { remote_schema: remote_schema.into(), role: role.into() };
    edit.change_object(path, &object, document).await?;
    Ok(success())
}

/// Adds the role, or overwrites the one of that name.
pub(super) async fn add_inherited(
    edit: &mut Edit,
    path: &str,
    role: InheritedRole,
) -> Result<Answer, ApiError> {
    let name = role.role_name.clone();
    if role.role_set.contains(&name) {
        let message = "an inherited role name cannot be in the role combination";
        return Err(ApiError::new(Code::InvalidParams, path, message));
    }
    let mut document = edit.draft.document().clone();
    document.inherited_roles.retain(|existing| existing.role_name != name);
    document.inherited_roles.push(role);
    edit.change_object(path, &MetadataObject::InheritedRole(name), document).await?;
    Ok(success())
}

pub(super) async fn drop_inherited(edit: &mut Edit, path: &str, name: &str) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let n_before = document.inherited_roles.len();
    document.inherited_roles.retain(|role| role.role_name != name);
    if document.inherited_roles.len() == n_before {
        let message = format!(r#""{name}" inherited role doesn't exist"#);
        return Err(ApiError::new(Code::NotExists, path, message));
    }
    edit.change_object(path, &MetadataObject::InheritedRole(name.into()), document).await?;
    Ok(success())
}

/// Replaces the list of roles to which `__schema` and `__type` do not exist.
pub(super) async fn set_introspection(
    edit: &mut Edit,
    path: &str,
    options: &IntrospectionOptions,
) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    document.set_introspection_options(options);
    edit.change(path, document, &BTreeSet::new()).await?;
    Ok(success_about(edit, &MetadataObject::Section("graphql_schema_introspection".into())))
}

pub(super) fn no_remote(path: &str, name: &str) -> ApiError {
    ApiError::new(Code::NotExists, path, format!(r#"remote schema "{name}" doesn't exist"#))
}
