//! Relationships that the schemas suggest: fields that look like keys, and query fields that look as if they took them.
//!
//! `words` takes names apart, `slot` finds where keys could go; here the two are brought together and judged. What is suggested has
//! passed the checks of [`crate::join`], so it would be served. Whether the keys of the one remote are known to the other, no schema
//! says: that is what [`crate::trial`] is for.

mod slot;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use apollo_compiler::ast::{FieldDefinition, Type};
use apollo_compiler::schema::{ExtendedType, ObjectType};
use apollo_compiler::{Name, Node, Schema};
use indexmap::IndexMap;
use metadata::directory::amend::Amendment;
use metadata::{
    ArgumentValue, Batch, Document, Relationship, RelationshipDefinition, RemoteField, ToRemoteSchema,
};
use rustc_hash::{FxHashMap, FxHashSet};

use self::slot::{Slot, Slots};
use self::words::{
    is_helper, is_name, is_number, is_telling, may_be_key, plural, split_key, starts_with_verb,
    thing_of_type, words,
};
use crate::catalog::RemoteId;
use crate::join::coercion::coercion;
use crate::join::{Side, resolve};
use crate::remote::RemoteSchema;

/// A relationship that might be wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The remote of the type.
    pub remote: String,
    /// The type.
    pub type_name: String,
    /// The relationship, with a name that is free.
    pub relationship: Relationship,
    /// How sure it is, from 0 to 1.
    pub score: f64,
    /// Why it is suggested, in sentences.
    pub reasons: Vec<String>,
    /// The type of the value, under its original name.
    pub value_type: Type,
}

/// Which suggestions are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// On types of this remote only.
    pub remote: Option<&'a str>,
    /// The lowest score.
    pub min_score: f64,
    /// How many at most.
    pub limit: usize,
}

/// How a key and its place belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    /// `Order.userId` is the key of the `User` that `user(id:)` gives.
    Reference,
    /// `User.id` is what `orders(userId:)` selects by.
    Referrers,
    /// `Country.code` here is the key of the `Country` there.
    Same,
    /// A code that is the same everywhere.
    Shared,
}

/// A key and a place for it, before anything is checked that costs more than looking.
struct Candidate<'a> {
    lhs: &'a str,
    ty: &'a ObjectType,
    field: &'a FieldDefinition,
    slot: &'a Slot<'a>,
    kind: Kind,
    /// The field of an element that has the key, with which all keys can go in one list.
    batch: Option<&'a Name>,
    /// The field of an element that has the key.
    carrier: Option<&'a Name>,
    /// How well the names fit, from 0 to 1.
    fit: f64,
    is_described: bool,
    score: f64,
}

impl Suggestion {
    /// What adds it to a document.
    pub fn addition(&self) -> Amendment {
        Amendment::AddRelationship {
            remote: self.remote.clone(),
            type_name: self.type_name.clone(),
            relationship: Box::new(self.relationship.clone()),
        }
    }
}

/// The relationships that the document does not have yet, the best first.
pub fn suggest(
    document: &Document,
    schemas: &BTreeMap<String, Arc<RemoteSchema>>,
    wanted: Wanted<'_>,
) -> Vec<Suggestion> {
    let remotes = || {
        let known = document.remote_schemas.iter().map(|remote| remote.name.as_str());
        known.filter_map(|name| Some((name, &**schemas.get(name)?)))
    };
    let slots = Slots::new(remotes());
    let mut best: FxHashMap<(&str, &Name, &Name, &str, &Name), Candidate<'_>> = FxHashMap::default();
    for (name, remote) in remotes().filter(|(name, _)| wanted.remote.is_none_or(|wanted| wanted == *name)) {
        let known = Known::of(document, schemas, name);
        let roots: Vec<&Name> =
            [Some(&remote.query_root), remote.mutation_root.as_ref(), remote.subscription_root.as_ref()]
                .into_iter()
                .flatten()
                .collect();
        for ty in remote.schema.types.values() {
            let ExtendedType::Object(ty) = ty else { continue };
            if roots.contains(&&ty.name) || ty.name.starts_with("__") || is_helper(&ty.name) {
                continue;
            }
            let own = Own { lhs: name, schema: &remote.schema, ty, thing: thing_of_type(&ty.name) };
            for candidate in own.candidates(&slots) {
                if candidate.score < wanted.min_score || known.has(&candidate) || own.has(&candidate) {
                    continue;
                }
                let key = (
                    name,
                    &candidate.ty.name,
                    &candidate.field.name,
                    candidate.slot.remote,
                    candidate.slot.element,
                );
                match best.get(&key) {
                    Some(better) if better.score >= candidate.score => {}
                    _ => drop(best.insert(key, candidate)),
                }
            }
        }
    }
    let mut ranked: Vec<Candidate<'_>> = best.into_values().collect();
    let place = |it: &Candidate<'_>| {
        (
            it.lhs.to_owned(),
            it.ty.name.clone(),
            it.field.name.clone(),
            it.slot.remote.to_owned(),
            it.slot.field.name.clone(),
        )
    };
    ranked
        .sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| place(one).cmp(&place(other))));
    let mut taken = Taken::default();
    let checked = ranked.iter().filter_map(|candidate| candidate.checked(document, schemas, &mut taken));
    checked.take(wanted.limit).collect()
}

