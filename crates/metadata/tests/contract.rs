//! What other crates and the command line rely on besides reading and exporting.

use std::fs;
use std::path::Path;

use metadata::directory::{self, Error};
use metadata::relationship::decode_strict;
use metadata::{Document, RelationshipDefinition, RemoteSchema, RemoteSchemaDefinition, decode, yaml};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
struct CreateRelationship {
    name: String,
    #[serde(deserialize_with = "metadata::relationship::strict")]
    definition: RelationshipDefinition,
}

fn strict_error(definition: &serde_json::Value) -> String {
    decode_strict(definition).expect_err("refused").to_string()
}

#[test]
fn the_api_refuses_the_legacy_shape() {
    let legacy =
        json!({"remote_schema": "b", "hasura_fields": ["x"], "remote_field": {"f": {"arguments": {}}}});
    let canonical = json!({"to_remote_schema": {"remote_schema": "b", "lhs_fields": ["x"], "remote_field": {"f": {"arguments": {}}}}});
    let both = json!({"to_source": {}, "to_remote_schema": canonical["to_remote_schema"]});
    let text = "$: remote relationship definition (strict format) expects exactly one of: to_source, to_remote_schema";
    assert_eq!(strict_error(&legacy), text);
    assert_eq!(strict_error(&both), text);
    assert_eq!(strict_error(&json!({})), text);
    let definition = decode_strict(&canonical).expect("accepted");
    assert_eq!(definition.to_json(), canonical);
    let legacy: RelationshipDefinition = decode(&legacy).expect("documents may hold it");
    assert!(legacy.to_json().get("hasura_fields").is_some());
}

#[test]
fn arguments_of_commands_are_decoded_with_their_path() {
    let args = json!({"name": "r", "definition": {"to_remote_schema": {"remote_schema": "b", "lhs_fields": [],
        "remote_field": {"f": {"arguments": {"id": {"odd key": 1}}}}}}});
    let error = decode::<CreateRelationship>(&args).expect_err("refused").under("$.args");
    assert_eq!(error.path, "$.args.definition.to_remote_schema.remote_field.f.arguments.id");
    assert_eq!(error.message, "odd key is an invalid key name");
    let error = decode::<CreateRelationship>(&json!(["r", {}])).expect_err("refused");
    assert_eq!(error.to_string(), "$: expected an object, got a list");
    let args = json!({"name": "r", "definition": {"to_source": {"table": "t"}}});
    let args: CreateRelationship = decode(&args).expect("accepted");
    assert_eq!((args.name.as_str(), args.definition.to_json()), ("r", json!({"to_source": {"table": "t"}})));
}

#[test]
fn odd_keys_are_quoted_in_paths() {
    type Map = std::collections::BTreeMap<String, u8>;
    let path = |key: &str| decode::<Map>(&json!({ key: "x" })).expect_err("refused").path;
    assert_eq!(path("plain-key_1"), "$.plain-key_1");
    assert_eq!(path("odd key"), "$['odd key']");
    assert_eq!(path("1st"), "$['1st']");
    assert_eq!(path(""), "$['']");
}

#[test]
fn a_definition_needs_exactly_one_address() {
    let check = |definition: serde_json::Value| {
        let definition: RemoteSchemaDefinition = decode(&definition).expect("the shape is right");
        definition.check().map_err(|error| error.to_string())
    };
    assert_eq!(check(json!({"url": "http://a"})), Ok(()));
    assert_eq!(check(json!({"url_from_env": "A"})), Ok(()));
    assert_eq!(check(json!({})), Err("both `url` and `url_from_env` can't be empty".to_owned()));
    let both = json!({"url": "http://a", "url_from_env": "A"});
    assert_eq!(check(both), Err("both `url` and `url_from_env` can't be present".to_owned()));
}

#[test]
fn keys_that_contradict_each_other_are_a_problem_of_the_definition() {
    let check = |mut definition: serde_json::Value| {
        definition["url"] = "http://a".into();
        let definition: RemoteSchemaDefinition = decode(&definition).expect("the shape is right");
        definition.check().err().map(|error| error.to_string())
    };
    let auth = json!({"type": "bearer", "token_from_env": "T"});
    let name = json!([{"name": "X-A"}, {"name": "x-b", "as": "x-a"}]);
    assert_eq!(check(json!({"forward_client_headers": false, "forward_headers": [{"name": "x-a"}]})), None);
    assert_eq!(check(json!({"forward_client_headers": true, "auth": auth})), None);
    assert_eq!(
        check(json!({"forward_client_headers": true, "forward_headers": [{"name": "x-a"}]})).as_deref(),
        Some(
            "`forward_headers` lists what is forwarded and `forward_client_headers` forwards all; leave one of them out"
        )
    );
    assert_eq!(
        check(json!({"forward_headers": name})).as_deref(),
        Some(
            "more than one of `forward_headers` becomes \"x-a\"; give one another name with `as`, or leave it out"
        )
    );
    for (key, headers) in [
        ("headers", json!([{"name": "Authorization", "value": "a"}])),
        ("forward_headers", json!([{"name": "x-a", "as": "Authorization"}])),
    ] {
        assert_eq!(
            check(json!({"auth": auth, key: headers})),
            Some(format!("`auth` and `{key}` both set the header \"authorization\"; leave one of them out"))
        );
    }
}

