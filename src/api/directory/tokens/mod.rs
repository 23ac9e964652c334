//! Tokens and API keys: of a tenant at `/api/v1/tenants/{tenant_id}/tokens`, of partners and of the platform at
//! `/api/v1/admin/tokens` (`above`). Listed with their last use, made with a secret that is shown once, ended at once.

mod above;
mod wire;

use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;

pub(super) use self::above::AdminTokens;
use self::wire::{IssuedResponse, TokenCreate, TokenResponse};
pub(super) use self::wire::{StateWord, unknown_words, words};
use super::Tag;
use super::answers::{Gone, Issued, Listed, Read};
use super::auth::InTenant;
use super::error::Refusal;
use super::paging::Paging;
use super::rights::{Administering, Inspecting};
use super::wire::{Ids, Listing, Single};
use crate::api::native::body::Sent;
use crate::api::native::parameters::{Asked, PageNumber, PageSize};
use crate::api::native::refused::Fault;
use crate::api::native::written::Written;
use crate::domain::{Error, Thing};
use crate::model::ids::TokenId;

pub(super) struct Tokens;

/// The id in a path. Text that can be no id is answered as an id nobody has.
fn token_id(text: &str) -> Result<TokenId, Refusal> {
    text.parse().map_err(|_| Error::NotFound(Thing::Token).into())
}

#[OpenApi]
impl Tokens {
    /// List a tenant's tokens
    ///
    /// Tokens and API keys, the newest first, ended ones too.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/tokens",
        method = "get",
        operation_id = "list_tenant_tokens",
        tag = "Tag::Credentials"
    )]
    async fn list(
        &self,
        caller: InTenant<Inspecting>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Tokens a page.
        Asked(per_page): Asked<PageSize>,
    ) -> Result<Listed<TokenResponse>, Refusal> {
        let (paging, scope) = (Paging::new(page, per_page), &caller.scope);
        let found = caller.domain().list_tokens(scope, paging.window()).await?;
        let (ids, now) = (Ids(scope.settings().id_style), caller.now());
        Ok(Listed::Page(Written(Listing {
            data: found.items.into_iter().map(|token| TokenResponse::new(ids, token, now)).collect(),
            pagination: paging.of(found.total),
            meta: caller.meta(),
        })))
    }

    /// Create a tenant's token or API key
    ///
    /// The secret is shown this once. A repeat by `Idempotency-Key` does not show it again.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/tokens",
        method = "post",
        operation_id = "create_tenant_token",
        tag = "Tag::Credentials"
    )]
    async fn create(
        &self,
        caller: InTenant<Administering>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        Sent(body): Sent<TokenCreate>,
    ) -> Result<Issued<IssuedResponse>, Refusal> {
        let (domain, scope) = (caller.domain(), &caller.scope);
        let made = domain.create_token(scope, caller.principal(), &body.draft()).await.map_err(no_such_user)?;
        let (token, secret) = made;
        let location = format!("/api/v1/tenants/{}/tokens/{}", scope.tenant(), token.id);
        let token = TokenResponse::new(Ids(scope.settings().id_style), token, caller.now());
        Ok(Issued::new(IssuedResponse::new(token, &secret), caller.meta(), location))
    }

    /// Get a tenant's token
    ///
    /// Everything but its secret, which is not kept.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/tokens/:token_id",
        method = "get",
        operation_id = "get_tenant_token",
        tag = "Tag::Credentials"
    )]
    async fn show(
        &self,
        caller: InTenant<Inspecting>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The token's id.
        Path(token_id): Path<String>,
    ) -> Result<Read<TokenResponse>, Refusal> {
        let scope = &caller.scope;
        let token = caller.domain().token(scope, self::token_id(&token_id)?).await?;
        let data = TokenResponse::new(Ids(scope.settings().id_style), token, caller.now());
        Ok(Read::Resource(Json(Single { data, meta: caller.meta() })))
    }

    /// Revoke a tenant's token
    ///
    /// It stops working at once, everywhere. It stays in the list; revoking it again changes nothing.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/tokens/:token_id",
        method = "delete",
        operation_id = "revoke_tenant_token",
        tag = "Tag::Credentials"
    )]
    async fn revoke(
        &self,
        caller: InTenant<Administering>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The token's id.
        Path(token_id): Path<String>,
    ) -> Result<Gone, Refusal> {
        caller.domain().revoke_token(&caller.scope, self::token_id(&token_id)?).await?;
        Ok(Gone::Done)
    }
}

/// A user that a body names and the tenant has not.
fn no_such_user(error: Error) -> Refusal {
    match error {
        Error::NotFound(Thing::User) => {
            vec![Fault::field("user_id", "not_found", "There is no user with this id")].into()
        }
        other => other.into(),
    }
}