/// Whether values of a type may be keys: not what is measured, switched or chosen from a few.
fn may_be_key_type(schema: &Schema, name: &Name) -> bool {
    const NO_KEYS: [&str; 10] =
        ["date", "time", "json", "url", "uri", "decimal", "float", "upload", "duration", "void"];
    match (name.as_str(), schema.types.get(name)) {
        ("Int" | "String" | "ID", _) => true,
        ("Float" | "Boolean", _) => false,
        (custom, Some(ExtendedType::Scalar(_))) => {
            let custom = custom.to_lowercase();
            NO_KEYS.iter().all(|no_key| !custom.contains(no_key))
        }
        _ => false,
    }
}

/// A type whose fields may be keys.
struct Own<'a> {
    lhs: &'a str,
    schema: &'a Schema,
    ty: &'a ObjectType,
    /// What it is, in words.
    thing: Vec<String>,
}

impl<'a> Own<'a> {
    fn candidates<'s>(&self, slots: &'s Slots<'a>) -> Vec<Candidate<'s>> {
        let ty: &'a ObjectType = self.ty;
        let mut candidates = Vec::new();
        for field in ty.fields.values() {
            let all = words(&field.name);
            let is_free = field.arguments.iter().all(|argument| !argument.is_required());
            if !is_free || !may_be_key_type(self.schema, field.ty.inner_named_type()) || !may_be_key(&all) {
                continue;
            }
            let mut seen = FxHashSet::default();
            for (slot, kind, fit) in self.fits(&all, slots) {
                if seen.insert(std::ptr::from_ref(slot).addr()) {
                    candidates.extend(self.judge(field, slot, kind, fit));
                }
            }
        }
        candidates
    }

