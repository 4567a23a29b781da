//! REST endpoints: which saved operation a method and path mean, and what its variables are.
//!
//! Knows URLs and values only; what is wrong with the endpoints of the metadata is worded in [`crate::catalog`], and HTTP is
//! the gateway's.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast;
use metadata::{RestEndpoint, RestMethod};
use serde_json::Number;
use serde_json::value::{RawValue, to_raw_value};

use crate::fault::{Code, Refusal};

/// An endpoint that is served.
#[derive(Debug)]
pub struct Endpoint {
    /// Its name in the metadata.
    pub name: String,
    /// The document that it runs.
    pub query: String,
    /// What the metadata says of it.
    pub comment: Option<String>,
    template: Template,
    methods: Vec<RestMethod>,
    variables: Vec<(String, ast::Type)>,
}

/// The path of an endpoint, in segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Word(String),
    Variable(String),
}

/// A segment of an endpoint's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathPart<'e> {
    Word(&'e str),
    Variable(&'e str),
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// These variables occur more than once.
    Duplicates(Vec<String>),
    /// A segment is empty, or a variable has no name.
    Unnamed,
}

/// Variables by name, as JSON that nobody has to read before the operation is bound to them: numbers keep their digits.
pub type Variables = BTreeMap<String, Box<RawValue>>;

/// What a method and path lead to.
#[derive(Debug)]
pub enum Found<'e> {
    /// One endpoint, with the texts that the path has for its variables.
    One(&'e Endpoint, Vec<(&'e str, String)>),
    /// Several, which the metadata lists as inconsistent.
    Several,
    /// None with this method; these it could be asked with.
    OtherMethods(BTreeSet<RestMethod>),
    /// None.
    Nothing,
}

impl Template {
    /// Reads `users/:id`.
    pub(crate) fn parse(url: &str) -> Result<Self, TemplateError> {
        let segments: Vec<Segment> = url
            .split('/')
            .map(|segment| match segment.strip_prefix(':') {
                Some(variable) => Segment::Variable(variable.to_owned()),
                None => Segment::Word(segment.to_owned()),
            })
            .collect();
        if segments.iter().any(|(Segment::Word(text) | Segment::Variable(text))| text.is_empty()) {
            return Err(TemplateError::Unnamed);
        }
        let mut seen = BTreeSet::new();
        let names = segments.iter().filter_map(|segment| match segment {
            Segment::Variable(name) => Some(name),
            Segment::Word(_) => None,
        });
        let mut twice: Vec<String> = names.filter(|name| !seen.insert(*name)).cloned().collect();
        twice.sort();
        twice.dedup();
        if twice.is_empty() { Ok(Self(segments)) } else { Err(TemplateError::Duplicates(twice)) }
    }

    /// Whether there is a path that fits both.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let both_fit = |pair: (&Segment, &Segment)| match pair {
            (Segment::Word(one), Segment::Word(other)) => one == other,
            _ => true,
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(both_fit)
    }

    /// The texts for the variables, when the path fits.
    fn fit(&self, path: &[String]) -> Option<Vec<(&str, String)>> {
        if self.0.len() != path.len() {
            return None;
        }
        let mut texts = Vec::new();
        for (segment, text) in self.0.iter().zip(path) {
            match segment {
                Segment::Word(word) if word != text => return None,
                Segment::Word(_) => {}
                Segment::Variable(name) => texts.push((name.as_str(), text.clone())),
            }
        }
        Some(texts)
    }
}

impl PathPart<'_> {
    /// The text, if it is always the same.
    pub(crate) fn word(&self) -> Option<String> {
        match self {
            Self::Word(word) => Some((*word).to_owned()),
            Self::Variable(_) => None,
        }
    }
}

impl Endpoint {
    /// An endpoint that runs `query`, of which `document` is the parsed form.
    pub(crate) fn new(
        entry: &RestEndpoint,
        template: Template,
        query: &str,
        document: &ast::Document,
    ) -> Self {
        let variables =
            document.definitions.iter().filter_map(|definition| definition.as_operation_definition());
        let variables = variables.flat_map(|operation| &operation.variables);
        Self {
            name: entry.name.clone(),
            query: query.to_owned(),
            comment: entry.comment.clone(),
            template,
            methods: entry.methods.clone(),
            variables: variables
                .map(|variable| (variable.name.to_string(), (*variable.ty).clone()))
                .collect(),
        }
    }

