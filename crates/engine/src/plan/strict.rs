//! Whether a variable stands where null is not allowed. It may be declared nullable there when it has a default value
//! (GraphQL specification, section 5.8.5); a declaration that has to do without the default needs the stricter type.

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::{Name, Schema};

/// Whether the operation, or a fragment beside it, uses the variable in such a place.
pub(super) fn is_used_strictly(
    schema: &Schema,
    document: &ExecutableDocument,
    operation: &Operation,
    variable: &Name,
) -> bool {
    let fragments = document.fragments.values().map(|fragment| &fragment.selection_set);
    std::iter::once(&operation.selection_set).chain(fragments).any(|set| in_set(schema, set, variable))
}

fn in_set(schema: &Schema, set: &SelectionSet, variable: &Name) -> bool {
    set.selections.iter().any(|selection| match selection {
        Selection::Field(field) => {
            field.arguments.iter().any(|argument| {
                let declared = field.definition.argument_by_name(&argument.name);
                declared.is_some_and(|declared| in_value(schema, &declared.ty, &argument.value, variable))
            }) || field.selection_set.as_ref().is_some_and(|set| in_set(schema, set, variable))
        }
        Selection::InlineFragment(fragment) => in_set(schema, &fragment.selection_set, variable),
        Selection::FragmentSpread(_) => false,
    })
}

fn in_value(schema: &Schema, ty: &Type, value: &Value, variable: &Name) -> bool {
    match value {
        Value::Variable(name) => name == variable && ty.is_non_null(),
        Value::List(items) => {
            let item = if ty.is_list() { ty.item_type() } else { ty };
            items.iter().any(|value| in_value(schema, item, value, variable))
        }
        Value::Object(fields) => {
            let input = schema.get_input_object(ty.inner_named_type());
            input.is_some_and(|input| {
                fields.iter().any(|(name, value)| {
                    let field = input.fields.get(name);
                    field.is_some_and(|field| in_value(schema, &field.ty, value, variable))
                })
            })
        }
        _ => false,
    }
}
