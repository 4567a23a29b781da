//! Random remotes, their customization, and random relationships between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use serde_json::{Map, Value as Json, json};

use crate::choices::Choices;

/// Everything that is behind the gateway, and the metadata that joins it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) remotes: Vec<Remote>,
    pub(crate) relationships: Vec<Relationship>,
}

#[derive(Debug)]
pub(crate) struct Remote {
    pub(crate) name: String,
    pub(crate) sdl: String,
    pub(crate) schema: Valid<Schema>,
    pub(crate) namespace: Option<String>,
    pub(crate) max_aliases: Option<usize>,
    prefix: Option<String>,
    suffix: Option<String>,
    mapping: BTreeMap<String, String>,
    /// Original type name to (prefix, original field name to served field name).
    fields: BTreeMap<String, (Option<String>, BTreeMap<String, String>)>,
}

#[derive(Debug)]
pub(crate) struct Relationship {
    pub(crate) remote: usize,
    pub(crate) on: String,
    pub(crate) name: String,
    pub(crate) lhs_fields: Vec<String>,
    pub(crate) target: usize,
    /// Field calls with the templates of their arguments, as in the metadata.
    pub(crate) path: Vec<(String, Map<String, Json>)>,
}

/// Leaf fields that any object may have; all of them can be keys but `blob`.
const LEAVES: [(&str, &str); 10] = [
    ("code", "Int"),
    ("name", "String!"),
    ("kind", "Kind"),
    ("big", "Big"),
    ("ref", "ID"),
    ("score", "Float!"),
    ("flag", "Boolean"),
    ("tags", "[String!]"),
    ("nums", "[Int!]!"),
    ("blob", "Json"),
];

impl World {
    pub(crate) fn generate(c: &mut Choices<'_>) -> Self {
        let seed = c.below(1 << 16) as u64;
        let n_remotes = 2 + c.below(3);
        let remotes: Vec<Remote> = (0..n_remotes).map(|index| Remote::generate(c, index)).collect();
        let mut world = Self { seed, remotes, relationships: Vec::new() };
        for index in 0..2 + c.below(8) {
            let relationship = world.relationship(c, index);
            world.relationships.extend(relationship);
        }
        world
    }

    pub(crate) fn metadata(&self) -> Json {
        let remotes: Vec<Json> =
            self.remotes.iter().enumerate().map(|(index, remote)| self.entry(index, remote)).collect();
        json!({"version": 3, "remote_schemas": remotes})
    }

    fn entry(&self, index: usize, remote: &Remote) -> Json {
        let mut by_type: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
        for relationship in self.relationships.iter().filter(|relationship| relationship.remote == index) {
            let mut field = Json::Null;
            for (name, arguments) in relationship.path.iter().rev() {
                let mut call = json!({"arguments": arguments});
                if !field.is_null() {
                    call["field"] = field;
                }
                field = json!({name: call});
            }
            by_type.entry(&relationship.on).or_default().push(json!({
                "name": relationship.name,
                "definition": {"to_remote_schema": {
                    "remote_schema": self.remotes[relationship.target].name,
                    "lhs_fields": relationship.lhs_fields,
                    "remote_field": field,
                }},
            }));
        }
        let relationships: Vec<Json> = by_type
            .into_iter()
            .map(|(type_name, relationships)| json!({"type_name": type_name, "relationships": relationships}))
            .collect();
        let mut entry = json!({
            "name": remote.name,
            "definition": {"url": "http://upstream.test/graphql", "customization": remote.customization()},
            "remote_relationships": relationships,
        });
        if let Some(max) = remote.max_aliases {
            entry["definition"]["max_aliases"] = max.into();
        }
        entry
    }

