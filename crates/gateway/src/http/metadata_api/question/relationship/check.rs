//! `check_relationship`: what is wrong with a definition and where, or what comes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use engine::catalog::Introspection;
use engine::fault::Code;
use engine::remote::RemoteSchema;
use engine::trial::Trial;
use metadata::{Document, Relationship, RelationshipDefinition, TypeRelationships};
use serde_json::{Map, Value, json};

use super::super::super::edit::Edit;
use super::super::super::error::ApiError;
use super::super::fault::Fault;
use super::list::batch_form;
use super::note::notes;
use super::{BatchOffer, Check, CheckArguments};
use crate::cli::relationship_command;

/// Answers.
pub(in super::super) async fn check(
    edit: &mut Edit,
    _path: &str,
    arguments: CheckArguments,
) -> Result<Check, ApiError> {
    let CheckArguments { remote_schema, type_name, name, definition, replaces } = arguments;
    let written = json!({"name": name, "definition": definition});
    let mut check = Check { yaml: metadata::yaml::to_string(&json!([written])), ..Check::default() };
    let document = edit.draft.document();
    let replaces = replaces.as_deref();
    if replaces != Some(name.as_str()) && stored(document, (&remote_schema, &type_name, &name)).is_some() {
        check.faults.push(Fault {
            pointer: "/name".into(),
            code: Code::AlreadyExists.as_str(),
            message: format!("type `{type_name}` has a relationship `{name}` already"),
            help: Some("choose another name, or change the one there is".into()),
        });
    }
    let relationship = match metadata::relationship::decode_strict(&definition) {
        Ok(definition) => Relationship { name, definition },
        Err(error) => {
            check.faults.push(Fault {
                pointer: format!("/definition{}", pointer(&error.path, &definition)),
                code: Code::ParseFailed.as_str(),
                message: error.message,
                help: None,
            });
            return Ok(check);
        }
    };
    check.yaml = metadata::yaml::to_string(&json!([relationship.to_json()]));
    check.cli = relationship_command(&remote_schema, &type_name, &relationship, replaces.is_some());
    let catalog = edit.draft.catalog();
    let candidate = match catalog.candidate(&remote_schema, &type_name, &relationship, replaces) {
        Ok(candidate) => candidate,
        Err(rejection) => {
            let code = rejection.code.as_str();
            let is_taken = !check.faults.is_empty();
            let faults =
                rejection.reasons.into_iter().map(|flaw| fault(document, code, flaw.pointer, &flaw.reason));
            // That the name is taken is said already.
            check.faults.extend(faults.filter(|fault| !(is_taken && fault.pointer == "/name")));
            return Ok(check);
        }
    };
    check.notes = notes(catalog, &candidate);
    check.result_type = Some(candidate.field.ty.to_string());
    check.sdl = Some(candidate.sdl());
    check.open_arguments = candidate.open_arguments();
    if let RelationshipDefinition::ToRemoteSchema(to) = &relationship.definition {
        check.batch = Some(batch_form(to));
    }
    let on = (remote_schema.as_str(), type_name.as_str());
    let offer = catalog.batch_offer(&candidate, on, &relationship, replaces);
    check.batch_offer = offer.and_then(|offer| offered(offer.definition));
    let trial = Trial::new(
        &with(document, on, &relationship),
        &schemas(edit),
        (on.0, on.1, &relationship.name),
        None,
        candidate.example_arguments(catalog).as_deref(),
    );
    check.request = trial.ok().and_then(|trial| request(&trial));
    check.ok = check.faults.is_empty();
    Ok(check)
}

/// The relationship of that name in the metadata.
pub(super) fn stored<'d>(
    document: &'d Document,
    (remote, type_name, name): (&str, &str, &str),
) -> Option<&'d Relationship> {
    let on =
        document.remote_schema(remote)?.remote_relationships.iter().filter(|on| on.type_name == type_name);
    on.flat_map(|on| &on.relationships).find(|relationship| relationship.name == name)
}

/// The remotes of the metadata with this relationship alone, which is all that a trial needs.
pub(super) fn with(
    document: &Document,
    (remote, type_name): (&str, &str),
    relationship: &Relationship,
) -> Document {
    let mut remotes = document.remote_schemas.clone();
    for entry in &mut remotes {
        entry.remote_relationships.clear();
        if entry.name == remote {
            let relationships = vec![relationship.clone()];
            entry
                .remote_relationships
                .push(TypeRelationships { type_name: type_name.to_owned(), relationships });
        }
    }
    Document { remote_schemas: remotes, ..Document::default() }
}

