//! Lists of users and groups as SQL: filtered, sorted and cut into pages by the database. A walk reads a range of an index
//! from its cut on, or two where rows without a value follow those with one; it never reads what it passes over.

mod merged;

pub use merged::is_merged;

use diesel::pg::{Pg, PgQueryBuilder};
use diesel::prelude::*;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::filter::{self, ColumnMap, Condition, GROUPS, Given, Order, USERS, compile, sortable};
use super::tables::{groups, users};
use super::transaction::TenantTx;
use super::{groups as group_rows, users as user_rows};
use crate::model::filter::Field;
use crate::model::group::Group;
use crate::model::ids::TenantId;
use crate::model::listing::{Cut, Resource, ResourceKind, Walk, Wanted};
use crate::model::membership::UserGroup;
use crate::model::page::Window;
use crate::model::user::User;

/// A row of a list: its place, and the resource.
#[derive(Debug, Clone)]
pub struct Row {
    kind: ResourceKind,
    id: Uuid,
    key: Option<String>,
    /// The resource; `None` when it was deleted between two statements.
    pub resource: Option<Resource>,
    /// How many rows the list of its kind has, where that is known without counting.
    pub total: Option<i64>,
    /// The groups a user is in, if they came along.
    pub groups: Vec<UserGroup>,
}

impl Row {
    fn of(resource: Resource, key: Option<String>, total: Option<i64>) -> Self {
        let (kind, id) = (resource.kind(), resource.uuid());
        Self { kind, id, key, resource: Some(resource), total, groups: Vec::new() }
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// The place before or behind the row.
    #[must_use]
    pub fn cut(&self, behind: bool) -> Cut {
        Cut { kind: self.kind, key: self.key.clone(), id: self.id, behind }
    }
}

/// Whether resources of the kind can be sorted by the field.
#[must_use]
pub fn can_sort(kind: ResourceKind, field: &Field) -> bool {
    sortable(map(kind), field)
}

/// What the filter compares and the database cannot, in SCIM's notation.
#[must_use]
pub fn unanswerable(wanted: &Wanted) -> Option<String> {
    wanted.filter.as_ref().and_then(|filter| filter::unanswerable(map(wanted.kind), filter))
}

/// The SQL of the condition that picks what is wanted, without its values.
///
/// # Errors
/// Never in practice: Diesel writes it, and may refuse to.
pub fn condition(tenant: TenantId, wanted: &Wanted) -> Result<String, Error> {
    let mut sql = PgQueryBuilder::default();
    let given = Given { tenant: tenant.uuid(), base: wanted.base.clone(), primary_edges: true };
    matching(wanted, &given).to_sql(&mut sql, &Pg)?;
    Ok(sql.finish())
}

fn matching(wanted: &Wanted, given: &Given) -> Condition {
    wanted.filter.as_ref().map_or_else(Condition::always, |filter| compile(map(wanted.kind), given, filter))
}

const fn map(kind: ResourceKind) -> &'static ColumnMap {
    match kind {
        ResourceKind::User => &USERS,
        ResourceKind::Group => &GROUPS,
    }
}

/// A user with its sort key, the length of the list, and its groups.
type UserRow = (user_rows::Row, Option<String>, Option<i64>, Option<Vec<filter::HeldGroup>>);

/// One statement's share of a page.
struct Stretch {
    /// Whether users bring their groups along.
    groups: bool,
    /// Whether the list is everything there is of its kind.
    whole: bool,
    matching: Condition,
    range: Condition,
    backward: bool,
    offset: i64,
    limit: i64,
}

