//! What the process counts and times, for an operator's monitoring, in the text format of Prometheus. Labels come from
//! short fixed lists, so that no client can make the server remember more by what it asks, and name no tenant, no person
//! and no path: whoever reads these numbers learns how the server does, not whom it serves. Counting takes no lock that a
//! request could wait for; it keeps nothing across restarts.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::model::connections::Connections;
use crate::model::replica::ReplicaUse;

const REQUESTS: &str = "convoke_http_requests_total";
const DURATION: &str = "convoke_http_request_duration_seconds";
const LENIENCIES: &str = "convoke_scim_leniencies_total";
const CONNECTIONS: &str = "convoke_database_connections";
const MOST_CONNECTIONS: &str = "convoke_database_connections_max";
const WAITS: &str = "convoke_database_connection_waits_total";
const TIMEOUTS: &str = "convoke_database_connection_timeouts_total";
const REPLICA_READS: &str = "convoke_replica_reads_total";
const REPLICA_LAG: &str = "convoke_replica_lag_bytes";
const REPLICA_USABLE: &str = "convoke_replica_usable";
const LIMITED: &str = "convoke_requests_limited_total";
const CLIENTS: &str = "convoke_client_connections";
const SILENT: &str = "convoke_client_connections_timed_out_total";
const BUILD: &str = "convoke_build_info";

/// Upper bounds of the classes of durations, in seconds: from a look-up by index to a request that should not be.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The media type of what [`Metrics::render`] gives.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Who answers, as it is counted: one of these few, whatever is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facade {
    /// Health, readiness and these numbers.
    Operations,
    /// SCIM 2.0.
    Scim,
    /// The Directory API.
    Directory,
    /// The Auth-Admin API.
    AuthAdmin,
    /// The Launch API.
    Launch,
    /// The Accounts-style API.
    Accounts,
    /// Where tokens are issued.
    OAuth,
    /// Descriptions of the APIs.
    Docs,
    /// Nobody. The last of them.
    None,
}

impl Facade {
    /// So many there are.
    const COUNT: usize = Self::None as usize + 1;

    const fn as_str(self) -> &'static str {
        match self {
            Self::Operations => "operations",
            Self::Scim => "scim",
            Self::Directory => "directory",
            Self::AuthAdmin => "auth-admin",
            Self::Launch => "launch",
            Self::Accounts => "accounts",
            Self::OAuth => "oauth",
            Self::Docs => "docs",
            Self::None => "none",
        }
    }
}

/// A request that has been answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered<'m> {
    /// The facade that answered.
    pub facade: Facade,
    /// The method as sent; what is none of the usual ones counts as `OTHER`.
    pub method: &'m str,
    /// The status.
    pub status: u16,
    /// From the arrival of the request to the start of its answer.
    pub duration: Duration,
}