/// The schemas that are known.
pub(super) fn schemas(edit: &Edit) -> BTreeMap<String, Arc<RemoteSchema>> {
    let names = edit.draft.document().remote_schemas.iter().map(|remote| &remote.name);
    let known = names.filter_map(|name| {
        let schema = edit.draft.introspection(name).and_then(Introspection::schema)?;
        Some((name.clone(), Arc::clone(schema)))
    });
    known.collect()
}

/// What is asked for three objects.
fn request(trial: &Trial) -> Option<String> {
    let bodies = trial.requests(&trial.examples()).ok()?;
    let text = |body: &Bytes| {
        let body: Value = serde_json::from_slice(body).ok()?;
        let query = body.get("query")?.as_str()?.to_owned();
        Some(
            body.get("variables")
                .map_or_else(|| query.clone(), |variables| format!("{query}\n\n# variables: {variables}")),
        )
    };
    let texts: Vec<String> = bodies.iter().filter_map(text).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn offered(definition: RelationshipDefinition) -> Option<BatchOffer> {
    let RelationshipDefinition::ToRemoteSchema(to) = &definition else { return None };
    let batch = to.batch.clone()?;
    let carrier = batch.keys.values().next()?;
    let argument = to.remote_field.arguments.keys().next()?;
    let message = format!(
        "`{}({argument}:)` takes all keys at once, and `{carrier}` of its elements says which belongs to which object.",
        to.remote_field.name
    );
    Some(BatchOffer { batch, message, definition })
}

/// A flaw with its help apart.
fn fault(document: &Document, code: &'static str, pointer: String, reason: &str) -> Fault {
    let (message, help) = match reason.split_once("; ") {
        Some((message, help)) => (message, Some(help.to_owned())),
        None => (reason, None),
    };
    let help = help.or_else(|| {
        if !pointer.ends_with("/remote_schema") {
            return None;
        }
        let names: Vec<String> =
            document.remote_schemas.iter().map(|remote| format!("`{}`", remote.name)).collect();
        (!names.is_empty()).then(|| format!("there are {}", names.join(", ")))
    });
    Fault { pointer, code, message: message.to_owned(), help }
}

/// `$.to_remote_schema.lhs_fields[0]` as a JSON pointer into the value. Keys are taken from the value, as they may have dots and
/// brackets, which the path does not set apart.
fn pointer(path: &str, value: &Value) -> String {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let (mut pointer, mut at) = (String::new(), Some(value));
    while !rest.is_empty() {
        let begins = |key: &str| {
            let forms = [format!(".{key}"), format!("['{key}']")];
            let after = forms.iter().find_map(|form| rest.strip_prefix(form.as_str()))?;
            (after.is_empty() || after.starts_with(['.', '['])).then_some(after)
        };
        let known = at.and_then(Value::as_object).into_iter().flat_map(Map::keys);
        let known = known.filter_map(|key| Some((key.clone(), begins(key)?)));
        let (key, after) = known.min_by_key(|(_, after)| after.len()).unwrap_or_else(|| {
            // An index, or a key that is not there.
            let part = rest.trim_start_matches(['.', '[']);
            let (key, after) = part.split_at(part.find(['.', '[']).unwrap_or(part.len()));
            (key.trim_end_matches(']').trim_matches('\'').to_owned(), after)
        });
        at = match at {
            Some(Value::Array(items)) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
            Some(Value::Object(members)) => members.get(&key),
            _ => None,
        };
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        rest = after;
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_dots_and_brackets_are_one_part_of_a_pointer() {
        let value = json!({"a.b": [{"c[0]": {"d/e": 1}}], "a": {"b": 2}});
        assert_eq!(pointer("$.a.b[0].c[0].d/e", &value), "/a.b/0/c[0]/d~1e");
        assert_eq!(pointer("$['a.b'][0]", &value), "/a.b/0");
        assert_eq!(pointer("$.a.missing", &value), "/a/missing");
        assert_eq!(pointer("$", &value), "");
    }
}
