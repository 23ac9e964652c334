//! How a command ends: what is said, and the exit code. 0 done, 1 failed, 2 wrong usage or settings, 70 the database is
//! lost for good.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use super::output::note;
use crate::{app, config, domain};

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(super) enum Failure {
    /// The command cannot be meant as it was given.
    Usage(String),
    /// It could not be done.
    Failed(String),
    /// It could not be done, and everything there is to say has been said.
    Told,
    /// What came of it could not be written.
    Output(io::Error),
    /// The server's database is lost for good.
    DatabaseLost(String),
}

impl Failure {
    pub(super) const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) | Self::Told | Self::Output(_) => 1,
            Self::DatabaseLost(_) => 70,
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::Usage(text) | Self::Failed(text) | Self::DatabaseLost(text) => Some(text.clone()),
            Self::Told => None,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            Self::Output(error) => Some(format!("the result could not be written: {error}")),
        }
    }
}

/// Says what went wrong and gives the code for it.
pub(super) fn report(failure: &Failure) -> ExitCode {
    if let Some(text) = failure.text() {
        note(&format!("error: {text}"));
    }
    ExitCode::from(failure.code())
}

/// Help, the version, or what clap has against a command line.
pub(super) fn usage(refusal: &clap::Error) -> ExitCode {
    // Help goes to standard output; a reader that hung up has read enough.
    let _ = refusal.print();
    ExitCode::from(u8::try_from(refusal.exit_code()).unwrap_or(2))
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<app::Error> for Failure {
    fn from(error: app::Error) -> Self {
        match error {
            app::Error::DatabaseLost => Self::DatabaseLost(error.to_string()),
            app::Error::Domain(error) => error.into(),
            other => Self::Failed(chain(&other)),
        }
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Invalid { .. } => Self::Usage(error.to_string()),
            other => Self::Failed(chain(&other)),
        }
    }
}

/// An error with its causes, each said once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
