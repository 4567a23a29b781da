//! Finds a word in the text of an object, so that a message that names a field points at the field.

use super::diagnostic::Source;
use crate::yaml::{Content, Node, Position};

/// Where the first of `words` that stands in the text of `node` stands; `root` is the tree that the node is in.
pub(super) fn word(root: &Node, node: &Node, sources: &[Source], words: &[&str]) -> Option<Position> {
    let text = std::str::from_utf8(&sources.get(node.at.source)?.text).ok()?;
    let end = end(root, node);
    words.iter().filter(|word| !word.is_empty()).find_map(|word| {
        let first = usize::try_from(node.at.line).ok()?.checked_sub(1)?;
        text.lines().enumerate().skip(first).find_map(|(index, line)| {
            let number = index as u64 + 1;
            if end.is_some_and(|end| end < (number, 1)) {
                return None;
            }
            let columns = columns_of(line, word);
            let mut inside = columns.filter(|column| {
                let at = (number, *column);
                at >= place(node) && end.is_none_or(|end| at < end)
            });
            inside.next().map(|column| Position { source: node.at.source, line: number, column })
        })
    })
}

/// Where the text of the node's file goes on with something that is not in the node.
fn end(root: &Node, node: &Node) -> Option<(u64, u64)> {
    let mut inside = Vec::new();
    places(node, node.at.source, &mut inside);
    let last = inside.into_iter().max()?;
    let mut all = Vec::new();
    places(root, node.at.source, &mut all);
    all.into_iter().filter(|place| *place > last).min()
}

fn places(node: &Node, source: usize, found: &mut Vec<(u64, u64)>) {
    if node.at.source == source {
        found.push(place(node));
    }
    match &node.content {
        Content::Scalar(_) => {}
        Content::List(items) => items.iter().for_each(|item| places(item, source, found)),
        Content::Object(members) => members.iter().for_each(|(_, value)| places(value, source, found)),
    }
}

fn place(node: &Node) -> (u64, u64) {
    (node.at.line, node.at.column)
}

/// The columns, in characters from 1, at which the word stands by itself.
fn columns_of<'t>(line: &'t str, word: &'t str) -> impl Iterator<Item = u64> + 't {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    line.match_indices(word).filter_map(move |(index, _)| {
        let before = line[..index].chars().next_back();
        let after = line[index + word.len()..].chars().next();
        let alone = !before.is_some_and(is_part) && !after.is_some_and(is_part);
        alone.then(|| line[..index].chars().count() as u64 + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(path: &str, words: &[&str]) -> Option<(u64, u64)> {
        let text = "- name: a\n  schema: |\n    type T { id: ID }\n    type U { idea: T }\n- name: id\n";
        let root = crate::yaml::parse(text.as_bytes(), 0).unwrap();
        let sources = [Source { path: "f.yaml".into(), text: text.into() }];
        word(&root, root.find(path), &sources, words).map(|at| (at.line, at.column))
    }

    #[test]
    fn words_are_found_in_their_object_only() {
        assert_eq!(find("$[0]", &["id"]), Some((3, 14)));
        assert_eq!(find("$[0]", &["nowhere", "U"]), Some((4, 10)));
        assert_eq!(find("$[1]", &["id"]), Some((5, 9)));
        assert_eq!(find("$[1]", &["T"]), None);
        assert_eq!(find("$[0]", &["ide", ""]), None);
    }
}
