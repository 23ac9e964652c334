//! The load driver: `cargo bench --bench load`. It seeds a tenant through the server, drives named scenarios over
//! keep-alive connections, checks what it wrote, and puts beside every figure what `pgbench` reaches with the very
//! statements a request executes, on the same database and in the same minute. Figures of a busy machine mean little; the
//! ratios do. It measures; it judges nothing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a driver that cannot go on stops and says where")]
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod copy;
mod docs;
mod drive;
mod http;
mod limit;
mod literal;
mod marks;
mod median;
mod options;
mod place;
mod processor;
mod report;
mod resident;
mod scenario;
mod site;
#[path = "../../tests/tap/mod.rs"]
mod tap;
mod tapped;
mod tree;
mod usual;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use self::limit::Limit;
use self::options::Options;
use self::place::Place;
use self::report::{Report, Step};
use self::scenario::{Against, Scenario};
use self::site::Site;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let stop = async {
        let mut terminate = signal(SignalKind::terminate()).unwrap();
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    // What was started ends with what is dropped.
    tokio::select! {
        () = Box::pin(run(&options)) => ExitCode::SUCCESS,
        () = stop => ExitCode::FAILURE,
    }
}

async fn run(options: &Options) {
    let site = Site::open(options.database_url.as_deref()).await;
    let place = Place::seed(&site, options).await;
    let mut report = Report::new(options.usual.json.as_deref());
    for scenario in scenario::all(&place).into_iter().filter(|scenario| options.usual.wants(&scenario.name)) {
        measure(&site, &place, options, &scenario, &mut report).await;
    }
    let summaries = report.summaries();
    println!("\n{}", report::table(&summaries));
    if let Some(file) = &options.usual.docs {
        docs::write(file, &site, &summaries);
    }
    site.close().await;
}

/// All rounds of one scenario, the server's and the database's turn about.
async fn measure(site: &Site, place: &Place, options: &Options, scenario: &Scenario, report: &mut Report) {
    let clients = scenario.clients.unwrap_or(options.clients);
    let against = if options.without_limit { Against::Nothing } else { scenario.against };
    let statements = match against {
        Against::Statements => Some(Limit::capture(site, place, scenario, clients).await),
        Against::Copy | Against::Nothing => None,
    };
    let reads = statements.as_ref().map_or(&[][..], |statements| &statements.reads);
    drive::run(site, place, scenario, reads, clients, options.warm_up()).await;
    for round in 1..=options.rounds {
        let before = site.processor_time();
        let run = drive::run(site, place, scenario, reads, clients, options.span()).await;
        let used = before.and_then(|before| Some(site.processor_time()? - before));
        let limit = match (&statements, against) {
            (Some(statements), _) => Some(statements.rate(options).await),
            (None, Against::Copy) => Some(copy::rate(site, place, options.span()).await),
            (None, _) => None,
        };
        let wrong_memberships = verify::memberships(site, &run.written).await;
        let resident_mib = site.resident_mib();
        let step = Step::of(&scenario.name, round, clients, &run).using(used).against(limit);
        report.add(Step { wrong_memberships, resident_mib, ..step });
    }
    if let Some(statements) = statements {
        statements.close(site).await;
    }
}
