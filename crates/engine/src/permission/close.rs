//! Makes what is granted hang together: whatever refers to something that is not granted goes too, interfaces promise no
//! more than their types keep, and input objects that are preset whole become presets themselves. What is left is a
//! valid schema, if the upstream's is one.

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, Type, Value};
use apollo_compiler::collections::{HashSet, IndexMap};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};

use super::draft::{Draft, is_required};
use super::preset::{Preset, PresetValue, Presets};
use crate::change::Place;

/// Closes the draft, and says what it takes away that nobody asked for.
pub(super) fn close(draft: &mut Draft<'_>) {
    loop {
        let before = draft.reasons.all.len();
        let is_changed = references(draft)
            | preset_whole(draft)
            | interfaces(draft)
            | hide_defaults(&mut draft.types)
            | (draft.reasons.all.len() > before);
        if !is_changed {
            break;
        }
    }
    let Draft { types, presets, .. } = draft;
    let is_field = |ty: &Name, field: &Name| fields_of(types, ty).is_some_and(|f| f.contains_key(field));
    presets.retain_fields(is_field);
    complete(draft);
}

pub(super) fn missing_type(name: &Name) -> String {
    format!("Could not find type with name \"{name}\"")
}

fn fields_of<'t>(
    types: &'t IndexMap<Name, ExtendedType>,
    ty: &str,
) -> Option<&'t IndexMap<Name, Node<FieldDefinition>>> {
    match types.get(ty)? {
        ExtendedType::Object(object) => Some(&object.fields),
        ExtendedType::Interface(interface) => Some(&interface.fields),
        _ => None,
    }
}

fn fields_mut<'t>(
    types: &'t mut IndexMap<Name, ExtendedType>,
    ty: &str,
) -> Option<&'t mut IndexMap<Name, Node<FieldDefinition>>> {
    match types.get_mut(ty)? {
        ExtendedType::Object(object) => Some(&mut object.make_mut().fields),
        ExtendedType::Interface(interface) => Some(&mut interface.make_mut().fields),
        _ => None,
    }
}

/// What the granted types refer to.
struct Known {
    names: HashSet<Name>,
    objects: HashSet<Name>,
    interfaces: HashSet<Name>,
}

/// Drops what refers to a type that is not granted, and what is empty then. Returns whether there was any.
fn references(draft: &mut Draft<'_>) -> bool {
    let of_kind = |is: fn(&ExtendedType) -> bool| -> HashSet<Name> {
        draft.types.values().filter(|ty| is(ty)).map(|ty| ty.name().clone()).collect()
    };
    let known = Known {
        names: of_kind(|_| true),
        objects: of_kind(ExtendedType::is_object),
        interfaces: of_kind(ExtendedType::is_interface),
    };
    let mut types = std::mem::take(&mut draft.types);
    let before = types.len();
    let mut is_changed = false;
    types.retain(|_, ty| match ty {
        ExtendedType::Scalar(_) => true,
        ExtendedType::Enum(node) => !node.values.is_empty(),
        ExtendedType::Union(node) => {
            if !node.members.iter().all(|member| known.objects.contains(&**member)) {
                is_changed = true;
                node.make_mut().members.retain(|member| known.objects.contains(&**member));
            }
            !node.members.is_empty()
        }
        ExtendedType::Object(node) => {
            if !node.implements_interfaces.iter().all(|name| known.interfaces.contains(&**name)) {
                is_changed = true;
                node.make_mut().implements_interfaces.retain(|name| known.interfaces.contains(&**name));
            }
            if node.fields.values().any(|field| !known.has_all(field)) {
                is_changed = true;
                let object = node.make_mut();
                known.fields(draft, &mut object.fields);
            }
            !node.fields.is_empty()
        }
        ExtendedType::Interface(node) => {
            if !node.implements_interfaces.iter().all(|name| known.interfaces.contains(&**name)) {
                is_changed = true;
                node.make_mut().implements_interfaces.retain(|name| known.interfaces.contains(&**name));
            }
            if node.fields.values().any(|field| !known.has_all(field)) {
                is_changed = true;
                let interface = node.make_mut();
                known.fields(draft, &mut interface.fields);
            }
            !node.fields.is_empty()
        }
        ExtendedType::InputObject(node) => {
            let mut usable = true;
            if !node.fields.values().all(|field| known.has(&field.ty)) {
                is_changed = true;
                node.make_mut().fields.retain(|_, field| {
                    let has = known.require(draft, &field.ty);
                    usable &= has || !is_required(field);
                    has
                });
            }
            usable && (!node.fields.is_empty() || !draft.presets.fields(&node.name).is_empty())
        }
    });
    is_changed |= types.len() != before;
    draft.types = types;
    is_changed
}

