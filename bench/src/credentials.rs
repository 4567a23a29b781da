//! Who the driver says it is, for the gateways that want to know.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use sha2::Sha256;

/// The gateways' admin secret.
pub const SECRET: &str = "bench-admin-secret";

/// The key of the tokens; as long as HS256 wants it.
pub const KEY: &str = "bench-key-of-thirty-two-bytes-or-more";

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// The admin secret.
    Secret,
    /// The same token each time.
    Token,
    /// A token that the gateway has not seen.
    NewToken,
}

impl Credentials {
    /// The header to send.
    pub fn header(self) -> Option<(HeaderName, HeaderValue)> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        static FIRST: LazyLock<HeaderValue> = LazyLock::new(|| bearer(0));
        match self {
            Self::None => None,
            Self::Secret => {
                Some((HeaderName::from_static("x-hasura-admin-secret"), HeaderValue::from_static(SECRET)))
            }
            Self::Token => Some((AUTHORIZATION, FIRST.clone())),
            Self::NewToken => Some((AUTHORIZATION, bearer(NEXT.fetch_add(1, Ordering::Relaxed)))),
        }
    }
}

/// A token of a user, as `Authorization` has it.
fn bearer(user: u64) -> HeaderValue {
    let claims = format!(
        r#"{{"sub":"{user}","exp":4102444800,"https://hasura.io/jwt/claims":{{"x-hasura-default-role":"user","x-hasura-allowed-roles":["user"],"x-hasura-user-id":"{user}"}}}}"#
    );
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(r#"{"alg":"HS256","typ":"JWT"}"#), encode(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("any length of key will do");
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    HeaderValue::try_from(format!("Bearer {signed}.{signature}")).expect("base64 is visible ASCII")
}
