//! Commands about what roles may see: permissions on remote schemas, and roles made of other roles.

use std::collections::BTreeSet;

use engine::fault::Code;
use engine::problem::{MetadataObject, Problem, Severity};
use metadata::{Document, InheritedRole, Permission};
use serde_json::json;

use super::edit::{Answer, Edit, success};
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
    // Newest first, as Hasura exports them.
    remote.permissions.insert(0, permission);
    edit.change_object(path, &MetadataObject::Permission { remote_schema, role }, document).await?;
    Ok(success())
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
    edit.change(path, document, &BTreeSet::new()).await?;
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
    document.inherited_roles.push(role.clone());

    let known = known_roles(&document);
    let missing: Vec<&str> =
        role.role_set.iter().map(|parent| &**parent).filter(|parent| !known.contains(parent)).collect();
    if !missing.is_empty() {
        let problem = Problem {
            object: MetadataObject::InheritedRole(name.clone()),
            reason: format!(
                r#"the following parent role(s) are not found: {} which are required to construct the inherited role: "{name}""#,
                missing.join(", ")
            ),
            code: Code::InvalidConfiguration,
            definition: json!({"role_name": name, "role_set": role.role_set}),
            message: None,
            severity: Severity::Inconsistent,
        };
        let message = format!("Inconsistent object: {}", problem.reason);
        return Err(ApiError::problems(problem.code, path, message, [&problem]));
    }
    if inherits_itself(&document, &name) {
        let message = format!(r#"inherited role "{name}" would inherit from itself through its parents"#);
        return Err(ApiError::new(Code::InvalidParams, path, message));
    }
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
    edit.change(path, document, &BTreeSet::new()).await?;
    Ok(success())
}

fn no_remote(path: &str, name: &str) -> ApiError {
    ApiError::new(Code::NotExists, path, format!(r#"remote schema "{name}" doesn't exist"#))
}

/// The roles that occur in permissions or are inherited roles themselves.
fn known_roles(document: &Document) -> BTreeSet<&str> {
    let permissions = document.remote_schemas.iter().flat_map(|remote| &remote.permissions);
    let inherited = document.inherited_roles.iter().map(|role| &*role.role_name);
    permissions.map(|permission| &*permission.role).chain(inherited).collect()
}

fn inherits_itself(document: &Document, name: &str) -> bool {
    let parents = |name: &str| {
        let role = document.inherited_roles.iter().find(|role| role.role_name == name);
        role.map_or(&[][..], |role| &role.role_set)
    };
    let mut seen = BTreeSet::new();
    let mut to_visit: Vec<&str> = parents(name).iter().map(String::as_str).collect();
    while let Some(role) = to_visit.pop() {
        if role == name {
            return true;
        }
        if seen.insert(role) {
            to_visit.extend(parents(role).iter().map(String::as_str));
        }
    }
    false
}
