//! Random permissions: what a role sees is a valid schema and a part of the administrator's, its answers are the
//! administrator's, and nothing that it does not see is ever named to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, Type, Value};
use apollo_compiler::executable::{ExecutableDocument, Field, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};
use engine::catalog::{Catalog, Introspection, Options, RemoteId, RoleSchema, build};
use engine::operation::{Limits, Operation};
use engine::permission::preset::Presets;
use engine::remote::read_sdl;
use engine::run::{ErrorStyle, Run};
use metadata::Document;
use proptest::collection::vec;
use proptest::prelude::any;
use serde_json::{Map, Value as Json, json};

use crate::choices::Choices;
use crate::executor::{Trouble, naive, upstream};
use crate::query::Query;
use crate::world::World;
use crate::{Driver, config};

proptest::proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_role_sees_a_valid_part_and_its_answers_are_the_administrators(
        world in vec(any::<u16>(), 0..900),
        permissions in vec(any::<u16>(), 0..900),
        query in vec(any::<u16>(), 0..500),
    ) {
        part(&world, &permissions, &query);
    }

    #[test]
    fn nothing_hidden_is_named(
        permissions in vec(any::<u16>(), 0..900),
        query in vec(any::<u16>(), 0..500),
        slips in vec(any::<u16>(), 0..40),
    ) {
        secrecy(&permissions, &query, &slips);
    }
}

fn part(world: &[u16], permissions: &[u16], query: &[u16]) {
    let world = World::generate(&mut Choices::new(world));
    let mut choices = Choices::new(permissions);
    let mut metadata = world.metadata();
    for (index, remote) in world.remotes.iter().enumerate() {
        if choices.chance(90) {
            let permission = permission(&remote.schema, &mut choices);
            metadata["remote_schemas"][index]["permissions"] = json!([permission]);
        }
    }
    let schemas = world.remotes.iter().map(|remote| (remote.name.as_str(), remote.sdl.as_str()));
    let catalog = Arc::new(catalog(&metadata, schemas));
    let role = Arc::clone(catalog.role("user"));
    let shown = || format!("{metadata:#}\n{}", role.schema);
    if let Err(invalid) = Schema::clone(&role.schema).validate() {
        panic!("{}\n{}", shown(), invalid.errors);
    }
    let query = Query::generate(&role.schema, &mut Choices::new(query));
    let parse = |schema| {
        ExecutableDocument::parse_and_validate(schema, &query.text, "query.graphql").map_err(Box::new)
    };
    if parse(&role.schema).is_err() {
        // Two members of one name that say different things.
        return;
    }
    if !(0..world.remotes.len()).all(|index| role.presets(RemoteId(index as u32)).is_empty()) {
        return guarded(&world, &catalog, &role, &query, &shown());
    }
    let document = match parse(&catalog.admin.schema) {
        Ok(document) => document,
        // The one field that only roles without queries have.
        Err(_) if query.text.contains("no_queries_available") => return,
        Err(invalid) => {
            panic!("valid for the role only: {}\n{}\n{}", query.text, invalid.errors, shown())
        }
    };
    // With objects of hidden types the answers are meant to differ.
    if hides_members(&catalog, &role) {
        return;
    }
    let Ok((expected, n_unfit)) = naive(&world, &catalog.admin.schema, &document, &query.variables) else {
        return;
    };
    let limits = Limits { keys: 1_000_000, requests: 100_000, ..Limits::default() };
    let operation = Operation::parse(Arc::clone(&catalog), Arc::clone(&role), &query.text, None, limits)
        .unwrap_or_else(|refusal| panic!("refused: {refusal:?}\n{}\n{}", query.text, shown()));
    let bound = operation
        .bind(Some(&query.variables.to_string()), &|_| None)
        .unwrap_or_else(|refusal| panic!("refused: {refusal:?}\n{}\n{}", query.text, shown()));
    let run = Run::new(bound, limits, ErrorStyle::Conjoin, true);
    let mut driver = Driver {
        world: &world,
        catalog: &catalog,
        choices,
        trouble: Trouble::default(),
        in_trouble: false,
        log: format!("{}\nADMIN {}\n{}\n{}\n", shown(), catalog.admin.schema, query.text, query.variables),
        messages: Vec::new(),
    };
    let (reply, _) = driver.drive(run, operation.kind);
    let response: Json = serde_json::from_slice(&reply.body).expect("the reply is JSON");
    driver.log += &format!("expected {expected}\nreply {response}\n");
    if n_unfit == 0 {
        assert_eq!(response["data"], expected, "{}", driver.log);
        assert!(response["errors"].is_null(), "{}", driver.log);
    }
}

