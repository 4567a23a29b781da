//! Where in the client's response things go: the paths of sites and of the results that fill them.
//!
//! Only errors need paths, so they are found afresh by walking an answer down to a byte position; a response without
//! errors never pays for them.

use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use serde_json::{Value as Json, json};

use super::matching::Found;
use super::scan::{Answer, KEY_NONE, Segment, Site};
use super::{FetchState, Run, Target};
use crate::json::{Cursor, Kind, Span, SyntaxError, unescape};
use crate::plan::{Action, JoinPlanId, ShapeId};

/// Most places listed for one error.
pub(super) const MAX_SITES: usize = 10;

/// A path in the client's response.
pub(super) type Path = Vec<Json>;

/// Finds paths in the response of a run.
pub(super) struct Places<'a> {
    run: &'a Run,
    /// How often a result is in the response.
    counts: FxHashMap<(u32, u32), u64>,
    /// By request.
    indexes: FxHashMap<u32, Rc<Index>>,
    /// The spans of the elements of an array, by request and the array's start, so that each array is walked once.
    arrays: FxHashMap<(u32, u32), Rc<[Span]>>,
}

/// Some sites of a join in an answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    /// The one of this number.
    Number(u32),
    /// Those with this key.
    Key(u32),
    /// Those with this key or one after it.
    From(u32),
}

/// What is where in one answer.
#[derive(Default)]
struct Index {
    /// Indexes of sites, by their join and key.
    sites: FxHashMap<(JoinPlanId, u32), Vec<u32>>,
    /// The values that were asked for, by their start.
    holders: Vec<Holder>,
}

