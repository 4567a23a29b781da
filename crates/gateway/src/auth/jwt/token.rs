//! A token before it is believed, and what can be wrong with it.
//!
//! Three parts, base64url, between dots (RFC 7515, compact form). Nothing in it counts until a key of ours verified it; only
//! `kid` and `iss` are looked at before, to find that key.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::auth::jwt::key::{Algorithm, Key};

/// Longer ones are not looked at.
pub const MAX_BYTES: usize = 16 << 10;

/// A token, taken apart.
#[derive(Debug)]
pub struct Token<'a> {
    /// Which key signed it, as it says.
    pub kid: Option<String>,
    /// How it is signed; nothing for algorithms that do not exist here, `none` among them.
    pub algorithm: Option<Algorithm>,
    /// Its claims, not believed yet.
    pub claims: Map<String, Value>,
    message: &'a [u8],
    signature: Vec<u8>,
}

/// Why a token is not believed. The texts are those of the library that Hasura uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// It does not have the form of a token.
    Malformed(String),
    /// It is larger than [`MAX_BYTES`].
    TooLarge,
    /// There is no signature of a kind that is accepted.
    NoSignature,
    /// There is no key for such a signature.
    NoUsableKey,
    /// No key of ours made the signature.
    InvalidSignature,
    /// A standard claim is not of the type it must have.
    Claims(&'static str),
    /// It is over.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It comes from the future.
    IssuedAtFuture,
    /// It is for somebody else.
    NotInAudience,
    /// It is from somebody else.
    NotInIssuer,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "JWSError (CompactDecodeError {why})"),
            Self::TooLarge => write!(f, "it is larger than {MAX_BYTES} bytes"),
            Self::NoSignature => f.write_str("JWSError JWSNoSignatures"),
            Self::NoUsableKey => f.write_str("JWSError NoUsableKeys"),
            Self::InvalidSignature => f.write_str("JWSError JWSInvalidSignature"),
            Self::Claims(claim) => write!(f, "JWTClaimsSetDecodeError \"{claim}\""),
            Self::Expired => f.write_str("JWTExpired"),
            Self::NotYetValid => f.write_str("JWTNotYetValid"),
            Self::IssuedAtFuture => f.write_str("JWTIssuedAtFuture"),
            Self::NotInAudience => f.write_str("JWTNotInAudience"),
            Self::NotInIssuer => f.write_str("JWTNotInIssuer"),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that whoever reads the token has to understand. None is understood here.
    crit: Option<Value>,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub fn parse(text: &'a [u8]) -> Result<Self, Invalid> {
        if text.len() > MAX_BYTES {
            return Err(Invalid::TooLarge);
        }
        let parts: Vec<&[u8]> = text.split(|byte| *byte == b'.').collect();
        let [header, claims, signature] = parts[..] else {
            let n_parts = parts.len();
            let why = format!("Invalid number of parts: Expected 3 parts; got {n_parts}");
            return Err(Invalid::Malformed(why));
        };
        let decode = |part: &[u8], name: &str| {
            let decoded = BASE64_URL_SAFE_NO_PAD.decode(part);
            decoded.map_err(|_| Invalid::Malformed(format!("the {name} is not base64url")))
        };
        let wrong = |name: &str| Invalid::Malformed(format!("the {name} is not a JSON object as it must be"));
        let Header { alg, kid, crit } =
            serde_json::from_slice(&decode(header, "header")?).map_err(|_| wrong("header"))?;
        Ok(Self {
            kid,
            algorithm: if crit.is_none() { alg.parse().ok() } else { None },
            message: &text[..header.len() + 1 + claims.len()],
            claims: serde_json::from_slice(&decode(claims, "payload")?).map_err(|_| wrong("payload"))?,
            signature: decode(signature, "signature")?,
        })
    }

    /// Who issued it, as it says.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.get("iss").and_then(Value::as_str)
    }

    /// Whether one of these keys signed it.
    ///
    /// A `kid` that is known picks the key. One that is not known picks none, so all that fit are tried: they are all trusted.
    pub fn verify(&self, keys: &[Arc<Key>]) -> Result<(), Invalid> {
        let algorithm = self.algorithm.ok_or(Invalid::NoSignature)?;
        let picks = |key: &Key| self.kid.is_some() && key.kid == self.kid;
        let is_known = keys.iter().any(|key| picks(key));
        let mut usable =
            keys.iter().filter(|key| key.can_verify(algorithm) && (!is_known || picks(key))).peekable();
        if usable.peek().is_none() {
            return Err(Invalid::NoUsableKey);
        }
        match usable.any(|key| key.verifies(algorithm, self.message, &self.signature)) {
            true => Ok(()),
            false => Err(Invalid::InvalidSignature),
        }
    }

    /// Whether the standard claims allow its use now, and until when, if it says so.
    pub fn check_times(&self, now: SystemTime, skew: Duration) -> Result<Option<SystemTime>, Invalid> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let skew = skew.as_secs_f64();
        let seconds = |claim: &'static str| match self.claims.get(claim) {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or(Invalid::Claims(claim)),
        };
        let until = seconds("exp")?.map(|expiry| expiry + skew);
        if until.is_some_and(|until| now >= until) {
            return Err(Invalid::Expired);
        }
        if seconds("nbf")?.is_some_and(|begin| now < begin - skew) {
            return Err(Invalid::NotYetValid);
        }
        if seconds("iat")?.is_some_and(|issued| now < issued - skew) {
            return Err(Invalid::IssuedAtFuture);
        }
        // A time that no clock will show is no end.
        let since_epoch = until.and_then(|until| Duration::try_from_secs_f64(until).ok());
        Ok(since_epoch.and_then(|since_epoch| UNIX_EPOCH.checked_add(since_epoch)))
    }
}
