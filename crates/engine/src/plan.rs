//! What an operation asks of the remotes, without any request data: shared and cached.
//!
//! A plan is a handful of flat tables. [`Plan::roots`] are the requests that start at once, [`Plan::joins`] those that
//! start when an answer has delivered their keys, [`Plan::shapes`] say where in an answer something has to be done,
//! and [`Plan::response`] says how `data` is put together. `build` makes plans out of operations, [`crate::run`]
//! executes them, [`crate::explain`] prints them.

mod arguments;
mod build;
#[cfg(debug_assertions)]
mod check;
mod presets;
mod select;
mod strict;
pub(crate) mod text;

pub(crate) use build::{Source, build};

use std::sync::Arc;

use apollo_compiler::Name;
use apollo_compiler::ast::Type;
use metadata::OnError;

use crate::catalog::{Catalog, JoinId, RemoteId, RoleSchema};
use crate::join::Coercion;
use crate::operation::OperationKind;

/// Index into [`Plan::shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapeId(pub u32);

/// Index into [`Plan::joins`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JoinPlanId(pub u32);

/// A planned operation under one assignment of its `@skip` and `@include` conditions.
#[derive(Debug)]
pub struct Plan {
    /// The catalog it was planned against.
    pub catalog: Arc<Catalog>,
    /// The role it was planned for.
    pub role: Arc<RoleSchema>,
    /// Query or mutation; the roots of a mutation run one after the other.
    pub kind: OperationKind,
    /// Requests that depend on no other.
    pub roots: Vec<RootPlan>,
    /// Requests that depend on keys in an answer.
    pub joins: Vec<JoinPlan>,
    /// Where in the answers something has to be done.
    pub shapes: Vec<Shape>,
    /// Served names that stand for those of types that the role does not see.
    pub masks: Vec<Name>,
    /// The members of `data`, in the client's order.
    pub response: Vec<Output>,
    /// The session variables that the requests send.
    pub session: Vec<SessionUse>,
    /// How input objects that clients give in variables are completed.
    pub inputs: Vec<PresetInput>,
    /// Whether a lone root's answer may be handed on untouched.
    pub identity: bool,
    /// What every generated alias and variable name starts with; occurs nowhere in the client's text.
    pub prefix: String,
}

/// One upstream request of root fields.
#[derive(Debug)]
pub struct RootPlan {
    /// Whom to ask.
    pub remote: RemoteId,
    /// The request body up to and including the query text, as JSON.
    pub body: String,
    /// The query text as GraphQL, for `explain`.
    pub text: String,
    /// The client's variables that the text uses.
    pub variables: Vec<VariableUse>,
    /// The session variables that the text uses, by index into [`Plan::session`].
    pub session: Vec<usize>,
    /// `operationName`, when the client gave one.
    pub operation_name: Option<String>,
    /// The members of its `data`.
    pub slots: Vec<RootSlot>,
}

/// A variable of the client in an upstream request.
#[derive(Debug, Clone)]
pub struct VariableUse {
    /// Index into the operation's variable definitions.
    pub index: usize,
    /// Its declaration under the remote's own type names, JSON-escaped: `$limit:Int=10`.
    pub declaration: String,
    /// Its name as the start of a JSON member: `"limit":`.
    pub label: String,
    /// How its value is completed.
    pub input: Option<PresetInputId>,
    /// JSON of its default value, when that has to be completed too; the declaration then has none.
    pub default: Option<String>,
}

/// A variable of the session in upstream requests.
#[derive(Debug, Clone)]
pub struct SessionUse {
    /// Its name there: `x_hasura_user_id`.
    pub name: String,
    /// The session variable: `x-hasura-user-id`.
    pub variable: String,
    /// Its declared type, which is never nullable.
    pub ty: Type,
    /// When that is of an enum, the values that are allowed.
    pub enum_values: Option<Vec<Name>>,
    /// Its declaration: `$x_hasura_user_id:Int!`.
    pub declaration: String,
    /// Its name as the start of a JSON member: `"x_hasura_user_id":`.
    pub label: String,
}

/// Index into [`Plan::inputs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresetInputId(pub u32);

/// How the values of an input object type are completed, alone or in lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PresetInput {
    /// Members to be added.
    pub presets: Vec<(String, HoleValue)>,
    /// Members whose values are to be completed.
    pub fields: Vec<(String, PresetInputId)>,
}

/// A root field in an upstream request.
#[derive(Debug)]
pub struct RootSlot {
    /// Response key in the upstream answer.
    pub key: String,
    /// Response keys from the client's `data` to the value.
    pub path: Vec<String>,
    /// What to do inside the value.
    pub shape: Option<ShapeId>,
}

/// One kind of joining request: a relationship selected somewhere, with its arguments and its selection.
#[derive(Debug)]
pub struct JoinPlan {
    /// The relationship.
    pub relationship: JoinId,
    /// Whom to ask.
    pub remote: RemoteId,
    /// What differs from key to key.
    pub holes: Vec<Hole>,
    /// The field call of one key, up to its selection; JSON-escaped.
    pub call: Vec<Piece>,
    /// What follows the call, such as `}` for a nested target; JSON-escaped.
    pub call_end: String,
    /// The selection as a fragment's type and body, ` on User{id name}`; JSON-escaped. Empty for leaf values.
    pub fragment: String,
    /// The client's variables that call and selection use.
    pub variables: Vec<VariableUse>,
    /// The session variables that they use, by index into [`Plan::session`].
    pub session: Vec<usize>,
    /// From the value of the first target field to the value of the relationship, or to the list of elements, by
    /// upstream field name.
    pub path: Vec<String>,
    /// What to do inside the value.
    pub shape: Option<ShapeId>,
    /// How many keys travel together.
    pub batch: BatchForm,
    /// What a failure does to the response.
    pub on_error: OnError,
    /// Where it is selected, for `explain`: `orders[].user`.
    pub place: String,
    /// The join or root (by index) whose answer delivers the keys.
    pub parent: Parent,
}

