//! Keys that are fetched: when, how often, and what happens while they cannot be had.
//!
//! The pace is faster than in a server, so that nobody has to wait.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::join_all;
use gateway::auth::jwt::Jwt;
use gateway::auth::jwt::config::Config;
use gateway::auth::jwt::jwks::Pace;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use testkit::identity::{Place, Provider, Signer};
use testkit::{Answer, Behaviour};

/// Generous: what has to happen happens, and a slow machine fails nobody.
const BOUND: Duration = Duration::from_secs(20);

/// Keys are kept for a day unless an answer says less, and nobody who asks is refused.
const PACE: Pace = Pace {
    shortest: Duration::from_millis(50),
    longest: Duration::from_secs(86_400),
    unstated: Duration::from_secs(86_400),
    asked_for: Duration::ZERO,
    first_pause: Duration::from_millis(20),
    longest_pause: Duration::from_millis(100),
    timeout: Duration::from_secs(10),
};

fn start(provider: &Provider, pace: Pace) -> Jwt {
    let configuration = json!({"jwk_url": provider.url(Place::Jwks)}).to_string();
    Jwt::start(&[Config::parse(&configuration).unwrap()], pace)
}

fn signer(kid: &str) -> Signer {
    Signer::new("ES256").unwrap().named(kid)
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

/// Waits until a token has an outcome.
async fn becomes(jwt: &Jwt, token: &str, expected: &str) {
    let begin = Instant::now();
    loop {
        let outcome = outcome(jwt, token).await;
        if outcome == expected {
            return;
        }
        assert!(begin.elapsed() < BOUND, "still {outcome}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn caching(value: &str) -> Behaviour {
    let headers = BTreeMap::from([("cache-control".to_owned(), value.to_owned())]);
    Behaviour { headers, ..Behaviour::default() }
}

const NO_KEY: &str = "Could not verify JWT: JWSError NoUsableKeys";
const WRONG: &str = "Could not verify JWT: JWSError JWSInvalidSignature";

#[tokio::test]
async fn the_first_token_waits_for_the_keys() {
    let provider = Provider::start().await.unwrap();
    let key = signer("one");
    provider.publish(&[&key]);
    provider.behave(Place::Jwks, Behaviour::delayed(Duration::from_millis(300)));
    let begin = Instant::now();
    let jwt = start(&provider, PACE);
    assert!(begin.elapsed() < Duration::from_millis(250), "the start waited");
    assert_eq!(outcome(&jwt, &token(&key, 60)).await, "user");
    assert_eq!(provider.requests(Place::Jwks).len(), 1);
}

#[tokio::test]
async fn a_new_key_is_fetched_once_however_many_ask() {
    let provider = Provider::start().await.unwrap();
    let (old, new) = (signer("old"), signer("new"));
    provider.publish(&[&old]);
    let jwt = Arc::new(start(&provider, PACE));
    assert_eq!(outcome(&jwt, &token(&old, 60)).await, "user");
    provider.publish(&[&old, &new]);
    provider.behave(Place::Jwks, Behaviour::delayed(Duration::from_millis(200)));
    let tokens: Vec<String> = (0..50).map(|index| token(&new, 60 + index)).collect();
    let outcomes = join_all(tokens.iter().map(|token| outcome(&jwt, token))).await;
    assert_eq!(outcomes, vec!["user"; 50]);
    assert_eq!(provider.requests(Place::Jwks).len(), 2);
    assert_eq!(outcome(&jwt, &token(&old, 60)).await, "user");
}

#[tokio::test]
async fn made_up_keys_cost_one_fetch_now_and_then() {
    let provider = Provider::start().await.unwrap();
    let (known, stranger) = (signer("known"), signer("a"));
    provider.publish(&[&known]);
    let jwt = start(&provider, Pace { asked_for: Duration::from_secs(600), ..PACE });
    becomes(&jwt, &token(&known, 60), "user").await;
    for index in 0..20 {
        let signer = Signer::new("ES256").unwrap().named(&format!("made-up-{index}"));
        assert_eq!(outcome(&jwt, &token(&signer, 60)).await, WRONG);
    }
    assert_eq!(outcome(&jwt, &token(&stranger, 60)).await, WRONG);
    assert_eq!(provider.requests(Place::Jwks).len(), 1);
}

#[tokio::test]
async fn answers_say_how_long_they_may_be_used() {
    let provider = Provider::start().await.unwrap();
    let key = signer("one");
    provider.publish(&[&key]);
    provider.behave(Place::Jwks, caching("max-age=0"));
    let jwt = start(&provider, PACE);
    let begin = Instant::now();
    while provider.requests(Place::Jwks).len() < 5 {
        assert!(begin.elapsed() < BOUND, "nobody asks again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Five requests need four pauses, whatever the answer says.
    assert!(begin.elapsed() >= Duration::from_millis(190), "{:?}", begin.elapsed());
    provider.behave(Place::Jwks, caching("max-age=3600"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = provider.requests(Place::Jwks).len();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(provider.requests(Place::Jwks).len(), asked);
    assert_eq!(outcome(&jwt, &token(&key, 60)).await, "user");
}

#[tokio::test]
async fn a_key_that_is_withdrawn_verifies_nothing_more() {
    let provider = Provider::start().await.unwrap();
    let (leaked, key) = (signer("leaked"), signer("one"));
    provider.publish(&[&leaked, &key]);
    provider.behave(Place::Jwks, caching("no-cache"));
    let jwt = start(&provider, PACE);
    // Known from now on, and it does not help.
    let stolen = token(&leaked, 600);
    assert_eq!(outcome(&jwt, &stolen).await, "user");
    provider.publish(&[&key]);
    becomes(&jwt, &stolen, WRONG).await;
    assert_eq!(outcome(&jwt, &token(&key, 60)).await, "user");
}

#[tokio::test]
async fn the_last_good_keys_stay() {
    let provider = Provider::start().await.unwrap();
    let (key, stranger) = (signer("one"), signer("two"));
    provider.publish(&[&key]);
    provider.behave(Place::Jwks, caching("max-age=0"));
    let jwt = start(&provider, PACE);
    assert_eq!(outcome(&jwt, &token(&key, 60)).await, "user");
    let secret = Signer::new("HS256").unwrap().jwk();
    let encryption = json!({"keys": [{"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"}, secret]});
    for behaviour in [
        Behaviour { status: Some(500), ..Behaviour::default() },
        Behaviour { status: Some(301), ..Behaviour::default() },
        Behaviour::answering(Answer::Html),
        Behaviour::answering(Answer::Truncated),
        Behaviour::answering(Answer::Nothing),
        Behaviour::answering(Answer::Body(String::new())),
        Behaviour::answering(Answer::Body(r#"{"keys":[]}"#.to_owned())),
        Behaviour::answering(Answer::Body(encryption.to_string())),
        Behaviour::answering(Answer::Body(format!(r#"{{"keys":["{}"]}}"#, "x".repeat(2 << 20)))),
    ] {
        provider.behave(Place::Jwks, behaviour.clone());
        provider.forget();
        let begin = Instant::now();
        while provider.requests(Place::Jwks).len() < 2 {
            assert!(begin.elapsed() < BOUND, "nobody asks again");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Not the one that is remembered, but one that has to be verified.
        assert_eq!(outcome(&jwt, &token(&key, 61)).await, "user", "{behaviour:?}");
        assert_eq!(outcome(&jwt, &token(&stranger, 60)).await, WRONG, "{behaviour:?}");
    }
}

#[tokio::test]
async fn without_keys_no_token_is_believed_until_they_come() {
    let provider = Provider::start().await.unwrap();
    let key = signer("one");
    provider.publish(&[&key]);
    let address: SocketAddr = provider.address();
    let jwt = start(&provider, PACE);
    provider.stop();
    drop(provider);
    let token = token(&key, 600);
    let jwt_before = outcome(&jwt, &token).await;
    assert_eq!(jwt_before, NO_KEY);
    let provider = Provider::start_at(address, None).await.unwrap();
    provider.publish(&[&key]);
    becomes(&jwt, &token, "user").await;
    // And what is believed stays so when they are gone again.
    provider.stop();
    drop(provider);
    assert_eq!(outcome(&jwt, &token).await, "user");
}

#[tokio::test]
async fn nobody_waits_longer_than_a_fetch_may_take() {
    let provider = Provider::start().await.unwrap();
    let key = signer("one");
    provider.publish(&[&key]);
    provider.behave(Place::Jwks, Behaviour::delayed(Duration::from_secs(60)));
    let jwt = start(&provider, Pace { timeout: Duration::from_millis(200), ..PACE });
    let begin = Instant::now();
    assert_eq!(outcome(&jwt, &token(&key, 60)).await, NO_KEY);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn keys_of_all_kinds_are_read() {
    let provider = Provider::start().await.unwrap();
    let algorithms =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
    let signers: Vec<Signer> = algorithms.iter().map(|name| Signer::new(name).unwrap().named(name)).collect();
    let unknown = json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "kid": "x"});
    let mut keys: Vec<Value> = vec![json!(1), json!({"kty": "unheard-of"}), unknown];
    keys.extend(signers.iter().map(Signer::jwk));
    provider.behave(Place::Jwks, Behaviour::answering(Answer::Body(json!({"keys": keys}).to_string())));
    let jwt = start(&provider, PACE);
    for signer in &signers {
        assert_eq!(outcome(&jwt, &token(signer, 60)).await, "user", "{}", signer.algorithm());
    }
}

#[tokio::test]
async fn a_shared_secret_in_a_public_set_is_nobodys_key() {
    let provider = Provider::start().await.unwrap();
    let (secret, key) = (Signer::new("HS256").unwrap().named("secret"), signer("one"));
    provider.publish(&[&secret, &key]);
    let jwt = start(&provider, PACE);
    assert_eq!(outcome(&jwt, &token(&key, 60)).await, "user");
    assert_eq!(outcome(&jwt, &token(&secret, 60)).await, NO_KEY);
}

#[tokio::test]
async fn a_known_name_with_another_key_is_a_forgery() {
    let provider = Provider::start().await.unwrap();
    let (key, forger) = (signer("one"), signer("one"));
    provider.publish(&[&key]);
    let jwt = start(&provider, PACE);
    assert_eq!(outcome(&jwt, &token(&key, 60)).await, "user");
    assert_eq!(outcome(&jwt, &token(&forger, 60)).await, WRONG);
    // Its name is known, so there was nothing to fetch.
    assert_eq!(provider.requests(Place::Jwks).len(), 1);
}
