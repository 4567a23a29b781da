//! How long an answer may be used, by its `Cache-Control` or `Expires`.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{CACHE_CONTROL, EXPIRES};

/// What the headers of an answer say: for this long, or nothing.
pub(super) fn of_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let cache_control: Vec<&str> =
        headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok()).collect();
    of_cache_control(&cache_control.join(",")).or_else(|| {
        let expires = headers.get(EXPIRES)?;
        // What cannot be read has expired, says RFC 9111.
        Some(expires.to_str().ok().and_then(|text| of_expires(text, now)).unwrap_or_default())
    })
}

/// What the value of `Cache-Control` says.
pub(super) fn of_cache_control(value: &str) -> Option<Duration> {
    let mut is_stale = false;
    let mut max_age = None;
    for directive in value.split(',') {
        let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-cache" | "no-store" => return Some(Duration::ZERO),
            "must-revalidate" => is_stale = true,
            "max-age" => {
                let seconds: Option<u64> = argument.trim().trim_matches('"').parse().ok();
                max_age = max_age.or(seconds.map(Duration::from_secs));
            }
            _ => {}
        }
    }
    max_age.or(is_stale.then_some(Duration::ZERO))
}

/// How long it is until an HTTP date; nothing when it is none.
pub(super) fn of_expires(value: &str, now: SystemTime) -> Option<Duration> {
    let date = httpdate::parse_http_date(value.trim()).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn headers_say_how_long() {
        // A minute before the date below.
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777 - 60);
        for (lines, seconds) in [
            (&[][..], None),
            (&[("cache-control", "max-age=300")], Some(300)),
            (&[("cache-control", "public, Max-Age=300, must-revalidate")], Some(300)),
            (&[("cache-control", "max-age=\"300\"")], Some(300)),
            (&[("cache-control", "public"), ("cache-control", "max-age=5")], Some(5)),
            (&[("cache-control", "public")], None),
            (&[("cache-control", "max-age=soon")], None),
            (&[("cache-control", "max-age=-5")], None),
            (&[("cache-control", "max-age=300, no-store")], Some(0)),
            (&[("cache-control", "no-cache")], Some(0)),
            (&[("cache-control", "must-revalidate")], Some(0)),
            (&[("expires", "Sun, 06 Nov 1994 08:49:37 GMT")], Some(60)),
            (&[("cache-control", "max-age=5"), ("expires", "Sun, 06 Nov 1994 08:49:37 GMT")], Some(5)),
            (&[("expires", "Sun, 06 Nov 1990 08:49:37 GMT")], Some(0)),
            (&[("expires", "0")], Some(0)),
        ] {
            let headers: HeaderMap = lines
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(of_headers(&headers, now), seconds.map(Duration::from_secs), "{lines:?}");
        }
    }
}
