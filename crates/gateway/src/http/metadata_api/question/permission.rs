//! Permissions: which role sees how much of which remote, and what a permission that is being written would mean.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::catalog::{Introspection, RemoteId};
use engine::change::{Kind, differences};
use engine::fault::Code;
use engine::hidden;
use engine::permission::{self, Granted};
use engine::problem::{MetadataObject, Problem, Severity};
use engine::remote::RemoteSchema;
use metadata::{Document, Permission};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use super::super::command;
use super::super::edit::Edit;
use super::super::error::ApiError;
use super::super::roles::no_remote;
use super::problem::ProblemRow;
use crate::sync::Draft;

/// Most hidden places of an answer; a role that sees little of a big schema lacks tens of thousands, which nobody reads.
const MAX_HIDDEN: usize = 2_000;

/// Of `get_permissions`: nothing.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "PermissionsArguments")]
pub(super) struct MatrixArguments {}

/// Which role sees how much of which remote.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionMatrix")]
pub(super) struct Matrix {
    /// Whether roles are restricted at all.
    pub(super) is_enabled: bool,
    /// Names of remotes, in the order of the metadata.
    pub(super) remote_schemas: Vec<String>,
    /// Roles by name.
    pub(super) roles: Vec<RoleRow>,
}

/// A role.
#[derive(Debug, Serialize, TS)]
pub(super) struct RoleRow {
    /// Its name.
    pub(super) name: String,
    /// The roles that it inherits from.
    pub(super) inherits: Vec<String>,
    /// One for each remote, in the same order.
    pub(super) cells: Vec<Cell>,
}

/// How much of a remote a role sees.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionCell")]
pub(super) struct Cell {
    /// In one word.
    pub(super) state: CellState,
    /// Fields that are granted.
    pub(super) granted: u32,
    /// Fields that the remote has.
    pub(super) total: u32,
    /// What is wrong.
    pub(super) problem: Option<ProblemRow>,
}

/// How much of a remote a role sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "PermissionState")]
pub(super) enum CellState {
    /// Nothing: there is no permission.
    None,
    /// Some of it.
    Partial,
    /// All of it.
    Full,
    /// What the roles have that it inherits from.
    Inherited,
    /// The permission does not hold.
    Broken,
}

/// Of `get_permission`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "PermissionArguments")]
pub(super) struct Arguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Which role.
    pub(super) role: String,
}

/// A permission, and what it is about.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionDetail")]
pub(super) struct Detail {
    /// Its `definition` in the metadata; absent when there is none.
    #[ts(type = "{ schema: string, deny?: Array<string> } | null")]
    pub(super) definition: Option<Value>,
    /// What the user says of it.
    pub(super) comment: Option<String>,
    /// The remote's schema under original names, without what is built in.
    pub(super) upstream_sdl: String,
    /// The roles that it is inherited from.
    pub(super) inherited_from: Vec<String>,
    /// What it means.
    pub(super) check: Check,
}

/// Of `check_permission`.
#[derive(Debug, Deserialize, TS)]
#[ts(rename = "PermissionCheckArguments")]
pub(super) struct CheckArguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Which role.
    pub(super) role: String,
    /// Its `definition`, which may still be wrong.
    #[ts(type = "{ schema: string, deny?: Array<string> }")]
    pub(super) definition: Value,
}

/// What a permission means.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionCheck")]
pub(super) struct Check {
    /// Whether nothing is wrong with it.
    pub(super) ok: bool,
    /// What is wrong with it.
    pub(super) flaws: Vec<Flaw>,
    /// Fields that are granted.
    pub(super) granted: u32,
    /// Fields that the remote has.
    pub(super) total: u32,
    /// The schema that the role sees of the remote.
    pub(super) sdl: Option<String>,
    /// The whole permission as SDL, with presets, when it is one that denies; the text itself otherwise.
    pub(super) written: String,
    /// What is odd about it.
    pub(super) warnings: Vec<String>,
    /// What is hidden from the role, and why; the first 2,000 places. What is inside of a hidden type is not listed.
    pub(super) hidden: Vec<HiddenPlace>,
    /// Relationships from and to the remote that the role does not see, and why.
    pub(super) hidden_relationships: Vec<HiddenRelationship>,
    /// Fields that a schema has which the remote has got and which is still held back: an SDL neither grants nor denies them. Once
    /// that schema is served they are hidden like all that is not granted. Empty when nothing is held back, as nothing else
    /// tells how old a permission is.
    pub(super) undecided: Vec<String>,
    /// What the role would gain or lose against the metadata.
    pub(super) changes: Vec<AccessChange>,
}

