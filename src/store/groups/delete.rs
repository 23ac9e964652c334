//! Soft deletion of a group or of a whole tree of them: as many statements for a thousand groups as for one.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::statement::statement;
use super::super::tables::groups;
use super::{Error, Row, WindowedMembers};
use crate::model::group::Group;
use crate::model::ids::GroupId;
use crate::store::TenantTx;

type SqlUuid = diesel::sql_types::Uuid;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

impl TenantTx {
    /// The group, and with `cascade` everything below it by primary edges, deepest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn primary_tree(&mut self, top: GroupId, cascade: bool) -> Result<Vec<Uuid>, Error> {
        let rows: Vec<Id> = statement(
            "WITH RECURSIVE tree (id, depth) AS (
                 SELECT $2::uuid, 0
                 UNION ALL SELECT e.child_id, t.depth + 1 FROM tree t
                     JOIN edges e ON e.tenant_id = $1 AND e.parent_id = t.id AND e.is_primary WHERE $3
             ) SELECT id FROM tree ORDER BY depth DESC, id",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(top.uuid())
        .bind::<Bool, _>(cascade)
        .load(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// Locks these groups and all that have an edge with one of them, in order of id.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for a lock ends in a deadlock.
    pub async fn lock_neighbourhood(&mut self, ids: &[Uuid]) -> Result<(), Error> {
        statement(
            "SELECT id FROM groups WHERE tenant_id = $1 AND deleted_at IS NULL AND id IN (
                 SELECT unnest($2::uuid[])
                 UNION SELECT parent_id FROM edges WHERE tenant_id = $1 AND child_id = ANY ($2)
                 UNION SELECT child_id FROM edges WHERE tenant_id = $1 AND parent_id = ANY ($2)
             ) ORDER BY id FOR NO KEY UPDATE",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<Array<SqlUuid>, _>(ids)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// These groups as far as they live, in the order asked for.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn groups_by_id(&mut self, ids: &[Uuid]) -> Result<Vec<Group>, Error> {
        let rows: Vec<(Row, i64)> = groups::table
            .filter(groups::tenant_id.eq(self.tenant))
            .filter(groups::id.eq_any(ids))
            .filter(groups::deleted_at.is_null())
            .select((Row::as_select(), WindowedMembers))
            .load(self.connection())
            .await?;
        let place: std::collections::HashMap<&Uuid, usize> = ids.iter().zip(0..).collect();
        let mut found: Vec<Group> = rows.into_iter().map(|(row, windowed)| row.with_windowed(windowed)).collect();
        found.sort_by_key(|group| place.get(&group.id.uuid()).copied());
        Ok(found)
    }

    /// Marks locked groups as deleted by one deletion. Their members stay where they are, out of reach; where they hung is
    /// known by the edges laid aside.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn bury_groups(&mut self, ids: &[Uuid], deletion: GroupId, at: DateTime<Utc>) -> Result<(), Error> {
        let target = groups::table.filter(groups::tenant_id.eq(self.tenant)).filter(groups::id.eq_any(ids));
        let buried = diesel::update(target)
            .set((
                groups::deleted_at.eq(at),
                groups::deletion_id.eq(deletion.uuid()),
                groups::parent_group_id.eq(None::<Uuid>),
                groups::updated_at.eq(at),
                groups::nested_groups.eq(0),
                groups::version.eq(groups::version + 1),
            ))
            .execute(self.connection())
            .await?;
        self.free_unique(ids).await?;
        self.count("group", -i64::try_from(buried).unwrap_or(i64::MAX)).await
    }

    /// Writes that groups gained or lost child groups: counter, version, time.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn move_child_counts(&mut self, moved: &[(GroupId, i64)], at: DateTime<Utc>) -> Result<(), Error> {
        if moved.is_empty() {
            return Ok(());
        }
        let (ids, by): (Vec<Uuid>, Vec<i64>) = moved.iter().map(|(id, by)| (id.uuid(), by)).unzip();
        statement(
            "UPDATE groups g SET nested_groups = g.nested_groups + moved.by, version = g.version + 1, updated_at = $4
             FROM unnest($2::uuid[], $3::bigint[]) AS moved (id, by) WHERE g.tenant_id = $1 AND g.id = moved.id",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Array<BigInt>, _>(by)
        .bind::<Timestamptz, _>(at)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
