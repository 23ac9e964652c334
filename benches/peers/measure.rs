//! Rounds of requests: how many a second from several connections, or how long each takes from one.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value;

use super::contestant::Running;
use super::http::Call;
use super::median::median;
use super::options::Options;

/// Changes of one round: a group is to stay about the size it has.
pub(crate) const CHANGES: usize = 30;

/// What was measured.
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) requests: usize,
    pub(crate) errors: usize,
}

/// A figure, or why there is none.
pub(crate) type Outcome = Result<Figure, String>;

/// Requests answered and refused in one round.
#[derive(Default)]
struct Tally {
    requests: usize,
    errors: usize,
}

/// Answered requests a second, the median of the rounds. The first answer is looked at.
pub(crate) async fn rate(
    running: &Running<'_>,
    options: &Options,
    call: impl Fn() -> Call,
    right: impl Fn(&Value) -> Result<(), String>,
) -> Outcome {
    right(&running.link().ask(&call()).await?)?;
    let mut rates = Vec::new();
    let mut all = Tally::default();
    let begun = Instant::now();
    while goes_on(options, rates.len(), all.requests, begun.elapsed()) {
        let round = Instant::now();
        let workers = (0..options.clients).map(|_| work(running, round + options.round(), &call));
        let tallies = join_all(workers).await;
        let requests: usize = tallies.iter().map(|tally| tally.requests).sum();
        rates.push(per_second(requests, round.elapsed()));
        all.requests += requests;
        all.errors += tallies.iter().map(|tally| tally.errors).sum::<usize>();
    }
    Ok(Figure { value: median(rates), requests: all.requests, errors: all.errors })
}

/// Milliseconds a change takes, the median of all; one connection.
pub(crate) async fn delay(running: &Running<'_>, options: &Options, mut call: impl FnMut() -> Call) -> Outcome {
    let mut link = running.link();
    link.send(&call()).await?;
    let (mut delays, mut errors, mut rounds) = (Vec::new(), 0, 0);
    let begun = Instant::now();
    while goes_on(options, rounds, delays.len(), begun.elapsed()) {
        let round = Instant::now();
        for _ in 0..CHANGES {
            let sent = Instant::now();
            match link.send(&call()).await {
                Ok(_) => delays.push(sent.elapsed().as_secs_f64() * 1000.0),
                Err(_) => errors += 1,
            }
            if round.elapsed() > options.round() {
                break;
            }
        }
        rounds += 1;
    }
    let requests = delays.len();
    if delays.is_empty() {
        return Err(format!("{errors} refused"));
    }
    Ok(Figure { value: median(delays), requests, errors })
}

/// Whether there is another round: until there were enough, unless that takes too long.
fn goes_on(options: &Options, rounds: usize, requests: usize, elapsed: Duration) -> bool {
    let enough = rounds >= options.rounds && requests >= options.requests;
    rounds == 0 || (!enough && elapsed < options.longest())
}

async fn work(running: &Running<'_>, until: Instant, call: &impl Fn() -> Call) -> Tally {
    let mut link = running.link();
    let mut tally = Tally::default();
    while Instant::now() < until {
        match link.send(&call()).await {
            Ok(_) => tally.requests += 1,
            Err(_) => tally.errors += 1,
        }
    }
    tally
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn per_second(requests: usize, span: Duration) -> f64 {
    requests as f64 / span.as_secs_f64()
}
