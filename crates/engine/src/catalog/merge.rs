//! The remotes' schemas side by side in one schema. A remote that clashes with an earlier one is left out whole.

use apollo_compiler::ast::{DirectiveList, Type};
use apollo_compiler::collections::{HashSet, IndexMap};
use apollo_compiler::schema::{ExtendedType, FieldDefinition, ObjectType, SchemaDefinition};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema, name};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::{
    Catalog, Failure, JoinId, PLACEHOLDER_FIELD, RemoteId, RoleSchema, RootField, ServedRemote, served,
};
use crate::fault::Code;

/// Most clashes of one remote that are spelled out.
const MAX_CLASHES: usize = 5;

/// A root type of the served schema.
struct Root {
    name: Name,
    description: Option<&'static str>,
    fields: IndexMap<Name, (Node<FieldDefinition>, RootField)>,
}

/// Collects remotes into one schema.
pub(super) struct Merger {
    pub(super) remotes: Vec<ServedRemote>,
    pub(super) types: IndexMap<Name, ExtendedType>,
    /// The remotes that have a type of that served name.
    owners: FxHashMap<Name, Vec<RemoteId>>,
    roots: [Root; 3],
}

/// What a relationship is placed on: the remotes, what they serve, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) remotes: &'a [ServedRemote],
    pub(super) types: &'a IndexMap<Name, ExtendedType>,
    owners: Owners<'a>,
    /// The field of a relationship that is to be replaced, which is in nobody's way.
    without: Option<&'a Name>,
}

#[derive(Clone, Copy)]
enum Owners<'a> {
    Known(&'a FxHashMap<Name, Vec<RemoteId>>),
    /// Asked of each remote: to copy what a large catalog has takes longer than all the rest.
    Asked,
}

impl<'a> Ground<'a> {
    /// That of a catalog, as if the relationship of that name were not there.
    pub(super) fn of(catalog: &'a Catalog, without: Option<&'a Name>) -> Self {
        let types = &catalog.admin.schema.types;
        Self { remotes: &catalog.remotes, types, owners: Owners::Asked, without }
    }

    /// Whether a served type has a field of that name.
    pub(super) fn has_field(&self, ty: &Name, field: &Name) -> bool {
        let has = match self.types.get(ty) {
            Some(ExtendedType::Object(object)) => object.fields.contains_key(field),
            Some(ExtendedType::Interface(interface)) => interface.fields.contains_key(field),
            _ => false,
        };
        has && self.without != Some(field)
    }

    /// The names of the remotes that share a served type.
    pub(super) fn owner_names(&self, served: &Name) -> Vec<&'a str> {
        match self.owners {
            Owners::Known(owners) => {
                let owners = owners.get(served).map(Vec::as_slice).unwrap_or_default();
                owners.iter().map(|id| self.remotes[id.0 as usize].name.as_str()).collect()
            }
            Owners::Asked => {
                let has = |remote: &&ServedRemote| {
                    let original = remote.renames.original_type(served);
                    remote.schema.schema.types.contains_key(original)
                        && remote.renames.served_type(original) == served
                };
                self.remotes.iter().filter(has).map(|remote| remote.name.as_str()).collect()
            }
        }
    }
}

impl Default for Merger {
    fn default() -> Self {
        let root = |name, description| Root { name, description, fields: IndexMap::default() };
        Self {
            remotes: Vec::new(),
            types: IndexMap::default(),
            owners: FxHashMap::default(),
            roots: [
                root(name!("query_root"), None),
                root(name!("mutation_root"), Some("mutation root")),
                root(name!("subscription_root"), None),
            ],
        }
    }
}

