//! Comes by a remote's schema: asks it, the newest introspection query first, an older one when the remote refuses that; or reads
//! the SDL that the metadata names, which becomes the answer that a server would have given.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use engine::catalog::Failure;
use engine::fault::Code;
use engine::remote::{
    INTROSPECTION_QUERY, IntrospectionError, OLD_INTROSPECTION_QUERY, RemoteSchema, introspect_sdl,
    read_introspection,
};
use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue, Method};
use metadata::remote::presentable;
use metadata::{RemoteSchemaDefinition, SchemaSource};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;

use crate::upstream::endpoint::{Address, Endpoint};
use crate::upstream::{Answer, Upstream, template};

/// Most remotes that are asked at once: far more than answer in time on one line, and far fewer than a process may have
/// sockets.
static ASKING: Semaphore = Semaphore::const_new(128);

/// Most answers that are read at once. Reading takes many times an answer's size, and a few threads use that memory again
/// and again.
static READING: Semaphore = Semaphore::const_new(2);

/// What bounds coming by SDL when the metadata says nothing.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// A remote's schema and the answer it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Introspected {
    pub(crate) schema: Arc<RemoteSchema>,
    pub(crate) answer: Bytes,
}

/// All that it takes to come by a remote's schema.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    upstream: Arc<Upstream>,
    /// Where the schema is, if the remote does not tell it.
    from: Option<Place>,
    /// What is known already, which is not read again.
    known: Vec<Introspected>,
    timeout: Duration,
    max_bytes: usize,
}

/// Where SDL is.
#[derive(Debug, Clone)]
enum Place {
    Sdl(String),
    File(String),
    Url { shown: String, address: Result<Address, String> },
}

impl Asker {
    /// For a remote with this definition; `env` looks a variable up.
    pub(crate) fn new(
        upstream: Arc<Upstream>,
        definition: &RemoteSchemaDefinition,
        known: Vec<Introspected>,
        env: &dyn Fn(&str) -> Option<String>,
        max_bytes: usize,
    ) -> Self {
        let from = definition.schema_from.as_ref().map(|source| match source {
            SchemaSource::Sdl(sdl) => Place::Sdl(sdl.clone()),
            SchemaSource::File(path) => Place::File(path.clone()),
            SchemaSource::Url(template) => {
                let resolved = template::resolve_template(template, env).map_err(|failure| failure.reason);
                let address = resolved.and_then(|address| address.url.as_str().parse());
                Place::Url { shown: presentable(template), address }
            }
        });
        let timeout = definition.timeout_seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
        Self { upstream, from, known, timeout, max_bytes }
    }

    /// The remote's schema.
    pub(crate) async fn ask(&self) -> Result<Introspected, Failure> {
        match &self.from {
            None => self.introspect().await,
            Some(place) => self.read_sdl(place).await.map_err(|reason| {
                let reason = format!("the schema that `schema_from` names cannot be used: {place}: {reason}");
                Failure { code: Code::RemoteSchemaError, reason, internal: None }
            }),
        }
    }

    async fn read_sdl(&self, place: &Place) -> Result<Introspected, String> {
        let sdl = self.sdl(place).await?;
        let converting = tokio::task::spawn_blocking(move || introspect_sdl(&sdl));
        let answer = converting.await.map_err(|error| error.to_string())?;
        let answer = answer.map_err(|error| error.to_string())?;
        self.read(answer.into()).await.map_err(|error| error.to_string())
    }

    async fn introspect(&self) -> Result<Introspected, Failure> {
        let answer = ask(&self.upstream, INTROSPECTION_QUERY).await?;
        match self.read(answer.body).await {
            Ok(introspected) => Ok(introspected),
            Err(error) if error.refused => {
                let answer = ask(&self.upstream, OLD_INTROSPECTION_QUERY).await?;
                self.read(answer.body).await.map_err(|error| failure(error, answer.status))
            }
            Err(error) => Err(failure(error, answer.status)),
        }
    }

    async fn read(&self, answer: Bytes) -> Result<Introspected, IntrospectionError> {
        match self.known.iter().find(|known| known.answer == answer) {
            Some(known) => Ok(known.clone()),
            None => read(answer).await,
        }
    }

    /// The text of a schema that is written down, or why there is none.
    async fn sdl(&self, place: &Place) -> Result<String, String> {
        let bytes = match place {
            Place::Sdl(sdl) => return Ok(sdl.clone()),
            Place::File(path) => {
                let reading = async {
                    let mut bytes = Vec::new();
                    // One more than may be, so that a file that grows for ever ends too.
                    let most = u64::try_from(self.max_bytes).unwrap_or(u64::MAX).saturating_add(1);
                    tokio::fs::File::open(path).await?.take(most).read_to_end(&mut bytes).await?;
                    Ok::<_, std::io::Error>(bytes)
                };
                // A pipe may have a name too, and nothing in it.
                let read = tokio::time::timeout(self.timeout, reading).await;
                let bytes =
                    read.map_err(|_| "it cannot be read in time")?.map_err(|error| error.to_string())?;
                if bytes.len() > self.max_bytes {
                    return Err(format!("it is larger than {} bytes", self.max_bytes));
                }
                bytes
            }
            Place::Url { address, .. } => {
                let endpoint = Endpoint::new(address.as_ref()?, self.timeout, self.max_bytes)?;
                let accept = HeaderValue::from_static("application/graphql, text/plain, */*");
                let headers = HeaderMap::from_iter([(ACCEPT, accept)]);
                let _permit = ASKING.acquire().await;
                let answer = endpoint.ask(&Method::GET, headers, Bytes::new()).await?;
                if !answer.status().is_success() {
                    return Err(format!("it answers with HTTP status {}", answer.status().as_u16()));
                }
                answer.into_body().to_vec()
            }
        };
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sdl(_) => f.write_str("its SDL"),
            Self::File(path) => write!(f, "the file {path}"),
            Self::Url { shown, .. } => f.write_str(shown),
        }
    }
}

/// Reads an answer off the threads that serve requests; schemas can have megabytes.
pub(super) async fn read(answer: Bytes) -> Result<Introspected, IntrospectionError> {
    // It is never closed, so there is always a permit to wait for.
    let _permit = READING.acquire().await;
    let reading = tokio::task::spawn_blocking(move || {
        read_introspection(&answer).map(|schema| Introspected { schema: Arc::new(schema), answer })
    });
    reading.await.unwrap_or_else(|error| {
        let message = format!("the introspection answer could not be read: {error}");
        Err(IntrospectionError { message, refused: false, errors: None })
    })
}

async fn ask(upstream: &Upstream, query: &str) -> Result<Answer, Failure> {
    let _permit = ASKING.acquire().await;
    let body = json!({"query": query, "operationName": "IntrospectionQuery"}).to_string();
    upstream.post(body.into(), None, None).await
}

fn failure(error: IntrospectionError, status: u16) -> Failure {
    // A proxy's error page is no GraphQL answer; its status says more than where the page stops being JSON.
    let reason = match status {
        200..300 => error.message,
        _ => format!("{} (the upstream answered with HTTP status {status})", error.message),
    };
    Failure { code: Code::RemoteSchemaError, reason, internal: error.errors }
}
