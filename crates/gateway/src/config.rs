//! What the server was told: flags and variables, lowered once into real types.
//!
//! [`settings`] has one row per option. [`Config::new`] reads them (flag, then our variable, then Hasura's), checks them
//! together, and is the only place that knows defaults. Nothing here is changed after start.

pub mod settings;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use engine::operation::Limits;
use engine::run::ErrorStyle;
use tracing_subscriber::filter::LevelFilter;

use crate::auth::secret::Secret;
use crate::auth::webhook::AsksBy;
use crate::auth::{ADMIN, Mode, Others, Unauthorized, jwt, webhook};
use crate::config::settings::{ServeOptions, Setting};
use crate::http::console::path_prefix;
use crate::http::cors::AllowedOrigins;
use crate::store::KEPT_VERSIONS;
use crate::store::postgres::Address;
use crate::telemetry::{LogFormat, SWITCHABLE};
use crate::upstream::endpoint;

/// Everything `conjoin serve` needs to know, checked.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the metadata store lives.
    pub data_dir: PathBuf,
    /// The database that has the metadata instead.
    pub metadata_database: Option<Address>,
    /// How long the start waits for it.
    pub metadata_database_wait: Duration,
    /// Pause between two looks for what other gateways stored.
    pub poll_interval: Option<Duration>,
    /// How many changes of the metadata are kept.
    pub history: u32,
    /// A metadata directory to apply at start.
    pub metadata_dir: Option<PathBuf>,
    /// How callers are told apart.
    pub auth: Mode,
    /// Whether every role sees everything.
    pub permissions_off: bool,
    /// Whether other roles than `admin` may run nothing but what is on the allow list.
    pub allowlist: bool,
    /// How errors are shaped.
    pub errors: ErrorStyle,
    /// Whether every role sees error details.
    pub dev_mode: bool,
    /// Whether administrators see error details.
    pub admin_internal_errors: bool,
    /// Which APIs are served.
    pub apis: Apis,
    /// The web console.
    pub console: Console,
    /// Which origins browsers may call from.
    pub cors: AllowedOrigins,
    /// Bounds of one operation.
    pub limits: Limits,
    /// Largest request body of the GraphQL endpoints.
    pub max_body_bytes: usize,
    /// Largest request body of the metadata API.
    pub max_metadata_bytes: usize,
    /// Largest answer of a remote.
    pub max_answer_bytes: usize,
    /// Most operations in one array request.
    pub max_batch: usize,
    /// Time limit of one client request.
    pub request_timeout: Option<Duration>,
    /// Memory for prepared operations, roughly.
    pub plan_cache_bytes: u64,
    /// Most operations whose times are kept.
    pub trace_capacity: usize,
    /// How long running requests may take to finish at shutdown.
    pub graceful_shutdown_timeout: Duration,
    /// What is logged.
    pub log: Log,
    /// Worth telling at start: options that Hasura has and that have no effect here.
    pub notes: Vec<String>,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct Log {
    /// Least severity.
    pub level: LevelFilter,
    /// Form of the lines.
    pub format: LogFormat,
    /// The log types that are on.
    pub types: Vec<String>,
}

/// Which APIs are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Apis {
    /// `/v1/metadata` and `/v1/query`.
    pub metadata: bool,
    /// `/v1/graphql` and what belongs to it.
    pub graphql: bool,
    /// `/v1alpha1/config`.
    pub config: bool,
}

/// How the web console is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Console {
    /// Whether it is.
    pub enabled: bool,
    /// Whether it may change nothing.
    pub read_only: bool,
    /// The path before ours in the addresses that browsers see, without a slash at its end; `None` leaves it to the proxy to tell.
    pub path_prefix: Option<String>,
    /// Its files, where they are not the program's own.
    pub directory: Option<PathBuf>,
}

