//! The last operations, as the metadata API tells of them.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

#[path = "support/joined.rs"]
mod joined;

use joined::Joined;

const ALL: &str = "query All($skip: Boolean = false) { orders { id user @skip(if: $skip) { name } } }";

impl Joined {
    async fn traces(&self, args: Value) -> Vec<Value> {
        let answer = self.metadata(json!({"type": "get_traces", "args": args})).await;
        answer["traces"].as_array().unwrap().clone()
    }

    async fn trace(&self, id: &Value) -> Value {
        self.metadata(json!({"type": "get_trace", "args": {"id": id}})).await
    }
}

#[tokio::test]
async fn an_operation_leaves_its_requests_and_times() {
    let joined = Joined::new(&[]).await;
    joined.query(json!({"query": ALL})).await;
    let traces = joined.traces(json!({})).await;
    let [summary] = traces.as_slice() else { panic!("{traces:?}") };
    let shown =
        ["role", "operation", "kind", "outcome", "n_requests", "remote_schemas"].map(|key| &summary[key]);
    assert_eq!(json!(shown), json!(["admin", "All", "query", "ok", 2, ["orders", "users"]]));
    let at = summary["at"].as_str().unwrap();
    assert!(at.ends_with('Z') && at.len() == "2026-11-23T04:00:00.000Z".len(), "{at}");

    let trace = joined.trace(&summary["id"]).await;
    assert_eq!(trace["query"], ALL);
    assert_eq!(trace["summary"], *summary);
    let plan = &trace["plan"];
    let total = plan["totalNs"].as_u64().unwrap();
    assert_eq!(summary["dur_ns"], total);
    let [root, join] = plan["steps"].as_array().unwrap().as_slice() else { panic!("{plan}") };
    assert_eq!((&root["schema"], &join["schema"]), (&json!("orders"), &json!("users")));
    // Of three orders two have the same user, and one has a user that is not there.
    let figures = ["keysIn", "keysUnique", "rowsOut"].map(|key| join[key].as_u64().unwrap());
    assert_eq!(figures, [3, 2, 2]);
    for step in [root, join] {
        let request = &step["requests"][0];
        assert_eq!(request["status"], 200);
        assert!(request["bytes"].as_u64().unwrap() > 20, "{request}");
        let (start, duration) = (request["startNs"].as_u64().unwrap(), request["durNs"].as_u64().unwrap());
        assert!(duration > 0 && start + duration <= total, "{request} of {total}");
    }
    let end_of_root = root["startNs"].as_u64().unwrap() + root["durNs"].as_u64().unwrap();
    assert!(join["startNs"].as_u64().unwrap() >= end_of_root, "{plan}");
}

#[tokio::test]
async fn outcomes_and_kinds_are_told_apart() {
    let joined = Joined::new(&[]).await;
    joined.query(json!({"query": "mutation { add(user_id: 2) { id } }"})).await;
    joined.users.stop();
    joined.query(json!({"query": "{ order(id: 1) { user { name } } }"})).await;
    joined.orders.stop();
    joined.query(json!({"query": "{ order(id: 1) { id } }"})).await;
    // These ask no remote.
    joined.query(json!({"query": "{ __typename }"})).await;
    joined.query(json!({"query": "{ nothing }"})).await;

    let traces = joined.traces(json!({})).await;
    let shown: Vec<_> = traces
        .iter()
        .map(|trace| {
            format!("{} {} {}", trace["kind"], trace["outcome"], trace["operation"]).replace('"', "")
        })
        .collect();
    assert_eq!(shown[1..], ["query partial null", "mutation ok null"]);
    let failed = joined.trace(&traces[0]["id"]).await;
    let request = &failed["plan"]["steps"][0]["requests"][0];
    assert!(request["status"].is_null() && request["error"].is_string(), "{request}");
}

