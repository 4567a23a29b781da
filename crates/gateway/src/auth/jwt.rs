//! Callers with tokens: from a request's headers to the session that a verified token allows.
//!
//! [`config`] is what is known of an issuer, [`jwks`] keeps the keys of one that publishes them, [`token`] and [`key`] check
//! signatures, [`claims`] and [`path`] read what a token says. Verified tokens are kept until they expire, or until the keys of
//! their issuer change, so that the usual request costs a look into a table.

pub mod claims;
pub mod config;
pub mod jwks;
pub mod key;
pub mod path;
pub mod token;

use std::hash::Hash;
use std::sync::Arc;
use std::time::SystemTime;

use engine::fault::{Code, Refusal};
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use serde_json::Value;

use crate::auth::jwt::config::{Config, Keys, Location, Rules};
use crate::auth::jwt::jwks::{Jwks, Pace};
use crate::auth::jwt::token::{Invalid, MAX_BYTES, Token};
use crate::auth::{Denied, Held, Identity, ROLE_HEADER, Session};

/// Memory for verified tokens, roughly.
const CACHE_BYTES: u64 = 16 << 20;

/// Issuers, and the tokens of theirs that were verified.
#[derive(Debug)]
pub struct Jwt {
    issuers: Vec<Issuer>,
    /// Where tokens may be, without repetition.
    locations: Vec<Location>,
    verified: Cache<Key, Verified, Weight>,
}

#[derive(Debug)]
struct Issuer {
    rules: Rules,
    keys: Jwks,
}

/// What a session was made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    location: usize,
    token: Box<[u8]>,
    role: Option<Box<[u8]>>,
}

/// A key that owns nothing, so that a hit allocates nothing. Hashes as [`Key`] does: same members, same order.
#[derive(Debug, Clone, Copy, Hash)]
struct KeyRef<'a> {
    location: usize,
    token: &'a [u8],
    role: Option<&'a [u8]>,
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.location == key.location && self.token == &*key.token && self.role == key.role.as_deref()
    }
}

/// What was made of it.
#[derive(Debug, Clone)]
struct Verified {
    session: Arc<Session>,
    until: Option<SystemTime>,
    issuer: usize,
    /// Of the keys that it was verified with.
    generation: u64,
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Key, Verified> for Weight {
    fn weight(&self, key: &Key, verified: &Verified) -> u64 {
        let variables = verified.session.variables.iter();
        let texts: usize = variables.map(|(name, value)| name.len() + value.len() + 64).sum();
        (key.token.len() + key.role.as_ref().map_or(0, |role| role.len()) + texts + 256) as u64
    }
}

impl Jwt {
    /// Begins to fetch the keys that are to be fetched; must be called in a runtime. Nothing waits for them.
    pub fn start(issuers: &[Config], pace: Pace) -> Self {
        let mut locations = Vec::new();
        for config in issuers {
            if !locations.contains(&config.rules.location) {
                locations.push(config.rules.location.clone());
            }
        }
        let start = |Config { keys, rules, .. }: &Config| {
            let keys = match keys {
                Keys::Fixed(key) => Jwks::fixed(Arc::clone(key)),
                Keys::Url(address) => Jwks::start(address, pace),
            };
            Issuer { rules: rules.clone(), keys }
        };
        Self {
            issuers: issuers.iter().map(start).collect(),
            locations,
            verified: Cache::with_weighter(10_000, CACHE_BYTES, Weight),
        }
    }

    /// The session of the token that a request has; nothing when it has none.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Identity>, Denied> {
        let role = headers.get(ROLE_HEADER).map(HeaderValue::as_bytes);
        let (mut first, mut offered) = (None, Vec::new());
        for (location, place) in self.locations.iter().enumerate() {
            let Some(token) = place.token(headers)? else { continue };
            if token.len() > MAX_BYTES {
                return Err(unverified(&Invalid::TooLarge));
            }
            let key = KeyRef { location, token, role };
            // Nearly every request has one token, for which no list is needed.
            match first {
                None => first = Some(key),
                Some(_) => offered.push(key),
            }
        }
        let Some(first) = first else { return Ok(None) };
        if offered.is_empty()
            && let Some(identity) = self.recall(first)
        {
            return Ok(Some(identity));
        }
        offered.push(first);
        let (key, token, issuer) = self.choose(&offered)?;
        self.verify(key, token, issuer).await.map(Some)
    }

    /// What is known of a token, unless it is over or was verified with keys that are no more.
    fn recall(&self, key: KeyRef<'_>) -> Option<Identity> {
        let verified = self.verified.get(&key)?;
        let is_over = verified.until.is_some_and(|until| SystemTime::now() >= until);
        if is_over || verified.generation != self.issuers[verified.issuer].keys.generation() {
            return None;
        }
        Some(Identity::of_token(verified.session, verified.until))
    }

