//! Counting, with a time that stands still until it is told to go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::model::clock::Clock;

#[derive(Clone, Default)]
struct Hand(Arc<AtomicU64>);

impl Hand {
    fn stopwatch(&self) -> Stopwatch {
        let hand = self.clone();
        Stopwatch::from_fn(move || Duration::from_millis(hand.0.load(Ordering::Relaxed)))
    }

    fn forward(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

fn rate(text: &str) -> Option<Rate> {
    Some(text.parse().unwrap())
}

fn tenant() -> TenantId {
    TenantId::generate(&Clock::system())
}

fn allowed(times: usize, mut take: impl FnMut() -> Result<(), Exceeded>) -> usize {
    (0..times).filter(|_| take().is_ok()).count()
}

#[test]
fn a_burst_goes_through_and_then_the_rate() {
    let hand = Hand::default();
    let rates = Rates { credential: rate("4/s burst 10"), ..Rates::off() };
    let limits = Limits::new(&rates, &hand.stopwatch());
    assert_eq!(allowed(15, || limits.take("token:1", None)), 10);
    let refused = limits.take("token:1", None).unwrap_err();
    assert_eq!((refused.limit, refused.retry_after), (Limit::Credential, 1));
    assert!(limits.take("token:2", None).is_ok(), "another credential has a bucket of its own");
    hand.forward(Duration::from_secs(2));
    assert_eq!(allowed(15, || limits.take("token:1", None)), 8);
    hand.forward(Duration::from_secs(3600));
    assert_eq!(allowed(15, || limits.take("token:1", None)), 10, "no more than a burst is saved");
}

#[test]
fn the_time_to_wait_is_whole_seconds_and_enough() {
    let hand = Hand::default();
    let rates = Rates { credential: rate("20/min burst 1"), ..Rates::off() };
    let limits = Limits::new(&rates, &hand.stopwatch());
    assert!(limits.take("a", None).is_ok());
    hand.forward(Duration::from_millis(500));
    let refused = limits.take("a", None).unwrap_err();
    assert_eq!(refused.retry_after, 3);
    assert!(refused.to_string().ends_with("try again in 3 s"), "{refused}");
    hand.forward(Duration::from_secs(3));
    assert!(limits.take("a", None).is_ok());
}

#[test]
fn credentials_of_a_tenant_share_its_bucket_and_no_other_tenant_does() {
    let hand = Hand::default();
    let limits = Limits::new(&Rates { tenant: rate("1/s burst 6"), ..Rates::off() }, &hand.stopwatch());
    let (one, other) = (tenant(), tenant());
    assert_eq!(allowed(5, || limits.take("a", Some((one, None)))), 5);
    assert_eq!(allowed(5, || limits.take("b", Some((one, None)))), 1);
    assert_eq!(limits.take("a", Some((one, None))).unwrap_err().limit, Limit::Tenant);
    assert_eq!(allowed(9, || limits.take("c", Some((other, None)))), 6);
    assert_eq!(allowed(9, || limits.take("d", None)), 9, "a credential above tenants uses up none's");
    assert_eq!(allowed(30, || limits.take("a", Some((one, rate("1/s burst 20"))))), 20, "a rate of its own");
}

#[test]
fn servers_divide_a_rate() {
    let hand = Hand::default();
    let rates = Rates { tenant: rate("9/s burst 30"), servers: NonZeroU32::new(3).unwrap(), ..Rates::off() };
    let limits = Limits::new(&rates, &hand.stopwatch());
    let tenant = tenant();
    assert_eq!(allowed(30, || limits.take("a", Some((tenant, None)))), 10);
    hand.forward(Duration::from_secs(1));
    assert_eq!(allowed(30, || limits.take("a", Some((tenant, None)))), 3);
}

#[test]
fn off_is_off_and_memory_is_bounded() {
    let hand = Hand::default();
    let limits = Limits::new(&Rates::off(), &hand.stopwatch());
    assert_eq!(allowed(50_000, || limits.take("a", Some((tenant(), None)))), 50_000);
    let limits = Limits::new(&Rates { credential: rate("1/s burst 1"), ..Rates::off() }, &hand.stopwatch());
    (0..50_000).for_each(|at| assert!(limits.take(&at.to_string(), None).is_ok()));
    assert!(limits.credentials.len() <= 10_000, "{}", limits.credentials.len());
}

#[tokio::test(start_paused = true)]
async fn guesses_are_few_a_second_and_what_is_right_is_judged() {
    let hand = Hand::default();
    let limits = Limits::new(&Rates { failed_address: rate("10/s burst 3"), ..Rates::off() }, &hand.stopwatch());
    let failures = limits.failures();
    let here = Some("192.0.2.7".parse().unwrap());
    let guess = |text: &str| failures.attempt(here, || None, text);
    let known = guess("right and known");
    failures.right(&known);
    assert_eq!(allowed(10, || failures.wrong(&guess("wrong"))), 3);
    let begun = tokio::time::Instant::now();
    failures.turn(&known).await;
    let elsewhere = failures.attempt(Some("192.0.2.8".parse().unwrap()), || None, "new");
    failures.turn(&elsewhere).await;
    assert_eq!(begun.elapsed(), Duration::ZERO, "neither waits");
    let (wrong, new) = (guess("wrong"), guess("right and new"));
    let guesses = futures_util::future::join_all((0..20).map(|_| failures.turn(&wrong)));
    tokio::join!(guesses, failures.turn(&new));
    assert!(begun.elapsed() >= Duration::from_secs(2), "one after the other: {:?}", begun.elapsed());
    let given_up = tokio::time::timeout(Duration::from_millis(1), failures.turn(&wrong)).await;
    assert!(given_up.is_err());
    let again = tokio::time::Instant::now();
    failures.turn(&new).await;
    assert!(again.elapsed() < Duration::from_millis(200), "who gave up holds nobody up: {:?}", again.elapsed());
    hand.forward(Duration::from_secs(60));
    let later = tokio::time::Instant::now();
    failures.turn(&wrong).await;
    assert_eq!(later.elapsed(), Duration::ZERO, "forgiven");
}

#[test]
fn failures_count_by_address_network_and_id() {
    let hand = Hand::default();
    let rates = Rates { failed_address: rate("1/s burst 100"), failed_id: rate("1/s burst 2"), ..Rates::off() };
    let limits = Limits::new(&rates, &hand.stopwatch());
    let failures = limits.failures();
    let from =
        |address: &str, id: &str| failures.attempt(Some(address.parse().unwrap()), || Some(id.to_owned()), "wrong");
    assert_eq!(allowed(5, || failures.wrong(&from("192.0.2.1", "client"))), 2);
    let refused = failures.wrong(&from("192.0.2.9", "client")).unwrap_err();
    assert_eq!(refused.limit, Limit::FailedId);
    assert_eq!(allowed(5, || failures.wrong(&from("192.0.2.1", "another"))), 2);
    let limits = Limits::new(&Rates { failed_address: rate("1/s burst 4"), ..Rates::off() }, &hand.stopwatch());
    let failures = limits.failures();
    let from = |address: &str| failures.attempt(Some(address.parse().unwrap()), || None, "wrong");
    let mut host = 0;
    let spread = allowed(10, || {
        host += 1;
        failures.wrong(&from(&format!("2001:db8::{host:x}")))
    });
    assert_eq!(spread, 4, "addresses of one network are one");
    assert_eq!(allowed(10, || failures.wrong(&from("2001:db8:0:1::1"))), 4);
    assert_eq!(allowed(10, || failures.wrong(&from("::ffff:192.0.2.1"))), 4);
    assert_eq!(allowed(10, || failures.wrong(&from("192.0.2.1"))), 0, "the same address in IPv4");
}