#[tokio::test]
async fn the_newest_come_first_and_the_oldest_go() {
    let joined = Joined::new(&["--trace-capacity=3"]).await;
    for name in ["A", "B", "C", "D", "E"] {
        joined.query(json!({"query": format!("query {name} {{ orders {{ id }} }}")})).await;
    }
    let names = |traces: Vec<Value>| -> Vec<String> {
        traces.iter().map(|trace| trace["operation"].as_str().unwrap().to_owned()).collect()
    };
    let all = joined.traces(json!({})).await;
    let newest = all[0]["id"].clone();
    assert_eq!(names(all), ["E", "D", "C"]);
    assert_eq!(names(joined.traces(json!({"limit": 1})).await), ["E"]);
    assert_eq!(names(joined.traces(json!({"before": newest, "limit": 1})).await), ["D"]);
    let answer = joined.post("/v1/metadata", &json!({"type": "get_trace", "args": {"id": 1}})).await;
    assert_eq!(answer.status(), 400);
    let answer = answer.text().await.unwrap();
    assert!(answer.contains("not-exists") && answer.contains("--trace-capacity"), "{answer}");
}

#[tokio::test]
async fn none_are_kept_when_none_are_wanted() {
    let joined = Joined::new(&["--trace-capacity=0"]).await;
    joined.query(json!({"query": ALL})).await;
    let answer = joined.metadata(json!({"type": "get_traces", "args": {}})).await;
    assert_eq!(answer, json!({"traces": [], "capacity": 0}));
}

/// Such an answer is not looked into, and the trace of it says what there is to say.
#[tokio::test]
async fn large_answers_that_go_on_unread_are_traced() {
    let joined = Joined::new(&[]).await;
    let name = "x".repeat(70_000);
    let data = json!({
        "tables": {"users": [{"id": 2, "name": name}]},
        "resolve": {"Query.user": {"find": {"in": "users", "where": {"id": "$id"}}}},
    });
    joined.users.replace(joined::USERS, &data.to_string()).unwrap();
    let answer = joined.query(json!({"query": "{ user(id: 2) { name } }"})).await;
    assert_eq!(answer["data"]["user"]["name"].as_str().unwrap().len(), 70_000);
    let id = joined.traces(json!({})).await[0]["id"].clone();
    let step = joined.trace(&id).await["plan"]["steps"][0].take();
    assert_eq!(step["rowsOut"], 1);
    assert!(step["requests"][0]["bytes"].as_u64().unwrap() > 70_000, "{step}");
}

/// Neither values of variables nor keys nor headers: they are their owners'.
#[tokio::test]
async fn nothing_of_what_was_sent_is_kept() {
    let joined = Joined::new(&[]).await;
    let query = "query One($id: Int!) { order(id: $id) { user_id user { name } } }";
    let body = json!({"query": query, "variables": {"id": 9005678}});
    let request = joined.client.post(joined.url("/v1/graphql")).body(body.to_string());
    let request = request.header("authorization", "Bearer t0ken").header("x-hasura-user-id", "u53r");
    let answer = request.send().await.unwrap().text().await.unwrap();
    assert!(answer.contains("7001234"), "{answer}");
    let sent = serde_json::to_string(&joined.users.operations()).unwrap();
    assert!(sent.contains("7001234") && sent.contains("u53r"), "{sent}");

    let id = joined.traces(json!({})).await[0]["id"].clone();
    let trace = joined.trace(&id).await;
    for step in trace["plan"]["steps"].as_array().unwrap() {
        assert_eq!(step["requests"][0]["query"], step["query"]);
    }
    let trace = trace.to_string();
    for secret in ["9005678", "7001234", "t0ken", "u53r"] {
        assert!(!trace.contains(secret), "{secret} in {trace}");
    }
}

/// A trace is as readable after a change of the metadata as before it, and does not keep what was served before.
#[tokio::test]
async fn traces_outlive_the_catalog_of_their_time() {
    // Prepared operations hold their catalog too.
    let joined = Joined::new(&["--plan-cache-bytes=0"]).await;
    joined.query(json!({"query": ALL})).await;
    let traces = joined.traces(json!({})).await;
    let before = joined.trace(&traces[0]["id"]).await;
    let catalog = Arc::downgrade(&joined.gateway.hub().snapshot().catalog);
    joined.metadata(json!({"type": "clear_metadata", "args": {}})).await;
    let begin = Instant::now();
    while catalog.upgrade().is_some() {
        assert!(begin.elapsed() < Duration::from_secs(20), "the old catalog is still held");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(joined.trace(&traces[0]["id"]).await, before);
    assert_eq!(joined.traces(json!({})).await, traces);
}
