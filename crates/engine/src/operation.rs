//! A request text made ready to run: parsed under limits, validated, and, per request, bound to its variables.
//!
//! Parsing and validation happen once per (role schema, text) and planning once per assignment of the conditions in
//! `@skip` and `@include`; a request that finds its [`Operation`] in a cache pays only for [`Operation::bind`].

mod diagnose;
mod limits;
mod session;
mod variables;

use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::ast::OperationType;
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{self, ExecutableDocument};
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema, ast};
use rustc_hash::FxHashMap;

use crate::catalog::{Catalog, RoleSchema};
use crate::fault::{Code, Refusal};
use crate::introspect::{self, Introspected};
use crate::plan::{self, OutputValue, Plan};
use crate::terms::{self, Terms};

pub use limits::Limits;
pub use variables::Variables;

/// Most plans kept for one operation; each assignment of its conditions has its own.
const MAX_PLANS: usize = 64;

/// Most introspection answers kept for one operation; each assignment of its variables has its own.
const MAX_INTROSPECTED: usize = 4;

/// Which kind of operation a client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// `query`
    Query,
    /// `mutation`
    Mutation,
    /// `subscription`
    Subscription,
}

/// A parsed and validated operation of one role; shared by all requests with the same text.
#[derive(Debug)]
pub struct Operation {
    /// Kind of the chosen operation.
    pub kind: OperationKind,
    catalog: Arc<Catalog>,
    role: Arc<RoleSchema>,
    query: String,
    operation_name: Option<String>,
    document: Valid<ExecutableDocument>,
    chosen: Node<executable::Operation>,
    /// The variables that `@skip` and `@include` use, by index into the definitions.
    conditions: Vec<usize>,
    /// Most upstream requests.
    max_requests: usize,
    /// Plans by the values of the conditions.
    plans: Mutex<FxHashMap<Box<[bool]>, Arc<Plan>>>,
    /// Answers to its introspection fields, by the variables' text.
    introspected: Mutex<FxHashMap<String, Arc<Introspected>>>,
}

/// A plan with the values of one request.
#[derive(Debug)]
pub struct Bound {
    /// What to do.
    pub plan: Arc<Plan>,
    /// The client's variables.
    pub(crate) variables: Variables,
    /// JSON of the plan's session variables.
    pub(crate) session: Vec<String>,
    /// The answer to the operation's introspection fields.
    pub(crate) introspection: Option<Arc<Introspected>>,
}

impl Operation {
    /// Its text, as the client sent it.
    pub fn text(&self) -> &str {
        &self.query
    }

    /// The name that the text gives the chosen operation.
    pub fn name(&self) -> Option<&str> {
        self.chosen.name.as_ref().map(|name| name.as_str())
    }

    /// Parses, validates and chooses the operation (GraphQL specification, sections 5 and 6.1), for whoever may ask
    /// everything that the schema has.
    pub fn parse(
        catalog: Arc<Catalog>,
        role: Arc<RoleSchema>,
        query: &str,
        operation_name: Option<&str>,
        limits: Limits,
    ) -> Result<Self, Refusal> {
        Self::parse_under(Terms::FREE, catalog, role, query, operation_name, limits)
    }