    /// The places that a field of these words fits by name, with how well.
    fn fits<'s>(&self, all: &[String], slots: &'s Slots<'a>) -> Vec<(&'s Slot<'a>, Kind, f64)> {
        let (subject, key) = split_key(all);
        let mut fits = Vec::new();
        // Of `shipping country code`, first what the shipping country is, then what a country is.
        for skipped in 0..subject.len() {
            let rest = if skipped == 0 { 1.0 } else { 0.85 };
            for slot in slots.of_thing(&subject[skipped..]) {
                fits.push((slot, Kind::Reference, rest * agreement(key, &slot.key)));
            }
        }
        let is_of_own = subject.is_empty() || subject == self.thing;
        if is_of_own && !key.is_empty() {
            for slot in slots.of_thing(&self.thing).filter(|slot| slot.remote != self.lhs) {
                let agreement = agreement(key, &slot.key);
                fits.push((slot, Kind::Same, 0.85 * agreement * agreement));
            }
            if !is_name(key) {
                let words = [&self.thing[..], key].concat();
                let referring = slots.of_words(&words);
                fits.extend(referring.filter(|slot| !slot.is_own).map(|slot| (slot, Kind::Referrers, 0.9)));
            }
            // `weather(city: String)` wants a name, and `orders(user: ID)` an ID.
            let fits_bare = |slot: &&Slot<'_>| match slot.ty.inner_named_type().as_str() {
                "String" => is_name(key),
                _ => is_number(key),
            };
            let bare = slots.of_words(&self.thing).filter(|slot| !slot.is_own).filter(fits_bare);
            fits.extend(bare.map(|slot| (slot, Kind::Referrers, 0.75)));
        }
        if is_telling(key) {
            let others = slots.of_words(all).filter(|slot| slot.is_own && slot.key == key);
            fits.extend(others.map(|slot| (slot, Kind::Shared, 0.75)));
        }
        fits
    }

    /// How sure it is that values of the field are wanted there; `None` if they cannot be given.
    fn judge<'s>(
        &self,
        field: &'a FieldDefinition,
        slot: &'s Slot<'a>,
        kind: Kind,
        fit: f64,
    ) -> Option<Candidate<'s>> {
        coercion((&field.ty, self.schema), (slot.ty, slot.schema)).ok()?;
        let (from, to) = (field.ty.inner_named_type(), slot.ty.inner_named_type());
        let is_standard = |name: &Name| matches!(name.as_str(), "Int" | "String" | "ID");
        let same_type = match (from == to, is_standard(from) && is_standard(to)) {
            (true, _) => 1.0,
            (false, true) => 0.9,
            (false, false) => 0.7,
        };
        let carrier = carrier(slot, kind);
        let batch = carrier.filter(|_| slot.ty.is_list() && !field.ty.is_list() && slot.list.is_some());
        // Without the key in the elements, a list of keys brings a list for each.
        let is_odd = kind != Kind::Referrers && slot.list.is_some() && batch.is_none() && !field.ty.is_list();
        let is_described = self.describes(field, slot, kind);
        let mut score = 0.6 * fit + 0.2 * same_type;
        score += if carrier.is_some() { 0.1 } else { 0.0 };
        score += if batch.is_some() { 0.05 } else { 0.0 };
        score += if is_described { 0.05 } else { 0.0 };
        score *= if is_odd { 0.8 } else { 1.0 };
        // Whole percents, so that nobody reads more into it.
        let score = (score * 100.0).round() / 100.0;
        let (lhs, ty) = (self.lhs, self.ty);
        Some(Candidate { lhs, ty, field, slot, kind, batch, carrier, fit, is_described, score })
    }

    /// Whether the description of the one names the other.
    fn describes(&self, field: &FieldDefinition, slot: &Slot<'_>, kind: Kind) -> bool {
        let of_field = field.description.iter().map(|text| text.to_lowercase()).any(|text| {
            text.contains(&slot.things[1].join(" ")) || text.contains(&slot.element.to_lowercase())
        });
        let of_slot = kind == Kind::Referrers && !slot.description.is_empty();
        of_field || of_slot && slot.description.contains(&self.thing.join(" "))
    }

    /// Whether what is suggested is there already: the thing itself, or a field of the type that leads there.
    fn has(&self, candidate: &Candidate<'_>) -> bool {
        let leads_to = |field: &FieldDefinition| {
            let ty = field.ty.inner_named_type();
            let nodes = self.schema.type_field(ty, "nodes").ok().map(|nodes| nodes.ty.inner_named_type());
            let node = || {
                let edges = self.schema.type_field(ty, "edges").ok()?.ty.inner_named_type();
                Some(self.schema.type_field(edges, "node").ok()?.ty.inner_named_type())
            };
            ty == candidate.slot.element
                || nodes == Some(candidate.slot.element)
                || node() == Some(candidate.slot.element)
        };
        let words = words(&candidate.field.name);
        let is_itself = *candidate.slot.element == self.ty.name
            && (candidate.kind != Kind::Reference || split_key(&words).0 == self.thing);
        candidate.slot.remote == self.lhs
            && (is_itself || self.ty.fields.values().any(|field| leads_to(field)))
    }
}

/// How well the last words of a key agree with those of its place.
fn agreement(key: &[String], place: &[String]) -> f64 {
    match (key, place) {
        _ if key == place => match is_name(key) {
            true => 0.7,
            false => 1.0,
        },
        // `currency` where a code is taken: it may as well be the currency's name.
        ([], place) if !is_name(place) => 0.8,
        _ if is_name(key) || is_name(place) => 0.0,
        // `countryIsoCode` where `code` is taken.
        _ if key.ends_with(place) || place.ends_with(key) => 0.9,
        _ if is_number(key) && is_number(place) => 0.8,
        _ => 0.35,
    }
}

