//! Two schemas of one server, and every difference between them.
//!
//! What is breaking or dangerous is what the reference implementation of GraphQL says; what it does not look at (roots, `@oneOf`)
//! is sorted by the same measure: can a request that was valid become invalid?

use std::collections::BTreeSet;

use apollo_compiler::ast::{DirectiveList, FieldDefinition, InputValueDefinition, OperationType, Type};
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};

use super::{Breaking, Change, Kind, Place};
use crate::remote::RemoteSchema;

/// The differences, in the order of their paths.
pub(super) fn differences(old: &RemoteSchema, new: &RemoteSchema) -> Vec<Change> {
    let mut differ = Differ::default();
    differ.root(OperationType::Query, Some(&old.query_root), Some(&new.query_root));
    differ.root(OperationType::Mutation, old.mutation_root.as_ref(), new.mutation_root.as_ref());
    differ.root(OperationType::Subscription, old.subscription_root.as_ref(), new.subscription_root.as_ref());
    differ.schemas(&old.schema, &new.schema);
    differ.sorted()
}

/// The differences that may make requests invalid, of schemas that a role sees.
pub(super) fn breaking(old: &Schema, new: &Schema) -> Vec<Change> {
    let mut differ = Differ::default();
    for operation in [OperationType::Query, OperationType::Mutation, OperationType::Subscription] {
        differ.root(operation, old.root_operation(operation), new.root_operation(operation));
    }
    differ.schemas(old, new);
    differ.changes.retain(|change| change.breaking_graphql == Breaking::Breaking);
    differ.sorted()
}

#[derive(Default)]
struct Differ {
    changes: Vec<Change>,
}

/// What is said of things that can be there or not.
const ADDED: &str = "is new";
const REMOVED: &str = "is removed";

impl Differ {
    fn sorted(mut self) -> Vec<Change> {
        self.changes.sort_by(|one, other| (&one.path, one.kind).cmp(&(&other.path, other.kind)));
        self.changes
    }

    fn add(&mut self, kind: Kind, breaking: Breaking, path: Place, description: impl Into<String>) {
        let description = description.into();
        self.changes.push(Change {
            kind,
            path,
            breaking_graphql: breaking,
            description,
            affects: Vec::new(),
        });
    }

    fn root(&mut self, operation: OperationType, old: Option<&Name>, new: Option<&Name>) {
        let path = Place::root(operation);
        match (old, new) {
            (None, Some(_)) => self.add(Kind::RootAdded, Breaking::None, path, ADDED),
            (Some(_), None) => self.add(Kind::RootRemoved, Breaking::Breaking, path, REMOVED),
            (Some(old), Some(new)) if old != new => {
                self.add(Kind::RootChanged, Breaking::Dangerous, path, from_to("is", old, new));
            }
            _ => {}
        }
    }

    fn schemas(&mut self, old: &Schema, new: &Schema) {
        let own = |schema: &Schema| -> BTreeSet<Name> {
            let types = schema.types.iter().filter(|(_, ty)| !ty.is_built_in());
            types.map(|(name, _)| name.clone()).collect()
        };
        for name in own(old).union(&own(new)) {
            let path = Place::Type(name.clone());
            match (old.types.get(name), new.types.get(name)) {
                (None, Some(_)) => self.add(Kind::TypeAdded, Breaking::None, path, ADDED),
                (Some(_), None) => self.add(Kind::TypeRemoved, Breaking::Breaking, path, REMOVED),
                (Some(old), Some(new)) => self.types(name, old, new),
                (None, None) => {}
            }
        }
        self.directives(old, new);
    }

