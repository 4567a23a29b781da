//! The values of a request's variables, checked against their types but never rebuilt: what a client sent travels on
//! byte for byte (GraphQL specification, section 6.1.2; list coercion of single values is left to the remotes).

use apollo_compiler::ast::{Type, VariableDefinition};
use apollo_compiler::schema::{EnumType, ExtendedType, InputObjectType};
use apollo_compiler::{Node, Schema};
use smallvec::SmallVec;

use crate::fault::{Code, Refusal};
use crate::json::{Cursor, Kind, Span, SyntaxError, unescape};

/// The variables of one request, by index into the operation's definitions.
#[derive(Debug, Default)]
pub struct Variables {
    text: String,
    values: SmallVec<[Option<Span>; 4]>,
}

impl Variables {
    /// Checks `text`, the raw JSON of the request's `variables`, against the definitions.
    pub(super) fn coerce(
        schema: &Schema,
        definitions: &[Node<VariableDefinition>],
        text: Option<&str>,
    ) -> Result<Self, Refusal> {
        let text = text.unwrap_or("{}");
        let mut values: SmallVec<[Option<Span>; 4]> = SmallVec::from_elem(None, definitions.len());
        let cursor = Cursor::new(text.as_bytes()).map_err(not_json)?;
        let mut check = Check { schema, text, cursor, path: SmallVec::new() };
        match check.cursor.kind().map_err(not_json)? {
            Kind::Null => {}
            Kind::Object => check.variables(definitions, &mut values)?,
            other => {
                let message = format!("expected an object of variables, but found {}", other.describe());
                return Err(Refusal::new(Code::ValidationFailed, "$.variables", message));
            }
        }
        for (definition, value) in definitions.iter().zip(&values) {
            if value.is_none() && definition.ty.is_non_null() && definition.default_value.is_none() {
                return Err(no_value(&definition.name));
            }
        }
        Ok(Self { text: text.to_owned(), values })
    }

    /// The raw JSON that the client sent for a variable.
    pub fn get(&self, index: usize) -> Option<&str> {
        Some(self.values.get(index).copied().flatten()?.of(&self.text))
    }

