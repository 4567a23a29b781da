//! Saved operations and what is made of them: checked against the administrator's schema, and served as REST endpoints.

use apollo_compiler::Schema;
use apollo_compiler::ast;
use apollo_compiler::validation::Valid;
use metadata::{Document, QueryCollection, RestEndpoint, SavedQuery};
use serde_json::json;

use crate::fault::Code;
use crate::operation;
use crate::problem::{MetadataObject, Problem, Severity, WHOLE_REASONS};
use crate::rest::{Endpoint, Template, TemplateError};

/// Checks the saved operations, and gives the endpoints that can be served.
pub(super) fn read(
    document: &Document,
    schema: &Valid<Schema>,
    problems: &mut Vec<Problem>,
) -> Vec<Endpoint> {
    let collections = document.query_collections();
    let entries = document.rest_endpoints();
    for collection in &collections {
        for query in &collection.definition.queries {
            if let Err(flaw) = operation::check(schema, &query.query) {
                problems.push(invalid_query(document, &entries, collection, query, &flaw));
            }
        }
    }
    problems.extend(unknown_allowed(document, &collections));

    let mut templates: Vec<(&RestEndpoint, Template)> = Vec::new();
    for entry in &entries {
        match Template::parse(&entry.url) {
            Ok(template) => templates.push((entry, template)),
            Err(error) => problems.push(bad_template(entry, error)),
        }
    }
    problems.extend(ambiguous(&templates));
    let mut endpoints = Vec::new();
    for (entry, template) in templates {
        match parsed(entry, &collections) {
            Ok((query, document)) => endpoints.push(Endpoint::new(entry, template, query, &document)),
            Err(reason) => problems.push(endpoint(entry, reason)),
        }
    }
    endpoints
}

/// The operation of an endpoint. One that is not valid for the schema is listed itself, and answers with what is wrong.
fn parsed<'c>(
    entry: &RestEndpoint,
    collections: &'c [QueryCollection],
) -> Result<(&'c str, ast::Document), String> {
    let reference = &entry.definition.query;
    let (collection_name, query_name) = (&reference.collection_name, &reference.query_name);
    let in_endpoint = |reason: String| format!("in endpoint \"{}\": {reason}", entry.name);
    let Some(collection) = collections.iter().find(|known| known.name == *collection_name) else {
        return Err(in_endpoint(format!("query collection with name \"{collection_name}\" does not exist")));
    };
    let Some(query) = collection.query(query_name) else {
        let reason =
            format!("query with name \"{query_name}\" not found in collection \"{collection_name}\"");
        return Err(in_endpoint(reason));
    };
    let document = ast::Document::parse(&query.query, "query.graphql")
        .map_err(|_| in_endpoint(format!("query with name \"{query_name}\" is not a valid graphql query")))?;
    let n_operations = document
        .definitions
        .iter()
        .filter(|definition| definition.as_operation_definition().is_some())
        .count();
    if n_operations != 1 {
        return Err(in_endpoint(format!(
            "query with name \"{query_name}\" has {n_operations} operations; an endpoint needs exactly one"
        )));
    }
    Ok((&query.query, document))
}

fn invalid_query(
    document: &Document,
    endpoints: &[RestEndpoint],
    collection: &QueryCollection,
    query: &SavedQuery,
    flaw: &str,
) -> Problem {
    let (in_collection, name) = (&collection.name, &query.name);
    let mut reason = format!(
        "In query collection \"{in_collection}\" the query \"{name}\" is invalid with the following error(s): \"{flaw}\""
    );
    let users: Vec<String> = endpoints
        .iter()
        .filter(|endpoint| {
            let reference = &endpoint.definition.query;
            reference.collection_name == *in_collection && reference.query_name == *name
        })
        .map(|endpoint| format!("\"{}\"", endpoint.name))
        .collect();
    if !users.is_empty() {
        let users = users.join(", ");
        reason.push_str(&format!(". This query is being used in the following REST endpoint(s): {users}"));
    }
    if document.allowlist().iter().any(|allowed| allowed.collection == *in_collection) {
        reason.push_str(". This query is in allowlist.");
    }
    Problem {
        object: MetadataObject::SavedQuery { collection: in_collection.clone(), query: name.clone() },
        reason,
        code: Code::ValidationFailed,
        definition: json!({"name": name, "query": query.query}),
        message: None,
        severity: Severity::Inconsistent,
    }
}

/// Entries of the allow list that name no collection.
fn unknown_allowed(document: &Document, collections: &[QueryCollection]) -> Option<Problem> {
    let unknown: Vec<String> = document
        .allowlist()
        .into_iter()
        .filter(|allowed| collections.iter().all(|known| known.name != allowed.collection))
        .map(|allowed| {
            format!("the allow list has a collection \"{}\", which does not exist", allowed.collection)
        })
        .collect();
    (!unknown.is_empty()).then(|| Problem {
        object: MetadataObject::Section("allowlist".into()),
        reason: unknown.join("; "),
        code: Code::NotExists,
        definition: document.sections.get("allowlist").cloned().unwrap_or_default(),
        message: None,
        severity: Severity::Warning,
    })
}

fn bad_template(entry: &RestEndpoint, error: TemplateError) -> Problem {
    let [duplicates, unnamed] = WHOLE_REASONS;
    let reason = match error {
        TemplateError::Duplicates(names) => format!("{duplicates}{} ({})", entry.url, names.join(", ")),
        TemplateError::Unnamed => format!("{unnamed}{}", entry.url),
    };
    endpoint(entry, reason)
}

/// Groups of endpoints that one request could mean.
fn ambiguous(templates: &[(&RestEndpoint, Template)]) -> Vec<Problem> {
    let clash = |(one, path): &(&RestEndpoint, Template), (other, other_path): &(&RestEndpoint, Template)| {
        path.overlaps(other_path) && one.methods.iter().any(|method| other.methods.contains(method))
    };
    let mut problems = Vec::new();
    for (index, first) in templates.iter().enumerate() {
        let later: Vec<&(&RestEndpoint, Template)> =
            templates[index + 1..].iter().filter(|other| clash(first, other)).collect();
        if later.is_empty() {
            continue;
        }
        let all: Vec<&RestEndpoint> = std::iter::once(first).chain(later).map(|(entry, _)| *entry).collect();
        let urls: Vec<&str> = all.iter().map(|entry| entry.url.as_str()).collect();
        problems.push(Problem {
            object: MetadataObject::RestConflict(all.iter().map(|entry| entry.name.clone()).collect()),
            reason: format!("Ambiguous URL paths: {}", urls.join(", ")),
            code: Code::InvalidConfiguration,
            definition: all.iter().map(|entry| entry.to_json()).collect(),
            message: None,
            severity: Severity::Inconsistent,
        });
    }
    problems
}

fn endpoint(entry: &RestEndpoint, reason: String) -> Problem {
    Problem {
        object: MetadataObject::RestEndpoint(entry.name.clone()),
        reason,
        code: Code::InvalidConfiguration,
        definition: entry.to_json(),
        message: None,
        severity: Severity::Inconsistent,
    }
}
