//! The running server: binds, accepts, serves until told to stop, and lets running requests finish.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::settings::ServeOptions;
use crate::config::{Config, ConfigError};
use crate::http::{App, Surface};
use crate::store::{Store, StoreError};
use crate::sync::{self, Hub};
use crate::telemetry::{self, STARTUP};

/// The store's file in the data directory.
const STORE_FILE: &str = "conjoin.db";

/// How long the start waits for upstreams that a metadata directory names; slower ones join later.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a client may take to send the head of a request; slower ones only hold a connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Pause after a failed accept, for instance when file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The options are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; pass another --port or --host")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The metadata store does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The metadata directory cannot be read.
    #[error(transparent)]
    MetadataDirectory(#[from] metadata::directory::Error),
    /// The process lacks what it needs of its system: threads, signals.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// Runs the server until SIGTERM or SIGINT: the whole of `conjoin serve`.
pub fn run(options: &ServeOptions) -> Result<(), ServeError> {
    let config = Config::from_process(options)?;
    // Dropped last, so that it also takes along what the end has to say.
    let _flush = telemetry::init(config.log.format, config.log.level, &config.log.types)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        // Asked for first, so that a signal during the start is not lost.
        let stopped = stop_signal()?;
        let gateway = Gateway::open(config).await?;
        stopped.await;
        tracing::info!(target: STARTUP, "stopping: no new requests, running ones finish");
        gateway.stop().await;
        Ok(())
    })
}

/// A gateway that is being served by tasks of the current runtime.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    hub: Hub,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Gateway {
    /// Opens the store, applies the metadata directory if there is one, and starts to serve.
    pub async fn open(config: Config) -> Result<Self, ServeError> {
        let begin = Instant::now();
        // Read before anything else happens: a mistake in a file must not leave half a start.
        let document = match &config.metadata_dir {
            Some(directory) => Some(metadata::directory::read(directory)?.document),
            None => None,
        };
        let store = match &config.metadata_database {
            Some(address) => Store::open_postgres(address, config.metadata_database_wait).await?,
            None => Store::open_sqlite(&config.data_dir.join(STORE_FILE)).await?,
        };
        let place = store.place().to_owned();
        let options = sync::Options {
            catalog: engine::catalog::Options {
                permissions_off: config.permissions_off,
                allowlist: config.allowlist,
            },
            max_answer_bytes: config.max_answer_bytes,
            history: config.history,
            poll_interval: config.poll_interval,
            ..sync::Options::default()
        };
        let hub = Hub::start(store, options).await?;
        if let Some(document) = document {
            hub.replace(document, Some(PATIENCE)).await?;
        }
        for note in &config.notes {
            tracing::warn!(target: STARTUP, "{note}");
        }
        let secured = config.auth.has_secret();
        let has_others = config.auth.has_webhook() || !config.auth.issuers().is_empty();
        let gateway = Self::start(hub, config).await?;
        let snapshot = gateway.hub.snapshot();
        for problem in &snapshot.problems {
            tracing::warn!(target: STARTUP, object = ?problem.object, "{}", problem.reason);
        }
        let address = gateway.address;
        let access = match (secured, address.ip().is_loopback()) {
            (true, _) if has_others => "callers need the admin secret, or what proves who they are",
            (true, _) => "callers need the admin secret",
            (false, true) => "no admin secret is set: every local caller is admin",
            (false, false) => "no admin secret is set: EVERYONE who reaches this address is admin",
        };
        let detail = json!({"kind": "server", "info": {
            "address": address,
            "admin_secret_set": secured,
            "metadata_store": place,
            "resource_version": snapshot.resource_version,
            "remote_schemas": snapshot.catalog.remotes.len(),
            "problems": snapshot.problems.len(),
            "time_taken": begin.elapsed().as_secs_f64(),
            "message": access,
        }});
        tracing::info!(target: STARTUP, detail = %detail, "listening on http://{address}; {access}");
        Ok(gateway)
    }

    /// Binds and starts to serve what `hub` has. With port 0, [`Gateway::address`] tells which one it became.
    pub async fn start(hub: Hub, config: Config) -> Result<Self, ServeError> {
        let bind = |source| ServeError::Bind { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let patience = config.graceful_shutdown_timeout;
        let app = Arc::new(App::new(hub.clone(), config));
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(serve(listener, app, stopped, patience));
        Ok(Self { address, hub, stop, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it serves.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Stops accepting and waits until running requests are finished, or the configured time is over.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "the accepting task ended badly");
        }
        if let Err(error) = self.hub.close().await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the metadata store was not closed");
        }
    }
}

async fn serve(listener: TcpListener, app: Arc<App>, mut stopped: watch::Receiver<bool>, patience: Duration) {
    let mutations = Arc::clone(&app.mutations);
    let closing = app.closing.clone();
    let surface = Arc::new(Surface::new(app));
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        match accepted {
            Ok((stream, peer)) => connect(stream, peer, Arc::clone(&surface), &connections),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    closing.send_replace(true);
    let finished = async {
        connections.shutdown().await;
        // No connection is left to start another; these are the mutations whose clients went away.
        drop(mutations.write().await);
    };
    if tokio::time::timeout(patience, finished).await.is_err() {
        tracing::warn!("requests were still running when the shutdown timeout was over; they are aborted");
    }
}

fn connect(stream: TcpStream, peer: SocketAddr, surface: Arc<Surface>, connections: &GracefulShutdown) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY on a connection");
    }
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let surface = Arc::clone(&surface);
        async move { Ok::<_, Infallible>(surface.answer(request.map(Body::new), Some(peer)).await) }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let connection = connections.watch(connection.into_owned());
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended badly");
        }
    });
}

/// Listens for SIGTERM and SIGINT from the moment of the call; the future resolves at the first of them.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests;
