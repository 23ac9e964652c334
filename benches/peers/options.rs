//! What the comparison is told on the command line.

use std::time::Duration;

use clap::Parser;

use super::usual::Usual;

/// Puts SCIM servers side by side.
#[derive(Parser)]
pub(crate) struct Options {
    /// Sizes of groups
    #[arg(long, value_delimiter = ',', default_value = "10,1000,10000")]
    pub(crate) sizes: Vec<usize>,
    /// Connections that send requests at once
    #[arg(long, default_value_t = 8)]
    pub(crate) clients: usize,
    /// Milliseconds of one round
    #[arg(long, default_value_t = 1_000)]
    round: u64,
    /// Rounds; the table shows medians
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Requests below which a row goes on for longer
    #[arg(long, default_value_t = 30)]
    pub(crate) requests: usize,
    /// Seconds after which a row has no further round
    #[arg(long, default_value_t = 25)]
    longest: u64,
    /// Seconds that making users may take
    #[arg(long, default_value_t = 90)]
    seeding: u64,
    #[command(flatten)]
    pub(crate) usual: Usual,
}

impl Options {
    pub(crate) const fn round(&self) -> Duration {
        Duration::from_millis(self.round)
    }

    pub(crate) const fn longest(&self) -> Duration {
        Duration::from_secs(self.longest)
    }

    pub(crate) const fn seeding(&self) -> Duration {
        Duration::from_secs(self.seeding)
    }
}
