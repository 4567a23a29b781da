//! What is known of each remote: its client and its schema. Carried from one snapshot to the next, so that a change of the
//! metadata neither asks an unchanged upstream again nor closes its connections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use engine::catalog::{Catalog, Failure, Introspection};
use engine::fault::Code;
use engine::remote::IntrospectionError;
use futures_util::StreamExt;
use futures_util::stream::{self, FuturesUnordered};
use metadata::network::TlsAllow;
use metadata::{Document, OnSchemaChange, RemoteSchema, RemoteSchemaDefinition};
use serde_json::json;

use super::Options;
use super::introspect::{Asker, Fetched, Introspected, read};
use crate::store::StoredIntrospection;
use crate::upstream::Upstream;

/// Most remotes that are asked for their schemas at a time.
const MOST_ASKED: usize = 64;

/// The remotes of a document, by name.
pub(super) type Remotes = BTreeMap<String, Arc<Remote>>;

/// What is known of one remote.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    /// The part of its definition that its client depends on.
    connection: RemoteSchemaDefinition,
    /// Its client, or why there is none.
    upstream: Result<Arc<Upstream>, Failure>,
    /// Its schema, or why there is none.
    introspection: Introspection,
    /// The answer that the schema was read from.
    answer: Option<Bytes>,
    /// When that was fetched.
    fetched: Option<Fetched>,
    /// Whether it was asked since the process started.
    was_asked: bool,
    /// A newer schema that is not served until someone says so.
    held: Option<Arc<Held>>,
}

/// A schema that is not served until someone says so.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) introspected: Introspected,
    /// In seconds since 1970.
    pub(super) fetched_at: i64,
    /// The version of the metadata for which it was found to be unsafe.
    pub(super) judged_for: u64,
}

impl Remote {
    /// Why there is no fresh schema; `None` when there is one or it was not asked for yet.
    pub(super) fn failure(&self) -> Option<&Failure> {
        match &self.introspection {
            Introspection::Fresh(_) => None,
            Introspection::Stored { cause, .. } => cause.as_ref(),
            Introspection::Missing(failure) => Some(failure),
        }
    }

    pub(super) fn introspection(&self) -> &Introspection {
        &self.introspection
    }

    pub(super) fn is_fresh(&self) -> bool {
        matches!(self.introspection, Introspection::Fresh(_))
    }

    pub(super) fn answer(&self) -> Option<&Bytes> {
        self.answer.as_ref()
    }

    pub(super) fn fetched(&self) -> Option<Fetched> {
        self.fetched
    }

    pub(super) fn upstream(&self) -> Option<&Arc<Upstream>> {
        self.upstream.as_ref().ok()
    }

    /// The remote after it was asked: with the new schema, else with the last good one and the cause.
    pub(super) fn asked(&self, outcome: Result<Introspected, Failure>) -> Self {
        let (introspection, answer, fetched, held) = match outcome {
            Ok(Introspected { schema, answer, fetched }) => {
                (Introspection::Fresh(schema), Some(answer), Some(fetched), None)
            }
            Err(failure) => match &self.introspection {
                Introspection::Fresh(schema) | Introspection::Stored { schema, .. } => (
                    Introspection::Stored { schema: Arc::clone(schema), cause: Some(failure) },
                    self.answer.clone(),
                    self.fetched,
                    self.held.clone(),
                ),
                Introspection::Missing(_) => (Introspection::Missing(failure), None, None, None),
            },
        };
        Self {
            connection: self.connection.clone(),
            upstream: self.upstream.clone(),
            introspection,
            answer,
            fetched,
            was_asked: true,
            held,
        }
    }

    /// The remote after it has answered what is served already.
    pub(super) fn confirmed(&self, fetched: Fetched) -> Self {
        Self { fetched: Some(fetched), ..self.answering(None) }
    }

    /// The remote after it has answered what is not to be served yet.
    pub(super) fn holding(&self, introspected: Introspected, judged_for: u64) -> Self {
        let fetched_at = match &self.held {
            Some(held) if held.introspected.answer == introspected.answer => held.fetched_at,
            _ => now(),
        };
        self.answering(Some(Arc::new(Held { introspected, fetched_at, judged_for })))
    }