/// The numbers of one server.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// Where answers are counted and timed: a place for each facade, method and class of status, filled once there is one.
    answers: Box<[OnceLock<(Counter, Histogram)>]>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are classes of durations");
        let recorder = builder.build_recorder();
        let places = Facade::COUNT * METHODS.len() * CLASSES.len();
        let answers = (0..places).map(|_| OnceLock::new()).collect();
        let metrics = Self { handle: recorder.handle(), recorder, answers };
        metrics.describe();
        metrics.gauge(BUILD, vec![Label::from_static_parts("version", env!("CARGO_PKG_VERSION"))]).set(1.0);
        metrics
    }

    fn describe(&self) {
        let counter = |name: &'static str, text: &'static str| {
            self.recorder.describe_counter(name.into(), Some(Unit::Count), text.into());
        };
        counter(REQUESTS, "Requests answered, by facade, method and class of status.");
        counter(LENIENCIES, "SCIM requests that needed a rule of compat mode, by rule.");
        counter(WAITS, "How often a request had to wait for a connection to the database.");
        counter(TIMEOUTS, "How often no connection to the database came free in time.");
        counter(
            REPLICA_READS,
            "Reads for the replica, by what became of them: served there, or by the primary because it was behind or failed.",
        );
        counter(LIMITED, "Requests answered 429, by the limit that was reached.");
        counter(
            SILENT,
            "Connections of clients closed because nothing came or went for too long, by what was awaited.",
        );
        let gauge = |name: &'static str, text: &'static str| {
            self.recorder.describe_gauge(name.into(), Some(Unit::Count), text.into());
        };
        gauge(CONNECTIONS, "Open connections to the database, by state.");
        gauge(MOST_CONNECTIONS, "Connections to the database there can be.");
        gauge(REPLICA_USABLE, "1 while the replica is asked, 0 while it is left alone after it was behind or failed.");
        let lag = "Bytes of the write-ahead log that the replica lacked when it was last asked.";
        self.recorder.describe_gauge(REPLICA_LAG.into(), Some(Unit::Bytes), lag.into());
        gauge(CLIENTS, "Open connections of clients.");
        gauge(BUILD, "Always 1; the label says which version runs.");
        let text = "Seconds from the arrival of a request to the start of its answer.";
        self.recorder.describe_histogram(DURATION.into(), Some(Unit::Seconds), text.into());
    }

    /// Counts a request that has been answered.
    pub fn answered(&self, answered: &Answered<'_>) {
        let (facade, method, class) = (answered.facade, method(answered.method), class(answered.status));
        let place = (facade as usize * METHODS.len() + method) * CLASSES.len() + class;
        let (count, time) = self.answers[place].get_or_init(|| {
            let labels = vec![
                Label::from_static_parts("api", facade.as_str()),
                Label::from_static_parts("method", METHODS[method]),
                Label::from_static_parts("status", CLASSES[class]),
            ];
            (self.counter(REQUESTS, labels.clone()), self.histogram(DURATION, labels))
        });
        count.increment(1);
        time.record(answered.duration.as_secs_f64());
    }

    /// Counts a request that needed a rule of compat mode.
    pub fn forgiven(&self, rule: &'static str) {
        self.counter(LENIENCIES, vec![Label::from_static_parts("rule", rule)]).increment(1);
    }

    /// Counts a request that is refused because there were too many; `limit` is one of a few names.
    pub fn limited(&self, limit: &'static str) {
        self.counter(LIMITED, vec![Label::from_static_parts("limit", limit)]).increment(1);
    }

    /// Counts connections of clients: one more, or by a negative number fewer.
    pub fn connected(&self, change: f64) {
        self.gauge(CLIENTS, Vec::new()).increment(change);
    }

    /// Counts a connection that was closed because it was silent; `awaited` is one of a few names.
    pub fn silent(&self, awaited: &'static str) {
        self.counter(SILENT, vec![Label::from_static_parts("awaited", awaited)]).increment(1);
    }

    /// All numbers, with the connections as they are now, and the replica's where there is one.
    #[must_use]
    pub fn render(&self, connections: Connections, replica: Option<ReplicaUse>) -> String {
        for (state, count) in [("busy", connections.busy), ("idle", connections.idle)] {
            self.gauge(CONNECTIONS, vec![Label::from_static_parts("state", state)]).set(f64::from(count));
        }
        self.gauge(MOST_CONNECTIONS, Vec::new()).set(f64::from(connections.most));
        self.counter(WAITS, Vec::new()).absolute(connections.waits);
        self.counter(TIMEOUTS, Vec::new()).absolute(connections.timeouts);
        if let Some(replica) = replica {
            self.show_replica(replica);
        }
        self.handle.render()
    }

    fn show_replica(&self, replica: ReplicaUse) {
        for (outcome, count) in [("served", replica.served), ("behind", replica.behind), ("failed", replica.failed)] {
            self.counter(REPLICA_READS, vec![Label::from_static_parts("outcome", outcome)]).absolute(count);
        }
        // Exact up to 8 PiB.
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        self.gauge(REPLICA_LAG, Vec::new()).set(replica.lag as f64);
        self.gauge(REPLICA_USABLE, Vec::new()).set(f64::from(u8::from(replica.usable)));
    }

    /// Sorts durations into their classes. To be called every few seconds: until then each takes a place in memory.
    pub fn tidy(&self) {
        self.handle.run_upkeep();
    }

    fn counter(&self, name: &'static str, labels: Vec<Label>) -> Counter {
        self.recorder.register_counter(&Key::from_parts(name, labels), &METADATA)
    }

    fn gauge(&self, name: &'static str, labels: Vec<Label>) -> Gauge {
        self.recorder.register_gauge(&Key::from_parts(name, labels), &METADATA)
    }

    fn histogram(&self, name: &'static str, labels: Vec<Label>) -> Histogram {
        self.recorder.register_histogram(&Key::from_parts(name, labels), &METADATA)
    }
}

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// A method is free text; only those of the protocols have a name here, and the last is for the others.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"];

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

