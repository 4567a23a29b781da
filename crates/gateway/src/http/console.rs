//! The web console: its files, below `/console/`.
//!
//! The program brings them along, compressed, and hands them out as they are. Which page a path is, the console itself decides, so every
//! path that is no file gets `index.html`, with the address below which everything is written into it: the build knows of no prefix.

mod assets;
mod packing;

use std::fmt::Write as _;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use engine::fault::{Code, Refusal};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};

use self::assets::{Asset, Assets, media_type};
use crate::config;
use crate::http::compression::AsIs;
use crate::http::{App, health, respond};

/// The console itself.
pub const PATH: &str = "/console/";

/// Below it are files whose names change with their contents.
const HASHED: &str = "assets/";

/// What the console may load and do. Monaco, its editor, writes style attributes, so styles cannot be as strict as scripts.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; worker-src 'self'; base-uri 'self'; frame-ancestors 'none'; form-action 'none'";

/// Says below which path a proxy shows the gateway to its clients.
const FORWARDED_PREFIX: &str = "x-forwarded-prefix";

/// What is shown where no console was built.
const MISSING: &str = "<!doctype html>\n<html lang=\"en\">\n<title>No console</title>\n<h1>This gateway has no console</h1>\n\
<p>It was built without one, or <code>--console-dir</code> names a directory that has none. In its source, \
<code>cargo xtask build</code> builds the program with its console, and <code>cargo xtask console</code> the console alone.</p>\n\
<p>The APIs and the command line work as always.</p>\n</html>\n";

/// The console as this server shows it.
#[derive(Debug)]
pub struct Console {
    assets: Assets,
    /// As [`config::Console::path_prefix`].
    prefix: Option<String>,
}

impl Console {
    /// The console, when it is enabled.
    pub fn new(config: &config::Console) -> Option<Self> {
        let prefix = config.path_prefix.clone();
        config.enabled.then(|| Self { assets: Assets::new(config.directory.clone()), prefix })
    }

    /// The path before ours in the addresses that browsers see: configured, or told by a proxy.
    fn prefix<'a>(&'a self, headers: &'a HeaderMap) -> &'a str {
        let told = || headers.get(FORWARDED_PREFIX).and_then(|value| path_prefix(value.to_str().ok()?));
        self.prefix.as_deref().or_else(told).unwrap_or_default()
    }

    async fn page(&self, headers: &HeaderMap) -> Response {
        let Some(index) = self.assets.get("index.html").await else { return missing() };
        let Ok(page) = index.unpacked() else { return missing() };
        let base = format!("<head><base href=\"{}{PATH}\">", self.prefix(headers));
        let page = String::from_utf8_lossy(&page).replacen("<head>", &base, 1);
        let mut response = file("index.html", Bytes::from(page), headers);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response.headers_mut().insert(VARY, HeaderValue::from_static(FORWARDED_PREFIX));
        response
    }
}

/// A path before ours, without a slash at its end; `None` for what could lead elsewhere or end an attribute of HTML.
pub fn path_prefix(text: &str) -> Option<&str> {
    let prefix = text.trim().trim_end_matches('/');
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'.' | b'-');
    let is_sound = prefix.is_empty() || prefix.starts_with('/');
    // Two slashes would begin the name of another host.
    let is_sound =
        is_sound && prefix.bytes().all(is_part) && !prefix.contains("//") && !prefix.contains("..");
    is_sound.then_some(prefix)
}