/// Why the server cannot start with what it was told. Never shows a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A value is not of the right kind.
    #[error("invalid value for --{flag} (from {origin}): {why}")]
    Invalid {
        /// The option.
        flag: &'static str,
        /// Where the value came from: the flag or a variable's name.
        origin: String,
        /// What is wrong with it.
        why: String,
    },
    /// An address beyond loopback without a secret.
    #[error(
        "refusing to listen on {0} without an admin secret: set --admin-secret (CONJOIN_ADMIN_SECRET), \
         listen on 127.0.0.1, or pass --allow-unauthenticated"
    )]
    OpenDoor(SocketAddr),
    /// The unauthorized role needs a secret to make sense.
    #[error(
        "--unauthorized-role (CONJOIN_UNAUTHORIZED_ROLE) needs --admin-secret: without a secret everyone is admin"
    )]
    UnauthorizedRoleWithoutSecret,
    /// Tokens and webhooks are for callers without a secret, so there has to be one.
    #[error("--{0} needs --admin-secret (CONJOIN_ADMIN_SECRET): without a secret everyone is admin")]
    NeedsSecret(&'static str),
    /// Two ways that exclude each other.
    #[error(
        "Both webhook and JWT mode cannot be enabled at the same time: unset --auth-hook or --jwt-secret"
    )]
    WebhookAndJwt,
    /// The webhook itself says what callers without anything are.
    #[error(
        "--unauthorized-role cannot be used with --auth-hook: the webhook says what callers without credentials are"
    )]
    UnauthorizedRoleWithWebhook,
    /// They would stand where those of the caller stand.
    #[error(
        "--auth-hook has a user name or password, which the webhook could not tell from the caller's: \
         ask it by POST (--auth-hook-mode) or leave them out"
    )]
    WebhookCredentials,
}

/// An environment: looks a variable up.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Config {
    /// Reads the process environment. `names` of variables serve only to tell which of Hasura's have no effect.
    pub fn from_process(options: &ServeOptions) -> Result<Self, ConfigError> {
        let mut config = Self::new(options, &|name| std::env::var(name).ok())?;
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        config.notes.extend(without_effect(names));
        Ok(config)
    }

    /// Lowers options and environment into a checked configuration.
    pub fn new(options: &ServeOptions, env: Env<'_>) -> Result<Self, ConfigError> {
        let source = Source { options, env };
        let port = source.number(settings::PORT, 8080_u16)?;
        let host = source.parse(settings::HOST, parse_host)?.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let listen = SocketAddr::new(host, port);
        let auth = auth(&source)?;
        if !auth.has_secret()
            && !host.is_loopback()
            && !source.switch(settings::ALLOW_UNAUTHENTICATED, false)?
        {
            return Err(ConfigError::OpenDoor(listen));
        }
        let cors = match source.switch(settings::DISABLE_CORS, false)? {
            true => AllowedOrigins::None,
            false => {
                source.parse(settings::CORS_DOMAIN, AllowedOrigins::parse)?.unwrap_or(AllowedOrigins::Any)
            }
        };
        let limits = Limits::default();
        let timeout = source.number(settings::REQUEST_TIMEOUT, 0_u64)?;
        let poll_interval = source.number(settings::SCHEMA_SYNC_POLL_INTERVAL, 1000_u64)?;
        Ok(Self {
            listen,
            data_dir: source.path(settings::DATA_DIR).unwrap_or_else(|| PathBuf::from(".conjoin")),
            metadata_database: source.parse(settings::METADATA_DATABASE_URL, Address::from_str)?,
            metadata_database_wait: Duration::from_secs(source.number(settings::METADATA_DATABASE_WAIT, 30)?),
            poll_interval: (poll_interval > 0).then(|| Duration::from_millis(poll_interval)),
            history: source.number(settings::METADATA_HISTORY, KEPT_VERSIONS)?,
            metadata_dir: source.path(settings::METADATA_DIR),
            permissions_off: !source.switch(settings::REMOTE_SCHEMA_PERMISSIONS, true)?,
            allowlist: source.switch(settings::ENABLE_ALLOWLIST, false)?,
            errors: source.parse(settings::ERRORS, parse_errors)?.unwrap_or_default(),
            dev_mode: source.switch(settings::DEV_MODE, false)?,
            admin_internal_errors: source.switch(settings::ADMIN_INTERNAL_ERRORS, true)?,
            apis: source.parse(settings::ENABLED_APIS, parse_apis)?.unwrap_or(Apis {
                metadata: true,
                graphql: true,
                config: true,
            }),
            console: Console {
                enabled: source.switch(settings::ENABLE_CONSOLE, true)?,
                read_only: source.switch(settings::CONSOLE_READ_ONLY, false)?,
                path_prefix: source.parse(settings::CONSOLE_PATH_PREFIX, parse_path_prefix)?,
                directory: source.path(settings::CONSOLE_DIR),
            },
            cors,
            limits: Limits {
                tokens: source.number(settings::MAX_TOKENS, limits.tokens)?,
                depth: source.number(settings::MAX_DEPTH, limits.depth)?,
                aliases: source.number(settings::MAX_ALIASES, limits.aliases)?,
                keys: source.number(settings::MAX_KEYS, limits.keys)?,
                requests: source.number(settings::MAX_REQUESTS, limits.requests)?,
                response_bytes: source.number(settings::MAX_RESPONSE_BYTES, limits.response_bytes)?,
            },
            max_body_bytes: source.number(settings::MAX_BODY_BYTES, 1 << 20)?,
            max_metadata_bytes: source.number(settings::MAX_METADATA_BYTES, 64 << 20)?,
            max_answer_bytes: source.number(settings::MAX_ANSWER_BYTES, 64 << 20)?,
            max_batch: source.number(settings::MAX_BATCH, 100)?,
            request_timeout: (timeout > 0).then(|| Duration::from_secs(timeout)),
            plan_cache_bytes: source.number(settings::PLAN_CACHE_BYTES, 32 << 20)?,
            trace_capacity: source.number(settings::TRACE_CAPACITY, 200)?,
            graceful_shutdown_timeout: Duration::from_secs(
                source.number(settings::GRACEFUL_SHUTDOWN_TIMEOUT, 60)?,
            ),
            log: Log {
                level: source.parse(settings::LOG_LEVEL, parse_level)?.unwrap_or(LevelFilter::INFO),
                format: source.parse(settings::LOG_FORMAT, parse_log_format)?.unwrap_or(LogFormat::Json),
                types: source.get(settings::ENABLED_LOG_TYPES).map_or_else(
                    || SWITCHABLE.map(str::to_owned).to_vec(),
                    |(list, _)| items(&list).map(str::to_owned).collect(),
                ),
            },
            notes: token_notes(&auth),
            auth,
        })
    }
}

