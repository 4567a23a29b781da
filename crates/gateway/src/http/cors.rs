//! Cross-origin calls from browsers: which origins may, and what they are told.
//!
//! An allowed origin is echoed, never answered with `*`, because credentials are allowed. A request of a forbidden origin is
//! served without these headers, and the browser keeps the answer from the page.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, CONTENT_TYPE,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};
use url::Url;

const METHODS: HeaderValue = HeaderValue::from_static("GET,POST,PUT,PATCH,DELETE,OPTIONS");

/// Which origins may call from a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// None; no CORS headers are sent at all.
    None,
    /// All.
    Any,
    /// Those of a list.
    List(Vec<Allowed>),
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    scheme: String,
    /// Without the wildcard label, if there is one.
    host: String,
    port: Option<u16>,
    /// Whether any one label stands before `host`.
    wildcard: bool,
}

impl AllowedOrigins {
    /// Reads `*` or a comma-separated list of origins with scheme, as `https://app.example.com` or `https://*.example.com`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
        if items.contains(&"*") {
            return Ok(Self::Any);
        }
        items.into_iter().map(Allowed::parse).collect::<Result<_, _>>().map(Self::List)
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            Self::List(list) => {
                let origin = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
                origin.is_some_and(|origin| list.iter().any(|allowed| allowed.allows(&origin)))
            }
        }
    }
}

impl Allowed {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("\"{text}\" is not an origin like https://app.example.com or https://*.example.com");
        let (wildcard, plain) = match text.split_once("://*.") {
            Some((scheme, rest)) => (true, format!("{scheme}://{rest}")),
            None => (false, text.to_owned()),
        };
        let url = Url::parse(&plain).map_err(|_| wrong())?;
        let host = url.host_str().filter(|host| !host.contains('*')).ok_or_else(wrong)?;
        if !matches!(url.scheme(), "http" | "https") || url.path() != "/" || url.query().is_some() {
            return Err(wrong());
        }
        Ok(Self { scheme: url.scheme().to_owned(), host: host.to_owned(), port: url.port(), wildcard })
    }

    fn allows(&self, origin: &Url) -> bool {
        let host = origin.host_str().and_then(|host| {
            if self.wildcard { host.split_once('.').map(|(_, rest)| rest) } else { Some(host) }
        });
        origin.scheme() == self.scheme && origin.port() == self.port && host == Some(self.host.as_str())
    }
}

/// For a browser's question before the real request: the headers that only its answer has.
pub fn preflight_headers(
    allowed: &AllowedOrigins,
    method: &Method,
    request: &HeaderMap,
) -> Option<HeaderMap> {
    let origin = request.get(ORIGIN).filter(|_| method == Method::OPTIONS)?;
    let mut headers = HeaderMap::new();
    if allowed.allows(origin) {
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("1728000"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain charset=UTF-8"));
        if let Some(asked) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
    }
    Some(headers)
}

/// Adds the headers that every answer to a request from `origin` has.
pub fn add_headers(allowed: &AllowedOrigins, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    if *allowed != AllowedOrigins::None {
        // Caches must not hand one origin's answer to another.
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(origin) = origin.filter(|origin| allowed.allows(origin)) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(allowed: &str, origin: &str, preflight: bool) -> HeaderMap {
        let mut request = HeaderMap::new();
        request.insert(ORIGIN, origin.parse().unwrap());
        request
            .insert(ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::from_static("x-hasura-role,content-type"));
        let allowed = AllowedOrigins::parse(allowed).unwrap();
        let method = if preflight { Method::OPTIONS } else { Method::POST };
        let mut headers = preflight_headers(&allowed, &method, &request).unwrap_or_default();
        add_headers(&allowed, request.get(ORIGIN), &mut headers);
        headers
    }

    #[test]
    fn origins_match_scheme_host_port_and_one_wildcard_label() {
        for (allowed, origin, expected) in [
            ("*", "https://any.example", true),
            ("*", "null", true),
            ("https://a.example", "https://a.example", true),
            ("https://a.example", "http://a.example", false),
            ("https://a.example", "https://a.example:8443", false),
            ("https://a.example:8443", "https://a.example:8443", true),
            ("https://a.example", "https://a.example.evil.example", false),
            ("https://a.example, http://b.example", "http://b.example", true),
            ("https://*.example.com", "https://app.example.com", true),
            ("https://*.example.com", "https://example.com", false),
            ("https://*.example.com", "https://a.b.example.com", false),
            ("https://*.example.com", "https://evil-example.com", false),
            ("http://*.localhost:3000", "http://x.localhost:3000", true),
            ("https://a.example", "null", false),
        ] {
            let headers = answer(allowed, origin, false);
            assert_eq!(headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), expected, "{allowed} {origin}");
        }
    }

    #[test]
    fn the_origin_is_echoed_with_credentials() {
        let headers = answer("*", "https://a.example", false);
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_METHODS], "GET,POST,PUT,PATCH,DELETE,OPTIONS");
        assert!(!headers.contains_key(ACCESS_CONTROL_MAX_AGE));
    }

    #[test]
    fn preflights_are_told_more() {
        let headers = answer("*", "https://a.example", true);
        assert_eq!(headers[ACCESS_CONTROL_MAX_AGE], "1728000");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_HEADERS], "x-hasura-role,content-type");
        assert_eq!(headers[CONTENT_TYPE], "text/plain charset=UTF-8");
    }

    #[test]
    fn switched_off_or_without_origin_there_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(preflight_headers(&AllowedOrigins::Any, &Method::OPTIONS, &headers), None);
        add_headers(
            &AllowedOrigins::None,
            Some(&HeaderValue::from_static("https://a.example")),
            &mut headers,
        );
        assert!(headers.is_empty());
        add_headers(&AllowedOrigins::Any, None, &mut headers);
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) && headers[VARY] == "Origin");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["a.example", "ftp://a.example", "https://a.*.example", "https://a.example/path", "https://"]
        {
            AllowedOrigins::parse(text).unwrap_err();
        }
    }
}