impl Merger {
    /// What relationships are placed on.
    pub(super) fn ground(&self) -> Ground<'_> {
        Ground {
            remotes: &self.remotes,
            types: &self.types,
            owners: Owners::Known(&self.owners),
            without: None,
        }
    }

    /// Adds a remote, or says with whom it clashes.
    pub(super) fn add(&mut self, remote: ServedRemote) -> Result<(), Clash> {
        let id = RemoteId(u32::try_from(self.remotes.len()).unwrap_or(u32::MAX));
        let types: Vec<ExtendedType> = served::types(&remote).collect();
        let root_fields = [0, 1, 2].map(|root| root_fields(&remote, id, root));
        let mut clashes = Clashes::new(&remote);
        for (root, fields) in self.roots.iter().zip(&root_fields) {
            for (name, (field, _)) in fields {
                if let Some((other, leads)) = root.fields.get(name) {
                    clashes.root_field(&root.name, field, other, self.name_of(leads));
                }
            }
        }
        for ty in &types {
            if let Some(root) = self.roots.iter().find(|root| root.name == *ty.name()) {
                clashes.reserved(&root.name);
            } else if let Some(present) = self.types.get(ty.name()) {
                let (ours, theirs) = (shape(ty), shape(present));
                if ours != theirs {
                    clashes.type_(&ours, &theirs, &self.ground().owner_names(ty.name()));
                }
            }
        }
        clashes.into_result()?;
        self.take(remote, id, types, root_fields);
        Ok(())
    }

    /// Adds a remote as a role sees it, which clashes with none: as little as the whole does, and what is shared was compared.
    /// `served` gives the served form of a type, which other schemas may share.
    pub(super) fn insert(&mut self, remote: ServedRemote, served: impl FnMut(&ExtendedType) -> ExtendedType) {
        let id = RemoteId(u32::try_from(self.remotes.len()).unwrap_or(u32::MAX));
        let types = served::original_types(&remote).map(served).collect();
        let root_fields = [0, 1, 2].map(|root| root_fields(&remote, id, root));
        self.take(remote, id, types, root_fields);
    }

    fn take(
        &mut self,
        remote: ServedRemote,
        id: RemoteId,
        types: Vec<ExtendedType>,
        root_fields: [IndexMap<Name, (Node<FieldDefinition>, RootField)>; 3],
    ) {
        for ty in types {
            self.owners.entry(ty.name().clone()).or_default().push(id);
            self.types.entry(ty.name().clone()).or_insert(ty);
        }
        for (root, fields) in self.roots.iter_mut().zip(root_fields) {
            root.fields.extend(fields);
        }
        self.remotes.push(remote);
    }

    /// The served names that several remotes have a type of.
    pub(super) fn shared(&self) -> Vec<Name> {
        let shared = self.owners.iter().filter(|(_, owners)| owners.len() > 1);
        shared.map(|(name, _)| name.clone()).collect()
    }

    fn name_of(&self, leads: &RootField) -> &str {
        match leads {
            RootField::Remote { remote, .. } | RootField::Namespace { remote } => {
                &self.remotes[remote.0 as usize].name
            }
            RootField::Placeholder => "",
        }
    }

    /// The finished schema, with what the relationships added.
    pub(super) fn finish(
        mut self,
        relationships: FxHashMap<(RemoteId, Name, Name), JoinId>,
        derived_inputs: FxHashMap<Name, Name>,
    ) -> (Vec<ServedRemote>, RoleSchema) {
        if self.roots[0].fields.is_empty() {
            let field =
                plain_field(Name::new_unchecked(PLACEHOLDER_FIELD), Type::NonNullNamed(name!("String")));
            self.roots[0].fields.insert(field.name.clone(), (Node::new(field), RootField::Placeholder));
        }
        let mut schema = Schema::new();
        schema.validate_default_values = false;
        let mut roots = FxHashMap::default();
        let mut root_names = [None, None, None];
        for (root, served) in self.roots.into_iter().zip(&mut root_names) {
            if root.fields.is_empty() {
                continue;
            }
            let mut fields = IndexMap::default();
            for (name, (field, leads)) in root.fields {
                roots.insert((root.name.clone(), name.clone()), leads);
                fields.insert(name, field);
            }
            let object = ObjectType {
                description: root.description.map(Node::from),
                name: root.name.clone(),
                implements_interfaces: Default::default(),
                directives: DirectiveList::default(),
                fields,
            };
            schema.types.insert(root.name.clone(), object.into());
            *served = Some(Node::new(root.name));
        }
        let [query, mutation, subscription] = root_names;
        schema.schema_definition =
            Node::new(SchemaDefinition { query, mutation, subscription, ..Default::default() });
        self.types.sort_keys();
        schema.types.extend(self.types);
        drop_unused_scalars(&mut schema);
        let implementers = schema.implementers_map();
        let schema = Valid::assume_valid(schema);
        let role = RoleSchema {
            role: "admin".into(),
            schema,
            implementers,
            roots,
            relationships,
            derived_inputs,
            granted: Vec::new(),
        };
        (self.remotes, role)
    }
}

