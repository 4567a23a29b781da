//! `conjoin metadata import-hasura` from the database of a Hasura v2.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::process::{Command, Output};

use testkit::Postgres;

/// The table as Hasura makes it, with a document.
const SETUP: &str = r#"CREATE SCHEMA hdb_catalog;
    CREATE TABLE hdb_catalog.hdb_metadata (id INTEGER PRIMARY KEY, metadata JSON NOT NULL, resource_version INTEGER NOT NULL DEFAULT 1 UNIQUE);
    INSERT INTO hdb_catalog.hdb_metadata VALUES (1, '{"version": 3, "sources": [{"name": "default", "kind": "postgres", "tables": [],
        "configuration": {"connection_info": {"database_url": {"from_env": "PG_URL"}}}}],
        "remote_schemas": [{"name": "users", "definition": {"url": "{{USERS_URL}}", "timeout_seconds": 60}}]}', 42)"#;

fn import(source: &str, variables: &[(&str, &str)], directory: &std::path::Path) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conjoin"));
    command.args(["metadata", "import-hasura", source, "--to", "moved"]).current_dir(directory).env_clear();
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let all = [&*output.stdout, &*output.stderr].concat();
    (output, String::from_utf8(all).unwrap())
}

#[test]
fn a_database_of_hasura_becomes_a_project() {
    let server = Postgres::start().unwrap();
    server.create_database("hasura").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let url = server.url("hasura");

    let (output, said) = import(&url, &[], directory.path());
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("error[no-metadata]"), "{said}");
    assert!(!directory.path().join("moved").exists());

    server.run_sql("hasura", SETUP).unwrap();
    // A password in the address is shown to nobody, so it may as well be in a variable.
    let (output, said) = import("env:HASURA_DATABASE", &[("HASURA_DATABASE", &url)], directory.path());
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("1  databases: default") && said.contains("USERS_URL"), "{said}");
    let read =
        |name: &str| std::fs::read_to_string(directory.path().join("moved/metadata").join(name)).unwrap();
    assert!(
        read("remote_schemas.yaml").contains("url: \"{{USERS_URL}}\""),
        "{}",
        read("remote_schemas.yaml")
    );
    assert!(read("databases/databases.yaml").contains("from_env: PG_URL"));

    // The same once more changes nothing and asks nothing.
    let (output, said) = import(&url, &[], directory.path());
    assert_eq!(output.status.code(), Some(0), "{said}");
}
