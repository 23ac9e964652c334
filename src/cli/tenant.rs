//! `convoke tenant create`, `list` and `set`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::Failure;
use super::list::{self, Format};
use super::output::Output;
use super::session::with_domain;
use crate::config::Settings;
use crate::model::settings::{SettingError, TenantSettings};
use crate::model::tenant::Tenant;

/// Create, list and configure tenants: one tenant is one customer, and nothing crosses between two
#[derive(Subcommand)]
pub(super) enum Command {
    Create(Create),
    /// List tenants
    #[command(after_help = "Example: convoke tenant list --json")]
    List(Format),
    Set(Set),
}

/// Create a tenant and print its id
#[derive(Args)]
#[command(after_help = "Example: convoke tenant create acme --name 'Acme Corp' --partner resellers")]
pub(super) struct Create {
    /// Short name for addresses and commands: 1 to 63 of a-z, 0-9 and inner hyphens
    slug: String,
    /// Name to show [default: the slug]
    #[arg(long)]
    name: Option<String>,
    /// Partner the tenant belongs to, by slug; made if there is none
    #[arg(long, value_name = "SLUG")]
    partner: Option<String>,
    /// Judge SCIM requests by RFC 7644 to the letter, rather than accept what identity providers send
    #[arg(long)]
    strict: bool,
}

/// Change settings of a tenant
#[derive(Args)]
#[command(after_help = "\
Settings, the first value being the default:
  scim.mode              compat | strict            how SCIM requests are judged
  scim.unknown_members   reject | skip              what SCIM does about member ids that name nobody
  scim.resurrect         true | false               a POST with a deleted resource's externalId restores it
  groups.name_unique     tenant | sibling | none    among which groups a name is unique
  groups.max_depth       32, from 1 to 32           longest chain of groups
  groups.max_children    10000, from 1 to 1000000   child groups of one group
  groups.primary_edge_confers_membership   true | false   members of a primary child count as its parent's
  ids.style              plain | prefixed           how the Directory API prints ids

Example: convoke tenant set acme scim.mode=strict groups.name_unique=sibling")]
pub(super) struct Set {
    /// The tenant, by slug or id
    slug: String,
    /// Settings to change
    #[arg(required = true, value_name = "KEY=VALUE")]
    assignments: Vec<String>,
}

pub(super) async fn run(command: Command, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Create(arguments) => create(&arguments, settings, out).await,
        Command::List(format) => list(format, settings, out).await,
        Command::Set(arguments) => set(&arguments, settings).await,
    }
}

async fn create(arguments: &Create, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    let (name, partner) = (arguments.name.as_deref(), arguments.partner.as_deref());
    let tenant = with_domain(settings, async |domain| {
        Ok(domain.create_tenant(&arguments.slug, name, partner, arguments.strict).await?)
    });
    out.line(&tenant.await?.id.to_string())
}

async fn list(format: Format, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    let tenants = with_domain(settings, async |domain| Ok(domain.tenants().await?)).await?;
    let rows: Vec<Value> = tenants.iter().map(row).collect();
    list::print(format, &["slug", "id", "name", "partner_id", "status", "scim_mode"], &rows, out)
}

fn row(tenant: &Tenant) -> Value {
    let settings = serde_json::to_value(&tenant.settings).unwrap_or_default();
    json!({
        "slug": tenant.slug,
        "id": tenant.id,
        "name": tenant.name,
        "partner_id": tenant.partner,
        "status": tenant.status.as_str(),
        "scim_mode": settings["scim.mode"],
        "settings": settings,
        "created_at": tenant.created_at,
    })
}

async fn set(arguments: &Set, settings: &Settings) -> Result<(), Failure> {
    // What cannot be meant for any tenant is refused before the database is touched.
    merge(&TenantSettings::default(), &arguments.assignments).map_err(|error| Failure::Usage(error.to_string()))?;
    with_domain(settings, async |domain| {
        let tenant = domain.tenant(&arguments.slug).await?;
        let change = |settings: &TenantSettings| Ok(merge(settings, &arguments.assignments)?);
        Ok(domain.change_settings(&tenant, change).await?)
    })
    .await
}

fn merge(settings: &TenantSettings, assignments: &[String]) -> Result<TenantSettings, SettingError> {
    assignments.iter().try_fold(settings.clone(), |settings, assignment| settings.with(assignment))
}
