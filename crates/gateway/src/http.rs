//! The HTTP surface: routes, media types, CORS, compression.

pub mod explain;
pub mod graphql;
pub mod health;
pub mod metadata_api;
