//! An SDL document against the schema that it is to be a part of. Reasons are worded as Hasura words them, missing blanks
//! included, and all of them are found at once.
//!
//! What is wrong loses the smallest part that must not be served: a field, an argument, a type. A preset that cannot be kept
//! takes along what it was to guard. Parts that hang together are the business of `close`.

use apollo_compiler::ast::{self, Definition, DirectiveList, FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::collections::{HashMap, IndexMap, IndexSet};
use apollo_compiler::schema::{
    EnumType, ExtendedType, InputObjectType, InterfaceType, ObjectType, ScalarType, UnionType,
};
use apollo_compiler::{Name, Node};

use super::directive::{Directives, Unusable};
use super::draft::{Draft, directives, list, repeated, roots};
use super::preset::{Preset, PresetValue};
use crate::change::Place;
use crate::remote::RemoteSchema;

/// The part of the upstream's schema that a document grants.
pub(super) fn draft<'a>(upstream: &'a RemoteSchema, document: &ast::Document) -> Draft<'a> {
    let mut subset = Subset { draft: Draft::new(upstream), written: written(document) };
    subset.roots(document);
    subset.unwanted(document);
    let twice = repeated(document.definitions.iter().filter_map(type_name));
    if let Some(first) = twice.first() {
        subset.at(Place::Type((*first).clone()));
        subset.draft.reasons.push(format!("duplicate type names found: {}", list(twice.iter().copied())));
    }
    for definition in &document.definitions {
        let Some(name) = type_name(definition) else { continue };
        subset.draft.explained.insert(name.clone());
        if twice.contains(&name) {
            continue;
        }
        subset.at(Place::Type(name.clone()));
        if let Some(ty) = subset.type_(definition) {
            subset.draft.types.insert(ty.name().clone(), ty);
        }
    }
    subset.draft
}

struct Subset<'a, 'd> {
    draft: Draft<'a>,
    /// The enums of the document with their values.
    written: HashMap<&'d Name, Vec<Name>>,
}

/// Arguments, or the fields of an input object, as far as they are granted.
struct Inputs {
    shown: Vec<Node<InputValueDefinition>>,
    presets: Vec<PresetValue>,
    /// Whether they can be served: nothing required is missing, and no guard.
    usable: bool,
}

fn written(document: &ast::Document) -> HashMap<&Name, Vec<Name>> {
    let enums = document.definitions.iter().filter_map(|definition| match definition {
        Definition::EnumTypeDefinition(written) => {
            Some((&written.name, written.values.iter().map(|value| value.value.clone()).collect()))
        }
        _ => None,
    });
    enums.collect()
}

fn type_name(definition: &Definition) -> Option<&Name> {
    match definition {
        Definition::ScalarTypeDefinition(_)
        | Definition::ObjectTypeDefinition(_)
        | Definition::InterfaceTypeDefinition(_)
        | Definition::UnionTypeDefinition(_)
        | Definition::EnumTypeDefinition(_)
        | Definition::InputObjectTypeDefinition(_) => definition.name(),
        _ => None,
    }
}

