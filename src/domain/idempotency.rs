//! Requests that a client may repeat without their being done twice: whoever comes first claims the request, does it and
//! leaves the answer; a repeat gets that answer. An attempt that stops without one, its server having died, holds the
//! request no longer than its lease.

use chrono::TimeDelta;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Domain, Result};
use crate::model::ids::TenantId;
use crate::model::principal::{Principal, Reach};
use crate::store::idempotency::{AttemptKey, AttemptTimes, KnownRequest};

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// How long an attempt counts as running after it last said so.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Rows that are forgotten in one statement.
const BATCH: usize = 1_000;

/// A request that may be repeated.
#[derive(Debug, Clone, Copy)]
pub struct Repeatable<'r> {
    /// Who asks. Keys of one reach are apart from those of another.
    pub principal: &'r Principal,
    /// What its `Idempotency-Key` says.
    pub key: &'r str,
    /// Method and path.
    pub endpoint: &'r str,
    /// The query string.
    pub query: &'r str,
    /// The body.
    pub body: &'r [u8],
}

/// An attempt that may go on.
#[derive(Debug, Clone)]
pub struct Claim(AttemptKey);

/// An answer that is kept for repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// Its headers, as an object of texts.
    pub headers: Value,
    /// Its body; `None` when it showed a secret.
    pub body: Option<Vec<u8>>,
}

/// What is to be done about a request.
#[derive(Debug)]
pub enum Begun {
    /// It is the first: do it, then [`Domain::answer_request`] or [`Domain::release_request`].
    First(Claim),
    /// It was answered before.
    Answered(KeptAnswer),
    /// The first one is still running.
    Running,
    /// The key was used for something else, or by somebody with other rights.
    Misused,
}

impl Domain {
    /// Begins a request, or finds what came of it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn begin_request(&self, request: &Repeatable<'_>) -> Result<Begun> {
        let now = self.clock.now();
        let times = AttemptTimes { now, lease_until: now + LEASE, forgotten_before: now - KEPT };
        let fingerprint = fingerprint(request);
        loop {
            let key = attempt_key(request);
            if self.store.claim_request(&key, &fingerprint, times).await? {
                return Ok(Begun::First(Claim(key)));
            }
            // It may be given up between the two statements; then it can be claimed.
            if let Some(known) = self.store.known_request(&key).await? {
                return Ok(judge(known, &fingerprint));
            }
        }
    }

    /// Says that the attempt still runs. To be said more often than once a minute.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn renew_request(&self, claim: &Claim) -> Result<()> {
        Ok(self.store.renew_request(&claim.0, self.clock.now() + LEASE).await?)
    }

    /// Keeps the answer for repeats.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn answer_request(&self, claim: &Claim, answer: &KeptAnswer) -> Result<()> {
        let (status, body) = (i32::from(answer.status), answer.body.as_deref());
        Ok(self.store.answer_request(&claim.0, status, &answer.headers, body).await?)
    }

    /// Gives the request up: a repeat is a first attempt again.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn release_request(&self, claim: &Claim) -> Result<()> {
        Ok(self.store.release_request(&claim.0).await?)
    }

    /// Forgets what was kept for long enough; returns how many requests that were.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn forget_requests(&self) -> Result<usize> {
        let (before, mut gone) = (self.clock.now() - KEPT, 0);
        loop {
            let batch = self.store.forget_requests(before, i64::try_from(BATCH).unwrap_or(i64::MAX)).await?;
            gone += batch;
            if batch < BATCH {
                return Ok(gone);
            }
        }
    }
}

fn judge(known: KnownRequest, fingerprint: &[u8]) -> Begun {
    if known.fingerprint != fingerprint {
        return Begun::Misused;
    }
    match known.status.and_then(|status| u16::try_from(status).ok()) {
        None => Begun::Running,
        Some(status) => {
            let headers = known.headers.unwrap_or_default();
            Begun::Answered(KeptAnswer { status, headers, body: known.body })
        }
    }
}

fn attempt_key(request: &Repeatable<'_>) -> AttemptKey {
    let (tenant, reach) = match request.principal.reach {
        Reach::Tenant(tenant) => (tenant, String::new()),
        Reach::Partner(partner) => (TenantId::NONE, format!("partner {partner}")),
        Reach::Platform => (TenantId::NONE, "platform".to_owned()),
    };
    let parts = [reach.as_bytes(), request.endpoint.as_bytes(), request.key.as_bytes()];
    #[expect(clippy::disallowed_methods, reason = "an attempt is no record and needs no order")]
    let attempt = Uuid::new_v4();
    AttemptKey { tenant, request: digest(&parts), attempt }
}

/// All that makes it the same request, the rights of who asks among it: an answer is not for somebody with other ones.
fn fingerprint(request: &Repeatable<'_>) -> Vec<u8> {
    let Principal { scopes, roles, user, api_key, .. } = request.principal;
    let rights = format!("{scopes:?} {roles:?} {user:?} {api_key}");
    digest(&[request.query.as_bytes(), rights.as_bytes(), request.body])
}

/// Lengths keep the parts apart.
fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().to_vec()
}
