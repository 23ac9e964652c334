//! `GET /api/v1/tenants/{tenant_id}/groups/{group_id}` and `GET /api/v1/admin/groups/{group_id}`: one group, with what is
//! asked for of its members and child groups. An administrator's answer also says whose it is, and always counts
//! effective members.

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::{ParseFromJSON, ToJSON};
use poem_openapi::{ApiResponse, OpenApi};

use crate::api::directory::Tag;
use crate::api::directory::auth::{AsAdmin, InTenant, Reading};
use crate::api::directory::error::Refusal;
use crate::api::directory::wire::{AdminGroupResponse, Extras, GroupResponse, Ids, Meta, Single};
use crate::api::native::conditional::IfNoneMatch;
use crate::api::native::parameters::{Asked, Text};
use crate::domain::{Domain, GroupView, MemberSlice};
use crate::model::group::Group;
use crate::model::page::Seek;
use crate::model::principal::TenantScope;
use crate::model::version::Version;

pub(in crate::api::directory) struct Show;

#[derive(ApiResponse)]
enum Shown<T: ParseFromJSON + ToJSON> {
    /// The group.
    #[oai(status = 200)]
    Group(
        Json<Single<T>>,
        /// The version of its record, direct members and edges.
        #[oai(header = "ETag")]
        String,
    ),
    /// It still has a version that `If-None-Match` names, and nothing beyond the record was asked for.
    #[oai(status = 304)]
    NotModified(
        /// The version.
        #[oai(header = "ETag")]
        String,
    ),
}

#[OpenApi]
impl Show {
    /// Get a tenant's group
    ///
    /// `members`, `nested_groups` and `effective_member_count` are null unless `include` names them.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/groups/:group_id",
        method = "get",
        operation_id = "get_tenant_group",
        tag = "Tag::Tenant"
    )]
    async fn tenant(
        &self,
        caller: InTenant<Reading>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// What to add, separated by commas: `members`, `nested_groups`, `effective_member_count`, or `all`. Other words
        /// are ignored. Lists hold at most 1,000 rows; `meta.truncated` names those that were cut.
        Asked(include): Asked<Text>,
        /// Entity tags; the answer is 304 when one is current.
        #[oai(name = "If-None-Match")]
        known: IfNoneMatch,
    ) -> Result<Shown<GroupResponse>, Refusal> {
        let id = group_id.parse().map_err(|_| Refusal::no_group())?;
        let include = Include::read(include.0.as_deref().unwrap_or_default());
        let view = caller.domain().group_view(&caller.scope, id).await?;
        let version = view.group.version;
        if include.nothing() && known.knows(version) {
            return Ok(Shown::NotModified(version.etag()));
        }
        let (data, truncated) = body(caller.domain(), &caller.scope, view, include).await?;
        Ok(shown(data, caller.meta().cut(truncated), version))
    }

    /// Get a group
    ///
    /// `members` and `nested_groups` are null unless `include` names them; effective members are always counted.
    #[oai(
        path = "/api/v1/admin/groups/:group_id",
        method = "get",
        operation_id = "get_group",
        tag = "Tag::Administration"
    )]
    async fn administration(
        &self,
        caller: AsAdmin<Reading>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// What to add, separated by commas: `members`, `nested_groups`, or `all`. Other words are ignored. Lists hold at
        /// most 1,000 rows; `meta.truncated` names those that were cut.
        Asked(include): Asked<Text>,
        /// Entity tags; the answer is 304 when one is current.
        #[oai(name = "If-None-Match")]
        known: IfNoneMatch,
    ) -> Result<Shown<AdminGroupResponse>, Refusal> {
        let (scope, id) = caller.reach(&group_id).await?;
        let include = Include::read(include.0.as_deref().unwrap_or_default());
        let view = caller.domain().group_view(&scope, id).await?;
        let version = view.group.version;
        if include.nothing() && known.knows(version) {
            return Ok(Shown::NotModified(version.etag()));
        }
        let include = Include { effective_member_count: true, ..include };
        let (group, truncated) = body(caller.domain(), &scope, view, include).await?;
        let data = administered(caller.domain(), &scope, group).await?;
        Ok(shown(data, caller.meta().cut(truncated), version))
    }
}

fn shown<T: ParseFromJSON + ToJSON>(data: T, meta: Meta, version: Version) -> Shown<T> {
    Shown::Group(Json(Single { data, meta }), version.etag())
}

/// The group as administrators see it.
pub(super) async fn administered(
    domain: &Domain,
    scope: &TenantScope,
    group: GroupResponse,
) -> Result<AdminGroupResponse, Refusal> {
    let partner = domain.tenant(&scope.tenant().to_string()).await?.partner;
    Ok(AdminGroupResponse::new(Ids(scope.settings().id_style), group, scope.tenant(), partner))
}

/// The group by itself, after a write.
pub(super) async fn written(domain: &Domain, scope: &TenantScope, group: Group) -> Result<GroupResponse, Refusal> {
    let view = domain.view_of(scope, group).await?;
    Ok(GroupResponse::new(Ids(scope.settings().id_style), view, Extras::default()))
}

/// What is asked for beyond the record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Include {
    members: bool,
    nested_groups: bool,
    effective_member_count: bool,
}

impl Include {
    fn read(words: &str) -> Self {
        let mut include = Self::default();
        for word in words.split(',').map(str::trim) {
            match word {
                "members" => include.members = true,
                "nested_groups" => include.nested_groups = true,
                "effective_member_count" | "effective_members_count" => include.effective_member_count = true,
                "all" => include = Self { members: true, nested_groups: true, effective_member_count: true },
                _ => {}
            }
        }
        include
    }

    fn nothing(self) -> bool {
        self == Self::default()
    }
}

/// Rows an included list has at the most.
const MOST_INCLUDED: i64 = 1_000;

/// The group with what is included, and the names of the lists that were cut.
async fn body(
    domain: &Domain,
    scope: &TenantScope,
    view: GroupView,
    include: Include,
) -> Result<(GroupResponse, Vec<String>), Refusal> {
    let mut truncated = Vec::new();
    let mut extras = Extras::default();
    if include.effective_member_count {
        extras.effective_member_count = Some(domain.effective_count(scope, &view.group).await?);
    }
    if include.members {
        let slice = MemberSlice { seek: Seek { after: None, limit: MOST_INCLUDED }, offset: 0 };
        let page = domain.direct_members(scope, view.group.id, slice).await?;
        truncated.extend(page.next.map(|_| "members".to_owned()));
        extras.members = Some(page.items);
    }
    if include.nested_groups {
        extras.nested_groups = Some(domain.nested_groups(scope, view.group.id, MOST_INCLUDED).await?);
        truncated.extend(more_nested(&view.group).then(|| "nested_groups".to_owned()));
    }
    Ok((GroupResponse::new(Ids(scope.settings().id_style), view, extras), truncated))
}

fn more_nested(group: &Group) -> bool {
    group.nested_groups > MOST_INCLUDED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_strangers_ignored() {
        let include = Include::read(" members ,effective_members_count,owners,");
        assert_eq!(include, Include { members: true, effective_member_count: true, nested_groups: false });
        assert_eq!(Include::read("all"), Include::read("nested_groups,members,effective_member_count"));
        assert!(Include::read("owners,").nothing() && Include::read("").nothing());
    }
}