fn auth(source: &Source<'_>) -> Result<Mode, ConfigError> {
    let several = source.parse(settings::ADMIN_SECRETS, parse_secrets)?;
    let secrets = match several {
        Some(secrets) => secrets,
        None => source.parse(settings::ADMIN_SECRET, parse_secret)?.into_iter().collect(),
    };
    let role = source.parse(settings::UNAUTHORIZED_ROLE, parse_unauthorized_role)?;
    let trust_session_variables = source.switch(settings::TRUST_UNAUTHORIZED_SESSION_VARIABLES, false)?;
    let issuers = match source.parse(settings::JWT_SECRETS, jwt::config::Config::parse_several)? {
        Some(several) => several,
        None => source.parse(settings::JWT_SECRET, jwt::config::Config::parse)?.into_iter().collect(),
    };
    let webhook = webhook(source)?;
    if secrets.is_empty() {
        return match (role, issuers.is_empty(), webhook) {
            (_, false, _) => Err(ConfigError::NeedsSecret(settings::JWT_SECRET.name)),
            (_, _, Some(_)) => Err(ConfigError::NeedsSecret(settings::AUTH_HOOK.name)),
            (Some(_), _, _) => Err(ConfigError::UnauthorizedRoleWithoutSecret),
            _ => Ok(Mode::Open { local_only: !source.switch(settings::ALLOW_UNAUTHENTICATED, false)? }),
        };
    }
    let unauthorized = role.map(|role| Unauthorized { role, trust_session_variables });
    let others = match (issuers.is_empty(), webhook) {
        (true, None) => Others::Nobody(unauthorized),
        (false, None) => Others::Jwt { issuers, unauthorized },
        (true, Some(_)) if unauthorized.is_some() => return Err(ConfigError::UnauthorizedRoleWithWebhook),
        (true, Some(webhook)) => Others::Webhook(webhook),
        (false, Some(_)) => return Err(ConfigError::WebhookAndJwt),
    };
    Ok(Mode::Secret { secrets, others })
}

