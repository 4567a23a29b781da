//! Requests to remotes that mean the same, spelt the same: variables and fragments filled in, arguments in the order of their
//! names. For tests that say what is to be sent without saying how the gateway words it.

use apollo_compiler::ast::{
    Argument, Definition, DirectiveList, Document, FragmentDefinition, InlineFragment, Selection, Value,
};
use apollo_compiler::collections::HashMap;
use apollo_compiler::parser::Parser;
use apollo_compiler::{Name, Node};
use serde_json::{Map, Value as Json};

/// The one spelling of a request. Enum values become texts, as a variable does not say which of the two it holds.
pub fn of_request(query: &str, variables: &Map<String, Json>) -> Result<String, String> {
    let mut document = match Parser::new().parse_ast(query, "request.graphql") {
        Ok(document) => document,
        Err(flawed) => {
            let first = flawed.errors.iter().next();
            return Err(
                first.map_or_else(|| "not a GraphQL document".to_owned(), |first| first.error.to_string())
            );
        }
    };
    rewrite(&mut document, variables);
    Ok(document.to_string())
}

fn rewrite(document: &mut Document, variables: &Map<String, Json>) {
    let mut filling = Filling { variables, fragments: HashMap::default() };
    document.definitions.retain(|definition| match definition {
        Definition::FragmentDefinition(fragment) => {
            filling.fragments.insert(fragment.name.clone(), Node::clone(fragment));
            false
        }
        _ => true,
    });
    for definition in &mut document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            let operation = operation.make_mut();
            operation.name = None;
            operation.variables.clear();
            filling.set(&mut operation.selection_set);
        }
    }
}

/// What stands elsewhere in the request.
struct Filling<'a> {
    variables: &'a Map<String, Json>,
    fragments: HashMap<Name, Node<FragmentDefinition>>,
}

impl Filling<'_> {
    fn set(&mut self, selections: &mut [Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let field = field.make_mut();
                    arguments(&mut field.arguments, self.variables);
                    directives(&mut field.directives, self.variables);
                    self.set(field.selection_set.as_deref_mut().unwrap_or_default());
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = fragment.make_mut();
                    directives(&mut fragment.directives, self.variables);
                    self.set(&mut fragment.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    directives(&mut spread.make_mut().directives, self.variables);
                    // Inside of itself a fragment is not known, so that one that goes round in circles has an end.
                    let Some((name, fragment)) = self.fragments.remove_entry(&spread.fragment_name) else {
                        continue;
                    };
                    let mut inline = InlineFragment {
                        type_condition: Some(fragment.type_condition.clone()),
                        directives: spread.directives.clone(),
                        selection_set: fragment.selection_set.clone(),
                    };
                    self.set(&mut inline.selection_set);
                    self.fragments.insert(name, fragment);
                    *selection = Selection::InlineFragment(inline.into());
                }
            }
        }
    }
}

fn directives(directives: &mut DirectiveList, variables: &Map<String, Json>) {
    directives.0.iter_mut().for_each(|directive| arguments(&mut directive.make_mut().arguments, variables));
}

/// An argument whose variable has no value is not there.
fn arguments(arguments: &mut Vec<Node<Argument>>, variables: &Map<String, Json>) {
    arguments.retain_mut(|argument| match plain(&argument.value, variables) {
        Some(value) => {
            argument.make_mut().value = value.into();
            true
        }
        None => false,
    });
    arguments.sort_by(|one, other| one.name.cmp(&other.name));
}

/// A value without variables; none if it is a variable without a value.
fn plain(value: &Value, variables: &Map<String, Json>) -> Option<Value> {
    Some(match value {
        Value::Variable(name) => from_json(variables.get(name.as_str())?),
        Value::Enum(name) => Value::String(name.to_string()),
        Value::List(items) => {
            let items = items.iter().map(|item| plain(item, variables).unwrap_or(Value::Null));
            Value::List(items.map(Node::new).collect())
        }
        Value::Object(fields) => {
            let given =
                |(name, value): &(Name, Node<Value>)| Some((name.clone(), plain(value, variables)?.into()));
            object(fields.iter().filter_map(given).collect())
        }
        other => other.clone(),
    })
}

fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(*value),
        Json::String(text) => Value::String(text.clone()),
        Json::Number(number) => {
            // The library prints the number as it is written, so that it keeps its digits.
            let text = number.to_string();
            match text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
                true => Value::Int(apollo_compiler::ast::IntValue::new_parsed(&text)),
                false => Value::Float(apollo_compiler::ast::FloatValue::new_parsed(&text)),
            }
        }
        Json::Array(items) => Value::List(items.iter().map(|item| from_json(item).into()).collect()),
        Json::Object(members) => object(
            (members.iter())
                .map(|(name, value)| (Name::new_unchecked(name), from_json(value).into()))
                .collect(),
        ),
    }
}

fn object(mut fields: Vec<(Name, Node<Value>)>) -> Value {
    fields.sort_by(|one, other| one.0.cmp(&other.0));
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_request_is_spelt_the_same() {
        let sent = of_request(
            "query Q($_0: Int!, $_1: F, $none: Int) { p(w: $_1, id: $_0, n: $none) { s(e: OPEN) ...A } } fragment A on A { x }",
            json!({"_0": 7, "_1": {"b": "OPEN", "a": [1.5, null]}}).as_object().unwrap(),
        );
        let meant = of_request(
            "{ p(id: 7, w: {a: [1.5, null], b: OPEN}) { s(e: \"OPEN\") ... on A { x } } }",
            &Map::new(),
        );
        assert_eq!(sent, meant);
        for different in [
            "{ p(id: 8, w: {a: [1.5, null], b: OPEN}) { s(e: OPEN) ... on A { x } } }",
            "{ p(id: \"7\", w: {a: [1.5, null], b: OPEN}) { s(e: OPEN) ... on A { x } } }",
            "{ p { s } }",
        ] {
            assert_ne!(sent, of_request(different, &Map::new()));
        }
        assert!(of_request("{ p", &Map::new()).is_err());
    }
}
