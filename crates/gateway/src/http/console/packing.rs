//! How a file of the console is kept: compressed, where that gains something.
//!
//! The build script packs what becomes part of the program with the same code, so it may use nothing of this crate.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};

/// What compression has to save, in percent, to be worth it.
const WORTH: usize = 3;

/// The content compressed, or `None` when it is about as long so. Equal contents make equal bytes.
pub(super) fn pack(content: &[u8], level: Compression) -> io::Result<Option<Vec<u8>>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), level);
    encoder.write_all(content)?;
    let packed = encoder.finish()?;
    let is_worth_it = packed.len() * 100 <= content.len() * (100 - WORTH);
    Ok(is_worth_it.then_some(packed))
}
