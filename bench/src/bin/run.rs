//! Measures all gateways under all workloads; `cargo xtask bench` builds and calls it.
//!
//! All gateways run at once, but only one at a time has anything to do. A cell is measured in rounds in which each gateway gets its turn, so
//! that an hour in which the machine is slow is slow for all.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use conjoin_bench::drive::{self, drive};
use conjoin_bench::gateway::{Gateway, Kind, Places, Upstream};
use conjoin_bench::report::{self, Cell, Spent, Start};
use conjoin_bench::workload::{Workload, is_right};

/// Turns of each gateway in a cell.
const ROUNDS: u32 = 3;

#[derive(Debug)]
struct Options {
    places: Places,
    kinds: Vec<Kind>,
    workloads: Vec<Arc<Workload>>,
    connections: Vec<usize>,
    /// For each gateway in each cell.
    time: Duration,
    check: bool,
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Options> {
    let all: Vec<Arc<Workload>> = Workload::all().into_iter().map(Arc::new).collect();
    let mut options = Options {
        places: Places::new()?,
        kinds: Vec::new(),
        workloads: Vec::new(),
        connections: vec![1, 16, 64],
        time: Duration::from_secs(6),
        check: false,
        json: None,
    };
    let mut peers = false;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--conjoin" => options.places.conjoin = std::path::absolute(value()?)?,
            "--bench" => options.places.bench = std::path::absolute(value()?)?,
            "--peer-directory" => options.places.peers = std::path::absolute(value()?)?,
            "--peers" => peers = true,
            "--check" => options.check = true,
            "--json" => options.json = Some(value()?.into()),
            "--seconds" => {
                let seconds: f64 = value()?.parse().context("--seconds needs a number")?;
                options.time = Duration::try_from_secs_f64(seconds).context("--seconds needs a time")?;
            }
            "--connections" => {
                let numbers = value()?.split(',').map(str::parse).collect::<Result<_, _>>();
                options.connections = numbers.context("--connections needs numbers with commas between")?;
            }
            "--gateway" => {
                let name = value()?;
                let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
                options.kinds.push(kind.with_context(|| {
                    format!("there is no gateway \"{name}\": {}", Kind::ALL.map(Kind::name).join(", "))
                })?);
            }
            "--only" => {
                let name = value()?;
                let known = all.iter().find(|workload| workload.name == name).cloned();
                options.workloads.push(known.with_context(|| {
                    let names: Vec<&str> = all.iter().map(|workload| workload.name).collect();
                    format!("there is no workload \"{name}\": {}", names.join(", "))
                })?);
            }
            other => bail!("`bench` has no option {other}; see `cargo xtask help`"),
        }
    }
    if options.kinds.is_empty() {
        let takes_part = |kind: &Kind| kind.is_usual() || (peers && *kind == Kind::Hive);
        options.kinds = Kind::ALL.into_iter().filter(takes_part).collect();
    }
    if options.workloads.is_empty() {
        options.workloads = all;
    }
    Ok(options)
}

