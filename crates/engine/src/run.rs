//! One execution of a plan, without IO: hands out fetches, takes answers, writes the response.
//!
//! The caller makes every fetch of [`Run::ready`] at once and gives each answer to [`Run::supply`] the moment it is
//! there, in any order; what an answer makes possible is ready right after. [`scan`] reads an answer, [`unread`] knows
//! which answers need no reading, [`keys`] brings the join keys in it together, [`request`] writes what is asked next, [`assemble`] puts the response together and
//! [`errors`] says what went wrong, at which path of the client's response.

mod assemble;
mod errors;
mod keys;
mod matching;
mod places;
mod request;
mod scan;
mod unread;

use std::sync::Arc;

use bytes::Bytes;

use self::errors::Fault;
use self::keys::{Group, Unfit};
use self::matching::{Found, Results};
use self::request::KeyParts;
use self::scan::{Answer, Data, Expected, Scanned, Segment};
use crate::catalog::{Failure, RemoteId};
use crate::fault::Code;
use crate::operation::{Bound, Limits, OperationKind};
use crate::plan::{BatchForm, JoinPlan, JoinPlanId, Plan};

/// Identity of a fetch within its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FetchId(pub u32);

/// An upstream request to make: POST `body` to `remote`.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// To be given back with the answer.
    pub id: FetchId,
    /// The plan's steps it belongs to (roots first, then joins), for traces.
    pub steps: Vec<u32>,
    /// Whom to ask.
    pub remote: RemoteId,
    /// The JSON request body.
    pub body: Bytes,
    /// Whether it is a root call (its `Set-Cookie` headers go to the client) or a join.
    pub root: bool,
}

/// How errors are shaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorStyle {
    /// Partial results with exact paths.
    #[default]
    Conjoin,
    /// Hasura v2's all-or-nothing shapes.
    Hasura,
}

/// The finished response.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The GraphQL response body.
    pub body: Bytes,
    /// Number of entries in `errors`.
    pub n_errors: usize,
}

/// What a step of the plan had to do in one run, and what came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepFigures {
    /// Sites with a key.
    pub keys_in: u64,
    /// Distinct keys.
    pub keys_unique: u64,
    /// Sites, or root fields, that got another value than null.
    pub rows_out: u64,
}

/// One execution.
#[derive(Debug)]
pub struct Run {
    bound: Bound,
    limits: Limits,
    style: ErrorStyle,
    /// Whether `extensions.internal` may be shown.
    internal: bool,
    hands_on: bool,
    fetches: Vec<FetchState>,
    ready: Vec<Fetch>,
    n_waiting: usize,
    /// The next root of a mutation.
    next_root: usize,
    n_keys: usize,
    faults: Vec<Fault>,
}

/// A request that was handed out.
#[derive(Debug)]
struct FetchState {
    target: Target,
    answer: Option<Answer>,
    /// What the answer has for each of the request's keys.
    results: Results,
    /// The keys in its answer.
    groups: Vec<Group>,
}

/// What a request asks for.
#[derive(Debug)]
enum Target {
    /// A root of the plan.
    Root(usize),
    /// Keys of another request's answer.
    Joins { parent: u32, segments: Vec<Segment> },
}

impl Run {
    /// Starts an execution. `internal` says whether `extensions.internal` may be shown.
    pub fn new(bound: Bound, limits: Limits, style: ErrorStyle, internal: bool) -> Self {
        let mut run = Self {
            bound,
            limits,
            style,
            internal,
            hands_on: false,
            fetches: Vec::new(),
            ready: Vec::new(),
            n_waiting: 0,
            next_root: 0,
            n_keys: 0,
            faults: Vec::new(),
        };
        let n_at_once = match run.plan().kind {
            OperationKind::Query => run.plan().roots.len(),
            // The fields of a mutation run one after the other (GraphQL specification, section 6.2.2).
            _ => run.plan().roots.len().min(1),
        };
        (0..n_at_once).for_each(|_| run.start_root());
        run
    }

