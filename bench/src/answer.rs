//! Answers one document of one API.

use std::io::Write as _;

use serde_json::{Map, Value};

use crate::data;
use crate::document::{Argument, Document, Field};
use crate::schema::{self, Api};

/// A user, an order or a product, by number.
#[derive(Debug, Clone, Copy)]
enum Row {
    Order(u64),
    User(u64),
    Product(u64),
}

/// What a root field gives.
enum Found {
    One(Option<Row>),
    Many(Vec<Option<Row>>),
}

type Answering<T> = Result<T, String>;

/// The body of the answer.
pub fn answer(api: Api, document: &Document, variables: &Map<String, Value>) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(b"{\"data\":");
    match write_data(&mut out, api, document, variables) {
        Ok(()) => {
            out.push(b'}');
            out
        }
        Err(message) => error(&message),
    }
}

/// The body of an answer that is only an error.
pub fn error(message: &str) -> Vec<u8> {
    serde_json::json!({"errors": [{"message": message}]}).to_string().into_bytes()
}

fn write_data(
    out: &mut Vec<u8>,
    api: Api,
    document: &Document,
    variables: &Map<String, Value>,
) -> Answering<()> {
    out.push(b'{');
    for (i, field) in document.fields.iter().enumerate() {
        write_key(out, i, &field.key);
        match field.name.as_str() {
            "__typename" => out.extend_from_slice(b"\"Query\""),
            "__schema" => {
                let projected = project(&schema::introspection(api), &field.fields);
                out.extend_from_slice(projected.to_string().as_bytes());
            }
            _ => write_found(out, &find(api, field, document, variables)?, &field.fields)?,
        }
    }
    out.push(b'}');
    Ok(())
}

fn find(api: Api, field: &Field, document: &Document, variables: &Map<String, Value>) -> Answering<Found> {
    let argument = |name: &str| {
        let (_, argument) = field.arguments.iter().find(|(known, _)| known == name)?;
        value(argument, document, variables)
    };
    let number = |name: &str| argument(name).as_ref().and_then(as_number);
    let required =
        |name: &str| number(name).ok_or_else(|| format!("{} needs a number as {name}", field.name));
    let numbers = |name: &str| match argument(name) {
        Some(Value::Array(items)) => items.iter().map(as_number).collect::<Option<Vec<u64>>>(),
        Some(item) => as_number(&item).map(|number| vec![number]),
        None => None,
    };
    let numbers = |name: &str| numbers(name).ok_or_else(|| format!("{} needs numbers as {name}", field.name));
    let page = || -> Answering<std::ops::RangeInclusive<u64>> {
        let offset = number("offset").unwrap_or(0);
        Ok(offset + 1..=offset + required("limit")?)
    };
    let exists = |row: fn(u64) -> Row| move |number: u64| (number > 0).then(|| row(number));
    Ok(match (api, field.name.as_str()) {
        (Api::Orders, "order") => Found::One(exists(Row::Order)(required("id")?)),
        (Api::Orders, "orders") => Found::Many(page()?.map(exists(Row::Order)).collect()),
        (Api::Orders, "ordersByUser") => {
            Found::Many(data::orders_of(required("user_id")?.max(1)).map(exists(Row::Order)).collect())
        }
        (Api::Orders, "ordersByUsers") => {
            let users = numbers("user_ids")?.into_iter().filter(|user| *user > 0);
            Found::Many(users.flat_map(data::orders_of).map(exists(Row::Order)).collect())
        }
        (Api::Users, "user") => Found::One(exists(Row::User)(required("id")?)),
        (Api::Users, "users") => Found::Many(numbers("ids")?.into_iter().map(exists(Row::User)).collect()),
        (Api::Users, "userPage") => Found::Many(page()?.map(exists(Row::User)).collect()),
        (Api::Products, "product") => Found::One(exists(Row::Product)(required("id")?)),
        (Api::Products, "products") => {
            Found::Many(numbers("ids")?.into_iter().map(exists(Row::Product)).collect())
        }
        (_, name) => return Err(format!("{} has no field \"{name}\"", api.name())),
    })
}

/// The value of an argument, variables replaced.
/// The value of an argument, if it has one.
pub fn value(argument: &Argument, document: &Document, variables: &Map<String, Value>) -> Option<Value> {
    match argument {
        Argument::Literal(value) => Some(value.clone()),
        Argument::List(items) => {
            items.iter().map(|item| value(item, document, variables)).collect::<Option<_>>().map(Value::Array)
        }
        Argument::Object(members) => {
            let member = |(name, member): &(String, Argument)| {
                Some((name.clone(), value(member, document, variables)?))
            };
            members.iter().map(member).collect::<Option<_>>().map(Value::Object)
        }
        Argument::Variable(name) => variables.get(name).cloned().or_else(|| {
            let (_, default) = document.defaults.iter().find(|(known, _)| known == name)?;
            value(default, document, variables)
        }),
    }
}

