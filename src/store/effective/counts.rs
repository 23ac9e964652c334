//! How many effective members groups have, counted once for every state. A count is kept with a stamp made of the versions
//! of all groups below, which every change of their members or edges moves; whoever finds it out of date counts again,
//! and whoever comes meanwhile waits for that instead of counting too.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::SqlUuid;
use crate::store::error::Error;
use crate::store::statement::statement;
use crate::store::transaction::TenantTx;

/// What is known of a group's effective members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct EffectiveCount {
    /// The group.
    #[diesel(sql_type = SqlUuid)]
    pub group_id: Uuid,
    /// How many there are; `None` when that has to be counted.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub members: Option<i64>,
}

impl TenantTx {
    /// The counts that are there and still right. Reads the groups below, no membership.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn known_effective_counts(
        &mut self,
        groups: &[Uuid],
        primary_edges: bool,
    ) -> Result<Vec<EffectiveCount>, Error> {
        let query = statement(KNOWN)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Array<SqlUuid>, _>(groups)
            .bind::<Bool, _>(primary_edges);
        Ok(query.load(self.connection()).await?)
    }

    /// Waits for the turn to count these groups, and takes it until the transaction ends. Whoever had it before may have
    /// left the counts.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait ends in a deadlock.
    pub async fn queue_to_count(&mut self, groups: &[Uuid]) -> Result<(), Error> {
        for sql in [
            "INSERT INTO effective_counts (tenant_id, group_id)
             SELECT tenant_id, id FROM groups WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id
             ON CONFLICT DO NOTHING",
            "SELECT FROM effective_counts WHERE tenant_id = $1 AND group_id = ANY ($2)
             ORDER BY group_id FOR NO KEY UPDATE",
        ] {
            statement(sql)
                .bind::<SqlUuid, _>(self.tenant)
                .bind::<Array<SqlUuid>, _>(groups)
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Counts the effective members of groups whose turn was taken, and keeps the counts.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn count_effective_members(
        &mut self,
        groups: &[Uuid],
        primary_edges: bool,
    ) -> Result<Vec<EffectiveCount>, Error> {
        let query = statement(COUNT)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Array<SqlUuid>, _>(groups)
            .bind::<Bool, _>(primary_edges);
        Ok(query.load(self.connection()).await?)
    }
}

// The transaction may have waited, so its own beginning is not now.
const KNOWN: &str = "
WITH RECURSIVE below (root, id) AS (
    SELECT id, id FROM unnest($2) AS wanted (id)
    UNION SELECT b.root, e.child_id FROM below b
        JOIN edges e ON e.tenant_id = $1 AND e.parent_id = b.id AND ($3 OR NOT e.is_primary)
), stamps AS (
    SELECT b.root, md5(string_agg(g.id || ' ' || g.version, ',' ORDER BY g.id))::uuid AS stamp
    FROM below b JOIN groups g ON g.tenant_id = $1 AND g.id = b.id GROUP BY b.root
)
SELECT s.root AS group_id, c.members FROM stamps s
LEFT JOIN effective_counts c ON c.tenant_id = $1 AND c.group_id = s.root AND c.stamp = s.stamp
    AND (c.valid_until IS NULL OR c.valid_until > statement_timestamp())";

// Each group's members are a range of its index, which OFFSET keeps the planner from giving up for the whole table. Stamp
// and count are of one state, that of the statement.
const COUNT: &str = "
WITH RECURSIVE below (root, id) AS (
    SELECT id, id FROM unnest($2) AS wanted (id)
    UNION SELECT b.root, e.child_id FROM below b
        JOIN edges e ON e.tenant_id = $1 AND e.parent_id = b.id AND ($3 OR NOT e.is_primary)
), stamps AS (
    SELECT b.root, md5(string_agg(g.id || ' ' || g.version, ',' ORDER BY g.id))::uuid AS stamp
    FROM below b JOIN groups g ON g.tenant_id = $1 AND g.id = b.id GROUP BY b.root
), borders AS (
    SELECT b.root, min(w.next) AS next FROM below b CROSS JOIN LATERAL (
        SELECT least(min(valid_from) FILTER (WHERE valid_from > statement_timestamp()),
            min(expires_at) FILTER (WHERE expires_at > statement_timestamp())) AS next
        FROM members WHERE tenant_id = $1 AND group_id = b.id AND (valid_from IS NOT NULL OR expires_at IS NOT NULL)
    ) w GROUP BY b.root
), totals AS (
    SELECT s.root, s.stamp, (
        SELECT count(DISTINCT m.user_id) FROM (SELECT b.id FROM below b WHERE b.root = s.root) c CROSS JOIN LATERAL (
            SELECT user_id FROM members WHERE tenant_id = $1 AND group_id = c.id
                AND (valid_from IS NULL OR valid_from <= statement_timestamp())
                AND (expires_at IS NULL OR expires_at > statement_timestamp())
            OFFSET 0
        ) m) AS members
    FROM stamps s
)
UPDATE effective_counts c SET stamp = t.stamp, members = t.members, valid_until = b.next
FROM totals t JOIN borders b ON b.root = t.root
WHERE c.tenant_id = $1 AND c.group_id = t.root
RETURNING c.group_id, c.members";
