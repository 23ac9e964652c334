//! The load driver: `cargo bench --bench load`. It seeds a tenant through the server, drives named scenarios over
//! keep-alive connections, checks what it wrote, and puts beside every figure what `pgbench` reaches with the very
//! statements a request executes, on the same database and in the same minute. Figures of a busy machine mean little; the
//! ratios do. It measures; it judges nothing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a driver that cannot go on stops and says where")]
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod drive;
mod http;
mod limit;
mod literal;
mod options;
mod place;
mod report;
mod scenario;
mod site;
#[path = "../../tests/tap/mod.rs"]
mod tap;
mod verify;

use clap::Parser;

use self::limit::Limit;
use self::options::Options;
use self::place::Place;
use self::report::{Report, Step};
use self::scenario::Scenario;
use self::site::Site;

#[tokio::main]
async fn main() {
    let options = Options::parse();
    let site = Site::open(&options).await;
    let place = Place::seed(&site, &options).await;
    let mut report = Report::new(options.json.as_deref());
    for scenario in scenario::all().into_iter().filter(|scenario| options.wants(scenario.name)) {
        measure(&site, &place, &options, &scenario, &mut report).await;
    }
    report.table();
    site.close().await;
}

/// All rounds of one scenario, the server's and the database's turn about.
async fn measure(site: &Site, place: &Place, options: &Options, scenario: &Scenario, report: &mut Report) {
    let limit = match options.without_limit {
        true => None,
        false => Some(Limit::capture(site, place, scenario, options).await),
    };
    drive::run(site, place, scenario, options.clients, options.warm_up()).await;
    for round in 1..=options.rounds {
        let run = drive::run(site, place, scenario, options.clients, options.span()).await;
        let wrong = verify::memberships(site, &run.written).await;
        let limit = match &limit {
            Some(limit) => Some(limit.rate(options).await),
            None => None,
        };
        let resident = site.resident_mib();
        report.add(Step::of(scenario.name, round, options.clients, &run, wrong, limit, resident));
    }
}