    fn answering(&self, held: Option<Arc<Held>>) -> Self {
        let introspection = match &self.introspection {
            Introspection::Fresh(schema) | Introspection::Stored { schema, .. } => {
                Introspection::Fresh(Arc::clone(schema))
            }
            Introspection::Missing(failure) => Introspection::Missing(failure.clone()),
        };
        Self {
            connection: self.connection.clone(),
            upstream: self.upstream.clone(),
            introspection,
            answer: self.answer.clone(),
            fetched: self.fetched,
            was_asked: true,
            held,
        }
    }

    /// What is held back, if anything.
    pub(super) fn held(&self) -> Option<&Arc<Held>> {
        self.held.as_ref()
    }

    /// Schema and answer that are served.
    pub(super) fn known(&self) -> Option<Introspected> {
        let schema = Arc::clone(self.introspection.schema()?);
        Some(Introspected { schema, answer: self.answer.clone()?, fetched: self.fetched? })
    }

    /// What it takes to ask it for its schema, if it can be asked.
    pub(super) fn asker(&self, options: &Options) -> Option<Asker> {
        let held = self.held.iter().map(|held| held.introspected.clone());
        let asker = Asker::new(
            &self.connection,
            Arc::clone(self.upstream()?),
            Arc::clone(&options.env),
            options.max_answer_bytes,
        );
        Some(asker.knowing(self.known().into_iter().chain(held)))
    }

    /// Whether a catalog with the other one in this one's place would be the same, and so would its problems.
    pub(super) fn serves_as(&self, other: &Self) -> bool {
        let schema = |remote: &Self| remote.introspection.schema().map(Arc::as_ptr);
        schema(self).is_some() && schema(self) == schema(other) && self.failure() == other.failure()
    }

    /// Whether it was asked since the process started.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked
    }

    /// What the schema that it answers depends on, as text.
    pub(super) fn source(&self) -> String {
        source(&self.connection)
    }

    /// A remote that was never asked, with the schema of `last` when that is the same address.
    fn unasked(schema: &RemoteSchema, allowed: &[TlsAllow], last: Option<&Self>, options: &Options) -> Self {
        let upstream = Upstream::new(schema, allowed, &*options.env, options.max_answer_bytes).map(Arc::new);
        let same_address = |last: &&Self| address(&last.connection) == address(&schema.definition);
        let known = last.filter(same_address).and_then(|last| match &last.introspection {
            Introspection::Fresh(schema) | Introspection::Stored { schema, .. } => {
                Some((Arc::clone(schema), last.answer.clone(), last.fetched))
            }
            Introspection::Missing(_) => None,
        });
        let (introspection, answer, fetched) = match (&upstream, known) {
            // Without an address there is nobody to send queries to, so an old schema is of no use.
            (Err(failure), _) => (Introspection::Missing(failure.clone()), None, None),
            (Ok(_), Some((schema, answer, fetched))) => {
                (Introspection::Stored { schema, cause: None }, answer, fetched)
            }
            (Ok(_), None) => (Introspection::Missing(not_asked()), None, None),
        };
        let held = last.filter(same_address).and_then(|last| last.held.clone()).filter(|_| answer.is_some());
        let connection = connection(&schema.definition);
        Self { connection, upstream, introspection, answer, fetched, was_asked: false, held }
    }
}

