//! `conjoin schema add`: a new remote schema, asked for its schema and compared with the others before anything is written.

use std::sync::Arc;

use clap::Args;
use engine::catalog::{Clash, Taken, clash};
use engine::outline::Counts;
use engine::problem::{MetadataObject, Problem, Severity};
use engine::remote::RemoteSchema as Schema;
use metadata::directory::amend::Amendment;
use metadata::remote::{REDACTED, presentable};
use metadata::{Customization, Header, HeaderValue, RemoteSchema, RemoteSchemaDefinition};
use serde_json::{Map, Value, json};

use super::probe::probe;
use crate::cli::Outcome;
use crate::cli::change::{Change, Context, Destination};
use crate::cli::error::Error;
use crate::cli::shell::quoted;
use crate::cli::snapshot::Snapshots;
use crate::cli::source::Source;

/// Arguments of `conjoin schema add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  conjoin schema add countries https://countries.example/graphql\n  \
    conjoin schema add rates https://rates.example/graphql --env-header Authorization=RATES_TOKEN --customize\n  \
    conjoin schema add users --url-from-env USERS_URL --prefix users_ --namespace users --dry-run")]
pub(super) struct Arguments {
    /// What to call it.
    name: String,
    /// Its address; may hold `{{VARIABLE}}`.
    #[arg(required_unless_present = "url_from_env", conflicts_with = "url_from_env")]
    url: Option<String>,
    /// Variable of the gateway's environment that holds the address.
    #[arg(long, value_name = "VARIABLE")]
    url_from_env: Option<String>,
    /// A header of every request, as it stands; secrets belong into --env-header.
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// A header whose value is in a variable of the gateway's environment.
    #[arg(long = "env-header", value_name = "NAME=VARIABLE", value_parser = env_header)]
    env_headers: Vec<(String, String)>,
    /// Seconds that the remote may take for an answer [default: 60].
    #[arg(long, value_name = "SECONDS")]
    timeout_seconds: Option<u64>,
    /// Pass the headers of clients on.
    #[arg(long)]
    forward_client_headers: bool,
    /// Serve its root fields below a field of this name.
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// Put this before the names of its types.
    #[arg(long)]
    prefix: Option<String>,
    /// Put this after the names of its types.
    #[arg(long)]
    suffix: Option<String>,
    /// A comment in the metadata.
    #[arg(long)]
    comment: Option<String>,
    /// If names clash with those of other remote schemas, take the customization that is proposed.
    #[arg(long, conflicts_with = "no_probe")]
    customize: bool,
    /// Do not ask the remote, and compare nothing.
    #[arg(long)]
    no_probe: bool,
    #[command(flatten)]
    destination: Destination,
}

/// How often a proposal may lead to another one.
pub(crate) const MOST_PROPOSALS: usize = 3;

/// Asks, compares, writes.
pub(super) async fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Outcome, Error> {
    let terminal = context.terminal;
    let mut remote = arguments.remote()?;
    let source = arguments.destination.read(context, |_| !arguments.no_probe).await?;
    if source.document.remote_schema(&remote.name).is_some() {
        let message = format!("there is a remote schema `{}` already", remote.name);
        return Err(Error::failed("already-exists", message)
            .help("take another name, or remove it first with `conjoin schema remove`"));
    }
    for (name, _) in arguments.headers.iter().filter(|(name, _)| is_secret(name)) {
        terminal.warn(&format!(
            "the value of `{name}` goes into the metadata as it is; --env-header {name}=VARIABLE keeps it out"
        ));
    }
    let mut data = Map::new();
    let mut schema = None;
    if !arguments.no_probe {
        let probed = probe(&remote, &source.document.tls_allowlist(), context).await?;
        let proposals = settle(&mut remote, &probed, &source, arguments.customize, context)?;
        data.insert("counts".into(), json!(Counts::of(&probed)));
        data.insert("clashes".into(), json!(proposals));
        schema = Some(probed);
    }
    data.insert("remote".into(), remote.to_report());
    let entry = remote.to_json();
    let mut args = Map::from_iter([("name".to_owned(), json!(remote.name))]);
    args.extend(
        ["definition", "comment"]
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), entry.get(key)?.clone()))),
    );
    let change = Change {
        command: json!({"type": "add_remote_schema", "args": args}),
        amendments: vec![Amendment::AddRemote(Box::new(remote.clone()))],
    };
    let outcome = arguments.destination.write(&change, context, data).await?;
    let snapshots = Snapshots::of(&context.project, None);
    let keeps = arguments.destination.is_project(context) && !arguments.destination.dry_run;
    // Who keeps snapshots would have to write this one next.
    if let Some(schema) = schema.filter(|_| keeps && snapshots.directory.is_dir()) {
        let (path, _) = snapshots.write(&remote.name, &schema)?;
        terminal.done(&format!("wrote {}", path.display()));
    }
    Ok(outcome)
}