    fn types(&mut self, name: &Name, old: &ExtendedType, new: &ExtendedType) {
        let path = || Place::Type(name.clone());
        self.descriptions(path, old.description(), new.description());
        match (old, new) {
            (ExtendedType::Object(old), ExtendedType::Object(new)) => {
                self.interfaces(name, &old.implements_interfaces, &new.implements_interfaces);
                self.fields(name, &old.fields, &new.fields);
            }
            (ExtendedType::Interface(old), ExtendedType::Interface(new)) => {
                self.interfaces(name, &old.implements_interfaces, &new.implements_interfaces);
                self.fields(name, &old.fields, &new.fields);
            }
            (ExtendedType::Union(old), ExtendedType::Union(new)) => {
                for member in old.members.iter().filter(|member| !new.members.contains(*member)) {
                    let path = Place::Member(name.clone(), (**member).clone());
                    self.add(Kind::MemberRemoved, Breaking::Breaking, path, REMOVED);
                }
                for member in new.members.iter().filter(|member| !old.members.contains(*member)) {
                    let path = Place::Member(name.clone(), (**member).clone());
                    self.add(Kind::MemberAdded, Breaking::Dangerous, path, ADDED);
                }
            }
            (ExtendedType::Enum(old), ExtendedType::Enum(new)) => {
                for (value, before) in &old.values {
                    let path = || Place::Field(name.clone(), value.clone());
                    let Some(after) = new.values.get(value) else {
                        self.add(Kind::EnumValueRemoved, Breaking::Breaking, path(), REMOVED);
                        continue;
                    };
                    self.descriptions(path, before.description.as_ref(), after.description.as_ref());
                    self.deprecations(path, &before.directives, &after.directives);
                }
                for value in new.values.keys().filter(|value| !old.values.contains_key(*value)) {
                    let path = Place::Field(name.clone(), value.clone());
                    self.add(Kind::EnumValueAdded, Breaking::Dangerous, path, ADDED);
                }
            }
            (ExtendedType::InputObject(old), ExtendedType::InputObject(new)) => {
                let is_one_of = |directives: &apollo_compiler::schema::DirectiveList| directives.has("oneOf");
                match (is_one_of(&old.directives), is_one_of(&new.directives)) {
                    (false, true) => {
                        let text = "takes exactly one of its fields from now on";
                        self.add(Kind::OneOfChanged, Breaking::Breaking, path(), text);
                    }
                    (true, false) => {
                        self.add(
                            Kind::OneOfChanged,
                            Breaking::None,
                            path(),
                            "takes any of its fields from now on",
                        );
                    }
                    _ => {}
                }
                let old: Vec<_> = old.fields.values().map(|field| &**field).collect();
                let new: Vec<_> = new.fields.values().map(|field| &**field).collect();
                let place = |field: &Name| Place::Field(name.clone(), field.clone());
                self.inputs(&INPUT_FIELD, place, &old, &new);
            }
            (ExtendedType::Scalar(old), ExtendedType::Scalar(new)) => {
                let url = |directives: &apollo_compiler::schema::DirectiveList| {
                    let directive = directives.get("specifiedBy")?;
                    Some(directive.specified_argument_by_name("url")?.to_string())
                };
                if url(&old.directives) != url(&new.directives) {
                    let text = "has another specification";
                    self.add(Kind::SpecifiedByChanged, Breaking::None, path(), text);
                }
            }
            _ => {
                let text = format!("changes from {} to {}", kind(old), kind(new));
                self.add(Kind::TypeKindChanged, Breaking::Breaking, path(), text);
            }
        }
    }

    fn interfaces(&mut self, name: &Name, old: &IndexSet<Node<Name>>, new: &IndexSet<Node<Name>>) {
        for interface in old.iter().filter(|interface| !new.contains(*interface)) {
            let path = Place::Interface(name.clone(), (**interface).clone());
            self.add(Kind::InterfaceRemoved, Breaking::Breaking, path, REMOVED);
        }
        for interface in new.iter().filter(|interface| !old.contains(*interface)) {
            let path = Place::Interface(name.clone(), (**interface).clone());
            self.add(Kind::InterfaceAdded, Breaking::Dangerous, path, ADDED);
        }
    }

