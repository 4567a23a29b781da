//! An introspection answer to a schema, part by part. A part that makes no sense is left out with a warning, so that one
//! odd field does not cost the whole remote.

use std::fmt;

use apollo_compiler::ast::{Directive, DirectiveList, DirectiveLocation, Type};
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::{
    DirectiveDefinition, EnumType, EnumValueDefinition, ExtendedType, FieldDefinition, InputObjectType,
    InputValueDefinition, InterfaceType, ObjectType, ScalarType, SchemaDefinition, UnionType,
};
use apollo_compiler::{Name, Node, Schema, ast, name};

use super::answer::{
    DirectiveJson, EnumValueJson, FieldJson, InputValueJson, NamedJson, SchemaJson, TypeJson, TypeRefJson,
};
use super::{IntrospectionError, RemoteSchema, literal, repair};

/// Builds the schema.
pub(super) fn schema(json: SchemaJson) -> Result<RemoteSchema, IntrospectionError> {
    let mut reader = Reader { warnings: Vec::new() };
    let mut schema = Schema::new();
    schema.validate_default_values = false;
    for ty in json.types.unwrap_or_default() {
        let Some(name) = reader.name(ty.name.as_deref(), format_args!("type")) else { continue };
        match schema.types.get(&name) {
            // Introspection types and built-in scalars are the same everywhere.
            Some(present) if present.is_built_in() => continue,
            Some(_) => {
                reader.warn(format!(r#"type "{name}" is listed more than once; the first one counts"#));
                continue;
            }
            None => {}
        }
        if let Some(ty) = reader.extended_type(name.clone(), ty) {
            schema.types.insert(name, ty);
        }
    }
    for directive in json.directives.unwrap_or_default() {
        let Some(name) = reader.name(directive.name.as_deref(), format_args!("directive")) else { continue };
        if !schema.directive_definitions.contains_key(&name)
            && let Some(directive) = reader.directive(name.clone(), directive)
        {
            schema.directive_definitions.insert(name, directive.into());
        }
    }
    let root =
        |json: Option<NamedJson>| json.and_then(|root| root.name).and_then(|name| Name::new(&name).ok());
    let (query, mutation, subscription) =
        (root(json.query_type), root(json.mutation_type), root(json.subscription_type));
    schema.schema_definition = Node::new(SchemaDefinition {
        description: description(json.description),
        directives: DirectiveList::default(),
        query: query.clone().map(Node::new),
        mutation: mutation.clone().map(Node::new),
        subscription: subscription.clone().map(Node::new),
    });
    repair::finish(schema, query, mutation, subscription, reader.warnings)
}

struct Reader {
    warnings: Vec<String>,
}

impl Reader {
    fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// A name from the upstream. `what` is spelled out only when it is none: there are very many of them.
    fn name(&mut self, name: Option<&str>, what: fmt::Arguments<'_>) -> Option<Name> {
        let Some(name) = name else {
            self.warn(format!("{what} without a name is left out"));
            return None;
        };
        let valid = Name::new(name).ok();
        if valid.is_none() {
            let shown: String = name.chars().take(80).collect();
            self.warn(format!("{what} is left out, as {shown:?} is not a valid name"));
        }
        valid
    }

    fn extended_type(&mut self, name: Name, json: TypeJson) -> Option<ExtendedType> {
        let description = description(json.description);
        let mut directives = DirectiveList::default();
        let ty = match json.kind.as_deref() {
            Some("SCALAR") => {
                if let Some(url) = json.specified_by_url {
                    directives.push(directive(name!("specifiedBy"), name!("url"), url));
                }
                ScalarType { description, name, directives }.into()
            }
            Some("OBJECT") => ObjectType {
                implements_interfaces: self.names(&name, json.interfaces),
                fields: self.fields(&name, json.fields),
                description,
                name,
                directives,
            }
            .into(),
            Some("INTERFACE") => InterfaceType {
                implements_interfaces: self.names(&name, json.interfaces),
                fields: self.fields(&name, json.fields),
                description,
                name,
                directives,
            }
            .into(),
            Some("UNION") => {
                UnionType { members: self.names(&name, json.possible_types), description, name, directives }
                    .into()
            }
            Some("ENUM") => {
                EnumType { values: self.enum_values(&name, json.enum_values), description, name, directives }
                    .into()
            }
            Some("INPUT_OBJECT") => {
                if json.is_one_of == Some(true) {
                    directives.push(Directive::new(name!("oneOf")));
                }
                let mut fields = IndexMap::default();
                for field in self.input_values(format_args!(r#"input object "{name}""#), json.input_fields) {
                    fields.insert(field.name.clone(), field);
                }
                InputObjectType { fields, description, name, directives }.into()
            }
            kind => {
                let kind = kind.unwrap_or("null");
                self.warn(format!(r#"type "{name}" is left out: unknown kind: {kind}"#));
                return None;
            }
        };
        Some(ty)
    }

    fn names(&mut self, owner: &Name, json: Option<Vec<NamedJson>>) -> IndexSet<Node<Name>> {
        json.unwrap_or_default()
            .iter()
            .filter_map(|named| {
                self.name(named.name.as_deref(), format_args!(r#"type that "{owner}" refers to"#))
            })
            .map(Node::new)
            .collect()
    }

    fn fields(
        &mut self,
        owner: &Name,
        json: Option<Vec<FieldJson>>,
    ) -> IndexMap<Name, Node<FieldDefinition>> {
        let mut fields = IndexMap::default();
        for json in json.unwrap_or_default() {
            let Some(name) = self.name(json.name.as_deref(), format_args!(r#"field of type "{owner}""#))
            else {
                continue;
            };
            if fields.contains_key(&name) {
                self.warn(format!(
                    r#"field "{owner}.{name}" is listed more than once; the first one counts"#
                ));
                continue;
            }
            match type_of(json.ty) {
                Err(reason) => self.warn(format!(r#"field "{owner}.{name}" is left out: {reason}"#)),
                Ok(ty) => {
                    let field = FieldDefinition {
                        description: description(json.description),
                        arguments: self.input_values(format_args!(r#"field "{owner}.{name}""#), json.args),
                        directives: deprecated(json.is_deprecated, json.deprecation_reason),
                        ty,
                        name: name.clone(),
                    };
                    fields.insert(name, Node::new(field));
                }
            }
        }
        fields
    }

    fn input_values(
        &mut self,
        owner: fmt::Arguments<'_>,
        json: Option<Vec<InputValueJson>>,
    ) -> Vec<Node<InputValueDefinition>> {
        let mut values: Vec<Node<InputValueDefinition>> = Vec::new();
        // A set beside the list, as an upstream may list very many.
        let mut seen = IndexSet::default();
        for json in json.unwrap_or_default() {
            let Some(name) = self.name(json.name.as_deref(), format_args!("argument of {owner}")) else {
                continue;
            };
            if !seen.insert(name.clone()) {
                self.warn(format!(
                    r#"argument "{name}" of {owner} is listed more than once; the first one counts"#
                ));
                continue;
            }
            let required = json.ty.as_ref().is_some_and(|ty| ty.kind.as_deref() == Some("NON_NULL"));
            let ty = type_of(json.ty).unwrap_or_else(|reason| {
                self.warn(format!(r#"argument "{name}" of {owner} has an unreadable type: {reason}"#));
                // A type that does not exist, so that `repair` leaves out whatever cannot do without the argument.
                let unreadable = Type::Named(name!("__Unreadable"));
                if required { unreadable.non_null() } else { unreadable }
            });
            let default_value = json.default_value.and_then(|text| {
                let value = literal::parse(&text);
                if value.is_none() {
                    let shown: String = text.chars().take(80).collect();
                    self.warn(format!(
                        r#"the default value of argument "{name}" of {owner} is dropped, as {shown:?} is not a GraphQL value"#
                    ));
                }
                value
            });
            values.push(Node::new(InputValueDefinition {
                description: description(json.description),
                ty: Node::new(ty),
                default_value,
                directives: deprecated(json.is_deprecated, json.deprecation_reason),
                name,
            }));
        }
        values
    }

    fn enum_values(
        &mut self,
        owner: &Name,
        json: Option<Vec<EnumValueJson>>,
    ) -> IndexMap<Name, Node<EnumValueDefinition>> {
        let mut values = IndexMap::default();
        for json in json.unwrap_or_default() {
            let Some(name) = self.name(json.name.as_deref(), format_args!(r#"value of enum "{owner}""#))
            else {
                continue;
            };
            if matches!(name.as_str(), "true" | "false" | "null") {
                self.warn(format!(
                    r#"value "{name}" of enum "{owner}" is left out, as it is a word of the language"#
                ));
                continue;
            }
            let value = EnumValueDefinition {
                description: description(json.description),
                value: name.clone(),
                directives: deprecated(json.is_deprecated, json.deprecation_reason),
            };
            if values.contains_key(&name) {
                self.warn(format!(r#"value "{name}" of enum "{owner}" is listed more than once"#));
            } else {
                values.insert(name, Node::new(value));
            }
        }
        values
    }

    fn directive(&mut self, name: Name, json: DirectiveJson) -> Option<DirectiveDefinition> {
        let mut locations = IndexSet::default();
        for location in json.locations.unwrap_or_default() {
            match directive_location(&location) {
                Some(location) => {
                    locations.insert(location);
                }
                None => self.warn(format!(r#"location {location:?} of directive "@{name}" is unknown"#)),
            }
        }
        if locations.is_empty() {
            self.warn(format!(r#"directive "@{name}" is left out, as it has no known location"#));
            return None;
        }
        Some(DirectiveDefinition {
            description: description(json.description),
            arguments: self.input_values(format_args!(r#"directive "@{name}""#), json.args),
            repeatable: json.is_repeatable == Some(true),
            locations,
            directives: DirectiveList::default(),
            name,
        })
    }
}

fn description(text: Option<String>) -> Option<Node<str>> {
    text.filter(|text| !text.is_empty()).map(Node::from)
}

fn directive(name: Name, argument: Name, value: String) -> Directive {
    let value = Node::new(ast::Value::String(value));
    Directive { name, arguments: vec![Node::new(ast::Argument { name: argument, value })] }
}

fn deprecated(is_deprecated: Option<bool>, reason: Option<String>) -> DirectiveList {
    let mut directives = DirectiveList::default();
    // Some servers give a reason without the flag.
    let is_deprecated = is_deprecated.or(reason.as_ref().map(|_| true));
    // What servers say when nobody gave a reason.
    let reason = reason.filter(|reason| reason != "No longer supported");
    match (is_deprecated, reason) {
        (Some(true), Some(reason)) => {
            directives.push(self::directive(name!("deprecated"), name!("reason"), reason));
        }
        (Some(true), None) => directives.push(Directive::new(name!("deprecated"))),
        _ => {}
    }
    directives
}

fn type_of(json: Option<TypeRefJson>) -> Result<Type, String> {
    let json = json.ok_or("it has no type")?;
    let kind = json.kind.as_deref().unwrap_or("null");
    match (kind, json.of_type) {
        ("NON_NULL", Some(inner)) => Ok(type_of(Some(*inner))?.non_null()),
        ("LIST", Some(inner)) => Ok(type_of(Some(*inner))?.list()),
        ("NON_NULL" | "LIST", None) => Err(format!("{kind} should have `ofType`")),
        ("SCALAR" | "OBJECT" | "INTERFACE" | "UNION" | "ENUM" | "INPUT_OBJECT", _) => {
            let name = json.name.ok_or("its type has no name")?;
            Name::new(&name).map(Type::Named).map_err(|_| "its type has no valid name".into())
        }
        _ => Err(format!("unknown kind: {}", kind.chars().take(80).collect::<String>())),
    }
}

fn directive_location(name: &str) -> Option<DirectiveLocation> {
    use DirectiveLocation as L;
    const ALL: [DirectiveLocation; 20] = [
        L::Query,
        L::Mutation,
        L::Subscription,
        L::Field,
        L::FragmentDefinition,
        L::FragmentSpread,
        L::InlineFragment,
        L::VariableDefinition,
        L::Schema,
        L::Scalar,
        L::Object,
        L::FieldDefinition,
        L::ArgumentDefinition,
        L::Interface,
        L::Union,
        L::Enum,
        L::EnumValue,
        L::InputObject,
        L::InputFieldDefinition,
        L::DirectiveDefinition,
    ];
    ALL.into_iter().find(|location| location.name() == name)
}
