//! Small changes of a YAML text that leave every other line as it is: comments, order, quotes and indentation of what is not concerned.
//!
//! Positions come from the [`Node`]s that were read from the text. Only block style is edited, line by line, and nothing is promised:
//! whoever calls reads the new text and compares what it says with what it should say. None means that the text is in a form that is
//! not edited here.

use serde_json::{Value, json};

use super::{Content, Node, to_string};

/// Adds an item at the end of a list.
pub(crate) fn push(text: &str, list: &Node, value: &Value) -> Option<String> {
    let Content::List(items) = &list.content else { return None };
    let lines = lines(text);
    let item = to_string(&json!([value]));
    if items.is_empty() {
        let (line, column) = place(list)?;
        let at = *lines.get(line)?;
        let (before, rest) = split(at, column)?;
        let after = rest.strip_prefix("[]")?;
        if !after.trim().is_empty() {
            return None;
        }
        if before.trim().is_empty() {
            return Some(splice(text, &lines, line..line + 1, &indented(&item, column)));
        }
        let key_indent = before.len() - before.trim_start_matches([' ', '-']).len();
        let replaced = format!("{}\n{}", before.trim_end(), indented(&item, key_indent + 2));
        return Some(splice(text, &lines, line..line + 1, &replaced));
    }
    let (line, dash) = dash(&lines, items.first()?)?;
    let end = end(&lines, line, |line| is_of_list(line, dash), dash + 1);
    Some(splice(text, &lines, end..end, &indented(&item, dash)))
}

/// Adds a member at the end of an object.
pub(crate) fn insert(text: &str, object: &Node, key: &str, value: &Value) -> Option<String> {
    let lines = lines(text);
    let (line, column) = block_object(&lines, object)?;
    let end = end(&lines, line, |line| indent(line) >= column, column);
    let member = to_string(&json!({key: value}));
    Some(splice(text, &lines, end..end, &indented(&member, column)))
}

/// Removes an item. A list that has no other is left as `[]`, if it is the whole text.
pub(crate) fn remove_item(text: &str, list: &Node, index: usize) -> Option<String> {
    let Content::List(items) = &list.content else { return None };
    let lines = lines(text);
    let (line, dash) = dash(&lines, items.get(index)?)?;
    let end = end(&lines, line, |line| indent(line) > dash, dash + 1);
    let left = match items.len() {
        1 if dash == 0 => "[]\n",
        1 => return None,
        _ => "",
    };
    Some(splice(text, &lines, line..end, left))
}

/// Removes a member of an object that has others.
pub(crate) fn remove_member(text: &str, object: &Node, key: &str) -> Option<String> {
    let lines = lines(text);
    let (first, column) = block_object(&lines, object)?;
    let (value, _) = place(object.get(key)?)?;
    let is_key = |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    let line = (first..=value).rev().find(|&line| indent(lines[line]) == column && is_key(lines[line]))?;
    let end = end(&lines, line, |line| indent(line) > column || is_of_list(line, column), column + 1);
    Some(splice(text, &lines, line..end, ""))
}

/// Replaces a text that stands in one line.
pub(crate) fn replace(text: &str, scalar: &Node, new: &str) -> Option<String> {
    let Content::Scalar(Value::String(_)) = &scalar.content else { return None };
    let lines = lines(text);
    let (line, column) = place(scalar)?;
    let (before, rest) = split(lines.get(line)?, column)?;
    let length = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].find(quote)? + 2,
        '|' | '>' | '&' | '*' | '!' => return None,
        _ => [" #", ", ", "}", "]"].iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len()),
    };
    let length = rest[..length].trim_end().len();
    let value = to_string(&json!(new));
    let replaced = format!("{before}{}{}", value.trim_end(), &rest[length..]);
    Some(splice(text, &lines, line..line + 1, &replaced))
}