    /// Says that the reply will be the whole response, with nothing put around it, and that no figures are wanted. A large
    /// answer that nothing is to be changed in is then handed on unread; see [`unread`].
    pub fn handing_on(mut self) -> Self {
        self.hands_on = true;
        self
    }

    /// Whether the operation is a mutation.
    pub fn is_mutation(&self) -> bool {
        self.plan().kind == OperationKind::Mutation
    }

    /// The fetches that became ready since the last call; to be made at once, concurrently.
    pub fn ready(&mut self) -> Vec<Fetch> {
        std::mem::take(&mut self.ready)
    }

    /// Gives the answer of a fetch: the body (whatever the HTTP status), or why there is none.
    pub fn supply(&mut self, id: FetchId, answer: Result<Bytes, Failure>) {
        let fetch = id.0 as usize;
        if self.fetches.get(fetch).is_none_or(|state| state.answer.is_some()) {
            return;
        }
        self.n_waiting = self.n_waiting.saturating_sub(1);
        match answer {
            Ok(body) => self.read(id.0, body),
            Err(failure) => self.faults.push(Fault::Transport { fetch: id.0, failure }),
        }
        if matches!(self.fetches[fetch].target, Target::Root(_)) && self.plan().kind != OperationKind::Query {
            self.start_root();
        }
    }

    /// Whether all fetches are answered and none is ready.
    pub fn is_done(&self) -> bool {
        self.n_waiting == 0
    }

    /// Figures of the plan's steps: roots first, then joins. An answer that goes on unread counts as if all its root fields had a value.
    pub fn figures(&self) -> Vec<StepFigures> {
        let n_roots = self.plan().roots.len();
        let mut figures = vec![StepFigures::default(); n_roots + self.plan().joins.len()];
        for group in self.fetches.iter().flat_map(|fetch| &fetch.groups) {
            let step = &mut figures[n_roots + group.plan.0 as usize];
            step.keys_unique += group.keys.len() as u64;
            for key in &group.keys {
                step.keys_in += u64::from(key.n_sites);
                if key.fetch.is_some_and(|fetch| self.is_filled(fetch, key.result)) {
                    step.rows_out += u64::from(key.n_sites);
                }
            }
        }
        for (id, fetch) in self.fetches.iter().enumerate() {
            let id = id as u32;
            if let Target::Root(root) = fetch.target {
                let n_values = fetch.results.values.len() as u32;
                let is_unread = n_values == 0 && fetch.answer.as_ref().is_some_and(Answer::is_unread);
                if is_unread {
                    figures[root].rows_out += self.plan().roots[root].slots.len() as u64;
                }
                figures[root].rows_out +=
                    (0..n_values).filter(|result| self.is_filled(id, *result)).count() as u64;
            }
        }
        figures
    }

    /// Whether a request has another value than null for one of its keys or root fields.
    fn is_filled(&self, fetch: u32, result: u32) -> bool {
        let fetch = &self.fetches[fetch as usize];
        let Some(answer) = &fetch.answer else { return false };
        match fetch.results.values.get(result as usize) {
            None | Some(Found::Null) => false,
            Some(Found::One(value)) => value.span.bytes(&answer.body) != b"null",
            Some(Found::Many(..)) => true,
        }
    }

    /// Writes the response.
    pub fn finish(self) -> Reply {
        assemble::reply(&self)
    }

    fn plan(&self) -> &Arc<Plan> {
        &self.bound.plan
    }

    fn start_root(&mut self) {
        let plan = Arc::clone(self.plan());
        let Some(root) = plan.roots.get(self.next_root) else { return };
        let body = request::root_body(root, &self.bound);
        let step = self.next_root as u32;
        self.hand_out(Target::Root(self.next_root), vec![step], root.remote, body);
        self.next_root += 1;
    }

