//! What was measured: a JSON line a step, and a table of medians in the end.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::drive::Run;
use super::median::median;

/// One round of one scenario.
#[derive(Serialize, Clone)]
pub(crate) struct Step {
    pub(crate) scenario: String,
    pub(crate) round: usize,
    pub(crate) clients: usize,
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) wrong_memberships: usize,
    pub(crate) bytes: u64,
    pub(crate) per_second: f64,
    pub(crate) first_byte_ms: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) p99_ms: f64,
    /// Microseconds of processor time that the server used for one request.
    pub(crate) server_us: Option<f64>,
    /// Of the database alone.
    pub(crate) limit_per_second: Option<f64>,
    pub(crate) share: Option<f64>,
    pub(crate) resident_mib: Option<u64>,
}

impl Step {
    /// What a run says by itself.
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    pub(crate) fn of(scenario: &str, round: usize, clients: usize, run: &Run) -> Self {
        let quantile = |share| run.latency.value_at_quantile(share) as f64 / 1000.0;
        Self {
            scenario: scenario.to_owned(),
            round,
            clients,
            requests: run.requests,
            errors: run.errors,
            wrong_memberships: 0,
            bytes: run.bytes,
            per_second: run.requests as f64 / run.span.as_secs_f64(),
            first_byte_ms: run.first_byte.value_at_quantile(0.5) as f64 / 1000.0,
            p50_ms: quantile(0.5),
            p95_ms: quantile(0.95),
            p99_ms: quantile(0.99),
            server_us: None,
            limit_per_second: None,
            share: None,
            resident_mib: None,
        }
    }

    /// With the processor time that the server used meanwhile.
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    pub(crate) fn using(self, used: Option<Duration>) -> Self {
        let of_each = |used: Duration| used.as_secs_f64() * 1e6 / self.requests.max(1) as f64;
        Self { server_us: used.map(of_each), ..self }
    }

    /// With the limit that was measured beside it.
    pub(crate) fn against(self, limit: Option<f64>) -> Self {
        Self { limit_per_second: limit, share: limit.map(|limit| self.per_second / limit), ..self }
    }
}

/// Takes down steps.
pub(crate) struct Report {
    file: Option<File>,
    steps: Vec<Step>,
}

/// The rounds of one scenario in short.
pub(crate) struct Summary {
    pub(crate) scenario: String,
    pub(crate) clients: usize,
    pub(crate) per_second: f64,
    pub(crate) share: Option<f64>,
    pub(crate) server_us: Option<f64>,
    pub(crate) first_byte_ms: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) errors: u64,
    pub(crate) wrong_memberships: usize,
    pub(crate) resident_mib: Option<u64>,
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
    pub(crate) fn summaries(&self) -> Vec<Summary> {
        self.steps.chunk_by(|one, other| one.scenario == other.scenario).map(Summary::of).collect()
    }
}

/// As Markdown.
pub(crate) fn table(summaries: &[Summary]) -> String {
    let head = "| scenario | connections | requests/s | share of the limit | server us/request | first byte ms | p50 ms | p95 ms | p99 ms | \
                errors | lost or invented | RSS MiB |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    summaries.iter().fold(head.to_owned(), |table, summary| table + &summary.row() + "\n")
}

impl Summary {
    fn of(steps: &[Step]) -> Self {
        let of = |value: fn(&Step) -> f64| median(steps.iter().map(value).collect());
        let if_any = |value: fn(&Step) -> Option<f64>| {
            let values: Vec<f64> = steps.iter().filter_map(value).collect();
            Some(values).filter(|values| !values.is_empty()).map(median)
        };
        Self {
            scenario: steps[0].scenario.clone(),
            clients: steps[0].clients,
            per_second: of(|step| step.per_second),
            share: if_any(|step| step.share),
            server_us: if_any(|step| step.server_us),
            first_byte_ms: of(|step| step.first_byte_ms),
            p50_ms: of(|step| step.p50_ms),
            p95_ms: of(|step| step.p95_ms),
            p99_ms: of(|step| step.p99_ms),
            errors: steps.iter().map(|step| step.errors).sum(),
            wrong_memberships: steps.iter().map(|step| step.wrong_memberships).sum(),
            resident_mib: steps.iter().filter_map(|step| step.resident_mib).max(),
        }
    }

    fn row(&self) -> String {
        let Self { scenario, clients, per_second, first_byte_ms, p50_ms, p95_ms, p99_ms, errors, .. } = self;
        let share = self.share.map_or_else(|| "-".to_owned(), |share| format!("{share:.2}"));
        let server = self.server_us.map_or_else(|| "-".to_owned(), |us| format!("{us:.0}"));
        let resident = self.resident_mib.map_or_else(|| "-".to_owned(), |mib| mib.to_string());
        let places = if *per_second < 100.0 { 1 } else { 0 };
        format!(
            "| {scenario} | {clients} | {per_second:.places$} | {share} | {server} | {first_byte_ms:.2} | {p50_ms:.2} | {p95_ms:.2} | \
             {p99_ms:.2} | {errors} | {} | {resident} |",
            self.wrong_memberships
        )
    }
}
