//! What pages cannot say of the webhook: sizes, times, repeated headers, and what comes after an outage.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::time::{Duration, Instant, SystemTime};

use gateway::auth::webhook::{AsksBy, Config, Webhook};
use gateway::auth::{Denied, Identity};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use testkit::identity::{Place, Provider};
use testkit::{Answer, Behaviour};

fn webhook(provider: &Provider, asks_by: AsksBy) -> Webhook {
    let address = provider.url(Place::Hook).parse().unwrap();
    Webhook::new(&Config { address, asks_by, timeout: Duration::from_millis(500) })
}

fn message(result: Result<Identity, Denied>) -> String {
    let denied = result.unwrap_err();
    format!("{} {}", denied.status.as_u16(), denied.refusal.message)
}

#[tokio::test]
async fn sessions_end_when_the_answer_says() {
    let provider = Provider::start().await.unwrap();
    let webhook = webhook(&provider, AsksBy::Get);
    for (member, value, seconds) in [
        ("Cache-Control", "max-age=100", Some(100)),
        ("cache-control", "no-cache", Some(0)),
        ("Expires", "Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
        ("Expires", "soon", None),
        ("Cache-Control", "whatever", None),
        ("note", "max-age=100", None),
    ] {
        provider.recognise("", json!({"X-Hasura-Role": "user", member: value}));
        let begin = SystemTime::now();
        let until = webhook.ask(&HeaderMap::new(), None).await.unwrap().until;
        let lasts = until.map(|until| until.duration_since(begin).unwrap().as_secs());
        assert_eq!(lasts, seconds, "{member}: {value}");
    }
}

#[tokio::test]
async fn long_answers_and_slow_ones_are_no_answers() {
    let provider = Provider::start().await.unwrap();
    let webhook = webhook(&provider, AsksBy::Get);
    provider.recognise("", json!({"x-hasura-role": "user"}));
    let long = json!({"x-hasura-role": "user", "note": "x".repeat(2 << 20)}).to_string();
    provider.behave(Place::Hook, Behaviour::answering(Answer::Body(long)));
    let failed = "500 webhook authentication request failed";
    assert_eq!(message(webhook.ask(&HeaderMap::new(), None).await), failed);
    provider.behave(Place::Hook, Behaviour::delayed(Duration::from_secs(60)));
    let begin = Instant::now();
    assert_eq!(message(webhook.ask(&HeaderMap::new(), None).await), failed);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn an_outage_is_over_when_it_is_over() {
    let provider = Provider::start().await.unwrap();
    provider.recognise("", json!({"x-hasura-role": "user"}));
    let webhook = webhook(&provider, AsksBy::Get);
    assert_eq!(webhook.ask(&HeaderMap::new(), None).await.unwrap().session.role, "user");
    let address = provider.address();
    drop(provider);
    let failed = "500 webhook authentication request failed";
    // Its port is closed by a task, which takes a moment.
    let begin = Instant::now();
    while webhook.ask(&HeaderMap::new(), None).await.is_ok() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it still answers");
    }
    assert_eq!(message(webhook.ask(&HeaderMap::new(), None).await), failed);
    let provider = Provider::start_at(address, None).await.unwrap();
    provider.recognise("", json!({"x-hasura-role": "editor"}));
    assert_eq!(webhook.ask(&HeaderMap::new(), None).await.unwrap().session.role, "editor");
}

#[tokio::test]
async fn repeated_headers_arrive_whole() {
    let provider = Provider::start().await.unwrap();
    provider.recognise("", json!({"x-hasura-role": "user"}));
    let mut sent = HeaderMap::new();
    for (name, value) in [
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("x-tag", "one"),
        ("x-tag", "two"),
        ("transfer-encoding", "chunked"),
        ("content-length", "7"),
    ] {
        sent.append(name, HeaderValue::from_static(value));
    }
    webhook(&provider, AsksBy::Get).ask(&sent, None).await.unwrap();
    webhook(&provider, AsksBy::Post { with_request: true }).ask(&sent, Some("{}")).await.unwrap();
    let asked = provider.requests(Place::Hook);
    let values = |name: &str| -> Vec<&HeaderValue> { asked[0].headers.get_all(name).iter().collect() };
    assert_eq!(values("cookie"), ["a=1; b=2"]);
    assert_eq!(values("x-tag"), ["one", "two"]);
    assert!(values("transfer-encoding").is_empty() && values("content-length").is_empty());
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!(body["headers"]["cookie"], "a=1; b=2");
    assert_eq!(body["headers"]["x-tag"], "one, two");
    assert_eq!(body["request"], json!({}));
}