/// Whatever way a role's query takes to a field or an input object, what is preset there is sent.
fn guarded(world: &World, catalog: &Arc<Catalog>, role: &Arc<RoleSchema>, query: &Query, shown: &str) {
    let limits = Limits { keys: 1_000_000, requests: 100_000, ..Limits::default() };
    let session = |name: &str| match name {
        "x-hasura-flag" => Some("true"),
        "x-hasura-user-id" => Some("7"),
        _ => None,
    };
    let bound = Operation::parse(Arc::clone(catalog), Arc::clone(role), &query.text, None, limits)
        .and_then(|operation| operation.bind(Some(&query.variables.to_string()), &session))
        .unwrap_or_else(|refusal| panic!("refused: {refusal:?}\n{}\n{shown}", query.text));
    let mut run = Run::new(bound, limits, ErrorStyle::Conjoin, false);
    let mut waiting = Vec::new();
    loop {
        waiting.extend(run.ready());
        let Some(fetch) = waiting.pop() else { break };
        let remote = catalog.remote(fetch.remote);
        let request: Json = serde_json::from_slice(&fetch.body).expect("a request is JSON");
        let schema = Valid::assume_valid_ref(&remote.schema.schema);
        let text = request["query"].as_str().expect("a query");
        let Ok(document) = ExecutableDocument::parse(schema, text, "upstream.graphql") else {
            panic!("not valid: {request}\n{shown}");
        };
        let guards = Guards { presets: role.presets(fetch.remote), schema, request: &request, shown };
        let operation = document.operations.iter().next().expect("an operation");
        guards.selection(&operation.selection_set);
        document.fragments.values().for_each(|fragment| guards.selection(&fragment.selection_set));
        let index = world.remotes.iter().position(|known| known.name == remote.name);
        let answer = upstream(world, index.expect("the remote is known"), &request, &Trouble::default());
        run.supply(fetch.id, Ok(answer.to_string().into()));
    }
}

/// What must be in a request.
struct Guards<'a> {
    presets: &'a Presets,
    schema: &'a Schema,
    request: &'a Json,
    shown: &'a str,
}

impl Guards<'_> {
    fn selection(&self, set: &SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    for preset in self.presets.arguments(&set.ty, &field.name) {
                        let is_given = field.arguments.iter().any(|argument| argument.name == preset.name);
                        assert!(is_given, "{}.{} in {}\n{}", set.ty, preset.name, self.request, self.shown);
                    }
                    for argument in &field.arguments {
                        let declared = field.definition.argument_by_name(&argument.name);
                        self.value(&declared.expect("it is declared").ty, &argument.value);
                    }
                    field.selection_set.iter().for_each(|set| self.selection(set));
                }
                Selection::InlineFragment(fragment) => self.selection(&fragment.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn value(&self, ty: &Type, value: &Value) {
        match value {
            Value::Variable(name) => self.json(ty, &self.request["variables"][name.as_str()]),
            Value::List(items) => items.iter().for_each(|item| self.value(ty, item)),
            Value::Object(given) => {
                let Some(input) = self.schema.get_input_object(ty.inner_named_type()) else { return };
                self.members(&input.name, |name| given.iter().any(|(given, _)| given == name));
                for (name, value) in given {
                    self.value(&input.fields[name].ty, value);
                }
            }
            _ => {}
        }
    }

    fn json(&self, ty: &Type, value: &Json) {
        match value {
            Json::Array(items) => items.iter().for_each(|item| self.json(ty, item)),
            Json::Object(given) => {
                let Some(input) = self.schema.get_input_object(ty.inner_named_type()) else { return };
                self.members(&input.name, |name| given.contains_key(name));
                for (name, value) in given {
                    self.json(&input.fields[name.as_str()].ty, value);
                }
            }
            _ => {}
        }
    }

    fn members(&self, input: &str, is_given: impl Fn(&str) -> bool) {
        for preset in self.presets.fields(input) {
            assert!(is_given(&preset.name), "{input}.{} in {}\n{}", preset.name, self.request, self.shown);
        }
    }
}

