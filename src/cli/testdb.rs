//! `convoke testdb`, hidden: the keeper of the throwaway databases of the project's own tests. It ends by itself.

use std::path::PathBuf;

use clap::Args;

use super::exit::Failure;
use crate::{app, postgres};

/// Keep a throwaway Postgres for tests, until nobody uses it
#[derive(Args)]
pub(super) struct Arguments {
    /// Folder shared by the keeper and the tests
    dir: PathBuf,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let prepare = |url: String| async move { app::prepare_template(&url).await.map_err(|error| error.to_string()) };
    Ok(postgres::keeper::run(&arguments.dir, prepare).await.map_err(app::Error::from)?)
}
