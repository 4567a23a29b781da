//! Who is calling: headers become a session.
//!
//! Four modes exist: *open*, where every caller is an administrator (the server then listens on loopback only unless told
//! otherwise); *secret*; and *secret* with tokens ([`jwt`]) or with a webhook ([`webhook`]) for those who have none. [`Mode`] is
//! what was configured, [`Auth`] does it. What a role may see is not decided here but by the catalog's role schema.

mod freshness;
pub mod jwt;
pub mod secret;
pub mod webhook;

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

use engine::fault::{Code, Refusal};
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, StatusCode};
use url::{Host, Url};

use crate::auth::jwt::Jwt;
use crate::auth::jwt::jwks::Pace;
use crate::auth::secret::Secret;
use crate::auth::webhook::Webhook;

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

/// A session that is one request's own, or that of a verified token, which many requests share.
#[derive(Debug, Clone)]
pub enum Held {
    /// Made for this request.
    Own(Session),
    /// Made before.
    Shared(Arc<Session>),
}

impl Deref for Held {
    type Target = Session;

    fn deref(&self) -> &Session {
        match self {
            Self::Own(session) => session,
            Self::Shared(session) => session,
        }
    }
}

/// What is known of an authenticated caller.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The session.
    pub session: Held,
    /// When it ends, which matters to connections that outlive a request.
    pub until: Option<SystemTime>,
    /// Cookies that a webhook sets.
    pub set_cookies: Vec<HeaderValue>,
}

/// How callers are told apart, as configured.
#[derive(Debug)]
pub enum Mode {
    /// No secret is set: everyone is `admin`, or the role they ask for.
    Open {
        /// Whether only this machine's own programs and pages count as everyone.
        local_only: bool,
    },
    /// Callers with one of these secrets are `admin`, or the role they ask for.
    Secret {
        /// Never empty.
        secrets: Vec<Secret>,
        /// What the others are.
        others: Others,
    },
}

/// What callers without a secret are.
#[derive(Debug)]
pub enum Others {
    /// Refused, or the unauthorized role if there is one.
    Nobody(Option<Unauthorized>),
    /// What their token says.
    Jwt {
        /// Whose tokens are believed; never empty.
        issuers: Vec<jwt::config::Config>,
        /// What callers without a token are.
        unauthorized: Option<Unauthorized>,
    },
    /// What this says.
    Webhook(webhook::Config),
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
    /// 401 without or with a wrong secret or for whom the webhook refuses, 500 where it failed, else 400.
    pub status: StatusCode,
    /// Code and text.
    pub refusal: Refusal,
}

impl Mode {
    /// Whether an admin secret is set.
    pub fn has_secret(&self) -> bool {
        matches!(self, Self::Secret { .. })
    }

    /// Whether a webhook is asked.
    pub fn has_webhook(&self) -> bool {
        matches!(self, Self::Secret { others: Others::Webhook(_), .. })
    }

    /// Those whose tokens are believed.
    pub fn issuers(&self) -> &[jwt::config::Config] {
        match self {
            Self::Secret { others: Others::Jwt { issuers, .. }, .. } => issuers,
            _ => &[],
        }
    }
}

/// Tells callers apart.
#[derive(Debug)]
pub struct Auth(Door);

#[derive(Debug)]
enum Door {
    Open { local_only: bool },
    Secret { secrets: Vec<Secret>, others: Stranger },
}

/// Who decides on callers without a secret.
#[derive(Debug)]
enum Stranger {
    Nobody(Option<Unauthorized>),
    Jwt(Box<Jwt>, Option<Unauthorized>),
    Webhook(Box<Webhook>),
}

impl Auth {
    /// Begins to do what is configured. Nothing is waited for; must be called in a runtime.
    pub fn start(mode: &Mode) -> Self {
        Self(match mode {
            Mode::Open { local_only } => Door::Open { local_only: *local_only },
            Mode::Secret { secrets, others } => {
                let others = match others {
                    Others::Nobody(unauthorized) => Stranger::Nobody(unauthorized.clone()),
                    Others::Jwt { issuers, unauthorized } => {
                        Stranger::Jwt(Box::new(Jwt::start(issuers, Pace::default())), unauthorized.clone())
                    }
                    Others::Webhook(config) => Stranger::Webhook(Box::new(Webhook::new(config))),
                };
                Door::Secret { secrets: secrets.clone(), others }
            }
        })
    }

    /// Whether the body of a GraphQL request takes part in who sent it, so that it has to be read first.
    pub fn wants_requests(&self) -> bool {
        matches!(&self.0, Door::Secret { others: Stranger::Webhook(webhook), .. } if webhook.wants_requests())
    }

