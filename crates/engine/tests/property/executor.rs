//! Two executors over the data of a world, both on the resolvers of the GraphQL library: the upstream of one remote, and
//! the naive gateway that answers a client's query over everything at once.

use std::cell::Cell;

use apollo_compiler::ast::Type;
use apollo_compiler::executable::ExecutableDocument;
use apollo_compiler::resolvers::{Execution, ExecutionError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Node, Schema};
use serde_json::{Map, Value as Json, json};

use crate::data::{Datum, Random};
use crate::world::{Relationship, Remote, World};

/// Most fields of one response; lists in lists multiply.
const MAX_VALUES: u32 = 3_000;

/// Makes resolvers fail now and then, each time with a message of its own.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    pub(crate) seed: u64,
    /// How many of a hundred fields fail.
    pub(crate) percent: u64,
    pub(crate) n_failures: Cell<u64>,
    pub(crate) n_fields: Cell<u64>,
}

impl Trouble {
    /// A message that no other message contains.
    pub(crate) fn message(&self, what: &str) -> String {
        self.n_failures.set(self.n_failures.get() + 1);
        format!("{what} #{}.", self.n_failures.get())
    }

    /// Whether the next field fails.
    fn strikes(&self) -> bool {
        self.n_fields.set(self.n_fields.get() + 1);
        self.n_failures.get() < 60
            && Random(self.seed ^ (self.n_fields.get() << 20)).below(100) < self.percent
    }
}

/// What the upstream of a remote answers; the operation must be valid under its schema.
pub(crate) fn upstream(world: &World, remote: usize, request: &Json, trouble: &Trouble) -> Json {
    let schema = &world.remotes[remote].schema;
    let query = request["query"].as_str().expect("a query");
    let document = match ExecutableDocument::parse_and_validate(schema, query, "upstream.graphql") {
        Ok(document) => document,
        Err(invalid) => {
            panic!("invalid upstream operation:\n{}\n{query}\n{}", invalid.errors, world.remotes[remote].sdl)
        }
    };
    let variables = variables(&request["variables"]);
    let known = request.as_object().expect("an object");
    assert!(known.keys().all(|key| matches!(key.as_str(), "query" | "variables" | "operationName")));
    let operation = document.operations.get(request["operationName"].as_str()).expect("the operation");
    let root = Upstream { world, remote, ty: operation.object_type().to_string(), id: 0, trouble };
    let response = Execution::new(schema, &document)
        .operation(operation)
        .raw_variable_values(&variables)
        .execute_sync(&root)
        .unwrap_or_else(|error| panic!("refused: {error:?}\n{query}\n{}", request["variables"]));
    serde_json::to_value(&response).expect("a response is JSON")
}

/// The naive answer to a client's query, and the number of keys that did not fit their arguments or one element.
pub(crate) fn naive(
    world: &World,
    served: &Valid<Schema>,
    document: &Valid<ExecutableDocument>,
    values: &Json,
) -> Result<(Json, u32), String> {
    let operation = document.operations.get(None).expect("one operation");
    let (n_unfit, n_fields) = (Cell::new(0), Cell::new(0));
    let root = Naive {
        world,
        n_unfit: &n_unfit,
        n_fields: &n_fields,
        name: operation.object_type().to_string(),
        place: Place::Root(if operation.is_mutation() { "Mutation" } else { "Query" }),
    };
    let response = Execution::new(served, document)
        .operation(operation)
        .raw_variable_values(&variables(values))
        .execute_sync(&root)
        .map_err(|error| format!("{error:?}"))?;
    if n_fields.get() > MAX_VALUES {
        return Err("the response is too large for a test".into());
    }
    let response = serde_json::to_value(&response).expect("a response is JSON");
    assert!(response.get("errors").is_none(), "{response:#}");
    Ok((response["data"].clone(), n_unfit.get()))
}

fn variables(values: &Json) -> JsonMap {
    match JsonValue::from(values.clone()) {
        JsonValue::Object(members) => members,
        _ => JsonMap::new(),
    }
}

fn arguments(info: &ResolveInfo<'_>) -> Map<String, Json> {
    match serde_json::to_value(info.arguments()) {
        Ok(Json::Object(members)) => members,
        other => panic!("{other:?}"),
    }
}

struct Upstream<'w> {
    world: &'w World,
    remote: usize,
    ty: String,
    id: u64,
    trouble: &'w Trouble,
}

impl ObjectValue for Upstream<'_> {
    fn type_name(&self) -> &str {
        &self.ty
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, ExecutionError> {
        if self.trouble.strikes() {
            return Err(ExecutionError { message: self.trouble.message("field") });
        }
        let value = self.world.value(self.remote, (&self.ty, self.id), info.field_name(), &arguments(info));
        Ok(self.resolved(value))
    }
}