/// Whose answer delivers the keys of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// A root request.
    Root(u32),
    /// A joining request.
    Join(JoinPlanId),
}

/// How the keys of a join are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchForm {
    /// One aliased field for each key, at most `max` in a request.
    Alias {
        /// Most keys in one request.
        max: usize,
    },
    /// One field for all keys, which go into a list argument; the elements of the answer are matched by key.
    List {
        /// Most keys in one request.
        max: Option<usize>,
        /// Whether several elements may belong to one key.
        many: bool,
        /// The key parts that the members [`Action::ElementKey`] of an element carry, in their order.
        parts: Vec<usize>,
    },
}

impl BatchForm {
    /// Most keys in one request.
    pub fn max_keys(&self) -> Option<usize> {
        match self {
            Self::Alias { max } => Some(*max),
            Self::List { max, .. } => *max,
        }
    }
}

/// A variable of a joining request that each key has its own of.
#[derive(Debug)]
pub struct Hole {
    /// Its declared type.
    pub ty: String,
    /// Its value.
    pub value: HoleValue,
}

/// The JSON value of a hole.
#[derive(Debug, Clone, PartialEq)]
pub enum HoleValue {
    /// JSON text that is the same for each key.
    Text(String),
    /// A part of the key.
    Part(usize, Coercion),
    /// A list with this value for each key.
    Keys(Box<HoleValue>),
    /// An input object.
    Object(Vec<(String, HoleValue)>),
    /// A list.
    List(Vec<HoleValue>),
    /// A value of the session, by index into [`Plan::session`].
    Session(usize),
    /// The client's variable with bound values laid over it: members for an object, elements after its own for a list.
    Over {
        /// Index into the operation's variable definitions.
        variable: usize,
        /// JSON of the variable's default value.
        default: Option<String>,
        /// How the variable's value is completed.
        input: Option<PresetInputId>,
        /// An object or a list.
        bound: Box<HoleValue>,
    },
}

/// A piece of a field call.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Text.
    Text(String),
    /// The variable of a hole.
    Hole(usize),
}

/// What to do inside the objects found at one place of an answer.
#[derive(Debug, Default)]
pub struct Shape {
    /// The members that were asked for, in order.
    pub members: Vec<Member>,
    /// The relationships whose keys are among the members.
    pub joins: Vec<ShapeJoin>,
    /// Number of key parts of all the joins.
    pub n_parts: u16,
}

/// A member of an answer's object.
#[derive(Debug)]
pub struct Member {
    /// Its key in the answer.
    pub key: String,
    /// The key as answers write it, with quotes and colon: `"id":`.
    pub label: String,
    /// What to do with it.
    pub action: Action,
}

/// What to do with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It stays as it is.
    Keep,
    /// Its value is an object, or lists of objects, with something to do inside.
    Walk(ShapeId),
    /// Its value is the name of a type, perhaps a renamed one.
    Typename,
    /// As `Typename`, but where objects can be of types that the role does not see; they are presented under the name of the
    /// interface or union, [`Plan::masks`] at this index.
    MaskedTypename(u16),
    /// It carries a part of the key that an element of a list belongs to, and disappears.
    ElementKey(u16),
    /// It was asked for only because a selection may not be empty, and disappears.
    Cut,
    /// It is part of the key of one of the shape's joins; the first part's place is the relationship's place.
    Part {
        /// Index into [`Shape::joins`].
        join: u16,
        /// Index into the key.
        part: u16,
    },
}

/// A relationship selected on the objects of a shape.
#[derive(Debug)]
pub struct ShapeJoin {
    /// How its value is fetched.
    pub plan: JoinPlanId,
    /// Its response key.
    pub key: String,
    /// The response key as the start of a JSON member: `"user":`.
    pub label: String,
    /// Index of its first key part among those of the shape.
    pub first_part: u16,
    /// Number of key parts.
    pub n_parts: u16,
    /// Whether every object has the key: it was asked for unconditionally.
    pub required: bool,
}

/// A member of the client's `data` or of a namespace in it.
#[derive(Debug)]
pub struct Output {
    /// The response key.
    pub key: String,
    /// The response key as the start of a JSON member: `"orders":`.
    pub label: String,
    /// Where its value comes from.
    pub value: OutputValue,
}

/// Where a member's value comes from.
#[derive(Debug)]
pub enum OutputValue {
    /// A root request's answer.
    Slot {
        /// Index into [`Plan::roots`].
        root: usize,
        /// Index into [`RootPlan::slots`].
        slot: usize,
    },
    /// JSON text.
    Text(String),
    /// A namespace.
    Object(Vec<Output>),
    /// The member of that name in the introspection answer.
    Introspection,
}

impl Plan {
    /// A shape by its index.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0 as usize]
    }

    /// How an input object type's values are completed.
    pub fn input(&self, id: PresetInputId) -> &PresetInput {
        &self.inputs[id.0 as usize]
    }

    /// A join by its index.
    pub fn join(&self, id: JoinPlanId) -> &JoinPlan {
        &self.joins[id.0 as usize]
    }
}
