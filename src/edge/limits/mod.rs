//! Who asks too often. Every tenant and every credential has a bucket of requests, every source of failed sign-ins one of
//! failures; all of it is this server's own memory, bounded, and asks nobody. It judges numbers only: who a request comes
//! from is decided before, and how a refusal reads in a protocol after.
//!
//! Several servers do not tell each other what they have counted. Each allows its part of a rate, the rate divided by the
//! number of servers in the settings; a balancer that spreads requests evenly makes them one limit again. One that does
//! not, or a number that is too low, lets a tenant have at most the rate times the number of servers.

mod bucket;
mod failures;

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

pub use self::failures::{Attempt, Failures};

use self::bucket::Buckets;
use crate::model::ids::TenantId;
use crate::model::rate::{Rate, Stopwatch};

/// What may be asked how often; `None` for as often as one likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// Requests of the credentials of one tenant.
    pub tenant: Option<Rate>,
    /// Requests of one credential.
    pub credential: Option<Rate>,
    /// Failed sign-ins from one address (of IPv6, one network of 64 bits).
    pub failed_address: Option<Rate>,
    /// Failed sign-ins with the id of one token or client.
    pub failed_id: Option<Rate>,
    /// How many servers share the rates.
    pub servers: NonZeroU32,
}

impl Default for Rates {
    /// Far above what an identity provider sends in its first cycle, and below what keeps others from being served.
    fn default() -> Self {
        Self {
            tenant: Some(rate(500, 10_000)),
            credential: Some(rate(250, 5_000)),
            failed_address: Some(rate(10, 1_000)),
            failed_id: Some(rate(5, 500)),
            servers: NonZeroU32::MIN,
        }
    }
}

impl Rates {
    /// No limits at all.
    #[must_use]
    pub const fn off() -> Self {
        Self { tenant: None, credential: None, failed_address: None, failed_id: None, servers: NonZeroU32::MIN }
    }
}

const fn rate(count: u32, burst: u32) -> Rate {
    Rate::per_second(
        NonZeroU32::new(count).expect("a rate above is not 0"),
        NonZeroU32::new(burst).expect("a burst above is not 0"),
    )
}

/// What was asked for too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Requests of a tenant.
    Tenant,
    /// Requests of a credential.
    Credential,
    /// Failed sign-ins from an address.
    FailedAddress,
    /// Failed sign-ins with an id.
    FailedId,
}

impl Limit {
    /// A word for monitoring.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Credential => "credential",
            Self::FailedAddress => "failed_address",
            Self::FailedId => "failed_id",
        }
    }
}

/// A request is refused because there were too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}; try again in {retry_after} s", told(*.limit))]
pub struct Exceeded {
    /// Of what.
    pub limit: Limit,
    /// Whole seconds after which there is room again, at least one. A number, never a date: Okta reads nothing else.
    pub retry_after: u32,
}

impl Exceeded {
    fn new(limit: Limit, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self { limit, retry_after: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX) }
    }
}

const fn told(limit: Limit) -> &'static str {
    match limit {
        Limit::Tenant => "the tenant sends more requests than it may",
        Limit::Credential => "more requests are sent with this credential than it may",
        Limit::FailedAddress => {
            "the credential was not accepted, and too many were not that came from this address; check the credential"
        }
        Limit::FailedId => {
            "the credential was not accepted, and too many were not that name the same id; check the credential"
        }
    }
}

/// All counts of one server.
pub struct Limits {
    tenants: Buckets<TenantId>,
    credentials: Buckets<u64>,
    failures: Failures,
    servers: NonZeroU32,
}

impl Limits {
    /// Nothing counted yet. `stopwatch` tells how the time goes by.
    #[must_use]
    pub fn new(rates: &Rates, stopwatch: &Stopwatch) -> Self {
        let part = |rate: Option<Rate>| rate.map(|rate| rate.shared_by(rates.servers));
        Self {
            tenants: Buckets::new(part(rates.tenant), stopwatch),
            credentials: Buckets::new(part(rates.credential), stopwatch),
            failures: Failures::new(part(rates.failed_address), part(rates.failed_id), stopwatch),
            servers: rates.servers,
        }
    }

    /// Takes one request from the bucket of the credential of this name, and then from that of the tenant it belongs to,
    /// which may have a rate of its own.
    ///
    /// # Errors
    /// One of them is empty.
    pub fn take(&self, credential: &str, tenant: Option<(TenantId, Option<Rate>)>) -> Result<(), Exceeded> {
        let credential = self.failures.fingerprint(credential);
        self.credentials.take(credential, None).map_err(|wait| Exceeded::new(Limit::Credential, wait))?;
        let Some((id, own)) = tenant else { return Ok(()) };
        let own = own.map(|rate| rate.shared_by(self.servers));
        self.tenants.take(id, own).map_err(|wait| Exceeded::new(Limit::Tenant, wait))
    }

    /// What is known of failed sign-ins.
    #[must_use]
    pub const fn failures(&self) -> &Failures {
        &self.failures
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limits")
    }
}

#[cfg(test)]
mod tests;
