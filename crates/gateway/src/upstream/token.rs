//! The token by which the gateway shows a remote who it is.
//!
//! It is fetched at first need and renewed while it is used, before it ends, behind the requests that use it. One renewal
//! runs at a time. When a renewal fails the old token serves until its end; without a token nothing is sent to the remote.
//! What the token server is asked, and what it may answer, is in `grant`.

mod grant;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use engine::catalog::Failure;
use engine::fault::Code;
use http::HeaderValue;
use metadata::identity::{Auth, Reference};
use metadata::network::TlsAllow;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::upstream::template::{Address, Env};
use grant::TokenServer;

/// Longest text that is taken for a secret.
const MAX_SECRET_BYTES: usize = 64 << 10;

/// How long the token of a file is used before the file is looked at again, behind a request and before one.
const FILE_DUE: Duration = Duration::from_secs(1);
const FILE_END: Duration = Duration::from_secs(5);

/// Pause after a renewal that failed; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A remote that refuses whatever token it gets must not have one fetched for each request.
const BETWEEN_REFUSALS: Duration = Duration::from_secs(10);

/// The header `authorization` of a remote, or where it comes from.
#[derive(Debug)]
pub(super) enum Authorization {
    /// Always the same.
    Fixed(HeaderValue),
    /// Renewed from time to time.
    Renewed(Arc<Tokens>),
}

/// The tokens of one remote, one after the other.
#[derive(Debug)]
pub(super) struct Tokens {
    /// The remote's name, for people.
    remote: String,
    source: Source,
    current: ArcSwapOption<Token>,
    /// Held while a token is being fetched.
    renewal: Arc<Mutex<Renewal>>,
}

/// A token and when it is good.
#[derive(Debug)]
pub(super) struct Token {
    /// The whole header.
    pub(super) value: HeaderValue,
    /// From when on it is to be renewed.
    due: Option<Instant>,
    /// From when on it is not sent any more.
    end: Option<Instant>,
}

#[derive(Debug)]
enum Source {
    File(String),
    Server(Box<TokenServer>),
}

/// How the last renewals went.
#[derive(Debug, Default)]
struct Renewal {
    failed: Option<Failed>,
    /// When a renewal was last due to a token that the remote refused.
    refused: Option<Instant>,
}

#[derive(Debug)]
struct Failed {
    failure: Failure,
    /// Until when nobody tries again.
    until: Instant,
    times: u32,
}

impl Token {
    fn is_good(&self, now: Instant) -> bool {
        self.end.is_none_or(|end| now < end)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }
}

impl Authorization {
    /// What the definition of a remote asks for; nothing is fetched yet.
    pub(super) fn new(
        remote: &metadata::RemoteSchema,
        auth: &Auth,
        allowed: &[TlsAllow],
        env: Env<'_>,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let source = match auth {
            Auth::Bearer { token: Reference::Env(name) } => {
                let text = variable(name, env)?;
                let value = bearer(&text)
                    .map_err(|why| invalid(format!("the token in the variable '{name}' {why}")))?;
                return Ok(Self::Fixed(value));
            }
            Auth::Bearer { token: Reference::File(path) } => Source::File(path.clone()),
            Auth::ClientCredentials(client) => {
                Source::Server(Box::new(TokenServer::new(client, allowed, env, timeout)?))
            }
        };
        Ok(Self::Renewed(Arc::new(Tokens {
            remote: remote.name.clone(),
            source,
            current: ArcSwapOption::empty(),
            renewal: Arc::default(),
        })))
    }

    /// The token server, if there is one.
    pub(super) fn token_server(&self) -> Option<&Address> {
        match self {
            Self::Renewed(tokens) => match &tokens.source {
                Source::Server(server) => Some(&server.address),
                Source::File(_) => None,
            },
            Self::Fixed(_) => None,
        }
    }
}

impl Tokens {
    /// A token that is good now.
    pub(super) async fn get(self: &Arc<Self>) -> Result<Arc<Token>, Failure> {
        let now = Instant::now();
        match self.current.load_full() {
            Some(token) if token.is_good(now) => {
                if token.is_due(now) {
                    self.renew_behind(now);
                }
                Ok(token)
            }
            _ => self.aside(|tokens| async move { tokens.renew().await }).await,
        }
    }

    /// Another token in place of one that the remote refused, if there is any.
    pub(super) async fn after_refusal(self: &Arc<Self>, refused: Arc<Token>) -> Option<Arc<Token>> {
        let last = Arc::clone(&refused);
        let renewed = self.aside(|tokens| async move {
            let mut renewal = tokens.renewal.lock().await;
            let now = Instant::now();
            match tokens.current.load_full() {
                // Somebody else was refused too, and was faster.
                Some(token) if token.value != last.value => return Ok(token),
                _ if renewal.refused.is_some_and(|before| now < before + BETWEEN_REFUSALS) => {
                    return Ok(last);
                }
                _ => {}
            }
            renewal.refused = Some(now);
            tokens.fetch(&mut renewal).await
        });
        renewed.await.ok().filter(|renewed| renewed.value != refused.value)
    }