/// The fields that a remote adds to a root: its own, or its namespace.
fn root_fields(
    remote: &ServedRemote,
    id: RemoteId,
    root: usize,
) -> IndexMap<Name, (Node<FieldDefinition>, RootField)> {
    let schema = &*remote.schema;
    let root =
        [Some(&schema.query_root), schema.mutation_root.as_ref(), schema.subscription_root.as_ref()][root];
    let Some(object) = root.and_then(|root| schema.schema.get_object(root)) else {
        return IndexMap::default();
    };
    if let Some(namespace) = &remote.namespace {
        let ty = Type::NonNullNamed(remote.renames.served_type(&object.name).clone());
        let field = plain_field(namespace.clone(), ty);
        return [(namespace.clone(), (Node::new(field), RootField::Namespace { remote: id }))]
            .into_iter()
            .collect();
    }
    let served = served::served_fields(&object.name, &object.fields, &remote.renames);
    let leads = object.fields.keys().map(|field| RootField::Remote { remote: id, field: field.clone() });
    served.into_iter().zip(leads).map(|((name, field), leads)| (name, (field, leads))).collect()
}

fn plain_field(name: Name, ty: Type) -> FieldDefinition {
    FieldDefinition {
        description: None,
        name,
        arguments: Vec::new(),
        ty,
        directives: DirectiveList::default(),
    }
}

/// A type without what two remotes may differ in: descriptions, deprecations and the addresses of scalar specifications.
pub(crate) fn shape(ty: &ExtendedType) -> ExtendedType {
    let mut ty = ty.clone();
    match &mut ty {
        ExtendedType::Scalar(node) => {
            let scalar = node.make_mut();
            scalar.description = None;
            scalar.directives = DirectiveList::default();
        }
        ExtendedType::Object(node) => {
            let object = node.make_mut();
            object.description = None;
            object.fields.values_mut().for_each(plain);
        }
        ExtendedType::Interface(node) => {
            let interface = node.make_mut();
            interface.description = None;
            interface.fields.values_mut().for_each(plain);
        }
        ExtendedType::Union(node) => node.make_mut().description = None,
        ExtendedType::Enum(node) => {
            let enum_ = node.make_mut();
            enum_.description = None;
            for value in enum_.values.values_mut() {
                let value = value.make_mut();
                value.description = None;
                value.directives = DirectiveList::default();
            }
        }
        ExtendedType::InputObject(node) => {
            let input = node.make_mut();
            input.description = None;
            for field in input.fields.values_mut() {
                let field = field.make_mut();
                field.description = None;
                field.directives = DirectiveList::default();
            }
        }
    }
    ty
}

fn plain(field: &mut Node<FieldDefinition>) {
    let field = field.make_mut();
    field.description = None;
    field.directives = DirectiveList::default();
    for argument in &mut field.arguments {
        let argument = argument.make_mut();
        argument.description = None;
        argument.directives = DirectiveList::default();
    }
}

/// Introspection must list only those built-in scalars that are in use; `String` and `Boolean` always are.
fn drop_unused_scalars(schema: &mut Schema) {
    let mut used = HashSet::default();
    let mut uses = |ty: &Type| {
        used.insert(ty.inner_named_type().clone());
    };
    for ty in schema.types.values() {
        match ty {
            ExtendedType::Object(object) => {
                object.fields.values().for_each(|field| each_type(field, &mut uses));
            }
            ExtendedType::Interface(interface) => {
                interface.fields.values().for_each(|field| each_type(field, &mut uses));
            }
            ExtendedType::InputObject(input) => input.fields.values().for_each(|field| uses(&field.ty)),
            _ => {}
        }
    }
    schema.types.retain(|name, ty| !(ty.is_built_in() && ty.is_scalar()) || used.contains(name));
}

fn each_type(field: &FieldDefinition, uses: &mut impl FnMut(&Type)) {
    uses(&field.ty);
    field.arguments.iter().for_each(|argument| uses(&argument.ty));
}

/// What is wrong between one remote and the earlier ones, and the customization that would mend it.
struct Clashes<'a> {
    remote: &'a ServedRemote,
    reasons: Vec<String>,
    taken: Vec<Taken>,
    namespace: bool,
    prefix: bool,
    mapping: serde_json::Map<String, Value>,
}

impl<'a> Clashes<'a> {
    fn new(remote: &'a ServedRemote) -> Self {
        let mapping = serde_json::Map::new();
        Self { remote, reasons: Vec::new(), taken: Vec::new(), namespace: false, prefix: false, mapping }
    }

    fn root_field(&mut self, root: &Name, ours: &FieldDefinition, theirs: &FieldDefinition, other: &str) {
        self.namespace = true;
        let kind = root.as_str().trim_end_matches("_root").to_owned();
        self.taken.push(Taken { kind, name: ours.name.to_string(), by: Some(other.to_owned()) });
        let (ours_text, theirs_text) = (signature(ours), signature(theirs));
        self.reasons.push(format!(
            "Duplicate remote field '{}' of \"{root}\": remote schema \"{other}\" has `{theirs_text}`, remote schema \"{}\" has `{ours_text}`",
            ours.name, self.remote.name
        ));
    }

