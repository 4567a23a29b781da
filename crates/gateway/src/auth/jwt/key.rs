//! Keys: what a configuration or a key set says, made ready to verify signatures.
//!
//! A key is the list of what it can verify. An algorithm that is not in the list does not exist for it, so that no header of a
//! token can talk a public key into being a shared secret. The cryptography is that below TLS (aws-lc), because the
//! libraries for tokens lack ES512 and look for keys in certificates by guessing.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rustls::pki_types::CertificateDer;
use serde::Deserialize;
use serde_json::Value;
use webpki::EndEntityCert;

/// Fewest bytes of an RSA modulus, as RFC 7518 wants.
const MIN_RSA_BYTES: usize = 2048 / 8;

/// Most keys of one set; more only cost time.
const MAX_KEYS: usize = 100;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSA, PKCS #1, with SHA-256.
    Rs256,
    /// RSA, PKCS #1, with SHA-384.
    Rs384,
    /// RSA, PKCS #1, with SHA-512.
    Rs512,
    /// RSA, PSS, with SHA-256.
    Ps256,
    /// RSA, PSS, with SHA-384.
    Ps384,
    /// RSA, PSS, with SHA-512.
    Ps512,
    /// The curve P-256 with SHA-256.
    Es256,
    /// The curve P-384 with SHA-384.
    Es384,
    /// The curve P-521 with SHA-512.
    Es512,
    /// Ed25519.
    EdDsa,
}

use Algorithm::{EdDsa, Es256, Es384, Es512, Hs256, Hs384, Hs512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};

const HMACS: [Algorithm; 3] = [Hs256, Hs384, Hs512];
const RSAS: [Algorithm; 6] = [Rs256, Rs384, Rs512, Ps256, Ps384, Ps512];

/// One key.
#[derive(Debug)]
pub struct Key {
    /// Its name in a key set.
    pub kid: Option<String>,
    verifies: Vec<(Algorithm, Verifier)>,
}

enum Verifier {
    Hmac(Box<hmac::Key>),
    Public(ParsedPublicKey),
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<REDACTED>")
    }
}

impl Key {
    /// The key of a configuration: `kind` says what `text` is, a secret, or a public key or certificate as PEM.
    pub fn configured(kind: &str, text: &str) -> Result<Self, String> {
        let algorithm = match kind {
            "Ed25519" => EdDsa,
            _ => kind.parse().map_err(|_| format!("Key type: {kind} is not supported"))?,
        };
        let verifies = if HMACS.contains(&algorithm) {
            let least = algorithm.hash_length();
            if text.len() < least {
                return Err(format!("the key of {kind} needs at least {least} bytes"));
            }
            hmacs(text.as_bytes())
        } else {
            let family: &[Algorithm] = if RSAS.contains(&algorithm) { &RSAS } else { &[algorithm] };
            let der = public_key(text)?;
            // What encodes a modulus is longer than the modulus.
            let is_short = RSAS.contains(&algorithm) && der.len() < MIN_RSA_BYTES;
            let verifies = if is_short { None } else { publics(family, &der) };
            verifies.ok_or_else(|| format!("the key is not one of {kind}, or is too short"))?
        };
        Ok(Self { kid: None, verifies })
    }

    /// Whether it has anything to say of such signatures.
    pub fn can_verify(&self, algorithm: Algorithm) -> bool {
        self.verifies.iter().any(|(own, _)| *own == algorithm)
    }

    /// Whether it made the signature.
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let verifier = self.verifies.iter().find(|(own, _)| *own == algorithm);
        match verifier.map(|(_, verifier)| verifier) {
            None => false,
            // Takes the same time wherever the difference is.
            Some(Verifier::Hmac(key)) => hmac::verify(key, message, signature).is_ok(),
            Some(Verifier::Public(key)) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

/// One entry of a key set, as far as it matters.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The usable keys of a set. Keys of a kind that is not known here, or for encryption, are nobody's mistake and left out.
///
/// A shared secret has no business in a set that everybody can read, and is left out too.
pub fn read_set(body: &[u8]) -> Result<Vec<Key>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(body).map_err(|error| format!("it is not a JWK set: {error}"))?;
    let entries = set.keys.into_iter().take(MAX_KEYS).filter_map(|entry| serde_json::from_value(entry).ok());
    let keys: Vec<Key> = entries.filter_map(of_jwk).collect();
    if keys.is_empty() { Err("no key in it can be used".to_owned()) } else { Ok(keys) }
}

fn of_jwk(jwk: Jwk) -> Option<Key> {
    if jwk.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let decode = |part: Option<String>| BASE64_URL_SAFE_NO_PAD.decode(part?.trim_end_matches('=')).ok();
    let mut verifies = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => {
            let without_zeros = |bytes: Vec<u8>| {
                let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
                bytes[first..].to_vec()
            };
            let (n, e) = (without_zeros(decode(jwk.n)?), without_zeros(decode(jwk.e)?));
            if n.len() < MIN_RSA_BYTES {
                return None;
            }
            let components = PublicKeyComponents { n, e };
            let parsed = RSAS.map(|algorithm| {
                let key = components.to_parsed_public_key(algorithm.rsa_parameters()?).ok()?;
                Some((algorithm, Verifier::Public(key)))
            });
            parsed.into_iter().flatten().collect()
        }
        ("EC", Some(curve)) => {
            let (algorithm, size): (_, usize) = match curve {
                "P-256" => (Es256, 32),
                "P-384" => (Es384, 48),
                "P-521" => (Es512, 66),
                _ => return None,
            };
            // An uncompressed point. Some issuers drop the zeros that a coordinate begins with.
            let mut point = vec![4];
            for coordinate in [decode(jwk.x)?, decode(jwk.y)?] {
                point.resize(point.len() + size.checked_sub(coordinate.len())?, 0);
                point.extend(coordinate);
            }
            publics(&[algorithm], &point)?
        }
        ("OKP", Some("Ed25519")) => publics(&[EdDsa], &decode(jwk.x)?)?,
        _ => return None,
    };
    if let Some(only) = &jwk.alg {
        // Some call the algorithm by its curve.
        let only = if only == "Ed25519" { Some(EdDsa) } else { only.parse().ok() };
        verifies.retain(|(algorithm, _)| Some(*algorithm) == only);
    }
    (!verifies.is_empty()).then_some(Key { kid: jwk.kid, verifies })
}

