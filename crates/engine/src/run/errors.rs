//! What went wrong in a run, as entries of the response's `errors`.
//!
//! Faults are collected as small facts; texts and paths are made only when the response is written, since one failed
//! request may stand for thousands of sites. Every upstream error is listed, or counted in a summary.

use serde_json::{Map, Value as Json, json};

use super::keys::Unfit;
use super::matching::Found;
use super::places::{MAX_SITES, Path, Places, Which};
use super::scan::{Answer, Data, Site, Slot, alias_number};
use super::{ErrorStyle, Run, Target, UPSTREAM};
use crate::catalog::Failure;
use crate::fault::Code;
use crate::json::SyntaxError;
use crate::plan::{Action, BatchForm, JoinPlanId, Plan, ShapeId};
use metadata::OnError;

/// Most entries in one response.
const MAX_ENTRIES: usize = 1_000;

/// Most bytes of all entries; an upstream's message may be huge, and is listed once for each site.
const MAX_BYTES: usize = 4 << 20;

/// What a role is told of an upstream's error that may tell it a hidden key.
const NOT_SHOWN: &str = "the remote reported an error that is not shown to this role";

/// Something that went wrong.
#[derive(Debug)]
pub(super) enum Fault {
    /// A request got no answer.
    Transport { fetch: u32, failure: Failure },
    /// An answer is not JSON.
    Unreadable { fetch: u32, error: SyntaxError },
    /// An answer is JSON, but not a GraphQL answer.
    Shape { fetch: u32, flaw: Flaw },
    /// An answer has `errors`.
    Upstream { fetch: u32 },
    /// An answer lacks a value that was asked for.
    Slot { fetch: u32, slot: u32, message: String },
    /// A batched join found several elements for a key that may have one.
    Ambiguous { fetch: u32, result: u32 },
    /// A site or a key of an answer cannot be asked for.
    Unfit { fetch: u32, unfit: Unfit },
    /// Keys, this one and all after it, were not asked for because of a limit.
    OverLimit { fetch: u32, group: usize, key: u32, is_keys: bool },
}

/// Why a JSON object is not a GraphQL answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// `errors` is no list.
    Errors,
    /// Neither `data` nor `errors`.
    NoData,
    /// `data` is null without an error.
    NullData,
    /// `data` is no object.
    OtherData,
}

impl Flaw {
    fn message(self) -> &'static str {
        match self {
            Self::Errors => "Invalid \"errors\" field in response from remote",
            Self::NoData => "Missing \"data\" field in response from remote",
            Self::NullData => "the \"data\" in the response from remote is null, and it has no errors",
            Self::OtherData => "the \"data\" in the response from remote is not an object",
        }
    }

    fn hasura_message(self, is_root: bool) -> &'static str {
        match self {
            Self::NoData if !is_root => "\"data\" field not found in remote response",
            Self::Errors | Self::NoData => self.message(),
            Self::NullData | Self::OtherData => "expecting ordered object",
        }
    }
}

/// The faults that an answer shows by itself. Hasura takes any list of errors for a failure, and at a root also null.
pub(super) fn of_answer(fetch: u32, answer: &Answer, style: ErrorStyle, is_root: bool) -> Vec<Fault> {
    let scanned = &answer.scanned;
    let is_hasura = style == ErrorStyle::Hasura;
    let has_errors = match scanned.errors.map(|span| span.bytes(&answer.body)) {
        None if is_hasura && is_root && scanned.has_errors_member => {
            return vec![Fault::Shape { fetch, flaw: Flaw::Errors }];
        }
        None => false,
        Some([b'[', rest @ ..]) => {
            is_hasura || rest.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b']')
        }
        Some(_) if is_hasura && !is_root => true,
        Some(_) => return vec![Fault::Shape { fetch, flaw: Flaw::Errors }],
    };
    if has_errors {
        return vec![Fault::Upstream { fetch }];
    }
    match scanned.data {
        Data::Missing => vec![Fault::Shape { fetch, flaw: Flaw::NoData }],
        Data::Null => vec![Fault::Shape { fetch, flaw: Flaw::NullData }],
        Data::Other => vec![Fault::Shape { fetch, flaw: Flaw::OtherData }],
        Data::Object => {
            let message = |slot: &Slot| match slot {
                Slot::Missing => Some("the response from remote lacks a field that was asked for".to_owned()),
                Slot::Unreachable(why) => Some((*why).to_owned()),
                Slot::Null | Slot::Found(_) | Slot::List { .. } => None,
            };
            let fault = |(slot, message)| Fault::Slot { fetch, slot, message };
            let slots = scanned.slots.iter().enumerate();
            slots.filter_map(|(i, slot)| Some((i as u32, message(slot)?))).map(fault).collect()
        }
    }
}

