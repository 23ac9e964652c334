//! `convoke tenant create`, `list`, `set` and `leniencies`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::Failure;
use super::list::{self, Format};
use super::output::{Output, note};
use super::session::with_domain;
use crate::config::Settings;
use crate::domain::{InStrict, Leniency};
use crate::model::leniency::LeniencyUse;
use crate::model::settings::{ScimMode, SettingError, TenantSettings};
use crate::model::tenant::Tenant;

/// Create, list and configure tenants: one tenant is one customer, and nothing crosses between two
#[derive(Subcommand)]
pub(super) enum Command {
    Create(Create),
    /// List tenants
    #[command(after_help = "Example: convoke tenant list --json")]
    List(Format),
    Set(Set),
    Leniencies(Leniencies),
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
    /// Judge SCIM requests by RFC 7644 and the interoperability profile to the letter, rather than accept what identity
    /// providers send
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

/// List what compat mode had to forgive the tenant's SCIM clients, and say whether it could be strict
#[derive(Args)]
#[command(after_help = "\
A rule counts once a request that needed it. Columns: the rule, the client it is there for, how many requests needed it,
when the last one did, and what a strict tenant would do with it. Counts are a few seconds old.

Example: convoke tenant leniencies acme")]
pub(super) struct Leniencies {
    /// The tenant, by slug or id
    slug: String,
    #[command(flatten)]
    format: Format,
}

pub(super) async fn run(command: Command, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Create(arguments) => create(&arguments, settings, out).await,
        Command::List(format) => list(format, settings, out).await,
        Command::Set(arguments) => set(&arguments, settings).await,
        Command::Leniencies(arguments) => leniencies(&arguments, settings, out).await,
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
    let settings = serde_json::to_value(&*tenant.settings).unwrap_or_default();
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

async fn leniencies(arguments: &Leniencies, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    let (tenant, uses) = with_domain(settings, async |domain| {
        let tenant = domain.tenant(&arguments.slug).await?;
        let uses = domain.leniencies(&tenant).await?;
        Ok((tenant, uses))
    })
    .await?;
    let rows: Vec<Value> = uses.iter().map(leniency).collect();
    list::print(arguments.format, &["rule", "client", "uses", "last_used_at", "in_strict"], &rows, out)?;
    note(&verdict(&tenant, &uses));
    Ok(())
}

/// A rule of another release has its name and its count, and nothing else is known of it.
fn leniency(found: &LeniencyUse) -> Value {
    let rule = Leniency::named(&found.rule);
    json!({
        "rule": found.rule,
        "what": rule.map(Leniency::what),
        "client": rule.map(Leniency::client),
        "uses": found.uses,
        "last_used_at": found.last_used_at,
        "in_strict": rule.map(|rule| match rule.in_strict() {
            InStrict::Refused => "refused",
            InStrict::Differs(how) => how,
        }),
    })
}

fn verdict(tenant: &Tenant, uses: &[LeniencyUse]) -> String {
    let Tenant { slug, created_at, .. } = tenant;
    match uses.iter().map(|found| found.last_used_at).max() {
        _ if tenant.settings.scim_mode == ScimMode::Strict => {
            format!("{slug} is strict; whatever is listed dates from the time before.")
        }
        None => format!(
            "No request since {} needed a leniency: {slug} can be strict, by `convoke tenant set {slug} scim.mode=strict`.",
            created_at.format("%Y-%m-%d")
        ),
        Some(last) => format!(
            "Rules in use: {}, the last time on {}. A strict {slug} would refuse such requests, or answer otherwise.",
            uses.len(),
            last.format("%Y-%m-%d %H:%M:%S UTC")
        ),
    }
}

fn merge(settings: &TenantSettings, assignments: &[String]) -> Result<TenantSettings, SettingError> {
    assignments.iter().try_fold(settings.clone(), |settings, assignment| settings.with(assignment))
}
