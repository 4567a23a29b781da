//! The relationship fields of the served schema, and the input types of arguments that are bound in part.

use std::sync::Arc;

use apollo_compiler::ast::{DirectiveList, FieldDefinition, InputValueDefinition, Type, Value};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Name, Node, Schema};
use metadata::{Relationship, RelationshipDefinition, RemoteSchema};
use rustc_hash::FxHashMap;

use super::merge::{Ground, Merger};
use super::{JoinId, RemoteId, ServedRemote, report, served};
use crate::fault::Code;
use crate::join::{self, Join, Rejection, Side, Template};
use crate::permission::preset::Presets;
use crate::problem::Problem;

/// What the relationships add to a catalog.
#[derive(Default)]
pub(super) struct Joins {
    pub(super) joins: Vec<Join>,
    pub(super) relationships: FxHashMap<(RemoteId, Name, Name), JoinId>,
    pub(super) derived_inputs: FxHashMap<Name, Name>,
}

/// Adds the fields of all relationships that can be served, and reports the others.
pub(super) fn add_relationships(
    entries: &[&RemoteSchema],
    merger: &mut Merger,
    problems: &mut Vec<Problem>,
) -> Joins {
    let mut joins = Joins::default();
    for entry in entries {
        for on in &entry.remote_relationships {
            for relationship in &on.relationships {
                if let Err(rejection) = joins.add(merger, entry, &on.type_name, relationship) {
                    problems.push(report::relationship(entry, &on.type_name, relationship, &rejection));
                }
            }
        }
    }
    joins
}

/// Adds the fields of the relationships that a role sees both ends of.
pub(super) fn add_visible(joins: &[Join], merger: &mut Merger) -> Joins {
    let mut placed = Joins::default();
    for (index, join) in joins.iter().enumerate() {
        let id = JoinId(u32::try_from(index).unwrap_or(u32::MAX));
        if obstacle(join, &merger.remotes).is_none() {
            // What cannot be placed is hidden: its problem, if it is one, was reported with the catalog.
            let _ = placed.place(merger, join, id);
        }
    }
    placed
}

/// What of a relationship is not in the role's part of the remotes: the type it is defined on, its target, or something that is
/// bound on the way there; with the remote, and in words. Key fields need not be there: they are asked for, but never shown.
pub(super) fn obstacle(join: &Join, remotes: &[ServedRemote]) -> Option<(RemoteId, String)> {
    let lhs = &remotes[join.lhs.0 as usize].schema.schema;
    let target = &remotes[join.target.0 as usize];
    let schema = &target.schema.schema;
    let on_target = |what: String| Some((join.target, what));
    let mut on = &target.schema.query_root;
    for step in &join.path {
        let Some(field) = field(schema, on, &step.field) else {
            return on_target(format!("the field `{}`", step.field));
        };
        let unbound = step.arguments.iter().find(|argument| {
            let is_preset = || {
                let presets = target.presets.arguments(on, &step.field);
                presets.iter().any(|preset| preset.name == argument.name)
            };
            let is_there = field.argument_by_name(&argument.name).is_some() || is_preset();
            !(is_there && is_bindable(schema, &target.presets, &argument.ty, &argument.value))
        });
        if let Some(argument) = unbound {
            return on_target(format!("what it binds to `{}({}:)`", step.field, argument.name));
        }
        on = field.ty.inner_named_type();
    }
    for step in join.batch.iter().flat_map(|batch| &batch.path) {
        let Some(field) = field(schema, on, step) else {
            return on_target(format!("the field `{on}.{step}`"));
        };
        on = field.ty.inner_named_type();
    }
    let has_type = lhs.types.contains_key(&join.lhs_type);
    (!has_type).then(|| (join.lhs, format!("the type `{}`", join.lhs_type)))
}

fn field<'a>(schema: &'a Schema, ty: &Name, field: &Name) -> Option<&'a FieldDefinition> {
    match schema.types.get(ty)? {
        ExtendedType::Object(object) => object.fields.get(field).map(|field| &**field),
        ExtendedType::Interface(interface) => interface.fields.get(field).map(|field| &**field),
        _ => None,
    }
}