/// The errors of a finished run.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The entries of `errors`, as JSON.
    pub(super) entries: Vec<String>,
    /// Whether `data` is null as a whole.
    pub(super) is_fatal: bool,
    /// The whole response with its number of errors, when the style leaves no data.
    pub(super) instead: Option<(Vec<u8>, usize)>,
}

impl Report {
    /// Bytes of the entries in the response.
    pub(super) fn size(&self) -> u64 {
        self.entries.iter().map(|entry| entry.len() as u64 + 1).sum()
    }

    /// An error of the whole response, before the others.
    pub(super) fn fatal(code: Code, message: &str, others: Self) -> Self {
        let mut entries =
            vec![json!({"message": message, "extensions": {"code": code.as_str()}}).to_string()];
        entries.extend(others.entries);
        let body =
            json!({"errors": [{"message": message, "extensions": {"path": "$", "code": code.as_str()}}]});
        Self { entries, is_fatal: true, instead: Some((body.to_string().into_bytes(), 1)) }
    }
}

/// Makes the entries of a run's faults.
pub(super) fn report(run: &Run) -> Report {
    let mut reporter = Reporter {
        run,
        entries: Vec::new(),
        n_bytes: 0,
        n_left_out: 0,
        is_fatal: false,
        places: Places::new(run),
    };
    for fault in &run.faults {
        reporter.fault(fault);
    }
    if reporter.n_left_out > 0 {
        let message = format!("{} more errors are not listed", reporter.n_left_out);
        let entry = json!({"message": message, "extensions": {"code": UPSTREAM.as_str(), "count": reporter.n_left_out}});
        reporter.entries.push(entry.to_string());
    }
    let instead = (run.style == ErrorStyle::Hasura).then(|| hasura_body(run)).flatten();
    Report { entries: reporter.entries, is_fatal: reporter.is_fatal, instead }
}

struct Reporter<'a> {
    run: &'a Run,
    entries: Vec<String>,
    n_bytes: usize,
    n_left_out: usize,
    /// Whether a relationship failed that fails the whole request.
    is_fatal: bool,
    places: Places<'a>,
}

