//! One request to a token server: the client credentials grant of OAuth 2 (RFC 6749, section 4.4).

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use engine::catalog::Failure;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use metadata::identity::{AuthStyle, ClientCredentials, ClientId, Reference};
use metadata::network::TlsAllow;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{MAX_SECRET_BYTES, Token, bearer, invalid, secret_of_file, variable};
use crate::upstream::endpoint::{self, Endpoint};
use crate::upstream::template::{Address, Env, resolve_template};
use crate::upstream::{failure, is_exempt, tls};

/// Longest time for one token, however patient the remote's own timeout is.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Renewal begins this long before the end of a token at the latest, when it lives long.
const LARGEST_MARGIN: Duration = Duration::from_secs(300);

/// A token is not sent in its last moments, since it has to be good when it arrives.
const LARGEST_LEEWAY: Duration = Duration::from_secs(5);

/// A token server and what it is asked.
#[derive(Debug)]
pub(super) struct TokenServer {
    pub(super) address: Address,
    endpoint: Endpoint,
    client_id: String,
    client_secret: Secret,
    /// Scope and audience.
    parameters: Vec<(&'static str, String)>,
    style: AuthStyle,
}

/// A client's secret; debug output does not show it.
enum Secret {
    Known(String),
    File(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl TokenServer {
    pub(super) fn new(
        client: &ClientCredentials,
        allowed: &[TlsAllow],
        env: Env<'_>,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let address = resolve_template(&client.token_url, env)?;
        if client.tls.is_some() && address.url.scheme() != "https" {
            return Err(invalid(
                "the `tls` of `auth` is for https, which the `token_url` does not have".into(),
            ));
        }
        let no_client = |error| failure::no_client(&address.shown, error);
        let tls = tls::of_remote(client.tls.as_ref(), is_exempt(allowed, &address.url), env);
        let tls = tls.map_err(no_client)?;
        let timeout = TIMEOUT.min(timeout / 4 * 3);
        let endpoint =
            Endpoint::with_tls(&endpoint::Address::of(&address.url), &tls, timeout, MAX_SECRET_BYTES);
        let endpoint = endpoint.map_err(invalid)?;
        let client_id = match &client.client_id {
            ClientId::Value(id) => id.clone(),
            ClientId::FromEnv(name) => variable(name, env)?,
        };
        let client_secret = match &client.client_secret {
            Reference::Env(name) => Secret::Known(variable(name, env)?),
            Reference::File(path) => Secret::File(path.clone()),
        };
        let parameters = [("scope", &client.scope), ("audience", &client.audience)];
        let parameters = parameters.into_iter().filter_map(|(key, value)| Some((key, value.clone()?)));
        Ok(Self {
            address,
            endpoint,
            client_id,
            client_secret,
            parameters: parameters.collect(),
            style: client.auth_style,
        })
    }

    /// A new token, or why there is none. The text is for administrators and has nothing of a secret in it.
    pub(super) async fn ask(&self) -> Result<Token, String> {
        let start = Instant::now();
        let (headers, body) = self.request().await?;
        let answer = self.endpoint.ask(&Method::POST, headers, body).await;
        let answer = answer.map_err(|why| format!("the token server does not answer: {why}"))?;
        read(answer.status(), answer.body(), start)
    }

    async fn request(&self) -> Result<(HeaderMap, Bytes), String> {
        let read;
        let secret = match &self.client_secret {
            Secret::Known(secret) => secret,
            Secret::File(path) => {
                read = secret_of_file(path).await.map_err(|why| format!("of the client's secret, {why}"))?;
                &read
            }
        };
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        let mut headers = HeaderMap::new();
        match self.style {
            AuthStyle::Post => {
                form.append_pair("client_id", &self.client_id).append_pair("client_secret", secret);
            }
            AuthStyle::Basic => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(&self.client_id), encoded(secret));
                let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
                let mut value = HeaderValue::try_from(value).map_err(|error| error.to_string())?;
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
        }
        for (key, value) in &self.parameters {
            form.append_pair(key, value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        Ok((headers, Bytes::from(form.finish())))
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<Value>,
}

/// Reads a token server's answer to a request that was sent at `start`.
fn read(status: StatusCode, body: &[u8], start: Instant) -> Result<Token, String> {
    if status.is_redirection() {
        return Err(format!("the token server answered {}; redirects are not followed", status.as_u16()));
    }
    if !status.is_success() {
        let refusal: Option<Value> = serde_json::from_slice(body).ok();
        // The code is one of a few words; descriptions may repeat what was sent.
        let code = refusal.as_ref().and_then(|refusal| refusal["error"].as_str());
        let is_word = |code: &&str| {
            code.len() <= 60 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        let code = code.filter(is_word).map(|code| format!(": {code}")).unwrap_or_default();
        return Err(format!("the token server answered {}{code}", status.as_u16()));
    }
    let granted: Granted = serde_json::from_slice(body)
        .map_err(|_| "the token server's answer is no JSON with an `access_token`".to_owned())?;
    if granted.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err("the token server gives tokens of another type than \"bearer\"".into());
    }
    let value = bearer(&granted.access_token)
        .map_err(|why| format!("the `access_token` of the token server {why}"))?;
    let life = match granted.expires_in {
        None | Some(Value::Null) => None,
        Some(Value::Number(seconds)) => seconds.as_f64(),
        // Some servers write numbers as texts.
        Some(Value::String(seconds)) => seconds.parse().ok().filter(|seconds: &f64| !seconds.is_nan()),
        Some(_) => return Err("the `expires_in` of the token server is no number".into()),
    };
    // A year is as good as for ever, and no clock runs over.
    let life = life.map(|seconds: f64| Duration::from_secs_f64(seconds.clamp(1.0, 31e6)));
    Ok(Token {
        value,
        due: life.map(|life| start + life - LARGEST_MARGIN.min(life / 4)),
        end: life.map(|life| start + life - LARGEST_LEEWAY.min(life / 10)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_token_servers_are_read_or_say_why_not() {
        let good = r#"{"access_token":"t","token_type":"Bearer","expires_in":100}"#;
        let no_token = "the token server's answer is no JSON with an `access_token`";
        for (status, body, expected) in [
            (200, good, Ok(Some((75, 95)))),
            (200, r#"{"access_token":"t"}"#, Ok(None)),
            (200, r#"{"access_token":"t","expires_in":"3600"}"#, Ok(Some((3300, 3595)))),
            (200, r#"{"access_token":"t","expires_in":-1}"#, Ok(Some((0, 0)))),
            (200, r#"{"access_token":"t","expires_in":1e300}"#, Ok(Some((31_000_000 - 300, 31_000_000 - 5)))),
            (
                200,
                r#"{"access_token":"t","expires_in":[]}"#,
                Err("the `expires_in` of the token server is no number"),
            ),
            (
                200,
                r#"{"access_token":"t","token_type":"mac"}"#,
                Err("the token server gives tokens of another type than \"bearer\""),
            ),
            (200, r#"{"access_token":""}"#, Err("the `access_token` of the token server is empty")),
            (
                200,
                "{\"access_token\":\"a\\r\\nx-b: 1\"}",
                Err(
                    "the `access_token` of the token server has blanks, line breaks or other characters that no token has",
                ),
            ),
            (200, "{}", Err(no_token)),
            (200, "<html>", Err(no_token)),
            (302, good, Err("the token server answered 302; redirects are not followed")),
            (
                401,
                r#"{"error":"invalid_client","error_description":"canary"}"#,
                Err("the token server answered 401: invalid_client"),
            ),
            (400, r#"{"error":"Canary 1"}"#, Err("the token server answered 400")),
            (503, "", Err("the token server answered 503")),
        ] {
            let start = Instant::now();
            let got = read(StatusCode::from_u16(status).unwrap(), body.as_bytes(), start).map(|token| {
                assert_eq!(token.value, "Bearer t");
                assert!(token.value.is_sensitive());
                let after = |at: Instant| at.duration_since(start).as_secs();
                token.due.map(after).zip(token.end.map(after))
            });
            assert_eq!(got, expected.map_err(str::to_owned), "{status} {body}");
        }
    }
}
