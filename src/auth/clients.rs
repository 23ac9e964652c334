//! OAuth clients that prove who they are at a token endpoint: with a secret, or with a JWT signed by a key they have
//! registered (RFC 6749 section 2.3, RFC 7523 section 2.2). Whatever does not fit gets one answer, whether or not there is
//! such a client or tenant.

use super::authenticator::{Authenticator, check_standing};
use super::denied::Denied;
use super::jwt::Assertion;
use crate::model::ids::{ClientId, TenantId};
use crate::model::jwk::PublicKeys;
use crate::model::token::{TokenHash, client_secret_hash};
use crate::store;
use crate::store::client_access::{FoundClient, Owner};
use crate::store::clients::ClientInfo;

/// At whose token endpoint a client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint<'a> {
    /// The platform's.
    Platform,
    /// That of the tenant with this slug.
    Tenant(&'a str),
}

/// How a client proves who it is.
pub enum Proof<'a> {
    /// By its secret.
    Secret {
        /// The client's id, as it was sent.
        client: &'a str,
        /// Its secret.
        secret: &'a str,
    },
    /// By a signed JWT.
    Assertion {
        /// The JWT.
        jwt: &'a str,
        /// The client's id, where it was sent beside.
        client: Option<&'a str>,
        /// What the JWT may be meant for: this server.
        audiences: &'a [String],
    },
}

/// Why a client gets no token.
#[derive(Debug, thiserror::Error)]
pub enum ClientDenied {
    /// There is no such client here, or it has not proved to be it.
    #[error("the client is unknown here, or has not proved who it is")]
    Unproved,
    /// It is the client it says, and may not have tokens; the text says why.
    #[error("{0}")]
    Barred(String),
    /// It could not be judged.
    #[error("the server is busy; try again")]
    Unavailable(#[from] store::Error),
}

impl Authenticator {
    /// The client that asks, once it has proved who it is.
    ///
    /// # Errors
    /// See [`ClientDenied`].
    pub async fn client(&self, at: Endpoint<'_>, proof: &Proof<'_>) -> Result<ClientInfo, ClientDenied> {
        let found = match proof {
            Proof::Secret { client, secret } => self.client_by_secret(at, client, secret).await?,
            Proof::Assertion { jwt, client, audiences } => self.client_by_jwt(at, jwt, *client, audiences).await?,
        };
        if let Some(since) = found.info.revoked_at {
            return Err(ClientDenied::Barred(format!("the client was revoked on {since}; register another one")));
        }
        if let Some(tenant) = &found.tenant {
            check_standing(tenant.standing).map_err(|denied: Denied| ClientDenied::Barred(denied.to_string()))?;
        }
        Ok(found.info)
    }

    async fn client_by_secret(&self, at: Endpoint<'_>, id: &str, secret: &str) -> Result<FoundClient, ClientDenied> {
        let presented = client_secret_hash(secret);
        let found = self.find_client(at, id).await?;
        // What is not there is compared with as well: the answer takes as long.
        let nobody = TokenHash(vec![0; presented.0.len()]);
        let current = found.as_ref().map_or(&nobody, |client| &client.secret).matches(&presented);
        let now = self.clock.now();
        let before = found.as_ref().and_then(|client| client.previous.as_ref()).filter(|(_, until)| *until > now);
        let previous = before.map_or(&nobody, |(hash, _)| hash).matches(&presented);
        found.filter(|_| current || previous).ok_or(ClientDenied::Unproved)
    }

    async fn client_by_jwt(
        &self,
        at: Endpoint<'_>,
        jwt: &str,
        beside: Option<&str>,
        audiences: &[String],
    ) -> Result<FoundClient, ClientDenied> {
        let unproved = |fault| {
            tracing::debug!(%fault, "a client's assertion was not taken");
            ClientDenied::Unproved
        };
        let assertion = Assertion::read(jwt).map_err(unproved)?;
        let id = assertion.client().filter(|id| beside.is_none_or(|beside| beside == *id));
        let found = self.find_client(at, id.ok_or(ClientDenied::Unproved)?).await?;
        let found = found.ok_or(ClientDenied::Unproved)?;
        let keys = PublicKeys::read(found.jwks.as_ref().ok_or(ClientDenied::Unproved)?);
        let mark = assertion.check(&keys, audiences, &self.clock).map_err(unproved)?;
        let owner = (found.info.tenant.unwrap_or(TenantId::NONE), found.info.id);
        if self.store.use_assertion(owner, &mark.digest, mark.ends).await? {
            return Ok(found);
        }
        tracing::warn!(client.id = %found.info.id, "a client's assertion was sent a second time");
        Err(ClientDenied::Unproved)
    }

    async fn find_client(&self, at: Endpoint<'_>, id: &str) -> Result<Option<FoundClient>, ClientDenied> {
        let Ok(id) = id.parse::<ClientId>() else { return Ok(None) };
        let owner = match at {
            Endpoint::Platform => Owner::Platform,
            Endpoint::Tenant(slug) => Owner::Slug(slug),
        };
        Ok(self.store.find_client(owner, id).await?)
    }
}
