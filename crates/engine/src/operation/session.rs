//! The values of session variables as requests to remotes send them.

use apollo_compiler::Name;
use apollo_compiler::ast::Type;
use serde_json::value::RawValue;

use crate::fault::{Code, Refusal};
use crate::json;
use crate::plan::SessionUse;

/// The JSON values of a plan's session variables, in its order; `session` gives the text of a variable by its name in
/// lower case.
pub(super) fn values<'s>(
    uses: &[SessionUse],
    session: &dyn Fn(&str) -> Option<&'s str>,
) -> Result<Vec<String>, Refusal> {
    let value = |used: &SessionUse| {
        let Some(text) = session(&used.variable) else {
            let message = format!("\"{}\" session variable expected, but not found", used.variable);
            return Err(Refusal::new(Code::NotFound, "$", message));
        };
        value_of(text, &used.ty, used.enum_values.as_deref())
            .map_err(|message| Refusal::new(Code::CoercionError, "$", message))
    };
    uses.iter().map(value).collect()
}

/// The JSON value of a text for a type. For a list the text is a JSON array, or elements between braces with commas between,
/// as webhooks and PostgreSQL write them, or a single element.
fn value_of(text: &str, ty: &Type, values: Option<&[Name]>) -> Result<String, String> {
    if !ty.is_list() {
        return scalar(text, ty.inner_named_type(), values);
    }
    let item = ty.item_type();
    let trimmed = text.trim();
    let elements: Vec<String> = if trimmed.starts_with('[') {
        let elements: Vec<&RawValue> = serde_json::from_str(trimmed)
            .map_err(|_| format!("{} is not a JSON array", json::quoted(text)))?;
        let text = |element: &&RawValue| match serde_json::from_str::<String>(element.get()) {
            Ok(text) => Ok(text),
            Err(_) if element.get() == "null" => Err(format!("{} has a null in it", json::quoted(text))),
            Err(_) => Ok(element.get().to_owned()),
        };
        elements.iter().map(text).collect::<Result<_, _>>()?
    } else if let Some(inner) = trimmed.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let elements = inner.split(',').map(|element| element.trim().trim_matches('"').to_owned());
        elements.filter(|_| !inner.trim().is_empty()).collect()
    } else {
        vec![text.to_owned()]
    };
    let values: Result<Vec<String>, String> =
        elements.iter().map(|element| value_of(element, item, values)).collect();
    Ok(format!("[{}]", values?.join(",")))
}

fn scalar(text: &str, ty: &str, values: Option<&[Name]>) -> Result<String, String> {
    let quoted = json::quoted(text);
    if let Some(values) = values {
        if !Name::is_valid_syntax(text) {
            return Err(format!("{quoted} is not a valid GraphQL name"));
        }
        if !values.iter().any(|value| value == text) {
            return Err(format!("{quoted} is not one of the valid enum values"));
        }
        return Ok(quoted);
    }
    let fits = |fits: bool| match fits {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "{quoted} cannot be coerced into {} {ty} value",
            if ty == "Int" { "an" } else { "a" }
        )),
    };
    match ty {
        "Int" => match text.parse::<i32>() {
            Ok(number) => Ok(number.to_string()),
            Err(_) => fits(false),
        },
        "Float" => fits(serde_json::from_str::<serde_json::Number>(text).is_ok()),
        "Boolean" => fits(matches!(text, "true" | "false")),
        _ => Ok(quoted),
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::name;

    use super::*;

    #[test]
    fn texts_become_values_of_the_declared_type() {
        let stages = [name!("OPEN"), name!("WON")];
        let int = Type::NonNullNamed(name!("Int"));
        let list = Type::NonNullList(Box::new(int.clone()));
        for (text, ty, values, expected) in [
            ("7", int.clone(), None, Ok("7")),
            ("+7", int.clone(), None, Ok("7")),
            ("7a", int.clone(), None, Err("\"7a\" cannot be coerced into an Int value")),
            ("99999999999", int.clone(), None, Err("\"99999999999\" cannot be coerced into an Int value")),
            ("1.5e3", Type::Named(name!("Float")), None, Ok("1.5e3")),
            ("inf", Type::Named(name!("Float")), None, Err("\"inf\" cannot be coerced into a Float value")),
            ("true", Type::Named(name!("Boolean")), None, Ok("true")),
            (
                "TRUE",
                Type::Named(name!("Boolean")),
                None,
                Err("\"TRUE\" cannot be coerced into a Boolean value"),
            ),
            ("a\"b", Type::Named(name!("String")), None, Ok(r#""a\"b""#)),
            ("7", Type::Named(name!("uuid")), None, Ok("\"7\"")),
            ("OPEN", Type::Named(name!("Stage")), Some(&stages[..]), Ok("\"OPEN\"")),
            (
                "LOST",
                Type::Named(name!("Stage")),
                Some(&stages),
                Err("\"LOST\" is not one of the valid enum values"),
            ),
            ("a b", Type::Named(name!("Stage")), Some(&stages), Err("\"a b\" is not a valid GraphQL name")),
            ("[1, \"2\"]", list.clone(), None, Ok("[1,2]")),
            ("{1,2}", list.clone(), None, Ok("[1,2]")),
            ("{}", list.clone(), None, Ok("[]")),
            ("3", list.clone(), None, Ok("[3]")),
            ("[1", list.clone(), None, Err("\"[1\" is not a JSON array")),
            ("[null]", list, None, Err("\"[null]\" has a null in it")),
        ] {
            let value = value_of(text, &ty, values);
            assert_eq!(value.as_deref().map_err(String::as_str), expected, "{text} as {ty}");
        }
    }
}
