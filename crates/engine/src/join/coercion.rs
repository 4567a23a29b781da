//! Which join key can become which argument, and how. Decided once, when the relationship is defined.

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;

use super::suggest::list;
use super::{Coercion, ScalarCoercion};

/// How a key of type `from` on the one remote becomes an argument of type `to` on the other; or why it never can.
pub(crate) fn coercion(
    (from, from_schema): (&Type, &Schema),
    (to, to_schema): (&Type, &Schema),
) -> Result<Coercion, String> {
    let (from_depth, to_depth) = (list_depth(from), list_depth(to));
    let wrap = match to_depth.checked_sub(from_depth) {
        Some(0) => 0,
        Some(wrap) if from_depth == 0 => u8::try_from(wrap).map_err(|_| "the lists are nested too deeply")?,
        _ if to_depth == 0 => return Err("a list cannot become a single value".into()),
        _ => return Err("the lists are nested differently".into()),
    };
    let scalar = scalar((from, from_schema), (to, to_schema))?;
    Ok(Coercion { scalar, wrap })
}

/// Number of list wrappers.
pub(super) fn list_depth(mut ty: &Type) -> usize {
    let mut depth = 0;
    while ty.is_list() {
        ty = ty.item_type();
        depth += 1;
    }
    depth
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    Int,
    Float,
    Text,
    Boolean,
    Id,
    Custom,
    Enum,
    Composite,
}

fn scalar(
    (from, from_schema): (&Type, &Schema),
    (to, to_schema): (&Type, &Schema),
) -> Result<ScalarCoercion, String> {
    use ScalarCoercion::{Keep, ToInt, ToText};
    let (from, to) = (from.inner_named_type(), to.inner_named_type());
    match (base(from_schema, from), base(to_schema, to)) {
        (Base::Composite, _) => Err(format!("\"{from}\" is not a scalar or enum")),
        (_, Base::Composite) => Err(format!("\"{to}\" is an input object; bind its fields one by one")),
        (Base::Enum, Base::Enum) => enum_to_enum(from_schema, from, to_schema, to),
        (Base::Enum, Base::Text | Base::Id | Base::Custom) => Ok(Keep),
        // Some upstreams send numbers where they declare IDs or scalars of their own.
        (Base::Int | Base::Id | Base::Custom, Base::Text | Base::Id) => Ok(ToText),
        (Base::Id | Base::Custom, Base::Int) => Ok(ToInt),
        (Base::Text, Base::Text | Base::Id) => Ok(Keep),
        (Base::Int, Base::Int | Base::Float)
        | (Base::Float, Base::Float)
        | (Base::Boolean, Base::Boolean) => Ok(Keep),
        // Nobody but the upstream knows what its own scalars take.
        (Base::Custom, Base::Custom | Base::Float | Base::Boolean) => Ok(Keep),
        (Base::Int | Base::Float | Base::Boolean | Base::Text | Base::Id, Base::Custom) => Ok(Keep),
        (Base::Text, Base::Int) => Err("a text is no number".into()),
        (Base::Text | Base::Id | Base::Custom, Base::Enum) => {
            Err(format!("any text could come, and \"{to}\" takes its own values only"))
        }
        _ => Err(format!("a value of type \"{from}\" is never one of type \"{to}\"")),
    }
}

fn base(schema: &Schema, name: &str) -> Base {
    match (name, schema.types.get(name)) {
        ("Int", _) => Base::Int,
        ("Float", _) => Base::Float,
        ("String", _) => Base::Text,
        ("Boolean", _) => Base::Boolean,
        ("ID", _) => Base::Id,
        (_, Some(ExtendedType::Scalar(_))) => Base::Custom,
        (_, Some(ExtendedType::Enum(_))) => Base::Enum,
        _ => Base::Composite,
    }
}

fn enum_to_enum(
    from_schema: &Schema,
    from: &str,
    to_schema: &Schema,
    to: &str,
) -> Result<ScalarCoercion, String> {
    let (Some(from_enum), Some(to_enum)) = (from_schema.get_enum(from), to_schema.get_enum(to)) else {
        return Err("an enum is missing".into());
    };
    let missing: Vec<_> =
        from_enum.values.keys().filter(|value| !to_enum.values.contains_key(*value)).collect();
    if missing.is_empty() {
        Ok(ScalarCoercion::Keep)
    } else {
        Err(format!("enum \"{to}\" lacks {} of enum \"{from}\"", list(missing)))
    }
}
