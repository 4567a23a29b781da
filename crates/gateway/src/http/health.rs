//! What operators and tools ask: health, version, configuration.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::http::{App, respond};

/// The version of Hasura whose surface is served; tools compare it.
const HASURA_VERSION: &str = "v2.48.0";

/// `GET /healthz`: whether requests can be served, in the words that Hasura's users check for.
pub async fn healthz(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    let strict = query.is_some_and(|query| {
        url::form_urlencoded::parse(query.as_bytes())
            .any(|(key, value)| key == "strict" && value.eq_ignore_ascii_case("true"))
    });
    if let Err(error) = app.hub.check_store().await {
        tracing::error!(%error, "the metadata store does not answer");
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "ERROR");
    }
    let (status, text) = health(app.hub.snapshot().is_consistent(), strict);
    plain(status, text)
}

fn health(consistent: bool, strict: bool) -> (StatusCode, &'static str) {
    match (consistent, strict) {
        (true, _) => (StatusCode::OK, "OK"),
        (false, false) => (StatusCode::OK, "WARN: inconsistent objects in schema"),
        (false, true) => (StatusCode::INTERNAL_SERVER_ERROR, "ERROR: inconsistent objects in schema"),
    }
}

/// `GET /v1/version`.
pub async fn version() -> Response {
    let body = json!({
        "version": HASURA_VERSION,
        "server_type": "conjoin",
        "conjoin": env!("CARGO_PKG_VERSION"),
    });
    respond::json(StatusCode::OK, body.to_string())
}

/// `GET /v1alpha1/config`: the switches a console needs to know.
pub async fn config(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let set_cookies = match app.auth.authenticate_admin(&headers).await {
        Ok(identity) => identity.set_cookies,
        Err(denied) => return respond::denied(&denied),
    };
    let issuers = app.config.auth.issuers();
    let body = json!({
        "version": HASURA_VERSION,
        "is_function_permissions_inferred": true,
        "is_remote_schema_permissions_enabled": !app.config.permissions_off,
        "is_admin_secret_set": app.config.auth.has_secret(),
        "is_auth_hook_set": app.config.auth.has_webhook(),
        "is_jwt_set": !issuers.is_empty(),
        "jwt": issuers.iter().map(|issuer| &issuer.shown).collect::<Vec<_>>(),
        "is_allow_list_enabled": app.config.allowlist,
        "live_queries": {"batch_size": 100, "refetch_delay": 1},
        "streaming_queries": {"batch_size": 100, "refetch_delay": 1},
        "console_assets_dir": null,
        "console_read_only": app.config.console.read_only,
        "experimental_features": [],
        "is_prometheus_metrics_enabled": false,
        "default_naming_convention": "hasura-default",
        "feature_flags": [],
        "is_apollo_federation_enabled": false,
    });
    let mut response = respond::json(StatusCode::OK, body.to_string());
    respond::set_cookies(&mut response, set_cookies);
    response
}

/// `GET /`: what is served here, in a few lines.
pub fn front_page() -> Response {
    let text = concat!(
        "conjoin ",
        env!("CARGO_PKG_VERSION"),
        "\n\nPOST /v1/graphql   queries\nPOST /v1/metadata  configuration\nGET  /healthz      health\n"
    );
    plain(StatusCode::OK, text)
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strictness_matters_only_when_something_is_wrong() {
        assert_eq!(health(true, true), (StatusCode::OK, "OK"));
        assert_eq!(health(false, false), (StatusCode::OK, "WARN: inconsistent objects in schema"));
        assert_eq!(health(false, true).0, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
