//! Admission: every request with a credential passes here once, whatever its protocol. The credential is judged, what
//! failed is counted, and what succeeded takes one from its buckets. Nothing here asks the database, except the judge for
//! a credential that it does not remember; and how a refusal reads is each facade's to say.

use poem::Request;
use poem::http::header::AUTHORIZATION;

use super::Services;
use super::context::header;
use crate::auth::{Authenticated, Authenticator, Denied, JwtFault};
use crate::edge::limits::{Attempt, Exceeded};
use crate::edge::proxies::Client;
use crate::model::event::Api;
use crate::model::principal::{Reach, TenantScope};
use crate::model::token::PresentedToken;

/// Why a request gets no further than its credential.
#[derive(Debug, thiserror::Error)]
pub(super) enum Turned {
    /// The credential does not get through.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There are too many requests like it.
    #[error(transparent)]
    Limited(#[from] Exceeded),
}

/// Where an API key is.
pub(super) const API_KEY: &str = "x-api-key";

/// The credential of a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Credential<'a> {
    /// The value of `Authorization`, if there is one.
    Bearer(Option<&'a str>),
    /// An API key.
    Key(&'a str),
}

impl Credential<'_> {
    async fn judge(self, authenticator: &Authenticator) -> Result<Authenticated, Denied> {
        match self {
            Self::Bearer(authorization) => authenticator.authenticate(authorization).await,
            Self::Key(key) => authenticator.authenticate_key(key).await,
        }
    }

    /// The secret's text, without the scheme before it.
    fn text(&self) -> &str {
        match self {
            Self::Bearer(authorization) => {
                let text = authorization.unwrap_or_default().trim();
                text.split_once(char::is_whitespace).map_or(text, |(_, token)| token.trim())
            }
            Self::Key(key) => key.trim(),
        }
    }
}

/// The tenant that the host of a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostTenant(pub(super) String);

impl Services {
    /// Has a request with a credential wait for its turn, and notes the attempt down. It must be dropped with its
    /// connection, so that nobody who has hung up stands in the line.
    pub(super) async fn queue(&self, request: &mut Request) {
        let headers = request.headers();
        let bearer = header(headers, AUTHORIZATION.as_str());
        let credential = match header(headers, API_KEY).filter(|_| bearer.is_none()) {
            Some(key) => Credential::Key(key),
            None => Credential::Bearer(bearer),
        };
        let text = credential.text();
        if text.is_empty() {
            return;
        }
        let named = || PresentedToken::parse(text).map(|token| token.id.to_string());
        let failures = self.limits.failures();
        let attempt = failures.attempt(source(request), named, text);
        failures.turn(&attempt).await;
        request.extensions_mut().insert(attempt);
    }

    /// Lets a request with a bearer token in.
    pub(super) async fn admit(&self, request: &Request) -> Result<Authenticated, Turned> {
        self.admit_by(request, Credential::Bearer(header(request.headers(), AUTHORIZATION.as_str()))).await
    }

    /// Lets a request with this credential in.
    pub(super) async fn admit_by(
        &self,
        request: &Request,
        credential: Credential<'_>,
    ) -> Result<Authenticated, Turned> {
        let attempt = request.extensions().get::<Attempt>();
        match credential.judge(&self.authenticator).await {
            Ok(who) => {
                attempt.inspect(|attempt| self.limits.failures().right(attempt));
                self.charge(&who)?;
                Ok(who)
            }
            Err(denied) => {
                if let Some(attempt) = attempt.filter(|_| is_a_guess(&denied)) {
                    self.limits.failures().wrong(attempt).map_err(|exceeded| self.limited(exceeded))?;
                }
                Err(denied.into())
            }
        }
    }

    /// Notes that a request was refused because there were too many.
    pub(super) fn limited(&self, exceeded: Exceeded) -> Exceeded {
        self.metrics.limited(exceeded.limit.as_str());
        exceeded
    }

    /// A credential that reaches several tenants uses up nobody's bucket but its own.
    fn charge(&self, who: &Authenticated) -> Result<(), Exceeded> {
        let own = who.own_tenant().map(|tenant| (tenant.id, tenant.settings.requests));
        self.limits.take(&who.principal.name, own).map_err(|exceeded| self.limited(exceeded))
    }

    /// The scope of a tenant: the one named, else that of the host the request was sent to, else the credential's own.
    /// The host's must be within the credential's reach, and no other may be named beside it.
    ///
    /// # Errors
    /// As [`Authenticator::scope`].
    pub(super) async fn scope(
        &self,
        who: &Authenticated,
        named: Option<&str>,
        host: Option<&HostTenant>,
        by: (Api, &str),
    ) -> Result<TenantScope, Denied> {
        let (api, request_id) = by;
        let Some(HostTenant(slug)) = host else {
            return self.authenticator.scope(who, named, api, request_id).await;
        };
        let of_host =
            self.authenticator.scope(who, Some(slug), api, request_id).await.map_err(|denied| match denied {
                Denied::NoSuchTenant => Denied::Foreign,
                other => other,
            })?;
        match named {
            Some(named) => {
                let scope = self.authenticator.scope(who, Some(named), api, request_id).await?;
                if scope.tenant() == of_host.tenant() { Ok(scope) } else { Err(Denied::Foreign) }
            }
            None => Ok(of_host),
        }
    }

    /// Refuses a tenant's credential at the host of another one, also where no tenant is needed.
    pub(super) async fn check_host(
        &self,
        who: &Authenticated,
        host: Option<&HostTenant>,
        by: (Api, &str),
    ) -> Result<(), Denied> {
        match (host, who.principal.reach) {
            (Some(_), Reach::Tenant(_)) => self.scope(who, None, host, by).await.map(drop),
            _ => Ok(()),
        }
    }
}

/// Where a request comes from.
pub(super) fn source(request: &Request) -> Option<std::net::IpAddr> {
    request.extensions().get::<Client>().and_then(|client| client.address)
}

/// Whether it can be one of many attempts to find a secret. Whoever sends none guesses none; whoever sends one that was
/// right once, and has ended or is used in the wrong place, has found it.
const fn is_a_guess(denied: &Denied) -> bool {
    match denied {
        Denied::Unknown => true,
        Denied::Jwt(fault) => !matches!(fault, JwtFault::Expired(_) | JwtFault::NotYet),
        _ => false,
    }
}
