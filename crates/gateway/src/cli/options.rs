//! Options that every command takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

/// How standard output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Also in a pipe.
    Always,
    /// Not at all.
    Never,
}

/// Options that every command takes, before or after its name.
///
/// `serve` has options of its own that are called `--admin-secret` and `--log-level`. It keeps them because their ids are
/// the same as here; with other ids clap would see two options of one name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Options {
    /// Project directory; otherwise the nearest one upwards with a config.yaml.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) project: Option<PathBuf>,
    /// URL of the server [env: CONJOIN_ENDPOINT] [default: http://localhost:8080].
    #[arg(long, global = true, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// Admin secret of the server; others on the machine can read it here [env: CONJOIN_ADMIN_SECRET].
    #[arg(id = "admin-secret", long, global = true, value_name = "SECRET")]
    pub(super) admin_secret: Option<String>,
    /// File that holds the admin secret [env: CONJOIN_ADMIN_SECRET_FILE].
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "admin-secret")]
    pub(super) admin_secret_file: Option<PathBuf>,
    /// File with environment variables, relative to the project [default: .env].
    #[arg(long = "envfile", alias = "env-file", global = true, value_name = "FILE")]
    pub(super) envfile: Option<PathBuf>,
    /// Accept any TLS certificate of the server.
    #[arg(long, global = true)]
    pub(super) insecure_skip_tls_verify: bool,
    /// PEM file with a certificate authority to trust besides the system's.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) certificate_authority: Option<PathBuf>,
    /// Most seconds to wait for one answer of the server.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 300)]
    pub(super) timeout: u64,
    /// Format of standard output.
    #[arg(short, long, global = true, value_enum)]
    pub(super) output: Option<Format>,
    /// When to colour.
    #[arg(long = "color", global = true, value_enum, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "always")]
    pub(super) colour: Option<Colour>,
    /// Never colour.
    #[arg(long = "no-color", global = true, conflicts_with = "colour")]
    pub(super) no_colour: bool,
    /// Print only warnings and errors besides the result.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Print where settings come from, and each request.
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Least level of messages to print.
    #[arg(id = "log-level", long, global = true, value_name = "LEVEL", ignore_case = true, value_parser = PossibleValuesParser::new(["debug", "info", "warn", "error", "fatal"]))]
    pub(super) log_level: Option<String>,
    /// Do it without asking.
    #[arg(short, long, global = true)]
    pub(super) yes: bool,
    /// Never ask; fail where a question would be needed.
    #[arg(long, global = true)]
    pub(super) no_input: bool,
    /// Accepted for scripts; there is no update check.
    #[arg(long, global = true, hide = true)]
    pub(super) skip_update_check: bool,
}

impl Options {
    /// The format of standard output.
    pub(super) fn format(&self) -> Format {
        self.output.unwrap_or(Format::Text)
    }

    /// The longest wait for one answer.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout.max(1))
    }
}