/// The field of an element that has the value which was given.
fn carrier<'a>(slot: &Slot<'a>, kind: Kind) -> Option<&'a Name> {
    let target = slot.schema;
    let fields = match target.types.get(slot.element)? {
        ExtendedType::Object(object) => &object.fields,
        ExtendedType::Interface(interface) => &interface.fields,
        _ => return None,
    };
    let named = |wanted: &[String]| {
        let carries = |field: &&Node<FieldDefinition>| {
            let is_free = field.arguments.iter().all(|argument| !argument.is_required());
            let is_single = !field.ty.is_list() && may_be_key_type(target, field.ty.inner_named_type());
            is_free && is_single && words(&field.name) == wanted
        };
        fields.values().find(carries).map(|field| &field.name)
    };
    match kind {
        Kind::Referrers => named(&slot.words),
        Kind::Reference | Kind::Same | Kind::Shared => named(&slot.words).or_else(|| named(&slot.key)),
    }
}

/// What the document has already.
struct Known<'a> {
    /// Type, key field, other remote, type of the value.
    relationships: FxHashSet<(&'a str, &'a str, &'a str, Name)>,
}

impl<'a> Known<'a> {
    fn of(document: &'a Document, schemas: &BTreeMap<String, Arc<RemoteSchema>>, remote: &str) -> Self {
        let mut relationships = FxHashSet::default();
        let on = document.remote_schema(remote).into_iter().flat_map(|remote| &remote.remote_relationships);
        for on in on {
            for relationship in &on.relationships {
                let RelationshipDefinition::ToRemoteSchema(to) = &relationship.definition else { continue };
                let Some(element) = schemas.get(&to.remote_schema).and_then(|schema| led_to(to, schema))
                else {
                    continue;
                };
                for field in &to.lhs_fields {
                    relationships.insert((&*on.type_name, &**field, &*to.remote_schema, element.clone()));
                }
            }
        }
        Self { relationships }
    }

    fn has(&self, candidate: &Candidate<'_>) -> bool {
        let Candidate { ty, field, slot, .. } = candidate;
        self.relationships.contains(&(
            ty.name.as_str(),
            field.name.as_str(),
            slot.remote,
            slot.element.clone(),
        ))
    }
}

/// The type of which a relationship gives one or more.
fn led_to(to: &ToRemoteSchema, target: &RemoteSchema) -> Option<Name> {
    let mut on = &target.query_root;
    let mut step = Some(&to.remote_field);
    while let Some(call) = step {
        let field = target.schema.type_field(on, &call.name).ok()?;
        on = match call.field {
            Some(_) => field.ty.inner_named_type(),
            None => slot::result(&target.schema, field)
                .map_or(field.ty.inner_named_type(), |(element, _)| element),
        };
        step = call.field.as_deref();
    }
    Some(on.clone())
}

/// Names that are given to suggestions, by remote and type.
#[derive(Default)]
struct Taken(BTreeMap<(String, Name), BTreeSet<String>>);

