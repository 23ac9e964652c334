//! `/api/v1/admin/partners`: who owns tenants, how many they may have, and whether they may be used. The platform writes;
//! the administrators of a partner read their own.

mod wire;

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use wire::{PartnerCreate, PartnerUpdate};
pub(super) use wire::{PartnerResponse, StatusWord};

use super::Tag;
use super::answers::{Gone, Listed, Made, Shown};
use super::auth::AsAdmin;
use super::error::Refusal;
use super::paging::Paging;
use super::rights::{Administering, Inspecting};
use super::wire::Listing;
use crate::api::native::body::Sent;
use crate::api::native::conditional::IfMatch;
use crate::api::native::parameters::{Asked, Flag, PageNumber, PageSize, Search};
use crate::api::native::written::Written;
use crate::domain::{Error, PartnerSelection, Thing};
use crate::model::ids::PartnerId;

pub(super) struct Partners;

/// The id in a path. Text that can be no id is answered as an id nobody has.
fn partner_id(text: &str) -> Result<PartnerId, Refusal> {
    text.parse().map_err(|_| Error::NotFound(Thing::Partner).into())
}

#[OpenApi]
impl Partners {
    /// List partners
    ///
    /// Sorted by name. To an administrator of one partner that one alone.
    #[oai(path = "/api/v1/admin/partners", method = "get", operation_id = "list_partners", tag = "Tag::Partners")]
    async fn list(
        &self,
        caller: AsAdmin<Inspecting>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Partners a page.
        Asked(per_page): Asked<PageSize>,
        /// Text that name or slug contains, in any case of letters.
        Asked(search): Asked<Search>,
        /// The deleted ones instead of the others.
        Asked(deleted): Asked<Flag>,
    ) -> Result<Listed<PartnerResponse>, Refusal> {
        let paging = Paging::new(page, per_page);
        let wanted = PartnerSelection { only: None, search: search.0, deleted: deleted.0 };
        let found = caller.domain().list_partners(&caller.above(), wanted, paging.window()).await?;
        Ok(Listed::Page(Written(Listing {
            data: found.items.into_iter().map(PartnerResponse::new).collect(),
            pagination: paging.of(found.total),
            meta: caller.meta(),
        })))
    }

    /// Create a partner
    ///
    /// Only a credential of the platform may.
    #[oai(path = "/api/v1/admin/partners", method = "post", operation_id = "create_partner", tag = "Tag::Partners")]
    async fn create(
        &self,
        caller: AsAdmin<Administering>,
        Sent(body): Sent<PartnerCreate>,
    ) -> Result<Made<PartnerResponse>, Refusal> {
        let (slug, record) = body.split();
        let partner = caller.domain().create_partner(&caller.above(), &slug, record).await?;
        let (location, version) = (format!("/api/v1/admin/partners/{}", partner.id), partner.version);
        Ok(Made::new(PartnerResponse::new(partner), caller.meta(), location, version))
    }

    /// Get a partner
    ///
    /// The administrators of a partner may get their own.
    #[oai(
        path = "/api/v1/admin/partners/:partner_id",
        method = "get",
        operation_id = "get_partner",
        tag = "Tag::Partners"
    )]
    async fn show(
        &self,
        caller: AsAdmin<Inspecting>,
        /// The partner's id.
        Path(partner_id): Path<String>,
    ) -> Result<Shown<PartnerResponse>, Refusal> {
        let partner = caller.domain().partner(&caller.above(), self::partner_id(&partner_id)?).await?;
        let version = partner.version;
        Ok(Shown::new(PartnerResponse::new(partner), caller.meta(), version))
    }

    /// Change a partner
    ///
    /// Only a credential of the platform may. A suspended partner's credentials are refused at once, and so are those of
    /// its tenants.
    #[oai(
        path = "/api/v1/admin/partners/:partner_id",
        method = "patch",
        operation_id = "update_partner",
        tag = "Tag::Partners"
    )]
    async fn update(
        &self,
        caller: AsAdmin<Administering>,
        /// The partner's id.
        Path(partner_id): Path<String>,
        /// Entity tags; nothing is changed unless one is current.
        #[oai(name = "If-Match")]
        expected: IfMatch,
        Sent(body): Sent<PartnerUpdate>,
    ) -> Result<Shown<PartnerResponse>, Refusal> {
        let (id, above) = (self::partner_id(&partner_id)?, caller.above());
        let change = |partner: &crate::model::tenant::Partner| Ok(body.apply(&partner.record));
        let partner = caller.domain().modify_partner(&above, id, expected.0.as_ref(), change).await?;
        let version = partner.version;
        Ok(Shown::new(PartnerResponse::new(partner), caller.meta(), version))
    }

    /// Delete a partner
    ///
    /// Only a credential of the platform may. Refused while the partner has tenants. Its tokens stop working; its slug is
    /// free at once.
    #[oai(
        path = "/api/v1/admin/partners/:partner_id",
        method = "delete",
        operation_id = "delete_partner",
        tag = "Tag::Partners"
    )]
    async fn delete(
        &self,
        caller: AsAdmin<Administering>,
        /// The partner's id.
        Path(partner_id): Path<String>,
        /// Entity tags; nothing is changed unless one is current.
        #[oai(name = "If-Match")]
        expected: IfMatch,
    ) -> Result<Gone, Refusal> {
        let id = self::partner_id(&partner_id)?;
        caller.domain().delete_partner(&caller.above(), id, expected.0.as_ref()).await?;
        Ok(Gone::Done)
    }

    /// Restore a partner
    ///
    /// Brings a deleted partner back as it was. Refused when its slug is in use by now.
    #[oai(
        path = "/api/v1/admin/partners/:partner_id/restore",
        method = "post",
        operation_id = "restore_partner",
        tag = "Tag::Partners"
    )]
    async fn restore(
        &self,
        caller: AsAdmin<Administering>,
        /// The partner's id.
        Path(partner_id): Path<String>,
    ) -> Result<Shown<PartnerResponse>, Refusal> {
        let partner = caller.domain().restore_partner(&caller.above(), self::partner_id(&partner_id)?).await?;
        let version = partner.version;
        Ok(Shown::new(PartnerResponse::new(partner), caller.meta(), version))
    }
}