    async fn renew(&self) -> Result<Arc<Token>, Failure> {
        let mut renewal = self.renewal.lock().await;
        let now = Instant::now();
        match (self.current.load_full(), &renewal.failed) {
            // Somebody else needed it too, and was faster.
            (Some(token), _) if token.is_good(now) => Ok(token),
            (_, Some(failed)) if now < failed.until => Err(failed.failure.clone()),
            _ => self.fetch(&mut renewal).await,
        }
    }

    /// Renews the token, unless that is being done or has just failed.
    fn renew_behind(self: &Arc<Self>, now: Instant) {
        let Ok(mut renewal) = Arc::clone(&self.renewal).try_lock_owned() else { return };
        if renewal.failed.as_ref().is_some_and(|failed| now < failed.until) {
            return;
        }
        let tokens = Arc::clone(self);
        tokio::spawn(async move {
            let is_due = |token: Arc<Token>| token.is_due(Instant::now());
            if tokens.current.load_full().is_none_or(is_due) {
                // The failure is noted and told to whoever is left without a token.
                let _ = tokens.fetch(&mut renewal).await;
            }
        });
    }

    /// Runs it in a task of its own: others wait for the same token, and must get it also when this request is given up.
    async fn aside<F>(self: &Arc<Self>, run: impl FnOnce(Arc<Self>) -> F) -> Result<Arc<Token>, Failure>
    where
        F: Future<Output = Result<Arc<Token>, Failure>> + Send + 'static,
    {
        let running = tokio::spawn(run(Arc::clone(self)));
        running.await.unwrap_or_else(|_| Err(self.failure("the server is stopping")))
    }

    async fn fetch(&self, renewal: &mut Renewal) -> Result<Arc<Token>, Failure> {
        let fetched = match &self.source {
            Source::File(path) => of_file(path).await,
            Source::Server(server) => server.ask().await,
        };
        match fetched {
            Ok(token) => {
                let token = Arc::new(token);
                self.current.store(Some(Arc::clone(&token)));
                renewal.failed = None;
                Ok(token)
            }
            Err(why) => {
                tracing::warn!(remote = self.remote, reason = why, "no new token for a remote");
                let failure = self.failure(&why);
                let times = renewal.failed.as_ref().map_or(0, |failed| failed.times);
                let pause = FIRST_PAUSE.saturating_mul(1 << times.min(10)).min(LONGEST_PAUSE);
                let until = Instant::now() + pause;
                renewal.failed = Some(Failed { failure: failure.clone(), until, times: times + 1 });
                Err(failure)
            }
        }
    }

    fn failure(&self, why: &str) -> Failure {
        let place: (&str, Value) = match &self.source {
            Source::File(path) => ("token_from_file", path.as_str().into()),
            Source::Server(server) => ("token_url", server.address.shown.as_str().into()),
        };
        Failure {
            code: Code::RemoteSchemaAuthError,
            reason: format!(
                "there is no token to ask the remote \"{}\" with; nothing was sent to it",
                self.remote
            ),
            internal: Some(json!({"type": "auth_exception", "message": why, place.0: place.1})),
        }
    }
}

async fn of_file(path: &str) -> Result<Token, String> {
    let text = secret_of_file(path).await?;
    let value = bearer(&text).map_err(|why| format!("the token in the file {why}"))?;
    let now = Instant::now();
    Ok(Token { value, due: Some(now + FILE_DUE), end: Some(now + FILE_END) })
}

/// The text of a file, without the end of its line.
async fn secret_of_file(path: &str) -> Result<String, String> {
    let size = tokio::fs::metadata(path).await.map(|file| file.len());
    let text = match size {
        Ok(size) if size > MAX_SECRET_BYTES as u64 => return Err("the file is too large for a secret".into()),
        Ok(_) => tokio::fs::read_to_string(path).await,
        Err(error) => Err(error),
    };
    let text = text.map_err(|error| format!("the file cannot be read: {error}"))?;
    let text = text.trim_end();
    // Whoever writes metadata is not to get at files that are no secrets of this kind.
    if text.chars().any(char::is_control) {
        return Err("the file has line breaks or other characters that no secret has".into());
    }
    Ok(text.to_owned())
}

/// A token as the header `authorization`, or what is wrong with it; the text goes on after what was said of the token.
fn bearer(token: &str) -> Result<HeaderValue, &'static str> {
    if token.is_empty() {
        return Err("is empty");
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has blanks, line breaks or other characters that no token has");
    }
    let value = HeaderValue::try_from(format!("Bearer {token}"));
    let mut value = value.map_err(|_| "has characters that no header may have")?;
    value.set_sensitive(true);
    Ok(value)
}

fn variable(name: &str, env: Env<'_>) -> Result<String, Failure> {
    env(name).ok_or_else(|| Failure {
        code: Code::NotFound,
        reason: format!("environment variable '{name}' not set"),
        internal: None,
    })
}

fn invalid(reason: String) -> Failure {
    Failure { code: Code::InvalidParams, reason, internal: None }
}
