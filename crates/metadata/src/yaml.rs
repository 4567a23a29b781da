//! YAML text to JSON values and back; the only module that configures the YAML library.
