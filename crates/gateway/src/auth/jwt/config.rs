//! What an issuer of tokens is to us: the JSON of `--jwt-secret`, read and checked.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;
use serde_json::{Map, Value, json};

use crate::auth::SESSION_PREFIX;
use crate::auth::jwt::claims::{ALLOWED_ROLES, DEFAULT_ROLE, Each, Mapping, Origin, Place};
use crate::auth::jwt::key::Key;
use crate::auth::jwt::path::Path;
use crate::upstream::endpoint::Address;

const DEFAULT_NAMESPACE: &str = "https://hasura.io/jwt/claims";

/// One issuer.
#[derive(Debug)]
pub struct Config {
    /// What its signatures are checked with.
    pub keys: Keys,
    /// What is asked of its tokens besides.
    pub rules: Rules,
    /// Keys of the configuration that mean nothing.
    pub unknown: Vec<String>,
    /// As `/v1alpha1/config` shows it.
    pub shown: Value,
}

/// What is asked of a token besides its signature.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Where a token has what concerns us.
    pub mapping: Mapping,
    /// Of these a token has to name one.
    pub audience: Option<Vec<String>>,
    /// What a token has to name as its issuer.
    pub issuer: Option<String>,
    /// How far clocks may be apart.
    pub skew: Duration,
    /// Where a request has the token.
    pub location: Location,
}

/// What signatures are checked with.
#[derive(Debug)]
pub enum Keys {
    /// A key of the configuration.
    Fixed(Arc<Key>),
    /// A key set, which is fetched.
    Url(Address),
}

/// Where a request has the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// `Authorization: Bearer …`.
    Authorization,
    /// The cookie of this name.
    Cookie(String),
    /// This header, whose value is the token.
    Header(HeaderName),
}

impl Config {
    /// Reads the JSON of one issuer. Messages never show a key.
    pub fn parse(text: &str) -> Result<Self, String> {
        // The decoder's own message could show a part of the text.
        let object = serde_json::from_str(text).map_err(|_| "it is not a JSON object".to_owned())?;
        Self::read(object)
    }

    /// Reads the JSON array of several issuers.
    pub fn parse_several(text: &str) -> Result<Vec<Self>, String> {
        let objects: Vec<Map<String, Value>> =
            serde_json::from_str(text).map_err(|_| "it is not a JSON array of objects".to_owned())?;
        if objects.is_empty() {
            return Err("it is empty; unset it to have no tokens".to_owned());
        }
        let read = |(index, object)| Self::read(object).map_err(|why| format!("in element {index}: {why}"));
        objects.into_iter().enumerate().map(read).collect()
    }

    fn read(mut object: Map<String, Value>) -> Result<Self, String> {
        let mut take = |key: &str| object.remove(key).filter(|value| !value.is_null());
        let kind = text("type", take("type"))?;
        let keys = match (text("key", take("key"))?, text("jwk_url", take("jwk_url"))?) {
            (None, None) => return Err("key and jwk_url both cannot be empty".to_owned()),
            (Some(_), Some(_)) => return Err("key, jwk_url both cannot be present".to_owned()),
            (Some(key), None) => {
                let kind = kind.ok_or("type is missing; it says what key is, for instance HS256")?;
                let key = Key::configured(&kind, &key).map_err(|why| format!("Invalid JWK: {why}"))?;
                Keys::Fixed(Arc::new(key))
            }
            (None, Some(url)) => Keys::Url(url.parse().map_err(|why| format!("jwk_url: {why}"))?),
        };
        let (mapping, shown) = mapping(
            take("claims_map"),
            text("claims_namespace", take("claims_namespace"))?,
            text("claims_namespace_path", take("claims_namespace_path"))?,
            text("claims_format", take("claims_format"))?.as_deref(),
        )?;
        let audience = match take("audience") {
            None => None,
            Some(Value::String(one)) => Some(vec![one]),
            Some(several) => {
                let several = serde_json::from_value(several);
                Some(several.map_err(|_| "audience is neither a string nor a list of strings")?)
            }
        };
        let skew = take("allowed_skew").map_or(Some(0.0), |skew| skew.as_f64());
        let skew = skew.and_then(|skew| Duration::try_from_secs_f64(skew).ok());
        let issuer = text("issuer", take("issuer"))?;
        let location = location(take("header"))?;
        let skew = skew.ok_or("allowed_skew is not a number of seconds")?;
        Ok(Self {
            keys,
            rules: Rules { mapping, audience, issuer, skew, location },
            unknown: object.into_iter().map(|(key, _)| key).collect(),
            shown,
        })
    }
}

