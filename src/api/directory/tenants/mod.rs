//! `/api/v1/admin/tenants`: tenants as a whole. The platform and the partners' administrators make, suspend, delete and
//! restore them; a tenant's own administrator reads it and changes its name and settings.

mod status;
mod wire;

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use self::status::OfStatus;
use self::wire::{TenantCreate, TenantResponse, TenantUpdate};
use super::Tag;
use super::answers::{Gone, Listed, Made, Shown};
use super::auth::AsAdmin;
use super::error::Refusal;
use super::paging::Paging;
use super::rights::{Administering, Inspecting};
use super::wire::Listing;
use crate::api::native::body::Sent;
use crate::api::native::conditional::IfMatch;
use crate::api::native::parameters::{Asked, PageNumber, PageSize, Search, Text};
use crate::api::native::refused::Fault;
use crate::api::native::written::Written;
use crate::domain::{Error, TenantSelection, Thing};
use crate::model::ids::{PartnerId, TenantId};
use crate::model::principal::Reach;
use crate::model::tenant::Tenant;

pub(super) struct Tenants;

#[OpenApi]
impl Tenants {
    /// List tenants
    ///
    /// Those within the credential's reach, sorted by name.
    #[oai(path = "/api/v1/admin/tenants", method = "get", operation_id = "list_tenants", tag = "Tag::Tenants")]
    #[expect(clippy::too_many_arguments, reason = "one for each parameter the contract has")]
    async fn list(
        &self,
        caller: AsAdmin<Inspecting>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Tenants a page.
        Asked(per_page): Asked<PageSize>,
        /// Text that name or slug contains, in any case of letters.
        Asked(search): Asked<Search>,
        /// Only tenants of this partner; of an unknown one there are none.
        Asked(partner_id): Asked<Text>,
        /// Only tenants that are so; `DELETED` ones are shown only when asked for.
        Asked(status): Asked<OfStatus>,
    ) -> Result<Listed<TenantResponse>, Refusal> {
        let paging = Paging::new(page, per_page);
        let wanted = TenantSelection {
            within: Reach::Platform,
            partner: partner_id.0.map(|text| text.parse().unwrap_or(PartnerId::NOBODY)),
            search: search.0,
            status: status.status(),
            deleted: status.deleted(),
        };
        let found = caller.domain().list_tenants(&caller.above(), &wanted, paging.window()).await?;
        Ok(Listed::Page(Written(Listing {
            data: found.items.into_iter().map(TenantResponse::new).collect(),
            pagination: paging.of(found.total),
            meta: caller.meta(),
        })))
    }

    /// Create a tenant
    ///
    /// The platform, and a partner's administrators within the number of tenants the partner may have.
    #[oai(path = "/api/v1/admin/tenants", method = "post", operation_id = "create_tenant", tag = "Tag::Tenants")]
    async fn create(
        &self,
        caller: AsAdmin<Administering>,
        Sent(body): Sent<TenantCreate>,
    ) -> Result<Made<TenantResponse>, Refusal> {
        let partner = body.partner_id.as_deref().map(|text| text.parse().unwrap_or(PartnerId::NOBODY));
        let draft = body.draft(partner)?;
        let made = caller.domain().add_tenant(&caller.above(), &draft).await.map_err(no_such_partner)?;
        let (location, version) = (format!("/api/v1/admin/tenants/{}", made.id), made.version);
        Ok(Made::new(TenantResponse::new(made), caller.meta(), location, version))
    }

    /// Get a tenant
    ///
    /// Suspended ones too. A tenant's own administrators may get theirs.
    #[oai(path = "/api/v1/admin/tenants/:tenant_id", method = "get", operation_id = "get_tenant", tag = "Tag::Tenants")]
    async fn show(
        &self,
        caller: AsAdmin<Inspecting>,
        /// The tenant's id or slug.
        Path(tenant_id): Path<String>,
    ) -> Result<Shown<TenantResponse>, Refusal> {
        let id = find(&caller, &tenant_id).await?;
        Ok(shown(&caller, caller.domain().administered_tenant(&caller.above(), id).await?))
    }

