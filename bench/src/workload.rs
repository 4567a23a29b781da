//! What is asked, and which answers are right.
//!
//! The variables of every request differ from those of the ones in flight beside it, so that nobody can answer two clients with one
//! upstream request. Answers are made from [`data`] alone, not by the program that serves it.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::data;

/// Rows that make an answer of 1 MiB without joins.
const LARGE_THROUGH: u64 = 5_715;
/// Rows that make an answer of about 1 MiB when each has a user; five whole pages have 1,000 users.
const LARGE_JOINED: u64 = 5_000;
/// What [`Workload::body`] replaces by a number that is never used again.
const FRESH: &str = "FRESH";

/// A kind of request.
#[derive(Debug)]
pub struct Workload {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, for the report.
    pub title: &'static str,
    /// Requests that follow one another, and so the least time in units of [`Workload::delay_ms`].
    pub depth: u64,
    /// Milliseconds that every upstream answer takes.
    pub delay_ms: u64,
    /// The requests, to be sent in turn.
    requests: Vec<Request>,
}

#[derive(Debug)]
struct Request {
    body: String,
    answer: Bytes,
}

impl Workload {
    /// All workloads.
    pub fn all() -> Vec<Self> {
        let single = "query Single($id: ID!) { order(id: $id) { id total user { id name email } } }";
        // The name of an operation is a part of its text, and does not change what is asked of the remotes.
        let cold = single.replace("Single", "ColdFRESH");
        let hops = "query Hops($offset: Int) { userPage(limit: 20, offset: $offset) { id name orders { id total product { id name price } } } }";
        let joined = |name: &str, limit: u64, fields: &str| {
            format!(
                "query {name}($offset: Int) {{ orders(limit: {limit}, offset: $offset) {{ {fields} user {{ id name email }} }} }}"
            )
        };
        let through = format!(
            "query Through($offset: Int) {{ orders(limit: {LARGE_THROUGH}, offset: $offset) {{ id user_id product_id total status note }} }}"
        );
        let workload =
            |name, title, depth, delay_ms, requests| Self { name, title, depth, delay_ms, requests };
        let orders = |id: u64| json!({"order": order_with_user(id)});
        let pages = |limit: u64, row: fn(u64) -> Value| move |offset: u64| json!({"orders": (offset + 1..=offset + limit).map(row).collect::<Vec<_>>()});
        vec![
            workload("single", "one order and its user", 2, 0, requests(single, "id", 1..=2000, 1, orders)),
            workload(
                "rows-50",
                "50 orders, 20 users",
                2,
                0,
                requests(
                    &joined("Rows50", 50, "id total"),
                    "offset",
                    0..=95,
                    data::PAGE,
                    pages(50, order_with_user),
                ),
            ),
            workload(
                "rows-1000",
                "1,000 orders, 200 users",
                2,
                0,
                requests(
                    &joined("Rows1000", 1000, "id total"),
                    "offset",
                    0..=95,
                    data::PAGE,
                    pages(1000, order_with_user),
                ),
            ),
            workload(
                "hops",
                "20 users, 100 orders, products",
                3,
                0,
                requests(hops, "offset", 0..=95, 20, users),
            ),
            workload(
                "through-1mib",
                "1 MiB without joins",
                1,
                0,
                requests(&through, "offset", 0..=15, 7, pages(LARGE_THROUGH, whole_order)),
            ),
            workload(
                "joined-1mib",
                "1 MiB, a user in every row",
                2,
                0,
                requests(
                    &joined("Large", LARGE_JOINED, "id total note"),
                    "offset",
                    0..=15,
                    data::PAGE,
                    pages(LARGE_JOINED, large_order),
                ),
            ),
            workload(
                "cold",
                "one order and its user, every text new",
                2,
                0,
                requests(&cold, "id", 1..=500, 1, orders),
            ),
            workload(
                "delay-2",
                "one order and its user, upstreams take 20 ms",
                2,
                20,
                requests(single, "id", 1..=500, 1, orders),
            ),
            workload(
                "delay-3",
                "three hops, upstreams take 20 ms",
                3,
                20,
                requests(hops, "offset", 0..=95, 20, users),
            ),
        ]
    }