/// A secret verifies what it is long enough for.
fn hmacs(secret: &[u8]) -> Vec<(Algorithm, Verifier)> {
    let long_enough = HMACS.into_iter().filter(|algorithm| secret.len() >= algorithm.hash_length());
    let key = |algorithm| {
        let hash = match algorithm {
            Hs256 => hmac::HMAC_SHA256,
            Hs384 => hmac::HMAC_SHA384,
            _ => hmac::HMAC_SHA512,
        };
        (algorithm, Verifier::Hmac(Box::new(hmac::Key::new(hash, secret))))
    };
    long_enough.map(key).collect()
}

/// A public key of a family; nothing when it is not one.
fn publics(family: &[Algorithm], bytes: &[u8]) -> Option<Vec<(Algorithm, Verifier)>> {
    let parse = |algorithm: &Algorithm| {
        let key = ParsedPublicKey::new(algorithm.parameters()?, bytes).ok()?;
        Some((*algorithm, Verifier::Public(key)))
    };
    family.iter().map(parse).collect()
}

/// The public key that a PEM text holds, as it is or in a certificate.
fn public_key(text: &str) -> Result<Vec<u8>, String> {
    let none = || "the key is neither a public key nor a certificate as PEM".to_owned();
    let (_, begun) = text.split_once("-----BEGIN ").ok_or_else(none)?;
    let (label, rest) = begun.split_once("-----").ok_or_else(none)?;
    let (encoded, _) = rest.split_once("-----END ").ok_or_else(none)?;
    let encoded: String = encoded.chars().filter(|char| !char.is_whitespace()).collect();
    let der = BASE64_STANDARD.decode(encoded).map_err(|_| none())?;
    match label {
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Ok(der),
        "CERTIFICATE" => {
            let der = CertificateDer::from(der);
            let certificate = EndEntityCert::try_from(&der)
                .map_err(|error| format!("the certificate cannot be read: {error}"))?;
            Ok(certificate.subject_public_key_info().as_ref().to_vec())
        }
        _ if label.contains("PRIVATE") => {
            Err("the key is a private one; only its public half belongs here".to_owned())
        }
        _ => Err(none()),
    }
}

impl Algorithm {
    fn hash_length(self) -> usize {
        match self {
            Hs256 | Rs256 | Ps256 | Es256 => 32,
            Hs384 | Rs384 | Ps384 | Es384 => 48,
            Hs512 | Rs512 | Ps512 | Es512 | EdDsa => 64,
        }
    }

    fn rsa_parameters(self) -> Option<&'static signature::RsaParameters> {
        Some(match self {
            Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
            Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
            Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        })
    }

    /// What verifies such signatures with a public key.
    fn parameters(self) -> Option<&'static dyn VerificationAlgorithm> {
        Some(match self {
            Es256 => &signature::ECDSA_P256_SHA256_FIXED,
            Es384 => &signature::ECDSA_P384_SHA384_FIXED,
            Es512 => &signature::ECDSA_P521_SHA512_FIXED,
            EdDsa => &signature::ED25519,
            _ => return self.rsa_parameters().map(|parameters| parameters as &dyn VerificationAlgorithm),
        })
    }
}

/// As a token's header spells it.
impl FromStr for Algorithm {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Ok(match name {
            "HS256" => Hs256,
            "HS384" => Hs384,
            "HS512" => Hs512,
            "RS256" => Rs256,
            "RS384" => Rs384,
            "RS512" => Rs512,
            "PS256" => Ps256,
            "PS384" => Ps384,
            "PS512" => Ps512,
            "ES256" => Es256,
            "ES384" => Es384,
            "ES512" => Es512,
            "EdDSA" => EdDsa,
            _ => return Err(()),
        })
    }
}
