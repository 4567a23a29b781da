//! Where the server is and how to get in: flag, then environment, then `.env`, then `config.yaml`, then a default.

use std::path::PathBuf;

use reqwest::Url;

use super::environment::Found;
use super::error::Error;
use super::options::Options;
use super::project::Project;
use super::terminal::Terminal;

/// How to talk to the server.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) endpoint: Url,
    /// Where the endpoint was set, for messages.
    pub(super) endpoint_origin: String,
    pub(super) secret: Option<Found>,
    pub(super) paths: ApiPaths,
    pub(super) insecure: bool,
    pub(super) certificate_authority: Option<PathBuf>,
    /// What was set, to what, and where; without the secret.
    pub(super) origins: Vec<(&'static str, String, String)>,
}

/// Paths below the endpoint.
#[derive(Debug)]
pub(super) struct ApiPaths {
    pub(super) metadata: String,
    pub(super) graphql: String,
    pub(super) version: String,
    pub(super) config: String,
}

/// Where a server is that nobody says anything about.
pub(super) const DEFAULT_ENDPOINT: &str = "http://localhost:8080";

impl Settings {
    /// The endpoint for messages, without a password that may be in it.
    pub(super) fn shown_endpoint(&self) -> String {
        shown(&self.endpoint).trim_end_matches('/').to_owned()
    }

    /// Collects the settings of a project from all sources.
    pub(super) fn load(options: &Options, project: &Project, terminal: &Terminal) -> Result<Self, Error> {
        let endpoint = setting(
            options.endpoint.as_ref().map(|value| flag("--endpoint", value)),
            project,
            "ENDPOINT",
            |config| config.endpoint.clone(),
        )
        .unwrap_or_else(|| Found { value: DEFAULT_ENDPOINT.into(), origin: "the default".into() });
        let secret = secret(options, project)?;
        let authority = options.certificate_authority.as_ref().map(|path| path.display().to_string());
        let authority = setting(
            authority.map(|path| flag("--certificate-authority", &path)),
            project,
            "CERTIFICATE_AUTHORITY",
            |config| config.certificate_authority.clone(),
        );
        let insecure = setting(
            options.insecure_skip_tls_verify.then(|| flag("--insecure-skip-tls-verify", "true")),
            project,
            "INSECURE_SKIP_TLS_VERIFY",
            |config| config.insecure_skip_tls_verify.map(|value| value.to_string()),
        );

        let url = parse_endpoint(&endpoint)?;
        terminal.detail(&format!("endpoint {} from {}", shown(&url), endpoint.origin));
        match &secret {
            Some(secret) => terminal.detail(&format!("admin secret from {}", secret.origin)),
            None => terminal.detail("no admin secret"),
        }
        let mut origins =
            vec![("endpoint", shown(&url).trim_end_matches('/').to_owned(), endpoint.origin.clone())];
        for (name, found) in [("certificate authority", &authority), ("insecure TLS", &insecure)] {
            origins.extend(found.as_ref().map(|found| (name, found.value.clone(), found.origin.clone())));
        }
        Ok(Self {
            origins,
            endpoint: url,
            endpoint_origin: endpoint.origin,
            secret,
            paths: ApiPaths {
                metadata: api_path(project, "v1_metadata", "v1/metadata"),
                graphql: api_path(project, "graphql", "v1/graphql"),
                version: api_path(project, "version", "v1/version"),
                config: api_path(project, "config", "v1alpha1/config"),
            },
            insecure: insecure.map(|found| truth(&found)).transpose()?.unwrap_or(false),
            certificate_authority: authority.map(|found| PathBuf::from(found.value)),
        })
    }
}

/// A URL without its credentials.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for URLs without a host, which have none to hide.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.to_string()
}

fn flag(name: &str, value: &str) -> Found {
    Found { value: value.to_owned(), origin: name.to_owned() }
}

/// A setting with one name in the environment, from the first source that has it.
fn setting(
    flag: Option<Found>,
    project: &Project,
    name: &str,
    of_config: impl Fn(&super::config_file::ConfigFile) -> Option<String>,
) -> Option<Found> {
    flag.or_else(|| project.environment.lookup(&[name]).map(|(_, found)| found)).or_else(|| {
        let value = of_config(&project.config).filter(|value| !value.is_empty())?;
        Some(Found { value, origin: "config.yaml".into() })
    })
}

fn api_path(project: &Project, name: &str, default: &str) -> String {
    let variable = format!("API_PATHS_{}", name.to_ascii_uppercase());
    let found = setting(None, project, &variable, |config| config.api_paths.get(name).cloned());
    found.map_or_else(|| default.to_owned(), |found| found.value)
}

/// The secret: Hasura's list of several is accepted in each source that Hasura takes it from, and its first is used.
fn secret(options: &Options, project: &Project) -> Result<Option<Found>, Error> {
    if let Some(value) = &options.admin_secret {
        return Ok(Some(flag("--admin-secret", value)));
    }
    if let Some(path) = &options.admin_secret_file {
        return read_secret(path, "--admin-secret-file").map(Some);
    }
    let names = ["ADMIN_SECRETS", "ADMIN_SECRET", "ACCESS_KEY", "ADMIN_SECRET_FILE"];
    match project.environment.lookup(&names) {
        Some(("ADMIN_SECRETS", found)) => return first_secret(&found),
        Some(("ADMIN_SECRET_FILE", found)) => {
            return read_secret(&project.directory.join(&found.value), &found.origin).map(Some);
        }
        Some((_, found)) => return Ok(Some(found)),
        None => {}
    }
    let config = &project.config;
    let found = |value: &Option<String>, key: &str| {
        let value = value.clone().filter(|value| !value.is_empty())?;
        Some(Found { value, origin: format!("{key} in config.yaml") })
    };
    match found(&config.admin_secrets, "admin_secrets") {
        Some(found) => first_secret(&found),
        None => {
            Ok(found(&config.admin_secret, "admin_secret")
                .or_else(|| found(&config.access_key, "access_key")))
        }
    }
}

fn read_secret(path: &std::path::Path, origin: &str) -> Result<Found, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Error::usage(format!("{} of {origin} is empty", path.display()))
            .help("write the admin secret into it, on one line")),
        secret => Ok(Found { value: secret.to_owned(), origin: origin.to_owned() }),
    }
}

/// The parser's message would quote the secrets, so it is not shown.
fn first_secret(found: &Found) -> Result<Option<Found>, Error> {
    let secrets: Vec<String> = serde_json::from_str(&found.value).map_err(|_| {
        Error::usage(format!("{} is not a JSON array of strings", found.origin))
            .help(r#"write it as ["the secret", "another one"]"#)
    })?;
    Ok(secrets.into_iter().next().map(|value| Found { value, origin: found.origin.clone() }))
}

fn truth(found: &Found) -> Result<bool, Error> {
    match found.value.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Ok(true),
        "false" | "f" | "no" | "n" | "0" => Ok(false),
        _ => Err(Error::usage(format!("{} is `{}`, expected true or false", found.origin, found.value))),
    }
}

fn parse_endpoint(found: &Found) -> Result<Url, Error> {
    let refused = |why: &str| {
        Error::usage(format!("the endpoint `{}` (from {}) {why}", found.value, found.origin))
            .help("write it with its scheme: http://localhost:8080")
    };
    let url = Url::parse(&found.value).map_err(|error| refused(&format!("is not a URL: {error}")))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(refused("is not an http or https URL")),
    }
}
