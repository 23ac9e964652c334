//! `convoke scope-set create`, `list` and `delete`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::exit::Failure;
use super::list::{self, Format};
use super::output::Output;
use super::session::with_domain;
use crate::config::Settings;
use crate::model::ids::ScopeSetId;

/// Create, list and delete scope sets: named bundles of an application's scopes that groups of the Launch API refer to
#[derive(Subcommand)]
pub(super) enum Command {
    Create(Create),
    List(List),
    Delete(Delete),
}

/// Create a scope set and print its id
#[derive(Args)]
#[command(
    after_help = "Example: convoke scope-set create --tenant acme --name Operator --scope forms:read,forms:submit"
)]
pub(super) struct Create {
    /// Tenant it belongs to, by slug or id
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Its name, unique in the tenant
    #[arg(long)]
    name: String,
    /// Scope it bundles, a word of the tenant's own applications; repeat it, or separate several by commas
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',', required = true)]
    scopes: Vec<String>,
}

/// List scope sets
#[derive(Args)]
#[command(after_help = "Example: convoke scope-set list --tenant acme --json")]
pub(super) struct List {
    /// Only those of this tenant, by slug or id
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// Delete a scope set that no group refers to
#[derive(Args)]
#[command(after_help = "Example: convoke scope-set delete 01890a5d-ac96-774b-bcce-b302099a8057")]
pub(super) struct Delete {
    /// Its id, as `convoke scope-set list` shows it
    id: ScopeSetId,
}

pub(super) async fn run(command: Command, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Create(arguments) => create(&arguments, settings, out).await,
        Command::List(arguments) => list(&arguments, settings, out).await,
        Command::Delete(Delete { id }) => {
            with_domain(settings, async |domain| Ok(domain.delete_scope_set(id).await?)).await
        }
    }
}

async fn create(arguments: &Create, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    let blank = |text: &str| text.trim().is_empty();
    if blank(&arguments.name) || arguments.scopes.iter().any(|scope| blank(scope)) {
        return Err(Failure::Usage("--name and --scope must not be blank".to_owned()));
    }
    let set = with_domain(settings, async |domain| {
        let tenant = domain.tenant(&arguments.tenant).await?;
        Ok(domain.create_scope_set(&tenant, &arguments.name, &arguments.scopes).await?)
    });
    out.line(&set.await?.id.to_string())
}

async fn list(arguments: &List, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    let rows = with_domain(settings, async |domain| {
        let tenants = match &arguments.tenant {
            Some(slug) => vec![domain.tenant(slug).await?],
            None => domain.tenants().await?,
        };
        let mut rows = Vec::new();
        for tenant in &tenants {
            for set in domain.scope_sets(tenant).await? {
                rows.push(json!({ "id": set.id, "name": set.name, "tenant": tenant.slug, "scopes": set.scopes }));
            }
        }
        Ok(rows)
    })
    .await?;
    list::print(arguments.format, &["id", "name", "tenant", "scopes"], &rows, out)
}
