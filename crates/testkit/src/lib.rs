//! Test kit of Conjoin: real GraphQL remotes over data files.
//!
//! Start at [`Remote`]; [`data`] explains the data file, [`Behaviour`] how a remote can be made to misbehave.
//! Nothing here is shipped.

pub mod data;
pub mod remote;

pub use remote::Remote;
pub use remote::behaviour::{Answer, Behaviour};
