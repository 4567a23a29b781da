//! One relationship tried by itself: two remotes, a root field that gives objects with the keys to be tried, and the relationship below
//! it. What the other remote is asked, and what becomes of its answer, is found out by planning and running it as ever.
//!
//! Nothing of the parents' remote is asked: [`Trial::run`] answers in its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use apollo_compiler::ast::{Definition, FieldDefinition, Selection, Type};
use apollo_compiler::parser::Parser;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema, name};
use bytes::Bytes;
use metadata::{Customization, Document, RelationshipDefinition, TypeNames, TypeRelationships};
use serde_json::{Map, Value, json};

use self::cut::Cut;
use crate::catalog::{self, Catalog, Introspection};
use crate::join::Join;
use crate::operation::{Bound, Limits, Operation};
use crate::problem::MetadataObject;
use crate::remote::RemoteSchema;
use crate::run::{ErrorStyle, Fetch, Run};

mod cut;

/// The root field that gives the parents.
const PARENTS: Name = name!("conjoin_parents");

/// What keeps the types of the other remote apart.
const TARGET_PREFIX: &str = "ConjoinTarget_";

/// How many fields of the value are asked for when nobody says which.
const MOST_FIELDS: usize = 8;

/// How deep a way to live objects may lead.
const MOST_STEPS: usize = 4;

/// A relationship, ready to be tried.
#[derive(Debug)]
pub struct Trial {
    /// The catalog of its remotes.
    pub catalog: Arc<Catalog>,
    /// What a client would ask.
    pub query: String,
    name: String,
    type_name: String,
    /// The type that the parents say they are.
    object_type: String,
    /// The whole schema of the parents' remote; the catalog has what the trial needs of it.
    lhs: Arc<RemoteSchema>,
}

/// Where objects with keys can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// A query to the remote of the relationship's type.
    pub query: String,
    /// From the query root to the objects.
    pub path: Vec<String>,
}

impl Trial {
    /// Prepares the relationship; or says why it cannot be tried. `selection` is what is asked of the value (`{ id name }`), and
    /// `arguments` what is given besides what the relationship binds (`limit: 5`).
    pub fn new(
        document: &Document,
        schemas: &BTreeMap<String, Arc<RemoteSchema>>,
        (remote, type_name, name): (&str, &str, &str),
        selection: Option<&str>,
        arguments: Option<&str>,
    ) -> Result<Self, String> {
        let lhs = schemas.get(remote).map(Arc::clone);
        // A selection may ask for anything, and only the whole schemas say all of what is wrong.
        let parts: &[Parts] = if selection.is_none() { &[Parts::Needed, Parts::All] } else { &[Parts::All] };
        let mut built = None;
        for parts in parts {
            let (document, introspections) = alone(document, schemas, (remote, type_name, name), *parts)?;
            let its = catalog::build(&document, &introspections, catalog::Options::default(), 1);
            let is_served = !its.0.joins.is_empty();
            built = Some(its);
            if is_served {
                break;
            }
        }
        let ((catalog, problems), Some(lhs)) = (built.ok_or("it is not served")?, lhs) else {
            return Err("there is no such remote schema".into());
        };
        let Some(join) = catalog.joins.first() else {
            let of_relationship =
                |object: &MetadataObject| matches!(object, MetadataObject::Relationship { .. });
            let problem =
                problems.iter().find(|problem| of_relationship(&problem.object)).or(problems.first());
            return Err(
                problem.map_or_else(|| "it is not served".to_owned(), |problem| problem.reason.clone())
            );
        };
        let target = &catalog.remote(join.target).schema.schema;
        let fields = match selection {
            Some(selection) => format!(" {selection}"),
            None => leaves(target, join.value_type(target).inner_named_type()),
        };
        let arguments = arguments.map(|arguments| format!("({arguments})")).unwrap_or_default();
        let query = format!("{{ {PARENTS} {{ {name}{arguments}{fields} }} }}");
        let possible = &catalog.remote(join.lhs).possible_types;
        let object_type = possible.get(type_name).and_then(|types| types.first());
        let object_type = object_type.map_or_else(|| type_name.to_owned(), ToString::to_string);
        let (name, type_name) = (name.to_owned(), type_name.to_owned());
        Ok(Self { catalog: Arc::new(catalog), query, name, type_name, object_type, lhs })
    }

    /// The relationship.
    pub fn join(&self) -> &Join {
        &self.catalog.joins[0]
    }

    /// Starts an execution for these parents: what it is ready for is asked of the other remote.
    pub fn run(&self, parents: &[Map<String, Value>]) -> Result<Run, String> {
        let mut run = Run::new(self.bind()?, Limits::default(), ErrorStyle::Conjoin, true);
        for fetch in run.ready() {
            run.supply(fetch.id, Ok(self.parents(&fetch, parents)));
        }
        Ok(run)
    }

