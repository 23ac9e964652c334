//! `convoke migrate`.

use clap::Args;

use super::exit::Failure;
use super::output::note;
use crate::app::{self, Placed, Placement};
use crate::config::Settings;

/// Bring the database's tables up to date; serve does so too
#[derive(Args)]
#[command(after_help = "\
Examples:
  DATABASE_URL=postgres://convoke@db.example.com/convoke convoke migrate
  DATABASE_URL=postgres://convoke@coordinator.example.com/convoke convoke migrate --distribute")]
pub(super) struct Arguments {
    /// Then spread them over the nodes of a Citus cluster by tenant; what is spread already stays
    #[arg(long)]
    distribute: bool,
}

pub(super) async fn run(arguments: &Arguments, settings: &Settings) -> Result<(), Failure> {
    if arguments.distribute {
        let done = app::distribute(settings).await?;
        told(&done.migrated);
        done.tables.iter().for_each(|placed| note(&line(placed)));
        return Ok(());
    }
    told(&app::migrate(settings).await?);
    Ok(())
}

fn told(applied: &[String]) {
    for migration in applied {
        note(&format!("applied {migration}"));
    }
    if applied.is_empty() {
        note("the tables are up to date");
    }
}

fn line(placed: &Placed) -> String {
    let place = match placed.placement {
        Placement::ByTenant => "distributed by tenant_id",
        Placement::Everywhere => "on every node",
    };
    let before = if placed.before { " (already)" } else { "" };
    format!("{:<20} {place}{before}", placed.table)
}
