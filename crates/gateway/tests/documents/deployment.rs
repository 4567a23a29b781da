//! What `deploy/` has fits the program: options exist, probes have routes, the example's metadata can be read where it is mounted.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use gateway::config::settings;
use metadata::yaml;
use serde_json::Value;

use super::{read, root};

fn manifest(name: &str) -> Value {
    let text = read(&format!("deploy/kubernetes/{name}"));
    yaml::parse(text.as_bytes(), 0).unwrap_or_else(|error| panic!("{name}: {}", error.message)).to_value()
}

fn container() -> Value {
    manifest("deployment.yaml")["spec"]["template"]["spec"]["containers"][0].clone()
}

/// All variables of ours in a text.
fn variables(text: &str) -> BTreeSet<&str> {
    let is_part = |char: char| char.is_ascii_uppercase() || char == '_';
    let starts = text.match_indices("CONJOIN_").map(|(at, _)| &text[at..]);
    starts.map(|rest| rest.split(|char| !is_part(char)).next().unwrap()).collect()
}

#[test]
fn variables_are_those_of_options() {
    let known: BTreeSet<String> = settings::ALL.iter().flat_map(|setting| setting.variables()).collect();
    let mut n_named = 0;
    for path in
        ["deploy/Dockerfile", "deploy/conjoin.service", "deploy/kubernetes/deployment.yaml", "docs/deploy.md"]
    {
        let text = read(path);
        for variable in variables(&text) {
            n_named += 1;
            assert!(known.contains(variable), "{path} names {variable}, which is no option of the server");
        }
    }
    assert!(n_named > 5, "only {n_named} variables are recognised");
}

#[test]
fn every_manifest_is_applied() {
    let applied = manifest("kustomization.yaml");
    let applied: BTreeSet<&str> =
        applied["resources"].as_array().unwrap().iter().flat_map(Value::as_str).collect();
    let entries = fs::read_dir(root().join("deploy/kubernetes")).unwrap();
    let mut n_manifests = 0;
    for name in entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        if name.ends_with(".yaml") && name != "kustomization.yaml" {
            n_manifests += 1;
            assert!(applied.contains(&*name), "kustomization.yaml does not name {name}");
            assert!(manifest(&name)["kind"].is_string(), "{name} is no manifest");
        }
    }
    assert_eq!(n_manifests, applied.len(), "kustomization.yaml names manifests that are not there");
}

#[test]
fn probes_have_routes_that_need_no_credentials() {
    let container = container();
    let routes = read("crates/gateway/src/http.rs");
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let path = container[probe]["httpGet"]["path"].as_str().unwrap();
        assert!(routes.contains(&format!("\"{path}\"")), "{probe} asks {path}, which is no route");
    }
}

#[test]
fn requests_may_finish() {
    let config = gateway::config::Config::new(&Default::default(), &|_| None).unwrap();
    let needed = config.graceful_shutdown_timeout.as_secs();
    let pause = container()["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap();
    let pod = manifest("deployment.yaml")["spec"]["template"]["spec"].clone();
    assert!(pod["terminationGracePeriodSeconds"].as_u64().unwrap() > needed + pause);
    let unit = read("deploy/conjoin.service");
    let limit =
        unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")?.strip_suffix('s')).unwrap();
    assert!(limit.parse::<u64>().unwrap() > needed);
}

/// A volume of a ConfigMap shows its files as links into a directory of the moment.
#[test]
fn metadata_is_read_where_it_is_mounted() {
    let kustomization = manifest("kustomization.yaml");
    let files = kustomization["configMapGenerator"][0]["files"].as_array().unwrap().clone();
    let mounted = tempfile::tempdir().unwrap();
    fs::create_dir(mounted.path().join("..2026_11_23")).unwrap();
    std::os::unix::fs::symlink("..2026_11_23", mounted.path().join("..data")).unwrap();
    for file in files.iter().flat_map(Value::as_str) {
        let name = PathBuf::from(file).file_name().unwrap().to_owned();
        let content = read(&format!("deploy/kubernetes/{file}"));
        fs::write(mounted.path().join("..2026_11_23").join(&name), content).unwrap();
        let target = PathBuf::from("..data").join(&name);
        std::os::unix::fs::symlink(target, mounted.path().join(&name)).unwrap();
    }
    let loaded = metadata::directory::read(mounted.path()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.document.remote_schemas.len(), 2);
    let environment = kustomization["configMapGenerator"][1]["literals"].to_string();
    for remote in &loaded.document.remote_schemas {
        let variable = format!("{}_URL=", remote.name.to_uppercase());
        assert!(environment.contains(&variable), "kustomization.yaml does not set {variable}");
    }
}
