//! The last operations with their upstream requests and times, kept in memory for whoever looks later.
//!
//! Keeping one costs a request one per cent of its instructions or less (`docs/performance.md`): what the run has anyway is put aside, and
//! the join plan is written down only when somebody reads the trace ([`Trace::join_plan`]). Nothing of what clients and remotes send is
//! kept but the operation's text: no variables, no keys, no headers, no answers.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use engine::explain::JoinPlan;
use engine::operation::{Operation, OperationKind};
use engine::plan::Plan;
use engine::run::StepFigures;
use tokio::sync::watch;

use crate::http::explain;
use crate::http::graphql::drive::{Client, Driven, Sent};

/// Most bytes that all traces have, roughly, with the operations that they hold.
const MAX_BYTES: usize = 16 << 20;

/// Most bytes of one trace; larger ones are not kept, as there would be room for few others.
const MAX_BYTES_OF_ONE: usize = MAX_BYTES / 4;

/// The traces of a gateway.
#[derive(Debug)]
pub struct Traces {
    capacity: usize,
    /// The limit on upstream requests of an operation, which plans mention.
    max_requests: usize,
    kept: Mutex<Kept>,
    /// The id of the newest.
    newest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    last_id: u64,
    n_bytes: usize,
    /// The oldest first.
    traces: VecDeque<Arc<Trace>>,
}

/// An operation that was executed.
#[derive(Debug, Clone)]
pub struct Trace {
    /// What tells it apart; newer ones have higher ids.
    pub id: u64,
    /// When its request arrived.
    pub at: SystemTime,
    /// Who asked.
    pub role: Cow<'static, str>,
    /// How it ended.
    pub outcome: Outcome,
    /// From the arrival of its request to its response.
    pub took: Duration,
    start: Instant,
    executed: Executed,
    sent: Vec<Sent>,
    figures: Vec<StepFigures>,
    n_bytes: usize,
}

/// What was executed.
#[derive(Debug, Clone)]
enum Executed {
    /// As it was; both hold their catalog.
    Held(Arc<Operation>, Arc<Plan>),
    /// In writing, for a catalog that is not served any more.
    Written(Arc<Written>),
}

#[derive(Debug)]
struct Written {
    name: Option<String>,
    text: String,
    kind: OperationKind,
    plan: JoinPlan,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Without errors.
    Ok,
    /// With data and errors.
    Partial,
    /// Without data.
    Error,
}

impl Traces {
    /// No traces yet, and never more than `capacity`; 0 keeps none. `max_requests` is the limit on upstream requests of one operation.
    pub fn new(capacity: usize, max_requests: usize) -> Self {
        Self { capacity, max_requests, kept: Mutex::default(), newest: watch::Sender::new(0) }
    }

    /// How many are kept at most.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Whether any are kept.
    pub fn is_on(&self) -> bool {
        self.capacity > 0
    }

    /// The id of the newest trace, as it changes.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Keeps what an operation did, unless it asked no remote.
    pub fn record(&self, client: &Client, operation: Arc<Operation>, plan: Arc<Plan>, driven: &mut Driven) {
        if !self.is_on() || driven.sent.is_empty() {
            return;
        }
        let took = client.start.elapsed();
        let mut trace = Trace {
            id: 0,
            at: SystemTime::now().checked_sub(took).unwrap_or(SystemTime::UNIX_EPOCH),
            role: client.session.role.clone(),
            outcome: Outcome::of(driven.reply.n_errors, &driven.reply.body),
            took,
            start: client.start,
            n_bytes: operation.weight(),
            executed: Executed::Held(operation, plan),
            sent: std::mem::take(&mut driven.sent),
            figures: std::mem::take(&mut driven.figures),
        };
        trace.n_bytes += trace.own_bytes();
        if trace.n_bytes > MAX_BYTES_OF_ONE {
            return;
        }
        // What was sent has keys and variables in it.
        trace.sent.iter_mut().for_each(|sent| sent.body = None);
        let mut forgotten = Vec::new();
        let mut kept = self.lock();
        kept.last_id += 1;
        trace.id = kept.last_id;
        kept.n_bytes += trace.n_bytes;
        kept.traces.push_back(Arc::new(trace));
        while kept.traces.len() > self.capacity || kept.n_bytes > MAX_BYTES {
            let Some(oldest) = kept.traces.pop_front() else { break };
            kept.n_bytes -= oldest.n_bytes;
            forgotten.push(oldest);
        }
        let id = kept.last_id;
        // Freed when others may go on.
        drop(kept);
        // Telling nobody costs more than asking whether anybody listens.
        if self.newest.receiver_count() > 0 {
            self.newest.send_replace(id);
        }
    }

    /// The newest traces before an id, the newest first.
    pub fn before(&self, id: Option<u64>, limit: usize) -> Vec<Arc<Trace>> {
        let kept = self.lock();
        let older = kept.traces.iter().rev().filter(|trace| id.is_none_or(|id| trace.id < id));
        older.take(limit).cloned().collect()
    }

