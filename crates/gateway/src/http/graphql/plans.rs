//! Prepared operations, shared by all requests with the same text.
//!
//! The whole key is compared, never a hash alone: a collision would hand one role the plan of another. Hashes are the cache
//! library's own, fast and seeded at random, and a hit allocates nothing.

use std::hash::Hash;
use std::sync::Arc;

use engine::catalog::Catalog;
use engine::fault::Refusal;
use engine::operation::{Limits, Operation};
use engine::terms::Terms;
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

/// The operations prepared so far, as many as fit.
#[derive(Debug)]
pub struct Plans {
    cache: Cache<Key, Arc<Operation>, Weight>,
    limits: Limits,
}

/// What an operation depends on. The epoch stands for the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    epoch: u64,
    role: Box<str>,
    terms: Terms,
    operation_name: Option<Box<str>>,
    query: Box<str>,
}

/// A key that owns nothing, so that a hit allocates nothing. Hashes as [`Key`] does: same members, same order.
#[derive(Debug, Hash)]
struct KeyRef<'a> {
    epoch: u64,
    role: &'a str,
    terms: Terms,
    operation_name: Option<&'a str>,
    query: &'a str,
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.epoch == key.epoch
            && self.role == &*key.role
            && self.terms == key.terms
            && self.operation_name == key.operation_name.as_deref()
            && self.query == &*key.query
    }
}

/// Bytes of memory, roughly.
#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Key, Arc<Operation>> for Weight {
    fn weight(&self, key: &Key, operation: &Arc<Operation>) -> u64 {
        (key.query.len() + operation.weight()) as u64
    }
}

impl Plans {
    /// An empty cache for about `bytes` bytes.
    pub fn new(bytes: u64, limits: Limits) -> Self {
        let estimated_items = usize::try_from(bytes / 8_192).unwrap_or(usize::MAX).max(64);
        Self { cache: Cache::with_weighter(estimated_items, bytes, Weight), limits }
    }

    /// The operation of a text for a role: from the cache, or parsed once however many ask for it at a time.
    pub fn operation(
        &self,
        catalog: &Arc<Catalog>,
        role: &str,
        query: &str,
        operation_name: Option<&str>,
    ) -> Result<Arc<Operation>, Refusal> {
        let schema = catalog.role(role);
        let terms = catalog.rules.of(role);
        // Roles that share a schema share its operations, so that made-up roles cannot flood the cache; unless they may ask different
        // things of it.
        let key = KeyRef { epoch: catalog.epoch, role: &schema.role, terms, operation_name, query };
        if let Some(operation) = self.cache.get(&key) {
            return Ok(operation);
        }
        let key = Key {
            epoch: catalog.epoch,
            role: schema.role.as_str().into(),
            terms,
            operation_name: operation_name.map(Into::into),
            query: query.into(),
        };
        self.cache.get_or_insert_with(&key, || {
            let (catalog, schema) = (Arc::clone(catalog), Arc::clone(schema));
            Operation::parse_under(terms, catalog, schema, query, operation_name, self.limits).map(Arc::new)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use super::*;

    fn key(epoch: u64, role: &str, operation_name: Option<&str>, query: &str) -> Key {
        let terms = Terms::FREE;
        Key {
            epoch,
            role: role.into(),
            terms,
            operation_name: operation_name.map(Into::into),
            query: query.into(),
        }
    }

    #[test]
    fn borrowed_and_owned_keys_agree() {
        let hasher = RandomState::new();
        let borrowed =
            KeyRef { epoch: 1, role: "user", terms: Terms::FREE, operation_name: Some("o"), query: "{a}" };
        let owned = key(1, "user", Some("o"), "{a}");
        assert_eq!(hasher.hash_one(&borrowed), hasher.hash_one(&owned));
        assert!(borrowed.equivalent(&owned));
    }

    #[test]
    fn every_part_of_the_key_counts() {
        let terms = Terms::FREE;
        let borrowed = KeyRef { epoch: 1, role: "user", terms, operation_name: None, query: "{a}" };
        for other in [
            key(2, "user", None, "{a}"),
            key(1, "admin", None, "{a}"),
            key(1, "user", Some(""), "{a}"),
            key(1, "user", None, "{b}"),
        ] {
            assert!(!borrowed.equivalent(&other), "{other:?}");
        }
    }
}