    /// What the other remote is asked for one key.
    pub fn request(&self) -> Result<String, String> {
        let limits = Limits::default();
        let steps = self.bind()?.plan.explain(limits.requests).steps;
        let join = steps.into_iter().find(|step| step.kind == "join");
        join.map(|join| join.query).ok_or_else(|| "nothing is asked".to_owned())
    }

    /// What the other remote is asked for all of these parents at once: bodies of requests.
    pub fn requests(&self, parents: &[Map<String, Value>]) -> Result<Vec<Bytes>, String> {
        Ok(self.run(parents)?.ready().into_iter().map(|fetch| fetch.body).collect())
    }

    /// Parents with keys that are as good as any.
    pub fn examples(&self) -> Vec<Map<String, Value>> {
        let join = self.join();
        let schema = &self.catalog.remote(join.lhs).schema.schema;
        let value = |field: &Name, index: usize| {
            let ty = schema.type_field(&join.lhs_type, field).map(|field| field.ty.clone());
            let value = match ty.as_ref().map(|ty| (ty, schema.types.get(ty.inner_named_type()))) {
                Ok((_, Some(ExtendedType::Enum(known)))) => {
                    json!(known.values.keys().nth(index % known.values.len().max(1)).map(Name::as_str))
                }
                Ok((ty, _)) if ty.inner_named_type() == "Boolean" => json!(index.is_multiple_of(2)),
                Ok((ty, _)) if ty.inner_named_type() == "String" => json!(format!("example-{}", index + 1)),
                Ok((ty, _)) if ty.inner_named_type() == "ID" => json!((index + 1).to_string()),
                _ => json!(index + 1),
            };
            if ty.is_ok_and(|ty| ty.is_list()) { json!([value]) } else { value }
        };
        let parent =
            |index| join.lhs_fields.iter().map(|field| (field.to_string(), value(field, index))).collect();
        (0..3).map(parent).collect()
    }

    fn bind(&self) -> Result<Bound, String> {
        let role = Arc::clone(&self.catalog.admin);
        let limits = Limits::default();
        let operation = Operation::parse(Arc::clone(&self.catalog), role, &self.query, None, limits);
        let bound = operation.and_then(|operation| operation.bind(None, &|_| None));
        // Nobody but us knows the prefix.
        bound.map_err(|refusal| refusal.message.replace(TARGET_PREFIX, ""))
    }

    /// The answer of the parents' remote, if it had these objects.
    fn parents(&self, fetch: &Fetch, parents: &[Map<String, Value>]) -> Bytes {
        let request: Value = serde_json::from_slice(&fetch.body).unwrap_or_default();
        let query = request.get("query").and_then(Value::as_str).unwrap_or_default();
        let document = Parser::new().parse_ast(query, "parents.graphql").ok();
        let definitions = document.iter().flat_map(|document| &document.definitions);
        let mut data = Map::new();
        for definition in definitions {
            let Definition::OperationDefinition(operation) = definition else { continue };
            for selection in &operation.selection_set {
                let Selection::Field(field) = selection else { continue };
                let parents = parents
                    .iter()
                    .map(|parent| self.select(field.selection_set.as_deref().unwrap_or_default(), parent));
                data.insert(field.response_name().to_string(), parents.collect());
            }
        }
        Bytes::from(json!({"data": data}).to_string())
    }

    fn select(&self, selections: &[Selection], parent: &Map<String, Value>) -> Value {
        let mut members = Map::new();
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let value = match field.name.as_str() {
                        "__typename" => json!(self.object_type),
                        name => parent.get(name).cloned().unwrap_or_default(),
                    };
                    members.insert(field.response_name().to_string(), value);
                }
                Selection::InlineFragment(fragment) => {
                    if let Value::Object(inner) = self.select(&fragment.selection_set, parent) {
                        members.extend(inner);
                    }
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        Value::Object(members)
    }

    /// The values of the relationship in a response, one for each parent.
    pub fn values(&self, response: &Value) -> Vec<Value> {
        let parents = response.pointer(&format!("/data/{PARENTS}")).and_then(Value::as_array);
        let value = |parent: &Value| parent.get(&self.name).cloned().unwrap_or_default();
        parents.map(|parents| parents.iter().map(value).collect()).unwrap_or_default()
    }