    fn fields(
        &mut self,
        ty: &Name,
        old: &IndexMap<Name, Node<FieldDefinition>>,
        new: &IndexMap<Name, Node<FieldDefinition>>,
    ) {
        for before in old.values() {
            let path = || Place::Field(ty.clone(), before.name.clone());
            let Some(after) = new.get(&before.name) else {
                self.add(Kind::FieldRemoved, Breaking::Breaking, path(), REMOVED);
                continue;
            };
            self.descriptions(path, before.description.as_ref(), after.description.as_ref());
            self.deprecations(path, &before.directives, &after.directives);
            if before.ty != after.ty {
                let breaking = match is_safe_output(&before.ty, &after.ty) {
                    true => Breaking::None,
                    false => Breaking::Breaking,
                };
                let text = from_to("has type", &before.ty, &after.ty);
                self.add(Kind::FieldTypeChanged, breaking, path(), text);
            }
            let old: Vec<_> = before.arguments.iter().map(|argument| &**argument).collect();
            let new: Vec<_> = after.arguments.iter().map(|argument| &**argument).collect();
            let place = |argument: &Name| Place::Argument(ty.clone(), before.name.clone(), argument.clone());
            self.inputs(&ARGUMENT, place, &old, &new);
        }
        for field in new.keys().filter(|field| !old.contains_key(*field)) {
            self.add(Kind::FieldAdded, Breaking::None, Place::Field(ty.clone(), field.clone()), ADDED);
        }
    }

    /// Arguments, or fields of an input object.
    fn inputs(
        &mut self,
        kinds: &InputKinds,
        place: impl Fn(&Name) -> Place,
        old: &[&InputValueDefinition],
        new: &[&InputValueDefinition],
    ) {
        let find = |list: &[&InputValueDefinition], name: &Name| list.iter().position(|it| it.name == *name);
        for before in old {
            let path = || place(&before.name);
            let Some(after) = find(new, &before.name).map(|index| new[index]) else {
                self.add(kinds.removed, Breaking::Breaking, path(), REMOVED);
                continue;
            };
            self.descriptions(path, before.description.as_ref(), after.description.as_ref());
            self.deprecations(path, &before.directives, &after.directives);
            if before.ty != after.ty {
                let breaking = match is_safe_input(&before.ty, &after.ty) {
                    true => Breaking::None,
                    false => Breaking::Breaking,
                };
                self.add(kinds.ty, breaking, path(), from_to("has type", &before.ty, &after.ty));
            }
            let text = |value: &Option<Node<apollo_compiler::ast::Value>>| {
                value.as_ref().map(|value| value.serialize().no_indent().to_string())
            };
            let (was, is) = (text(&before.default_value), text(&after.default_value));
            if was != is {
                // Without its default a value that has to be there must be given.
                let breaking = match !before.is_required() && after.is_required() && before.ty == after.ty {
                    true => Breaking::Breaking,
                    false => Breaking::Dangerous,
                };
                let text = match (was, is) {
                    (Some(was), Some(is)) => from_to("has default", was, is),
                    (Some(was), None) => format!("has no default any more; it was `{was}`"),
                    (None, is) => format!("has default `{}` from now on", is.unwrap_or_default()),
                };
                self.add(kinds.default, breaking, path(), text);
            }
        }
        for after in new.iter().filter(|after| find(old, &after.name).is_none()) {
            let (breaking, text) = match after.is_required() {
                true => (Breaking::Breaking, "is new and required"),
                false => (Breaking::Dangerous, ADDED),
            };
            self.add(kinds.added, breaking, place(&after.name), text);
        }
    }