/// Something wrong with a permission.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "PermissionFlaw")]
pub(super) struct Flaw {
    /// A code of docs/errors.md.
    pub(super) code: &'static str,
    /// What is wrong.
    pub(super) message: String,
    /// Where it is about: `User.email`.
    pub(super) place: Option<String>,
    /// Line in the SDL, from 1.
    pub(super) line: Option<u32>,
    /// Column in the SDL, from 1.
    pub(super) column: Option<u32>,
}

/// Something that is hidden.
#[derive(Debug, Serialize, TS)]
pub(super) struct HiddenPlace {
    /// `User.email`, `Query.user(id:)`.
    pub(super) place: String,
    /// What it is.
    pub(super) kind: String,
    /// Why.
    pub(super) reason: String,
}

/// A relationship that is hidden.
#[derive(Debug, Serialize, TS)]
pub(super) struct HiddenRelationship {
    /// The remote of its type.
    pub(super) remote_schema: String,
    /// The type.
    pub(super) type_name: String,
    /// Its name.
    pub(super) name: String,
    /// Why.
    pub(super) reason: String,
}

/// Something that a role gains or loses.
#[derive(Debug, Serialize, TS)]
pub(super) struct AccessChange {
    /// `User.email`, `Query.user(id:)`.
    pub(super) place: String,
    /// Whether it is gained.
    pub(super) is_gained: bool,
}

/// Answers.
pub(super) async fn matrix(
    edit: &mut Edit,
    _path: &str,
    _arguments: MatrixArguments,
) -> Result<Matrix, ApiError> {
    let draft = &edit.draft;
    let document = draft.document();
    let remotes: Vec<Column<'_>> =
        document.remote_schemas.iter().map(|entry| Column::new(draft, entry)).collect();
    let permissions = document.remote_schemas.iter().flat_map(|remote| &remote.permissions);
    let names: BTreeSet<&str> = permissions
        .map(|permission| &*permission.role)
        .chain(document.inherited_roles.iter().map(|role| &*role.role_name))
        .collect();
    let problems = draft.problems();
    let roles = names.into_iter().map(|name| RoleRow {
        name: name.to_owned(),
        inherits: parents(document, name).to_vec(),
        cells: remotes.iter().map(|remote| remote.cell(draft, &problems, name)).collect(),
    });
    Ok(Matrix {
        is_enabled: !edit.hub.permissions_off(),
        roles: roles.collect(),
        remote_schemas: document.remote_schemas.iter().map(|entry| entry.name.clone()).collect(),
    })
}

/// A remote in the matrix.
struct Column<'a> {
    entry: &'a metadata::RemoteSchema,
    id: Option<RemoteId>,
    schema: Option<&'a RemoteSchema>,
    total: u32,
}

impl<'a> Column<'a> {
    fn new(draft: &'a Draft, entry: &'a metadata::RemoteSchema) -> Self {
        let schema = draft.introspection(&entry.name).and_then(Introspection::schema).map(|schema| &**schema);
        let total = schema.map_or(0, |schema| count(permission::n_fields(schema)));
        Self { entry, id: draft.catalog().remote_id(&entry.name), schema, total }
    }