impl Known {
    fn has(&self, ty: &Type) -> bool {
        let name = ty.inner_named_type();
        matches!(name.as_str(), "Int" | "Float" | "String" | "Boolean" | "ID") || self.names.contains(name)
    }

    /// Whether the type is granted; says so once if it is not and nobody knows.
    fn require(&self, draft: &mut Draft<'_>, ty: &Type) -> bool {
        let has = self.has(ty);
        let name = ty.inner_named_type();
        if !has && draft.explained.insert(name.clone()) {
            draft.reasons.at(Some(Place::Type(name.clone())));
            draft.reasons.push(missing_type(name));
        }
        has
    }

    fn has_all(&self, field: &FieldDefinition) -> bool {
        self.has(&field.ty) && field.arguments.iter().all(|argument| self.has(&argument.ty))
    }

    fn fields(&self, draft: &mut Draft<'_>, fields: &mut IndexMap<Name, Node<FieldDefinition>>) {
        fields.retain(|_, field| {
            if !self.require(draft, &field.ty) {
                return false;
            }
            let mut usable = true;
            if field.arguments.iter().any(|argument| !self.has(&argument.ty)) {
                field.make_mut().arguments.retain(|argument| {
                    let has = self.require(draft, &argument.ty);
                    usable &= has || !is_required(argument);
                    has
                });
            }
            usable
        });
    }
}

/// Turns input objects of which everything is preset into presets of whatever takes them.
fn preset_whole(draft: &mut Draft<'_>) -> bool {
    let whole: Vec<Name> = (draft.types.values())
        .filter_map(|ty| match ty {
            ExtendedType::InputObject(input) if input.fields.is_empty() => Some(input.name.clone()),
            _ => None,
        })
        .collect();
    if whole.is_empty() {
        return false;
    }
    let Draft { types, presets, .. } = draft;
    let is_whole = |ty: &Type| whole.contains(ty.inner_named_type());
    let preset = |presets: &Presets, input: &InputValueDefinition| PresetValue {
        name: input.name.clone(),
        ty: Type::clone(&input.ty),
        value: object(presets.fields(input.ty.inner_named_type())),
    };
    types.retain(|name, _| !whole.contains(name));
    for ty in types.values_mut() {
        match ty {
            ExtendedType::InputObject(node) if node.fields.values().any(|field| is_whole(&field.ty)) => {
                let input = node.make_mut();
                input.fields.retain(|_, field| {
                    let is_whole = is_whole(&field.ty);
                    if is_whole {
                        let value = preset(presets, field);
                        presets.add_field(&input.name, value);
                    }
                    !is_whole
                });
            }
            ExtendedType::Object(_) | ExtendedType::Interface(_) => {
                let name = ty.name().clone();
                let takes = |field: &Node<FieldDefinition>| {
                    field.arguments.iter().any(|argument| is_whole(&argument.ty))
                };
                let fields = match ty {
                    ExtendedType::Object(node) if node.fields.values().any(takes) => {
                        &mut node.make_mut().fields
                    }
                    ExtendedType::Interface(node) if node.fields.values().any(takes) => {
                        &mut node.make_mut().fields
                    }
                    _ => continue,
                };
                for field in fields.values_mut().filter(|field| takes(field)) {
                    let field = field.make_mut();
                    field.arguments.retain(|argument| {
                        let is_whole = is_whole(&argument.ty);
                        if is_whole {
                            let value = preset(presets, argument);
                            presets.add_argument(&name, &field.name, value);
                        }
                        !is_whole
                    });
                }
            }
            _ => {}
        }
    }
    true
}

