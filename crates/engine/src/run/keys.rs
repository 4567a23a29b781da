//! The join keys of an answer: brought together by join, without repetition, and checked against their arguments.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::request::{Writer, coerce};
use super::scan::{Answer, KEY_NONE, KEY_NULL};
use crate::json::Span;
use crate::plan::{HoleValue, JoinPlan, JoinPlanId, Plan};

/// The keys of one join in one answer.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) plan: JoinPlanId,
    pub(super) keys: Vec<Key>,
}

/// A distinct key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Index of the first part of one of its sites.
    pub(super) parts: u32,
    /// The request that fetches its value, once there is one.
    pub(super) fetch: Option<u32>,
    /// Its number among the keys of that request.
    pub(super) result: u32,
    /// Number of sites that have it.
    pub(super) n_sites: u32,
}

/// Why a site or a key gets no value.
#[derive(Debug)]
pub(super) enum Unfit {
    /// A site lacks a part of its key.
    Incomplete { site: u32 },
    /// A key does not fit its argument.
    Coercion { group: usize, key: u32, message: String },
}

/// Groups the keys of an answer's sites and sets each site's key.
pub(super) fn group(plan: &Plan, answer: &mut Answer) -> (Vec<Group>, Vec<Unfit>) {
    let body = answer.body.clone();
    let scanned = &mut answer.scanned;
    let mut groups: Vec<Group> = Vec::new();
    let mut known: Vec<FxHashMap<SmallVec<[&[u8]; 2]>, u32>> = Vec::new();
    let mut unfit = Vec::new();
    for (index, site) in scanned.sites.iter_mut().enumerate() {
        if site.key == KEY_NULL {
            // It is inside an element that nothing asked for.
            continue;
        }
        let group = groups.iter().position(|group| group.plan == site.plan).unwrap_or_else(|| {
            groups.push(Group { plan: site.plan, keys: Vec::new() });
            known.push(FxHashMap::default());
            groups.len() - 1
        });
        let join = plan.join(site.plan);
        let n_parts = plan.catalog.join(join.relationship).lhs_fields.len();
        let spans = &scanned.parts[site.parts as usize..site.parts as usize + n_parts];
        if spans.iter().any(Span::is_empty) {
            unfit.push(Unfit::Incomplete { site: index as u32 });
            continue;
        }
        let parts: SmallVec<[&[u8]; 2]> = spans.iter().map(|span| span.bytes(&body)).collect();
        if parts.contains(&&b"null"[..]) {
            site.key = KEY_NULL;
            continue;
        }
        if let Some(key) = known[group].get(&parts) {
            site.key = *key;
        } else {
            let key = groups[group].keys.len() as u32;
            if let Err(message) = fits(plan, join, &parts) {
                unfit.push(Unfit::Coercion { group, key, message });
            }
            groups[group].keys.push(Key { parts: site.parts, fetch: None, result: 0, n_sites: 0 });
            known[group].insert(parts, key);
            site.key = key;
        }
        groups[group].keys[site.key as usize].n_sites += 1;
    }
    debug_assert!(scanned.sites.iter().all(|site| site.key != KEY_NONE) || !unfit.is_empty());
    (groups, unfit)
}

/// Whether the key can be sent; the error says which value does not fit which argument type, if the role may know.
fn fits(plan: &Plan, join: &JoinPlan, parts: &[&[u8]]) -> Result<(), String> {
    let is_known = |part: usize, ty: &str| {
        let join = plan.catalog.join(join.relationship);
        let ty = ty.trim_matches(['[', ']', '!']);
        plan.role.sees_field(join.lhs, &join.lhs_type, &join.lhs_fields[part])
            && plan.role.sees_type(join.target, ty)
    };
    join.holes.iter().try_for_each(|hole| check(&hole.value, &hole.ty, parts, &is_known))
}

fn check(
    value: &HoleValue,
    ty: &str,
    parts: &[&[u8]],
    is_known: &dyn Fn(usize, &str) -> bool,
) -> Result<(), String> {
    match value {
        HoleValue::Text(_) | HoleValue::Session(_) => Ok(()),
        HoleValue::Part(part, coercion) => {
            coerce(parts[*part], *coercion, &mut Writer::counting()).map_err(|()| {
                if !is_known(*part, ty) {
                    return "the join key does not fit the argument it is bound to".to_owned();
                }
                let shown = String::from_utf8_lossy(&parts[*part][..parts[*part].len().min(60)]).into_owned();
                format!("the join key {shown} does not fit the type `{ty}` of the argument it is bound to")
            })
        }
        HoleValue::Object(members) => {
            members.iter().try_for_each(|(_, value)| check(value, ty, parts, is_known))
        }
        HoleValue::List(items) => items.iter().try_for_each(|value| check(value, ty, parts, is_known)),
        HoleValue::Keys(value) => check(value, ty, parts, is_known),
        HoleValue::Over { bound, .. } => check(bound, ty, parts, is_known),
    }
}
