//! YAML text to a tree of JSON values with positions, and JSON values to YAML text.
//!
//! The only module that configures the YAML library. Scalars follow YAML 1.2 (`no`, `on` and `y` are texts), a key may be given once, and
//! files that grow out of proportion are refused. JSON is read by the same function, being YAML in flow style.

pub(crate) mod edit;

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Spanned, Tagged};

use crate::decode::{index_step, key_step};

/// How deep lists and objects may be nested.
pub(crate) const MAX_DEPTH: usize = 64;
/// Room for that depth. The library descends through a dozen large frames per level, which overflows the stack of an ordinary thread.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// How many values a file may hold.
const MAX_NODES: usize = 500_000;
/// How many values a file may get from aliases of anchors.
const MAX_ALIASED_NODES: usize = 100_000;
/// The size of the largest file.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// What marks the name of a file to be read in place of the value, written as a tag or at the head of a text.
pub(crate) const INCLUDE: &str = "!include";

/// A place in one of several texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Which text, by the number that was given to [`parse`].
    pub source: usize,
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
}

const START: Position = Position { source: 0, line: 1, column: 1 };

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where its first character is.
    pub at: Position,
    /// The value.
    pub content: Content,
}

/// The three kinds of values.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Null, a boolean, a number or a text. `!include file` with the tag is the text `!include file`.
    Scalar(Value),
    /// A list.
    List(Vec<Node>),
    /// An object; keys are distinct.
    Object(Vec<(String, Node)>),
}

/// Why a text is no YAML that can be read as JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}: {message}", at.line, at.column)]
pub struct SyntaxError {
    /// Where.
    pub at: Position,
    /// What is wrong.
    pub message: String,
}

/// Reads YAML or JSON; an empty text is null. `source` goes into the positions.
pub fn parse(text: &[u8], source: usize) -> Result<Node, SyntaxError> {
    let text = check_text(text).map_err(|error| error.in_source(source))?;
    let parsed = on_a_deep_stack(|| {
        serde_saphyr::from_str_with_options(text, options())
            .map_err(|error| SyntaxError::from_library(&error))
    });
    let no_thread = |error| SyntaxError { at: START, message: format!("no thread to read it on: {error}") };
    let mut node: Node = parsed.map_err(no_thread).flatten().map_err(|error| error.in_source(source))?;
    node.set_source(source);
    Ok(node)
}

fn options() -> serde_saphyr::Options {
    let mut budget = serde_saphyr::Budget::default();
    budget.max_depth = MAX_DEPTH;
    budget.max_nodes = MAX_NODES;
    budget.max_events = 2 * MAX_NODES;
    let mut options = serde_saphyr::Options::default();
    options.budget = Some(budget);
    options.alias_limits.max_total_replayed_events = MAX_ALIASED_NODES;
    options.strict_booleans = true;
    // Comments are not kept, and buffering them would limit how many may stand in a row.
    options.emit_comments = false;
    options.with_snippet = false;
    options
}