fn object(fields: &[PresetValue]) -> Preset {
    Preset::Object(fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect())
}

/// Makes interfaces and the types that implement them agree again, wherever the upstream's do.
fn interfaces(draft: &mut Draft<'_>) -> bool {
    let mut is_changed = false;
    let pairs: Vec<(Name, Name)> = (draft.types.values())
        .flat_map(|ty| {
            let interfaces = match ty {
                ExtendedType::Object(object) => Some(&object.implements_interfaces),
                ExtendedType::Interface(interface) => Some(&interface.implements_interfaces),
                _ => None,
            };
            let name = ty.name();
            interfaces.into_iter().flatten().map(move |interface| (name.clone(), Name::clone(interface)))
        })
        .collect();
    for (ty, interface) in pairs {
        is_changed |= inherited_interfaces(draft, &ty, &interface);
        let names: Vec<Name> = fields_of(&draft.types, &interface)
            .map(|fields| fields.keys().cloned().collect())
            .unwrap_or_default();
        for field in names {
            is_changed |= interface_field(draft, &ty, &interface, &field);
        }
    }
    is_changed
}

/// A type has to name the interfaces of its interfaces too.
fn inherited_interfaces(draft: &mut Draft<'_>, ty: &Name, interface: &Name) -> bool {
    let named: HashSet<Name> = match draft.types.get(ty) {
        Some(ExtendedType::Object(object)) => {
            object.implements_interfaces.iter().map(|n| Name::clone(n)).collect()
        }
        Some(ExtendedType::Interface(object)) => {
            object.implements_interfaces.iter().map(|n| Name::clone(n)).collect()
        }
        _ => return false,
    };
    let Some(ExtendedType::Interface(node)) = draft.types.get_mut(interface) else { return false };
    if node.implements_interfaces.iter().all(|name| named.contains(&**name)) {
        return false;
    }
    node.make_mut().implements_interfaces.retain(|name| named.contains(&**name));
    true
}

/// Looks at one field of an interface and of a type that implements it. Returns whether anything was changed.
fn interface_field(draft: &mut Draft<'_>, ty: &Name, interface: &Name, name: &Name) -> bool {
    let upstream = &draft.upstream.schema;
    let known = |on: &Name| upstream.type_field(on, name).ok().map(|field| (**field).clone());
    let (Some(known_promised), Some(known_kept)) = (known(interface), known(ty)) else { return false };
    let Some(promised) = fields_of(&draft.types, interface).and_then(|fields| fields.get(name)).cloned()
    else {
        return false;
    };
    let of_type = fields_of(&draft.types, ty).and_then(|fields| fields.get(name)).cloned();
    let broken = match &of_type {
        None => Some(format!("\"{ty}\", which implements it, lacks the field")),
        Some(kept)
            if !fits(&draft.types, &kept.ty, &promised.ty)
                && fits(&upstream.types, &known_kept.ty, &known_promised.ty) =>
        {
            Some(format!("its type in \"{ty}\", \"{}\", no longer fits", kept.ty))
        }
        Some(_) => None,
    };
    if let Some(broken) = broken {
        drop_field(draft, interface, name, &broken);
        return true;
    }
    let Some(kept) = of_type else { return false };
    // A guard on the interface guards the types too.
    for preset in draft.presets.arguments(interface, name).to_vec() {
        if kept.argument_by_name(&preset.name).is_some() {
            remove_argument(draft, ty, name, &preset.name);
            draft.presets.add_argument(ty, name, preset);
            return true;
        }
    }
    for argument in &promised.arguments {
        if kept.argument_by_name(&argument.name).is_some()
            || known_kept.argument_by_name(&argument.name).is_none()
        {
            continue;
        }
        let preset = |on: &Name| {
            let mut presets = draft.presets.arguments(on, name).iter();
            presets.find(|preset| preset.name == argument.name).cloned()
        };
        match preset(ty) {
            // Asked through the interface, the argument must be guarded as it is on the types, and there is but one place
            // to write a value.
            Some(guard) => {
                let differs = implementers(draft, interface).into_iter().any(|other| {
                    fields_of(&draft.types, &other).is_some_and(|fields| fields.contains_key(name))
                        && preset(&other).is_some_and(|preset| preset.value != guard.value)
                });
                if differs {
                    let reason =
                        format!("the presets of its argument \"{}\" differ from type to type", argument.name);
                    drop_field(draft, interface, name, &reason);
                } else {
                    remove_argument(draft, interface, name, &argument.name);
                    draft.presets.add_argument(interface, name, guard);
                }
            }
            None if is_required(argument) => {
                let reason =
                    format!("\"{ty}\", which implements it, lacks its argument \"{}\"", argument.name);
                drop_field(draft, interface, name, &reason);
            }
            None => remove_argument(draft, interface, name, &argument.name),
        }
        return true;
    }
    // What an interface does not offer must not be needed.
    for argument in kept.arguments.iter().filter(|argument| is_required(argument)) {
        let is_promised = promised.argument_by_name(&argument.name).is_some();
        if !is_promised && known_promised.argument_by_name(&argument.name).is_some() {
            let reason = format!("it lacks the argument \"{}\" that \"{ty}\" needs", argument.name);
            drop_field(draft, interface, name, &reason);
            return true;
        }
    }
    false
}

