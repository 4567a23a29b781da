//! The environment variables that metadata names, for those who have to set them.

use std::collections::BTreeMap;

use metadata::identity::{Auth, ClientId, Reference, Tls};
use metadata::remote::{Header, HeaderValue};
use metadata::{Document, RemoteSchema};

/// Each variable with the remotes that need it.
pub(super) fn of(document: &Document) -> BTreeMap<String, Vec<String>> {
    let mut variables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for remote in &document.remote_schemas {
        for name in of_remote(remote) {
            let remotes = variables.entry(name).or_default();
            if !remotes.contains(&remote.name) {
                remotes.push(remote.name.clone());
            }
        }
    }
    variables
}

fn of_remote(remote: &RemoteSchema) -> Vec<String> {
    let definition = &remote.definition;
    let mut names: Vec<String> = definition.url_from_env.iter().cloned().collect();
    names.extend(definition.url.iter().flat_map(|url| of_template(url)));
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
            "type": "client_credentials", "token_url": "https://{{ TOKEN_HOST }}/t",
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
            {"name": "two", "definition": {"url_from_env": "HOST"}},
        ]});
        let found = super::of(&Document::from_json(&document).unwrap());
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["A", "B", "CA", "HOST", "ID", "PORT", "SECRET", "TOKEN_HOST"]);
        assert_eq!(found["HOST"], ["one", "two"]);
        assert_eq!(found["B"], ["one"]);
    }
}
