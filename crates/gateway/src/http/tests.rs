//! The surface as a client sees it: statuses, headers and bodies of everything but executed operations.

use axum::body::{Body, to_bytes};
use http::header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, ORIGIN};
use serde_json::{Value, json};

use super::*;
use crate::config::settings::ServeOptions;
use crate::store::Store;
use crate::sync;

/// A surface over an empty store, with words as they stand after `conjoin serve`.
async fn surface(words: &[&str]) -> (tempfile::TempDir, Surface) {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::new(&ServeOptions::parse(words.iter().copied()).unwrap(), &|_| None).unwrap();
    let store = Store::open_sqlite(&directory.path().join("conjoin.db")).await.unwrap();
    let hub = Hub::start(store, sync::Options::default()).await.unwrap();
    (directory, Surface::new(Arc::new(App::new(hub, config))))
}

/// A request in one line, `GET /path`, with headers and a body.
async fn send(surface: &Surface, line: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let (method, uri) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    surface.answer(request.body(Body::from(body.to_owned())).unwrap(), None).await
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

/// Status and body in one line.
async fn outcome(surface: &Surface, line: &str, headers: &[(&str, &str)], body: &str) -> String {
    let response = send(surface, line, headers, body).await;
    format!("{} {}", response.status().as_u16(), text(response).await)
}

const SECRET: (&str, &str) = ("x-hasura-admin-secret", "s3cret");
const REST_REQUIRED: &str = r#"401 {"path":"$","error":"x-hasura-admin-secret/x-hasura-access-key required, but not found","code":"access-denied"}"#;
const REST_INVALID: &str =
    r#"401 {"path":"$","error":"invalid x-hasura-admin-secret/x-hasura-access-key","code":"access-denied"}"#;
const REST_ADMIN_ONLY: &str =
    r#"400 {"path":"$","error":"You have to be an admin to access this endpoint","code":"access-denied"}"#;
const GRAPHQL_INVALID: &str = r#"{"errors":[{"message":"invalid x-hasura-admin-secret/x-hasura-access-key","extensions":{"path":"$","code":"access-denied"}}]}"#;

#[tokio::test]
async fn operators_get_their_answers() {
    let (_directory, surface) = surface(&["--admin-secret=s3cret"]).await;
    let version = format!(
        r#"200 {{"version":"v2.48.0","server_type":"conjoin","conjoin":"{}"}}"#,
        env!("CARGO_PKG_VERSION")
    );
    for (line, expected) in [
        ("GET /healthz", "200 OK"),
        ("GET /healthz?strict=true", "200 OK"),
        ("GET /hasura/healthz", "200 OK"),
        ("GET /v1/version", &version),
        ("GET /v1alpha1/config", REST_REQUIRED),
        ("GET /nowhere", r#"404 {"path":"$","error":"resource does not exist","code":"not-found"}"#),
        ("POST /v1/relay", r#"404 {"path":"$","error":"resource does not exist","code":"not-found"}"#),
        (
            "POST /v1/version",
            r#"405 {"path":"$","error":"this method is not allowed here","code":"method-not-allowed"}"#,
        ),
        (
            "DELETE /v1/graphql",
            r#"405 {"path":"$","error":"this method is not allowed here","code":"method-not-allowed"}"#,
        ),
        (
            "GET /v1alpha1/graphql",
            r#"405 {"path":"$","error":"this method is not allowed here","code":"method-not-allowed"}"#,
        ),
    ] {
        assert_eq!(outcome(&surface, line, &[], "").await, expected, "{line}");
    }
    assert!(text(send(&surface, "GET /", &[], "").await).await.starts_with("conjoin "));
}

#[tokio::test]
async fn a_store_that_fails_is_no_health() {
    use sqlx::{ConnectOptions, Executor};

    let (directory, surface) = surface(&[]).await;
    assert_eq!(outcome(&surface, "GET /healthz", &[], "").await, "200 OK");
    let file = directory.path().join("conjoin.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    options.connect().await.unwrap().execute("DROP TABLE metadata").await.unwrap();
    for line in ["GET /healthz", "GET /healthz?strict=true", "GET /hasura/healthz"] {
        assert_eq!(outcome(&surface, line, &[], "").await, "500 ERROR", "{line}");
    }
    // A change is refused, and what is served goes on.
    let change = r#"{"type":"add_inherited_role","args":{"role_name":"r","role_set":[]}}"#;
    let refused = outcome(&surface, "POST /v1/metadata", &[], change).await;
    assert!(refused.starts_with("500 ") && refused.contains(r#""code":"unexpected""#), "{refused}");
    let query = r#"{"query":"{ __typename }"}"#;
    let expected = r#"200 {"data":{"__typename":"query_root"}}"#;
    assert_eq!(outcome(&surface, "POST /v1/graphql", &[], query).await, expected);
}

#[tokio::test]
async fn the_configuration_is_for_administrators() {
    let (_directory, surface) = surface(&["--admin-secret=s3cret"]).await;
    let line = "GET /v1alpha1/config";
    assert_eq!(outcome(&surface, line, &[("x-hasura-admin-secret", "x")], "").await, REST_INVALID);
    assert_eq!(outcome(&surface, line, &[SECRET, ("x-hasura-role", "user")], "").await, REST_ADMIN_ONLY);
    let response = send(&surface, line, &[SECRET], "").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json; charset=utf-8");
    let config: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(config["is_admin_secret_set"], true);
    assert_eq!(config["is_remote_schema_permissions_enabled"], true);
    assert_eq!(config["version"], "v2.48.0");
    assert_eq!((&config["is_jwt_set"], &config["is_auth_hook_set"]), (&false.into(), &false.into()));
}

#[tokio::test]
async fn the_configuration_shows_issuers_without_their_keys() {
    let secret =
        r#"--jwt-secret={"type":"HS256","key":"hunter2hunter2hunter2hunter2hunter2","claims_namespace":"n"}"#;
    let (_directory, surface) = surface(&["--admin-secret=s3cret", secret]).await;
    let text = text(send(&surface, "GET /v1alpha1/config", &[SECRET], "").await).await;
    let config: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(config["is_jwt_set"], true);
    let expected =
        json!([{"claims_namespace": {"claims_namespace": "n"}, "claims_format": "json", "claims_map": null}]);
    assert_eq!(config["jwt"], expected);
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn graphql_denials_have_a_status_where_statuses_are_real() {
    let (_directory, surface) = surface(&["--admin-secret=s3cret"]).await;
    let wrong = ("x-hasura-admin-secret", "x");
    let body = r#"{"query":"{a}"}"#;
    for (line, headers, status) in [
        ("POST /v1/graphql", vec![wrong], 200),
        ("GET /v1/graphql?query=%7Ba%7D", vec![wrong], 200),
        ("POST /v1alpha1/graphql", vec![wrong], 401),
        ("POST /v1/graphql", vec![wrong, ("accept", "application/graphql-response+json")], 401),
    ] {
        let expected = format!("{status} {GRAPHQL_INVALID}");
        assert_eq!(outcome(&surface, line, &headers, body).await, expected, "{line} {headers:?}");
    }
}

#[tokio::test]
async fn wrong_envelopes_are_told_in_every_dialect() {
    let (_directory, surface) = surface(&["--max-body-bytes=50", "--max-batch=2"]).await;
    let long = format!(r#"{{"query":"{}"}}"#, "x".repeat(50));
    for (line, body, real_status, code, path) in [
        ("POST", "", 400, "invalid-json", "$"),
        ("POST", "{", 400, "invalid-json", "$"),
        ("POST", "1", 400, "parse-failed", "$"),
        ("POST", "{}", 400, "parse-failed", "$"),
        ("POST", r#"{"query":{}}"#, 400, "parse-failed", "$.query"),
        ("POST", r#"{"query":"{a}","variables":[]}"#, 400, "parse-failed", "$.variables"),
        ("POST", r#"{"query":"{a}","operationName":[]}"#, 400, "parse-failed", "$.operationName"),
        ("POST", "[{},{},{}]", 400, "limit-exceeded", "$"),
        ("POST", "[{},", 400, "invalid-json", "$"),
        ("POST", &long, 413, "limit-exceeded", "$"),
    ] {
        for (target, accept, status, media) in [
            ("/v1/graphql", "*/*", 200, "application/json; charset=utf-8"),
            ("/v1alpha1/graphql", "*/*", real_status, "application/json; charset=utf-8"),
            (
                "/v1/graphql",
                "application/graphql-response+json",
                real_status,
                "application/graphql-response+json; charset=utf-8",
            ),
        ] {
            let response =
                send(&surface, &format!("{line} {target}"), &[(ACCEPT.as_str(), accept)], body).await;
            assert_eq!(response.status(), status, "{target} {accept} {body}");
            assert_eq!(response.headers()[CONTENT_TYPE], media);
            let value: Value = serde_json::from_str(&text(response).await).unwrap();
            assert_eq!(value["errors"][0]["extensions"]["code"], code, "{body}");
            assert_eq!(value["errors"][0]["extensions"]["path"], path, "{body}");
            assert!(value.get("data").is_none(), "{body}");
        }
    }
}

#[tokio::test]
async fn batches_answer_item_by_item() {
    let (_directory, surface) = surface(&[]).await;
    assert_eq!(outcome(&surface, "POST /v1/graphql", &[], "[]").await, "200 []");
    let errors: Value = serde_json::from_str(
        &text(send(&surface, "POST /v1/graphql", &[], r#"[{}, {"query": 1}]"#).await).await,
    )
    .unwrap();
    assert_eq!(errors[0]["errors"][0]["extensions"]["path"], "$");
    assert_eq!(errors[1]["errors"][0]["extensions"]["path"], "$.query");
}

#[tokio::test]
async fn a_get_reads_the_query_string() {
    let (_directory, surface) = surface(&[]).await;
    let missing = r#"200 {"errors":[{"message":"the key 'query' was not present","extensions":{"path":"$","code":"parse-failed"}}]}"#;
    assert_eq!(outcome(&surface, "GET /v1/graphql", &[], "").await, missing);
    let answer = outcome(&surface, "GET /v1/graphql?query=%7Ba%7D&variables=x", &[], "").await;
    assert!(answer.contains(r#""path":"$.variables","code":"invalid-json""#), "{answer}");
}

#[tokio::test]
async fn request_ids_are_echoed_or_made() {
    let (_directory, surface) = surface(&[]).await;
    let response = send(&surface, "GET /healthz", &[("x-request-id", "mine")], "").await;
    assert_eq!(response.headers()[REQUEST_ID], "mine");
    let long = "x".repeat(MAX_REQUEST_ID + 1);
    for headers in [vec![], vec![("x-request-id", long.as_str())], vec![("x-request-id", "")]] {
        let response = send(&surface, "GET /nowhere", &headers, "").await;
        let id = response.headers()[REQUEST_ID].to_str().unwrap();
        assert!(Uuid::parse_str(id).is_ok(), "{id}");
    }
}

#[tokio::test]
async fn browsers_may_ask_before_they_ask() {
    let (_directory, surface) = surface(&["--cors-domain=https://a.example", "--admin-secret=s3cret"]).await;
    let good = (ORIGIN.as_str(), "https://a.example");
    let bad = (ORIGIN.as_str(), "https://b.example");
    let preflight = send(&surface, "OPTIONS /v1/graphql", &[good], "").await;
    assert_eq!(preflight.status(), 204);
    assert_eq!(preflight.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
    let preflight = send(&surface, "OPTIONS /v1/graphql", &[bad], "").await;
    assert!(!preflight.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    // Errors too are for the page to read.
    let denied = send(&surface, "GET /v1alpha1/config", &[good], "").await;
    assert_eq!(denied.status(), 401);
    assert_eq!(denied.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
    let served = send(&surface, "GET /healthz", &[bad], "").await;
    assert_eq!(served.status(), 200);
    assert!(!served.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
}

#[tokio::test]
async fn explaining_is_for_administrators_and_for_operations() {
    let (_directory, surface) = surface(&["--admin-secret=s3cret"]).await;
    let line = "POST /v1/graphql/explain";
    assert_eq!(outcome(&surface, line, &[], "{}").await, REST_REQUIRED);
    assert_eq!(outcome(&surface, line, &[SECRET, ("x-hasura-role", "user")], "{}").await, REST_ADMIN_ONLY);
    for (body, code) in [
        ("", "invalid-json"),
        ("{", "invalid-json"),
        ("{}", "parse-failed"),
        (r#"{"query":1}"#, "parse-failed"),
        (r#"{"query":{"variables":{}}}"#, "parse-failed"),
    ] {
        let answer = outcome(&surface, line, &[SECRET], body).await;
        assert!(answer.starts_with("400 ") && answer.contains(code), "{body}: {answer}");
    }
}

#[tokio::test]
async fn apis_that_are_off_do_not_exist() {
    let (_directory, surface) = surface(&["--enabled-apis=metadata"]).await;
    for line in ["POST /v1/graphql", "POST /v1alpha1/graphql", "GET /v1alpha1/config"] {
        assert_eq!(send(&surface, line, &[], "").await.status(), 404, "{line}");
    }
}

#[tokio::test]
async fn large_successes_are_compressed_when_asked() {
    let (_directory, surface) = surface(&["--max-batch=1000"]).await;
    let batch = format!("[{}]", vec!["{}"; 100].join(","));
    let gzip = ("accept-encoding", "gzip");
    let response = send(&surface, "POST /v1/graphql", &[gzip], &batch).await;
    assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    let response = send(&surface, "POST /v1/graphql", &[], &batch).await;
    assert!(!response.headers().contains_key(CONTENT_ENCODING));
    let response = send(&surface, "POST /v1/graphql", &[gzip], "[{}]").await;
    assert!(!response.headers().contains_key(CONTENT_ENCODING));
}

#[tokio::test]
async fn a_panic_costs_only_its_own_request() {
    async fn panicking() {
        std::panic::resume_unwind(Box::new("on purpose"));
    }
    let (_directory, mut surface) = surface(&[]).await;
    surface.routes = surface.routes.route("/panic", get(panicking));
    let response = send(&surface, "GET /panic", &[], "").await;
    assert!(response.headers().contains_key(REQUEST_ID));
    let expected = r#"{"path":"$","error":"internal error; the log has the details","code":"unexpected"}"#;
    assert_eq!((response.status().as_u16(), text(response).await.as_str()), (500, expected));
    assert_eq!(outcome(&surface, "GET /healthz", &[], "").await, "200 OK");
}

#[tokio::test]
async fn wrong_methods_name_the_right_ones() {
    let (_directory, surface) = surface(&[]).await;
    let response = send(&surface, "PUT /v1/graphql", &[], "").await;
    let allowed = response.headers()[ALLOW].to_str().unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}