/// Line and column of a block object, both from 0.
fn block_object(lines: &[&str], object: &Node) -> Option<(usize, usize)> {
    let Content::Object(members) = &object.content else { return None };
    let (line, column) = place(object)?;
    let flow = split(lines.get(line)?, column)?.1.starts_with(['{', '*', '&', '!']);
    (!flow && !members.is_empty()).then_some((line, column))
}

/// Line and column of the dash before an item of a block list. Where the list itself begins is told otherwise when its dashes stand
/// below the key.
fn dash(lines: &[&str], item: &Node) -> Option<(usize, usize)> {
    let (line, column) = place(item)?;
    let before = split(lines.get(line)?, column)?.0.trim_end();
    if before.trim_start() == "-" {
        return Some((line, before.len() - 1));
    }
    // It may stand alone in a line above.
    let line = line.checked_sub(1).filter(|_| before.is_empty())?;
    let above = lines[line].trim_end();
    (above.trim_start() == "-").then(|| (line, above.len() - 1))
}

fn place(node: &Node) -> Option<(usize, usize)> {
    let line = usize::try_from(node.at.line).ok()?.checked_sub(1)?;
    Some((line, usize::try_from(node.at.column).ok()?.checked_sub(1)?))
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The line before and from a column that is counted in characters.
fn split(line: &str, column: usize) -> Option<(&str, &str)> {
    let at = line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(column)?;
    Some(line.split_at(at))
}

fn is_of_list(line: &str, dash: usize) -> bool {
    let starts = line.trim_start();
    indent(line) > dash || (indent(line) == dash && (starts.starts_with("- ") || starts.trim_end() == "-"))
}

/// The line after the last one of a block that starts in `first`. Comments count if they are indented by `inside` at least, and blank
/// lines and other comments if something of the block follows.
fn end(lines: &[&str], first: usize, is_part: impl Fn(&str) -> bool, inside: usize) -> usize {
    let mut end = first + 1;
    for (index, line) in lines.iter().enumerate().skip(first + 1) {
        let content = line.trim();
        if content.is_empty() || (content.starts_with('#') && indent(line) < inside) {
            continue;
        }
        if !is_part(line) {
            break;
        }
        end = index + 1;
    }
    end
}

fn indented(block: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    let lines = block.split_inclusive('\n');
    lines
        // Spaces alone may be a line of a text.
        .map(|line| {
            if line.trim_matches(['\r', '\n']).is_empty() {
                line.to_owned()
            } else {
                format!("{indent}{line}")
            }
        })
        .collect()
}

/// The text with a range of lines replaced by a block, which gets the line ends of the text.
fn splice(text: &str, lines: &[&str], range: std::ops::Range<usize>, block: &str) -> String {
    let mut new = lines[..range.start].concat();
    let is_windows = text.contains("\r\n");
    if !new.is_empty() && !new.ends_with('\n') {
        new.push('\n');
    }
    let block = block.replace("\r\n", "\n");
    new.push_str(&if is_windows { block.replace('\n', "\r\n") } else { block });
    let rest = lines[range.end.max(range.start)..].concat();
    if !rest.is_empty() && !new.is_empty() && !new.ends_with('\n') {
        new.push('\n');
    }
    new + &rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    const TEXT: &str = "\
# Remotes of the shop.
- name: users # ours
  definition:
    url: 'http://users'
  permissions:
    - role: user
      definition:
        schema: |
          type Query { a: Int }
          # the end

# Somebody else's.
- name: \"orders\"
  definition: {url: http://orders, headers: []}
  remote_relationships:
  - type_name: Order
    relationships: []
";

    fn node() -> Node {
        parse(TEXT.as_bytes(), 0).unwrap()
    }

    fn difference(new: &str) -> String {
        let (old, new): (Vec<_>, Vec<_>) = (TEXT.lines().collect(), new.lines().collect());
        let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
        let lines =
            |sign, lines: &[&str]| lines.iter().map(|line| format!("{sign}{line}\n")).collect::<String>();
        format!(
            "@{same}\n{}{}",
            lines("-", &old[same..old.len() - tail]),
            lines("+", &new[same..new.len() - tail])
        )
    }

    #[test]
    fn items_are_added_at_the_end_of_their_list() {
        let new = push(TEXT, &node(), &json!({"name": "x", "list": [1]})).unwrap();
        assert_eq!(difference(&new), "@17\n+- name: x\n+  list:\n+    - 1\n");
        let root = node();
        let permissions = root.find("$[0].permissions");
        let new = push(TEXT, permissions, &json!({"role": "b"})).unwrap();
        assert_eq!(difference(&new), "@10\n+    - role: b\n");
        let new = push(TEXT, root.find("$[1].remote_relationships"), &json!({"type_name": "T"})).unwrap();
        assert_eq!(difference(&new), "@17\n+  - type_name: T\n");
    }

    #[test]
    fn empty_lists_become_blocks() {
        let root = node();
        let relationships = root.find("$[1].remote_relationships[0].relationships");
        let new = push(TEXT, relationships, &json!({"name": "r"})).unwrap();
        assert_eq!(difference(&new), "@16\n-    relationships: []\n+    relationships:\n+      - name: r\n");
        assert_eq!(push(TEXT, root.find("$[1].definition.headers"), &json!(1)), None);
        let empty = parse(b"# none\n[]\n", 0).unwrap();
        assert_eq!(push("# none\n[]\n", &empty, &json!({"a": 1})).unwrap(), "# none\n- a: 1\n");
    }

    #[test]
    fn members_are_added_and_removed() {
        let root = node();
        let new = insert(TEXT, root.find("$[0]"), "comment", &json!("c")).unwrap();
        assert_eq!(difference(&new), "@10\n+  comment: c\n");
        assert_eq!(
            insert(TEXT, root.find("$[1].definition"), "k", &json!(1)),
            None,
            "flow style is left alone"
        );
        let new = remove_member(TEXT, root.find("$[1]"), "remote_relationships").unwrap();
        assert_eq!(
            difference(&new),
            "@14\n-  remote_relationships:\n-  - type_name: Order\n-    relationships: []\n"
        );
        assert_eq!(remove_member(TEXT, root.find("$[0]"), "name"), None, "the dash is in its line");
    }

    #[test]
    fn items_go_without_their_neighbours_comments() {
        let new = remove_item(TEXT, &node(), 0).unwrap();
        assert!(new.starts_with("# Remotes of the shop.\n\n# Somebody else's.\n- name: \"orders\""), "{new}");
        let only = parse(b"- a: 1\n", 0).unwrap();
        assert_eq!(remove_item("- a: 1\n", &only, 0).unwrap(), "[]\n");
        let alone = "-\n  a: 1\n-\n  a: 2\n";
        assert_eq!(remove_item(alone, &parse(alone.as_bytes(), 0).unwrap(), 1).unwrap(), "-\n  a: 1\n");
    }

    #[test]
    fn texts_are_replaced_in_their_line() {
        let root = node();
        let new = |path, text| replace(TEXT, root.find(path), text).map(|new| difference(&new)).unwrap();
        assert_eq!(new("$[0].name", "people"), "@1\n-- name: users # ours\n+- name: people # ours\n");
        assert_eq!(new("$[1].name", "no"), "@12\n-- name: \"orders\"\n+- name: \"no\"\n");
        assert_eq!(
            new("$[1].definition.url", "http://x"),
            "@13\n-  definition: {url: http://orders, headers: []}\n+  definition: {url: http://x, headers: []}\n"
        );
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        let text = "- a: 1\r\n- a: 2";
        let list = parse(text.as_bytes(), 0).unwrap();
        assert_eq!(push(text, &list, &json!({"a": 3})).unwrap(), "- a: 1\r\n- a: 2\n- a: 3\r\n");
    }
}