    /// A relationship that fits both its sides, unless nothing on its type fits any argument.
    fn relationship(&self, c: &mut Choices<'_>, index: usize) -> Option<Relationship> {
        let remote = c.below(self.remotes.len());
        let target = c.below(self.remotes.len());
        let (lhs, rhs) = (&self.remotes[remote].schema, &self.remotes[target].schema);
        let holders: Vec<&ExtendedType> = composites(lhs)
            .filter(|ty| matches!(ty, ExtendedType::Object(_) | ExtendedType::Interface(_)))
            .collect();
        let on = c.pick(&holders).name().to_string();
        let keys: Vec<(String, Type)> = leaf_fields(lhs, &on);
        let mut binder = Binder { keys: &keys, lhs, rhs, used: BTreeSet::new() };
        let mut path = Vec::new();
        let mut ty = "Query".to_owned();
        loop {
            let fields: Vec<_> = fields(rhs, &ty).collect();
            let fields: Vec<_> = if ty == "Query" {
                fields
            } else {
                fields.into_iter().filter(|field| !field.arguments.is_empty()).collect()
            };
            let field = c.pick(&fields);
            let mut arguments = Map::new();
            for argument in &field.arguments {
                if (argument.is_required() || c.chance(70))
                    && let Some(template) = binder.bind(c, &argument.ty, 0)
                {
                    arguments.insert(argument.name.to_string(), template);
                }
            }
            path.push((field.name.to_string(), arguments));
            ty = field.ty.inner_named_type().to_string();
            if ty != "Holder" && !ty.ends_with("Holder") {
                break;
            }
        }
        let lhs_fields: Vec<String> = binder.used.into_iter().collect();
        if lhs_fields.is_empty() {
            return None;
        }
        Some(Relationship { remote, on, name: format!("rel{index}"), lhs_fields, target, path })
    }

    /// The relationship that is served as field `name` of an object type.
    pub(crate) fn relationship_of(&self, remote: usize, object: &str, name: &str) -> Option<&Relationship> {
        self.relationships.iter().find(|relationship| {
            let implements = || {
                let object = self.remotes[remote].schema.get_object(object);
                object.is_some_and(|object| object.implements_interfaces.contains(relationship.on.as_str()))
            };
            relationship.remote == remote
                && relationship.name == name
                && (relationship.on == object || implements())
        })
    }
}

impl Remote {
    fn generate(c: &mut Choices<'_>, index: usize) -> Self {
        let letter = ["A", "B", "C", "D"][index];
        // With one name for several types, customization must tell them apart.
        let is_shared = c.chance(30);
        let base = if is_shared { "" } else { letter };
        let affix = Some(format!("{letter}_"));
        let (prefix, suffix) = match c.below(4) {
            0 if !is_shared => (None, None),
            0 | 1 => (affix, None),
            2 => (None, affix),
            _ => (affix.clone(), affix),
        };
        let namespace = c.chance(30).then(|| format!("ns{index}"));
        let root_base =
            if namespace.is_some() && c.chance(50) { String::new() } else { letter.to_lowercase() };
        let sdl = sdl(c, base, &root_base);
        let schema = match Schema::parse_and_validate(&sdl, "schema.graphql") {
            Ok(schema) => schema,
            Err(invalid) => panic!("{}\n{sdl}", invalid.errors),
        };
        let mut mapping = BTreeMap::new();
        if c.chance(20) {
            mapping.insert(format!("{base}Item0"), format!("Mapped{index}"));
        }
        let mut renamed = BTreeMap::new();
        // What interfaces and the types that implement them share must be renamed alike, so all types are.
        if c.chance(30) {
            let prefix = c.chance(50).then(|| "p_".to_owned());
            let fields: BTreeMap<String, String> =
                [("id", "key"), ("code", "id"), ("name", "nom")].map(|(a, b)| (a.into(), b.into())).into();
            for ty in composites(&schema) {
                if !matches!(ty, ExtendedType::Union(_)) {
                    renamed.insert(ty.name().to_string(), (prefix.clone(), fields.clone()));
                }
            }
        }
        if c.chance(20) {
            renamed.insert("Query".into(), (Some("q_".into()), BTreeMap::new()));
        }
        let max_aliases = c.chance(40).then(|| 1 + c.below(3));
        let name = format!("remote {letter}");
        Self { name, sdl, schema, namespace, max_aliases, prefix, suffix, mapping, fields: renamed }
    }