impl Arguments {
    fn remote(&self) -> Result<RemoteSchema, Error> {
        let literal = self.headers.iter().map(|(name, value)| (name, HeaderValue::Value(value.clone())));
        let from_env =
            self.env_headers.iter().map(|(name, value)| (name, HeaderValue::FromEnv(value.clone())));
        let headers = literal.chain(from_env).map(|(name, value)| Header { name: name.clone(), value });
        let mut customization = Map::new();
        if let Some(namespace) = &self.namespace {
            customization.insert("root_fields_namespace".into(), json!(namespace));
        }
        let affixes = [("prefix", &self.prefix), ("suffix", &self.suffix)];
        let affixes: Map<String, Value> = affixes
            .into_iter()
            .filter_map(|(key, affix)| Some((key.to_owned(), json!(affix.as_ref()?))))
            .collect();
        if !affixes.is_empty() {
            customization.insert("type_names".into(), Value::Object(affixes));
        }
        let definition = RemoteSchemaDefinition {
            url: self.url.clone(),
            url_from_env: self.url_from_env.clone(),
            timeout_seconds: self.timeout_seconds,
            headers: headers.collect(),
            forward_client_headers: self.forward_client_headers,
            ..RemoteSchemaDefinition::default()
        };
        let remote = RemoteSchema {
            name: self.name.clone(),
            definition,
            comment: self.comment.clone(),
            permissions: Vec::new(),
            remote_relationships: Vec::new(),
        };
        let mut entry = remote.to_json();
        if !customization.is_empty() {
            entry["definition"]["customization"] = Value::Object(customization);
        }
        // The rules of the metadata are the rules here.
        metadata::decode(&entry).map_err(|error| {
            Error::usage(format!("this is no remote schema: {}", error.message)).pointer(error.path)
        })
    }
}

/// Compares the remote with all others, and gives it what is proposed if that is wanted. Answers the clashes that were settled.
fn settle(
    remote: &mut RemoteSchema,
    schema: &Arc<Schema>,
    source: &Source,
    customize: bool,
    context: &Context<'_>,
) -> Result<Vec<Value>, Error> {
    let served = source.build();
    let mut settled = Vec::new();
    loop {
        let clash = clash(&served.catalog, remote, schema, None).map_err(|failure| {
            Error::failed(failure.code.as_str(), failure.reason)
                .help("correct --namespace, --prefix or --suffix")
        })?;
        let after = || source.with(remote.clone(), schema).build().problems;
        let clash = clash.or_else(|| harm(remote, &served.problems, &after()));
        let Some(clash) = clash else { return Ok(settled) };
        if !customize || settled.len() == MOST_PROPOSALS {
            return Err(refusal(&clash));
        }
        for reason in &clash.reasons {
            context.terminal.warn(&short(reason));
        }
        let mut customization = remote.to_json()["definition"]["customization"].clone();
        merge(&mut customization, &clash.customization);
        context.terminal.note(&format!("customized with {customization}"));
        remote.definition.customization =
            Some(metadata::decode::<Customization>(&customization).map_err(|_| refusal(&clash))?);
        settled.push(json!({"reasons": clash.reasons, "customization": clash.customization}));
    }
}

