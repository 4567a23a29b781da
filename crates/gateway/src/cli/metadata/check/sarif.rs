//! A report in the format SARIF 2.1.0 (OASIS), which forges show beside the lines that are meant.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::Report;
use super::finding::Finding;
use crate::cli::error::Place;
use crate::cli::explain;

/// What a path may not have as a reference in an address.
const UNSAFE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');

/// The whole log, with one run.
pub(super) fn report(report: &Report) -> Value {
    let mut codes: Vec<&str> = report.findings.iter().map(|finding| &*finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes.iter().map(|code| rule(code)).collect();
    let results: Vec<Value> = report.findings.iter().map(|finding| result(finding, &codes)).collect();
    let notifications: Vec<Value> =
        (report.notes.iter()).map(|note| json!({"level": "warning", "message": {"text": note}})).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "conjoin", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notifications}],
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Value {
    let mut rule = json!({"id": code});
    if let (Some(members), Some(entry)) = (rule.as_object_mut(), explain::entry(code)) {
        members.insert("fullDescription".into(), json!({"text": entry.when}));
        members.insert("help".into(), json!({"text": entry.what}));
    }
    rule
}

fn result(finding: &Finding, codes: &[&str]) -> Value {
    let mut location = json!({});
    if let Some(members) = location.as_object_mut() {
        members.extend(finding.place.as_ref().map(|place| ("physicalLocation".to_owned(), physical(place))));
        members.extend(finding.path.as_ref().map(|path| {
            let logical = json!([{"fullyQualifiedName": path, "kind": "object"}]);
            ("logicalLocations".to_owned(), logical)
        }));
    }
    json!({
        "ruleId": finding.code,
        "ruleIndex": codes.iter().position(|code| *code == finding.code),
        "level": finding.level.as_str(),
        "message": {"text": finding.message},
        "locations": [location],
    })
}

fn physical(place: &Place) -> Value {
    let Place { file, at } = place;
    let path = file.display().to_string().replace('\\', "/");
    json!({
        "artifactLocation": {"uri": utf8_percent_encode(&path, UNSAFE).to_string()},
        "region": {"startLine": at.line, "startColumn": at.column},
    })
}
