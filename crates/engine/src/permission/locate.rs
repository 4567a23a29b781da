//! Where in an SDL document something is that is wrong.

use apollo_compiler::ast::{Definition, Document, FieldDefinition, InputValueDefinition};
use apollo_compiler::{Name, Node};

use crate::change::Place;
use crate::fault::Location;

/// The place in the document: the name itself, or what comes closest to it. A type that is not defined is where it is first
/// referred to.
pub(super) fn locate(document: &Document, place: &Place) -> Option<Location> {
    let name = match place {
        Place::Type(ty) => {
            definition(document, ty).and_then(Definition::name).or_else(|| mention(document, ty))
        }
        Place::Field(ty, member) => {
            let definition = definition(document, ty)?;
            member_of(definition, member).or_else(|| definition.name())
        }
        Place::Argument(ty, field, argument) => {
            let definition = definition(document, ty)?;
            let field = fields(definition).iter().find(|known| known.name == *field)?;
            let argument = field.arguments.iter().find(|known| known.name == *argument);
            Some(argument.map_or(&field.name, |argument| &argument.name))
        }
        Place::Member(ty, _) | Place::Interface(ty, _) => definition(document, ty).and_then(Definition::name),
        Place::Root(_) | Place::Directive(_) | Place::DirectiveArgument(..) => None,
    };
    Some(name?.line_column_range(&document.sources)?.start.into())
}

fn definition<'d>(document: &'d Document, ty: &Name) -> Option<&'d Definition> {
    document.definitions.iter().find(|definition| definition.name() == Some(ty))
}

fn fields(definition: &Definition) -> &[Node<FieldDefinition>] {
    match definition {
        Definition::ObjectTypeDefinition(object) => &object.fields,
        Definition::InterfaceTypeDefinition(interface) => &interface.fields,
        _ => &[],
    }
}

fn input_fields(definition: &Definition) -> &[Node<InputValueDefinition>] {
    match definition {
        Definition::InputObjectTypeDefinition(input) => &input.fields,
        _ => &[],
    }
}

fn member_of<'d>(definition: &'d Definition, member: &Name) -> Option<&'d Name> {
    let mut values = match definition {
        Definition::EnumTypeDefinition(enum_) => enum_.values.iter(),
        _ => [].iter(),
    };
    (fields(definition).iter().map(|field| &field.name))
        .chain(input_fields(definition).iter().map(|field| &field.name))
        .find(|name| *name == member)
        .or_else(|| values.find(|value| value.value == *member).map(|value| &value.value))
}

fn mention<'d>(document: &'d Document, ty: &Name) -> Option<&'d Name> {
    document.definitions.iter().find_map(|definition| {
        let of_fields = fields(definition).iter().flat_map(|field| {
            let arguments = field.arguments.iter().map(|argument| argument.ty.inner_named_type());
            std::iter::once(field.ty.inner_named_type()).chain(arguments)
        });
        let of_inputs = input_fields(definition).iter().map(|field| field.ty.inner_named_type());
        of_fields.chain(of_inputs).find(|name| *name == ty)
    })
}