    /// How many different requests there are.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// The body of the n-th request, and the right answer.
    pub fn request(&self, n: usize) -> (Bytes, &Bytes) {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let request = &self.requests[n % self.requests.len()];
        let body = if request.body.contains(FRESH) {
            // The process id tells runs apart that meet the same gateway.
            let fresh =
                NEXT.fetch_add(1, Ordering::Relaxed) * 100_000 + u64::from(std::process::id() % 100_000);
            request.body.replace(FRESH, &fresh.to_string())
        } else {
            request.body.clone()
        };
        (body.into(), &request.answer)
    }
}

/// Whether an answer says the same as the right one, in whatever spelling.
pub fn is_right(answer: &[u8], right: &[u8]) -> bool {
    if answer == right {
        return true;
    }
    let read = |bytes| serde_json::from_slice::<Value>(bytes).ok().map(numbers_alike);
    let answer = read(answer);
    answer.is_some() && answer == read(right)
}

/// `1` and `1.0` are the same number of JSON.
fn numbers_alike(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Number(number), Value::from),
        Value::Array(items) => items.into_iter().map(numbers_alike).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, numbers_alike(value))).collect()
        }
        other => other,
    }
}

/// The requests whose variable takes each value of a range times a step.
fn requests(
    query: &str,
    variable: &str,
    values: std::ops::RangeInclusive<u64>,
    step: u64,
    answer: impl Fn(u64) -> Value,
) -> Vec<Request> {
    let request = |n: u64| {
        let value = n * step;
        let written = if variable == "id" { json!(value.to_string()) } else { json!(value) };
        let body = json!({"query": query, "variables": {variable: written}});
        let answer = json!({"data": answer(value)}).to_string();
        Request { body: body.to_string(), answer: answer.into() }
    };
    values.map(request).collect()
}

fn user(user: u64) -> Value {
    json!({"id": user.to_string(), "name": data::user_name(user), "email": data::user_email(user)})
}

fn order_with_user(order: u64) -> Value {
    json!({"id": order.to_string(), "total": data::total_of(order), "user": user(data::user_of(order))})
}

fn large_order(order: u64) -> Value {
    json!({
        "id": order.to_string(),
        "total": data::total_of(order),
        "note": data::note_of(order),
        "user": user(data::user_of(order)),
    })
}

fn whole_order(order: u64) -> Value {
    json!({
        "id": order.to_string(),
        "user_id": data::user_of(order).to_string(),
        "product_id": data::product_of(order).to_string(),
        "total": data::total_of(order),
        "status": data::status_of(order),
        "note": data::note_of(order),
    })
}

fn users(offset: u64) -> Value {
    let product = |product: u64| json!({"id": product.to_string(), "name": data::product_name(product), "price": data::price_of(product)});
    let order = |order: u64| json!({"id": order.to_string(), "total": data::total_of(order), "product": product(data::product_of(order))});
    let user = |user: u64| json!({"id": user.to_string(), "name": data::user_name(user), "orders": data::orders_of(user).map(order).collect::<Vec<_>>()});
    json!({"userPage": (offset + 1..=offset + 20).map(user).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_answers_are_about_a_mebibyte() {
        for workload in Workload::all().iter().filter(|workload| workload.name.ends_with("1mib")) {
            let size = workload.request(0).1.len();
            assert!(size.abs_diff(1 << 20) < 40_000, "{} is {size} bytes", workload.name);
        }
    }

    #[test]
    fn answers_may_be_spelled_differently_but_not_be_different() {
        assert!(is_right(br#"{"b":1.0, "a":2}"#, br#"{"a":2,"b":1}"#));
        assert!(!is_right(br#"{"a":2,"b":[]}"#, br#"{"a":2,"b":[1]}"#));
        assert!(!is_right(b"not JSON", b"{}"));
    }

    #[test]
    fn cold_texts_never_repeat() {
        let all = Workload::all();
        let cold = all.iter().find(|workload| workload.name == "cold").unwrap();
        assert_ne!(cold.request(0).0, cold.request(0).0);
    }
}
