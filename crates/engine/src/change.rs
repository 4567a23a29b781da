//! What an upstream changed, and what of ours it breaks.
//!
//! [`compare`] is given the schemas as they are served and as they would be. `differ` lists what is not the same, with what that
//! means to any client of GraphQL; `effect` builds both catalogs and finds what only the old one could serve, whatever the names
//! say; `blame` puts each effect beside the changes that it comes from. Whether a change is taken is decided in the gateway.

mod blame;
mod differ;
mod effect;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use apollo_compiler::Name;
use apollo_compiler::ast::OperationType;
use metadata::Document;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::catalog::{Introspection, Options};
use crate::problem::MetadataObject;
use crate::remote::RemoteSchema;

/// What changed on some remotes, and what breaks if all of it is served.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The remotes whose schemas differ, by name.
    pub remotes: BTreeMap<String, Vec<Change>>,
    /// What breaks without one change being to blame.
    pub affects: Vec<Affected>,
}

/// One difference between two schemas.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// Where, under original names: `Order`, `Order.total`, `Query.orders(first:)`, `Status.PAID`, `@tag(name:)`.
    #[serde(serialize_with = "text")]
    pub path: Place,
    /// What it means to clients of any server.
    pub breaking_graphql: Breaking,
    /// What happened, as what is said of the path: `is removed`.
    pub description: String,
    /// What of ours no longer works because of it.
    pub affects: Vec<Affected>,
}

/// Something of ours that would no longer work as it does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Affected {
    /// What.
    pub object: Object,
    /// How it would be broken.
    pub reason: String,
}

/// What can be broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// An object of the metadata.
    Metadata(MetadataObject),
    /// The renames of a remote.
    Customization(String),
    /// What a role sees.
    Role(String),
}

/// What a change means to clients of a GraphQL server, as the reference implementation sorts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Breaking {
    /// Nothing.
    None,
    /// Requests stay valid; what they mean or bring may be new to a client.
    Dangerous,
    /// Valid requests may become invalid.
    Breaking,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say all that there is to say")]
pub enum Kind {
    RootAdded,
    RootRemoved,
    RootChanged,
    TypeAdded,
    TypeRemoved,
    TypeKindChanged,
    FieldAdded,
    FieldRemoved,
    FieldTypeChanged,
    ArgumentAdded,
    ArgumentRemoved,
    ArgumentTypeChanged,
    ArgumentDefaultChanged,
    InputFieldAdded,
    InputFieldRemoved,
    InputFieldTypeChanged,
    InputFieldDefaultChanged,
    EnumValueAdded,
    EnumValueRemoved,
    MemberAdded,
    MemberRemoved,
    InterfaceAdded,
    InterfaceRemoved,
    OneOfChanged,
    SpecifiedByChanged,
    DirectiveAdded,
    DirectiveRemoved,
    DirectiveLocationAdded,
    DirectiveLocationRemoved,
    DirectiveRepeatableChanged,
    DescriptionChanged,
    DeprecationChanged,
}

/// Where in a schema something is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The type of queries, mutations or subscriptions.
    Root(&'static str),
    /// A type.
    Type(Name),
    /// A field of an object, interface or input object, or a value of an enum.
    Field(Name, Name),
    /// An argument of a field.
    Argument(Name, Name, Name),
    /// A member of a union.
    Member(Name, Name),
    /// An interface of a type.
    Interface(Name, Name),
    /// A directive.
    Directive(Name),
    /// An argument of a directive.
    DirectiveArgument(Name, Name),
}

/// Compares what is served with what would be, for remotes whose schemas are in both; all names are names of remotes.
pub fn compare(
    document: &Document,
    before: &BTreeMap<String, Introspection>,
    after: &BTreeMap<String, Introspection>,
    options: Options,
) -> Report {
    let pairs = before.iter().filter_map(|(name, before)| {
        let (old, new) = (before.schema()?, after.get(name)?.schema()?);
        (!std::sync::Arc::ptr_eq(old, new)).then_some((name, old, new))
    });
    let mut remotes = BTreeMap::new();
    for (name, old, new) in pairs {
        let changes = differ::differences(old, new);
        if !changes.is_empty() {
            remotes.insert(name.clone(), changes);
        }
    }
    if remotes.is_empty() {
        return Report { remotes, affects: Vec::new() };
    }
    let effects = effect::effects(document, before, after, options, &remotes);
    let affects = blame::blame(effects, &mut remotes);
    Report { remotes, affects }
}

/// The differences of two schemas alone; empty if they say the same, in whatever order.
pub fn differences(old: &RemoteSchema, new: &RemoteSchema) -> Vec<Change> {
    differ::differences(old, new)
}

