//! Asks a remote for its schema: the newest introspection query first, an older one when the remote refuses that.

use std::sync::Arc;

use bytes::Bytes;
use engine::catalog::Failure;
use engine::fault::Code;
use engine::remote::{
    INTROSPECTION_QUERY, IntrospectionError, OLD_INTROSPECTION_QUERY, RemoteSchema, read_introspection,
};
use serde_json::json;

use crate::upstream::Upstream;

/// A remote's schema and the answer it was read from.
#[derive(Debug, Clone)]
pub(super) struct Introspected {
    pub(super) schema: Arc<RemoteSchema>,
    pub(super) answer: Bytes,
}

pub(super) async fn introspect(upstream: &Upstream) -> Result<Introspected, Failure> {
    let answer = ask(upstream, INTROSPECTION_QUERY).await?;
    match read(answer).await {
        Ok(introspected) => Ok(introspected),
        Err(error) if error.refused => {
            let answer = ask(upstream, OLD_INTROSPECTION_QUERY).await?;
            read(answer).await.map_err(failure)
        }
        Err(error) => Err(failure(error)),
    }
}

/// Reads an answer off the threads that serve requests; schemas can have megabytes.
pub(super) async fn read(answer: Bytes) -> Result<Introspected, IntrospectionError> {
    let reading = tokio::task::spawn_blocking(move || {
        read_introspection(&answer).map(|schema| Introspected { schema: Arc::new(schema), answer })
    });
    reading.await.unwrap_or_else(|error| {
        let message = format!("the introspection answer could not be read: {error}");
        Err(IntrospectionError { message, refused: false, errors: None })
    })
}

async fn ask(upstream: &Upstream, query: &str) -> Result<Bytes, Failure> {
    let body = json!({"query": query, "operationName": "IntrospectionQuery"}).to_string();
    Ok(upstream.post(body.into(), None, None).await?.body)
}

fn failure(error: IntrospectionError) -> Failure {
    Failure { code: Code::RemoteSchemaError, reason: error.message, internal: error.errors }
}
