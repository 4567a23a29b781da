//! Remotes whose schemas change while they are served: polled under each policy, held over a restart, changed as a set; and remotes
//! whose schemas are written down.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gateway::auth::Session;
use gateway::http::metadata_api;
use gateway::http::traces::Traces;
use gateway::store::{Source, Store};
use gateway::sync::{Hub, Options};
use serde_json::{Value, json};
use testkit::{Answer, Behaviour, Remote};

const SHOP: &str =
    "type Query { order(id: Int!): Order } type Order { id: Int! total: Float buyer_id: Int! }";
const SHOP_REORDERED: &str =
    "type Order { total: Float buyer_id: Int! id: Int! } type Query { order(id: Int!): Order }";
const SHOP_WITH_TAX: &str =
    "type Query { order(id: Int!): Order } type Order { id: Int! total: Float buyer_id: Int! tax: Float }";
const SHOP_WITHOUT_TOTAL: &str =
    "type Query { order(id: Int!): Order } type Order { id: Int! buyer_id: Int! }";
const SHOP_WITH_TEXT_KEYS: &str =
    "type Query { order(id: Int!): Order } type Order { id: Int! total: Float buyer_id: [ID] }";
const SHOP_WITHOUT_KEYS: &str = "type Query { order(id: Int!): Order } type Order { id: Int! total: Float }";
const PEOPLE: &str = "type Query { person(id: Int!): Person } type Person { id: Int! name: String }";
const PEOPLE_WITH_TEXT_KEYS: &str =
    "type Query { person(id: [ID]): Person } type Person { id: Int! name: String }";