impl Reporter<'_> {
    fn fault(&mut self, fault: &Fault) {
        match fault {
            Fault::Transport { fetch, failure } => {
                let mut extensions = into_map(json!({"code": failure.code.as_str()}));
                if let (true, Some(internal)) = (self.run.internal, &failure.internal) {
                    extensions.insert("internal".into(), internal.clone());
                }
                self.whole_fetch(*fetch, &failure.reason, &extensions);
            }
            Fault::Unreadable { fetch, error } => {
                let message = format!("the response from remote is not valid JSON: {error}");
                self.whole_fetch(*fetch, &message, &Map::new());
            }
            Fault::Shape { fetch, flaw } => {
                self.whole_fetch(*fetch, flaw.message(), &Map::new());
            }
            Fault::Upstream { fetch } => {
                for error in upstream_errors(self.run, *fetch) {
                    self.upstream_error(*fetch, &error);
                }
            }
            Fault::Slot { fetch, slot, message } => {
                self.at_results(*fetch, self.run.results_of_slot(*fetch, *slot), &[], message, &Map::new());
            }
            Fault::Ambiguous { fetch, result } => {
                let message = "the remote sent more than one element for a join key; set \"many\" in the relationship's \"batch\" to serve a list";
                self.at_results(*fetch, [*result], &[], message, &Map::new());
            }
            Fault::Unfit { fetch, unfit: Unfit::Incomplete { site: number } } => {
                let Some(answer) = &self.run.fetches[*fetch as usize].answer else { return };
                let site = answer.scanned.sites[*number as usize];
                if self.is_left_out(Some(site.plan)) {
                    return;
                }
                let message = missing_message(self.run, answer, site);
                let extensions = self.extensions_of_join(site.plan, Code::Unexpected);
                self.at_sites(*fetch, site.plan, Which::Number(*number), &message, &extensions);
            }
            Fault::Unfit { fetch, unfit: Unfit::Coercion { group, key, message } } => {
                let plan = self.run.fetches[*fetch as usize].groups[*group].plan;
                if self.is_left_out(Some(plan)) {
                    return;
                }
                let extensions = self.extensions_of_join(plan, Code::CoercionError);
                self.at_sites(*fetch, plan, Which::Key(*key), message, &extensions);
            }
            Fault::OverLimit { fetch, group, key, is_keys } => {
                let plan = self.run.fetches[*fetch as usize].groups[*group].plan;
                if self.is_left_out(Some(plan)) {
                    return;
                }
                let limits = self.run.limits;
                let message = if *is_keys {
                    format!(
                        "the operation has more than {} join keys; ask for fewer rows or raise --max-keys",
                        limits.keys
                    )
                } else {
                    format!(
                        "the operation needs more than {} upstream requests; ask for less or raise --max-requests",
                        limits.requests
                    )
                };
                let extensions = self.extensions_of_join(plan, Code::LimitExceeded);
                self.at_sites(*fetch, plan, Which::From(*key), &message, &extensions);
            }
        }
    }

    fn extensions_of_remote(&self, fetch: u32) -> Map<String, Json> {
        let remote = self.run.plan().catalog.remote(self.run.remote_of(fetch));
        into_map(json!({"code": UPSTREAM.as_str(), "remote": remote.name}))
    }

    fn extensions_of_join(&self, plan: JoinPlanId, code: Code) -> Map<String, Json> {
        let (relationship, remote) = self.run.plan().join_names(self.run.plan().join(plan));
        into_map(json!({"code": code.as_str(), "remote": remote, "relationship": relationship}))
    }

    /// An error of all that a request asked for.
    fn whole_fetch(&mut self, fetch: u32, message: &str, extensions: &Map<String, Json>) {
        self.at_results(fetch, 0..self.run.n_results(fetch), &[], message, extensions);
    }

    fn upstream_error(&mut self, fetch: u32, error: &Json) {
        // Some remotes send nothing but the text.
        let message = (error.get("message").unwrap_or(error).as_str())
            .unwrap_or("the remote reported an error without a message");
        let path = error.get("path").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let slot = path.first().and_then(Json::as_str).and_then(|key| slot_of(self.run, fetch, key));
        let instead;
        let (message, extensions) = if may_tell_hidden(self.run, fetch, slot, path) {
            instead = self.instead_of(error);
            (NOT_SHOWN, &instead)
        } else {
            instead = Map::new();
            (message, error.get("extensions").and_then(Json::as_object).unwrap_or(&instead))
        };
        match slot {
            Some(slot) => {
                let (results, rest) = self.translate(fetch, slot, &path[1..]);
                self.at_results(fetch, results, &rest, message, extensions);
            }
            None => {
                // It is about all that did not come.
                let results: Vec<u32> =
                    (0..self.run.n_results(fetch)).filter(|result| !self.came(fetch, *result)).collect();
                if results.is_empty() {
                    self.is_fatal |=
                        self.run.segments(fetch).iter().any(|segment| self.is_required(segment.plan));
                    let extensions = laid_under(extensions, self.extensions_of_remote(fetch));
                    self.push(message, None, &extensions);
                } else {
                    self.at_results(fetch, results, &[], message, extensions);
                }
            }
        }
    }

    /// The extensions that take the place of those of an upstream's error that is not shown.
    fn instead_of(&self, error: &Json) -> Map<String, Json> {
        if self.run.internal { into_map(json!({"internal": {"error": error}})) } else { Map::new() }
    }

    /// Whether the metadata says that a failure of this join fails the whole request.
    fn is_required(&self, plan: JoinPlanId) -> bool {
        self.run.plan().join(plan).on_error == OnError::Fail
    }

    /// Whether a request has a value for one of its keys.
    fn came(&self, fetch: u32, result: u32) -> bool {
        let state = &self.run.fetches[fetch as usize];
        match (state.results.values.get(result as usize), &state.answer) {
            (Some(Found::One(value)), Some(answer)) => value.span.bytes(&answer.body) != b"null",
            (Some(Found::Many(start, end)), _) => start < end,
            _ => false,
        }
    }

    /// The rest of an upstream's path, below a slot, in the client's terms, and whose results it is about.
    fn translate(&self, fetch: u32, slot: u32, path: &[Json]) -> (Vec<u32>, Path) {
        let plan = self.run.plan();
        let all = || (self.run.results_of_slot(fetch, slot).collect(), Path::new());
        let (mut shape, n_steps, is_list) = match self.run.segment_of_slot(fetch, slot) {
            None => (self.run.shape_of_slot(fetch, slot), 0, false),
            Some(segment) => {
                let join = plan.join(segment.plan);
                (join.shape, join.path.len(), matches!(join.batch, BatchForm::List { .. }))
            }
        };
        // A path that goes on with anything but keys and indexes is no path from there on.
        let mut steps = path.iter().skip(n_steps).take_while(|step| step.is_string() || step.is_u64());
        let element = path.get(n_steps).and_then(Json::as_u64).filter(|_| is_list);
        let (results, mut out) = match element {
            Some(index) => {
                steps.next();
                // An element that belongs to no key has no place in the response, and what is in it has none either.
                let Some(found) = self.run.result_of_element(fetch, slot, index) else { return all() };
                found
            }
            None => all(),
        };
        for step in steps {
            let Some(key) = step.as_str() else {
                out.push(step.clone());
                continue;
            };
            let at = shape.map(|id| plan.shape(id));
            let member = at.and_then(|shape| shape.members.iter().find(|member| member.key == key));
            match (member.map(|member| member.action), at) {
                (Some(Action::Part { join, .. }), Some(at)) => {
                    out.push(json!(at.joins[usize::from(join)].key));
                    return (results, out);
                }
                // What the client did not ask for has no place in its response; the object around it has.
                (Some(Action::ElementKey(_) | Action::Cut), _) => return (results, out),
                (Some(Action::Walk(inner)), _) => shape = Some(inner),
                _ => shape = None,
            }
            out.push(step.clone());
        }
        (results, out)
    }

    /// An error at the places where some results go, told for each join that they belong to.
    fn at_results(
        &mut self,
        fetch: u32,
        results: impl IntoIterator<Item = u32>,
        rest: &[Json],
        message: &str,
        extensions: &Map<String, Json>,
    ) {
        let mut by_join: Vec<(Option<JoinPlanId>, Vec<u32>)> = Vec::new();
        for result in results {
            let plan = self.run.segment_of_result(fetch, result).map(|segment| segment.plan);
            match by_join.iter_mut().find(|(known, _)| *known == plan) {
                Some((_, results)) => results.push(result),
                None => by_join.push((plan, vec![result])),
            }
        }
        for (plan, results) in by_join {
            if self.is_left_out(plan) {
                continue;
            }
            let ours = match plan {
                Some(plan) => self.extensions_of_join(plan, UPSTREAM),
                None => self.extensions_of_remote(fetch),
            };
            self.at_results_of_join(fetch, &results, rest, message, &laid_under(extensions, ours));
        }
    }

    fn at_results_of_join(
        &mut self,
        fetch: u32,
        results: &[u32],
        rest: &[Json],
        message: &str,
        extensions: &Map<String, Json>,
    ) {
        let mut paths = Vec::new();
        let mut n = 0u64;
        for result in results {
            if paths.len() < MAX_SITES {
                self.places.of_result(fetch, *result, &mut paths);
            }
            n = n.saturating_add(self.places.count(fetch, *result));
        }
        for path in &mut paths {
            path.extend_from_slice(rest);
        }
        self.list(paths, n, message, extensions);
    }

    /// Notes that a join failed, and says whether there is no room left to say how.
    fn is_left_out(&mut self, plan: Option<JoinPlanId>) -> bool {
        self.is_fatal |= plan.is_some_and(|plan| self.is_required(plan));
        let is_full = self.is_full();
        self.n_left_out += usize::from(is_full);
        is_full
    }

    /// An error at some sites of a join in an answer.
    fn at_sites(
        &mut self,
        fetch: u32,
        plan: JoinPlanId,
        which: Which,
        message: &str,
        extensions: &Map<String, Json>,
    ) {
        let mut paths = Vec::new();
        let n = self.places.of_sites(fetch, plan, which, &mut paths);
        self.list(paths, n, message, extensions);
    }

    fn list(&mut self, mut paths: Vec<Path>, n: u64, message: &str, extensions: &Map<String, Json>) {
        paths.truncate(MAX_SITES);
        let n_more = n.saturating_sub(paths.len() as u64);
        let is_empty = paths.is_empty();
        for path in paths {
            self.push(message, Some(path), extensions);
        }
        if n_more > 0 || is_empty {
            let mut extensions = extensions.clone();
            if is_empty {
                return self.push(message, None, &extensions);
            }
            extensions.insert("count".into(), json!(n_more));
            self.push(&format!("{message} (and at {n_more} more places)"), None, &extensions);
        }
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= MAX_ENTRIES || self.n_bytes >= MAX_BYTES
    }

    fn push(&mut self, message: &str, path: Option<Path>, extensions: &Map<String, Json>) {
        if self.is_full() || self.n_bytes + message.len() > MAX_BYTES {
            self.n_left_out += 1;
            return;
        }
        let mut entry = Map::new();
        entry.insert("message".into(), json!(message));
        if let Some(path) = path {
            entry.insert("path".into(), Json::Array(path));
        }
        entry.insert("extensions".into(), Json::Object(extensions.clone()));
        let entry = Json::Object(entry).to_string();
        if self.n_bytes + entry.len() > MAX_BYTES {
            self.n_left_out += 1;
            return;
        }
        self.n_bytes += entry.len();
        self.entries.push(entry);
    }
}

