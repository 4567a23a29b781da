//! Every option of `conjoin serve`, one row each: its flag, its variables, what it means.
//!
//! A row is low-level: text under a name. What the texts mean together is decided in [`crate::config`].

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

/// One option. Its flag is `--name`, its variable `CONJOIN_NAME`.
#[derive(Debug)]
pub struct Setting {
    /// Long flag without dashes.
    pub name: &'static str,
    /// The same option in Hasura, without the prefix `HASURA_GRAPHQL_`; used when ours is absent.
    pub hasura: &'static [&'static str],
    /// Another flag for it, that of Hasura when it differs.
    pub alias: Option<&'static str>,
    /// What the value is called in the help; `None` makes it a switch, whose value may be omitted.
    pub value: Option<&'static str>,
    /// What it does.
    pub help: &'static str,
}

impl Setting {
    const fn new(name: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { name, hasura: &[], alias: None, value: Some(value), help }
    }

    const fn switch(name: &'static str, help: &'static str) -> Self {
        Self { name, hasura: &[], alias: None, value: None, help }
    }

    const fn hasura(mut self, names: &'static [&'static str]) -> Self {
        self.hasura = names;
        self
    }

    const fn alias(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    /// Our variable for it.
    pub fn variable(&self) -> String {
        format!("CONJOIN_{}", self.name.to_uppercase().replace('-', "_"))
    }

    /// All variables for it, in the order in which they count.
    pub fn variables(&self) -> impl Iterator<Item = String> {
        let hasura = self.hasura.iter().map(|name| format!("HASURA_GRAPHQL_{name}"));
        std::iter::once(self.variable()).chain(hasura)
    }
}

