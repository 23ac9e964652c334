//! Finding which tenant a group belongs to, for callers that reach several and name none. It answers with the tenant
//! alone; whether the caller may use it is `auth`'s to say.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::statement::statement;
use crate::model::ids::{GroupId, TenantId};

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    tenant_id: Uuid,
}

impl Store {
    /// The tenant of a group, live or deleted. Asks each tenant's key, so it costs by the number of tenants and not of
    /// groups, and needs no index that would cross tenants.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenant_of_group(&self, id: GroupId) -> Result<Option<TenantId>, Error> {
        let mut loan = self.loan().await?;
        let place: Option<Place> = statement(
            "SELECT t.id AS tenant_id FROM tenants t
             CROSS JOIN LATERAL (SELECT FROM groups g WHERE g.tenant_id = t.id AND g.id = $1 LIMIT 1) held
             LIMIT 1",
        )
        .bind::<diesel::sql_types::Uuid, _>(id.uuid())
        .get_result(&mut *loan)
        .await
        .optional()?;
        Ok(place.map(|place| place.tenant_id.into()))
    }
}
