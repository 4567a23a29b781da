//! What a role may see of a remote: its permission checked against the remote's schema.
//!
//! `subset` reads an SDL document, `deny` a permission of everything but some paths; `close` makes what is left hang
//! together. [`preset`] is what is sent for the role without its doing. All names are original upstream names. How the
//! remotes of a role become one schema is the business of [`crate::catalog`].

mod close;
mod deny;
mod directive;
mod draft;
mod locate;
pub mod preset;
mod subset;
mod written;

use std::sync::Arc;

use apollo_compiler::collections::HashMap;
use apollo_compiler::parser::Parser;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema, name};
use metadata::Permission;

use self::draft::{Draft, Reasons, roots};
use self::preset::Presets;
pub use self::written::written;
use crate::catalog::shape;
use crate::change::Place;
use crate::fault::{Code, Location};
use crate::remote::RemoteSchema;

/// A role's part of a remote.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The part of the remote's schema. A root that is not granted has a name here that no type has.
    pub schema: Arc<RemoteSchema>,
    /// What is sent without the role's doing.
    pub presets: Presets,
}

impl Granted {
    /// Whether two roles have the same: what it is called in descriptions and in which order it is written do not count.
    pub fn is_same(&self, other: &Self) -> bool {
        let (ours, theirs) = (&*self.schema, &*other.schema);
        let types = |remote: &RemoteSchema| -> HashMap<Name, ExtendedType> {
            let own = remote.schema.types.iter().filter(|(_, ty)| !ty.is_built_in());
            own.map(|(name, ty)| (name.clone(), plain(ty))).collect()
        };
        roots(ours) == roots(theirs) && self.presets == other.presets && types(ours) == types(theirs)
    }

    /// Whether it is all that the remote has.
    pub fn is_whole(&self, upstream: &RemoteSchema) -> bool {
        let own = |remote: &RemoteSchema| remote.schema.types.values().filter(|ty| !ty.is_built_in()).count();
        let is_whole = |ty: &ExtendedType| {
            let whole = upstream.schema.types.get(ty.name());
            whole.is_some_and(|whole| whole == ty || plain(whole) == plain(ty))
        };
        self.presets.is_empty()
            && roots(&self.schema) == roots(upstream)
            && n_fields(&self.schema) == n_fields(upstream)
            && own(&self.schema) == own(upstream)
            && self.schema.schema.types.values().all(is_whole)
    }
}

/// What became of a permission.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What can be served of it. Without [`Reading::flaw`] that is all that was granted.
    pub granted: Arc<Granted>,
    /// What is wrong with it.
    pub flaw: Option<Flaw>,
    /// What is odd about it.
    pub warnings: Vec<String>,
}

/// What is wrong with a permission.
#[derive(Debug, Clone, PartialEq)]
pub struct Flaw {
    /// The code an API call answers with.
    pub code: Code,
    /// Everything that is wrong, in Hasura's words.
    pub message: String,
    /// The same one by one.
    pub reasons: Vec<Reason>,
}

/// One thing that is wrong with a permission.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// What it is.
    pub message: String,
    /// What it is about.
    pub place: Option<Place>,
    /// Where that is in the SDL.
    pub location: Option<Location>,
}

/// Name of a root that is not granted.
const NOT_GRANTED: Name = name!("__not_granted");

/// Most tokens of an SDL document; GitHub's schema has 90,000.
const MAX_TOKENS: usize = 2_000_000;

/// A type without descriptions and deprecations, and with its arguments in the order of their names.
fn plain(ty: &ExtendedType) -> ExtendedType {
    let mut ty = shape(ty);
    let fields = match &mut ty {
        ExtendedType::Object(node) => &mut node.make_mut().fields,
        ExtendedType::Interface(node) => &mut node.make_mut().fields,
        _ => return ty,
    };
    for field in fields.values_mut().filter(|field| field.arguments.len() > 1) {
        field.make_mut().arguments.sort_by(|one, other| one.name.cmp(&other.name));
    }
    ty
}

