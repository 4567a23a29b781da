//! Test kit of Conjoin: real GraphQL remotes over data files, a running gateway, and end-to-end cases as files.
//!
//! Start at [`Remote`]; [`data`] explains the data file, [`Behaviour`] how a remote can be made to misbehave, [`case`] the
//! Markdown files that put remotes and a [`Gateway`] together, [`identity`] the servers that say who a caller is,
//! [`postgres`] a database server. Nothing here is shipped.

pub mod case;
pub mod data;
pub mod gateway;
pub mod identity;
mod listen;
pub mod postgres;
pub mod remote;

pub use gateway::Gateway;
pub use postgres::Postgres;
pub use remote::Remote;
pub use remote::behaviour::{Answer, Behaviour};
