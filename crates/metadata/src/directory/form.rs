//! Shapes of `remote_relationships` that are found in directories written by hand after a misprinted example.
//!
//! Besides the list of types with their relationships, an entry may be one relationship with its type beside it, or such a
//! relationship alone under `relationships`. Both become the canonical shape here, so that nothing else has to know them.

use serde_json::Value;

use crate::yaml::{Content, Node};

/// Brings the relationships of all remote schemas of a document into the canonical shape.
pub(super) fn normalise(document: &mut Node) {
    for remote in member(document, "remote_schemas").map(items).unwrap_or_default() {
        if let Some(Node { content: Content::List(entries), .. }) = member(remote, "remote_relationships") {
            *entries = gather(std::mem::take(entries));
        }
    }
}

fn gather(entries: Vec<Node>) -> Vec<Node> {
    let mut gathered: Vec<Node> = Vec::new();
    for mut entry in entries {
        let flat = match member(&mut entry, "relationships") {
            None => is_flat(&entry).then_some(entry.clone()),
            Some(inner) => is_flat(inner).then(|| inner.clone()),
        };
        let Some(flat) = flat else {
            gathered.push(entry);
            continue;
        };
        let (type_name, relationship) = split(flat);
        let same_type =
            gathered.iter_mut().find(|other| other.get("type_name").map(text) == Some(text(&type_name)));
        match same_type.and_then(|other| member(other, "relationships")) {
            Some(Node { content: Content::List(relationships), .. }) => relationships.push(relationship),
            _ => gathered.push(typed(type_name, relationship)),
        }
    }
    gathered
}

fn is_flat(node: &Node) -> bool {
    ["type_name", "name", "definition"].iter().all(|key| node.get(key).is_some())
}

/// The type's name and the relationship without it.
fn split(flat: Node) -> (Node, Node) {
    let Content::Object(members) = flat.content else { unreachable!("only objects are flat") };
    let (type_name, rest): (Vec<_>, Vec<_>) = members.into_iter().partition(|(key, _)| key == "type_name");
    let type_name =
        type_name.into_iter().map(|(_, value)| value).next().expect("a flat entry names its type");
    (type_name, Node { at: flat.at, content: Content::Object(rest) })
}

fn typed(type_name: Node, relationship: Node) -> Node {
    let at = relationship.at;
    let relationships = Node { at, content: Content::List(vec![relationship]) };
    let members = vec![("relationships".to_owned(), relationships), ("type_name".to_owned(), type_name)];
    Node { at, content: Content::Object(members) }
}

fn text(node: &Node) -> Option<&str> {
    match &node.content {
        Content::Scalar(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn member<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.content {
        Content::Object(members) => members.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value),
        _ => None,
    }
}

fn items(node: &mut Node) -> &mut [Node] {
    match &mut node.content {
        Content::List(items) => items,
        _ => &mut [],
    }
}
