//! What large metadata cost a whole gateway: the release binary, over HTTP; `cargo xtask scale` builds and calls it.
//!
//! [`case`] says what is served and which answers are right, [`upstream`] is the remotes. Nothing is measured that is wrong.
//! How such metadata cost the engine alone, in instructions, is a matter of `cargo xtask budgets growth`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]

mod case;
mod upstream;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use conjoin_bench::credentials::Credentials;
use conjoin_bench::drive;
use conjoin_bench::gateway::{Places, Running, serve};
use engine::remote::INTROSPECTION_QUERY;
use serde_json::{Value, json};

use self::case::{Case, Fields, add_fields};

/// Times that a query is asked; the median counts.
const TIMES: usize = 21;

/// What a case cost.
struct Figures {
    add: Duration,
    memory_empty: u64,
    memory_added: u64,
    restart: Duration,
    memory_stored: u64,
    memory_asked: u64,
    query: Duration,
    joined: Option<Duration>,
    introspection: [Duration; 2],
    introspection_bytes: usize,
    memory_introspected: u64,
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let mut places = Places::new()?;
    let mut github: Option<PathBuf> = None;
    let mut names = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--conjoin" => places.conjoin = std::path::absolute(value()?)?,
            "--bench" => places.bench = std::path::absolute(value()?)?,
            "--github" => github = Some(value()?.into()),
            "--only" => names.push(value()?),
            other => bail!("`scale` has no option {other}; see `cargo xtask help`"),
        }
    }
    if names.is_empty() {
        names = Case::NAMES.map(str::to_owned).to_vec();
    }
    let mut columns = Vec::new();
    for name in &names {
        let case = Case::new(name, github.as_deref())?;
        let figures = measure(&case, &places).with_context(|| format!("the case {name} went wrong"))?;
        columns.push((case, figures));
    }
    println!("{}", table(&columns));
    Ok(())
}

fn measure(case: &Case, places: &Places) -> anyhow::Result<Figures> {
    let upstream = upstream::serve(case.introspections.clone())?;
    let data = places.scratch.join(case.name);
    let start = || {
        serve(places, &data, "/healthz", |command| {
            command.args(["--enabled-log-types", "startup"]);
        })
    };
    let (running, base) = start()?;
    let memory_empty = settled_memory(&running)?;
    eprintln!("{}: adding", case.name);
    let (answer, add) = post(&format!("{base}/v1/metadata"), &case.command(&upstream.base))?;
    if answer["message"] != "success" && answer["is_consistent"] != true {
        bail!("the metadata were not taken: {answer}");
    }
    right(&base, &case.query)?;
    let memory_added = settled_memory(&running)?;
    // Killed, not stopped: what was answered is stored. No remote says its schema, so it can only come from there.
    drop(running);
    upstream.refuse_introspection(true);
    eprintln!("{}: starting again", case.name);
    let started = Instant::now();
    let (running, base) = start()?;
    right(&base, &case.query)?;
    let restart = started.elapsed();
    let memory_stored = settled_memory(&running)?;
    // And as it usually is: the remotes are asked in the background.
    drop(running);
    upstream.refuse_introspection(false);
    let (running, base) = start()?;
    right(&base, &case.query)?;
    let memory_asked = settled_memory(&running)?;

    eprintln!("{}: asking", case.name);
    let query = median(&base, &case.query)?;
    let joined = case.joined.as_ref().map(|joined| median(&base, joined)).transpose()?;
    let (shown, first) = introspect(&base)?;
    let (again, second) = introspect(&base)?;
    if again != shown {
        bail!("introspection says something else the second time");
    }
    let mut fields = Fields::new();
    add_fields(&mut fields, &shown)?;
    if let Some(difference) = difference(&fields, &case.fields) {
        bail!("introspection is wrong: {difference}");
    }
    Ok(Figures {
        add,
        memory_empty,
        memory_added,
        restart,
        memory_stored,
        memory_asked,
        query,
        joined,
        introspection: [first, second],
        introspection_bytes: shown.len(),
        memory_introspected: settled_memory(&running)?,
    })
}