    /// As [`Operation::parse`], for a role on its terms.
    pub fn parse_under(
        terms: Terms,
        catalog: Arc<Catalog>,
        role: Arc<RoleSchema>,
        query: &str,
        operation_name: Option<&str>,
        limits: Limits,
    ) -> Result<Self, Refusal> {
        let mut parser = Parser::new().recursion_limit(limits.recursion()).token_limit(limits.tokens);
        let document = match parser.parse_ast(query, "query.graphql") {
            Ok(document) => document,
            Err(errors) => return Err(limits.refuse_syntax(&parser, &errors.errors)),
        };
        // Before anything is said about the text, as it would be a word about the schema.
        catalog.rules.check_listed(terms, &document)?;
        let chosen = choose(&document, operation_name)?;
        if chosen.selection_set.is_empty() {
            // The parser lets it pass.
            return Err(Refusal::new(Code::ValidationFailed, "$.query", "not a valid graphql query"));
        }
        limits.check(&document, chosen)?;
        diagnose::duplicate_input_fields(&document)?;
        let kind = match chosen.operation_type {
            OperationType::Query => OperationKind::Query,
            OperationType::Mutation => OperationKind::Mutation,
            OperationType::Subscription => OperationKind::Subscription,
        };
        let document = document
            .to_executable_validate(&role.schema)
            .map_err(|errors| diagnose::invalid(&role.schema, &document, chosen, &errors.errors))?;
        let chosen = match document.operations.get(operation_name) {
            Ok(operation) => Node::clone(operation),
            Err(error) => return Err(Refusal::new(Code::ValidationFailed, "$", error.message().to_string())),
        };
        terms::check_introspection(terms, &document, &chosen)?;
        introspect::check_depth(&document, &chosen)?;
        let conditions = condition_variables(&document, &chosen);
        Ok(Self {
            kind,
            catalog,
            role,
            query: query.to_owned(),
            operation_name: operation_name.map(str::to_owned),
            document,
            chosen,
            conditions,
            max_requests: limits.requests,
            plans: Mutex::default(),
            introspected: Mutex::default(),
        })
    }

    /// The operation that was chosen.
    pub(crate) fn chosen(&self) -> &executable::Operation {
        &self.chosen
    }

    /// The document that it is in.
    pub(crate) fn document(&self) -> &ExecutableDocument {
        &self.document
    }

    /// The schema that it is valid for.
    pub(crate) fn schema(&self) -> &Valid<Schema> {
        &self.role.schema
    }

    /// Coerces the request's variables (raw JSON text of an object) and picks the plan for their `@skip` and
    /// `@include` values. `session` gives the value of a session variable by its name in lower case.
    pub fn bind<'s>(
        &self,
        variables: Option<&str>,
        session: &dyn Fn(&str) -> Option<&'s str>,
    ) -> Result<Bound, Refusal> {
        let variables = Variables::coerce(&self.role.schema, &self.chosen.variables, variables)?;
        let plan = self.plan(&variables)?;
        let session = session::values(&plan.session, session)?;
        let has_introspection =
            plan.response.iter().any(|output| matches!(output.value, OutputValue::Introspection));
        let introspection = if has_introspection { Some(self.introspect(&variables)?) } else { None };
        Ok(Bound { plan, variables, session, introspection })
    }

    /// The bytes the operation holds, roughly, as its weight in a cache.
    pub fn weight(&self) -> usize {
        // As measured: text, document and one plan of queries of one to eight levels.
        self.query.len() * 40 + 4_096
    }

    fn plan(&self, variables: &Variables) -> Result<Arc<Plan>, Refusal> {
        let values: Box<[bool]> = self
            .conditions
            .iter()
            .map(|index| variables.boolean(*index).or_else(|| self.default_boolean(*index)).unwrap_or(false))
            .collect();
        let known = self.plans.lock().unwrap_or_else(PoisonError::into_inner).get(&values).cloned();
        if let Some(plan) = known {
            return Ok(plan);
        }
        let conditions: HashMap<Name, bool> = self
            .conditions
            .iter()
            .zip(&values)
            .map(|(index, value)| (self.chosen.variables[*index].name.clone(), *value))
            .collect();
        let plan = Arc::new(plan::build(&plan::Source {
            catalog: &self.catalog,
            role: &self.role,
            document: &self.document,
            operation: &self.chosen,
            kind: self.kind,
            query: &self.query,
            operation_name: self.operation_name.as_deref(),
            conditions: &conditions,
        })?);
        // A mutation must not stop half way, so this is found out before it starts.
        if plan.roots.len() > self.max_requests {
            let message = format!(
                "the operation needs {} upstream requests, more than {}; ask for less or raise --max-requests",
                plan.roots.len(),
                self.max_requests
            );
            return Err(Refusal::new(Code::LimitExceeded, "$", message));
        }
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= MAX_PLANS {
            plans.clear();
        }
        plans.insert(values, Arc::clone(&plan));
        Ok(plan)
    }

    fn introspect(&self, variables: &Variables) -> Result<Arc<Introspected>, Refusal> {
        let known =
            self.introspected.lock().unwrap_or_else(PoisonError::into_inner).get(variables.text()).cloned();
        if let Some(answer) = known {
            return Ok(answer);
        }
        let answer =
            Arc::new(introspect::execute(&self.role, &self.document, &self.chosen, variables.text())?);
        let mut introspected = self.introspected.lock().unwrap_or_else(PoisonError::into_inner);
        if introspected.len() >= MAX_INTROSPECTED {
            introspected.clear();
        }
        introspected.insert(variables.text().to_owned(), Arc::clone(&answer));
        Ok(answer)
    }

    fn default_boolean(&self, index: usize) -> Option<bool> {
        self.chosen.variables[index].default_value.as_ref()?.to_bool()
    }
}