/// Whether an interface or union stands for fewer types than for the administrator.
fn hides_members(catalog: &Catalog, role: &RoleSchema) -> bool {
    catalog.remotes.iter().enumerate().any(|(index, remote)| {
        let id = RemoteId(index as u32);
        let mut possible = remote.possible_types.iter();
        possible.any(|(ty, members)| {
            let seen = role.remote(id).and_then(|remote| remote.possible_types.get(ty));
            seen.is_some_and(|seen| {
                seen.iter().collect::<BTreeSet<_>>() != members.iter().collect::<BTreeSet<_>>()
            })
        })
    })
}

/// A schema of which every name is found again in any text.
const SECRETS: &str = r#"
type Query {
  qaa(qab: Int = 3, qac: Eaa = EAB, qad: Iaa): Taa
  qba(qbb: ID!, qbc: [Eaa!]): [Naa!]
  qca(qcb: [Iaa!]! = [{iac: EAC}]): Uaa
  qda(qdb: Oaa): Int
}
type Mutation { maa(mab: Iba!): Taa mba: Boolean }
"talks of nothing" interface Naa { nab: ID! nac(nad: Int, nae: Eaa): String naf: Naa }
interface Nba implements Naa { nab: ID! nac(nad: Int, nae: Eaa): String naf: Naa nbb: Saa }
type Taa implements Naa & Nba { nab: ID! nac(nad: Int, nae: Eaa): String naf: Naa nbb: Saa tab: Tba tac(tad: Iba): Eaa }
type Tba implements Naa { nab: ID! nac(nad: Int, nae: Eaa, tbb: Int): String naf: Tba tbc: [Uaa] }
type Tca { tcb: Int tcc: Tba }
union Uaa = Taa | Tba | Tca
enum Eaa { EAB EAC EAD }
input Iaa { iab: Int iac: Eaa = EAD iad: Iba iae: [Iaa!] }
input Iba { ibb: Int! ibc: String = "x" ibd: Saa }
input Oaa @oneOf { oab: Int oac: Eaa oad: Iba }
scalar Saa
"#;