    /// The operation's variables: texts of the path and the query string read by their declared types, beside the members of the
    /// body, which are JSON already.
    pub fn variables<'t>(
        &self,
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
        body: Variables,
    ) -> Result<Variables, Refusal> {
        let mut variables = body;
        for name in variables.keys() {
            self.declared(name)?;
        }
        for (name, text) in texts {
            let value = read(name, self.declared(name)?, text)?;
            if variables.insert(name.to_owned(), value).is_some() {
                let message = format!(
                    "the variable {name} is given more than once; give it in the path, the query string or the body"
                );
                return Err(refuse(message));
            }
        }
        Ok(variables)
    }

    /// Its path below `/api/rest/`.
    pub(crate) fn path(&self) -> Vec<PathPart<'_>> {
        let segments = self.template.0.iter();
        let parts = segments.map(|segment| match segment {
            Segment::Word(word) => PathPart::Word(word),
            Segment::Variable(name) => PathPart::Variable(name),
        });
        parts.collect()
    }

    /// The methods it answers.
    pub(crate) fn methods(&self) -> &[RestMethod] {
        &self.methods
    }

    fn declared(&self, name: &str) -> Result<&ast::Type, Refusal> {
        let known = self.variables.iter().find(|(known, _)| known == name);
        known.map(|(_, ty)| ty).ok_or_else(|| refuse(format!("Unexpected variable {name}")))
    }
}

/// The endpoint that a path below `/api/rest/`, in decoded segments, means.
pub fn find<'e>(endpoints: &'e [Endpoint], method: &str, path: &[String]) -> Found<'e> {
    let mut found = None;
    let mut others = BTreeSet::new();
    for endpoint in endpoints {
        let Some(texts) = endpoint.template.fit(path) else { continue };
        if endpoint.methods.iter().all(|known| known.as_str() != method) {
            others.extend(endpoint.methods.iter().copied());
        } else if found.replace((endpoint, texts)).is_some() {
            return Found::Several;
        }
    }
    match found {
        Some((endpoint, texts)) => Found::One(endpoint, texts),
        None if others.is_empty() => Found::Nothing,
        None => Found::OtherMethods(others),
    }
}

/// A text of a URL as a value of the declared type.
fn read(name: &str, ty: &ast::Type, text: &str) -> Result<Box<RawValue>, Refusal> {
    let (ast::Type::Named(named) | ast::Type::NonNullNamed(named)) = ty else {
        let message = format!(
            "the variable {name} is a list, which cannot be given in the path or the query string; send it in the body"
        );
        return Err(refuse(message));
    };
    let wrong = || refuse(format!("the value {text:?} of the variable {name} is no {named}"));
    let value = match (named.as_str(), text) {
        ("Boolean", "") => to_raw_value(&true),
        (_, "") if !ty.is_non_null() => to_raw_value(&()),
        ("Boolean", text) => to_raw_value(&text.parse::<bool>().map_err(|_| wrong())?),
        ("Int" | "Float", text) => {
            serde_json::from_str::<Number>(text).and_then(|_| RawValue::from_string(text.to_owned()))
        }
        (_, text) => to_raw_value(text),
    };
    value.map_err(|_| wrong())
}