impl Candidate<'_> {
    /// The suggestion, if it would be served.
    fn checked(
        &self,
        document: &Document,
        schemas: &BTreeMap<String, Arc<RemoteSchema>>,
        taken: &mut Taken,
    ) -> Option<Suggestion> {
        let definition = self.definition();
        let (lhs, target) = (schemas.get(self.lhs)?, schemas.get(self.slot.remote)?);
        let side = |id, name, remote| Side { id: RemoteId(id), name, remote };
        let name = self.free_name(document, taken);
        let join = resolve(
            &name,
            &self.ty.name,
            &definition,
            side(0, self.lhs, &**lhs),
            side(1, self.slot.remote, &**target),
        );
        let join = join.ok()?;
        let names = taken.0.entry((self.lhs.to_owned(), self.ty.name.clone())).or_default();
        names.insert(name.clone());
        Some(Suggestion {
            remote: self.lhs.to_owned(),
            type_name: self.ty.name.to_string(),
            relationship: Relationship {
                name,
                definition: RelationshipDefinition::ToRemoteSchema(definition),
            },
            score: self.score,
            reasons: self.reasons(),
            value_type: join.value_type(&target.schema),
        })
    }

    fn reasons(&self) -> Vec<String> {
        let Self { ty, field, slot, batch, carrier, .. } = self;
        let (place, element, name) = (slot.place(), slot.element, &field.name);
        let mut reasons = vec![match self.kind {
            Kind::Reference if self.fit >= 1.0 => {
                format!("The field `{name}` names `{element}` and its key, which `{place}` takes.")
            }
            Kind::Reference => {
                format!("The field `{name}` names `{element}`, which `{place}` gives by its key.")
            }
            Kind::Referrers => format!("`{place}` is named after `{}` and its key `{name}`.", ty.name),
            Kind::Same => {
                format!("`{element}` there has the name of `{}`, and `{place}` gives it by its key.", ty.name)
            }
            Kind::Shared => format!("`{name}` is the same everywhere, and `{place}` takes it."),
        }];
        let (from, to) = (field.ty.inner_named_type(), slot.ty.inner_named_type());
        reasons.push(match from == to {
            true => format!("Both are of type `{from}`."),
            false => format!("A value of type `{from}` can be given where `{to}` is taken."),
        });
        match (batch, carrier) {
            (Some(carrier), _) => reasons.push(format!(
                "All keys can go in one list, as `{element}.{carrier}` tells which of them an element belongs to."
            )),
            (None, Some(carrier)) => reasons.push(format!("`{element}` has the key as its field `{carrier}`.")),
            (None, None) => {}
        }
        if self.is_described {
            reasons.push("A description speaks of the other one.".into());
        }
        reasons
    }

    fn definition(&self) -> ToRemoteSchema {
        let key = self.field.name.to_string();
        let (argument, inside) =
            self.slot.path.split_first().map_or((&self.field.name, &[][..]), |(first, rest)| (*first, rest));
        let value = inside.iter().rev().fold(ArgumentValue::Variable(key.clone()), |value, name| {
            ArgumentValue::Object(IndexMap::from_iter([(name.to_string(), value)]))
        });
        ToRemoteSchema {
            batch: self.batch.map(|carrier| Batch {
                keys: IndexMap::from_iter([(key.clone(), carrier.to_string())]),
                many: self.kind == Kind::Referrers,
                max: None,
                path: self.slot.list.iter().flatten().map(ToString::to_string).collect(),
            }),
            lhs_fields: vec![key],
            on_error: None,
            remote_field: RemoteField {
                name: self.slot.field.name.to_string(),
                arguments: IndexMap::from_iter([(argument.to_string(), value)]),
                field: None,
            },
            remote_schema: self.slot.remote.to_owned(),
            legacy: false,
        }
    }

    /// A name that no field, no relationship and no other suggestion of the type has.
    fn free_name(&self, document: &Document, taken: &Taken) -> String {
        let is_snake = self.field.name.contains('_') || self.ty.fields.keys().any(|name| name.contains('_'));
        let written = |words: &[String]| {
            let mut name = String::new();
            for (index, word) in words.iter().enumerate() {
                let mut letters = word.chars();
                match (index, is_snake) {
                    (0, _) => name.push_str(word),
                    (_, true) => drop(write!(name, "_{word}")),
                    (_, false) => {
                        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                        name.push_str(letters.as_str());
                    }
                }
            }
            name
        };
        let all = words(&self.field.name);
        let (subject, _) = split_key(&all);
        let of_remote = self.slot.remote.split(|letter: char| !letter.is_ascii_alphanumeric());
        let of_remote: Vec<String> =
            of_remote.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        let thing = &self.slot.things[1];
        let mut names = match self.kind {
            Kind::Reference if self.field.ty.is_list() => vec![written(&plural(subject))],
            Kind::Reference => vec![written(subject), written(&[subject, &["details".into()]].concat())],
            Kind::Referrers if starts_with_verb(&self.slot.field.name) => vec![written(&plural(thing))],
            Kind::Referrers => vec![self.slot.field.name.to_string()],
            Kind::Same => Vec::new(),
            Kind::Shared => vec![written(thing)],
        };
        names.push(written(&[&of_remote[..], thing].concat()));
        let relationships = || {
            let on =
                document.remote_schema(self.lhs).into_iter().flat_map(|remote| &remote.remote_relationships);
            on.filter(|on| on.type_name == self.ty.name.as_str()).flat_map(|on| &on.relationships)
        };
        let given = taken.0.get(&(self.lhs.to_owned(), self.ty.name.clone()));
        let is_free = |name: &String| {
            Name::new(name).is_ok_and(|name| !name.starts_with("__"))
                && !self.ty.fields.contains_key(name.as_str())
                && relationships().all(|relationship| relationship.name != *name)
                && given.is_none_or(|given| !given.contains(name))
        };
        let numbered = (2..).map(|n| format!("{}{n}", written(thing)));
        names.into_iter().chain(numbered).find(is_free).unwrap_or_default()
    }
}
