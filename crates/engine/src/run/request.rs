//! The bodies of upstream requests, written from a plan's templates and the values of one run.

use bytes::Bytes;
use serde_json::value::RawValue;
use smallvec::SmallVec;

use super::scan::Segment;
use crate::join::{Coercion, ScalarCoercion};
use crate::json::{Cursor, Kind, unescape};
use crate::operation::Bound;
use crate::plan::{
    BatchForm, HoleValue, JoinPlan, Piece, Plan, PresetInput, PresetInputId, RootPlan, VariableUse,
};

/// Where JSON text is written to.
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Whether the text is only checked, not kept.
    is_counting: bool,
}

impl Writer {
    fn new(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity), is_counting: false }
    }

    /// A writer that keeps nothing.
    pub(super) fn counting() -> Self {
        Self { bytes: Vec::new(), is_counting: true }
    }

    fn put(&mut self, text: &[u8]) {
        if !self.is_counting {
            self.bytes.extend_from_slice(text);
        }
    }

    fn put_number(&mut self, number: usize) {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.put(&digits[at..]);
    }
}

/// The body of a root request.
pub(super) fn root_body(root: &RootPlan, bound: &Bound) -> Bytes {
    let values: usize =
        root.variables.iter().filter_map(|used| bound.variables.get(used.index)).map(str::len).sum();
    let mut out = Writer::new(root.body.len() + values + 64);
    out.put(root.body.as_bytes());
    let mut separator: &[u8] = b",\"variables\":{";
    client_variables(&mut out, &root.variables, bound, &mut separator);
    session_variables(&mut out, &root.session, bound, &mut separator);
    if separator == b"," {
        out.put(b"}");
    }
    if let Some(name) = &root.operation_name {
        out.put(b",\"operationName\":\"");
        out.put(name.as_bytes());
        out.put(b"\"");
    }
    out.put(b"}");
    out.bytes.into()
}

fn client_variables(out: &mut Writer, uses: &[VariableUse], bound: &Bound, separator: &mut &[u8]) {
    for used in uses {
        if let Some(value) = bound.variables.get(used.index).or(used.default.as_deref()) {
            out.put(separator);
            out.put(used.label.as_bytes());
            completed_json(out, bound, value, used.input);
            *separator = b",";
        }
    }
}

fn session_variables(out: &mut Writer, uses: &[usize], bound: &Bound, separator: &mut &[u8]) {
    for index in uses {
        out.put(separator);
        out.put(bound.plan.session[*index].label.as_bytes());
        out.put(bound.session[*index].as_bytes());
        *separator = b",";
    }
}

/// The body of a joining request. `parts` gives the key parts of a join's n-th key.
pub(super) fn join_body<'k>(
    bound: &Bound,
    segments: &[Segment],
    parts: impl Fn(&Segment, u32) -> KeyParts<'k>,
) -> Bytes {
    let plan = &*bound.plan;
    let n_keys: usize = segments.iter().map(|segment| (segment.end - segment.start) as usize).sum();
    let fragments: usize = segments.iter().map(|segment| plan.join(segment.plan).fragment.len()).sum();
    let mut out = Writer::new(fragments + n_keys * 96 + 128);
    out.put(b"{\"query\":\"");
    join_text(&mut out, plan, segments);
    out.put(b"\"");
    let mut separator: &[u8] = b",\"variables\":{";
    for segment in segments {
        let join = plan.join(segment.plan);
        for alias in segment.start..segment.end {
            let keys: SmallVec<[KeyParts<'k>; 1]> = match join.batch {
                BatchForm::Alias { .. } => SmallVec::from([parts(segment, alias - segment.start)]),
                BatchForm::List { .. } => (0..segment.n_keys).map(|key| parts(segment, key)).collect(),
            };
            for (index, hole) in join.holes.iter().enumerate() {
                out.put(separator);
                separator = b",";
                out.put(b"\"");
                hole_name(&mut out, plan, alias, index);
                out.put(b"\":");
                hole_json(&mut out, &hole.value, &keys, bound);
            }
        }
    }
    client_variables(&mut out, &used(plan, segments), bound, &mut separator);
    session_variables(&mut out, &used_of_session(plan, segments), bound, &mut separator);
    if separator == b"," {
        out.put(b"}");
    }
    out.put(b"}");
    out.bytes.into()
}