    fn type_(&mut self, ours: &ExtendedType, theirs: &ExtendedType, others: &[&str]) {
        self.suggest_type(ours.name());
        let by = others.first().map(|&other| other.to_owned());
        self.taken.push(Taken { kind: "type".into(), name: ours.name().to_string(), by });
        let others = others.iter().map(|other| format!("\"{other}\"")).collect::<Vec<_>>().join(", ");
        self.reasons.push(format!(
            "Found conflicting definitions for GraphQL type '{}'. Remote schema {others} has:\n{}\nremote schema \"{}\" has:\n{}",
            ours.name(),
            theirs.to_string().trim_end(),
            self.remote.name,
            ours.to_string().trim_end()
        ));
    }

    fn reserved(&mut self, root: &Name) {
        self.suggest_type(root);
        self.taken.push(Taken { kind: "type".into(), name: root.to_string(), by: None });
        self.reasons
            .push(format!("its type '{root}' would have the name of a root type of Conjoin's own schema"));
    }

    /// Prefixes pass root types by, and lose to mappings.
    fn suggest_type(&mut self, served: &Name) {
        let original = self.remote.renames.original_type(served);
        let schema = &*self.remote.schema;
        let is_root = *original == schema.query_root
            || Some(original) == schema.mutation_root.as_ref()
            || Some(original) == schema.subscription_root.as_ref();
        if is_root || self.remote.renames.types.contains_key(original) {
            self.mapping
                .insert(original.to_string(), json!(format!("{}_{original}", identifier(&self.remote.name))));
        } else {
            self.prefix = true;
        }
    }

    fn into_result(self) -> Result<(), Clash> {
        if self.reasons.is_empty() {
            return Ok(());
        }
        let identifier = &identifier(&self.remote.name);
        let mut customization = serde_json::Map::new();
        if self.namespace {
            let namespace = if self.remote.namespace.is_some() {
                format!("{identifier}_")
            } else {
                identifier.to_owned()
            };
            customization.insert("root_fields_namespace".into(), json!(namespace));
        }
        let mut type_names = serde_json::Map::new();
        if self.prefix {
            type_names.insert("prefix".into(), json!(format!("{identifier}_")));
        }
        if !self.mapping.is_empty() {
            type_names.insert("mapping".into(), Value::Object(self.mapping));
        }
        if !type_names.is_empty() {
            customization.insert("type_names".into(), Value::Object(type_names));
        }
        let (remote, reasons, taken) = (self.remote.name.clone(), self.reasons, self.taken);
        Err(Clash { remote, reasons, taken, customization: Box::new(Value::Object(customization)) })
    }
}

/// What is wrong between a remote and those before it, and what would mend it.
#[derive(Debug, Clone, PartialEq)]
pub struct Clash {
    /// The remote.
    pub remote: String,
    /// A sentence for each name that both have.
    pub reasons: Vec<String>,
    /// Those names, in the order of the reasons.
    pub taken: Vec<Taken>,
    /// A customization of the remote with which both could be served, if it had none before.
    pub customization: Box<Value>,
}

/// A name that something else has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What it is a name of: `type`, `query`, `mutation` or `subscription`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The remote that has it, or the first of them; `None` when it is a name of Conjoin's own.
    pub by: Option<String>,
}

impl From<Clash> for Failure {
    fn from(clash: Clash) -> Self {
        let Clash { remote, mut reasons, customization, .. } = clash;
        let more = reasons.len().saturating_sub(MAX_CLASHES);
        reasons.truncate(MAX_CLASHES);
        let mut reason = reasons.join("; ");
        if more > 0 {
            reason.push_str(&format!("; and {more} more clashes"));
        }
        reason.push_str(&format!(
            "; to serve both, give remote schema \"{remote}\" a customization such as {customization}"
        ));
        Self { code: Code::RemoteSchemaConflicts, reason, internal: None }
    }
}

/// A field on one line, without descriptions.
fn signature(field: &FieldDefinition) -> String {
    let mut field = Node::new(field.clone());
    plain(&mut field);
    field.serialize().no_indent().to_string()
}

/// A remote's name as part of GraphQL names.
fn identifier(remote: &str) -> String {
    let mut text: String = remote.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        text.insert(0, 'r');
    }
    text
}
