//! Reads the GraphQL documents that gateways send: fields with aliases, arguments and fragments. There is no validation and
//! no directive, for the upstream has to be cheap, not complete.

use serde_json::Value;

/// The fields of one operation, fragments spread.
#[derive(Debug)]
pub struct Document {
    /// The root fields.
    pub fields: Vec<Field>,
    /// Defaults of variables.
    pub defaults: Vec<(String, Argument)>,
}

/// A selected field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name in the answer.
    pub key: String,
    /// Its name in the schema.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<(String, Argument)>,
    /// What is selected in it.
    pub fields: Vec<Field>,
}

/// The value of an argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// `$name`.
    Variable(String),
    /// A list.
    List(Vec<Argument>),
    /// An input object.
    Object(Vec<(String, Argument)>),
    /// Anything else.
    Literal(Value),
}

/// A selection before fragments are spread.
#[derive(Debug)]
enum Selection {
    Field { key: String, name: String, arguments: Vec<(String, Argument)>, selections: Vec<Selection> },
    Spread(String),
    Inline(Vec<Selection>),
}

#[derive(Debug)]
struct Operation {
    name: Option<String>,
    defaults: Vec<(String, Argument)>,
    selections: Vec<Selection>,
}

type Fragments = Vec<(String, Vec<Selection>)>;

/// What is wrong with a document.
type Reading<T> = Result<T, String>;

/// Reads the operation of that name, or the only one.
pub fn parse(text: &str, operation: Option<&str>) -> Reading<Document> {
    let mut reader = Reader { text, at: 0 };
    let mut operations = Vec::new();
    let mut fragments = Fragments::new();
    while reader.peek().is_some() {
        if reader.peek() == Some(b'{') {
            operations.push(Operation { name: None, defaults: Vec::new(), selections: reader.selections()? });
            continue;
        }
        match reader.name()? {
            "query" => operations.push(reader.operation()?),
            "fragment" => {
                let name = reader.name()?.to_owned();
                reader.type_condition()?;
                fragments.push((name, reader.selections()?));
            }
            other => return Err(format!("cannot read \"{other}\" here")),
        }
    }
    let wanted =
        operations.into_iter().find(|known| operation.is_none() || known.name.as_deref() == operation);
    let wanted = wanted.ok_or("there is no such operation")?;
    let mut fields = Vec::new();
    spread(&wanted.selections, &fragments, &mut fields, 0)?;
    Ok(Document { fields, defaults: wanted.defaults })
}