    /// The shortest way from the query root of the parents' remote to objects of the type, by fields that need no arguments.
    pub fn way(&self) -> Option<Way> {
        let (join, remote) = (self.join(), &self.lhs);
        let mut ways: Vec<(Name, Vec<String>)> = vec![(remote.query_root.clone(), Vec::new())];
        for _ in 0..MOST_STEPS {
            let mut next = Vec::new();
            for (on, path) in ways {
                for field in fields_of(&remote.schema, &on) {
                    let needs = field.arguments.iter().any(|argument| argument.is_required());
                    if needs {
                        continue;
                    }
                    let mut path = path.clone();
                    path.push(field.name.to_string());
                    if field.ty.inner_named_type() == self.type_name.as_str() {
                        let keys: Vec<&str> = join.lhs_fields.iter().map(Name::as_str).collect();
                        let inside = format!("{{ {} }}", keys.join(" "));
                        let query =
                            path.iter().rev().fold(inside, |inner, step| format!("{{ {step} {inner} }}"));
                        return Some(Way { query, path });
                    }
                    next.push((field.ty.inner_named_type().clone(), path));
                }
            }
            ways = next;
        }
        None
    }
}

impl Way {
    /// The objects at the end of the way in the answer's `data`.
    fn objects<'a>(&self, data: &'a Value) -> Vec<&'a Map<String, Value>> {
        let mut found = vec![data];
        for step in &self.path {
            found = found.into_iter().flat_map(flattened).filter_map(|value| value.get(step)).collect();
        }
        found.into_iter().flat_map(flattened).filter_map(Value::as_object).collect()
    }

    /// The first objects with different keys in the answer's `data`, without those that lack a part of theirs.
    pub fn parents(&self, data: &Value, most: usize) -> Vec<Map<String, Value>> {
        let mut seen = BTreeSet::new();
        let whole = |object: &&Map<String, Value>| object.values().all(|value| !value.is_null());
        let objects = self.objects(data).into_iter().filter(whole);
        objects.filter(|object| seen.insert(json!(object).to_string())).take(most).cloned().collect()
    }
}

fn flattened(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(flattened).collect(),
        value => vec![value],
    }
}

/// How much of the schemas a trial is built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parts {
    /// What the relationship goes by, and the leaf fields of its value.
    Needed,
    /// Everything.
    All,
}

/// The metadata of the relationship and nothing else. The remotes lose their names for clients, and the other one gets some that clash
/// with nothing.
fn alone(
    document: &Document,
    schemas: &BTreeMap<String, Arc<RemoteSchema>>,
    (remote, type_name, name): (&str, &str, &str),
    parts: Parts,
) -> Result<(Document, BTreeMap<String, Introspection>), String> {
    let schema = |name: &str| {
        schemas
            .get(name)
            .ok_or_else(|| format!("there is no schema of remote schema \"{name}\" to try it with"))
    };
    let entry = document.remote_schema(remote).ok_or("there is no such remote schema")?;
    let on = entry.remote_relationships.iter().filter(|on| on.type_name == type_name);
    let relationship = on.flat_map(|on| &on.relationships).find(|relationship| relationship.name == name);
    let relationship = relationship.ok_or("there is no such relationship")?;
    let to = match &relationship.definition {
        RelationshipDefinition::ToRemoteSchema(to) => to,
        RelationshipDefinition::ToSource(_) => return Err("it leads to a database".into()),
    };
    let relationships = vec![relationship.clone()];
    let lhs = entry_with(entry, vec![TypeRelationships { type_name: type_name.to_owned(), relationships }]);
    let (target, own) = (to.remote_schema.clone(), schema(remote)?);
    let own = match parts {
        Parts::All => (**own).clone(),
        Parts::Needed => {
            let mut cut = Cut::of(own);
            cut.keep(type_name);
            if target == remote {
                cut.keep_target(to);
            }
            cut.finish()
        }
    };
    let with_parents = Introspection::Fresh(Arc::new(with_parents(own, type_name)?));
    let mut introspections = BTreeMap::from([(remote.to_owned(), with_parents)]);
    let mut remotes = vec![lhs];
    if target != remote {
        let entry = document.remote_schema(&target).ok_or("there is no such remote schema")?;
        let mut other = entry_with(entry, Vec::new());
        let type_names = TypeNames { prefix: Some(TARGET_PREFIX.into()), ..TypeNames::default() };
        other.definition.customization = Some(Customization {
            root_fields_namespace: Some("conjoin_target".into()),
            type_names: Some(type_names),
            ..Customization::default()
        });
        let whole = schema(&target)?;
        let its = match parts {
            Parts::All => Arc::clone(whole),
            Parts::Needed => {
                let mut cut = Cut::of(whole);
                cut.keep_target(to);
                Arc::new(cut.finish())
            }
        };
        introspections.insert(target, Introspection::Fresh(its));
        remotes.push(other);
    }
    Ok((Document { remote_schemas: remotes, ..Document::default() }, introspections))
}

/// A remote as its own names have it, with these relationships.
fn entry_with(
    entry: &metadata::RemoteSchema,
    remote_relationships: Vec<TypeRelationships>,
) -> metadata::RemoteSchema {
    let mut definition = entry.definition.clone();
    definition.customization = None;
    metadata::RemoteSchema { definition, permissions: Vec::new(), remote_relationships, ..entry.clone() }
}

