//! `convoke key list` and `rotate`: the keys that the server signs its own tokens with.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::Failure;
use super::list::{self, Format};
use super::output::Output;
use super::session::with_domain;
use crate::config::Settings;
use crate::domain::SigningKeyInfo;

/// List and rotate the keys that access tokens are signed with
#[derive(Subcommand)]
pub(super) enum Command {
    /// List signing keys; private keys are never shown
    #[command(after_help = "Example: convoke key list --json")]
    List(Format),
    Rotate(Rotate),
}

/// Sign with a new key from now on and print its id; the old one stays published until its last token has expired
#[derive(Args)]
#[command(after_help = "Example: convoke key rotate")]
pub(super) struct Rotate {
    /// The old keys are known to somebody else: end every token they have signed, within half a minute
    #[arg(long)]
    at_once: bool,
}

pub(super) async fn run(command: Command, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    match command {
        Command::List(format) => {
            let keys = with_domain(settings, async |domain| Ok(domain.signing_keys().await?)).await?;
            let rows: Vec<Value> = keys.iter().map(row).collect();
            list::print(format, &["id", "algorithm", "status", "encrypted", "created_at", "verifies_until"], &rows, out)
        }
        Command::Rotate(Rotate { at_once }) => {
            let key = with_domain(settings, async |domain| Ok(domain.rotate_signing_key(at_once).await?)).await?;
            out.line(&key.id.to_string())
        }
    }
}

fn row(key: &SigningKeyInfo) -> Value {
    json!({
        "id": key.id,
        "algorithm": key.algorithm,
        "status": if key.retired_at.is_some() { "retired" } else { "signs" },
        "encrypted": key.encrypted,
        "created_at": key.created_at,
        "retired_at": key.retired_at,
        "verifies_until": key.verifies_until,
    })
}
