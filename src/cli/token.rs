//! `convoke token create`, `list` and `revoke`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::exit::Failure;
use super::list::{self, Format};
use super::output::{Output, note};
use super::session::with_domain;
use crate::config::Settings;
use crate::domain::{CredentialSort, Domain, NewToken};
use crate::model::ids::TokenId;
use crate::model::principal::{Reach, Role, Scope};
use crate::model::token::TokenInfo;

/// Create, list and revoke tokens and API keys
#[derive(Subcommand)]
pub(super) enum Command {
    Create(Create),
    /// List tokens and API keys; secrets are not kept and cannot be shown
    #[command(after_help = "Example: convoke token list --json")]
    List(Format),
    Revoke(Revoke),
}

/// Create a token and print its secret, which is shown this once
///
/// A token reaches one tenant, the tenants of a partner, or the whole platform. When neither scopes nor roles are given it
/// gets: for a tenant the scope scim; for the platform admin:read and admin:write; for a partner the role partner_admin;
/// as an API key the scope admin.
#[derive(Args)]
#[command(after_help = "\
Scopes: scim, scim:read, admin:read, admin:write, groups:read, groups:write, users:read, users:write, admin
  (an API key opens the Launch API alone and takes the last five)
Roles: super_admin (platform), partner_admin (partner), tenant_admin (tenant),
  Administrator, Viewer, Auditor (all but API keys)

Examples:
  convoke token create --tenant acme --name Okta --ttl 365d
  convoke token create --tenant acme --scope groups:read,groups:write
  convoke token create --platform --role super_admin --ttl 1h")]
pub(super) struct Create {
    #[command(flatten)]
    reach: Where,
    /// Scope it carries; repeat it, or separate several by commas
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
    scopes: Vec<Scope>,
    /// Role it carries; repeat it, or separate several by commas
    #[arg(long = "role", value_name = "ROLE", value_delimiter = ',')]
    roles: Vec<Role>,
    /// User of the tenant it belongs to, for SCIM's /Me
    #[arg(long, value_name = "USERNAME", conflicts_with_all = ["partner", "platform"])]
    user: Option<String>,
    /// Name to tell it by in lists
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// How long it lasts, such as 90d or 12h [default: for ever]
    #[arg(long, value_parser = humantime::parse_duration)]
    ttl: Option<Duration>,
    /// Make an API key (X-API-Key) rather than a bearer token
    #[arg(long, conflicts_with_all = ["partner", "platform"])]
    api_key: bool,
}

/// How far it reaches.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Where {
    /// It reaches this tenant, by slug or id
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    /// It reaches the tenants of this partner, by slug; made if there is none
    #[arg(long, value_name = "SLUG")]
    partner: Option<String>,
    /// It reaches every tenant
    #[arg(long)]
    platform: bool,
}

impl Where {
    const fn sort(&self, api_key: bool) -> CredentialSort {
        match (&self.tenant, &self.partner) {
            (Some(_), _) if api_key => CredentialSort::ApiKey,
            (Some(_), _) => CredentialSort::Tenant,
            (None, Some(_)) => CredentialSort::Partner,
            (None, None) => CredentialSort::Platform,
        }
    }

    async fn find(&self, domain: &Domain) -> Result<Reach, Failure> {
        match (&self.tenant, &self.partner) {
            (Some(slug), _) => Ok(Reach::Tenant(domain.tenant(slug).await?.id)),
            (None, Some(slug)) => Ok(Reach::Partner(domain.find_or_create_partner(slug).await?)),
            (None, None) => Ok(Reach::Platform),
        }
    }
}

/// End a token at once, everywhere
#[derive(Args)]
#[command(after_help = "Example: convoke token revoke 01890a5d-ac96-774b-bcce-b302099a8057")]
pub(super) struct Revoke {
    /// Its id, as `convoke token list` shows it
    id: TokenId,
}

pub(super) async fn run(command: Command, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Create(arguments) => create(arguments, settings, out).await,
        Command::List(format) => list(format, settings, out).await,
        Command::Revoke(Revoke { id }) => {
            with_domain(settings, async |domain| Ok(domain.revoke_any_token(id).await?)).await
        }
    }
}

async fn create(arguments: Create, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    let sort = arguments.reach.sort(arguments.api_key);
    let (scopes, roles) = sort.grant(&arguments.scopes, &arguments.roles)?;
    let ttl = arguments.ttl.map(lifetime).transpose()?;
    let (info, secret) = with_domain(settings, async |domain| {
        let reach = arguments.reach.find(domain).await?;
        let (user_name, name, api_key) = (arguments.user, arguments.name, arguments.api_key);
        Ok(domain.issue_token(&NewToken { reach, scopes, roles, user_name, name, ttl, api_key }).await?)
    })
    .await?;
    out.line(secret.expose_secret()).inspect_err(|_| {
        note(&format!("the token was made and could not be shown; end it: convoke token revoke {}", info.id));
    })
}

fn lifetime(ttl: Duration) -> Result<TimeDelta, Failure> {
    match TimeDelta::from_std(ttl) {
        Ok(ttl) if ttl > TimeDelta::zero() => Ok(ttl),
        _ => Err(Failure::Usage("--ttl must be more than nothing and end before the end of time".to_owned())),
    }
}

async fn list(format: Format, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    let (tokens, tenants, now) = with_domain(settings, async |domain| {
        Ok((domain.tokens().await?, domain.tenants().await?, domain.clock().now()))
    })
    .await?;
    let slug =
        |token: &TokenInfo| tenants.iter().find(|tenant| Some(tenant.id) == token.tenant).map(|t| t.slug.as_str());
    let rows: Vec<Value> = tokens.iter().map(|token| row(token, slug(token), now)).collect();
    let columns = ["id", "name", "reach", "sort", "scopes", "roles", "status", "expires_at", "last_used_at"];
    list::print(format, &columns, &rows, out)
}

fn row(token: &TokenInfo, tenant: Option<&str>, now: DateTime<Utc>) -> Value {
    let reach = match (tenant, token.partner) {
        (Some(slug), _) => slug.to_owned(),
        (None, Some(partner)) => format!("partner {partner}"),
        (None, None) => "platform".to_owned(),
    };
    json!({
        "id": token.id,
        "name": token.name,
        "reach": reach,
        "sort": if token.api_key { "API key" } else { "token" },
        "tenant_id": token.tenant,
        "partner_id": token.partner,
        "api_key": token.api_key,
        "scopes": token.scopes,
        "roles": token.roles,
        "user_id": token.user,
        "status": status(token, now),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    })
}

fn status(token: &TokenInfo, now: DateTime<Utc>) -> &'static str {
    match (token.revoked_at, token.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= now => "expired",
        _ => "active",
    }
}
