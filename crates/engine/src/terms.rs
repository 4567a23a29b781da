//! What roles may ask, besides what their schemas have: only operations of the allow list, and no introspection.
//!
//! Both are decided when an operation is prepared. [`Terms`] are part of the key under which it is kept, so that requests that
//! find it pay nothing; a change of the metadata makes another catalog and thereby other keys.

use std::collections::BTreeMap;

use apollo_compiler::Node;
use apollo_compiler::ast::{self, Definition, Selection};
use apollo_compiler::executable::{ExecutableDocument, Operation};
use metadata::{AllowScope, Document};
use rustc_hash::FxHashMap;
use serde_json::json;

use crate::fault::{Code, Refusal};

/// What a role may ask. Roles with equal terms and one schema share their operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Terms {
    introspects: bool,
    listed: Option<Reach>,
}

/// How far the allow list goes for a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Reach {
    /// What every role may run.
    Everyone,
    /// That, and what is allowed to the role of this number.
    Role(u32),
}

/// The terms of all roles, and the allow list that they refer to.
#[derive(Debug)]
pub struct Rules {
    /// Roles whose terms are not those of others.
    roles: FxHashMap<String, Terms>,
    others: Terms,
    /// By the text that [`canonical`] gives.
    allowed: FxHashMap<String, Allowed>,
}

/// Who may run an operation of the allow list.
#[derive(Debug, Default)]
struct Allowed {
    everyone: bool,
    roles: Vec<u32>,
}

impl Terms {
    /// Those of `admin`: everything.
    pub const FREE: Self = Self { introspects: true, listed: None };
}

impl Rules {
    /// Reads what the metadata says of roles. The allow list counts only if it is `enforced`.
    pub(crate) fn read(document: &Document, enforced: bool) -> Self {
        let mut roles: BTreeMap<String, Terms> = BTreeMap::new();
        let mut allowed: FxHashMap<String, Allowed> = FxHashMap::default();
        let others = Terms { introspects: true, listed: enforced.then_some(Reach::Everyone) };
        let collections = if enforced { document.query_collections() } else { Vec::new() };
        for entry in document.allowlist() {
            let Some(collection) = collections.iter().find(|known| known.name == entry.collection) else {
                continue;
            };
            let numbers: Option<Vec<u32>> = match &entry.scope {
                AllowScope::Global => None,
                AllowScope::Roles(names) => Some(names.iter().map(|name| number(&mut roles, name)).collect()),
            };
            for query in &collection.definition.queries {
                // What cannot be parsed cannot be asked either, and is a problem of its own.
                let Ok(parsed) = ast::Document::parse(&query.query, "query.graphql") else { continue };
                let allowed = allowed.entry(canonical(&parsed)).or_default();
                match &numbers {
                    None => allowed.everyone = true,
                    Some(numbers) => allowed.roles.extend(numbers),
                }
            }
        }
        for role in document.introspection_options().disabled_for_roles {
            roles.entry(role).or_insert(others).introspects = false;
        }
        Self { roles: roles.into_iter().collect(), others, allowed }
    }

    /// The terms of a role.
    pub fn of(&self, role: &str) -> Terms {
        match role {
            "admin" => Terms::FREE,
            _ if self.roles.is_empty() => self.others,
            role => self.roles.get(role).copied().unwrap_or(self.others),
        }
    }

    /// Refuses a document that is not on the allow list of whoever is bound to one.
    pub(crate) fn check_listed(&self, terms: Terms, document: &ast::Document) -> Result<(), Refusal> {
        let Some(reach) = terms.listed else { return Ok(()) };
        let is_listed = self.allowed.get(&canonical(document)).is_some_and(|allowed| match reach {
            Reach::Everyone => allowed.everyone,
            Reach::Role(number) => allowed.everyone || allowed.roles.contains(&number),
        });
        if is_listed {
            return Ok(());
        }
        let internal = json!({"message": "query is not in any of the allowlists"});
        let refusal = Refusal::new(Code::ValidationFailed, "$", "query is not allowed");
        Err(Refusal { internal: Some(Box::new(internal)), ..refusal })
    }
}

/// The number of a role that the allow list names, a new one if it is new.
fn number(roles: &mut BTreeMap<String, Terms>, name: &str) -> u32 {
    let next = u32::try_from(roles.len()).unwrap_or(u32::MAX);
    let terms = Terms { introspects: true, listed: Some(Reach::Role(next)) };
    match roles.entry(name.to_owned()).or_insert(terms).listed {
        Some(Reach::Role(number)) => number,
        Some(Reach::Everyone) | None => next,
    }
}

/// Refuses introspection to whoever may not introspect, in the words for a field that does not exist.
pub(crate) fn check_introspection(
    terms: Terms,
    document: &ExecutableDocument,
    operation: &Operation,
) -> Result<(), Refusal> {
    if terms.introspects {
        return Ok(());
    }
    let asked = operation.root_fields(document).find(|field| matches!(&*field.name, "__schema" | "__type"));
    match asked {
        None => Ok(()),
        Some(field) => {
            let message = format!("field '{}' not found in type: '{}'", field.name, operation.object_type());
            let path = format!("$.selectionSet.{}", field.name);
            Err(Refusal::new(Code::ValidationFailed, path, message))
        }
    }
}

