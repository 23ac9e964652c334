//! Bearer tokens that are JWTs: the server's own and those of configured issuers (RFC 7519, 8725, 9068). An issuer's tokens
//! are checked with that issuer's keys alone, and no token says itself how it is to be checked.

mod assertion;
mod check;
mod claims;
mod fault;
mod fetch;
mod judge;
mod keyring;

use std::sync::Arc;

use self::check::{Claims, Unverified};
use self::keyring::{Keyring, Source};
use super::denied::Denied;
use crate::model::clock::Clock;
use crate::model::issuer::ExternalIssuer;
use crate::store::Store;

pub(super) use assertion::Assertion;
pub(super) use check::looks_like_one;
pub use fault::JwtFault;

/// Whose tokens are believed.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The address the server is known by. Without one the server's own tokens are believed by their keys alone, whatever
    /// address they were asked for at.
    pub issuer: Option<String>,
    /// Other issuers.
    pub issuers: Vec<ExternalIssuer>,
}

/// Checks JWTs.
pub(super) struct Jwts {
    issuer: Option<String>,
    own: Arc<Keyring>,
    external: Vec<(Arc<ExternalIssuer>, Arc<Keyring>)>,
    clock: Clock,
}

/// A token whose signature, times and audience are in order.
enum Verified {
    Own(Claims),
    External(Arc<ExternalIssuer>, Claims),
}

impl Jwts {
    pub(super) fn new(store: Store, clock: &Clock, trust: Trust) -> Self {
        let ring = |source| Arc::new(Keyring::new(source, clock.clone()));
        let external = trust.issuers.into_iter().map(Arc::new);
        Self {
            issuer: trust.issuer,
            own: ring(Source::Own(store)),
            external: external.map(|issuer| (Arc::clone(&issuer), ring(Source::External(issuer)))).collect(),
            clock: clock.clone(),
        }
    }

    async fn verify(&self, text: &str) -> Result<Verified, Denied> {
        let token = Unverified::read(text)?;
        match self.external.iter().find(|(issuer, _)| issuer.issuer == token.issuer) {
            Some((issuer, keys)) => {
                let claims = self.verify_external(&token, issuer, keys).await?;
                Ok(Verified::External(Arc::clone(issuer), claims))
            }
            None => Ok(Verified::Own(self.verify_own(&token).await?)),
        }
    }

    async fn verify_external(
        &self,
        token: &Unverified<'_>,
        issuer: &ExternalIssuer,
        keys: &Arc<Keyring>,
    ) -> Result<Claims, Denied> {
        if !issuer.algorithms.contains(&token.algorithm) {
            return Err(JwtFault::Header.into());
        }
        // Many issuers leave the type out; what is marked as something else is something else (RFC 8725 section 3.11).
        if !matches!(token.typ().as_deref(), None | Some("jwt" | "at+jwt")) {
            return Err(JwtFault::Type.into());
        }
        let claims = token.verify(&keys.find(token.kid.as_deref(), token.algorithm).await?)?;
        check::check_times(&claims, self.clock.now())?;
        check::check_audience(&claims, &issuer.audiences)?;
        Ok(claims)
    }

    async fn verify_own(&self, token: &Unverified<'_>) -> Result<Claims, Denied> {
        if self.issuer.as_ref().is_some_and(|issuer| *issuer != token.issuer) {
            return Err(JwtFault::Issuer.into());
        }
        if token.typ().as_deref() != Some("at+jwt") {
            return Err(JwtFault::Type.into());
        }
        let kid = token.kid.as_deref().ok_or(JwtFault::Key)?;
        let claims = token.verify(&self.own.find(Some(kid), token.algorithm).await?)?;
        check::check_times(&claims, self.clock.now())?;
        check::check_audience(&claims, &[&token.issuer])?;
        Ok(claims)
    }
}