#[test]
fn reports_have_no_values_of_headers_and_no_passwords() {
    let remote: RemoteSchema = decode(&json!({"name": "a", "definition": {
        "url": "https://me:canary@{{HOST}}/g?key=canary",
        "headers": [{"name": "authorization", "value": "canary"}, {"name": "x-key", "value_from_env": "KEY"}],
        "introspection_headers": [{"name": "x-key", "value": "canary"}],
    }}))
    .expect("accepted");
    assert_eq!(
        remote.to_report(),
        json!({"name": "a", "definition": {
            "url": "https://<REDACTED>@{{HOST}}/g?<REDACTED>",
            "headers": [{"name": "authorization", "value": "<REDACTED>"}, {"name": "x-key", "value_from_env": "KEY"}],
            "introspection_headers": [{"name": "x-key", "value": "<REDACTED>"}],
        }})
    );
    for plain in ["{{URL}}", "http://a.example/g", "http://a.example/@b", "a@b"] {
        assert_eq!(metadata::remote::presentable(plain), plain);
    }
}

#[test]
fn the_tls_allow_list_is_changed_and_the_rest_of_its_section_stays() {
    let mut document = Document::from_json(&json!({"version": 3, "network": {"more": 1, "tls_allowlist": [
        {"host": "a", "suffix": ""}, {"host": "b", "suffix": "443", "permissions": ["self-signed"]},
    ]}}))
    .expect("accepted");
    let mut allowed = document.tls_allowlist();
    assert!(allowed[0].is_for("a", None) && allowed[1].is_for("b", Some("443")));
    allowed.remove(0);
    document.set_tls_allowlist(&allowed);
    let rest = json!({"host": "b", "suffix": "443", "permissions": ["self-signed"]});
    assert_eq!(document.sections["network"], json!({"more": 1, "tls_allowlist": [rest]}));
    document.set_tls_allowlist(&[]);
    assert_eq!(document.sections["network"], json!({"more": 1}));
}

#[test]
fn only_old_versions_are_unsupported() {
    let error = |document| Document::from_json(&document).expect_err("refused");
    assert!(error(json!({"version": 2})).is_unsupported_version());
    assert!(error(json!({"tables": []})).is_unsupported_version());
    assert!(!error(json!({"version": "3"})).is_unsupported_version());
}

