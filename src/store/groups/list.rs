//! Lists of groups, filtered and in pages.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::filter::{Condition, GROUPS, Given, compile};
use super::super::tables::groups;
use super::{Error, Held, Row, WindowedMembers};
use crate::model::filter::Filter;
use crate::model::group::{Group, GroupType};
use crate::model::ids::GroupId;
use crate::model::page::{Page, Window};
use crate::store::TenantTx;

/// Which groups a list shows, beside its filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// What the facade's own parameters or a SCIM filter ask for.
    pub filter: Option<Filter>,
    /// Folded text the name contains.
    pub search: Option<String>,
    /// Only this type.
    pub group_type: Option<GroupType>,
    /// Only primary children of this one; `Some(None)` for groups without a primary parent.
    pub parent: Option<Option<GroupId>>,
    /// Only groups with this user in them.
    pub held: Option<Held>,
}

/// How a list of groups is ordered; ties go by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// As they were created.
    Creation,
    /// By folded name.
    Name,
}

impl TenantTx {
    /// Live groups that are selected.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_groups(
        &mut self,
        wanted: &Selection,
        order: Order,
        window: Window,
    ) -> Result<Page<Group>, Error> {
        let rows: Vec<(Row, i64)> = if window.limit == 0 {
            Vec::new()
        } else {
            let query = match order {
                Order::Creation => self.selected(wanted).order(groups::id),
                Order::Name => self.selected(wanted).order((groups::name_key, groups::id)),
            };
            query
                .select((Row::as_select(), WindowedMembers))
                .offset(window.offset)
                .limit(window.limit)
                .load(self.connection())
                .await?
        };
        let total = match window.total_if_known(rows.len()) {
            Some(total) => total,
            None if wanted.is_everything() => self.count_live("group").await?,
            None => self.selected(wanted).count().get_result(self.connection()).await?,
        };
        Ok(Page { items: rows.into_iter().map(|(row, windowed)| row.with_windowed(windowed)).collect(), total })
    }

    fn selected(&self, wanted: &Selection) -> groups::BoxedQuery<'static, Pg> {
        let mut query = groups::table
            .filter(groups::tenant_id.eq(self.tenant))
            .filter(groups::deleted_at.is_null())
            .into_boxed::<Pg>();
        if let Some(filter) = &wanted.filter {
            let given = Given { tenant: self.tenant, base: String::new(), primary_edges: self.primary_edges };
            query = query.filter(compile(&GROUPS, &given, filter));
        }
        if let Some(search) = &wanted.search {
            query = query.filter(Condition::contains("groups.name_key", search));
        }
        if let Some(group_type) = wanted.group_type {
            query = match group_type {
                GroupType::Security => query.filter(groups::group_type.is_null().or(groups::group_type.eq("SECURITY"))),
                GroupType::Distribution => query.filter(groups::group_type.eq("DISTRIBUTION")),
            };
        }
        query = match wanted.parent {
            None => query,
            Some(None) => query.filter(groups::parent_group_id.is_null()),
            Some(Some(parent)) => query.filter(groups::parent_group_id.eq(parent.uuid())),
        };
        if let Some(held) = wanted.held {
            query = query.filter(held.condition(self.tenant));
        }
        query
    }
}

impl Selection {
    fn is_everything(&self) -> bool {
        self.filter.is_none()
            && self.search.is_none()
            && self.group_type.is_none()
            && self.parent.is_none()
            && self.held.is_none()
    }
}
