//! What a role lacks of what the administrator sees, and why. For those who write permissions, never for clients.
//!
//! [`list`] names all that is hidden, [`of_remote`] what is of one remote, [`check`](check()) what one query asks for of it. What is granted is decided by
//! [`crate::permission`] and [`crate::catalog`]; here it is only compared and put into words.

mod check;
mod remote;

use apollo_compiler::ast::OperationType;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::{Name, Node};
use serde::Serialize;

pub use self::check::{Refused, check};
pub use self::remote::of_remote;
use crate::catalog::{Catalog, JoinId, RemoteId, RoleSchema, RootField};

/// Something that the administrator sees and a role does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hidden {
    /// What it is.
    pub kind: Kind,
    /// Its name as it is served: `Order`, `Order.margin`, `query_root.orders(limit:)`, `Status.PAID`.
    pub path: String,
    /// Why the role does not see it.
    pub reason: String,
}

/// What can be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// All queries, mutations or subscriptions.
    Operation,
    /// A type, with all that is in it.
    Type,
    /// A field of an object or interface.
    Field,
    /// An argument.
    Argument,
    /// A field of an input object.
    InputField,
    /// A value of an enum.
    Value,
    /// A member of a union.
    Member,
    /// An interface that a type implements.
    Interface,
}

impl Kind {
    /// The kind in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Type => "type",
            Self::Field => "field",
            Self::Argument => "argument",
            Self::InputField => "input field",
            Self::Value => "value",
            Self::Member => "member",
            Self::Interface => "interface",
        }
    }
}

/// All that the role lacks, in the order of the administrator's schema. What is inside of a hidden type is not listed.
pub fn list(catalog: &Catalog, role: &RoleSchema) -> Vec<Hidden> {
    let why = Why { catalog, role };
    let mut hidden = Vec::new();
    for operation in [OperationType::Query, OperationType::Mutation, OperationType::Subscription] {
        let root = catalog.admin.schema.root_operation(operation);
        if let Some(root) = root.filter(|_| role.schema.root_operation(operation).is_none()) {
            hidden.push(Hidden {
                kind: Kind::Operation,
                path: root.to_string(),
                reason: why.operation(operation),
            });
        }
    }
    let is_root = |name: &Name| {
        catalog.admin.schema.schema_definition.iter_root_operations().any(|(_, root)| **root == *name)
    };
    for (name, whole) in catalog.admin.schema.types.iter().filter(|(_, ty)| !ty.is_built_in()) {
        match role.schema.types.get(name) {
            Some(part) => parts(&why, whole, part, &mut hidden),
            // Said above.
            None if is_root(name) => {}
            None => hidden.push(Hidden { kind: Kind::Type, path: name.to_string(), reason: why.ty(name) }),
        }
    }
    hidden
}

/// The relationships that a role does not see, and why.
pub fn relationships(catalog: &Catalog, role: &str) -> Vec<(JoinId, String)> {
    let ids = (0..).map(JoinId).take(catalog.joins.len());
    if !catalog.permissions_off && role != "admin" && catalog.role_names().all(|known| known != role) {
        return ids.map(|id| (id, format!("role `{role}` has no permission on any remote"))).collect();
    }
    let role = catalog.role(role);
    ids.filter_map(|id| relationship(catalog, role, id).map(|why| (id, why))).collect()
}

/// Why the role does not see a relationship; nothing when it does.
pub fn relationship(catalog: &Catalog, role: &RoleSchema, id: JoinId) -> Option<String> {
    let join = catalog.join(id);
    let is_seen = role.relationships.contains_key(&(join.lhs, join.lhs_type.clone(), join.name.clone()));
    (!is_seen).then(|| Why { catalog, role }.relationship(id))
}

/// What a type has and the role's form of it has not.
fn parts(why: &Why<'_>, whole: &ExtendedType, part: &ExtendedType, hidden: &mut Vec<Hidden>) {
    let ty = whole.name();
    let mut add = |kind, path, reason| hidden.push(Hidden { kind, path, reason });
    for (name, field) in fields(whole) {
        let path = format!("{ty}.{name}");
        let Some(granted) = fields(part).find(|(its, _)| *its == name).map(|(_, field)| field) else {
            add(Kind::Field, path, why.field(ty, name));
            continue;
        };
        for argument in field.arguments.iter().filter(|its| granted.argument_by_name(&its.name).is_none()) {
            let reason = why.argument(ty, name, &argument.name);
            add(Kind::Argument, format!("{path}({}:)", argument.name), reason);
        }
    }
    match (whole, part) {
        (ExtendedType::Enum(whole), ExtendedType::Enum(part)) => {
            for value in whole.values.keys().filter(|value| !part.values.contains_key(*value)) {
                add(Kind::Value, format!("{ty}.{value}"), why.part(ty));
            }
        }
        (ExtendedType::InputObject(whole), ExtendedType::InputObject(part)) => {
            for field in whole.fields.keys().filter(|field| !part.fields.contains_key(*field)) {
                add(Kind::InputField, format!("{ty}.{field}"), why.input_field(ty, field));
            }
        }
        (ExtendedType::Union(whole), ExtendedType::Union(part)) => {
            for member in whole.members.iter().filter(|member| !part.members.contains(*member)) {
                add(Kind::Member, format!("{ty} | {member}"), why.part(ty));
            }
        }
        (ExtendedType::Object(whole), ExtendedType::Object(part)) => {
            let implemented = &whole.implements_interfaces;
            for interface in implemented.iter().filter(|name| !part.implements_interfaces.contains(*name)) {
                add(Kind::Interface, format!("{ty} & {interface}"), why.part(ty));
            }
        }
        _ => {}
    }
}