/// The remotes as they are at start: known from the store, asked nothing yet.
pub(super) async fn from_store(
    document: &Document,
    stored: Vec<(String, StoredIntrospection)>,
    held: Vec<(String, StoredIntrospection)>,
    options: &Options,
) -> Remotes {
    let mut stored: BTreeMap<String, StoredIntrospection> = stored.into_iter().collect();
    let mut held: BTreeMap<String, StoredIntrospection> = held.into_iter().collect();
    let mut reading = FuturesUnordered::new();
    let allowed = document.tls_allowlist();
    for schema in &document.remote_schemas {
        let remote = Remote::unasked(schema, &allowed, None, options);
        let answer = stored
            .remove(&schema.name)
            .filter(|stored| remote.upstream.is_ok() && stored.source == address(&remote.connection));
        let held = held.remove(&schema.name).filter(|held| held.source == address(&remote.connection));
        reading.push(async move {
            let Some(stored) = answer else { return (schema.name.clone(), Arc::new(remote)) };
            let remote = match read_stored(stored).await {
                Ok(Introspected { schema: known, answer, fetched }) => Remote {
                    introspection: Introspection::Stored { schema: known, cause: None },
                    answer: Some(answer),
                    fetched: Some(fetched),
                    held: match held {
                        Some(held) => read_held(&schema.name, held).await,
                        None => None,
                    },
                    ..remote
                },
                // An older release understood it and this one does not; a fresh answer will do.
                Err(error) => {
                    tracing::warn!(remote = schema.name, %error, "stored introspection cannot be read");
                    remote
                }
            };
            (schema.name.clone(), Arc::new(remote))
        });
    }
    let mut remotes = Remotes::new();
    while let Some((name, remote)) = reading.next().await {
        remotes.insert(name, remote);
    }
    remotes
}

/// The remotes of a document that another gateway has stored, with the introspections that it stored. Asks nobody: what
/// another gateway has just been told is believed, and remotes without anything stored are left to be healed.
pub(super) async fn follow(
    last: &Remotes,
    document: &Document,
    stored: Vec<(String, StoredIntrospection)>,
    held: Vec<(String, StoredIntrospection)>,
    options: &Options,
) -> Remotes {
    let mut stored: BTreeMap<String, StoredIntrospection> = stored.into_iter().collect();
    let mut held: BTreeMap<String, StoredIntrospection> = held.into_iter().collect();
    let mut reading = FuturesUnordered::new();
    let allowed = document.tls_allowlist();
    for schema in &document.remote_schemas {
        let known = last.get(&schema.name);
        let is_affected =
            known.and_then(|known| known.upstream()).is_some_and(|it| it.is_affected_by(&allowed));
        let same_client =
            known.filter(|known| known.connection == connection(&schema.definition) && !is_affected);
        let remote = match same_client {
            Some(known) => Arc::clone(known),
            None => Arc::new(Remote::unasked(schema, &allowed, known.map(|known| &**known), options)),
        };
        let answer = stored
            .remove(&schema.name)
            .filter(|stored| remote.upstream.is_ok() && stored.source == address(&remote.connection))
            // One that is served already says nothing new about a remote that does not answer here.
            .filter(|stored| same_client.is_none() || remote.answer.as_ref() != Some(&stored.answer));
        let held = held.remove(&schema.name).filter(|held| held.source == address(&remote.connection));
        reading.push(async move {
            let held = match (held, &remote.held) {
                (None, _) => None,
                (Some(held), Some(known)) if known.introspected.answer == held.answer => {
                    Some(Arc::clone(known))
                }
                (Some(held), _) => read_held(&schema.name, held).await,
            };
            let read = match answer {
                Some(stored) => read_stored(stored).await.map(Some),
                None => Ok(None),
            };
            let remote = match read {
                Ok(Some(Introspected { schema, answer, fetched })) => Arc::new(Remote {
                    connection: remote.connection.clone(),
                    upstream: remote.upstream.clone(),
                    introspection: Introspection::Fresh(schema),
                    answer: Some(answer),
                    fetched: Some(fetched),
                    was_asked: remote.was_asked,
                    held,
                }),
                Ok(None) if held.as_ref().map(Arc::as_ptr) != remote.held.as_ref().map(Arc::as_ptr) => {
                    Arc::new(Remote { held, ..Remote::clone(&remote) })
                }
                Ok(None) => remote,
                Err(error) => {
                    tracing::warn!(remote = schema.name, %error, "stored introspection cannot be read");
                    remote
                }
            };
            (schema.name.clone(), remote)
        });
    }
    let mut remotes = Remotes::new();
    while let Some((name, remote)) = reading.next().await {
        remotes.insert(name, remote);
    }
    remotes
}