impl<'a> Subset<'a, '_> {
    fn reason(&mut self, reason: String) {
        self.draft.reasons.push(reason);
    }

    /// What is read from here on.
    fn at(&mut self, place: Place) {
        self.draft.reasons.at(Some(place));
    }

    /// Which operations the role has. A document without a `schema` block means the types that are the upstream's roots.
    fn roots(&mut self, document: &ast::Document) {
        let blocks: Vec<_> = document
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                Definition::SchemaDefinition(block) => Some(block),
                _ => None,
            })
            .collect();
        let upstream = roots(self.draft.upstream);
        let is_written = |root: &Name| document.definitions.iter().any(|ty| type_name(ty) == Some(root));
        match blocks.as_slice() {
            [] => {
                for (granted, root) in self.draft.roots.iter_mut().zip(upstream) {
                    *granted = root.is_some_and(is_written);
                }
            }
            [block] => {
                self.misplaced("schema", &block.directives);
                for root in &block.root_operations {
                    let (operation, name) = &**root;
                    let index = match operation {
                        ast::OperationType::Query => 0,
                        ast::OperationType::Mutation => 1,
                        ast::OperationType::Subscription => 2,
                    };
                    match upstream[index] {
                        Some(root) if root == name => self.draft.roots[index] = true,
                        Some(root) => self.reason(format!(
                            "the {operation} root of the remote schema is \"{root}\", not \"{name}\""
                        )),
                        None => self.reason(format!("the remote schema has no {operation} root")),
                    }
                    if !is_written(name) {
                        self.missing_type(name);
                    }
                }
            }
            _ => return self.reason("multiple schema definitions found".into()),
        }
        if self.draft.roots == [false; 3] {
            self.reason("query root does not exist in the schema definition".into());
        }
    }

    /// What says nothing in a permission.
    fn unwanted(&mut self, document: &ast::Document) {
        for definition in &document.definitions {
            match definition {
                // `@preset` may be defined, as editors want it.
                Definition::DirectiveDefinition(directive)
                    if directive.name != "preset"
                        && !self
                            .draft
                            .upstream
                            .schema
                            .directive_definitions
                            .contains_key(&directive.name) =>
                {
                    self.reason(unknown("Directive", &directive.name));
                }
                Definition::OperationDefinition(_) | Definition::FragmentDefinition(_) => {
                    self.reason("operations and fragments have no place in a schema".into());
                }
                _ if definition.is_extension_definition() => {
                    let name = definition.name().map_or("schema", Name::as_str);
                    self.reason(format!(
                        "the extension of \"{name}\" is not supported; write it into the definition"
                    ));
                }
                _ => {}
            }
        }
    }

    fn type_(&mut self, definition: &Definition) -> Option<ExtendedType> {
        let name = type_name(definition)?;
        let upstream = self.draft.upstream.schema.types.get(name);
        if upstream.is_some_and(ExtendedType::is_built_in) {
            return None;
        }
        let kind = match (definition, upstream) {
            (Definition::ScalarTypeDefinition(written), Some(ExtendedType::Scalar(upstream))) => {
                return self.scalar(written, upstream);
            }
            (Definition::ObjectTypeDefinition(written), Some(ExtendedType::Object(upstream))) => {
                return self.object(written, upstream);
            }
            (Definition::InterfaceTypeDefinition(written), Some(ExtendedType::Interface(upstream))) => {
                return self.interface(written, upstream);
            }
            (Definition::UnionTypeDefinition(written), Some(ExtendedType::Union(upstream))) => {
                return self.union_(written, upstream);
            }
            (Definition::EnumTypeDefinition(written), Some(ExtendedType::Enum(upstream))) => {
                return self.enum_(written, upstream);
            }
            (Definition::InputObjectTypeDefinition(written), Some(ExtendedType::InputObject(upstream))) => {
                return self.input_object(written, upstream);
            }
            (Definition::ScalarTypeDefinition(_), _) => "Scalar",
            (Definition::ObjectTypeDefinition(_), _) => "Object",
            (Definition::InterfaceTypeDefinition(_), _) => "Interface",
            (Definition::UnionTypeDefinition(_), _) => "Union",
            (Definition::EnumTypeDefinition(_), _) => "Enum",
            _ => "Input object",
        };
        self.reason(unknown(kind, name));
        None
    }

    fn scalar(
        &mut self,
        written: &ast::ScalarTypeDefinition,
        upstream: &Node<ScalarType>,
    ) -> Option<ExtendedType> {
        if self.misplaced(&written.name, &written.directives) {
            return None;
        }
        let granted = ScalarType {
            description: written.description.clone(),
            name: upstream.name.clone(),
            directives: directives(&written.directives, &upstream.directives),
        };
        Some(shared(granted, upstream).into())
    }

    fn object(
        &mut self,
        written: &ast::ObjectTypeDefinition,
        upstream: &Node<ObjectType>,
    ) -> Option<ExtendedType> {
        let is_misplaced = self.misplaced(&written.name, &written.directives);
        let implements_interfaces =
            self.interfaces(&written.name, &written.implements_interfaces, &upstream.implements_interfaces);
        let fields = self.fields("Object", &written.name, &written.fields, &upstream.fields);
        let granted = ObjectType {
            description: written.description.clone(),
            name: upstream.name.clone(),
            implements_interfaces,
            directives: directives(&written.directives, &upstream.directives),
            fields,
        };
        (!is_misplaced).then(|| shared(granted, upstream).into())
    }

    fn interface(
        &mut self,
        written: &ast::InterfaceTypeDefinition,
        upstream: &Node<InterfaceType>,
    ) -> Option<ExtendedType> {
        let is_misplaced = self.misplaced(&written.name, &written.directives);
        let implements_interfaces =
            self.interfaces(&written.name, &written.implements_interfaces, &upstream.implements_interfaces);
        let fields = self.fields("Interface", &written.name, &written.fields, &upstream.fields);
        let granted = InterfaceType {
            description: written.description.clone(),
            name: upstream.name.clone(),
            implements_interfaces,
            directives: directives(&written.directives, &upstream.directives),
            fields,
        };
        (!is_misplaced).then(|| shared(granted, upstream).into())
    }

    fn union_(
        &mut self,
        written: &ast::UnionTypeDefinition,
        upstream: &Node<UnionType>,
    ) -> Option<ExtendedType> {
        if self.misplaced(&written.name, &written.directives) {
            return None;
        }
        let strange: Vec<_> =
            written.members.iter().filter(|member| !upstream.members.contains(*member)).collect();
        if !strange.is_empty() {
            self.reason(format!(
                "union \"{}\" contains members which do not exist in the members of the remote schema union :{}",
                written.name,
                list(strange)
            ));
        }
        let members = written.members.iter().filter_map(|member| upstream.members.get(member)).cloned();
        let granted = UnionType {
            description: written.description.clone(),
            name: upstream.name.clone(),
            directives: directives(&written.directives, &upstream.directives),
            members: members.collect(),
        };
        Some(shared(granted, upstream).into())
    }

    fn enum_(
        &mut self,
        written: &ast::EnumTypeDefinition,
        upstream: &Node<EnumType>,
    ) -> Option<ExtendedType> {
        let is_misplaced = self.misplaced(&written.name, &written.directives);
        let names = || written.values.iter().map(|value| &value.value);
        let twice = repeated(names());
        if !twice.is_empty() {
            self.reason(format!(
                "duplicate enum values: {} found in the \"{}\" enum",
                list(twice),
                written.name
            ));
        }
        let strange: Vec<_> = names().filter(|value| !upstream.values.contains_key(*value)).collect();
        if !strange.is_empty() {
            self.reason(format!(
                "enum \"{}\" contains the following enum values that do not exist in the corresponding upstream remote enum: {}",
                written.name,
                list(strange)
            ));
        }
        let mut values = IndexMap::default();
        for value in &written.values {
            self.at(Place::Field(written.name.clone(), value.value.clone()));
            if self.misplaced(&format!("{}.{}", written.name, value.value), &value.directives) {
                continue;
            }
            let Some(upstream) = upstream.values.get(&value.value) else { continue };
            let granted = ast::EnumValueDefinition {
                description: value.description.clone(),
                value: upstream.value.clone(),
                directives: directives(&value.directives, &upstream.directives),
            };
            values.insert(upstream.value.clone(), shared(granted, upstream));
        }
        let granted = EnumType {
            description: written.description.clone(),
            name: upstream.name.clone(),
            directives: directives(&written.directives, &upstream.directives),
            values,
        };
        (!is_misplaced).then(|| shared(granted, upstream).into())
    }

    fn input_object(
        &mut self,
        written: &ast::InputObjectTypeDefinition,
        upstream: &Node<InputObjectType>,
    ) -> Option<ExtendedType> {
        let is_misplaced = self.misplaced(&written.name, &written.directives);
        let twice = repeated(written.fields.iter().map(|field| &field.name));
        if !twice.is_empty() {
            self.reason(format!(
                "duplicate fields: {}found in the \"Input object\" \"{}\"",
                list(twice.iter().copied()),
                written.name
            ));
        }
        let of_upstream: Vec<_> = upstream.fields.values().collect();
        let name = &written.name;
        let inputs = self.inputs(name.as_str(), name, &written.fields, &of_upstream, |field| {
            field.map_or_else(|| Place::Type(name.clone()), |field| Place::Field(name.clone(), field.clone()))
        });
        if is_misplaced || !inputs.usable || !twice.is_empty() {
            return None;
        }
        if upstream.is_one_of() && !inputs.presets.is_empty() && inputs.shown.len() + inputs.presets.len() > 1
        {
            self.reason(format!(
                "input object \"{}\" takes exactly one field, so none can be given beside a preset",
                written.name
            ));
            return None;
        }
        for preset in inputs.presets {
            self.draft.presets.add_field(&upstream.name, preset);
        }
        let granted = InputObjectType {
            description: written.description.clone(),
            name: upstream.name.clone(),
            directives: directives(&written.directives, &upstream.directives),
            fields: inputs.shown.into_iter().map(|field| (field.name.clone(), field)).collect(),
        };
        Some(shared(granted, upstream).into())
    }

    fn interfaces(
        &mut self,
        name: &Name,
        written: &[Name],
        upstream: &IndexSet<Node<Name>>,
    ) -> IndexSet<Node<Name>> {
        let (mut custom, mut strange) = (Vec::new(), Vec::new());
        for interface in written.iter().filter(|interface| !upstream.contains(*interface)) {
            match self.draft.upstream.schema.get_interface(interface) {
                Some(_) => strange.push(interface),
                None => custom.push(interface),
            }
        }
        if !custom.is_empty() {
            self.reason(format!(
                "custom interfaces are not supported. Object\"{name}\" implements the following custom interfaces: {}",
                list(custom)
            ));
        }
        if !strange.is_empty() {
            self.reason(format!(
                "object \"{name}\" is trying to implement the following interfaces that do not exist in the corresponding upstream remote object: {}",
                list(strange)
            ));
        }
        written.iter().filter_map(|interface| upstream.get(interface)).cloned().collect()
    }

    fn fields(
        &mut self,
        kind: &str,
        ty: &Name,
        written: &[Node<FieldDefinition>],
        upstream: &IndexMap<Name, Node<FieldDefinition>>,
    ) -> IndexMap<Name, Node<FieldDefinition>> {
        let twice: Vec<Name> =
            repeated(written.iter().map(|field| &field.name)).into_iter().cloned().collect();
        if !twice.is_empty() {
            self.reason(format!("duplicate fields: {}found in the \"{kind}\" \"{ty}\"", list(&twice)));
        }
        let mut granted = IndexMap::default();
        for field in written {
            self.at(Place::Field(ty.clone(), field.name.clone()));
            let Some(known) = upstream.get(&field.name) else {
                self.reason(format!("field \"{}\" does not exist in the \"{kind}\": \"{ty}\"", field.name));
                continue;
            };
            if let Some(field) = self.field(kind, ty, field, known)
                && !twice.contains(&field.name)
            {
                granted.insert(field.name.clone(), field);
            }
        }
        granted
    }

    fn field(
        &mut self,
        kind: &str,
        ty: &Name,
        written: &FieldDefinition,
        upstream: &Node<FieldDefinition>,
    ) -> Option<Node<FieldDefinition>> {
        let place = format!("{ty}.{}", written.name);
        let is_misplaced = self.misplaced(&place, &written.directives);
        let fits = self.same_type(&format!("{kind} field"), &written.name, &written.ty, &upstream.ty);
        let twice = repeated(written.arguments.iter().map(|argument| &argument.name));
        if !twice.is_empty() {
            self.reason(format!(
                "duplicate arguments: {}found in the field: \"{}\"",
                list(twice.iter().copied()),
                written.name
            ));
        }
        let of_upstream: Vec<_> = upstream.arguments.iter().collect();
        let name = &written.name;
        let inputs = self.inputs(&place, name, &written.arguments, &of_upstream, |argument| match argument {
            Some(argument) => Place::Argument(ty.clone(), name.clone(), argument.clone()),
            None => Place::Field(ty.clone(), name.clone()),
        });
        if is_misplaced || !fits || !inputs.usable || !twice.is_empty() {
            return None;
        }
        for preset in inputs.presets {
            self.draft.presets.add_argument(ty, &upstream.name, preset);
        }
        let granted = FieldDefinition {
            description: written.description.clone(),
            name: upstream.name.clone(),
            arguments: inputs.shown,
            ty: upstream.ty.clone(),
            directives: directives(&written.directives, &upstream.directives),
        };
        Some(shared(granted, upstream))
    }

    /// Arguments of a field, or fields of an input object; `place_of` says where one of them is, or what has them.
    fn inputs(
        &mut self,
        place: &str,
        owner: &Name,
        written: &[Node<InputValueDefinition>],
        upstream: &[&Node<InputValueDefinition>],
        place_of: impl Fn(Option<&Name>) -> Place,
    ) -> Inputs {
        let mut inputs = Inputs { shown: Vec::new(), presets: Vec::new(), usable: true };
        for input in written {
            self.at(place_of(Some(&input.name)));
            let is_preset = input.directives.has("preset");
            let Some(known) = upstream.iter().find(|known| known.name == input.name) else {
                self.reason(format!(
                    "input argument \"{}\" does not exist in the input object:\"{owner}\"",
                    input.name
                ));
                // What a guard was put on is gone, and nothing is known of what took its place.
                inputs.usable &= !is_preset;
                continue;
            };
            let fits = self.same_type("Input object argument", &input.name, &input.ty, &known.ty);
            if !fits {
                inputs.usable &= !is_preset && !known.is_required();
                continue;
            }
            match self.preset(&format!("{place}.{}", input.name), &input.name, &known.ty, &input.directives) {
                Err(Unusable) => inputs.usable = false,
                Ok(Some(value)) => inputs.presets.push(PresetValue {
                    name: known.name.clone(),
                    ty: Type::clone(&known.ty),
                    value,
                }),
                Ok(None) => {
                    self.same_default(owner, input, known);
                    let granted = InputValueDefinition {
                        description: input.description.clone(),
                        name: known.name.clone(),
                        ty: known.ty.clone(),
                        default_value: known.default_value.clone(),
                        directives: directives(&input.directives, &known.directives),
                    };
                    inputs.shown.push(shared(granted, known));
                }
            }
        }
        self.at(place_of(None));
        let missing: Vec<_> = (upstream.iter())
            .filter(|known| known.ty.is_non_null() && written.iter().all(|input| input.name != known.name))
            .collect();
        if !missing.is_empty() {
            self.reason(format!(
                "field: \"{owner}\" expects the following non nullable arguments to be present: {}",
                list(missing.iter().map(|known| &known.name))
            ));
            inputs.usable &= missing.iter().all(|known| known.default_value.is_some());
        }
        inputs
    }

    /// Whether the type is the upstream's, or was before the upstream changed no more than what may be null or a list. Then
    /// the upstream's is served.
    fn same_type(&mut self, kind: &str, name: &Name, written: &Type, upstream: &Type) -> bool {
        if written != upstream {
            self.reason(format!(
                "expected type of \"{name}\"(\"{kind}\") to be {upstream} but received {written}"
            ));
        }
        written.inner_named_type() == upstream.inner_named_type()
    }

    fn same_default(
        &mut self,
        owner: &Name,
        written: &InputValueDefinition,
        upstream: &InputValueDefinition,
    ) {
        let shown = |value: &Option<Node<ast::Value>>| {
            value.as_ref().map_or_else(String::new, |value| value.serialize().no_indent().to_string())
        };
        if written.default_value != upstream.default_value {
            self.reason(format!(
                "expected default value of input value: \"{}\"of input object \"{owner}\" to be {} but received {}",
                written.name,
                shown(&upstream.default_value),
                shown(&written.default_value)
            ));
        }
    }

    fn missing_type(&mut self, name: &Name) {
        if self.draft.explained.insert(name.clone()) {
            self.reason(super::close::missing_type(name));
        }
    }

    fn preset(
        &mut self,
        place: &str,
        name: &Name,
        ty: &Type,
        list: &DirectiveList,
    ) -> Result<Option<Preset>, Unusable> {
        self.directives(|directives| directives.preset(place, name, ty, list))
    }

    fn misplaced(&mut self, place: &str, list: &DirectiveList) -> bool {
        self.directives(|directives| directives.misplaced(place, list))
    }

    fn directives<T>(&mut self, read: impl FnOnce(&mut Directives<'_>) -> T) -> T {
        reading(&mut self.draft, &self.written, read)
    }
}

fn reading<T>(
    draft: &mut Draft<'_>,
    written: &HashMap<&Name, Vec<Name>>,
    read: impl FnOnce(&mut Directives<'_>) -> T,
) -> T {
    let upstream = &draft.upstream.schema;
    let enum_values = |name: &Name| {
        let known = upstream.get_enum(name)?.values.keys();
        let written = written.get(name);
        Some(known.filter(|value| written.is_none_or(|written| written.contains(value))).cloned().collect())
    };
    let (reasons, warnings) = (std::mem::take(&mut draft.reasons), std::mem::take(&mut draft.warnings));
    let mut directives = Directives { upstream, enum_values: &enum_values, reasons, warnings };
    let result = read(&mut directives);
    (draft.reasons, draft.warnings) = (directives.reasons, directives.warnings);
    result
}

fn unknown(kind: &str, name: &Name) -> String {
    format!("\"{kind}\": \"{name}\" does not exist in the upstream remote schema")
}

/// The upstream's own part where the granted one is no different.
fn shared<T: PartialEq>(granted: T, upstream: &Node<T>) -> Node<T> {
    if granted == **upstream { upstream.clone() } else { Node::new(granted) }
}