/// What of the others would not be served any more, by the problems before and after. Types that are equal do not clash, but what they
/// share they cannot extend, so that types of its own help.
pub(crate) fn harm(remote: &RemoteSchema, before: &[Problem], after: &[Problem]) -> Option<Clash> {
    let is_new = |problem: &&Problem| {
        problem.severity == Severity::Inconsistent
            && before.iter().all(|known| known.object != problem.object || known.severity != problem.severity)
    };
    let harmed: Vec<&Problem> = after.iter().filter(is_new).collect();
    let is_letter = |char: char| char.is_ascii_alphanumeric();
    let prefix: String = remote.name.chars().map(|char| if is_letter(char) { char } else { '_' }).collect();
    let prefix = if prefix.starts_with(|char: char| char.is_ascii_alphabetic()) {
        prefix
    } else {
        format!("r{prefix}")
    };
    let customization = json!({"type_names": {"prefix": format!("{prefix}_")}});
    let taken = |problem: &&Problem| {
        let (name, by) = match &problem.object {
            MetadataObject::Relationship { remote_schema, type_name, name } => {
                (format!("{type_name}.{name}"), Some(remote_schema.clone()))
            }
            object => (object.to_string(), None),
        };
        Taken { kind: "relationship".to_owned(), name, by }
    };
    (!harmed.is_empty()).then(|| Clash {
        remote: remote.name.clone(),
        reasons: harmed.iter().map(|problem| format!("{}: {}", problem.object, problem.reason)).collect(),
        taken: harmed.iter().map(taken).collect(),
        customization: Box::new(customization),
    })
}

