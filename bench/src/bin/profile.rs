//! Where a gateway's instructions go: runs Conjoin under callgrind; `cargo xtask profile` builds and calls it.
//!
//! Callgrind only watches while requests are under way that were counted beforehand, so a start, a first plan and new connections
//! are not among them. It sees the process alone; what the kernel does for it is not there.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use conjoin_bench::callgrind::{self, Function, Profile};
use conjoin_bench::drive;
use conjoin_bench::gateway::{Gateway, Kind, Places, Upstream};
use conjoin_bench::room::room;
use conjoin_bench::workload::{Workload, is_right};

/// The workloads that may be profiled; the first two are unless others are named.
const WORKLOADS: [&str; 5] = ["single", "rows-1000", "rows-50", "hops", "through-1mib"];
/// Connections, as in the table of the documentation.
const CONNECTIONS: usize = 16;
/// Requests before callgrind watches.
const WARM_UP: usize = 100;
/// Functions that are named for each workload.
const NAMED: usize = 15;
/// A room with a smaller share in every workload has no line.
const SMALL: f64 = 0.005;

struct Options {
    places: Places,
    kind: Kind,
    profiles: PathBuf,
    workloads: Vec<Arc<Workload>>,
}

/// A profile and the requests it is of.
struct Measured {
    workload: &'static str,
    requests: usize,
    profile: Profile,
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Options> {
    let mut options =
        Options { places: Places::new()?, kind: Kind::List, profiles: PathBuf::new(), workloads: Vec::new() };
    let mut names = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--conjoin" => options.places.conjoin = std::path::absolute(value()?)?,
            "--bench" => options.places.bench = std::path::absolute(value()?)?,
            "--profiles" => options.profiles = std::path::absolute(value()?)?,
            "--only" => names.push(value()?),
            "--gateway" => {
                let name = value()?;
                let kinds = [Kind::Alias, Kind::List, Kind::Quiet, Kind::Untraced];
                let kind = kinds.into_iter().find(|kind| kind.name() == name);
                options.kind = kind.with_context(|| {
                    format!("cannot profile \"{name}\", only {}", kinds.map(Kind::name).join(", "))
                })?;
            }
            other => bail!("`profile` has no option {other}; see `cargo xtask help`"),
        }
    }
    if names.is_empty() {
        names = WORKLOADS[..2].iter().map(|name| (*name).to_owned()).collect();
    }
    for name in names {
        if !WORKLOADS.contains(&name.as_str()) {
            bail!("cannot profile the workload \"{name}\", only {}", WORKLOADS.join(", "));
        }
        let workload = Workload::all().into_iter().find(|workload| workload.name == name);
        options
            .workloads
            .push(Arc::new(workload.with_context(|| format!("there is no workload \"{name}\""))?));
    }
    Ok(options)
}

fn run(mut options: Options) -> anyhow::Result<()> {
    std::fs::create_dir_all(&options.profiles)?;
    let upstream = Upstream::start()?;
    let mut all = Vec::new();
    for workload in std::mem::take(&mut options.workloads) {
        all.push(measure(&mut options, &upstream, &workload)?);
    }
    println!("{}", rooms(&all));
    for measured in &all {
        println!("The {NAMED} functions that spend most on `{}`:\n", measured.workload);
        println!("{}", functions(measured));
    }
    eprintln!("callgrind's files are in {}", options.profiles.display());
    Ok(())
}

