//! From claims to roles and session variables.
//!
//! Either all of them are in one object (the namespace), or the configuration maps each one to a place of its own.

use engine::fault::{Code, Refusal};
use serde_json::{Map, Value};

use crate::auth::jwt::path::{Found, Path};
use crate::auth::{ROLE_HEADER, SECRET_HEADERS, SESSION_PREFIX, Variable};

pub(super) const ALLOWED_ROLES: &str = "x-hasura-allowed-roles";
pub(super) const DEFAULT_ROLE: &str = "x-hasura-default-role";

/// Where a token has what concerns us.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapping {
    /// Everything in one place.
    Namespace {
        /// That place.
        at: Place,
        /// Whether it is a JSON text instead of an object.
        is_text: bool,
    },
    /// Each in its own.
    Each(Box<Each>),
}

/// Where a token has each claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    /// The roles that may be asked for.
    pub allowed_roles: Origin,
    /// The role without asking.
    pub default_role: Origin,
    /// Session variables, lower-case names.
    pub variables: Vec<(String, Origin)>,
}

/// The place of a namespace.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A claim of this name.
    Key(String),
    /// Wherever this leads.
    Path(Path),
}

/// Where the value of a mapped claim comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// From the configuration.
    Literal(Value),
    /// From the token.
    Path(Path, Option<Value>),
}

/// What a token says of its bearer.
#[derive(Debug, PartialEq)]
pub struct Claims {
    /// The roles that may be asked for.
    pub allowed_roles: Vec<String>,
    /// The role without asking.
    pub default_role: String,
    /// Session variables without the role.
    pub variables: Vec<Variable>,
}

/// Reads the claims of a verified token.
pub fn read(mapping: &Mapping, claims: &Map<String, Value>) -> Result<Claims, Refusal> {
    let (mut allowed_roles, mut default_role) = (None, None);
    let mut variables: Vec<Variable> = Vec::new();
    let mut put = |name: String, value: &Value| -> Result<(), Refusal> {
        match name.as_str() {
            ALLOWED_ROLES => allowed_roles = Some(roles(value)?),
            DEFAULT_ROLE => default_role = Some(role(value)?),
            // The role is what was asked for and allowed, and a secret is nobody's variable.
            ROLE_HEADER => {}
            name if SECRET_HEADERS.contains(&name) => {}
            _ => {
                let text = value.as_str().ok_or_else(|| {
                    invalid(format!("x-hasura-* claims: {name} must be a string, but it is {}", kind(value)))
                })?;
                // Names differ in case only: the last one counts, as among equal names.
                variables.retain(|(other, _)| *other != name);
                variables.push((name.into(), text.to_owned().into()));
            }
        }
        Ok(())
    };
    match mapping {
        Mapping::Namespace { at, is_text } => {
            let parsed;
            let namespace = match (find(at, claims)?, is_text) {
                (Found::Root(object), false) => object,
                (Found::Value(Value::Object(object)), false) => object,
                (Found::Value(_), false) => {
                    return Err(invalid("expecting a json object when claims_format is json"));
                }
                (Found::Value(Value::String(text)), true) => {
                    parsed = serde_json::from_str::<Map<String, Value>>(text).map_err(|_| {
                        invalid(format!(
                            "expecting stringified json at: '{}', but found: another text",
                            at.described()
                        ))
                    })?;
                    &parsed
                }
                (_, true) => {
                    return Err(invalid("expecting a string when claims_format is stringified_json"));
                }
            };
            for (name, value) in namespace {
                let name = name.to_ascii_lowercase();
                if name.starts_with(SESSION_PREFIX) {
                    put(name, value)?;
                }
            }
        }
        Mapping::Each(each) => {
            let Each { allowed_roles, default_role, variables } = &**each;
            // Without these two the complaint is about roles, as for a namespace.
            for (name, origin) in [(ALLOWED_ROLES, allowed_roles), (DEFAULT_ROLE, default_role)] {
                if let Some(value) = origin.value(claims) {
                    put(name.to_owned(), value)?;
                }
            }
            for (name, origin) in variables {
                let value = origin
                    .value(claims)
                    .ok_or_else(|| invalid(format!("JWT claim from claims_map, {name} not found")))?;
                put(name.clone(), value)?;
            }
        }
    }
    Ok(Claims {
        allowed_roles: allowed_roles.ok_or_else(|| missing(ALLOWED_ROLES))?,
        default_role: default_role.ok_or_else(|| missing(DEFAULT_ROLE))?,
        variables,
    })
}

fn find<'a>(place: &Place, claims: &'a Map<String, Value>) -> Result<Found<'a>, Refusal> {
    match place {
        Place::Key(key) => {
            let found = claims.get(key).map(Found::Value);
            found.ok_or_else(|| invalid(format!("claims key: '{key}' not found")))
        }
        Place::Path(path) => {
            let found = path.find(claims);
            found.ok_or_else(|| invalid(format!("claims not found at claims_namespace_path: '{path}'")))
        }
    }
}

impl Place {
    fn described(&self) -> String {
        match self {
            Self::Key(key) => format!("claims_namespace {key}"),
            Self::Path(path) => format!("claims_namespace_path {path}"),
        }
    }
}

impl Origin {
    fn value<'a>(&'a self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Path(path, default) => match path.find(claims) {
                Some(Found::Value(value)) if !value.is_null() => Some(value),
                _ => default.as_ref(),
            },
        }
    }
}

fn roles(value: &Value) -> Result<Vec<String>, Refusal> {
    let wrong = |why: String| invalid(format!("invalid {ALLOWED_ROLES}; should be a list of roles: {why}"));
    let list = value.as_array().ok_or_else(|| wrong(format!("it is {}", kind(value))))?;
    let name = |item: &Value| match item.as_str() {
        Some("") => Err(wrong("one of them is empty".to_owned())),
        Some(name) => Ok(name.to_owned()),
        None => Err(wrong(format!("one of them is {}", kind(item)))),
    };
    list.iter().map(name).collect()
}

fn role(value: &Value) -> Result<String, Refusal> {
    let wrong = |why: String| invalid(format!("invalid {DEFAULT_ROLE}; should be a single role name: {why}"));
    match value.as_str() {
        Some("") => Err(wrong("it is empty".to_owned())),
        Some(name) => Ok(name.to_owned()),
        None => Err(wrong(format!("it is {}", kind(value)))),
    }
}

/// What a value is, never the value: texts of errors end up in logs.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::JwtInvalidClaims, "$", message)
}

fn missing(claim: &str) -> Refusal {
    Refusal::new(Code::JwtMissingRoleClaims, "$", format!("JWT claim does not contain {claim}"))
}