fn webhook(source: &Source<'_>) -> Result<Option<webhook::Config>, ConfigError> {
    let Some(address) = source.parse(settings::AUTH_HOOK, endpoint::Address::from_str)? else {
        return Ok(None);
    };
    let with_request = source.switch(settings::AUTH_HOOK_SEND_REQUEST_BODY, true)?;
    let parse_mode = |text: &str| match text.trim().to_ascii_uppercase().as_str() {
        "GET" => Ok(AsksBy::Get),
        "POST" => Ok(AsksBy::Post { with_request }),
        _ => Err(format!("\"{text}\" is neither GET nor POST")),
    };
    let asks_by = source.parse(settings::AUTH_HOOK_MODE, parse_mode)?.unwrap_or(AsksBy::Get);
    if asks_by == AsksBy::Get && address.has_credentials() {
        return Err(ConfigError::WebhookCredentials);
    }
    let timeout = source.number(settings::AUTH_HOOK_TIMEOUT, 10_u64)?;
    Ok(Some(webhook::Config { address, asks_by, timeout: Duration::from_secs(timeout.max(1)) }))
}

/// Sentences about what stands in the configuration of tokens and means nothing. A misprinted `audience` lets everybody in.
fn token_notes(auth: &Mode) -> Vec<String> {
    let issuers = auth.issuers();
    let unknown = issuers.iter().flat_map(|issuer| &issuer.unknown);
    let mut notes: Vec<String> = unknown
        .map(|key| format!("--jwt-secret has a key \"{key}\", which means nothing and has no effect"))
        .collect();
    for (index, issuer) in issuers.iter().enumerate() {
        let is_alike = |other: &jwt::config::Config| {
            let (own, other) = (&issuer.rules, &other.rules);
            own.location == other.location && own.issuer.is_none() && other.issuer.is_none()
        };
        if let Some(other) = issuers[..index].iter().position(is_alike) {
            notes.push(format!(
                "--jwt-secrets: elements {other} and {index} have no issuer and the same place for tokens, so that none of \
                 their tokens can be believed; give each an issuer or a header of its own"
            ));
        }
    }
    notes
}

/// Where texts come from: the command line before the environment.
struct Source<'a> {
    options: &'a ServeOptions,
    env: Env<'a>,
}

impl Source<'_> {
    /// The text of an option, and where it came from.
    fn get(&self, setting: &Setting) -> Option<(String, String)> {
        if let Some(value) = self.options.get(setting) {
            return Some((value.to_owned(), "the flag".to_owned()));
        }
        setting.variables().find_map(|variable| Some(((self.env)(&variable)?, variable)))
    }

    fn parse<T>(
        &self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some((text, origin)) = self.get(setting) else { return Ok(None) };
        match parse(&text) {
            Ok(value) => Ok(Some(value)),
            Err(why) => {
                let origin = format!("{origin}; its variables are {}", join(setting.variables()));
                Err(ConfigError::Invalid { flag: setting.name, origin, why })
            }
        }
    }

    fn number<T: FromStr>(&self, setting: &'static Setting, default: T) -> Result<T, ConfigError> {
        let parse =
            |text: &str| text.trim().parse().map_err(|_| format!("\"{text}\" is not a number in range"));
        Ok(self.parse(setting, parse)?.unwrap_or(default))
    }

    fn switch(&self, setting: &'static Setting, default: bool) -> Result<bool, ConfigError> {
        Ok(self.parse(setting, parse_bool)?.unwrap_or(default))
    }

    fn path(&self, setting: &Setting) -> Option<PathBuf> {
        self.get(setting).map(|(text, _)| text).filter(|text| !text.is_empty()).map(PathBuf::from)
    }
}

