//! Which change an effect comes from: the one at a place that the broken object names.
//!
//! What is broken is known before; here names may be compared, since a change that is blamed too much or too little makes
//! nothing safe or unsafe. An effect that no single change explains stays with the whole.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{self, Definition};
use apollo_compiler::executable::{ExecutableDocument, Selection, SelectionSet};
use apollo_compiler::parser::Parser;
use apollo_compiler::{Name, Schema};
use metadata::{ArgumentValue, Document, Permission, RelationshipDefinition, RemoteField, ToRemoteSchema};
use rustc_hash::FxHashSet;

use super::effect::Effect;
use super::{Affected, Breaking, Change, Kind, Place};
use crate::catalog::{Catalog, Introspection, RemoteId, RoleSchema, RootField, ServedRemote};
use crate::problem::MetadataObject;
use crate::rename::Renames;

/// The places of remotes that something names, as their paths.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    places: BTreeSet<(String, String)>,
    /// Types that are named with all that is in them.
    whole: BTreeSet<(String, String)>,
}

/// Where names are looked up.
pub(super) struct Names<'a> {
    pub(super) document: &'a Document,
    pub(super) old: &'a Catalog,
    pub(super) after: &'a BTreeMap<String, Introspection>,
    pub(super) changed: &'a BTreeMap<String, Vec<Change>>,
}

/// Puts effects to the changes that they come from; gives back those that come from none.
pub(super) fn blame(effects: Vec<Effect>, remotes: &mut BTreeMap<String, Vec<Change>>) -> Vec<Affected> {
    let mut rest = BTreeSet::new();
    for Effect { affected, mentions } in effects {
        let mut is_explained = false;
        for (remote, changes) in remotes.iter_mut() {
            for change in changes.iter_mut().filter(|change| mentions.explain(remote, change)) {
                is_explained = true;
                change.affects.push(affected.clone());
            }
        }
        if !is_explained {
            rest.insert(affected);
        }
    }
    for change in remotes.values_mut().flatten() {
        change.affects.sort();
        change.affects.dedup();
    }
    rest.into_iter().collect()
}

impl Mentions {
    /// One path of one remote.
    pub(super) fn path(remote: &str, path: String) -> Self {
        Self { places: BTreeSet::from([(remote.to_owned(), path)]), whole: BTreeSet::new() }
    }

    fn add(&mut self, remote: &str, place: &Place) {
        if let Some(ty) = place.ty() {
            self.places.insert((remote.to_owned(), ty.to_string()));
        }
        self.places.insert((remote.to_owned(), place.to_string()));
    }

    fn explain(&self, remote: &str, change: &Change) -> bool {
        if matches!(change.kind, Kind::DescriptionChanged | Kind::DeprecationChanged) {
            return false;
        }
        let has = |set: &BTreeSet<(String, String)>, path: String| set.contains(&(remote.to_owned(), path));
        // Something that has to be given from now on breaks those who name what it belongs to.
        let is_demand = change.breaking_graphql == Breaking::Breaking
            && matches!(change.kind, Kind::ArgumentAdded | Kind::InputFieldAdded);
        let is_part = matches!(
            change.kind,
            Kind::MemberAdded | Kind::MemberRemoved | Kind::InterfaceAdded | Kind::InterfaceRemoved
        );
        has(&self.places, change.path.to_string())
            || change.path.ty().is_some_and(|ty| has(&self.whole, ty.to_string()))
            || (is_demand || is_part)
                && change.path.parent().is_some_and(|parent| has(&self.places, parent.to_string()))
    }
}

