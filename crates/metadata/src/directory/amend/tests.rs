use serde_json::{Value, json};

use super::*;

const REMOTES: &str = "\
# The shop's remotes.
- name: users # ours
  definition:
    url: http://users   # two blanks
- name: orders

  definition: {url: \"http://orders\"}
  remote_relationships:
  - type_name: Order
    relationships:
      - name: user
        definition:
          to_remote_schema:
            remote_schema: users
            lhs_fields: [user_id]
            remote_field: {user: {arguments: {id: $user_id}}}
      - name: old
        definition:
          hasura_fields: [user_id]
          remote_schema: 'users'
          remote_field: {user: {arguments: {id: $user_id}}}
";

fn amended(remotes: &str, amendments: &[Amendment]) -> Result<String, String> {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("version.yaml"), "version: 3\n").unwrap();
    fs::write(directory.path().join("remote_schemas.yaml"), remotes).unwrap();
    let files = amend(directory.path(), directory.path(), amendments).map_err(|error| error.to_string())?;
    files.iter().for_each(|file| file.write().unwrap());
    Ok(fs::read_to_string(directory.path().join("remote_schemas.yaml")).unwrap())
}

fn decoded<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    crate::decode(value).unwrap()
}

fn remote(name: &str) -> Amendment {
    Amendment::AddRemote(decoded(&json!({"name": name, "definition": {"url": "http://new"}})))
}

fn relationship(remote: &str, type_name: &str) -> Amendment {
    let to = json!({"remote_schema": "users", "lhs_fields": [], "remote_field": {"me": {"arguments": {}}}});
    let relationship = Box::new(decoded(&json!({"name": "new", "definition": {"to_remote_schema": to}})));
    Amendment::AddRelationship { remote: remote.into(), type_name: type_name.into(), relationship }
}

fn removal(name: &str) -> Amendment {
    Amendment::RemoveRelationship { remote: "orders".into(), type_name: "Order".into(), name: name.into() }
}

/// The lines that are in only one of the texts.
fn difference(old: &str, new: &str) -> String {
    let only = |sign: &str, of: &str, other: &str| -> String {
        let other: Vec<&str> = other.lines().collect();
        of.lines().filter(|line| !other.contains(line)).map(|line| format!("{sign}{line}\n")).collect()
    };
    only("-", old, new) + &only("+", new, old)
}

#[test]
fn remotes_are_added_renamed_and_removed() {
    let new = amended(REMOTES, &[remote("rates")]).unwrap();
    assert_eq!(new, format!("{REMOTES}- name: rates\n  definition:\n    url: http://new\n"));
    let rename = Amendment::RenameRemote { old: "users".into(), new: "people".into() };
    assert_eq!(
        difference(REMOTES, &amended(REMOTES, &[rename]).unwrap()),
        "-- name: users # ours\n-            remote_schema: users\n-          remote_schema: 'users'\n\
         +- name: people # ours\n+            remote_schema: people\n+          remote_schema: people\n"
    );
    let new = amended(REMOTES, &[Amendment::RemoveRemote("orders".into())]).unwrap();
    assert_eq!(new, REMOTES.split("- name: orders").next().unwrap());
}

#[test]
fn relationships_are_added_where_their_type_has_others_or_none() {
    let new = amended(REMOTES, &[relationship("orders", "Order")]).unwrap();
    assert!(
        new.starts_with(REMOTES)
            && new[REMOTES.len()..].starts_with("      - name: new\n        definition:"),
        "{new}"
    );
    let new = amended(REMOTES, &[relationship("orders", "Line")]).unwrap();
    assert!(new[REMOTES.len()..].starts_with("  - type_name: Line\n    relationships:"), "{new}");
    let new = amended(REMOTES, &[relationship("users", "User")]).unwrap();
    assert!(new.contains("# two blanks\n  remote_relationships:\n    - type_name: User"), "{new}");
}

#[test]
fn nothing_is_left_of_the_last_relationship() {
    let new = amended(REMOTES, &[removal("user")]).unwrap();
    assert!(new.contains("name: old") && !new.contains("name: user\n"), "{new}");
    let new = amended(REMOTES, &[removal("user"), removal("old")]).unwrap();
    assert_eq!(new, REMOTES.split("  remote_relationships").next().unwrap());
}

#[test]
fn the_first_remote_has_a_place_in_every_empty_file() {
    for empty in ["[]\n", "", "# none yet\n", "# none yet\n[]\n"] {
        let new = amended(empty, &[remote("rates"), remote("more")]).unwrap();
        let before = empty.trim_end_matches("[]\n");
        let item = |name| format!("- name: {name}\n  definition:\n    url: http://new\n");
        assert_eq!(new, format!("{before}{}{}", item("rates"), item("more")));
    }
}

#[test]
fn what_cannot_be_changed_safely_is_refused_at_its_place() {
    let flow = "[{name: users, definition: {url: http://users}}]\n";
    let error = amended(flow, &[remote("rates")]).unwrap_err();
    assert!(error.contains("remote_schemas.yaml:1:1: this is written in a form"), "{error}");
    let anchor = "- &u\n  name: users\n  definition: &d {url: http://users}\n- name: b\n  definition: *d\n";
    assert!(amended(anchor, &[Amendment::RemoveRemote("users".into())]).is_err());
}

#[test]
fn included_files_are_changed_where_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    write("remote_schemas.yaml", "- !include users.yaml\n- name: b\n  definition: {url: http://b}\n");
    write("users.yaml", "name: users # here\ndefinition: {url: http://users}\n");
    let rename = Amendment::RenameRemote { old: "users".into(), new: "people".into() };
    let files = amend(directory.path(), directory.path(), &[rename]).unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].new, "name: people # here\ndefinition: {url: http://users}\n");
    assert!(amend(directory.path(), directory.path(), &[Amendment::RemoveRemote("users".into())]).is_err());
    let files = amend(directory.path(), directory.path(), &[Amendment::RemoveRemote("b".into())]).unwrap();
    assert_eq!(files[0].new, "- !include users.yaml\n");
}
