//! What was measured: a JSON line a step, and a table of medians in the end.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::drive::Run;

/// One round of one scenario.
#[derive(Serialize, Clone)]
pub(crate) struct Step {
    scenario: &'static str,
    round: usize,
    clients: usize,
    requests: u64,
    errors: u64,
    wrong_memberships: usize,
    bytes: u64,
    per_second: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    pgbench_per_second: Option<f64>,
    share_of_pgbench: Option<f64>,
    resident_mib: Option<u64>,
}

impl Step {
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    pub(crate) fn of(
        scenario: &'static str,
        round: usize,
        clients: usize,
        run: &Run,
        wrong_memberships: usize,
        limit: Option<f64>,
        resident_mib: Option<u64>,
    ) -> Self {
        let per_second = run.requests as f64 / run.span.as_secs_f64();
        let quantile = |share| run.latency.value_at_quantile(share) as f64 / 1000.0;
        Self {
            scenario,
            round,
            clients,
            requests: run.requests,
            errors: run.errors,
            wrong_memberships,
            bytes: run.bytes,
            per_second,
            p50_ms: quantile(0.5),
            p95_ms: quantile(0.95),
            p99_ms: quantile(0.99),
            pgbench_per_second: limit,
            share_of_pgbench: limit.map(|limit| per_second / limit),
            resident_mib,
        }
    }
}

/// Takes down steps.
pub(crate) struct Report {
    file: Option<File>,
    steps: Vec<Step>,
}

impl Report {
    /// JSON lines go to the file, if there is one, and to standard output.
    pub(crate) fn new(file: Option<&Path>) -> Self {
        let open = |path| OpenOptions::new().append(true).create(true).open(path).unwrap();
        Self { file: file.map(open), steps: Vec::new() }
    }

    /// Takes down a step.
    pub(crate) fn add(&mut self, step: Step) {
        let line = serde_json::to_string(&step).unwrap();
        println!("{line}");
        if let Some(file) = &mut self.file {
            writeln!(file, "{line}").unwrap();
        }
        self.steps.push(step);
    }

    /// Medians, in the order of the scenarios.
    pub(crate) fn table(&self) {
        println!();
        println!("| scenario | requests/s | share of pgbench | p50 ms | p95 ms | p99 ms | errors | wrong | RSS MiB |");
        println!("|---|---|---|---|---|---|---|---|---|");
        let mut order: Vec<&str> = Vec::new();
        let mut by_name: BTreeMap<&str, Vec<&Step>> = BTreeMap::new();
        for step in &self.steps {
            if !order.contains(&step.scenario) {
                order.push(step.scenario);
            }
            by_name.entry(step.scenario).or_default().push(step);
        }
        for name in order {
            println!("{}", row(name, &by_name[name]));
        }
    }
}

fn row(name: &str, steps: &[&Step]) -> String {
    let of = |value: fn(&Step) -> f64| median(steps.iter().map(|step| value(step)).collect());
    let share = steps.iter().filter_map(|step| step.share_of_pgbench).collect::<Vec<_>>();
    let share = if share.is_empty() { "-".to_owned() } else { format!("{:.2}", median(share)) };
    let errors: u64 = steps.iter().map(|step| step.errors).sum();
    let wrong: usize = steps.iter().map(|step| step.wrong_memberships).sum();
    let resident = steps.iter().filter_map(|step| step.resident_mib).max().unwrap_or_default();
    format!(
        "| {name} | {:.0} | {share} | {:.2} | {:.2} | {:.2} | {errors} | {wrong} | {resident} |",
        of(|step| step.per_second),
        of(|step| step.p50_ms),
        of(|step| step.p95_ms),
        of(|step| step.p99_ms),
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
