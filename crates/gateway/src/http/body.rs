//! Request bodies: read whole, up to a limit. A body that is too large or compressed is refused before it is read.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use engine::fault::{Code, Refusal};
use futures_util::StreamExt;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, EXPECT};
use http::{HeaderMap, StatusCode};

use crate::http::graphql::Refused;

/// How much of a refused body is thrown away, at most.
const DISCARDED: usize = 64 << 20;

/// How long that may take.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a request body of at most `limit` bytes.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Refused> {
    if let Some(encoding) = headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        let encoding = String::from_utf8_lossy(encoding.as_bytes());
        let message =
            format!("request bodies with content-encoding \"{encoding}\" are not read; send plain JSON");
        let refusal = Refusal::new(Code::NotSupported, "$", message);
        discard(headers, body);
        return Err(Refused { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal });
    }
    // Whoever announces the size is answered at once, and need not send it all when waiting for `100 Continue`.
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        discard(headers, body);
        return Err(too_large(limit));
    }
    to_bytes(body, limit).await.map_err(|error| {
        match error.source().is_some_and(|cause| cause.to_string().contains("limit")) {
            true => too_large(limit),
            false => {
                Refusal::new(Code::BadRequest, "$", "the request body could not be read to its end").into()
            }
        }
    })
}

/// Reads on, so that the client gets to see its answer: a connection that is closed on unread bytes is reset.
fn discard(headers: &HeaderMap, body: Body) {
    if headers.contains_key(EXPECT) {
        // To read would be to ask for it.
        return;
    }
    tokio::spawn(tokio::time::timeout(DISCARD_TIMEOUT, async move {
        let mut pieces = body.into_data_stream();
        let mut n_bytes = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            n_bytes += piece.len();
            if n_bytes > DISCARDED {
                break;
            }
        }
    }));
}

fn too_large(limit: usize) -> Refused {
    let message = format!("the request body is larger than the {limit} bytes allowed");
    let refusal = Refusal::new(Code::LimitExceeded, "$", message);
    Refused { status: StatusCode::PAYLOAD_TOO_LARGE, refusal }
}
