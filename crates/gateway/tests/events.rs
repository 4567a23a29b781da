//! `GET /v1/events`: who may listen, what is told and when it ends.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};

#[path = "support/joined.rs"]
mod joined;

use joined::Joined;

/// Longer than anything here takes.
const BOUND: Duration = Duration::from_secs(20);

/// What arrives, event by event.
struct Events {
    response: Response,
    text: String,
}

impl Events {
    async fn of(joined: &Joined) -> Self {
        let response = joined.client.get(joined.url("/v1/events")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        Self { response, text: String::new() }
    }

    /// The next event, with its data; `None` when the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let (name, data) = (field("event: "), field("data: "));
                self.text = rest.to_owned();
                if let (Some(name), Some(data)) = (name, data) {
                    return Some((name, serde_json::from_str(&data).unwrap()));
                }
                continue;
            }
            let chunk = tokio::time::timeout(BOUND, self.response.chunk())
                .await
                .expect("nothing is told")
                .unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The data of the next event of a name; others are passed over.
    async fn next_of(&mut self, wanted: &str) -> Value {
        loop {
            let (name, data) = self.next().await.expect("the stream has ended");
            if name == wanted {
                return data;
            }
        }
    }
}

#[tokio::test]
async fn changes_and_operations_are_told() {
    let joined = Joined::new(&[]).await;
    let version = joined.gateway.hub().snapshot().resource_version;
    let mut events = Events::of(&joined).await;
    // What is served when one begins to listen, so that nothing is missed between two connections.
    assert_eq!(events.next().await.unwrap(), ("metadata".to_owned(), json!({"resource_version": version})));

    joined.query(json!({"query": "{ orders { id } }"})).await;
    let id = events.next_of("trace").await["id"].clone();
    let trace = joined.metadata(json!({"type": "get_trace", "args": {"id": id}})).await;
    assert_eq!(trace["query"], "{ orders { id } }");

    joined
        .metadata(json!({"type": "remove_remote_schema", "args": {"name": "users", "cascade": true}}))
        .await;
    let told = events.next_of("metadata").await;
    assert_eq!(told["resource_version"], joined.gateway.hub().snapshot().resource_version);
    assert_ne!(told["resource_version"], version);
}

#[tokio::test]
async fn trouble_with_a_remote_is_told() {
    let joined = Joined::new(&[]).await;
    let mut events = Events::of(&joined).await;
    joined.users.stop();
    joined.post("/v1/metadata", &json!({"type": "reload_remote_schema", "args": {"name": "users"}})).await;
    joined.metadata(json!({"type": "reload_metadata", "args": {"reload_remote_schemas": true}})).await;
    events.next_of("health").await;
    assert!(!joined.gateway.hub().snapshot().is_consistent());
}

/// Thousands of operations are no thousands of events.
#[tokio::test]
async fn many_operations_are_told_of_once() {
    let joined = Joined::new(&[]).await;
    let mut events = Events::of(&joined).await;
    let begin = Instant::now();
    for _ in 0..30 {
        joined.query(json!({"query": "{ orders { id } }"})).await;
    }
    let took = begin.elapsed();
    let newest =
        joined.metadata(json!({"type": "get_traces", "args": {"limit": 1}})).await["traces"][0]["id"].clone();
    let mut n_told = 1;
    while events.next_of("trace").await["id"] != newest {
        n_told += 1;
    }
    assert!(n_told <= 2 + took.as_millis() / 200, "{n_told} events in {took:?}");
}

#[tokio::test]
async fn listening_is_for_administrators() {
    let joined = Joined::new(&[]).await;
    let request = joined.client.get(joined.url("/v1/events")).header("x-hasura-role", "user");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("access-denied"));
}

#[tokio::test]
async fn the_number_of_listeners_is_bounded() {
    let joined = Joined::new(&[]).await;
    let listeners = join_all((0..100).map(|_| Events::of(&joined))).await;
    let one_more = joined.client.get(joined.url("/v1/events")).send().await.unwrap();
    assert_eq!(one_more.status(), 503);
    assert!(one_more.text().await.unwrap().contains("limit-exceeded"));
    drop(listeners);
    // The server notices when it next has something to say.
    let begin = Instant::now();
    loop {
        joined.query(json!({"query": "{ orders { id } }"})).await;
        let again = joined.client.get(joined.url("/v1/events")).send().await.unwrap();
        if again.status() == 200 {
            break;
        }
        assert!(begin.elapsed() < BOUND, "places are not given back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn listeners_do_not_hold_up_a_stop() {
    let joined = Joined::new(&[]).await;
    let mut events = Events::of(&joined).await;
    events.next().await.unwrap();
    let begin = Instant::now();
    joined.gateway.stop().await;
    assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());
    assert!(events.next().await.is_none(), "the stream ends well");
}
