//! From a JWT that is in order to who presents it. The client behind one of our own is looked up every time: a token ends
//! with its client, and has no scope that the client has lost.

use std::collections::BTreeSet;

use super::check::{Claims, text};
use super::claims::{self, Asked};
use super::fault::JwtFault;
use super::{Jwts, Verified};
use crate::auth::authenticator::{Authenticated, check_standing};
use crate::auth::denied::Denied;
use crate::model::ids::{ClientId, TenantId};
use crate::model::issuer::ExternalIssuer;
use crate::model::principal::{Principal, Reach, Scope};
use crate::model::tenant::Status;
use crate::store::Store;

impl Jwts {
    /// Who presents the token.
    pub(in crate::auth) async fn judge(&self, store: &Store, text: &str) -> Result<Authenticated, Denied> {
        match self.verify(text).await? {
            Verified::Own(claims) => own(store, &claims).await,
            Verified::External(issuer, claims) => external(store, &issuer, &claims).await,
        }
    }
}

async fn own(store: &Store, claims: &Claims) -> Result<Authenticated, Denied> {
    let id: ClientId = text(claims, "client_id").and_then(|id| id.parse().ok()).ok_or(JwtFault::Claim("client_id"))?;
    let (owner, reach) = match text(claims, "tenant_id") {
        Some(tenant) => {
            let tenant: TenantId = tenant.parse().map_err(|_| JwtFault::Claim("tenant_id"))?;
            (tenant, Reach::Tenant(tenant))
        }
        None => (TenantId::NONE, Reach::Platform),
    };
    let found = store.client(owner, id).await?.ok_or(Denied::Unknown)?;
    if let Some(at) = found.info.revoked_at {
        return Err(Denied::Revoked(at));
    }
    if let Some(tenant) = &found.tenant {
        check_standing(tenant.standing)?;
    }
    let granted = text(claims, "scope").unwrap_or_default().split_ascii_whitespace();
    let scopes: BTreeSet<Scope> = granted
        .filter(|word| found.info.scopes.iter().any(|scope| scope == word))
        .filter_map(|word| word.parse().ok())
        .collect();
    let name = format!("client:{id}");
    let principal = Principal { name, reach, scopes, roles: BTreeSet::new(), user: None, api_key: false };
    Ok(Authenticated { principal: principal.into(), tenant: found.tenant.clone() })
}

async fn external(store: &Store, issuer: &ExternalIssuer, said: &Claims) -> Result<Authenticated, Denied> {
    match claims::asked(said, issuer)? {
        Asked::Platform => {
            let principal = claims::principal(said, issuer, Reach::Platform)?;
            Ok(Authenticated { principal: principal.into(), tenant: None })
        }
        Asked::Partner(id) => {
            if store.partner(id).await?.ok_or(JwtFault::Reach)?.record.status == Status::Suspended {
                return Err(Denied::PartnerSuspended);
            }
            let principal = claims::principal(said, issuer, Reach::Partner(id))?;
            Ok(Authenticated { principal: principal.into(), tenant: None })
        }
        Asked::Tenant(name) => in_tenant(store, issuer, said, &name).await,
    }
}

/// A tenant that is not there and one that the issuer may not speak for are the same to the issuer.
async fn in_tenant(store: &Store, issuer: &ExternalIssuer, said: &Claims, name: &str) -> Result<Authenticated, Denied> {
    let found = store.known_tenant(name).await?;
    let tenant =
        found.filter(|tenant| issuer.speaks_for_tenant(&tenant.slug, &tenant.id.to_string())).ok_or(JwtFault::Reach)?;
    check_standing(tenant.standing)?;
    let principal = claims::principal(said, issuer, Reach::Tenant(tenant.id))?;
    Ok(Authenticated { principal: principal.into(), tenant: Some(tenant) })
}
