//! Lists: `/Users`, `/Groups`, and the base URI, which lists both. GET and POST `.search` differ only in where the
//! parameters stand; everything else is here once (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865).

use poem::Response;
use serde_json::Value;

use super::context::Call;
use super::cursor::{self, Binding, Cursor};
use super::error::Error;
use super::members::{self, Entry, Looks};
use super::query::{Paging, Query};
use super::respond::{self, ListHead};
use super::users;
use crate::model::listing::{Cut, Listed, Part, Resource, ResourceKind, Sort, Walk, Wanted};
use crate::schema::filter;
use crate::schema::leniency::Stance;
use crate::schema::path;
use crate::schema::project::Projection;
use crate::schema::refusal::Refusal;
use crate::schema::resource_type::ResourceType;

/// Which resources an endpoint lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// `/Users`.
    Users,
    /// `/Groups`.
    Groups,
    /// The base URI.
    All,
}

impl Reach {
    const fn kinds(self) -> &'static [ResourceKind] {
        match self {
            Self::Users => &[ResourceKind::User],
            Self::Groups => &[ResourceKind::Group],
            Self::All => &[ResourceKind::User, ResourceKind::Group],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Users => "/Users",
            Self::Groups => "/Groups",
            Self::All => "/",
        }
    }
}

fn type_of(call: &Call, kind: ResourceKind) -> &ResourceType {
    match kind {
        ResourceKind::User => call.domain().schemas().user(),
        ResourceKind::Group => call.domain().schemas().group(),
    }
}

/// Answers a list.
pub(super) async fn answer(call: &Call, query: &Query, reach: Reach) -> Result<Response, Error> {
    let shown = Shown {
        users: query.projection(type_of(call, ResourceKind::User))?,
        groups: query.projection(type_of(call, ResourceKind::Group))?,
    };
    let wanted = wanted(call, query, reach, &shown)?;
    let binding = binding(query, reach, &wanted);
    let paging = query.paging()?;
    let part = match &paging {
        Paging::Index(window) => Part::Window(*window),
        Paging::Cursor { text, count } => Part::Walk(Box::pin(walk(call, &binding, text, *count)).await?),
    };
    let listed = call.domain().list(&call.scope, &wanted, &part).await?;
    let head = head(call, &binding, &paging, &listed).await?;
    write(call, head, &listed, &shown).await
}

fn wanted(call: &Call, query: &Query, reach: Reach, shown: &Shown) -> Result<Vec<Wanted>, Error> {
    let types: Vec<&ResourceType> = reach.kinds().iter().map(|kind| type_of(call, *kind)).collect();
    let mut filters = vec![None; types.len()];
    if let Some(text) = query.get("filter") {
        let (checked, leniencies) = filter::compile(text, &types, &|| call.addresses(), call.mode())?;
        call.note(&leniencies);
        filters = checked.into_iter().map(Some).collect();
    }
    let sorts = sorts(call, query, &types)?;
    let each = reach.kinds().iter().zip(filters).zip(sorts);
    let wanted = |((kind, filter), sort): ((&ResourceKind, _), _)| {
        let groups = *kind == ResourceKind::User && shown.users.wants("groups");
        Wanted { kind: *kind, filter, sort, groups, base: call.base.clone() }
    };
    Ok(each.map(wanted).collect())
}

/// The order for each type. A type without the attribute has no values to sort by, if another type has it.
fn sorts(call: &Call, query: &Query, types: &[&ResourceType]) -> Result<Vec<Option<Sort>>, Error> {
    let descending = query.descending()?;
    let Some(text) = query.get("sortBy") else { return Ok(vec![None; types.len()]) };
    let mut stance = Stance::new(call.mode());
    let fields: Vec<Result<_, Refusal>> = types.iter().map(|own| path::sort_field(own, text, &mut stance)).collect();
    if fields.iter().all(Result::is_err) {
        return fields.into_iter().map(|field| Ok(Some(Sort { field: Some(field?), descending }))).collect();
    }
    call.note(&stance.into_used());
    Ok(fields.into_iter().map(|field| Some(Sort { field: field.ok(), descending })).collect())
}

fn binding(query: &Query, reach: Reach, wanted: &[Wanted]) -> Binding {
    let order = |wanted: &Wanted| match &wanted.sort {
        Some(Sort { field: Some(field), descending }) => format!("{} {:?} {descending}\n", field.path(), field.kind),
        Some(Sort { field: None, descending }) => format!("- {descending}\n"),
        None => "\n".to_owned(),
    };
    let filter = query.get("filter").map_or_else(String::new, |text| format!("?{}", text.trim()));
    Binding { endpoint: reach.name(), filter, order: wanted.iter().map(order).collect() }
}

async fn walk(call: &Call, binding: &Binding, text: &str, limit: i64) -> Result<Walk, Error> {
    if text.is_empty() {
        return Ok(Walk { from: None, backward: false, limit, total: None });
    }
    let Cursor { cut, backward, total } = cursor::open(call, binding, text).await?;
    Ok(Walk { from: Some(cut), backward, limit, total })
}

async fn head(call: &Call, binding: &Binding, paging: &Paging, listed: &Listed) -> Result<ListHead, Error> {
    let start_index = match paging {
        Paging::Index(window) => Some(window.offset + 1),
        Paging::Cursor { .. } => None,
    };
    // What a filter finds is counted once a walk: it can be many, and counting them would cost more than the page. The size
    // of a whole list is known at any time.
    let total = (!binding.filter.is_empty()).then_some(listed.total);
    let seal = async |cut: &Option<Cut>, backward| match cut.clone() {
        Some(cut) => Box::pin(cursor::seal(call, binding, &Cursor { cut, backward, total })).await.map(Some),
        None => Ok(None),
    };
    Ok(ListHead {
        total: listed.total,
        items: listed.items.len(),
        start_index,
        previous: seal(&listed.previous, true).await?,
        next: seal(&listed.next, false).await?,
    })
}

/// What is shown of each kind.
struct Shown {
    users: Projection,
    groups: Projection,
}

/// Users are written as they are, groups with their members, which may have to be streamed.
async fn write(call: &Call, head: ListHead, listed: &Listed, shown: &Shown) -> Result<Response, Error> {
    let entries = listed.items.iter().map(|item| match item {
        Resource::User(user) => Entry::User(user, users::held(&listed.groups, user.id)),
        Resource::Group(group) => Entry::Group(group),
    });
    let with_members = shown.groups.wants("members");
    let looks = Looks::new(call.into(), &shown.users, &shown.groups);
    Ok(respond::body(members::body(call, entries.collect(), &looks, with_members, Some(head.text())).await?))
}

/// A whole ListResponse of documents at hand: discovery.
pub(super) fn of_documents(documents: &[Value]) -> Response {
    let total = i64::try_from(documents.len()).unwrap_or(i64::MAX);
    let head = ListHead { total, items: documents.len(), start_index: Some(1), previous: None, next: None };
    let mut text = head.text();
    respond::push_all(&mut text, documents);
    text.extend_from_slice(b"]}");
    respond::body(text.into())
}
