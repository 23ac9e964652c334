//! The rows of unique values: which resource has which.

use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::tables::unique_values;
use super::transaction::TenantTx;

/// The values of a resource, as two lists of one length.
#[derive(Debug, Default)]
pub struct Values<'a> {
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
    /// Gives a resource exactly these values, and answers one that another resource has: path and key. The transaction
    /// must then be given up. While another transaction is about to take or to free one of the values, it waits.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait ends in a deadlock.
    pub async fn hold_unique(
        &mut self,
        resource_type: &str,
        resource: Uuid,
        values: &Values<'_>,
    ) -> Result<Option<(String, String)>, Error> {
        let taken: Option<Taken> = statement(HOLD)
            .bind::<diesel::sql_types::Uuid, _>(self.tenant)
            .bind::<Text, _>(resource_type)
            .bind::<diesel::sql_types::Uuid, _>(resource)
            .bind::<Array<Text>, _>(&values.attributes)
            .bind::<Array<Text>, _>(&values.keys)
            .get_result(self.connection())
            .await
            .optional()?;
        Ok(taken.map(|taken| (taken.attribute, taken.value_key)))
    }

    /// Frees the values of a resource that is deleted.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub(super) async fn free_unique(&mut self, resource: Uuid) -> Result<(), Error> {
        diesel::delete(unique_values::table)
            .filter(unique_values::tenant_id.eq(self.tenant))
            .filter(unique_values::resource_id.eq(resource))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

// Two resources that exchange values take them in the order of the key, so that they cannot wait for each other in a ring
// of inserts; a ring through what they free ends as a deadlock, and is tried again.
const HOLD: &str = "
WITH wanted AS MATERIALIZED (
    SELECT attribute, value_key FROM unnest($4::text[], $5::text[]) AS w (attribute, value_key)
), own AS MATERIALIZED (
    SELECT attribute, value_key FROM unique_values WHERE tenant_id = $1 AND resource_type = $2 AND resource_id = $3
), freed AS (
    DELETE FROM unique_values u USING (SELECT * FROM own EXCEPT SELECT * FROM wanted) AS f
    WHERE u.tenant_id = $1 AND u.resource_type = $2 AND u.attribute = f.attribute AND u.value_key = f.value_key
), new AS MATERIALIZED (
    SELECT * FROM wanted EXCEPT SELECT * FROM own
), held AS (
    INSERT INTO unique_values (tenant_id, resource_type, attribute, value_key, resource_id)
    SELECT $1, $2, attribute, value_key, $3 FROM new ORDER BY attribute, value_key
    ON CONFLICT DO NOTHING
    RETURNING attribute, value_key
)
SELECT attribute, value_key FROM new EXCEPT SELECT attribute, value_key FROM held
ORDER BY attribute, value_key LIMIT 1";
