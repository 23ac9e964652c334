//! The rows of groups: one at a time here; lists, deletion, restore and purge in files of their own, as have members and
//! edges.

mod delete;
mod everywhere;
mod list;
mod purge;
mod restore;

use chrono::{DateTime, Utc};
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

pub use everywhere::{OwnedGroup, WideSelection};
pub use list::{Order, Selection};
pub use restore::{Way, WokenEdge};

use super::document::Document;
use super::error::Error;
pub use super::filter::Held;
use super::statement::statement;
use super::tables::groups;
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::fold::fold;
use crate::model::group::{Group, GroupRecord, GroupType};
use crate::model::ids::{GroupId, GroupNumber};
use crate::model::version::Version;

/// A group's columns, however they were asked for.
#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = groups)]
pub(super) struct Row {
    id: Uuid,
    num: i64,
    name: String,
    description: Option<String>,
    group_type: Option<String>,
    is_privileged: bool,
    parent_group_id: Option<Uuid>,
    external_id: Option<String>,
    custom_attributes: Option<Value>,
    attributes: Document,
    source: String,
    pub(super) standing_members: i64,
    nested_groups: i64,
    pub(super) version: i64,
    created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// How many memberships of a group, by the alias of its row, have a window and are inside it. Most groups never had any.
macro_rules! windowed {
    ($group:literal) => {
        concat!(
            "CASE WHEN ",
            $group,
            ".has_windows THEN (SELECT count(*) FROM members w WHERE w.tenant_id = ",
            $group,
            ".tenant_id AND w.group_id = ",
            $group,
            ".id AND (w.valid_from IS NOT NULL OR w.expires_at IS NOT NULL) \
             AND (w.valid_from IS NULL OR w.valid_from <= now()) AND (w.expires_at IS NULL OR w.expires_at > now())) ELSE 0 END"
        )
    };
}
pub(in crate::store) use windowed;

/// The memberships of the group at hand that have a window, and are inside it. Most groups never had any; in the others
/// they are few, and have an index of their own.
#[derive(Debug, Clone, Copy)]
pub(super) struct WindowedMembers;

impl Expression for WindowedMembers {
    type SqlType = sql_types::BigInt;
}
impl AppearsOnTable<groups::table> for WindowedMembers {}
impl SelectableExpression<groups::table> for WindowedMembers {}
impl ValidGrouping<()> for WindowedMembers {
    type IsAggregate = is_aggregate::Never;
}
impl QueryId for WindowedMembers {
    type QueryId = Self;
}
impl QueryFragment<Pg> for WindowedMembers {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(windowed!("groups"));
        Ok(())
    }
}

impl Row {
    pub(super) fn with_windowed(self, windowed: i64) -> Group {
        let object = |value: Value| match value {
            Value::Object(object) => object,
            _ => serde_json::Map::new(),
        };
        let record = GroupRecord {
            name: self.name,
            description: self.description,
            group_type: self.group_type.as_deref().and_then(GroupType::parse),
            is_privileged: self.is_privileged,
            external_id: self.external_id,
            custom_attributes: self.custom_attributes.map(object),
            attributes: self.attributes.0,
            search: Value::Null,
        };
        Group {
            id: self.id.into(),
            num: GroupNumber(self.num),
            record,
            parent: self.parent_group_id.map(GroupId::from),
            source: self.source,
            standing_members: self.standing_members,
            windowed_members: windowed,
            nested_groups: self.nested_groups,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: Version(self.version),
        }
    }
}

#[diesel::dsl::auto_type]
fn by_id(tenant: Uuid, id: Uuid) -> _ {
    groups::table.filter(groups::tenant_id.eq(tenant)).filter(groups::id.eq(id))
}

#[diesel::dsl::auto_type]
pub(super) fn live(tenant: Uuid, id: Uuid) -> _ {
    groups::table.filter(groups::tenant_id.eq(tenant)).filter(groups::id.eq(id)).filter(groups::deleted_at.is_null())
}

/// A group that has the external id asked for.
#[derive(Debug, Clone, Copy)]
pub struct Namesake {
    /// Its id.
    pub id: GroupId,
    /// Whether it is deleted.
    pub deleted: bool,
}