impl<'a> Names<'a> {
    /// What an object of the metadata names.
    pub(super) fn of_object(&self, object: &MetadataObject) -> Mentions {
        let mut mentions = Mentions::default();
        match object {
            MetadataObject::Relationship { remote_schema, type_name, name } => {
                self.relationship(remote_schema, type_name, name, &mut mentions);
            }
            MetadataObject::Permission { remote_schema, role } => {
                let permission = self
                    .document
                    .remote_schema(remote_schema)
                    .and_then(|entry| entry.permissions.iter().find(|permission| permission.role == *role));
                if let Some(permission) = permission {
                    of_permission(remote_schema, permission, &mut mentions);
                }
            }
            MetadataObject::SavedQuery { collection, query } => {
                let collections = self.document.query_collections();
                let collection = collections.iter().find(|known| known.name == *collection);
                if let Some(query) = collection.and_then(|collection| collection.query(query)) {
                    self.operation(&query.query, &mut mentions);
                }
            }
            MetadataObject::RemoteSchema(remote) => self.shared_types(remote, &mut mentions),
            _ => {}
        }
        mentions
    }

    /// Where what a role sees comes from.
    pub(super) fn of_served(&self, role: &RoleSchema, place: &Place) -> Mentions {
        let mut mentions = Mentions::default();
        self.served(role, place, &mut mentions);
        mentions
    }

    fn served(&self, role: &RoleSchema, place: &Place, mentions: &mut Mentions) {
        let admin = &self.old.admin;
        if let Place::Root(_) = place {
            for remote in &self.old.remotes {
                mentions.add(&remote.name, place);
            }
            return;
        }
        let Some(ty) = place.ty() else { return };
        if let Place::Field(_, field) | Place::Argument(_, field, _) = place {
            match admin.roots.get(&(ty.clone(), field.clone())) {
                Some(RootField::Remote { remote, field }) => {
                    let remote = self.old.remote(*remote);
                    let root = match ty.as_str() {
                        "mutation_root" => remote.schema.mutation_root.as_ref(),
                        "subscription_root" => remote.schema.subscription_root.as_ref(),
                        _ => Some(&remote.schema.query_root),
                    };
                    if let Some(root) = root {
                        mentions.add(&remote.name, &within(place, root, field));
                    }
                    return;
                }
                Some(RootField::Namespace { remote }) => {
                    let operation = match ty.as_str() {
                        "mutation_root" => "mutation",
                        "subscription_root" => "subscription",
                        _ => "query",
                    };
                    mentions.add(&self.old.remote(*remote).name, &Place::Root(operation));
                    return;
                }
                Some(RootField::Placeholder) | None => {}
            }
        }
        let ty = role.derived_inputs.get(ty).unwrap_or(ty);
        for (id, remote) in (0..).map(RemoteId).zip(&self.old.remotes) {
            let original = remote.renames.original_type(ty);
            if remote.renames.served_type(original) != ty
                || !remote.schema.schema.types.contains_key(original)
            {
                continue;
            }
            match place {
                Place::Field(_, field) | Place::Argument(_, field, _) => {
                    if admin.relationships.contains_key(&(id, original.clone(), field.clone())) {
                        self.relationship(&remote.name, original, field, mentions);
                    } else {
                        let field = remote.renames.original_field(original, field);
                        mentions.add(&remote.name, &within(place, original, field));
                    }
                }
                Place::Member(_, other) => {
                    let other = remote.renames.original_type(other).clone();
                    mentions.add(&remote.name, &Place::Member(original.clone(), other));
                }
                Place::Interface(_, other) => {
                    let other = remote.renames.original_type(other).clone();
                    mentions.add(&remote.name, &Place::Interface(original.clone(), other));
                }
                _ => mentions.add(&remote.name, &Place::Type(original.clone())),
            }
        }
    }

