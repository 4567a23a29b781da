//! What is wrong with an operation, in Hasura's words where it has some. Only ever runs for operations that are refused.
//!
//! The compiler finds every violation of the specification; here the frequent ones are found a second time, by a walk
//! that knows the path to each field, because clients match on Hasura's text and path.

use apollo_compiler::ast::{self, Definition, Field, OperationDefinition, OperationType, Selection, Value};
use apollo_compiler::collections::HashMap;
use apollo_compiler::validation::DiagnosticList;
use apollo_compiler::{Name, Node, Schema};

use crate::fault::{Code, Refusal};

/// The refusal of an operation that does not validate.
pub(super) fn invalid(
    schema: &Schema,
    document: &ast::Document,
    operation: &OperationDefinition,
    errors: &DiagnosticList,
) -> Refusal {
    let first = errors.iter().next();
    let mut refusal = Walk::new(schema, document).operation(operation).unwrap_or_else(|| {
        let message = first
            .as_ref()
            .map_or_else(|| "the query is not valid".to_owned(), |first| first.error.to_string());
        Refusal::new(Code::ValidationFailed, "$", message)
    });
    refusal.location = first.and_then(|first| first.line_column_range()).map(|range| range.start.into());
    refusal
}

/// Refuses input objects that give a field twice, which the compiler lets pass (GraphQL specification, section 5.6.3).
pub(super) fn duplicate_input_fields(document: &ast::Document) -> Result<(), Refusal> {
    let mut sets: Vec<&[Selection]> = Vec::new();
    let mut values: Vec<&Value> = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                sets.push(&operation.selection_set);
                values.extend(
                    operation.variables.iter().filter_map(|variable| variable.default_value.as_deref()),
                );
            }
            Definition::FragmentDefinition(fragment) => sets.push(&fragment.selection_set),
            _ => {}
        }
    }
    while let Some(set) = sets.pop() {
        for selection in set {
            match selection {
                Selection::Field(field) => {
                    values.extend(field.arguments.iter().map(|argument| &*argument.value));
                    sets.extend(field.selection_set.as_deref());
                }
                Selection::InlineFragment(fragment) => sets.push(&fragment.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    while let Some(value) = values.pop() {
        match value {
            Value::List(items) => values.extend(items.iter().map(|item| &**item)),
            Value::Object(fields) => {
                for (i, (name, value)) in fields.iter().enumerate() {
                    if fields[..i].iter().any(|(other, _)| other == name) {
                        let message = format!("the input field '{name}' is given more than once");
                        return Err(Refusal::new(Code::ValidationFailed, "$.query", message));
                    }
                    values.push(value);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

struct Walk<'a> {
    schema: &'a Schema,
    fragments: HashMap<&'a Name, &'a ast::FragmentDefinition>,
    /// Fragments that are being walked, against cycles.
    open: Vec<&'a Name>,
    /// Selections looked at, against fragments that multiply.
    n_seen: usize,
}

impl<'a> Walk<'a> {
    fn new(schema: &'a Schema, document: &'a ast::Document) -> Self {
        let fragments = document
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                Definition::FragmentDefinition(fragment) => Some((&fragment.name, &**fragment)),
                _ => None,
            })
            .collect();
        Self { schema, fragments, open: Vec::new(), n_seen: 0 }
    }

    fn operation(&mut self, operation: &'a OperationDefinition) -> Option<Refusal> {
        let Some(root) = self.schema.root_operation(operation.operation_type) else {
            let kind = match operation.operation_type {
                OperationType::Query => "queries",
                OperationType::Mutation => "mutations",
                OperationType::Subscription => "subscriptions",
            };
            return Some(refuse("$", format!("no {kind} exist")));
        };
        if operation.operation_type == OperationType::Subscription && operation.selection_set.len() > 1 {
            return Some(refuse("$", "subscriptions must select one top level field".to_owned()));
        }
        self.set(&operation.selection_set, root, "$")
    }

    fn set(&mut self, set: &'a [Selection], parent: &Name, path: &str) -> Option<Refusal> {
        for selection in set {
            self.n_seen += 1;
            if self.n_seen > 20_000 {
                return None;
            }
            let found = match selection {
                Selection::Field(field) => self.field(field, parent, path),
                Selection::InlineFragment(fragment) => {
                    let ty = fragment.type_condition.as_ref().unwrap_or(parent);
                    self.set(&fragment.selection_set, ty, path)
                }
                Selection::FragmentSpread(spread) => match self.fragments.get(&spread.fragment_name).copied()
                {
                    Some(fragment) if !self.open.contains(&&fragment.name) => {
                        self.open.push(&fragment.name);
                        let found = self.set(&fragment.selection_set, &fragment.type_condition, path);
                        self.open.pop();
                        found
                    }
                    _ => None,
                },
            };
            if found.is_some() {
                return found;
            }
        }
        self.conflict(set, path)
    }

    fn field(&mut self, field: &'a Node<Field>, parent: &Name, path: &str) -> Option<Refusal> {
        let path = format!("{path}.selectionSet.{}", field.name);
        let Ok(definition) = self.schema.type_field(parent, &field.name) else {
            // A parent that does not exist is the compiler's to name.
            self.schema.types.get(parent)?;
            return Some(refuse(&path, format!("field '{}' not found in type: '{parent}'", field.name)));
        };
        for argument in &field.arguments {
            if definition.argument_by_name(&argument.name).is_none() {
                let message = format!("'{}' has no argument named '{}'", field.name, argument.name);
                return Some(refuse(&path, message));
            }
        }
        for wanted in definition.arguments.iter().filter(|argument| argument.is_required()) {
            if field.arguments.iter().all(|argument| argument.name != wanted.name) {
                let path = format!("{path}.args.{}", wanted.name);
                return Some(refuse(&path, format!("missing required field '{}'", wanted.name)));
            }
        }
        let ty = definition.ty.inner_named_type().clone();
        let is_leaf = self.schema.types.get(&ty).is_some_and(|ty| ty.is_leaf());
        match (&field.selection_set, is_leaf) {
            (None, false) => Some(refuse(&path, format!("missing selection set for '{ty}'"))),
            (Some(_), true) => {
                Some(refuse(&path, "unexpected subselection set for non-object field".to_owned()))
            }
            (Some(set), false) => self.set(set, &ty, &path),
            (None, true) => None,
        }
    }

    /// Two fields of one set that claim the same response key.
    fn conflict(&self, set: &'a [Selection], path: &str) -> Option<Refusal> {
        let fields: Vec<&Field> = set
            .iter()
            .filter_map(|selection| match selection {
                Selection::Field(field) => Some(&**field),
                _ => None,
            })
            .collect();
        for (i, field) in fields.iter().enumerate() {
            let Some(other) = fields[..i].iter().find(|other| other.response_name() == field.response_name())
            else {
                continue;
            };
            if other.name != field.name {
                let key = field.response_name();
                let message = format!(
                    "selection of both '{}' and '{}' specify the same response name, '{key}'",
                    other.name, field.name
                );
                return Some(refuse(path, message));
            }
            if other.arguments != field.arguments {
                let message =
                    format!("inconsistent arguments between multiple selections of field '{}'", field.name);
                return Some(refuse(path, message));
            }
        }
        None
    }
}

fn refuse(path: &str, message: String) -> Refusal {
    Refusal::new(Code::ValidationFailed, path, message)
}