/// The slot of a response key of a request.
fn slot_of(run: &Run, fetch: u32, key: &str) -> Option<u32> {
    match &run.fetches[fetch as usize].target {
        Target::Root(root) => {
            let slots = &run.plan().roots[*root].slots;
            slots.iter().position(|slot| slot.key == key).map(|slot| slot as u32)
        }
        Target::Joins { segments, .. } => {
            let n_slots = segments.last().map_or(0, |last| last.end);
            alias_number(key.as_bytes()).filter(|slot| *slot < n_slots)
        }
    }
}

/// Whether an upstream's error may tell the role a key that is hidden from it: because the key was sent in what failed, or
/// because it is what failed. What else remotes say in their errors is theirs to decide.
fn may_tell_hidden(run: &Run, fetch: u32, slot: Option<u32>, path: &[Json]) -> bool {
    let plan = run.plan();
    let hides = |id: JoinPlanId| plan.role.hides_key_of(plan.catalog.join(plan.join(id).relationship));
    let Some(slot) = slot else {
        // It may be about any part of the request.
        let asked = match &run.fetches[fetch as usize].target {
            Target::Root(root) => plan.roots[*root].slots.iter().filter_map(|slot| slot.shape).collect(),
            Target::Joins { segments, .. } if segments.iter().any(|segment| hides(segment.plan)) => {
                return true;
            }
            Target::Joins { segments, .. } => {
                segments.iter().filter_map(|segment| plan.join(segment.plan).shape).collect()
            }
        };
        return asks_for_any(plan, asked, &hides);
    };
    let (mut shape, n_steps) = match run.segment_of_slot(fetch, slot) {
        Some(segment) if hides(segment.plan) => return true,
        Some(segment) => (plan.join(segment.plan).shape, plan.join(segment.plan).path.len()),
        None => (run.shape_of_slot(fetch, slot), 0),
    };
    for key in path.iter().skip(1 + n_steps).filter_map(Json::as_str) {
        let Some(at) = shape.map(|id| plan.shape(id)) else { return false };
        let member = at.members.iter().find(|member| member.key == key);
        shape = match member.map(|member| member.action) {
            Some(Action::Part { join, .. }) => return hides(at.joins[usize::from(join)].plan),
            Some(Action::Walk(inner)) => Some(inner),
            _ => None,
        };
    }
    false
}