fn implementers(draft: &Draft<'_>, interface: &Name) -> Vec<Name> {
    let implements = |ty: &&ExtendedType| match ty {
        ExtendedType::Object(object) => object.implements_interfaces.contains(interface),
        ExtendedType::Interface(other) => other.implements_interfaces.contains(interface),
        _ => false,
    };
    draft.types.values().filter(implements).map(|ty| ty.name().clone()).collect()
}

fn drop_field(draft: &mut Draft<'_>, ty: &Name, field: &Name, reason: &str) {
    draft.reasons.at(Some(Place::Field(ty.clone(), field.clone())));
    draft.reasons.push(format!(
        "field \"{field}\" of interface \"{ty}\" cannot be served: {reason}; grant both or neither"
    ));
    if let Some(fields) = fields_mut(&mut draft.types, ty) {
        fields.shift_remove(field);
    }
}

fn remove_argument(draft: &mut Draft<'_>, ty: &Name, field: &Name, argument: &Name) {
    if let Some(field) = fields_mut(&mut draft.types, ty).and_then(|fields| fields.get_mut(field)) {
        field.make_mut().arguments.retain(|other| other.name != *argument);
    }
}

/// Whether a field of the type `kept` keeps the promise of an interface's field (GraphQL specification, section 3.6.1).
fn fits(types: &IndexMap<Name, ExtendedType>, kept: &Type, promised: &Type) -> bool {
    match (kept, promised) {
        (Type::NonNullNamed(_) | Type::NonNullList(_), Type::Named(_) | Type::List(_)) => {
            fits(types, &kept.clone().nullable(), promised)
        }
        (Type::List(kept), Type::List(promised)) | (Type::NonNullList(kept), Type::NonNullList(promised)) => {
            fits(types, kept, promised)
        }
        (Type::Named(kept), Type::Named(promised))
        | (Type::NonNullNamed(kept), Type::NonNullNamed(promised)) => {
            kept == promised
                || match (types.get(kept), types.get(promised)) {
                    (Some(ExtendedType::Object(kept)), Some(ExtendedType::Interface(promised))) => {
                        kept.implements_interfaces.contains(&promised.name)
                    }
                    (Some(ExtendedType::Interface(kept)), Some(ExtendedType::Interface(promised))) => {
                        kept.implements_interfaces.contains(&promised.name)
                    }
                    (Some(ExtendedType::Object(kept)), Some(ExtendedType::Union(promised))) => {
                        promised.members.contains(&kept.name)
                    }
                    _ => false,
                }
        }
        _ => false,
    }
}

