//! Comes by a remote's schema: asks it, the newest introspection query first, an older one when the remote refuses that; or reads
//! the SDL that the metadata names, which becomes the answer that a server would have given.

use std::sync::Arc;
use std::time::{Duration, Instant};

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

use super::Env;
use super::remotes::now;
use crate::upstream::endpoint::{Address, Endpoint};
use crate::upstream::{Answer, DEFAULT_TIMEOUT, Upstream, template};

/// A remote's schema and the answer it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Introspected {
    pub(crate) schema: Arc<RemoteSchema>,
    pub(crate) answer: Bytes,
    pub(crate) fetched: Fetched,
}

/// When a schema was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// In seconds since 1970.
    pub at: i64,
    /// How long it took; not known of what was fetched by another process.
    pub took: Option<Duration>,
}

/// Most answers that are read at once. Reading takes many times an answer's size, and a few threads use that memory again
/// and again.
static READING: Semaphore = Semaphore::const_new(2);

impl Fetched {
    /// Just now.
    fn now() -> Self {
        Self { at: now(), took: None }
    }
}

/// All that it takes to come by a remote's schema.
#[derive(Clone)]
pub(crate) struct Asker {
    upstream: Arc<Upstream>,
    /// Where the schema is, if the remote does not tell it.
    from: Option<SchemaSource>,
    /// What is known already, which is not read again.
    known: Vec<Introspected>,
    env: Env,
    timeout: Duration,
    max_bytes: usize,
}

impl Asker {
    /// Knows nothing yet.
    pub(crate) fn new(
        definition: &RemoteSchemaDefinition,
        upstream: Arc<Upstream>,
        env: Env,
        max_bytes: usize,
    ) -> Self {
        let timeout = definition.timeout_seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
        Self { upstream, from: definition.schema_from.clone(), known: Vec::new(), env, timeout, max_bytes }
    }

    /// Does not read again what is known already.
    pub(super) fn knowing(self, known: impl IntoIterator<Item = Introspected>) -> Self {
        Self { known: known.into_iter().collect(), ..self }
    }

    /// The remote's schema.
    pub(crate) async fn ask(&self) -> Result<Introspected, Failure> {
        let start = Instant::now();
        let introspected = self.fetch().await?;
        Ok(Introspected {
            fetched: Fetched { took: Some(start.elapsed()), ..Fetched::now() },
            ..introspected
        })
    }

    async fn fetch(&self) -> Result<Introspected, Failure> {
        match &self.from {
            None => self.introspect().await,
            Some(source) => {
                let sdl = self.sdl(source).await.map_err(unusable)?;
                let converting = tokio::task::spawn_blocking(move || introspect_sdl(&sdl));
                let answer = converting.await.map_err(unusable)?;
                let answer = answer.map_err(|error| unusable(format!("{}: {error}", shown(source))))?;
                self.read(answer.into())
                    .await
                    .map_err(|error| unusable(format!("{}: {error}", shown(source))))
            }
        }
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
            None => read(answer, Fetched::now()).await,
        }
    }

    /// The text of a schema that is written down, or why there is none.
    async fn sdl(&self, source: &SchemaSource) -> Result<String, String> {
        let in_context = |reason: String| format!("{}: {reason}", shown(source));
        let too_large = || in_context(format!("it is larger than {} bytes", self.max_bytes));
        let bytes = match source {
            SchemaSource::Sdl(sdl) => return Ok(sdl.clone()),
            SchemaSource::File(path) => {
                let reading = async {
                    let mut bytes = Vec::new();
                    // One more than may be, so that a file that grows for ever ends too.
                    let most = u64::try_from(self.max_bytes).unwrap_or(u64::MAX).saturating_add(1);
                    tokio::fs::File::open(path).await?.take(most).read_to_end(&mut bytes).await?;
                    Ok::<_, std::io::Error>(bytes)
                };
                // A pipe may have a name too, and nothing in it.
                let read = tokio::time::timeout(self.timeout, reading).await;
                let read = read.map_err(|_| in_context("it cannot be read in time".to_owned()))?;
                let bytes = read.map_err(|error| in_context(error.to_string()))?;
                if bytes.len() > self.max_bytes {
                    return Err(too_large());
                }
                bytes
            }
            SchemaSource::Url(url) => {
                let address = template::resolve_template(url, &*self.env)
                    .map_err(|failure| in_context(failure.reason))?;
                let address: Address = address.url.as_str().parse().map_err(in_context)?;
                let endpoint = Endpoint::new(&address, self.timeout, self.max_bytes).map_err(in_context)?;
                let accept = HeaderValue::from_static("application/graphql, text/plain, */*");
                let headers = HeaderMap::from_iter([(ACCEPT, accept)]);
                let asked = endpoint.ask(&Method::GET, headers, Bytes::new()).await;
                let answer = asked.map_err(in_context)?;
                if !answer.status().is_success() {
                    return Err(in_context(format!(
                        "it answers with HTTP status {}",
                        answer.status().as_u16()
                    )));
                }
                answer.into_body().to_vec()
            }
        };
        String::from_utf8(bytes).map_err(|_| in_context("it is not UTF-8".to_owned()))
    }
}

impl std::fmt::Debug for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asker").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Reads an answer off the threads that serve requests; schemas can have megabytes.
pub(super) async fn read(answer: Bytes, fetched: Fetched) -> Result<Introspected, IntrospectionError> {
    // It is never closed, so there is always a permit to wait for.
    let _permit = READING.acquire().await;
    let reading = tokio::task::spawn_blocking(move || {
        read_introspection(&answer).map(|schema| Introspected { schema: Arc::new(schema), answer, fetched })
    });
    reading.await.unwrap_or_else(|error| {
        let message = format!("the introspection answer could not be read: {error}");
        Err(IntrospectionError { message, refused: false, errors: None })
    })
}

async fn ask(upstream: &Upstream, query: &str) -> Result<Answer, Failure> {
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

fn unusable(reason: impl std::fmt::Display) -> Failure {
    let reason = format!("the schema that `schema_from` names cannot be used: {reason}");
    Failure { code: Code::RemoteSchemaError, reason, internal: None }
}

/// What messages call a source.
fn shown(source: &SchemaSource) -> String {
    match source {
        SchemaSource::Sdl(_) => "its SDL".to_owned(),
        SchemaSource::File(path) => format!("the file {path}"),
        SchemaSource::Url(url) => presentable(url),
    }
}
