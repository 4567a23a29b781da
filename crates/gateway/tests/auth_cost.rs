//! What it costs to know a caller: no memory for a token that is known, and next to none for the secret.
//!
//! Times depend on the machine, so they are only printed (`--no-capture`); allocations are held to. One test alone, because the
//! allocator counts for the whole process.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]
#![expect(clippy::print_stdout, reason = "times are for people")]

use std::alloc::System;
use std::hint::black_box;
use std::time::{Instant, SystemTime};

use futures_util::FutureExt as _;
use gateway::auth::Auth;
use gateway::config::Config;
use gateway::config::settings::ServeOptions;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use testkit::identity::Signer;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const TIMES: u32 = 1_000;

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let line = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
    };
    // As many as a browser sends.
    let others = [("accept", "*/*"), ("content-type", "application/json"), ("user-agent", "test")];
    others.iter().chain(lines).map(line).collect()
}

/// Allocations of one call, after it was made before. Nothing waits, or there would be no answer at once.
fn cost(what: &str, auth: &Auth, headers: &HeaderMap) -> usize {
    let ask = || black_box(auth.authenticate(black_box(headers), None).now_or_never()).unwrap().unwrap();
    assert!(!ask().session.role.is_empty());
    let region = Region::new(ALLOCATOR);
    let begin = Instant::now();
    for _ in 0..TIMES {
        ask();
    }
    let took = begin.elapsed() / TIMES;
    let change = region.change();
    let allocations = (change.allocations + change.reallocations) / TIMES as usize;
    println!("{what}: {took:?}, {allocations} allocations");
    allocations
}

#[tokio::test]
async fn a_known_token_costs_no_memory() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let namespace = json!({
        "x-hasura-default-role": "user", "x-hasura-allowed-roles": ["user", "editor"], "x-hasura-user-id": "7",
        "x-hasura-org-id": "acme",
    });
    let claims = json!({"exp": now + 600, "sub": "7", "https://hasura.io/jwt/claims": namespace});
    let auth = |words: &[&str]| {
        let options = ServeOptions::parse(words.iter().copied()).unwrap();
        Auth::start(&Config::new(&options, &|_| None).unwrap().auth)
    };
    let secret = "--admin-secret=s3cret";
    let open = cost("open", &auth(&[]), &headers(&[("host", "127.0.0.1:8080")]));
    let with_secret = headers(&[("x-hasura-admin-secret", "s3cret")]);
    let admin = cost("admin secret", &auth(&[secret]), &with_secret);
    for algorithm in ["HS256", "RS256", "ES256"] {
        let signer = Signer::new(algorithm).unwrap();
        let configuration = json!({"type": algorithm, "key": signer.key().unwrap()});
        let auth = auth(&[secret, &format!("--jwt-secret={configuration}")]);
        let token = signer.token(&claims).unwrap();
        let bearer = headers(&[("authorization", &format!("Bearer {token}"))]);
        let known = cost(&format!("{algorithm}, known token"), &auth, &bearer);
        assert_eq!(known, 0, "{algorithm}");
        let as_editor = [("authorization", &*format!("Bearer {token}")), ("x-hasura-role", "editor")];
        assert_eq!(cost(&format!("{algorithm}, known token and role"), &auth, &headers(&as_editor)), 0);
        assert_eq!(cost("admin secret beside tokens", &auth, &with_secret), admin);
        new_tokens(algorithm, &auth, &signer, &claims);
    }
    // The list of session variables.
    assert_eq!((open, admin), (1, 1));
}

/// Prints what tokens cost that nobody has seen.
fn new_tokens(algorithm: &str, auth: &Auth, signer: &Signer, claims: &serde_json::Value) {
    let requests: Vec<HeaderMap> = (0..100)
        .map(|index| {
            let mut claims = claims.clone();
            claims["jti"] = json!(index);
            headers(&[("authorization", &format!("Bearer {}", signer.token(&claims).unwrap()))])
        })
        .collect();
    let begin = Instant::now();
    for headers in &requests {
        auth.authenticate(headers, None).now_or_never().unwrap().unwrap();
    }
    println!("{algorithm}, new token: {:?}", begin.elapsed() / 100);
}
