//! What only the old schemas could serve: both catalogs are built, and their problems, their roles and the metadata's names compared.
//!
//! Names decide nothing here, except for renames, which a catalog ignores when there is nothing to rename.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};
use metadata::{Document, QueryCollection};
use rustc_hash::FxHashSet;

use super::blame::{Mentions, Names};
use super::{Affected, Change, Kind, Object, Place, differ};
use crate::catalog::{Catalog, Introspection, Options, Previous, RoleSchema, build, build_after};
use crate::operation;
use crate::problem::{MetadataObject, Problem, Severity};
use crate::remote::RemoteSchema;

/// Something that breaks, with everything that it names: the changes among that are to blame.
pub(super) struct Effect {
    pub(super) affected: Affected,
    pub(super) mentions: Mentions,
}

/// Everything that breaks.
pub(super) fn effects(
    document: &Document,
    before: &BTreeMap<String, Introspection>,
    after: &BTreeMap<String, Introspection>,
    options: Options,
    changed: &BTreeMap<String, Vec<Change>>,
) -> Vec<Effect> {
    let (old, old_problems) = build(document, before, options, 0);
    let previous = Some(Previous { document, catalog: &old });
    let (new, new_problems) = build_after(previous, document, after, options, 0);
    let names = Names { document, old: &old, after, changed };
    let mut effects = Vec::new();
    let collections = document.query_collections();

    let known: BTreeSet<&MetadataObject> = objects(&old_problems).map(|problem| &problem.object).collect();
    let mut broken: BTreeSet<&MetadataObject> = BTreeSet::new();
    for problem in objects(&new_problems).filter(|problem| !known.contains(&problem.object)) {
        broken.insert(&problem.object);
        let affected =
            Affected { object: Object::Metadata(problem.object.clone()), reason: problem.reason.clone() };
        effects.push(Effect { affected, mentions: names.of_object(&problem.object) });
    }
    for endpoint in document.rest_endpoints() {
        let reference = &endpoint.definition.query;
        let (collection, query) = (&reference.collection_name, &reference.query_name);
        let object = MetadataObject::SavedQuery { collection: collection.clone(), query: query.clone() };
        if broken.contains(&object) {
            let reason = format!("its query \"{query}\" in collection \"{collection}\" becomes invalid");
            let affected =
                Affected { object: Object::Metadata(MetadataObject::RestEndpoint(endpoint.name)), reason };
            effects.push(Effect { affected, mentions: names.of_object(&object) });
        }
    }
    effects.extend(customizations(document, before, after, changed));

    // With a whole remote gone, every role loses all of it; the remote is named above, and that says it.
    let served = |catalog: &Catalog| -> Vec<String> {
        catalog.remotes.iter().map(|remote| remote.name.clone()).collect()
    };
    if served(&old).iter().all(|remote| served(&new).contains(remote)) {
        let mut roles: BTreeSet<&str> = old.role_names().collect();
        roles.insert("admin");
        for role in roles {
            let (seen, left) = (old.role(role), new.role(role));
            let mut lost = differ::breaking(&seen.schema, &left.schema);
            if lost.is_empty() {
                continue;
            }
            let used = used_types(&seen.schema);
            lost.retain(|change| !matches!(&change.path, Place::Type(ty) if change.kind == Kind::TypeRemoved && !used.contains(ty)));
            for Change { path, description, .. } in lost {
                let reason = format!("`{path}` {description}");
                let affected = Affected { object: Object::Role(role.to_owned()), reason };
                effects.push(Effect { affected, mentions: names.of_served(seen, &path) });
            }
            if role != "admin" {
                effects.extend(queries_of_role(&names, &collections, role, seen, left, &broken));
            }
        }
    }
    effects
}

/// What keeps an object from being served. Stale remotes and oddities are no matter of schemas.
fn objects(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems.iter().filter(|problem| matches!(problem.severity, Severity::Inconsistent | Severity::Ambiguous))
}

