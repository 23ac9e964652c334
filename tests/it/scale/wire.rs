//! The wire between a server and its database: what requests cost on it. It can also be kept from carrying announcements.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use crate::tap::{Listener, Parameter, Tap};

/// The one statement that is executed beside requests: the note of when tokens were used.
pub(crate) const BESIDE: &str = "UPDATE tokens SET last_used_at";

/// A tapped way to a database.
pub(crate) struct Wire {
    tap: Tap,
    meter: Arc<Meter>,
}

/// What requests have cost.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Every statement that was executed, in order, transactions' borders included.
    pub(crate) statements: Vec<String>,
    /// How often the server waited for the database.
    pub(crate) round_trips: usize,
}

impl fmt::Debug for Cost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begins = |text: &String| text.chars().take(120).collect::<String>();
        let statements: Vec<String> = self.statements.iter().map(begins).collect();
        write!(out, "{} round trips: {statements:#?}", self.round_trips)
    }
}

/// Counts what goes over the wire.
#[derive(Default)]
struct Meter(Mutex<Log>);

#[derive(Default)]
struct Log {
    /// Number of the connection, and the text of what was executed on it.
    statements: Vec<(usize, String)>,
    /// Numbers of the connections on which an answer was waited for.
    round_trips: Vec<usize>,
    /// Connections that listen for notifications: what they execute belongs to no request.
    listening: HashSet<usize>,
    /// Connections that are executing what no request waits for.
    beside: HashSet<usize>,
    deaf: bool,
    /// How statements begin whose answers are lost.
    unanswered: Option<&'static str>,
    /// Connections that have executed one.
    lost: HashSet<usize>,
}

impl Listener for Meter {
    fn prepared(&self, connection: usize, text: &str, _: &[u32]) {
        if text.trim_start().starts_with(BESIDE) {
            self.0.lock().unwrap().beside.insert(connection);
        }
    }

    fn executed(&self, connection: usize, text: &str, _: &[Parameter]) {
        self.prepared(connection, text, &[]);
        let mut log = self.0.lock().unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.starts_with("LISTEN") {
            log.listening.insert(connection);
        }
        if log.unanswered.is_some_and(|beginning| text.starts_with(beginning)) {
            log.lost.insert(connection);
        }
        log.statements.push((connection, text));
    }

    fn awaited(&self, connection: usize) {
        let mut log = self.0.lock().unwrap();
        if !log.beside.remove(&connection) {
            log.round_trips.push(connection);
        }
    }

    fn lets_through(&self, connection: usize) -> bool {
        let log = self.0.lock().unwrap();
        !log.deaf || !log.listening.contains(&connection)
    }

    fn lets_back(&self, connection: usize) -> bool {
        !self.0.lock().unwrap().lost.contains(&connection)
    }
}

impl Wire {
    /// Lays a wire to the database that `url` reaches over a Unix socket.
    pub(crate) async fn to(url: &str) -> Self {
        let meter = Arc::<Meter>::default();
        Self { tap: Tap::on(url, Arc::clone(&meter)).await, meter }
    }

    /// How a server reaches the database over this wire.
    pub(crate) fn url(&self) -> &str {
        &self.tap.url
    }

    /// Keeps announcements from coming through: breaks the connections that listen, and every later one that begins to.
    /// Or lets them through again.
    pub(crate) fn deafen(&self, deaf: bool) {
        self.meter.0.lock().unwrap().deaf = deaf;
    }

    /// Breaks the connections that execute statements which begin like this, once those are done: nobody hears of it. Or
    /// none any more.
    pub(crate) fn lose_answers(&self, to: Option<&'static str>) {
        self.meter.0.lock().unwrap().unanswered = to;
    }

    /// Forgets what has been so far.
    pub(crate) fn reset(&self) {
        let mut log = self.meter.0.lock().unwrap();
        (log.statements, log.round_trips) = (Vec::new(), Vec::new());
    }

    /// How often statements were executed that begin like this, also those beside requests.
    pub(crate) fn executed(&self, beginning: &str) -> usize {
        let log = self.meter.0.lock().unwrap();
        log.statements.iter().filter(|(_, text)| text.starts_with(beginning)).count()
    }

    /// What requests have cost since.
    pub(crate) fn cost(&self) -> Cost {
        let log = self.meter.0.lock().unwrap();
        let requests = |connection: &usize| !log.listening.contains(connection);
        let of_requests = |(connection, text): &&(usize, String)| requests(connection) && !text.starts_with(BESIDE);
        let statements = log.statements.iter().filter(of_requests);
        Cost {
            statements: statements.map(|(_, text)| text.clone()).collect(),
            round_trips: log.round_trips.iter().filter(|connection| requests(connection)).count(),
        }
    }
}
