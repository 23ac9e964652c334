//! OAuth clients: who may ask for tokens with a secret of their own.

use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::grants::{CredentialSort, check_grantor};
use crate::domain::check::check_name;
use crate::domain::operator::{operator_everywhere, operator_in};
use crate::domain::{Domain, Error, Result, Thing};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::ids::{ClientId, TenantId};
use crate::model::jwk::{self, KeyFault};
use crate::model::page::{Page, Window};
use crate::model::principal::{AdminScope, Principal, Reach, Scope, TenantScope};
use crate::model::token::{TokenHash, issue_client_secret};
use crate::store::clients::ClientInfo;

/// An OAuth client to be registered.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// A name people give it.
    pub name: String,
    /// Scopes it may ask for.
    pub scopes: Vec<Scope>,
    /// The public keys, a JWK or a JWK set, with which it proves itself instead of a secret (RFC 7523).
    pub jwks: Option<Value>,
}

/// How long a rotated secret goes on working.
const SECRET_OVERLAP: TimeDelta = TimeDelta::hours(24);

/// How long an assertion that has expired is remembered all the same: the clocks of servers differ.
const AFTERLIFE: TimeDelta = TimeDelta::hours(1);

impl Domain {
    /// Forgets the assertions of clients that expired a while ago; returns how many.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn forget_assertions(&self) -> Result<usize> {
        Ok(self.store.forget_assertions(self.clock.now() - AFTERLIFE).await?)
    }

    /// Registers a client of the tenant. Its secret is returned here and never again.
    ///
    /// # Errors
    /// [`Error::Beyond`] when it would have more rights than who asks for it, [`Error::Invalid`].
    pub async fn create_client(
        &self,
        scope: &TenantScope,
        grantor: &Principal,
        new: &NewClient,
    ) -> Result<(ClientInfo, SecretString)> {
        self.write_client(scope, &checked(CredentialSort::Tenant, grantor, new)?).await
    }

    /// Registers a client of the platform.
    ///
    /// # Errors
    /// As [`Domain::create_client`], and [`Error::Beyond`] unless the caller reaches the platform.
    pub async fn create_platform_client(
        &self,
        scope: &AdminScope,
        grantor: &Principal,
        new: &NewClient,
    ) -> Result<(ClientInfo, SecretString)> {
        check_platform(scope)?;
        self.write_platform_client(scope, &checked(CredentialSort::Platform, grantor, new)?).await
    }

    /// Registers a client for the operator, who may give anything: of the tenant named, else of the platform. For one that
    /// has keys the secret is nobody's and need not be kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] for keys that cannot be used.
    pub async fn register_client(
        &self,
        tenant: Option<TenantId>,
        new: &NewClient,
    ) -> Result<(ClientInfo, SecretString)> {
        let new = NewClient { jwks: checked_keys(new)?, ..new.clone() };
        match tenant {
            Some(tenant) => self.write_client(&operator_in(tenant), &new).await,
            None => self.write_platform_client(&operator_everywhere(), &new).await,
        }
    }

    async fn write_client(&self, scope: &TenantScope, new: &NewClient) -> Result<(ClientInfo, SecretString)> {
        let (info, secret, hash) = self.new_client(Some(scope.tenant()), new);
        in_transaction!(self.store, scope, |tx| {
            tx.insert_client(&info, &hash, new.jwks.as_ref()).await?;
            tx.record(&registered(&info), scope.actor(), info.created_at).await?;
            Ok::<_, Error>(())
        })?;
        Ok((info, secret))
    }

    async fn write_platform_client(&self, scope: &AdminScope, new: &NewClient) -> Result<(ClientInfo, SecretString)> {
        let (info, secret, hash) = self.new_client(None, new);
        in_transaction!(self.store.begin_platform(scope), |tx| {
            tx.insert_client(&info, &hash, new.jwks.as_ref()).await?;
            tx.record(&registered(&info), None, scope.actor(), info.created_at).await?;
            Ok::<_, Error>(())
        })?;
        Ok((info, secret))
    }

    fn new_client(&self, tenant: Option<TenantId>, new: &NewClient) -> (ClientInfo, SecretString, TokenHash) {
        let info = ClientInfo {
            id: ClientId::generate(&self.clock),
            tenant,
            name: new.name.clone(),
            scopes: new.scopes.iter().map(ToString::to_string).collect(),
            created_at: self.clock.now(),
            revoked_at: None,
        };
        let (secret, hash) = issue_client_secret();
        (info, secret, hash)
    }

    /// Clients of the tenant, the newest first, ended ones too.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_clients(&self, scope: &TenantScope, window: Window) -> Result<Page<ClientInfo>> {
        Ok(self.store.statements(scope).await?.list_clients(window).await?)
    }

    /// Clients of the platform, the newest first, ended ones too.
    ///
    /// # Errors
    /// [`Error::Beyond`] unless the caller reaches the platform.
    pub async fn list_platform_clients(&self, scope: &AdminScope, window: Window) -> Result<Page<ClientInfo>> {
        check_platform(scope)?;
        Ok(self.store.platform_statements(scope).await?.list_clients(window).await?)
    }

    /// Ends a client of the tenant at once. One that has ended keeps its time.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn revoke_client(&self, scope: &TenantScope, id: ClientId) -> Result<()> {
        let now = self.clock.now();
        in_transaction!(self.store, scope, |tx| {
            if tx.end_client(id, now).await? {
                tx.record(&plain(Kind::ClientRevoked, id), scope.actor(), now).await?;
                return Ok(());
            }
            tx.find_client(id).await?.map(|_| ()).ok_or(Error::NotFound(Thing::Client))
        })
    }

    /// Ends a client of the platform at once.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Beyond`] unless the caller reaches the platform.
    pub async fn revoke_platform_client(&self, scope: &AdminScope, id: ClientId) -> Result<()> {
        check_platform(scope)?;
        let now = self.clock.now();
        in_transaction!(self.store.begin_platform(scope), |tx| {
            if tx.end_client(id, now).await? {
                tx.record(&plain(Kind::ClientRevoked, id), None, scope.actor(), now).await?;
                return Ok(());
            }
            tx.find_client(id).await?.map(|_| ()).ok_or(Error::NotFound(Thing::Client))
        })
    }

    /// Gives a client of the tenant a new secret; the old one works for another 24 hours.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that was revoked.
    pub async fn rotate_client(&self, scope: &TenantScope, id: ClientId) -> Result<(ClientInfo, SecretString)> {
        let ((secret, hash), now) = (issue_client_secret(), self.clock.now());
        let info = in_transaction!(self.store, scope, |tx| {
            if !tx.rotate_client(id, &hash, now + SECRET_OVERLAP).await? {
                return Err(Error::NotFound(Thing::Client));
            }
            tx.record(&plain(Kind::ClientRotated, id), scope.actor(), now).await?;
            tx.find_client(id).await?.ok_or(Error::NotFound(Thing::Client))
        })?;
        Ok((info, secret))
    }

    /// Gives a client of the platform a new secret; the old one works for another 24 hours.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that was revoked; [`Error::Beyond`] unless the caller reaches the platform.
    pub async fn rotate_platform_client(&self, scope: &AdminScope, id: ClientId) -> Result<(ClientInfo, SecretString)> {
        check_platform(scope)?;
        let ((secret, hash), now) = (issue_client_secret(), self.clock.now());
        let info = in_transaction!(self.store.begin_platform(scope), |tx| {
            if !tx.rotate_client(id, &hash, now + SECRET_OVERLAP).await? {
                return Err(Error::NotFound(Thing::Client));
            }
            tx.record(&plain(Kind::ClientRotated, id), None, scope.actor(), now).await?;
            tx.find_client(id).await?.ok_or(Error::NotFound(Thing::Client))
        })?;
        Ok((info, secret))
    }

    /// Every client there is, for the operator, the oldest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn clients(&self) -> Result<Vec<ClientInfo>> {
        Ok(self.store.platform_statements(&operator_everywhere()).await?.all_clients().await?)
    }

    /// Ends a client for the operator, wherever it is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn revoke_any_client(&self, id: ClientId) -> Result<()> {
        match self.tenant_of_client(id).await? {
            Some(tenant) => self.revoke_client(&operator_in(tenant), id).await,
            None => self.revoke_platform_client(&operator_everywhere(), id).await,
        }
    }

    /// Gives a client a new secret for the operator, wherever it is; see [`Domain::rotate_client`].
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn rotate_any_client(&self, id: ClientId) -> Result<SecretString> {
        let rotated = match self.tenant_of_client(id).await? {
            Some(tenant) => self.rotate_client(&operator_in(tenant), id).await,
            None => self.rotate_platform_client(&operator_everywhere(), id).await,
        };
        Ok(rotated?.1)
    }

    async fn tenant_of_client(&self, id: ClientId) -> Result<Option<TenantId>> {
        Ok(self.store.platform_statements(&operator_everywhere()).await?.tenant_of_client(id).await?)
    }
}

