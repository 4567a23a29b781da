//! `conjoin relationship`: fields whose values come from another remote schema.
//!
//! What a command writes is checked before by the code that serves it, against the schemas of the project's snapshots, the remotes or the
//! server. [`name`] is how relationships are called, [`add`] and [`edit`] change, [`list`] looks, [`trial`] tries, [`suggest`] finds new
//! ones, [`written`] is a relationship as a command.

mod add;
mod edit;
mod list;
mod name;
mod suggest;
mod trial;
mod written;

use clap::{Args, Subcommand};

use super::Outcome;
use super::change::Context;
use super::error::Error;
use super::options::Options;
use super::terminal::Terminal;

pub(crate) use self::written::command;

/// Arguments of `conjoin relationship`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a relationship and add it to the metadata.
    Add(add::Arguments),
    /// List the relationships with where they lead.
    List(list::List),
    /// Print the definition of a relationship, its type and what would be asked.
    Show(list::Show),
    /// Ask the other remote for some keys, and show request and answer.
    Test(trial::Arguments),
    /// List relationships that the schemas suggest, and add those that are named.
    Suggest(suggest::Arguments),
    /// Remove a relationship.
    Remove(edit::Remove),
}

/// Runs one of the commands.
pub(super) async fn run(
    arguments: &Arguments,
    options: &Options,
    terminal: &Terminal,
) -> Result<Outcome, Error> {
    let context = Context::new(options, terminal)?;
    match &arguments.command {
        Command::Add(arguments) => add::run(arguments, &context).await,
        Command::List(arguments) => list::list(arguments, &context).await,
        Command::Show(arguments) => list::show(arguments, &context).await,
        Command::Test(arguments) => trial::run(arguments, &context).await,
        Command::Suggest(arguments) => suggest::run(arguments, &context).await,
        Command::Remove(arguments) => edit::remove(arguments, &context).await,
    }
}