    fn cell(&self, draft: &Draft, problems: &[Problem], role: &str) -> Cell {
        let catalog = draft.catalog();
        if catalog.permissions_off {
            let state = if self.schema.is_some() { CellState::Full } else { CellState::None };
            return Cell { state, granted: self.total, total: self.total, problem: None };
        }
        let is_own = self.entry.permissions.iter().any(|permission| permission.role == role);
        let granted = self.id.and_then(|id| catalog.granted(role, id));
        let of_remote = MetadataObject::RemoteSchema(self.entry.name.clone());
        let problem = worst(problems, |object| is_about(object, &self.entry.name, role, is_own))
            .or_else(|| worst(problems, |object| is_own && self.id.is_none() && *object == of_remote));
        let is_broken = problem.is_some_and(|problem| problem.severity != Severity::Warning);
        let is_whole = || granted.zip(self.schema).is_some_and(|(granted, schema)| granted.is_whole(schema));
        Cell {
            state: match (is_broken, is_own, granted) {
                (true, _, _) => CellState::Broken,
                (false, true, _) if is_whole() => CellState::Full,
                (false, true, _) => CellState::Partial,
                (false, false, Some(_)) => CellState::Inherited,
                (false, false, None) => CellState::None,
            },
            granted: granted.map_or(0, |granted| count(permission::n_fields(&granted.schema))),
            total: self.total,
            problem: problem.map(ProblemRow::of),
        }
    }
}

/// Whether a problem of the object is one of what a role has on a remote.
fn is_about(object: &MetadataObject, remote: &str, of: &str, is_own: bool) -> bool {
    match object {
        MetadataObject::Permission { remote_schema, role } => remote_schema == remote && role == of,
        MetadataObject::InheritedPermission { remote_schema, role } => {
            !is_own && remote_schema == remote && role == of
        }
        MetadataObject::InheritedRole(role) => !is_own && role == of,
        _ => false,
    }
}

/// The problem that says most: one that keeps something from being served, if there is one.
fn worst(problems: &[Problem], is_meant: impl Fn(&MetadataObject) -> bool) -> Option<&Problem> {
    let meant = || problems.iter().filter(|problem| is_meant(&problem.object));
    meant().find(|problem| problem.severity != Severity::Warning).or_else(|| meant().next())
}

fn parents<'d>(document: &'d Document, role: &str) -> &'d [String] {
    let inherited = document.inherited_roles.iter().find(|inherited| inherited.role_name == role);
    inherited.map_or(&[], |inherited| &inherited.role_set)
}

/// The parents of a role by which it has something on a remote.
fn sources(document: &Document, entry: &metadata::RemoteSchema, role: &str) -> Vec<String> {
    let has = |parent: &str| {
        let (mut waiting, mut seen) = (vec![parent], BTreeSet::new());
        while let Some(role) = waiting.pop() {
            if entry.permissions.iter().any(|permission| permission.role == role) {
                return true;
            }
            if seen.insert(role) {
                waiting.extend(parents(document, role).iter().map(String::as_str));
            }
        }
        false
    };
    parents(document, role).iter().filter(|parent| has(parent)).cloned().collect()
}

/// Answers.
pub(super) async fn detail(edit: &mut Edit, path: &str, arguments: Arguments) -> Result<Detail, ApiError> {
    let Arguments { remote_schema, role } = arguments;
    refuse_admin(path, &role)?;
    let draft = &edit.draft;
    let entry = entry(draft, path, &remote_schema)?;
    let schema = schema(draft, path, &remote_schema)?;
    let own = entry.permissions.iter().find(|permission| permission.role == role);
    let access = Access::new(draft, &remote_schema, schema, &role, own);
    Ok(Detail {
        definition: own.map(Permission::definition),
        comment: own.and_then(|permission| permission.comment.clone()),
        upstream_sdl: schema.schema.to_string(),
        inherited_from: if own.is_some() { Vec::new() } else { sources(draft.document(), entry, &role) },
        check: access.check(draft, None),
    })
}