macro_rules! settings {
    ($($constant:ident = $setting:expr;)*) => {
        $(#[doc = concat!("See its row: `", stringify!($constant), "`.")] pub const $constant: &Setting = &$setting;)*
        /// All rows, in the order of the help.
        pub const ALL: &[&Setting] = &[$($constant),*];
    };
}

settings! {
    PORT = Setting::new("port", "PORT", "Port to listen on; 0 takes a free one [default: 8080]")
        .hasura(&["SERVER_PORT"]).alias("server-port");
    HOST = Setting::new("host", "ADDRESS", "Address to listen on; `*` is every address [default: 127.0.0.1]")
        .hasura(&["SERVER_HOST"]).alias("server-host");
    DATA_DIR = Setting::new("data-dir", "DIR", "Where the metadata store lives [default: .conjoin]");
    METADATA_DATABASE_URL = Setting::new("metadata-database-url", "URL", "PostgreSQL database for the metadata, shared by several gateways, in place of the data directory")
        .hasura(&["METADATA_DATABASE_URL", "DATABASE_URL"]).alias("database-url");
    METADATA_DATABASE_WAIT = Setting::new("metadata-database-wait", "SECONDS", "How long the start waits for a metadata database that does not answer [default: 30]");
    SCHEMA_SYNC_POLL_INTERVAL = Setting::new("schema-sync-poll-interval", "MILLISECONDS", "Pause between two looks for what other gateways stored, besides being told; 0 relies on being told [default: 1000]")
        .hasura(&["SCHEMA_SYNC_POLL_INTERVAL"]);
    METADATA_HISTORY = Setting::new("metadata-history", "N", "Most changes of the metadata that are kept [default: 1000]");
    METADATA_DIR = Setting::new("metadata-dir", "DIR", "Metadata directory to apply at start");

    ADMIN_SECRET = Setting::new("admin-secret", "SECRET", "Secret that makes a caller an administrator")
        .hasura(&["ADMIN_SECRET", "ACCESS_KEY"]).alias("access-key");
    ADMIN_SECRETS = Setting::new("admin-secrets", "JSON", "Several admin secrets, as a JSON array of strings; beats --admin-secret")
        .hasura(&["ADMIN_SECRETS"]);
    ALLOW_UNAUTHENTICATED = Setting::switch("allow-unauthenticated", "Listen beyond loopback although no admin secret is set");
    JWT_SECRET = Setting::new("jwt-secret", "JSON", "Whose tokens are believed: a JSON object with `type` and `key`, or `jwk_url`")
        .hasura(&["JWT_SECRET"]);
    JWT_SECRETS = Setting::new("jwt-secrets", "JSON", "Several issuers of tokens, as a JSON array of such objects; beats --jwt-secret")
        .hasura(&["JWT_SECRETS"]);
    AUTH_HOOK = Setting::new("auth-hook", "URL", "Webhook that is asked who a caller is")
        .hasura(&["AUTH_HOOK"]);
    AUTH_HOOK_MODE = Setting::new("auth-hook-mode", "GET|POST", "How the webhook is asked [default: GET]")
        .hasura(&["AUTH_HOOK_MODE", "AUTH_HOOK_TYPE"]).alias("auth-hook-type");
    AUTH_HOOK_SEND_REQUEST_BODY = Setting::switch("auth-hook-send-request-body", "Show the webhook GraphQL requests too, when it is asked by POST [default: true]")
        .hasura(&["AUTH_HOOK_SEND_REQUEST_BODY"]);
    AUTH_HOOK_TIMEOUT = Setting::new("auth-hook-timeout", "SECONDS", "How long the webhook may take [default: 10]");
    UNAUTHORIZED_ROLE = Setting::new("unauthorized-role", "ROLE", "Role of callers without a secret or token [default: they are refused]")
        .hasura(&["UNAUTHORIZED_ROLE"]);
    TRUST_UNAUTHORIZED_SESSION_VARIABLES = Setting::switch("trust-unauthorized-session-variables", "Believe the x-hasura-* headers of the unauthorized role, as Hasura does");
    REMOTE_SCHEMA_PERMISSIONS = Setting::new("remote-schema-permissions", "on|off", "Whether roles see only what permissions grant [default: on]")
        .hasura(&["ENABLE_REMOTE_SCHEMA_PERMISSIONS"]).alias("enable-remote-schema-permissions");
    ENABLE_ALLOWLIST = Setting::switch("enable-allowlist", "Let roles other than `admin` run only the operations of the allow list")
        .hasura(&["ENABLE_ALLOWLIST"]);

    ERRORS = Setting::new("errors", "conjoin|hasura", "Shape of errors: partial results with exact paths, or Hasura's all-or-nothing [default: conjoin]");
    DEV_MODE = Setting::switch("dev-mode", "Show error details to every role").hasura(&["DEV_MODE"]);
    ADMIN_INTERNAL_ERRORS = Setting::switch("admin-internal-errors", "Show error details to administrators [default: true]")
        .hasura(&["ADMIN_INTERNAL_ERRORS"]);
    ENABLED_APIS = Setting::new("enabled-apis", "LIST", "APIs to serve, comma-separated [default: metadata,graphql,config]")
        .hasura(&["ENABLED_APIS"]);
    CORS_DOMAIN = Setting::new("cors-domain", "LIST", "Origins allowed to call from a browser, comma-separated, `https://*.example.com` allowed [default: *]")
        .hasura(&["CORS_DOMAIN"]);
    DISABLE_CORS = Setting::switch("disable-cors", "Send no CORS headers at all").hasura(&["DISABLE_CORS"]);

    ENABLE_CONSOLE = Setting::switch("enable-console", "Serve the web console at /console [default: true]").hasura(&["ENABLE_CONSOLE"]);
    CONSOLE_READ_ONLY = Setting::switch("console-read-only", "Let the console look at everything and change nothing");
    CONSOLE_PATH_PREFIX = Setting::new("console-path-prefix", "PATH", "Path below which a proxy shows the gateway, such as /gateway [default: what the proxy says in x-forwarded-prefix]");
    CONSOLE_DIR = Setting::new("console-dir", "DIR", "Built console to serve in place of the program's own");

    MAX_BODY_BYTES = Setting::new("max-body-bytes", "N", "Largest request body of GraphQL endpoints [default: 1 MiB]");
    MAX_METADATA_BYTES = Setting::new("max-metadata-bytes", "N", "Largest request body of the metadata API [default: 64 MiB]");
    MAX_TOKENS = Setting::new("max-tokens", "N", "Most tokens in an operation's text [default: 20000]");
    MAX_DEPTH = Setting::new("max-depth", "N", "Deepest nesting of an operation [default: 30]");
    MAX_ALIASES = Setting::new("max-aliases", "N", "Most aliased fields in an operation [default: 1000]");
    MAX_KEYS = Setting::new("max-keys", "N", "Most distinct join keys of one operation [default: 10000]");
    MAX_REQUESTS = Setting::new("max-requests", "N", "Most upstream requests of one operation [default: 200]");
    MAX_RESPONSE_BYTES = Setting::new("max-response-bytes", "N", "Largest response [default: 256 MiB]");
    MAX_ANSWER_BYTES = Setting::new("max-answer-bytes", "N", "Largest answer of a remote, decompressed [default: 64 MiB]");
    MAX_BATCH = Setting::new("max-batch", "N", "Most operations in one array request [default: 100]");
    REQUEST_TIMEOUT = Setting::new("request-timeout", "SECONDS", "Time limit of one client request; 0 leaves it to the remotes' timeouts [default: 0]");
    PLAN_CACHE_BYTES = Setting::new("plan-cache-bytes", "N", "Memory for prepared operations, roughly [default: 32 MiB]");
    TRACE_CAPACITY = Setting::new("trace-capacity", "N", "Most operations whose upstream requests and times are kept in memory, for the console; 0 keeps none [default: 200]");
    GRACEFUL_SHUTDOWN_TIMEOUT = Setting::new("graceful-shutdown-timeout", "SECONDS", "How long running requests may take to finish at shutdown [default: 60]")
        .hasura(&["GRACEFUL_SHUTDOWN_TIMEOUT"]);

    LOG_LEVEL = Setting::new("log-level", "LEVEL", "error, warn, info or debug [default: info]").hasura(&["LOG_LEVEL"]);
    LOG_FORMAT = Setting::new("log-format", "json|text", "JSON lines, or text for people [default: json]");
    ENABLED_LOG_TYPES = Setting::new("enabled-log-types", "LIST", "Log types to write, comma-separated [default: startup,http-log,webhook-log,jwk-refresh-log]")
        .hasura(&["ENABLED_LOG_TYPES"]);
}

/// What stood on the command line of `conjoin serve`, as text.
#[derive(Debug, Clone, Default)]
pub struct ServeOptions {
    values: BTreeMap<&'static str, String>,
}

impl ServeOptions {
    /// Reads words as they stand after `conjoin serve`.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, clap::Error> {
        let command = Self::augment_args(Command::new("serve").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(words)?)
    }

    /// The same with a flag given.
    #[must_use]
    pub fn with(mut self, setting: &Setting, value: impl Into<String>) -> Self {
        self.values.insert(setting.name, value.into());
        self
    }

    /// What was given for a flag.
    pub fn get(&self, setting: &Setting) -> Option<&str> {
        self.values.get(setting.name).map(String::as_str)
    }
}

impl Args for ServeOptions {
    fn augment_args(command: Command) -> Command {
        ALL.iter().fold(command, |command, setting| {
            let variables: Vec<String> = setting.variables().collect();
            let mut arg = Arg::new(setting.name)
                .long(setting.name)
                .help(format!("{} [env: {}]", setting.help, variables.join(", ")))
                .value_name(setting.value.unwrap_or("BOOL"));
            if setting.value.is_none() {
                arg = arg.num_args(0..=1).require_equals(true).default_missing_value("true");
            }
            if let Some(alias) = setting.alias {
                arg = arg.alias(alias);
            }
            command.arg(arg)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ServeOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for setting in ALL {
            if let Some(value) = matches.get_one::<String>(setting.name) {
                self.values.insert(setting.name, value.clone());
            }
        }
        Ok(())
    }
}
