//! The results as Markdown for people and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::drive::Outcome;

/// One gateway under one workload with so many connections.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// Name of the gateway.
    pub gateway: &'static str,
    /// Name of the workload.
    pub workload: &'static str,
    /// Connections, each with one request under way.
    pub connections: usize,
    /// Requests answered.
    pub requests: usize,
    /// Of them in a second.
    pub requests_per_second: f64,
    /// Half of the requests were faster.
    pub p50_ms: f64,
    /// All but 1 % were faster.
    pub p99_ms: f64,
    /// Sequential upstream requests times their delay, if there is one.
    pub least_ms: Option<f64>,
    /// CPU of the gateway for each request, user and system.
    pub cpu_ms: f64,
    /// The same in units of the floor's.
    pub cpu_to_floor: Option<f64>,
    /// Requests in a second in units of the floor's.
    pub rate_to_floor: Option<f64>,
    /// The 99th percentile in units of the floor's.
    pub p99_to_floor: Option<f64>,
    /// The most memory of the gateway, in MiB.
    pub peak_mib: f64,
    /// Upstream requests for each request.
    pub upstream_requests: f64,
    /// Requests that failed, or whose answers were wrong.
    pub wrong: u64,
    /// What the first of them looks like.
    pub first_wrong: Option<String>,
}

/// A gateway before the load.
#[derive(Debug, Clone, Serialize)]
pub struct Start {
    /// Name of the gateway.
    pub gateway: &'static str,
    /// From its start until it answered.
    pub start_ms: f64,
    /// Its memory then, in MiB.
    pub idle_mib: f64,
}

/// What a gateway has used up during the rounds of a cell.
#[derive(Debug, Default, Clone)]
pub struct Spent {
    /// What clients saw.
    pub outcome: Outcome,
    /// CPU seconds.
    pub cpu: f64,
    /// Upstream requests.
    pub upstream_requests: u64,
    /// KiB.
    pub peak_memory: u64,
}

impl Cell {
    /// The figures of a cell, without those in relation to the floor.
    pub fn new(gateway: &'static str, workload: &'static str, connections: usize, spent: &Spent) -> Self {
        let requests = spent.outcome.latencies.len();
        let each = 1.0 / requests.max(1) as f64;
        Self {
            gateway,
            workload,
            connections,
            requests,
            requests_per_second: spent.outcome.rate(),
            p50_ms: spent.outcome.percentile(0.5),
            p99_ms: spent.outcome.percentile(0.99),
            least_ms: None,
            cpu_ms: spent.cpu * 1000.0 * each,
            cpu_to_floor: None,
            rate_to_floor: None,
            p99_to_floor: None,
            peak_mib: spent.peak_memory as f64 / 1024.0,
            upstream_requests: spent.upstream_requests as f64 * each,
            wrong: spent.outcome.wrong,
            first_wrong: spent.outcome.first_wrong.clone(),
        }
    }

    /// Adds the figures in relation to the floor.
    pub fn relate(&mut self, floor: &Self) {
        self.cpu_to_floor = Some(self.cpu_ms / floor.cpu_ms);
        self.rate_to_floor = Some(self.requests_per_second / floor.requests_per_second);
        self.p99_to_floor = Some(self.p99_ms / floor.p99_ms);
    }
}

/// The table of gateways before the load.
pub fn starts(starts: &[Start]) -> String {
    let mut out = String::from("| gateway | ready after | idle memory |\n|---|--:|--:|\n");
    for start in starts {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {} | {:.0} ms | {:.1} MiB |", start.gateway, start.start_ms, start.idle_mib);
    }
    out
}