impl Report {
    /// Whether nothing that is served or that the metadata names would break.
    pub fn is_safe(&self) -> bool {
        self.affects.is_empty() && self.changes().all(|change| change.affects.is_empty())
    }

    /// How much would break; what breaks by several changes counts once.
    pub fn n_affected(&self) -> usize {
        let all: BTreeSet<&Affected> =
            self.changes().flat_map(|change| &change.affects).chain(&self.affects).collect();
        all.len()
    }

    /// The changes of all remotes.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.remotes.values().flatten()
    }
}

impl Kind {
    /// The kind in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RootAdded => "root added",
            Self::RootRemoved => "root removed",
            Self::RootChanged => "root changed",
            Self::TypeAdded => "type added",
            Self::TypeRemoved => "type removed",
            Self::TypeKindChanged => "type changed",
            Self::FieldAdded => "field added",
            Self::FieldRemoved => "field removed",
            Self::FieldTypeChanged => "field changed",
            Self::ArgumentAdded => "argument added",
            Self::ArgumentRemoved => "argument removed",
            Self::ArgumentTypeChanged | Self::ArgumentDefaultChanged => "argument changed",
            Self::InputFieldAdded => "input field added",
            Self::InputFieldRemoved => "input field removed",
            Self::InputFieldTypeChanged | Self::InputFieldDefaultChanged => "input field changed",
            Self::EnumValueAdded => "enum value added",
            Self::EnumValueRemoved => "enum value removed",
            Self::MemberAdded => "union member added",
            Self::MemberRemoved => "union member removed",
            Self::InterfaceAdded => "interface added",
            Self::InterfaceRemoved => "interface removed",
            Self::OneOfChanged => "input changed",
            Self::SpecifiedByChanged => "scalar changed",
            Self::DirectiveAdded => "directive added",
            Self::DirectiveRemoved => "directive removed",
            Self::DirectiveLocationAdded
            | Self::DirectiveLocationRemoved
            | Self::DirectiveRepeatableChanged => "directive changed",
            Self::DescriptionChanged => "description changed",
            Self::DeprecationChanged => "deprecation changed",
        }
    }
}

impl Breaking {
    /// The word that reports have.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Dangerous => "dangerous",
            Self::Breaking => "breaking",
        }
    }
}

impl Object {
    /// Its kind, as in lists of inconsistent objects where these have it.
    fn kind(&self) -> &str {
        match self {
            Self::Metadata(object) => object.kind(),
            Self::Customization(_) => "customization",
            Self::Role(_) => "role",
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata(object) => object.fmt(f),
            Self::Customization(remote) => write!(f, "customization of remote schema {remote}"),
            Self::Role(role) => write!(f, "role {role}"),
        }
    }
}

impl Serialize for Affected {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        let mut record = output.serialize_struct("Affected", 3)?;
        record.serialize_field("type", self.object.kind())?;
        record.serialize_field("name", &self.object.to_string())?;
        record.serialize_field("reason", &self.reason)?;
        record.end()
    }
}

fn text<S: Serializer>(place: &Place, output: S) -> Result<S::Ok, S::Error> {
    output.collect_str(place)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(operation) => write!(f, "schema.{operation}"),
            Self::Type(ty) => f.write_str(ty),
            Self::Field(ty, field) => write!(f, "{ty}.{field}"),
            Self::Argument(ty, field, argument) => write!(f, "{ty}.{field}({argument}:)"),
            Self::Member(ty, member) => write!(f, "{ty} | {member}"),
            Self::Interface(ty, interface) => write!(f, "{ty} & {interface}"),
            Self::Directive(directive) => write!(f, "@{directive}"),
            Self::DirectiveArgument(directive, argument) => write!(f, "@{directive}({argument}:)"),
        }
    }
}

impl Place {
    fn root(operation: OperationType) -> Self {
        Self::Root(operation.name())
    }

    /// The type that it is or is in.
    pub fn ty(&self) -> Option<&Name> {
        match self {
            Self::Type(ty)
            | Self::Field(ty, _)
            | Self::Argument(ty, ..)
            | Self::Member(ty, _)
            | Self::Interface(ty, _) => Some(ty),
            Self::Root(_) | Self::Directive(_) | Self::DirectiveArgument(..) => None,
        }
    }

    /// What it is a part of.
    fn parent(&self) -> Option<Self> {
        match self {
            Self::Field(ty, _) | Self::Member(ty, _) | Self::Interface(ty, _) => Some(Self::Type(ty.clone())),
            Self::Argument(ty, field, _) => Some(Self::Field(ty.clone(), field.clone())),
            Self::DirectiveArgument(directive, _) => Some(Self::Directive(directive.clone())),
            Self::Root(_) | Self::Type(_) | Self::Directive(_) => None,
        }
    }
}
