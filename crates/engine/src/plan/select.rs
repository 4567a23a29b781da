//! Collects what is selected on the objects at one place: conditions are resolved, fragments are opened, selections of
//! the same response key are brought together (GraphQL specification, section 6.3.2, done ahead for all types at once).

use std::cell::Cell;

use apollo_compiler::Name;
use apollo_compiler::ast::{DirectiveList, Value};
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{ExecutableDocument, Field, Selection, SelectionSet};
use indexmap::IndexMap;
use rustc_hash::FxHashSet;

use crate::catalog::{Catalog, RemoteId, RoleSchema, ServedRemote};
use crate::permission::preset::PresetValue;

/// Most selections that an operation may expand to, once its fragments are opened.
pub(super) const MAX_SELECTIONS: usize = 50_000;

/// What collecting needs to know.
pub(super) struct Collector<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) role: &'a RoleSchema,
    pub(super) document: &'a ExecutableDocument,
    /// Values of the variables that `@skip` and `@include` use.
    pub(super) conditions: &'a HashMap<Name, bool>,
    /// Selections looked at so far; at the limit collecting stops.
    pub(super) n_seen: Cell<usize>,
}

/// The objects at one place of a remote's answer.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) remote: RemoteId,
    /// Original name of their declared type.
    pub(super) parent: Name,
    /// What is selected on them.
    pub(super) sets: Vec<&'a SelectionSet>,
}

/// Fields of one response key that are asked for together.
pub(super) struct Unit<'a> {
    /// The type conditions under each of which they are asked for; an empty one is none.
    pub(super) conditions: Vec<Vec<Name>>,
    /// Original name of the type on which the first of them is selected.
    pub(super) ty: Name,
    /// Original name of the type on which the remote sees them; it may be narrower, and so may its fields' types.
    pub(super) on: Name,
    /// The selections; all of one field with equal arguments.
    pub(super) fields: Vec<&'a Field>,
}

impl<'a> Unit<'a> {
    /// The selection sets of all the fields.
    pub(super) fn sets(&self) -> Vec<&'a SelectionSet> {
        self.fields.iter().filter_map(|field| field.selection_set.as_ref()).collect()
    }
}

/// One selection of a field, and for which object types it counts.
struct Occurrence<'a> {
    /// The type conditions around it.
    stack: Vec<Name>,
    /// Object types that satisfy them all.
    types: Vec<Name>,
    ty: Name,
    field: &'a Field,
    /// Its place in the client's order.
    at: usize,
}

/// Which selections apply to a type, the type of the field on it, and the type itself when it has presets.
type Class<'a> = (Vec<bool>, Option<Name>, Option<&'a Name>);

impl<'a> Collector<'a> {
    /// Whether there was more to collect than the limit allows, so that what was collected is not all.
    pub(super) fn is_exhausted(&self) -> bool {
        self.n_seen.get() > MAX_SELECTIONS
    }

    /// Whether a selection with these directives takes part.
    fn includes(&self, directives: &DirectiveList) -> bool {
        let argument = |name: &str| {
            let directive = directives.get(name)?;
            Some(match &**directive.specified_argument_by_name("if")? {
                Value::Boolean(value) => *value,
                Value::Variable(variable) => self.conditions.get(variable).copied().unwrap_or(false),
                _ => false,
            })
        };
        argument("skip") != Some(true) && argument("include") != Some(false)
    }

    /// The fields of a set whose type is an object, such as a root, by response key and in order.
    pub(super) fn object_fields(&self, sets: &[&'a SelectionSet]) -> IndexMap<&'a Name, Vec<&'a Field>> {
        let mut fields = IndexMap::new();
        let mut seen = FxHashSet::default();
        for set in sets {
            self.add_object_fields(set, &mut fields, &mut seen);
        }
        fields
    }

    fn add_object_fields(
        &self,
        set: &'a SelectionSet,
        fields: &mut IndexMap<&'a Name, Vec<&'a Field>>,
        seen: &mut FxHashSet<&'a Name>,
    ) {
        for selection in &set.selections {
            if !self.includes(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => fields.entry(field.response_name()).or_default().push(field),
                Selection::InlineFragment(fragment) => {
                    self.add_object_fields(&fragment.selection_set, fields, seen);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = spread.fragment_def(self.document)
                        && seen.insert(&spread.fragment_name)
                    {
                        self.add_object_fields(&fragment.selection_set, fields, seen);
                    }
                }
            }
        }
    }

    /// A remote as the role sees it: types that are hidden from it are not among those that an interface stands for.
    fn remote(&self, id: RemoteId) -> &'a ServedRemote {
        self.role.remote(id).unwrap_or_else(|| self.catalog.remote(id))
    }

