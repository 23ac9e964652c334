//! `convoke client create`, `list`, `revoke` and `rotate`: OAuth clients for the client credentials grant.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::exit::Failure;
use super::list::{self, Format};
use super::output::{Output, note};
use super::session::with_domain;
use crate::config::Settings;
use crate::domain::{NewClient, distinct};
use crate::model::ids::ClientId;
use crate::model::principal::Scope;

/// Create, list, revoke and rotate OAuth clients
#[derive(Subcommand)]
pub(super) enum Command {
    Create(Create),
    /// List clients; secrets are not kept and cannot be shown
    #[command(after_help = "Example: convoke client list --json")]
    List(Format),
    /// End a client at once
    #[command(after_help = "Example: convoke client revoke 01890a5d-ac96-774b-bcce-b302099a8057")]
    Revoke(Named),
    /// Give a client a new secret and print both as JSON; the old secret works for another 24 hours
    #[command(after_help = "Example: convoke client rotate 01890a5d-ac96-774b-bcce-b302099a8057")]
    Rotate(Named),
}

/// Register an OAuth client and print {"client_id","client_secret"}; the secret is shown this once
#[derive(Args)]
#[command(after_help = "\
Examples:
  convoke client create --tenant acme --scope groups:read,groups:write --name reports
  convoke client create --platform --scope admin:read --jwks public.json")]
pub(super) struct Create {
    #[command(flatten)]
    reach: Where,
    /// Scope it may ask for; repeat it, or separate several by commas
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',', required = true)]
    scopes: Vec<Scope>,
    /// Name to tell it by in lists
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// File with its public key or keys, a JWK or JWK set: it then proves itself by signed JWTs and gets no secret
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
}

/// Whose it is.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Where {
    /// It belongs to this tenant, by slug or id
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    /// It belongs to the platform
    #[arg(long)]
    platform: bool,
}

/// One client.
#[derive(Args)]
pub(super) struct Named {
    /// Its id, as `convoke client list` shows it
    id: ClientId,
}

pub(super) async fn run(command: Command, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Create(arguments) => create(arguments, settings, out).await,
        Command::List(format) => list(format, settings, out).await,
        Command::Revoke(Named { id }) => {
            with_domain(settings, async |domain| Ok(domain.revoke_any_client(id).await?)).await
        }
        Command::Rotate(Named { id }) => {
            let secret = with_domain(settings, async |domain| Ok(domain.rotate_any_client(id).await?)).await?;
            print(id, &secret, out)
        }
    }
}

async fn create(arguments: Create, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    let jwks = arguments.jwks.as_deref().map(read_keys).transpose()?;
    let has_keys = jwks.is_some();
    let (info, secret) = with_domain(settings, async |domain| {
        let tenant = match &arguments.reach.tenant {
            Some(slug) => Some(domain.tenant(slug).await?.id),
            None => None,
        };
        let client = NewClient { name: arguments.name, scopes: distinct(&arguments.scopes), jwks };
        Ok(domain.register_client(tenant, &client).await?)
    })
    .await?;
    if has_keys {
        return out.line(&json!({ "client_id": info.id }).to_string());
    }
    print(info.id, &secret, out)
}

fn read_keys(path: &Path) -> Result<Value, Failure> {
    let failed = |reason: String| Failure::Usage(format!("--jwks: {}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(format!("is not JSON: {error}")))
}

fn print(id: ClientId, secret: &SecretString, out: &mut Output) -> Result<(), Failure> {
    let credentials = json!({ "client_id": id, "client_secret": secret.expose_secret() });
    out.line(&credentials.to_string()).inspect_err(|_| {
        note(&format!("the secret could not be shown; make another: convoke client rotate {id}"));
    })
}

async fn list(format: Format, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    let (clients, tenants) =
        with_domain(settings, async |domain| Ok((domain.clients().await?, domain.tenants().await?))).await?;
    let rows = clients.iter().map(|client| {
        let owner = tenants.iter().find(|tenant| Some(tenant.id) == client.tenant);
        json!({
            "id": client.id,
            "name": client.name,
            "reach": owner.map_or("platform", |tenant| &tenant.slug),
            "tenant_id": client.tenant,
            "scopes": client.scopes,
            "status": if client.revoked_at.is_some() { "revoked" } else { "active" },
            "created_at": client.created_at,
            "revoked_at": client.revoked_at,
        })
    });
    let rows: Vec<Value> = rows.collect();
    list::print(format, &["id", "name", "reach", "scopes", "status"], &rows, out)
}