    fn customization(&self) -> Json {
        let fields: Vec<Json> = self
            .fields
            .iter()
            .map(|(ty, (prefix, mapping))| json!({"parent_type": ty, "prefix": prefix, "mapping": mapping}))
            .collect();
        json!({
            "root_fields_namespace": self.namespace,
            "type_names": {"prefix": self.prefix, "suffix": self.suffix, "mapping": self.mapping},
            "field_names": fields,
        })
    }

    pub(crate) fn served_type(&self, original: &str) -> String {
        if let Some(mapped) = self.mapping.get(original) {
            return mapped.clone();
        }
        if matches!(original, "Query" | "Mutation") {
            return format!("{}{original}", self.namespace.as_deref().unwrap_or_default());
        }
        let affix = |affix: &Option<String>| affix.clone().unwrap_or_default();
        format!("{}{original}{}", affix(&self.prefix), affix(&self.suffix))
    }

    pub(crate) fn original_field(&self, ty: &str, served: &str) -> Option<String> {
        let served_name = |field: &str| match self.fields.get(ty) {
            None => field.to_owned(),
            Some((prefix, mapping)) => match mapping.get(field) {
                Some(mapped) => mapped.clone(),
                None => format!("{}{field}", prefix.as_deref().unwrap_or_default()),
            },
        };
        fields(&self.schema, ty)
            .map(|field| field.name.to_string())
            .find(|field| served_name(field) == served)
    }
}

/// The object, interface and union types that are not roots.
pub(crate) fn composites(schema: &Schema) -> impl Iterator<Item = &ExtendedType> {
    schema.types.values().filter(|ty| {
        (ty.is_object() || ty.is_interface() || ty.is_union())
            && !ty.is_built_in()
            && !matches!(ty.name().as_str(), "Query" | "Mutation")
    })
}

pub(crate) fn fields<'s>(
    schema: &'s Schema,
    ty: &str,
) -> impl Iterator<Item = &'s apollo_compiler::ast::FieldDefinition> {
    let fields = match schema.types.get(ty) {
        Some(ExtendedType::Object(object)) => Some(&object.fields),
        Some(ExtendedType::Interface(interface)) => Some(&interface.fields),
        _ => None,
    };
    fields.into_iter().flat_map(|fields| fields.values()).map(|field| &**field)
}

fn leaf_fields(schema: &Schema, ty: &str) -> Vec<(String, Type)> {
    fields(schema, ty)
        .filter(|field| LEAVES.iter().any(|(name, _)| field.name == *name) || field.name == "id")
        .filter(|field| field.name != "blob")
        .map(|field| (field.name.to_string(), field.ty.clone()))
        .collect()
}

/// Chooses templates for arguments.
struct Binder<'a> {
    keys: &'a [(String, Type)],
    lhs: &'a Schema,
    rhs: &'a Schema,
    used: BTreeSet<String>,
}

