//! Writes the response: upstream bytes with patches applied. Its size is known before the first byte is written.

use bytes::Bytes;

use super::errors::Report;
use super::scan::{Patch, Put, Site, Slot, Value};
use super::{ErrorStyle, Reply, Run, errors};
use crate::fault::Code;
use crate::plan::{Output, OutputValue};

/// The size of each value that was asked for, by fetch and slot; `None` until it is known.
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
    if !report.is_fatal {
        let size = 2 + writer.outputs_size(&run.plan().response);
        let limit = run.limits.response_bytes as u64;
        if size > limit {
            let message = format!(
                "the response would have {size} bytes, more than {limit}; ask for less or raise --max-response-bytes"
            );
            report = Report::fatal(Code::LimitExceeded, &message, report);
        } else {
            data = Some(size);
        }
    }
    if run.style == ErrorStyle::Hasura && !report.is_empty() {
        return Reply { body: report.body.unwrap_or_default().into(), n_errors: report.entries.len() };
    }
    let errors: usize = report.entries.iter().map(|entry| entry.len() + 1).sum();
    writer.out.reserve_exact(data.unwrap_or(4) as usize + errors + 32);
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
                    self.root_fetch(*root).map_or(4, |fetch| self.slot_size(fetch, *slot as u32))
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
                    Some(fetch) => self.slot(fetch, *slot as u32),
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

    fn found(&self, fetch: u32, slot: u32) -> Option<Value> {
        match self.run.fetches[fetch as usize].answer.as_ref()?.scanned.slots.get(slot as usize) {
            Some(Slot::Found(value)) => Some(*value),
            _ => None,
        }
    }

    fn slot_size(&mut self, fetch: u32, slot: u32) -> u64 {
        let Some(value) = self.found(fetch, slot) else { return 4 };
        let run = self.run;
        let Some(answer) = &run.fetches[fetch as usize].answer else { return 4 };
        let known = &mut self.sizes[fetch as usize];
        if known.is_empty() {
            known.resize(answer.scanned.slots.len(), None);
        }
        if let Some(size) = known[slot as usize] {
            return size;
        }
        let mut size = value.span.len() as u64;
        for patch in patches(&answer.scanned.patches, value) {
            size -= patch.span.len() as u64;
            size = size.saturating_add(match patch.put {
                Put::Nothing => 0,
                Put::Text(text) => answer.scanned.texts[text as usize].len() as u64,
                Put::Site(site) => {
                    let site = &answer.scanned.sites[site as usize];
                    let label = answer.label(run.plan(), site).len() as u64 + u64::from(site.comma);
                    label.saturating_add(
                        self.site_value(fetch, site).map_or(4, |(fetch, slot)| self.slot_size(fetch, slot)),
                    )
                }
            });
        }
        self.sizes[fetch as usize][slot as usize] = Some(size);
        size
    }

    fn slot(&mut self, fetch: u32, slot: u32) {
        let run = self.run;
        let (Some(value), Some(answer)) = (self.found(fetch, slot), &run.fetches[fetch as usize].answer)
        else {
            self.out.extend_from_slice(b"null");
            return;
        };
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
                    match self.site_value(fetch, site) {
                        Some((fetch, slot)) => self.slot(fetch, slot),
                        None => self.out.extend_from_slice(b"null"),
                    }
                }
            }
        }
        self.out.extend_from_slice(&answer.body[at..value.span.end as usize]);
    }

    /// Where the value of a site is to be found; `None` for null.
    fn site_value(&self, fetch: u32, site: &Site) -> Option<(u32, u32)> {
        self.run.site_value(fetch, site)
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

    /// The request and the alias number that deliver a site's value; `None` for null.
    pub(super) fn site_value(&self, fetch: u32, site: &Site) -> Option<(u32, u32)> {
        let groups = &self.fetches[fetch as usize].groups;
        let group = groups.iter().find(|group| group.plan == site.plan)?;
        let key = group.keys.get(site.key as usize)?;
        Some((key.fetch?, key.slot))
    }
}
