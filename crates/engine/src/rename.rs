//! Customisation of a remote's names, in both directions: original upstream name to served name and back.

use apollo_compiler::Name;
use rustc_hash::FxHashMap;

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

impl Renames {
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