impl Binder<'_> {
    fn bind(&mut self, c: &mut Choices<'_>, ty: &Type, depth: usize) -> Option<Json> {
        if c.chance(15)
            && let Some(literal) = self.literal(c, ty)
        {
            return Some(literal);
        }
        let name = ty.inner_named_type();
        if let Some(input) = self.rhs.get_input_object(name) {
            if depth > 1 {
                return None;
            }
            let input = input.clone();
            let mut members = Map::new();
            for field in input.fields.values() {
                if (field.is_required() || c.chance(30))
                    && let Some(value) = self.bind(c, &field.ty, depth + 1)
                {
                    members.insert(field.name.to_string(), value);
                }
            }
            let object = Json::Object(members);
            return Some(if ty.is_list() { json!([object]) } else { object });
        }
        let fitting: Vec<&String> =
            self.keys.iter().filter(|(key, from)| self.fits(key, from, ty)).map(|(key, _)| key).collect();
        if fitting.is_empty() {
            return None;
        }
        let key = (*c.pick(&fitting)).clone();
        let template = json!(format!("${key}"));
        self.used.insert(key);
        Some(template)
    }

    fn literal(&self, c: &mut Choices<'_>, ty: &Type) -> Option<Json> {
        if ty.is_list() {
            let items: Option<Vec<Json>> = (0..c.below(3)).map(|_| self.literal(c, ty.item_type())).collect();
            return items.map(Json::Array);
        }
        Some(match ty.inner_named_type().as_str() {
            "Int" => json!(c.below(3)),
            "Float" => json!(c.below(3)),
            "String" => json!(c.pick(&["a", "é \"q\" \\", "line\nbreak\u{1}"])),
            "ID" => json!(c.pick(&["1", "x y"])),
            "Boolean" => json!(c.chance(50)),
            name if name.ends_with("Kind") => json!("B"),
            name if name.ends_with("Big") => json!(9_007_199_254_740_993_u64),
            _ => return None,
        })
    }

    fn fits(&self, key: &str, from: &Type, to: &Type) -> bool {
        let depth = |mut ty: &Type| {
            let mut depth = 0;
            while ty.is_list() {
                ty = ty.item_type();
                depth += 1;
            }
            depth
        };
        if depth(from) != 0 && depth(from) != depth(to) {
            return false;
        }
        let (from, to) = (from.inner_named_type().as_str(), to.inner_named_type().as_str());
        let base = |name: &str| -> &'static str {
            match name {
                "Int" => "Int",
                "Float" => "Float",
                "String" => "String",
                "Boolean" => "Boolean",
                "ID" => "ID",
                name if name.ends_with("Kind") => "Kind",
                name if name.ends_with("Big") => "Big",
                _ => "Json",
            }
        };
        match (base(from), base(to)) {
            ("Kind", "Kind") => {
                let (Some(from), Some(to)) = (self.lhs.get_enum(from), self.rhs.get_enum(to)) else {
                    return false;
                };
                from.values.keys().all(|value| to.values.contains_key(value))
            }
            ("ID", "Int") => key == "id",
            (a, b) if a == b => true,
            ("Int", "Float" | "String" | "ID" | "Big") => true,
            ("ID", "String" | "Big") | ("String", "ID" | "Big") => true,
            ("Kind" | "Big", "String" | "ID") | ("Kind" | "Boolean", "Big") => true,
            _ => false,
        }
    }
}

/// A type reference with random wrappers.
fn wrapped(c: &mut Choices<'_>, name: &str) -> String {
    match c.below(7) {
        0 | 1 => name.to_owned(),
        2 => format!("{name}!"),
        3 => format!("[{name}]"),
        4 => format!("[{name}!]!"),
        5 => format!("[[{name}]]"),
        _ => format!("[[{name}!]!]!"),
    }
}

