//! Brings the values of an answer to the keys that asked for them: by alias, or for a batched join by the key that each
//! element carries, never by its position.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::keys::Group;
use super::scan::{Answer, KEY_NULL, Segment, Slot, Value};
use crate::json::{Span, unescape};
use crate::plan::{BatchForm, Plan};

/// The values of a request's keys.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// One for each key, in the order of the request's segments.
    pub(super) values: Vec<Found>,
    /// Indexes of elements, for those with several.
    pub(super) elements: Vec<u32>,
    /// Keys with a second element where only one may be.
    pub(super) ambiguous: Vec<u32>,
}

/// What was found for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Null,
    /// A value.
    One(Value),
    /// Elements: from this index into [`Results::elements`] to before that one.
    Many(u32, u32),
}

/// Finds the value of each root field.
pub(super) fn roots(answer: &Answer) -> Results {
    Results { values: answer.scanned.slots.iter().map(by_position).collect(), ..Results::default() }
}

fn by_position(slot: &Slot) -> Found {
    match slot {
        Slot::Found(value) => Found::One(*value),
        Slot::Missing | Slot::Unreachable(_) | Slot::Null | Slot::List { .. } => Found::Null,
    }
}

/// Finds the value of each key of a joining request. `parent` and `groups` are the answer that the keys come from.
pub(super) fn joins(
    plan: &Plan,
    segments: &[Segment],
    answer: &mut Answer,
    parent: &Answer,
    groups: &[Group],
) -> Results {
    let mut results = Results::default();
    for segment in segments {
        match &plan.join(segment.plan).batch {
            BatchForm::Alias { .. } => {
                let slots = &answer.scanned.slots[segment.start as usize..segment.end as usize];
                results.values.extend(slots.iter().map(by_position));
            }
            BatchForm::List { many, parts, .. } => {
                let Some(group) = groups.iter().find(|group| group.plan == segment.plan) else { continue };
                let keys = group.keys.iter().skip(segment.first_key as usize).take(segment.n_keys as usize);
                let spans = keys.map(|key| &parent.scanned.parts[key.parts as usize..]);
                let keys: Vec<KeyText<'_>> = spans
                    .map(|spans| parts.iter().map(|part| plain(spans[*part], &parent.body)).collect())
                    .collect();
                let body = answer.body.clone();
                by_key(&keys, &body, *many, parts.len(), segment, answer, &mut results);
            }
        }
    }
    results
}

/// The parts of a key as text, so that `7` and `"7"` are the same.
type KeyText<'a> = SmallVec<[Cow<'a, str>; 2]>;

fn plain(span: Span, body: &[u8]) -> Cow<'_, str> {
    // The scanner has made sure of the encoding.
    let text = std::str::from_utf8(span.bytes(body)).unwrap_or_default();
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) if inner.contains('\\') => Cow::Owned(unescape(inner)),
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(text),
    }
}

fn by_key(
    keys: &[KeyText<'_>],
    body: &[u8],
    many: bool,
    n_parts: usize,
    segment: &Segment,
    answer: &mut Answer,
    results: &mut Results,
) {
    let nothing = if many { Found::Many(0, 0) } else { Found::Null };
    let Slot::List { start, end } = answer.scanned.slots[segment.start as usize] else {
        results.values.extend(keys.iter().map(|_| Found::Null));
        return;
    };
    // Keys that differ only in parts which are not sent have the same elements.
    let mut wanted: FxHashMap<&[Cow<'_, str>], SmallVec<[u32; 1]>> = FxHashMap::default();
    for (index, key) in keys.iter().enumerate() {
        wanted.entry(key.as_slice()).or_default().push(index as u32);
    }
    let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(keys.len());
    for index in start..end {
        let element = answer.scanned.elements[index as usize];
        let spans = &answer.scanned.element_keys[element.keys as usize..element.keys as usize + n_parts];
        let carried: KeyText<'_> = spans.iter().map(|span| plain(*span, body)).collect();
        match wanted.get(carried.as_slice()) {
            Some(owners) => pairs.extend(owners.iter().map(|owner| (*owner, index))),
            None => {
                // A stranger: nothing is joined to it.
                let sites = element.sites_start as usize..element.sites_end as usize;
                answer.scanned.sites[sites].iter_mut().for_each(|site| site.key = KEY_NULL);
            }
        }
    }
    pairs.sort_by_key(|(owner, _)| *owner);
    let mut rest = pairs.as_slice();
    for key in 0..keys.len() as u32 {
        let n = rest.iter().take_while(|(owner, _)| *owner == key).count();
        let (own, others) = rest.split_at(n);
        rest = others;
        results.values.push(match own {
            [] => nothing,
            [(_, element)] if !many => Found::One(answer.scanned.elements[*element as usize].value),
            _ if !many => {
                results.ambiguous.push(segment.first_result + key);
                Found::Null
            }
            several => {
                let first = results.elements.len() as u32;
                results.elements.extend(several.iter().map(|(_, element)| *element));
                Found::Many(first, results.elements.len() as u32)
            }
        });
    }
}
