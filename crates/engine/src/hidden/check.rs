//! Whether a role may run a query, and if not, everything in it that stands in the way, with its place in the text.

use std::sync::Arc;

use apollo_compiler::ast::{Definition, Document, Field, OperationDefinition, Selection, Type, Value};
use apollo_compiler::collections::{HashMap, HashSet};
use apollo_compiler::parser::{LineColumn, Parser};
use apollo_compiler::{Name, Node, ast};
use serde::Serialize;
use std::ops::Range;

use super::Why;
use crate::catalog::{Catalog, RoleSchema};
use crate::fault::Location;
use crate::operation::{Limits, Operation};

/// Something in a query that makes the gateway refuse it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// What is refused, by its served name: `Order.margin`; empty when the query as a whole is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Why.
    pub reason: String,
    /// Where it stands in the text.
    #[serde(flatten)]
    pub location: Option<Location>,
}

/// Everything that makes the gateway refuse the query from that role; nothing when it is accepted. Without a name all
/// operations of the document are checked.
pub fn check(
    catalog: &Arc<Catalog>,
    role: &Arc<RoleSchema>,
    query: &str,
    operation_name: Option<&str>,
    limits: Limits,
) -> Vec<Refused> {
    let parse = |role: &Arc<RoleSchema>, name: Option<&str>| {
        Operation::parse(Arc::clone(catalog), Arc::clone(role), query, name, limits)
    };
    let mut parser = Parser::new().recursion_limit(limits.recursion()).token_limit(limits.tokens);
    // What is no document is refused as a whole.
    let document = parser.parse_ast(query, "query.graphql").unwrap_or_default();
    let operations: Vec<&OperationDefinition> = (document.definitions.iter())
        .filter_map(|definition| match definition {
            Definition::OperationDefinition(operation) => Some(&**operation),
            _ => None,
        })
        .collect();
    let named: Vec<Option<&str>> = match operations.as_slice() {
        [_, _, ..] if operation_name.is_none() => operations.iter().map(|its| its.name.as_deref()).collect(),
        _ => vec![operation_name],
    };
    let (mut refused, mut otherwise) = (Vec::new(), Vec::new());
    for name in named {
        let Err(refusal) = parse(role, name) else { continue };
        if let Some(operation) = operations.iter().find(|its| name.is_none() || its.name.as_deref() == name) {
            refused.extend(Walk::new(catalog, role, &document).operation(operation));
        }
        let reason = refusal.detail.map_or(refusal.message, String::from);
        otherwise.push(Refused { path: String::new(), reason, location: refusal.location });
    }
    // An operation is refused for what is wrong with any part of the document, so it may be in none of its own.
    let is_there = |name: &str| operations.iter().any(|its| its.name.as_deref() == Some(name));
    if refused.is_empty() && !otherwise.is_empty() && operation_name.is_none_or(is_there) {
        let others = operations.iter().flat_map(|its| Walk::new(catalog, role, &document).operation(its));
        refused.extend(others);
    }
    if refused.is_empty() {
        refused = otherwise;
    }
    let place = |refused: &Refused| refused.location.map(|at| (at.line, at.column));
    refused.sort_by_key(place);
    // Operations may share fragments.
    refused.dedup();
    refused
}

struct Walk<'a> {
    why: Why<'a>,
    document: &'a Document,
    fragments: HashMap<&'a Name, &'a ast::FragmentDefinition>,
    /// Fragments that were walked.
    done: HashSet<&'a Name>,
    refused: Vec<Refused>,
}

impl<'a> Walk<'a> {
    fn new(catalog: &'a Catalog, role: &'a RoleSchema, document: &'a Document) -> Self {
        let fragments = (document.definitions.iter())
            .filter_map(|definition| match definition {
                Definition::FragmentDefinition(fragment) => Some((&fragment.name, &**fragment)),
                _ => None,
            })
            .collect();
        Self {
            why: Why { catalog, role },
            document,
            fragments,
            done: HashSet::default(),
            refused: Vec::new(),
        }
    }

    fn operation(mut self, operation: &'a OperationDefinition) -> Vec<Refused> {
        let kind = operation.operation_type;
        let Some(root) = self.why.catalog.admin.schema.root_operation(kind) else { return self.refused };
        if self.why.role.schema.root_operation(kind).is_none() {
            let reason = self.why.operation(kind);
            let first = operation.selection_set.iter().find_map(Selection::as_field);
            let at = first.and_then(|field| field.line_column_range(&self.document.sources));
            self.refuse(root.to_string(), reason, at);
            return self.refused;
        }
        for variable in &operation.variables {
            let at = variable.line_column_range(&self.document.sources);
            self.named_type(variable.ty.inner_named_type(), at);
            if let Some(default) = &variable.default_value {
                self.value(default, &variable.ty);
            }
        }
        self.set(&operation.selection_set, root);
        self.refused
    }

