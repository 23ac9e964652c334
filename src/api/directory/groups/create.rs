//! `POST /api/v1/admin/groups/` and `POST /api/v1/tenants/{tenant_id}/groups`: creates a group with its parent and first
//! members. An administrator names the tenant in the body.

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use serde_json::Value;

use super::show::{administered, written};
use crate::api::directory::Tag;
use crate::api::directory::answers::Made;
use crate::api::directory::auth::{AsAdmin, InTenant, Writing};
use crate::api::directory::error::{Detail, Refusal, detail};
use crate::api::directory::wire::{
    AdminGroupCreate, AdminGroupResponse, GroupCreate, GroupResponse, Ids, Single, Wanted,
};
use crate::api::native::body::{Sent, Unread};
use crate::api::native::refused::{Fault, Refused};
use crate::auth::Denied;
use crate::domain::Domain;
use crate::model::group::Group;
use crate::model::ids::TenantId;
use crate::model::principal::TenantScope;

pub(in crate::api::directory) struct Create;

#[derive(ApiResponse)]
#[expect(clippy::large_enum_variant, reason = "there is one of it a request")]
enum CreatedIn {
    /// The group.
    #[oai(status = 201)]
    Group(
        Json<Single<AdminGroupResponse>>,
        /// Where it is.
        #[oai(header = "Location")]
        String,
        /// Its version.
        #[oai(header = "ETag")]
        String,
    ),
    /// `tenant_id` can be no id.
    #[oai(status = 400)]
    NoTenant(Json<Detail>),
}

/// The tenant that the body of an administrator's request is about.
enum Named {
    Tenant(TenantId),
    /// A text that can be no id.
    Impossible,
    /// The credential's own.
    Nobody,
}

#[OpenApi]
impl Create {
    /// Create a group
    ///
    /// With its primary parent and first members, or not at all.
    #[oai(path = "/api/v1/admin/groups", method = "post", operation_id = "create_group", tag = "Tag::Administration")]
    async fn administration(
        &self,
        caller: AsAdmin<Writing>,
        body: Unread<AdminGroupCreate>,
    ) -> Result<CreatedIn, Refusal> {
        let tenant = match named(&body)? {
            Named::Impossible => return Ok(CreatedIn::NoTenant(detail("invalid tenant_id"))),
            Named::Tenant(id) => Some(id),
            Named::Nobody => None,
        };
        let scope = scope(&caller, tenant, &body).await?;
        let group = create(caller.domain(), &scope, &body.read()?.group.into()).await?;
        let location = format!("/api/v1/admin/groups/{}", Ids(scope.settings().id_style).group(group.id));
        let tag = group.version.etag();
        let data = administered(caller.domain(), &scope, written(caller.domain(), &scope, group).await?).await?;
        Ok(CreatedIn::Group(Json(Single { data, meta: caller.meta() }), location, tag))
    }

    /// Create a group in a tenant
    ///
    /// With its primary parent and first members, or not at all.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/groups",
        method = "post",
        operation_id = "create_tenant_group",
        tag = "Tag::Tenant"
    )]
    async fn tenant(
        &self,
        caller: InTenant<Writing>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        Sent(body): Sent<GroupCreate>,
    ) -> Result<Made<GroupResponse>, Refusal> {
        let group = create(caller.domain(), &caller.scope, &body.into()).await?;
        let ids = Ids(caller.scope.settings().id_style);
        let tenant = ids.tenant(caller.scope.tenant());
        let location = format!("/api/v1/tenants/{tenant}/groups/{}", ids.group(group.id));
        let version = group.version;
        let data = written(caller.domain(), &caller.scope, group).await?;
        Ok(Made::new(data, caller.meta(), location, version))
    }
}

async fn create(domain: &Domain, scope: &TenantScope, wanted: &Wanted) -> Result<Group, Refusal> {
    let created = domain.create_native_group(scope, &wanted.group, &wanted.members).await;
    created.map_err(|error| wanted.refused(error))
}

fn named(body: &Unread<AdminGroupCreate>) -> Result<Named, Refusal> {
    match &body.json["tenant_id"] {
        Value::String(text) => Ok(text.parse().map_or(Named::Impossible, Named::Tenant)),
        Value::Null => Ok(Named::Nobody),
        // It is a fault among others.
        _ => Err(faults(body, Vec::new())),
    }
}

/// The scope of the tenant. Whether it may be used is said before the rest of the body is judged.
async fn scope(
    caller: &AsAdmin<Writing>,
    tenant: Option<TenantId>,
    body: &Unread<AdminGroupCreate>,
) -> Result<TenantScope, Refusal> {
    match caller.within(tenant.map(|id| id.to_string()).as_deref()).await {
        Ok(scope) => Ok(scope),
        Err(Denied::NeedsTenant) => {
            let message = "Field required: this credential reaches several tenants";
            Err(faults(body, vec![Fault::field("tenant_id", "missing", message)]))
        }
        Err(Denied::NoSuchTenant) => {
            Err(faults(body, vec![Fault::field("tenant_id", "not_found", "Tenant not found")]))
        }
        Err(denied) => Err(denied.into()),
    }
}

/// These faults and all others of the body.
fn faults(body: &Unread<AdminGroupCreate>, mut known: Vec<Fault>) -> Refusal {
    match body.read() {
        Err(Refused::Faults(others)) => known.extend(others),
        Err(refused) => return refused.into(),
        Ok(_) => {}
    }
    known.into()
}
