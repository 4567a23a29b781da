//! Accepting connections, with TLS or without, for all servers of the test kit.

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// Marks a response that must not be sent.
#[derive(Debug, Clone)]
pub(crate) struct CloseConnection;

/// Serves connections until the task is aborted, which also ends the connections.
pub(crate) async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, routes: Router) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (tls, routes) = (tls.clone(), routes.clone());
        connections.spawn(async move {
            match tls {
                None => serve(stream, routes).await,
                Some(tls) => {
                    // Who does not trust the certificate goes away.
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, routes).await;
                    }
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, routes: Router) {
    let service = hyper::service::service_fn(move |request| {
        let routes = routes.clone();
        async move {
            let Ok(response) = routes.oneshot(request).await;
            match response.extensions().get::<CloseConnection>() {
                Some(CloseConnection) => Err("the connection is closed on purpose"),
                None => Ok(response),
            }
        }
    });
    // A client that goes away is no fault of the server.
    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}