async fn hub(directory: &Path) -> Hub {
    // A hub that was dropped a moment ago may still be about to let go of the file.
    let deadline = Instant::now() + Duration::from_secs(5);
    let store = loop {
        match Store::open_sqlite(&directory.join("conjoin.db")).await {
            Ok(store) => break store,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let options = Options {
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(50),
        ..Options::default()
    };
    Hub::start(store, options).await.unwrap()
}

/// A hub of its own with the remote `shop` in it, whose definition has these keys too.
async fn hub_with_shop(shop: &Remote, keys: Value) -> (tempfile::TempDir, Hub) {
    let directory = tempfile::tempdir().unwrap();
    let hub = hub(directory.path()).await;
    let mut definition = json!({"url": shop.url()});
    definition.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    ask(&hub, "add_remote_schema", json!({"name": "shop", "definition": definition})).await;
    (directory, hub)
}

async fn call(hub: &Hub, command: &str, args: Value) -> (u16, Value) {
    let session = Session { role: "admin".into(), variables: Vec::new() };
    let body = json!({"type": command, "args": args}).to_string();
    let response =
        metadata_api::handle(hub, &Arc::new(Traces::new(0, 0)), &session, Source::Api, body.into(), true)
            .await;
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

/// The answer to a command that has to succeed.
async fn ask(hub: &Hub, command: &str, args: Value) -> Value {
    let (status, answer) = call(hub, command, args).await;
    assert_eq!(status, 200, "{command}: {answer}");
    answer
}

async fn held(hub: &Hub) -> Vec<Value> {
    ask(hub, "get_remote_schema_changes", json!({})).await["changes"].as_array().unwrap().clone()
}

fn paths(change: &Value) -> Vec<&str> {
    change["changes"].as_array().unwrap().iter().map(|change| change["path"].as_str().unwrap()).collect()
}

/// Whether a field of a type is served.
fn serves(hub: &Hub, ty: &str, field: &str) -> bool {
    hub.snapshot().catalog.admin.schema.type_field(ty, field).is_ok()
}

/// Waits until something is held.
async fn until_held(hub: &Hub) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(change) = held(hub).await.into_iter().next() {
            return change;
        }
        assert!(Instant::now() < deadline, "nothing is held");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "it never happened that {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits for two more polls: what the first of them found has been judged before the second.
async fn polled_twice(remote: &Remote) {
    remote.forget();
    eventually("it is polled", || remote.requests().len() >= 2).await;
}

#[tokio::test]
async fn a_polled_change_is_served() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let (_directory, hub) = hub_with_shop(&shop, json!({"poll_interval_seconds": 1})).await;
    let version = hub.snapshot().resource_version;
    shop.replace(SHOP_WITHOUT_TOTAL, "{}").unwrap();
    eventually("the new schema is served", || !serves(&hub, "Order", "total")).await;
    assert_eq!(hub.snapshot().resource_version, version, "what upstreams do makes no version");
    assert_eq!(held(&hub).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_safe_change_is_served_and_another_is_held_until_the_upstream_takes_it_back() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let keys = json!({"poll_interval_seconds": 1, "on_schema_change": "apply_if_safe"});
    let (_directory, hub) = hub_with_shop(&shop, keys).await;
    shop.replace(SHOP_WITH_TAX, "{}").unwrap();
    eventually("the addition is served", || serves(&hub, "Order", "tax")).await;

    shop.replace(SHOP, "{}").unwrap();
    let change = until_held(&hub).await;
    assert!(serves(&hub, "Order", "tax"), "what is served stays");
    assert_eq!((&change["remote"], &change["safe"]), (&json!("shop"), &json!(false)));
    assert_eq!(paths(&change), ["Order.tax"]);
    let removed = &change["changes"][0];
    assert_eq!(
        (&removed["kind"], &removed["breaking_graphql"]),
        (&json!("field_removed"), &json!("breaking"))
    );
    assert_eq!(
        removed["affects"],
        json!([{"type": "role", "name": "role admin", "reason": "`Order.tax` is removed"}])
    );
    assert!(change["fetched_at"].as_str().unwrap().ends_with('Z'));
    assert!(hub.snapshot().is_consistent(), "a remote that answers is not stale");

    // A second look finds the same and says nothing new.
    polled_twice(&shop).await;
    assert_eq!(held(&hub).await, [change]);

    shop.replace(SHOP_WITH_TAX, "{}").unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !held(&hub).await.is_empty() {
        assert!(Instant::now() < deadline, "what the upstream took back is held on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(serves(&hub, "Order", "tax"));
}

#[tokio::test]
async fn a_held_change_is_served_once_the_metadata_has_nothing_against_it() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let people = Remote::start(PEOPLE, "{}").await.unwrap();
    let keys = json!({"poll_interval_seconds": 1, "on_schema_change": "apply_if_safe"});
    let (_directory, hub) = hub_with_shop(&shop, keys).await;
    ask(&hub, "add_remote_schema", json!({"name": "people", "definition": {"url": people.url()}})).await;
    shop.replace(&format!("{SHOP} type Person {{ at_odds: Int }}"), "{}").unwrap();
    let change = until_held(&hub).await;
    assert_eq!(change["changes"][0]["breaking_graphql"], "none", "no client of the shop is harmed");
    assert_eq!(change["changes"][0]["affects"][0]["type"], "remote_schema");
    ask(&hub, "remove_remote_schema", json!({"name": "people"})).await;
    eventually("it is served", || serves(&hub, "Person", "at_odds")).await;
}

#[tokio::test]
async fn what_is_held_survives_a_restart_and_is_served_when_someone_says_so() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let keys = json!({"poll_interval_seconds": 1, "on_schema_change": "hold"});
    let (directory, first) = hub_with_shop(&shop, keys).await;
    shop.replace(SHOP_WITH_TAX, "{}").unwrap();
    let change = until_held(&first).await;
    assert_eq!(change["safe"], true, "safe changes are held too");
    drop(first);

    // Nobody answers, and still everybody knows what is held.
    let address = shop.address();
    drop(shop);
    let hub = self::hub(directory.path()).await;
    assert_eq!(held(&hub).await, std::slice::from_ref(&change));
    assert!(serves(&hub, "Order", "total") && !serves(&hub, "Order", "tax"));

    // An upstream that is back with the same changes nothing, and healing follows the policy as polling does.
    let shop = Remote::start_at(SHOP_WITH_TAX, "{}", address).await.unwrap();
    eventually("the remote answers", || hub.snapshot().is_consistent()).await;
    polled_twice(&shop).await;
    assert_eq!(held(&hub).await, std::slice::from_ref(&change));
    assert!(!serves(&hub, "Order", "tax"));

    let (status, error) = call(&hub, "apply_remote_schema_changes", json!({"names": ["nothing"]})).await;
    assert_eq!((status, &error["code"]), (400, &json!("not-exists")));
    let version = hub.snapshot().resource_version;
    let applied = ask(&hub, "apply_remote_schema_changes", json!({"names": ["shop"]})).await;
    assert_eq!(applied["changes"][0]["changes"], change["changes"]);
    assert_eq!(applied["changes"][0]["fingerprint"], change["fingerprint"]);
    assert_eq!((&applied["safe"], &applied["is_consistent"]), (&json!(true), &json!(true)));
    assert!(serves(&hub, "Order", "tax"));
    assert_eq!(hub.snapshot().resource_version, version + 1);
    let (status, error) = call(&hub, "apply_remote_schema_changes", json!({"names": ["shop"]})).await;
    assert_eq!(
        (status, error["error"].as_str().unwrap()),
        (400, r#"no change of remote schema "shop" is held"#)
    );
    drop((hub, shop));

    let hub = self::hub(directory.path()).await;
    assert!(serves(&hub, "Order", "tax"), "what was applied is stored");
    assert_eq!(held(&hub).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_start_after_a_change_holds_it() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let (directory, first) = hub_with_shop(&shop, json!({"on_schema_change": "hold"})).await;
    drop(first);
    shop.replace(SHOP_WITHOUT_TOTAL, "{}").unwrap();
    let hub = self::hub(directory.path()).await;
    let change = until_held(&hub).await;
    assert_eq!(paths(&change), ["Order.total"]);
    assert!(serves(&hub, "Order", "total"));

    // Who reloads wants what the remote answers, whatever the policy.
    ask(&hub, "reload_remote_schema", json!({"name": "shop"})).await;
    assert!(!serves(&hub, "Order", "total"));
    assert_eq!(held(&hub).await, [] as [Value; 0]);
    drop(hub);
    let hub = self::hub(directory.path()).await;
    assert_eq!(held(&hub).await, [] as [Value; 0], "also in the store");
}

#[tokio::test]
async fn a_policy_that_is_changed_counts_for_what_is_held() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let keys = json!({"poll_interval_seconds": 1, "on_schema_change": "hold"});
    let (_directory, hub) = hub_with_shop(&shop, keys).await;
    shop.replace(SHOP_WITH_TAX, "{}").unwrap();
    until_held(&hub).await;
    shop.forget();
    let definition = json!({"url": shop.url(), "poll_interval_seconds": 1});
    ask(&hub, "update_remote_schema", json!({"name": "shop", "definition": definition})).await;
    assert_eq!(shop.requests(), [], "the policy is no business of the upstream");
    eventually("it is served", || serves(&hub, "Order", "tax")).await;
}

#[tokio::test]
async fn another_order_is_no_change() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let keys = json!({"poll_interval_seconds": 1, "on_schema_change": "hold"});
    let (_directory, hub) = hub_with_shop(&shop, keys).await;
    let before = hub.snapshot();
    shop.replace(SHOP_REORDERED, "{}").unwrap();
    polled_twice(&shop).await;
    assert_eq!(held(&hub).await, [] as [Value; 0]);
    assert_eq!(hub.snapshot().catalog.epoch, before.catalog.epoch, "prepared operations stay");
}

#[tokio::test]
async fn an_upstream_that_flaps_loses_nothing_and_is_asked_once_at_a_time() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let keys = json!({"poll_interval_seconds": 1, "timeout_seconds": 60});
    let (_directory, hub) = hub_with_shop(&shop, keys).await;
    let before = hub.snapshot();
    for answer in [Answer::Html, Answer::Truncated, Answer::Nothing, Answer::Body("{}".into())] {
        shop.forget();
        shop.behave(Behaviour::answering(answer));
        eventually("it is polled", || !shop.requests().is_empty()).await;
        shop.behave(Behaviour::default());
        shop.forget();
        eventually("it is polled", || !shop.requests().is_empty()).await;
    }
    let after = hub.snapshot();
    assert_eq!(after.catalog.epoch, before.catalog.epoch, "what is served stays as it is");
    assert!(after.is_consistent(), "a poll that fails makes nothing stale");

    shop.behave(Behaviour::delayed(Duration::from_secs(600)));
    shop.forget();
    eventually("it is polled", || !shop.requests().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(shop.requests().len(), 1, "a poll that hangs is the only one");
}

#[tokio::test]
async fn two_remotes_that_change_together_are_reloaded_as_one_change_or_not_at_all() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let people = Remote::start(PEOPLE, "{}").await.unwrap();
    let (_directory, hub) = hub_with_shop(&shop, json!({})).await;
    ask(&hub, "add_remote_schema", json!({"name": "people", "definition": {"url": people.url()}})).await;
    let relationship = json!({"to_remote_schema": {"remote_schema": "people", "lhs_fields": ["buyer_id"],
        "remote_field": {"person": {"arguments": {"id": "$buyer_id"}}}}});
    let args =
        json!({"remote_schema": "shop", "type_name": "Order", "name": "buyer", "definition": relationship});
    ask(&hub, "create_remote_schema_remote_relationship", args).await;

    shop.replace(SHOP_WITH_TEXT_KEYS, "{}").unwrap();
    people.replace(PEOPLE_WITH_TEXT_KEYS, "{}").unwrap();
    let before = hub.snapshot();
    let (status, error) = call(&hub, "reload_remote_schema", json!({"name": "shop"})).await;
    assert_eq!(
        (status, error["internal"][0]["type"].as_str()),
        (500, Some("remote_schema_remote_relationship"))
    );
    let (status, _) = call(&hub, "reload_remote_schemas", json!({"names": ["shop"]})).await;
    assert_eq!(status, 500, "one of the two alone breaks what joins them");
    people.behave(Behaviour::answering(Answer::Html));
    let (status, error) = call(&hub, "reload_remote_schemas", json!({})).await;
    assert_eq!((status, error["internal"][0]["name"].as_str()), (500, Some("remote_schema people")));
    people.behave(Behaviour::default());
    assert_eq!(hub.snapshot().catalog.epoch, before.catalog.epoch, "nothing is half-applied");
    let (status, error) = call(&hub, "reload_remote_schemas", json!({"names": ["shop", "nobody"]})).await;
    assert_eq!((status, &error["code"]), (400, &json!("not-exists")));

    // Seen first, without changing anything.
    let live = ask(&hub, "get_remote_schema_changes", json!({"fetch": true})).await;
    assert_eq!(live["failures"], json!([]));
    let remotes: Vec<_> = live["changes"].as_array().unwrap().iter().map(|it| &it["remote"]).collect();
    assert_eq!(remotes, ["people", "shop"]);
    let affected =
        |change: &Value| change["changes"].to_string().contains("remote_relationship buyer on type Order");
    // A number becomes a text and a list of one where that is asked for, and a list never becomes a number.
    assert!(
        affected(&live["changes"][1]) && !affected(&live["changes"][0]),
        "the shop alone breaks it: {live}"
    );
    assert_eq!(hub.snapshot().catalog.epoch, before.catalog.epoch);

    let version = hub.snapshot().resource_version;
    let done = ask(&hub, "reload_remote_schemas", json!({})).await;
    let changed: Vec<_> = done["changes"].as_array().unwrap().iter().map(|it| &it["remote"]).collect();
    assert_eq!(changed, ["people", "shop"]);
    assert!(!affected(&done["changes"][1]), "together they go on fitting: {done}");
    assert_eq!(done["is_consistent"], true);
    let after = hub.snapshot();
    assert_eq!((after.resource_version, after.catalog.joins.len()), (version + 1, 1));

    // What breaks is served when that is said to be fine.
    shop.replace(SHOP_WITHOUT_KEYS, "{}").unwrap();
    let args = json!({"names": ["shop"], "allow_inconsistent_metadata": true});
    let done = ask(&hub, "reload_remote_schemas", args).await;
    assert_eq!((&done["is_consistent"], &done["safe"]), (&json!(false), &json!(false)));
    assert_eq!(done["inconsistent_objects"][0]["type"], "remote_schema_remote_relationship");
}

#[tokio::test]
async fn two_held_changes_are_applied_as_one() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    let people = Remote::start(PEOPLE, "{}").await.unwrap();
    let keys = json!({"poll_interval_seconds": 1, "on_schema_change": "apply_if_safe"});
    let (_directory, hub) = hub_with_shop(&shop, keys.clone()).await;
    let mut definition = keys;
    definition["url"] = people.url().into();
    ask(&hub, "add_remote_schema", json!({"name": "people", "definition": definition})).await;
    let relationship = json!({"to_remote_schema": {"remote_schema": "people", "lhs_fields": ["buyer_id"],
        "remote_field": {"person": {"arguments": {"id": "$buyer_id"}}}}});
    let args =
        json!({"remote_schema": "shop", "type_name": "Order", "name": "buyer", "definition": relationship});
    ask(&hub, "create_remote_schema_remote_relationship", args).await;
    shop.replace(SHOP_WITH_TEXT_KEYS, "{}").unwrap();
    people.replace(PEOPLE_WITH_TEXT_KEYS, "{}").unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while held(&hub).await.len() < 2 {
        assert!(Instant::now() < deadline, "both are held");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let done = ask(&hub, "apply_remote_schema_changes", json!({"names": ["shop", "people"]})).await;
    assert_eq!((done["changes"].as_array().unwrap().len(), &done["is_consistent"]), (2, &json!(true)));
    assert_eq!(hub.snapshot().catalog.joins.len(), 1);
}

#[tokio::test]
async fn a_schema_that_is_written_down_is_served_like_one_that_was_asked_for() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    shop.behave(Behaviour { no_introspection: true, ..Behaviour::default() });
    let (directory, hub) = hub_with_shop(&shop, json!({"schema_from": {"sdl": SHOP}})).await;
    assert_eq!(shop.requests(), [], "nobody asks it");
    assert!(serves(&hub, "Order", "total"));
    let answer = ask(&hub, "introspect_remote_schema", json!({"name": "shop"})).await;
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
    let (status, error) =
        call(&hub, "add_remote_schema", json!({"name": "asked", "definition": {"url": shop.url()}})).await;
    assert_eq!(status, 400, "without it there is no schema: {error}");
    for (sdl, message) in [
        ("type Query {", "not valid SDL"),
        ("scalar Nothing", "its SDL: "),
        ("type Query { a: Missing }", "its SDL: "),
    ] {
        let definition = json!({"url": shop.url(), "schema_from": {"sdl": sdl}});
        let (status, error) =
            call(&hub, "add_remote_schema", json!({"name": "bad", "definition": definition})).await;
        assert_eq!(status, 400, "{error}");
        assert!(error["error"].as_str().unwrap().contains(message), "{error}");
    }
    drop(hub);
    let hub = self::hub(directory.path()).await;
    assert!(serves(&hub, "Order", "total"), "it is stored like any other");
}

#[tokio::test]
async fn a_schema_file_is_polled_and_a_missing_one_is_said() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    shop.behave(Behaviour { no_introspection: true, ..Behaviour::default() });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.graphql");
    std::fs::write(&file, SHOP).unwrap();
    let keys = json!({"schema_from": {"file": file}, "poll_interval_seconds": 1});
    let (_directory, hub) = hub_with_shop(&shop, keys).await;
    std::fs::write(&file, SHOP_WITH_TAX).unwrap();
    eventually("the new file is served", || serves(&hub, "Order", "tax")).await;
    std::fs::remove_file(&file).unwrap();
    let (status, error) = call(&hub, "reload_remote_schema", json!({"name": "shop"})).await;
    let reason = error["internal"][0]["reason"].as_str().unwrap();
    assert_eq!(status, 500);
    assert!(reason.contains("schema_from") && reason.contains("No such file"), "{reason}");
    assert!(serves(&hub, "Order", "tax"), "what is served stays");
}

