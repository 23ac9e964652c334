//! `convoke serve`.

use clap::Args;

use super::exit::Failure;
use super::output::Output;
use crate::app;
use crate::config::{Environment, ServerFlags, Settings, unknown_variables};

/// Serve (also without the word): finds a database, brings its tables up to date, answers requests
///
/// Without a database address, a private Postgres is found on the machine (or fetched), started, and stopped again at the
/// end. Its first start makes a tenant named demo and prints what to paste into an identity provider.
#[derive(Args, Clone, Default)]
#[command(after_help = "\
Examples:
  convoke serve --listen 0.0.0.0:8080 --data-dir /srv/convoke
  DATABASE_URL=postgres://convoke@db.example.com/convoke convoke serve --public-url https://id.example.com
  convoke serve --listen 127.0.0.1:0 --ready-file /tmp/ready.json   # any free port; a script reads the file

The ready file is JSON: base_url, scim_base_url, tenant and, on the start that made the tenant, token.
SIGTERM and SIGINT stop it in order, with 10 s for requests under way.")]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) flags: ServerFlags,
}

pub(super) async fn run(settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    for name in unknown_variables(&Environment::of_process()) {
        tracing::warn!(name, "an environment variable looks like a setting and is none");
    }
    Ok(Box::pin(app::serve(settings, out.writer())).await?)
}
