//! Files that break off, as they do when whoever writes them is stopped. Where they break off no reader can tell; what it can do is
//! refuse what has no sense with the place of it, and never come to harm.

use std::fs;

use metadata::directory;

/// A file with most of what YAML and the metadata have.
const REMOTES: &str = r#"- name: orders
  definition:
    url: '{{ORDERS_URL}}'
    headers:
      - {name: x-key, value_from_env: ORDERS_KEY}
    customization:
      type_names: {prefix: O_, mapping: {"a": b}}
  permissions:
    - role: user
      definition:
        schema: |
          type Query { order(id: Int!): Order }
          type Order { id: Int }
  remote_relationships:
    - type_name: Order
      relationships:
        - name: user
          definition:
            to_remote_schema:
              remote_schema: users
              lhs_fields: [user_id]
              remote_field: {user: {arguments: {id: $user_id}}}
- name: "users é"
  definition: {url_from_env: USERS_URL}
"#;

#[test]
fn a_file_that_breaks_off_is_refused_with_its_place_or_read_as_it_stands() {
    let project = tempfile::tempdir().unwrap();
    fs::write(project.path().join("version.yaml"), "version: 3\n").unwrap();
    let file = project.path().join("remote_schemas.yaml");
    let (mut n_refused, mut n_read) = (0, 0);
    for end in 0..=REMOTES.len() {
        fs::write(&file, &REMOTES.as_bytes()[..end]).unwrap();
        match directory::read(project.path()) {
            Ok(loaded) => {
                n_read += 1;
                let names: Vec<_> =
                    loaded.document.remote_schemas.iter().map(|remote| &remote.name).collect();
                assert!(
                    names.len() <= 2 && names.iter().all(|name| REMOTES.contains(*name)),
                    "{end}: {names:?}"
                );
            }
            Err(error) => {
                n_refused += 1;
                let text = error.to_string();
                assert!(
                    text.contains("remote_schemas.yaml:"),
                    "no place in the message for {end} bytes: {text}"
                );
            }
        }
    }
    assert!(n_refused > 200, "{n_refused} refused, {n_read} read");
    assert!(n_read > 50, "{n_refused} refused, {n_read} read");
}

#[test]
fn a_json_file_that_breaks_off_is_refused() {
    let text = fs::read_to_string("tests/document/identity/export.json").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("metadata.json");
    fs::write(&file, &text).unwrap();
    directory::read(&file).unwrap();
    let whole = text.trim_end().len();
    for end in (0..whole).filter(|end| end % 7 == 0 || whole - end < 20) {
        fs::write(&file, &text.as_bytes()[..end]).unwrap();
        let error = directory::read(&file).expect_err("a part of it is no document").to_string();
        assert!(error.contains("metadata.json"), "{end}: {error}");
    }
}
