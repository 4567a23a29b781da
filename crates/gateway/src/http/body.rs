//! Request bodies: read whole, up to a limit. A body that is too large or compressed is refused before it is read.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody};
use bytes::{Bytes, BytesMut};
use engine::fault::{Code, Refusal};
use futures_util::StreamExt;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, EXPECT};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::timeout;

use crate::http::graphql::Refused;

/// How long a client may pause within a body; a longer pause is that of a client that went away, or means harm.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);

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
        read_pieces(&mut pieces, limit, PIECE_TIMEOUT).await
    };
    // To read on for a client that waits for `100 Continue` would be to ask for its body.
    if result.is_err() && !headers.contains_key(EXPECT) {
        tokio::spawn(timeout(DISCARD_TIMEOUT, discard(pieces)));
    }
    result
}

async fn read_pieces(
    pieces: &mut BodyDataStream,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Refused> {
    let unreadable = |_| Refusal::new(Code::BadRequest, "$", "the request body could not be read to its end");
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(piece) = timeout(patience, pieces.next()).await.map_err(|_| stalled(patience))? {
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
        if pieces.is_end_stream() {
            break;
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

fn stalled(patience: Duration) -> Refused {
    let message = format!("the request body did not go on for {patience:?}");
    Refused { status: StatusCode::REQUEST_TIMEOUT, refusal: Refusal::new(Code::BadRequest, "$", message) }
}

fn too_large(limit: usize) -> Refused {
    let message = format!("the request body is larger than the {limit} bytes allowed");
    let refusal = Refusal::new(Code::LimitExceeded, "$", message);
    Refused { status: StatusCode::PAYLOAD_TOO_LARGE, refusal }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    fn pieces(pieces: &'static [&'static str]) -> Body {
        Body::from_stream(
            stream::iter(pieces).map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece.as_bytes()))),
        )
    }

    #[tokio::test]
    async fn pieces_are_put_together_up_to_the_limit() {
        for (body, expected) in [
            (&[][..], Some("")),
            (&[""], Some("")),
            (&["abc"], Some("abc")),
            (&["", "a", "", "bc", "d"], Some("abcd")),
            (&["abcd"], Some("abcd")),
            (&["abcde"], None),
            (&["abcd", "e"], None),
            (&["ab", "cd", "", "e", "f"], None),
        ] {
            let read = read(&HeaderMap::new(), pieces(body), 4).await;
            match expected {
                Some(expected) => assert_eq!(read.unwrap(), expected, "{body:?}"),
                None => assert_eq!(read.unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE, "{body:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_stalls_is_given_up() {
        let patience = Duration::from_millis(200);
        let started = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{"))]);
        let mut stalled = Body::from_stream(started.chain(stream::pending())).into_data_stream();
        let refused = read_pieces(&mut stalled, 100, patience).await.unwrap_err();
        assert_eq!(refused.status, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(refused.refusal.message, "the request body did not go on for 200ms");
        // A slow one is read: what counts is the pause.
        let slow = stream::iter(0..20).then(|_| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, Infallible>(Bytes::from_static(b"x"))
        });
        let mut slow = Body::from_stream(slow).into_data_stream();
        assert_eq!(read_pieces(&mut slow, 100, patience).await.unwrap().len(), 20);
    }
}
