//! Tokens and API keys.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde_json::json;

use super::grants::CredentialSort;
use crate::domain::check::check_name;
use crate::domain::operator::{operator_everywhere, operator_in};
use crate::domain::{Domain, Error, Result, Thing};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::filter::{Field, Filter, Kind as FieldKind, Literal};
use crate::model::fold::fold;
use crate::model::ids::{PartnerId, TenantId, TokenId, UserId};
use crate::model::listing::{Part, Resource, ResourceKind, Wanted};
use crate::model::page::{Page, Window};
use crate::model::principal::{AdminScope, Principal, Reach, Role, Scope, TenantScope};
use crate::model::tenant::Tenant;
use crate::model::token::{TokenHash, TokenInfo, TokenSort, issue};

/// A token to be made by the operator.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// How far it reaches.
    pub reach: Reach,
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Name of the user it belongs to, for `/Me`.
    pub user_name: Option<String>,
    /// A name people give it.
    pub name: String,
    /// How long it lasts; `None` for ever.
    pub ttl: Option<TimeDelta>,
    /// Whether it is an API key rather than a bearer token.
    pub api_key: bool,
}

/// A token that an administrator wants.
#[derive(Debug, Clone)]
pub struct TokenDraft {
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// Its roles.
    pub roles: Vec<Role>,
    /// The user of the tenant it belongs to, for `/Me`.
    pub user: Option<UserId>,
    /// A name people give it.
    pub name: String,
    /// When it ends; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it is an API key rather than a bearer token.
    pub api_key: bool,
}

impl Domain {
    /// Makes a token for the operator, who may give anything. Its text is returned here and never again.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is for a user that is not there, [`Error::Invalid`] for a lifetime out of range.
    pub async fn issue_token(&self, new: &NewToken) -> Result<(TokenInfo, SecretString)> {
        let too_long = || Error::Invalid { attribute: "ttl", reason: "ends after the end of time".to_owned() };
        let now = self.clock.now();
        let ends = |ttl| now.checked_add_signed(ttl).ok_or_else(too_long);
        let mut draft = TokenDraft {
            scopes: new.scopes.clone(),
            roles: new.roles.clone(),
            user: None,
            name: new.name.clone(),
            expires_at: new.ttl.map(ends).transpose()?,
            api_key: new.api_key,
        };
        let tenant = match new.reach {
            Reach::Tenant(tenant) => tenant,
            Reach::Partner(partner) => {
                return self.write_token_above(&operator_everywhere(), Some(partner), &draft, now).await;
            }
            Reach::Platform => return self.write_token_above(&operator_everywhere(), None, &draft, now).await,
        };
        let tenant = self.tenant(&tenant.to_string()).await?;
        if let Some(name) = &new.user_name {
            draft.user = Some(self.user_named(&tenant, name).await?);
        }
        self.write_token(&self.operator(&tenant), &draft, now).await
    }

    async fn user_named(&self, tenant: &Tenant, name: &str) -> Result<UserId> {
        let filter = Filter::equals(Field::core("userName", FieldKind::Text), Literal::Text(fold(name)));
        let wanted =
            Wanted { kind: ResourceKind::User, filter: Some(filter), sort: None, groups: false, base: String::new() };
        let first = Part::Window(Window { offset: 0, limit: 1 });
        let found = self.list(&self.operator(tenant), &[wanted], &first).await?;
        match found.items.first() {
            Some(Resource::User(user)) => Ok(user.id),
            _ => Err(Error::NotFound(Thing::User)),
        }
    }

    /// Makes a token of the tenant for an administrator. Its text is returned here and never again.
    ///
    /// # Errors
    /// [`Error::Beyond`] when it would have more rights than who asks for it, [`Error::Invalid`], [`Error::NotFound`]
    /// when it is for a user that is not there.
    pub async fn create_token(
        &self,
        scope: &TenantScope,
        grantor: &Principal,
        draft: &TokenDraft,
    ) -> Result<(TokenInfo, SecretString)> {
        let sort = if draft.api_key { CredentialSort::ApiKey } else { CredentialSort::Tenant };
        self.write_token(scope, &self.checked(sort, grantor, draft)?, self.clock.now()).await
    }