    /// What to ask for in a scope, in the client's order.
    pub(super) fn units(&self, scope: &Scope<'a>) -> Vec<Unit<'a>> {
        let remote = self.remote(scope.remote);
        let all = possible_types(remote, &scope.parent);
        let mut by_key: IndexMap<&'a Name, Vec<Occurrence<'a>>> = IndexMap::new();
        let mut seen = FxHashSet::default();
        for set in &scope.sets {
            self.visit(remote, set, &[], &all, &mut by_key, &mut seen);
        }
        let mut units = Vec::with_capacity(by_key.len());
        for occurrences in by_key.into_values() {
            self.group(scope, &all, &occurrences, &mut units);
        }
        // What is first on one type may be later on another, so the place of each unit counts, not that of its key.
        units.sort_by_key(|(at, _)| *at);
        units.into_iter().map(|(_, unit)| unit).collect()
    }

    fn visit(
        &self,
        remote: &ServedRemote,
        set: &'a SelectionSet,
        stack: &[Name],
        types: &[Name],
        by_key: &mut IndexMap<&'a Name, Vec<Occurrence<'a>>>,
        seen: &mut FxHashSet<(&'a Name, Vec<Name>)>,
    ) {
        for selection in &set.selections {
            self.n_seen.set(self.n_seen.get() + 1);
            if self.is_exhausted() {
                return;
            }
            if !self.includes(selection.directives()) {
                continue;
            }
            let inner = match selection {
                Selection::Field(field) => {
                    by_key.entry(field.response_name()).or_default().push(Occurrence {
                        stack: stack.to_vec(),
                        types: types.to_vec(),
                        ty: remote.renames.original_type(&set.ty).clone(),
                        field,
                        at: self.n_seen.get(),
                    });
                    continue;
                }
                Selection::InlineFragment(fragment) => &fragment.selection_set,
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = spread.fragment_def(self.document) else { continue };
                    // Conditions that leave the same types find the same again, however they are nested.
                    if !seen.insert((&spread.fragment_name, types.to_vec())) {
                        continue;
                    }
                    &fragment.selection_set
                }
            };
            if inner.ty == set.ty {
                self.visit(remote, inner, stack, types, by_key, seen);
                continue;
            }
            // A type that this remote does not have can still be spread where a type is shared with one that has it.
            let condition = remote.renames.original_type(&inner.ty);
            let possible = possible_types(remote, condition);
            let narrowed: Vec<Name> = types.iter().filter(|ty| possible.contains(ty)).cloned().collect();
            if narrowed.is_empty() {
                continue;
            }
            let mut deeper = stack.to_vec();
            deeper.push(condition.clone());
            self.visit(remote, inner, &deeper, &narrowed, by_key, seen);
        }
    }

    /// Splits the selections of one response key into units.
    fn group(
        &self,
        scope: &Scope<'a>,
        all: &[Name],
        occurrences: &[Occurrence<'a>],
        units: &mut Vec<(usize, Unit<'a>)>,
    ) {
        let remote = self.remote(scope.remote);
        let result = |one: &Occurrence<'a>| one.field.definition.ty.inner_named_type().clone();
        let same_types = occurrences
            .iter()
            .all(|other| other.types == occurrences[0].types && result(other) == result(&occurrences[0]));
        let are_apart = self.presets_differ(scope.remote, occurrences);
        if same_types && !are_apart {
            let first = &occurrences[0];
            let conditions = shortest(remote, &scope.parent, all, first);
            let unit = Unit {
                on: conditions.last().unwrap_or(&scope.parent).clone(),
                conditions: vec![conditions],
                ty: first.ty.clone(),
                fields: occurrences.iter().map(|one| one.field).collect(),
            };
            units.push((first.at, unit));
        } else if are_apart
            || occurrences.iter().any(|one| self.joins_below(scope.remote, &one.ty, one.field))
        {
            // The merged selection differs from type to type, and with it what is joined: one unit for each set of
            // types to which the same selections apply and on which the field has the same type. Presets of a type go to
            // no other.
            let mut classes: IndexMap<Class<'_>, Vec<Name>> = IndexMap::new();
            for ty in all {
                let applies: Vec<bool> = occurrences.iter().map(|one| one.types.contains(ty)).collect();
                if let Some(first) = applies.iter().position(|applies| *applies) {
                    let field = remote.renames.original_field(ty, &occurrences[first].field.name);
                    let guarded = (!self.presets(scope.remote, ty, field).is_empty()).then_some(ty);
                    let class = (applies, field_type(remote, ty, field), guarded);
                    classes.entry(class).or_default().push(ty.clone());
                }
            }
            for ((applies, ..), types) in classes {
                let applying: Vec<_> = occurrences
                    .iter()
                    .zip(applies)
                    .filter(|(_, applies)| *applies)
                    .map(|(one, _)| one)
                    .collect();
                let fields = applying.iter().map(|one| one.field).collect();
                let ty = types[0].clone();
                let on = ty.clone();
                let conditions = types.into_iter().map(|ty| vec![ty]).collect();
                units.push((applying[0].at, Unit { conditions, ty, on, fields }));
            }
        } else {
            // The remote merges these by itself, and in the client's order if it is asked in that order.
            // On a type the field may have a narrower type than on its interface.
            let together = |one: &Occurrence<'a>, next: &Occurrence<'a>| {
                one.types == next.types && result(one) == result(next)
            };
            for group in occurrences.chunk_by(together) {
                let conditions = shortest(remote, &scope.parent, all, &group[0]);
                let unit = Unit {
                    on: conditions.last().unwrap_or(&scope.parent).clone(),
                    conditions: vec![conditions],
                    ty: group[0].ty.clone(),
                    fields: group.iter().map(|one| one.field).collect(),
                };
                units.push((group[0].at, unit));
            }
        }
    }

    fn presets(&self, remote: RemoteId, ty: &Name, field: &Name) -> &'a [PresetValue] {
        self.role.presets(remote).arguments(ty, field)
    }

    /// Whether a field has other presets on some type than where it is selected: on an interface that does not have the
    /// argument, for instance. They could be sent in no other way than type by type.
    fn presets_differ(&self, remote: RemoteId, occurrences: &[Occurrence<'a>]) -> bool {
        if self.role.presets(remote).is_empty() {
            return false;
        }
        let renames = &self.catalog.remote(remote).renames;
        occurrences.iter().any(|one| {
            let of = |ty: &Name| self.presets(remote, ty, renames.original_field(ty, &one.field.name));
            one.types.iter().any(|ty| of(ty) != of(&one.ty))
        })
    }

    /// Whether a field is a relationship or has one selected below it on the same remote.
    fn joins_below(&self, remote: RemoteId, ty: &Name, field: &'a Field) -> bool {
        if self.relationship(remote, ty, field).is_some() {
            return true;
        }
        let mut seen = FxHashSet::default();
        field.selection_set.as_ref().is_some_and(|set| self.joins_in(remote, set, &mut seen))
    }

    fn joins_in(&self, remote: RemoteId, set: &'a SelectionSet, seen: &mut FxHashSet<&'a Name>) -> bool {
        let ty = self.catalog.remote(remote).renames.original_type(&set.ty);
        set.selections.iter().any(|selection| match selection {
            Selection::Field(field) => {
                self.relationship(remote, ty, field).is_some()
                    || field.selection_set.as_ref().is_some_and(|set| self.joins_in(remote, set, seen))
            }
            Selection::InlineFragment(fragment) => self.joins_in(remote, &fragment.selection_set, seen),
            Selection::FragmentSpread(spread) => {
                seen.insert(&spread.fragment_name)
                    && spread
                        .fragment_def(self.document)
                        .is_some_and(|fragment| self.joins_in(remote, &fragment.selection_set, seen))
            }
        })
    }

    /// The relationship that a field of an original type is, if it is one.
    pub(super) fn relationship(
        &self,
        remote: RemoteId,
        ty: &Name,
        field: &Field,
    ) -> Option<crate::catalog::JoinId> {
        if self.role.relationships.is_empty() {
            return None;
        }
        self.role.relationships.get(&(remote, ty.clone(), field.name.clone())).copied()
    }
}

/// The object types that an original type name stands for; none if the remote does not have it.
fn possible_types(remote: &ServedRemote, ty: &Name) -> Vec<Name> {
    match remote.possible_types.get(ty) {
        Some(types) => types.clone(),
        None if remote.schema.schema.types.get(ty).is_some_and(|ty| ty.is_object()) => vec![ty.clone()],
        None => Vec::new(),
    }
}

/// Original name of the type of a field of an original type.
pub(super) fn field_type(remote: &ServedRemote, ty: &Name, field: &Name) -> Option<Name> {
    Some(remote.schema.schema.type_field(ty, field).ok()?.ty.inner_named_type().clone())
}

/// The fewest nested type conditions that select the occurrence's types and make its field known.
fn shortest(remote: &ServedRemote, parent: &Name, all: &[Name], one: &Occurrence<'_>) -> Vec<Name> {
    let Some(last) = one.stack.last() else { return Vec::new() };
    let of_last = possible_types(remote, last);
    let alone: Vec<&Name> = all.iter().filter(|ty| of_last.contains(ty)).collect();
    if !alone.into_iter().eq(one.types.iter()) {
        return one.stack.clone();
    }
    if last == parent { Vec::new() } else { vec![last.clone()] }
}