    fn hand_out(&mut self, target: Target, steps: Vec<u32>, remote: RemoteId, body: Bytes) {
        let id = FetchId(self.fetches.len() as u32);
        let root = matches!(target, Target::Root(_));
        self.fetches.push(FetchState {
            target,
            answer: None,
            results: Results::default(),
            groups: Vec::new(),
        });
        self.ready.push(Fetch { id, steps, remote, body, root });
        self.n_waiting += 1;
    }

    /// The remote that a request went to.
    fn remote_of(&self, fetch: u32) -> RemoteId {
        match &self.fetches[fetch as usize].target {
            Target::Root(root) => self.plan().roots[*root].remote,
            Target::Joins { segments, .. } => self.plan().join(segments[0].plan).remote,
        }
    }

    /// Takes an answer in and starts what it makes possible.
    fn read(&mut self, fetch: u32, body: Bytes) {
        let plan = Arc::clone(self.plan());
        if self.hands_on && plan.identity && unread::is_fit(&body) {
            self.fetches[fetch as usize].answer = Some(Answer { body, scanned: Scanned::unread() });
            return;
        }
        let expected = match &self.fetches[fetch as usize].target {
            Target::Root(root) => Expected::Root(&plan.roots[*root].slots),
            Target::Joins { segments, .. } => Expected::Joins(segments),
        };
        let scanned = match scan::scan(&plan, self.remote_of(fetch), expected, &body) {
            Ok(scanned) => scanned,
            Err(error) => {
                self.faults.push(Fault::Unreadable { fetch, error });
                return;
            }
        };
        let mut answer = Answer { body, scanned };
        let is_root = matches!(self.fetches[fetch as usize].target, Target::Root(_));
        self.faults.extend(errors::of_answer(fetch, &answer, self.style, is_root));
        if answer.scanned.data != Data::Object || self.is_discarded(&answer) {
            self.fetches[fetch as usize].answer = Some(answer);
            return;
        }
        let (results, ambiguous) = self.matched(fetch, &mut answer);
        self.fetches[fetch as usize].results = results;
        self.faults.extend(ambiguous.into_iter().map(|result| Fault::Ambiguous { fetch, result }));
        let (mut groups, unfit) = keys::group(&plan, &mut answer);
        self.fetches[fetch as usize].answer = Some(answer);
        let mut refused: Vec<(usize, u32)> = unfit
            .iter()
            .filter_map(|unfit| match unfit {
                Unfit::Coercion { group, key, .. } => Some((*group, *key)),
                Unfit::Incomplete { .. } => None,
            })
            .collect();
        refused.sort_unstable();
        self.faults.extend(unfit.into_iter().map(|unfit| Fault::Unfit { fetch, unfit }));
        self.start_joins(fetch, &mut groups, &refused);
        self.fetches[fetch as usize].groups = groups;
    }

    /// Finds the value of each key of a request, and the keys that have too many.
    fn matched(&self, fetch: u32, answer: &mut Answer) -> (Results, Vec<u32>) {
        let mut results = match &self.fetches[fetch as usize].target {
            Target::Root(_) => matching::roots(answer),
            Target::Joins { parent, segments } => {
                let parent = &self.fetches[*parent as usize];
                let Some(parent_answer) = &parent.answer else { return Default::default() };
                matching::joins(self.plan(), segments, answer, parent_answer, &parent.groups)
            }
        };
        let ambiguous = std::mem::take(&mut results.ambiguous);
        (results, ambiguous)
    }

    /// Whether Hasura's rules throw the answer away, so that no join on it is worth asking for.
    fn is_discarded(&self, answer: &Answer) -> bool {
        self.style == ErrorStyle::Hasura && answer.scanned.errors.is_some()
    }