/// The table of one workload.
pub fn table(cells: &[Cell]) -> String {
    let delayed = cells.iter().any(|cell| cell.least_ms.is_some());
    let mut out = String::from(
        "| connections | gateway | requests/s | p50 ms | p99 ms | CPU ms/request | peak MiB | upstream requests | CPU to floor | requests/s to floor | p99 to floor |",
    );
    out.push_str(if delayed { " p50 to depth × delay |\n" } else { "\n" });
    out.push_str("|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    out.push_str(if delayed { "--:|\n" } else { "\n" });
    let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
    for cell in cells {
        let _ = write!(
            out,
            "| {} | {} | {:.0} | {:.3} | {:.3} | {:.4} | {:.1} | {:.2} | {} | {} | {} |",
            cell.connections,
            cell.gateway,
            cell.requests_per_second,
            cell.p50_ms,
            cell.p99_ms,
            cell.cpu_ms,
            cell.peak_mib,
            cell.upstream_requests,
            ratio(cell.cpu_to_floor),
            ratio(cell.rate_to_floor),
            ratio(cell.p99_to_floor),
        );
        if let Some(least) = cell.least_ms {
            let _ = write!(out, " {:.3} |", cell.p50_ms / least);
        }
        out.push('\n');
    }
    for cell in cells.iter().filter(|cell| cell.wrong > 0) {
        let first = cell.first_wrong.as_deref().unwrap_or_default();
        let _ = writeln!(
            out,
            "\n**{} with {} connections: {} requests went wrong**, first: `{first}`",
            cell.gateway, cell.connections, cell.wrong
        );
    }
    out
}

/// All workloads in one table: a line for each gateway, and in it a figure for each number of connections.
pub fn summary(cells: &[Cell]) -> String {
    let mut out = String::from(
        "| workload | gateway | requests/s | CPU ms/request | CPU to floor | requests/s to floor | p99 to floor | peak MiB | upstream requests |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut lines: Vec<(&str, &str)> = Vec::new();
    for cell in cells {
        if !lines.contains(&(cell.workload, cell.gateway)) {
            lines.push((cell.workload, cell.gateway));
        }
    }
    for (workload, gateway) in lines {
        let of_line = |cell: &&Cell| cell.workload == workload && cell.gateway == gateway;
        let each = |figure: &dyn Fn(&Cell) -> String| -> String {
            cells.iter().filter(of_line).map(figure).collect::<Vec<_>>().join(" / ")
        };
        let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        let peak = cells.iter().filter(of_line).map(|cell| cell.peak_mib).fold(0.0, f64::max);
        let _ = writeln!(
            out,
            "| {workload} | {gateway} | {} | {} | {} | {} | {} | {peak:.0} | {} |",
            each(&|cell| format!("{:.0}", cell.requests_per_second)),
            each(&|cell| format!("{:.3}", cell.cpu_ms)),
            each(&|cell| ratio(cell.cpu_to_floor)),
            each(&|cell| ratio(cell.rate_to_floor)),
            each(&|cell| ratio(cell.p99_to_floor)),
            each(&|cell| format!("{:.0}", cell.upstream_requests)),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_cell_is_per_request_and_relative_to_the_floor() {
        let spent = |cpu| Spent {
            outcome: Outcome {
                latencies: (1..=100).map(|n| n * 1000).collect(),
                elapsed: Duration::from_secs(2),
                ..Outcome::default()
            },
            cpu,
            upstream_requests: 200,
            peak_memory: 2048,
        };
        let floor = Cell::new("floor", "single", 1, &spent(0.1));
        let mut cell = Cell::new("conjoin", "single", 1, &spent(0.2));
        cell.relate(&floor);
        assert_eq!((cell.requests_per_second, cell.cpu_ms, cell.upstream_requests), (50.0, 2.0, 2.0));
        assert_eq!((cell.p50_ms, cell.p99_ms, cell.cpu_to_floor), (51.0, 100.0, Some(2.0)));
        assert!(
            summary(&[floor, cell.clone()])
                .ends_with("| single | conjoin | 50 | 2.000 | 2.00 | 1.00 | 1.00 | 2 | 2 |\n")
        );
        assert!(
            table(&[cell]).contains("| 1 | conjoin | 50 | 51.000 | 100.000 | 2.0000 | 2.0 | 2.00 | 2.00 |")
        );
    }
}
