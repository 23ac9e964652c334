//! Checks credentials against the database and grants scopes. Every request asks: a revoked token stops working with the
//! commit that revoked it, on every server.

use std::sync::Arc;

use super::bearer;
use super::denied::Denied;
use crate::model::clock::Clock;
use crate::model::event::{Actor, Api};
use crate::model::ids::TenantId;
use crate::model::principal::{AdminScope, Principal, Reach, TenantScope};
use crate::model::settings::TenantSettings;
use crate::model::tenant::{Standing, Tenant};
use crate::model::token::{PresentedToken, TokenInfo, TokenSort};
use crate::store::Store;

/// Whoever presented a valid credential, with what was learnt on the way.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who it is.
    pub principal: Principal,
    settings: Option<Arc<TenantSettings>>,
    user_limit: Option<i64>,
}

/// Checks credentials.
#[derive(Clone)]
pub struct Authenticator {
    store: Store,
    clock: Clock,
}

impl Authenticator {
    /// Checks against this database.
    #[must_use]
    pub const fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
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
        let presented = PresentedToken::parse(text).ok_or(Denied::Unknown)?;
        let found = self.store.token(presented.tenant, presented.id).await?.ok_or(Denied::Unknown)?;
        if !found.hash.matches(&presented.hash) || found.info.api_key != (presented.sort == TokenSort::ApiKey) {
            return Err(Denied::Unknown);
        }
        self.check_alive(&found.info)?;
        check_standing(found.standing)?;
        self.note_use(&presented, &found.info);
        let (settings, user_limit) = (found.settings.map(Arc::new), found.user_limit);
        Ok(Authenticated { principal: principal(&found.info), settings, user_limit })
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

    /// Notes the use beside the request, at most once a minute a token.
    fn note_use(&self, presented: &PresentedToken, info: &TokenInfo) {
        let now = self.clock.now();
        if info.last_used_at.is_some_and(|at| now - at < chrono::TimeDelta::minutes(1)) {
            return;
        }
        let (store, tenant, id) = (self.store.clone(), presented.tenant, presented.id);
        tokio::spawn(async move {
            if let Err(error) = store.touch_token(tenant, id, now).await {
                tracing::warn!(%error, token.id = %id, "the use of a token was not noted");
            }
        });
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
        let own = match who.principal.reach {
            Reach::Tenant(own) => Some(own),
            Reach::Platform | Reach::Partner(_) => None,
        };
        if let (Some(own), Some(settings)) = (own, &who.settings)
            && tenant.is_none_or(|name| name.parse() == Ok(own))
        {
            return Ok(TenantScope::grant(own, actor, Arc::clone(settings)).limited(who.user_limit));
        }
        let tenant = self.reachable(who, tenant.ok_or(Denied::NeedsTenant)?).await?;
        check_standing(tenant.standing)?;
        Ok(TenantScope::grant(tenant.id, actor, Arc::new(tenant.settings)).limited(tenant.user_limit))
    }

    /// The scope above tenants, within the credential's reach.
    #[must_use]
    pub fn admin_scope(&self, who: &Authenticated, api: Api, request_id: &str) -> AdminScope {
        let actor = Actor { name: who.principal.name.clone(), api, request_id: request_id.to_owned() };
        AdminScope::grant(who.principal.reach, actor)
    }

    async fn reachable(&self, who: &Authenticated, name: &str) -> Result<Tenant, Denied> {
        let found = match name.parse::<TenantId>() {
            Ok(id) => self.store.tenant(id).await?,
            Err(_) => self.store.tenant_by_slug(name).await?,
        };
        match (who.principal.reach, found) {
            (Reach::Platform, found) => found.ok_or(Denied::NoSuchTenant),
            (Reach::Partner(partner), Some(tenant)) if tenant.partner == Some(partner) => Ok(tenant),
            (Reach::Tenant(own), Some(tenant)) if tenant.id == own => Ok(tenant),
            _ => Err(Denied::Foreign),
        }
    }
}

fn check_standing(standing: Standing) -> Result<(), Denied> {
    match standing {
        Standing::Active => Ok(()),
        Standing::Suspended => Err(Denied::Suspended),
        Standing::PartnerSuspended => Err(Denied::PartnerSuspended),
        Standing::Deleted => Err(Denied::Deleted),
    }
}

fn principal(info: &TokenInfo) -> Principal {
    let reach = match (info.tenant, info.partner) {
        (Some(tenant), _) => Reach::Tenant(tenant),
        (None, Some(partner)) => Reach::Partner(partner),
        (None, None) => Reach::Platform,
    };
    Principal {
        name: format!("token:{}", info.id),
        reach,
        // A scope or role of a newer release is not known here and gives nothing.
        scopes: info.scopes.iter().filter_map(|word| word.parse().ok()).collect(),
        roles: info.roles.iter().filter_map(|word| word.parse().ok()).collect(),
        user: info.user,
        api_key: info.api_key,
    }
}