fn run(options: &Options) -> anyhow::Result<()> {
    let upstream = Upstream::start()?;
    let mut starts = Vec::new();
    let mut cells = Vec::new();
    for workload in &options.workloads {
        upstream.delay(0)?;
        // Fresh ones for each workload: allocators keep what an earlier one needed.
        let gateways = start(options, &upstream)?;
        if starts.is_empty() {
            starts = gateways.iter().map(start_of).collect();
            println!("{}", report::starts(&starts));
        }
        println!("## {}: {}\n", workload.name, workload.title);
        for gateway in &gateways {
            check(gateway, &upstream, workload)?;
        }
        if options.check {
            continue;
        }
        upstream.delay(workload.delay_ms)?;
        let mut rows = Vec::new();
        for connections in &options.connections {
            rows.extend(measure(&gateways, &upstream, workload, *connections, options.time)?);
        }
        println!("{}", report::table(&rows));
        cells.extend(rows);
    }
    if options.workloads.len() > 1 && !cells.is_empty() {
        let numbers: Vec<String> = options.connections.iter().map(usize::to_string).collect();
        println!("## All workloads, with {} connections\n", numbers.join(" / "));
        println!("{}", report::summary(&cells));
    }
    if let Some(path) = &options.json {
        let results = serde_json::json!({"starts": starts, "cells": cells});
        std::fs::write(path, serde_json::to_vec_pretty(&results)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let wrong: u64 = cells.iter().map(|cell| cell.wrong).sum();
    if wrong > 0 {
        bail!("{wrong} requests went wrong");
    }
    Ok(())
}

fn start(options: &Options, upstream: &Upstream) -> anyhow::Result<Vec<Gateway>> {
    let one = |kind: &Kind| {
        let gateway = Gateway::start(*kind, upstream, &options.places);
        let gateway = gateway.with_context(|| format!("cannot start {}", kind.name()))?;
        eprintln!("{} (process {}) serves {}", kind.name(), gateway.running.process().0, gateway.url);
        Ok(gateway)
    };
    options.kinds.iter().map(one).collect()
}

fn start_of(gateway: &Gateway) -> Start {
    Start {
        gateway: gateway.kind.name(),
        start_ms: gateway.start.as_secs_f64() * 1000.0,
        idle_mib: gateway.idle_memory as f64 / 1024.0,
    }
}

/// Asks the first and the last request; nobody is measured whose answers are wrong.
fn check(gateway: &Gateway, upstream: &Upstream, workload: &Workload) -> anyhow::Result<()> {
    for n in [0, workload.len() - 1] {
        let before = upstream.requests()?;
        let (body, right) = workload.request(n);
        let answer = drive::ask_once(&gateway.url, gateway.kind.credentials(), body)
            .with_context(|| format!("{} cannot answer {}", gateway.kind.name(), workload.name))?;
        if !is_right(&answer, right) {
            bail!(
                "{} answers {} wrongly:\n  {}\nright:\n  {}",
                gateway.kind.name(),
                workload.name,
                drive::shown(&answer),
                drive::shown(right)
            );
        }
        let requests = upstream.requests()? - before;
        eprintln!("{} answers {} with {requests} upstream requests", gateway.kind.name(), workload.name);
    }
    Ok(())
}

fn measure(
    gateways: &[Gateway],
    upstream: &Upstream,
    workload: &Arc<Workload>,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Vec<Cell>> {
    let mut spent = vec![Spent::default(); gateways.len()];
    for round in 0..ROUNDS {
        for (gateway, spent) in gateways.iter().zip(&mut spent) {
            let process = gateway.running.process();
            if round == 0 {
                // Connections, allocators and plans are as in the middle of a day.
                drive(
                    &gateway.url,
                    gateway.kind.credentials(),
                    workload,
                    connections,
                    (time / 6).max(Duration::from_millis(300)),
                )?;
                process.forget_peak();
            }
            let requests = upstream.requests()?;
            let cpu = process.cpu();
            let started = Instant::now();
            let outcome =
                drive(&gateway.url, gateway.kind.credentials(), workload, connections, time / ROUNDS)?;
            spent.cpu += (process.cpu() - cpu).as_secs_f64();
            spent.upstream_requests += upstream.requests()? - requests;
            spent.peak_memory = process.peak_memory();
            eprintln!(
                "{} {} {connections}: {:.0} requests/s for {:.1} s",
                gateway.kind.name(),
                workload.name,
                outcome.rate(),
                started.elapsed().as_secs_f64()
            );
            spent.outcome.add(outcome);
        }
    }
    let mut cells: Vec<Cell> = gateways
        .iter()
        .zip(&spent)
        .map(|(gateway, spent)| Cell::new(gateway.kind.name(), workload.name, connections, spent))
        .collect();
    let floor = cells.iter().find(|cell| cell.gateway == Kind::Floor.name()).cloned();
    for cell in &mut cells {
        if let Some(floor) = &floor {
            cell.relate(floor);
        }
        if workload.delay_ms > 0 {
            cell.least_ms = Some((workload.depth * workload.delay_ms) as f64);
        }
    }
    Ok(cells)
}
