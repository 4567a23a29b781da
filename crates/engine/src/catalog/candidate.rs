//! A relationship that is not in the metadata yet, tried against a catalog without building another one: by the checks that
//! building makes, so that what passes here is served.

use apollo_compiler::Name;
use apollo_compiler::ast::{FieldDefinition, Type};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use metadata::{Relationship, RelationshipDefinition};

use super::merge::Ground;
use super::{Catalog, relate};
use crate::join::{self, Join, Rejection};

/// A relationship that could be served.
#[derive(Debug)]
pub struct Candidate {
    /// The relationship.
    pub join: Join,
    /// The types that get the field, under the names they are served with.
    pub holders: Vec<Name>,
    /// The field as clients would see it.
    pub field: FieldDefinition,
    /// Input types of what is left of arguments that are bound in part.
    pub inputs: Vec<InputObjectType>,
}

impl Catalog {
    /// The relationship as it would be served, taking the place of the one called `replaces` on that type; or why it would not.
    pub fn candidate(
        &self,
        remote: &str,
        type_name: &str,
        relationship: &Relationship,
        replaces: Option<&str>,
    ) -> Result<Candidate, Rejection> {
        let join = relate::resolve(&self.remotes, remote, type_name, relationship)?;
        let served = |ty: &Name| self.remote(join.lhs).renames.served_type(ty).clone();
        let holders: Vec<Name> = relate::holders(&self.remote(join.lhs).schema.schema, &join.lhs_type)
            .iter()
            .map(served)
            .collect();
        let replaced = replaces.and_then(|name| {
            let id =
                self.admin.relationships.get(&(join.lhs, join.lhs_type.clone(), Name::new(name).ok()?))?;
            Some(self.join(*id)).filter(|other| other.lhs_type == join.lhs_type)
        });
        let ground = Ground::of(self, replaced.map(|replaced| &replaced.name));
        let (field, derived) = relate::field_of(ground, &join, &holders)?;
        let inputs = derived.into_iter().map(|(input, _)| input).collect();
        Ok(Candidate { join, holders, field, inputs })
    }

    /// A definition that sends all keys of the candidate in one list, if there is one.
    pub fn batch_offer(
        &self,
        candidate: &Candidate,
        (remote, type_name): (&str, &str),
        relationship: &Relationship,
        replaces: Option<&str>,
    ) -> Option<Relationship> {
        let RelationshipDefinition::ToRemoteSchema(definition) = &relationship.definition else {
            return None;
        };
        let join = &candidate.join;
        let (lhs, target) = (&self.remote(join.lhs).schema, &self.remote(join.target).schema);
        let offers = join::offer(join, definition, lhs, target).into_iter().map(|definition| Relationship {
            name: relationship.name.clone(),
            definition: RelationshipDefinition::ToRemoteSchema(definition),
        });
        let mut offers = offers;
        offers.find(|offer| self.candidate(remote, type_name, offer, replaces).is_ok())
    }
}

impl Candidate {
    /// The field in the schema language, without what its remote says of it.
    pub fn sdl(&self) -> String {
        let field = FieldDefinition { description: None, ..self.field.clone() };
        let holder = self.holders.first().map(Name::as_str).unwrap_or_default();
        let field = field.serialize().no_indent().to_string();
        let mut sdl = format!("extend type {holder} {{\n  {field}\n}}\n");
        for input in &self.inputs {
            let fields = input.fields.values().map(|field| format!("  {}: {}\n", field.name, field.ty));
            sdl += &format!("\ninput {} {{\n{}}}\n", input.name, fields.collect::<String>());
        }
        sdl
    }

    /// The arguments that are left to clients, those of input objects with dots.
    pub fn open_arguments(&self) -> Vec<String> {
        let mut open = Vec::new();
        for argument in &self.field.arguments {
            self.open(argument.name.as_str(), argument.ty.inner_named_type(), &mut open);
        }
        open
    }

    /// Values for the arguments that clients must give, as good as any: `region: EU, limit: 1`. None when nothing must be given.
    pub fn example_arguments(&self, catalog: &Catalog) -> Option<String> {
        let required = self.field.arguments.iter().filter(|argument| argument.is_required());
        let given: Vec<String> = required
            .map(|argument| format!("{}: {}", argument.name, self.example(catalog, &argument.ty)))
            .collect();
        (!given.is_empty()).then(|| given.join(", "))
    }

    /// A schema in which required input fields go round in a circle is not valid, so this ends.
    fn example(&self, catalog: &Catalog, ty: &Type) -> String {
        if ty.is_list() {
            return format!("[{}]", self.example(catalog, ty.item_type()));
        }
        let name = ty.inner_named_type();
        let derived = self.inputs.iter().find(|input| input.name == *name);
        let known = catalog.admin.schema.types.get(name);
        let input = derived.or(match known {
            Some(ExtendedType::InputObject(input)) => Some(&**input),
            _ => None,
        });
        if let Some(input) = input {
            // Of alternatives exactly one is given, though none is required.
            let is_leaf = |ty: &Type| {
                catalog.admin.schema.types.get(ty.inner_named_type()).is_some_and(ExtendedType::is_leaf)
            };
            let given: Vec<_> = if input.is_one_of() {
                input.fields.values().find(|field| is_leaf(&field.ty)).into_iter().collect()
            } else {
                input.fields.values().filter(|field| field.is_required()).collect()
            };
            let given: Vec<String> = (given.into_iter())
                .map(|field| format!("{}: {}", field.name, self.example(catalog, &field.ty)))
                .collect();
            return format!("{{{}}}", given.join(", "));
        }
        match known {
            Some(ExtendedType::Enum(known)) => {
                known.values.keys().next().map_or_else(|| "null".to_owned(), ToString::to_string)
            }
            _ => match name.as_str() {
                "Int" | "Float" => "1".to_owned(),
                "Boolean" => "true".to_owned(),
                "ID" => "\"1\"".to_owned(),
                _ => "\"example\"".to_owned(),
            },
        }
    }

    fn open(&self, path: &str, ty: &Name, open: &mut Vec<String>) {
        match self.inputs.iter().find(|input| input.name == *ty) {
            None => open.push(path.to_owned()),
            Some(input) => {
                for field in input.fields.values() {
                    self.open(&format!("{path}.{}", field.name), field.ty.inner_named_type(), open);
                }
            }
        }
    }
}
