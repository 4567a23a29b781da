//! What a remote's schema has: lists of types, one type with all that is known of it, SDL, and search over all remotes.

use apollo_compiler::ast::{DirectiveList, EnumValueDefinition, FieldDefinition, InputValueDefinition};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node};
use engine::catalog::{Introspection, alone};
use engine::fault::Code;
use engine::outline::{Entry, Kind, entries};
use engine::remote::RemoteSchema;
use engine::rename::Renames;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::super::edit::Edit;
use super::super::error::ApiError;
use super::relationship::{self, Row};
use super::remote::{self, count};

/// Of `list_remote_schema_types`.
#[derive(Debug, Deserialize, TS)]
pub(super) struct TypesArguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Part of a name of a type or of one of its fields, in any case.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) search: Option<String>,
    /// Kinds that are wanted; all when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) kinds: Option<Vec<TypeKind>>,
    /// How many to leave out.
    #[serde(default)]
    #[ts(optional, as = "Option<u32>")]
    pub(super) offset: u32,
    /// How many at most; 100 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) limit: Option<u32>,
}

/// Types of a remote, roots first, then by name.
#[derive(Debug, Serialize, TS)]
pub(super) struct TypeList {
    /// How many there are.
    pub(super) total: u32,
    /// The part that was asked for.
    pub(super) types: Vec<TypeSummary>,
    /// Type of queries.
    pub(super) query_root: String,
    /// Type of mutations.
    pub(super) mutation_root: Option<String>,
    /// Type of subscriptions.
    pub(super) subscription_root: Option<String>,
}

/// A type in a list.
#[derive(Debug, Serialize, TS)]
pub(super) struct TypeSummary {
    /// Original name.
    pub(super) name: String,
    /// What it is served as, if that is another name.
    pub(super) served_name: Option<String>,
    /// What it is.
    pub(super) kind: TypeKind,
    /// Fields, input fields, values or members.
    pub(super) n_members: u32,
    /// Relationships on it.
    pub(super) n_relationships: u32,
    /// What the remote says of it.
    pub(super) description: Option<String>,
}

/// Kinds of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(super) enum TypeKind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
}

/// Of `get_remote_schema_type`.
#[derive(Debug, Deserialize, TS)]
pub(super) struct TypeArguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Original name of the type.
    pub(super) type_name: String,
}

/// A type with all that is known of it, under original names.
#[derive(Debug, Serialize, TS)]
pub(super) struct TypeDetail {
    /// Original name.
    pub(super) name: String,
    /// What it is served as, if that is another name.
    pub(super) served_name: Option<String>,
    /// What it is.
    pub(super) kind: TypeKind,
    /// What the remote says of it.
    pub(super) description: Option<String>,
    /// Of an object or interface.
    pub(super) fields: Vec<FieldDetail>,
    /// Of an input object.
    pub(super) input_fields: Vec<ArgumentDetail>,
    /// Of an enum.
    pub(super) values: Vec<ValueDetail>,
    /// Interfaces that it implements.
    pub(super) interfaces: Vec<String>,
    /// Members of a union, implementations of an interface.
    pub(super) possible_types: Vec<String>,
    /// Relationships on it.
    pub(super) relationships: Vec<Row>,
    /// Relationships that use it otherwise.
    pub(super) used_by: Vec<Row>,
    /// Roles with a permission on the remote that do not see it.
    pub(super) hidden_from: Vec<String>,
    /// Its definition.
    pub(super) sdl: String,
}

/// A field.
#[derive(Debug, Serialize, TS)]
pub(super) struct FieldDetail {
    /// Original name.
    pub(super) name: String,
    /// What it is served as, if that is another name.
    pub(super) served_name: Option<String>,
    /// Its type: `[Order!]!`.
    pub(super) type_text: String,
    /// The type without lists and non-null: `Order`.
    pub(super) named_type: String,
    /// What the named type is.
    pub(super) kind: TypeKind,
    /// Whether the value is a list.
    pub(super) is_list: bool,
    /// What the remote says of it.
    pub(super) description: Option<String>,
    /// Why it should not be used any more.
    pub(super) deprecated: Option<String>,
    /// What it takes.
    pub(super) arguments: Vec<ArgumentDetail>,
}

