//! Sends requests from several connections for a while, and takes down how long each took.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hdrhistogram::Histogram;
use http::Method;
use rand::RngExt;
use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{Call, Connection, Reply};
use super::place::{Place, change, user};
use super::scenario::{Scenario, Work};
use super::site::Site;

/// Microseconds beyond which a request is as slow as any.
const LONGEST: u64 = 60_000_000;

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
    /// Microseconds until the first byte of a body.
    pub(crate) first_byte: Histogram<u64>,
    /// How long it went on.
    pub(crate) span: Duration,
    /// By group and user, whether the user was put in or taken out last.
    pub(crate) written: Written,
}

/// By group and user, whether the user was put in or taken out last.
pub(crate) type Written = BTreeMap<(String, String), bool>;

impl Run {
    fn new() -> Self {
        let latency = Histogram::new_with_max(LONGEST, 3).unwrap();
        let first_byte = latency.clone();
        let span = Duration::ZERO;
        Self { requests: 0, errors: 0, bytes: 0, latency, first_byte, span, written: Written::new() }
    }

    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.bytes += other.bytes;
        self.latency.add(other.latency).unwrap();
        self.first_byte.add(other.first_byte).unwrap();
        self.written.extend(other.written);
    }

    async fn send(&mut self, connection: &mut Connection, call: &Call) -> Option<Bytes> {
        let begun = Instant::now();
        let answer = connection.send(call).await;
        self.latency.saturating_record(u64::try_from(begun.elapsed().as_micros()).unwrap());
        match answer {
            Ok(Reply { status, body, first_byte }) if status.is_success() => {
                self.requests += 1;
                self.bytes += u64::try_from(body.len()).unwrap();
                self.first_byte.saturating_record(u64::try_from(first_byte.as_micros()).unwrap());
                Some(body)
            }
            _ => {
                self.errors += 1;
                None
            }
        }
    }

    /// Changes members; what was acknowledged is taken down.
    async fn change(&mut self, connection: &mut Connection, group: &str, users: &[String], goes_in: bool) {
        let op = if goes_in { "add" } else { "remove" };
        if self.send(connection, &change(group, op, users)).await.is_some() {
            self.written.extend(users.iter().map(|user| ((group.to_owned(), user.clone()), goes_in)));
        }
    }
}

/// Drives a scenario from so many connections. Where there are `reads`, they are what it is made of.
pub(crate) async fn run(
    site: &Site,
    place: &Place,
    scenario: &Scenario,
    reads: &[Call],
    clients: usize,
    span: Duration,
) -> Run {
    let begun = Instant::now();
    let workers = (0..clients).map(|worker| work(site, place, scenario, reads, (worker, clients), begun + span));
    // Only those that can go on are looked at.
    let mut workers: FuturesUnordered<_> = workers.collect();
    let mut all = Run::new();
    while let Some(run) = workers.next().await {
        all.add(run);
    }
    all.span = begun.elapsed();
    all
}

async fn work(
    site: &Site,
    place: &Place,
    scenario: &Scenario,
    reads: &[Call],
    worker: (usize, usize),
    until: Instant,
) -> Run {
    let mut connection = if scenario.locally { site.connect_locally().await } else { site.connect().await };
    let mut run = Run::new();
    let mut turn = 0;
    while Instant::now() < until {
        match &scenario.work {
            Work::Again(_) if !reads.is_empty() => {
                run.send(&mut connection, &reads[rand::rng().random_range(0..reads.len())]).await;
            }
            Work::Again(call) | Work::Create(call) => {
                run.send(&mut connection, &call(place)).await;
            }
            Work::Turns(calls) => {
                for call in calls(place) {
                    run.send(&mut connection, &call).await;
                }
            }
            Work::Members { count, group } => {
                let group = group(place, worker.0, turn);
                let users = newcomers(place, worker, turn, *count);
                run.change(&mut connection, &group, &users, true).await;
                run.change(&mut connection, &group, &users, false).await;
            }
            Work::Walk(list) => walk(&mut run, &mut connection, list, until).await,
            Work::Life => live(&mut run, &mut connection, place, worker.0 + turn).await,
        }
        turn += 1;
    }
    run
}

/// Reads a list to its end, or until it is time.
async fn walk(run: &mut Run, connection: &mut Connection, list: &str, until: Instant) {
    let mut cursor = String::new();
    loop {
        let page = run.send(connection, &Call::get(format!("{list}&cursor={cursor}"))).await;
        let next = page.and_then(|page| serde_json::from_slice::<Page>(&page).ok()?.next_cursor);
        match next {
            Some(next) if Instant::now() < until => cursor = next,
            _ => return,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    next_cursor: Option<String>,
}

/// A user comes, is renamed, joins a group and leaves it, is switched off and deleted: the requests of Entra ID.
async fn live(run: &mut Run, connection: &mut Connection, place: &Place, turn: usize) {
    let number = place.fresh();
    let filter = format!("/Users?filter=userName+eq+%22user{number}%40example.com%22");
    run.send(connection, &Call::get(filter)).await;
    let made = run.send(connection, &Call::with(Method::POST, "/Users", &user(number))).await;
    let Some(made) = made.and_then(|made| serde_json::from_slice::<Value>(&made).ok()) else { return };
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/Users/{id}");
    run.send(connection, &patch(&path, &json!({ "displayName": format!("Renamed {number}") }))).await;
    let group = &place.groups[turn % place.groups.len()];
    run.change(connection, group, std::slice::from_ref(&id), true).await;
    run.change(connection, group, std::slice::from_ref(&id), false).await;
    run.send(connection, &patch(&path, &json!({ "active": "False" }))).await;
    run.send(connection, &Call { method: Method::DELETE, ..Call::get(path) }).await;
}

fn patch(path: &str, values: &Value) -> Call {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "Replace", "value": values }],
    });
    Call::with(Method::PATCH, path, &body)
}

/// Users of a connection's turn, whom no other connection takes.
pub(crate) fn newcomers(place: &Place, worker: (usize, usize), turn: usize, count: usize) -> Vec<String> {
    let own = place.newcomers.len() / worker.1;
    let first = worker.0 * own + (turn * count) % (own - count + 1).max(1);
    place.newcomers[first..first + count].to_vec()
}
