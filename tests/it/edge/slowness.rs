//! Who is too slow. The limits are short here, and nothing is measured: what must end ends, what may go on goes on.

use std::time::Duration;

use convoke::api;
use convoke::edge::listener::Options;

use super::facades::Facade;
use super::wire::Wire;
use crate::support::{Setup, TestServer};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(600);

/// Nothing ends but what a test wants to end.
const PATIENT: Options = Options {
    max_clients: 1_000,
    max_clients_per_address: 500,
    max_head: 64 * 1024,
    head_timeout: LONG,
    idle_timeout: LONG,
    write_timeout: LONG,
};

async fn server(listener: Options) -> TestServer {
    TestServer::start_with(Setup { listener, ..Setup::default() }).await
}

const PING: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

async fn timed_out(server: &TestServer, awaited: &str) -> bool {
    let numbers = server.anonymous().get("/metrics").await.text;
    numbers.contains(&format!("convoke_client_connections_timed_out_total{{awaited=\"{awaited}\"}} 1"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_says_nothing_is_closed() {
    let server = server(Options { head_timeout: SHORT, ..PATIENT }).await;
    assert_eq!(Wire::to(&server).await.rest().await, "");
    assert!(timed_out(&server, "head").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_trickles_in_is_not_waited_for() {
    let server = server(Options { head_timeout: SHORT, ..PATIENT }).await;
    let mut wire = Wire::to(&server).await;
    wire.send(PING).await;
    assert_eq!(wire.answer().await.status, 200);
    wire.send("GET /healthz HTTP/1.1\r\n").await;
    // Each line comes well within the time that the whole has.
    let trickle = async {
        for at in 0..1_000 {
            tokio::time::sleep(SHORT / 10).await;
            if !wire.send(&format!("X-{at}: x\r\n")).await {
                return;
            }
        }
        panic!("a head of 1000 lines, 30 ms each, is still read");
    };
    trickle.await;
    assert!(timed_out(&server, "head").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_done_is_kept_for_a_while_and_closed() {
    let server = server(Options { idle_timeout: SHORT, ..PATIENT }).await;
    let mut wire = Wire::to(&server).await;
    for _ in 0..3 {
        wire.send(PING).await;
        assert_eq!(wire.answer().await.status, 200);
    }
    assert_eq!(wire.rest().await, "");
    assert!(timed_out(&server, "idle").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_trickles_in_is_refused_by_every_protocol() {
    let api = api::Options { body_timeout: SHORT, ..api::Options::default() };
    let server = TestServer::start_with(Setup { api, listener: PATIENT, ..Setup::default() }).await;
    for facade in Facade::ALL {
        let mut wire = Wire::to(&server).await;
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: {} {}\r\nContent-Length: 1000\r\nContent-Type: {}\r\n\r\n",
            facade.path(&server),
            if facade == Facade::OAuth { "Basic" } else { "Bearer" },
            if facade == Facade::OAuth { "YTpi" } else { &server.token },
            facade.media_type()
        );
        wire.send(&head).await;
        wire.send("{").await;
        let answer = wire.answer().await;
        let text = facade.told_of(408, answer.status, answer.header("content-type"), &answer.body);
        assert!(text.contains("did not come within 0.3 s"), "{facade:?}: {text}");
    }
}

/// The answer is larger than what systems keep for a connection on both its ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_nothing_is_let_go() {
    let server = server(Options { write_timeout: SHORT, ..PATIENT }).await;
    let mut wire = Wire::to(&server).await;
    let page = "GET /docs HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20);
    wire.send(&page).await;
    loop {
        tokio::time::sleep(SHORT).await;
        if timed_out(&server, "write").await {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_so_many_places_and_no_more() {
    let server = server(Options { max_clients: 3, head_timeout: SHORT * 4, ..PATIENT }).await;
    let mut silent = Vec::new();
    for _ in 0..3 {
        silent.push(Wire::to(&server).await);
    }
    // It waits until one of those is closed for its silence, and is served then.
    let mut late = Wire::to(&server).await;
    late.send(PING).await;
    assert_eq!(late.answer().await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_does_not_get_all_of_them() {
    let server = server(Options { max_clients_per_address: 2, ..PATIENT }).await;
    let mut wires = Vec::new();
    for _ in 0..2 {
        let mut wire = Wire::to(&server).await;
        wire.send(PING).await;
        assert_eq!(wire.answer().await.status, 200);
        wires.push(wire);
    }
    assert_eq!(Wire::to(&server).await.rest().await, "", "the third is closed at once");
    let mut first = wires.remove(0);
    first.send(PING).await;
    assert_eq!(first.answer().await.status, 200);
}
