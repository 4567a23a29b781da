//! Who calls, in a case: keys that sign tokens, and the server that publishes them or is asked as a webhook.

use std::collections::BTreeMap;
use std::time::SystemTime;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::yaml;
use crate::Behaviour;
use crate::identity::{Place, Provider, Request, Signer};

/// What changes at the identity provider.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Change {
    /// The names of keys that its set has from now on; each is a `kid`.
    publish: Option<Vec<String>>,
    /// What the webhook answers, by the value of `Authorization`, empty for callers without one.
    sessions: BTreeMap<String, Value>,
    /// How the key set is served.
    jwks: Option<Behaviour>,
    /// How the webhook behaves.
    hook: Option<Behaviour>,
}

/// A token to send.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenOf {
    /// The name of the key that signs it.
    key: String,
    /// Members of its header, besides those that name algorithm and key; they may contradict those.
    #[serde(default)]
    header: Map<String, Value>,
    /// Its claims. A number of seconds from now is written `now+60`.
    claims: Map<String, Value>,
    /// Characters that are put behind it.
    #[serde(default)]
    suffix: String,
    /// The length of a claim that only makes it longer.
    #[serde(default)]
    pad: usize,
}

/// The identity provider of a case.
pub(super) struct Identity {
    provider: Provider,
    signers: BTreeMap<String, Signer>,
}

impl Identity {
    /// What a `yaml` block defines: `keys`, algorithms by names, with a secret behind the algorithm or without; and a first
    /// change.
    pub(super) async fn start(text: &str) -> anyhow::Result<Self> {
        let mut definition: Map<String, Value> = yaml(text)?;
        let keys = definition.remove("keys").unwrap_or_else(|| json!({}));
        let keys: BTreeMap<String, String> = serde_json::from_value(keys)?;
        let change: Change = serde_json::from_value(Value::Object(definition))?;
        let mut signers = BTreeMap::new();
        for (name, definition) in keys {
            let signer = match definition.split_once(' ') {
                Some((algorithm, secret)) => Signer::of_secret(algorithm, secret)?,
                None => Signer::new(&definition)?,
            };
            signers.insert(name.clone(), signer.named(&name));
        }
        let identity = Self { provider: Provider::start().await?, signers };
        identity.change(&change)?;
        Ok(identity)
    }

    pub(super) fn change(&self, change: &Change) -> anyhow::Result<()> {
        if let Some(names) = &change.publish {
            let signers = names.iter().map(|name| self.signer(name)).collect::<anyhow::Result<Vec<_>>>()?;
            self.provider.publish(&signers);
        }
        for (authorization, session) in &change.sessions {
            self.provider.recognise(authorization, session.clone());
        }
        for (place, behaviour) in [(Place::Jwks, &change.jwks), (Place::Hook, &change.hook)] {
            if let Some(behaviour) = behaviour {
                self.provider.behave(place, behaviour.clone());
            }
        }
        Ok(())
    }

    /// The text with `{{jwks}}`, `{{hook}}` and `{{key NAME}}`, fit for the inside of a JSON string, resolved.
    pub(super) fn resolve(&self, text: &str) -> anyhow::Result<String> {
        let mut text = text
            .replace("{{jwks}}", &self.provider.url(Place::Jwks))
            .replace("{{hook}}", &self.provider.url(Place::Hook));
        for (name, signer) in &self.signers {
            let key = json!(signer.key()?).to_string();
            text = text.replace(&format!("{{{{key {name}}}}}"), key.trim_matches('"'));
        }
        Ok(text)
    }

    /// The text with what the test run made of the addresses undone.
    pub(super) fn unresolve(&self, text: &str) -> String {
        let address = self.provider.address().to_string();
        text.replace(&address, "{{identity}}")
    }

    /// The token of a step.
    pub(super) fn token(&self, of: &TokenOf) -> anyhow::Result<String> {
        let mut header = json!({"typ": "JWT", "alg": self.signer(&of.key)?.algorithm(), "kid": of.key});
        for (name, value) in &of.header {
            header[name] = value.clone();
        }
        let mut claims = Value::Object(of.claims.clone());
        for time in ["exp", "nbf", "iat"] {
            let offset =
                claims[time].as_str().and_then(|text| text.strip_prefix("now")).map(str::parse::<i64>);
            if let Some(offset) = offset {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() as i64;
                claims[time] = json!(now + offset.with_context(|| format!("{time} is not now+SECONDS"))?);
            }
        }
        if let Some(claims) = claims.as_object_mut() {
            claims.retain(|_, value| !value.is_null());
        }
        if of.pad > 0 {
            claims["pad"] = json!("x".repeat(of.pad));
        }
        Ok(self.signer(&of.key)?.token_with_header(&header, &claims)? + &of.suffix)
    }

    /// What the webhook was asked since it was last told to forget.
    pub(super) fn asked(&self) -> Vec<Request> {
        self.provider.requests(Place::Hook)
    }

    pub(super) fn forget(&self) {
        self.provider.forget();
    }

    fn signer(&self, name: &str) -> anyhow::Result<&Signer> {
        self.signers.get(name).with_context(|| format!("there is no key \"{name}\""))
    }
}

/// A request to the webhook as the `Webhook` section shows it: what it has of the client's headers, and its body.
pub(super) fn describe(request: &Request, shown: &[String]) -> String {
    let mut text = request.method.clone();
    for name in shown {
        let values: Vec<_> = request.headers.get_all(name.as_str()).iter().collect();
        let values: Vec<_> = values.iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        let value = if values.is_empty() { "(absent)".to_owned() } else { values.join(" | ") };
        text += &format!("\n{name}: {value}");
    }
    if !request.body.is_empty() {
        // What the client library of the test sends besides is of no interest.
        let mut body: Value = serde_json::from_str(&request.body).unwrap_or_else(|_| json!(request.body));
        if let Some(headers) = body.get_mut("headers").and_then(Value::as_object_mut) {
            headers.retain(|name, _| {
                !["host", "content-length", "accept", "accept-encoding"].contains(&name.as_str())
            });
        }
        text += &format!("\n\n{body}");
    }
    text
}