/// Whether a bound value speaks only of what is granted or preset.
fn is_bindable(schema: &Schema, presets: &Presets, ty: &Type, value: &Template) -> bool {
    match value {
        Template::Key { .. } => true,
        Template::Literal(value) => is_literal_visible(schema, ty.inner_named_type(), value),
        Template::List(items) => {
            let item = if ty.is_list() { ty.item_type() } else { ty };
            items.iter().all(|value| is_bindable(schema, presets, item, value))
        }
        Template::Object { ty, fields } => {
            // A type that is preset whole is in no schema; its presets stand for it.
            let input = schema.get_input_object(ty);
            fields.iter().all(|field| {
                let is_shown = input.is_some_and(|input| input.fields.contains_key(&field.name));
                let is_preset = presets.fields(ty).iter().any(|preset| preset.name == field.name);
                (is_shown || is_preset) && is_bindable(schema, presets, &field.ty, &field.value)
            })
        }
    }
}

fn is_literal_visible(schema: &Schema, ty: &Name, value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().all(|item| is_literal_visible(schema, ty, item)),
        Value::Enum(value) => schema.get_enum(ty).is_some_and(|known| known.values.contains_key(value)),
        _ => true,
    }
}

impl Joins {
    fn add(
        &mut self,
        merger: &mut Merger,
        entry: &RemoteSchema,
        type_name: &str,
        relationship: &Relationship,
    ) -> Result<(), Rejection> {
        let join = resolve(&merger.remotes, &entry.name, type_name, relationship)?;
        let id = JoinId(u32::try_from(self.joins.len()).unwrap_or(u32::MAX));
        self.place(merger, &join, id)?;
        self.joins.push(join);
        Ok(())
    }

    /// Adds the field of a relationship to the types that have it.
    fn place(&mut self, merger: &mut Merger, join: &Join, id: JoinId) -> Result<(), Rejection> {
        let lhs = &merger.remotes[join.lhs.0 as usize];
        let holders = holders(&lhs.schema.schema, &join.lhs_type);
        let renames = Arc::clone(&lhs.renames);
        let served_holders: Vec<Name> = holders.iter().map(|ty| renames.served_type(ty).clone()).collect();
        let (field, derived) = field_of(merger.ground(), join, &served_holders)?;
        for (input, original) in derived {
            self.derived_inputs.insert(input.name.clone(), original);
            merger.types.insert(input.name.clone(), input.into());
        }
        let field = Node::new(field);
        for holder in &served_holders {
            if let Some(fields) = merger.types.get_mut(holder).and_then(fields_mut) {
                fields.insert(join.name.clone(), field.clone());
            }
        }
        for holder in holders {
            self.relationships.insert((join.lhs, holder, join.name.clone()), id);
        }
        Ok(())
    }
}

/// The relationship of `remote` with all it refers to.
pub(super) fn resolve(
    remotes: &[ServedRemote],
    remote: &str,
    type_name: &str,
    relationship: &Relationship,
) -> Result<Join, Rejection> {
    let definition = match &relationship.definition {
        RelationshipDefinition::ToRemoteSchema(definition) => definition,
        RelationshipDefinition::ToSource(source) => {
            let source = source.get("source").and_then(|source| source.as_str()).unwrap_or_default();
            let reason = format!("source not found: \"{source}\": Conjoin serves remote schemas only");
            return Err(Rejection::new(Code::NotFound, "/definition/to_source", reason));
        }
    };
    let lhs = side(remotes, remote, "/remote_schema")?;
    let target = side(remotes, &definition.remote_schema, "/definition/to_remote_schema/remote_schema")?;
    join::resolve(&relationship.name, type_name, definition, lhs, target)
}

fn side<'a>(remotes: &'a [ServedRemote], name: &'a str, pointer: &str) -> Result<Side<'a>, Rejection> {
    let found = remotes.iter().enumerate().find(|(_, remote)| remote.name == name);
    let (index, remote) = found.ok_or_else(|| {
        let reason = format!(
            "remote schema with name \"{name}\" not found: it does not exist, or is itself inconsistent"
        );
        Rejection::new(Code::RemoteSchemaError, pointer, reason)
    })?;
    let id = RemoteId(u32::try_from(index).unwrap_or(u32::MAX));
    Ok(Side { id, name, remote: &remote.schema })
}