fn refuse(message: String) -> Refusal {
    Refusal::new(Code::BadRequest, "$", message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn endpoint(name: &str, url: &str, methods: &[RestMethod], query: &str) -> Endpoint {
        let entry = json!({
            "name": name,
            "url": url,
            "methods": methods,
            "definition": {"query": {"collection_name": "c", "query_name": "q"}},
        });
        let entry: RestEndpoint = metadata::decode(&entry).unwrap();
        let document = ast::Document::parse(query, "q").unwrap();
        Endpoint::new(&entry, Template::parse(url).unwrap(), query, &document)
    }

    #[test]
    fn templates() {
        for (url, expected) in [
            ("users", None),
            ("users/:id/posts/:post", None),
            (":id", None),
            ("", Some(TemplateError::Unnamed)),
            ("/users", Some(TemplateError::Unnamed)),
            ("users/", Some(TemplateError::Unnamed)),
            ("users//x", Some(TemplateError::Unnamed)),
            ("users/:", Some(TemplateError::Unnamed)),
            (":b/:a/:a/:b/:c", Some(TemplateError::Duplicates(vec!["a".into(), "b".into()]))),
        ] {
            assert_eq!(Template::parse(url).err(), expected, "{url}");
        }
    }

    #[test]
    fn overlapping() {
        for (one, other, expected) in [
            ("a", "a", true),
            ("a", "b", false),
            ("a", ":x", true),
            (":x", ":y", true),
            ("a/:x", ":y/b", true),
            ("a/:x", "b/:x", false),
            ("a", "a/:x", false),
        ] {
            let (one, other) = (Template::parse(one).unwrap(), Template::parse(other).unwrap());
            assert_eq!(
                (one.overlaps(&other), other.overlaps(&one)),
                (expected, expected),
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn finding() {
        use RestMethod::{Get, Patch, Post};
        let endpoints = [
            endpoint("user", "users/:id", &[Get], "{a}"),
            endpoint("change", "users/:id", &[Patch, Post], "{a}"),
            endpoint("one", "a/:x", &[Get], "{a}"),
            endpoint("other", ":y/b", &[Get], "{a}"),
        ];
        let outcome = |method: &str, path: &[&str]| {
            let path: Vec<String> = path.iter().copied().map(str::to_owned).collect();
            match find(&endpoints, method, &path) {
                Found::One(endpoint, texts) => format!("{} {texts:?}", endpoint.name),
                Found::Several => "several".to_owned(),
                Found::OtherMethods(methods) => format!("{methods:?}"),
                Found::Nothing => "nothing".to_owned(),
            }
        };
        for (method, path, expected) in [
            ("GET", &["users", "7"][..], r#"user [("id", "7")]"#),
            ("POST", &["users", "x/y"], r#"change [("id", "x/y")]"#),
            ("DELETE", &["users", "7"], "{Get, Post, Patch}"),
            ("GET", &["users"], "nothing"),
            ("GET", &["users", "7", ""], "nothing"),
            ("GET", &["a", "b"], "several"),
            ("GET", &["a", "c"], r#"one [("x", "c")]"#),
        ] {
            assert_eq!(outcome(method, path), expected, "{method} {path:?}");
        }
    }

    #[test]
    fn values_have_the_declared_types() {
        let query = "query($i: Int, $f: Float!, $b: Boolean, $s: String, $t: String!, $id: ID!, $l: [Int], $o: In) { a }";
        let endpoint = endpoint("e", "e", &[], query);
        for (name, text, expected) in [
            ("i", "7", "7"),
            ("i", "", "null"),
            ("i", "seven", r#"the value "seven" of the variable i is no Int"#),
            ("i", "\"7\"", r#"the value "\"7\"" of the variable i is no Int"#),
            ("f", "1.50", "1.50"),
            ("f", "", r#"the value "" of the variable f is no Float"#),
            ("b", "true", "true"),
            ("b", "", "true"),
            ("b", "yes", r#"the value "yes" of the variable b is no Boolean"#),
            ("s", "7", r#""7""#),
            ("s", "", "null"),
            ("t", "", r#""""#),
            ("id", "007", r#""007""#),
            (
                "l",
                "1",
                "the variable l is a list, which cannot be given in the path or the query string; send it in the body",
            ),
            ("o", "x", r#""x""#),
            ("z", "1", "Unexpected variable z"),
        ] {
            let is = match endpoint.variables([(name, text)], Variables::new()) {
                Ok(variables) => variables[name].to_string(),
                Err(refusal) => refusal.message,
            };
            assert_eq!(is, expected, "{name}={text}");
        }
    }

    #[test]
    fn bodies_and_texts_are_joined() {
        let endpoint = endpoint("e", "e", &[], "query($i: Int, $l: [Int]) { a }");
        let body = |value: Value| serde_json::from_value::<Variables>(value).unwrap();
        let joined = endpoint.variables([("i", "1")], body(json!({"l": [1, 2]}))).unwrap();
        assert_eq!(serde_json::to_string(&joined).unwrap(), r#"{"i":1,"l":[1,2]}"#);
        let twice = endpoint.variables([("i", "1")], body(json!({"i": 1}))).unwrap_err();
        assert!(twice.message.contains("the variable i is given more than once"), "{}", twice.message);
        let twice = endpoint.variables([("i", "1"), ("i", "2")], Variables::new()).unwrap_err();
        assert!(twice.message.contains("more than once"), "{}", twice.message);
        let unknown = endpoint.variables([], body(json!({"x": 1}))).unwrap_err();
        assert_eq!((unknown.code, unknown.message.as_str()), (Code::BadRequest, "Unexpected variable x"));
    }
}
