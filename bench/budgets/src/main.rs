//! What the engine's work costs in instructions and allocations, beside the figures that are committed.
//!
//! Instructions do not depend on what else the machine does, so a change of a few per cent shows, which no clock would. [`scenario`]
//! says what is measured, [`world`] makes the schemas and requests up, [`count`] counts, [`growth`] prints how costs grow.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]

mod count;
mod growth;
mod scenario;
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use self::count::Figures;

/// Change of a figure, in per cent, up to which it passes.
const TOLERANCE: f64 = 5.0;

const HELP: &str = "\
budgets check [--update] [--only SCENARIO] --figures FILE --github SDL --profiles DIRECTORY
    compare with the committed figures; --update rewrites them
budgets growth --github SDL --profiles DIRECTORY
    how costs grow, as tables
budgets run SCENARIO [--github SDL]
    do the work once, for callgrind and other profilers
";

/// Figures by scenario.
type Book = BTreeMap<String, Figures>;

#[derive(Default)]
struct Options {
    update: bool,
    only: Vec<String>,
    figures: Option<PathBuf>,
    github: Option<PathBuf>,
    profiles: Option<PathBuf>,
    rest: Vec<String>,
}

fn main() -> ExitCode {
    match command() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> anyhow::Result<()> {
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--update" => options.update = true,
            "--only" => options.only.push(value()?),
            "--figures" => options.figures = Some(value()?.into()),
            "--github" => options.github = Some(value()?.into()),
            "--profiles" => options.profiles = Some(value()?.into()),
            _ => options.rest.push(argument),
        }
    }
    let github = options.github.as_deref();
    match options.rest.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["run", scenario] => {
            println!("{}", serde_json::to_string(&scenario::run(scenario, github)?)?);
            Ok(())
        }
        ["check"] => check(&options),
        ["growth"] => growth::print(github, profiles(&options)?),
        _ => {
            print!("{HELP}");
            bail!("no such command");
        }
    }
}

fn profiles(options: &Options) -> anyhow::Result<&Path> {
    options.profiles.as_deref().context("--profiles names a directory for callgrind's files")
}

fn check(options: &Options) -> anyhow::Result<()> {
    if !count::has_valgrind() {
        println!("SKIPPED: valgrind is not installed, so instructions cannot be counted");
        return Ok(());
    }
    let file = options.figures.as_deref().context("--figures names the file of the committed figures")?;
    let committed: Book = match std::fs::read_to_string(file) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("cannot read {}", file.display()))?,
        Err(_) if options.update => Book::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    let wanted = |name: &&&str| options.only.is_empty() || options.only.iter().any(|only| only == **name);
    let mut book = committed.clone();
    let mut wrong = Vec::new();
    println!(
        "{:<22} {:>15} {:>8} {:>12} {:>8}",
        "scenario", "instructions", "change", "allocations", "change"
    );
    for name in scenario::BUDGETED.iter().filter(wanted) {
        let now = count::figures(name, options.github.as_deref(), profiles(options)?)?;
        let before = committed.get(*name);
        let instructions = change(now.instructions, before.map(|before| before.instructions));
        let allocations = change(now.allocations, before.map(|before| before.allocations));
        println!(
            "{name:<22} {:>15} {:>8} {:>12} {:>8}",
            now.instructions, instructions.text, now.allocations, allocations.text
        );
        wrong.extend(instructions.verdict.map(|verdict| format!("{name}: instructions {verdict}")));
        wrong.extend(allocations.verdict.map(|verdict| format!("{name}: allocations {verdict}")));
        book.insert((*name).to_owned(), now);
    }
    if options.update {
        std::fs::write(file, written(&book)?)?;
        println!("{} is rewritten", file.display());
        return Ok(());
    }
    if let Some(stale) = committed.keys().find(|name| !scenario::BUDGETED.contains(&name.as_str())) {
        wrong.push(format!("{stale}: there is no such scenario any more"));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!(
        "{}\nif that is meant, say why in the commit that brings the new figures: cargo xtask budgets --update",
        wrong.join("\n")
    );
}

/// A figure beside the committed one.
struct Change {
    text: String,
    verdict: Option<String>,
}

fn change(now: u64, before: Option<u64>) -> Change {
    let Some(before) = before else {
        return Change { text: "new".into(), verdict: Some("have no committed figure".into()) };
    };
    let percent = (now as f64 / before.max(1) as f64 - 1.0) * 100.0;
    let verdict = if percent > TOLERANCE {
        Some(format!("grew by {percent:.1} %, from {before} to {now}"))
    } else if percent < -TOLERANCE {
        Some(format!(
            "shrank by {:.1} %, from {before} to {now}: commit the better figure, so that it stays",
            -percent
        ))
    } else {
        None
    };
    Change { text: format!("{percent:+.1} %"), verdict }
}

fn written(book: &Book) -> anyhow::Result<String> {
    let mut text = String::from(
        "# What the engine's work may cost. `cargo xtask test --only budgets` fails when a figure is off by more than 5 %, and\n\
         # `cargo xtask budgets --update` rewrites this file. The scenarios are in budgets/src/scenario.rs.\n\n",
    );
    let _ = write!(text, "{}", toml::to_string(book)?);
    Ok(text)
}