/// The text by which documents are compared: without layout, comments and `__typename`, which clients add on their own. Order,
/// aliases and variables count.
fn canonical(document: &ast::Document) -> String {
    let mut document = document.clone();
    for definition in &mut document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                without_typename(&mut operation.make_mut().selection_set);
            }
            Definition::FragmentDefinition(fragment) => {
                without_typename(&mut fragment.make_mut().selection_set);
            }
            _ => {}
        }
    }
    document.serialize().no_indent().to_string()
}

fn without_typename(set: &mut Vec<Selection>) {
    set.retain(|selection| !matches!(selection, Selection::Field(field) if field.name == "__typename"));
    for selection in set {
        match selection {
            Selection::Field(field) => {
                if let Some(set) = &mut Node::make_mut(field).selection_set {
                    without_typename(set);
                }
            }
            Selection::InlineFragment(fragment) => {
                without_typename(&mut Node::make_mut(fragment).selection_set);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        let canonical = |text: &str| canonical(&ast::Document::parse(text, "q").unwrap());
        canonical(one) == canonical(other)
    }

    #[test]
    fn layout_and_typename_do_not_count() {
        for (one, other, expected) in [
            ("{ a { b } }", "query {\n  a {\n    b # why\n  }\n}", true),
            ("{ a { b } }", "{ __typename a { b __typename x: __typename } }", true),
            ("{ a { ... { b } } }", "{ a { ... { b __typename } } }", true),
            ("{ ...F } fragment F on T { a }", "{ ...F } fragment F on T { __typename a }", true),
            ("{ a(x: \"1\") }", "{ a(x: \"\"\"1\"\"\") }", true),
            ("{ a b }", "{ b a }", false),
            ("{ a }", "{ c: a }", false),
            ("{ a }", "query Q { a }", false),
            ("query($x: Int) { a(x: $x) }", "query($x: Int!) { a(x: $x) }", false),
            ("{ a(x: 1) }", "{ a(x: 2) }", false),
            ("{ a @skip(if: true) }", "{ a }", false),
            ("{ a }", "{ a } fragment F on T { b }", false),
            ("{ a }", "mutation { a }", false),
        ] {
            assert_eq!(same(one, other), expected, "{one} and {other}");
        }
    }

    fn rules(allowlist: &serde_json::Value, enforced: bool) -> Rules {
        let collection = |name: &str, query: &str| json!({"name": name, "definition": {"queries": [{"name": "q", "query": query}]}});
        let document = json!({
            "version": 3,
            "query_collections": [collection("one", "{ a }"), collection("two", "{ b }"), collection("broken", "{")],
            "allowlist": allowlist,
            "graphql_schema_introspection": {"disabled_for_roles": ["blind", "user", "admin"]},
        });
        Rules::read(&Document::from_json(&document).unwrap(), enforced)
    }

    fn may(rules: &Rules, role: &str, query: &str) -> bool {
        let document = ast::Document::parse(query, "q").unwrap();
        rules.check_listed(rules.of(role), &document).is_ok()
    }

    #[test]
    fn a_scope_is_for_its_roles_and_a_list_for_all_but_the_administrator() {
        let list = json!([
            {"collection": "one"},
            {"collection": "two", "scope": {"global": false, "roles": ["user", "guest"]}},
            {"collection": "broken"},
            {"collection": "missing"},
        ]);
        let rules = rules(&list, true);
        for (role, a, b, c) in [
            ("admin", true, true, true),
            ("user", true, true, false),
            ("guest", true, true, false),
            ("blind", true, false, false),
            ("stranger", true, false, false),
        ] {
            let is = (may(&rules, role, "{a}"), may(&rules, role, "{b}"), may(&rules, role, "{c}"));
            assert_eq!(is, (a, b, c), "{role}");
        }
    }

    #[test]
    fn terms_tell_apart_what_must_not_be_shared() {
        let list = json!([{"collection": "two", "scope": {"global": false, "roles": ["user", "guest"]}}]);
        let rules = rules(&list, true);
        let all: Vec<Terms> =
            ["admin", "user", "guest", "blind", "stranger"].map(|role| rules.of(role)).into();
        for (index, terms) in all.iter().enumerate() {
            assert!(!all[..index].contains(terms), "{terms:?}");
        }
        assert_eq!(rules.of("stranger"), rules.of("another"));

        let off = self::rules(&list, false);
        assert_eq!((off.of("admin"), off.of("guest")), (Terms::FREE, Terms::FREE));
        assert_ne!(off.of("blind"), Terms::FREE);
        assert!(may(&off, "stranger", "{c}"));
    }

    #[test]
    fn an_empty_list_allows_nothing() {
        let rules = rules(&json!([]), true);
        assert!(!may(&rules, "user", "{a}") && may(&rules, "admin", "{a}"));
    }
}
