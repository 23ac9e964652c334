//! Lists of several kinds in one order. First the ids of a page, merged by the database, then the resources, one statement
//! a kind.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Row, map};
use crate::model::listing::{Resource, ResourceKind, Sort, Walk, Wanted};
use crate::model::page::Window;
use crate::model::user::User;
use crate::store::error::Error;
use crate::store::filter::{ColumnMap, Condition, Merged, Order, Share, Slice};
use crate::store::tables::users;
use crate::store::transaction::TenantTx;
use crate::store::users as user_rows;

#[derive(QueryableByName)]
struct Spot {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    key: Option<String>,
}

/// The common order of kinds that are listed together; `None` when they are not sorted, or by values that have no order
/// between them. Then one kind comes behind the other.
fn orders(wanted: &[Wanted]) -> Option<Vec<Order>> {
    let sort = |wanted: &'_ Wanted| wanted.sort.clone().map(|sort| (map(wanted.kind), sort));
    let sorts: Vec<(&ColumnMap, Sort)> = wanted.iter().map(sort).collect::<Option<_>>()?;
    let sorts: Vec<(&ColumnMap, &Sort)> = sorts.iter().map(|(map, sort)| (*map, sort)).collect();
    Order::across(&sorts)
}

/// Whether these kinds are listed in one order.
#[must_use]
pub fn is_merged(wanted: &[Wanted]) -> bool {
    wanted.len() > 1 && orders(wanted).is_some()
}

impl TenantTx {
    /// Rows by their number in the merged list.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn merged_window(&mut self, wanted: &[Wanted], window: Window) -> Result<Vec<Row>, Error> {
        let everywhere = wanted.iter().map(|_| Condition::always()).collect();
        let slice = Slice { backward: false, offset: window.offset, limit: window.limit };
        self.merged(wanted, everywhere, slice).await
    }

    /// Rows on one side of a cut, the nearest first. The cut may have been told by a row of any kind.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn merged_walk(&mut self, wanted: &[Wanted], walk: &Walk) -> Result<Vec<Row>, Error> {
        let orders = orders(wanted).unwrap_or_default();
        let of_kinds: Vec<_> =
            orders.iter().map(|order| order.stretches(walk.from.as_ref(), walk.backward).into_iter()).collect();
        let mut rows: Vec<Row> = Vec::new();
        let mut of_kinds = of_kinds;
        // Each kind has as many stretches as the others: that is for the cut to say, not for the kind.
        while let Some(ranges) = of_kinds.iter_mut().map(Iterator::next).collect::<Option<Vec<Condition>>>() {
            let limit = walk.limit - i64::try_from(rows.len()).unwrap_or(i64::MAX);
            if limit <= 0 || ranges.is_empty() {
                break;
            }
            rows.extend(self.merged(wanted, ranges, Slice { backward: walk.backward, offset: 0, limit }).await?);
        }
        Ok(rows)
    }

    async fn merged(&mut self, wanted: &[Wanted], ranges: Vec<Condition>, slice: Slice) -> Result<Vec<Row>, Error> {
        let orders = orders(wanted).unwrap_or_default();
        let shares = wanted.iter().zip(&orders).zip(ranges).map(|((wanted, order), range)| {
            let table = match wanted.kind {
                ResourceKind::User => "users",
                ResourceKind::Group => "groups",
            };
            Share { table, order, matching: self.matching(wanted), range }
        });
        let statement = Merged::of(self.tenant, shares.collect(), slice);
        let spots: Vec<Spot> = statement.load(self.connection()).await?;
        let kind_of =
            |spot: &Spot| usize::try_from(spot.place).ok().and_then(|place| wanted.get(place)).map(|w| w.kind);
        let ids = |kind| -> Vec<Uuid> {
            spots.iter().filter(|spot| kind_of(spot) == Some(kind)).map(|spot| spot.id).collect()
        };
        let mut found = self.users_by_id(ids(ResourceKind::User)).await?;
        let groups = ids(ResourceKind::Group);
        let groups = if groups.is_empty() { Vec::new() } else { self.groups_by_id(&groups).await? };
        found.extend(groups.into_iter().map(|group| (group.id.uuid(), Resource::Group(Box::new(group)))));
        let row = |spot: &Spot| {
            let (kind, key, resource) = (kind_of(spot)?, spot.key.clone(), found.remove(&spot.id));
            Some(Row { kind, id: spot.id, key, resource, total: None, groups: Vec::new() })
        };
        Ok(spots.iter().filter_map(row).collect())
    }

    async fn users_by_id(&mut self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Resource>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<user_rows::Row> = users::table
            .filter(users::tenant_id.eq(self.tenant))
            .filter(users::id.eq_any(ids))
            .filter(users::deleted_at.is_null())
            .select(user_rows::Row::as_select())
            .load(self.connection())
            .await?;
        let users = rows.into_iter().map(User::from);
        Ok(users.map(|user| (user.id.uuid(), Resource::User(Box::new(user)))).collect())
    }
}
