//! The files of the built console: part of the program, or in a directory.

use std::borrow::Cow;
use std::io::{self, Read as _};
use std::path::PathBuf;

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use http::HeaderValue;

use super::packing::pack;

include!(concat!(env!("OUT_DIR"), "/console.rs"));

/// Where the files are.
#[derive(Debug)]
pub(super) enum Assets {
    BuiltIn,
    Directory(PathBuf),
}

/// A file as it is sent.
#[derive(Debug)]
pub(super) struct Asset {
    pub(super) content: Bytes,
    /// Whether the content is compressed by gzip.
    pub(super) is_packed: bool,
}

impl Assets {
    /// Those of a directory that was named, else those of the program.
    pub(super) fn new(directory: Option<PathBuf>) -> Self {
        match directory.or_else(|| BUILT_BESIDE.map(PathBuf::from)) {
            Some(directory) => Self::Directory(directory),
            None => Self::BuiltIn,
        }
    }

    /// The file at a path below the console's. A file that cannot be read is none.
    pub(super) async fn get(&self, path: &str) -> Option<Asset> {
        match self {
            Self::BuiltIn => {
                let index = BUILT_IN.binary_search_by_key(&path, |(path, ..)| path).ok()?;
                let (_, is_packed, content) = *BUILT_IN.get(index)?;
                Some(Asset { content: Bytes::from_static(content), is_packed })
            }
            Self::Directory(directory) => {
                let file = is_plain(path).then(|| directory.join(path))?;
                let content = tokio::fs::read(file).await.ok()?;
                match pack(&content, Compression::fast()).ok()? {
                    Some(packed) => Some(Asset { content: packed.into(), is_packed: true }),
                    None => Some(Asset { content: content.into(), is_packed: false }),
                }
            }
        }
    }
}

impl Asset {
    /// The content as it was before it was packed.
    pub(super) fn unpacked(&self) -> io::Result<Cow<'_, [u8]>> {
        if !self.is_packed {
            return Ok(Cow::Borrowed(&self.content));
        }
        let mut content = Vec::new();
        GzDecoder::new(&*self.content).read_to_end(&mut content)?;
        Ok(Cow::Owned(content))
    }
}

/// Whether a path leads to a file below a directory and is spelt as the names of built files are. Hidden files are the tools' own.
fn is_plain(path: &str) -> bool {
    let is_name = |name: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_part)
    };
    path.split('/').all(is_name)
}

/// The media type of a file, by its name.
pub(super) fn media_type(path: &str) -> HeaderValue {
    HeaderValue::from_static(match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_directory() {
        for path in ["index.html", "assets/index-BX_1.js", "a/b/c.d.e"] {
            assert!(is_plain(path), "{path}");
        }
        for path in ["", "/etc/passwd", "../x", "assets/../../x", "assets//x", ".stamp", "a\\b", "a%2e", "ä"]
        {
            assert!(!is_plain(path), "{path}");
        }
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let content = b"let answer = 42;\n".repeat(50);
        let packed = pack(&content, Compression::best()).unwrap().unwrap();
        assert!(packed.len() < 100, "{}", packed.len());
        assert_eq!(pack(&content, Compression::best()).unwrap().unwrap(), packed, "bytes are reproducible");
        let asset = Asset { content: packed.clone().into(), is_packed: true };
        assert_eq!(asset.unpacked().unwrap(), content);
        assert_eq!(pack(&packed, Compression::best()).unwrap(), None, "nothing is gained a second time");
    }
}