impl<'w> Upstream<'w> {
    fn resolved(&self, datum: Datum) -> ResolvedValue<'w> {
        match datum {
            Datum::Leaf(value) => ResolvedValue::leaf(value),
            Datum::List(items) => {
                let items: Vec<_> = items.into_iter().map(|item| Ok(self.resolved(item))).collect();
                ResolvedValue::List(Box::new(items.into_iter()))
            }
            Datum::Object { ty, id } => {
                let Self { world, remote, trouble, .. } = *self;
                ResolvedValue::object(Upstream { world, remote, ty, id, trouble })
            }
        }
    }
}

/// An object as clients see it.
struct Naive<'w> {
    world: &'w World,
    n_unfit: &'w Cell<u32>,
    n_fields: &'w Cell<u32>,
    name: String,
    place: Place,
}

enum Place {
    /// `query_root` or `mutation_root`, by the name of the remotes' roots.
    Root(&'static str),
    Namespace(usize, &'static str),
    Object {
        remote: usize,
        ty: String,
        id: u64,
    },
}

impl ObjectValue for Naive<'_> {
    fn type_name(&self) -> &str {
        &self.name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, ExecutionError> {
        let world = self.world;
        self.n_fields.set(self.n_fields.get() + 1);
        if self.n_fields.get() > MAX_VALUES {
            return Err(ExecutionError { message: "too large".into() });
        }
        let (remote, ty, id) = match &self.place {
            Place::Root(root) => {
                for (index, remote) in world.remotes.iter().enumerate() {
                    if remote.namespace.as_deref() == Some(info.field_name()) {
                        return Ok(ResolvedValue::object(Naive {
                            world,
                            n_unfit: self.n_unfit,
                            n_fields: self.n_fields,
                            name: remote.served_type(root),
                            place: Place::Namespace(index, root),
                        }));
                    }
                }
                let (remote, _) = world
                    .remotes
                    .iter()
                    .enumerate()
                    .find(|(_, remote)| {
                        remote.namespace.is_none() && remote.original_field(root, info.field_name()).is_some()
                    })
                    .expect("a root field leads to a remote");
                (remote, *root, 0)
            }
            Place::Namespace(remote, root) => (*remote, *root, 0),
            Place::Object { remote, ty, id } => (*remote, ty.as_str(), *id),
        };
        if let Some(relationship) = world.relationship_of(remote, ty, info.field_name()) {
            let value = self.join(relationship, (ty, id), &arguments(info));
            return Ok(self.resolved(relationship.target, value));
        }
        let field = world.remotes[remote].original_field(ty, info.field_name()).expect("the field exists");
        Ok(self.resolved(remote, world.value(remote, (ty, id), &field, &arguments(info))))
    }
}

impl<'w> Naive<'w> {
    fn resolved(&self, remote: usize, datum: Datum) -> ResolvedValue<'w> {
        match datum {
            Datum::Leaf(value) => ResolvedValue::leaf(value),
            Datum::List(items) => {
                let items: Vec<_> = items.into_iter().map(|item| Ok(self.resolved(remote, item))).collect();
                ResolvedValue::List(Box::new(items.into_iter()))
            }
            Datum::Object { ty, id } => ResolvedValue::object(Naive {
                world: self.world,
                n_unfit: self.n_unfit,
                n_fields: self.n_fields,
                name: self.world.remotes[remote].served_type(&ty),
                place: Place::Object { remote, ty, id },
            }),
        }
    }

    /// The value of a relationship of one object.
    fn join(&self, relationship: &Relationship, object: (&str, u64), given: &Map<String, Json>) -> Datum {
        let null = || Datum::Leaf(Json::Null);
        let mut keys = Map::new();
        for field in &relationship.lhs_fields {
            let key = self.world.value(relationship.remote, object, field, &Map::new()).into_json();
            if key.is_null() {
                return null();
            }
            keys.insert(field.clone(), key);
        }
        let target = &self.world.remotes[relationship.target];
        let mut at = ("Query".to_owned(), 0);
        let n_steps = relationship.path.len();
        for (step, (field, templates)) in relationship.path.iter().enumerate() {
            let definition = target.schema.type_field(&at.0, field).expect("the target field exists");
            let mut arguments = Map::new();
            for defined in &definition.arguments {
                let bound = templates.get(defined.name.as_str());
                let bound = match bound.map(|template| fill(target, template, &defined.ty, &keys)) {
                    None => None,
                    Some(Some(key)) if relationship.many.is_some() => Some(json!([key])),
                    Some(Some(bound)) => Some(bound),
                    Some(None) => {
                        self.n_unfit.set(self.n_unfit.get() + 1);
                        return null();
                    }
                };
                let given = given.get(defined.name.as_str()).filter(|_| step + 1 == n_steps);
                if let Some(value) = laid_over(given, bound) {
                    arguments.insert(defined.name.to_string(), value);
                }
            }
            let value = self.world.value(relationship.target, (&at.0, at.1), field, &arguments);
            match value {
                value if step + 1 == n_steps => {
                    return match relationship.many {
                        None => value,
                        Some(many) => matched(value, &arguments["ids"][0], many).unwrap_or_else(|| {
                            self.n_unfit.set(self.n_unfit.get() + 1);
                            null()
                        }),
                    };
                }
                Datum::Object { ty, id } => at = (ty, id),
                _ => return null(),
            }
        }
        null()
    }
}

/// The elements of a batched relationship that belong to a key; nothing when there may be one and are several.
fn matched(found: Datum, key: &Json, many: bool) -> Option<Datum> {
    let Datum::List(elements) = found else { panic!("a batched relationship leads to a list") };
    let key = key.as_str().and_then(|key| key.parse().ok());
    let belongs = |element: &Datum| matches!(element, Datum::Object { id, .. } if Some(*id) == key);
    let mut elements: Vec<Datum> = elements.into_iter().filter(belongs).collect();
    match elements.len() {
        _ if many => Some(Datum::List(elements)),
        0 => Some(Datum::Leaf(Json::Null)),
        1 => elements.pop(),
        _ => None,
    }
}

/// Bound values beat what the client gave, and come after the elements that the client gave.
fn laid_over(given: Option<&Json>, bound: Option<Json>) -> Option<Json> {
    match (given, bound) {
        (Some(Json::Object(given)), Some(Json::Object(bound))) => {
            let mut all = given.clone();
            for (name, value) in bound {
                let value = laid_over(given.get(&name), Some(value));
                all.extend(value.map(|value| (name, value)));
            }
            Some(Json::Object(all))
        }
        (Some(Json::Array(given)), Some(Json::Array(bound))) => {
            Some(given.iter().cloned().chain(bound).collect())
        }
        (given, None) => given.cloned(),
        (_, bound) => bound,
    }
}

/// A template with its holes filled; nothing when a key does not fit.
fn fill(target: &Remote, template: &Json, ty: &Type, keys: &Map<String, Json>) -> Option<Json> {
    match template {
        Json::String(text) if text.starts_with('$') => fit(&keys[&text[1..]], ty),
        Json::Array(items) => items.iter().map(|item| fill(target, item, ty.item_type(), keys)).collect(),
        Json::Object(members) => {
            let input = target.schema.get_input_object(ty.inner_named_type()).expect("an input object");
            let fill = |(name, value): (&String, &Json)| {
                Some((name.clone(), fill(target, value, &input.fields[name.as_str()].ty, keys)?))
            };
            members.iter().map(fill).collect::<Option<_>>().map(Json::Object)
        }
        literal => Some(literal.clone()),
    }
}

fn fit(key: &Json, ty: &Type) -> Option<Json> {
    match (key, ty.inner_named_type().as_str()) {
        (Json::Array(items), _) => items.iter().map(|item| fit(item, ty)).collect(),
        (Json::Number(number), "ID" | "String") => Some(json!(number.to_string())),
        (Json::Bool(truth), "ID" | "String") => Some(json!(truth.to_string())),
        (Json::String(text), "Int") => text.parse::<i32>().ok().map(|int| json!(int)),
        _ => Some(key.clone()),
    }
}

/// The types a type condition can be made of: those that share objects with `ty`.
pub(crate) fn overlapping(schema: &Schema, ty: &str) -> Vec<String> {
    let objects = |ty: &ExtendedType| -> Vec<String> {
        match ty {
            ExtendedType::Object(object) => vec![object.name.to_string()],
            ExtendedType::Union(union_) => union_.members.iter().map(|member| member.to_string()).collect(),
            ExtendedType::Interface(interface) => {
                let implementers = schema.implementers_map();
                let objects = implementers.get(&interface.name).map(|found| found.objects.clone());
                objects.into_iter().flatten().map(|object| object.to_string()).collect()
            }
            _ => Vec::new(),
        }
    };
    let own = objects(&schema.types[ty]);
    let mut found: Vec<String> = schema
        .types
        .values()
        .filter(|other| objects(other).iter().any(|object| own.contains(object)))
        .map(|other| other.name().to_string())
        .collect();
    found.sort();
    found
}

/// The argument definitions of a field, under served names.
pub(crate) fn argument_definitions(
    schema: &Schema,
    ty: &str,
    field: &str,
) -> Vec<Node<apollo_compiler::ast::InputValueDefinition>> {
    schema.type_field(ty, field).map(|field| field.arguments.clone()).unwrap_or_default()
}
