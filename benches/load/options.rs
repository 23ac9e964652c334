//! What can be asked of the driver.

use std::time::Duration;

use clap::Parser;

use super::usual::Usual;

/// Drives a server and measures it against its database.
#[derive(Parser)]
pub(crate) struct Options {
    /// Postgres to use, over a Unix socket, as key=value pairs; without it a private durable one is made and thrown away
    #[arg(long)]
    pub(crate) database_url: Option<String>,
    /// Users to seed
    #[arg(long, default_value_t = 5_000)]
    pub(crate) users: usize,
    /// Groups of ten to seed
    #[arg(long, default_value_t = 500)]
    pub(crate) groups: usize,
    /// Members of the large group
    #[arg(long, default_value_t = 5_000)]
    pub(crate) large: usize,
    /// Sizes of groups that the same change is made in
    #[arg(long, value_delimiter = ',', default_value = "10,1000")]
    pub(crate) sizes: Vec<usize>,
    /// Memberships of the trees of 200 groups whose effective members are read
    #[arg(long, value_delimiter = ',', default_value = "10000")]
    pub(crate) trees: Vec<usize>,
    /// Connections that send requests at once
    #[arg(long, default_value_t = 8)]
    pub(crate) clients: usize,
    /// Seconds of one round
    #[arg(long, default_value_t = 5)]
    pub(crate) seconds: u64,
    /// Rounds of each scenario; the table shows medians
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Leave pgbench out
    #[arg(long)]
    pub(crate) without_limit: bool,
    #[command(flatten)]
    pub(crate) usual: Usual,
}

impl Options {
    pub(crate) const fn span(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Connections are made and statements prepared before anything counts.
    pub(crate) const fn warm_up(&self) -> Duration {
        Duration::from_secs(1)
    }
}