impl TenantTx {
    /// Rows by their number in the list.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn window(&mut self, wanted: &Wanted, window: Window) -> Result<Vec<Row>, Error> {
        let order = Order::of(map(wanted.kind), wanted.sort.as_ref());
        let stretch = Stretch {
            groups: wanted.groups && wanted.expects_few(),
            whole: wanted.filter.is_none(),
            matching: self.matching(wanted),
            range: Condition::always(),
            backward: false,
            offset: window.offset,
            limit: window.limit,
        };
        self.load(wanted.kind, &order, stretch).await
    }

    /// Rows on one side of a cut, the nearest first: in a backward walk, the list's order reversed.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn walk(&mut self, wanted: &Wanted, walk: &Walk) -> Result<Vec<Row>, Error> {
        let order = Order::of(map(wanted.kind), wanted.sort.as_ref());
        let mut rows = Vec::new();
        for range in order.stretches(walk.from.as_ref(), walk.backward) {
            let limit = walk.limit - i64::try_from(rows.len()).unwrap_or(i64::MAX);
            if limit > 0 {
                let matching = self.matching(wanted);
                let (groups, whole) = (wanted.groups && wanted.expects_few(), wanted.filter.is_none());
                let stretch = Stretch { groups, whole, matching, range, backward: walk.backward, offset: 0, limit };
                rows.extend(self.load(wanted.kind, &order, stretch).await?);
            }
        }
        Ok(rows)
    }

    /// How many rows the list has. Without a filter it is known; with one they are counted.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn total(&mut self, wanted: &Wanted) -> Result<i64, Error> {
        let tenant = self.tenant;
        let matching = self.matching(wanted);
        match (wanted.kind, &wanted.filter) {
            (ResourceKind::User, None) => self.count_live("user").await,
            (ResourceKind::Group, None) => self.count_live("group").await,
            (ResourceKind::User, Some(_)) => {
                let live = users::table.filter(users::tenant_id.eq(tenant)).filter(users::deleted_at.is_null());
                Ok(live.filter(matching).count().get_result(self.connection()).await?)
            }
            (ResourceKind::Group, Some(_)) => {
                let live = groups::table.filter(groups::tenant_id.eq(tenant)).filter(groups::deleted_at.is_null());
                Ok(live.filter(matching).count().get_result(self.connection()).await?)
            }
        }
    }

    fn matching(&self, wanted: &Wanted) -> Condition {
        let given = Given { tenant: self.tenant, base: wanted.base.clone(), primary_edges: self.primary_edges };
        matching(wanted, &given)
    }

    async fn load(&mut self, kind: ResourceKind, order: &Order, stretch: Stretch) -> Result<Vec<Row>, Error> {
        match kind {
            ResourceKind::User => self.load_users(order, stretch).await,
            ResourceKind::Group => self.load_groups(order, stretch).await,
        }
    }

    async fn load_users(&mut self, order: &Order, stretch: Stretch) -> Result<Vec<Row>, Error> {
        let groups = if stretch.groups { filter::groups_of(self.primary_edges) } else { filter::nothing() };
        let total = filter::live(self.tenant, "user", stretch.whole);
        let rows: Vec<UserRow> = users::table
            .filter(users::tenant_id.eq(self.tenant))
            .filter(users::deleted_at.is_null())
            .filter(stretch.matching)
            .filter(stretch.range)
            .order(order.by(stretch.backward))
            .offset(stretch.offset)
            .limit(stretch.limit)
            .select((user_rows::Row::as_select(), order.key(), total, groups))
            .load(self.connection())
            .await?;
        let row = |(row, key, total, groups): UserRow| {
            let user = User::from(row);
            let groups = user_rows::user_groups(user.id, groups.unwrap_or_default());
            Row { groups, ..Row::of(Resource::User(Box::new(user)), key, total) }
        };
        Ok(rows.into_iter().map(row).collect())
    }

    async fn load_groups(&mut self, order: &Order, stretch: Stretch) -> Result<Vec<Row>, Error> {
        let total = filter::live(self.tenant, "group", stretch.whole);
        let rows: Vec<(group_rows::Row, i64, Option<String>, Option<i64>)> = groups::table
            .filter(groups::tenant_id.eq(self.tenant))
            .filter(groups::deleted_at.is_null())
            .filter(stretch.matching)
            .filter(stretch.range)
            .order(order.by(stretch.backward))
            .offset(stretch.offset)
            .limit(stretch.limit)
            .select((group_rows::Row::as_select(), group_rows::WindowedMembers, order.key(), total))
            .load(self.connection())
            .await?;
        let row = |(row, windowed, key, total): (group_rows::Row, _, _, _)| {
            let group: Group = row.with_windowed(windowed);
            Row::of(Resource::Group(Box::new(group)), key, total)
        };
        Ok(rows.into_iter().map(row).collect())
    }
}
