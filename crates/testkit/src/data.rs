//! The data file of a remote: tables of rows, and how the fields of the schema are resolved over them.
//!
//! ```json
//! {
//!   "tables": {
//!     "users": [{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}, {"id": 3, "$error": "row 3 is broken"}]
//!   },
//!   "resolve": {
//!     "Query.user":       {"find":   {"in": "users", "where": {"id": "$id"}}},
//!     "Query.allUsers":   {"list":   {"in": "users", "where": "$filter", "limit": "$limit", "offset": "$offset"}},
//!     "Query.users":      {"each":   {"in": "users", "by": "id", "keys": "$ids", "missing": "skip", "order": "reversed"}},
//!     "Query.echo":       {"value":  {"text": "$text", "caller": "#authorization"}},
//!     "Query.broken":     {"error":  {"message": "out of order", "extensions": {"code": "BROKEN"}}},
//!     "Mutation.add":     {"insert": {"in": "users", "row": {"name": "$name"}, "serial": "id"}},
//!     "Mutation.rename":  {"update": {"in": "users", "where": {"id": "$id"}, "set": {"name": "$name"}}},
//!     "Mutation.remove":  {"delete": {"in": "users", "where": {"id": "$id"}}},
//!     "User.friends":     {"list":   {"in": "friendships", "where": {"user": ".id"}}}
//!   }
//! }
//! ```
//!
//! **Fields** without a rule take the member of their object that has the field's name (absent is null), so only root fields
//! and computed fields need rules. A value of an interface or union type names its object type in `__typename`.
//!
//! **Expressions** may stand anywhere in a rule: `"$a.b"` is (a member of) an argument, `".a.b"` a member of the object the field
//! belongs to, `"#name"` a request header. Objects and arrays are templates over them; any other value is itself, and
//! `{"$literal": "$5"}` is a text that looks like an expression. An expression that finds nothing drops its object member or list element.
//!
//! **Conditions** (`where`) are objects. A member is a column with the value it must equal, with an object of operators (`_eq`, `_ne`,
//! `_in`, `_has` for lists, `_gt`, `_gte`, `_lt`, `_lte`; the underscore is optional), or with conditions on the object in that column; `_and`, `_or` and `_not`
//! combine. So an argument of a filter input type can be the condition. Numbers and their texts are equal, as for `ID`.
//! `find`, `update` and `delete` find nothing when no condition is left.
//!
//! **Errors**: a value `{"$error": "message"}` or `{"$error": {"message": …, "extensions": …}}` fails its field; a row with that member can be found,
//! and fails where it is found.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A parsed data file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Rows by table.
    pub tables: BTreeMap<String, Vec<Value>>,
    /// Rules by `Type.field`.
    pub resolve: BTreeMap<String, Rule>,
}

/// How one field gets its value.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The first row that meets the conditions, or null.
    Find {
        /// Table.
        r#in: String,
        /// Conditions.
        r#where: Value,
    },
    /// All rows that meet the conditions.
    List {
        /// Table.
        r#in: String,
        /// Conditions; all rows when absent.
        #[serde(default)]
        r#where: Value,
        /// Most rows.
        #[serde(default)]
        limit: Value,
        /// Rows to leave out at the start.
        #[serde(default)]
        offset: Value,
    },
    /// One row per key.
    Each {
        /// Table.
        r#in: String,
        /// Column that holds the key.
        by: String,
        /// Expression for the list of keys.
        keys: Value,
        /// What a key without a row yields.
        #[serde(default)]
        missing: Missing,
        /// In which order the rows come.
        #[serde(default)]
        order: Order,
    },
    /// A template, for constants and for echoing arguments.
    Value(Value),
    /// Always fails.
    Error(Failure),
    /// Appends a row and yields it.
    Insert {
        /// Table.
        r#in: String,
        /// Template of the row.
        row: Value,
        /// Column that gets the next free number.
        #[serde(default)]
        serial: Option<String>,
    },
    /// Changes the first row that meets the conditions and yields it, or null.
    Update {
        /// Table.
        r#in: String,
        /// Conditions.
        r#where: Value,
        /// Template of the members to replace.
        set: Value,
    },
    /// Removes the first row that meets the conditions and yields it, or null.
    Delete {
        /// Table.
        r#in: String,
        /// Conditions.
        r#where: Value,
    },
}