    fn remote(&self, name: &str) -> Option<&'a ServedRemote> {
        self.old.remotes.iter().find(|remote| remote.name == name)
    }

    fn relationship(&self, remote: &str, type_name: &str, name: &str, mentions: &mut Mentions) {
        let Some(entry) = self.document.remote_schema(remote) else { return };
        let of_type = entry.remote_relationships.iter().filter(|of_type| of_type.type_name == type_name);
        let relationship =
            of_type.flat_map(|of_type| &of_type.relationships).find(|relationship| relationship.name == name);
        let Some(RelationshipDefinition::ToRemoteSchema(definition)) = relationship.map(|it| &it.definition)
        else {
            return;
        };
        // The field that it adds must find its place free.
        for field in definition.lhs_fields.iter().map(String::as_str).chain([name]) {
            mentions.places.insert((remote.to_owned(), type_name.to_owned()));
            mentions.places.insert((remote.to_owned(), format!("{type_name}.{field}")));
        }
        if let Some(target) = self.remote(&definition.remote_schema) {
            steps(target, definition, mentions);
        }
    }

    /// What an operation names, as the administrator sees it.
    fn operation(&self, text: &str, mentions: &mut Mentions) {
        let Ok(document) = ast::Document::parse(text, "query.graphql") else { return };
        let Ok(document) = document.to_executable_validate(&self.old.admin.schema) else { return };
        for operation in document.operations.iter() {
            for variable in &operation.variables {
                let place = Place::Type(variable.ty.inner_named_type().clone());
                self.served(&self.old.admin, &place, mentions);
            }
            self.selections(&document, &operation.selection_set, &mut FxHashSet::default(), mentions);
        }
    }

    fn selections<'d>(
        &self,
        document: &'d ExecutableDocument,
        set: &'d SelectionSet,
        seen: &mut FxHashSet<&'d Name>,
        mentions: &mut Mentions,
    ) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let place = Place::Field(set.ty.clone(), field.name.clone());
                    self.served(&self.old.admin, &place, mentions);
                    for argument in &field.arguments {
                        let place =
                            Place::Argument(set.ty.clone(), field.name.clone(), argument.name.clone());
                        self.served(&self.old.admin, &place, mentions);
                    }
                    if let Some(set) = &field.selection_set {
                        self.selections(document, set, seen, mentions);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(document, &fragment.selection_set, seen, mentions);
                }
                // Each once: fragments of fragments would otherwise take exponential time.
                Selection::FragmentSpread(spread) if seen.insert(&spread.fragment_name) => {
                    if let Some(fragment) = spread.fragment_def(document) {
                        self.selections(document, &fragment.selection_set, seen, mentions);
                    }
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// Types of changed remotes by which they and `remote` may be at odds.
    fn shared_types(&self, remote: &str, mentions: &mut Mentions) {
        for changed in self.changed.keys() {
            let entry = self.document.remote_schema(changed);
            let customization =
                entry.and_then(|entry| entry.definition.customization.clone()).unwrap_or_default();
            let Some(schema) = self.after.get(changed).and_then(Introspection::schema) else { continue };
            let Ok(renames) = Renames::new(&customization, schema) else {
                // The renames themselves are the trouble.
                let mapping = customization.type_names.iter().flat_map(|names| names.mapping.iter());
                let mapped = mapping.flat_map(|(from, to)| [from, to]);
                let types = mapped.chain(customization.field_names.iter().map(|names| &names.parent_type));
                mentions.whole.extend(types.map(|ty| (changed.clone(), ty.clone())));
                continue;
            };
            for (ty, _) in schema.schema.types.iter().filter(|(_, ty)| !ty.is_built_in()) {
                let served = renames.served_type(ty);
                let is_shared = self.old.remotes.iter().any(|other| {
                    other.name != *changed
                        && (remote == changed || remote == other.name)
                        && other.schema.schema.types.contains_key(other.renames.original_type(served))
                        && other.renames.served_type(other.renames.original_type(served)) == served
                });
                if is_shared {
                    mentions.whole.insert((changed.clone(), ty.to_string()));
                }
            }
        }
    }
}

/// A place of the same kind in another type, on another field.
fn within(place: &Place, ty: &Name, field: &Name) -> Place {
    match place {
        Place::Argument(_, _, argument) => Place::Argument(ty.clone(), field.clone(), argument.clone()),
        _ => Place::Field(ty.clone(), field.clone()),
    }
}

