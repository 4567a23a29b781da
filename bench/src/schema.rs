//! The schemas of the three APIs, as introspection shows them.

use serde_json::{Value, json};

/// One of the three APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// Orders.
    Orders,
    /// Users.
    Users,
    /// Products.
    Products,
}

impl Api {
    /// All of them, in the order in which `upstream` announces them.
    pub const ALL: [Self; 3] = [Self::Orders, Self::Users, Self::Products];

    /// What metadata calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Users => "users",
            Self::Products => "products",
        }
    }

    /// Its root fields and its only object type: name, arguments, type.
    fn tables(self) -> (Fields, &'static str, Fields) {
        match self {
            Self::Orders => (
                &[
                    ("order", &[("id", "ID!")], "Order"),
                    ("orders", &[("limit", "Int!"), ("offset", "Int")], "[Order!]!"),
                    ("ordersByUser", &[("user_id", "ID!")], "[Order!]!"),
                    ("ordersByUsers", &[("user_ids", "[ID!]!")], "[Order!]!"),
                ],
                "Order",
                &[
                    ("id", &[], "ID!"),
                    ("user_id", &[], "ID!"),
                    ("product_id", &[], "ID!"),
                    ("total", &[], "Float!"),
                    ("status", &[], "String!"),
                    ("note", &[], "String!"),
                ],
            ),
            Self::Users => (
                &[
                    ("user", &[("id", "ID!")], "User"),
                    ("users", &[("ids", "[ID!]!")], "[User]!"),
                    ("userPage", &[("limit", "Int!"), ("offset", "Int")], "[User!]!"),
                ],
                "User",
                &[("id", &[], "ID!"), ("name", &[], "String!"), ("email", &[], "String!")],
            ),
            Self::Products => (
                &[("product", &[("id", "ID!")], "Product"), ("products", &[("ids", "[ID!]!")], "[Product]!")],
                "Product",
                &[("id", &[], "ID!"), ("name", &[], "String!"), ("price", &[], "Float!")],
            ),
        }
    }
}

type Fields = &'static [(&'static str, &'static [(&'static str, &'static str)], &'static str)];

const SCALARS: [&str; 5] = ["ID", "Int", "Float", "String", "Boolean"];

/// The value of `__schema`.
pub fn introspection(api: Api) -> Value {
    let (roots, name, columns) = api.tables();
    let mut types = vec![object("Query", roots), object(name, columns)];
    types.extend(SCALARS.map(|scalar| json!({"kind": "SCALAR", "name": scalar})));
    json!({"queryType": {"name": "Query"}, "types": types, "directives": []})
}

fn object(name: &str, fields: Fields) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(name, arguments, ty)| {
            let arguments: Vec<Value> = arguments
                .iter()
                .map(|(name, ty)| json!({"name": name, "type": type_reference(ty), "isDeprecated": false}))
                .collect();
            json!({"name": name, "args": arguments, "type": type_reference(ty), "isDeprecated": false})
        })
        .collect();
    json!({"kind": "OBJECT", "name": name, "fields": fields, "interfaces": []})
}

fn type_reference(text: &str) -> Value {
    if let Some(inner) = text.strip_suffix('!') {
        return json!({"kind": "NON_NULL", "ofType": type_reference(inner)});
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return json!({"kind": "LIST", "ofType": type_reference(inner)});
    }
    json!({"kind": if SCALARS.contains(&text) { "SCALAR" } else { "OBJECT" }, "name": text})
}
