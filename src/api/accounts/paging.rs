//! Pages read on from where the last one ended. A cursor is sealed text: it is good for one list of one tenant, asked for
//! in the same way, and grants nothing.

use poem_openapi::Object;

use super::error::Refusal;
use crate::api::native::refused::Fault;
use crate::api::native::types::Nullable;
use crate::domain::Domain;
use crate::model::ids::{GroupId, UserId};
use crate::model::listing::{Cut, ResourceKind};
use crate::model::principal::TenantScope;

/// Whether more follows, and how to read on.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub(super) struct PageInfo {
    /// Whether more follows.
    pub(super) has_next_page: bool,
    /// The place of the last row of this page; send it as `after` to read on. Null when the page is empty.
    pub(super) end_cursor: Nullable<String>,
}

/// A list that cursors belong to.
pub(super) enum List<'l> {
    /// The groups whose names contain this.
    Groups(Option<&'l str>),
    /// The members of this group; of this kind alone.
    Members(GroupId, Option<&'static str>),
}

impl List<'_> {
    /// What its cursors are bound to beside the tenant.
    fn query(&self) -> [String; 3] {
        match self {
            Self::Groups(search) => {
                ["accounts groups".to_owned(), search.unwrap_or_default().to_owned(), String::new()]
            }
            Self::Members(group, kind) => {
                ["accounts members".to_owned(), group.to_string(), kind.unwrap_or_default().to_owned()]
            }
        }
    }

    /// The place a cursor tells.
    pub(super) async fn open(
        &self,
        domain: &Domain,
        scope: &TenantScope,
        cursor: Option<&str>,
    ) -> Result<Option<Cut>, Refusal> {
        let Some(text) = cursor else { return Ok(None) };
        let query = self.query();
        let query = query.each_ref().map(String::as_str);
        match domain.unseal_cut(scope, &query, text).await? {
            Some(cut) => Ok(Some(cut)),
            None => Err(Fault::query(
                "after",
                "value_error",
                "should be the endCursor of an earlier page of this list, asked for in the same way; start again without it",
            )
            .into()),
        }
    }

    /// What a page says of itself, by its last row.
    pub(super) async fn info(
        &self,
        domain: &Domain,
        scope: &TenantScope,
        end: Option<Cut>,
        more: bool,
    ) -> Result<PageInfo, Refusal> {
        let query = self.query();
        let query = query.each_ref().map(String::as_str);
        let end_cursor = match end {
            Some(cut) => Some(domain.seal_cut(scope, &query, &cut).await?),
            None => None,
        };
        Ok(PageInfo { has_next_page: more, end_cursor: end_cursor.into() })
    }
}

/// The place behind a user in a list of members.
pub(super) fn behind(user: UserId) -> Cut {
    Cut { kind: ResourceKind::User, key: None, id: user.uuid(), behind: true }
}