fn checked(sort: CredentialSort, grantor: &Principal, new: &NewClient) -> Result<NewClient> {
    let name = if new.name.trim().is_empty() { String::new() } else { check_name("name", &new.name)? };
    if new.scopes.is_empty() {
        let reason = "must hold at least one scope".to_owned();
        return Err(Error::Invalid { attribute: "scopes", reason });
    }
    let (scopes, _) = sort.grant(&new.scopes, &[])?;
    check_grantor(grantor, &scopes, &[])?;
    Ok(NewClient { name, scopes, jwks: checked_keys(new)? })
}

fn checked_keys(new: &NewClient) -> Result<Option<Value>> {
    let unfit = |fault: KeyFault| Error::Invalid { attribute: "jwks", reason: fault.to_string() };
    new.jwks.as_ref().map(jwk::registered).transpose().map_err(unfit)
}

fn check_platform(scope: &AdminScope) -> Result<()> {
    match scope.reach() {
        Reach::Platform => Ok(()),
        Reach::Partner(_) | Reach::Tenant(_) => {
            Err(Error::Beyond("only a credential of the platform may be used for clients above tenants".to_owned()))
        }
    }
}

fn registered(client: &ClientInfo) -> Event {
    let after = json!({ "name": client.name, "scopes": client.scopes });
    Event { after: Some(after), ..plain(Kind::ClientRegistered, client.id) }
}

fn plain(kind: Kind, id: ClientId) -> Event {
    Event { kind, resource: id.uuid(), before: None, after: None }
}
