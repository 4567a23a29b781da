//! One request to a token server: the client credentials grant of OAuth 2 (RFC 6749, section 4.4).

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use engine::catalog::Failure;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, PROXY_AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::proxy::matcher::Intercept;
use metadata::identity::{AuthStyle, ClientCredentials, ClientId, Reference};
use metadata::network::TlsAllow;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{MAX_SECRET_BYTES, Token, bearer, invalid, secret_of_file, variable};
use crate::upstream::connect::{self, Client};
use crate::upstream::template::{Address, Env, resolve_template};
use crate::upstream::{failure, headers, is_exempt, tls};

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
    client: Client,
    proxy_credentials: Option<HeaderValue>,
    client_id: String,
    client_secret: Secret,
    /// Scope and audience.
    parameters: Vec<(&'static str, String)>,
    style: AuthStyle,
    timeout: Duration,
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
        let tls = tls::of_remote(client.tls.as_ref(), is_exempt(allowed, &address.url), env)
            .map_err(|error| failure::no_client(&address.shown, error))?;
        let proxy = connect::proxy(&address.uri);
        // A proxy that reads the request wants them there, and one that does not gets them when the tunnel is made.
        let is_plain = address.url.scheme() == "http";
        let proxy_credentials = proxy.as_ref().and_then(Intercept::basic_auth).filter(|_| is_plain).cloned();
        let http = connect::client(proxy, &tls).map_err(|error| failure::no_client(&address.shown, error))?;
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
            client: http,
            proxy_credentials,
            client_id,
            client_secret,
            parameters: parameters.collect(),
            style: client.auth_style,
            timeout: TIMEOUT.min(timeout / 4 * 3),
        })
    }

    /// A new token, or why there is none. The text is for administrators and has nothing of a secret in it.
    pub(super) async fn ask(&self) -> Result<Token, String> {
        match tokio::time::timeout(self.timeout, self.exchange()).await {
            Ok(result) => result,
            Err(_) => Err(format!("the token server did not answer within {} s", self.timeout.as_secs_f64())),
        }
    }

    async fn exchange(&self) -> Result<Token, String> {
        let start = Instant::now();
        let request = self.request().await?;
        let response = match self.client.request(request.clone()).await {
            // Servers close idle connections whenever they like.
            Err(error) if failure::is_lost_connection(&error) => self.client.request(request).await,
            sent => sent,
        };
        let response = response
            .map_err(|error| format!("the token server cannot be reached: {}", failure::causes(&error)))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_SECRET_BYTES).collect().await;
        let body = body.map_err(|_| "the token server's answer breaks off or is too large".to_owned())?;
        read(status, &body.to_bytes(), start)
    }

    async fn request(&self) -> Result<Request<Full<Bytes>>, String> {
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
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(USER_AGENT, headers::AGENT);
        if let Some(credentials) = &self.proxy_credentials {
            headers.insert(PROXY_AUTHORIZATION, credentials.clone());
        }
        let mut request = Request::new(Full::new(Bytes::from(form.finish())));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address.uri.clone();
        *request.headers_mut() = headers;
        Ok(request)
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
