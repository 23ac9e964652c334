//! The rows of users.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::document::Document;
use super::error::Error;
use super::filter::HeldGroup;
use super::statement::statement;
use super::tables::{tokens, users};
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::fold::fold;
use crate::model::ids::UserId;
use crate::model::membership::UserGroup;
use crate::model::user::{User, UserRecord};
use crate::model::version::Version;

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct Row {
    id: Uuid,
    user_name: String,
    external_id: Option<String>,
    display_name: Option<String>,
    email: Option<String>,
    active: Option<bool>,
    attributes: Document,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        let record = UserRecord {
            user_name: row.user_name,
            external_id: row.external_id,
            display_name: row.display_name,
            active: row.active,
            email: row.email,
            attributes: row.attributes.0,
            search: Value::Null,
        };
        Self {
            id: row.id.into(),
            record,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: Version(row.version),
        }
    }
}

/// Groups as they come along with a user's row, by id. One that is held in both ways is held directly.
pub(super) fn user_groups(user_id: UserId, mut held: Vec<HeldGroup>) -> Vec<UserGroup> {
    held.sort_unstable_by_key(|(id, _, direct)| (*id, !direct));
    held.dedup_by_key(|(id, ..)| *id);
    let group = |(id, name, direct): HeldGroup| Some(UserGroup { user_id, group_id: id.into(), name: name?, direct });
    held.into_iter().filter_map(group).collect()
}

#[derive(QueryableByName)]
struct Buried {
    #[diesel(sql_type = sql_types::Bool)]
    had_tokens: bool,
}

#[diesel::dsl::auto_type]
fn by_id(tenant: Uuid, id: Uuid) -> _ {
    users::table.filter(users::tenant_id.eq(tenant)).filter(users::id.eq(id))
}

#[diesel::dsl::auto_type]
fn live(tenant: Uuid, id: Uuid) -> _ {
    users::table.filter(users::tenant_id.eq(tenant)).filter(users::id.eq(id)).filter(users::deleted_at.is_null())
}

/// A user that has the external id asked for.
#[derive(Debug, Clone, Copy)]
pub struct Namesake {
    /// Its id.
    pub id: UserId,
    /// Whether it is deleted.
    pub deleted: bool,
    /// Whether its account may be used.
    pub active: bool,
}