/// The fields that can be selected on a type.
fn fields(ty: &ExtendedType) -> impl Iterator<Item = (&Name, &Node<FieldDefinition>)> {
    let fields = match ty {
        ExtendedType::Object(object) => Some(&object.fields),
        ExtendedType::Interface(interface) => Some(&interface.fields),
        _ => None,
    };
    fields.into_iter().flatten()
}

/// Words the reasons. All names it is asked about are served names that the administrator sees.
struct Why<'a> {
    catalog: &'a Catalog,
    role: &'a RoleSchema,
}

/// Where a served field comes from; names are original.
enum Origin<'a> {
    Field { remote: RemoteId, ty: &'a Name, field: &'a Name },
    Namespace { remote: RemoteId },
    Relationship(JoinId),
}

impl Why<'_> {
    fn operation(&self, operation: OperationType) -> String {
        format!("no {operation} of any remote is granted")
    }

    fn ty(&self, served: &Name) -> String {
        let owners: Vec<RemoteId> = self.owners(served).map(|(remote, _)| remote).collect();
        match owners.as_slice() {
            // A type that no remote has belongs to a relationship that binds a part of an input object.
            [] => "no relationship that the role sees needs it".to_owned(),
            [remote] => self.not_granted(*remote, self.original_type(*remote, served), served),
            owners => {
                let names: Vec<String> = owners.iter().map(|id| format!("`{}`", self.name(*id))).collect();
                format!("not granted on any of the remotes {}", names.join(", "))
            }
        }
    }

    fn field(&self, served_type: &Name, served: &Name) -> String {
        match self.origin(served_type, served) {
            Some(Origin::Field { remote, ty, field }) => {
                let leads_to = self.leads_to(remote, ty, field);
                match leads_to.filter(|leads_to| !self.role.sees_type(remote, leads_to)) {
                    Some(leads_to) if !self.has_nothing(remote) => {
                        format!("its type `{leads_to}` is not granted on remote `{}`", self.name(remote))
                    }
                    _ => {
                        self.not_granted(remote, &format!("{ty}.{field}"), &format!("{served_type}.{served}"))
                    }
                }
            }
            Some(Origin::Namespace { remote }) if self.has_nothing(remote) => self.no_permission(remote),
            Some(Origin::Namespace { remote }) => {
                format!("none of its fields is granted on remote `{}`", self.name(remote))
            }
            Some(Origin::Relationship(join)) => self.relationship(join),
            None => "not granted".to_owned(),
        }
    }

    fn relationship(&self, join: JoinId) -> String {
        match self.catalog.obstacle(join, self.role) {
            None => "a relationship whose place is taken for the role".to_owned(),
            Some((remote, what)) if self.has_nothing(remote) => {
                format!("a relationship that needs {what}: {}", self.no_permission(remote))
            }
            Some((remote, what)) => {
                format!("a relationship that needs {what}, not granted on remote `{}`", self.name(remote))
            }
        }
    }

    fn argument(&self, served_type: &Name, served: &Name, argument: &Name) -> String {
        let (remote, ty, field) = match self.origin(served_type, served) {
            Some(Origin::Field { remote, ty, field }) => (remote, ty, field),
            Some(Origin::Relationship(join)) => match self.target(join) {
                Some(target) => target,
                None => return "not granted".to_owned(),
            },
            Some(Origin::Namespace { .. }) | None => return "not granted".to_owned(),
        };
        let presets = self.role.presets(remote).arguments(ty, field);
        match presets.iter().find(|preset| preset.name == *argument) {
            Some(preset) => format!("preset to {}", preset.value),
            // Only a relationship takes away arguments that are granted.
            None if self.is_granted(remote, ty, field, argument) => {
                "what the relationship leaves open of it is preset or not granted".to_owned()
            }
            None => self.not_granted(
                remote,
                &format!("{ty}.{field}({argument}:)"),
                &format!("{served_type}.{served}({argument}:)"),
            ),
        }
    }

    fn input_field(&self, served: &Name, field: &Name) -> String {
        let derived_from = self.catalog.admin.derived_inputs.get(served);
        let owners = self.owners(derived_from.unwrap_or(served));
        for (remote, original) in owners {
            let presets = self.role.presets(remote).fields(original);
            if let Some(preset) = presets.iter().find(|preset| preset.name == *field) {
                return format!("preset to {}", preset.value);
            }
        }
        self.part(served)
    }

    fn is_granted(&self, remote: RemoteId, ty: &Name, field: &Name, argument: &Name) -> bool {
        let field =
            self.role.remote(remote).and_then(|granted| granted.schema.schema.type_field(ty, field).ok());
        field.is_some_and(|field| field.argument_by_name(argument).is_some())
    }

    /// Why a part of a type that the role sees is hidden.
    fn part(&self, served: &Name) -> String {
        let names: Vec<String> =
            self.owners(served).map(|(remote, _)| format!("`{}`", self.name(remote))).collect();
        match names.as_slice() {
            [] => "not granted".to_owned(),
            names => format!("not granted on remote {}", names.join(", ")),
        }
    }

    /// That something is not granted, with its original name if it is served under another.
    fn not_granted(&self, remote: RemoteId, original: &str, served: &str) -> String {
        let name = self.name(remote);
        if self.has_nothing(remote) {
            return self.no_permission(remote);
        }
        match original == served {
            true => format!("not granted on remote `{name}`"),
            false => format!("not granted on remote `{name}`, where it is `{original}`"),
        }
    }

    fn no_permission(&self, remote: RemoteId) -> String {
        format!("role `{}` has no permission on remote `{}`", self.role.role, self.name(remote))
    }

    /// Whether nothing at all of a remote is granted.
    fn has_nothing(&self, remote: RemoteId) -> bool {
        let granted = self.role.remote(remote);
        granted.is_none_or(|granted| granted.schema.schema.types.values().all(ExtendedType::is_built_in))
    }

    fn name(&self, remote: RemoteId) -> &str {
        &self.catalog.remote(remote).name
    }

    /// The remotes that have a type of that served name, with its original name.
    fn owners<'a>(&'a self, served: &'a Name) -> impl Iterator<Item = (RemoteId, &'a Name)> {
        let ids = (0..).map(RemoteId);
        self.catalog.remotes.iter().zip(ids).filter_map(move |(remote, id)| {
            let original = remote.renames.original_type(served);
            let known = remote.schema.schema.types.get(original);
            let is_served_so = remote.renames.served_type(original) == served;
            (known.is_some() && is_served_so).then_some((id, original))
        })
    }

    fn original_type<'a>(&'a self, remote: RemoteId, served: &'a Name) -> &'a Name {
        self.catalog.remote(remote).renames.original_type(served)
    }

    fn origin<'a>(&'a self, ty: &'a Name, field: &'a Name) -> Option<Origin<'a>> {
        let admin = &self.catalog.admin;
        match admin.roots.get(&(ty.clone(), field.clone())) {
            Some(RootField::Remote { remote, field }) => {
                let schema = &self.catalog.remote(*remote).schema;
                let root = match ty.as_str() {
                    "mutation_root" => schema.mutation_root.as_ref()?,
                    "subscription_root" => schema.subscription_root.as_ref()?,
                    _ => &schema.query_root,
                };
                return Some(Origin::Field { remote: *remote, ty: root, field });
            }
            Some(RootField::Namespace { remote }) => return Some(Origin::Namespace { remote: *remote }),
            Some(RootField::Placeholder) => return None,
            None => {}
        }
        self.owners(ty).find_map(|(remote, original)| {
            if let Some(join) = admin.relationships.get(&(remote, original.clone(), field.clone())) {
                return Some(Origin::Relationship(*join));
            }
            let of_remote = self.catalog.remote(remote);
            let field = of_remote.renames.original_field(original, field);
            of_remote.schema.schema.type_field(original, field).ok()?;
            Some(Origin::Field { remote, ty: original, field })
        })
    }

    /// Remote, type and name of the field that a relationship leads to.
    fn target(&self, join: JoinId) -> Option<(RemoteId, &Name, &Name)> {
        let join = self.catalog.join(join);
        let (last, way) = join.path.split_last()?;
        let schema = &self.catalog.remote(join.target).schema;
        let mut on = &schema.query_root;
        for step in way {
            on = schema.schema.type_field(on, &step.field).ok()?.ty.inner_named_type();
        }
        Some((join.target, on, &last.field))
    }

    /// The original name of a field's type, unless every schema has it.
    fn leads_to(&self, remote: RemoteId, ty: &Name, field: &Name) -> Option<&Name> {
        let schema = &self.catalog.remote(remote).schema.schema;
        let leads_to = schema.type_field(ty, field).ok()?.ty.inner_named_type();
        schema.types.get(leads_to).filter(|ty| !ty.is_built_in()).map(ExtendedType::name)
    }
}
