//! Checks credentials and grants scopes. Every request is judged anew, by what the store knows of the token: whatever ends
//! one there ends it here with the next request.

use std::sync::Arc;

use super::bearer;
use super::denied::Denied;
use super::jwt::{self, Jwts, Trust};
use super::uses::Uses;
use crate::model::clock::Clock;
use crate::model::event::{Actor, Api};
use crate::model::ids::TenantId;
use crate::model::principal::{AdminScope, Principal, Reach, TenantScope};
use crate::model::tenant::{Standing, Tenant};
use crate::model::token::{PresentedToken, TokenInfo, TokenSort};
use crate::store::Store;

/// Whoever presented a valid credential, with what was learnt on the way.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who it is.
    pub principal: Arc<Principal>,
    /// Its own tenant, if it belongs to one.
    pub(super) tenant: Option<Arc<Tenant>>,
}

impl Authenticated {
    /// The tenant it belongs to, with its settings; none for a credential that reaches several.
    #[must_use]
    pub fn own_tenant(&self) -> Option<&Tenant> {
        self.tenant.as_deref()
    }
}

/// Checks credentials.
#[derive(Clone)]
pub struct Authenticator {
    pub(super) store: Store,
    pub(super) clock: Clock,
    uses: Arc<Uses>,
    jwts: Arc<Jwts>,
}

impl Authenticator {
    /// Checks against this database, and JWTs against the keys of those who are trusted.
    #[must_use]
    pub fn new(store: Store, clock: Clock, trust: Trust) -> Self {
        let uses = Arc::new(Uses::new(store.clone()));
        let jwts = Arc::new(Jwts::new(store.clone(), &clock, trust));
        Self { store, clock, uses, jwts }
    }

    /// Judges an `Authorization` header.
    ///
    /// # Errors
    /// [`Denied`], always one that [`Denied::is_unauthenticated`], or that the tenant or partner is out of use, or that the
    /// database is away.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<Authenticated, Denied> {
        let who = self.judge(bearer::token(authorization)?).await?;
        if who.principal.api_key { Err(Denied::ApiKey) } else { Ok(who) }
    }

    /// Judges an API key. A bearer token is none.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    pub async fn authenticate_key(&self, key: &str) -> Result<Authenticated, Denied> {
        let who = self.judge(key.trim()).await?;
        if who.principal.api_key { Ok(who) } else { Err(Denied::Unknown) }
    }

    async fn judge(&self, text: &str) -> Result<Authenticated, Denied> {
        if jwt::looks_like_one(text) {
            return Box::pin(self.jwts.judge(&self.store, text)).await;
        }
        let presented = PresentedToken::parse(text).ok_or(Denied::Unknown)?;
        let found = self.store.token(presented.tenant, presented.id).await?.ok_or(Denied::Unknown)?;
        if !found.hash.matches(&presented.hash) || found.info.api_key != (presented.sort == TokenSort::ApiKey) {
            return Err(Denied::Unknown);
        }
        self.check_alive(&found.info)?;
        check_standing(found.standing)?;
        self.uses.note(&found.info, self.clock.now());
        Ok(Authenticated { principal: Arc::clone(&found.principal), tenant: found.tenant.clone() })
    }

    fn check_alive(&self, info: &TokenInfo) -> Result<(), Denied> {
        if let Some(at) = info.revoked_at {
            return Err(Denied::Revoked(at));
        }
        match info.expires_at {
            Some(at) if at <= self.clock.now() => Err(Denied::Expired(at)),
            _ => Ok(()),
        }
    }

    /// The scope of a tenant: the one named, by slug or id, else the credential's own.
    ///
    /// # Errors
    /// [`Denied::Foreign`], [`Denied::NeedsTenant`], [`Denied::NoSuchTenant`], or that the tenant is out of use.
    pub async fn scope(
        &self,
        who: &Authenticated,
        tenant: Option<&str>,
        api: Api,
        request_id: &str,
    ) -> Result<TenantScope, Denied> {
        let actor = Actor { name: who.principal.name.clone(), api, request_id: request_id.to_owned() };
        if let Some(own) = &who.tenant
            && tenant.is_none_or(|name| names(own, name))
        {
            return Ok(grant(own, actor));
        }
        let tenant = self.reachable(who, tenant.ok_or(Denied::NeedsTenant)?).await?;
        check_standing(tenant.standing)?;
        Ok(grant(&tenant, actor))
    }

    /// The scope above tenants, within the credential's reach.
    #[must_use]
    pub fn admin_scope(&self, who: &Authenticated, api: Api, request_id: &str) -> AdminScope {
        let actor = Actor { name: who.principal.name.clone(), api, request_id: request_id.to_owned() };
        AdminScope::grant(who.principal.reach, actor)
    }

    async fn reachable(&self, who: &Authenticated, name: &str) -> Result<Arc<Tenant>, Denied> {
        let found = self.store.known_tenant(name).await?;
        match (who.principal.reach, found) {
            (Reach::Platform, found) => found.ok_or(Denied::NoSuchTenant),
            (Reach::Partner(partner), Some(tenant)) if tenant.partner == Some(partner) => Ok(tenant),
            _ => Err(Denied::Foreign),
        }
    }
}

/// A name that can be an id is taken for one, as where tenants are looked up.
fn names(tenant: &Tenant, name: &str) -> bool {
    name.parse::<TenantId>().map_or_else(|_| tenant.slug == name, |id| tenant.id == id)
}

fn grant(tenant: &Tenant, actor: Actor) -> TenantScope {
    TenantScope::grant(tenant.id, actor, Arc::clone(&tenant.settings)).limited(tenant.user_limit)
}

pub(super) fn check_standing(standing: Standing) -> Result<(), Denied> {
    match standing {
        Standing::Active => Ok(()),
        Standing::Suspended => Err(Denied::Suspended),
        Standing::PartnerSuspended => Err(Denied::PartnerSuspended),
        Standing::Deleted => Err(Denied::Deleted),
    }
}
