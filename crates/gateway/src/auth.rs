//! Who is calling: headers become a session.
//!
//! Two modes exist: *open*, where every caller is an administrator (the server then listens on loopback only unless told
//! otherwise), and *secret*. What a role may see is not decided here but by the catalog's role schema.

pub mod secret;

use std::borrow::Cow;
use std::net::Ipv4Addr;

use engine::fault::{Code, Refusal};
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, StatusCode};
use url::{Host, Url};

use crate::auth::secret::Secret;

/// The role that sees and may do everything.
pub const ADMIN: &str = "admin";

/// The two names under which an admin secret may be sent; neither is ever a session variable.
const SECRET_HEADERS: [&str; 2] = ["x-hasura-admin-secret", "x-hasura-access-key"];
const ROLE_HEADER: &str = "x-hasura-role";
const SESSION_PREFIX: &str = "x-hasura-";

/// The caller of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The effective role.
    pub role: Cow<'static, str>,
    /// `x-hasura-*` session variables, lower-case names, `x-hasura-role` included, the secret never.
    pub variables: Vec<Variable>,
}

/// Name and value of a session variable; those of nearly every request need no memory.
pub type Variable = (Cow<'static, str>, Cow<'static, str>);

impl Session {
    /// Whether the caller acts as administrator.
    pub fn is_admin(&self) -> bool {
        self.role == ADMIN
    }

    /// The value of a session variable, by its name in lower case.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_ref())
    }
}

/// How callers are told apart.
#[derive(Debug)]
pub enum Auth {
    /// No secret is set: everyone is `admin`, or the role they ask for.
    Open {
        /// Whether only this machine's own programs and pages count as everyone.
        local_only: bool,
    },
    /// Callers need one of these secrets, or get the unauthorized role if there is one.
    Secret {
        /// Never empty.
        secrets: Vec<Secret>,
        /// What callers without a secret are.
        unauthorized: Option<Unauthorized>,
    },
}

/// What callers without a secret are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unauthorized {
    /// Their role, whatever `x-hasura-role` says.
    pub role: String,
    /// Whether their `x-hasura-*` headers are believed.
    pub trust_session_variables: bool,
}

/// A caller who may not pass, with the HTTP status of endpoints that have one.
#[derive(Debug, Clone, PartialEq)]
pub struct Denied {
    /// 401 without or with a wrong secret, else 400.
    pub status: StatusCode,
    /// Code and text.
    pub refusal: Refusal,
}

impl Auth {
    /// Turns headers into a session, or says why not.
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<Session, Denied> {
        let (secrets, unauthorized) = match self {
            Self::Open { local_only: true } if !is_local(headers) => {
                return Err(denied(
                    StatusCode::UNAUTHORIZED,
                    "without an admin secret only programs and pages of this machine are served; set --admin-secret, or pass --allow-unauthenticated",
                ));
            }
            Self::Open { .. } => return session_of_headers(headers),
            Self::Secret { secrets, unauthorized } => (secrets, unauthorized),
        };
        let offered = SECRET_HEADERS.iter().find_map(|name| headers.get(*name));
        match (offered, unauthorized) {
            (Some(offered), _) if secret::is_any_of(offered.as_bytes(), secrets) => {
                session_of_headers(headers)
            }
            (Some(_), _) => {
                Err(denied(StatusCode::UNAUTHORIZED, "invalid x-hasura-admin-secret/x-hasura-access-key"))
            }
            (None, Some(unauthorized)) => Ok(unauthorized_session(headers, unauthorized)),
            (None, None) => Err(denied(
                StatusCode::UNAUTHORIZED,
                "x-hasura-admin-secret/x-hasura-access-key required, but not found",
            )),
        }
    }

    /// As [`Auth::authenticate`], for endpoints that only administrators may use.
    pub fn authenticate_admin(&self, headers: &HeaderMap) -> Result<Session, Denied> {
        let session = self.authenticate(headers)?;
        if session.is_admin() {
            return Ok(session);
        }
        Err(denied(StatusCode::BAD_REQUEST, "You have to be an admin to access this endpoint"))
    }

