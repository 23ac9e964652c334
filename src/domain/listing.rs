//! Lists of users and groups, alone or together: users come first.

use super::check::check_answerable;
use super::{Domain, Error, Result};
use crate::model::listing::{Cut, Listed, Part, Resource, Walk, Wanted};
use crate::model::page::Window;
use crate::model::principal::TenantScope;
use crate::schema::refusal::Refusal;
use crate::store::TenantTx;
use crate::store::listing::{Row, can_sort, unanswerable};

impl Domain {
    /// A part of the list of everything wanted, kind by kind in the order given. Kinds must be in their own order, each
    /// at most once.
    ///
    /// # Errors
    /// [`Error::Refused`] for a filter that cannot be answered, or an attribute that cannot be sorted by.
    pub async fn list(&self, scope: &TenantScope, wanted: &[Wanted], part: &Part) -> Result<Listed> {
        for wanted in wanted {
            check_answerable(unanswerable(wanted))?;
            check_sort(wanted)?;
        }
        let mut tx = self.store.lists(scope).await?;
        match part {
            Part::Window(window) => by_number(&mut tx, wanted, *window).await,
            Part::Walk(walk) => by_walk(&mut tx, wanted, walk).await,
        }
    }
}

fn check_sort(Wanted { kind, sort, .. }: &Wanted) -> Result<()> {
    match sort {
        Some(sort) if !can_sort(*kind, &sort.field) => {
            let detail = format!("sortBy \"{}\": resources have no order by it", sort.field.path());
            Err(Error::Refused(Refusal::path(detail)))
        }
        _ => Ok(()),
    }
}

async fn by_number(tx: &mut TenantTx, wanted: &[Wanted], window: Window) -> Result<Listed> {
    let (mut items, mut total, mut left) = (Vec::new(), 0, window);
    for wanted in wanted {
        let rows = if left.limit > 0 { tx.window(wanted, left).await? } else { Vec::new() };
        let size = match left.total_if_known(rows.len()) {
            Some(size) => size,
            None => tx.total(wanted).await?,
        };
        total += size;
        left = Window { offset: (left.offset - size).max(0), limit: left.limit - length(&rows) };
        items.extend(rows.into_iter().map(|row| row.resource));
    }
    Ok(Listed { items, total, previous: None, next: None })
}

async fn by_walk(tx: &mut TenantTx, wanted: &[Wanted], walk: &Walk) -> Result<Listed> {
    if walk.limit == 0 {
        return Ok(Listed { items: Vec::new(), total: total(tx, wanted).await?, previous: None, next: None });
    }
    // One row more than asked for tells whether there are more.
    let mut rows = collect(tx, wanted, &Walk { limit: walk.limit + 1, ..walk.clone() }).await?;
    let more = length(&rows) > walk.limit;
    rows.truncate(usize::try_from(walk.limit).unwrap_or(usize::MAX));
    let total = if more || walk.from.is_some() { total(tx, wanted).await? } else { length(&rows) };
    let ahead = rows.last().filter(|_| more).map(|row| row.cut(!walk.backward));
    let behind = reverse_of(tx, wanted, walk).await?;
    let mut items: Vec<Resource> = rows.into_iter().map(|row| row.resource).collect();
    if walk.backward {
        items.reverse();
        return Ok(Listed { items, total, previous: ahead, next: behind });
    }
    Ok(Listed { items, total, previous: behind, next: ahead })
}

/// The cut the walk started from, if there is anything on its other side by now.
async fn reverse_of(tx: &mut TenantTx, wanted: &[Wanted], walk: &Walk) -> Result<Option<Cut>> {
    if walk.from.is_none() {
        return Ok(None);
    }
    let back = Walk { backward: !walk.backward, limit: 1, from: walk.from.clone() };
    let there = collect(tx, wanted, &back).await?;
    Ok(walk.from.clone().filter(|_| !there.is_empty()))
}

/// The rows next to the cut, over the borders between kinds.
async fn collect(tx: &mut TenantTx, wanted: &[Wanted], walk: &Walk) -> Result<Vec<Row>> {
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
            rows.extend(tx.walk(wanted, &Walk { from, backward: walk.backward, limit }).await?);
        }
    }
    Ok(rows)
}

async fn total(tx: &mut TenantTx, wanted: &[Wanted]) -> Result<i64> {
    let mut total = 0;
    for wanted in wanted {
        total += tx.total(wanted).await?;
    }
    Ok(total)
}

fn length<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