fn text(key: &str, value: Option<Value>) -> Result<Option<String>, String> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{key} is not a string")),
    }
}

fn path(text: &str) -> Result<Path, String> {
    text.parse()
}

/// Where claims are, and the same as `/v1alpha1/config` has it.
fn mapping(
    map: Option<Value>,
    namespace: Option<String>,
    namespace_path: Option<String>,
    format: Option<&str>,
) -> Result<(Mapping, Value), String> {
    let is_text = match format {
        None | Some("json") => false,
        Some("stringified_json") => true,
        Some(_) => return Err("claims_format is neither json nor stringified_json".to_owned()),
    };
    let shown_format = if is_text { "stringified_json" } else { "json" };
    let shown = |namespace: Value, map: &Value| json!({"claims_namespace": namespace, "claims_format": shown_format, "claims_map": map});
    if let Some(map) = map {
        let shown = shown(Value::Null, &map);
        return Ok((claims_map(map)?, shown));
    }
    let (at, shown) = match (namespace, namespace_path) {
        (Some(_), Some(_)) => {
            return Err("claims_namespace and claims_namespace_path both cannot be set".to_owned());
        }
        (None, Some(text)) => {
            let shown = shown(json!({"claims_namespace_path": text}), &Value::Null);
            (Place::Path(path(&text).map_err(|why| format!("claims_namespace_path: {why}"))?), shown)
        }
        (namespace, None) => {
            let key = namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
            let shown = shown(json!({"claims_namespace": key}), &Value::Null);
            (Place::Key(key), shown)
        }
    };
    Ok((Mapping::Namespace { at, is_text }, shown))
}

fn claims_map(map: Value) -> Result<Mapping, String> {
    let Value::Object(map) = map else { return Err("claims_map is not an object".to_owned()) };
    let (mut allowed_roles, mut default_role, mut variables) = (None, None, Vec::new());
    for (name, value) in map {
        let name = name.to_ascii_lowercase();
        let origin = match value {
            Value::Object(mut object) if object.get("path").is_some_and(Value::is_string) => {
                let text = object["path"].as_str().unwrap_or_default();
                let path = path(text).map_err(|why| format!("claims_map, {name}: {why}"))?;
                Origin::Path(path, object.remove("default"))
            }
            literal => Origin::Literal(literal),
        };
        // A value of the configuration can be checked now; one of a token only when the token comes.
        let known = match &origin {
            Origin::Literal(value) => Some(value),
            Origin::Path(_, default) => default.as_ref(),
        };
        let is_list =
            known.is_none_or(|known| known.as_array().is_some_and(|list| list.iter().all(Value::is_string)));
        let is_text = known.is_none_or(Value::is_string);
        match name.as_str() {
            ALLOWED_ROLES if !is_list => {
                return Err(format!("claims_map, {name}: it must be a list of roles or have a path"));
            }
            ALLOWED_ROLES => allowed_roles = Some(origin),
            _ if !is_text => return Err(format!("claims_map, {name}: it must be a string or have a path")),
            DEFAULT_ROLE => default_role = Some(origin),
            _ if name.starts_with(SESSION_PREFIX) => variables.push((name, origin)),
            _ => return Err(format!("claims_map, {name}: names begin with x-hasura-")),
        }
    }
    let missing = |name: &str| format!("claims_map has no {name}");
    Ok(Mapping::Each(Box::new(Each {
        allowed_roles: allowed_roles.ok_or_else(|| missing(ALLOWED_ROLES))?,
        default_role: default_role.ok_or_else(|| missing(DEFAULT_ROLE))?,
        variables,
    })))
}

