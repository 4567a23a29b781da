//! Walks an upstream answer once, along the shape that the plan expects, and notes what to change in it.
//!
//! The answer is checked to be JSON on the way. Nothing is copied and nothing is allocated per object: patches, sites
//! and key parts go into flat tables. [`super::assemble`] writes the response from them.

use std::borrow::Cow;
use std::sync::Arc;

use apollo_compiler::Name;
use bytes::Bytes;

use crate::catalog::RemoteId;
use crate::json::{Cursor, Kind, Span, StringToken, SyntaxError, unescape};
use crate::plan::{Action, BatchForm, JoinPlanId, Plan, RootSlot, ShapeId};

/// What an answer holds, as places in its bytes.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// What became of each member that was asked for.
    pub(super) slots: Vec<Slot>,
    /// Changes to make, in order.
    pub(super) patches: Vec<Patch>,
    /// Places where a relationship's value goes.
    pub(super) sites: Vec<Site>,
    /// The key parts of the sites; empty where the answer has none.
    pub(super) parts: Vec<Span>,
    /// The elements of the lists that batched joins asked for.
    pub(super) elements: Vec<Element>,
    /// The key parts that the elements carry; empty where they carry none.
    pub(super) element_keys: Vec<Span>,
    /// Served type names that patches put in.
    pub(super) texts: Vec<Name>,
    /// What `data` is.
    pub(super) data: Data,
    /// The value of `errors`, unless it is null.
    pub(super) errors: Option<Span>,
    /// Whether `errors` was there at all.
    pub(super) has_errors_member: bool,
    /// Whether `data` is the only member of the answer.
    pub(super) is_bare: bool,
}

impl Scanned {
    /// What is noted of an answer that is to be handed on as it is.
    pub(super) fn unread() -> Self {
        Self { data: Data::Object, is_bare: true, ..Self::default() }
    }
}

/// What the `data` of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Data {
    /// Not there.
    #[default]
    Missing,
    /// `null`.
    Null,
    /// Neither an object nor null.
    Other,
    /// An object.
    Object,
}

/// What became of a member that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The answer does not have it.
    Missing,
    /// It is there, but its value could not be reached.
    Unreachable(&'static str),
    /// The way to its value ends in a null.
    Null,
    /// Its value.
    Found(Value),
    /// The elements of a batched join.
    List {
        /// From this index into [`Scanned::elements`],
        start: u32,
        /// to before this one.
        end: u32,
    },
}

/// An element of the list that a batched join asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) value: Value,
    /// Its place in the upstream's list.
    pub(super) index: u32,
    /// Index of the first of its key parts.
    pub(super) keys: u32,
    /// The sites inside it: from this index,
    pub(super) sites_start: u32,
    /// to before this one.
    pub(super) sites_end: u32,
}

/// A value in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) span: Span,
    /// The patches inside it: from this index,
    pub(super) patches_start: u32,
    /// to before this one.
    pub(super) patches_end: u32,
}

/// A change to an answer: the bytes of `span` are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) span: Span,
    pub(super) put: Put,
}

/// What is put in place of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Nothing,
    /// A JSON string of [`Scanned::texts`].
    Text(u32),
    /// A member with the value of a relationship.
    Site(u32),
}

/// A place where a relationship's value goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    /// The shape of its object and the relationship's index there.
    pub(super) shape: ShapeId,
    pub(super) join: u16,
    pub(super) plan: JoinPlanId,
    /// Index of its first key part.
    pub(super) parts: u32,
    /// Where it is in the answer.
    pub(super) at: u32,
    /// Whether a comma goes before it.
    pub(super) comma: bool,
    /// Index into the keys of its join, or one of the two constants.
    pub(super) key: u32,
}

/// The site's key has a null in it: its value is null without asking.
pub(super) const KEY_NULL: u32 = u32::MAX;
/// The site has no key: its value is null, and there is a fault that says why.
pub(super) const KEY_NONE: u32 = u32::MAX - 1;

impl Segment {
    /// Whether a key of the request, by its number, is one of the segment's.
    pub(super) fn has_result(&self, result: u32) -> bool {
        (self.first_result..self.first_result + self.n_keys).contains(&result)
    }
}

/// What members an answer's `data` is expected to have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected<'p> {
    /// Root fields.
    Root(&'p [RootSlot]),
    /// The aliases `_0`, `_1`, … of joins.
    Joins(&'p [Segment]),
}

/// The keys of one join in a request: an alias for each, or one alias for all of a batched join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) plan: JoinPlanId,
    /// Index of the first of its keys in the parent's group.
    pub(super) first_key: u32,
    pub(super) n_keys: u32,
    /// Number of its first key among all of the request.
    pub(super) first_result: u32,
    /// Number of its first alias.
    pub(super) start: u32,
    /// One past its last alias.
    pub(super) end: u32,
}