/// Answers: takes the permission into a copy of the metadata and looks at what comes of it.
pub(super) async fn check(edit: &mut Edit, path: &str, arguments: CheckArguments) -> Result<Check, ApiError> {
    let CheckArguments { remote_schema, role, definition } = arguments;
    refuse_admin(path, &role)?;
    let wanted: Permission = command::decode(&json!({"role": role, "definition": definition}), path)?;
    let own = |permission: &Permission| permission.role == role;
    let stored = {
        let entry = entry(&edit.draft, path, &remote_schema)?;
        let schema = schema(&edit.draft, path, &remote_schema)?;
        Access::new(&edit.draft, &remote_schema, schema, &role, entry.permissions.iter().find(|it| own(it)))
            .granted
    };
    let mut document = edit.draft.document().clone();
    if let Some(entry) = document.remote_schema_mut(&remote_schema) {
        match entry.permissions.iter_mut().find(|it| own(it)) {
            Some(existing) => *existing = Permission { comment: existing.comment.take(), ..wanted.clone() },
            None => entry.permissions.insert(0, wanted.clone()),
        }
    }
    let mut draft = edit.draft.clone();
    draft.rebuild(document, &BTreeSet::new()).await;
    let schema = schema(&draft, path, &remote_schema)?;
    Ok(Access::new(&draft, &remote_schema, schema, &role, Some(&wanted)).check(&draft, Some(&stored)))
}

fn refuse_admin(path: &str, role: &str) -> Result<(), ApiError> {
    if role != "admin" {
        return Ok(());
    }
    Err(ApiError::new(Code::ConstraintViolation, path, "cannot define permission for admin role"))
}

fn entry<'d>(draft: &'d Draft, path: &str, remote: &str) -> Result<&'d metadata::RemoteSchema, ApiError> {
    draft.document().remote_schema(remote).ok_or_else(|| no_remote(path, remote))
}

fn schema<'d>(draft: &'d Draft, path: &str, remote: &str) -> Result<&'d Arc<RemoteSchema>, ApiError> {
    match draft.introspection(remote) {
        Some(Introspection::Fresh(schema) | Introspection::Stored { schema, .. }) => Ok(schema),
        Some(Introspection::Missing(failure)) => Err(ApiError::failure(path, failure)),
        None => Err(no_remote(path, remote)),
    }
}

/// What a role may see of a remote.
struct Access<'a> {
    remote: &'a str,
    upstream: &'a RemoteSchema,
    role: &'a str,
    /// Its own permission.
    own: Option<&'a Permission>,
    /// What became of that.
    reading: Option<permission::Reading>,
    /// By its own permission, or by inheritance.
    granted: Arc<Granted>,
}

impl<'a> Access<'a> {
    fn new(
        draft: &Draft,
        remote: &'a str,
        upstream: &'a RemoteSchema,
        role: &'a str,
        own: Option<&'a Permission>,
    ) -> Self {
        let reading = own.map(|own| permission::read(upstream, own));
        let granted = reading.as_ref().map(|reading| Arc::clone(&reading.granted)).or_else(|| {
            let catalog = draft.catalog();
            catalog.granted(role, catalog.remote_id(remote)?).cloned()
        });
        let granted = granted.unwrap_or_else(|| Arc::new(permission::nothing()));
        Self { remote, upstream, role, own, reading, granted }
    }

    /// What it means in `draft`, of which it is; compared with what the role had before.
    fn check(&self, draft: &Draft, before: Option<&Granted>) -> Check {
        let flaws = self.flaws(draft);
        let n_granted = permission::n_fields(&self.granted.schema);
        let hidden = hidden::of_remote(self.upstream, &self.granted, self.own);
        Check {
            ok: flaws.is_empty(),
            flaws,
            granted: count(n_granted),
            total: count(permission::n_fields(self.upstream)),
            sdl: (n_granted > 0).then(|| self.granted.schema.schema.to_string()),
            written: self.written(draft),
            warnings: self.reading.iter().flat_map(|reading| reading.warnings.clone()).collect(),
            hidden: (hidden.into_iter().take(MAX_HIDDEN))
                .map(|hidden| HiddenPlace {
                    place: hidden.path,
                    kind: hidden.kind.as_str().to_owned(),
                    reason: hidden.reason,
                })
                .collect(),
            hidden_relationships: self.hidden_relationships(draft),
            undecided: self.undecided(draft),
            changes: before.map(|before| changes(before, &self.granted)).unwrap_or_default(),
        }
    }