#[tokio::test]
async fn a_schema_address_is_polled_and_its_failures_are_said() {
    let shop = Remote::start(SHOP, "{}").await.unwrap();
    shop.behave(Behaviour { no_introspection: true, ..Behaviour::default() });
    let url = format!("{}/schema?key=canary", shop.url());
    let keys = json!({"schema_from": {"url": url}, "poll_interval_seconds": 1, "on_schema_change": "hold"});
    let (_directory, hub) = hub_with_shop(&shop, keys).await;
    assert!(serves(&hub, "Order", "total"));
    shop.replace(SHOP_WITH_TAX, "{}").unwrap();
    let change = until_held(&hub).await;
    assert_eq!(paths(&change), ["Order.tax"]);
    shop.behave(Behaviour { status: Some(404), ..Behaviour::default() });
    let (status, error) = call(&hub, "reload_remote_schema", json!({"name": "shop"})).await;
    assert_eq!(status, 500);
    assert!(error.to_string().contains("it answers with HTTP status 404"), "{error}");
    assert!(!error.to_string().contains("canary"), "addresses are shown without their queries: {error}");
    assert!(serves(&hub, "Order", "total"));
    let (_, error) = call(&hub, "get_remote_schema_changes", json!({"fetch": true, "names": ["shop"]})).await;
    assert!(error["failures"][0]["reason"].as_str().unwrap().contains("404"), "{error}");
}
