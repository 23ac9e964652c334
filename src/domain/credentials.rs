//! Issuing and ending credentials. A secret leaves here once, and only its hash stays.

use chrono::TimeDelta;
use secrecy::SecretString;

use super::{Domain, Error, Result, Thing};
use crate::model::filter::{Field, Filter, Kind, Literal};
use crate::model::fold::fold;
use crate::model::ids::{ClientId, PartnerId, TenantId, TokenId, UserId};
use crate::model::listing::{Part, Resource, ResourceKind, Wanted};
use crate::model::page::Window;
use crate::model::principal::{Reach, Role, Scope};
use crate::model::tenant::Tenant;
use crate::model::token::{TokenInfo, TokenSort, issue, issue_client_secret};
use crate::store::clients::ClientInfo;

/// A token to be made.
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

/// An OAuth client to be registered.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// Its tenant; `None` for the platform.
    pub tenant: Option<TenantId>,
    /// A name people give it.
    pub name: String,
    /// Scopes it may ask for.
    pub scopes: Vec<Scope>,
}

/// How long a rotated secret goes on working.
const SECRET_OVERLAP: TimeDelta = TimeDelta::hours(24);

impl Domain {
    /// Makes a token. Its text is returned here and never again.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is for a user that is not there, [`Error::Invalid`] for a lifetime out of range.
    pub async fn issue_token(&self, new: &NewToken) -> Result<(TokenInfo, SecretString)> {
        let (tenant, partner) = match new.reach {
            Reach::Tenant(tenant) => (Some(tenant), None),
            Reach::Partner(partner) => (None, Some(partner)),
            Reach::Platform => (None, None::<PartnerId>),
        };
        let user = match (&new.user_name, tenant) {
            (Some(name), Some(tenant)) => {
                let tenant = self.tenant(&tenant.to_string()).await?;
                Some(self.user_named(&tenant, name).await?)
            }
            _ => None,
        };
        let sort = match (tenant, new.api_key) {
            (Some(_), true) => TokenSort::ApiKey,
            (Some(_), false) => TokenSort::Tenant,
            (None, _) => TokenSort::Platform,
        };
        let (now, id) = (self.clock.now(), TokenId::generate(&self.clock));
        let info = TokenInfo {
            id,
            tenant,
            partner,
            name: new.name.clone(),
            api_key: new.api_key,
            scopes: new.scopes.iter().map(ToString::to_string).collect(),
            roles: new.roles.iter().map(ToString::to_string).collect(),
            user,
            created_at: now,
            expires_at: new.ttl.map(|ttl| now.checked_add_signed(ttl).ok_or_else(too_long)).transpose()?,
            last_used_at: None,
            revoked_at: None,
        };
        let (text, hash) = issue(sort, tenant.unwrap_or(TenantId::NONE), id);
        self.store.insert_token(&info, &hash).await?;
        Ok((info, text))
    }

    async fn user_named(&self, tenant: &Tenant, name: &str) -> Result<UserId> {
        let filter = Filter::equals(Field::core("userName", Kind::Text), Literal::Text(fold(name)));
        let wanted = Wanted { kind: ResourceKind::User, filter: Some(filter), sort: None, groups: false };
        let first = Part::Window(Window { offset: 0, limit: 1 });
        let found = self.list(&self.operator(tenant), &[wanted], &first).await?;
        match found.items.first() {
            Some(Resource::User(user)) => Ok(user.id),
            _ => Err(Error::NotFound(Thing::User)),
        }
    }

    /// Every token there is.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tokens(&self) -> Result<Vec<TokenInfo>> {
        Ok(self.store.tokens().await?)
    }

    /// Ends a token at once, everywhere.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn revoke_token(&self, id: TokenId) -> Result<()> {
        let found = self.store.revoke_token(id, self.clock.now()).await?;
        if found { Ok(()) } else { Err(Error::NotFound(Thing::Token)) }
    }

    /// Registers an OAuth client. Its secret is returned here and never again.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn register_client(&self, new: &NewClient) -> Result<(ClientInfo, SecretString)> {
        let info = ClientInfo {
            id: ClientId::generate(&self.clock),
            tenant: new.tenant,
            name: new.name.clone(),
            scopes: new.scopes.iter().map(ToString::to_string).collect(),
            created_at: self.clock.now(),
            revoked_at: None,
        };
        let (secret, hash) = issue_client_secret();
        self.store.insert_client(&info, &hash).await?;
        Ok((info, secret))
    }

    /// Every OAuth client there is.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn clients(&self) -> Result<Vec<ClientInfo>> {
        Ok(self.store.clients().await?)
    }

    /// Ends an OAuth client.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn revoke_client(&self, id: ClientId) -> Result<()> {
        let found = self.store.revoke_client(id, self.clock.now()).await?;
        if found { Ok(()) } else { Err(Error::NotFound(Thing::Client)) }
    }

    /// Gives an OAuth client a new secret; the old one works for another 24 hours.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn rotate_client(&self, id: ClientId) -> Result<SecretString> {
        let (secret, hash) = issue_client_secret();
        let found = self.store.rotate_client(id, &hash, self.clock.now() + SECRET_OVERLAP).await?;
        if found { Ok(secret) } else { Err(Error::NotFound(Thing::Client)) }
    }
}

fn too_long() -> Error {
    Error::Invalid { attribute: "ttl", reason: "ends after the end of time".to_owned() }
}
