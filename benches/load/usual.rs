//! What every driver can be told.

use std::path::PathBuf;

use clap::Args;

/// Which of the things measured, and where to put what came of it.
#[derive(Args)]
pub(crate) struct Usual {
    /// Those whose names contain this; all when not given
    #[arg(long = "only")]
    only: Vec<String>,
    /// File whose marked parts are written anew with what was measured
    #[arg(long)]
    pub(crate) docs: Option<PathBuf>,
    /// File to append a JSON line a figure to
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// What cargo adds by itself
    #[arg(long, hide = true)]
    bench: bool,
}

impl Usual {
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part))
    }
}
