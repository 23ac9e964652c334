//! The rows of requests that may be repeated: one a request, claimed by its first attempt, later holding its answer.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::statement::statement;
use super::tables::idempotency_keys;
use crate::model::ids::TenantId;

/// Which request it is, and which attempt at it.
#[derive(Debug, Clone)]
pub struct AttemptKey {
    /// The tenant of who asks; [`TenantId::NONE`] above tenants.
    pub tenant: TenantId,
    /// Digest of what makes it a repeat.
    pub request: Vec<u8>,
    /// The attempt.
    pub attempt: Uuid,
}

/// When an attempt begins, and what is out of date by then.
#[derive(Debug, Clone, Copy)]
pub struct AttemptTimes {
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when the attempt counts as running unless it says more.
    pub lease_until: DateTime<Utc>,
    /// Rows made before are forgotten.
    pub forgotten_before: DateTime<Utc>,
}

/// What is known of a request that was made before.
#[derive(Debug, Clone, Queryable)]
pub struct KnownRequest {
    /// Digest of all else that makes it the same request.
    pub fingerprint: Vec<u8>,
    /// The status of its answer; `None` while it runs.
    pub status: Option<i32>,
    /// Headers of its answer.
    pub headers: Option<Value>,
    /// Body of its answer; `None` when it was not to be kept.
    pub body: Option<Vec<u8>>,
}

impl Store {
    /// Claims a request for an attempt. `false` when it is claimed or answered already: not when that was forgotten, nor
    /// when the attempt that claimed the same request has stopped without an answer.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn claim_request(
        &self,
        key: &AttemptKey,
        fingerprint: &[u8],
        times: AttemptTimes,
    ) -> Result<bool, Error> {
        let mut loan = self.loan().await?;
        let claimed = statement(
            "INSERT INTO idempotency_keys AS known (tenant_id, request, fingerprint, attempt, created_at, lease_until)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant_id, request) DO UPDATE
             SET fingerprint = excluded.fingerprint, attempt = excluded.attempt, created_at = excluded.created_at,
                 lease_until = excluded.lease_until, status = NULL, headers = NULL, body = NULL
             WHERE known.created_at < $7
                 OR (known.status IS NULL AND known.lease_until < $5 AND known.fingerprint = excluded.fingerprint)",
        )
        .bind::<SqlUuid, _>(key.tenant.uuid())
        .bind::<Bytea, _>(&key.request)
        .bind::<Bytea, _>(fingerprint)
        .bind::<SqlUuid, _>(key.attempt)
        .bind::<Timestamptz, _>(times.now)
        .bind::<Timestamptz, _>(times.lease_until)
        .bind::<Timestamptz, _>(times.forgotten_before)
        .execute(&mut *loan)
        .await?;
        Ok(claimed > 0)
    }

    /// What is known of a request.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn known_request(&self, key: &AttemptKey) -> Result<Option<KnownRequest>, Error> {
        use idempotency_keys as k;
        let mut loan = self.loan().await?;
        let wanted = k::table.find((key.tenant.uuid(), &key.request));
        Ok(wanted.select((k::fingerprint, k::status, k::headers, k::body)).first(&mut *loan).await.optional()?)
    }

    /// Says that the attempt still runs.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn renew_request(&self, key: &AttemptKey, lease_until: DateTime<Utc>) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        diesel::update(idempotency_keys::table.find((key.tenant.uuid(), &key.request)))
            .filter(idempotency_keys::attempt.eq(key.attempt))
            .set(idempotency_keys::lease_until.eq(lease_until))
            .execute(&mut *loan)
            .await?;
        Ok(())
    }

    /// Keeps the attempt's answer.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn answer_request(
        &self,
        key: &AttemptKey,
        status: i32,
        headers: &Value,
        body: Option<&[u8]>,
    ) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        diesel::update(idempotency_keys::table.find((key.tenant.uuid(), &key.request)))
            .filter(idempotency_keys::attempt.eq(key.attempt))
            .set((
                idempotency_keys::status.eq(status),
                idempotency_keys::headers.eq(headers),
                idempotency_keys::body.eq(body),
            ))
            .execute(&mut *loan)
            .await?;
        Ok(())
    }

    /// Gives the request up, as if the attempt had not been made.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn release_request(&self, key: &AttemptKey) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        diesel::delete(idempotency_keys::table.find((key.tenant.uuid(), &key.request)))
            .filter(idempotency_keys::attempt.eq(key.attempt))
            .execute(&mut *loan)
            .await?;
        Ok(())
    }

    /// Forgets at most `most` requests made before a time; returns how many. Several servers may do so at once: each
    /// takes other rows.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn forget_requests(&self, before: DateTime<Utc>, most: i64) -> Result<usize, Error> {
        let mut loan = self.loan().await?;
        let gone = statement(
            "DELETE FROM idempotency_keys WHERE (tenant_id, request) IN (
                 SELECT tenant_id, request FROM idempotency_keys WHERE created_at < $1
                 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        )
        .bind::<Timestamptz, _>(before)
        .bind::<BigInt, _>(most)
        .execute(&mut *loan)
        .await?;
        Ok(gone)
    }
}