fn secrecy(permissions: &[u16], query: &[u16], slips: &[u16]) {
    let upstream = Schema::parse_and_validate(SECRETS, "schema.graphql").expect("the schema is valid");
    let mut choices = Choices::new(permissions);
    let metadata = json!({"version": 3, "remote_schemas": [{
        "name": "secrets",
        "definition": {"url": "http://secrets.test"},
        "permissions": [permission(&upstream, &mut choices)],
        "remote_relationships": [{"type_name": "Taa", "relationships": [{"name": "raa", "definition": {"to_remote_schema": {
            "remote_schema": "secrets", "lhs_fields": ["nab"], "remote_field": {"qba": {"arguments": {"qbb": "$nab"}}}}}}]}],
    }]});
    let catalog = Arc::new(catalog(&metadata, [("secrets", SECRETS)].into_iter()));
    let role = Arc::clone(catalog.role("user"));
    let hidden: BTreeSet<String> = {
        let (all, seen) = (words(&catalog.admin.schema.to_string()), words(&role.schema.to_string()));
        all.difference(&seen).cloned().collect()
    };
    let is_secret = |word: &String| hidden.contains(word) && word.len() == 3;
    let check = |text: &str, given: &str| {
        let given = words(given);
        let leaked: Vec<String> =
            words(text).into_iter().filter(|word| is_secret(word) && !given.contains(word)).collect();
        assert!(leaked.is_empty(), "{leaked:?} in\n{text}\n{metadata:#}\n{}", role.schema);
    };

    let introspection = r#"{ __schema { queryType { name } types { name description possibleTypes { name } interfaces { name }
        enumValues(includeDeprecated: true) { name } inputFields { name defaultValue type { name ofType { name ofType { name } } } }
        fields(includeDeprecated: true) { name type { name ofType { name ofType { name ofType { name } } } }
            args { name defaultValue type { name ofType { name ofType { name } } } } } } directives { name args { name } } } }"#;
    let answer = ask(&catalog, &role, introspection, &Json::Null);
    assert!(answer.contains("query_root"), "the schema is told: {answer}");
    check(&answer, "");

    // A query about everything, with slips of the pen.
    let query = Query::generate(&catalog.admin.schema, &mut Choices::new(query));
    let mut slips = Choices::new(slips);
    let mut text = query.text.clone();
    for _ in 0..slips.below(3) {
        let all: Vec<String> = words(&text).into_iter().filter(|word| word.len() == 3).collect();
        if !all.is_empty() {
            let word = slips.pick(&all).clone();
            let other = ["qax", "EAX", "Tax", "nab", "__typename"][slips.below(5)];
            text = text.replacen(&word, other, 1 + slips.below(2));
        }
    }
    let given = format!("{text} {}", query.variables);
    check(&ask(&catalog, &role, &text, &query.variables), &given);
}

/// What the role is told, by a remote that has objects of every type.
fn ask(catalog: &Arc<Catalog>, role: &Arc<RoleSchema>, query: &str, variables: &Json) -> String {
    let limits = Limits::default();
    let bound = Operation::parse(Arc::clone(catalog), Arc::clone(role), query, None, limits)
        .and_then(|operation| operation.bind(Some(&variables.to_string()), &|_| None));
    let bound = match bound {
        Ok(bound) => bound,
        Err(refusal) => return serde_json::to_string(&refusal.to_response(false)).expect("it is JSON"),
    };
    let mut run = Run::new(bound, limits, ErrorStyle::Conjoin, false);
    let mut n_answers = 0;
    while let Some(fetch) = run.ready().into_iter().next() {
        n_answers += 1;
        assert!(n_answers < 50, "it comes to an end");
        let body: Json = serde_json::from_slice(&fetch.body).expect("a request is JSON");
        let schema = Valid::assume_valid_ref(&catalog.remote(fetch.remote).schema.schema);
        let query = body["query"].as_str().expect("a query");
        let document = match ExecutableDocument::parse(schema, query, "upstream.graphql") {
            Ok(document) => document,
            Err(invalid) => panic!("{}\n{query}", invalid.errors),
        };
        let operation = document.operations.iter().next().expect("an operation");
        let data = Secretive { schema, document: &document }
            .object(&operation.selection_set, &operation.selection_set.ty);
        run.supply(fetch.id, Ok(json!({ "data": data }).to_string().into()));
    }
    String::from_utf8_lossy(&run.finish().body).into_owned()
}

/// A remote that prefers types of which it is told least.
struct Secretive<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
}

