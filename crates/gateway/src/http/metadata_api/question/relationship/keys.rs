//! `list_relationship_keys`: the fields of a type that could fill an argument, by the rules that relationships are served by.

use engine::catalog::Introspection;
use engine::fault::Code;
use engine::join::{argument_type, key_fits};
use engine::remote::RemoteSchema;

use super::super::super::edit::Edit;
use super::super::super::error::ApiError;
use super::{ArgumentPlace, KeyField, Keys, KeysArguments};

/// Answers.
pub(in super::super) async fn keys(
    edit: &mut Edit,
    path: &str,
    arguments: KeysArguments,
) -> Result<Keys, ApiError> {
    let KeysArguments { remote_schema, type_name, argument } = arguments;
    let remote = schema(edit, &remote_schema, &format!("{path}.remote_schema"))?;
    if !remote.schema.types.get(type_name.as_str()).is_some_and(|ty| ty.is_object() || ty.is_interface()) {
        let message =
            format!("remote schema `{remote_schema}` has no object type or interface `{type_name}`");
        return Err(ApiError::new(Code::NotExists, format!("{path}.type_name"), message));
    }
    let wanted = argument.as_ref().map(|place| {
        let target = schema(edit, &place.remote_schema, &format!("{path}.argument.remote_schema"))?;
        let ty = argument_type(target, &place.field, &place.argument)
            .map_err(|message| ApiError::new(Code::NotExists, format!("{path}.argument"), message))?;
        Ok::<_, ApiError>((ty, target, place))
    });
    let wanted = wanted.transpose()?;
    let name = wanted.as_ref().and_then(|(_, _, place)| place.argument.last()).map_or("", String::as_str);
    let fits = key_fits(remote, &type_name, wanted.as_ref().map(|(ty, target, _)| (*ty, *target)));
    let mut fields: Vec<KeyField> = fits
        .into_iter()
        .map(|fit| {
            let reason = fit.flaw.map(|flaw| match &wanted {
                Some((ty, ..)) => {
                    format!("`{}` is {}, `{name}` needs {}: {flaw}", fit.name, plain(&fit.ty), plain(ty))
                }
                None => flaw,
            });
            let score =
                wanted.as_ref().map_or(0.0, |(_, target, place)| score(&fit.name, name, target, place));
            let (name, type_text) = (fit.name.to_string(), fit.ty.to_string());
            KeyField { name, type_text, fits: reason.is_none(), reason, score }
        })
        .collect();
    fields.sort_by(|a, b| b.fits.cmp(&a.fits).then(b.score.total_cmp(&a.score)));
    Ok(Keys { fields })
}

/// The schema of a remote.
fn schema<'e>(edit: &'e Edit, remote: &str, path: &str) -> Result<&'e RemoteSchema, ApiError> {
    if edit.draft.document().remote_schema(remote).is_none() {
        return Err(ApiError::new(Code::NotExists, path, format!("there is no remote schema `{remote}`")));
    }
    let schema = edit.draft.introspection(remote).and_then(Introspection::schema);
    let schema = schema.map(|schema| &**schema);
    schema.ok_or_else(|| {
        let message = format!("the schema of remote schema `{remote}` is not known: it never answered");
        ApiError::new(Code::RemoteSchemaError, path, message)
    })
}

/// A type as one says it, without what may be null.
fn plain(ty: &impl ToString) -> String {
    ty.to_string().replace('!', "")
}

/// How well a field's name says what the argument asks for: the same, the same in the plural, the argument after what the target
/// is called (`userId` for `user(id:)`), or else how alike they are.
fn score(field: &str, argument: &str, target: &RemoteSchema, place: &ArgumentPlace) -> f64 {
    let words = |text: &str| text.replace('_', "").to_lowercase();
    let one = |text: &str| text.strip_suffix('s').unwrap_or(text).to_owned();
    let (field, argument) = (words(field), words(argument));
    let root = place.field.last().map(String::as_str).unwrap_or_default();
    let of_type = place.field.iter().try_fold(&target.query_root, |on, step| {
        target.schema.type_field(on, step).map(|field| field.ty.inner_named_type())
    });
    let owners = [Some(one(&words(root))), of_type.ok().map(|ty| words(ty))];
    let is_owned = owners.iter().flatten().any(|owner| one(&field) == format!("{owner}{}", one(&argument)));
    if is_owned || field == argument {
        // `id` of the object itself is seldom what is meant by the `id` of another.
        return if field == argument && argument == "id" { 0.9 } else { 1.0 };
    }
    if one(&field) == one(&argument) {
        return 0.95;
    }
    if field.len() > argument.len() && one(&field).ends_with(&one(&argument)) {
        return 0.8;
    }
    0.7 * strsim::normalized_damerau_levenshtein(&field, &argument)
}