    /// Packs the keys of an answer into requests: all that go to one remote travel together, up to its limits.
    fn start_joins(&mut self, fetch: u32, groups: &mut [Group], refused: &[(usize, u32)]) {
        let plan = Arc::clone(self.plan());
        let mut remotes: Vec<RemoteId> = Vec::new();
        for group in groups.iter() {
            let remote = plan.join(group.plan).remote;
            if !remotes.contains(&remote) {
                remotes.push(remote);
            }
        }
        for remote in remotes {
            let mut segments: Vec<Segment> = Vec::new();
            for index in 0..groups.len() {
                let id = groups[index].plan;
                let join = plan.join(id);
                if join.remote != remote {
                    continue;
                }
                for key in 0..groups[index].keys.len() as u32 {
                    if refused.binary_search(&(index, key)).is_ok() {
                        continue;
                    }
                    let is_keys = self.n_keys >= self.limits.keys;
                    if is_keys || self.fetches.len() >= self.limits.requests {
                        self.faults.push(Fault::OverLimit { fetch, group: index, key, is_keys });
                        break;
                    }
                    self.n_keys += 1;
                    // The number that the request will get when it is handed out.
                    let request = self.fetches.len() as u32;
                    let result = add_key(&mut segments, id, key, &join.batch);
                    let known = &mut groups[index].keys[key as usize];
                    (known.fetch, known.result) = (Some(request), result);
                    let n_in_form = match join.batch {
                        BatchForm::Alias { .. } => segments.last().map_or(0, |last| last.end),
                        BatchForm::List { .. } => segments.last().map_or(0, |last| last.n_keys),
                    };
                    if join.batch.max_keys().is_some_and(|max| n_in_form as usize >= max) {
                        self.start_join(fetch, groups, std::mem::take(&mut segments));
                    }
                }
            }
            if !segments.is_empty() {
                self.start_join(fetch, groups, segments);
            }
        }
    }

    fn start_join(&mut self, parent: u32, groups: &[Group], segments: Vec<Segment>) {
        let plan = Arc::clone(self.plan());
        let Some(answer) = &self.fetches[parent as usize].answer else { return };
        let body = request::join_body(&self.bound, &segments, |segment, offset| {
            let keys =
                groups.iter().find(|group| group.plan == segment.plan).map_or(&[][..], |group| &group.keys);
            let first = keys[(segment.first_key + offset) as usize].parts as usize;
            KeyParts { body: &answer.body, spans: &answer.scanned.parts[first..] }
        });
        let n_roots = plan.roots.len() as u32;
        let mut steps: Vec<u32> = segments.iter().map(|segment| n_roots + segment.plan.0).collect();
        steps.dedup();
        let remote = plan.join(segments[0].plan).remote;
        self.hand_out(Target::Joins { parent, segments }, steps, remote, body);
    }
}

/// Adds a key to a request and returns its number there.
fn add_key(segments: &mut Vec<Segment>, plan: JoinPlanId, key: u32, batch: &BatchForm) -> u32 {
    let (result, alias) = segments.last().map_or((0, 0), |last| (last.first_result + last.n_keys, last.end));
    match segments.last_mut() {
        Some(last) if last.plan == plan && last.first_key + last.n_keys == key => {
            last.n_keys += 1;
            if matches!(batch, BatchForm::Alias { .. }) {
                last.end += 1;
            }
        }
        _ => segments.push(Segment {
            plan,
            first_key: key,
            n_keys: 1,
            first_result: result,
            start: alias,
            end: alias + 1,
        }),
    }
    result
}

impl Plan {
    /// The operation text that fetches one key of a join.
    pub fn example(&self, join: JoinPlanId) -> String {
        request::example_text(self, join)
    }

    /// The relationship's name and the metadata name of its target.
    pub(crate) fn join_names(&self, join: &JoinPlan) -> (&str, &str) {
        (self.catalog.join(join.relationship).name.as_str(), &self.catalog.remote(join.remote).name)
    }
}

/// Code of every fault that comes from an upstream.
const UPSTREAM: Code = Code::RemoteSchemaError;
