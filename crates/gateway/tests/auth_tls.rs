//! Identity over TLS: a real `conjoin serve` whose system trusts the authority of the test, and one whose system does not.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use testkit::identity::{Authority, Place, Provider, Signer};

use support::{BOUND, Serving};

#[allow(dead_code, reason = "each target uses a part of it")]
#[path = "support/process.rs"]
mod support;

fn token(signer: &Signer) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let namespace = json!({"x-hasura-default-role": "admin", "x-hasura-allowed-roles": ["admin"]});
    let claims = json!({"exp": now.as_secs() + 600, "https://hasura.io/jwt/claims": namespace});
    signer.token(&claims).unwrap()
}

/// A gateway that trusts an authority and no other.
fn serve(data: &tempfile::TempDir, trusted: &Authority, variables: &[(&str, &str)]) -> Serving {
    let file = trusted.file();
    let mut all = vec![("SSL_CERT_FILE", file.to_str().unwrap()), ("HASURA_GRAPHQL_ADMIN_SECRET", "s3cret")];
    all.extend(variables);
    Serving::start(data.path(), &[], &all)
}

async fn ask(serving: &Serving, authorization: &str) -> (u16, Value) {
    let url = format!("http://{}/v1/metadata", serving.address);
    let body = json!({"type": "get_inconsistent_metadata", "args": {}}).to_string();
    let request = serving.client.post(url).header("authorization", authorization).body(body);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_come_from_those_who_are_trusted() {
    let (authority, stranger) = (Authority::new().unwrap(), Authority::new().unwrap());
    let provider = Provider::start_tls(&authority).await.unwrap();
    let signer = Signer::new("RS256").unwrap().named("one");
    provider.publish(&[&signer]);
    let configuration = json!({"jwk_url": provider.url(Place::Jwks)}).to_string();
    let authorization = format!("Bearer {}", token(&signer));

    let data = tempfile::tempdir().unwrap();
    let serving = serve(&data, &authority, &[("HASURA_GRAPHQL_JWT_SECRET", &configuration)]);
    let begin = Instant::now();
    while ask(&serving, &authorization).await.0 != 200 {
        assert!(begin.elapsed() < BOUND, "{:?}", ask(&serving, &authorization).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(provider.requests(Place::Jwks)[0].headers.contains_key("user-agent"));

    provider.forget();
    let data = tempfile::tempdir().unwrap();
    let serving = serve(&data, &stranger, &[("HASURA_GRAPHQL_JWT_SECRET", &configuration)]);
    let (status, answer) = ask(&serving, &authorization).await;
    let expected = "Could not verify JWT: JWSError NoUsableKeys";
    assert_eq!((status, answer["error"].as_str()), (400, Some(expected)), "{answer}");
    assert!(provider.requests(Place::Jwks).is_empty(), "a server that is not trusted was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_are_asked_where_they_are_trusted() {
    let (authority, stranger) = (Authority::new().unwrap(), Authority::new().unwrap());
    let provider = Provider::start_tls(&authority).await.unwrap();
    provider.recognise("Bearer alice", json!({"x-hasura-role": "admin"}));
    let url = provider.url(Place::Hook);
    for mode in ["GET", "POST"] {
        let variables = [("CONJOIN_AUTH_HOOK", url.as_str()), ("CONJOIN_AUTH_HOOK_MODE", mode)];
        let data = tempfile::tempdir().unwrap();
        let serving = serve(&data, &authority, &variables);
        assert_eq!(ask(&serving, "Bearer alice").await.0, 200);
        assert_eq!(ask(&serving, "Bearer mallory").await.0, 401);
        assert_eq!(provider.requests(Place::Hook).len(), 2);

        provider.forget();
        let data = tempfile::tempdir().unwrap();
        let serving = serve(&data, &stranger, &variables);
        let (status, answer) = ask(&serving, "Bearer alice").await;
        let expected = "webhook authentication request failed";
        assert_eq!((status, answer["error"].as_str()), (500, Some(expected)), "{answer}");
        assert!(provider.requests(Place::Hook).is_empty(), "a server that is not trusted was asked");
    }
}