/// Memory in KiB, once the gateway has had nothing to do for a second. After a start it asks all remotes in the background, which
/// on a busy machine takes a while, and every answer makes another catalog.
fn settled_memory(running: &Running) -> anyhow::Result<u64> {
    const PATIENCE: Duration = Duration::from_secs(60);
    let process = running.process();
    let started = Instant::now();
    let mut cpu = process.cpu();
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = process.cpu();
        // A tick or two is what waiting costs.
        if now.saturating_sub(cpu) <= Duration::from_millis(20) {
            return Ok(process.memory());
        }
        if started.elapsed() > PATIENCE {
            bail!("the gateway does not come to rest");
        }
        cpu = now;
    }
}

fn post(url: &str, body: &Value) -> anyhow::Result<(Value, Duration)> {
    let body = Bytes::from(body.to_string());
    let started = Instant::now();
    let answer = drive::ask_once(url, Credentials::None, body)?;
    Ok((serde_json::from_slice(&answer)?, started.elapsed()))
}

fn right(base: &str, (query, right): &(String, Value)) -> anyhow::Result<Duration> {
    let (answer, time) = post(&format!("{base}/v1/graphql"), &json!({"query": query}))?;
    if answer != json!({"data": right}) {
        bail!("{query} is answered wrongly: {answer}");
    }
    Ok(time)
}

fn median(base: &str, query: &(String, Value)) -> anyhow::Result<Duration> {
    let mut times = (0..TIMES).map(|_| right(base, query)).collect::<anyhow::Result<Vec<_>>>()?;
    times.sort();
    Ok(times[TIMES / 2])
}

fn introspect(base: &str) -> anyhow::Result<(Bytes, Duration)> {
    let body = Bytes::from(json!({"query": INTROSPECTION_QUERY}).to_string());
    let started = Instant::now();
    let answer = drive::ask_once(&format!("{base}/v1/graphql"), Credentials::None, body)?;
    Ok((answer, started.elapsed()))
}

/// The first type that is not the same in both.
fn difference(shown: &Fields, right: &Fields) -> Option<String> {
    let names = shown.keys().chain(right.keys());
    let different = names.into_iter().find(|name| shown.get(*name) != right.get(*name))?;
    Some(format!("{different} is {:?}, not {:?}", shown.get(different), right.get(different)))
}

fn table(columns: &[(Case, Figures)]) -> String {
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let mib = |kib: u64| format!("{:.1} MiB", kib as f64 / 1024.0);
    type Line<'a> = (&'a str, &'a dyn Fn(&Figures) -> String);
    let lines: [Line<'_>; 12] = [
        ("memory before", &|figures| mib(figures.memory_empty)),
        ("until the metadata are applied and answered", &|figures| ms(figures.add)),
        ("memory after that", &|figures| mib(figures.memory_added)),
        ("killed and started again, until the first answer", &|figures| ms(figures.restart)),
        ("memory then, schemas from the store", &|figures| mib(figures.memory_stored)),
        ("memory when remotes answer introspection again", &|figures| mib(figures.memory_asked)),
        ("a query", &|figures| ms(figures.query)),
        ("a query with a join", &|figures| figures.joined.map_or_else(|| "-".to_owned(), ms)),
        ("full introspection", &|figures| ms(figures.introspection[0])),
        ("the same again", &|figures| ms(figures.introspection[1])),
        ("its size", &|figures| mib(figures.introspection_bytes as u64 / 1024)),
        ("memory after both", &|figures| mib(figures.memory_introspected)),
    ];
    let mut out = String::from("| |");
    for (case, _) in columns {
        out += &format!(" {} |", case.title);
    }
    out += "\n|---|";
    out += &"--:|".repeat(columns.len());
    for (what, figure) in lines {
        out += &format!("\n| {what} |");
        for (_, figures) in columns {
            out += &format!(" {} |", figure(figures));
        }
    }
    out + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_introspection_lacks_or_invents_is_named() {
        let fields = |names: &[&str]| -> Fields {
            [("T".to_owned(), names.iter().map(|name| (*name).to_owned()).collect())].into()
        };
        assert_eq!(difference(&fields(&["a", "b"]), &fields(&["a", "b"])), None);
        let lacking = difference(&fields(&["a"]), &fields(&["a", "b"])).unwrap();
        assert!(lacking.starts_with("T is "), "{lacking}");
        assert!(difference(&fields(&["a"]), &Fields::new()).is_some());
        assert!(difference(&Fields::new(), &fields(&["a"])).is_some());
    }
}
