//! What each role sees. Permissions are checked when the catalog is built; a role's schema is merged when the role is first used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use apollo_compiler::Name;
use apollo_compiler::schema::ExtendedType;
use metadata::{Document, InheritedRole, Permission};
use rustc_hash::FxHashMap;

use super::merge::{Merger, shape};
use super::{Catalog, Previous, RemoteId, RoleSchema, ServedRemote, relate, report, served};
use crate::permission::{self, Granted, Reading};
use crate::problem::Problem;
use crate::remote::RemoteSchema;

/// The roles that see anything besides `admin`.
#[derive(Debug, Default)]
pub(super) struct Roles {
    by_name: FxHashMap<String, Role>,
    /// What became of the permissions on each remote, in their order, for the next catalog.
    readings: FxHashMap<String, Vec<Reading>>,
    /// The served form of granted types by their addresses, so that roles that are granted the same share it. The addresses
    /// stay what they are, as the types live in `by_name` and in the catalog's remotes.
    served: Mutex<FxHashMap<(RemoteId, usize), ExtendedType>>,
}

#[derive(Debug)]
struct Role {
    /// By `RemoteId`.
    granted: Vec<Option<Arc<Granted>>>,
    schema: OnceLock<Arc<RoleSchema>>,
}

/// What a role has on a remote.
#[derive(Debug, Clone)]
enum Holding {
    Nothing,
    Granted(Arc<Granted>),
    /// Its parents have different permissions.
    Conflict,
}

impl Roles {
    /// Reads the permissions of all roles, but for those that `previous` knows already. `shared` are the served type names
    /// that several remotes have.
    pub(super) fn read(
        document: &Document,
        remotes: &[ServedRemote],
        shared: &[Name],
        previous: Option<Previous<'_>>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let lineage = Lineage::new(document, problems);
        let mut readings = FxHashMap::default();
        let mut own: Vec<BTreeMap<&str, Arc<Granted>>> = Vec::with_capacity(remotes.len());
        for remote in remotes {
            let permissions =
                document.remote_schema(&remote.name).map_or(&[][..], |entry| entry.permissions.as_slice());
            let read = read_all(remote, permissions, previous);
            let mut granted = BTreeMap::new();
            for (permission, reading) in permissions.iter().zip(&read) {
                problems.extend(report::permission(&remote.name, permission, reading));
                granted.insert(permission.role.as_str(), Arc::clone(&reading.granted));
            }
            own.push(granted);
            readings.insert(remote.name.clone(), read);
        }
        let names: BTreeSet<&str> = (own.iter().flat_map(BTreeMap::keys).copied())
            .chain(lineage.parents.keys().copied())
            .filter(|name| *name != "admin")
            .collect();
        let mut roles = FxHashMap::default();
        for name in names {
            let mut granted: Vec<Option<Arc<Granted>>> = Vec::with_capacity(remotes.len());
            for (own, remote) in own.iter().zip(remotes) {
                let holding = lineage.holding(name, own);
                if let Holding::Conflict = holding {
                    problems.push(report::inheritance(&remote.name, name));
                }
                granted.push(match holding {
                    Holding::Granted(granted) => Some(granted),
                    Holding::Nothing | Holding::Conflict => None,
                });
            }
            part_clashing(name, document, remotes, shared, &mut granted, problems);
            if granted.iter().any(Option::is_some) {
                roles.insert(name.to_owned(), Role { granted, schema: OnceLock::new() });
            }
        }
        Self { by_name: roles, readings, served: Mutex::default() }
    }

    /// No role, for when all see everything; inherited roles are checked all the same.
    pub(super) fn unread(document: &Document, problems: &mut Vec<Problem>) -> Self {
        Lineage::new(document, problems);
        Self::default()
    }

    /// The schema of a role that sees something.
    pub(super) fn schema(&self, name: &str, catalog: &Catalog) -> Option<&Arc<RoleSchema>> {
        let role = self.by_name.get(name)?;
        Some(role.schema.get_or_init(|| Arc::new(self.merge(name, role, catalog))))
    }