/// An argument, or a field of an input object.
#[derive(Debug, Serialize, TS)]
pub(super) struct ArgumentDetail {
    /// Its name.
    pub(super) name: String,
    /// Its type: `[ID!]!`.
    pub(super) type_text: String,
    /// The type without lists and non-null.
    pub(super) named_type: String,
    /// What the named type is.
    pub(super) kind: TypeKind,
    /// Whether it takes a list.
    pub(super) is_list: bool,
    /// Whether it must be given.
    pub(super) is_required: bool,
    /// What it is when it is not given, in GraphQL.
    pub(super) default: Option<String>,
    /// What the remote says of it.
    pub(super) description: Option<String>,
}

/// A value of an enum.
#[derive(Debug, Serialize, TS)]
pub(super) struct ValueDetail {
    /// Its name.
    pub(super) name: String,
    /// What the remote says of it.
    pub(super) description: Option<String>,
    /// Why it should not be used any more.
    pub(super) deprecated: Option<String>,
}

/// Of `get_remote_schema_sdl`.
#[derive(Debug, Deserialize, TS)]
pub(super) struct SdlArguments {
    /// Which remote.
    pub(super) remote_schema: String,
    /// Under the names that are served, in place of the original ones.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub(super) served: bool,
}

/// A schema as text.
#[derive(Debug, Serialize, TS)]
pub(super) struct Sdl {
    /// The text.
    pub(super) sdl: String,
}

/// Of `search_remote_schemas`.
#[derive(Debug, Deserialize, TS)]
pub(super) struct SearchArguments {
    /// Part of a name or of a path: `user`, `Query.us`.
    pub(super) text: String,
    /// Remotes that are searched; all when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) remote_schemas: Option<Vec<String>>,
    /// Kinds that are wanted; all when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) kinds: Option<Vec<Kind>>,
    /// How many at most; 50 when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub(super) limit: Option<u32>,
}

/// What was found, the best first.
#[derive(Debug, Serialize, TS)]
pub(super) struct Found {
    /// How many there are.
    pub(super) total: u32,
    /// The best of them.
    pub(super) entries: Vec<FoundEntry>,
}

/// Something with a name, in a remote.
#[derive(Debug, Serialize, TS)]
pub(super) struct FoundEntry {
    /// Which remote.
    pub(super) remote_schema: String,
    /// What it is.
    pub(super) kind: Kind,
    /// Its own name.
    pub(super) name: String,
    /// The type that it is, or is of.
    pub(super) type_name: String,
    /// Where it is: `User.name`, `Query.user(id:)`.
    pub(super) path: String,
    /// What it takes and gives.
    pub(super) signature: String,
    /// What the remote says of it.
    pub(super) description: Option<String>,
}

/// How many types are listed when nobody says.
const TYPES: u32 = 100;

/// How many entries are found when nobody says.
const FOUND: u32 = 50;

/// Answers.
pub(super) async fn types(
    edit: &mut Edit,
    path: &str,
    arguments: TypesArguments,
) -> Result<TypeList, ApiError> {
    let (entry, schema) = remote::with_schema(edit, path, &arguments.remote_schema)?;
    let renames = renames(entry, schema);
    let search = arguments.search.unwrap_or_default().to_lowercase();
    let is_wanted = |ty: &&ExtendedType| {
        !ty.is_built_in()
            && arguments.kinds.as_ref().is_none_or(|kinds| kinds.contains(&TypeKind::of(ty)))
            && (search.is_empty()
                || ty.name().to_lowercase().contains(&search)
                || members(ty).any(|member| member.to_lowercase().contains(&search)))
    };
    let mut types: Vec<&ExtendedType> = schema.schema.types.values().filter(is_wanted).collect();
    types.sort_by_key(|ty| (root_order(schema, ty.name()), ty.name()));
    let total = count(types.iter());
    let n_relationships = |name: &Name| {
        let on = entry.remote_relationships.iter().filter(|on| *name == *on.type_name);
        count(on.flat_map(|on| &on.relationships))
    };
    let types = types.into_iter().skip(arguments.offset as usize);
    let types = types.take(arguments.limit.unwrap_or(TYPES) as usize).map(|ty| TypeSummary {
        name: ty.name().to_string(),
        served_name: renames.types.get(ty.name()).map(ToString::to_string),
        kind: TypeKind::of(ty),
        n_members: count(members(ty)),
        n_relationships: n_relationships(ty.name()),
        description: ty.description().map(ToString::to_string),
    });
    Ok(TypeList {
        total,
        types: types.collect(),
        query_root: schema.query_root.to_string(),
        mutation_root: schema.mutation_root.as_ref().map(ToString::to_string),
        subscription_root: schema.subscription_root.as_ref().map(ToString::to_string),
    })
}

