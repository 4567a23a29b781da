//! What is worth knowing about a relationship that would work.

use engine::catalog::{Candidate, Catalog};

use super::Note;

/// The notes.
pub(super) fn notes(catalog: &Catalog, candidate: &Candidate) -> Vec<Note> {
    let join = &candidate.join;
    let (lhs, target) = (&catalog.remote(join.lhs).schema.schema, &catalog.remote(join.target).schema.schema);
    let note = |message: String| Note { is_warning: false, message };
    let mut notes = Vec::new();
    let ty = join.value_type(target);
    notes.push(note(match ty.is_list() {
        true => format!("One object gets a list: {ty}."),
        false => format!("One object gets one value: {ty}."),
    }));
    let nullable = join.lhs_fields.iter().filter(|field| {
        lhs.type_field(&join.lhs_type, field)
            .is_ok_and(|field| !field.ty.is_non_null() && field.name != "__typename")
    });
    for field in nullable {
        notes.push(note(format!("`{field}` may be null: such an object gets null, and nobody is asked.")));
    }
    if join.lhs_fields.iter().any(|field| field == "__typename") {
        notes.push(Note {
            is_warning: true,
            message: "No argument gets a field of the type, so every object gets the same value.".into(),
        });
    }
    for argument in candidate.field.arguments.iter() {
        let is_required = argument.is_required();
        let message = match is_required {
            true => {
                format!("`{}` is required and has no value, so every client must give it.", argument.name)
            }
            false => format!("`{}` is left to clients.", argument.name),
        };
        notes.push(Note { is_warning: is_required, message });
    }
    notes.push(note(match &join.batch {
        Some(_) => "All keys of an operation are sent in one list.".to_owned(),
        None => "Each key of an operation is asked for with a field of its own, many of them in one request."
            .to_owned(),
    }));
    if join.lhs == join.target && ty.inner_named_type() == &join.lhs_type {
        notes.push(note(format!(
            "It leads back to `{}`; how deep an operation may follow it is limited by its depth.",
            join.lhs_type
        )));
    }
    notes
}
