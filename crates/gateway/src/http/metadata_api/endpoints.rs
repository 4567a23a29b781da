//! Commands about REST endpoints.

use engine::fault::Code;
use engine::problem::MetadataObject;
use metadata::RestEndpoint;

use super::edit::{Answer, Edit, success};
use super::error::ApiError;

pub(super) async fn create(edit: &mut Edit, path: &str, endpoint: RestEndpoint) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let mut endpoints = document.rest_endpoints();
    let name = endpoint.name.clone();
    if endpoints.iter().any(|known| known.name == name) {
        let message = format!("Endpoint with name: {name} already exists");
        return Err(ApiError::new(Code::AlreadyExists, path, message));
    }
    endpoints.push(endpoint);
    document.set_rest_endpoints(&endpoints);
    edit.change_object(path, &MetadataObject::RestEndpoint(name), document).await?;
    Ok(success())
}

pub(super) async fn drop(edit: &mut Edit, path: &str, name: &str) -> Result<Answer, ApiError> {
    let mut document = edit.draft.document().clone();
    let mut endpoints = document.rest_endpoints();
    let n_before = endpoints.len();
    endpoints.retain(|endpoint| endpoint.name != name);
    if endpoints.len() == n_before {
        let message = format!("Endpoint with name: {name} does not exist");
        return Err(ApiError::new(Code::NotExists, path, message));
    }
    document.set_rest_endpoints(&endpoints);
    edit.change_object(path, &MetadataObject::RestEndpoint(name.to_owned()), document).await?;
    Ok(success())
}