/// The way of a relationship to its target.
fn steps(target: &ServedRemote, definition: &ToRemoteSchema, mentions: &mut Mentions) {
    let schema = &target.schema.schema;
    let mut on = Some(&target.schema.query_root);
    let mut step: Option<&RemoteField> = Some(&definition.remote_field);
    while let (Some(ty), Some(field)) = (on, step) {
        mentions.places.insert((target.name.clone(), ty.to_string()));
        mentions.places.insert((target.name.clone(), format!("{ty}.{}", field.name)));
        let found = schema.type_field(ty, &field.name).ok();
        for (argument, value) in &field.arguments {
            mentions.places.insert((target.name.clone(), format!("{ty}.{}({argument}:)", field.name)));
            let input = found.and_then(|field| field.argument_by_name(argument));
            if let Some(input) = input {
                values(target, schema, input.ty.inner_named_type(), value, mentions);
            }
        }
        on = found.map(|field| field.ty.inner_named_type());
        step = field.field.as_deref();
    }
    let Some(batch) = &definition.batch else { return };
    for field in &batch.path {
        let Some(ty) = on else { return };
        mentions.places.insert((target.name.clone(), format!("{ty}.{field}")));
        on = schema.type_field(ty, field).ok().map(|field| field.ty.inner_named_type());
    }
    let Some(ty) = on else { return };
    mentions.places.extend(batch.keys.values().map(|field| (target.name.clone(), format!("{ty}.{field}"))));
}

fn values(target: &ServedRemote, schema: &Schema, ty: &Name, value: &ArgumentValue, mentions: &mut Mentions) {
    mentions.places.insert((target.name.clone(), ty.to_string()));
    match value {
        ArgumentValue::Object(members) => {
            let input = schema.get_input_object(ty);
            for (name, value) in members {
                mentions.places.insert((target.name.clone(), format!("{ty}.{name}")));
                if let Some(field) = input.and_then(|input| input.fields.get(name.as_str())) {
                    values(target, schema, field.ty.inner_named_type(), value, mentions);
                }
            }
        }
        ArgumentValue::List(items) => {
            items.iter().for_each(|item| values(target, schema, ty, item, mentions));
        }
        ArgumentValue::Variable(_) | ArgumentValue::Scalar(_) => {}
    }
}

fn of_permission(remote: &str, permission: &Permission, mentions: &mut Mentions) {
    for path in &permission.deny {
        let ty = path.split('.').next().unwrap_or_default();
        mentions.places.extend([ty, path].map(|path| (remote.to_owned(), path.to_owned())));
    }
    let document = match Parser::new().parse_ast(&permission.schema, "permission.graphql") {
        Ok(document) => document,
        Err(flawed) => flawed.partial,
    };
    let mut of_fields = |ty: &Name, fields: &[apollo_compiler::Node<ast::FieldDefinition>]| {
        mentions.add(remote, &Place::Type(ty.clone()));
        for field in fields {
            mentions.add(remote, &Place::Field(ty.clone(), field.name.clone()));
            for argument in &field.arguments {
                let place = Place::Argument(ty.clone(), field.name.clone(), argument.name.clone());
                mentions.add(remote, &place);
            }
        }
    };
    for definition in &document.definitions {
        match definition {
            Definition::ObjectTypeDefinition(ty) => of_fields(&ty.name, &ty.fields),
            Definition::InterfaceTypeDefinition(ty) => of_fields(&ty.name, &ty.fields),
            _ => {}
        }
    }
    for definition in &document.definitions {
        let mut add = |place: Place| mentions.add(remote, &place);
        match definition {
            Definition::EnumTypeDefinition(ty) => {
                add(Place::Type(ty.name.clone()));
                ty.values.iter().for_each(|value| add(Place::Field(ty.name.clone(), value.value.clone())));
            }
            Definition::InputObjectTypeDefinition(ty) => {
                add(Place::Type(ty.name.clone()));
                ty.fields.iter().for_each(|field| add(Place::Field(ty.name.clone(), field.name.clone())));
            }
            Definition::UnionTypeDefinition(ty) => {
                add(Place::Type(ty.name.clone()));
                ty.members.iter().for_each(|member| add(Place::Member(ty.name.clone(), member.clone())));
            }
            Definition::ScalarTypeDefinition(ty) => add(Place::Type(ty.name.clone())),
            _ => {}
        }
    }
}