/// Sentences about variables of Hasura that are set and have no effect.
fn without_effect(names: impl Iterator<Item = String>) -> Vec<String> {
    // Accepted, since they ask for what Conjoin does anyway.
    const AGREED: [&str; 1] = ["REMOTE_SCHEMA_PRIORITIZE_DATA"];
    let mut notes: Vec<String> = names
        .filter_map(|name| {
            let short = name.strip_prefix("HASURA_GRAPHQL_")?;
            let known = AGREED.contains(&short)
                || settings::ALL.iter().any(|setting| setting.hasura.contains(&short));
            (!known).then(|| format!("{name} is set and has no effect in Conjoin"))
        })
        .collect();
    notes.sort();
    notes
}

fn parse_bool(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" => Ok(true),
        "false" | "f" | "no" | "n" | "off" => Ok(false),
        _ => Err(format!("\"{text}\" is neither true/t/yes/y/on nor false/f/no/n/off")),
    }
}

/// An address, a name that resolves to one, or `*`.
fn parse_host(text: &str) -> Result<IpAddr, String> {
    let text = text.trim();
    if text == "*" {
        return Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    }
    if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse() {
        return Ok(address);
    }
    let mut addresses = (text, 0).to_socket_addrs().map_err(|_| format!("\"{text}\" is not an address"))?;
    addresses.next().map(|address| address.ip()).ok_or_else(|| format!("\"{text}\" has no address"))
}

fn parse_secret(text: &str) -> Result<Secret, String> {
    match text {
        "" => Err("it is empty; unset it to have no secret".to_owned()),
        _ => Ok(Secret::new(text.to_owned())),
    }
}

fn parse_secrets(text: &str) -> Result<Vec<Secret>, String> {
    // The decoder's own message could show a part of the text.
    let secrets: Vec<String> =
        serde_json::from_str(text).map_err(|_| "it is not a JSON array of strings".to_owned())?;
    if secrets.is_empty() || secrets.iter().any(String::is_empty) {
        return Err("it needs at least one secret, and none may be empty".to_owned());
    }
    Ok(secrets.into_iter().map(Secret::new).collect())
}

fn parse_unauthorized_role(text: &str) -> Result<String, String> {
    match text {
        "" => Err("it is empty".to_owned()),
        ADMIN => Err("callers without a secret cannot be admin".to_owned()),
        role => Ok(role.to_owned()),
    }
}

fn parse_errors(text: &str) -> Result<ErrorStyle, String> {
    match text {
        "conjoin" => Ok(ErrorStyle::Conjoin),
        "hasura" => Ok(ErrorStyle::Hasura),
        _ => Err(format!("\"{text}\" is neither conjoin nor hasura")),
    }
}

fn parse_apis(text: &str) -> Result<Apis, String> {
    // The rest of Hasura's list is about databases and has nothing to switch here.
    const IGNORED: [&str; 3] = ["pgdump", "developer", "metrics"];
    let mut apis = Apis { metadata: false, graphql: false, config: false };
    for item in items(text) {
        match item {
            "metadata" => apis.metadata = true,
            "graphql" => apis.graphql = true,
            "config" => apis.config = true,
            _ if IGNORED.contains(&item) => {}
            _ => return Err(format!("\"{item}\" is none of metadata, graphql, config")),
        }
    }
    Ok(apis)
}

fn parse_path_prefix(text: &str) -> Result<String, String> {
    let hint = "a path such as /gateway, of letters, digits and the characters / _ . -";
    path_prefix(text).map(str::to_owned).ok_or_else(|| format!("\"{text}\" is not {hint}"))
}

fn parse_level(text: &str) -> Result<LevelFilter, String> {
    match text {
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        _ => Err(format!("\"{text}\" is none of error, warn, info, debug")),
    }
}

fn parse_log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "json" => Ok(LogFormat::Json),
        "text" => Ok(LogFormat::Text),
        _ => Err(format!("\"{text}\" is neither json nor text")),
    }
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn join(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests;