fn measure(options: &mut Options, upstream: &Upstream, workload: &Arc<Workload>) -> anyhow::Result<Measured> {
    let file = options.profiles.join(format!("{}.callgrind", workload.name));
    options.places.under =
        ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", "--fair-sched=yes"]
            .into_iter()
            .map(str::to_owned)
            .chain([format!("--callgrind-out-file={}", file.display())])
            .collect();
    let gateway = Gateway::start(options.kind, upstream, &options.places)?;
    let (body, right) = workload.request(0);
    let answer = drive::ask_once(&gateway.url, gateway.kind.credentials(), body)?;
    if !is_right(&answer, right) {
        bail!("{} is answered wrongly: {}", workload.name, drive::shown(&answer));
    }
    // Enough to even out, and no more than a minute under callgrind.
    let requests = (40_000_000 / right.len()).clamp(100, 2_000);
    let send = |count| -> anyhow::Result<()> {
        let outcome =
            drive::drive_count(&gateway.url, gateway.kind.credentials(), workload, CONNECTIONS, count)?;
        if outcome.wrong > 0 || outcome.latencies.len() != count {
            bail!("{}: {} of {count} requests went wrong", workload.name, outcome.wrong);
        }
        Ok(())
    };
    let pid = gateway.running.process().0;
    send(WARM_UP)?;
    control(pid, &["--instr=on"])?;
    send(requests)?;
    control(pid, &["--dump"])?;
    drop(gateway);
    let profile = read(&file).with_context(|| format!("cannot read the profile of {}", workload.name))?;
    eprintln!("{}: {requests} requests, {} instructions", workload.name, profile.total);
    if profile.total == 0 {
        bail!("callgrind saw nothing of {}", workload.name);
    }
    Ok(Measured { workload: workload.name, requests, profile })
}

/// Tells callgrind something while it runs.
fn control(pid: u32, arguments: &[&str]) -> anyhow::Result<()> {
    let mut control = Command::new("callgrind_control");
    control.args(arguments).arg(pid.to_string()).stdout(Stdio::null());
    if !control.status().context("cannot run callgrind_control, which comes with valgrind")?.success() {
        bail!("callgrind_control {} failed", arguments.join(" "));
    }
    Ok(())
}

/// Reads the dump; callgrind numbers those that are asked for.
fn read(file: &Path) -> anyhow::Result<Profile> {
    let dump = PathBuf::from(format!("{}.1", file.display()));
    std::fs::rename(&dump, file).with_context(|| format!("callgrind did not write {}", dump.display()))?;
    callgrind::read(&std::fs::read_to_string(file)?)
}

/// Instructions for a request by room, the workloads beside each other.
fn rooms(all: &[Measured]) -> String {
    let mut sums: HashMap<String, Vec<u64>> = HashMap::new();
    for (place, measured) in all.iter().enumerate() {
        for function in &measured.profile.functions {
            let sums = sums.entry(room(function)).or_insert_with(|| vec![0; all.len()]);
            sums[place] += function.instructions;
        }
    }
    let share = |place: usize, sum: u64| sum as f64 / all[place].profile.total as f64;
    let (large, small): (Vec<_>, Vec<_>) = sums
        .into_iter()
        .partition(|(_, sums)| sums.iter().enumerate().any(|(place, sum)| share(place, *sum) >= SMALL));
    let mut lines = large;
    lines.sort();
    let mut rest = vec![0; all.len()];
    for (_, sums) in small {
        rest.iter_mut().zip(sums).for_each(|(rest, sum)| *rest += sum);
    }
    lines.push(("rooms below 0.5 %".to_owned(), rest));
    lines.push(("all".to_owned(), all.iter().map(|measured| measured.profile.total).collect()));
    let mut out = String::from("| instructions for a request |");
    for measured in all {
        out += &format!(" {} | share |", measured.workload);
    }
    out += "\n|---|";
    out += &"--:|--:|".repeat(all.len());
    for (room, sums) in lines {
        out += &format!("\n| {room} |");
        for (place, sum) in sums.into_iter().enumerate() {
            let each = sum / all[place].requests as u64;
            out += &format!(" {} | {:.1} % |", grouped(each), share(place, sum) * 100.0);
        }
    }
    out + "\n"
}

fn functions(measured: &Measured) -> String {
    let mut out = String::from("| function | room | instructions for a request | share |\n|---|---|--:|--:|");
    for function in measured.profile.functions.iter().take(NAMED) {
        let Function { name, instructions, .. } = function;
        let each = instructions / measured.requests as u64;
        let share = *instructions as f64 / measured.profile.total as f64 * 100.0;
        out += &format!("\n| `{name}` | {} | {} | {share:.1} % |", room(function), grouped(each));
    }
    out + "\n"
}

/// A number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
