//! Everything of Conjoin that touches the world: HTTP, upstreams, the store, the command line.
//!
//! A request goes [`http`] → [`auth`] → the [`sync::Snapshot`]'s catalog → [`engine::run::Run`], whose fetches
//! [`upstream`] makes. A metadata change goes [`http::metadata_api`] → [`sync::Hub`] → [`store`] → a new snapshot.

pub mod auth;
pub mod cli;
pub mod config;
pub mod http;
pub mod server;
pub mod store;
pub mod sync;
pub mod telemetry;
pub mod upstream;
