//! Keys that sign tokens, and what is published of them.

use anyhow::{Context as _, bail};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding,
};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A key of one algorithm.
#[derive(Debug)]
pub struct Signer {
    algorithm: String,
    kid: Option<String>,
    key: Key,
}

#[derive(Debug)]
enum Key {
    Hmac(hmac::Algorithm, String),
    Rsa(&'static dyn RsaEncoding, Box<rsa::KeyPair>),
    Ec(Box<EcdsaKeyPair>),
    Ed(Box<Ed25519KeyPair>),
}

impl Signer {
    /// A new key for `HS…`, `RS…`, `PS…` or `ES…` with 256, 384 or 512, or for `EdDSA`.
    pub fn new(algorithm: &str) -> anyhow::Result<Self> {
        let rsa =
            |encoding| anyhow::Ok(Key::Rsa(encoding, Box::new(rsa::KeyPair::generate(KeySize::Rsa2048)?)));
        let ec = |curve: &'static EcdsaSigningAlgorithm| {
            anyhow::Ok(Key::Ec(Box::new(EcdsaKeyPair::generate(curve)?)))
        };
        let key = match algorithm {
            "HS256" => Key::Hmac(hmac::HMAC_SHA256, random_text(32)?),
            "HS384" => Key::Hmac(hmac::HMAC_SHA384, random_text(48)?),
            "HS512" => Key::Hmac(hmac::HMAC_SHA512, random_text(64)?),
            "RS256" => rsa(&signature::RSA_PKCS1_SHA256)?,
            "RS384" => rsa(&signature::RSA_PKCS1_SHA384)?,
            "RS512" => rsa(&signature::RSA_PKCS1_SHA512)?,
            "PS256" => rsa(&signature::RSA_PSS_SHA256)?,
            "PS384" => rsa(&signature::RSA_PSS_SHA384)?,
            "PS512" => rsa(&signature::RSA_PSS_SHA512)?,
            "ES256" => ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)?,
            "ES384" => ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING)?,
            "ES512" => ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING)?,
            "EdDSA" => Key::Ed(Box::new(Ed25519KeyPair::generate()?)),
            _ => bail!("no key can be made for \"{algorithm}\""),
        };
        Ok(Self { algorithm: algorithm.to_owned(), kid: None, key })
    }

    /// An HMAC key with a known text.
    pub fn of_secret(algorithm: &str, secret: &str) -> anyhow::Result<Self> {
        let signer = Self::new(algorithm)?;
        let Key::Hmac(hash, _) = signer.key else { bail!("\"{algorithm}\" has no secret") };
        Ok(Self { key: Key::Hmac(hash, secret.to_owned()), ..signer })
    }

    /// The same with a name.
    #[must_use]
    pub fn named(mut self, kid: &str) -> Self {
        self.kid = Some(kid.to_owned());
        self
    }

    /// What the `alg` of its tokens is.
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// A token over these claims.
    pub fn token(&self, claims: &Value) -> anyhow::Result<String> {
        let mut header = json!({"typ": "JWT", "alg": self.algorithm});
        if let Some(kid) = &self.kid {
            header["kid"] = json!(kid);
        }
        self.token_with_header(&header, claims)
    }

    /// A token whose header says what it likes; it is signed with this key all the same.
    pub fn token_with_header(&self, header: &Value, claims: &Value) -> anyhow::Result<String> {
        let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = self.sign(message.as_bytes())?;
        Ok(format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }

    fn sign(&self, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        let random = SystemRandom::new();
        Ok(match &self.key {
            Key::Hmac(hash, secret) => {
                hmac::sign(&hmac::Key::new(*hash, secret.as_bytes()), message).as_ref().to_vec()
            }
            Key::Rsa(encoding, pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)?;
                signature
            }
            Key::Ec(pair) => pair.sign(&random, message)?.as_ref().to_vec(),
            Key::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        })
    }

    /// What a key set says of it: the public key, or the secret itself.
    pub fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.key {
            Key::Hmac(_, secret) => json!({"kty": "oct", "k": encode(secret.as_bytes())}),
            Key::Rsa(_, pair) => {
                // In DER all keys of 2048 bits begin with nine bytes that only tell lengths, and end with the exponent.
                let n = &pair.public_key().as_ref()[9..][..256];
                json!({"kty": "RSA", "n": encode(n), "e": "AQAB"})
            }
            Key::Ec(pair) => {
                // An uncompressed point: a byte that says so, and two coordinates.
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = match self.algorithm.as_str() {
                    "ES256" => "P-256",
                    "ES384" => "P-384",
                    _ => "P-521",
                };
                json!({"kty": "EC", "crv": curve, "x": encode(x), "y": encode(y)})
            }
            Key::Ed(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())}),
        };
        if let Some(kid) = &self.kid {
            jwk["kid"] = json!(kid);
        }
        jwk["alg"] = json!(self.algorithm);
        jwk["use"] = json!("sig");
        jwk
    }

    /// What the `key` of a gateway's configuration is: the public key as PEM, or the secret itself.
    pub fn key(&self) -> anyhow::Result<String> {
        let der: PublicKeyX509Der<'_> = match &self.key {
            Key::Hmac(_, secret) => return Ok(secret.clone()),
            Key::Rsa(_, pair) => pair.public_key().as_der()?,
            Key::Ec(pair) => pair.public_key().as_der()?,
            Key::Ed(pair) => pair.public_key().as_der()?,
        };
        let lines: Vec<String> = BASE64_STANDARD
            .encode(der.as_ref())
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        Ok(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")))
    }
}

fn random_text(length: usize) -> anyhow::Result<String> {
    let mut bytes = vec![0; length];
    rand::fill(&mut bytes).context("there is no randomness")?;
    let mut text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    text.truncate(length);
    Ok(text)
}
