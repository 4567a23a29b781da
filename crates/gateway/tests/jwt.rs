//! Tokens that were changed, and tokens that are known.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gateway::auth::Held;
use gateway::auth::jwt::Jwt;
use gateway::auth::jwt::config::Config;
use gateway::auth::jwt::jwks::Pace;
use http::{HeaderMap, HeaderValue};
use serde_json::json;
use testkit::identity::Signer;

/// Believes the tokens of a key.
fn start(signer: &Signer) -> Jwt {
    let kind = if signer.algorithm() == "EdDSA" { "Ed25519" } else { signer.algorithm() };
    let configuration = json!({"type": kind, "key": signer.key().unwrap()}).to_string();
    Jwt::start(&[Config::parse(&configuration).unwrap()], Pace::default())
}

fn token(signer: &Signer, seconds: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let namespace = json!({"x-hasura-default-role": "user", "x-hasura-allowed-roles": ["user", "editor"]});
    let claims = json!({"exp": now.as_secs() + seconds, "https://hasura.io/jwt/claims": namespace});
    signer.token(&claims).unwrap()
}

fn bearer(token: &str) -> HeaderMap {
    let value = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    HeaderMap::from_iter([(http::header::AUTHORIZATION, value)])
}

/// The role of a token's bearer, or why there is none.
async fn outcome(jwt: &Jwt, token: &str) -> String {
    match jwt.authenticate(&bearer(token)).await {
        Ok(identity) => identity.unwrap().session.role.to_string(),
        Err(denied) => denied.refusal.message,
    }
}

#[tokio::test]
async fn no_changed_token_is_believed() {
    for algorithm in ["HS256", "RS256", "ES512", "EdDSA"] {
        let signer = Signer::new(algorithm).unwrap();
        let jwt = start(&signer);
        let token = token(&signer, 600);
        assert_eq!(outcome(&jwt, &token).await, "user", "{algorithm}");
        let mut changed = Vec::new();
        for at in 0..token.len() {
            let (before, after) = (&token[..at], &token[at + 1..]);
            // Cut off, left out, doubled, and changed in its lowest and its highest bit.
            changed.extend([before.to_owned(), format!("{before}{after}")]);
            let own = &token[at..=at];
            changed.push(format!("{before}{own}{own}{after}"));
            let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let value = alphabet.find(own).unwrap_or(0);
            for other in [value ^ 1, value ^ 32] {
                changed.push(format!("{before}{}{after}", &alphabet[other..=other]));
            }
        }
        assert!(changed.len() > 1_000);
        for changed in changed {
            let outcome = outcome(&jwt, &changed).await;
            let is_refused = outcome.starts_with("Could not verify JWT: JWSError ")
                || outcome == "Malformed Authorization header";
            assert!(is_refused, "{algorithm}: {outcome}\n{token}\n{changed}");
        }
    }
}

#[tokio::test]
async fn verified_tokens_are_remembered_until_they_expire() {
    let key = Signer::new("HS256").unwrap();
    let jwt = start(&key);
    let token = token(&key, 2);
    let mut headers = bearer(&token);
    let session = async |headers: &HeaderMap| match jwt.authenticate(headers).await.unwrap().unwrap().session
    {
        Held::Shared(session) => session,
        Held::Own(_) => panic!("a token's session is shared"),
    };
    let first = session(&headers).await;
    assert!(Arc::ptr_eq(&first, &session(&headers).await), "it was made again");
    headers.insert("x-hasura-role", HeaderValue::from_static("editor"));
    let editor = session(&headers).await;
    assert_eq!((&*first.role, &*editor.role), ("user", "editor"));
    assert!(Arc::ptr_eq(&editor, &session(&headers).await));
    headers.insert("x-hasura-role", HeaderValue::from_static("admin"));
    assert_eq!(jwt.authenticate(&headers).await.unwrap_err().refusal.code.as_str(), "access-denied");
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(outcome(&jwt, &token).await, "Could not verify JWT: JWTExpired");
}