    /// Makes a token of a partner, or of the platform when none is named.
    ///
    /// # Errors
    /// As [`Domain::create_token`], and [`Error::Beyond`] out of the caller's reach.
    pub async fn create_token_above(
        &self,
        scope: &AdminScope,
        grantor: &Principal,
        partner: Option<PartnerId>,
        draft: &TokenDraft,
    ) -> Result<(TokenInfo, SecretString)> {
        let partner = owner_above(scope, partner)?;
        let sort = if partner.is_some() { CredentialSort::Partner } else { CredentialSort::Platform };
        self.write_token_above(scope, partner, &self.checked(sort, grantor, draft)?, self.clock.now()).await
    }

    fn checked(&self, sort: CredentialSort, grantor: &Principal, draft: &TokenDraft) -> Result<TokenDraft> {
        let name = if draft.name.trim().is_empty() { String::new() } else { check_name("name", &draft.name)? };
        if draft.expires_at.is_some_and(|end| end <= self.clock.now()) {
            return Err(Error::Invalid { attribute: "expires_at", reason: "must lie in the future".to_owned() });
        }
        if draft.scopes.is_empty() && draft.roles.is_empty() {
            let reason = "must hold at least one scope, unless there is a role".to_owned();
            return Err(Error::Invalid { attribute: "scopes", reason });
        }
        let (scopes, roles) = sort.grant(&draft.scopes, &draft.roles)?;
        super::grants::check_grantor(grantor, &scopes, &roles)?;
        Ok(TokenDraft { scopes, roles, name, ..draft.clone() })
    }

    async fn write_token(
        &self,
        scope: &TenantScope,
        draft: &TokenDraft,
        now: DateTime<Utc>,
    ) -> Result<(TokenInfo, SecretString)> {
        let sort = if draft.api_key { TokenSort::ApiKey } else { TokenSort::Tenant };
        let (info, text, hash) = self.new_token(sort, (Some(scope.tenant()), None), draft, now);
        in_transaction!(self.store, scope, |tx| {
            if let Some(user) = draft.user {
                tx.find_user(user).await?.ok_or(Error::NotFound(Thing::User))?;
            }
            tx.insert_token(&info, &hash).await?;
            tx.record(&issued(&info), scope.actor(), info.created_at).await?;
            Ok::<_, Error>(())
        })?;
        Ok((info, text))
    }

    async fn write_token_above(
        &self,
        scope: &AdminScope,
        partner: Option<PartnerId>,
        draft: &TokenDraft,
        now: DateTime<Utc>,
    ) -> Result<(TokenInfo, SecretString)> {
        let (info, text, hash) = self.new_token(TokenSort::Platform, (None, partner), draft, now);
        in_transaction!(self.store.begin_platform(scope), |tx| {
            if let Some(partner) = partner {
                tx.find_partner(partner).await?.ok_or(Error::NotFound(Thing::Partner))?;
            }
            tx.insert_token(&info, &hash).await?;
            tx.record(&issued(&info), partner, scope.actor(), info.created_at).await?;
            Ok::<_, Error>(())
        })?;
        Ok((info, text))
    }

    fn new_token(
        &self,
        sort: TokenSort,
        (tenant, partner): (Option<TenantId>, Option<PartnerId>),
        draft: &TokenDraft,
        now: DateTime<Utc>,
    ) -> (TokenInfo, SecretString, TokenHash) {
        let id = TokenId::generate(&self.clock);
        let info = TokenInfo {
            id,
            tenant,
            partner,
            name: draft.name.clone(),
            api_key: draft.api_key,
            scopes: draft.scopes.iter().map(ToString::to_string).collect(),
            roles: draft.roles.iter().map(ToString::to_string).collect(),
            user: draft.user,
            created_at: now,
            expires_at: draft.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let (text, hash) = issue(sort, tenant.unwrap_or(TenantId::NONE), id);
        (info, text, hash)
    }

    /// Tokens and API keys of the tenant, the newest first, ended ones too.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_tokens(&self, scope: &TenantScope, window: Window) -> Result<Page<TokenInfo>> {
        Ok(self.store.statements(scope).await?.list_tokens(window).await?)
    }

