//! What users of Conjoin write: the metadata document, its YAML directory form, and the difference between two documents.
//!
//! Knows no GraphQL library and no network. Start with [`Document`]; [`directory`] is its form on disk.

pub mod decode;
pub mod diff;
pub mod directory;
pub mod document;
pub mod permission;
pub mod relationship;
pub mod remote;
mod rule;
pub mod yaml;

pub use decode::{DecodeError, decode};
pub use document::{Document, InheritedRole};
pub use permission::Permission;
pub use relationship::{
    ArgumentValue, Batch, OnError, Relationship, RelationshipDefinition, RemoteField, ToRemoteSchema,
    TypeRelationships,
};
pub use remote::{
    AddressError, Customization, FieldNames, Header, HeaderValue, RemoteSchema, RemoteSchemaDefinition,
    TypeNames,
};