/// Answers.
pub(super) async fn type_detail(
    edit: &mut Edit,
    path: &str,
    arguments: TypeArguments,
) -> Result<TypeDetail, ApiError> {
    let (entry, schema) = remote::with_schema(edit, path, &arguments.remote_schema)?;
    let Some(ty) = schema.schema.types.get(&*arguments.type_name) else {
        let message = format!(r#"remote schema "{}" has no type "{}""#, entry.name, arguments.type_name);
        return Err(ApiError::new(Code::NotExists, path, message));
    };
    let renames = renames(entry, schema);
    let name = ty.name();
    let field = |field: &Node<FieldDefinition>| FieldDetail::of(field, name, schema, &renames);
    let value = |value: &Node<EnumValueDefinition>| ValueDetail {
        name: value.value.to_string(),
        description: value.description.as_ref().map(ToString::to_string),
        deprecated: deprecation(&value.directives),
    };
    let (mut fields, mut input_fields, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut interfaces = Vec::new();
    match ty {
        ExtendedType::Object(object) => {
            fields.extend(object.fields.values().map(field));
            interfaces.extend(object.implements_interfaces.iter().map(ToString::to_string));
        }
        ExtendedType::Interface(interface) => {
            fields.extend(interface.fields.values().map(field));
            interfaces.extend(interface.implements_interfaces.iter().map(ToString::to_string));
        }
        ExtendedType::InputObject(input) => {
            input_fields.extend(input.fields.values().map(|field| ArgumentDetail::of(field, schema)));
        }
        ExtendedType::Enum(of) => values.extend(of.values.values().map(value)),
        ExtendedType::Scalar(_) | ExtendedType::Union(_) => {}
    }
    let (on_it, others): (Vec<Row>, Vec<Row>) = (relationship::rows(edit).await.into_iter())
        .partition(|row| row.remote_schema == entry.name && *name == *row.type_name);
    Ok(TypeDetail {
        name: name.to_string(),
        served_name: renames.types.get(name).map(ToString::to_string),
        kind: TypeKind::of(ty),
        description: ty.description().map(ToString::to_string),
        fields,
        input_fields,
        values,
        interfaces,
        possible_types: possible_types(schema, ty),
        relationships: on_it,
        used_by: others.into_iter().filter(|row| uses(row, &entry.name, schema, name)).collect(),
        hidden_from: hidden_from(edit, entry, name),
        sdl: ty.to_string(),
    })
}

/// Answers.
pub(super) async fn sdl(edit: &mut Edit, path: &str, arguments: SdlArguments) -> Result<Sdl, ApiError> {
    let (entry, schema) = remote::with_schema(edit, path, &arguments.remote_schema)?;
    let sdl = match arguments.served {
        false => schema.schema.to_string(),
        true => {
            let alone = alone(entry, schema).map_err(|failure| ApiError::failure(path, &failure))?;
            alone.served.schema.to_string()
        }
    };
    Ok(Sdl { sdl })
}

/// Answers.
pub(super) async fn search(
    edit: &mut Edit,
    path: &str,
    arguments: SearchArguments,
) -> Result<Found, ApiError> {
    let SearchArguments { text, remote_schemas, kinds, limit } = arguments;
    if let Some(names) = &remote_schemas {
        names.iter().try_for_each(|name| remote::entry(edit, path, name).map(drop))?;
    }
    let text = text.trim().to_lowercase();
    let mut found = Vec::new();
    for entry in &edit.draft.document().remote_schemas {
        let is_meant = remote_schemas.as_ref().is_none_or(|names| names.contains(&entry.name));
        let schema = edit.draft.introspection(&entry.name).and_then(Introspection::schema);
        for thing in schema.filter(|_| is_meant).into_iter().flat_map(|schema| entries(schema)) {
            if kinds.as_ref().is_some_and(|kinds| !kinds.contains(&thing.kind)) {
                continue;
            }
            if let Some(fit) = fit(&thing, &text) {
                found.push((fit, &*entry.name, thing));
            }
        }
    }
    let total = count(found.iter());
    // Within what fits equally well: types, then root fields, then what is inside of others, and short names first.
    found.sort_by(|(fit, remote, one), (other_fit, other_remote, other)| {
        let rank = |entry: &Entry| (entry.kind, entry.name.len());
        (fit, rank(one), &one.path, remote).cmp(&(other_fit, rank(other), &other.path, other_remote))
    });
    let entries = found.into_iter().take(limit.unwrap_or(FOUND) as usize).map(|(_, remote, thing)| {
        let Entry { kind, name, path, signature, description } = thing;
        let type_name = path.split_once('.').map_or(&*path, |(ty, _)| ty).to_owned();
        FoundEntry { remote_schema: remote.to_owned(), kind, name, type_name, path, signature, description }
    });
    Ok(Found { total, entries: entries.collect() })
}

/// How well something fits what is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exact,
    Prefix,
    Part,
}

/// How well an entry fits a lower-case text; `None` when it does not. Who writes a dot means a path.
fn fit(entry: &Entry, text: &str) -> Option<Fit> {
    let whole = if text.contains('.') { &entry.path } else { &entry.name };
    let at = if whole.is_ascii() {
        // Most of many thousand names do not fit, and are not worth a copy.
        whole
            .as_bytes()
            .windows(text.len().max(1))
            .position(|part| part.eq_ignore_ascii_case(text.as_bytes()))?
    } else {
        whole.to_lowercase().find(text)?
    };
    Some(match at {
        0 if whole.len() == text.len() => Fit::Exact,
        0 => Fit::Prefix,
        _ => Fit::Part,
    })
}

impl TypeKind {
    fn of(ty: &ExtendedType) -> Self {
        match ty {
            ExtendedType::Scalar(_) => Self::Scalar,
            ExtendedType::Object(_) => Self::Object,
            ExtendedType::Interface(_) => Self::Interface,
            ExtendedType::Union(_) => Self::Union,
            ExtendedType::Enum(_) => Self::Enum,
            ExtendedType::InputObject(_) => Self::InputObject,
        }
    }

    /// What a type of that name is.
    fn named(name: &Name, schema: &RemoteSchema) -> Self {
        schema.schema.types.get(name).map_or(Self::Scalar, Self::of)
    }
}

impl FieldDetail {
    fn of(field: &FieldDefinition, ty: &Name, schema: &RemoteSchema, renames: &Renames) -> Self {
        let named_type = field.ty.inner_named_type();
        let served = renames.served_field(ty, &field.name);
        Self {
            name: field.name.to_string(),
            served_name: (*served != field.name).then(|| served.to_string()),
            type_text: field.ty.to_string(),
            named_type: named_type.to_string(),
            kind: TypeKind::named(named_type, schema),
            is_list: field.ty.is_list(),
            description: field.description.as_ref().map(ToString::to_string),
            deprecated: deprecation(&field.directives),
            arguments: field.arguments.iter().map(|argument| ArgumentDetail::of(argument, schema)).collect(),
        }
    }
}

impl ArgumentDetail {
    fn of(argument: &InputValueDefinition, schema: &RemoteSchema) -> Self {
        let named_type = argument.ty.inner_named_type();
        Self {
            name: argument.name.to_string(),
            type_text: argument.ty.to_string(),
            named_type: named_type.to_string(),
            kind: TypeKind::named(named_type, schema),
            is_list: argument.ty.is_list(),
            is_required: argument.ty.is_non_null() && argument.default_value.is_none(),
            default: argument.default_value.as_ref().map(ToString::to_string),
            description: argument.description.as_ref().map(ToString::to_string),
        }
    }
}

/// Why something should not be used any more.
fn deprecation(directives: &DirectiveList) -> Option<String> {
    let deprecated = directives.get("deprecated")?;
    let reason = deprecated.specified_argument_by_name("reason").and_then(|reason| reason.as_str());
    Some(reason.unwrap_or("No longer supported").to_owned())
}

/// The served names; none when the customization does not fit the schema, which is a problem of the remote.
fn renames(entry: &metadata::RemoteSchema, schema: &RemoteSchema) -> Renames {
    let customization = entry.definition.customization.as_ref();
    customization.and_then(|customization| Renames::new(customization, schema).ok()).unwrap_or_default()
}

/// Names of fields, input fields, values or members.
fn members(ty: &ExtendedType) -> Box<dyn Iterator<Item = &Name> + '_> {
    match ty {
        ExtendedType::Object(object) => Box::new(object.fields.keys()),
        ExtendedType::Interface(interface) => Box::new(interface.fields.keys()),
        ExtendedType::InputObject(input) => Box::new(input.fields.keys()),
        ExtendedType::Enum(of) => Box::new(of.values.keys()),
        ExtendedType::Union(of) => Box::new(of.members.iter().map(|member| &**member)),
        ExtendedType::Scalar(_) => Box::new(std::iter::empty()),
    }
}