/// The types that get the field of a relationship: the type itself, and when it is an interface, all that implement it.
pub(super) fn holders(schema: &Schema, ty: &Name) -> Vec<Name> {
    let mut holders = vec![ty.clone()];
    if schema.get_interface(ty).is_some() {
        let implements = |other: &&ExtendedType| match other {
            ExtendedType::Object(object) => object.implements_interfaces.contains(ty),
            ExtendedType::Interface(interface) => interface.implements_interfaces.contains(ty),
            _ => false,
        };
        holders.extend(schema.types.values().filter(implements).map(|other| other.name().clone()));
    }
    holders
}

/// The field that the types `holders` get, if they can have it.
pub(super) fn field_of(
    ground: Ground<'_>,
    join: &Join,
    holders: &[Name],
) -> Result<(FieldDefinition, Derived), Rejection> {
    let remote = &ground.remotes[join.lhs.0 as usize].name;
    for holder in holders {
        check_holder(ground, remote, holder, &join.name)?;
    }
    served_field(ground, join, remote)
}

fn check_holder(ground: Ground<'_>, remote: &str, holder: &Name, field: &Name) -> Result<(), Rejection> {
    if ground.has_field(holder, field) {
        let reason = format!(
            "type \"{holder}\" already has a field \"{field}\"; choose another name for the relationship"
        );
        return Err(Rejection::new(Code::RemoteSchemaError, "/name", reason));
    }
    let owners = ground.owner_names(holder);
    if owners.len() > 1 {
        let owners = owners.iter().map(|owner| format!("\"{owner}\"")).collect::<Vec<_>>().join(", ");
        let reason = format!(
            "type \"{holder}\" is shared by the remote schemas {owners}, and only values from \"{remote}\" could have the field; set type_names in the customization of \"{remote}\" so that it has a type of its own"
        );
        return Err(Rejection::new(Code::RemoteSchemaConflicts, "/type_name", reason));
    }
    Ok(())
}

pub(super) fn fields_mut(ty: &mut ExtendedType) -> Option<&mut IndexMap<Name, Node<FieldDefinition>>> {
    match ty {
        ExtendedType::Object(object) => Some(&mut object.make_mut().fields),
        ExtendedType::Interface(interface) => Some(&mut interface.make_mut().fields),
        _ => None,
    }
}

/// Input types to add, each with the original name of what it derives from.
pub(super) type Derived = Vec<(InputObjectType, Name)>;

/// The field that clients see.
fn served_field(
    ground: Ground<'_>,
    join: &Join,
    lhs_name: &str,
) -> Result<(FieldDefinition, Derived), Rejection> {
    let target = &ground.remotes[join.target.0 as usize];
    let renames = &target.renames;
    let schema = &target.schema.schema;
    let definition = target_field(schema, &target.schema.query_root, join)
        .ok_or_else(|| Rejection::new(Code::RemoteSchemaError, "/definition", "its target field is gone"))?;
    let mut deriver = Deriver { ground, join, lhs_name, target: schema, derived: Vec::new() };
    let bound = join.path.last().map(|step| step.arguments.as_slice()).unwrap_or_default();
    let mut arguments = Vec::new();
    for argument in &definition.arguments {
        match bound.iter().find(|bound| bound.name == argument.name) {
            None => arguments.push(served::served_input(argument, renames)),
            Some(bound) => arguments.extend(deriver.rest(argument, &bound.value).map(Node::new)),
        }
    }
    let field = FieldDefinition {
        description: definition.description.clone(),
        name: join.name.clone(),
        arguments,
        ty: served::served_reference(&join.value_type(schema), renames),
        directives: DirectiveList::default(),
    };
    Ok((field, deriver.derived))
}

fn target_field<'a>(schema: &'a Schema, root: &Name, join: &Join) -> Option<&'a FieldDefinition> {
    let (last, before) = join.path.split_last()?;
    let mut on = root.clone();
    for step in before {
        on = schema.type_field(&on, &step.field).ok()?.ty.inner_named_type().clone();
    }
    schema.type_field(&on, &last.field).ok().map(|field| &**field)
}

/// Derives the input types of what is left of bound arguments.
struct Deriver<'a> {
    ground: Ground<'a>,
    join: &'a Join,
    lhs_name: &'a str,
    target: &'a Schema,
    derived: Derived,
}