/// Whether keys of such joins are asked for in some shapes or below them.
fn asks_for_any(plan: &Plan, mut waiting: Vec<ShapeId>, is_such: &dyn Fn(JoinPlanId) -> bool) -> bool {
    while let Some(shape) = waiting.pop().map(|id| plan.shape(id)) {
        if shape.joins.iter().any(|join| is_such(join.plan)) {
            return true;
        }
        waiting.extend(shape.members.iter().filter_map(|member| match member.action {
            Action::Walk(inner) => Some(inner),
            _ => None,
        }));
    }
    false
}

/// An upstream's extensions with ours; only the upstream's code stays.
fn laid_under(upstream: &Map<String, Json>, ours: Map<String, Json>) -> Map<String, Json> {
    let mut extensions = upstream.clone();
    for (key, value) in ours {
        if key != "code" || !extensions.contains_key("code") {
            extensions.insert(key, value);
        }
    }
    extensions
}

/// Which parts of a site's key the answer lacks.
fn missing_message(run: &Run, answer: &Answer, site: Site) -> String {
    let plan = run.plan();
    let join = plan.catalog.join(plan.join(site.plan).relationship);
    let names = &join.lhs_fields;
    let parts = &answer.scanned.parts[site.parts as usize..];
    let missing: Vec<&str> =
        names.iter().zip(parts).filter(|(_, part)| part.is_empty()).map(|(name, _)| name.as_str()).collect();
    if missing.iter().any(|name| !plan.role.sees_field(join.lhs, &join.lhs_type, name)) {
        return "a join column is missing from the response".into();
    }
    format!("a join column is missing from the response: {}", missing.join(", "))
}

