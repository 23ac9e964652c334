//! What the comparison is told on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Puts SCIM servers side by side.
#[derive(Parser)]
pub(crate) struct Options {
    /// Servers whose names contain this; all when not given
    #[arg(long = "only")]
    only: Vec<String>,
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
    /// File whose marked part is written anew with the table
    #[arg(long)]
    pub(crate) docs: Option<PathBuf>,
    /// File to append a JSON line a figure to
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// What cargo adds by itself
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part))
    }

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