impl Deriver<'_> {
    /// What clients can still give of an argument or input field with a bound value; nothing when it is bound whole.
    fn rest(&mut self, value: &InputValueDefinition, bound: &Template) -> Option<InputValueDefinition> {
        let object = self.open_object(bound)?;
        let Template::Object { ty, fields: bound_fields } = object else { return None };
        let input = self.target.get_input_object(ty)?;
        // A second field beside the bound one is not allowed.
        if input.is_one_of() && !bound_fields.is_empty() {
            return None;
        }
        let target = &self.ground.remotes[self.join.target.0 as usize];
        let mut fields = IndexMap::default();
        for field in input.fields.values() {
            let rest = match bound_fields.iter().find(|bound| bound.name == field.name) {
                None => Some(served::served_input(field, &target.renames)),
                Some(bound) => self.rest(field, &bound.value).map(Node::new),
            };
            fields.extend(rest.map(|rest| (field.name.clone(), rest)));
        }
        if fields.is_empty() {
            return None;
        }
        let name = self.add(input, fields);
        let mut rest = value.clone();
        rest.ty = Node::new(with_name(&value.ty, name));
        rest.default_value = value.default_value.as_ref().map(|default| without_bound(default, object));
        rest.directives = DirectiveList::default();
        Some(rest)
    }

    /// The object that clients may complete: bound directly, or the only element of a list. In a batched join such an element
    /// is repeated per key, so clients have no part in it.
    fn open_object<'t>(&self, bound: &'t Template) -> Option<&'t Template> {
        match bound {
            Template::Object { .. } => Some(bound),
            Template::List(items) if self.join.batch.is_none() => match items.as_slice() {
                [item] => self.open_object(item),
                _ => None,
            },
            _ => None,
        }
    }

    /// Adds a derived type under a name that no other type has.
    fn add(&mut self, input: &InputObjectType, fields: IndexMap<Name, Node<InputValueDefinition>>) -> Name {
        let remote: String =
            self.lhs_name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let (join, base) = (self.join, &input.name);
        let short = format!("{base}_remote_rel_{remote}{}", join.name);
        let long = format!("{base}_remote_rel_{remote}{}{}", join.lhs_type, join.name);
        let numbered = (2..).map(|number| format!("{long}_{number}"));
        let mut derived = InputObjectType {
            description: input.description.clone(),
            name: input.name.clone(),
            directives: DirectiveList::default(),
            fields,
        };
        for candidate in [short, long.clone()].into_iter().chain(numbered) {
            derived.name = Name::new_unchecked(&candidate);
            let taken = match self.ground.types.get(&derived.name) {
                Some(ExtendedType::InputObject(present)) => Some(**present == derived),
                Some(_) => Some(false),
                None => (self.derived.iter())
                    .find(|(present, _)| present.name == derived.name)
                    .map(|(present, _)| *present == derived),
            };
            match taken {
                Some(true) if self.derived.iter().any(|(present, _)| present.name == derived.name) => break,
                Some(false) => {}
                // What another relationship has derived alike is named again: it is of this one as well.
                Some(true) | None => {
                    self.derived.push((derived.clone(), input.name.clone()));
                    break;
                }
            }
        }
        derived.name
    }
}

/// The type with another name at its heart.
fn with_name(ty: &Type, name: Name) -> Type {
    match ty {
        Type::Named(_) => Type::Named(name),
        Type::NonNullNamed(_) => Type::NonNullNamed(name),
        Type::List(item) => Type::List(Box::new(with_name(item, name))),
        Type::NonNullList(item) => Type::NonNullList(Box::new(with_name(item, name))),
    }
}

/// A default value without the fields that are bound, as the derived type lacks them.
fn without_bound(default: &Node<Value>, bound: &Template) -> Node<Value> {
    match (&**default, bound) {
        (Value::List(items), _) => {
            Node::new(Value::List(items.iter().map(|item| without_bound(item, bound)).collect()))
        }
        (Value::Object(fields), Template::Object { fields: bound, .. }) => {
            let kept = fields.iter().filter_map(|(name, value)| {
                match bound.iter().find(|bound| bound.name == *name) {
                    None => Some((name.clone(), value.clone())),
                    Some(bound) => match &bound.value {
                        object @ Template::Object { .. } => {
                            Some((name.clone(), without_bound(value, object)))
                        }
                        Template::List(items) => match items.as_slice() {
                            [object @ Template::Object { .. }] => {
                                Some((name.clone(), without_bound(value, object)))
                            }
                            _ => None,
                        },
                        _ => None,
                    },
                }
            });
            Node::new(Value::Object(kept.collect()))
        }
        _ => default.clone(),
    }
}
