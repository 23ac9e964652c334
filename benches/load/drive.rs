//! Sends requests from several connections for a while, and takes down how long each took.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hdrhistogram::Histogram;

use super::http::{Call, Connection};
use super::place::{Place, change};
use super::scenario::{Scenario, Work};
use super::site::Site;

/// What came of a run.
pub(crate) struct Run {
    /// Requests answered as they should be.
    pub(crate) requests: u64,
    /// Requests that failed.
    pub(crate) errors: u64,
    /// Bytes of bodies that came back.
    pub(crate) bytes: u64,
    /// Microseconds a request took.
    pub(crate) latency: Histogram<u64>,
    /// How long it went on.
    pub(crate) span: Duration,
    /// By group and user, whether the user was put in or taken out last.
    pub(crate) written: Written,
}

/// By group and user, whether the user was put in or taken out last.
pub(crate) type Written = BTreeMap<(String, String), bool>;

impl Run {
    fn new() -> Self {
        let latency = Histogram::new(3).unwrap();
        Self { requests: 0, errors: 0, bytes: 0, latency, span: Duration::ZERO, written: Written::new() }
    }

    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.bytes += other.bytes;
        self.latency.add(other.latency).unwrap();
        self.written.extend(other.written);
    }

    async fn send(&mut self, connection: &mut Connection, call: &Call) -> bool {
        let begun = Instant::now();
        let answer = connection.send(call).await;
        self.latency.saturating_record(u64::try_from(begun.elapsed().as_micros()).unwrap());
        match answer {
            Ok((status, body)) if status.is_success() => {
                self.requests += 1;
                self.bytes += u64::try_from(body.len()).unwrap();
                true
            }
            _ => {
                self.errors += 1;
                false
            }
        }
    }
}

/// Drives a scenario from so many connections.
pub(crate) async fn run(site: &Site, place: &Place, scenario: &Scenario, clients: usize, span: Duration) -> Run {
    let begun = Instant::now();
    let workers = (0..clients).map(|worker| work(site, place, scenario.work, (worker, clients), begun + span));
    let mut all = Run::new();
    for run in join_all(workers).await {
        all.add(run);
    }
    all.span = begun.elapsed();
    all
}

async fn work(site: &Site, place: &Place, work: Work, worker: (usize, usize), until: Instant) -> Run {
    let mut connection = site.connect().await;
    let mut run = Run::new();
    let mut turn = 0;
    while Instant::now() < until {
        match work {
            Work::Again(call) | Work::Create(call) => {
                run.send(&mut connection, &call(place)).await;
            }
            Work::Members { count, group } => {
                let group = group(place, worker.0, turn);
                let users = newcomers(place, worker, turn, count);
                for (op, inside) in [("add", true), ("remove", false)] {
                    if run.send(&mut connection, &change(&group, op, &users)).await {
                        run.written.extend(users.iter().map(|user| ((group.clone(), user.clone()), inside)));
                    }
                }
            }
        }
        turn += 1;
    }
    run
}

/// Users of a connection's turn, from the end of the list, whom no other connection takes.
pub(crate) fn newcomers(place: &Place, worker: (usize, usize), turn: usize, count: usize) -> Vec<String> {
    let half = place.users.len() / 2;
    let own = half / worker.1;
    let first = half + worker.0 * own + (turn * count) % (own - count + 1).max(1);
    place.users[first..first + count].to_vec()
}