    fn set(&mut self, set: &'a [Selection], on: &Name) {
        for selection in set {
            match selection {
                Selection::Field(field) => self.field(field, on),
                Selection::InlineFragment(fragment) => match &fragment.type_condition {
                    None => self.set(&fragment.selection_set, on),
                    Some(condition) => self.narrowed(condition, &fragment.selection_set),
                },
                Selection::FragmentSpread(spread) => {
                    let fragment = self.fragments.get(&spread.fragment_name).copied();
                    let Some(fragment) = fragment.filter(|its| self.done.insert(&its.name)) else { continue };
                    self.narrowed(&fragment.type_condition, &fragment.selection_set);
                }
            }
        }
    }

    fn narrowed(&mut self, condition: &'a Name, set: &'a [Selection]) {
        if self.named_type(condition, condition.line_column_range(&self.document.sources)) {
            self.set(set, condition);
        }
    }

    /// Whether the role sees a type.
    fn named_type(&mut self, name: &Name, at: Option<Range<LineColumn>>) -> bool {
        if self.why.role.schema.types.contains_key(name) {
            return true;
        }
        // Scalars that everybody has are in no schema that does not use them.
        match self.why.catalog.admin.schema.types.get(name) {
            Some(ty) if ty.is_built_in() => {}
            Some(_) => self.refuse(name.to_string(), self.why.ty(name), at),
            None => self.refuse(name.to_string(), NOWHERE.to_owned(), at),
        }
        false
    }

    fn field(&mut self, field: &'a Node<Field>, on: &Name) {
        if field.name.starts_with("__") {
            return;
        }
        let (admin, role) = (&self.why.catalog.admin.schema, &self.why.role.schema);
        let at = field.line_column_range(&self.document.sources);
        let path = format!("{on}.{}", field.name);
        let Ok(definition) = admin.type_field(on, &field.name) else {
            return self.refuse(path, NOWHERE.to_owned(), at);
        };
        let Ok(granted) = role.type_field(on, &field.name) else {
            return self.refuse(path, self.why.field(on, &field.name), at);
        };
        for argument in &field.arguments {
            let at = argument.line_column_range(&self.document.sources);
            let name = &argument.name;
            match (definition.argument_by_name(name), granted.argument_by_name(name)) {
                (_, Some(known)) => self.value(&argument.value, &known.ty),
                (Some(_), None) => {
                    let reason = self.why.argument(on, &field.name, name);
                    self.refuse(format!("{path}({name}:)"), reason, at);
                }
                (None, None) => self.refuse(format!("{path}({name}:)"), NOWHERE.to_owned(), at),
            }
        }
        self.set(field.selection_set.as_deref().unwrap_or_default(), definition.ty.inner_named_type());
    }

    fn value(&mut self, value: &Node<Value>, ty: &Type) {
        let (admin, role) = (&self.why.catalog.admin.schema, &self.why.role.schema);
        let name = ty.inner_named_type();
        match &**value {
            Value::List(items) => items.iter().for_each(|item| self.value(item, ty.item_type())),
            Value::Enum(value_name) => {
                let Some(granted) = role.get_enum(name) else { return };
                let is_known = admin.get_enum(name).is_some_and(|its| its.values.contains_key(value_name));
                if is_known && !granted.values.contains_key(value_name) {
                    let at = value.line_column_range(&self.document.sources);
                    self.refuse(format!("{name}.{value_name}"), self.why.part(name), at);
                }
            }
            Value::Object(fields) => {
                let Some(granted) = role.get_input_object(name) else { return };
                let whole = admin.get_input_object(name);
                for (field, value) in fields {
                    if let Some(known) = granted.fields.get(field) {
                        self.value(value, &known.ty);
                    } else if whole.is_some_and(|whole| whole.fields.contains_key(field)) {
                        let at = field.line_column_range(&self.document.sources);
                        self.refuse(format!("{name}.{field}"), self.why.input_field(name, field), at);
                    }
                }
            }
            _ => {}
        }
    }

    fn refuse(&mut self, path: String, reason: String, at: Option<Range<LineColumn>>) {
        self.refused.push(Refused { path, reason, location: at.map(|at| at.start.into()) });
    }
}

const NOWHERE: &str = "does not exist for administrators either";
