//! `list_relationships`: each with where it leads, how it asks, and who does not see it.

use engine::catalog::{Catalog, JoinId, RemoteId};
use engine::hidden;
use engine::problem::MetadataObject;
use metadata::{ArgumentValue, Relationship, RelationshipDefinition, RemoteField, ToRemoteSchema};

use super::super::super::edit::Edit;
use super::super::super::error::ApiError;
use super::super::problem::ProblemRow;
use super::{BatchForm, HiddenFrom, ListArguments, Mapping, Relationships, Row, Target};

/// Answers.
pub(in super::super) async fn list(
    edit: &mut Edit,
    _path: &str,
    arguments: ListArguments,
) -> Result<Relationships, ApiError> {
    let mut relationships = rows(edit).await;
    if let Some(remote) = &arguments.remote_schema {
        relationships.retain(|row| row.remote_schema == *remote);
    }
    Ok(Relationships { relationships })
}

/// All relationships, in the order of the metadata.
pub(in super::super) async fn rows(edit: &Edit) -> Vec<Row> {
    let mut rows = Vec::new();
    for remote in &edit.draft.document().remote_schemas {
        for on in &remote.remote_relationships {
            rows.extend(on.relationships.iter().map(|its| row(edit, &remote.name, &on.type_name, its)));
        }
    }
    rows
}

fn row(edit: &Edit, remote: &str, type_name: &str, relationship: &Relationship) -> Row {
    let Relationship { name, definition } = relationship;
    let catalog = edit.draft.catalog();
    let object = MetadataObject::Relationship {
        remote_schema: remote.to_owned(),
        type_name: type_name.to_owned(),
        name: name.clone(),
    };
    let id = served(catalog, remote, type_name, name);
    let to = match definition {
        RelationshipDefinition::ToRemoteSchema(to) => Some(to),
        RelationshipDefinition::ToSource(_) => None,
    };
    Row {
        remote_schema: remote.to_owned(),
        type_name: type_name.to_owned(),
        name: name.clone(),
        definition: definition.clone(),
        target: to.map(|to| target(catalog, to, id)),
        mapping: to.map(|to| mapping(&to.remote_field)).unwrap_or_default(),
        batch: to.map_or(BatchForm::Alias, batch_form),
        problem: edit.draft.problems().iter().find(|problem| problem.object == object).map(ProblemRow::of),
        hidden_from: id.map(|id| hidden_from(catalog, id)).unwrap_or_default(),
    }
}

/// The relationship in the catalog, if it is served.
fn served(catalog: &Catalog, remote: &str, type_name: &str, name: &str) -> Option<JoinId> {
    let id =
        (catalog.remotes.iter().zip(0..)).find(|(its, _)| its.name == remote).map(|(_, id)| RemoteId(id))?;
    // On a type that implements an interface, the field may be that of the interface.
    let is_meant = |join: &&JoinId| {
        let join = catalog.join(**join);
        join.lhs == id && join.lhs_type == type_name && join.name == name
    };
    catalog.admin.relationships.values().find(is_meant).copied()
}

fn target(catalog: &Catalog, to: &ToRemoteSchema, id: Option<JoinId>) -> Target {
    let mut path = vec![to.remote_field.name.clone()];
    let mut call = &to.remote_field;
    while let Some(next) = call.field.as_deref() {
        path.push(next.name.clone());
        call = next;
    }
    let ty = id.map(|id| {
        let join = catalog.join(id);
        join.value_type(&catalog.remote(join.target).schema.schema)
    });
    Target {
        remote_schema: to.remote_schema.clone(),
        path,
        named_type: ty.as_ref().map(|ty| ty.inner_named_type().to_string()),
        result_type: ty.map(|ty| ty.to_string()),
    }
}

pub(super) fn batch_form(to: &ToRemoteSchema) -> BatchForm {
    if to.batch.is_some() { BatchForm::List } else { BatchForm::Alias }
}

fn hidden_from(catalog: &Catalog, id: JoinId) -> Vec<HiddenFrom> {
    let hidden = catalog.role_names().filter_map(|role| {
        let reason = hidden::relationship(catalog, catalog.role(role), id)?;
        Some(HiddenFrom { role: role.to_owned(), reason })
    });
    hidden.collect()
}

/// What the arguments on the way get.
fn mapping(remote_field: &RemoteField) -> Vec<Mapping> {
    let mut mapping = Vec::new();
    let mut path = Vec::new();
    let mut call = Some(remote_field);
    while let Some(RemoteField { name, arguments, field }) = call {
        path.push(name.as_str());
        for (argument, value) in arguments {
            bound(&format!("{}.{argument}", path.join(".")), value, &mut mapping);
        }
        call = field.as_deref();
    }
    mapping
}

fn bound(argument: &str, value: &ArgumentValue, mapping: &mut Vec<Mapping>) {
    match value {
        ArgumentValue::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                bound(&format!("{argument}.{name}"), value, mapping);
            }
        }
        // A list of one is as good as the one.
        ArgumentValue::List(items)
            if matches!(items.as_slice(), [ArgumentValue::Variable(_) | ArgumentValue::Object(_)]) =>
        {
            items.iter().for_each(|item| bound(argument, item, mapping));
        }
        ArgumentValue::Variable(field) => {
            mapping.push(Mapping { argument: argument.to_owned(), source: field.clone(), is_field: true });
        }
        value => {
            mapping.push(Mapping { argument: argument.to_owned(), source: graphql(value), is_field: false });
        }
    }
}

/// A value as GraphQL writes it.
fn graphql(value: &ArgumentValue) -> String {
    match value {
        ArgumentValue::Variable(field) => format!("${field}"),
        ArgumentValue::Scalar(value) => value.to_string(),
        ArgumentValue::List(items) => {
            format!("[{}]", items.iter().map(graphql).collect::<Vec<_>>().join(", "))
        }
        ArgumentValue::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", graphql(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}