/// Adds what is proposed to what is there.
pub(crate) fn merge(into: &mut Value, proposal: &Value) {
    match (into, proposal) {
        (Value::Object(into), Value::Object(proposal)) => {
            for (key, value) in proposal {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, proposal) => *into = proposal.clone(),
    }
}

fn refusal(clash: &Clash) -> Error {
    let message = format!("`{}` does not go together with other remote schemas as it is", clash.remote);
    let customization = &clash.customization;
    let flag =
        |path: &str, flag: &str| customization.pointer(path)?.as_str().map(|text| format!(" {flag} {text}"));
    let flags = [flag("/root_fields_namespace", "--namespace"), flag("/type_names/prefix", "--prefix")];
    let flags: String = flags.into_iter().flatten().collect();
    let help = match customization.pointer("/type_names/mapping") {
        // There is no flag for single types.
        Some(_) => format!("--customize takes the customization {customization}"),
        None => format!("add{flags}, or --customize, which does the same"),
    };
    let mut error = Error::failed("remote-schema-conflicts", message).help(help);
    error.details = clash.reasons.iter().map(|reason| short(reason)).collect();
    error.internal = Some(json!({"reasons": clash.reasons, "customization": customization}));
    error
}

/// Types in full would fill the screen.
fn short(reason: &str) -> String {
    reason.lines().next().unwrap_or_default().trim_end_matches(" has:").to_owned()
}

fn is_secret(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    ["authorization", "key", "secret", "token", "cookie"].iter().any(|word| header.contains(word))
}

fn header(argument: &str) -> Result<(String, String), String> {
    pair(argument, ':').ok_or_else(|| "write it as NAME:VALUE".to_owned())
}

fn env_header(argument: &str) -> Result<(String, String), String> {
    pair(argument, '=').ok_or_else(|| "write it as NAME=VARIABLE".to_owned())
}

fn pair(argument: &str, separator: char) -> Option<(String, String)> {
    let (name, value) = argument.split_once(separator)?;
    let (name, value) = (name.trim(), value.trim());
    (!name.is_empty() && !value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

/// The command that adds a remote, for a shell. Values of headers are not told; what has no flag is named behind it.
pub(crate) fn command(remote: &RemoteSchema) -> String {
    let RemoteSchema { name, definition, comment, .. } = remote;
    let mut words = vec!["conjoin".to_owned(), "schema".to_owned(), "add".to_owned()];
    words.extend((name.starts_with('-')).then(|| "--".to_owned()));
    let mut flags = Vec::new();
    let mut flag = |flag: &str, value: &str| flags.push(format!("{flag}={}", quoted(value)));
    if let Some(variable) = &definition.url_from_env {
        flag("--url-from-env", variable);
    }
    for Header { name, value } in &definition.headers {
        match value {
            HeaderValue::Value(_) => flag("--header", &format!("{name}:{REDACTED}")),
            HeaderValue::FromEnv(variable) => flag("--env-header", &format!("{name}={variable}")),
        }
    }
    if let Some(seconds) = definition.timeout_seconds {
        flag("--timeout-seconds", &seconds.to_string());
    }
    let customization = definition.customization.clone().unwrap_or_default();
    let types = customization.type_names.unwrap_or_default();
    let names = [
        ("--namespace", &customization.root_fields_namespace),
        ("--prefix", &types.prefix),
        ("--suffix", &types.suffix),
        ("--comment", comment),
    ];
    for (name, value) in names {
        if let Some(value) = value {
            flag(name, value);
        }
    }
    if definition.forward_client_headers {
        flags.push("--forward-client-headers".to_owned());
    }
    // Flags come first, so that a name with a dash in front is none.
    words.splice(3..3, flags);
    words.push(quoted(name));
    words.extend(definition.url.as_deref().map(|url| quoted(&presentable(url))));
    let mut others: Vec<&str> = Vec::new();
    let keys = definition.to_json();
    let has_flag =
        ["url", "url_from_env", "headers", "timeout_seconds", "forward_client_headers", "customization"];
    others.extend(
        keys.as_object()
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .filter(|key| !has_flag.contains(key)),
    );
    others.extend((!types.mapping.is_empty()).then_some("customization.type_names.mapping"));
    others.extend((!customization.field_names.is_empty()).then_some("customization.field_names"));
    let mut command = words.join(" ");
    if !others.is_empty() {
        command.push_str(&format!(" # then add to its definition: {}", others.join(", ")));
    }
    command
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::shell::words;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn the_command_that_is_shown_adds_the_remote() {
        let shown = |entry: Value| {
            let remote: RemoteSchema = metadata::decode(&entry).unwrap();
            let command = command(&remote);
            let (command, _) = command.split_once(" # ").unwrap_or((&command, ""));
            let line = Line::try_parse_from(words(command).into_iter().skip(2)).unwrap();
            (remote, line.arguments.remote().unwrap())
        };
        for entry in [
            json!({"name": "users", "definition": {"url": "https://users.example/graphql"}}),
            json!({"name": "-it's $(odd)", "comment": "a 'b' \\", "definition": {
                "url_from_env": "URL",
                "timeout_seconds": 5,
                "forward_client_headers": true,
                "headers": [{"name": "authorization", "value_from_env": "TOKEN"}],
                "customization": {"root_fields_namespace": "u", "type_names": {"prefix": "U_", "suffix": "_u"}},
            }}),
        ] {
            let (remote, read) = shown(entry);
            assert_eq!(remote, read);
        }
        let (_, read) = shown(json!({"name": "a", "definition": {
            "url": "https://me:pass@a.example/?key=1",
            "headers": [{"name": "x-key", "value": "s3cret"}],
            "max_aliases": 3,
        }}));
        assert_eq!(read.definition.headers[0].value, HeaderValue::Value(REDACTED.into()));
        assert_eq!(read.definition.max_aliases, None);
    }
}
