//! Customisation of a remote's names, in both directions: original upstream name to served name and back.

use std::collections::BTreeSet;

use apollo_compiler::Name;
use apollo_compiler::collections::IndexSet;
use apollo_compiler::schema::ExtendedType;
use metadata::{Customization, FieldNames, TypeNames};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::Failure;
use crate::fault::Code;
use crate::remote::RemoteSchema;

/// The served names of one remote. Names that are not renamed are not stored.
#[derive(Debug, Clone, Default)]
pub struct Renames {
    /// Original type name to served type name.
    pub types: FxHashMap<Name, Name>,
    /// Served type name to original type name.
    pub types_back: FxHashMap<Name, Name>,
    /// (original type name, original field name) to served field name.
    pub fields: FxHashMap<(Name, Name), Name>,
    /// (original type name, served field name) to original field name.
    pub fields_back: FxHashMap<(Name, Name), Name>,
}

/// Names of the scalars that the language itself has; they are the same on every remote.
const BUILT_IN_SCALARS: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

impl Renames {
    /// The renames that `customization` asks for, checked against the schema that it customises.
    pub fn new(customization: &Customization, remote: &RemoteSchema) -> Result<Self, Failure> {
        let mut renames = Self::default();
        let namespace = customization.root_fields_namespace.as_deref();
        if let Some(namespace) = namespace {
            valid_name(namespace, || "root_fields_namespace".into())?;
        }
        renames.rename_types(namespace, customization.type_names.as_ref(), remote)?;
        renames.rename_fields(&customization.field_names, remote)?;
        Ok(renames)
    }

    fn rename_types(
        &mut self,
        namespace: Option<&str>,
        type_names: Option<&TypeNames>,
        remote: &RemoteSchema,
    ) -> Result<(), Failure> {
        let unchanged = TypeNames::default();
        let TypeNames { prefix, suffix, mapping } = type_names.unwrap_or(&unchanged);
        let mut served = FxHashSet::default();
        let mut repeated = BTreeSet::new();
        for name in remote.schema.types.keys() {
            let renamed = if BUILT_IN_SCALARS.contains(&name.as_str()) || name.starts_with("__") {
                None
            } else if let Some(mapped) = mapping.get(name.as_str()) {
                Some(mapped.clone())
            } else if is_root(name, remote) {
                namespace.map(|namespace| format!("{namespace}{name}"))
            } else {
                affixed(name, prefix.as_deref(), suffix.as_deref())
            };
            let renamed = match renamed {
                Some(renamed) => valid_name(&renamed, || format!("the name of type \"{name}\""))?,
                None => name.clone(),
            };
            if !served.insert(renamed.clone()) {
                repeated.insert(renamed.clone());
            }
            if renamed != *name {
                self.types_back.insert(renamed.clone(), name.clone());
                self.types.insert(name.clone(), renamed);
            }
        }
        if repeated.is_empty() {
            return Ok(());
        }
        Err(failure(format!(
            "Type name mappings are not distinct; the following types appear more than once: {}",
            quoted(&repeated)
        )))
    }

    fn rename_fields(&mut self, field_names: &[FieldNames], remote: &RemoteSchema) -> Result<(), Failure> {
        let reserved =
            field_names.iter().flat_map(|names| names.mapping.keys()).find(|key| key.starts_with("__"));
        if let Some(key) = reserved {
            let reason = format!("attempt to customize reserved field name \"{key}\"");
            return Err(Failure { code: Code::InvalidParams, reason, internal: None });
        }
        // Of two entries for one type the last counts.
        let by_type: FxHashMap<&str, &FieldNames> =
            field_names.iter().map(|names| (names.parent_type.as_str(), names)).collect();
        for ty in remote.schema.types.values() {
            let Some(names) = by_type.get(ty.name().as_str()) else { continue };
            let (kind, fields) = match ty {
                ExtendedType::Object(object) => ("object", &object.fields),
                ExtendedType::Interface(interface) => ("interface", &interface.fields),
                _ => continue,
            };
            let mut served = FxHashSet::default();
            let mut repeated = BTreeSet::new();
            for field in fields.keys() {
                let renamed = match names.mapping.get(field.as_str()) {
                    Some(mapped) => Some(mapped.clone()),
                    None => affixed(field, names.prefix.as_deref(), names.suffix.as_deref()),
                };
                let renamed = match renamed {
                    Some(renamed) => {
                        valid_name(&renamed, || format!("the name of field \"{}.{field}\"", ty.name()))?
                    }
                    None => field.clone(),
                };
                if !served.insert(renamed.clone()) {
                    repeated.insert(renamed.clone());
                }
                if renamed != *field {
                    self.fields_back.insert((ty.name().clone(), renamed.clone()), field.clone());
                    self.fields.insert((ty.name().clone(), field.clone()), renamed);
                }
            }
            if !repeated.is_empty() {
                return Err(failure(format!(
                    "Field name mappings for {kind} type \"{}\" are not distinct; the following fields appear more than once: {}",
                    ty.name(),
                    quoted(&repeated)
                )));
            }
        }
        if self.fields.is_empty() { Ok(()) } else { self.check_interfaces(remote) }
    }

