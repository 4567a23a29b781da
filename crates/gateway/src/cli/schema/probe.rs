//! Asks a remote for its schema before anything is written, and says in plain words why there is none.

use std::sync::Arc;
use std::time::Instant;

use engine::remote::RemoteSchema;
use metadata::network::TlsAllow;

use super::{address, counted};
use crate::cli::change::Context;
use crate::cli::error::{Error, Exit};
use crate::cli::source::MAX_ANSWER_BYTES;
use crate::sync::introspect::Asker;
use crate::upstream::Upstream;
use crate::upstream::refusal::{self, Kind, Refusal};

/// The schema of a remote that is in no metadata yet.
pub(super) async fn probe(
    remote: &metadata::RemoteSchema,
    allowed: &[TlsAllow],
    context: &Context<'_>,
) -> Result<Arc<RemoteSchema>, Error> {
    let env = context.project.environment.values();
    let upstream = Upstream::new(remote, allowed, &*env, MAX_ANSWER_BYTES).map_err(|failure| {
        Error::failed("invalid-params", failure.reason).exit(Exit::Usage).help(
            "variables are read from the environment and the project's .env; --no-probe adds the remote without asking it",
        )
    })?;
    let step = context.terminal.step("asking the remote for its schema");
    let start = Instant::now();
    let name = address(remote);
    let too_late = |_| {
        Error::unreachable(format!(
            "{name} has not answered within {} s",
            context.options.timeout().as_secs()
        ))
        .help("wait longer with --timeout")
    };
    let upstream = Arc::new(upstream);
    let asker = Asker::new(&remote.definition, Arc::clone(&upstream), env, MAX_ANSWER_BYTES);
    let introspected = tokio::time::timeout(context.options.timeout(), asker.ask()).await;
    let schema = match introspected.map_err(too_late)? {
        Ok(introspected) => introspected.schema,
        Err(failure) => return Err(error(refusal::explain(&failure, &name, &upstream).await)),
    };
    drop(step);
    let ms = start.elapsed().as_millis();
    context.terminal.done(&format!("{} answered in {ms} ms: {}", remote.name, counted(&schema)));
    for warning in schema.warnings.iter().take(3) {
        context.terminal.warn(warning);
    }
    Ok(schema)
}

/// With the flags of `conjoin schema add` that help.
fn error(refusal: Refusal) -> Error {
    let Refusal { kind, message } = refusal;
    let error = match kind {
        Kind::Unreachable | Kind::Tls | Kind::Slow | Kind::Fails => Error::unreachable(message),
        Kind::Denied => Error::failed(kind.code(), message).exit(Exit::Denied),
        _ => Error::failed(kind.code(), message),
    };
    let help = match kind {
        Kind::Unreachable => "check the address; --no-probe adds the remote without asking it",
        Kind::Tls => {
            "for a private authority, set `tls` in the remote's definition (docs/metadata.md) and use --no-probe"
        }
        Kind::Slow => "allow it more time with --timeout-seconds",
        Kind::Denied => "name the variable that holds the credentials: --env-header Authorization=VARIABLE",
        Kind::NoIntrospection => {
            "let it be introspected, or with other credentials (--env-header); --no-probe adds it without a schema"
        }
        Kind::Errors => "if it wants credentials, name their variable: --env-header Authorization=VARIABLE",
        kind => match kind.help() {
            Some(help) => help,
            None => return error,
        },
    };
    error.help(help)
}
