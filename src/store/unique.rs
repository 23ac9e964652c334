//! The rows of unique values: which resource has which.

use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::tables::unique_values;
use super::transaction::TenantTx;

type SqlUuid = diesel::sql_types::Uuid;

/// Values of resources of one type, as three lists of one length.
#[derive(Debug, Default)]
pub struct Values<'a> {
    /// Who has them.
    pub resources: Vec<Uuid>,
    /// The paths of their attributes.
    pub attributes: Vec<&'a str>,
    /// What they are compared by.
    pub keys: Vec<&'a str>,
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Text)]
    attribute: String,
    #[diesel(sql_type = Text)]
    value_key: String,
}

impl TenantTx {
    /// Gives these resources exactly these values, and answers one that another resource has: path and key. The
    /// transaction must then be given up. While another transaction is about to take or to free one of the values, it
    /// waits.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait ends in a deadlock.
    pub async fn hold_unique(
        &mut self,
        resource_type: &str,
        resources: &[Uuid],
        values: &Values<'_>,
    ) -> Result<Option<(String, String)>, Error> {
        let taken: Option<Taken> = statement(HOLD)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Text, _>(resource_type)
            .bind::<Array<SqlUuid>, _>(resources)
            .bind::<Array<SqlUuid>, _>(&values.resources)
            .bind::<Array<Text>, _>(&values.attributes)
            .bind::<Array<Text>, _>(&values.keys)
            .get_result(self.connection())
            .await
            .optional()?;
        Ok(taken.map(|taken| (taken.attribute, taken.value_key)))
    }

    /// Frees the values of resources that are deleted.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub(super) async fn free_unique(&mut self, resources: &[Uuid]) -> Result<(), Error> {
        diesel::delete(unique_values::table)
            .filter(unique_values::tenant_id.eq(self.tenant))
            .filter(unique_values::resource_id.eq_any(resources))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

// Two transactions that want the same values take them in the order of the key, so that they cannot wait for each other in
// a ring of inserts; a ring through what they free ends as a deadlock, and is tried again.
const HOLD: &str = "
WITH wanted AS MATERIALIZED (
    SELECT resource_id, attribute, value_key
    FROM unnest($4::uuid[], $5::text[], $6::text[]) AS w (resource_id, attribute, value_key)
), own AS MATERIALIZED (
    SELECT resource_id, attribute, value_key FROM unique_values WHERE tenant_id = $1 AND resource_id = ANY ($3)
), freed AS (
    DELETE FROM unique_values u USING (SELECT * FROM own EXCEPT SELECT * FROM wanted) AS f
    WHERE u.tenant_id = $1 AND u.resource_type = $2 AND u.attribute = f.attribute AND u.value_key = f.value_key
), new AS MATERIALIZED (
    SELECT * FROM wanted EXCEPT SELECT * FROM own
), held AS (
    INSERT INTO unique_values (tenant_id, resource_type, attribute, value_key, resource_id)
    SELECT $1, $2, attribute, value_key, resource_id FROM new ORDER BY attribute, value_key
    ON CONFLICT DO NOTHING
    RETURNING resource_id, attribute, value_key
)
SELECT attribute, value_key FROM (SELECT * FROM new EXCEPT SELECT * FROM held) AS taken
ORDER BY attribute, value_key LIMIT 1";
