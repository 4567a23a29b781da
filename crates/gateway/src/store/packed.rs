//! How documents of the past and answers of remotes are kept: by the hash of their bytes, documents deflated.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};

use aws_lc_rs::digest::{SHA256, digest};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// What tells contents apart: their SHA-256, in hexadecimal.
#[derive(Debug)]
pub(super) struct Hash(String);

impl Hash {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(64);
        for byte in digest(&SHA256, bytes).as_ref() {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

pub(super) fn deflate(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}

pub(super) fn inflate(bytes: &[u8]) -> io::Result<String> {
    let mut text = String::new();
    ZlibDecoder::new(bytes).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_the_standard() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Hash::of(b"abc").as_str(), expected);
    }

    #[test]
    fn documents_shrink_and_come_back() {
        let text = r#"{"version":3,"sources":[]}"#.repeat(100);
        let deflated = deflate(&text);
        assert!(deflated.len() < text.len() / 10, "{} bytes", deflated.len());
        assert_eq!(inflate(&deflated).unwrap(), text);
        assert!(inflate(b"no zlib").is_err());
    }
}
