//! `convoke doctor`.

use super::exit::Failure;
use super::output::Output;
use crate::app::{self, Verdict};
use crate::config::{self, Environment, Settings, unknown_variables};

/// Prints one line a check; fails when a check does.
pub(super) async fn run(settings: Result<Settings, config::Error>, out: &mut Output) -> Result<(), Failure> {
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => {
            line(Verdict::Fail, "configuration", &error.to_string(), out)?;
            return Err(Failure::Told);
        }
    };
    let misspelt = unknown_variables(&Environment::of_process());
    match (misspelt.as_slice(), &settings.file) {
        ([], Some(path)) => line(Verdict::Ok, "configuration", &path.display().to_string(), out)?,
        ([], None) => line(Verdict::Ok, "configuration", "no file; flags, environment and defaults", out)?,
        (names, _) => {
            let found = format!("not settings: {}; correct or unset them", names.join(", "));
            line(Verdict::Warn, "configuration", &found, out)?;
        }
    }
    let checks = app::check(&settings).await;
    for check in &checks {
        line(check.verdict, check.name, &check.found, out)?;
    }
    if checks.iter().any(|check| check.verdict == Verdict::Fail) { Err(Failure::Told) } else { Ok(()) }
}

fn line(verdict: Verdict, name: &str, found: &str, out: &mut Output) -> Result<(), Failure> {
    let word = match verdict {
        Verdict::Ok => "OK",
        Verdict::Warn => "WARN",
        Verdict::Fail => "FAIL",
    };
    out.line(&format!("{word:<5} {name:<15} {}", found.replace('\n', " ")))
}
