//! Makes a schema safe to serve: whatever refers to an unknown type, or to one of the wrong kind, is left out, and so is
//! all that is empty then. Rules that only a linter minds are not repaired but listed.

use apollo_compiler::ast::Type;
use apollo_compiler::collections::{HashMap, HashSet, IndexMap, IndexSet};
use apollo_compiler::schema::{
    ExtendedType, FieldDefinition, InputObjectType, InputValueDefinition, InterfaceType, ObjectType,
    UnionType,
};
use apollo_compiler::{Name, Node, Schema, name};

use super::{IntrospectionError, RemoteSchema};

/// Leaving out a type can break others; a schema that needs more rounds than this is hostile.
const MAX_ROUNDS: usize = 64;

/// Most warnings of each sort that are kept.
const MAX_WARNINGS: usize = 100;

/// Repairs the schema, checks its roots and lists its remaining flaws.
pub(super) fn finish(
    mut schema: Schema,
    query: Option<Name>,
    mutation: Option<Name>,
    subscription: Option<Name>,
    mut warnings: Vec<String>,
) -> Result<RemoteSchema, IntrospectionError> {
    let query_root = match query {
        Some(query) => query,
        None if schema.get_object("Query").is_some() => {
            warnings.push(r#"no query root is named; the type "Query" is taken"#.into());
            name!("Query")
        }
        None => return Err(IntrospectionError::new("the schema has no query root type")),
    };
    prune(&mut schema, &mut warnings)?;
    if schema.get_object(&query_root).is_none() {
        return Err(IntrospectionError::new(unusable_root(&query_root, &warnings)));
    }
    let mut root = |root: Option<Name>, kind: &str| {
        let usable = root.clone().filter(|root| schema.get_object(root).is_some());
        if let (Some(root), None) = (root, &usable) {
            warnings.push(format!(
                r#"the {kind} root "{root}" is left out, as it is not an object type with fields"#
            ));
        }
        usable
    };
    let (mutation_root, subscription_root) = (root(mutation, "mutation"), root(subscription, "subscription"));
    let definition = schema.schema_definition.make_mut();
    definition.query = Some(Node::new(query_root.clone()));
    definition.mutation = mutation_root.clone().map(Node::new);
    definition.subscription = subscription_root.clone().map(Node::new);
    if warnings.len() > MAX_WARNINGS {
        let more = warnings.len() - MAX_WARNINGS;
        warnings.truncate(MAX_WARNINGS);
        warnings.push(format!("and {more} more parts are left out"));
    }
    lint(&schema, &mut warnings);
    Ok(RemoteSchema { schema, query_root, mutation_root, subscription_root, warnings })
}

/// Says that the query root cannot be served, and which of the flaws found so far took it away.
fn unusable_root(root: &Name, warnings: &[String]) -> String {
    let mut message = format!(r#""{root}" has to be an object type with fields"#);
    let (itself, its_part) = (format!(r#""{root}""#), format!(r#""{root}."#));
    let causes = warnings.iter().filter(|warning| warning.contains(&itself) || warning.contains(&its_part));
    for (i, cause) in causes.take(3).enumerate() {
        message.push_str(if i == 0 { ": " } else { "; " });
        message.push_str(cause);
    }
    message
}

/// What the specification's validation says of the schema.
fn lint(schema: &Schema, warnings: &mut Vec<String>) {
    if let Err(invalid) = schema.clone().validate() {
        let total = invalid.errors.len();
        warnings
            .extend(invalid.errors.iter().take(MAX_WARNINGS).map(|diagnostic| diagnostic.error.to_string()));
        if total > MAX_WARNINGS {
            warnings.push(format!("and {} more flaws like these", total - MAX_WARNINGS));
        }
    }
}

/// Leaves out what refers to nothing, until nothing does.
fn prune(schema: &mut Schema, warnings: &mut Vec<String>) -> Result<(), IntrospectionError> {
    for _ in 0..MAX_ROUNDS {
        let kinds = Kinds::of(schema);
        let before = schema.types.len();
        let endless = endless_inputs(schema);
        let types = std::mem::take(&mut schema.types);
        schema.types = types
            .into_iter()
            .filter_map(|(name, ty)| {
                let pruned = if endless.contains(&name) {
                    Err("its required fields lead back to it, so that no value can be given".into())
                } else {
                    kinds.prune(ty, warnings)
                };
                match pruned {
                    Ok(ty) => Some((name, ty)),
                    Err(reason) => {
                        warnings.push(format!(r#"type "{name}" is left out: {reason}"#));
                        None
                    }
                }
            })
            .collect();
        if schema.types.len() == before {
            let kinds = Kinds::of(schema);
            schema.directive_definitions.retain(|name, directive| {
                let usable = directive.arguments.iter().all(|argument| kinds.input(&argument.ty).is_ok());
                if !usable {
                    warnings
                        .push(format!(r#"directive "@{name}" is left out: an argument has an unknown type"#));
                }
                usable
            });
            return Ok(());
        }
    }
    Err(IntrospectionError::new("the schema breaks anew each time that a broken type is left out"))
}

/// The input objects of which there is no finite value, because required fields lead round in a circle. Validation would
/// find them too, but spell out each circle once per type in it.
fn endless_inputs(schema: &Schema) -> HashSet<Name> {
    let mut waiting: HashMap<&Name, usize> = HashMap::default();
    let mut users: HashMap<&Name, Vec<&Name>> = HashMap::default();
    let mut finite: Vec<&Name> = Vec::new();
    for ty in schema.types.values() {
        let ExtendedType::InputObject(input) = ty else { continue };
        let mut needs: Vec<&Name> = (input.fields.values())
            .filter(|field| input.is_one_of() || field.ty.is_non_null())
            .filter(|field| {
                !field.ty.is_list() && schema.get_input_object(field.ty.inner_named_type()).is_some()
            })
            .map(|field| field.ty.inner_named_type())
            .collect();
        // Of `@oneOf` one field is enough.
        let count = match (input.is_one_of(), needs.len() < input.fields.len()) {
            (true, true) => 0,
            (true, false) => needs.len().min(1),
            (false, _) => needs.len(),
        };
        needs.drain(..).for_each(|need| users.entry(need).or_default().push(&input.name));
        if count == 0 {
            finite.push(&input.name);
        } else {
            waiting.insert(&input.name, count);
        }
    }
    while let Some(name) = finite.pop() {
        for user in users.get(name).into_iter().flatten() {
            let Some(count) = waiting.get_mut(user) else { continue };
            *count -= 1;
            if *count == 0 {
                waiting.remove(user);
                finite.push(user);
            }
        }
    }
    waiting.into_keys().cloned().collect()
}

/// The kinds of all types of a round.
struct Kinds(IndexMap<Name, Kind>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Scalars and enums.
    Leaf,
    Object,
    Interface,
    Union,
    InputObject,
}

impl Kinds {
    fn of(schema: &Schema) -> Self {
        let kind = |ty: &ExtendedType| match ty {
            ExtendedType::Scalar(_) | ExtendedType::Enum(_) => Kind::Leaf,
            ExtendedType::Object(_) => Kind::Object,
            ExtendedType::Interface(_) => Kind::Interface,
            ExtendedType::Union(_) => Kind::Union,
            ExtendedType::InputObject(_) => Kind::InputObject,
        };
        Self(schema.types.iter().map(|(name, ty)| (name.clone(), kind(ty))).collect())
    }

    /// The type without its unusable parts, or why nothing of it is left.
    fn prune(&self, ty: ExtendedType, warnings: &mut Vec<String>) -> Result<ExtendedType, String> {
        if ty.is_built_in() {
            return Ok(ty);
        }
        match ty {
            ExtendedType::Scalar(_) => Ok(ty),
            ExtendedType::Object(mut node) => {
                let ObjectType { name, implements_interfaces, fields, .. } = node.make_mut();
                self.prune_interfaces(name, implements_interfaces, "object", warnings);
                self.prune_fields(name, fields, warnings);
                if fields.is_empty() { Err("it has no fields".into()) } else { Ok(node.into()) }
            }
            ExtendedType::Interface(mut node) => {
                let InterfaceType { name, implements_interfaces, fields, .. } = node.make_mut();
                self.prune_interfaces(name, implements_interfaces, "interface", warnings);
                self.prune_fields(name, fields, warnings);
                if fields.is_empty() {
                    return Err(format!("List of fields cannot be empty for interface '{name}'"));
                }
                Ok(node.into())
            }
            ExtendedType::Union(mut node) => {
                let UnionType { name, members, .. } = node.make_mut();
                members.retain(|member| {
                    let usable = self.0.get(&**member) == Some(&Kind::Object);
                    if !usable {
                        warnings.push(format!(
                            "Union type '{name}' can only include object types. It cannot include '{member}'"
                        ));
                    }
                    usable
                });
                if members.is_empty() {
                    return Err(format!("List of member types cannot be empty for union type '{name}'"));
                }
                Ok(node.into())
            }
            ExtendedType::Enum(node) => {
                if node.values.is_empty() {
                    Err("it has no values".into())
                } else {
                    Ok(node.into())
                }
            }
            ExtendedType::InputObject(mut node) => {
                let InputObjectType { name, fields, .. } = node.make_mut();
                let mut needed = None;
                fields.retain(|field, definition| match self.input(&definition.ty) {
                    Ok(()) => true,
                    Err(reason) => {
                        if definition.is_required() {
                            needed = Some(format!(r#"its required field "{field}" is unusable: {reason}"#));
                        }
                        warnings.push(format!(r#"input field "{name}.{field}" is left out: {reason}"#));
                        false
                    }
                });
                match needed {
                    Some(reason) => Err(reason),
                    None if fields.is_empty() => Err("it has no fields".into()),
                    None => Ok(node.into()),
                }
            }
        }
    }

    fn prune_interfaces(
        &self,
        owner: &Name,
        interfaces: &mut IndexSet<Node<Name>>,
        kind: &str,
        warnings: &mut Vec<String>,
    ) {
        interfaces.retain(|interface| match self.0.get(&**interface) {
            Some(Kind::Interface) => true,
            Some(_) => {
                warnings.push(format!("{kind} type {owner} can only implement interfaces, not {interface}"));
                false
            }
            None => {
                warnings.push(format!(
                    "could not find interface '{interface}' implemented by {kind} type '{owner}'"
                ));
                false
            }
        });
    }

    fn prune_fields(
        &self,
        owner: &Name,
        fields: &mut IndexMap<Name, Node<FieldDefinition>>,
        warnings: &mut Vec<String>,
    ) {
        fields.retain(|name, field| {
            if let Err(reason) = self.output(&field.ty) {
                warnings.push(format!(r#"field "{owner}.{name}" is left out: {reason}"#));
                return false;
            }
            if field.arguments.iter().all(|argument| self.input(&argument.ty).is_ok()) {
                return true;
            }
            let mut usable = true;
            field.make_mut().arguments.retain(|argument: &Node<InputValueDefinition>| {
                let Err(reason) = self.input(&argument.ty) else { return true };
                if argument.is_required() {
                    usable = false;
                    warnings.push(format!(
                        r#"field "{owner}.{name}" is left out: its required argument "{}" is unusable: {reason}"#,
                        argument.name
                    ));
                } else {
                    warnings.push(format!(
                        r#"argument "{}" of field "{owner}.{name}" is left out: {reason}"#,
                        argument.name
                    ));
                }
                false
            });
            usable
        });
    }

    fn output(&self, ty: &Type) -> Result<(), String> {
        match self.0.get(ty.inner_named_type()) {
            None => Err(format!("could not find type with name \"{}\"", ty.inner_named_type())),
            Some(Kind::InputObject) => Err("expected output type, but got input type".into()),
            Some(_) => Ok(()),
        }
    }

    fn input(&self, ty: &Type) -> Result<(), String> {
        match self.0.get(ty.inner_named_type()) {
            None => Err(format!("could not find type with name \"{}\"", ty.inner_named_type())),
            Some(Kind::Leaf | Kind::InputObject) => Ok(()),
            Some(_) => Err("expected input type, but got output type".into()),
        }
    }
}
