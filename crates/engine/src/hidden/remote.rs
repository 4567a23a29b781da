//! What is hidden of one remote, under its own names, which is how permissions are written.

use apollo_compiler::Name;
use apollo_compiler::schema::ExtendedType;
use metadata::Permission;

use super::{Hidden, Kind};
use crate::change::{self, Place};
use crate::permission::Granted;
use crate::remote::RemoteSchema;

/// All of a remote that is not granted. What is inside of a hidden type is not listed.
pub fn of_remote(upstream: &RemoteSchema, granted: &Granted, permission: Option<&Permission>) -> Vec<Hidden> {
    let why = Why { upstream, granted, permission };
    let changes = change::differences(upstream, &granted.schema);
    let hidden = changes.into_iter().filter_map(|change| {
        let kind = match change.kind {
            change::Kind::TypeRemoved => Kind::Type,
            change::Kind::FieldRemoved => Kind::Field,
            change::Kind::ArgumentRemoved => Kind::Argument,
            change::Kind::InputFieldRemoved => Kind::InputField,
            change::Kind::EnumValueRemoved => Kind::Value,
            change::Kind::MemberRemoved => Kind::Member,
            change::Kind::InterfaceRemoved => Kind::Interface,
            // A root that is not granted is a hidden type, or one that fields lead to.
            _ => return None,
        };
        Some(Hidden { kind, path: change.path.to_string(), reason: why.hidden(&change.path) })
    });
    hidden.collect()
}

struct Why<'a> {
    upstream: &'a RemoteSchema,
    granted: &'a Granted,
    permission: Option<&'a Permission>,
}

impl Why<'_> {
    fn hidden(&self, place: &Place) -> String {
        if self.is_denied(place) {
            return "denied".into();
        }
        let (upstream, presets) = (&self.upstream.schema, &self.granted.presets);
        let (preset, leads_to) = match place {
            Place::Field(ty, member) => {
                let preset = presets.fields(ty).iter().find(|preset| preset.name == *member);
                let of_input = upstream.get_input_object(ty).and_then(|input| input.fields.get(member));
                let of_output = upstream.type_field(ty, member).ok().map(|field| &field.ty);
                (preset, of_output.or(of_input.map(|field| &*field.ty)))
            }
            Place::Argument(ty, field, argument) => {
                let preset = presets.arguments(ty, field).iter().find(|preset| preset.name == *argument);
                let field = upstream.type_field(ty, field).ok();
                let argument = field.and_then(|field| field.argument_by_name(argument));
                (preset, argument.map(|argument| &*argument.ty))
            }
            _ => (None, None),
        };
        if let Some(preset) = preset {
            return format!("preset to {}", preset.value);
        }
        match leads_to.map(|ty| ty.inner_named_type()).filter(|ty| self.is_missing(ty)) {
            Some(ty) => format!("its type `{ty}` is not granted"),
            None => "not granted".into(),
        }
    }

    /// Whether a permission that denies names the place, however it is spaced.
    fn is_denied(&self, place: &Place) -> bool {
        let plain =
            |path: &str| -> String { path.chars().filter(|c| !c.is_whitespace() && *c != ':').collect() };
        let place = plain(&place.to_string());
        self.permission.is_some_and(|permission| permission.deny.iter().any(|path| plain(path) == place))
    }

    fn is_missing(&self, ty: &Name) -> bool {
        let known = self.upstream.schema.types.get(ty);
        known.is_some_and(|known: &ExtendedType| !known.is_built_in())
            && !self.granted.schema.schema.types.contains_key(ty)
    }
}
