//! Writes the response: upstream bytes with patches applied. Its size is known before the first byte is written.

use bytes::Bytes;

use super::errors::Report;
use super::matching::Found;
use super::scan::{Answer, Patch, Put, Site, Value};
use super::{ErrorStyle, Reply, Run, errors};
use crate::fault::Code;
use crate::plan::{Output, OutputValue};

/// The size of each result, by fetch; `None` until it is known.
type Sizes = Vec<Vec<Option<u64>>>;

/// Writes the response of a finished run.
pub(super) fn reply(run: &Run) -> Reply {
    if let Some(body) = untouched(run) {
        return Reply { body, n_errors: 0 };
    }
    let mut report = errors::report(run);
    let mut writer =
        Assembler { run, sizes: run.fetches.iter().map(|_| Vec::new()).collect(), out: Vec::new() };
    let mut data = None;
    if !report.is_fatal && report.instead.is_none() {
        let size = 2 + writer.outputs_size(&run.plan().response);
        let limit = run.limits.response_bytes as u64;
        if size.saturating_add(report.size()) > limit {
            let message = format!(
                "the response would have {size} bytes, more than {limit}; ask for less or raise --max-response-bytes"
            );
            let others = if report.size() <= limit { report } else { Report::default() };
            report = Report::fatal(Code::LimitExceeded, &message, others);
        } else {
            data = Some(size);
        }
    }
    if run.style == ErrorStyle::Hasura
        && let Some((body, n_errors)) = report.instead
    {
        return Reply { body: body.into(), n_errors };
    }
    writer.out.reserve_exact(data.unwrap_or(4) as usize + report.size() as usize + 32);
    writer.out.extend_from_slice(b"{\"data\":");
    match data {
        Some(_) => writer.outputs(&run.plan().response),
        None => writer.out.extend_from_slice(b"null"),
    }
    if !report.entries.is_empty() {
        writer.out.extend_from_slice(b",\"errors\":[");
        writer.out.extend_from_slice(report.entries.join(",").as_bytes());
        writer.out.push(b']');
    }
    writer.out.push(b'}');
    Reply { body: writer.out.into(), n_errors: report.entries.len() }
}

/// The upstream's own answer, when it is what the client is to get.
fn untouched(run: &Run) -> Option<Bytes> {
    if !run.plan().identity || !run.faults.is_empty() {
        return None;
    }
    let answer = run.fetches.first()?.answer.as_ref()?;
    let is_clean = answer.scanned.is_bare && answer.scanned.patches.is_empty();
    // The size limit is on what we put together; an upstream's answer has a limit of its own.
    is_clean.then(|| answer.body.clone())
}

struct Assembler<'a> {
    run: &'a Run,
    sizes: Sizes,
    out: Vec<u8>,
}

