//! A role's part of a remote while it is being worked out.

use apollo_compiler::Name;
use apollo_compiler::ast::{Directive, DirectiveList, InputValueDefinition};
use apollo_compiler::collections::{HashSet, IndexMap};
use apollo_compiler::schema::ExtendedType;

use super::Reason;
use super::preset::Presets;
use crate::change::Place;
use crate::remote::RemoteSchema;

/// What is granted so far.
pub(super) struct Draft<'a> {
    pub(super) upstream: &'a RemoteSchema,
    /// The granted types without the built-in ones. Parts that are granted whole are shared with the upstream's schema.
    pub(super) types: IndexMap<Name, ExtendedType>,
    /// Whether the roots are granted: query, mutation, subscription.
    pub(super) roots: [bool; 3],
    pub(super) presets: Presets,
    /// Types whose absence needs no words any more.
    pub(super) explained: HashSet<Name>,
    /// What is wrong.
    pub(super) reasons: Reasons,
    /// What is odd.
    pub(super) warnings: Vec<String>,
}

/// What is wrong, each with the place that was being read.
#[derive(Default)]
pub(super) struct Reasons {
    pub(super) all: Vec<Reason>,
    at: Option<Place>,
}

impl Reasons {
    /// Goes on to another place.
    pub(super) fn at(&mut self, place: Option<Place>) {
        self.at = place;
    }

    pub(super) fn push(&mut self, message: String) {
        self.all.push(Reason { message, place: self.at.clone(), location: None });
    }
}

impl<'a> Draft<'a> {
    pub(super) fn new(upstream: &'a RemoteSchema) -> Self {
        Self {
            upstream,
            types: IndexMap::default(),
            roots: [false; 3],
            presets: Presets::default(),
            explained: HashSet::default(),
            reasons: Reasons::default(),
            warnings: Vec::new(),
        }
    }
}

/// The root types of a remote: query, mutation, subscription.
pub(super) fn roots(remote: &RemoteSchema) -> [Option<&Name>; 3] {
    [Some(&remote.query_root), remote.mutation_root.as_ref(), remote.subscription_root.as_ref()]
}

/// `"a"`, `"a" and "b"`, `"a", "b" and "c"`.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a Name>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("\"{name}\"")).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The names that occur more than once, each once.
pub(super) fn repeated<'a>(names: impl IntoIterator<Item = &'a Name>) -> Vec<&'a Name> {
    let mut seen = HashSet::default();
    let mut repeated = Vec::new();
    for name in names {
        if !seen.insert(name) && !repeated.contains(&name) {
            repeated.push(name);
        }
    }
    repeated
}

/// The directives of a granted part: what it means is the upstream's to say, whether it is deprecated the permission's.
pub(super) fn directives(written: &DirectiveList, upstream: &DirectiveList) -> DirectiveList {
    let named = |wanted: &'static [&str]| {
        move |directive: &&apollo_compiler::Node<Directive>| wanted.contains(&directive.name.as_str())
    };
    let meaning = upstream.iter().filter(named(&["oneOf", "specifiedBy"]));
    let deprecation = written.iter().filter(named(&["deprecated"])).take(1);
    meaning.chain(deprecation).cloned().collect()
}

/// Whether a value must be given, so that nothing can be left out of what offers it.
pub(super) fn is_required(value: &InputValueDefinition) -> bool {
    value.ty.is_non_null() && value.default_value.is_none()
}

/// Whether a field or a union leads to the type.
pub(super) fn is_referred_to(types: &IndexMap<Name, ExtendedType>, name: &Name) -> bool {
    types.values().any(|ty| match ty {
        ExtendedType::Object(object) => {
            object.fields.values().any(|field| field.ty.inner_named_type() == name)
        }
        ExtendedType::Interface(interface) => {
            interface.fields.values().any(|field| field.ty.inner_named_type() == name)
        }
        ExtendedType::Union(union_) => union_.members.contains(name),
        _ => false,
    })
}