impl<'a> Places<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        Self {
            run,
            counts: FxHashMap::default(),
            indexes: FxHashMap::default(),
            arrays: FxHashMap::default(),
        }
    }

    /// Adds places where a result goes: all of them, or as many as are listed.
    pub(super) fn of_result(&mut self, fetch: u32, result: u32, out: &mut Vec<Path>) {
        match self.run.origin(fetch, result) {
            None => {
                if let Target::Root(root) = self.run.fetches[fetch as usize].target {
                    let path = &self.run.plan().roots[root].slots[result as usize].path;
                    out.push(path.iter().map(|key| json!(key)).collect());
                }
            }
            Some((parent, plan, key)) => {
                let index = self.index(parent);
                for site in index.sites.get(&(plan, key)).into_iter().flatten() {
                    if out.len() >= MAX_SITES {
                        return;
                    }
                    self.of_site(parent, &index, *site, out);
                }
            }
        }
    }

    /// Adds the places of some sites of a join in an answer, and returns how many there are.
    pub(super) fn of_sites(
        &mut self,
        fetch: u32,
        plan: JoinPlanId,
        which: Which,
        out: &mut Vec<Path>,
    ) -> u64 {
        let run = self.run;
        let Some(answer) = &run.fetches[fetch as usize].answer else { return 0 };
        let sites = &answer.scanned.sites;
        let index = self.index(fetch);
        let numbers = match which {
            Which::Number(number) => vec![number],
            Which::Key(key) => index.sites.get(&(plan, key)).cloned().unwrap_or_default(),
            Which::From(key) => (0..sites.len() as u32)
                .filter(|number| {
                    let site = &sites[*number as usize];
                    site.plan == plan && (key..KEY_NONE).contains(&site.key)
                })
                .collect(),
        };
        let mut n = 0u64;
        for number in numbers {
            let Some(holder) = index.holder(sites[number as usize].at) else { continue };
            n = n.saturating_add(self.count(fetch, holder.result));
            if out.len() < MAX_SITES {
                self.of_site(fetch, &index, number, out);
            }
        }
        n
    }

    fn of_site(&mut self, fetch: u32, index: &Index, site: u32, out: &mut Vec<Path>) {
        let run = self.run;
        let Some(answer) = &run.fetches[fetch as usize].answer else { return };
        let site = &answer.scanned.sites[site as usize];
        let Some(holder) = index.holder(site.at) else { return };
        let local = self.local(fetch, holder, answer, site);
        let mut bases = Vec::new();
        self.of_result(fetch, holder.result, &mut bases);
        for mut path in bases {
            path.extend_from_slice(&local);
            out.push(path);
        }
    }

    /// How often a result is in the response.
    pub(super) fn count(&mut self, fetch: u32, result: u32) -> u64 {
        let Some((parent, plan, key)) = self.run.origin(fetch, result) else { return 1 };
        if let Some(count) = self.counts.get(&(fetch, result)) {
            return *count;
        }
        let Some(answer) = &self.run.fetches[parent as usize].answer else { return 0 };
        let index = self.index(parent);
        let mut count = 0u64;
        for site in index.sites.get(&(plan, key)).into_iter().flatten() {
            if let Some(holder) = index.holder(answer.scanned.sites[*site as usize].at) {
                count = count.saturating_add(self.count(parent, holder.result));
            }
        }
        self.counts.insert((fetch, result), count);
        count
    }

    fn index(&mut self, fetch: u32) -> Rc<Index> {
        let run = self.run;
        let index = self.indexes.entry(fetch).or_insert_with(|| Rc::new(run.index(fetch)));
        Rc::clone(index)
    }

    /// The path from the value that holds a site to the site, in the client's terms.
    fn local(&mut self, fetch: u32, holder: &Holder, answer: &Answer, site: &Site) -> Path {
        let plan = self.run.plan();
        let shape = match self.run.segment_of_result(fetch, holder.result) {
            Some(segment) => plan.join(segment.plan).shape,
            None => self.run.shape_of_slot(fetch, holder.result),
        };
        let mut path: Path = holder.position.into_iter().map(|position| json!(position)).collect();
        // The answer has been walked before, so this walk cannot fail.
        let _ = self.locate(fetch, &answer.body, holder.span.start, shape, site.at, &mut path);
        path.push(json!(plan.shape(site.shape).joins[usize::from(site.join)].key));
        path
    }

    /// Walks down from the value at byte `at` to the object that holds byte `target`.
    fn locate(
        &mut self,
        fetch: u32,
        body: &[u8],
        at: u32,
        shape: Option<ShapeId>,
        target: u32,
        path: &mut Path,
    ) -> Result<(), SyntaxError> {
        let mut cursor = Cursor::resume(body, at);
        match cursor.kind()? {
            Kind::Object => {
                let shape = shape.map(|id| self.run.plan().shape(id));
                let mut members = cursor.enter_object()?;
                while let Some(key) = cursor.member(&mut members)? {
                    let value = cursor.value()?;
                    if (value.start..value.end).contains(&target) {
                        let key = unescape(&String::from_utf8_lossy(key.inner.bytes(body)));
                        let member =
                            shape.and_then(|shape| shape.members.iter().find(|member| member.key == key));
                        let inner = match member.map(|member| member.action) {
                            Some(Action::Walk(inner)) => Some(inner),
                            _ => None,
                        };
                        path.push(json!(key));
                        return self.locate(fetch, body, value.start, inner, target, path);
                    }
                    if value.end > target {
                        break;
                    }
                }
                Ok(())
            }
            Kind::Array => {
                let elements = self.elements(fetch, body, cursor)?;
                let index = elements.partition_point(|element| element.end <= target);
                match elements.get(index) {
                    Some(element) if element.start <= target => {
                        path.push(json!(index));
                        self.locate(fetch, body, element.start, shape, target, path)
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// The elements of the array at the cursor.
    fn elements(
        &mut self,
        fetch: u32,
        body: &[u8],
        mut cursor: Cursor<'_>,
    ) -> Result<Rc<[Span]>, SyntaxError> {
        cursor.space();
        let start = cursor.position();
        if let Some(known) = self.arrays.get(&(fetch, start)) {
            return Ok(Rc::clone(known));
        }
        let mut cursor = Cursor::resume(body, start);
        let mut members = cursor.enter_array()?;
        let mut spans = Vec::new();
        while cursor.element(&mut members)? {
            spans.push(cursor.value()?);
        }
        let spans: Rc<[Span]> = spans.into();
        self.arrays.insert((fetch, start), Rc::clone(&spans));
        Ok(spans)
    }
}

/// A value that was asked for.
struct Holder {
    span: Span,
    result: u32,
    /// Its place among the elements of the result, when that is a list of elements.
    position: Option<u32>,
}

impl Index {
    /// The value that holds a byte of the answer; `None` if it is in nothing that was asked for.
    fn holder(&self, at: u32) -> Option<&Holder> {
        let next = self.holders.partition_point(|holder| holder.span.start <= at);
        self.holders[..next].last().filter(|holder| at < holder.span.end)
    }
}

impl Run {
    /// For a result of a joining request: whose answer holds its sites, its join, and the number of its key.
    fn origin(&self, fetch: u32, result: u32) -> Option<(u32, JoinPlanId, u32)> {
        let Target::Joins { parent, .. } = &self.fetches[fetch as usize].target else { return None };
        let segment = self.segment_of_result(fetch, result)?;
        Some((*parent, segment.plan, segment.first_key + result - segment.first_result))
    }

    /// The joins of a request; none for a root.
    pub(super) fn segments(&self, fetch: u32) -> &[Segment] {
        match &self.fetches[fetch as usize].target {
            Target::Root(_) => &[],
            Target::Joins { segments, .. } => segments,
        }
    }

    /// Number of keys or root fields that a request asks for.
    pub(super) fn n_results(&self, fetch: u32) -> u32 {
        match &self.fetches[fetch as usize].target {
            Target::Root(root) => self.plan().roots[*root].slots.len() as u32,
            Target::Joins { segments, .. } => {
                segments.last().map_or(0, |last| last.first_result + last.n_keys)
            }
        }
    }

    pub(super) fn segment_of_slot(&self, fetch: u32, slot: u32) -> Option<&Segment> {
        self.segments(fetch).iter().find(|segment| (segment.start..segment.end).contains(&slot))
    }

    pub(super) fn segment_of_result(&self, fetch: u32, result: u32) -> Option<&Segment> {
        self.segments(fetch).iter().find(|segment| segment.has_result(result))
    }

    /// The results that one member of a request's `data` delivers.
    pub(super) fn results_of_slot(&self, fetch: u32, slot: u32) -> Range<u32> {
        match self.segment_of_slot(fetch, slot) {
            None => slot..slot + 1,
            Some(segment) if segment.n_keys == segment.end - segment.start => {
                let result = segment.first_result + slot - segment.start;
                result..result + 1
            }
            Some(segment) => segment.first_result..segment.first_result + segment.n_keys,
        }
    }

    /// What is to be done inside a root field.
    pub(super) fn shape_of_slot(&self, fetch: u32, slot: u32) -> Option<ShapeId> {
        match self.fetches[fetch as usize].target {
            Target::Root(root) => self.plan().roots[root].slots.get(slot as usize)?.shape,
            Target::Joins { .. } => None,
        }
    }

    /// The results that have the element at an index of the upstream's list, and its place in them.
    pub(super) fn result_of_element(&self, fetch: u32, slot: u32, index: u64) -> Option<(Vec<u32>, Path)> {
        let state = &self.fetches[fetch as usize];
        let elements = &state.answer.as_ref()?.scanned.elements;
        for result in self.results_of_slot(fetch, slot) {
            match state.results.values.get(result as usize)? {
                Found::Null => {}
                Found::One(value) => {
                    let its = elements.iter().find(|element| element.value == *value);
                    if its.is_some_and(|element| u64::from(element.index) == index) {
                        return Some((vec![result], Path::new()));
                    }
                }
                Found::Many(start, end) => {
                    let own = &state.results.elements[*start as usize..*end as usize];
                    let is = |element: &u32| u64::from(elements[*element as usize].index) == index;
                    if let Some(position) = own.iter().position(is) {
                        return Some((vec![result], vec![json!(position)]));
                    }
                }
            }
        }
        None
    }

    fn index(&self, fetch: u32) -> Index {
        let FetchState { results, answer: Some(answer), .. } = &self.fetches[fetch as usize] else {
            return Index::default();
        };
        let mut index = Index::default();
        for (number, site) in answer.scanned.sites.iter().enumerate() {
            index.sites.entry((site.plan, site.key)).or_default().push(number as u32);
        }
        for (result, found) in (0u32..).zip(&results.values) {
            match found {
                Found::Null => {}
                Found::One(value) => index.holders.push(Holder { span: value.span, result, position: None }),
                Found::Many(start, end) => {
                    let elements = &results.elements[*start as usize..*end as usize];
                    index.holders.extend((0u32..).zip(elements).map(|(position, element)| Holder {
                        span: answer.scanned.elements[*element as usize].value.span,
                        result,
                        position: Some(position),
                    }));
                }
            }
        }
        index.holders.sort_unstable_by_key(|holder| holder.span.start);
        index
    }
}
