//! Several clients for one remote, of which as few are used as suffice.
//!
//! A client has one HTTP/2 connection for all its requests: one task that encrypts and writes for them, and at most as
//! many requests at a time as the remote allows on a connection. Under load that is what everyone waits for. HTTP/1.1
//! has a connection for each request anyway and needs no second client.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::Version;

use super::connect::Client;

/// Most clients of one remote.
pub(super) const MEMBERS: usize = 4;

/// From how many requests at a time on every client another one is used.
const BUSY: usize = 32;

/// The clients of one remote.
#[derive(Debug)]
pub(super) struct Ring {
    members: Vec<Member>,
    /// How many of them are in use, from the front.
    n_open: AtomicUsize,
    /// Whether a request is on its way to open the next, or found that there is no use in it.
    is_opening: AtomicBool,
}

#[derive(Debug)]
struct Member {
    client: Client,
    n_running: AtomicUsize,
}

/// A client for one request, until its answer is read.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    ring: &'a Ring,
    member: &'a Member,
    /// The number of clients in use once this one is known to be worth it.
    opens: Option<usize>,
}

impl Ring {
    /// A ring of these clients, never none.
    pub(super) fn new(first: Client, others: impl IntoIterator<Item = Client>) -> Self {
        let members = std::iter::once(first).chain(others);
        Self {
            members: members.map(|client| Member { client, n_running: AtomicUsize::new(0) }).collect(),
            n_open: AtomicUsize::new(1),
            is_opening: AtomicBool::new(false),
        }
    }

    /// The first client that is not busy, or the least busy one. Two callers at once may choose the same, which does no harm.
    ///
    /// When all are busy, one caller opens the next, alone: many at once would make a connection each before any of them
    /// knows that one serves all.
    pub(super) fn turn(&self) -> Turn<'_> {
        let running = |member: &Member| member.n_running.load(Ordering::Relaxed);
        let n_open = self.n_open.load(Ordering::Relaxed);
        let mut best = &self.members[0];
        for member in &self.members[..n_open] {
            if running(best) < BUSY {
                break;
            }
            if running(member) < running(best) {
                best = member;
            }
        }
        let mut opens = None;
        if running(best) >= BUSY
            && let Some(next) = self.members.get(n_open)
            && !self.is_opening.swap(true, Ordering::Relaxed)
        {
            (best, opens) = (next, Some(n_open + 1));
        }
        best.n_running.fetch_add(1, Ordering::Relaxed);
        Turn { ring: self, member: best, opens }
    }
}

impl Turn<'_> {
    pub(super) fn client(&self) -> &Client {
        &self.member.client
    }

    /// Takes note of the protocol of the answer, which says whether others may use this client too.
    pub(super) fn heard(&mut self, version: Version) {
        if let Some(n_open) = self.opens.take()
            && version == Version::HTTP_2
        {
            self.ring.n_open.fetch_max(n_open, Ordering::Relaxed);
            self.ring.is_opening.store(false, Ordering::Relaxed);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.member.n_running.fetch_sub(1, Ordering::Relaxed);
        if self.opens.is_some() {
            // It did not come so far, so the next may try.
            self.ring.is_opening.store(false, Ordering::Relaxed);
        }
    }
}