/// The types that a request can come to. That another one is removed breaks none, and a root that is gone is said already.
fn used_types(schema: &Schema) -> FxHashSet<&Name> {
    let mut used = FxHashSet::default();
    for ty in schema.types.values() {
        let (fields, interfaces) = match ty {
            ExtendedType::Object(ty) => (&ty.fields, &ty.implements_interfaces),
            ExtendedType::Interface(ty) => (&ty.fields, &ty.implements_interfaces),
            ExtendedType::Union(ty) => {
                used.extend(ty.members.iter().map(|member| &**member));
                continue;
            }
            ExtendedType::InputObject(ty) => {
                used.extend(ty.fields.values().map(|field| field.ty.inner_named_type()));
                continue;
            }
            ExtendedType::Scalar(_) | ExtendedType::Enum(_) => continue,
        };
        if !interfaces.is_empty() {
            used.insert(ty.name());
        }
        for field in fields.values() {
            used.insert(field.ty.inner_named_type());
            used.extend(field.arguments.iter().map(|argument| argument.ty.inner_named_type()));
        }
    }
    used
}

/// Saved operations that a role could run and can run no more, although an administrator still can.
fn queries_of_role(
    names: &Names<'_>,
    collections: &[QueryCollection],
    role: &str,
    seen: &RoleSchema,
    left: &RoleSchema,
    broken: &BTreeSet<&MetadataObject>,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    for collection in collections {
        for query in &collection.definition.queries {
            let object =
                MetadataObject::SavedQuery { collection: collection.name.clone(), query: query.name.clone() };
            if broken.contains(&object) || operation::check(&seen.schema, &query.query).is_err() {
                continue;
            }
            if let Err(flaw) = operation::check(&left.schema, &query.query) {
                let mentions = names.of_object(&object);
                let reason = format!("role \"{role}\" can no longer run it: {flaw}");
                effects.push(Effect {
                    affected: Affected { object: Object::Metadata(object), reason },
                    mentions,
                });
            }
        }
    }
    effects
}

/// Renames of what is there no more.
fn customizations(
    document: &Document,
    before: &BTreeMap<String, Introspection>,
    after: &BTreeMap<String, Introspection>,
    changed: &BTreeMap<String, Vec<Change>>,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    for remote in changed.keys() {
        let entry = document.remote_schema(remote);
        let Some(customization) = entry.and_then(|entry| entry.definition.customization.as_ref()) else {
            continue;
        };
        let schemas =
            (before.get(remote).and_then(|it| it.schema()), after.get(remote).and_then(|it| it.schema()));
        let (Some(old), Some(new)) = schemas else { continue };
        let mut gone = Vec::new();
        let mapping = customization.type_names.iter().flat_map(|names| names.mapping.keys());
        for ty in mapping.filter(|ty| has_type(old, ty) && !has_type(new, ty)) {
            gone.push((ty.clone(), format!("it renames the type `{ty}`, which is gone")));
        }
        for names in &customization.field_names {
            let ty = &names.parent_type;
            if has_type(old, ty) && !has_type(new, ty) {
                gone.push((ty.clone(), format!("it renames fields of the type `{ty}`, which is gone")));
                continue;
            }
            for field in
                names.mapping.keys().filter(|field| has_field(old, ty, field) && !has_field(new, ty, field))
            {
                let path = format!("{ty}.{field}");
                let reason = format!("it renames the field `{path}`, which is gone");
                gone.push((path, reason));
            }
        }
        effects.extend(gone.into_iter().map(|(path, reason)| Effect {
            affected: Affected { object: Object::Customization(remote.clone()), reason },
            mentions: Mentions::path(remote, path),
        }));
    }
    effects
}

fn has_type(remote: &RemoteSchema, ty: &str) -> bool {
    remote.schema.types.contains_key(ty)
}

fn has_field(remote: &RemoteSchema, ty: &str, field: &str) -> bool {
    match remote.schema.types.get(ty) {
        Some(ExtendedType::Object(object)) => object.fields.contains_key(field),
        Some(ExtendedType::Interface(interface)) => interface.fields.contains_key(field),
        _ => false,
    }
}
