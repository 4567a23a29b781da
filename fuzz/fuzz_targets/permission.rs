//! See `permission` in the checks.

#![no_main]

#[allow(dead_code, reason = "every target is one of the checks")]
#[path = "../../crates/engine/tests/seeds/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::permission(bytes));
