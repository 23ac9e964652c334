//! What a client says of itself in an assertion, by which it proves who it is (RFC 7523 sections 2.2 and 3). It is checked
//! with the client's own keys, and carries a mark by which it is known again.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::check::{self, Unverified};
use super::fault::JwtFault;
use crate::model::clock::Clock;
use crate::model::jwk::PublicKeys;

/// What lives longer is no proof of the moment.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// An assertion, before anything of it has been checked.
pub(in crate::auth) struct Assertion<'t>(Unverified<'t>);

/// By what a good assertion is known again.
pub(in crate::auth) struct Mark {
    /// Digest of its `jti`, or of what was signed: the signature itself has more than one spelling.
    pub(in crate::auth) digest: Vec<u8>,
    /// From when on it is refused anyway.
    pub(in crate::auth) ends: DateTime<Utc>,
}

impl<'t> Assertion<'t> {
    pub(in crate::auth) fn read(text: &'t str) -> Result<Self, JwtFault> {
        Unverified::read(text).map(Self)
    }

    /// The client it is about.
    pub(in crate::auth) fn client(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// Checks it: it must come from the client, be about it, be signed with one of its keys, and be meant for one of these
    /// audiences, now.
    pub(in crate::auth) fn check(
        &self,
        keys: &PublicKeys,
        audiences: &[String],
        clock: &Clock,
    ) -> Result<Mark, JwtFault> {
        if self.client() != Some(self.0.issuer.as_str()) {
            return Err(JwtFault::Issuer);
        }
        if !matches!(self.0.typ().as_deref(), None | Some("jwt" | "client-authentication+jwt")) {
            return Err(JwtFault::Type);
        }
        let key = keys.find(self.0.kid.as_deref(), self.0.algorithm).ok_or(JwtFault::Key)?;
        let (claims, now) = (self.0.verify(key)?, clock.now());
        check::check_times(&claims, now)?;
        let soon = |ends: &DateTime<Utc>| *ends <= now + LONGEST + check::LEEWAY;
        let ends = check::time(&claims, "exp")?.filter(soon).ok_or(JwtFault::Claim("exp"))?;
        check::check_audience(&claims, audiences)?;
        let digest = match check::text(&claims, "jti") {
            Some(jti) => Sha256::new().chain_update("jti:").chain_update(jti),
            None => Sha256::new().chain_update("signed:").chain_update(self.0.signed()),
        };
        Ok(Mark { digest: digest.finalize().to_vec(), ends: ends + check::LEEWAY })
    }
}