/// `GET /`: the console for people with browsers, where there is one.
pub async fn front(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let wants_page = headers.get(ACCEPT).is_some_and(|accepted| {
        accepted.to_str().is_ok_and(|accepted| accepted.to_ascii_lowercase().contains("text/html"))
    });
    let mut response = match &app.console {
        Some(console) if wants_page => redirect(StatusCode::FOUND, console.prefix(&headers), None),
        _ => health::front_page(),
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    response
}

/// `GET /console`: relative addresses need the slash at the end.
pub async fn without_slash(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(console) = &app.console else { return respond::not_found().await };
    redirect(StatusCode::PERMANENT_REDIRECT, console.prefix(&headers), uri.query())
}

/// `GET /console/…`.
pub async fn below(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(console) = &app.console else { return respond::not_found().await };
    let path = uri.path().strip_prefix(PATH).unwrap_or_default();
    let is_hashed = path.starts_with(HASHED);
    let asset = match path {
        "" | "index.html" => None,
        path => console.assets.get(path).await,
    };
    let response = match asset {
        Some(asset) => packed_file(path, &asset, is_hashed, &headers),
        // A tab that was opened before an upgrade must not take a page for a script.
        None if is_hashed => respond::not_found().await,
        None => console.page(&headers).await,
    };
    secured(response)
}

/// The console asked for a change, and was told not to.
pub fn read_only() -> Response {
    let message =
        "the console of this gateway is read-only (--console-read-only); use the command line or the API";
    respond::rest_error(StatusCode::BAD_REQUEST, &Refusal::new(Code::NotSupported, "$", message), false)
}

/// A file as it was packed, unless the client cannot unpack it.
fn packed_file(path: &str, asset: &Asset, is_hashed: bool, headers: &HeaderMap) -> Response {
    let is_sent_packed = asset.is_packed && accepts_gzip(headers);
    let content = match is_sent_packed {
        true => asset.content.clone(),
        false => match asset.unpacked() {
            Ok(content) => content.into_owned().into(),
            Err(_) => return missing(),
        },
    };
    let mut response = file(path, content, headers);
    let cache = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    if asset.is_packed {
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if is_sent_packed && response.status() == StatusCode::OK {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response.extensions_mut().insert(AsIs);
    response
}

/// The content, or that the client has it already.
fn file(path: &str, content: Bytes, headers: &HeaderMap) -> Response {
    let tag = tag(&content);
    let is_known =
        headers.get_all(IF_NONE_MATCH).iter().filter_map(|given| given.to_str().ok()).any(|given| {
            given.split(',').map(str::trim).any(|given| given == "*" || given.trim_start_matches("W/") == tag)
        });
    let mut response = match is_known {
        true => respond::with_media(StatusCode::NOT_MODIFIED, media_type(path), Bytes::new()),
        false => respond::with_media(StatusCode::OK, media_type(path), content),
    };
    if is_known {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    // Weak, since a proxy may compress what is behind it.
    if let Ok(tag) = HeaderValue::try_from(format!("W/{tag}")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// A name for the content, in the quotes that it has in headers.
fn tag(content: &[u8]) -> String {
    let mut tag = String::from("\"");
    for byte in digest(&SHA256, content).as_ref().iter().take(12) {
        let _ = write!(tag, "{byte:02x}");
    }
    tag + "\""
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|list| {
        list.split(',').any(|item| {
            let (coding, weight) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight.trim().trim_start_matches("q=").trim();
            coding.trim().eq_ignore_ascii_case("gzip") && weight.parse::<f32>() != Ok(0.0)
        })
    })
}

/// Sends a browser to the console. Where nothing is known of a prefix the address is relative, which is right behind proxies too.
fn redirect(status: StatusCode, prefix: &str, query: Option<&str>) -> Response {
    let target = if prefix.is_empty() { PATH.trim_start_matches('/') } else { PATH };
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let mut response = Response::default();
    *response.status_mut() = status;
    if let Ok(location) = HeaderValue::try_from(format!("{prefix}{target}{query}")) {
        response.headers_mut().insert(LOCATION, location);
    }
    secured(response)
}

fn missing() -> Response {
    let media = media_type("missing.html");
    let mut response =
        respond::with_media(StatusCode::SERVICE_UNAVAILABLE, media, Bytes::from_static(MISSING.as_bytes()));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What every answer here tells a browser.
fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_that_could_lead_elsewhere_are_none() {
        for (text, prefix) in [("", ""), ("/", ""), ("/gw", "/gw"), ("/a/b-c_d.e/", "/a/b-c_d.e")] {
            assert_eq!(path_prefix(text), Some(prefix), "{text}");
        }
        for text in ["gw", "//evil.example", "/a//b", "/a/../b", "/\"><script>", "https://x", "/ä", "/a?b"] {
            assert_eq!(path_prefix(text), None, "{text}");
        }
    }

    #[test]
    fn gzip_is_for_those_who_want_it() {
        for (accepted, expected) in [
            ("gzip", true),
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0, br", false),
            ("br", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
            assert_eq!(accepts_gzip(&headers), expected, "{accepted}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