/// Walks an answer.
pub(super) fn scan(
    plan: &Plan,
    remote: RemoteId,
    expected: Expected<'_>,
    body: &Bytes,
) -> Result<Scanned, SyntaxError> {
    if let Err(error) = std::str::from_utf8(body) {
        return Err(SyntaxError { what: "invalid UTF-8", offset: error.valid_up_to() });
    }
    let n_slots = match expected {
        Expected::Root(slots) => slots.len(),
        Expected::Joins(segments) => segments.last().map_or(0, |last| last.end as usize),
    };
    let mut scanner =
        Scanner { plan, remote, cursor: Cursor::new(body)?, body, out: Scanned::default(), element: 0 };
    scanner.out.slots = vec![Slot::Missing; n_slots];
    scanner.envelope(expected)?;
    Ok(scanner.out)
}

struct Scanner<'a> {
    plan: &'a Plan,
    remote: RemoteId,
    cursor: Cursor<'a>,
    body: &'a [u8],
    out: Scanned,
    /// Where the key parts of the element that is being walked go.
    element: usize,
}

impl<'a> Scanner<'a> {
    /// What a string says. No server escapes names, but any may.
    fn bytes(&self, token: StringToken) -> Cow<'a, [u8]> {
        let raw = token.inner.bytes(self.body);
        if token.escaped {
            Cow::Owned(unescape(&String::from_utf8_lossy(raw)).into_bytes())
        } else {
            Cow::Borrowed(raw)
        }
    }

    fn envelope(&mut self, expected: Expected<'_>) -> Result<(), SyntaxError> {
        let mut members = self.cursor.enter_object()?;
        self.out.is_bare = true;
        while let Some(key) = self.cursor.member(&mut members)? {
            match &*self.bytes(key) {
                b"data" => {
                    if self.out.data != Data::Missing {
                        return Err(self.cursor.error("a second `data`"));
                    }
                    self.out.data = match self.cursor.kind()? {
                        Kind::Object => Data::Object,
                        Kind::Null => Data::Null,
                        _ => Data::Other,
                    };
                    if self.out.data == Data::Object {
                        self.data(expected)?;
                    } else {
                        self.cursor.value()?;
                    }
                }
                b"errors" => {
                    if self.out.has_errors_member {
                        return Err(self.cursor.error("a second `errors`"));
                    }
                    let is_null = self.cursor.kind()? == Kind::Null;
                    let value = self.cursor.value()?;
                    self.out.has_errors_member = true;
                    self.out.errors = (!is_null).then_some(value);
                    self.out.is_bare = false;
                }
                _ => {
                    self.cursor.value()?;
                    self.out.is_bare = false;
                }
            }
        }
        self.cursor.end()
    }

    fn data(&mut self, expected: Expected<'_>) -> Result<(), SyntaxError> {
        let mut members = self.cursor.enter_object()?;
        let mut hint = 0;
        while let Some(key) = self.cursor.member(&mut members)? {
            let key = &*self.bytes(key);
            let found = match expected {
                Expected::Root(slots) => {
                    let at = find(slots.len(), hint, |i| slots[i].key.as_bytes() == key);
                    at.map(|i| (i, slots[i].shape, &[][..], None))
                }
                Expected::Joins(segments) => alias_number(key).and_then(|number| {
                    let segment =
                        segments.iter().find(|segment| (segment.start..segment.end).contains(&number))?;
                    let plan = self.plan.join(segment.plan);
                    let n_parts = match &plan.batch {
                        BatchForm::Alias { .. } => None,
                        BatchForm::List { parts, .. } => Some(parts.len()),
                    };
                    Some((number as usize, plan.shape, &plan.path[..], n_parts))
                }),
            };
            let Some((index, shape, path, n_parts)) = found else {
                self.cursor.value()?;
                continue;
            };
            if self.out.slots[index] != Slot::Missing {
                return Err(self.cursor.error("a second member of the same name"));
            }
            self.out.slots[index] = self.descend(path, shape, n_parts)?;
            hint = index + 1;
        }
        Ok(())
    }

    /// Follows the rest of a target path to the value; for a batched join, to the list of elements with `n_parts` keys.
    fn descend(
        &mut self,
        path: &[String],
        shape: Option<ShapeId>,
        n_parts: Option<usize>,
    ) -> Result<Slot, SyntaxError> {
        let Some((step, rest)) = path.split_first() else {
            if let Some(n_parts) = n_parts {
                return self.elements(shape, n_parts);
            }
            let patches_start = self.out.patches.len() as u32;
            self.cursor.space();
            let start = self.cursor.position();
            match shape {
                Some(shape) => self.walk(shape)?,
                None => {
                    self.cursor.value()?;
                }
            }
            let span = Span { start, end: self.cursor.position() };
            return Ok(Slot::Found(Value {
                span,
                patches_start,
                patches_end: self.out.patches.len() as u32,
            }));
        };
        match self.cursor.kind()? {
            Kind::Null => {
                self.cursor.value()?;
                return Ok(Slot::Null);
            }
            Kind::Object => {}
            _ => {
                self.cursor.value()?;
                return Ok(Slot::Unreachable("expected an object on the way to the target field"));
            }
        }
        let mut found = None;
        let mut members = self.cursor.enter_object()?;
        while let Some(key) = self.cursor.member(&mut members)? {
            if *self.bytes(key) != *step.as_bytes() {
                self.cursor.value()?;
            } else if found.is_some() {
                return Err(self.cursor.error("a second member of the same name"));
            } else {
                found = Some(self.descend(rest, shape, n_parts)?);
            }
        }
        Ok(found.unwrap_or(Slot::Unreachable("the answer lacks a field on the way to the target field")))
    }

    /// Walks the list that a batched join asked for.
    fn elements(&mut self, shape: Option<ShapeId>, n_parts: usize) -> Result<Slot, SyntaxError> {
        match self.cursor.kind()? {
            Kind::Array => {}
            Kind::Null => {
                self.cursor.value()?;
                return Ok(Slot::Null);
            }
            _ => {
                self.cursor.value()?;
                return Ok(Slot::Unreachable("expected a list of elements to match with the join keys"));
            }
        }
        let start = self.out.elements.len() as u32;
        let mut elements = self.cursor.enter_array()?;
        let mut index = 0;
        while self.cursor.element(&mut elements)? {
            if let (Kind::Object, Some(shape)) = (self.cursor.kind()?, shape) {
                let keys = self.out.element_keys.len();
                self.out.element_keys.resize(keys + n_parts, Span::default());
                self.element = keys;
                let patches_start = self.out.patches.len() as u32;
                let sites_start = self.out.sites.len() as u32;
                let begin = self.cursor.position();
                self.object(shape)?;
                let span = Span { start: begin, end: self.cursor.position() };
                let value = Value { span, patches_start, patches_end: self.out.patches.len() as u32 };
                let sites_end = self.out.sites.len() as u32;
                self.out.elements.push(Element { value, index, keys: keys as u32, sites_start, sites_end });
            } else {
                self.cursor.value()?;
            }
            index += 1;
        }
        Ok(Slot::List { start, end: self.out.elements.len() as u32 })
    }

    /// Walks a value that is an object, or lists of objects; anything else is left as it is.
    fn walk(&mut self, shape: ShapeId) -> Result<(), SyntaxError> {
        match self.cursor.kind()? {
            Kind::Object => self.object(shape),
            Kind::Array => {
                let mut elements = self.cursor.enter_array()?;
                while self.cursor.element(&mut elements)? {
                    self.walk(shape)?;
                }
                Ok(())
            }
            _ => self.cursor.value().map(drop),
        }
    }

    fn object(&mut self, id: ShapeId) -> Result<(), SyntaxError> {
        let shape = self.plan.shape(id);
        let parts = self.out.parts.len();
        self.out.parts.resize(parts + usize::from(shape.n_parts), Span::default());
        let mut n_parts_seen = 0;
        let mut members = self.cursor.enter_object()?;
        let mut end_of_last = self.cursor.position();
        let mut kept = false;
        // Start of members that were cut before any was kept; the comma after them goes too.
        let mut cut_from = None;
        let mut hint = 0;
        loop {
            // Members come in the order in which they were asked for, and nearly always without white space.
            let next = shape.members.get(hint);
            let expected = next.and_then(|next| {
                Some((self.cursor.labelled_member(&mut members, &next.label)?, next.action))
            });
            let (key_start, action) = if let Some(expected) = expected {
                hint += 1;
                expected
            } else {
                let Some(key) = self.cursor.member(&mut members)? else { break };
                let name = &*self.bytes(key);
                let found = find(shape.members.len(), hint, |i| shape.members[i].key.as_bytes() == name);
                hint = found.map_or(hint, |i| i + 1);
                (key.inner.start - 1, found.map_or(Action::Keep, |i| shape.members[i].action))
            };
            let is_cut =
                matches!(action, Action::Cut | Action::ElementKey(_) | Action::Part { part: 1.., .. });
            if !is_cut && let Some(start) = cut_from.take() {
                self.patch(Span { start, end: key_start }, Put::Nothing);
            }
            match action {
                Action::Keep | Action::Cut => drop(self.cursor.value()?),
                Action::Walk(inner) => self.walk(inner)?,
                Action::Typename => self.typename(None)?,
                Action::MaskedTypename(mask) => self.typename(Some(mask))?,
                Action::ElementKey(part) => {
                    let value = self.cursor.value()?;
                    if let Some(key) = self.out.element_keys.get_mut(self.element + usize::from(part)) {
                        *key = value;
                    }
                }
                Action::Part { join, part } => {
                    let value = self.cursor.value()?;
                    let base = parts + usize::from(shape.joins[usize::from(join)].first_part);
                    let slot = base + usize::from(part);
                    if !self.out.parts[slot].is_empty() {
                        return Err(self.cursor.error("a second member of the same name"));
                    }
                    self.out.parts[slot] = value;
                    n_parts_seen += 1;
                    if part == 0 {
                        self.site(id, join, base, Span { start: key_start, end: value.end }, false);
                    }
                }
            }
            let end = self.cursor.position();
            if !is_cut {
                kept = true;
            } else if kept {
                self.patch(Span { start: end_of_last, end }, Put::Nothing);
            } else {
                cut_from.get_or_insert(end_of_last);
            }
            end_of_last = end;
        }
        let brace = self.cursor.position() - 1;
        if let Some(start) = cut_from {
            self.patch(Span { start, end: brace }, Put::Nothing);
        }
        if n_parts_seen == shape.n_parts {
            return Ok(());
        }
        for (index, join) in shape.joins.iter().enumerate() {
            let base = parts + usize::from(join.first_part);
            let absent = self.out.parts[base].is_empty();
            let is_partial =
                self.out.parts[base..base + usize::from(join.n_parts)].iter().any(|part| !part.is_empty());
            if absent && (join.required || is_partial) {
                self.site(id, index as u16, base, Span { start: brace, end: brace }, kept);
                kept = true;
            }
        }
        Ok(())
    }

    fn site(&mut self, shape: ShapeId, join: u16, parts: usize, span: Span, comma: bool) {
        let plan = self.plan.shape(shape).joins[usize::from(join)].plan;
        let site = self.out.sites.len() as u32;
        self.out.sites.push(Site {
            shape,
            join,
            plan,
            parts: parts as u32,
            at: span.start,
            comma,
            key: KEY_NONE,
        });
        self.patch(span, Put::Site(site));
    }

    fn patch(&mut self, span: Span, put: Put) {
        self.out.patches.push(Patch { span, put });
    }

    /// Renames the value of a `__typename`, or masks it when the role does not see the type.
    fn typename(&mut self, mask: Option<u16>) -> Result<(), SyntaxError> {
        if self.cursor.kind()? != Kind::String {
            return self.cursor.value().map(drop);
        }
        let token = self.cursor.string()?;
        let text = self.bytes(token);
        let Ok(original) = std::str::from_utf8(&text) else { return Ok(()) };
        let mask = mask.filter(|_| !self.plan.role.sees_type(self.remote, original));
        let served = match mask.and_then(|mask| self.plan.masks.get(usize::from(mask))) {
            Some(mask) => mask,
            None => match self.plan.catalog.remote(self.remote).renames.types.get(original) {
                Some(served) => served,
                None => return Ok(()),
            },
        };
        let known = self.out.texts.iter().position(|text| text == served);
        let text = known.unwrap_or_else(|| {
            self.out.texts.push(served.clone());
            self.out.texts.len() - 1
        });
        self.patch(token.inner, Put::Text(text as u32));
        Ok(())
    }
}

/// The index below `n` that `is` holds for, tried first where it is most likely.
fn find(n: usize, hint: usize, is: impl Fn(usize) -> bool) -> Option<usize> {
    if hint < n && is(hint) {
        return Some(hint);
    }
    (0..n).find(|i| is(*i))
}

/// The number of an alias `_12`; only the way we write it counts, so neither `_012` nor `_+12` is one.
pub(super) fn alias_number(key: &[u8]) -> Option<u32> {
    let digits = key.strip_prefix(b"_")?;
    let is_ours =
        digits.iter().all(u8::is_ascii_digit) && (digits.len() == 1 || digits.first() != Some(&b'0'));
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|_| is_ours)
}

/// A scanned answer with the bytes it speaks of.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Bytes,
    pub(super) scanned: Scanned,
}

impl Answer {
    /// Whether all there is to say of it is that it goes on as it is.
    pub(super) fn is_unread(&self) -> bool {
        self.scanned.data == Data::Object && self.scanned.is_bare && self.scanned.slots.is_empty()
    }

    /// The label of a site's member, `"user":`.
    pub(super) fn label<'p>(&self, plan: &'p Arc<Plan>, site: &Site) -> &'p str {
        &plan.shape(site.shape).joins[usize::from(site.join)].label
    }
}
