//! Which headers a remote gets: configured ones, then session variables, then the client's own, first name wins.

use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use engine::catalog::Failure;
use engine::fault::Code;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, DNT,
    HOST, ORIGIN, PROXY_AUTHORIZATION, REFERER, USER_AGENT,
};
use http::uri::Scheme;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Intercept;
use metadata::identity::{SessionVariables, frames_the_message};
use metadata::{Header, RemoteSchemaDefinition};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::auth::{Session, Variable};
use crate::upstream::Caller;
use crate::upstream::template::{Env, TemplateError, expand};

/// Who sends requests.
pub(super) const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("conjoin/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ROLE: HeaderName = HeaderName::from_static("x-hasura-role");

/// What of a caller a remote gets.
#[derive(Debug)]
pub(super) struct Forwarding {
    /// The session variables, each under the name beside it; all of them when there is no list.
    session: Option<Vec<(HeaderName, HeaderName)>>,
    client: ClientHeaders,
}

/// Which of the client's own headers a remote gets.
#[derive(Debug)]
enum ClientHeaders {
    None,
    /// All that are not about the client's own connection or body, or meant for this server.
    All,
    /// These, each under the name beside it.
    Listed(Vec<(HeaderName, HeaderName)>),
}

impl Forwarding {
    /// What the definition says; names that are none were refused when it was read.
    pub(super) fn new(definition: &RemoteSchemaDefinition) -> Self {
        let header = |name: &str| HeaderName::from_bytes(name.as_bytes()).ok();
        let session = match &definition.forward_session_variables {
            SessionVariables::All => None,
            SessionVariables::None => Some(Vec::new()),
            SessionVariables::Listed(variables) => {
                let pairs =
                    variables.iter().filter_map(|one| Some((header(&one.name)?, header(one.target())?)));
                Some(pairs.collect())
            }
        };
        let listed = &definition.forward_headers;
        let client = if definition.forward_client_headers {
            ClientHeaders::All
        } else if listed.is_empty() {
            ClientHeaders::None
        } else {
            let pairs = listed.iter().filter_map(|one| Some((header(&one.name)?, header(one.target())?)));
            ClientHeaders::Listed(pairs.collect())
        };
        Self { session, client }
    }

    /// The header that a session variable is sent in.
    fn targets<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a HeaderName> {
        let listed = self.session.as_deref().unwrap_or_default().iter();
        let listed = listed.filter(move |(variable, _)| variable == name).map(|(_, target)| target);
        listed.chain(self.session.is_none().then_some(name))
    }

    /// Whether a header says what the session says, so that clients have no part in it even where the session has nothing to say.
    fn is_of_session(&self, header: &HeaderName) -> bool {
        self.session.as_deref().unwrap_or_default().iter().any(|(_, target)| {
            target == header
                || (header.as_str().contains('_') && header.as_str().replace('_', "-") == target.as_str())
        })
    }
}

/// The configured headers of introspection: those of its own, then those of every request.
pub(super) fn of_introspection(
    own: &[Header],
    configured_for_all: &HeaderMap,
    env: Env<'_>,
) -> Result<HeaderMap, Failure> {
    let mut headers = configured(own, env)?;
    for (name, value) in configured_for_all {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    Ok(headers)
}

/// The headers that the metadata configures, resolved; the first of several with one name wins.
pub fn configured(headers: &[Header], env: Env<'_>) -> Result<HeaderMap, Failure> {
    let mut resolved = HeaderMap::with_capacity(headers.len() + 2);
    for Header { name, value } in headers {
        let text = match value {
            metadata::HeaderValue::Value(template) => expand(template, env).map_err(|error| {
                let why = match error {
                    TemplateError::Unset(names) => {
                        format!("environment variable '{}' not set", names.join("', '"))
                    }
                    TemplateError::Malformed => format!("header '{name}' has an unclosed or empty {{{{…}}}}"),
                };
                failure(Code::NotFound, format!("template cannot be resolved: {why}"))
            })?,
            metadata::HeaderValue::FromEnv(variable) => env(variable).ok_or_else(|| {
                failure(Code::NotFound, format!("environment variable '{variable}' not set"))
            })?,
        };
        let header_name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| failure(Code::InvalidParams, format!("'{name}' is not a valid header name")))?;
        let mut header_value = HeaderValue::from_str(&text).map_err(|_| {
            let reason = format!("the value of header '{name}' has characters that no header may have");
            failure(Code::InvalidParams, reason)
        })?;
        header_value.set_sensitive(true);
        if !frames_the_message(header_name.as_str()) {
            resolved.entry(header_name).or_insert(header_value);
        }
    }
    // These two say what we send and who sends it; nothing overrides them.
    resolved.insert(CONTENT_TYPE, JSON);
    resolved.insert(USER_AGENT, AGENT);
    Ok(resolved)
}

/// What goes to a remote whoever asks: the configured headers, and what the client library would not say by itself.
pub(super) fn of_every_request(configured: &HeaderMap, remote: &Uri, proxy: Option<&Intercept>) -> HeaderMap {
    let mut headers = configured.clone();
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    // To compress costs more than this machine's own network does.
    if !is_loopback(remote) {
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip, br, zstd"));
    }
    // With TLS the other side may speak HTTP/2, which has no host header, and proxies see nothing of this.
    if remote.scheme() == Some(&Scheme::HTTP) {
        // The client library would write the same, but anew for each request.
        let host = remote.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
        if let Some(host) = host {
            headers.entry(HOST).or_insert(host);
        }
        if let Some(credentials) = proxy.and_then(Intercept::basic_auth) {
            headers.entry(PROXY_AUTHORIZATION).or_insert_with(|| credentials.clone());
        }
    }
    headers
}

/// The user and password of a URL as a header.
pub(super) fn credentials(url: &Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
    let pair = format!("{}:{}", decoded(url.username()), decoded(url.password().unwrap_or_default()));
    let mut value = HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A session's variables as headers; those that cannot be one are left out.
pub fn of_session(session: &Session) -> Vec<(HeaderName, HeaderValue)> {
    let header = |(name, value): &Variable| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    };
    session.variables.iter().filter_map(header).collect()
}

/// All headers of one request.
pub(super) fn outgoing(
    of_every_request: &HeaderMap,
    caller: Option<Caller<'_>>,
    forwarding: &Forwarding,
) -> HeaderMap {
    let n_session = caller.map_or(1, |caller| caller.session.len());
    // To size it for all at once costs less than a clone that grows.
    let mut headers = HeaderMap::with_capacity(of_every_request.len() + n_session);
    for (name, value) in of_every_request {
        headers.insert(name, value.clone());
    }
    let Some(caller) = caller else {
        for target in forwarding.targets(&ROLE) {
            headers.entry(target).or_insert(HeaderValue::from_static("admin"));
        }
        return headers;
    };
    for (name, value) in caller.session {
        for target in forwarding.targets(name) {
            headers.entry(target).or_insert_with(|| value.clone());
        }
    }
    let client = caller.headers;
    match &forwarding.client {
        ClientHeaders::None => {}
        ClientHeaders::All => forward_all(client, forwarding, &mut headers),
        ClientHeaders::Listed(pairs) => {
            for (name, target) in pairs.iter().filter(|(_, target)| !forwarding.is_of_session(target)) {
                if let Some(value) = client.get(name).filter(|_| !is_for_this_hop(client, name)) {
                    headers.entry(target).or_insert_with(|| value.clone());
                }
            }
        }
    }
    headers
}

fn forward_all(client: &HeaderMap, forwarding: &Forwarding, headers: &mut HeaderMap) {
    for (original, forwarded) in [
        (HOST, HeaderName::from_static("x-forwarded-host")),
        (USER_AGENT, HeaderName::from_static("x-forwarded-user-agent")),
        (ORIGIN, HeaderName::from_static("x-forwarded-origin")),
    ] {
        if let Some(value) = client.get(original).filter(|_| !forwarding.is_of_session(&forwarded)) {
            headers.entry(forwarded).or_insert_with(|| value.clone());
        }
    }
    let passes = |name: &&HeaderName| {
        is_forwarded(name) && !is_for_this_hop(client, name) && !forwarding.is_of_session(name)
    };
    for name in client.keys().filter(passes) {
        if let Some(value) = client.get(name).filter(|_| !passes_for_another(name, headers)) {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}

/// Whether a client's `connection` says that a header is not to be passed on.
fn is_for_this_hop(client: &HeaderMap, name: &HeaderName) -> bool {
    let named = client.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|names| names.split(',')).any(|named| named.trim().eq_ignore_ascii_case(name.as_str()))
}

/// Whether headers say who asks.
pub(super) fn authorize(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
}

fn is_loopback(remote: &Uri) -> bool {
    let host = remote.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

/// Whether a remote that cannot tell `_` from `-`, as all that were made for CGI cannot, would take a client's header for one
/// that clients do not choose.
fn passes_for_another(name: &HeaderName, chosen: &HeaderMap) -> bool {
    if !name.as_str().contains('_') {
        return false;
    }
    let other = HeaderName::from_bytes(name.as_str().replace('_', "-").as_bytes());
    other.is_ok_and(|other| !is_forwarded(&other) || chosen.contains_key(other))
}

/// Whether a client's header may travel on to a remote.
fn is_forwarded(name: &HeaderName) -> bool {
    const DROPPED: [HeaderName; 11] = [
        USER_AGENT,
        HOST,
        ORIGIN,
        REFERER,
        ACCEPT,
        ACCEPT_ENCODING,
        ACCEPT_LANGUAGE,
        CACHE_CONTROL,
        DNT,
        CONTENT_TYPE,
        PROXY_AUTHORIZATION,
    ];
    // The session replaces `x-hasura-*`, and ours are for us.
    let ours = name.as_str().starts_with("x-hasura-") || name.as_str().starts_with("x-gateway-");
    let dropped = DROPPED.contains(name) || matches!(name.as_str(), "content-md5" | "accept-datetime");
    !(ours || dropped || frames_the_message(name.as_str()))
}

fn failure(code: Code, reason: String) -> Failure {
    Failure { code, reason, internal: None }
}

#[cfg(test)]
mod tests {
    use hyper_util::client::proxy::matcher::Matcher;
    use serde_json::json;

    use super::*;

    fn header(name: &str, value: &str) -> Header {
        Header { name: name.into(), value: metadata::HeaderValue::Value(value.into()) }
    }

    fn from_env(name: &str, variable: &str) -> Header {
        Header { name: name.into(), value: metadata::HeaderValue::FromEnv(variable.into()) }
    }

    fn env(name: &str) -> Option<String> {
        match name {
            "TOKEN" => Some("t0p".into()),
            "BROKEN" => Some("line\nbreak".into()),
            _ => None,
        }
    }

    /// `name: value` lines, sorted.
    fn text(headers: &HeaderMap) -> String {
        let mut lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .filter(|line| {
                !line.starts_with("user-agent: conjoin/") && line != "content-type: application/json"
            })
            .collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn configured_headers_resolve_or_say_why_not() {
        let ok = |headers: &[Header]| {
            configured(headers, &env)
                .map(|headers| text(&headers))
                .map_err(|failure| format!("{}: {}", failure.code.as_str(), failure.reason))
        };
        assert_eq!(ok(&[header("X-A", "1"), header("x-a", "2")]), Ok("x-a: 1".into()));
        assert_eq!(
            ok(&[header("authorization", "Bearer {{TOKEN}}"), from_env("x-key", "TOKEN")]),
            Ok("authorization: Bearer t0p\nx-key: t0p".into())
        );
        assert_eq!(
            ok(&[from_env("x-key", "NONE")]),
            Err("not-found: environment variable 'NONE' not set".into())
        );
        assert_eq!(
            ok(&[header("x-key", "{{NONE}}")]),
            Err("not-found: template cannot be resolved: environment variable 'NONE' not set".into())
        );
        assert!(
            ok(&[header("x-key", "{{")]).unwrap_err().starts_with("not-found: template cannot be resolved: ")
        );
        assert_eq!(ok(&[header("a b", "1")]), Err("invalid-params: 'a b' is not a valid header name".into()));
        assert!(ok(&[from_env("x-key", "BROKEN")]).unwrap_err().starts_with("invalid-params: "));
        assert_eq!(ok(&[header("Content-Length", "1"), header("connection", "close")]), Ok(String::new()));
    }

    #[test]
    fn our_content_type_and_agent_override_configured_ones() {
        let headers =
            configured(&[header("content-type", "text/xml"), header("user-agent", "me")], &env).unwrap();
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert_eq!(headers[USER_AGENT], AGENT);
    }

    fn forwarding(definition: &serde_json::Value) -> Forwarding {
        let definition: RemoteSchemaDefinition = metadata::decode(definition).unwrap();
        Forwarding::new(&definition)
    }

    #[test]
    fn precedence_is_configured_then_session_then_client() {
        let configured =
            configured(&[header("x-hasura-tier", "configured"), header("x-a", "configured")], &env);
        let configured = configured.unwrap();
        let session = Session {
            role: "user".into(),
            variables: vec![
                ("x-hasura-role".into(), "user".into()),
                ("x-hasura-tier".into(), "session".into()),
                ("x-hasura-user-id".into(), "7".into()),
            ],
        };
        let mut client = HeaderMap::new();
        for (name, value) in [
            ("x-a", "client"),
            ("x-b", "first"),
            ("x-b", "second"),
            ("authorization", "Bearer c"),
            ("cookie", "k=v"),
            ("host", "gw.example"),
            ("user-agent", "curl"),
            ("origin", "https://app.example"),
            ("referer", "r"),
            ("accept", "a"),
            ("accept-encoding", "gzip"),
            ("accept-language", "de"),
            ("accept-datetime", "d"),
            ("cache-control", "no-cache"),
            ("connection", "close"),
            ("transfer-encoding", "chunked"),
            ("content-length", "3"),
            ("content-md5", "m"),
            ("content-type", "text/plain"),
            ("dnt", "1"),
            ("x-hasura-admin-secret", "s"),
            ("x-hasura-user-id", "forged"),
            ("x_hasura_user_id", "forged"),
            ("x-hasura_role", "forged"),
            ("x_hasura_other", "forged"),
            ("x_hasura_admin_secret", "s"),
            ("x_a", "forged"),
            ("x_forwarded_host", "forged"),
            ("content_length", "3"),
            ("x_c", "client"),
            ("x-gateway-explain", "plan"),
        ] {
            client.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let session = of_session(&session);
        let caller = Caller { headers: &client, session: &session, mutates: false };
        assert_eq!(
            text(&outgoing(&configured, Some(caller), &forwarding(&json!({})))),
            "x-a: configured\nx-hasura-role: user\nx-hasura-tier: configured\nx-hasura-user-id: 7"
        );
        assert_eq!(
            text(&outgoing(&configured, Some(caller), &forwarding(&json!({"forward_client_headers": true})))),
            "authorization: Bearer c\ncookie: k=v\nx-a: configured\nx-b: first\nx-forwarded-host: gw.example\n\
             x-forwarded-origin: https://app.example\nx-forwarded-user-agent: curl\n\
             x-hasura-role: user\nx-hasura-tier: configured\nx-hasura-user-id: 7\nx_c: client"
        );
    }

    /// What a remote without configuration gets behind this proxy.
    fn of_all(remote: &'static str, proxy: &str) -> String {
        let remote = Uri::from_static(remote);
        let proxy = Matcher::builder().all(proxy).build().intercept(&remote);
        text(&of_every_request(&configured(&[], &env).unwrap(), &remote, proxy.as_ref()))
    }

    #[test]
    fn all_that_can_be_decoded_is_asked_for_beyond_this_machine() {
        const ALL: &str = "accept-encoding: gzip, br, zstd\naccept: */*";
        for (remote, expected) in [
            ("https://crm.example/", ALL),
            ("http://crm.example/", "accept-encoding: gzip, br, zstd\naccept: */*\nhost: crm.example"),
            ("https://127.0.0.1:8080/", "accept: */*"),
            ("http://[::1]:8080/", "accept: */*\nhost: [::1]:8080"),
            ("http://localhost/", "accept: */*\nhost: localhost"),
        ] {
            assert_eq!(of_all(remote, ""), expected, "{remote}");
        }
        let configured =
            configured(&[header("Accept", "application/json"), header("accept-encoding", "br")], &env);
        let headers = of_every_request(&configured.unwrap(), &Uri::from_static("https://crm.example/"), None);
        assert_eq!(text(&headers), "accept-encoding: br\naccept: application/json");
    }

    #[test]
    fn proxies_that_read_requests_get_their_credentials() {
        let own = "proxy-authorization: Basic bWU6cEBzcw==";
        assert_eq!(
            of_all("http://127.0.0.1/", "http://me:p%40ss@proxy.example"),
            format!("accept: */*\nhost: 127.0.0.1\n{own}")
        );
        assert_eq!(of_all("https://127.0.0.1/", "http://me:p%40ss@proxy.example"), "accept: */*");
    }

    #[test]
    fn introspection_goes_as_admin_unless_session_variables_are_not_for_the_remote() {
        let introspection = |definition: serde_json::Value| {
            let of_all = configured(&[header("x-key", "of all"), header("x-a", "1")], &env).unwrap();
            let own = of_introspection(&[header("X-Key", "{{TOKEN}}")], &of_all, &env).unwrap();
            text(&outgoing(&own, None, &forwarding(&definition)))
        };
        let as_admin = "x-a: 1\nx-hasura-role: admin\nx-key: t0p";
        assert_eq!(introspection(json!({"forward_client_headers": true})), as_admin);
        assert_eq!(introspection(json!({"forward_session_variables": ["x-hasura-role"]})), as_admin);
        assert_eq!(introspection(json!({"forward_session_variables": "none"})), "x-a: 1\nx-key: t0p");
    }

    /// What a remote with this definition gets of a caller.
    fn forwarded(definition: &serde_json::Value, client: &[(&'static str, &'static str)]) -> String {
        let variables = [("x-hasura-role", "user"), ("x-hasura-user-id", "7"), ("x-hasura-tier", "gold")];
        let variables = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
        let session = of_session(&Session { role: "user".into(), variables });
        let mut headers = HeaderMap::new();
        for (name, value) in client {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let caller = Caller { headers: &headers, session: &session, mutates: false };
        text(&outgoing(&configured(&[], &env).unwrap(), Some(caller), &forwarding(definition)))
    }

    #[test]
    fn session_variables_are_sent_all_none_or_as_listed() {
        for (choice, expected) in [
            (json!("all"), "x-hasura-role: user\nx-hasura-tier: gold\nx-hasura-user-id: 7"),
            (json!("none"), ""),
            (json!(["X-Hasura-User-Id", "x-hasura-other"]), "x-hasura-user-id: 7"),
        ] {
            let client = [("x-hasura-user-id", "forged"), ("x-hasura-other", "forged")];
            let definition = json!({"forward_session_variables": choice, "forward_client_headers": true});
            assert_eq!(forwarded(&definition, &client), expected, "{choice}");
        }
    }

    #[test]
    fn session_variables_are_sent_under_their_new_names_and_clients_have_no_part_in_them() {
        let listed = json!([
            {"name": "x-hasura-user-id", "as": "X-User"}, "x-hasura-tier",
            {"name": "x-hasura-tier", "as": "x-plan"}, {"name": "x-hasura-absent", "as": "x-tenant"},
        ]);
        let client = [("x-user", "forged"), ("x-tenant", "forged"), ("x_tenant", "forged"), ("x-b", "1")];
        let of_session = "x-hasura-tier: gold\nx-plan: gold\nx-user: 7";
        let definition = json!({"forward_session_variables": listed, "forward_client_headers": true});
        assert_eq!(forwarded(&definition, &client), format!("x-b: 1\n{of_session}"));
        let definition = json!({"forward_session_variables": listed, "forward_headers": [{"name": "x-b", "as": "x-tenant"}]});
        assert_eq!(forwarded(&definition, &client), of_session);
    }

    #[test]
    fn listed_headers_are_forwarded_under_their_new_names() {
        let definition = json!({"forward_session_variables": "none", "forward_headers": [
            {"name": "Authorization"}, {"name": "x-tenant", "as": "X-Org"}, {"name": "accept-language"},
            {"name": "host", "as": "x-forwarded-host"}, {"name": "x-absent"},
        ]});
        let client = [
            ("authorization", "Bearer c"),
            ("x-tenant", "t"),
            ("x-org", "forged"),
            ("accept-language", "de"),
            ("host", "gw.example"),
            ("cookie", "a=b"),
            ("user-agent", "curl"),
        ];
        assert_eq!(
            forwarded(&definition, &client),
            "accept-language: de\nauthorization: Bearer c\nx-forwarded-host: gw.example\nx-org: t"
        );
    }

    #[test]
    fn what_a_client_keeps_to_its_connection_is_not_forwarded() {
        let client = [
            ("connection", "close, X-Secret"),
            ("connection", "x-b"),
            ("x-secret", "s"),
            ("x-b", "b"),
            ("x-c", "c"),
        ];
        let listed = json!([{"name": "x-secret"}, {"name": "x-b", "as": "x-d"}, {"name": "x-c"}]);
        for how in [json!({"forward_client_headers": true}), json!({"forward_headers": listed})] {
            let mut definition = how;
            definition["forward_session_variables"] = json!("none");
            assert_eq!(forwarded(&definition, &client), "x-c: c");
        }
    }

    #[test]
    fn session_variables_that_are_no_header_are_left_out() {
        let variables = [("x-hasura-a", "1\r\nx-evil: 1"), ("x-hasura b", "1"), ("x-hasura-c\r\n", "1")];
        let variables = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
        assert_eq!(of_session(&Session { role: "user".into(), variables }), []);
    }
}
