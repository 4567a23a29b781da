//! The environment variables that metadata names, for those who have to set them.

use std::collections::BTreeMap;

use metadata::identity::{Auth, ClientId, Reference, Tls};
use metadata::remote::{Header, HeaderValue};
use metadata::schema_source::SchemaSource;
use metadata::telemetry::{OpenTelemetry, Status};
use metadata::{Document, RemoteSchema};

/// Each variable with the remotes that need it, and `opentelemetry` where that section does.
pub(super) fn of(document: &Document) -> BTreeMap<String, Vec<String>> {
    let mut variables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let of_remotes = document.remote_schemas.iter().map(|remote| (&*remote.name, of_remote(remote)));
    for (user, names) in of_remotes.chain([("opentelemetry", of_telemetry(document))]) {
        for name in names {
            let users = variables.entry(name).or_default();
            if !users.iter().any(|known| known == user) {
                users.push(user.to_owned());
            }
        }
    }
    variables
}

fn of_telemetry(document: &Document) -> Vec<String> {
    let OpenTelemetry { status, exporter_otlp: exporter, .. } = document.open_telemetry();
    let status = match status {
        Status::Template(template) => of_template(&template),
        Status::Enabled => Vec::new(),
        Status::Disabled => return Vec::new(),
    };
    let endpoints =
        [exporter.otlp_traces_endpoint, exporter.otlp_metrics_endpoint, exporter.otlp_logs_endpoint];
    let endpoints = endpoints.iter().flatten().flat_map(|endpoint| of_template(endpoint));
    status.into_iter().chain(endpoints).chain(exporter.headers.iter().flat_map(of_header)).collect()
}

fn of_remote(remote: &RemoteSchema) -> Vec<String> {
    let definition = &remote.definition;
    let mut names: Vec<String> = definition.url_from_env.iter().cloned().collect();
    names.extend(definition.url.iter().flat_map(|url| of_template(url)));
    if let Some(SchemaSource::Url(url)) = &definition.schema_from {
        names.extend(of_template(url));
    }
    names.extend(definition.headers.iter().chain(&definition.introspection_headers).flat_map(of_header));
    names.extend(definition.tls.iter().flat_map(of_tls));
    match &definition.auth {
        Some(Auth::Bearer { token }) => names.extend(of_reference(token)),
        Some(Auth::ClientCredentials(client)) => {
            names.extend(of_template(&client.token_url));
            if let ClientId::FromEnv(name) = &client.client_id {
                names.push(name.clone());
            }
            names.extend(of_reference(&client.client_secret));
            names.extend(client.tls.iter().flat_map(of_tls));
        }
        None => {}
    }
    names
}

fn of_header(header: &Header) -> Vec<String> {
    match &header.value {
        HeaderValue::Value(template) => of_template(template),
        HeaderValue::FromEnv(name) => vec![name.clone()],
    }
}

fn of_tls(tls: &Tls) -> Vec<String> {
    let certificate = tls.certificate.iter().flat_map(|own| [&own.certificate, &own.key]);
    tls.ca.iter().chain(certificate).filter_map(of_reference).collect()
}

fn of_reference(reference: &Reference) -> Option<String> {
    match reference {
        Reference::Env(name) => Some(name.clone()),
        Reference::File(_) => None,
    }
}

/// The names between `{{` and `}}`.
fn of_template(template: &str) -> Vec<String> {
    let parts = template.split("{{").skip(1).filter_map(|part| part.split_once("}}"));
    parts.map(|(name, _)| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use metadata::Document;
    use serde_json::json;

    #[test]
    fn variables_are_found_wherever_they_may_stand() {
        let client = json!({
            "type": "oauth2_client_credentials", "token_url": "https://{{ TOKEN_HOST }}/t",
            "client_id_from_env": "ID", "client_secret_from_env": "SECRET",
        });
        let definition = json!({
            "url": "http://{{HOST}}:{{PORT}}/", "auth": client,
            "headers": [{"name": "a", "value": "x {{A}}"}, {"name": "b", "value_from_env": "B"}],
            "introspection_headers": [{"name": "c", "value_from_env": "B"}],
            "tls": {"ca_from_env": "CA"},
        });
        let document = json!({"version": 3, "remote_schemas": [
            {"name": "one", "definition": definition},
            {"name": "two", "definition": {"url_from_env": "HOST", "schema_from": {"url": "http://{{ SCHEMAS }}/"}}},
        ], "opentelemetry": {
            "status": "{{TRACING}}", "data_types": ["traces"],
            "exporter_otlp": {"otlp_traces_endpoint": "http://{{HOST}}/t"},
        }});
        let found = super::of(&Document::from_json(&document).unwrap());
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["A", "B", "CA", "HOST", "ID", "PORT", "SCHEMAS", "SECRET", "TOKEN_HOST", "TRACING"]
        );
        assert_eq!(found["HOST"], ["one", "two", "opentelemetry"]);
        assert_eq!(found["B"], ["one"]);
    }
}
