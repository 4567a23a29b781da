//! The keys of one issuer: fetched at start, fetched again before they are too old, and once more when a token names one that is
//! not among them.
//!
//! One task fetches, so there is never more than one request under way; requests that wait for new keys wait for that
//! task. A set that could not be fetched or read leaves the last good one in place. Without any set no token is believed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, Method};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use crate::auth::freshness;
use crate::auth::jwt::key::{Key, read_set};
use crate::telemetry::JWK_REFRESH_LOG;
use crate::upstream::endpoint::{Address, Endpoint};

/// Largest answer that is read.
const MAX_BYTES: usize = 1 << 20;

/// The keys at one time.
#[derive(Debug)]
pub struct KeySet {
    /// All of them are trusted.
    pub keys: Vec<Arc<Key>>,
    /// Another number for another set.
    pub generation: u64,
    body: Bytes,
}

/// How often an issuer is asked.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two fetches on time, at least, whatever the answers say.
    pub shortest: Duration,
    /// Between two fetches on time, at most.
    pub longest: Duration,
    /// Where answers do not say.
    pub unstated: Duration,
    /// Between two fetches because of tokens; unknown keys can be made up.
    pub asked_for: Duration,
    /// After the first failure; later pauses double.
    pub first_pause: Duration,
    /// Longest pause after failures.
    pub longest_pause: Duration,
    /// For one fetch.
    pub timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            shortest: Duration::from_secs(10),
            longest: Duration::from_secs(24 * 3600),
            unstated: Duration::from_secs(3600),
            asked_for: Duration::from_secs(10),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            timeout: Duration::from_secs(10),
        }
    }
}

/// Keys that are kept up to date.
#[derive(Debug)]
pub struct Jwks {
    shared: Arc<Shared>,
    /// Fetches; absent where there is nothing to fetch.
    task: Option<AbortHandle>,
}

/// What those who need keys and the task that fetches them share.
#[derive(Debug)]
struct Shared {
    current: ArcSwap<KeySet>,
    pace: Pace,
    asking: Mutex<Asking>,
    wanted: Notify,
    n_fetched: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Asking {
    /// Whether a fetch is under way, or about to be.
    is_pending: bool,
    /// When the last one ended.
    last: Option<Instant>,
}

impl KeySet {
    /// Whether a token names one of these keys.
    pub fn knows(&self, kid: Option<&str>) -> bool {
        kid.is_some() && self.keys.iter().any(|key| key.kid.as_deref() == kid)
    }
}

impl Jwks {
    /// One key for ever.
    pub fn fixed(key: Arc<Key>) -> Self {
        Self { shared: Shared::new(vec![key], Pace::default()), task: None }
    }

    /// Begins to fetch a key set; must be called in a runtime.
    pub fn start(address: &Address, pace: Pace) -> Self {
        let shared = Shared::new(Vec::new(), pace);
        let task = match Endpoint::new(address, pace.timeout, MAX_BYTES) {
            Ok(endpoint) => Some(tokio::spawn(keep(Arc::clone(&shared), endpoint)).abort_handle()),
            Err(why) => {
                tracing::error!(target: JWK_REFRESH_LOG, "no keys can be fetched, so no token is believed: {why}");
                None
            }
        };
        Self { shared, task }
    }

    /// The keys now.
    pub fn current(&self) -> Arc<KeySet> {
        self.shared.current.load_full()
    }

    /// Which keys they are now.
    pub fn generation(&self) -> u64 {
        self.shared.current.load().generation
    }

    /// Has the keys fetched for a token that none of `known` fits, and waits for what comes of it. Nothing when that was done
    /// lately, or when it brought no other keys.
    pub async fn refetch(&self, known: &KeySet) -> Option<Arc<KeySet>> {
        let Shared { pace, asking, wanted, n_fetched, .. } = &*self.shared;
        self.task.as_ref()?;
        let mut n_fetched = n_fetched.subscribe();
        let newer = || Some(self.current()).filter(|key_set| key_set.generation != known.generation);
        if let Some(newer) = newer() {
            return Some(newer);
        }
        {
            let mut asking = lock(asking);
            if !asking.is_pending {
                if asking.last.is_some_and(|last| last.elapsed() < pace.asked_for) {
                    return newer();
                }
                asking.is_pending = true;
                wanted.notify_one();
            }
        }
        // A fetch has an end; this bound is for a runtime that shuts down.
        let patience = pace.timeout + Duration::from_secs(1);
        tokio::time::timeout(patience, n_fetched.changed()).await.ok()?.ok()?;
        newer()
    }
}

impl Drop for Jwks {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Shared {
    fn new(keys: Vec<Arc<Key>>, pace: Pace) -> Arc<Self> {
        Arc::new(Self {
            current: ArcSwap::from_pointee(KeySet { keys, generation: 0, body: Bytes::new() }),
            pace,
            // A task that is about to begin fetches first of all.
            asking: Mutex::new(Asking { is_pending: true, last: None }),
            wanted: Notify::new(),
            n_fetched: watch::Sender::new(0),
        })
    }

    /// Takes an answer over. One that says the same as before changes nothing.
    fn take(&self, body: Bytes) -> Result<(), String> {
        let current = self.current.load();
        if current.body == body {
            return Ok(());
        }
        let keys = read_set(&body)?.into_iter().map(Arc::new).collect();
        self.current.store(Arc::new(KeySet { keys, generation: current.generation + 1, body }));
        Ok(())
    }
}

/// Fetches for ever.
async fn keep(shared: Arc<Shared>, endpoint: Endpoint) {
    let Shared { current, pace, asking, wanted, n_fetched } = &*shared;
    let mut pause = Duration::ZERO;
    loop {
        lock(asking).is_pending = true;
        let next = match fetch(&shared, &endpoint).await {
            Ok(age) => {
                pause = Duration::ZERO;
                age.unwrap_or(pace.unstated).clamp(pace.shortest, pace.longest)
            }
            Err(why) => {
                pause = (pause * 2).clamp(pace.first_pause, pace.longest_pause);
                let (url, n_keys) = (endpoint.shown(), current.load().keys.len());
                tracing::warn!(target: JWK_REFRESH_LOG, url, n_keys, "the keys of tokens could not be fetched, the last ones stay: {why}");
                // Several gateways that lost the same issuer must not come back as one.
                pause.mul_f64(0.5 + rand::random::<f64>() / 2.0)
            }
        };
        *lock(asking) = Asking { is_pending: false, last: Some(Instant::now()) };
        n_fetched.send_modify(|n_fetched| *n_fetched += 1);
        tokio::select! {
            () = tokio::time::sleep(next) => {}
            () = wanted.notified() => {}
        }
    }
}

/// Fetches once, and tells how long the answer says it may be used.
async fn fetch(shared: &Shared, endpoint: &Endpoint) -> Result<Option<Duration>, String> {
    let response = endpoint.ask(&Method::GET, HeaderMap::new(), Bytes::new()).await?;
    let (parts, body) = response.into_parts();
    if !parts.status.is_success() {
        return Err(format!("the answer has status {}", parts.status.as_u16()));
    }
    shared.take(body)?;
    Ok(freshness::of_headers(&parts.headers, SystemTime::now()))
}

/// Nothing is done while it is held that could leave it half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
