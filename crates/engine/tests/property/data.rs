//! What the remotes hold: the value of a field is a pure function of object, field and arguments, so tables need not be
//! stored, every object can be reached on every way, and a wrong argument shows as a wrong value.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use apollo_compiler::Node;
use apollo_compiler::Schema;
use apollo_compiler::ast::{InputValueDefinition, Type, Value};
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value as Json, json};

use crate::world::World;

/// A value in a remote.
#[derive(Debug, Clone)]
pub(crate) enum Datum {
    Leaf(Json),
    List(Vec<Datum>),
    /// Objects of few numbers, so that they come again and again.
    Object {
        ty: String,
        id: u64,
    },
}

impl Datum {
    /// The JSON of a leaf or a list of leaves.
    pub(crate) fn into_json(self) -> Json {
        match self {
            Self::Leaf(value) => value,
            Self::List(items) => items.into_iter().map(Self::into_json).collect(),
            Self::Object { .. } => panic!("an object is not a leaf"),
        }
    }
}

impl World {
    /// The value of a field of an object; names are the remote's own.
    pub(crate) fn value(
        &self,
        remote: usize,
        (ty, id): (&str, u64),
        field: &str,
        arguments: &Map<String, Json>,
    ) -> Datum {
        let schema = &self.remotes[remote].schema;
        let definition = schema.type_field(ty, field).expect("the field exists");
        if field == "id" {
            return Datum::Leaf(json!(id.to_string()));
        }
        let arguments = normal(schema, &definition.arguments, arguments);
        let mut hasher = DefaultHasher::new();
        (self.seed, remote, ty, id, field, arguments.to_string()).hash(&mut hasher);
        let mut random = Random(hasher.finish());
        random.value(schema, &definition.ty)
    }
}

/// Arguments as a server sees them after coercion: defaults filled in, single values in lists, members in schema order.
fn normal(schema: &Schema, defined: &[Node<InputValueDefinition>], given: &Map<String, Json>) -> Json {
    for name in given.keys() {
        assert!(defined.iter().any(|defined| defined.name == name.as_str()), "no argument {name}");
    }
    let members = defined.iter().filter_map(|defined| {
        let value = match given.get(defined.name.as_str()) {
            Some(value) => value.clone(),
            None => literal_json(defined.default_value.as_ref()?),
        };
        Some((defined.name.to_string(), coerced(schema, &defined.ty, value)))
    });
    Json::Object(members.collect())
}

fn coerced(schema: &Schema, ty: &Type, value: Json) -> Json {
    match (ty.is_list(), value) {
        (_, Json::Null) => Json::Null,
        (true, Json::Array(items)) => {
            items.into_iter().map(|item| coerced(schema, ty.item_type(), item)).collect()
        }
        (true, value) => json!([coerced(schema, ty.item_type(), value)]),
        (false, value) => match (schema.types.get(ty.inner_named_type()), value) {
            (Some(ExtendedType::InputObject(input)), Json::Object(members)) => {
                let fields: Vec<_> = input.fields.values().cloned().collect();
                normal(schema, &fields, &members)
            }
            (_, Json::Number(number)) if ty.inner_named_type() == "ID" => json!(number.to_string()),
            (_, Json::Number(number)) if ty.inner_named_type() == "Float" => json!(number.as_f64()),
            (_, value) => value,
        },
    }
}

fn literal_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Enum(name) => json!(name.as_str()),
        Value::String(text) => json!(text),
        Value::Boolean(value) => json!(value),
        Value::Int(int) => json!(int.as_str().parse::<i64>().expect("a small number")),
        Value::Float(float) => json!(float.as_str().parse::<f64>().expect("a number")),
        Value::List(items) => items.iter().map(|item| literal_json(item)).collect(),
        Value::Object(members) => Json::Object(
            members.iter().map(|(name, value)| (name.to_string(), literal_json(value))).collect(),
        ),
        Value::Variable(_) => panic!("defaults have no variables"),
    }
}

/// A stream of numbers from one seed (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len() as u64) as usize]
    }

    fn value(&mut self, schema: &Schema, ty: &Type) -> Datum {
        if !ty.is_non_null() && self.below(6) == 0 {
            return Datum::Leaf(Json::Null);
        }
        if ty.is_list() {
            let n = *self.pick(&[0, 1, 1, 2, 2, 3]);
            return Datum::List((0..n).map(|_| self.value(schema, ty.item_type())).collect());
        }
        let name = ty.inner_named_type();
        match schema.types.get(name) {
            Some(ExtendedType::Object(_)) => Datum::Object { ty: name.to_string(), id: self.below(6) },
            Some(ExtendedType::Interface(_)) => {
                let objects = &schema.implementers_map()[name].objects;
                let mut objects: Vec<String> = objects.iter().map(|object| object.to_string()).collect();
                objects.sort();
                Datum::Object { ty: self.pick(&objects).clone(), id: self.below(6) }
            }
            Some(ExtendedType::Union(union_)) => {
                let members: Vec<String> = union_.members.iter().map(|member| member.to_string()).collect();
                Datum::Object { ty: self.pick(&members).clone(), id: self.below(6) }
            }
            Some(ExtendedType::Enum(enum_)) => {
                let values: Vec<&str> = enum_.values.keys().map(|value| value.as_str()).collect();
                Datum::Leaf(json!(self.pick(&values)))
            }
            _ => Datum::Leaf(self.scalar(name)),
        }
    }

    fn scalar(&mut self, name: &str) -> Json {
        match name {
            "Int" => json!(self.pick(&[0, 1, 2, 3, -1, i32::MAX])),
            "Float" => json!(self.pick(&[0.5, -1.25, 3.0, 1e21, 0.1])),
            "Boolean" => json!(self.below(2) == 0),
            "ID" => json!(self.pick(&["1", "2", "007", "x y", "ü\"", ""])),
            "String" => json!(self.pick(&[
                "",
                "a",
                "b",
                "null",
                "é \"quoted\" \\ back/slash",
                "line\nbreak\ttab\u{1}\u{7f}",
                "𝄞 \u{2028} astral",
                "$code",
            ])),
            name if name.ends_with("Big") => (*self.pick(&[
                &json!(u64::MAX),
                &json!(i64::MIN),
                &json!(9_007_199_254_740_993_u64),
                &json!(7),
                &json!("text"),
            ]))
            .clone(),
            _ => (*self.pick(&[
                &json!({"__typename": "Query", "a": [1, {"b": null}], "id": "x"}),
                &json!([[], {}, [null, "é\\"]]),
                &json!("plain"),
                &json!(-0.5),
                &json!(true),
            ]))
            .clone(),
        }
    }
}
