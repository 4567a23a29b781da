//! Requests to a running server, and what its refusals mean.

use std::time::{Duration, Instant, SystemTime};

use http::header::{ACCEPT, CONTENT_TYPE, DATE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::Url;
use serde_json::{Value, json};

use super::error::{Error, Exit};
use super::options::Options;
use super::settings::{Settings, shown};
use super::terminal::Terminal;

/// A server as the command line sees it.
pub(super) struct Client<'a> {
    http: reqwest::Client,
    settings: &'a Settings,
    secret: Option<HeaderValue>,
    terminal: &'a Terminal,
}

/// An answer with JSON in it, or the text that was asked for.
pub(super) struct Answer {
    status: StatusCode,
    /// Null for a text.
    pub(super) body: Value,
    /// The body as it came, in which numbers have all their digits.
    pub(super) text: String,
    /// What time the server has.
    pub(super) date: Option<SystemTime>,
    /// How long it took to answer.
    pub(super) elapsed: Duration,
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";

impl<'a> Client<'a> {
    /// Reads certificates and checks the secret; connects to nothing.
    pub(super) fn new(
        options: &Options,
        settings: &'a Settings,
        terminal: &'a Terminal,
    ) -> Result<Self, Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("conjoin/", env!("CARGO_PKG_VERSION")))
            .timeout(options.timeout())
            .connect_timeout(options.timeout().min(std::time::Duration::from_secs(10)))
            // A redirect would carry the secret to wherever it points.
            .redirect(reqwest::redirect::Policy::none())
            .tls_danger_accept_invalid_certs(settings.insecure);
        if let Some(path) = &settings.certificate_authority {
            let pem = std::fs::read(path).map_err(|error| Error::io("read", path, &error))?;
            let certificates =
                reqwest::Certificate::from_pem_bundle(&pem).ok().filter(|list| !list.is_empty());
            let certificates = certificates
                .ok_or_else(|| Error::usage(format!("{} holds no PEM certificate", path.display())))?;
            builder = builder.tls_certs_merge(certificates);
        }
        let http = builder
            .build()
            .map_err(|error| Error::failed("tls", format!("could not set up TLS: {}", root_cause(&error))))?;
        let secret = settings.secret.as_ref().map(|secret| {
            let mut value = HeaderValue::from_str(&secret.value).map_err(|_| {
                Error::usage(format!("the admin secret from {} cannot be sent in a header", secret.origin))
                    .help("it must be one line of visible characters")
            })?;
            value.set_sensitive(true);
            Ok(value)
        });
        Ok(Self { http, settings, secret: secret.transpose()?, terminal })
    }

    /// A metadata command; its result, or the server's refusal.
    pub(super) async fn metadata(&self, command: &str, args: Value) -> Result<Value, Error> {
        self.metadata_envelope(&json!({"type": command, "args": args})).await
    }

    /// A metadata command in its envelope.
    pub(super) async fn metadata_envelope(&self, envelope: &Value) -> Result<Value, Error> {
        let path = &self.settings.paths.metadata;
        // The history tells who made a change.
        let source = HeaderName::from_static("x-conjoin-source");
        let headers = HeaderMap::from_iter([(source, HeaderValue::from_static("cli"))]);
        let answer = self.send(Method::POST, path, Some(envelope), headers).await?;
        Ok(self.accept(answer)?.body)
    }

    /// A GraphQL request as `role`. Its own errors are in the body, whatever the status.
    pub(super) async fn graphql(&self, body: &Value, role: Option<&str>) -> Result<Answer, Error> {
        let mut headers = HeaderMap::new();
        if let Some(role) = role {
            let value = HeaderValue::from_str(role).map_err(|_| {
                Error::usage(format!("the role `{}` cannot be sent in a header", role.escape_debug()))
            })?;
            headers.insert("x-hasura-role", value);
        }
        let answer = self.send(Method::POST, &self.settings.paths.graphql, Some(body), headers).await?;
        let first = answer.body.pointer("/errors/0");
        let code = first.and_then(|error| error.pointer("/extensions/code")).and_then(Value::as_str);
        if code == Some("access-denied") {
            let message = first.and_then(|error| error.get("message")).and_then(Value::as_str);
            return Err(self.denied("access-denied", message.unwrap_or("access denied")));
        }
        if answer.body.get("data").is_some() || first.is_some() {
            return Ok(answer);
        }
        self.accept(answer)
    }

    /// The join plan of a GraphQL request: the server's own text for people, or the data it is made of.
    pub(super) async fn explain(
        &self,
        body: &Value,
        role: Option<&str>,
        as_text: bool,
    ) -> Result<Answer, Error> {
        let path = format!("{}/explain", self.settings.paths.graphql.trim_end_matches('/'));
        // The role is not in a header: only administrators may ask how someone else's query is run.
        let user = role.map_or_else(|| json!({}), |role| json!({"x-hasura-role": role}));
        let body = json!({"query": body, "user": user});
        let accept = HeaderValue::from_static(if as_text { TEXT } else { JSON });
        let headers = HeaderMap::from_iter([(ACCEPT, accept)]);
        let answer = self.send(Method::POST, &path, Some(&body), headers).await?;
        self.accept(answer)
    }

    /// What the server says about its version.
    pub(super) async fn version(&self) -> Result<Value, Error> {
        Ok(self.version_with_head().await?.body)
    }

    /// The same, with what else the answer tells.
    pub(super) async fn version_with_head(&self) -> Result<Answer, Error> {
        let answer = self.send(Method::GET, &self.settings.paths.version, None, HeaderMap::new()).await?;
        self.accept(answer)
    }

    /// What the server says of its health; an error if its store does not answer.
    pub(super) async fn health(&self) -> Result<String, Error> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(TEXT))]);
        Ok(self.send(Method::GET, "healthz", None, headers).await?.text)
    }

    /// How the server is configured, as far as it tells.
    pub(super) async fn config(&self) -> Result<Value, Error> {
        let answer = self.send(Method::GET, &self.settings.paths.config, None, HeaderMap::new()).await?;
        Ok(self.accept(answer)?.body)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: HeaderMap,
    ) -> Result<Answer, Error> {
        let url = join(&self.settings.endpoint, path);
        let wants_text = headers.get(ACCEPT).is_some_and(|media| media == TEXT);
        let mut request = self.http.request(method.clone(), url.clone()).headers(headers);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, JSON).body(body.to_string());
        }
        if let Some(secret) = &self.secret {
            request = request.header("x-hasura-admin-secret", secret);
        }
        let start = Instant::now();
        let response = request.send().await.map_err(|error| self.unreachable(&url, &error))?;
        let status = response.status();
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (location, media) = (header(LOCATION), header(CONTENT_TYPE).unwrap_or_default());
        let date = header(DATE).and_then(|date| httpdate::parse_http_date(&date).ok());
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&url, &error))?;
        let elapsed = start.elapsed();
        let (shown, ms) = (shown(&url), elapsed.as_millis());
        let size = bytes.len();
        self.terminal.detail(&format!("{method} {shown} -> {} in {ms} ms, {size} bytes", status.as_u16()));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match serde_json::from_str(&text) {
            _ if wants_text && status.is_success() && media.starts_with(TEXT) => {
                Ok(Answer { status, body: Value::Null, text, date, elapsed })
            }
            Ok(body) => Ok(Answer { status, body, text, date, elapsed }),
            Err(_) => Err(self.not_json(&url, status, location.as_deref())),
        }
    }

    /// Only a 200 is a result; anything else is the server's error object.
    fn accept(&self, answer: Answer) -> Result<Answer, Error> {
        let Answer { status, ref body, .. } = answer;
        if status.is_success() {
            return Ok(answer);
        }
        let text = |key| body.get(key).and_then(Value::as_str);
        let graphql = body.pointer("/errors/0");
        let code =
            text("code").or_else(|| graphql?.pointer("/extensions/code")?.as_str()).unwrap_or("unexpected");
        let message = text("error")
            .or_else(|| graphql?.get("message")?.as_str())
            .map_or_else(|| format!("the server answered {status}"), str::to_owned);
        let mut error = match status {
            _ if code == "access-denied" => self.denied(code, &message),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self.denied(code, &message),
            StatusCode::CONFLICT => Error::failed(code, message)
                .exit(Exit::Conflict)
                .help("someone else changed the metadata: see `conjoin metadata diff`, then try again"),
            StatusCode::NOT_FOUND => Error::failed(code, message)
                .help(format!("{}, and api_paths in config.yaml", self.check_endpoint())),
            _ => Error::failed(code, message),
        };
        error.pointer = text("path").filter(|path| !["$", "$.args"].contains(path)).map(str::to_owned);
        error.internal = body.get("internal").filter(|internal| !internal.is_null()).cloned();
        if let Some(Value::Array(objects)) = &error.internal {
            error.details = objects.iter().map(super::metadata::inconsistency::line).collect();
        }
        Err(error)
    }

    fn denied(&self, code: &str, message: &str) -> Error {
        let help = match &self.settings.secret {
            Some(secret) => format!("the admin secret came from {}; is it this server's?", secret.origin),
            None => {
                "no admin secret was given: set CONJOIN_ADMIN_SECRET or pass --admin-secret-file".to_owned()
            }
        };
        Error::failed(code, message).exit(Exit::Denied).help(help)
    }

    fn unreachable(&self, url: &Url, error: &reqwest::Error) -> Error {
        let why = if error.is_timeout() { "no answer in time".to_owned() } else { root_cause(error) };
        let help = if error.is_timeout() {
            format!("{}, or wait longer with --timeout", self.check_endpoint())
        } else {
            format!("{}, and that the server runs (`conjoin serve`)", self.check_endpoint())
        };
        Error::unreachable(format!("could not reach the server at {}: {why}", shown(url))).help(help)
    }

    fn not_json(&self, url: &Url, status: StatusCode, location: Option<&str>) -> Error {
        let message = match location {
            Some(location) => format!("{} redirects to {location}", shown(url)),
            None => format!("{} answered {status}, which is no answer of a Conjoin server", shown(url)),
        };
        let error = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Error::failed("access-denied", message).exit(Exit::Denied)
            }
            _ => Error::unreachable(message),
        };
        error.help(self.check_endpoint())
    }

    fn check_endpoint(&self) -> String {
        format!("check the endpoint, which came from {}", self.settings.endpoint_origin)
    }
}

/// `path` below the endpoint, whose own path is a prefix.
fn join(endpoint: &Url, path: &str) -> Url {
    let mut url = endpoint.clone();
    url.set_path(&format!("{}/{}", endpoint.path().trim_end_matches('/'), path.trim_start_matches('/')));
    url
}

/// The innermost error says what happened; the outer ones say that something did.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    match text.split_once(" (os error") {
        Some((text, _)) => text.to_ascii_lowercase(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_join_below_the_prefix() {
        for (endpoint, path, expected) in [
            ("http://h:1", "v1/metadata", "http://h:1/v1/metadata"),
            ("http://h:1/", "/v1/metadata", "http://h:1/v1/metadata"),
            ("http://h:1/gate/way/", "v1/metadata", "http://h:1/gate/way/v1/metadata"),
        ] {
            assert_eq!(join(&Url::parse(endpoint).unwrap(), path).as_str(), expected);
        }
    }
}
