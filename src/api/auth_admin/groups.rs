//! Groups: `GET` and `POST /auth/admin/group`, and `GET`, `PUT`, `DELETE /auth/admin/group/{id}`.

use poem_openapi::payload;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::auth::{Changing, InPath, InQuery, InTenant, Json, Reading, Writing};
use super::error::Refusal;
use super::wire::{Group, GroupDeleted, GroupList, GroupUpdate, GroupsCreated, NewGroups};
use crate::api::native::conditional::{IfMatch, IfNoneMatch};
use crate::api::native::listing::LongList;
use crate::api::native::parameters::{Asked, Whole};
use crate::domain::{GroupChange, NewGroup};
use crate::model::group::DeleteStrategy;
use crate::model::ids::GroupNumber;

pub(super) struct All;

pub(super) struct One;

#[derive(ApiResponse)]
enum Listed {
    /// The groups.
    #[oai(status = 200)]
    Groups(LongList<GroupList>),
}

#[derive(ApiResponse)]
enum Created {
    /// What is new, and what was there.
    #[oai(status = 201)]
    Groups(payload::Json<GroupsCreated>),
}

#[derive(ApiResponse)]
enum Shown {
    /// The group.
    #[oai(status = 200)]
    Group(
        payload::Json<Group>,
        /// The version of its record, members and edges.
        #[oai(header = "ETag")]
        String,
    ),
    /// It still has a version that `If-None-Match` names.
    #[oai(status = 304)]
    NotModified(
        /// The version.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Changed {
    /// The group as it is now.
    #[oai(status = 200)]
    Group(
        payload::Json<Group>,
        /// The version of its record, members and edges.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Deleted {
    /// It is gone.
    #[oai(status = 200)]
    Group(payload::Json<GroupDeleted>),
}

#[OpenApi]
impl All {
    /// List groups
    ///
    /// All groups of the tenant by id, in one answer; or a part of them.
    #[oai(path = "/auth/admin/group", method = "get", operation_id = "list_groups", tag = "Tag::Groups")]
    async fn list(
        &self,
        caller: InTenant<Reading>,
        /// The tenant's id.
        #[oai(name = "tenant_id")]
        _tenant: InQuery<true>,
        /// Groups at the most; all of them where it is left out.
        Asked(limit): Asked<Whole<1, 10_000>>,
        /// Only groups with a greater id than this.
        Asked(after_id): Asked<Whole<0, { i64::MAX }>>,
    ) -> Result<Listed, Refusal> {
        let tenant = caller.scope.tenant();
        let groups = caller.domain().stream_groups(&caller.scope, after_id.0.map(GroupNumber), limit.0).await?;
        let frame = |count| GroupList { groups: Vec::new(), count };
        Ok(Listed::Groups(LongList::new("groups", frame, groups, move |group| Group::new(tenant, group)).await?))
    }

    /// Create groups
    ///
    /// Names that are in use already, and repeats within the request, are skipped. All names must be ones a group can have;
    /// otherwise none is created.
    #[oai(path = "/auth/admin/group", method = "post", operation_id = "create_groups", tag = "Tag::Groups")]
    async fn create(
        &self,
        caller: InTenant<Writing, Json<NewGroups>>,
        /// The tenant's id, where the body does not have it.
        #[oai(name = "tenant_id")]
        _tenant: InQuery<false>,
    ) -> Result<Created, Refusal> {
        let wanted: Vec<NewGroup> = caller.body()?.groups.into_iter().map(NewGroup::from).collect();
        let made = caller.domain().create_groups(&caller.scope, &wanted).await?;
        let tenant = caller.scope.tenant();
        Ok(Created::Groups(payload::Json(GroupsCreated {
            message: "groups created".to_owned(),
            count: i64::try_from(made.groups.len()).unwrap_or(i64::MAX),
            groups: made.groups.into_iter().map(|group| Group::new(tenant, group)).collect(),
            skipped: made.skipped,
        })))
    }
}

#[OpenApi]
impl One {
    /// Get a group
    #[oai(path = "/auth/admin/group/:id", method = "get", operation_id = "get_group", tag = "Tag::Groups")]
    async fn show(
        &self,
        caller: InTenant<Reading>,
        /// The group's integer id.
        #[oai(name = "id")]
        InPath(id): InPath,
        /// The tenant's id.
        #[oai(name = "tenant_id")]
        _tenant: InQuery<true>,
        /// Entity tags; the answer is 304 when one is current.
        #[oai(name = "If-None-Match")]
        known: IfNoneMatch,
    ) -> Result<Shown, Refusal> {
        let group = caller.group(&id).await?;
        let etag = group.version.etag();
        if known.knows(group.version) {
            return Ok(Shown::NotModified(etag));
        }
        Ok(Shown::Group(payload::Json(Group::new(caller.scope.tenant(), group)), etag))
    }

    /// Change a group
    ///
    /// Fields that are left out or empty stay as they are.
    #[oai(path = "/auth/admin/group/:id", method = "put", operation_id = "update_group", tag = "Tag::Groups")]
    async fn update(
        &self,
        caller: InTenant<Changing, Json<GroupUpdate>>,
        /// The group's integer id.
        #[oai(name = "id")]
        InPath(id): InPath,
        /// The tenant's id, where the body does not have it.
        #[oai(name = "tenant_id")]
        _tenant: InQuery<false>,
        /// The change happens only while the group has one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(versions): IfMatch,
    ) -> Result<Changed, Refusal> {
        let id = caller.group(&id).await?.id;
        let update = caller.body()?;
        let wanted = GroupChange {
            name: update.name.map(|name| name.0).filter(|name| !name.is_empty()),
            description: update.description.0.map(|text| text.map(|text| text.0)).filter(not_empty),
            ..GroupChange::default()
        };
        let group = caller.domain().change_group(&caller.scope, id, versions.as_ref(), &wanted).await?;
        let etag = group.version.etag();
        Ok(Changed::Group(payload::Json(Group::new(caller.scope.tenant(), group)), etag))
    }

    /// Delete a group
    ///
    /// Groups whose primary parent it is go to its own primary parent, or become roots; from others it is taken off. Users
    /// remain. It can be restored until it is purged.
    #[oai(path = "/auth/admin/group/:id", method = "delete", operation_id = "delete_group", tag = "Tag::Groups")]
    async fn delete(
        &self,
        caller: InTenant<Writing>,
        /// The group's integer id.
        #[oai(name = "id")]
        InPath(id): InPath,
        /// The tenant's id.
        #[oai(name = "tenant_id")]
        _tenant: InQuery<true>,
        /// It is deleted only while it has one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(versions): IfMatch,
    ) -> Result<Deleted, Refusal> {
        let group = caller.group(&id).await?;
        let orphan = DeleteStrategy::Orphan;
        caller.domain().delete_group(&caller.scope, group.id, versions.as_ref(), orphan).await?;
        let answer = GroupDeleted { message: "group deleted".to_owned(), id: group.num.0.to_string() };
        Ok(Deleted::Group(payload::Json(answer)))
    }
}

/// Whether a text, or none, is more than an empty one.
fn not_empty(text: &Option<String>) -> bool {
    text.as_deref() != Some("")
}