/// The remotes of a changed document. Asks those that are new, whose address or headers changed, or that `again` names;
/// all at once, each within `patience`.
pub(super) async fn update(
    last: &Remotes,
    document: &Document,
    again: &BTreeSet<String>,
    patience: Option<Duration>,
    options: &Options,
) -> Remotes {
    let mut remotes = Remotes::new();
    let mut asking = Vec::new();
    let allowed = document.tls_allowlist();
    for schema in &document.remote_schemas {
        let connection = connection(&schema.definition);
        let known = last.get(&schema.name);
        let is_affected =
            known.and_then(|known| known.upstream()).is_some_and(|it| it.is_affected_by(&allowed));
        // Whether its certificate is believed now is to be seen at once.
        let again = again.contains(&schema.name) || is_affected;
        // Who asks again wants the files behind it read again.
        let has_files = again && connection.tls.is_some();
        let (remote, ask) = match known {
            Some(known) if known.connection == connection && !is_affected && !has_files => {
                (Arc::clone(known), again)
            }
            // Another timeout, say: a new client, but the same schema.
            Some(known) if source(&known.connection) == source(&connection) && known.answer.is_some() => {
                let remote = Remote::unasked(schema, &allowed, Some(known), options);
                let introspection = match remote.upstream {
                    Ok(_) => known.introspection.clone(),
                    Err(_) => remote.introspection.clone(),
                };
                (Arc::new(Remote { introspection, was_asked: known.was_asked, ..remote }), again)
            }
            known => {
                (Arc::new(Remote::unasked(schema, &allowed, known.map(|known| &**known), options)), true)
            }
        };
        match remote.asker(options) {
            Some(asker) if ask => asking.push(async move {
                let outcome = within(patience, asker.ask()).await;
                (schema.name.clone(), Arc::new(remote.asked(outcome)))
            }),
            _ => drop(remotes.insert(schema.name.clone(), remote)),
        }
    }
    let mut asking = stream::iter(asking).buffer_unordered(MOST_ASKED);
    while let Some((name, remote)) = asking.next().await {
        remotes.insert(name, remote);
    }
    remotes
}

/// What those of `names` that can be asked answer now, all at once.
pub(super) async fn ask(
    remotes: &Remotes,
    names: &BTreeSet<String>,
    options: &Options,
) -> Vec<(String, Result<Introspected, Failure>)> {
    let asking = names.iter().filter_map(|name| {
        let remote = remotes.get(name)?;
        let asker = match &remote.upstream {
            Ok(_) => Ok(remote.asker(options)?),
            Err(failure) => Err(failure.clone()),
        };
        Some(async move {
            let outcome = match asker {
                Ok(asker) => asker.ask().await,
                Err(failure) => Err(failure),
            };
            (name.clone(), outcome)
        })
    });
    stream::iter(asking.collect::<Vec<_>>()).buffer_unordered(MOST_ASKED).collect().await
}

/// What the catalog is built from.
pub(super) fn introspections(remotes: &Remotes) -> BTreeMap<String, Introspection> {
    remotes.iter().map(|(name, remote)| (name.clone(), remote.introspection.clone())).collect()
}

/// The answers that schemas were read from.
pub(super) fn answers(remotes: &Remotes) -> BTreeMap<String, Bytes> {
    remotes.iter().filter_map(|(name, remote)| Some((name.clone(), remote.answer.clone()?))).collect()
}

/// The clients of the remotes that a catalog serves, in its order.
pub(super) fn upstreams(remotes: &Remotes, catalog: &Catalog) -> Vec<Arc<Upstream>> {
    let client = |name: &String| remotes.get(name).and_then(|remote| remote.upstream());
    let upstreams: Vec<_> =
        catalog.remotes.iter().filter_map(|served| client(&served.name)).cloned().collect();
    debug_assert_eq!(upstreams.len(), catalog.remotes.len(), "a remote without a client has no schema");
    upstreams
}

