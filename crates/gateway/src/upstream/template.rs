//! `{{ENV}}` templates of the metadata, resolved against the environment.

use engine::catalog::Failure;
use engine::fault::Code;
use http::Uri;
use metadata::RemoteSchemaDefinition;
use metadata::remote::presentable;
use url::Url;

/// Looks up an environment variable.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A resolved address.
#[derive(Debug)]
pub struct Address {
    /// Where requests go.
    pub url: Url,
    /// The same without a user's name and password, ready to be sent.
    pub uri: Uri,
    /// What messages call it: the template text or the variable's name.
    pub shown: String,
}

/// The names of variables that a template needs and that are not set, or what is wrong with the template.
#[derive(Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// Not set, in the order of the template.
    Unset(Vec<String>),
    /// `{{` without `}}`, or nothing in between.
    Malformed,
}

/// Replaces each `{{NAME}}` by the value of the variable.
pub fn expand(template: &str, env: Env<'_>) -> Result<String, TemplateError> {
    let mut expanded = String::with_capacity(template.len());
    let mut unset = Vec::new();
    let mut rest = template;
    while let Some((before, opened)) = rest.split_once("{{") {
        let (name, after) = opened.split_once("}}").ok_or(TemplateError::Malformed)?;
        let name = name.trim();
        if name.is_empty() {
            return Err(TemplateError::Malformed);
        }
        expanded.push_str(before);
        match env(name) {
            Some(value) => expanded.push_str(&value),
            None => unset.push(name.to_owned()),
        }
        rest = after;
    }
    expanded.push_str(rest);
    if unset.is_empty() { Ok(expanded) } else { Err(TemplateError::Unset(unset)) }
}

/// The URL of a remote.
pub fn resolve_url(definition: &RemoteSchemaDefinition, env: Env<'_>) -> Result<Address, Failure> {
    definition.check().map_err(|error| refused(Code::InvalidParams, error.to_string()))?;
    match (&definition.url, &definition.url_from_env) {
        (Some(template), _) => resolve_template(template, env),
        (None, name) => {
            let name = name.as_deref().unwrap_or_default();
            let text = env(name).ok_or_else(|| {
                refused(Code::InvalidParams, format!("environment variable '{name}' not set"))
            })?;
            address(&text, name.to_owned())
                .ok_or_else(|| format!("not a valid URI in environment variable: {name}"))
                .map_err(|reason| refused(Code::InvalidParams, reason))
        }
    }
}

/// The URL that a template gives.
pub fn resolve_template(template: &str, env: Env<'_>) -> Result<Address, Failure> {
    let shown = presentable(template);
    let invalid =
        || refused(Code::InvalidParams, format!("not a valid URI generated from the template: {shown}"));
    match expand(template, env) {
        Ok(text) => address(&text, shown.clone()).ok_or_else(invalid),
        Err(TemplateError::Unset(names)) => {
            let names = names.join(", ");
            Err(refused(Code::Unexpected, format!("Value for environment variables not found: {names}")))
        }
        Err(TemplateError::Malformed) => Err(invalid()),
    }
}

/// The address, if the text is one of a web server.
fn address(text: &str, shown: String) -> Option<Address> {
    let url = Url::parse(text.trim()).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let uri = uri(&url).filter(|_| is_web)?;
    Some(Address { url, uri, shown })
}

fn refused(code: Code, reason: String) -> Failure {
    Failure { code, reason, internal: None }
}

/// The URL as HTTP has it: the name and password in front of a host are for a header, and fragments are not sent.
pub(super) fn uri(url: &Url) -> Option<Uri> {
    let mut bare = url.clone();
    bare.set_username("").ok()?;
    bare.set_password(None).ok()?;
    bare.set_fragment(None);
    bare.as_str().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        match name {
            "HOST" => Some("crm.example:8080".into()),
            "URL" => Some("https://hr.example/graphql".into()),
            "USER" => Some("https://me:s3cret@hr.example/graphql?key=1#top".into()),
            "BAD" => Some("not a url".into()),
            "FTP" => Some("ftp://hr.example/".into()),
            _ => None,
        }
    }

    #[test]
    fn templates_expand() {
        for (template, expected) in [
            ("", Ok("")),
            ("plain", Ok("plain")),
            ("http://{{HOST}}/x", Ok("http://crm.example:8080/x")),
            ("{{ HOST }}{{HOST}}", Ok("crm.example:8080crm.example:8080")),
            ("{single}", Ok("{single}")),
            ("{{A}} {{HOST}} {{B}}", Err(TemplateError::Unset(vec!["A".into(), "B".into()]))),
            ("{{HOST", Err(TemplateError::Malformed)),
            ("{{ }}", Err(TemplateError::Malformed)),
        ] {
            assert_eq!(expand(template, &env), expected.map(str::to_owned), "{template}");
        }
    }

    #[test]
    fn urls_resolve_or_say_why_not() {
        let ok = |address: Result<Address, Failure>| {
            address
                .map(|address| (address.url.to_string(), address.shown))
                .map_err(|failure| (failure.code.as_str(), failure.reason))
        };
        for (url, url_from_env, expected) in [
            (None, None, Err(("invalid-params", "both `url` and `url_from_env` can't be empty"))),
            (Some("a"), Some("b"), Err(("invalid-params", "both `url` and `url_from_env` can't be present"))),
            (Some("http://{{HOST}}/g"), None, Ok(("http://crm.example:8080/g", "http://{{HOST}}/g"))),
            (None, Some("URL"), Ok(("https://hr.example/graphql", "URL"))),
            (None, Some("NONE"), Err(("invalid-params", "environment variable 'NONE' not set"))),
            (None, Some("BAD"), Err(("invalid-params", "not a valid URI in environment variable: BAD"))),
            (None, Some("FTP"), Err(("invalid-params", "not a valid URI in environment variable: FTP"))),
            (Some("x{{NONE}}"), None, Err(("unexpected", "Value for environment variables not found: NONE"))),
            (
                Some("x{{HOST}}"),
                None,
                Err(("invalid-params", "not a valid URI generated from the template: x{{HOST}}")),
            ),
        ] {
            let definition = RemoteSchemaDefinition {
                url: url.map(str::to_owned),
                url_from_env: url_from_env.map(str::to_owned),
                ..Default::default()
            };
            let expected = expected
                .map(|(url, shown): (&str, &str)| (url.to_owned(), shown.to_owned()))
                .map_err(|(code, reason)| (code, reason.to_owned()));
            assert_eq!(ok(resolve_url(&definition, &env)), expected, "{url:?} {url_from_env:?}");
        }
    }

    #[test]
    fn names_passwords_and_fragments_are_not_in_what_is_sent() {
        let definition =
            RemoteSchemaDefinition { url_from_env: Some("USER".into()), ..RemoteSchemaDefinition::default() };
        let address = resolve_url(&definition, &env).unwrap();
        assert_eq!(address.uri, "https://hr.example/graphql?key=1");
        assert_eq!(address.url.password(), Some("s3cret"));
    }
}