    /// The value of a boolean variable, if it was sent and is not null.
    pub(super) fn boolean(&self, index: usize) -> Option<bool> {
        match self.get(index)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The whole JSON text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

fn not_json(error: SyntaxError) -> Refusal {
    Refusal::new(Code::ValidationFailed, "$.variables", format!("the variables are not valid JSON: {error}"))
}

fn no_value(name: &str) -> Refusal {
    let message = format!("expecting a value for non-nullable variable: \"{name}\"");
    Refusal::new(Code::ValidationFailed, "$.variables", message)
}

enum Segment<'a> {
    Key(&'a str),
    Index(usize),
}

/// A walk along a value and its type.
struct Check<'a> {
    schema: &'a Schema,
    text: &'a str,
    cursor: Cursor<'a>,
    path: SmallVec<[Segment<'a>; 8]>,
}

impl<'a> Check<'a> {
    fn variables(
        &mut self,
        definitions: &'a [Node<VariableDefinition>],
        values: &mut [Option<Span>],
    ) -> Result<(), Refusal> {
        let mut members = self.cursor.enter_object().map_err(not_json)?;
        while let Some(key) = self.cursor.member(&mut members).map_err(not_json)? {
            let name = key.inner.of(self.text);
            let Some(index) = definitions.iter().position(|definition| definition.name == name) else {
                let message = format!("unexpected variables in variableValues: {}", unescape(name));
                return Err(Refusal::new(Code::ValidationFailed, "$", message));
            };
            let ty = &definitions[index].ty;
            if ty.is_non_null() && self.cursor.kind().map_err(not_json)? == Kind::Null {
                return Err(no_value(name));
            }
            self.path.push(Segment::Key(name));
            // Whoever looks at the value looks at its first byte.
            self.cursor.space();
            let start = self.cursor.position();
            self.value(ty)?;
            self.path.pop();
            values[index] = Some(Span { start, end: self.cursor.position() });
        }
        self.cursor.end().map_err(not_json)
    }

    fn refuse(&self, message: String) -> Refusal {
        let mut path = String::from("$.variables");
        for segment in &self.path {
            match segment {
                Segment::Key(key) => {
                    path.push('.');
                    path.push_str(key);
                }
                Segment::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        Refusal::new(Code::ValidationFailed, path, message)
    }

    fn value(&mut self, ty: &'a Type) -> Result<(), Refusal> {
        let kind = self.cursor.kind().map_err(not_json)?;
        if kind == Kind::Null {
            if ty.is_non_null() {
                return Err(self.refuse(format!("unexpected null value for type '{ty}'")));
            }
            return self.skip();
        }
        match ty {
            Type::List(item) | Type::NonNullList(item) if kind == Kind::Array => {
                let mut elements = self.cursor.enter_array().map_err(not_json)?;
                let mut index = 0;
                while self.cursor.element(&mut elements).map_err(not_json)? {
                    self.path.push(Segment::Index(index));
                    self.value(item)?;
                    self.path.pop();
                    index += 1;
                }
                Ok(())
            }
            // A single value stands for a list of one.
            Type::List(item) | Type::NonNullList(item) => self.value(item),
            Type::Named(name) | Type::NonNullNamed(name) => match self.schema.types.get(name) {
                Some(ExtendedType::Scalar(_)) => self.scalar(name, kind),
                Some(ExtendedType::Enum(definition)) => self.member_of(definition, kind),
                Some(ExtendedType::InputObject(definition)) => self.input_object(definition, kind),
                _ => self.skip(),
            },
        }
    }

    fn skip(&mut self) -> Result<(), Refusal> {
        self.cursor.value().map(drop).map_err(not_json)
    }

    fn scalar(&mut self, name: &str, kind: Kind) -> Result<(), Refusal> {
        let raw = self.cursor.value().map_err(not_json)?.of(self.text);
        let (expected, fits) = match name {
            "Int" => ("a 32-bit integer", kind == Kind::Number && is_int32(raw)),
            "Float" => ("a float", kind == Kind::Number),
            "String" => ("a string", kind == Kind::String),
            "Boolean" => ("a boolean", kind == Kind::Boolean),
            "ID" => ("a string or an integer", kind == Kind::String || is_integer(raw)),
            // What a custom scalar takes is for the remote to say.
            _ => return Ok(()),
        };
        if fits {
            return Ok(());
        }
        let found = if kind == Kind::Number { raw } else { kind.describe() };
        Err(self.refuse(format!("expected {expected} for type '{name}', but found {found}")))
    }

    fn member_of(&mut self, definition: &EnumType, kind: Kind) -> Result<(), Refusal> {
        let raw = self.cursor.value().map_err(not_json)?.of(self.text);
        let text = raw.trim_matches('"');
        if kind == Kind::String && definition.values.contains_key(text) {
            return Ok(());
        }
        let name = &definition.name;
        let found =
            if kind == Kind::String { format!("'{}'", unescape(text)) } else { kind.describe().to_owned() };
        let values: Vec<String> =
            definition.values.keys().take(20).map(|value| format!("'{value}'")).collect();
        let values = values.join(", ");
        Err(self
            .refuse(format!("expected one of the values [{values}] for type '{name}', but found {found}")))
    }

    fn input_object(&mut self, definition: &'a InputObjectType, kind: Kind) -> Result<(), Refusal> {
        let name = &definition.name;
        if kind != Kind::Object {
            return Err(
                self.refuse(format!("expected an object for type '{name}', but found {}", kind.describe()))
            );
        }
        let mut given: SmallVec<[&str; 8]> = SmallVec::new();
        let mut n_null = 0;
        let mut members = self.cursor.enter_object().map_err(not_json)?;
        while let Some(key) = self.cursor.member(&mut members).map_err(not_json)? {
            let key = key.inner.of(self.text);
            self.path.push(Segment::Key(key));
            let Some(field) = definition.fields.get(key) else {
                return Err(self.refuse(format!("field '{}' not found in type: '{name}'", unescape(key))));
            };
            n_null += usize::from(self.cursor.kind().map_err(not_json)? == Kind::Null);
            self.value(&field.ty)?;
            self.path.pop();
            given.push(key);
        }
        for (field, input) in &definition.fields {
            if input.is_required() && !given.contains(&field.as_str()) {
                return Err(self.refuse(format!("missing required field '{field}'")));
            }
        }
        if definition.is_one_of() && (given.len() != 1 || n_null > 0) {
            return Err(self.refuse(format!("exactly one non-null field must be given for type '{name}'")));
        }
        Ok(())
    }
}

fn is_integer(raw: &str) -> bool {
    raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn is_int32(raw: &str) -> bool {
    // Integral floats such as `1.0` count as integers, as JSON libraries may write them.
    raw.parse::<i32>().is_ok()
        || raw.parse::<f64>().is_ok_and(|number| {
            number.fract() == 0.0 && number >= f64::from(i32::MIN) && number <= f64::from(i32::MAX)
        })
}