/// Whether each operation of a document is valid for whoever sees `schema`; if not, what is wrong first.
pub(crate) fn check(schema: &Valid<Schema>, text: &str) -> Result<(), String> {
    let limits = Limits::default();
    let mut parser = Parser::new().recursion_limit(limits.recursion()).token_limit(limits.tokens);
    let document = parser
        .parse_ast(text, "query.graphql")
        .map_err(|errors| limits.refuse_syntax(&parser, &errors.errors).message)?;
    let operations =
        document.definitions.iter().filter_map(|definition| definition.as_operation_definition());
    let Some(first) = operations.clone().next() else { return Err("not a valid graphql query".to_owned()) };
    for operation in operations {
        limits.check(&document, operation).map_err(|refusal| refusal.message)?;
    }
    diagnose::duplicate_input_fields(&document).map_err(|refusal| refusal.message)?;
    let invalid = document.to_executable_validate(schema).map(drop);
    invalid.map_err(|errors| diagnose::invalid(schema, &document, first, &errors.errors).message)
}

/// The operation to run, in Hasura's words when there is none or no single one.
fn choose<'a>(
    document: &'a ast::Document,
    name: Option<&str>,
) -> Result<&'a Node<ast::OperationDefinition>, Refusal> {
    let refuse = |message: String| Err(Refusal::new(Code::ValidationFailed, "$", message));
    let operations: Vec<_> = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            ast::Definition::OperationDefinition(operation) => Some(operation),
            _ => None,
        })
        .collect();
    match (name, operations.as_slice()) {
        (_, []) => refuse(
            "exactly one operation has to be present in the document when operationName is not specified"
                .into(),
        ),
        (None, [only]) => Ok(only),
        (None, _) => refuse(
            "exactly one operation has to be present in the document when operationName is not specified"
                .into(),
        ),
        (Some(_), all) if all.iter().any(|operation| operation.name.is_none()) => {
            refuse("operationName cannot be used when an anonymous operation exists in the document".into())
        }
        (Some(name), all) => {
            match all.iter().find(|operation| operation.name.as_ref().is_some_and(|its| its == name)) {
                Some(operation) => Ok(operation),
                None => refuse(format!("no such operation found in the document: \"{name}\"")),
            }
        }
    }
}

/// The variables that decide over parts of the operation.
fn condition_variables(document: &ExecutableDocument, operation: &executable::Operation) -> Vec<usize> {
    fn visit(set: &executable::SelectionSet, found: &mut Vec<Name>) {
        for selection in &set.selections {
            for name in ["skip", "include"] {
                if let Some(directive) = selection.directives().get(name)
                    && let Some(value) = directive.specified_argument_by_name("if")
                    && let Some(variable) = value.as_variable()
                    && !found.contains(variable)
                {
                    found.push(variable.clone());
                }
            }
            match selection {
                executable::Selection::Field(field) => {
                    if let Some(set) = &field.selection_set {
                        visit(set, found);
                    }
                }
                executable::Selection::InlineFragment(fragment) => visit(&fragment.selection_set, found),
                executable::Selection::FragmentSpread(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    visit(&operation.selection_set, &mut found);
    for fragment in document.fragments.values() {
        visit(&fragment.selection_set, &mut found);
    }
    let index = |name: &Name| operation.variables.iter().position(|variable| variable.name == *name);
    found.iter().filter_map(index).collect()
}
