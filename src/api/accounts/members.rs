//! `GET /api/v1/groups/{id}/members`: everybody in a group or in one below it; all of them in one answer that is written as
//! they are read, or a page.

use poem_openapi::param::{Header, Path};
use poem_openapi::registry::MetaSchema;
use poem_openapi::{ApiResponse, OpenApi};
use serde_json::json;

use super::Tag;
use super::auth::{InTenant, Viewing};
use super::error::Refusal;
use super::groups::group_id;
use super::paging::{List, behind};
use super::wire::{Member, MemberList};
use crate::api::native::listing::LongList;
use crate::api::native::parameters::{Asked, Parameter, Text, Unfit, Whole, unfit};
use crate::domain::Membership;
use crate::model::group::Group;
use crate::model::ids::UserId;
use crate::model::page::Seek;

pub(super) struct Members;

/// Members a page, where `after` is given and `limit` is not.
const USUAL: i64 = 50;
const MOST: i64 = 500;

/// Only members of one kind.
#[derive(Default, Clone, Copy)]
struct Kind(Membership);

impl Kind {
    const WORDS: [(&'static str, Membership); 2] =
        [("direct", Membership::Direct), ("indirect", Membership::Inherited)];

    fn word(self) -> Option<&'static str> {
        Self::WORDS.into_iter().find(|(_, which)| *which == self.0).map(|(word, _)| word)
    }
}

impl Parameter for Kind {
    fn schema() -> MetaSchema {
        let words = Self::WORDS.into_iter().map(|(word, _)| json!(word)).collect();
        MetaSchema { enum_items: words, ..MetaSchema::new("string") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        let found = Self::WORDS.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()));
        match found {
            Some((_, which)) => Ok(Self(which)),
            None => unfit("enum", "Input should be 'direct' or 'indirect'", text),
        }
    }
}

#[derive(ApiResponse)]
enum Listed {
    /// The members.
    #[oai(status = 200)]
    Members(LongList<MemberList>),
}

#[OpenApi]
impl Members {
    /// List members
    ///
    /// Everybody in the group or in a group below it, each once, by id; who is both is `direct`. Without `limit` and
    /// `after` all of them come in one answer, however many; with either, a page, which says how to read on.
    #[oai(
        path = "/api/v1/groups/:id/members",
        method = "get",
        operation_id = "list_group_members",
        tag = "Tag::Members"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the endpoint")]
    async fn list(
        &self,
        caller: InTenant<Viewing>,
        /// The tenant, by id or slug; needed where the credential is of several.
        #[oai(name = "X-Tenant-ID")]
        _tenant: Header<Option<String>>,
        /// The group's id.
        Path(id): Path<String>,
        /// Only these members; `count` is of all of them nevertheless.
        Asked(membership_type): Asked<Kind>,
        /// Members a page, 50 where only `after` is given; more than 500 are cut to 500.
        Asked(limit): Asked<Whole<1, { i64::MAX }>>,
        /// The `endCursor` of an earlier page of the same list.
        Asked(after): Asked<Text>,
    ) -> Result<Listed, Refusal> {
        let id = group_id(&id)?;
        let list = List::Members(id, membership_type.word());
        let from = list.open(caller.domain(), &caller.scope, after.0.as_deref()).await?;
        let group = caller.domain().group(&caller.scope, id).await?;
        if limit.0.is_none() && from.is_none() {
            return all(&caller, &group, membership_type.0).await;
        }
        let seek = Seek { after: from.map(|cut| UserId::from(cut.id)), limit: limit.0.unwrap_or(USUAL).min(MOST) };
        page(&caller, &group, membership_type.0, &list, seek).await
    }
}

async fn all(caller: &InTenant<Viewing>, group: &Group, which: Membership) -> Result<Listed, Refusal> {
    let (domain, scope) = (caller.domain(), &caller.scope);
    // Where all are shown their number is known at the end, and is that of what was shown.
    let of_all = match which {
        Membership::Any => None,
        Membership::Direct | Membership::Inherited => Some(domain.effective_count(scope, group).await?),
    };
    let members = domain.stream_effective_members(scope, group.id, which).await?;
    let frame = move |shown| MemberList { members: Vec::new(), count: of_all.unwrap_or(shown), page_info: None };
    Ok(Listed::Members(LongList::new("members", frame, members, Member::from).await?))
}

async fn page(
    caller: &InTenant<Viewing>,
    group: &Group,
    which: Membership,
    list: &List<'_>,
    seek: Seek<UserId>,
) -> Result<Listed, Refusal> {
    let (domain, scope) = (caller.domain(), &caller.scope);
    let found = domain.seek_members(scope, group.id, which, seek).await?;
    let end = found.items.last().map(|member| behind(member.user_id));
    let page_info = Some(list.info(domain, scope, end, found.more).await?);
    let count = domain.effective_count(scope, group).await?;
    let members = found.items.into_iter().map(Member::from).collect();
    Ok(Listed::Members(LongList::whole(&MemberList { members, count, page_info })))
}
