//! The load driver: a fixed number of connections, each of which sends its next request when it has its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use crate::credentials::Credentials;
use crate::workload::{Workload, is_right};

/// Every so manieth answer is compared with the right one; of the others, only the status is looked at.
const COMPARED: usize = 16;
/// A request that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of it.
#[derive(Debug, Default, Clone)]
pub struct Outcome {
    /// How long each request took, in microseconds.
    pub latencies: Vec<u32>,
    /// How long all took.
    pub elapsed: Duration,
    /// Requests that failed or were answered wrongly.
    pub wrong: u64,
    /// The first of them.
    pub first_wrong: Option<String>,
}

impl Outcome {
    /// Adds what came of another round.
    pub fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.elapsed += other.elapsed;
        self.wrong += other.wrong;
        self.first_wrong = self.first_wrong.take().or(other.first_wrong);
    }

    /// Answered requests in a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The latency, in milliseconds, that this share of the requests kept below.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut latencies = self.latencies.clone();
        let place = ((latencies.len() as f64 * share) as usize).min(latencies.len().saturating_sub(1));
        if latencies.is_empty() {
            return f64::NAN;
        }
        f64::from(*latencies.select_nth_unstable(place).1) / 1000.0
    }
}

/// Sends requests for a while. Those under way at the end are waited for and count.
pub fn drive(
    url: &str,
    credentials: Credentials,
    workload: &Arc<Workload>,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Outcome> {
    let until = Instant::now() + time;
    drive_while(url, credentials, workload, connections, move || Instant::now() < until)
}

/// Sends so many requests.
pub fn drive_count(
    url: &str,
    credentials: Credentials,
    workload: &Arc<Workload>,
    connections: usize,
    count: usize,
) -> anyhow::Result<Outcome> {
    let left = Arc::new(AtomicUsize::new(count));
    let take = move || {
        let one_less = |left: usize| left.checked_sub(1);
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    };
    drive_while(url, credentials, workload, connections, take)
}

fn drive_while(
    url: &str,
    credentials: Credentials,
    workload: &Arc<Workload>,
    connections: usize,
    more: impl Fn() -> bool + Clone + Send + 'static,
) -> anyhow::Result<Outcome> {
    let url: Uri = url.parse()?;
    in_runtime(async {
        let started = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..connections {
            clients.spawn(client(url.clone(), credentials, workload.clone(), more.clone()));
        }
        let mut sum = Outcome::default();
        while let Some(outcome) = clients.join_next().await {
            sum.add(outcome?);
        }
        sum.elapsed = started.elapsed();
        Ok(sum)
    })
}

/// One connection's requests.
async fn client(
    url: Uri,
    credentials: Credentials,
    workload: Arc<Workload>,
    more: impl Fn() -> bool,
) -> Outcome {
    // Rounds of one run begin at different requests.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let mut outcome = Outcome::default();
    let mut connection = None;
    while more() {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let (body, right) = workload.request(n);
        let sent = Instant::now();
        match exchange(&url, credentials, &mut connection, body).await {
            Ok(answer) => {
                outcome.latencies.push(sent.elapsed().as_micros() as u32);
                if n.is_multiple_of(COMPARED) && !is_right(&answer, right) {
                    outcome.wrong += 1;
                    outcome.first_wrong.get_or_insert_with(|| shown(&answer));
                }
            }
            Err(error) => {
                outcome.wrong += 1;
                outcome.first_wrong.get_or_insert_with(|| format!("{error:#}"));
                connection = None;
                // Nobody is there: do not spin.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
    outcome
}

async fn exchange(
    url: &Uri,
    credentials: Credentials,
    kept: &mut Option<Connection>,
    body: Bytes,
) -> anyhow::Result<Bytes> {
    let connection = match kept {
        Some(connection) => connection,
        None => kept.insert(Connection::open(url, credentials).await?),
    };
    tokio::time::timeout(PATIENCE, connection.ask(body)).await.context("no answer in time")?
}

/// Sends one body and gives the answer.
pub fn ask_once(url: &str, credentials: Credentials, body: Bytes) -> anyhow::Result<Bytes> {
    let url: Uri = url.parse()?;
    let exchanged = async { Connection::open(&url, credentials).await?.ask(body).await };
    in_runtime(async { tokio::time::timeout(PATIENCE, exchanged).await.context("no answer in time")? })
}

/// The body of a `GET`.
pub fn get(url: &str) -> anyhow::Result<Bytes> {
    let url: Uri = url.parse()?;
    in_runtime(async {
        let mut connection = Connection::open(&url, Credentials::None).await?;
        let request = connection.request(Method::GET, Bytes::new());
        connection.send(request).await
    })
}

/// The beginning of an answer.
pub fn shown(answer: &[u8]) -> String {
    String::from_utf8_lossy(&answer[..answer.len().min(300)]).into_owned()
}

fn in_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// A connection to a server.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    path: Uri,
    host: HeaderValue,
    credentials: Credentials,
}

impl Connection {
    async fn open(url: &Uri, credentials: Credentials) -> anyhow::Result<Self> {
        let authority = url.authority().with_context(|| format!("{url} has no host"))?;
        let stream = tokio::net::TcpStream::connect(authority.as_str()).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // Its errors reach the sender.
        tokio::spawn(connection);
        let path = url.path_and_query().with_context(|| format!("{url} has no path"))?.as_str().parse()?;
        Ok(Self { sender, path, host: HeaderValue::from_str(authority.as_str())?, credentials })
    }

    async fn ask(&mut self, body: Bytes) -> anyhow::Result<Bytes> {
        let request = self.request(Method::POST, body);
        self.send(request).await
    }

    fn request(&self, method: Method, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.path.clone();
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(HOST, self.host.clone());
        request.headers_mut().insert(CONTENT_TYPE, json.clone());
        request.headers_mut().insert(ACCEPT, json);
        request.headers_mut().extend(self.credentials.header());
        request
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Bytes> {
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status != StatusCode::OK {
            bail!("status {status}: {}", shown(&body));
        }
        Ok(body)
    }
}
