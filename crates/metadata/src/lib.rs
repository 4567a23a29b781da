//! What users of Conjoin write: the metadata document, its YAML directory form, and the difference between two documents.
//!
//! Knows no GraphQL library and no network. Start with [`Document`]; [`directory`] is its form on disk, [`decode`](decode()) reads any
//! other JSON that users send and says where it is wrong, and [`diff`] compares two documents.
//!
//! ```
//! use metadata::Document;
//! use serde_json::json;
//!
//! let written = json!({"version": 3, "remote_schemas": [{"definition": {"url": "http://localhost:4000"}, "name": "orders"}]});
//! let document = Document::from_json(&written)?;
//! assert_eq!(document.remote_schemas[0].name, "orders");
//! assert_eq!(document.to_json()["sources"], json!([]));
//!
//! let error = Document::from_json(&json!({"version": 3, "remote_schemas": [{"name": "orders"}]})).unwrap_err();
//! assert_eq!(error.to_string(), "$.remote_schemas[0]: the key 'definition' was not present");
//! # Ok::<(), metadata::DecodeError>(())
//! ```

pub mod collection;
pub mod decode;
pub mod diff;
pub mod directory;
pub mod document;
pub mod identity;
pub mod introspection;
pub mod limits;
pub mod network;
pub mod permission;
pub mod relationship;
pub mod remote;
pub mod rest;
mod rule;
pub mod schema_source;
pub mod telemetry;
pub mod yaml;

pub use collection::{AllowScope, AllowedCollection, CollectionDefinition, QueryCollection, SavedQuery};
pub use decode::{DecodeError, decode};
pub use document::{Document, InheritedRole};
pub use introspection::IntrospectionOptions;
pub use limits::ApiLimits;
pub use permission::Permission;
pub use relationship::{
    ArgumentValue, Batch, OnError, Relationship, RelationshipDefinition, RemoteField, ToRemoteSchema,
    TypeRelationships,
};
pub use remote::{
    Customization, DefinitionError, FieldNames, Header, HeaderValue, RemoteSchema, RemoteSchemaDefinition,
    TypeNames,
};
pub use rest::{EndpointDefinition, QueryReference, RestEndpoint, RestMethod};
pub use schema_source::{OnSchemaChange, SchemaSource};
pub use telemetry::{MetricsConfig, OpenTelemetry};
