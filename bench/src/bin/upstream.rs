//! Orders, users and products: three GraphQL APIs in one process, one port each, as fast as can be.
//!
//! Prints the URL of each as a line `NAME URL`. Beside GraphQL, every port answers `/stats` (requests of each API so far) and
//! `/delay/N` (from now on, every answer takes N milliseconds).
//!
//! The first request of its kind is parsed and answered for real; since the data never change, equal bodies then get the same
//! answer from memory. So an upstream request costs about the same for every gateway, whatever its text.
#![expect(clippy::print_stdout, reason = "the URLs are this program's output")]

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use conjoin_bench::schema::Api;
use conjoin_bench::{answer, document};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::oneshot;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers in memory are forgotten when they are more than this.
const KEPT_BYTES: usize = 256 << 20;

struct Upstream {
    requests: [AtomicU64; 3],
    delay_ms: AtomicU64,
    kept: RwLock<Kept>,
    alarms: mpsc::Sender<(Instant, oneshot::Sender<()>)>,
}

#[derive(Default)]
struct Kept {
    answers: [FxHashMap<Bytes, Bytes>; 3],
    bytes: usize,
}

/// A request as GraphQL over HTTP has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    #[serde(borrow)]
    query: Cow<'a, str>,
    #[serde(borrow)]
    operation_name: Option<Cow<'a, str>>,
    variables: Option<Map<String, Value>>,
}

fn main() -> anyhow::Result<()> {
    let (alarms, alarmed) = mpsc::channel();
    std::thread::spawn(move || ring(&alarmed));
    let upstream = Arc::new(Upstream {
        requests: Default::default(),
        delay_ms: AtomicU64::new(0),
        kept: RwLock::default(),
        alarms,
    });
    // One thread serves more than two cores can ask for, and never waits for another one.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut served = Vec::new();
        for api in Api::ALL {
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
            println!("{} http://{}/graphql", api.name(), listener.local_addr()?);
            served.push(tokio::spawn(serve(api, listener, upstream.clone())));
        }
        for task in served {
            task.await?;
        }
        anyhow::Ok(())
    })
}

/// Wakes those who wait, in turn. All wait equally long, so the first to come is the first to go. The runtime's own
/// timers are a millisecond late, which is 5 % of the delay that we want to see.
fn ring(alarmed: &mpsc::Receiver<(Instant, oneshot::Sender<()>)>) {
    while let Ok((deadline, waiting)) = alarmed.recv() {
        std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
        // An error means that the client has gone.
        let _ = waiting.send(());
    }
}

async fn serve(api: Api, listener: tokio::net::TcpListener, upstream: Arc<Upstream>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Without it answers are only later.
        let _ = stream.set_nodelay(true);
        let upstream = upstream.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let upstream = upstream.clone();
                async move { Ok::<_, Infallible>(upstream.handle(api, request).await) }
            });
            // Clients hang up as they like.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl Upstream {
    async fn handle(&self, api: Api, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        let body = if path == "/stats" {
            let counts = Api::ALL.map(|api| self.requests[api as usize].load(Ordering::Relaxed));
            format!(r#"{{"orders":{},"users":{},"products":{}}}"#, counts[0], counts[1], counts[2]).into()
        } else if let Some(delay) = path.strip_prefix("/delay/") {
            self.delay_ms.store(delay.parse().unwrap_or(0), Ordering::Relaxed);
            Bytes::from_static(b"{}")
        } else {
            let arrived = Instant::now();
            self.requests[api as usize].fetch_add(1, Ordering::Relaxed);
            let asked = match request.into_body().collect().await {
                Ok(body) => body.to_bytes(),
                Err(_) => Bytes::new(),
            };
            let body = self.answer(api, asked);
            self.wait(arrived).await;
            body
        };
        let mut response = Response::new(Full::new(body));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    async fn wait(&self, arrived: Instant) {
        let delay = self.delay_ms.load(Ordering::Relaxed);
        if delay > 0 {
            let (bell, rings) = oneshot::channel();
            if self.alarms.send((arrived + Duration::from_millis(delay), bell)).is_ok() {
                // The bell lives as long as this process.
                let _ = rings.await;
            }
        }
    }

    fn answer(&self, api: Api, asked: Bytes) -> Bytes {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = kept.answers[api as usize].get(&asked) {
            return answer.clone();
        }
        drop(kept);
        let answer = Bytes::from(work_out(api, &asked));
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes > KEPT_BYTES {
            *kept = Kept::default();
        }
        kept.bytes += asked.len() + answer.len() + 128;
        kept.answers[api as usize].insert(asked, answer.clone());
        answer
    }
}

fn work_out(api: Api, asked: &[u8]) -> Vec<u8> {
    let asked: Asked<'_> = match serde_json::from_slice(asked) {
        Ok(asked) => asked,
        Err(error) => return answer::error(&format!("cannot read the request: {error}")),
    };
    match document::parse(&asked.query, asked.operation_name.as_deref()) {
        Ok(document) => answer::answer(api, &document, &asked.variables.unwrap_or_default()),
        Err(message) => answer::error(&message),
    }
}