/// A number, also if it comes as an `ID`.
fn as_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn write_found(out: &mut Vec<u8>, found: &Found, fields: &[Field]) -> Answering<()> {
    match found {
        Found::One(row) => write_row(out, *row, fields),
        Found::Many(rows) => {
            out.push(b'[');
            for (i, row) in rows.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_row(out, *row, fields)?;
            }
            out.push(b']');
            Ok(())
        }
    }
}

fn write_row(out: &mut Vec<u8>, row: Option<Row>, fields: &[Field]) -> Answering<()> {
    let Some(row) = row else {
        out.extend_from_slice(b"null");
        return Ok(());
    };
    out.push(b'{');
    for (i, field) in fields.iter().enumerate() {
        write_key(out, i, &field.key);
        // None of the texts holds anything that JSON would escape.
        let written = match (row, field.name.as_str()) {
            (Row::Order(_), "__typename") => write!(out, "\"Order\""),
            (Row::User(_), "__typename") => write!(out, "\"User\""),
            (Row::Product(_), "__typename") => write!(out, "\"Product\""),
            (Row::Order(n) | Row::User(n) | Row::Product(n), "id") => write!(out, "\"{n}\""),
            (Row::Order(n), "user_id") => write!(out, "\"{}\"", data::user_of(n)),
            (Row::Order(n), "product_id") => write!(out, "\"{}\"", data::product_of(n)),
            (Row::Order(n), "total") => write!(out, "{}", data::total_of(n)),
            (Row::Order(n), "status") => write!(out, "\"{}\"", data::status_of(n)),
            (Row::Order(n), "note") => write!(out, "\"{}\"", data::note_of(n)),
            (Row::User(n), "name") => write!(out, "\"{}\"", data::user_name(n)),
            (Row::User(n), "email") => write!(out, "\"{}\"", data::user_email(n)),
            (Row::Product(n), "name") => write!(out, "\"{}\"", data::product_name(n)),
            (Row::Product(n), "price") => write!(out, "{}", data::price_of(n)),
            (row, name) => return Err(format!("{row:?} has no field \"{name}\"")),
        };
        written.map_err(|error| error.to_string())?;
    }
    out.push(b'}');
    Ok(())
}

fn write_key(out: &mut Vec<u8>, place: usize, key: &str) {
    if place > 0 {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

/// What fields select of a tree.
fn project(tree: &Value, fields: &[Field]) -> Value {
    match tree {
        Value::Array(items) => Value::Array(items.iter().map(|item| project(item, fields)).collect()),
        Value::Object(members) => {
            let select = |field: &Field| {
                let member = members.get(&field.name).unwrap_or(&Value::Null);
                (field.key.clone(), project(member, &field.fields))
            };
            Value::Object(fields.iter().map(select).collect())
        }
        leaf => leaf.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    fn ask(api: Api, text: &str, variables: Value) -> String {
        let Value::Object(variables) = variables else { panic!("not an object") };
        let document = document::parse(text, None).unwrap();
        String::from_utf8(answer(api, &document, &variables)).unwrap()
    }

    #[test]
    fn one_key_by_alias_and_many_in_a_list_give_the_same_rows() {
        let aliases =
            "query($a:ID!,$b:ID!){_0:user(id:$a){...F} _1:user(id:$b){...F}} fragment F on User{id name}";
        assert_eq!(
            ask(Api::Users, aliases, serde_json::json!({"a": "3", "b": 4})),
            r#"{"data":{"_0":{"id":"3","name":"Person 3"},"_1":{"id":"4","name":"Person 4"}}}"#
        );
        assert_eq!(
            ask(Api::Users, "query($k:[ID!]!){users(ids:$k){id name}}", serde_json::json!({"k": ["3", "4"]})),
            r#"{"data":{"users":[{"id":"3","name":"Person 3"},{"id":"4","name":"Person 4"}]}}"#
        );
    }

    #[test]
    fn pages_of_orders_have_the_promised_users() {
        let users =
            |count: u64| (2001..=2000 + count).map(data::user_of).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(users(50).len(), 20);
        assert_eq!(users(1000).len(), 200);
        assert!(data::orders_of(7).all(|order| data::user_of(order) == 7));
    }

    #[test]
    fn introspection_is_as_selected() {
        let answer =
            ask(Api::Products, "{__schema{queryType{name} types{kind n:name}}}", Value::Object(Map::new()));
        assert!(
            answer.starts_with(r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":["#),
            "{answer}"
        );
        assert!(answer.contains(r#"{"kind":"OBJECT","n":"Product"}"#), "{answer}");
    }
}