    /// A field of an interface must have one served name, whichever type it is selected on.
    fn check_interfaces(&self, remote: &RemoteSchema) -> Result<(), Failure> {
        for ty in remote.schema.types.values() {
            for interface in implemented(ty).into_iter().flatten() {
                let Some(interface) = remote.schema.get_interface(interface) else { continue };
                for field in interface.fields.keys() {
                    let on_interface = self.served_field(&interface.name, field);
                    let on_type = self.served_field(ty.name(), field);
                    if on_interface != on_type {
                        let (interface, ty) = (&interface.name, ty.name());
                        return Err(failure(format!(
                            "Remote schema customization inconsistency: field name mapping for field \"{field}\" of interface \"{interface}\" is inconsistent with mapping for type \"{ty}\". Interface field name maps to \"{on_interface}\". Type field name maps to \"{on_type}\"."
                        )));
                    }
                }
            }
        }
        Ok(())
    }

    /// The served name of an original type.
    pub fn served_type<'a>(&'a self, original: &'a Name) -> &'a Name {
        self.types.get(original).unwrap_or(original)
    }

    /// The original name of a served type.
    pub fn original_type<'a>(&'a self, served: &'a Name) -> &'a Name {
        self.types_back.get(served).unwrap_or(served)
    }

    /// The served name of a field of an original type.
    pub fn served_field<'a>(&'a self, original_type: &Name, original: &'a Name) -> &'a Name {
        if self.fields.is_empty() {
            return original;
        }
        self.fields.get(&(original_type.clone(), original.clone())).unwrap_or(original)
    }

    /// The original name of a served field of an original type.
    pub fn original_field<'a>(&'a self, original_type: &Name, served: &'a Name) -> &'a Name {
        if self.fields_back.is_empty() {
            return served;
        }
        self.fields_back.get(&(original_type.clone(), served.clone())).unwrap_or(served)
    }
}

/// Whether prefix and suffix pass the type by. An upstream may have object types called `Mutation` and `Subscription` that
/// it does not name as roots; they keep their names all the same, as Hasura has it.
fn is_root(name: &Name, remote: &RemoteSchema) -> bool {
    let named = |root: &Option<Name>, usual: &str| match root {
        Some(root) => root == name,
        None => name == usual && remote.schema.get_object(name).is_some(),
    };
    *name == remote.query_root
        || named(&remote.mutation_root, "Mutation")
        || named(&remote.subscription_root, "Subscription")
}

fn implemented(ty: &ExtendedType) -> Option<&IndexSet<apollo_compiler::Node<Name>>> {
    match ty {
        ExtendedType::Object(object) => Some(&object.implements_interfaces),
        ExtendedType::Interface(interface) => Some(&interface.implements_interfaces),
        _ => None,
    }
}

fn affixed(name: &Name, prefix: Option<&str>, suffix: Option<&str>) -> Option<String> {
    match (prefix, suffix) {
        (None, None) => None,
        _ => Some(format!("{}{name}{}", prefix.unwrap_or_default(), suffix.unwrap_or_default())),
    }
}

fn valid_name(name: &str, what: impl FnOnce() -> String) -> Result<Name, Failure> {
    match Name::new(name) {
        Ok(name) if !name.starts_with("__") => Ok(name),
        _ => {
            let reason = format!(
                "customization of {} gives {name:?}, which is not a GraphQL name that may be defined; use letters, digits and single leading underscores",
                what()
            );
            Err(Failure { code: Code::InvalidParams, reason, internal: None })
        }
    }
}

fn quoted(names: &BTreeSet<Name>) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn failure(reason: String) -> Failure {
    Failure { code: Code::RemoteSchemaError, reason, internal: None }
}