    /// Turns headers into a session, or says why not. `request` is what a webhook gets to see of a GraphQL request, as JSON.
    ///
    /// Waits for nothing but a webhook, or for keys that a token names and that are not here yet.
    pub async fn authenticate(&self, headers: &HeaderMap, request: Option<&str>) -> Result<Identity, Denied> {
        let (secrets, others) = match &self.0 {
            Door::Open { local_only: true } if !is_local(headers) => {
                return Err(denied(
                    StatusCode::UNAUTHORIZED,
                    "without an admin secret only programs and pages of this machine are served; set --admin-secret, or pass --allow-unauthenticated",
                ));
            }
            Door::Open { .. } => return session_of_headers(headers).map(Identity::of),
            Door::Secret { secrets, others } => (secrets, others),
        };
        // A wrong secret is a mistake, whatever else the caller has.
        if let Some(offered) = SECRET_HEADERS.iter().find_map(|name| headers.get(*name)) {
            return match secret::is_any_of(offered.as_bytes(), secrets) {
                true => session_of_headers(headers).map(Identity::of),
                false => {
                    let message = "invalid x-hasura-admin-secret/x-hasura-access-key";
                    Err(denied(StatusCode::UNAUTHORIZED, message))
                }
            };
        }
        let unauthorized = match others {
            Stranger::Nobody(unauthorized) => unauthorized,
            Stranger::Jwt(jwt, unauthorized) => match jwt.authenticate(headers).await? {
                Some(identity) => return Ok(identity),
                None => unauthorized,
            },
            Stranger::Webhook(webhook) => return Box::pin(webhook.ask(headers, request)).await,
        };
        match (unauthorized, others) {
            (Some(unauthorized), _) => Ok(Identity::of(unauthorized_session(headers, unauthorized))),
            (None, Stranger::Jwt(..)) => Err(jwt::no_token()),
            (None, _) => Err(denied(
                StatusCode::UNAUTHORIZED,
                "x-hasura-admin-secret/x-hasura-access-key required, but not found",
            )),
        }
    }

    /// As [`Auth::authenticate`], for endpoints that only administrators may use.
    pub async fn authenticate_admin(&self, headers: &HeaderMap) -> Result<Identity, Denied> {
        let identity = self.authenticate(headers, None).await?;
        if identity.session.is_admin() {
            return Ok(identity);
        }
        Err(denied(StatusCode::BAD_REQUEST, "You have to be an admin to access this endpoint"))
    }
}

impl Identity {
    fn of(session: Session) -> Self {
        Self { session: Held::Own(session), until: None, set_cookies: Vec::new() }
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
    use futures_util::FutureExt as _;
    use http::HeaderName;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    fn secret_mode(unauthorized: Option<(&str, bool)>) -> Auth {
        let unauthorized = unauthorized.map(|(role, trust_session_variables)| Unauthorized {
            role: role.into(),
            trust_session_variables,
        });
        Auth::start(&Mode::Secret {
            secrets: vec![Secret::new("first".into()), Secret::new("second".into())],
            others: Others::Nobody(unauthorized),
        })
    }

    fn open_mode(local_only: bool) -> Auth {
        Auth::start(&Mode::Open { local_only })
    }

    /// Nothing here waits for anybody.
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        future.now_or_never().unwrap()
    }

    /// `role` and variables in one line, or status and message.
    fn outcome(result: Result<Identity, Denied>) -> String {
        match result {
            Ok(Identity { session, .. }) => {
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

        let open = open_mode(true);
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
            assert_eq!(outcome(at_once(auth.authenticate(headers, None))), anywhere, "{auth:?} {headers:?}");
            assert_eq!(
                outcome(at_once(auth.authenticate_admin(headers))),
                admin_endpoint,
                "{auth:?} {headers:?}"
            );
        }
    }

    #[test]
    fn an_empty_role_is_refused() {
        let headers = headers(&[("x-hasura-role", "")]);
        let denied = at_once(open_mode(true).authenticate(&headers, None)).unwrap_err();
        assert_eq!((denied.status.as_u16(), denied.refusal.code.as_str()), (400, "invalid-headers"));
    }

    #[test]
    fn denials_carry_code_and_path() {
        let denied = at_once(secret_mode(None).authenticate(&HeaderMap::new(), None)).unwrap_err();
        assert_eq!((denied.refusal.code.as_str(), denied.refusal.path.as_str()), ("access-denied", "$"));
    }

    #[test]
    fn without_a_secret_foreign_pages_are_nobody() {
        let (local, open) = (open_mode(true), open_mode(false));
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
            assert_eq!(at_once(local.authenticate(&headers, None)).is_ok(), passes, "{name}: {value}");
            assert!(at_once(open.authenticate(&headers, None)).is_ok(), "{name}: {value}");
        }
    }
}