/// The schema of a remote; `base` starts the names of its types and `root` those of its root fields.
fn sdl(c: &mut Choices<'_>, base: &str, root: &str) -> String {
    let n_objects = 1 + c.below(3);
    let n_interfaces = c.below(n_objects.min(2) + 1);
    let has_union = n_objects > 1 && c.chance(50);
    let objects: Vec<String> = (0..n_objects).map(|n| format!("{base}Item{n}")).collect();
    let mut composites = objects.clone();
    composites.extend((0..n_interfaces).map(|n| format!("{base}Face{n}")));
    if has_union {
        composites.push(format!("{base}Either"));
    }
    let named = |ty: &str| ty.replace("Kind", &format!("{base}Kind")).replace("Big", &format!("{base}Big"));
    let named = |ty: &str| named(ty).replace("Json", &format!("{base}Json"));

    let mut sdl = String::new();
    let more = if c.chance(30) { " D" } else { "" };
    let _ = writeln!(sdl, "enum {base}Kind {{ A B C{more} }}\nscalar {base}Big\nscalar {base}Json");
    let default = if c.chance(0) { " = {name: \"d\", inner: {code: 3}}" } else { "" };
    let _ = writeln!(
        sdl,
        "input {base}Filter {{ eq: Int, name: String, inner: {base}Inner, tags: [String!], big: {base}Big, kind: {base}Kind = A, id: ID, items: [{base}Inner!] }}"
    );
    let _ = writeln!(sdl, "input {base}Inner {{ id: ID, n: Int = 5, code: Int, blob: {base}Json }}");

    // The second interface may implement the first.
    let is_chain = n_interfaces > 1 && c.chance(50);
    let mut interfaces: Vec<Vec<String>> = Vec::new();
    for n in 0..n_interfaces {
        let mut fields = if n == 1 && is_chain { interfaces[0].clone() } else { vec!["id: ID!".into()] };
        for (name, ty) in LEAVES {
            let field = format!("{name}: {}", named(ty));
            if c.chance(30) && !fields.contains(&field) {
                fields.push(field);
            }
        }
        let other = c.pick(&composites).clone();
        let ty = wrapped(c, &other);
        fields.push(format!("link{n}: {ty}"));
        let implements = if n == 1 && is_chain { format!(" implements {base}Face0") } else { String::new() };
        let _ = writeln!(sdl, "interface {base}Face{n}{implements} {{ {} }}", fields.join(" "));
        interfaces.push(fields);
    }
    for (n, object) in objects.iter().enumerate() {
        let mut fields = vec!["id: ID!".to_owned()];
        let mut implements: BTreeSet<usize> =
            (0..n_interfaces).filter(|interface| n == *interface || c.chance(40)).collect();
        if is_chain && implements.contains(&1) {
            implements.insert(0);
        }
        let inherited = implements.iter().flat_map(|interface| interfaces[*interface].clone());
        let own: Vec<String> = LEAVES
            .iter()
            .filter(|_| c.chance(60))
            .map(|(name, ty)| format!("{name}: {}", named(ty)))
            .collect();
        for field in inherited.chain(own) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        for more in 0..c.below(4) {
            let arguments = match c.below(4) {
                0 | 1 => String::new(),
                2 => format!("(n: Int = 3, kind: {base}Kind)"),
                _ => format!("(filter: {base}Filter, ids: [ID!])"),
            };
            let leaf = named(LEAVES[c.below(5)].1).replace('!', "");
            let name = if c.chance(60) { c.pick(&composites).clone() } else { leaf };
            let ty = wrapped(c, &name);
            fields.push(format!("f{n}_{more}{arguments}: {ty}"));
        }
        let implements: Vec<String> = implements.iter().map(|n| format!("{base}Face{n}")).collect();
        let implements = if implements.is_empty() {
            String::new()
        } else {
            format!(" implements {}", implements.join(" & "))
        };
        let _ = writeln!(sdl, "type {object}{implements} {{ {} }}", fields.join(" "));
    }
    if has_union {
        let _ = writeln!(sdl, "union {base}Either = {}", objects.join(" | "));
    }
    let ty = c.pick(&composites).clone();
    let holder = format!(
        "type {base}Holder {{ find(n: Int, name: String): {ty} deep(big: {base}Big, filter: {base}Filter): [{ty}] }}"
    );
    let _ = writeln!(sdl, "{holder}");
    let mut fields = vec![
        format!("{root}holder(code: Int): {base}Holder"),
        format!("{root}count(code: Int, kind: {base}Kind = B): Int!"),
    ];
    for (n, ty) in composites.iter().enumerate() {
        let result = wrapped(c, ty);
        fields.push(match c.below(6) {
            0 => format!("{root}get{n}(id: ID!): {ty}"),
            1 => {
                format!("{root}list{n}(filter: {base}Filter{default}, limit: Int = 2, ids: [ID!]): {result}")
            }
            2 => format!("{root}both{n}(a: Int!, b: String!): {ty}"),
            3 => format!("{root}code{n}(code: Int, names: [String], big: {base}Big): {result}"),
            4 => format!("{root}grid{n}(codes: [[Int]], score: Float, flag: Boolean): {result}"),
            _ => format!("{root}strict{n}(filter: {base}Filter!, kinds: [{base}Kind!]): {result}"),
        });
    }
    let _ = writeln!(sdl, "type Query {{ {} }}", fields.join(" "));
    if c.chance(50) {
        let ty = c.pick(&composites);
        let _ = writeln!(
            sdl,
            "type Mutation {{ {root}make(input: {base}Filter!): {ty}! {root}touch(id: ID): {ty} }}"
        );
    }
    sdl
}