fn into_map(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

/// The upstream's `errors`.
fn upstream_errors(run: &Run, fetch: u32) -> Vec<Json> {
    let Some(answer) = &run.fetches[fetch as usize].answer else { return Vec::new() };
    let Some(span) = answer.scanned.errors else { return Vec::new() };
    match serde_json::from_slice(span.bytes(&answer.body)) {
        Ok(Json::Array(errors)) => errors,
        Ok(other) => vec![other],
        Err(error) => {
            vec![json!({"message": format!("the remote reported errors that cannot be read: {error}")})]
        }
    }
}

/// The response of the first fault in Hasura's shapes, with its number of errors: nothing but that one error, or an
/// upstream's errors as they came.
fn hasura_body(run: &Run) -> Option<(Vec<u8>, usize)> {
    let fault = run.faults.first()?;
    let error = |code: Code, message: &str, internal: Option<Json>| {
        let mut extensions = into_map(json!({"path": "$", "code": code.as_str()}));
        if let (true, Some(internal)) = (run.internal, internal) {
            extensions.insert("internal".into(), internal);
        }
        json!({"errors": [{"message": message, "extensions": extensions}]})
    };
    let root = |fetch: u32| match run.fetches[fetch as usize].target {
        Target::Root(root) => Some(&run.plan().roots[root]),
        Target::Joins { .. } => None,
    };
    let code_at = |fetch: u32| if root(fetch).is_some() { UPSTREAM } else { Code::Unexpected };
    let body = match fault {
        Fault::Transport { failure, .. } => error(failure.code, &failure.reason, failure.internal.clone()),
        Fault::Unreadable { fetch, error: syntax } if root(*fetch).is_some() => {
            error(UPSTREAM, &syntax.to_string(), None)
        }
        Fault::Unreadable { error: syntax, .. } => {
            error(Code::Unexpected, &format!("Remote server response is not valid JSON: {syntax}"), None)
        }
        Fault::Shape { fetch, flaw } => {
            error(code_at(*fetch), flaw.hasura_message(root(*fetch).is_some()), None)
        }
        Fault::Upstream { fetch } if root(*fetch).is_some() => {
            let mut errors = upstream_errors(run, *fetch);
            for error in &mut errors {
                let path = error.get("path").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
                let slot = path.first().and_then(Json::as_str).and_then(|key| slot_of(run, *fetch, key));
                if may_tell_hidden(run, *fetch, slot, path) {
                    *error = json!({ "message": NOT_SHOWN });
                }
            }
            let n_errors = errors.len();
            let body = json!({"data": null, "errors": errors});
            return Some((body.to_string().into_bytes(), n_errors));
        }
        Fault::Upstream { fetch } => {
            let internal = json!({"errors": upstream_errors(run, *fetch)});
            error(Code::Unexpected, "Errors from remote server", Some(internal))
        }
        Fault::Slot { fetch, slot, message } => {
            let is_missing = run.fetches[*fetch as usize]
                .answer
                .as_ref()
                .is_some_and(|answer| answer.scanned.slots.get(*slot as usize) == Some(&Slot::Missing));
            match root(*fetch) {
                Some(root) => {
                    error(UPSTREAM, &format!("expecting key {}", root.slots[*slot as usize].key), None)
                }
                None if is_missing => {
                    error(Code::Unexpected, &format!("failed to lookup key '_{slot}' in response"), None)
                }
                None => error(Code::Unexpected, message, None),
            }
        }
        Fault::Unfit { fetch, unfit: Unfit::Incomplete { site } } => {
            let answer = run.fetches[*fetch as usize].answer.as_ref()?;
            let message = missing_message(run, answer, answer.scanned.sites[*site as usize]);
            error(Code::Unexpected, &message, None)
        }
        Fault::Unfit { unfit: Unfit::Coercion { message, .. }, .. } => {
            error(Code::CoercionError, message, None)
        }
        Fault::Ambiguous { .. } => error(Code::Unexpected, "more than one element for a join key", None),
        Fault::OverLimit { .. } => error(Code::LimitExceeded, "the operation exceeds a limit on joins", None),
    };
    Some((body.to_string().into_bytes(), 1))
}
