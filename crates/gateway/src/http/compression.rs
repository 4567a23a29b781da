//! Compressed answers, for clients that accept them.

use std::convert::Infallible;
use std::future::{Ready, ready};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use http::header::ACCEPT_ENCODING;
use http::{HeaderValue, Request};
use tower::Service;
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use tower_http::compression::predicate::SizeAbove;

/// Marks an answer, in its extensions, that goes out as it is: it is compressed already, or compression has been found to gain nothing.
#[derive(Debug, Clone, Copy)]
pub struct AsIs;

/// Bodies up to this size are not worth it.
const ABOVE: u16 = 1024;

/// Compresses the body of an answer as `accepted`, the request's `Accept-Encoding`, allows. Only large successes are worth
/// it: the others do not come near the library, and most answers are among them.
pub async fn compress(response: Response, accepted: Option<HeaderValue>) -> Response {
    let is_large = response.body().size_hint().lower() > u64::from(ABOVE);
    let is_left = response.extensions().get::<AsIs>().is_some();
    let Some(accepted) = accepted.filter(|_| is_large && !is_left && response.status().is_success()) else {
        return response;
    };
    // The library compresses what a service answers; this one has its answer already.
    let mut answer = Some(response);
    let answering = tower::service_fn(move |_: Request<()>| -> Ready<Result<Response, Infallible>> {
        ready(Ok(answer.take().unwrap_or_default()))
    });
    let mut request = Request::new(());
    request.headers_mut().insert(ACCEPT_ENCODING, accepted);
    let mut compressing =
        Compression::new(answering).quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(ABOVE));
    match compressing.call(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}
