//! `GET /v1/events`: tells whoever listens that something has changed, as server-sent events. What it is now, they ask.
//!
//! Nothing is queued: a listener that is slow learns of the newest state only, and of many operations in a moment it is told once.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use engine::fault::{Code, Refusal};
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use crate::http::{App, respond};
use crate::sync::{Hub, Snapshot};

/// Most listeners at a time.
pub const MAX_LISTENERS: usize = 100;

/// Pause between two signs of life, so that proxies do not take the connection for a dead one.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Shortest pause between two events about traces, of which there may be thousands a second.
const BETWEEN_TRACES: Duration = Duration::from_millis(200);

/// Tells nginx to pass events on as they come.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What one listener is told from.
struct Listener {
    hub: Hub,
    swaps: watch::Receiver<u64>,
    traces: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    /// What it was told of last.
    last: Arc<Snapshot>,
    quiet_until: Instant,
    waiting: VecDeque<Event>,
    _permit: OwnedSemaphorePermit,
}

/// Begins to tell. For administrators.
pub async fn events(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let set_cookies = match app.auth.authenticate_admin(&headers).await {
        Ok(identity) => identity.set_cookies,
        Err(denied) => return respond::denied(&denied),
    };
    let Ok(permit) = Arc::clone(&app.listeners).try_acquire_owned() else {
        let message = format!("there are {MAX_LISTENERS} listeners already; close some and try again");
        let refusal = Refusal::new(Code::LimitExceeded, "$", message);
        return respond::rest_error(StatusCode::SERVICE_UNAVAILABLE, &refusal, false);
    };
    let swaps = app.hub.watch();
    let last = app.hub.snapshot();
    let listener = Listener {
        swaps,
        traces: app.traces.watch(),
        closing: app.closing.subscribe(),
        // Whoever lost a connection sees at once whether something has happened since.
        waiting: VecDeque::from([metadata(&last)]),
        hub: app.hub.clone(),
        last,
        quiet_until: Instant::now(),
        _permit: permit,
    };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    respond::set_cookies(&mut response, set_cookies);
    response
}

impl Listener {
    /// The next event; `None` when the server stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let (closing, traces, quiet_until) = (&mut self.closing, &mut self.traces, self.quiet_until);
            let closed = async { drop(closing.wait_for(|closing| *closing).await) };
            let traced = async {
                tokio::time::sleep_until(quiet_until).await;
                traces.changed().await
            };
            tokio::select! {
                () = closed => return None,
                Ok(()) = self.swaps.changed() => self.swapped(),
                Ok(()) = traced => {
                    let id = *self.traces.borrow_and_update();
                    self.quiet_until = Instant::now() + BETWEEN_TRACES;
                    self.waiting.push_back(event("trace", &json!({"id": id})));
                }
            }
        }
    }

    fn swapped(&mut self) {
        let next = self.hub.snapshot();
        self.waiting.push_back(metadata(&next));
        // Without a new version it is the remotes that changed.
        let is_same_version = next.resource_version == self.last.resource_version;
        if is_same_version || next.problems != self.last.problems {
            self.waiting.push_back(event("health", &json!({})));
        }
        self.last = next;
    }
}

fn metadata(snapshot: &Snapshot) -> Event {
    event("metadata", &json!({"resource_version": snapshot.resource_version}))
}

fn event(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}
