//! A relationship resolved against the schemas of both its remotes: key fields, target path, argument templates, result.
//!
//! `resolve` makes the checks, `bind` turns metadata values into templates, `coercion` says which key fits which
//! argument, `batch` checks the list form, `flaw` says which part of a definition is wrong, `fit` and `offer` what would be right. What the field looks like to clients is the business of [`crate::catalog`].

mod batch;
mod bind;
pub(crate) mod coercion;
mod fit;
mod flaw;
mod offer;
mod resolve;
mod suggest;

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::{Name, Node};
use metadata::OnError;

pub use fit::{KeyFit, argument_type, key_fits};
pub use flaw::Flaw;
pub use offer::offer;
pub use resolve::Rejection;
pub(crate) use resolve::{Side, resolve};

use crate::catalog::RemoteId;

/// A relationship that passed every check. All names are original upstream names unless said.
#[derive(Debug, Clone)]
pub struct Join {
    /// The relationship's name, which is the served field's name.
    pub name: Name,
    /// The remote it is defined on.
    pub lhs: RemoteId,
    /// The object or interface type it is defined on.
    pub lhs_type: Name,
    /// The fields whose values make the key; at least one, in the order of the metadata, without repetition. A relationship
    /// that needs no key has `__typename` here, which is never null.
    pub lhs_fields: Vec<Name>,
    /// The remote the value comes from.
    pub target: RemoteId,
    /// The field calls from the target's query root to the value; at least one.
    pub path: Vec<Step>,
    /// Declared upstream type of the last step's field.
    pub result: Type,
    /// List batching, when the metadata asks for it.
    pub batch: Option<ListBatch>,
    /// What a failure does to the response.
    pub on_error: OnError,
}

/// One field call on the way to the target.
#[derive(Debug, Clone)]
pub struct Step {
    /// Upstream field name.
    pub field: Name,
    /// The bound arguments, with the declared upstream type of each.
    pub arguments: Vec<BoundArgument>,
}

/// An argument (or input field) with the value bound to it.
#[derive(Debug, Clone)]
pub struct BoundArgument {
    /// Upstream argument or input field name.
    pub name: Name,
    /// Declared upstream type.
    pub ty: Type,
    /// Its value.
    pub value: Template,
}

/// A value with holes for the join key.
#[derive(Debug, Clone)]
pub enum Template {
    /// The value of `lhs_fields[part]`, sent as a variable of type `ty`. In the list position of a batched join, `ty` is the
    /// list type, `coercion` applies to one key, and the list of all distinct keys is sent.
    Key {
        /// Index into `lhs_fields`.
        part: usize,
        /// Declared upstream type of this position.
        ty: Type,
        /// How the upstream JSON value becomes a value of `ty`.
        coercion: Coercion,
    },
    /// A literal without holes and without objects, already of the right kind (enum literals included).
    Literal(Node<Value>),
    /// An input object some fields of which are bound; the client may give the others.
    Object {
        /// Upstream name of the input object type.
        ty: Name,
        /// The bound fields.
        fields: Vec<BoundArgument>,
    },
    /// A list of templates. The list position of a batched join with a composite key is a list of one object, which is
    /// repeated per key.
    List(Vec<Template>),
}

/// How a key's JSON value becomes a value of the argument's type. Lists are coerced element by element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coercion {
    /// What happens to a scalar.
    pub scalar: ScalarCoercion,
    /// Whether the (non-list) value is put into as many one-element lists.
    pub wrap: u8,
}

/// Coercion of one scalar JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarCoercion {
    /// The bytes pass as they are.
    Keep,
    /// Numbers and booleans are put in quotes; strings pass.
    ToText,
    /// A string of decimal digits (with an optional minus) loses its quotes; integers pass; anything else fails.
    ToInt,
}

/// List batching, checked: all keys go into one list argument, elements are matched by key.
#[derive(Debug, Clone)]
pub struct ListBatch {
    /// For each of `Join::lhs_fields` that an argument uses (by its index), the field of an element that carries its value.
    pub keys: Vec<(usize, Name)>,
    /// Whether several elements may belong to one key.
    pub many: bool,
    /// Most keys in one request.
    pub max: Option<u32>,
    /// From the target field to the list of elements.
    pub path: Vec<Name>,
}

impl Join {
    /// The declared upstream type of the relationship's value: of the target field, or for a batched join of what belongs
    /// to one key. Never non-null, as a join can always fail.
    pub fn value_type(&self, target: &apollo_compiler::Schema) -> Type {
        let Some(batch) = &self.batch else { return self.result.clone().nullable() };
        let mut list = &self.result;
        for field in &batch.path {
            match target.type_field(list.inner_named_type(), field) {
                Ok(field) => list = &field.ty,
                Err(_) => break,
            }
        }
        if batch.many { list.clone().nullable() } else { list.item_type().clone().nullable() }
    }

    /// The step whose field is the target.
    pub fn target_step(&self) -> Option<&Step> {
        self.path.last()
    }
}
