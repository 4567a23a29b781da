//! Sends the requests of one workload to any URL, to have something to profile:
//! `load URL [WORKLOAD] [CONNECTIONS] [SECONDS]`.
#![expect(clippy::print_stdout, reason = "the figures are this program's output")]

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use conjoin_bench::credentials::Credentials;
use conjoin_bench::drive::drive;
use conjoin_bench::workload::Workload;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().context("usage: load URL [WORKLOAD] [CONNECTIONS] [SECONDS]")?;
    let name = arguments.next().unwrap_or_else(|| "single".to_owned());
    let connections = arguments.next().map_or(Ok(16), |text| text.parse())?;
    let seconds = arguments.next().map_or(Ok(5.0), |text| text.parse())?;
    let workload = Workload::all().into_iter().find(|workload| workload.name == name);
    let workload = Arc::new(workload.with_context(|| format!("there is no workload \"{name}\""))?);
    let outcome = drive(&url, Credentials::None, &workload, connections, Duration::from_secs_f64(seconds))?;
    println!(
        "{} requests, {:.0} per second, p50 {:.3} ms, p99 {:.3} ms, {} wrong",
        outcome.latencies.len(),
        outcome.rate(),
        outcome.percentile(0.5),
        outcome.percentile(0.99),
        outcome.wrong
    );
    if let Some(first) = outcome.first_wrong {
        println!("first wrong: {first}");
    }
    Ok(())
}