/// Adds the fields of selections; those with a key that is there already are merged into it.
fn spread(
    selections: &[Selection],
    fragments: &Fragments,
    into: &mut Vec<Field>,
    depth: usize,
) -> Reading<()> {
    if depth > 32 {
        return Err("the document is too deep".to_owned());
    }
    for selection in selections {
        match selection {
            Selection::Field { key, name, arguments, selections } => {
                let place = into.iter().position(|known| known.key == *key).unwrap_or_else(|| {
                    into.push(Field {
                        key: key.clone(),
                        name: name.clone(),
                        arguments: arguments.clone(),
                        fields: Vec::new(),
                    });
                    into.len() - 1
                });
                spread(selections, fragments, &mut into[place].fields, depth + 1)?;
            }
            Selection::Spread(name) => {
                let fragment = fragments.iter().find(|(known, _)| known == name);
                let (_, selections) = fragment.ok_or_else(|| format!("there is no fragment \"{name}\""))?;
                spread(selections, fragments, into, depth + 1)?;
            }
            Selection::Inline(selections) => spread(selections, fragments, into, depth + 1)?,
        }
    }
    Ok(())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// The next byte that matters.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at)? {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => self.at += 1,
                b'#' => {
                    while bytes.get(self.at).is_some_and(|byte| *byte != b'\n') {
                        self.at += 1;
                    }
                }
                byte => return Some(*byte),
            }
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let takes = self.peek() == Some(byte);
        self.at += usize::from(takes);
        takes
    }

    fn expect(&mut self, byte: u8) -> Reading<()> {
        if self.takes(byte) { Ok(()) } else { Err(format!("expected '{}' at {}", char::from(byte), self.at)) }
    }

    fn name(&mut self) -> Reading<&'a str> {
        self.peek();
        let name = self.word(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if name.is_empty() { Err(format!("expected a name at {}", self.at)) } else { Ok(name) }
    }

    fn word(&mut self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|byte| !belongs(byte)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// What follows the word `query`.
    fn operation(&mut self) -> Reading<Operation> {
        let name = match self.peek() {
            Some(b'(' | b'{') | None => None,
            Some(_) => Some(self.name()?.to_owned()),
        };
        let mut defaults = Vec::new();
        if self.takes(b'(') {
            while !self.takes(b')') {
                self.expect(b'$')?;
                let variable = self.name()?.to_owned();
                self.expect(b':')?;
                self.variable_type()?;
                if self.takes(b'=') {
                    defaults.push((variable, self.argument()?));
                }
            }
        }
        Ok(Operation { name, defaults, selections: self.selections()? })
    }

    fn variable_type(&mut self) -> Reading<()> {
        if self.takes(b'[') {
            self.variable_type()?;
            self.expect(b']')?;
        } else {
            self.name()?;
        }
        self.takes(b'!');
        Ok(())
    }

    fn type_condition(&mut self) -> Reading<()> {
        match self.name()? {
            "on" => self.name().map(|_| ()),
            other => Err(format!("expected \"on\" instead of \"{other}\"")),
        }
    }

    fn selections(&mut self) -> Reading<Vec<Selection>> {
        self.expect(b'{')?;
        let mut selections = Vec::new();
        while !self.takes(b'}') {
            selections.push(self.selection()?);
        }
        Ok(selections)
    }

    fn selection(&mut self) -> Reading<Selection> {
        if self.takes(b'.') {
            self.expect(b'.')?;
            self.expect(b'.')?;
            if self.peek() == Some(b'{') {
                return Ok(Selection::Inline(self.selections()?));
            }
            let name = self.name()?;
            if name != "on" {
                return Ok(Selection::Spread(name.to_owned()));
            }
            self.name()?;
            return Ok(Selection::Inline(self.selections()?));
        }
        let key = self.name()?.to_owned();
        let name = if self.takes(b':') { self.name()?.to_owned() } else { key.clone() };
        let mut arguments = Vec::new();
        if self.takes(b'(') {
            while !self.takes(b')') {
                let argument = self.name()?.to_owned();
                self.expect(b':')?;
                arguments.push((argument, self.argument()?));
            }
        }
        let selections = if self.peek() == Some(b'{') { self.selections()? } else { Vec::new() };
        Ok(Selection::Field { key, name, arguments, selections })
    }

    fn argument(&mut self) -> Reading<Argument> {
        match self.peek().ok_or("the document ends too soon")? {
            b'$' => {
                self.at += 1;
                Ok(Argument::Variable(self.name()?.to_owned()))
            }
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                while !self.takes(b']') {
                    items.push(self.argument()?);
                }
                Ok(Argument::List(items))
            }
            b'{' => {
                self.at += 1;
                let mut members = Vec::new();
                while !self.takes(b'}') {
                    let name = self.name()?.to_owned();
                    self.expect(b':')?;
                    members.push((name, self.argument()?));
                }
                Ok(Argument::Object(members))
            }
            // Strings are read as those of JSON, from which they hardly differ.
            b'"' => {
                let mut values = serde_json::Deserializer::from_str(&self.text[self.at..]).into_iter();
                let value = values.next().and_then(Result::ok).ok_or("cannot read a string")?;
                self.at += values.byte_offset();
                Ok(Argument::Literal(value))
            }
            _ => {
                let word = self.word(|byte| byte.is_ascii_alphanumeric() || b"_-+.".contains(&byte));
                if word.is_empty() {
                    return Err(format!("expected a value at {}", self.at));
                }
                let value = serde_json::from_str(word).unwrap_or_else(|_| Value::from(word));
                Ok(Argument::Literal(value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_variables_and_fragments_are_read() {
        let text = "query Q($a:ID!,$n:[Int!]=[1,2]){_0:user(id:$a){...F} ...on Query{_1:users(ids:[\"7\",$a]){id}}} fragment F on User{id name}";
        let document = parse(text, None).unwrap();
        assert_eq!(document.fields.len(), 2);
        assert_eq!(document.fields[0].key, "_0");
        assert_eq!(document.fields[0].name, "user");
        assert_eq!(document.fields[0].arguments, [("id".to_owned(), Argument::Variable("a".to_owned()))]);
        assert_eq!(document.fields[0].fields.len(), 2);
        let ids = vec![Argument::Literal("7".into()), Argument::Variable("a".to_owned())];
        assert_eq!(document.fields[1].arguments[0].1, Argument::List(ids));
        assert_eq!(document.defaults[0].0, "n");
    }

    #[test]
    fn input_objects_may_hold_variables() {
        let document = parse("query($n:String){a(filter:{name:$n, in:[1]}){b}}", None).unwrap();
        let members = vec![
            ("name".to_owned(), Argument::Variable("n".to_owned())),
            ("in".to_owned(), Argument::List(vec![Argument::Literal(1.into())])),
        ];
        assert_eq!(document.fields[0].arguments, [("filter".to_owned(), Argument::Object(members))]);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "mutation{a}",
            "{a(b:{c}){d}}",
            "{a",
            "{...F}",
            "query($a){b}",
            "fragment F on T{...F} {...F}",
        ] {
            assert!(parse(text, None).is_err(), "{text}");
        }
    }
}
