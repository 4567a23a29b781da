//! Drives a [`Run`]: makes each fetch the moment it is ready, until none is left.
//!
//! Everything that waits is in here; everything that decides is in the engine. Dropping the future aborts what is under way.

use std::time::Instant;

use engine::run::{Fetch, Reply, Run, StepFigures};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::{HeaderMap, HeaderValue};

use crate::auth::Held;
use crate::http::explain::Wanted;
use crate::sync::Snapshot;
use crate::upstream::{Caller, headers};

/// On whose behalf and within which bounds a run happens.
#[derive(Debug, Clone)]
pub struct Client {
    /// The client's headers.
    pub headers: HeaderMap,
    /// Who it is.
    pub session: Held,
    /// Whether it may see error details.
    pub internal: bool,
    /// When its request arrived.
    pub start: Instant,
    /// When its time is up.
    pub deadline: Option<Instant>,
    /// What it wants to know of the execution; a trace needs the upstream requests written down.
    pub wanted: Wanted,
}

/// What a run leaves behind.
#[derive(Debug)]
pub struct Driven {
    /// The response.
    pub reply: Reply,
    /// `Set-Cookie` headers of root calls.
    pub set_cookies: Vec<HeaderValue>,
    /// The upstream requests in the order of their answers, if they were to be written down.
    pub sent: Vec<Sent>,
    /// The keys of each step, likewise.
    pub figures: Vec<StepFigures>,
}

/// One upstream request that was made.
#[derive(Debug)]
pub struct Sent {
    /// The fetch; its body is what was sent.
    pub fetch: Fetch,
    /// When it was sent.
    pub start: Instant,
    /// When its answer was there.
    pub end: Instant,
    /// HTTP status and size of the answer, or why there is none.
    pub outcome: Result<(u16, u64), String>,
}

/// Drives a run to its end.
pub async fn drive(snapshot: &Snapshot, mut run: Run, client: &Client) -> Driven {
    let is_mutation = run.is_mutation();
    let session = headers::of_session(&client.session);
    let session = session.as_slice();
    let mut under_way = FuturesUnordered::new();
    let mut set_cookies = Vec::new();
    let mut sent = Vec::new();
    let trace = client.wanted == Wanted::Trace;
    loop {
        for fetch in run.ready() {
            under_way.push(async move {
                let start = Instant::now();
                let upstream = &snapshot.upstreams[fetch.remote.0 as usize];
                let caller = Caller {
                    headers: &client.headers,
                    session,
                    // Joins are queries, also those on what a mutation returns.
                    mutates: is_mutation && fetch.root,
                };
                let answer = upstream.post(fetch.body.clone(), Some(caller), client.deadline).await;
                (fetch, start, answer)
            });
        }
        let Some((fetch, start, answer)) = under_way.next().await else { break };
        if trace {
            let outcome = match &answer {
                Ok(answer) => Ok((answer.status, answer.body.len() as u64)),
                Err(failure) => Err(failure.reason.clone()),
            };
            sent.push(Sent { fetch: fetch.clone(), start, end: Instant::now(), outcome });
        }
        let body = answer.map(|answer| {
            if fetch.root {
                set_cookies.extend(answer.set_cookies);
            }
            answer.body
        });
        run.supply(fetch.id, body);
    }
    let figures = if trace { run.figures() } else { Vec::new() };
    Driven { reply: run.finish(), set_cookies, sent, figures }
}
