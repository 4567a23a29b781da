//! What `check_relationship` says of a definition is what comes of storing it.
//!
//! The definitions are those of the engine's catalogs (`crates/engine/tests/catalog`), good and bad ones. Here they are sent to a gateway
//! over HTTP, whose remotes are asked for their schemas as anywhere else.

#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gateway::config::Config;
use gateway::config::settings::{self, ServeOptions};
use gateway::server::Gateway;
use reqwest::Client;
use serde_json::{Value, json};
use testkit::Remote;

const CATALOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/tests/catalog");

/// Nobody listens on it.
const NOBODY: &str = "http://127.0.0.1:1/graphql";

/// How many definitions have to be tried, so that a catalog that is not found is no success.
const AT_LEAST: usize = 100;

struct Stage {
    gateway: Gateway,
    client: Client,
    _data: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let options = ServeOptions::parse([]).unwrap();
        let options =
            options.with(settings::PORT, "0").with(settings::DATA_DIR, data.path().to_str().unwrap());
        let gateway = Gateway::open(Config::new(&options, &|_| None).unwrap()).await.unwrap();
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        Self { gateway, client, _data: data }
    }

    /// Whether a command succeeds, and its answer.
    async fn send(&self, kind: &str, args: &Value) -> (bool, Value) {
        let url = format!("http://{}/v1/metadata", self.gateway.address());
        let body = json!({"type": kind, "args": args}).to_string();
        let response = self.client.post(url).body(body).send().await.unwrap();
        let is_success = response.status().is_success();
        (is_success, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
    }

    async fn answer(&self, kind: &str, args: &Value) -> Value {
        let (is_success, answer) = self.send(kind, args).await;
        assert!(is_success, "{kind}: {answer}");
        answer
    }

    async fn problems(&self) -> Value {
        self.answer("get_inconsistent_metadata", &json!({})).await["inconsistent_objects"].take()
    }

    async fn metadata(&self) -> Value {
        self.answer("export_metadata", &json!({})).await
    }

    /// Checks a relationship, stores it, and compares what is said. It stays if it is good.
    async fn compare(&self, case: &str, relationship: &Value) -> bool {
        let (problems, metadata) = (self.problems().await, self.metadata().await);
        let mut asked = relationship.clone();
        // The command overwrites one of that name, which the question takes for a mistake unless it is told.
        asked["replaces"] = asked["name"].clone();
        let check = self.answer("check_relationship", &asked).await;
        assert_eq!(self.metadata().await, metadata, "{case}: asking changes nothing");
        let (is_stored, answer) = self.send("create_remote_schema_remote_relationship", relationship).await;
        let told = format!("{case}: {relationship}\nchecked: {check:#}\nstored: {answer:#}");
        assert_eq!(check["ok"], is_stored, "{told}");
        assert_eq!(self.problems().await, problems, "nothing else becomes inconsistent, {told}");
        let faults = check["faults"].as_array().unwrap();
        if is_stored {
            assert!(faults.is_empty(), "{told}");
            assert_ne!(self.metadata().await, metadata, "{told}");
            return true;
        }
        assert_eq!(self.metadata().await, metadata, "{told}");
        let reason = answer["error"].as_str().unwrap();
        assert!(!faults.is_empty(), "{told}");
        for fault in faults {
            // The command has one code, Hasura's, for all that the engine refuses.
            let code =
                if code_of(fault) == "parse-failed" { "parse-failed" } else { "invalid-configuration" };
            assert_eq!(code_of(&answer), code, "{told}");
            assert!(reason.contains(fault["message"].as_str().unwrap()), "{told}");
        }
        false
    }
}

fn code_of(fault: &Value) -> &str {
    fault["code"].as_str().unwrap()
}

/// The catalogs that have relationships, and whose remotes can be arranged: what is known from a store alone cannot.
fn cases() -> Vec<PathBuf> {
    let directories =
        ["ok", "problem"].into_iter().flat_map(|kind| fs::read_dir(Path::new(CATALOGS).join(kind)).unwrap());
    let mut cases: Vec<PathBuf> = directories.map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| !files(case).keys().any(|name| name.ends_with(".stored.graphql")));
    cases.sort();
    cases
}

fn files(case: &Path) -> BTreeMap<String, PathBuf> {
    let paths = fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path)).collect()
}

#[tokio::test]
async fn what_passes_can_be_stored_and_nothing_else() {
    let stage = Stage::new().await;
    let (mut good, mut bad) = (0, 0);
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap();
        let files = files(&case);
        let mut document: Value =
            serde_json::from_slice(&fs::read(&files["metadata.json"]).unwrap()).unwrap();
        let mut relationships = Vec::new();
        let mut remotes = Vec::new();
        for entry in document["remote_schemas"].as_array_mut().into_iter().flatten() {
            let entry = entry.as_object_mut().unwrap();
            let remote_schema = entry["name"].as_str().unwrap().to_owned();
            let on = entry.remove("remote_relationships").unwrap_or_default();
            for ty in on.as_array().into_iter().flatten() {
                for relationship in ty["relationships"].as_array().unwrap() {
                    let mut relationship = relationship.clone();
                    relationship["remote_schema"] = json!(remote_schema);
                    relationship["type_name"] = ty["type_name"].clone();
                    relationships.push(relationship);
                }
            }
            let remote = match files.get(&format!("{remote_schema}.graphql")) {
                None => None,
                Some(file) => Some(Remote::start(&fs::read_to_string(file).unwrap(), "{}").await.unwrap()),
            };
            let definition = entry["definition"].as_object_mut().unwrap();
            definition.remove("url_from_env");
            definition.insert("url".into(), json!(remote.as_ref().map_or(NOBODY.to_owned(), Remote::url)));
            remotes.push(remote);
        }
        if relationships.is_empty() {
            continue;
        }
        let replacing = json!({"allow_inconsistent_metadata": true, "metadata": document});
        stage.answer("replace_metadata", &replacing).await;
        for relationship in relationships {
            match stage.compare(name, &relationship).await {
                true => good += 1,
                false => bad += 1,
            }
        }
    }
    assert!(
        good >= AT_LEAST / 2 && bad >= AT_LEAST / 2 / 2 && good + bad >= AT_LEAST,
        "{good} good, {bad} bad"
    );
}
