//! `/api/v1/admin/tokens`: tokens of the platform and of partners. A partner's administrators have their own partner's.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;

use super::wire::{AdminTokenCreate, IssuedResponse, TokenResponse};
use crate::api::directory::Tag;
use crate::api::directory::answers::{Gone, Issued, Listed, Read};
use crate::api::directory::auth::AsAdmin;
use crate::api::directory::error::Refusal;
use crate::api::directory::paging::Paging;
use crate::api::directory::rights::{Administering, Inspecting};
use crate::api::directory::tenants::no_such_partner;
use crate::api::directory::wire::{Ids, Listing, Single};
use crate::api::native::body::Sent;
use crate::api::native::parameters::{Asked, PageNumber, PageSize, Text};
use crate::api::native::written::Written;
use crate::model::ids::PartnerId;
use crate::model::settings::IdStyle;

pub(in crate::api::directory) struct AdminTokens;

/// No tenant's settings apply here.
const IDS: Ids = Ids(IdStyle::Plain);

#[OpenApi]
impl AdminTokens {
    /// List tokens of the platform and of partners
    ///
    /// The newest first, ended ones too. To an administrator of one partner that one's alone.
    #[oai(path = "/api/v1/admin/tokens", method = "get", operation_id = "list_admin_tokens", tag = "Tag::Credentials")]
    async fn list(
        &self,
        caller: AsAdmin<Inspecting>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Tokens a page.
        Asked(per_page): Asked<PageSize>,
        /// Only tokens of this partner; of an unknown one there are none.
        Asked(partner_id): Asked<Text>,
    ) -> Result<Listed<TokenResponse>, Refusal> {
        let (paging, now) = (Paging::new(page, per_page), caller.now());
        let partner = partner_id.0.map(|text| text.parse().unwrap_or(PartnerId::NOBODY));
        let found = caller.domain().list_tokens_above(&caller.above(), partner, paging.window()).await?;
        Ok(Listed::Page(Written(Listing {
            data: found.items.into_iter().map(|token| TokenResponse::new(IDS, token, now)).collect(),
            pagination: paging.of(found.total),
            meta: caller.meta(),
        })))
    }

    /// Create a token of the platform or of a partner
    ///
    /// The secret is shown this once. A repeat by `Idempotency-Key` does not show it again.
    #[oai(
        path = "/api/v1/admin/tokens",
        method = "post",
        operation_id = "create_admin_token",
        tag = "Tag::Credentials"
    )]
    async fn create(
        &self,
        caller: AsAdmin<Administering>,
        Sent(body): Sent<AdminTokenCreate>,
    ) -> Result<Issued<IssuedResponse>, Refusal> {
        let partner = body.partner_id.as_deref().map(|text| text.parse().unwrap_or(PartnerId::NOBODY));
        let (domain, above) = (caller.domain(), caller.above());
        let made = domain.create_token_above(&above, caller.principal(), partner, &body.draft()).await;
        let (token, secret) = made.map_err(no_such_partner)?;
        let location = format!("/api/v1/admin/tokens/{}", token.id);
        let token = TokenResponse::new(IDS, token, caller.now());
        Ok(Issued::new(IssuedResponse::new(token, &secret), caller.meta(), location))
    }

    /// Get a token of the platform or of a partner
    ///
    /// Everything but its secret, which is not kept.
    #[oai(
        path = "/api/v1/admin/tokens/:token_id",
        method = "get",
        operation_id = "get_admin_token",
        tag = "Tag::Credentials"
    )]
    async fn show(
        &self,
        caller: AsAdmin<Inspecting>,
        /// The token's id.
        Path(token_id): Path<String>,
    ) -> Result<Read<TokenResponse>, Refusal> {
        let token = caller.domain().token_above(&caller.above(), super::token_id(&token_id)?).await?;
        let data = TokenResponse::new(IDS, token, caller.now());
        Ok(Read::Resource(Json(Single { data, meta: caller.meta() })))
    }

    /// Revoke a token of the platform or of a partner
    ///
    /// It stops working at once, everywhere. It stays in the list; revoking it again changes nothing.
    #[oai(
        path = "/api/v1/admin/tokens/:token_id",
        method = "delete",
        operation_id = "revoke_admin_token",
        tag = "Tag::Credentials"
    )]
    async fn revoke(
        &self,
        caller: AsAdmin<Administering>,
        /// The token's id.
        Path(token_id): Path<String>,
    ) -> Result<Gone, Refusal> {
        caller.domain().revoke_token_above(&caller.above(), super::token_id(&token_id)?).await?;
        Ok(Gone::Done)
    }
}
