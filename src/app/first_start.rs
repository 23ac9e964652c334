//! The first start on a private database: a tenant to try things with, its token, and the words that tell a person what to
//! do with them. Later starts find a tenant and say nothing.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::ready_file::Ready;
use crate::domain::{Domain, NewToken, Result};
use crate::model::principal::{Reach, Scope};
use crate::model::tenant::Tenant;

/// Slug of the tenant the first start makes.
const DEMO: &str = "demo";

/// The tenant to begin with, and its token if it was made just now.
pub(super) async fn tenant(domain: &Domain, may_create: bool) -> Result<(Option<String>, Option<SecretString>)> {
    let tenants = domain.tenants().await?;
    if tenants.is_empty() && may_create {
        let (tenant, token) = create(domain).await?;
        return Ok((Some(tenant.slug), Some(token)));
    }
    let demo = tenants.iter().find(|tenant| tenant.slug == DEMO);
    Ok((demo.or(tenants.first()).map(|tenant| tenant.slug.clone()), None))
}

async fn create(domain: &Domain) -> Result<(Tenant, SecretString)> {
    let tenant = domain.create_tenant(DEMO, Some("Demo"), None, false).await?;
    let token = NewToken {
        reach: Reach::Tenant(tenant.id),
        scopes: vec![Scope::Scim, Scope::GroupsRead, Scope::GroupsWrite, Scope::AdminRead, Scope::AdminWrite],
        roles: Vec::new(),
        user_name: None,
        name: "first start".to_owned(),
        ttl: None,
        api_key: false,
    };
    let (_, secret) = domain.issue_token(&token).await?;
    Ok((tenant, secret))
}

/// What to paste where; `None` when no token was made.
pub(super) fn welcome(ready: &Ready, data_dir: Option<&Path>) -> Option<String> {
    let (tenant, token) = (ready.tenant.as_deref()?, ready.token.as_ref()?.expose_secret());
    let base = &ready.base_url;
    let place = data_dir.map_or_else(String::new, |dir| format!(" --data-dir {}", dir.display()));
    Some(format!(
        "\
Convoke is running at {base}

Paste into your identity provider (Microsoft Entra ID, Okta, ...):
  SCIM base URL   {scim}
  Bearer token    {token}
  The token is shown this once; `convoke{place} token create --tenant {tenant}` makes another.

For programs of your own, with the same token:
  Directory API   {base}/api/v1/tenants/{tenant}/groups
                  {base}/api/v1/admin/groups
  API explorer    {base}/docs

Next steps, in another terminal, while this runs:
  curl -H 'Authorization: Bearer {token}' {scim}/Users
  convoke{place} tenant create SLUG   # a tenant of your own
  convoke{place} doctor               # checks the installation
  convoke --help                      # every command
",
        scim = ready.scim_base_url(),
    ))
}
