//! `conjoin query`: runs a GraphQL document, or shows how the gateway would run it.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::client::{Answer, Client};
use super::error::{Error, Exit};
use super::options::{Format, Options};
use super::project::Project;
use super::settings::Settings;
use super::terminal::{Terminal, indented};

/// Arguments of `conjoin query`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the query and print the response.
    Run(Request),
    /// Print what would be asked of which remote, in which order.
    Explain(Request),
}

#[derive(Debug, Args)]
struct Request {
    /// File with the GraphQL document; `-` is standard input.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// A variable; the value is JSON, or a string if it is not.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = parse_variable)]
    variables: Vec<(String, Value)>,
    /// The operation, if the document has several.
    #[arg(long, value_name = "NAME")]
    operation_name: Option<String>,
    /// Role to do it as.
    #[arg(long)]
    role: Option<String>,
}

/// Sends the document to the server.
pub(super) async fn run(
    arguments: &Arguments,
    options: &Options,
    terminal: &Terminal,
) -> Result<Outcome, Error> {
    let project = Project::find(options, terminal)?;
    let settings = Settings::load(options, &project, terminal)?;
    let client = Client::new(options, &settings, terminal)?;
    match &arguments.command {
        Command::Run(request) => {
            let body = request.body()?;
            let _step = terminal.step("running the query");
            Ok(response(&client.graphql(&body, request.role.as_deref()).await?, terminal))
        }
        Command::Explain(request) => {
            let body = request.body()?;
            let _step = terminal.step("planning the query");
            let as_text = options.format() == Format::Text;
            let plan = client.explain(&body, request.role.as_deref(), as_text).await?;
            let text = if plan.body.is_null() { plan.text } else { indented(&plan.text) };
            Ok(Outcome::with_text(&plan.body, text))
        }
    }
}

impl Request {
    fn body(&self) -> Result<Value, Error> {
        let mut body = Map::new();
        body.insert("query".into(), Value::String(read_document(&self.file)?));
        if !self.variables.is_empty() {
            body.insert("variables".into(), Value::Object(self.variables.iter().cloned().collect()));
        }
        if let Some(name) = &self.operation_name {
            body.insert("operationName".into(), json!(name));
        }
        Ok(Value::Object(body))
    }
}

/// The text of a file, or of standard input for `-`.
pub(super) fn read_document(path: &Path) -> Result<String, Error> {
    if path != Path::new("-") {
        return std::fs::read_to_string(path).map_err(|error| Error::io("read", path, &error));
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Error::io("read", Path::new("standard input"), &error))?;
    Ok(text)
}

/// The response is the result even when it has errors; the exit code says that it has.
fn response(answer: &Answer, terminal: &Terminal) -> Outcome {
    let count = answer.body.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
    let mut outcome = Outcome::with_text(&Value::Null, indented(&answer.text));
    outcome.data = answer.text.clone();
    if count > 0 {
        terminal.warn(&format!("the response has {count} {}", if count == 1 { "error" } else { "errors" }));
        outcome.exit = Exit::Failed;
    }
    outcome
}

fn parse_variable(argument: &str) -> Result<(String, Value), String> {
    let (name, value) = argument.split_once('=').ok_or("write it as NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.trim_start_matches('$').to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_json_or_a_string() {
        let value = |argument| parse_variable(argument).unwrap().1;
        assert_eq!(value("id=1"), json!(1));
        assert_eq!(value("id=\"1\""), json!("1"));
        assert_eq!(value("$name=Bob"), json!("Bob"));
        assert_eq!(value("filter={\"a\":[1]}"), json!({"a": [1]}));
        assert_eq!(value("text=a=b"), json!("a=b"));
        assert!(parse_variable("id").is_err());
    }
}