    /// A token or API key of the tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn token(&self, scope: &TenantScope, id: TokenId) -> Result<TokenInfo> {
        self.store.statements(scope).await?.find_token(id).await?.ok_or(Error::NotFound(Thing::Token))
    }

    /// Tokens of the platform and of partners, or of one partner, the newest first.
    ///
    /// # Errors
    /// [`Error::Beyond`] out of the caller's reach.
    pub async fn list_tokens_above(
        &self,
        scope: &AdminScope,
        partner: Option<PartnerId>,
        window: Window,
    ) -> Result<Page<TokenInfo>> {
        let partner = owner_above(scope, partner)?;
        Ok(self.store.platform_statements(scope).await?.list_tokens(partner, window).await?)
    }

    /// A token of the platform or of a partner.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one out of the caller's reach.
    pub async fn token_above(&self, scope: &AdminScope, id: TokenId) -> Result<TokenInfo> {
        let own = owner_above(scope, None)?;
        let found = self.store.platform_statements(scope).await?.find_token(id).await?;
        let found = found.filter(|token| own.is_none() || token.partner == own);
        found.ok_or(Error::NotFound(Thing::Token))
    }

    /// Ends a token of the tenant at once, everywhere. One that has ended keeps its time.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn revoke_token(&self, scope: &TenantScope, id: TokenId) -> Result<()> {
        let now = self.clock.now();
        in_transaction!(self.store, scope, |tx| {
            if tx.end_token(id, now).await? {
                tx.record(&revoked(id), scope.actor(), now).await?;
                return Ok(());
            }
            tx.find_token(id).await?.map(|_| ()).ok_or(Error::NotFound(Thing::Token))
        })
    }

    /// Ends a token of the platform or of a partner at once, everywhere.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one out of the caller's reach.
    pub async fn revoke_token_above(&self, scope: &AdminScope, id: TokenId) -> Result<()> {
        let (token, now) = (self.token_above(scope, id).await?, self.clock.now());
        in_transaction!(self.store.begin_platform(scope), |tx| {
            if tx.end_token(id, now).await? {
                tx.record(&revoked(id), token.partner, scope.actor(), now).await?;
            }
            Ok::<_, Error>(())
        })
    }

    /// Every token there is, for the operator, the oldest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tokens(&self) -> Result<Vec<TokenInfo>> {
        Ok(self.store.platform_statements(&operator_everywhere()).await?.all_tokens().await?)
    }

    /// Ends a token for the operator, wherever it is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn revoke_any_token(&self, id: TokenId) -> Result<()> {
        let above = operator_everywhere();
        let tenant = self.store.platform_statements(&above).await?.tenant_of_token(id).await?;
        match tenant {
            Some(tenant) => self.revoke_token(&operator_in(tenant), id).await,
            None => self.revoke_token_above(&above, id).await,
        }
    }
}

/// Whose tokens above tenants the caller means: those of the partner named, or of their own.
fn owner_above(scope: &AdminScope, asked: Option<PartnerId>) -> Result<Option<PartnerId>> {
    match scope.reach() {
        Reach::Platform => Ok(asked),
        Reach::Partner(own) if asked.is_none_or(|asked| asked == own) => Ok(Some(own)),
        Reach::Partner(_) => Err(Error::Beyond("this token cannot be used for that partner".to_owned())),
        Reach::Tenant(_) => {
            let text = "only a credential of the platform or of a partner may be used for tokens above tenants";
            Err(Error::Beyond(text.to_owned()))
        }
    }
}

fn issued(token: &TokenInfo) -> Event {
    let after = json!({
        "name": token.name,
        "api_key": token.api_key,
        "scopes": token.scopes,
        "roles": token.roles,
        "user_id": token.user,
        "partner_id": token.partner,
        "expires_at": token.expires_at,
    });
    Event { kind: Kind::TokenIssued, resource: token.id.uuid(), before: None, after: Some(after) }
}

fn revoked(id: TokenId) -> Event {
    Event { kind: Kind::TokenRevoked, resource: id.uuid(), before: None, after: None }
}
