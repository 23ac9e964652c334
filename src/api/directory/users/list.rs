//! `GET /api/v1/tenants/{tenant_id}/users`: the users of a tenant, filtered, in pages.

use poem_openapi::param::Path;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::wire::{UserItem, UserListing};
use crate::api::directory::Tag;
use crate::api::directory::auth::InTenant;
use crate::api::directory::cursor::{self, CursorOf};
use crate::api::directory::error::Refusal;
use crate::api::directory::paging::{CursorPagination, Paging};
use crate::api::directory::rights::ReadingUsers;
use crate::api::directory::wire::Ids;
use crate::api::native::parameters::{Asked, MaybeFlag, PageNumber, PageSize, Search, Text};
use crate::api::native::written::Written;
use crate::domain::UserSelection;
use crate::model::listing::{self, Cut, Part, Resource, ResourceKind, Walk, Wanted};

pub(in crate::api::directory) struct List;

#[derive(ApiResponse)]
enum Listed {
    /// The page asked for; empty past the end.
    #[oai(status = 200)]
    Page(Written<UserListing>),
}

#[OpenApi]
impl List {
    /// List users
    ///
    /// In the order in which they were created. Filters combine: a user is shown that satisfies all of them.
    #[oai(path = "/api/v1/tenants/:tenant_id/users", method = "get", operation_id = "list_users", tag = "Tag::Users")]
    #[expect(clippy::too_many_arguments, reason = "one for each parameter the contract has")]
    async fn list(
        &self,
        caller: InTenant<ReadingUsers>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Users a page.
        Asked(per_page): Asked<PageSize>,
        /// The `next_cursor` of an earlier page, instead of `page`.
        Asked(after): Asked<Text>,
        /// Text that user name, name to show or an e-mail address contains, in any case of letters.
        Asked(search): Asked<Search>,
        /// Only users whose accounts may be used, or only those whose may not.
        Asked(active): Asked<MaybeFlag>,
        /// Only the user with this user name, in any case of letters.
        Asked(user_name): Asked<Text>,
        /// Only users with this e-mail address, in any case of letters.
        Asked(email): Asked<Text>,
        /// Only users with this external id, letter by letter.
        Asked(external_id): Asked<Text>,
    ) -> Result<Listed, Refusal> {
        let paging = Paging::new(page, per_page);
        let wanted = UserSelection {
            search: search.0,
            active: active.0,
            user_name: user_name.0,
            email: email.0,
            external_id: external_id.0,
        };
        let (domain, scope) = (caller.domain(), &caller.scope);
        let cursor = CursorOf::new("users", scope.tenant(), &wanted);
        let part = match paging.cursor(after.0.as_deref())? {
            None => Part::Window(paging.window()),
            Some(text) => Part::Walk(Walk { from: Some(cut(&cursor.open(domain, text).await?)?), ..paging.walk() }),
        };
        let filter = domain.user_filter(&wanted)?;
        let found = domain
            .list(
                scope,
                &[Wanted { kind: ResourceKind::User, filter, sort: None, groups: false, base: String::new() }],
                &part,
            )
            .await?;
        let last = found.items.last().filter(|_| more(&part, &found)).map(Resource::uuid);
        let next = match last {
            Some(id) => Some(cursor.seal(domain, id.as_bytes()).await?),
            None => None,
        };
        let ids = Ids(scope.settings().id_style);
        let users = found.items.iter().filter_map(|resource| match resource {
            Resource::User(user) => Some(UserItem::new(ids, scope.tenant(), user)),
            Resource::Group(_) => None,
        });
        Ok(Listed::Page(Written(UserListing {
            data: users.collect(),
            pagination: CursorPagination::new(paging.of(found.total), next),
            meta: caller.meta(),
        })))
    }
}

/// The place behind the user that a cursor names.
fn cut(place: &[u8]) -> Result<Cut, Refusal> {
    let id = Uuid::from_slice(place).map_err(|_| cursor::refused())?;
    Ok(Cut { kind: ResourceKind::User, key: None, id, behind: true })
}

/// Whether more follow the page.
fn more(part: &Part, found: &listing::Listed) -> bool {
    match part {
        Part::Walk(_) => found.next.is_some(),
        Part::Window(window) => {
            let shown = i64::try_from(found.items.len()).unwrap_or(i64::MAX);
            window.offset.saturating_add(shown) < found.total
        }
    }
}