/// Reads a permission on a remote. A flaw costs the smallest part that must not be served for it.
pub fn read(upstream: &RemoteSchema, permission: &Permission) -> Reading {
    let mut document = None;
    let mut draft = if permission.schema.trim() == "*" {
        deny::draft(upstream, &permission.deny)
    } else {
        let parsed = Parser::new().token_limit(MAX_TOKENS).parse_ast(&permission.schema, "schema.graphql");
        let written = match parsed {
            Ok(document) => document,
            Err(errors) => {
                // What follows a mistake in the syntax is seldom another one.
                let reasons: Vec<Reason> = (errors.errors.iter().take(1))
                    .map(|error| Reason {
                        message: error.error.to_string(),
                        place: None,
                        location: error.line_column_range().map(|range| range.start.into()),
                    })
                    .collect();
                let message = match reasons.first() {
                    Some(Reason { message, location: Some(Location { line, column }), .. }) => {
                        format!("{message} in line {line}, column {column}")
                    }
                    Some(Reason { message, .. }) => message.clone(),
                    None => "not a GraphQL document".into(),
                };
                let flaw = Flaw { code: Code::ParseFailed, message, reasons };
                return Reading { granted: Arc::new(nothing()), flaw: Some(flaw), warnings: Vec::new() };
            }
        };
        let mut draft = subset::draft(upstream, &written);
        if !permission.deny.is_empty() {
            draft.reasons.at(None);
            draft
                .reasons
                .push("\"deny\" goes with the schema \"*\" only; leave the parts out of the SDL".into());
        }
        document = Some(written);
        draft
    };
    close::close(&mut draft);
    let Reasons { all: mut reasons, .. } = std::mem::take(&mut draft.reasons);
    for reason in &mut reasons {
        let place = reason.place.as_ref();
        reason.location =
            document.as_ref().zip(place).and_then(|(document, place)| locate::locate(document, place));
    }
    let flaw = flaw(reasons);
    let warnings = std::mem::take(&mut draft.warnings);
    Reading { granted: Arc::new(finish(draft)), flaw, warnings }
}

/// How many fields the objects and interfaces of a remote have, or of a role's part of it.
pub fn n_fields(remote: &RemoteSchema) -> usize {
    let of_type = |ty: &ExtendedType| match ty {
        ExtendedType::Object(object) => object.fields.len(),
        ExtendedType::Interface(interface) => interface.fields.len(),
        _ => 0,
    };
    remote.schema.types.values().filter(|ty| !ty.is_built_in()).map(of_type).sum()
}

/// A role's part of a remote that it has no permission on.
pub fn nothing() -> Granted {
    let schema = RemoteSchema {
        schema: Schema::new(),
        query_root: NOT_GRANTED,
        mutation_root: None,
        subscription_root: None,
        warnings: Vec::new(),
    };
    Granted { schema: Arc::new(schema), presets: Presets::default() }
}

fn flaw(reasons: Vec<Reason>) -> Option<Flaw> {
    let messages: Vec<&str> = reasons.iter().map(|reason| &*reason.message).collect();
    let message = match messages.as_slice() {
        [] => return None,
        [reason] => format!("validation for the given role-based schema failed because {reason}"),
        reasons => {
            let mut message = String::from(
                "validation for the given role-based schema failed for the following reasons:\n",
            );
            reasons.iter().for_each(|reason| message.push_str(&format!(" • {reason}\n")));
            message
        }
    };
    Some(Flaw { code: Code::ValidationFailed, message, reasons })
}

fn finish(draft: Draft<'_>) -> Granted {
    let Draft { upstream, mut types, roots: granted, presets, .. } = draft;
    let mut names = roots(upstream);
    for (name, granted) in names.iter_mut().zip(granted) {
        let is_there = name.is_some_and(|name| types.contains_key(name));
        if !granted || !is_there {
            *name = None;
        }
    }
    // A root that is not granted is no type either, unless fields lead to it.
    for root in roots(upstream).into_iter().flatten().filter(|root| !names.contains(&Some(*root))) {
        if !draft::is_referred_to(&types, root) {
            types.shift_remove(root);
        }
    }
    let [query, mutation, subscription] = names.map(|name| name.cloned());
    let mut schema = Schema::new();
    schema.validate_default_values = false;
    let definition = schema.schema_definition.make_mut();
    definition.query = query.clone().map(Node::new);
    definition.mutation = mutation.clone().map(Node::new);
    definition.subscription = subscription.clone().map(Node::new);
    schema.types.extend(types);
    let schema = RemoteSchema {
        schema,
        query_root: query.unwrap_or(NOT_GRANTED),
        mutation_root: mutation,
        subscription_root: subscription,
        warnings: Vec::new(),
    };
    Granted { schema: Arc::new(schema), presets }
}