fn method(sent: &str) -> usize {
    METHODS.iter().position(|known| *known == sent).unwrap_or(METHODS.len() - 1)
}

fn class(status: u16) -> usize {
    usize::from(status / 100).clamp(1, CLASSES.len()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Connections = Connections { busy: 0, idle: 0, most: 0, waits: 0, timeouts: 0 };

    const REPLICA: ReplicaUse = ReplicaUse { served: 8, behind: 5, failed: 1, lag: 96, usable: true };

    fn answered(method: &str, status: u16) -> Answered<'_> {
        Answered { facade: Facade::Scim, method, status, duration: Duration::from_millis(3) }
    }

    #[test]
    fn requests_are_counted_and_timed_under_few_names() {
        let metrics = Metrics::new();
        for (method, status) in [("GET", 200), ("GET", 204), ("PROPFIND", 405), ("x".repeat(1000).as_str(), 405)] {
            metrics.answered(&answered(method, status));
        }
        metrics.tidy();
        let text = metrics.render(NONE, None);
        for line in [
            "convoke_http_requests_total{api=\"scim\",method=\"GET\",status=\"2xx\"} 2",
            "convoke_http_requests_total{api=\"scim\",method=\"OTHER\",status=\"4xx\"} 2",
            "convoke_http_request_duration_seconds_bucket{api=\"scim\",method=\"GET\",status=\"2xx\",le=\"0.0025\"} 0",
            "convoke_http_request_duration_seconds_bucket{api=\"scim\",method=\"GET\",status=\"2xx\",le=\"0.005\"} 2",
            "convoke_http_request_duration_seconds_count{api=\"scim\",method=\"GET\",status=\"2xx\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn connections_and_rules_are_shown() {
        let metrics = Metrics::new();
        metrics.forgiven("path-as-key");
        let text = metrics.render(Connections { busy: 3, idle: 1, most: 4, waits: 9, timeouts: 2 }, Some(REPLICA));
        for line in [
            "convoke_scim_leniencies_total{rule=\"path-as-key\"} 1",
            "convoke_database_connections{state=\"busy\"} 3",
            "convoke_database_connections{state=\"idle\"} 1",
            "convoke_database_connections_max 4",
            "convoke_database_connection_waits_total 9",
            "convoke_database_connection_timeouts_total 2",
            "convoke_replica_reads_total{outcome=\"served\"} 8",
            "convoke_replica_reads_total{outcome=\"behind\"} 5",
            "convoke_replica_reads_total{outcome=\"failed\"} 1",
            "convoke_replica_lag_bytes 96",
            "convoke_replica_usable 1",
            "# TYPE convoke_http_request_duration_seconds histogram",
        ] {
            let found = line.starts_with('#') || text.lines().any(|found| found == line);
            assert!(found, "{line}\n{text}");
        }
    }
}
