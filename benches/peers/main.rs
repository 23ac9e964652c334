//! Servers side by side: `cargo bench --bench peers`. Convoke and other SCIM servers, each by itself on the same machine in
//! the same minutes, are asked the same over plain SCIM. The others are installed from their registries when they are
//! wanted. What one of them cannot do, or does wrong, has no figure but the reason in its place.

#![expect(clippy::unwrap_used, reason = "a driver that cannot go on stops and says where")]
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

mod contestant;
mod crowd;
mod exam;
#[path = "../load/http.rs"]
#[expect(dead_code, reason = "the load driver's, which asks for more")]
mod http;
mod link;
#[path = "../load/marks.rs"]
mod marks;
mod measure;
#[path = "../load/median.rs"]
mod median;
mod options;
mod peer;
mod people;
#[path = "../load/processor.rs"]
mod processor;
#[path = "../load/resident.rs"]
mod resident;
mod sheet;
#[path = "../load/site.rs"]
#[expect(dead_code, reason = "the load driver's, which asks for more")]
mod site;
#[path = "../load/usual.rs"]
mod usual;

use clap::Parser;

use self::contestant::{CONTESTANTS, Contestant};
use self::options::Options;
use self::sheet::Sheet;

#[tokio::main]
async fn main() {
    let options = Options::parse();
    let dir = tempfile::tempdir().unwrap();
    let cluster = site::cluster(dir.path()).await;
    let mut sheets = Vec::new();
    for contestant in CONTESTANTS.iter().filter(|contestant| options.usual.wants(contestant.name)) {
        let sheet = run(contestant, &cluster, &options).await;
        sheet.print(options.usual.json.as_deref());
        sheets.push(sheet);
    }
    cluster.stop().await.unwrap();
    let table = sheet::table(&sheets, &options.sizes);
    println!("\n{table}");
    if let Some(file) = &options.usual.docs {
        let mut document = std::fs::read_to_string(file).unwrap();
        marks::fill(&mut document, "peers", &table);
        std::fs::write(file, document).unwrap();
    }
}

/// One server from its start to its end.
async fn run(contestant: &Contestant, cluster: &convoke::postgres::Cluster, options: &Options) -> Sheet {
    match contestant.start(cluster).await {
        Ok(running) => {
            let sheet = exam::sit(&running, options).await;
            running.stop().await;
            sheet
        }
        Err(reason) => Sheet::absent(contestant, reason),
    }
}