    pub(super) fn granted(&self, name: &str, remote: RemoteId) -> Option<&Arc<Granted>> {
        self.by_name.get(name)?.granted.get(remote.0 as usize)?.as_ref()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Builds the role's schema just as the administrator's, from the parts that are granted.
    fn merge(&self, name: &str, role: &Role, catalog: &Catalog) -> RoleSchema {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let mut merger = Merger::default();
        for (index, (remote, granted)) in catalog.remotes.iter().zip(&role.granted).enumerate() {
            let id = RemoteId(u32::try_from(index).unwrap_or(u32::MAX));
            merger.insert(restricted(remote, granted.as_deref()), |ty| {
                let form = || served::served_type(ty, &remote.renames);
                served.entry((id, served::address(ty))).or_insert_with(form).clone()
            });
        }
        drop(served);
        let joins = relate::add_visible(&catalog.joins, &mut merger);
        let (granted, schema) = merger.finish(joins.relationships, joins.derived_inputs);
        RoleSchema { role: name.to_owned(), granted, ..schema }
    }
}

/// Reads the permissions on a remote, each text once: roles often have the same, and from one catalog to the next few change.
fn read_all(
    remote: &ServedRemote,
    permissions: &[Permission],
    previous: Option<Previous<'_>>,
) -> Vec<Reading> {
    let says_same =
        |one: &Permission, other: &Permission| one.schema == other.schema && one.deny == other.deny;
    let before = previous.and_then(|previous| {
        let same = previous.catalog.remotes.iter().find(|before| before.name == remote.name)?;
        let entry = previous.document.remote_schema(&remote.name)?;
        let readings = previous.catalog.roles.readings.get(&remote.name)?;
        Arc::ptr_eq(&same.schema, &remote.schema).then(|| entry.permissions.iter().zip(readings))
    });
    let mut known = Known::default();
    let mut readings: Vec<Reading> = Vec::with_capacity(permissions.len());
    for permission in permissions {
        let mut before = before.iter().cloned().flatten().chain(permissions.iter().zip(&readings));
        let reading = match before.find(|(other, _)| says_same(other, permission)) {
            Some((_, reading)) => reading.clone(),
            None => {
                let mut reading = permission::read(&remote.schema, permission);
                reading.granted = Arc::new(known.share(reading.granted, &remote.schema));
                reading
            }
        };
        readings.push(reading);
    }
    readings
}

/// The types that roles are granted of one remote. Roles are often granted the same, and a schema can be big.
#[derive(Default)]
struct Known(FxHashMap<Name, Vec<ExtendedType>>);

impl Known {
    /// Puts types that are known already in the place of equal ones.
    fn share(&mut self, granted: Arc<Granted>, upstream: &RemoteSchema) -> Granted {
        let granted = Arc::unwrap_or_clone(granted);
        let mut schema = Arc::unwrap_or_clone(granted.schema);
        for ty in schema.schema.types.values_mut().filter(|ty| !ty.is_built_in()) {
            let whole = upstream.schema.types.get(ty.name());
            if whole.is_some_and(|whole| served::address(whole) == served::address(ty)) {
                continue;
            }
            let known = self.0.entry(ty.name().clone()).or_default();
            match known.iter().find(|known| *known == ty) {
                Some(known) => *ty = known.clone(),
                None => known.push(ty.clone()),
            }
        }
        Granted { schema: Arc::new(schema), presets: granted.presets }
    }
}

/// A remote as far as it is granted.
fn restricted(remote: &ServedRemote, granted: Option<&Granted>) -> ServedRemote {
    let Granted { schema, presets } = granted.cloned().unwrap_or_else(permission::nothing);
    let possible_types = served::possible_types(&schema.schema);
    ServedRemote {
        name: remote.name.clone(),
        schema,
        renames: Arc::clone(&remote.renames),
        namespace: remote.namespace.clone(),
        max_aliases: remote.max_aliases,
        possible_types,
        presets,
    }
}

/// Takes away a remote whose part of a shared type differs from what an earlier remote's permission grants of it.
fn part_clashing(
    role: &str,
    document: &Document,
    remotes: &[ServedRemote],
    shared: &[Name],
    granted: &mut [Option<Arc<Granted>>],
    problems: &mut Vec<Problem>,
) {
    if shared.is_empty() {
        return;
    }
    let mut seen: FxHashMap<Name, (usize, ExtendedType)> = FxHashMap::default();
    for (index, remote) in remotes.iter().enumerate() {
        let Some(part) = &granted[index] else { continue };
        let own: Vec<(Name, ExtendedType)> = shared
            .iter()
            .filter_map(|name| {
                let ty = part.schema.schema.types.get(remote.renames.original_type(name))?;
                Some((name.clone(), shape(&served::served_type(ty, &remote.renames))))
            })
            .collect();
        let clash = own.iter().find_map(|(name, ty)| {
            seen.get(name).filter(|(_, other)| other != ty).map(|(other, _)| (name, *other))
        });
        if let Some((ty, other)) = clash {
            let entry = document.remote_schema(&remote.name);
            let own = entry.and_then(|entry| entry.permissions.iter().find(|own| own.role == role));
            problems.push(report::shared_type(&remote.name, &remotes[other].name, role, own, ty));
            granted[index] = None;
            continue;
        }
        for (name, ty) in own {
            seen.entry(name).or_insert((index, ty));
        }
    }
}

/// Which roles are made of which.
struct Lineage<'d> {
    parents: BTreeMap<&'d str, &'d InheritedRole>,
}

