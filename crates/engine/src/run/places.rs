//! Where in the client's response things go: the paths of sites and of the results that fill them.
//!
//! Only errors need paths, so they are found afresh by walking an answer down to a byte position; a response without
//! errors never pays for them.

use std::ops::Range;

use rustc_hash::FxHashMap;
use serde_json::{Value as Json, json};

use super::matching::Found;
use super::scan::{Answer, Segment, Site, Value};
use super::{Run, Target};
use crate::json::{Cursor, Kind, SyntaxError, unescape};
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
}

impl<'a> Places<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        Self { run, counts: FxHashMap::default() }
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
                self.of_sites(parent, |site| site.plan == plan && site.key == key, out);
            }
        }
    }

    /// Adds the places of some sites of an answer, and returns how many there are.
    pub(super) fn of_sites(&mut self, fetch: u32, is: impl Fn(&Site) -> bool, out: &mut Vec<Path>) -> u64 {
        let run = self.run;
        let Some(answer) = &run.fetches[fetch as usize].answer else { return 0 };
        let mut n = 0u64;
        for site in answer.scanned.sites.iter().filter(|site| is(site)) {
            let Some(holder) = run.holder(fetch, answer, site.at) else { continue };
            n = n.saturating_add(self.count(fetch, holder.result));
            if out.len() >= MAX_SITES {
                continue;
            }
            let local = self.local(fetch, &holder, answer, site);
            let mut bases = Vec::new();
            self.of_result(fetch, holder.result, &mut bases);
            for mut path in bases {
                path.extend_from_slice(&local);
                out.push(path);
            }
        }
        n
    }

    /// How often a result is in the response.
    pub(super) fn count(&mut self, fetch: u32, result: u32) -> u64 {
        let run = self.run;
        let Some((parent, plan, key)) = run.origin(fetch, result) else { return 1 };
        if let Some(count) = self.counts.get(&(fetch, result)) {
            return *count;
        }
        let mut count = 0u64;
        if let Some(answer) = &run.fetches[parent as usize].answer {
            for site in answer.scanned.sites.iter().filter(|site| site.plan == plan && site.key == key) {
                if let Some(holder) = run.holder(parent, answer, site.at) {
                    count = count.saturating_add(self.count(parent, holder.result));
                }
            }
        }
        self.counts.insert((fetch, result), count);
        count
    }

    /// The path from the value that holds a site to the site, in the client's terms.
    fn local(&self, fetch: u32, holder: &Holder, answer: &Answer, site: &Site) -> Path {
        let plan = self.run.plan();
        let shape = match self.run.segment_of_result(fetch, holder.result) {
            Some(segment) => plan.join(segment.plan).shape,
            None => self.run.shape_of_slot(fetch, holder.result),
        };
        let mut path: Path = holder.position.into_iter().map(|position| json!(position)).collect();
        // The answer has been walked before, so this walk cannot fail.
        let _ = self.locate(
            &mut Cursor::resume(&answer.body, holder.start),
            &answer.body,
            shape,
            site.at,
            &mut path,
        );
        path.push(json!(plan.shape(site.shape).joins[usize::from(site.join)].key));
        path
    }

    /// Walks down to the object that holds byte `target`.
    fn locate(
        &self,
        cursor: &mut Cursor<'_>,
        body: &[u8],
        shape: Option<ShapeId>,
        target: u32,
        path: &mut Path,
    ) -> Result<(), SyntaxError> {
        match cursor.kind()? {
            Kind::Object => {
                let shape = shape.map(|id| self.run.plan().shape(id));
                let mut members = cursor.enter_object()?;
                while let Some(key) = cursor.member(&mut members)? {
                    let value = cursor.value()?;
                    if (value.start..value.end).contains(&target) {
                        let key = String::from_utf8_lossy(key.inner.bytes(body)).into_owned();
                        let member =
                            shape.and_then(|shape| shape.members.iter().find(|member| member.key == key));
                        let inner = match member.map(|member| member.action) {
                            Some(Action::Walk(inner)) => Some(inner),
                            _ => None,
                        };
                        path.push(json!(unescape(&key)));
                        return self.locate(
                            &mut Cursor::resume(body, value.start),
                            body,
                            inner,
                            target,
                            path,
                        );
                    }
                    if value.end > target {
                        break;
                    }
                }
                Ok(())
            }
            Kind::Array => {
                let mut elements = cursor.enter_array()?;
                let mut index = 0;
                while cursor.element(&mut elements)? {
                    let value = cursor.value()?;
                    if (value.start..value.end).contains(&target) {
                        path.push(json!(index));
                        return self.locate(
                            &mut Cursor::resume(body, value.start),
                            body,
                            shape,
                            target,
                            path,
                        );
                    }
                    index += 1;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// The value that holds a byte of an answer.
pub(super) struct Holder {
    result: u32,
    /// Its place among the elements of the result, when that is a list of elements.
    position: Option<u32>,
    start: u32,
}

impl Run {
    /// For a result of a joining request: whose answer holds its sites, its join, and the number of its key.
    fn origin(&self, fetch: u32, result: u32) -> Option<(u32, JoinPlanId, u32)> {
        let Target::Joins { parent, .. } = &self.fetches[fetch as usize].target else { return None };
        let segment = self.segment_of_result(fetch, result)?;
        Some((*parent, segment.plan, segment.first_key + result - segment.first_result))
    }

    fn segments(&self, fetch: u32) -> &[Segment] {
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
        let holds = |segment: &&Segment| {
            (segment.first_result..segment.first_result + segment.n_keys).contains(&result)
        };
        self.segments(fetch).iter().find(holds)
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

    /// The result and the value that hold a byte of an answer; `None` if it is in nothing that was asked for.
    fn holder(&self, fetch: u32, answer: &Answer, at: u32) -> Option<Holder> {
        let results = &self.fetches[fetch as usize].results;
        let holds = |value: &Value| value.span.start <= at && at < value.span.end;
        for (result, found) in results.values.iter().enumerate() {
            let result = result as u32;
            match found {
                Found::One(value) if holds(value) => {
                    return Some(Holder { result, position: None, start: value.span.start });
                }
                Found::Many(start, end) => {
                    for position in 0..end - start {
                        let element = results.elements[(start + position) as usize];
                        let value = answer.scanned.elements[element as usize].value;
                        if holds(&value) {
                            return Some(Holder {
                                result,
                                position: Some(position),
                                start: value.span.start,
                            });
                        }
                    }
                }
                Found::Null | Found::One(_) => {}
            }
        }
        None
    }
}