/// What [`Rule::Each`] yields for a key that has no row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// A null in its place.
    #[default]
    Null,
    /// Nothing.
    Skip,
}

/// The order in which [`Rule::Each`] yields rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// That of the keys.
    #[default]
    Given,
    /// That of the keys, backwards: whoever matches by position is wrong.
    Reversed,
    /// That of the table.
    Stored,
}

/// An error a field answers with.
#[derive(Debug, Clone, PartialEq, serde::Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The error's message.
    pub message: String,
    /// The error's extensions.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
}

/// What expressions refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) arguments: &'a Value,
    pub(crate) parent: &'a Value,
    pub(crate) headers: &'a http::HeaderMap,
}

impl Data {
    /// Reads a data file.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        serde_json::from_str(text).context("the data file is not what a sample remote understands")
    }

    /// The value of a field that has a rule; mutations change the tables.
    pub(crate) fn apply(&mut self, rule: &Rule, scope: Scope<'_>) -> Result<Value, Failure> {
        match rule {
            Rule::Value(template) => Ok(scope.fill(template).unwrap_or(Value::Null)),
            Rule::Error(failure) => Err(failure.clone()),
            Rule::Find { r#in, r#where } => {
                let rows = self.table(r#in)?;
                Ok(position(rows, r#where, scope).map_or(Value::Null, |at| rows[at].clone()))
            }
            Rule::List { r#in, r#where, limit, offset } => {
                let condition = scope.fill(r#where).unwrap_or_default();
                let number = |expression| scope.fill(expression).and_then(|value| value.as_u64());
                let rows = self.table(r#in)?.iter().filter(|row| meets(row, &condition)).cloned();
                let skipped = rows.skip(number(offset).unwrap_or(0) as usize);
                Ok(skipped.take(number(limit).map_or(usize::MAX, |limit| limit as usize)).collect())
            }
            Rule::Each { r#in, by, keys, missing, order } => {
                let rows = self.table(r#in)?;
                let keys = match scope.fill(keys) {
                    Some(Value::Array(keys)) => keys,
                    _ => Vec::new(),
                };
                let row_of = |key: &Value| rows.iter().position(|row| equal(member(row, by), key));
                let mut found: Vec<Option<usize>> = keys.iter().map(row_of).collect();
                match order {
                    Order::Given => {}
                    Order::Reversed => found.reverse(),
                    Order::Stored => found.sort(),
                }
                found.retain(|row| row.is_some() || *missing == Missing::Null);
                Ok(found.into_iter().map(|at| at.map_or(Value::Null, |at| rows[at].clone())).collect())
            }
            Rule::Insert { r#in, row, serial } => {
                let mut row = scope.fill(row).unwrap_or_else(|| Value::Object(Map::new()));
                let rows = self.table(r#in)?;
                if let Some(column) = serial {
                    let highest = rows.iter().filter_map(|row| member(row, column).as_i64()).max();
                    row[column.as_str()] = Value::from(highest.unwrap_or(0) + 1);
                }
                rows.push(row.clone());
                Ok(row)
            }
            Rule::Update { r#in, r#where, set } => {
                let rows = self.table(r#in)?;
                let Some(at) = position(rows, r#where, scope) else { return Ok(Value::Null) };
                if let (Some(Value::Object(changes)), Value::Object(row)) = (scope.fill(set), &mut rows[at]) {
                    row.extend(changes);
                }
                Ok(rows[at].clone())
            }
            Rule::Delete { r#in, r#where } => {
                let rows = self.table(r#in)?;
                Ok(position(rows, r#where, scope).map_or(Value::Null, |at| rows.remove(at)))
            }
        }
    }

    fn table(&mut self, name: &str) -> Result<&mut Vec<Value>, Failure> {
        self.tables.get_mut(name).ok_or_else(|| Failure {
            message: format!("there is no table \"{name}\""),
            extensions: Map::new(),
        })
    }
}

impl Rule {
    /// The table it works on.
    pub(crate) fn table(&self) -> Option<&str> {
        match self {
            Self::Find { r#in, .. }
            | Self::List { r#in, .. }
            | Self::Each { r#in, .. }
            | Self::Insert { r#in, .. }
            | Self::Update { r#in, .. }
            | Self::Delete { r#in, .. } => Some(r#in),
            Self::Value(_) | Self::Error(_) => None,
        }
    }
}

impl Failure {
    /// The failure that a value stands for, if it does.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value.as_object()?.get("$error")? {
            Value::String(message) => Some(Self { message: message.clone(), extensions: Map::new() }),
            other => serde_json::from_value(other.clone()).ok(),
        }
    }
}

impl Scope<'_> {
    /// The template with its expressions replaced; none when the whole template finds nothing.
    fn fill(self, template: &Value) -> Option<Value> {
        match template {
            Value::String(text) => match text.split_at_checked(1) {
                Some(("$", path)) => look_up(self.arguments, path).filter(|value| !value.is_null()).cloned(),
                Some((".", path)) => look_up(self.parent, path).cloned(),
                Some(("#", name)) => Some(self.headers.get(name)?.to_str().ok()?.into()),
                _ => Some(template.clone()),
            },
            Value::Array(elements) => {
                Some(elements.iter().filter_map(|element| self.fill(element)).collect())
            }
            Value::Object(members) => {
                if let Some(literal) = members.get("$literal") {
                    return Some(literal.clone());
                }
                let filled =
                    members.iter().filter_map(|(name, value)| Some((name.clone(), self.fill(value)?)));
                Some(Value::Object(filled.collect()))
            }
            _ => Some(template.clone()),
        }
    }
}

fn look_up<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

fn member<'a>(row: &'a Value, column: &str) -> &'a Value {
    row.get(column).unwrap_or(&Value::Null)
}

/// The first row that meets the conditions; none when no condition is left, so that `user(id:)` without an id finds nobody.
fn position(rows: &[Value], condition: &Value, scope: Scope<'_>) -> Option<usize> {
    let condition = scope.fill(condition)?;
    if condition.as_object().is_none_or(Map::is_empty) {
        return None;
    }
    rows.iter().position(|row| meets(row, &condition))
}

/// Whether a row, or the object in a column of it, meets filled conditions.
fn meets(value: &Value, condition: &Value) -> bool {
    let Value::Object(members) = condition else { return condition.is_null() };
    let all = |conditions: &Value| list(conditions).iter().all(|condition| meets(value, condition));
    let any = |conditions: &Value| list(conditions).iter().any(|condition| meets(value, condition));
    members.iter().all(|(name, expected)| match name.as_str() {
        "_and" => all(expected),
        "_or" => any(expected),
        "_not" => !meets(value, expected),
        "_eq" | "eq" => equal(value, expected),
        "_ne" | "ne" | "_neq" => !equal(value, expected),
        "_in" | "in" => list(expected).iter().any(|expected| equal(value, expected)),
        "_has" | "has" => list(value).iter().any(|element| equal(element, expected)),
        "_gt" | "gt" => compare(value, expected) == Some(Ordering::Greater),
        "_lt" | "lt" => compare(value, expected) == Some(Ordering::Less),
        "_gte" | "gte" => compare(value, expected).is_some_and(Ordering::is_ge),
        "_lte" | "lte" => compare(value, expected).is_some_and(Ordering::is_le),
        column if expected.is_object() => meets(member(value, column), expected),
        column => equal(member(value, column), expected),
    })
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        other => std::slice::from_ref(other),
    }
}

/// Equality that takes a number and its text for the same, because `ID` values arrive as either.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(text), Value::Number(number)) | (Value::Number(number), Value::String(text)) => {
            number.to_string() == *text
        }
        _ => left == right,
    }
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