fn location(header: Option<Value>) -> Result<Location, String> {
    let Some(header) = header else { return Ok(Location::Authorization) };
    let field = |key: &str| header.get(key).and_then(Value::as_str);
    let kind = field("type").ok_or("header is not an object with a type")?;
    let named = || field("name").filter(|name| !name.is_empty());
    match kind.to_ascii_lowercase().as_str() {
        "authorization" => Ok(Location::Authorization),
        "cookie" => {
            Ok(Location::Cookie(named().ok_or("header of type Cookie needs the cookie's name")?.to_owned()))
        }
        "customheader" => {
            let name = named().ok_or("header of type CustomHeader needs the header's name")?;
            let name = name.parse().map_err(|_| format!("\"{name}\" cannot be the name of a header"))?;
            Ok(Location::Header(name))
        }
        _ => Err("the type of header is none of Authorization, Cookie, CustomHeader".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a configuration.
    fn error(text: &str) -> String {
        Config::parse(text).map(|config| format!("{config:?}")).unwrap_err()
    }

    /// 1,024 bits.
    const SHORT_RSA: &str = r"-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDcQ6Fvc5V8ekqHRQ0KY/x3qcOw\neKfRr6zuau5YLiuUCC5YOfxinwp5ktoejlYSD8K14rJzQqdC6VNeVQ0D6t8Eq7rb\nRT3ZUwFEbFmIWDAOxueYPVxhVwfyJnKaLmZDkiqfGMDpbpi/1vG22SGLDfQOQ7cn\nWf0d6FBQO80hDRieIQIDAQAB\n-----END PUBLIC KEY-----";

    const LONG: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn mistakes_are_told_without_the_key() {
        let with = |members: &str| format!(r#"{{"type":"HS256","key":"{LONG}",{members}}}"#);
        for (text, expected) in [
            ("hunter2", "it is not a JSON object"),
            ("[]", "it is not a JSON object"),
            ("{}", "key and jwk_url both cannot be empty"),
            (
                r#"{"type":"HS256","key":"hunter2","jwk_url":"http://a"}"#,
                "key, jwk_url both cannot be present",
            ),
            (r#"{"key":"hunter2"}"#, "type is missing; it says what key is, for instance HS256"),
            (r#"{"type":"HS257","key":"hunter2"}"#, "Invalid JWK: Key type: HS257 is not supported"),
            (r#"{"type":"none","key":"hunter2"}"#, "Invalid JWK: Key type: none is not supported"),
            (r#"{"type":"HS256","key":"hunter2"}"#, "Invalid JWK: the key of HS256 needs at least 32 bytes"),
            (
                &format!(r#"{{"type":"HS384","key":"{LONG}"}}"#),
                "Invalid JWK: the key of HS384 needs at least 48 bytes",
            ),
            (
                &format!(r#"{{"type":"HS512","key":"{LONG}"}}"#),
                "Invalid JWK: the key of HS512 needs at least 64 bytes",
            ),
            (
                r#"{"type":"RS256","key":"hunter2"}"#,
                "Invalid JWK: the key is neither a public key nor a certificate as PEM",
            ),
            (
                r#"{"type":"RS256","key":"-----BEGIN PUBLIC KEY-----\naHVudGVyMg==\n-----END PUBLIC KEY-----"}"#,
                "Invalid JWK: the key is not one of RS256, or is too short",
            ),
            (
                r#"{"type":"RS256","key":"-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----"}"#,
                "Invalid JWK: the key is a private one; only its public half belongs here",
            ),
            (
                &format!(r#"{{"type":"RS256","key":"{SHORT_RSA}"}}"#),
                "Invalid JWK: the key is not one of RS256, or is too short",
            ),
            (
                &format!(r#"{{"type":"ES256","key":"{SHORT_RSA}"}}"#),
                "Invalid JWK: the key is not one of ES256, or is too short",
            ),
            (r#"{"type":1,"key":"hunter2"}"#, "type is not a string"),
            (r#"{"type":"HS256","key":["hunter2"]}"#, "key is not a string"),
            (r#"{"jwk_url":"ftp://a.example/"}"#, "jwk_url: it is not an http or https URL"),
            (r#"{"jwk_url":"a.example/jwks"}"#, "jwk_url: it is not an http or https URL"),
            (
                &with(r#""claims_namespace":"a","claims_namespace_path":"$.a""#),
                "claims_namespace and claims_namespace_path both cannot be set",
            ),
            (
                &with(r#""claims_namespace_path":"$.a..b""#),
                "claims_namespace_path: \"$.a..b\" is not a path such as $.a['b c'][0]: at 3 of 6 bytes",
            ),
            (&with(r#""claims_format":"xml""#), "claims_format is neither json nor stringified_json"),
            (&with(r#""audience":1"#), "audience is neither a string nor a list of strings"),
            (&with(r#""audience":["a",1]"#), "audience is neither a string nor a list of strings"),
            (&with(r#""issuer":["a"]"#), "issuer is not a string"),
            (&with(r#""allowed_skew":"30""#), "allowed_skew is not a number of seconds"),
            (&with(r#""allowed_skew":-1"#), "allowed_skew is not a number of seconds"),
            (&with(r#""header":"Authorization""#), "header is not an object with a type"),
            (&with(r#""header":{"type":"Cookie"}"#), "header of type Cookie needs the cookie's name"),
            (
                &with(r#""header":{"type":"CustomHeader","name":""}"#),
                "header of type CustomHeader needs the header's name",
            ),
            (
                &with(r#""header":{"type":"CustomHeader","name":"a b"}"#),
                "\"a b\" cannot be the name of a header",
            ),
            (
                &with(r#""header":{"type":"Query"}"#),
                "the type of header is none of Authorization, Cookie, CustomHeader",
            ),
            (&with(r#""claims_map":[]"#), "claims_map is not an object"),
            (&with(r#""claims_map":{}"#), "claims_map has no x-hasura-allowed-roles"),
            (
                &with(r#""claims_map":{"x-hasura-allowed-roles":["a"]}"#),
                "claims_map has no x-hasura-default-role",
            ),
            (
                &with(r#""claims_map":{"x-hasura-allowed-roles":"a"}"#),
                "claims_map, x-hasura-allowed-roles: it must be a list of roles or have a path",
            ),
            (
                &with(r#""claims_map":{"x-hasura-default-role":["a"]}"#),
                "claims_map, x-hasura-default-role: it must be a string or have a path",
            ),
            (
                &with(r#""claims_map":{"x-hasura-user-id":{"path":"$.a","default":7}}"#),
                "claims_map, x-hasura-user-id: it must be a string or have a path",
            ),
            (
                &with(r#""claims_map":{"x-hasura-user-id":{"path":"$["}}"#),
                "claims_map, x-hasura-user-id: \"$[\" is not a path such as $.a['b c'][0]: at 1 of 2 bytes",
            ),
            (&with(r#""claims_map":{"user-id":"7"}"#), "claims_map, user-id: names begin with x-hasura-"),
        ] {
            let message = error(text);
            assert_eq!(message, expected, "{text}");
            assert!(!message.contains("hunter2") && !message.contains(LONG), "{message}");
        }
    }

    #[test]
    fn several_issuers_are_counted() {
        for (text, expected) in [
            ("{}", "it is not a JSON array of objects"),
            ("[]", "it is empty; unset it to have no tokens"),
            (r#"[{"jwk_url":"http://a"},{}]"#, "in element 1: key and jwk_url both cannot be empty"),
        ] {
            assert_eq!(Config::parse_several(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        let config =
            Config::parse(r#"{"jwk_url":"https://id.example/jwks","audiance":"a","issuer":null}"#).unwrap();
        let namespace = Place::Key(DEFAULT_NAMESPACE.to_owned());
        assert_eq!(config.rules.mapping, Mapping::Namespace { at: namespace, is_text: false });
        assert_eq!((config.rules.audience, config.rules.issuer), (None, None));
        assert_eq!((config.rules.skew, config.rules.location), (Duration::ZERO, Location::Authorization));
        assert_eq!(config.unknown, ["audiance"]);
    }

    #[test]
    fn keys_are_not_shown() {
        let config = Config::parse(&format!(r#"{{"type":"HS256","key":"{LONG}"}}"#)).unwrap();
        assert!(!format!("{config:?}").contains(LONG));
    }
}