impl<'d> Lineage<'d> {
    /// Leaves out inherited roles that cannot be made, and says why.
    fn new(document: &'d Document, problems: &mut Vec<Problem>) -> Self {
        let mut parents: BTreeMap<&str, &InheritedRole> =
            document.inherited_roles.iter().map(|role| (role.role_name.as_str(), role)).collect();
        let known = document.role_names();
        let broken: Vec<(&str, Problem)> = (parents.iter())
            .filter_map(|(name, role)| {
                let missing: Vec<&str> = (role.role_set.iter().map(String::as_str))
                    .filter(|parent| !known.contains(parent))
                    .collect();
                if !missing.is_empty() {
                    return Some((*name, report::missing_parents(role, &missing)));
                }
                leads_to(&parents, role, name).then(|| (*name, report::inherits_itself(role)))
            })
            .collect();
        for (name, problem) in broken {
            parents.remove(name);
            problems.push(problem);
        }
        Self { parents }
    }

    /// A role's own permission, or that of its parents when they agree.
    fn holding(&self, role: &str, own: &BTreeMap<&str, Arc<Granted>>) -> Holding {
        if let Some(granted) = own.get(role) {
            return Holding::Granted(Arc::clone(granted));
        }
        let mut held = Holding::Nothing;
        for parent in self.parents.get(role).iter().flat_map(|role| &role.role_set) {
            held = match (held, self.holding(parent, own)) {
                (held, Holding::Nothing) => held,
                (Holding::Nothing, holding) => holding,
                (Holding::Granted(one), Holding::Granted(other)) if one.is_same(&other) => {
                    Holding::Granted(one)
                }
                _ => return Holding::Conflict,
            };
        }
        held
    }
}

/// Whether following the parents leads back to `name`.
fn leads_to(parents: &BTreeMap<&str, &InheritedRole>, role: &InheritedRole, name: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<&str> = role.role_set.iter().map(String::as_str).collect();
    while let Some(parent) = waiting.pop() {
        if parent == name {
            return true;
        }
        if seen.insert(parent) {
            waiting.extend(parents.get(parent).iter().flat_map(|role| &role.role_set).map(String::as_str));
        }
    }
    false
}