impl TenantTx {
    /// The group, unless it is deleted or another tenant's.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn find_group(&mut self, id: GroupId) -> Result<Option<Group>, Error> {
        let wanted = live(self.tenant, id.uuid()).select((Row::as_select(), WindowedMembers));
        let row: Option<(Row, i64)> = wanted.first(self.connection()).await.optional()?;
        Ok(row.map(|(row, windowed)| row.with_windowed(windowed)))
    }

    /// The same, locked until the transaction ends: whoever changes the group, its members or its edges holds this lock.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for the lock ends in a deadlock.
    pub async fn lock_group(&mut self, id: GroupId) -> Result<Option<Group>, Error> {
        let wanted = live(self.tenant, id.uuid()).select((Row::as_select(), WindowedMembers)).for_no_key_update();
        let row: Option<(Row, i64)> = wanted.first(self.connection()).await.optional()?;
        Ok(row.map(|(row, windowed)| row.with_windowed(windowed)))
    }

    /// A deleted group, locked.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lock_deleted_group(&mut self, id: GroupId) -> Result<Option<Group>, Error> {
        let wanted = by_id(self.tenant, id.uuid()).filter(groups::deleted_at.is_not_null());
        let row = wanted.select(Row::as_select()).for_update().first(self.connection()).await.optional()?;
        Ok(row.map(|row| row.with_windowed(0)))
    }

    /// Every group with this external id, the live ones first, then the last deleted.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn groups_by_external_id(&mut self, external_id: &str) -> Result<Vec<Namesake>, Error> {
        let rows: Vec<(Uuid, Option<DateTime<Utc>>)> = groups::table
            .filter(groups::tenant_id.eq(self.tenant))
            .filter(groups::external_id.eq(external_id))
            .order((groups::deleted_at.is_null().desc(), groups::deleted_at.desc()))
            .limit(10)
            .select((groups::id, groups::deleted_at))
            .load(self.connection())
            .await?;
        Ok(rows.into_iter().map(|(id, deleted)| Namesake { id: id.into(), deleted: deleted.is_some() }).collect())
    }

    /// Writes a new group without members or edges, with its event, and counts it. Returns its integer id.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the name is taken within `name_scope`.
    pub async fn insert_group(
        &mut self,
        group: &Group,
        name_scope: Uuid,
        actor: &Actor,
        after: &Value,
    ) -> Result<GroupNumber, Error> {
        let record = &group.record;
        let new: NewNumber = statement(INSERT)
            .bind::<sql_types::Uuid, _>(self.tenant)
            .bind::<sql_types::Uuid, _>(group.id.uuid())
            .bind::<sql_types::Text, _>(&record.name)
            .bind::<sql_types::Text, _>(fold(&record.name))
            .bind::<sql_types::Uuid, _>(name_scope)
            .bind::<sql_types::Nullable<sql_types::Text>, _>(&record.description)
            .bind::<sql_types::Nullable<sql_types::Text>, _>(record.group_type.map(GroupType::as_str))
            .bind::<sql_types::Bool, _>(record.is_privileged)
            .bind::<sql_types::Nullable<sql_types::Text>, _>(&record.external_id)
            .bind::<sql_types::Nullable<sql_types::Jsonb>, _>(record.custom_attributes.clone().map(Value::Object))
            .bind::<sql_types::Jsonb, _>(Value::Object(record.attributes.clone().into_map()))
            .bind::<sql_types::Jsonb, _>(&record.search)
            .bind::<sql_types::Text, _>(&group.source)
            .bind::<sql_types::Timestamptz, _>(group.created_at)
            .bind::<sql_types::Text, _>(&actor.name)
            .bind::<sql_types::Text, _>(actor.api.as_str())
            .bind::<sql_types::Text, _>(&actor.request_id)
            .bind::<sql_types::Jsonb, _>(after)
            .get_result(self.connection())
            .await?;
        Ok(GroupNumber(new.num))
    }

    /// Writes a group's record, parent, version and time of change. With `revive` the row is a deleted one and comes back.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the name is taken within `name_scope`.
    pub async fn update_group(&mut self, group: &Group, name_scope: Uuid, revive: bool) -> Result<(), Error> {
        let record = &group.record;
        let target = groups::table.filter(groups::tenant_id.eq(self.tenant)).filter(groups::id.eq(group.id.uuid()));
        diesel::update(target)
            .set((
                (
                    groups::name.eq(&record.name),
                    groups::name_key.eq(fold(&record.name)),
                    groups::name_scope.eq(name_scope),
                    groups::description.eq(&record.description),
                    groups::group_type.eq(record.group_type.map(GroupType::as_str)),
                    groups::is_privileged.eq(record.is_privileged),
                    groups::parent_group_id.eq(group.parent.map(GroupId::uuid)),
                    groups::external_id.eq(&record.external_id),
                    groups::custom_attributes.eq(record.custom_attributes.clone().map(Value::Object)),
                    groups::attributes.eq(Value::Object(record.attributes.clone().into_map())),
                    groups::search.eq(&record.search),
                ),
                (groups::version.eq(group.version.0), groups::updated_at.eq(group.updated_at)),
                revive.then_some((groups::deleted_at.eq(None::<DateTime<Utc>>), groups::deletion_id.eq(None::<Uuid>))),
            ))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Writes that a group's members or edges changed: counters, version, time. The record stays.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn touch_group(&mut self, id: GroupId, moved: Counters, at: DateTime<Utc>) -> Result<(), Error> {
        diesel::update(by_id(self.tenant, id.uuid()))
            .set((
                groups::standing_members.eq(groups::standing_members + moved.standing_members),
                groups::nested_groups.eq(groups::nested_groups + moved.nested_groups),
                groups::version.eq(groups::version + 1),
                groups::updated_at.eq(at),
            ))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// How many memberships with a window hold now.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn count_windowed(&mut self, id: GroupId) -> Result<i64, Error> {
        Ok(by_id(self.tenant, id.uuid()).select(WindowedMembers).first(self.connection()).await?)
    }

    /// Makes what has happened to a new group part of its creation: first version, unchanged since.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn settle_group(&mut self, id: GroupId) -> Result<(), Error> {
        diesel::update(by_id(self.tenant, id.uuid()))
            .set((groups::version.eq(1), groups::updated_at.eq(groups::created_at)))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

/// By how much a group's counters move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Memberships without a window.
    pub standing_members: i64,
    /// Child edges.
    pub nested_groups: i64,
}

#[derive(QueryableByName)]
struct NewNumber {
    #[diesel(sql_type = sql_types::BigInt)]
    num: i64,
}

const INSERT: &str = "
WITH new AS (
    INSERT INTO groups (tenant_id, id, name, name_key, name_scope, description, group_type, is_privileged, external_id,
        custom_attributes, attributes, search, source, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
    RETURNING id, num
), counted AS (
    INSERT INTO resource_counts (tenant_id, kind, shard, live)
    SELECT $1, 'group', pg_backend_pid() % 16, 1 FROM new
    ON CONFLICT (tenant_id, kind, shard) DO UPDATE SET live = resource_counts.live + 1
), told AS (
    INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, after)
    SELECT $1, $14, $15, $16, $17, 'group.created', id, $18 FROM new
)
SELECT num FROM new";
