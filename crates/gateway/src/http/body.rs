//! Request bodies: read whole, up to a limit. A body that is too large or compressed is refused before it is read.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use engine::fault::{Code, Refusal};
use futures_util::StreamExt;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, EXPECT};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::http::graphql::Refused;

/// How much of a refused body is thrown away, at most.
const DISCARDED: usize = 64 << 20;

/// How long that may take.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a request body of at most `limit` bytes.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Refused> {
    let mut pieces = body.into_data_stream();
    let result = if let Some(encoding) = headers.get(CONTENT_ENCODING).filter(|it| *it != "identity") {
        Err(compressed(encoding))
    } else if length(headers).is_some_and(|length| length > limit) {
        // Whoever announces the size is answered at once, and need not send it all when waiting for `100 Continue`.
        Err(too_large(limit))
    } else {
        read_pieces(&mut pieces, limit).await
    };
    // To read on for a client that waits for `100 Continue` would be to ask for its body.
    if result.is_err() && !headers.contains_key(EXPECT) {
        tokio::spawn(tokio::time::timeout(DISCARD_TIMEOUT, discard(pieces)));
    }
    result
}

async fn read_pieces(pieces: &mut BodyDataStream, limit: usize) -> Result<Bytes, Refused> {
    let unreadable = |_| Refusal::new(Code::BadRequest, "$", "the request body could not be read to its end");
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(unreadable)?;
        if first.len() + whole.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        // Small bodies arrive in one piece and are never copied.
        if first.is_empty() && whole.is_empty() {
            first = piece;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&piece);
        }
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// Reads on, so that the client gets to see its answer: a connection that is closed on unread bytes is reset.
async fn discard(mut pieces: BodyDataStream) {
    let mut n_bytes = 0;
    while let Some(Ok(piece)) = pieces.next().await {
        n_bytes += piece.len();
        if n_bytes > DISCARDED {
            break;
        }
    }
}

fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn compressed(encoding: &HeaderValue) -> Refused {
    let encoding = String::from_utf8_lossy(encoding.as_bytes());
    let message =
        format!("request bodies with content-encoding \"{encoding}\" are not read; send plain JSON");
    let refusal = Refusal::new(Code::NotSupported, "$", message);
    Refused { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal }
}

fn too_large(limit: usize) -> Refused {
    let message = format!("the request body is larger than the {limit} bytes allowed");
    let refusal = Refusal::new(Code::LimitExceeded, "$", message);
    Refused { status: StatusCode::PAYLOAD_TOO_LARGE, refusal }
}