/// The operation text that fetches one key of a join, for people.
pub(super) fn example_text(plan: &Plan, join: crate::plan::JoinPlanId) -> String {
    let mut out = Writer::new(256);
    let one = Segment { plan: join, first_key: 0, n_keys: 1, first_result: 0, start: 0, end: 1 };
    join_text(&mut out, plan, &[one]);
    unescape(&String::from_utf8_lossy(&out.bytes))
}

/// The variables of the client that some joins use, each once.
fn used(plan: &Plan, segments: &[Segment]) -> Vec<VariableUse> {
    let mut uses: Vec<VariableUse> = Vec::new();
    for segment in segments {
        for used in &plan.join(segment.plan).variables {
            if uses.iter().all(|known| known.index != used.index) {
                uses.push(used.clone());
            }
        }
    }
    uses
}

/// The session variables that some joins use, each once.
fn used_of_session(plan: &Plan, segments: &[Segment]) -> Vec<usize> {
    let mut uses: Vec<usize> = Vec::new();
    for used in segments.iter().flat_map(|segment| &plan.join(segment.plan).session) {
        if !uses.contains(used) {
            uses.push(*used);
        }
    }
    uses
}

/// Writes the operation text, JSON-escaped:
/// `query($_j0_0:Int!){_0:user(id:$_j0_0){...F0}} fragment F0 on User{name}`.
fn join_text(out: &mut Writer, plan: &Plan, segments: &[Segment]) {
    let uses = used(plan, segments);
    let of_session = used_of_session(plan, segments);
    let has_holes = segments.iter().any(|segment| !plan.join(segment.plan).holes.is_empty());
    out.put(b"query");
    if has_holes || !uses.is_empty() || !of_session.is_empty() {
        let mut separator: &[u8] = b"(";
        for segment in segments {
            for alias in segment.start..segment.end {
                for (index, hole) in plan.join(segment.plan).holes.iter().enumerate() {
                    out.put(separator);
                    separator = b",";
                    out.put(b"$");
                    hole_name(out, plan, alias, index);
                    out.put(b":");
                    out.put(hole.ty.as_bytes());
                }
            }
        }
        for used in &uses {
            out.put(separator);
            separator = b",";
            out.put(used.declaration.as_bytes());
        }
        for index in of_session {
            out.put(separator);
            separator = b",";
            out.put(plan.session[index].declaration.as_bytes());
        }
        out.put(b")");
    }
    out.put(b"{");
    for (fragment, segment) in segments.iter().enumerate() {
        let join = plan.join(segment.plan);
        for alias in segment.start..segment.end {
            if alias > 0 {
                out.put(b" ");
            }
            call(out, plan, join, alias, fragment);
        }
    }
    out.put(b"}");
    for (fragment, segment) in segments.iter().enumerate() {
        let join = plan.join(segment.plan);
        if !join.fragment.is_empty() {
            out.put(b" fragment F");
            out.put_number(fragment);
            out.put(join.fragment.as_bytes());
        }
    }
}

fn call(out: &mut Writer, plan: &Plan, join: &JoinPlan, alias: u32, fragment: usize) {
    out.put(b"_");
    out.put_number(alias as usize);
    out.put(b":");
    for piece in &join.call {
        match piece {
            Piece::Text(text) => out.put(text.as_bytes()),
            Piece::Hole(index) => {
                out.put(b"$");
                hole_name(out, plan, alias, *index);
            }
        }
    }
    if !join.fragment.is_empty() {
        out.put(b"{...F");
        out.put_number(fragment);
        out.put(b"}");
    }
    out.put(join.call_end.as_bytes());
}

fn hole_name(out: &mut Writer, plan: &Plan, alias: u32, index: usize) {
    out.put(plan.prefix.as_bytes());
    out.put_number(alias as usize);
    out.put(b"_");
    out.put_number(index);
}