/// The schema with a root field that gives objects of the type.
fn with_parents(mut remote: RemoteSchema, type_name: &str) -> Result<RemoteSchema, String> {
    let ty = Name::new(type_name).map_err(|_| format!("\"{type_name}\" is no name of a type"))?;
    let field = FieldDefinition {
        description: None,
        name: PARENTS,
        arguments: Vec::new(),
        ty: Type::List(Box::new(Type::Named(ty))),
        directives: Default::default(),
    };
    match remote.schema.types.get_mut(&remote.query_root) {
        Some(ExtendedType::Object(root)) => {
            root.make_mut().fields.insert(PARENTS, Node::new(field));
            Ok(remote)
        }
        _ => Err("the remote schema has no query root".into()),
    }
}

/// A selection of a type's first fields that need nothing.
fn leaves(schema: &Schema, ty: &Name) -> String {
    if schema.types.get(ty).is_some_and(ExtendedType::is_leaf) {
        return String::new();
    }
    let is_leaf = |field: &&Node<FieldDefinition>| {
        let is_free = field.arguments.iter().all(|argument| !argument.is_required());
        is_free && schema.types.get(field.ty.inner_named_type()).is_some_and(ExtendedType::is_leaf)
    };
    let names: Vec<&str> = fields_of(schema, ty).filter(is_leaf).map(|field| field.name.as_str()).collect();
    let names = names.into_iter().take(MOST_FIELDS).collect::<Vec<_>>().join(" ");
    if names.is_empty() { " { __typename }".to_owned() } else { format!(" {{ {names} }}") }
}

fn fields_of<'s>(schema: &'s Schema, ty: &Name) -> impl Iterator<Item = &'s Node<FieldDefinition>> {
    let fields = match schema.types.get(ty) {
        Some(ExtendedType::Object(object)) => Some(&object.fields),
        Some(ExtendedType::Interface(interface)) => Some(&interface.fields),
        _ => None,
    };
    fields.into_iter().flat_map(|fields| fields.values())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::read_sdl;

    #[test]
    fn a_relationship_is_asked_for_keys_that_no_remote_gave() {
        let document = json!({"version": 3, "sources": [], "remote_schemas": [
            {"name": "shop", "definition": {"url": "http://shop"}, "remote_relationships": [
                {"type_name": "Order", "relationships": [{"name": "buyer", "definition": {"to_remote_schema": {
                    "remote_schema": "people", "lhs_fields": ["customer"],
                    "remote_field": {"person": {"arguments": {"id": "$customer"}}}}}}]}]},
            {"name": "people", "definition": {"url": "http://people"}},
        ]});
        let document = Document::from_json(&document).unwrap();
        let shop = "type Query { shop: Shop order(id: ID!): Order } type Shop { orders: [Order] } type Order { customer: Int }";
        let people =
            "type Query { person(id: Int!): Order } type Order { id: Int! name: String of(a: Int!): Int }";
        let schema = |sdl| Arc::new(read_sdl(sdl).unwrap());
        let schemas = BTreeMap::from([("shop".into(), schema(shop)), ("people".into(), schema(people))]);
        let trial = Trial::new(&document, &schemas, ("shop", "Order", "buyer"), None, None).unwrap();

        assert!(trial.request().unwrap().contains("person(id:"));
        let parents = [json!({"customer": 7}), json!({"customer": null})];
        let parents: Vec<_> = parents.iter().map(|parent| parent.as_object().unwrap().clone()).collect();
        let mut run = trial.run(&parents).unwrap();
        let fetch = run.ready().into_iter().next().unwrap();
        let body = String::from_utf8_lossy(&fetch.body).into_owned();
        assert!(body.contains("person(id:") && body.contains("id name") && body.contains('7'), "{body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        let alias = answer["query"].as_str().unwrap().split("person").next().unwrap();
        let alias = alias.rsplit('{').next().unwrap().trim().trim_end_matches(':');
        let answer = json!({"data": {alias: {"id": 7, "name": "Bob"}}});
        run.supply(fetch.id, Ok(Bytes::from(answer.to_string())));
        let response: Value = serde_json::from_slice(&run.finish().body).unwrap();
        assert_eq!(trial.values(&response), [json!({"id": 7, "name": "Bob"}), Value::Null], "{response}");

        let way = trial.way().unwrap();
        assert_eq!(way.query, "{ shop { orders { customer } } }");
        let data = json!({"shop": {"orders": [{"customer": 1}, null, {"customer": 2}]}});
        assert_eq!(way.parents(&data, 9).len(), 2);
        assert_eq!(way.parents(&data, 1).len(), 1);
    }
}
