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
    for entry in entries {
        let Some((type_name, relationship)) = flat(entry.get("relationships").unwrap_or(&entry)) else {
            gathered.push(entry);
            continue;
        };
        let same_type =
            gathered.iter_mut().find(|other| other.get("type_name").and_then(text) == text(&type_name));
        match same_type.and_then(|other| member(other, "relationships")) {
            Some(Node { content: Content::List(relationships), .. }) => relationships.push(relationship),
            _ => gathered.push(typed(type_name, relationship)),
        }
    }
    gathered
}

/// The type's name and the relationship without it, if `node` has both in one object.
fn flat(node: &Node) -> Option<(Node, Node)> {
    let Content::Object(members) = &node.content else { return None };
    let (type_name, _, _) = (node.get("type_name")?, node.get("name")?, node.get("definition")?);
    let relationship = members.iter().filter(|(key, _)| key != "type_name").cloned().collect();
    Some((type_name.clone(), Node { at: node.at, content: Content::Object(relationship) }))
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