    /// Change a tenant
    ///
    /// A suspended tenant's credentials are refused at once, and so are all others in it. Settings are merged: those not
    /// named stay as they are, whoever else changes some at the same time.
    #[oai(
        path = "/api/v1/admin/tenants/:tenant_id",
        method = "patch",
        operation_id = "update_tenant",
        tag = "Tag::Tenants"
    )]
    async fn update(
        &self,
        caller: AsAdmin<Administering>,
        /// The tenant's id or slug.
        Path(tenant_id): Path<String>,
        /// Entity tags; nothing is changed unless one is current.
        #[oai(name = "If-Match")]
        expected: IfMatch,
        Sent(body): Sent<TenantUpdate>,
    ) -> Result<Shown<TenantResponse>, Refusal> {
        let id = find(&caller, &tenant_id).await?;
        let change = |tenant: &Tenant| body.apply(tenant);
        let changed = caller.domain().modify_tenant(&caller.above(), id, expected.0.as_ref(), change).await?;
        Ok(shown(&caller, changed))
    }

    /// Delete a tenant
    ///
    /// Nothing of it can be reached from then on, and its slug is free; it can be restored.
    #[oai(
        path = "/api/v1/admin/tenants/:tenant_id",
        method = "delete",
        operation_id = "delete_tenant",
        tag = "Tag::Tenants"
    )]
    async fn delete(
        &self,
        caller: AsAdmin<Administering>,
        /// The tenant's id or slug.
        Path(tenant_id): Path<String>,
        /// Entity tags; nothing is changed unless one is current.
        #[oai(name = "If-Match")]
        expected: IfMatch,
    ) -> Result<Gone, Refusal> {
        let id = find(&caller, &tenant_id).await?;
        caller.domain().delete_tenant(&caller.above(), id, expected.0.as_ref()).await?;
        Ok(Gone::Done)
    }

    /// Restore a tenant
    ///
    /// Brings a deleted tenant back with everything in it; its credentials work again. Refused when its slug is in use by
    /// now, its partner is deleted or suspended, or has as many tenants as it may have.
    #[oai(
        path = "/api/v1/admin/tenants/:tenant_id/restore",
        method = "post",
        operation_id = "restore_tenant",
        tag = "Tag::Tenants"
    )]
    async fn restore(
        &self,
        caller: AsAdmin<Administering>,
        /// The tenant's id; its slug may be somebody else's by now.
        Path(tenant_id): Path<String>,
    ) -> Result<Shown<TenantResponse>, Refusal> {
        let id = match tenant_id.parse() {
            Ok(id) => id,
            Err(_) => return Err(unknown(&caller)),
        };
        Ok(shown(&caller, caller.domain().restore_tenant(&caller.above(), id).await?))
    }
}

fn shown<A>(caller: &AsAdmin<A>, tenant: Tenant) -> Shown<TenantResponse> {
    let version = tenant.version;
    Shown::new(TenantResponse::new(tenant), caller.meta(), version)
}

/// The tenant that a path names by id or slug. A slug nobody has is answered as an id nobody has.
async fn find<A>(caller: &AsAdmin<A>, text: &str) -> Result<TenantId, Refusal> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    match caller.domain().tenant(text).await {
        Ok(tenant) => Ok(tenant.id),
        Err(Error::NotFound(_)) => Err(unknown(caller)),
        Err(error) => Err(error.into()),
    }
}

/// Whoever does not reach every tenant does not learn which there are.
fn unknown<A>(caller: &AsAdmin<A>) -> Refusal {
    match caller.principal().reach {
        Reach::Platform => Error::NotFound(Thing::Tenant).into(),
        Reach::Partner(_) | Reach::Tenant(_) => Refusal::forbidden(crate::auth::Denied::Foreign.to_string()),
    }
}

/// A partner that a body names and nobody has.
pub(super) fn no_such_partner(error: Error) -> Refusal {
    match error {
        Error::NotFound(Thing::Partner) => {
            vec![Fault::field("partner_id", "not_found", "There is no partner with this id")].into()
        }
        other => other.into(),
    }
}