impl Secretive<'_> {
    fn object(&self, set: &SelectionSet, ty: &Name) -> Json {
        let mut members = Map::new();
        self.members(set, ty, &mut members);
        Json::Object(members)
    }

    fn members(&self, set: &SelectionSet, ty: &Name, members: &mut Map<String, Json>) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let value = match &field.selection_set {
                        _ if field.name == "__typename" => json!(ty.as_str()),
                        Some(set) if field.definition.ty.is_list() => json!([self.composite(field, set)]),
                        Some(set) => self.composite(field, set),
                        None if field.definition.ty.is_non_null() => json!("1"),
                        None => Json::Null,
                    };
                    members.insert(field.response_name().to_string(), value);
                }
                Selection::InlineFragment(fragment) => {
                    let applies = fragment.type_condition.as_ref().is_none_or(|on| self.is(ty, on));
                    if applies {
                        self.members(&fragment.selection_set, ty, members);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = spread.fragment_def(self.document).expect("the fragment is there");
                    if self.is(ty, fragment.type_condition()) {
                        self.members(&fragment.selection_set, ty, members);
                    }
                }
            }
        }
    }

    fn composite(&self, field: &Field, set: &SelectionSet) -> Json {
        let declared = field.definition.ty.inner_named_type();
        let ty = ["Tca", "Tba", "Taa"].map(Name::new_unchecked).into_iter().find(|ty| self.is(ty, declared));
        self.object(set, &ty.unwrap_or_else(|| declared.clone()))
    }

    fn is(&self, ty: &Name, of: &Name) -> bool {
        ty == of || self.schema.is_subtype(of, ty)
    }
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn catalog<'a>(metadata: &Json, schemas: impl Iterator<Item = (&'a str, &'a str)>) -> Catalog {
    let document = Document::from_json(metadata).expect("the metadata is well formed");
    let introspections: BTreeMap<String, Introspection> = schemas
        .map(|(name, sdl)| {
            (name.to_owned(), Introspection::Fresh(Arc::new(read_sdl(sdl).expect("a schema"))))
        })
        .collect();
    build(&document, &introspections, Options::default(), 1).0
}

/// Some part of a schema, not always one that hangs together.
fn permission(schema: &Schema, c: &mut Choices<'_>) -> Json {
    // Little or much is left out.
    let percent = *c.pick(&[3, 10, 25]);
    let definition = if c.chance(30) {
        json!({"schema": "*", "deny": deny(schema, c, percent)})
    } else {
        json!({"schema": subset(schema, c, percent)})
    };
    json!({"role": "user", "definition": definition})
}

fn own_types(schema: &Schema) -> impl Iterator<Item = &ExtendedType> {
    schema.types.values().filter(|ty| !ty.is_built_in())
}

fn deny(schema: &Schema, c: &mut Choices<'_>, percent: usize) -> Vec<String> {
    let mut paths = Vec::new();
    for ty in own_types(schema) {
        let name = ty.name();
        if c.chance(percent / 3) {
            paths.push(name.to_string());
        }
        let members: Vec<String> = match ty {
            ExtendedType::Enum(ty) => ty.values.keys().map(ToString::to_string).collect(),
            ExtendedType::InputObject(ty) => ty.fields.keys().map(ToString::to_string).collect(),
            ExtendedType::Object(ty) => ty.fields.values().flat_map(|field| field_paths(field)).collect(),
            ExtendedType::Interface(ty) => ty.fields.values().flat_map(|field| field_paths(field)).collect(),
            ExtendedType::Scalar(_) | ExtendedType::Union(_) => Vec::new(),
        };
        paths.extend(
            members.into_iter().filter(|_| c.chance(percent)).map(|member| format!("{name}.{member}")),
        );
    }
    paths
}

fn field_paths(field: &FieldDefinition) -> Vec<String> {
    let arguments = field.arguments.iter().map(|argument| format!("{}({}:)", field.name, argument.name));
    std::iter::once(field.name.to_string()).chain(arguments).collect()
}

