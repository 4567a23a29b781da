//! Pure planning and joining: metadata and introspection answers become a [`catalog::Catalog`]; a request becomes a
//! plan; upstream answers become response bytes. No IO, no clock, no async.
//!
//! Read [`catalog`] for what is served, [`operation`] for what happens to a request text, [`plan`] for what is sent
//! upstream, and [`run`] for how answers become the response.

pub mod catalog;
pub mod change;
pub mod explain;
pub mod fault;
pub mod hidden;
mod introspect;
pub mod join;
pub mod json;
pub mod openapi;
pub mod operation;
pub mod outline;
pub mod permission;
pub mod plan;
pub mod problem;
pub mod remote;
pub mod rename;
pub mod rest;
pub mod run;
pub mod spelling;
pub mod suggest;
pub mod terms;
pub mod trial;