    /// What the permission itself says wrong, each with its place, and what else keeps it from holding.
    fn flaws(&self, draft: &Draft) -> Vec<Flaw> {
        let own = self.reading.as_ref().and_then(|reading| reading.flaw.as_ref());
        let of_reading = own.into_iter().flat_map(|flaw| {
            flaw.reasons.iter().map(|reason| Flaw {
                code: flaw.code.as_str(),
                message: reason.message.clone(),
                place: reason.place.as_ref().map(ToString::to_string),
                line: reason.location.map(|at| at.line),
                column: reason.location.map(|at| at.column),
            })
        });
        let problems = draft.problems();
        let is_told = |problem: &&Problem| {
            own.is_some_and(|own| {
                own.code == problem.code && problem.reason.ends_with(own.message.trim_end())
            })
        };
        let others = (problems.iter())
            .filter(|problem| problem.severity != Severity::Warning)
            .filter(|problem| is_about(&problem.object, self.remote, self.role, self.own.is_some()))
            .filter(|problem| !is_told(problem))
            .map(|problem| Flaw {
                code: problem.code.as_str(),
                message: problem.reason.clone(),
                place: None,
                line: None,
                column: None,
            });
        of_reading.chain(others).collect()
    }

    /// What could be written for it: what is inherited has no text of its own.
    fn written(&self, draft: &Draft) -> String {
        if let Some(own) = self.own {
            return permission::written(self.upstream, own, &self.granted);
        }
        let entry = draft.document().remote_schema(self.remote);
        let granted = |role: &str| {
            let catalog = draft.catalog();
            catalog.granted(role, catalog.remote_id(self.remote)?)
        };
        let mut permissions = entry.iter().flat_map(|entry| &entry.permissions);
        // An inherited permission is that of one of its ancestors, which all have the same.
        let ancestor = permissions.find(|permission| {
            granted(&permission.role).is_some_and(|granted| Arc::ptr_eq(granted, &self.granted))
        });
        ancestor.map_or_else(String::new, |own| permission::written(self.upstream, own, &self.granted))
    }

    fn hidden_relationships(&self, draft: &Draft) -> Vec<HiddenRelationship> {
        let catalog = draft.catalog();
        let Some(remote) = catalog.remote_id(self.remote) else { return Vec::new() };
        let hidden = hidden::relationships(catalog, self.role).into_iter().filter_map(|(id, reason)| {
            let join = catalog.join(id);
            (join.lhs == remote || join.target == remote).then(|| HiddenRelationship {
                remote_schema: catalog.remote(join.lhs).name.clone(),
                type_name: join.lhs_type.to_string(),
                name: join.name.to_string(),
                reason,
            })
        });
        hidden.collect()
    }

    fn undecided(&self, draft: &Draft) -> Vec<String> {
        let decides = |own: &Permission| own.schema.trim() != "*";
        let (Some(held), true) = (draft.held_schema(self.remote), self.own.is_some_and(decides)) else {
            return Vec::new();
        };
        let granted = &self.granted.schema.schema.types;
        let new =
            differences(self.upstream, held).into_iter().filter(|change| change.kind == Kind::FieldAdded);
        new.filter(|change| change.path.ty().is_some_and(|ty| granted.contains_key(ty)))
            .map(|change| change.path.to_string())
            .collect()
    }
}

/// What is granted now and was not before, or the other way round.
fn changes(before: &Granted, after: &Granted) -> Vec<AccessChange> {
    let changes = differences(&before.schema, &after.schema).into_iter().filter_map(|change| {
        let is_gained = match change.kind {
            Kind::TypeAdded
            | Kind::FieldAdded
            | Kind::ArgumentAdded
            | Kind::InputFieldAdded
            | Kind::EnumValueAdded
            | Kind::MemberAdded
            | Kind::InterfaceAdded => true,
            Kind::TypeRemoved
            | Kind::FieldRemoved
            | Kind::ArgumentRemoved
            | Kind::InputFieldRemoved
            | Kind::EnumValueRemoved
            | Kind::MemberRemoved
            | Kind::InterfaceRemoved => false,
            _ => return None,
        };
        Some(AccessChange { place: change.path.to_string(), is_gained })
    });
    changes.collect()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