fn subset(schema: &Schema, c: &mut Choices<'_>, percent: usize) -> String {
    let mut sdl = String::new();
    let roots = &schema.schema_definition;
    for ty in own_types(schema) {
        let name = ty.name();
        let is_query = roots.query.as_ref().is_some_and(|root| **root == *name);
        if !is_query && c.chance(percent / 3) {
            continue;
        }
        let implements = |interfaces: &mut dyn Iterator<Item = &apollo_compiler::Name>,
                          c: &mut Choices<'_>| {
            let kept: Vec<String> =
                interfaces.filter(|_| !c.chance(percent / 3)).map(ToString::to_string).collect();
            if kept.is_empty() { String::new() } else { format!(" implements {}", kept.join(" & ")) }
        };
        match ty {
            ExtendedType::Scalar(_) => {
                let _ = writeln!(sdl, "scalar {name}");
            }
            ExtendedType::Enum(ty) => {
                let values: Vec<&str> =
                    ty.values.keys().filter(|_| !c.chance(percent)).map(|value| value.as_str()).collect();
                if !values.is_empty() {
                    let _ = writeln!(sdl, "enum {name} {{ {} }}", values.join(" "));
                }
            }
            ExtendedType::Union(ty) => {
                let members: Vec<&str> =
                    ty.members.iter().filter(|_| !c.chance(percent)).map(|member| member.as_str()).collect();
                if !members.is_empty() {
                    let _ = writeln!(sdl, "union {name} = {}", members.join(" | "));
                }
            }
            ExtendedType::InputObject(ty) => {
                let fields = inputs(ty.fields.values().map(|field| &**field), c, percent);
                if !fields.is_empty() {
                    let _ = writeln!(sdl, "input {name} {{ {} }}", fields.join(" "));
                }
            }
            ExtendedType::Object(ty) => {
                let interfaces =
                    implements(&mut ty.implements_interfaces.iter().map(|interface| &**interface), c);
                let fields = fields(ty.fields.values().map(|field| &**field), c, percent);
                if !fields.is_empty() {
                    let _ = writeln!(sdl, "type {name}{interfaces} {{ {} }}", fields.join(" "));
                }
            }
            ExtendedType::Interface(ty) => {
                let interfaces =
                    implements(&mut ty.implements_interfaces.iter().map(|interface| &**interface), c);
                let fields = fields(ty.fields.values().map(|field| &**field), c, percent);
                if !fields.is_empty() {
                    let _ = writeln!(sdl, "interface {name}{interfaces} {{ {} }}", fields.join(" "));
                }
            }
        }
    }
    sdl
}

fn fields<'s>(
    fields: impl Iterator<Item = &'s FieldDefinition>,
    c: &mut Choices<'_>,
    percent: usize,
) -> Vec<String> {
    let mut written = Vec::new();
    for field in fields {
        if c.chance(percent) {
            continue;
        }
        let arguments = inputs(field.arguments.iter().map(|argument| &**argument), c, percent);
        let arguments =
            if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        written.push(format!("{}{arguments}: {}", field.name, field.ty));
    }
    written
}

fn inputs<'s>(
    inputs: impl Iterator<Item = &'s InputValueDefinition>,
    c: &mut Choices<'_>,
    percent: usize,
) -> Vec<String> {
    let mut written = Vec::new();
    for input in inputs {
        // What is required goes rarely, as most authors know better.
        if c.chance(if input.is_required() { percent / 6 } else { percent }) {
            continue;
        }
        let default = input.default_value.as_ref();
        let default =
            default.map_or_else(String::new, |value| format!(" = {}", value.serialize().no_indent()));
        let preset = match input.ty.inner_named_type().as_str() {
            _ if !c.chance(percent / 4) => String::new(),
            "Int" => " @preset(value: 1)".into(),
            "Boolean" => " @preset(value: \"x-hasura-flag\")".into(),
            "String" | "ID" => " @preset(value: \"x-hasura-user-id\")".into(),
            _ => " @preset(value: null)".into(),
        };
        written.push(format!("{}: {}{default}{preset}", input.name, input.ty));
    }
    written
}