/// Leaves out default values that speak of what is not granted. They still hold: the upstream applies them. What must not
/// be null could then not be left to the upstream, so it goes altogether.
fn hide_defaults(types: &mut IndexMap<Name, ExtendedType>) -> bool {
    let hidden: Vec<(Name, Option<Name>, Name)> = types
        .values()
        .flat_map(|ty| -> Vec<(Name, Option<Name>, Name)> {
            let owner = ty.name();
            match ty {
                ExtendedType::InputObject(input) => (input.fields.values())
                    .filter(|field| speaks_of_hidden(types, field))
                    .map(|field| (owner.clone(), None, field.name.clone()))
                    .collect(),
                _ => fields_of(types, owner)
                    .into_iter()
                    .flat_map(IndexMap::values)
                    .flat_map(|field| field.arguments.iter().map(move |argument| (field, argument)))
                    .filter(|(_, argument)| speaks_of_hidden(types, argument))
                    .map(|(field, argument)| (owner.clone(), Some(field.name.clone()), argument.name.clone()))
                    .collect(),
            }
        })
        .collect();
    let is_changed = !hidden.is_empty();
    for (owner, field, input) in hidden {
        match (field, types.get_mut(&owner)) {
            (None, Some(ExtendedType::InputObject(node))) => {
                node.make_mut().fields.retain(|name, field| *name != input || hide_default(field.make_mut()));
            }
            (Some(field), Some(_)) => {
                let field = fields_mut(types, &owner).and_then(|fields| fields.get_mut(&field));
                if let Some(field) = field {
                    let arguments = &mut field.make_mut().arguments;
                    arguments
                        .retain_mut(|argument| argument.name != input || hide_default(argument.make_mut()));
                }
            }
            _ => {}
        }
    }
    is_changed
}

/// Returns whether the value can still be offered.
fn hide_default(input: &mut InputValueDefinition) -> bool {
    input.default_value = None;
    !input.ty.is_non_null()
}

fn speaks_of_hidden(types: &IndexMap<Name, ExtendedType>, input: &InputValueDefinition) -> bool {
    fn hidden(types: &IndexMap<Name, ExtendedType>, ty: &Name, value: &Value) -> bool {
        match (value, types.get(ty)) {
            (Value::List(items), _) => items.iter().any(|item| hidden(types, ty, item)),
            (Value::Enum(value), Some(ExtendedType::Enum(definition))) => {
                !definition.values.contains_key(value)
            }
            (Value::Object(fields), Some(ExtendedType::InputObject(input))) => {
                fields.iter().any(|(name, value)| match input.fields.get(name) {
                    Some(field) => hidden(types, field.ty.inner_named_type(), value),
                    None => true,
                })
            }
            _ => false,
        }
    }
    let default = input.default_value.as_deref();
    default.is_some_and(|default| hidden(types, input.ty.inner_named_type(), default))
}

/// Lays the presets of input types into the objects that are preset themselves, where nothing else is said.
fn complete(draft: &mut Draft<'_>) {
    let laying = Laying { known: draft.presets.clone(), upstream: &draft.upstream.schema };
    for preset in draft.presets.values_mut() {
        laying.complete(preset.ty.inner_named_type(), &mut preset.value, &mut Vec::new());
    }
}

struct Laying<'a> {
    known: Presets,
    upstream: &'a Schema,
}

impl Laying<'_> {
    /// `open` are the presets that are being laid in: one that leads to its own type is laid in once.
    fn complete(&self, ty: &Name, value: &mut Preset, open: &mut Vec<(Name, Name)>) {
        match value {
            Preset::List(items) => items.iter_mut().for_each(|item| self.complete(ty, item, open)),
            Preset::Object(fields) => {
                let Some(input) = self.upstream.get_input_object(ty) else { return };
                for (name, value) in fields.iter_mut() {
                    if let Some(field) = input.fields.get(name) {
                        self.complete(field.ty.inner_named_type(), value, open);
                    }
                }
                for preset in self.known.fields(ty) {
                    let place = (ty.clone(), preset.name.clone());
                    if fields.iter().any(|(name, _)| *name == preset.name) || open.contains(&place) {
                        continue;
                    }
                    let mut value = preset.value.clone();
                    open.push(place);
                    self.complete(preset.ty.inner_named_type(), &mut value, open);
                    open.pop();
                    fields.push((preset.name.clone(), value));
                }
            }
            Preset::Literal(_) | Preset::Session(_) => {}
        }
    }
}
