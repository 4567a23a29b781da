//! What a remote's schema has, for people who look for something in it: how much of what, and each thing with its signature.

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::remote::RemoteSchema;

/// How much a remote has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Counts {
    /// Types that are neither roots nor built in.
    pub types: usize,
    /// Fields of the query root.
    pub queries: usize,
    /// Fields of the mutation root.
    pub mutations: usize,
    /// Fields of the subscription root.
    pub subscriptions: usize,
}

/// One thing of a schema, under original names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its own name.
    pub name: String,
    /// Where it is: `User`, `User.name`, `Query.user(id:)`.
    pub path: String,
    /// What it takes and gives, on one line: `(id: ID!): User`; of a type, what kind it is.
    pub signature: String,
    /// What the remote says of it.
    pub description: Option<String>,
}

/// Kinds of things in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "OutlineKind")]
pub enum Kind {
    /// A type of any kind.
    Type,
    /// A field of a root.
    Query,
    /// A field of the mutation root.
    Mutation,
    /// A field of the subscription root.
    Subscription,
    /// A field of any other object or interface.
    Field,
    /// An argument of a field.
    Argument,
    /// A field of an input object.
    InputField,
    /// A value of an enum.
    Value,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
            Self::Field => "field",
            Self::Argument => "argument",
            Self::InputField => "input field",
            Self::Value => "value",
        }
    }
}

impl Counts {
    /// Counts what a remote has.
    pub fn of(remote: &RemoteSchema) -> Self {
        let fields = |root: Option<&Name>| {
            root.and_then(|root| remote.schema.get_object(root)).map_or(0, |root| root.fields.len())
        };
        let types = remote.schema.types.values();
        Self {
            types: types.filter(|ty| !ty.is_built_in() && kind_of_root(remote, ty.name()).is_none()).count(),
            queries: fields(Some(&remote.query_root)),
            mutations: fields(remote.mutation_root.as_ref()),
            subscriptions: fields(remote.subscription_root.as_ref()),
        }
    }
}

/// Everything that a remote's schema has a name for.
pub fn entries(remote: &RemoteSchema) -> Vec<Entry> {
    let mut entries = Vec::new();
    for ty in remote.schema.types.values().filter(|ty| !ty.is_built_in()) {
        let name = ty.name();
        if kind_of_root(remote, name).is_none() {
            let signature = format!(": {}", keyword(ty));
            entries.push(entry(Kind::Type, name, name.to_string(), signature, ty.description()));
        }
        match ty {
            ExtendedType::Object(object) => fields(remote, name, &object.fields, &mut entries),
            ExtendedType::Interface(interface) => fields(remote, name, &interface.fields, &mut entries),
            ExtendedType::InputObject(input) => entries.extend(input.fields.values().map(|field| {
                let (path, signature) = (format!("{name}.{}", field.name), format!(": {}", field.ty));
                entry(Kind::InputField, &field.name, path, signature, field.description.as_ref())
            })),
            ExtendedType::Enum(values) => entries.extend(values.values.values().map(|value| {
                let path = format!("{name}.{}", value.value);
                entry(Kind::Value, &value.value, path, String::new(), value.description.as_ref())
            })),
            ExtendedType::Scalar(_) | ExtendedType::Union(_) => {}
        }
    }
    entries
}

fn fields(
    remote: &RemoteSchema,
    ty: &Name,
    fields: &IndexMap<Name, Node<FieldDefinition>>,
    entries: &mut Vec<Entry>,
) {
    let kind = kind_of_root(remote, ty).unwrap_or(Kind::Field);
    for field in fields.values() {
        let path = format!("{ty}.{}", field.name);
        entries.push(entry(kind, &field.name, path.clone(), signature(field), field.description.as_ref()));
        entries.extend(field.arguments.iter().map(|argument| {
            let (path, signature) = (format!("{path}({}:)", argument.name), format!(": {}", argument.ty));
            entry(Kind::Argument, &argument.name, path, signature, argument.description.as_ref())
        }));
    }
}

/// What a field takes and gives: `(id: ID!): User`.
fn signature(field: &FieldDefinition) -> String {
    let argument = |argument: &Node<InputValueDefinition>| format!("{}: {}", argument.name, argument.ty);
    let arguments: Vec<String> = field.arguments.iter().map(argument).collect();
    match arguments.is_empty() {
        true => format!(": {}", field.ty),
        false => format!("({}): {}", arguments.join(", "), field.ty),
    }
}

fn entry(kind: Kind, name: &Name, path: String, signature: String, description: Option<&Node<str>>) -> Entry {
    let description = description.map(ToString::to_string);
    Entry { kind, name: name.to_string(), path, signature, description }
}

fn kind_of_root(remote: &RemoteSchema, name: &Name) -> Option<Kind> {
    if *name == remote.query_root {
        Some(Kind::Query)
    } else if Some(name) == remote.mutation_root.as_ref() {
        Some(Kind::Mutation)
    } else if Some(name) == remote.subscription_root.as_ref() {
        Some(Kind::Subscription)
    } else {
        None
    }
}

fn keyword(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Scalar(_) => "scalar",
        ExtendedType::Object(_) => "type",
        ExtendedType::Interface(_) => "interface",
        ExtendedType::Union(_) => "union",
        ExtendedType::Enum(_) => "enum",
        ExtendedType::InputObject(_) => "input",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::read_sdl;

    #[test]
    fn everything_with_a_name_is_told_with_its_signature() {
        let remote = read_sdl(
            "type Query { user(id: ID!, of: [In]): User } type User { state: State } enum State { ON } input In { a: Int! }",
        )
        .unwrap();
        let told: Vec<String> = entries(&remote)
            .iter()
            .map(|entry| format!("{} {}{}", entry.kind.as_str(), entry.path, entry.signature))
            .collect();
        assert_eq!(
            told,
            [
                "query Query.user(id: ID!, of: [In]): User",
                "argument Query.user(id:): ID!",
                "argument Query.user(of:): [In]",
                "type User: type",
                "field User.state: State",
                "type State: enum",
                "value State.ON",
                "type In: input",
                "input field In.a: Int!",
            ]
        );
        assert_eq!(Counts::of(&remote), Counts { types: 3, queries: 1, mutations: 0, subscriptions: 0 });
    }
}