/// The bytes of a key's parts.
#[derive(Clone, Copy)]
pub(super) struct KeyParts<'a> {
    pub(super) body: &'a [u8],
    pub(super) spans: &'a [crate::json::Span],
}

fn hole_json(out: &mut Writer, value: &HoleValue, keys: &[KeyParts<'_>], bound: &Bound) {
    match value {
        HoleValue::Text(text) => out.put(text.as_bytes()),
        HoleValue::Session(index) => out.put(bound.session[*index].as_bytes()),
        HoleValue::Part(part, coercion) => {
            // Keys that do not fit were sorted out when they were collected.
            let fits = keys
                .first()
                .is_some_and(|key| coerce(key.spans[*part].bytes(key.body), *coercion, out).is_ok());
            if !fits {
                out.put(b"null");
            }
        }
        HoleValue::Keys(value) => {
            let mut separator: &[u8] = b"[";
            for key in keys {
                out.put(separator);
                hole_json(out, value, std::slice::from_ref(key), bound);
                separator = b",";
            }
            out.put(if keys.is_empty() { b"[]" } else { b"]" });
        }
        HoleValue::Object(members) => {
            let mut separator: &[u8] = b"{";
            for (name, value) in members {
                member(out, name, separator);
                hole_json(out, value, keys, bound);
                separator = b",";
            }
            out.put(if members.is_empty() { b"{}" } else { b"}" });
        }
        HoleValue::List(items) => {
            out.put(b"[");
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.put(b",");
                }
                hole_json(out, item, keys, bound);
            }
            out.put(b"]");
        }
        HoleValue::Over { variable, default, input, bound: over } => {
            let given = bound.variables.get(*variable).or(default.as_deref());
            over_json(out, given, *input, over, keys, bound);
        }
    }
}

fn member(out: &mut Writer, name: &str, separator: &[u8]) {
    out.put(separator);
    out.put(b"\"");
    out.put(name.as_bytes());
    out.put(b"\":");
}