/// The introspections of `remotes` that are fresh, or came with a remote that is called otherwise now, and that were not stored with
/// `last` already.
pub(super) fn fetched<'a>(remotes: &'a Remotes, last: &Remotes) -> Vec<(&'a str, StoredIntrospection)> {
    let is_new = |name: &str, remote: &Arc<Remote>| {
        let known = last.get(name);
        if !remote.is_fresh() {
            return known.is_none_or(|last| last.answer != remote.answer);
        }
        // What is served did not become newer by something else being held.
        known.filter(|last| last.is_fresh()).is_none_or(|last| {
            !Arc::ptr_eq(last, remote) && (last.answer != remote.answer || remote.held.is_none())
        })
    };
    let new = remotes.iter().filter(|(name, remote)| is_new(name, remote));
    new.filter_map(|(name, remote)| {
        let answer = remote.answer.clone()?;
        let source = address(&remote.connection);
        let fetched_at = remote.fetched?.at;
        Some((&**name, StoredIntrospection { source, answer, fetched_at }))
    })
    .collect()
}

/// What is held in `remotes` and was not with `last`, and the names of those that hold nothing any more.
pub(super) fn held<'a>(remotes: &'a Remotes, last: &Remotes) -> Vec<(&'a str, Option<StoredIntrospection>)> {
    let mut changes = Vec::new();
    for (name, remote) in remotes {
        let was = last.get(name).and_then(|last| last.held.as_ref());
        match (&remote.held, was) {
            (Some(held), Some(was)) if held.introspected.answer == was.introspected.answer => {}
            (Some(held), _) => {
                let answer = held.introspected.answer.clone();
                let source = address(&remote.connection);
                let stored = StoredIntrospection { source, answer, fetched_at: held.fetched_at };
                changes.push((&**name, Some(stored)));
            }
            (None, Some(_)) => changes.push((&**name, None)),
            (None, None) => {}
        }
    }
    changes
}

async fn read_stored(stored: StoredIntrospection) -> Result<Introspected, IntrospectionError> {
    read(stored.answer, Fetched { at: stored.fetched_at, took: None }).await
}

async fn read_held(name: &str, stored: StoredIntrospection) -> Option<Arc<Held>> {
    let fetched_at = stored.fetched_at;
    match read_stored(stored).await {
        // Of no version, so that it is judged again by the metadata as it is now.
        Ok(introspected) => Some(Arc::new(Held { introspected, fetched_at, judged_for: 0 })),
        Err(error) => {
            tracing::warn!(remote = name, %error, "the schema that is held cannot be read; it is forgotten");
            None
        }
    }
}

async fn within(
    patience: Option<Duration>,
    introspecting: impl Future<Output = Result<Introspected, Failure>>,
) -> Result<Introspected, Failure> {
    let Some(patience) = patience else { return introspecting.await };
    tokio::time::timeout(patience, introspecting).await.unwrap_or_else(|_| {
        Err(Failure {
            code: Code::RemoteSchemaError,
            reason: format!(
                "the introspection was not answered within {} seconds; it is tried again in the background",
                patience.as_secs_f32()
            ),
            internal: None,
        })
    })
}

fn connection(definition: &RemoteSchemaDefinition) -> RemoteSchemaDefinition {
    RemoteSchemaDefinition {
        customization: None,
        max_aliases: None,
        poll_interval_seconds: None,
        on_schema_change: OnSchemaChange::default(),
        ..definition.clone()
    }
}

/// Where it is. A schema of this address is better than none, whatever headers it was fetched with.
fn address(connection: &RemoteSchemaDefinition) -> String {
    json!([connection.url, connection.url_from_env]).to_string()
}

/// Where it is and as whom it is asked.
fn source(connection: &RemoteSchemaDefinition) -> String {
    let RemoteSchemaDefinition { headers, introspection_headers, auth, tls, .. } = connection;
    let headers = (headers, introspection_headers, &connection.forward_session_variables);
    json!([address(connection), headers, auth, tls, connection.schema_from]).to_string()
}

fn not_asked() -> Failure {
    Failure {
        code: Code::RemoteSchemaError,
        reason: "its schema is not known yet: the introspection is being fetched".into(),
        internal: None,
    }
}

pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_secs().cast_signed()
}
