//! Lists of users and groups, alone or together. Together they have one order when they are sorted; without a sort users
//! come first.

use std::sync::Arc;

use super::check::check_answerable;
use super::shared::within;
use super::{Domain, Error, Result};
use crate::in_reading;
use crate::model::filter::{Field, Filter, Kind, Literal, Operator};
use crate::model::group::Group;
use crate::model::listing::{Cut, Listed, Part, Resource, ResourceKind, Sort, Walk, Wanted};
use crate::model::membership::UserGroup;
use crate::model::page::{Stretch, Window};
use crate::model::principal::TenantScope;
use crate::schema::refusal::Refusal;
use crate::store::listing::{Row, can_sort, is_merged, unanswerable};
use crate::store::{TenantTx, UserName};

impl Domain {
    /// A part of the list of everything wanted. Kinds must be in their own order, each at most once.
    ///
    /// # Errors
    /// [`Error::Refused`] for a filter that cannot be answered, or an attribute that cannot be sorted by.
    pub async fn list(&self, scope: &TenantScope, wanted: &[Wanted], part: &Part) -> Result<Arc<Listed>> {
        for wanted in wanted {
            check_answerable(unanswerable(wanted))?;
            check_sort(wanted)?;
        }
        if let Some(listed) = self.look_up(scope, wanted, part).await? {
            return Ok(Arc::new(listed));
        }
        self.pages
            .lists
            .read((within(scope), wanted.to_vec(), part.clone()), || self.read_list(scope, wanted, part))
            .await
    }

    async fn read_list(&self, scope: &TenantScope, wanted: &[Wanted], part: &Part) -> Result<Listed> {
        let same_plan = |wanted: &Wanted| wanted.looks_up() || wanted.is_everything();
        if is_merged(wanted) || !wanted.iter().all(same_plan) {
            return in_reading!(self.store.list_reads(scope), |tx| list_on(tx, scope, wanted, part).await);
        }
        // These are read in the same way whatever the values are.
        if wanted.iter().all(Wanted::looks_up) {
            return list_on(&mut self.store.statements(scope).await?, scope, wanted, part).await;
        }
        in_reading!(self.store.reads(scope), |tx| list_on(tx, scope, wanted, part).await)
    }

    /// The same list where it is a look-up by name, the usual question of identity providers: together with others.
    async fn look_up(&self, scope: &TenantScope, wanted: &[Wanted], part: &Part) -> Result<Option<Listed>> {
        let ([wanted], Part::Window(Window { offset: 0, limit: limit @ 1.. })) = (wanted, part) else {
            return Ok(None);
        };
        let Some(name) = name_in(wanted) else { return Ok(None) };
        let found = self.store.look_up_named(scope, name, wanted.groups).await?;
        Ok(found.filter(|users| length(users) <= *limit).map(|users| {
            let total = length(&users);
            let (users, groups): (Vec<_>, Vec<_>) = users.into_iter().unzip();
            let items = users.into_iter().map(|user| Resource::User(Box::new(user))).collect();
            let groups = groups.into_iter().flatten().collect();
            Listed { items, groups, total, previous: None, next: None }
        }))
    }
}

/// The name that users are looked up by, if that is all that is wanted of them.
fn name_in(wanted: &Wanted) -> Option<(UserName, String)> {
    match wanted {
        Wanted {
            kind: ResourceKind::User,
            filter: Some(Filter::Compare(field, Operator::Eq, Literal::Text(name))),
            sort: None,
            ..
        } => Some((UserName::of(field)?, name.clone())),
        _ => None,
    }
}

async fn list_on(tx: &mut TenantTx, scope: &TenantScope, wanted: &[Wanted], part: &Part) -> Result<Listed> {
    let mut listed = match part {
        Part::Window(window) => by_number(tx, wanted, *window).await?,
        Part::Walk(walk) => by_walk(tx, wanted, walk).await?,
    };
    // Groups come along with one user or a few. For a whole page of users it is faster to ask for them afterwards.
    let merged = is_merged(wanted);
    if wanted.iter().any(|wanted| wanted.groups && (merged || !wanted.expects_few())) {
        let primary_edges = scope.settings().primary_edge_confers_membership;
        listed.groups = groups_of_all(tx, &listed.items, primary_edges).await?;
    }
    Ok(listed)
}

/// Of all users listed at once.
async fn groups_of_all(tx: &mut TenantTx, items: &[Resource], primary_edges: bool) -> Result<Vec<UserGroup>> {
    let users: Vec<_> = items.iter().filter_map(Resource::as_user).map(|user| user.id.uuid()).collect();
    if users.is_empty() {
        return Ok(Vec::new());
    }
    Ok(tx.groups_of_users(&users, primary_edges).await?)
}

/// Groups on from a place in their list.
#[derive(Debug, Clone)]
pub struct GroupWalk {
    /// The groups, by name.
    pub groups: Vec<Group>,
    /// The place behind the last one; `None` without any.
    pub end: Option<Cut>,
    /// Whether more follow.
    pub more: bool,
}

impl Domain {
    /// Groups by name, on from a place; with `search`, a folded text, only those whose name contains it. Nothing is counted,
    /// and every page costs the same.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn walk_groups(
        &self,
        scope: &TenantScope,
        search: Option<String>,
        from: Option<Cut>,
        limit: i64,
    ) -> Result<GroupWalk> {
        let name = Field::core("displayName", Kind::Text);
        let filter = search.map(|text| Filter::Compare(name.clone(), Operator::Co, Literal::Text(text)));
        let sort = Some(Sort { field: Some(name), descending: false });
        let wanted = Wanted { kind: ResourceKind::Group, filter, sort, groups: false, base: String::new() };
        let walk = Walk { from, backward: false, limit: limit + 1, total: Some(0) };
        let rows = in_reading!(self.store.list_reads(scope), |tx| Ok::<_, Error>(tx.walk(&wanted, &walk).await?))?;
        let Stretch { items, more } = Stretch::from_overfetch(rows, limit);
        let end = items.last().map(|row| row.cut(true));
        let groups = items.into_iter().filter_map(|row| match row.resource {
            Some(Resource::Group(group)) => Some(*group),
            Some(Resource::User(_)) | None => None,
        });
        Ok(GroupWalk { groups: groups.collect(), end, more })
    }
}