/// Writes bound values laid over what the client gave, which `input` says how to complete: members beat the client's,
/// elements come after the client's.
fn over_json(
    out: &mut Writer,
    given: Option<&str>,
    input: Option<PresetInputId>,
    over: &HoleValue,
    keys: &[KeyParts<'_>],
    bound: &Bound,
) {
    match (over, given) {
        (HoleValue::Object(members), Some(given)) => {
            let Ok(given) = serde_json::from_str::<indexmap::IndexMap<&str, &RawValue>>(given) else {
                return hole_json(out, over, keys, bound);
            };
            let mut separator: &[u8] = b"{";
            for (name, value) in members {
                member(out, name, separator);
                let inner = given.get(name.as_str()).map(|value| value.get());
                over_json(out, inner, input_of(bound, input, name), value, keys, bound);
                separator = b",";
            }
            for (name, value) in
                given.iter().filter(|(name, _)| members.iter().all(|(member, _)| member != **name))
            {
                member(out, name, separator);
                completed_json(out, bound, value.get(), input_of(bound, input, name));
                separator = b",";
            }
            out.put(if separator == b"{" { b"{}" } else { b"}" });
        }
        (HoleValue::List(items), Some(given)) if given != "null" => {
            out.put(b"[");
            let elements: Vec<&RawValue> = match serde_json::from_str(given) {
                Ok(elements) => elements,
                Err(_) => serde_json::from_str::<&RawValue>(given).into_iter().collect(),
            };
            let mut separator: &[u8] = b"";
            for element in elements {
                out.put(separator);
                completed_json(out, bound, element.get(), input);
                separator = b",";
            }
            for item in items {
                out.put(separator);
                hole_json(out, item, keys, bound);
                separator = b",";
            }
            out.put(b"]");
        }
        (over, _) => hole_json(out, over, keys, bound),
    }
}

/// How the values of a member are completed.
fn input_of(bound: &Bound, input: Option<PresetInputId>, member: &str) -> Option<PresetInputId> {
    let fields = &bound.plan.input(input?).fields;
    fields.iter().find(|(name, _)| name == member).map(|(_, input)| *input)
}

/// Writes what the client gave, with what is preset in the input objects in it.
fn completed_json(out: &mut Writer, bound: &Bound, given: &str, input: Option<PresetInputId>) {
    let Some(id) = input else {
        return out.put(given.as_bytes());
    };
    match given.trim_ascii_start().as_bytes().first() {
        Some(b'[') => {
            // It was checked against its type, so it is what it begins with.
            let elements: Vec<&RawValue> = serde_json::from_str(given).unwrap_or_default();
            let mut separator: &[u8] = b"[";
            for element in &elements {
                out.put(separator);
                completed_json(out, bound, element.get(), input);
                separator = b",";
            }
            out.put(if elements.is_empty() { b"[]" } else { b"]" });
        }
        Some(b'{') => {
            let PresetInput { presets, .. } = bound.plan.input(id);
            let given: indexmap::IndexMap<&str, &RawValue> = serde_json::from_str(given).unwrap_or_default();
            let mut separator: &[u8] = b"{";
            for (name, value) in &given {
                member(out, name, separator);
                completed_json(out, bound, value.get(), input_of(bound, input, name));
                separator = b",";
            }
            for (name, value) in presets {
                member(out, name, separator);
                hole_json(out, value, &[], bound);
                separator = b",";
            }
            out.put(if separator == b"{" { b"{}" } else { b"}" });
        }
        // Null, or a variable's value that is none of an input object.
        _ => out.put(given.as_bytes()),
    }
}

/// Writes a key's JSON value as its argument needs it; lists element by element.
pub(super) fn coerce(raw: &[u8], coercion: Coercion, out: &mut Writer) -> Result<(), ()> {
    if raw.first() == Some(&b'[') {
        if coercion.scalar == ScalarCoercion::Keep {
            out.put(raw);
            return Ok(());
        }
        let mut cursor = Cursor::resume(raw, 0);
        let mut elements = cursor.enter_array().map_err(drop)?;
        let mut separator: &[u8] = b"[";
        while cursor.element(&mut elements).map_err(drop)? {
            out.put(separator);
            separator = b",";
            coerce(cursor.value().map_err(drop)?.bytes(raw), Coercion { wrap: 0, ..coercion }, out)?;
        }
        out.put(if separator == b"[" { b"[]" } else { b"]" });
        return Ok(());
    }
    (0..coercion.wrap).for_each(|_| out.put(b"["));
    scalar(raw, coercion.scalar, out)?;
    (0..coercion.wrap).for_each(|_| out.put(b"]"));
    Ok(())
}

fn scalar(raw: &[u8], coercion: ScalarCoercion, out: &mut Writer) -> Result<(), ()> {
    let kind = Cursor::resume(raw, 0).kind().map_err(drop)?;
    match (coercion, kind) {
        (ScalarCoercion::Keep, _) | (_, Kind::Null) => out.put(raw),
        (ScalarCoercion::ToText, Kind::String) => out.put(raw),
        (ScalarCoercion::ToText, Kind::Number | Kind::Boolean) => {
            out.put(b"\"");
            out.put(raw);
            out.put(b"\"");
        }
        (ScalarCoercion::ToInt, Kind::Number) if is_integer(raw) => out.put(raw),
        (ScalarCoercion::ToInt, Kind::String) => {
            // Few servers write digits as escapes, but any may.
            let inner = unescape(&String::from_utf8_lossy(&raw[1..raw.len() - 1]));
            if !is_integer(inner.as_bytes()) {
                return Err(());
            }
            out.put(inner.as_bytes());
        }
        _ => return Err(()),
    }
    Ok(())
}

/// Whether the bytes are an integer that an `Int` can hold: 32 bits, without a plus or leading zeros.
fn is_integer(raw: &[u8]) -> bool {
    let digits = raw.strip_prefix(b"-").unwrap_or(raw);
    let is_canonical = digits == b"0" || digits.first().is_some_and(|first| (b'1'..=b'9').contains(first));
    is_canonical && std::str::from_utf8(raw).is_ok_and(|text| text.parse::<i32>().is_ok())
}