impl TenantTx {
    /// The user, unless it is deleted or another tenant's.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn find_user(&mut self, id: UserId) -> Result<Option<User>, Error> {
        let row = live(self.tenant, id.uuid()).select(Row::as_select()).first(self.connection()).await.optional()?;
        Ok(row.map(User::from))
    }

    /// The same, locked until the transaction ends: against changes and deletion, not against new memberships.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for the lock ends in a deadlock.
    pub async fn lock_user(&mut self, id: UserId) -> Result<Option<User>, Error> {
        let wanted = live(self.tenant, id.uuid()).select(Row::as_select()).for_no_key_update();
        Ok(wanted.first(self.connection()).await.optional()?.map(User::from))
    }

    /// The same, locked for deletion: also against new memberships, which hold their users' keys.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for the lock ends in a deadlock.
    pub async fn lock_user_for_deletion(&mut self, id: UserId) -> Result<Option<User>, Error> {
        let wanted = live(self.tenant, id.uuid()).select(Row::as_select()).for_update();
        Ok(wanted.first(self.connection()).await.optional()?.map(User::from))
    }

    /// A deleted user, locked.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lock_deleted_user(&mut self, id: UserId) -> Result<Option<User>, Error> {
        let wanted = by_id(self.tenant, id.uuid()).filter(users::deleted_at.is_not_null());
        let row = wanted.select(Row::as_select()).for_update().first(self.connection()).await.optional()?;
        Ok(row.map(User::from))
    }

    /// Every user with this external id, the live ones first, then the last deleted.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn users_by_external_id(&mut self, external_id: &str) -> Result<Vec<Namesake>, Error> {
        let rows: Vec<(Uuid, Option<DateTime<Utc>>, Option<bool>)> = users::table
            .filter(users::tenant_id.eq(self.tenant))
            .filter(users::external_id.eq(external_id))
            .order((users::deleted_at.is_null().desc(), users::deleted_at.desc()))
            .limit(10)
            .select((users::id, users::deleted_at, users::active))
            .load(self.connection())
            .await?;
        let namesake = |(id, deleted, active): (Uuid, Option<_>, Option<bool>)| Namesake {
            id: id.into(),
            deleted: deleted.is_some(),
            active: active != Some(false),
        };
        Ok(rows.into_iter().map(namesake).collect())
    }

    /// Writes what a live user has become, with its event, unless its version is no longer the one before this. Says whether
    /// it was.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the user name is taken.
    pub async fn revise_user(
        &mut self,
        user: &User,
        actor: &Actor,
        before: &Value,
        after: &Value,
    ) -> Result<bool, Error> {
        let record = &user.record;
        let written = statement(REVISE)
            .bind::<sql_types::Uuid, _>(self.tenant)
            .bind::<sql_types::Uuid, _>(user.id.uuid())
            .bind::<sql_types::BigInt, _>(user.version.0)
            .bind::<sql_types::Text, _>(&record.user_name)
            .bind::<sql_types::Text, _>(fold(&record.user_name))
            .bind::<sql_types::Nullable<sql_types::Text>, _>(&record.external_id)
            .bind::<sql_types::Nullable<sql_types::Text>, _>(&record.display_name)
            .bind::<sql_types::Nullable<sql_types::Text>, _>(record.display_name.as_deref().map(fold))
            .bind::<sql_types::Nullable<sql_types::Text>, _>(&record.email)
            .bind::<sql_types::Nullable<sql_types::Bool>, _>(record.active)
            .bind::<sql_types::Jsonb, _>(Value::Object(record.attributes.clone().into_map()))
            .bind::<sql_types::Jsonb, _>(&record.search)
            .bind::<sql_types::Timestamptz, _>(user.updated_at)
            .bind::<sql_types::Text, _>(&actor.name)
            .bind::<sql_types::Text, _>(actor.api.as_str())
            .bind::<sql_types::Text, _>(&actor.request_id)
            .bind::<sql_types::Jsonb, _>(before)
            .bind::<sql_types::Jsonb, _>(after)
            .execute(self.connection())
            .await?;
        Ok(written > 0)
    }

    /// Brings back a deleted user that is locked: record, version and time of change.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the user name is taken.
    pub async fn revive_user(&mut self, user: &User) -> Result<(), Error> {
        let record = &user.record;
        let target = users::table.filter(users::tenant_id.eq(self.tenant)).filter(users::id.eq(user.id.uuid()));
        diesel::update(target)
            .set((
                users::user_name.eq(&record.user_name),
                users::user_name_key.eq(fold(&record.user_name)),
                users::external_id.eq(&record.external_id),
                users::display_name.eq(&record.display_name),
                users::display_name_key.eq(record.display_name.as_deref().map(fold)),
                users::email.eq(&record.email),
                users::active.eq(record.active),
                users::attributes.eq(Value::Object(record.attributes.clone().into_map())),
                users::search.eq(&record.search),
                users::version.eq(user.version.0),
                users::updated_at.eq(user.updated_at),
                users::deleted_at.eq(None::<DateTime<Utc>>),
            ))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Ends every token of a user.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn end_tokens(&mut self, id: UserId, at: DateTime<Utc>) -> Result<(), Error> {
        let ended = diesel::update(tokens::table.filter(tokens::tenant_id.eq(self.tenant)))
            .filter(tokens::user_id.eq(id.uuid()))
            .filter(tokens::revoked_at.is_null())
            .set(tokens::revoked_at.eq(at))
            .execute(self.connection())
            .await?;
        if ended > 0 { self.announce().await } else { Ok(()) }
    }

    /// Deletes a locked user softly: its memberships become dormant, its groups count and version the change, its tokens
    /// end. Costs as many rows as it had memberships.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for a group ends in a deadlock.
    pub async fn bury_user(&mut self, id: UserId, at: DateTime<Utc>, actor: &Actor) -> Result<(), Error> {
        let buried: Option<Buried> = statement(BURY)
            .bind::<sql_types::Uuid, _>(self.tenant)
            .bind::<sql_types::Uuid, _>(id.uuid())
            .bind::<sql_types::Timestamptz, _>(at)
            .bind::<sql_types::Text, _>(&actor.name)
            .bind::<sql_types::Text, _>(actor.api.as_str())
            .bind::<sql_types::Text, _>(&actor.request_id)
            .get_result(self.connection())
            .await
            .optional()?;
        if buried.is_some_and(|buried| buried.had_tokens) { self.announce().await } else { Ok(()) }
    }

    /// Brings the dormant memberships of a user back, or forgets them.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for a group ends in a deadlock.
    pub async fn wake_memberships(
        &mut self,
        id: UserId,
        keep: bool,
        at: DateTime<Utc>,
        actor: &Actor,
    ) -> Result<(), Error> {
        statement(WAKE)
            .bind::<sql_types::Uuid, _>(self.tenant)
            .bind::<sql_types::Uuid, _>(id.uuid())
            .bind::<sql_types::Bool, _>(keep)
            .bind::<sql_types::Timestamptz, _>(at)
            .bind::<sql_types::Text, _>(&actor.name)
            .bind::<sql_types::Text, _>(actor.api.as_str())
            .bind::<sql_types::Text, _>(&actor.request_id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

const REVISE: &str = "
WITH revised AS (
    UPDATE users SET user_name = $4, user_name_key = $5, external_id = $6, display_name = $7, display_name_key = $8,
        email = $9, active = $10, attributes = $11, search = $12, version = $3, updated_at = $13
    WHERE tenant_id = $1 AND id = $2 AND version = $3 - 1 AND deleted_at IS NULL
    RETURNING id
)
INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, before, after)
SELECT $1, $13, $14, $15, $16, 'user.changed', id, $17, $18 FROM revised";

// The groups are locked by id before anything of theirs changes, as every writer of several groups does. Deleted groups are
// told too: one that is restored has lost a member by then.
const BURY: &str = "
WITH held AS MATERIALIZED (
    SELECT g.id FROM groups g
    WHERE g.tenant_id = $1 AND g.id IN (SELECT group_id FROM members WHERE tenant_id = $1 AND user_id = $2)
    ORDER BY g.id FOR NO KEY UPDATE
), gone AS (
    DELETE FROM members WHERE tenant_id = $1 AND user_id = $2 AND (SELECT count(*) FROM held) >= 0 RETURNING *
), kept AS (
    INSERT INTO dormant_members (tenant_id, user_id, group_id, added_at, added_by, source, valid_from, expires_at)
    SELECT tenant_id, user_id, group_id, added_at, added_by, source, valid_from, expires_at FROM gone
    ON CONFLICT DO NOTHING
), counted_groups AS (
    UPDATE groups g SET version = g.version + 1, updated_at = $3,
        standing_members = g.standing_members
            - (CASE WHEN gone.valid_from IS NULL AND gone.expires_at IS NULL THEN 1 ELSE 0 END)
    FROM gone WHERE g.tenant_id = $1 AND g.id = gone.group_id
    RETURNING g.id
), told_groups AS (
    INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, after)
    SELECT $1, $3, $4, $5, $6, 'group.members_changed', id, jsonb_build_object('removed_users', jsonb_build_array($2::uuid))
    FROM counted_groups
), freed AS (
    DELETE FROM unique_values WHERE tenant_id = $1 AND resource_id = $2
), ended AS (
    UPDATE tokens SET revoked_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL
    RETURNING id
), buried AS (
    UPDATE users SET deleted_at = $3, updated_at = $3, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
    RETURNING id, user_name, external_id, display_name, active, attributes
), counted AS (
    INSERT INTO resource_counts (tenant_id, kind, shard, live)
    SELECT $1, 'user', pg_backend_pid() % 16, -1 FROM buried
    ON CONFLICT (tenant_id, kind, shard) DO UPDATE SET live = resource_counts.live - 1
)
INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, before)
SELECT $1, $3, $4, $5, $6, 'user.deleted', id, jsonb_strip_nulls(jsonb_build_object('userName', user_name,
    'externalId', external_id, 'displayName', display_name, 'active', active)) || attributes FROM buried
