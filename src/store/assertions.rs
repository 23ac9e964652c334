//! The rows of assertions that clients have proved themselves with, so that none is taken twice (RFC 7523 section 5.2).

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Store;
use super::error::Error;
use super::tables::client_assertions;
use crate::model::ids::{ClientId, TenantId};

impl Store {
    /// Notes that a client of this tenant, or ([`TenantId::NONE`]) of the platform, has used an assertion that expires then.
    /// `false` when it has been used before, at whichever server.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn use_assertion(
        &self,
        (tenant, client): (TenantId, ClientId),
        assertion: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        use client_assertions as a;
        let mut loan = self.loan().await?;
        let row = (
            a::tenant_id.eq(tenant.uuid()),
            a::client_id.eq(client.uuid()),
            a::assertion.eq(assertion),
            a::expires_at.eq(expires_at),
        );
        let noted = diesel::insert_into(a::table).values(row).on_conflict_do_nothing().execute(&mut *loan).await?;
        Ok(noted == 1)
    }

    /// Forgets the assertions that expired before a time: they are refused for that alone. Returns how many.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn forget_assertions(&self, before: DateTime<Utc>) -> Result<usize, Error> {
        let mut loan = self.loan().await?;
        let ended = client_assertions::table.filter(client_assertions::expires_at.lt(before));
        Ok(diesel::delete(ended).execute(&mut *loan).await?)
    }
}