#[test]
fn equal_documents_are_exported_equally() {
    let remote = |name: &str, mapping: &str| {
        format!(
            r#"{{"name": "{name}", "definition": {{"url": "http://a", "customization": {{"type_names": {{"mapping": {mapping}}}}}}}}}"#
        )
    };
    let document = |remotes: &[String]| {
        let text = format!(r#"{{"version": 3, "remote_schemas": [{}]}}"#, remotes.join(","));
        Document::from_json(&serde_json::from_str(&text).expect("JSON"))
            .expect("accepted")
            .to_json()
            .to_string()
    };
    let one = document(&[remote("a", r#"{"x": "y", "z": "w"}"#), remote("b", "{}")]);
    let other = document(&[remote("b", "{}"), remote("a", r#"{"z": "w", "x": "y"}"#)]);
    assert_eq!(one, other);
}

#[test]
fn files_of_absurd_size_are_refused() {
    let error = yaml::parse(&vec![b'a'; yaml::MAX_BYTES + 1], 0).expect_err("refused");
    assert_eq!(error.to_string(), "1:1: larger than 32 MiB");
    let long = format!("a: {}", "x".repeat(yaml::MAX_BYTES / 8));
    assert!(yaml::parse(long.as_bytes(), 0).is_ok(), "a long text is no harm");
    let many = "- 1\n".repeat(500_001);
    let error = yaml::parse(many.as_bytes(), 0).expect_err("refused");
    assert_eq!(error.message, "more than 500000 values");
}

fn place() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn names(directory: &Path, written: &[std::path::PathBuf]) -> Vec<String> {
    let below =
        |path: &std::path::PathBuf| path.strip_prefix(directory).expect("below").display().to_string();
    written.iter().map(below).collect()
}

#[test]
fn files_that_say_the_same_are_left_alone() {
    let project = place();
    let place = project.path().join("metadata");
    fs::create_dir(&place).expect("a directory is made");
    let put = |file: &str, text: &str| fs::write(place.join(file), text).expect("a file is written");
    let commented = "# ours\n- !include a.yaml\n";
    put("version.yaml", "version: 3 # ours\n");
    put("remote_schemas.yaml", commented);
    put("a.yaml", "{definition: {url: http://a}, name: a, permissions: !include ../shared.yaml}\n");
    fs::write(project.path().join("shared.yaml"), "[]").expect("a file is written");
    put("network.yaml", "tls_allowlist: [{host: h}]\n");
    let mut document = directory::read_within(project.path(), &place).expect("read").document;
    assert!(directory::write(&place, &document).expect("written").is_empty());

    document.sections.shift_remove("network");
    document.sections.insert("api_limits".to_owned(), json!({"disabled": true}));
    let written = directory::write(&place, &document).expect("written");
    assert_eq!(names(&place, &written), ["api_limits.yaml", "network.yaml"]);
    assert_eq!(fs::read_to_string(place.join("network.yaml")).expect("read"), "{}\n");
    assert_eq!(fs::read_to_string(place.join("remote_schemas.yaml")).expect("read"), commented);
}

#[test]
fn a_new_directory_has_only_what_it_needs() {
    let place = place();
    let directory = place.path().join("project/metadata");
    let written = directory::write(&directory, &Document::default()).expect("written");
    assert_eq!(names(&directory, &written), ["version.yaml", "remote_schemas.yaml"]);
    assert_eq!(directory::read(&directory).expect("read").document, Document::default());
}

#[test]
fn a_document_may_be_one_file() {
    let place = place();
    let mut document = Document::default();
    document.sections.insert("api_limits".to_owned(), json!({"disabled": true}));
    for file in ["metadata.json", "metadata.yaml"] {
        let file = place.path().join(file);
        let written = directory::write(&file, &document).expect("written");
        assert_eq!(written.as_slice(), std::slice::from_ref(&file));
        assert!(directory::write(&file, &document).expect("compared").is_empty());
        assert_eq!(directory::read(&file).expect("read").document, document);
    }
    let text = fs::read_to_string(place.path().join("metadata.json")).expect("read");
    assert!(text.starts_with("{\n  \"version\": 3"), "{text}");
}

#[test]
fn problems_found_later_are_shown_in_the_files() {
    let place = place();
    let text = "- name: a\n  definition:\n    url: http://a\n  comment: here\n";
    fs::write(place.path().join("remote_schemas.yaml"), text).expect("a file is written");
    let loaded = directory::read(place.path()).expect("read");
    let shown = |path: &str| {
        let diagnostic = loaded.diagnose(path, "unreachable");
        (diagnostic.line, diagnostic.column, diagnostic.file.file_name().map(ToOwned::to_owned))
    };
    let file = Some("remote_schemas.yaml".into());
    assert_eq!(shown("$.remote_schemas[0].comment"), (4, 12, file.clone()));
    assert_eq!(shown("$.remote_schemas[0].definition"), (3, 5, file.clone()));
    assert_eq!(shown("$.remote_schemas[0].permissions[3].role"), (1, 3, file.clone()));
    assert_eq!(shown("$.remote_schemas[0].name2"), (1, 3, file.clone()));
    assert_eq!(shown("$.remote_schemas"), (1, 1, file));
}

#[test]
fn a_missing_directory_is_named() {
    let place = place();
    let error = directory::read(&place.path().join("gone")).expect_err("refused");
    assert!(matches!(error, Error::Read { .. }));
    assert!(error.to_string().ends_with("gone': it does not exist"), "{error}");
    let error = directory::read(place.path()).expect_err("refused");
    assert!(matches!(error, Error::NoMetadata(_)));
}

#[cfg(unix)]
#[test]
fn includes_do_not_leave_the_directory_through_links() {
    let place = place();
    let metadata = place.path().join("metadata");
    fs::create_dir(&metadata).expect("a directory is made");
    fs::write(place.path().join("secret.yaml"), "name: a\n").expect("a file is written");
    std::os::unix::fs::symlink("../secret.yaml", metadata.join("link.yaml")).expect("a link is made");
    fs::write(metadata.join("remote_schemas.yaml"), "- !include link.yaml\n").expect("a file is written");
    let error = directory::read(&metadata).expect_err("refused").to_string();
    assert!(error.contains("cannot include 'link.yaml': it is outside of the project"), "{error}");
}
