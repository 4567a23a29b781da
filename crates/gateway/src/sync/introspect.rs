//! Asks a remote for its schema: the newest introspection query first, an older one when the remote refuses that.

use std::sync::Arc;

use bytes::Bytes;
use engine::catalog::Failure;
use engine::fault::Code;
use engine::remote::{
    INTROSPECTION_QUERY, IntrospectionError, OLD_INTROSPECTION_QUERY, RemoteSchema, read_introspection,
};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::upstream::{Answer, Upstream};

/// A remote's schema and the answer it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Introspected {
    pub(crate) schema: Arc<RemoteSchema>,
    pub(crate) answer: Bytes,
}

/// Most remotes that are asked at once: far more than answer in time on one line, and far fewer than a process may have
/// sockets.
static ASKING: Semaphore = Semaphore::const_new(128);

/// Most answers that are read at once. Reading takes many times an answer's size, and a few threads use that memory again
/// and again.
static READING: Semaphore = Semaphore::const_new(2);

/// Asks for the schema. An answer that is `known` keeps the schema that was read from it, and all that depends on that.
pub(crate) async fn introspect(
    upstream: &Upstream,
    known: Option<Introspected>,
) -> Result<Introspected, Failure> {
    let read = async |answer: Bytes| match &known {
        Some(known) if known.answer == answer => Ok(known.clone()),
        _ => read(answer).await,
    };
    let answer = ask(upstream, INTROSPECTION_QUERY).await?;
    match read(answer.body).await {
        Ok(introspected) => Ok(introspected),
        Err(error) if error.refused => {
            let answer = ask(upstream, OLD_INTROSPECTION_QUERY).await?;
            read(answer.body).await.map_err(|error| failure(error, answer.status))
        }
        Err(error) => Err(failure(error, answer.status)),
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
