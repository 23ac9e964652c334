//! `convoke migrate`.

use super::exit::Failure;
use super::output::note;
use crate::app;
use crate::config::Settings;

pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    let applied = app::migrate(settings).await?;
    for migration in &applied {
        note(&format!("applied {migration}"));
    }
    if applied.is_empty() {
        note("the tables are up to date");
    }
    Ok(())
}