    /// Which token counts, and whose it is: the only one that can be from an issuer who puts it there.
    fn choose<'a>(&self, offered: &[KeyRef<'a>]) -> Result<(KeyRef<'a>, Token<'a>, usize), Denied> {
        let mut chosen = None;
        for key in offered {
            let token = Token::parse(key.token).map_err(|invalid| unverified(&invalid))?;
            let can_be_from = |Issuer { rules, .. }: &Issuer| {
                let is_there = rules.location == self.locations[key.location];
                // A single issuer is asked whatever the token says, since its signature is the better proof.
                let is_alone = self.issuers.len() == 1;
                let is_named = match (&rules.issuer, token.issuer()) {
                    (Some(expected), Some(issuer)) => expected == issuer,
                    _ => true,
                };
                is_there && (is_alone || is_named)
            };
            let mut issuers = (0..self.issuers.len()).filter(|index| can_be_from(&self.issuers[*index]));
            let Some(issuer) = issuers.next() else { continue };
            if chosen.is_some() || issuers.next().is_some() {
                return Err(denied(Code::InvalidHeaders, "Could not verify JWT: Multiple JWTs found"));
            }
            chosen = Some((*key, token, issuer));
        }
        chosen.ok_or_else(|| unverified(&Invalid::NotInIssuer))
    }

    async fn verify(&self, key: KeyRef<'_>, token: Token<'_>, issuer: usize) -> Result<Identity, Denied> {
        let keys = &self.issuers[issuer].keys;
        let mut key_set = keys.current();
        let mut verified = token.verify(&key_set.keys);
        if verified.is_err()
            && token.algorithm.is_some()
            && !key_set.knows(token.kid.as_deref())
            // Boxed, because it is rare and must not make every request's state larger.
            && let Some(newer) = Box::pin(keys.refetch(&key_set)).await
        {
            verified = token.verify(&newer.keys);
            key_set = newer;
        }
        verified.map_err(|invalid| unverified(&invalid))?;
        self.admit(key, &token, issuer, key_set.generation)
    }

    /// Makes a session of a token whose signature is right, and remembers it.
    fn admit(
        &self,
        key: KeyRef<'_>,
        token: &Token<'_>,
        issuer: usize,
        generation: u64,
    ) -> Result<Identity, Denied> {
        let rules = &self.issuers[issuer].rules;
        let times = token.check_times(SystemTime::now(), rules.skew);
        let until = times.map_err(|invalid| unverified(&invalid))?;
        if let Some(expected) = &rules.issuer
            && token.issuer() != Some(expected)
        {
            return Err(unverified(&Invalid::NotInIssuer));
        }
        if let Some(expected) = &rules.audience
            && !is_for(expected, token.claims.get("aud"))
        {
            return Err(unverified(&Invalid::NotInAudience));
        }
        let claims = claims::read(&rules.mapping, &token.claims).map_err(refused)?;
        let role = match key.role {
            None => claims.default_role,
            Some(role) => String::from_utf8_lossy(role).into_owned(),
        };
        if !claims.allowed_roles.contains(&role) {
            return Err(denied(Code::AccessDenied, "Your requested role is not in allowed roles"));
        }
        let mut variables = vec![(ROLE_HEADER.into(), role.clone().into())];
        variables.extend(claims.variables);
        let session = Arc::new(Session { role: role.into(), variables });
        let verified = Verified { session: Arc::clone(&session), until, issuer, generation };
        let key = Key { location: key.location, token: key.token.into(), role: key.role.map(Into::into) };
        self.verified.insert(key, verified);
        Ok(Identity::of_token(session, until))
    }
}

impl Identity {
    fn of_token(session: Arc<Session>, until: Option<SystemTime>) -> Self {
        Self { session: Held::Shared(session), until, set_cookies: Vec::new() }
    }
}

impl Location {
    /// The token that a request has at this place.
    fn token<'a>(&self, headers: &'a HeaderMap) -> Result<Option<&'a [u8]>, Denied> {
        match self {
            Self::Authorization => {
                let malformed = || denied(Code::InvalidHeaders, "Malformed Authorization header");
                let mut values = headers.get_all(AUTHORIZATION).iter();
                let Some(value) = values.next() else { return Ok(None) };
                // Of two, whoever stands in front of us may have looked at the other.
                if values.next().is_some() {
                    return Err(malformed());
                }
                let mut words = value.as_bytes().split(|byte| *byte == b' ').filter(|word| !word.is_empty());
                match (words.next(), words.next(), words.next()) {
                    (Some(scheme), Some(token), None) if scheme.eq_ignore_ascii_case(b"bearer") => {
                        Ok(Some(token))
                    }
                    _ => Err(malformed()),
                }
            }
            Self::Cookie(name) => {
                let lines = headers
                    .get_all(COOKIE)
                    .iter()
                    .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
                let mut tokens = lines.filter_map(|pair| {
                    let pair = pair.trim_ascii();
                    let value = pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
                    let unquoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
                    Some(unquoted.unwrap_or(value)).filter(|value| !value.is_empty())
                });
                Ok(tokens.next())
            }
            Self::Header(name) => Ok(headers
                .get(name)
                .map(|value| value.as_bytes().trim_ascii())
                .filter(|value| !value.is_empty())),
        }
    }
}

/// Whether a token is meant for one of these.
fn is_for(expected: &[String], audience: Option<&Value>) -> bool {
    let is_expected = |name: &Value| name.as_str().is_some_and(|name| expected.iter().any(|own| own == name));
    match audience {
        Some(Value::Array(several)) => several.iter().any(is_expected),
        Some(one) => is_expected(one),
        None => false,
    }
}

fn unverified(invalid: &Invalid) -> Denied {
    denied(Code::InvalidJwt, format!("Could not verify JWT: {invalid}"))
}

/// A caller without a token, where nobody may be without.
pub(super) fn no_token() -> Denied {
    denied(Code::InvalidHeaders, "Missing 'Authorization' or 'Cookie' header in JWT authentication mode")
}

fn denied(code: Code, message: impl Into<String>) -> Denied {
    refused(Refusal::new(code, "$", message))
}

fn refused(refusal: Refusal) -> Denied {
    Denied { status: StatusCode::BAD_REQUEST, refusal }
}
