//! What the programs of the benchmark share.
//!
//! [`data`] is the made-up world behind the three APIs; [`document`], [`answer`] and [`schema`] let `upstream` serve it as GraphQL.
//! [`workload`] says what is asked and which answer is right, [`drive`] asks it as who [`credentials`] say, [`process`] reads what a process has cost,
//! [`gateway`] starts the competitors, and [`report`] writes the tables. [`callgrind`] reads a profile, and [`room`] says whose
//! instructions those are. The programs are in `src/bin`.

pub mod answer;
pub mod callgrind;
pub mod credentials;
pub mod data;
pub mod document;
pub mod drive;
pub mod gateway;
pub mod process;
pub mod report;
pub mod room;
pub mod schema;
pub mod workload;
