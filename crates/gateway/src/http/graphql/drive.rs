//! Drives a [`Run`]: makes each fetch the moment it is ready, until none is left.
//!
//! Everything that waits is in here; everything that decides is in the engine. Dropping the future aborts what is under way.

use std::time::Instant;

use bytes::Bytes;
use engine::catalog::RemoteId;
use engine::run::{Reply, Run, StepFigures};
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
    /// What it wants to know of the execution.
    pub wanted: Wanted,
}

/// What is written down of a run's upstream requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noting {
    /// Nothing.
    Nothing,
    /// When they were made, and what came of them.
    Times,
    /// Also what was sent.
    Bodies,
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
#[derive(Debug, Clone)]
pub struct Sent {
    /// The plan's steps that it belongs to.
    pub steps: Vec<u32>,
    /// Who was asked.
    pub remote: RemoteId,
    /// What was sent, if that was to be written down.
    pub body: Option<Bytes>,
    /// When it was sent.
    pub start: Instant,
    /// When its answer was there.
    pub end: Instant,
    /// HTTP status and size of the answer, or why there is none.
    pub outcome: Result<(u16, u64), String>,
}

/// Drives a run to its end.
pub async fn drive(snapshot: &Snapshot, mut run: Run, client: &Client, noting: Noting) -> Driven {
    let is_mutation = run.is_mutation();
    let session = headers::of_session(&client.session);
    let session = session.as_slice();
    let mut under_way = FuturesUnordered::new();
    let mut set_cookies = Vec::new();
    let mut sent = Vec::new();
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
        let Some((mut fetch, start, answer)) = under_way.next().await else { break };
        if noting != Noting::Nothing {
            let outcome = match &answer {
                Ok(answer) => Ok((answer.status, answer.body.len() as u64)),
                Err(failure) => Err(failure.reason.clone()),
            };
            sent.push(Sent {
                steps: std::mem::take(&mut fetch.steps),
                remote: fetch.remote,
                body: (noting == Noting::Bodies).then(|| fetch.body.clone()),
                start,
                end: Instant::now(),
                outcome,
            });
        }
        let body = answer.map(|answer| {
            if fetch.root {
                set_cookies.extend(answer.set_cookies);
            }
            answer.body
        });
        run.supply(fetch.id, body);
    }
    let figures = if noting == Noting::Nothing { Vec::new() } else { run.figures() };
    Driven { reply: run.finish(), set_cookies, sent, figures }
}