fn check_sort(Wanted { kind, sort, .. }: &Wanted) -> Result<()> {
    match sort.as_ref().and_then(|sort| sort.field.as_ref()) {
        Some(field) if !can_sort(*kind, field) => {
            let detail = format!("sortBy \"{}\": resources have no order by it", field.path());
            Err(Error::Refused(Refusal::path(detail)))
        }
        _ => Ok(()),
    }
}

async fn by_number(tx: &mut TenantTx, wanted: &[Wanted], window: Window) -> Result<Listed> {
    let (rows, total) = if is_merged(wanted) {
        let rows = if window.limit > 0 { tx.merged_window(wanted, window).await? } else { Vec::new() };
        let known = window.total_if_known(rows.len());
        (rows, if let Some(known) = known { known } else { total(tx, wanted, &[]).await? })
    } else {
        one_behind_the_other(tx, wanted, window).await?
    };
    Ok(listed(rows, total))
}

async fn one_behind_the_other(tx: &mut TenantTx, wanted: &[Wanted], window: Window) -> Result<(Vec<Row>, i64)> {
    let (mut found, mut total, mut left) = (Vec::new(), 0, window);
    for wanted in wanted {
        let rows = if left.limit > 0 { tx.window(wanted, left).await? } else { Vec::new() };
        let size = match left.total_if_known(rows.len()) {
            Some(size) => size,
            None => total_of(tx, wanted, &rows).await?,
        };
        total += size;
        left = Window { offset: (left.offset - size).max(0), limit: left.limit - length(&rows) };
        found.extend(rows);
    }
    Ok((found, total))
}

async fn by_walk(tx: &mut TenantTx, wanted: &[Wanted], walk: &Walk) -> Result<Listed> {
    if walk.limit == 0 {
        return Ok(listed(Vec::new(), total(tx, wanted, &[]).await?));
    }
    // One row more than asked for tells whether there are more.
    let mut rows = collect(tx, wanted, &Walk { limit: walk.limit + 1, ..walk.clone() }).await?;
    let more = length(&rows) > walk.limit;
    rows.truncate(usize::try_from(walk.limit).unwrap_or(usize::MAX));
    let total = match walk.total {
        Some(total) => total,
        None if more || walk.from.is_some() => total(tx, wanted, &rows).await?,
        None => length(&rows),
    };
    let ahead = rows.last().filter(|_| more).map(|row| row.cut(!walk.backward));
    let behind = reverse_of(tx, wanted, walk).await?;
    if walk.backward {
        rows.reverse();
        return Ok(Listed { previous: ahead, next: behind, ..listed(rows, total) });
    }
    Ok(Listed { previous: behind, next: ahead, ..listed(rows, total) })
}

/// Rows as resources, with the groups that came along.
fn listed(rows: Vec<Row>, total: i64) -> Listed {
    let (mut items, mut groups) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        items.extend(row.resource);
        groups.extend(row.groups);
    }
    groups.sort_by_key(|group: &UserGroup| (group.user_id, group.group_id));
    Listed { items, groups, total, previous: None, next: None }
}

/// The cut the walk started from, if there is anything on its other side by now.
async fn reverse_of(tx: &mut TenantTx, wanted: &[Wanted], walk: &Walk) -> Result<Option<Cut>> {
    if walk.from.is_none() {
        return Ok(None);
    }
    let back = Walk { backward: !walk.backward, limit: 1, ..walk.clone() };
    let there = collect(tx, wanted, &back).await?;
    Ok(walk.from.clone().filter(|_| !there.is_empty()))
}

/// The rows next to the cut, whatever their kinds.
async fn collect(tx: &mut TenantTx, wanted: &[Wanted], walk: &Walk) -> Result<Vec<Row>> {
    if is_merged(wanted) {
        return Ok(tx.merged_walk(wanted, walk).await?);
    }
    let start = walk.from.as_ref().map(|cut| cut.kind);
    let mut ahead: Vec<&Wanted> = wanted.iter().collect();
    if walk.backward {
        ahead.reverse();
    }
    let mut rows = Vec::new();
    for wanted in ahead.into_iter().skip_while(|wanted| start.is_some_and(|kind| kind != wanted.kind)) {
        let from = walk.from.clone().filter(|cut| cut.kind == wanted.kind);
        let limit = walk.limit - length(&rows);
        if limit > 0 {
            rows.extend(tx.walk(wanted, &Walk { from, limit, ..walk.clone() }).await?);
        }
    }
    Ok(rows)
}

async fn total(tx: &mut TenantTx, wanted: &[Wanted], rows: &[Row]) -> Result<i64> {
    let mut total = 0;
    for wanted in wanted {
        total += total_of(tx, wanted, rows).await?;
    }
    Ok(total)
}

/// How many rows the list of one kind has: as rows of it say, else as the database does.
async fn total_of(tx: &mut TenantTx, wanted: &Wanted, rows: &[Row]) -> Result<i64> {
    let known = rows.iter().find(|row| row.kind() == wanted.kind).and_then(|row| row.total);
    match known {
        Some(total) => Ok(total),
        None => Ok(tx.total(wanted).await?),
    }
}

fn length<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