    /// Whether an admin secret is set.
    pub fn has_secret(&self) -> bool {
        matches!(self, Self::Secret { .. })
    }
}

/// Whether a request comes from a program or a page of this machine, as far as its headers tell.
///
/// A browser on this machine reaches a loopback address on behalf of any page. Such a request names the page's site in
/// `Origin`, or, where a foreign name was made to lead here, in `Host`.
fn is_local(headers: &HeaderMap) -> bool {
    let is_local_url = |url: &str| {
        Url::parse(url).is_ok_and(|url| match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        })
    };
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    text(ORIGIN).is_none_or(is_local_url)
        && text(HOST).is_none_or(|host| is_loopback(host) || is_local_url(&format!("http://{host}")))
}

/// Whether a host, with or without a port, is plainly this machine's; the usual spellings need no parser of URLs.
fn is_loopback(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    name == "localhost" || name.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

/// A trusted caller: the role they ask for, or `admin`.
fn session_of_headers(headers: &HeaderMap) -> Result<Session, Denied> {
    let role = match headers.get(ROLE_HEADER) {
        None => Cow::Borrowed(ADMIN),
        Some(role) => owned(role),
    };
    if role.is_empty() {
        let refusal =
            Refusal::new(Code::InvalidHeaders, "$", "x-hasura-role is empty; name a role or omit the header");
        return Err(Denied { status: StatusCode::BAD_REQUEST, refusal });
    }
    Ok(Session { variables: variables(headers, role.clone()), role })
}

fn unauthorized_session(headers: &HeaderMap, unauthorized: &Unauthorized) -> Session {
    let role: Cow<'static, str> = Cow::Owned(unauthorized.role.clone());
    let variables = if unauthorized.trust_session_variables {
        variables(headers, role.clone())
    } else {
        vec![(Cow::Borrowed(ROLE_HEADER), role.clone())]
    };
    Session { role, variables }
}

/// The session variables that `headers` carry, with the effective role. Of a repeated header the first value counts.
fn variables(headers: &HeaderMap, role: Cow<'static, str>) -> Vec<Variable> {
    let mut variables = vec![(Cow::Borrowed(ROLE_HEADER), role)];
    for name in headers.keys().map(|name| name.as_str()) {
        if name.starts_with(SESSION_PREFIX)
            && name != ROLE_HEADER
            && !SECRET_HEADERS.contains(&name)
            && let Some(value) = headers.get(name)
        {
            variables.push((Cow::Owned(name.to_owned()), owned(value)));
        }
    }
    variables
}

fn owned(value: &HeaderValue) -> Cow<'static, str> {
    Cow::Owned(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn denied(status: StatusCode, message: &str) -> Denied {
    Denied { status, refusal: Refusal::new(Code::AccessDenied, "$", message) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    fn secret_mode(unauthorized: Option<(&str, bool)>) -> Auth {
        Auth::Secret {
            secrets: vec![Secret::new("first".into()), Secret::new("second".into())],
            unauthorized: unauthorized.map(|(role, trust_session_variables)| Unauthorized {
                role: role.into(),
                trust_session_variables,
            }),
        }
    }

    /// `role` and variables in one line, or status and message.
    fn outcome(result: Result<Session, Denied>) -> String {
        match result {
            Ok(session) => {
                let variables: Vec<String> =
                    session.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{} [{}]", session.role, variables.join(" "))
            }
            Err(denied) => format!("{} {}", denied.status.as_u16(), denied.refusal.message),
        }
    }

    const REQUIRED: &str = "401 x-hasura-admin-secret/x-hasura-access-key required, but not found";
    const INVALID: &str = "401 invalid x-hasura-admin-secret/x-hasura-access-key";
    const ADMIN_ONLY: &str = "400 You have to be an admin to access this endpoint";

    #[test]
    fn every_mode_and_every_kind_of_caller() {
        let nobody = headers(&[]);
        let editor = headers(&[("x-hasura-role", "editor"), ("x-hasura-user-id", "7")]);
        let first = headers(&[("x-hasura-admin-secret", "first")]);
        let old_name = headers(&[("x-hasura-access-key", "second")]);
        let second_as_editor = headers(&[
            ("x-hasura-admin-secret", "second"),
            ("x-hasura-role", "editor"),
            ("x-hasura-user-id", "7"),
        ]);
        let wrong = headers(&[("x-hasura-admin-secret", "third"), ("authorization", "Bearer x")]);
        let empty = headers(&[("x-hasura-admin-secret", "")]);

        let open = Auth::Open { local_only: true };
        let secret = secret_mode(None);
        let anonymous = secret_mode(Some(("anon", false)));
        let trusting = secret_mode(Some(("anon", true)));
        for (auth, headers, anywhere, admin_endpoint) in [
            (&open, &nobody, "admin [x-hasura-role=admin]", "admin [x-hasura-role=admin]"),
            (&open, &editor, "editor [x-hasura-role=editor x-hasura-user-id=7]", ADMIN_ONLY),
            (&open, &wrong, "admin [x-hasura-role=admin]", "admin [x-hasura-role=admin]"),
            (&secret, &nobody, REQUIRED, REQUIRED),
            (&secret, &editor, REQUIRED, REQUIRED),
            (&secret, &first, "admin [x-hasura-role=admin]", "admin [x-hasura-role=admin]"),
            (&secret, &old_name, "admin [x-hasura-role=admin]", "admin [x-hasura-role=admin]"),
            (&secret, &second_as_editor, "editor [x-hasura-role=editor x-hasura-user-id=7]", ADMIN_ONLY),
            (&secret, &wrong, INVALID, INVALID),
            (&secret, &empty, INVALID, INVALID),
            (&anonymous, &nobody, "anon [x-hasura-role=anon]", ADMIN_ONLY),
            (&anonymous, &editor, "anon [x-hasura-role=anon]", ADMIN_ONLY),
            (&anonymous, &wrong, INVALID, INVALID),
            (&anonymous, &first, "admin [x-hasura-role=admin]", "admin [x-hasura-role=admin]"),
            (&trusting, &editor, "anon [x-hasura-role=anon x-hasura-user-id=7]", ADMIN_ONLY),
        ] {
            assert_eq!(outcome(auth.authenticate(headers)), anywhere, "{auth:?} {headers:?}");
            assert_eq!(outcome(auth.authenticate_admin(headers)), admin_endpoint, "{auth:?} {headers:?}");
        }
    }

    #[test]
    fn an_empty_role_is_refused() {
        let headers = headers(&[("x-hasura-role", "")]);
        let denied = Auth::Open { local_only: true }.authenticate(&headers).unwrap_err();
        assert_eq!((denied.status.as_u16(), denied.refusal.code.as_str()), (400, "invalid-headers"));
    }

    #[test]
    fn denials_carry_code_and_path() {
        let denied = secret_mode(None).authenticate(&HeaderMap::new()).unwrap_err();
        assert_eq!((denied.refusal.code.as_str(), denied.refusal.path.as_str()), ("access-denied", "$"));
    }

    #[test]
    fn without_a_secret_foreign_pages_are_nobody() {
        let local = Auth::Open { local_only: true };
        for (name, value, passes) in [
            ("origin", "http://localhost:3000", true),
            ("origin", "http://127.0.0.1:8080", true),
            ("origin", "https://[::1]", true),
            ("origin", "http://app.localhost", true),
            ("origin", "https://evil.example", false),
            ("origin", "http://localhost.evil.example", false),
            ("origin", "null", false),
            ("host", "127.0.0.1:8080", true),
            ("host", "localhost", true),
            ("host", "[::1]:8080", true),
            ("host", "rebound.example:8080", false),
            ("host", "127.0.0.1.example", false),
            ("host", "localhost:80@rebound.example", false),
        ] {
            let headers = headers(&[(name, value)]);
            assert_eq!(local.authenticate(&headers).is_ok(), passes, "{name}: {value}");
            assert!(Auth::Open { local_only: false }.authenticate(&headers).is_ok(), "{name}: {value}");
        }
    }
}
