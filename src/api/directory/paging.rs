//! Pages: by number, which counts, and for members by cursor, which costs the same at any depth. A cursor is opaque to
//! clients and good for one list of one group of one tenant.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::cursor;
use super::error::Refusal;
use super::wire::Nullable;
use crate::api::native::parameters::{PageNumber, PageSize};
use crate::domain::MemberSlice;
use crate::model::ids::{GroupId, TenantId, UserId};
use crate::model::listing::Walk;
use crate::model::page::{Seek, Window};

/// Where a page lies in its list.
#[derive(Object, Serialize)]
#[oai(example)]
pub(super) struct Pagination {
    /// The page, from 1.
    page: i64,
    /// Rows a page has at the most.
    per_page: i64,
    /// Rows of the whole list.
    total_items: i64,
    /// Pages of the whole list; 0 when it is empty.
    total_pages: i64,
}

/// Where a page lies in its list, and how to read on.
#[derive(Object, Serialize)]
#[oai(example)]
pub(super) struct CursorPagination {
    #[oai(flatten)]
    #[serde(flatten)]
    place: Pagination,
    /// Send it as `after` to read on; null on the last page.
    next_cursor: Nullable<String>,
}

impl CursorPagination {
    pub(super) fn new(place: Pagination, next_cursor: Option<String>) -> Self {
        Self { place, next_cursor: next_cursor.into() }
    }
}

impl Example for Pagination {
    fn example() -> Self {
        Paging { page: 1, per_page: 20 }.of(45)
    }
}

impl Example for CursorPagination {
    fn example() -> Self {
        Self::new(Pagination::example(), Some("AZgAAAAAcACAAAAAAAAAA3z0h9l2m1Ee".to_owned()))
    }
}

/// A page by its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    page: i64,
    per_page: i64,
}

/// Rows beyond this many are never there. It keeps the sums of offsets and limits in range.
const FARTHEST: i64 = 1 << 48;

impl Paging {
    pub(super) const fn new(page: PageNumber, per_page: PageSize) -> Self {
        Self { page: page.0, per_page: per_page.0 }
    }

    /// The rows of the page.
    pub(super) fn window(self) -> Window {
        let offset = (self.page - 1).saturating_mul(self.per_page).min(FARTHEST);
        Window { offset, limit: self.per_page }
    }

    /// The cursor to read on from, if there is one; a page number with it is refused.
    pub(super) fn cursor(self, after: Option<&str>) -> Result<Option<&str>, Refusal> {
        if after.is_some() && self.page != 1 {
            let message = "A cursor says where the page starts: leave page out";
            return Err(Refusal::query("after", "value_error", message));
        }
        Ok(after)
    }

    /// A page of that size, from the start of the list on.
    pub(super) const fn walk(self) -> Walk {
        Walk { from: None, backward: false, limit: self.per_page, total: None }
    }

    /// What the answer says of it.
    pub(super) fn of(self, total: i64) -> Pagination {
        Pagination {
            page: self.page,
            per_page: self.per_page,
            total_items: total,
            total_pages: total / self.per_page + i64::from(total % self.per_page != 0),
        }
    }
}

/// A list of members that a cursor belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct MemberList {
    pub(super) tenant: TenantId,
    pub(super) group: GroupId,
    /// Which of the group's lists.
    pub(super) name: &'static str,
}

impl MemberList {
    /// The part of the list asked for, by number or by cursor.
    pub(super) fn slice(self, paging: Paging, after: Option<&str>) -> Result<MemberSlice, Refusal> {
        let Some(cursor) = paging.cursor(after)? else {
            let window = paging.window();
            return Ok(MemberSlice { seek: Seek { after: None, limit: window.limit }, offset: window.offset });
        };
        let last = self.read(cursor).ok_or_else(cursor::refused)?;
        Ok(MemberSlice { seek: Seek { after: Some(last), limit: paging.per_page }, offset: 0 })
    }

    /// What the answer says of the page.
    pub(super) fn of(self, paging: Paging, total: i64, next: Option<UserId>) -> CursorPagination {
        CursorPagination::new(paging.of(total), next.map(|last| self.cursor(last)))
    }

    fn cursor(self, last: UserId) -> String {
        let mut bytes = last.uuid().as_bytes().to_vec();
        bytes.extend(self.mark(last));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn read(self, cursor: &str) -> Option<UserId> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (id, mark) = bytes.split_at_checked(16)?;
        let last = UserId::from(Uuid::from_slice(id).ok()?);
        (mark == self.mark(last)).then_some(last)
    }

    /// Ties the cursor to this list. No secret is needed: whoever makes one up gets a place in a list they may read.
    fn mark(self, last: UserId) -> [u8; 8] {
        let text = format!("{} {} {} {last}", self.name, self.tenant, self.group);
        let digest = Sha256::digest(text.as_bytes());
        std::array::from_fn(|i| digest[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Clock;

    fn paging(page: i64, per_page: i64) -> Paging {
        Paging::new(PageNumber(page), PageSize(per_page))
    }

    fn list(name: &'static str) -> MemberList {
        let clock = Clock::system();
        MemberList { tenant: TenantId::generate(&clock), group: GroupId::generate(&clock), name }
    }

    #[test]
    fn pages_are_counted_up() {
        for (total, pages) in [(0, 0), (1, 1), (20, 1), (21, 2), (40, 2)] {
            assert_eq!(paging(1, 20).of(total).total_pages, pages, "{total}");
        }
        assert_eq!(paging(3, 20).window(), Window { offset: 40, limit: 20 });
        let far = paging(i64::MAX, 500).window();
        assert!(far.offset.checked_add(far.limit).is_some());
    }

    #[test]
    fn a_cursor_leads_on_in_its_own_list_alone() {
        let (members, last) = (list("members"), UserId::generate(&Clock::system()));
        let cursor = members.of(paging(1, 20), 50, Some(last)).next_cursor.0.unwrap();
        let slice = members.slice(paging(1, 5), Some(&cursor)).ok().unwrap();
        assert_eq!((slice.seek.after, slice.seek.limit, slice.offset), (Some(last), 5, 0));
        let others = [
            MemberList { name: "effective-members", ..members },
            MemberList { tenant: list("").tenant, ..members },
            MemberList { group: list("").group, ..members },
        ];
        for other in others {
            assert!(other.slice(paging(1, 5), Some(&cursor)).is_err(), "{other:?}");
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let members = list("members");
        let cursor = members.cursor(UserId::generate(&Clock::system()));
        let cut = &cursor[..cursor.len() - 1];
        for text in ["", "x", "äöü", cut, &"A".repeat(32), &"A".repeat(100_000)] {
            assert!(members.slice(paging(1, 5), Some(text)).is_err(), "{text:.40}");
        }
        assert!(members.slice(paging(2, 5), Some(&cursor)).is_err(), "with a page");
    }
}
