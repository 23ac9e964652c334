//! The section about logs.

use clap::Args;
use serde::Deserialize;

use super::scalar;
use super::text::{LogFilter, LogFormat};

/// What is logged, and how.
#[derive(Debug, Clone, Deserialize)]
pub struct Logging {
    /// Which lines are written; without it, what suits the command.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub log: Option<LogFilter>,
    /// Their form.
    #[serde(default, deserialize_with = "scalar::value")]
    pub log_format: LogFormat,
}

/// The flags of this section.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Logs")]
pub struct LoggingFlags {
    /// What to log to standard error: a level, or a filter such as warn,convoke=debug [env: CONVOKE_LOG] [default: info
    /// for serve, else warn]
    #[arg(long, value_name = "FILTER", global = true)]
    pub log: Option<String>,
    /// text, or json for one object a line [env: CONVOKE_LOG_FORMAT] [default: text]
    #[arg(long, value_name = "FORMAT", global = true)]
    pub log_format: Option<String>,
}

impl LoggingFlags {
    pub(super) fn given(&self) -> Vec<(&'static str, Option<&String>)> {
        vec![("log", self.log.as_ref()), ("log_format", self.log_format.as_ref())]
    }
}