    fn directives(&mut self, old: &Schema, new: &Schema) {
        for (name, before) in old.directive_definitions.iter().filter(|(_, it)| !it.is_built_in()) {
            let path = || Place::Directive(name.clone());
            let Some(after) = new.directive_definitions.get(name) else {
                self.add(Kind::DirectiveRemoved, Breaking::Breaking, path(), REMOVED);
                continue;
            };
            self.descriptions(path, before.description.as_ref(), after.description.as_ref());
            match (before.repeatable, after.repeatable) {
                (true, false) => {
                    let text = "can no longer be repeated";
                    self.add(Kind::DirectiveRepeatableChanged, Breaking::Breaking, path(), text);
                }
                (false, true) => {
                    let text = "can be repeated from now on";
                    self.add(Kind::DirectiveRepeatableChanged, Breaking::None, path(), text);
                }
                _ => {}
            }
            for location in before.locations.iter().filter(|it| !after.locations.contains(*it)) {
                let text = format!("can no longer be on {location}");
                self.add(Kind::DirectiveLocationRemoved, Breaking::Breaking, path(), text);
            }
            for location in after.locations.iter().filter(|it| !before.locations.contains(*it)) {
                let text = format!("can be on {location} from now on");
                self.add(Kind::DirectiveLocationAdded, Breaking::None, path(), text);
            }
            let old: Vec<_> = before.arguments.iter().map(|argument| &**argument).collect();
            let new: Vec<_> = after.arguments.iter().map(|argument| &**argument).collect();
            let place = |argument: &Name| Place::DirectiveArgument(name.clone(), argument.clone());
            self.inputs(&ARGUMENT, place, &old, &new);
        }
        for (name, _) in new.directive_definitions.iter().filter(|(_, it)| !it.is_built_in()) {
            if !old.directive_definitions.contains_key(name) {
                self.add(Kind::DirectiveAdded, Breaking::None, Place::Directive(name.clone()), ADDED);
            }
        }
    }

    fn descriptions(&mut self, path: impl Fn() -> Place, old: Option<&Node<str>>, new: Option<&Node<str>>) {
        // A text of nothing is no text, and servers differ in which of the two they send.
        let text = |description: Option<&Node<str>>| {
            description.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        if text(old) != text(new) {
            self.add(Kind::DescriptionChanged, Breaking::None, path(), "has another description");
        }
    }

    fn deprecations(&mut self, path: impl Fn() -> Place, old: &DirectiveList, new: &DirectiveList) {
        let reason = |directives: &DirectiveList| {
            let directive = directives.get("deprecated")?;
            let reason = directive.specified_argument_by_name("reason").and_then(|reason| reason.as_str());
            Some(reason.unwrap_or("No longer supported").to_owned())
        };
        let text = match (reason(old), reason(new)) {
            (None, Some(reason)) => format!("is deprecated: {reason}"),
            (Some(_), None) => "is no longer deprecated".to_owned(),
            (Some(old), Some(new)) if old != new => format!("is deprecated for another reason: {new}"),
            _ => return,
        };
        self.add(Kind::DeprecationChanged, Breaking::None, path(), text);
    }
}

/// The kinds of what can happen to a value that a client gives.
struct InputKinds {
    added: Kind,
    removed: Kind,
    ty: Kind,
    default: Kind,
}

const ARGUMENT: InputKinds = InputKinds {
    added: Kind::ArgumentAdded,
    removed: Kind::ArgumentRemoved,
    ty: Kind::ArgumentTypeChanged,
    default: Kind::ArgumentDefaultChanged,
};

const INPUT_FIELD: InputKinds = InputKinds {
    added: Kind::InputFieldAdded,
    removed: Kind::InputFieldRemoved,
    ty: Kind::InputFieldTypeChanged,
    default: Kind::InputFieldDefaultChanged,
};

fn from_to(what: &str, old: impl std::fmt::Display, new: impl std::fmt::Display) -> String {
    format!("{what} `{new}` instead of `{old}`")
}

fn kind(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Scalar(_) => "a scalar",
        ExtendedType::Object(_) => "an object",
        ExtendedType::Interface(_) => "an interface",
        ExtendedType::Union(_) => "a union",
        ExtendedType::Enum(_) => "an enum",
        ExtendedType::InputObject(_) => "an input object",
    }
}

/// Whether whoever reads an `old` can read a `new`.
fn is_safe_output(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Named(old), Type::Named(new) | Type::NonNullNamed(new))
        | (Type::NonNullNamed(old), Type::NonNullNamed(new)) => old == new,
        (Type::List(old), Type::List(new) | Type::NonNullList(new))
        | (Type::NonNullList(old), Type::NonNullList(new)) => is_safe_output(old, new),
        _ => false,
    }
}

/// Whether whoever gives an `old` gives a `new`.
fn is_safe_input(old: &Type, new: &Type) -> bool {
    is_safe_output(new, old)
}