    /// A trace, while it is kept.
    pub fn get(&self, id: u64) -> Option<Arc<Trace>> {
        self.lock().traces.iter().find(|trace| trace.id == id).cloned()
    }

    /// The plan of a trace with its times.
    pub fn join_plan(&self, trace: &Trace) -> JoinPlan {
        let mut plan = match &trace.executed {
            Executed::Held(_, plan) => plan.explain(self.max_requests),
            Executed::Written(written) => written.plan.clone(),
        };
        explain::add_trace(&mut plan, trace.start, trace.took, &trace.sent, &trace.figures);
        plan
    }

    /// Writes down what was executed on other catalogs than that of `epoch`, so that these are not held for the sake of traces.
    pub fn let_go_of_catalogs_but(&self, epoch: u64) {
        let kept: Vec<Arc<Trace>> = self.lock().traces.iter().cloned().collect();
        let mut known: Vec<(&Arc<Plan>, Arc<Written>)> = Vec::new();
        let mut replaced = Vec::new();
        for trace in &kept {
            let Executed::Held(operation, plan) = &trace.executed else { continue };
            if plan.catalog.epoch == epoch {
                continue;
            }
            let same =
                known.iter().find(|(its, _)| Arc::ptr_eq(its, plan)).map(|(_, written)| Arc::clone(written));
            let written = same.unwrap_or_else(|| {
                let written = Arc::new(Written::of(operation, plan.explain(self.max_requests)));
                known.push((plan, Arc::clone(&written)));
                written
            });
            replaced.push(Arc::new(Trace { executed: Executed::Written(written), ..Trace::clone(trace) }));
        }
        let mut kept = self.lock();
        for trace in replaced {
            if let Some(place) = kept.traces.iter_mut().find(|known| known.id == trace.id) {
                *place = trace;
            }
        }
    }

    /// The lock; what happens while it is held leaves nothing half-changed.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trace {
    /// Name of the operation.
    pub fn operation(&self) -> Option<&str> {
        match &self.executed {
            Executed::Held(operation, _) => operation.name(),
            Executed::Written(written) => written.name.as_deref(),
        }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        match &self.executed {
            Executed::Held(operation, _) => operation.text(),
            Executed::Written(written) => &written.text,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> OperationKind {
        match &self.executed {
            Executed::Held(operation, _) => operation.kind,
            Executed::Written(written) => written.kind,
        }
    }

    /// How many upstream requests it took.
    pub fn n_requests(&self) -> usize {
        self.sent.len()
    }

    /// The remotes that were asked, in that order.
    pub fn remotes(&self) -> Vec<String> {
        let mut sent: Vec<&Sent> = self.sent.iter().collect();
        sent.sort_by_key(|sent| sent.start);
        let mut remotes: Vec<String> = Vec::new();
        for sent in sent {
            let name = match &self.executed {
                Executed::Held(_, plan) => Some(&plan.catalog.remote(sent.remote).name),
                Executed::Written(written) => {
                    let step = written.plan.steps.iter().find(|step| sent.steps.contains(&step.id));
                    step.map(|step| &step.schema)
                }
            };
            if let Some(name) = name.filter(|name| !remotes.contains(name)) {
                remotes.push(name.clone());
            }
        }
        remotes
    }

    /// What it has besides the operation.
    fn own_bytes(&self) -> usize {
        let of_sent = |sent: &Sent| {
            let error = sent.outcome.as_ref().err().map_or(0, String::len);
            size_of::<Sent>() + sent.steps.len() * size_of::<u32>() + error
        };
        let figures = self.figures.len() * size_of::<StepFigures>();
        size_of::<Self>() + self.role.len() + figures + self.sent.iter().map(of_sent).sum::<usize>()
    }
}

impl Written {
    fn of(operation: &Operation, plan: JoinPlan) -> Self {
        let name = operation.name().map(str::to_owned);
        Self { name, text: operation.text().to_owned(), kind: operation.kind, plan }
    }
}

impl Outcome {
    fn of(n_errors: usize, body: &[u8]) -> Self {
        match n_errors {
            0 => Self::Ok,
            _ if body.starts_with(b"{\"data\":{") => Self::Partial,
            _ => Self::Error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_told_by_data_and_errors() {
        assert_eq!(Outcome::of(0, br#"{"data":null}"#), Outcome::Ok);
        assert_eq!(Outcome::of(1, br#"{"data":{"a":null},"errors":[{}]}"#), Outcome::Partial);
        assert_eq!(Outcome::of(1, br#"{"data":null,"errors":[{}]}"#), Outcome::Error);
        assert_eq!(Outcome::of(1, br#"{"errors":[{}]}"#), Outcome::Error);
    }
}