/// Roots come first, in the order that everybody names them in.
fn root_order(schema: &RemoteSchema, name: &Name) -> usize {
    let roots = [Some(&schema.query_root), schema.mutation_root.as_ref(), schema.subscription_root.as_ref()];
    roots.iter().position(|root| *root == Some(name)).unwrap_or(roots.len())
}

/// Members of a union, and what implements an interface.
fn possible_types(schema: &RemoteSchema, ty: &ExtendedType) -> Vec<String> {
    let name = ty.name();
    let implements = |other: &&ExtendedType| match other {
        ExtendedType::Object(object) => object.implements_interfaces.iter().any(|it| **it == *name),
        ExtendedType::Interface(interface) => interface.implements_interfaces.iter().any(|it| **it == *name),
        _ => false,
    };
    match ty {
        ExtendedType::Union(of) => of.members.iter().map(ToString::to_string).collect(),
        ExtendedType::Interface(_) => {
            let types = schema.schema.types.values().filter(implements);
            types.map(|implementer| implementer.name().to_string()).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a relationship goes through a type of a remote, gives it an input or ends at it.
fn uses(row: &Row, remote: &str, schema: &RemoteSchema, name: &Name) -> bool {
    let Some(target) = row.target.as_ref().filter(|target| target.remote_schema == remote) else {
        return false;
    };
    let mut on = &schema.query_root;
    for step in &target.path {
        let Ok(field) = schema.schema.type_field(on, step) else { return on == name };
        let takes = |argument: &Node<InputValueDefinition>| argument.ty.inner_named_type() == name;
        if on == name || field.arguments.iter().any(takes) {
            return true;
        }
        on = field.ty.inner_named_type();
    }
    on == name
}

/// Roles with a permission on the remote that do not see a type of it.
fn hidden_from(edit: &Edit, entry: &metadata::RemoteSchema, name: &Name) -> Vec<String> {
    let catalog = edit.draft.catalog();
    let Some(id) = catalog.remote_id(&entry.name) else { return Vec::new() };
    let roles = entry.permissions.iter().map(|permission| &permission.role);
    roles.filter(|role| !catalog.role(role).sees_type(id, name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> Entry {
        let (path, signature) = (format!("Query.{name}"), ": Int".to_owned());
        Entry { kind: Kind::Query, name: name.to_owned(), path, signature, description: None }
    }

    #[test]
    fn what_is_called_so_fits_best_then_what_begins_so_then_what_has_it_inside() {
        assert_eq!(fit(&field("user"), "user"), Some(Fit::Exact));
        assert_eq!(fit(&field("User"), "user"), Some(Fit::Exact));
        assert_eq!(fit(&field("userById"), "user"), Some(Fit::Prefix));
        assert_eq!(fit(&field("superUser"), "user"), Some(Fit::Part));
        assert_eq!(fit(&field("order"), "user"), None);
        assert_eq!(fit(&field("us"), "user"), None);
    }

    #[test]
    fn a_dot_means_a_path() {
        assert_eq!(fit(&field("user"), "query.us"), Some(Fit::Prefix));
        assert_eq!(fit(&field("user"), "query.user"), Some(Fit::Exact));
        assert_eq!(fit(&field("order"), "query.us"), None);
    }
}
