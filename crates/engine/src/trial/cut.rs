//! What a trial needs of a schema: large schemas have thousands of types, and a relationship is about a few of them.

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};
use metadata::ToRemoteSchema;

use crate::remote::RemoteSchema;

/// The types of a schema that are kept.
pub(super) struct Cut<'s> {
    remote: &'s RemoteSchema,
    kept: IndexMap<Name, ExtendedType>,
}

impl<'s> Cut<'s> {
    /// Nothing but a query root without fields.
    pub(super) fn of(remote: &'s RemoteSchema) -> Self {
        let mut kept = IndexMap::default();
        if let Some(ExtendedType::Object(root)) = remote.schema.types.get(&remote.query_root) {
            let mut root = root.clone();
            let bare = root.make_mut();
            bare.fields.clear();
            bare.implements_interfaces.clear();
            kept.insert(remote.query_root.clone(), ExtendedType::Object(root));
        }
        Self { remote, kept }
    }

    /// Keeps the way to the target of a relationship, and what may be asked of its value.
    pub(super) fn keep_target(&mut self, to: &ToRemoteSchema) {
        let mut on = self.remote.query_root.clone();
        let mut step = Some(&to.remote_field);
        let mut path = Vec::new();
        while let Some(field) = step {
            path.push(&field.name);
            step = field.field.as_deref();
        }
        path.extend(to.batch.iter().flat_map(|batch| &batch.path));
        for name in path {
            let Some(next) = self.keep_field(&on, name) else { return };
            on = next;
        }
    }

    /// Keeps a type; of one with fields those that are leaves, which are all that can be keys or are asked for by default.
    pub(super) fn keep(&mut self, name: &str) {
        let schema = &self.remote.schema;
        let Some((name, ty)) = schema.types.get_key_value(name) else { return };
        if self.kept.contains_key(name) {
            return;
        }
        let mut ty = ty.clone();
        if let Some(fields) = fields_mut(&mut ty) {
            fields.retain(|_, field| {
                schema.types.get(field.ty.inner_named_type()).is_some_and(ExtendedType::is_leaf)
            });
        }
        self.kept.insert(name.clone(), ty.clone());
        match &ty {
            ExtendedType::Object(object) => {
                object.fields.values().for_each(|field| self.keep_parts(field));
            }
            ExtendedType::Interface(interface) => {
                interface.fields.values().for_each(|field| self.keep_parts(field));
                let implements = |other: &&ExtendedType| match other {
                    ExtendedType::Object(object) => object.implements_interfaces.contains(name),
                    ExtendedType::Interface(interface) => interface.implements_interfaces.contains(name),
                    _ => false,
                };
                schema.types.values().filter(implements).for_each(|other| self.keep(other.name()));
            }
            ExtendedType::Union(union) => union.members.iter().for_each(|member| self.keep(member)),
            ExtendedType::InputObject(input) => {
                input.fields.values().for_each(|field| self.keep(field.ty.inner_named_type()));
            }
            ExtendedType::Scalar(_) | ExtendedType::Enum(_) => {}
        }
    }

    /// Keeps a field that is no leaf, and answers the type that it leads to.
    fn keep_field(&mut self, on: &Name, name: &str) -> Option<Name> {
        self.keep(on);
        let field = self.remote.schema.type_field(on, name).ok()?;
        let field: Node<FieldDefinition> = (**field).clone().into();
        fields_mut(self.kept.get_mut(on)?)?.insert(field.name.clone(), field.clone());
        self.keep_parts(&field);
        Some(field.ty.inner_named_type().clone())
    }

    fn keep_parts(&mut self, field: &FieldDefinition) {
        self.keep(field.ty.inner_named_type());
        let arguments: &[Node<InputValueDefinition>] = &field.arguments;
        arguments.iter().for_each(|argument| self.keep(argument.ty.inner_named_type()));
    }

    /// The schema of what was kept.
    pub(super) fn finish(mut self) -> RemoteSchema {
        let names: Vec<Name> = self.kept.keys().cloned().collect();
        let is_kept = |name: &Name| names.contains(name);
        for ty in self.kept.values_mut() {
            match ty {
                ExtendedType::Object(object) => {
                    object.make_mut().implements_interfaces.retain(|name| is_kept(name));
                }
                ExtendedType::Interface(interface) => {
                    interface.make_mut().implements_interfaces.retain(|name| is_kept(name));
                }
                _ => {}
            }
        }
        let mut schema = Schema::new();
        schema.validate_default_values = false;
        schema.schema_definition = self.remote.schema.schema_definition.clone();
        let definition = schema.schema_definition.make_mut();
        (definition.mutation, definition.subscription) = (None, None);
        schema.directive_definitions = self.remote.schema.directive_definitions.clone();
        schema.types.extend(self.kept);
        RemoteSchema {
            schema,
            query_root: self.remote.query_root.clone(),
            mutation_root: None,
            subscription_root: None,
            warnings: Vec::new(),
        }
    }
}

fn fields_mut(ty: &mut ExtendedType) -> Option<&mut IndexMap<Name, Node<FieldDefinition>>> {
    match ty {
        ExtendedType::Object(object) => Some(&mut object.make_mut().fields),
        ExtendedType::Interface(interface) => Some(&mut interface.make_mut().fields),
        _ => None,
    }
}
