//! Users as members of a group, each with its whole record.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::filter::Condition;
use super::tables::{members, users};
use super::transaction::TenantTx;
use super::users::Row;
use crate::model::ids::{GroupId, UserId};
use crate::model::page::Seek;
use crate::model::user::User;

impl TenantTx {
    /// Direct members of a group, by id, from behind the one named.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn users_in_group(&mut self, group: GroupId, seek: Seek<UserId>) -> Result<Vec<User>, Error> {
        let after = seek.after.map_or(Uuid::nil(), UserId::uuid);
        let rows: Vec<Row> = members::table
            .inner_join(users::table.on(users::tenant_id.eq(members::tenant_id).and(users::id.eq(members::user_id))))
            .filter(members::tenant_id.eq(self.tenant))
            .filter(members::group_id.eq(group.uuid()))
            .filter(members::user_id.gt(after))
            .filter(Condition::membership_holds())
            .order(members::user_id)
            .limit(seek.limit)
            .select(Row::as_select())
            .load(self.connection())
            .await?;
        Ok(rows.into_iter().map(User::from).collect())
    }
}