impl Assembler<'_> {
    fn outputs_size(&mut self, outputs: &[Output]) -> u64 {
        let mut size = 0u64;
        for output in outputs {
            let value = match &output.value {
                OutputValue::Slot { root, slot } => {
                    self.root_fetch(*root).map_or(4, |fetch| self.result_size(fetch, *slot as u32))
                }
                OutputValue::Text(text) => text.len() as u64,
                OutputValue::Object(outputs) => 2 + self.outputs_size(outputs),
                OutputValue::Introspection => self.introspected(&output.key).len() as u64,
            };
            size = size.saturating_add(value).saturating_add(output.label.len() as u64 + 1);
        }
        size
    }

    fn outputs(&mut self, outputs: &[Output]) {
        self.out.push(b'{');
        for (i, output) in outputs.iter().enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(output.label.as_bytes());
            match &output.value {
                OutputValue::Slot { root, slot } => match self.root_fetch(*root) {
                    Some(fetch) => self.result(fetch, *slot as u32),
                    None => self.out.extend_from_slice(b"null"),
                },
                OutputValue::Text(text) => self.out.extend_from_slice(text.as_bytes()),
                OutputValue::Object(outputs) => self.outputs(outputs),
                OutputValue::Introspection => {
                    let run = self.run;
                    let text = run.bound.introspection.as_ref().and_then(|answer| answer.get(&output.key));
                    self.out.extend_from_slice(text.unwrap_or("null").as_bytes());
                }
            }
        }
        self.out.push(b'}');
    }

    fn introspected(&self, key: &str) -> &str {
        self.run.bound.introspection.as_ref().and_then(|answer| answer.get(key)).unwrap_or("null")
    }

    fn root_fetch(&self, root: usize) -> Option<u32> {
        self.run.root_fetch(root)
    }

    /// What a request has for one of its keys or root fields.
    fn found(&self, fetch: u32, result: u32) -> Found {
        let values = &self.run.fetches[fetch as usize].results.values;
        values.get(result as usize).copied().unwrap_or(Found::Null)
    }

    /// The element at an index into the elements of a request's keys.
    fn element(&self, fetch: u32, answer: &Answer, index: u32) -> Value {
        let element = self.run.fetches[fetch as usize].results.elements[index as usize];
        answer.scanned.elements[element as usize].value
    }

    fn result_size(&mut self, fetch: u32, result: u32) -> u64 {
        let run = self.run;
        let Some(answer) = &run.fetches[fetch as usize].answer else { return 4 };
        let known = &mut self.sizes[fetch as usize];
        if known.is_empty() {
            known.resize(run.fetches[fetch as usize].results.values.len(), None);
        }
        if let Some(Some(size)) = known.get(result as usize) {
            return *size;
        }
        let size = match self.found(fetch, result) {
            Found::Null => return 4,
            Found::One(value) => self.value_size(fetch, answer, value),
            Found::Many(start, end) => {
                let commas = u64::from((end - start).saturating_sub(1));
                let elements = (start..end).map(|index| {
                    let value = self.element(fetch, answer, index);
                    self.value_size(fetch, answer, value)
                });
                elements.fold(2 + commas, u64::saturating_add)
            }
        };
        self.sizes[fetch as usize][result as usize] = Some(size);
        size
    }

    fn value_size(&mut self, fetch: u32, answer: &Answer, value: Value) -> u64 {
        let mut size = value.span.len() as u64;
        for patch in patches(&answer.scanned.patches, value) {
            size -= patch.span.len() as u64;
            size = size.saturating_add(match patch.put {
                Put::Nothing => 0,
                Put::Text(text) => answer.scanned.texts[text as usize].len() as u64,
                Put::Site(site) => {
                    let site = &answer.scanned.sites[site as usize];
                    let label = answer.label(self.run.plan(), site).len() as u64 + u64::from(site.comma);
                    let value = self.run.site_value(fetch, site);
                    label.saturating_add(value.map_or(4, |(fetch, result)| self.result_size(fetch, result)))
                }
            });
        }
        size
    }

    fn result(&mut self, fetch: u32, result: u32) {
        let run = self.run;
        let Some(answer) = &run.fetches[fetch as usize].answer else {
            self.out.extend_from_slice(b"null");
            return;
        };
        match self.found(fetch, result) {
            Found::Null => self.out.extend_from_slice(b"null"),
            Found::One(value) => self.value(fetch, answer, value),
            Found::Many(start, end) => {
                self.out.push(b'[');
                for index in start..end {
                    if index > start {
                        self.out.push(b',');
                    }
                    self.value(fetch, answer, self.element(fetch, answer, index));
                }
                self.out.push(b']');
            }
        }
    }

    fn value(&mut self, fetch: u32, answer: &Answer, value: Value) {
        let run = self.run;
        let mut at = value.span.start as usize;
        for patch in patches(&answer.scanned.patches, value) {
            self.out.extend_from_slice(&answer.body[at..patch.span.start as usize]);
            at = patch.span.end as usize;
            match patch.put {
                Put::Nothing => {}
                Put::Text(text) => self.out.extend_from_slice(answer.scanned.texts[text as usize].as_bytes()),
                Put::Site(site) => {
                    let site = &answer.scanned.sites[site as usize];
                    if site.comma {
                        self.out.push(b',');
                    }
                    self.out.extend_from_slice(answer.label(run.plan(), site).as_bytes());
                    match run.site_value(fetch, site) {
                        Some((fetch, result)) => self.result(fetch, result),
                        None => self.out.extend_from_slice(b"null"),
                    }
                }
            }
        }
        self.out.extend_from_slice(&answer.body[at..value.span.end as usize]);
    }
}

/// The patches inside a value.
fn patches(all: &[Patch], value: Value) -> &[Patch] {
    &all[value.patches_start as usize..value.patches_end as usize]
}

impl Run {
    /// The request that was made for a root; `None` if it was not reached.
    pub(super) fn root_fetch(&self, root: usize) -> Option<u32> {
        let is_root =
            |fetch: &super::FetchState| matches!(fetch.target, super::Target::Root(its) if its == root);
        self.fetches.iter().position(is_root).map(|fetch| fetch as u32)
    }

    /// The request that delivers a site's value and its key's number there; `None` for null.
    pub(super) fn site_value(&self, fetch: u32, site: &Site) -> Option<(u32, u32)> {
        let groups = &self.fetches[fetch as usize].groups;
        let group = groups.iter().find(|group| group.plan == site.plan)?;
        let key = group.keys.get(site.key as usize)?;
        Some((key.fetch?, key.result))
    }
}