fn on_a_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("yaml".to_owned()).stack_size(STACK_BYTES);
        let handle = thread.spawn_scoped(scope, work)?;
        Ok(handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Writes block style with an indent of two, keys in their order, texts of several lines as literal blocks, and `[]` and `{}`.
pub fn to_string(value: &Value) -> String {
    let mut options = serde_saphyr::SerializerOptions::default();
    options.indent_step = 2;
    options.compact_list_indent = false;
    // Folded blocks would break long URLs and comments into lines that were never there.
    options.folded_wrap_chars = usize::MAX;
    serde_saphyr::to_string_with_options(value, options).expect("every JSON value can be written as YAML")
}

impl Node {
    /// The value without its positions.
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Content::Object(members) => {
                let members = members.iter().map(|(key, value)| (key.clone(), value.to_value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// The member of that key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.content {
            Content::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The node that the path of a [`DecodeError`](crate::DecodeError) leads to, or the last one on the way that exists.
    pub fn find(&self, path: &str) -> &Self {
        self.descend(path.strip_prefix('$').unwrap_or(path)).0
    }

    /// Follows the steps by comparing, since keys with quotes and brackets cannot be told from several steps by parsing.
    /// Answers also how much of the path is left.
    fn descend(&self, path: &str) -> (&Self, usize) {
        let mut deepest = (self, path.len());
        for (step, child) in self.children() {
            let Some(rest) = path.strip_prefix(step.as_str()) else { continue };
            if !(rest.is_empty() || rest.starts_with(['.', '['])) {
                continue;
            }
            let found = child.descend(rest);
            if found.1 < deepest.1 {
                deepest = found;
            }
        }
        deepest
    }

    fn children(&self) -> Vec<(String, &Self)> {
        match &self.content {
            Content::Scalar(_) => Vec::new(),
            Content::List(items) => {
                items.iter().enumerate().map(|(index, item)| (index_step(index), item)).collect()
            }
            Content::Object(members) => members.iter().map(|(key, value)| (key_step(key), value)).collect(),
        }
    }

    fn set_source(&mut self, source: usize) {
        self.at.source = source;
        match &mut self.content {
            Content::Scalar(_) => {}
            Content::List(items) => items.iter_mut().for_each(|item| item.set_source(source)),
            Content::Object(members) => members.iter_mut().for_each(|(_, value)| value.set_source(source)),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Tagged<Content>>::deserialize(input)?;
        let at = Position { source: 0, line: spanned.referenced.line(), column: spanned.referenced.column() };
        let content = match spanned.value {
            Tagged(Content::Scalar(Value::String(file)), Some(tag)) if tag == INCLUDE => {
                Content::Scalar(format!("{INCLUDE} {file}").into())
            }
            Tagged(content, _) => content,
        };
        Ok(Self { at, content })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct AnyContent;

        impl<'de> Visitor<'de> for AnyContent {
            type Value = Content;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Content, E> {
                Ok(Content::Scalar(Value::Null))
            }

            fn visit_none<E>(self) -> Result<Content, E> {
                Ok(Content::Scalar(Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
                Ok(Content::Scalar(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
                Ok(Content::Scalar(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
                Ok(Content::Scalar(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Content, E> {
                Ok(Content::Scalar(value.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Content, E> {
                Ok(Content::Scalar(text.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Content, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = elements.next_element()? {
                    items.push(item);
                }
                Ok(Content::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Content, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = entries.next_entry()? {
                    members.push(member);
                }
                Ok(Content::Object(members))
            }
        }

        input.deserialize_any(AnyContent)
    }
}

/// What the library would report late, without a position, or as something else.
fn check_text(bytes: &[u8]) -> Result<&str, SyntaxError> {
    if bytes.len() > MAX_BYTES {
        let message = format!("larger than {} MiB", MAX_BYTES / 1024 / 1024);
        return Err(SyntaxError { at: START, message });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let message = "not UTF-8; save the file in that encoding".to_owned();
        SyntaxError { at: end_of(&String::from_utf8_lossy(&bytes[..error.valid_up_to()])), message }
    })?;
    match text.find('\0') {
        None => Ok(text),
        Some(offset) => Err(SyntaxError {
            at: end_of(&text[..offset]),
            message: "a NUL character; is it a text file?".to_owned(),
        }),
    }
}

fn end_of(text: &str) -> Position {
    let line = text.rsplit('\n').next().unwrap_or_default();
    Position {
        source: 0,
        line: text.matches('\n').count() as u64 + 1,
        column: line.chars().count() as u64 + 1,
    }
}

impl SyntaxError {
    fn in_source(mut self, source: usize) -> Self {
        self.at.source = source;
        self
    }

    /// Says in our words what users run into; the library's words name its own options.
    fn from_library(error: &serde_saphyr::Error) -> Self {
        use serde_saphyr::Error;
        let cause = match error {
            Error::AliasError { error, .. } => error,
            error => error,
        };
        let message = match cause {
            Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key '{key}' is given twice"),
            Error::DuplicateMappingKey { key: None, .. } => "a key is given twice".to_owned(),
            Error::MultipleDocuments { .. } => "a second YAML document in one file".to_owned(),
            Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => {
                format!("nested deeper than {MAX_DEPTH} levels")
            }
            Error::Budget { .. } => format!("more than {MAX_NODES} values"),
            Error::AliasReplayLimitExceeded { .. } | Error::AliasReplayStackDepthExceeded { .. } => {
                format!("more than {MAX_ALIASED_NODES} values come from aliases")
            }
            Error::UnknownAnchor { .. } => "an alias of an anchor that does not exist".to_owned(),
            Error::RecursiveReferencesRequireWeakTypes { .. } => {
                "an anchor that contains its own alias".to_owned()
            }
            Error::NonFiniteFloat { value, .. } => format!("{value} is no JSON number"),
            Error::NullIntoString { .. } | Error::Unexpected { .. } => "a key that is not a text".to_owned(),
            other => {
                let text = other.to_string();
                match text.split(" at line ").next().unwrap_or_default() {
                    "recursion limit exceeded" => format!("nested deeper than {MAX_DEPTH} levels"),
                    words => words.to_owned(),
                }
            }
        };
        let (line, column) = error.location().map_or((1, 1), |at| (at.line().max(1), at.column().max(1)));
        Self { at: Position { source: 0, line, column }, message }
    }
}
