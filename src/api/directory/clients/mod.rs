//! OAuth clients: of a tenant at `/api/v1/tenants/{tenant_id}/clients`, of the platform at `/api/v1/admin/clients` (`above`).

mod above;
mod wire;

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

pub(super) use self::above::AdminClients;
use self::wire::{ClientCreate, ClientResponse, IssuedClient};
use super::Tag;
use super::answers::{Gone, Issued, Listed, Reissued};
use super::auth::InTenant;
use super::error::Refusal;
use super::paging::Paging;
use super::rights::{Administering, Inspecting};
use super::wire::{Ids, Listing};
use crate::api::native::body::Sent;
use crate::api::native::parameters::{Asked, PageNumber, PageSize};
use crate::api::native::written::Written;
use crate::domain::{Error, Thing};
use crate::model::ids::ClientId;

pub(super) struct Clients;

/// The id in a path. Text that can be no id is answered as an id nobody has.
fn client_id(text: &str) -> Result<ClientId, Refusal> {
    text.parse().map_err(|_| Error::NotFound(Thing::Client).into())
}

#[OpenApi]
impl Clients {
    /// List a tenant's OAuth clients
    ///
    /// The newest first, ended ones too.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/clients",
        method = "get",
        operation_id = "list_tenant_clients",
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
        /// Clients a page.
        Asked(per_page): Asked<PageSize>,
    ) -> Result<Listed<ClientResponse>, Refusal> {
        let (paging, scope) = (Paging::new(page, per_page), &caller.scope);
        let found = caller.domain().list_clients(scope, paging.window()).await?;
        let ids = Ids(scope.settings().id_style);
        Ok(Listed::Page(Written(Listing {
            data: found.items.into_iter().map(|client| ClientResponse::new(ids, client)).collect(),
            pagination: paging.of(found.total),
            meta: caller.meta(),
        })))
    }

    /// Register a tenant's OAuth client
    ///
    /// The secret is shown this once. A repeat by `Idempotency-Key` does not show it again.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/clients",
        method = "post",
        operation_id = "create_tenant_client",
        tag = "Tag::Credentials"
    )]
    async fn create(
        &self,
        caller: InTenant<Administering>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        Sent(body): Sent<ClientCreate>,
    ) -> Result<Issued<IssuedClient>, Refusal> {
        let scope = &caller.scope;
        let (client, secret) = caller.domain().create_client(scope, caller.principal(), &body.draft()).await?;
        let location = format!("/api/v1/tenants/{}/clients/{}", scope.tenant(), client.id);
        let client = ClientResponse::new(Ids(scope.settings().id_style), client);
        Ok(Issued::new(IssuedClient::new(client, &secret), caller.meta(), location))
    }

    /// Rotate a tenant's OAuth client
    ///
    /// The client gets a new secret, shown this once; the one before it works for another 24 hours.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/clients/:client_id/rotate",
        method = "post",
        operation_id = "rotate_tenant_client",
        tag = "Tag::Credentials"
    )]
    async fn rotate(
        &self,
        caller: InTenant<Administering>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The client's id.
        Path(client_id): Path<String>,
    ) -> Result<Reissued<IssuedClient>, Refusal> {
        let scope = &caller.scope;
        let (client, secret) = caller.domain().rotate_client(scope, self::client_id(&client_id)?).await?;
        let client = ClientResponse::new(Ids(scope.settings().id_style), client);
        Ok(Reissued::new(IssuedClient::new(client, &secret), caller.meta()))
    }

    /// Revoke a tenant's OAuth client
    ///
    /// It gets no more tokens. It stays in the list; revoking it again changes nothing.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/clients/:client_id",
        method = "delete",
        operation_id = "revoke_tenant_client",
        tag = "Tag::Credentials"
    )]
    async fn revoke(
        &self,
        caller: InTenant<Administering>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The client's id.
        Path(client_id): Path<String>,
    ) -> Result<Gone, Refusal> {
        caller.domain().revoke_client(&caller.scope, self::client_id(&client_id)?).await?;
        Ok(Gone::Done)
    }
}