RETURNING EXISTS (SELECT FROM ended) AS had_tokens";

const WAKE: &str = "
WITH held AS MATERIALIZED (
    SELECT g.id FROM groups g
    WHERE $3 AND g.tenant_id = $1
        AND g.id IN (SELECT group_id FROM dormant_members WHERE tenant_id = $1 AND user_id = $2)
    ORDER BY g.id FOR NO KEY UPDATE
), woken AS (
    DELETE FROM dormant_members WHERE tenant_id = $1 AND user_id = $2 AND (SELECT count(*) FROM held) >= 0 RETURNING *
), back AS (
    INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source, valid_from, expires_at)
    SELECT tenant_id, group_id, user_id, added_at, added_by, source, valid_from, expires_at FROM woken WHERE $3
    ON CONFLICT DO NOTHING
    RETURNING group_id, valid_from, expires_at
), counted_groups AS (
    UPDATE groups g SET version = g.version + 1, updated_at = $4,
        standing_members = g.standing_members
            + (CASE WHEN back.valid_from IS NULL AND back.expires_at IS NULL THEN 1 ELSE 0 END)
    FROM back WHERE g.tenant_id = $1 AND g.id = back.group_id
    RETURNING g.id
)
INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, after)
SELECT $1, $4, $5, $6, $7, 'group.members_changed', id, jsonb_build_object('added_users', jsonb_build_array($2::uuid))
FROM counted_groups";
