//! `/api/v1/admin/clients`: OAuth clients of the platform, for credentials of the platform.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::wire::{ClientCreate, ClientResponse, IssuedClient};
use crate::api::directory::Tag;
use crate::api::directory::answers::{Gone, Issued, Listed, Reissued};
use crate::api::directory::auth::AsAdmin;
use crate::api::directory::error::Refusal;
use crate::api::directory::paging::Paging;
use crate::api::directory::rights::{Administering, Inspecting};
use crate::api::directory::wire::{Ids, Listing};
use crate::api::native::body::Sent;
use crate::api::native::parameters::{Asked, PageNumber, PageSize};
use crate::api::native::written::Written;
use crate::model::settings::IdStyle;

pub(in crate::api::directory) struct AdminClients;

/// No tenant's settings apply here.
const IDS: Ids = Ids(IdStyle::Plain);

#[OpenApi]
impl AdminClients {
    /// List the platform's OAuth clients
    ///
    /// The newest first, ended ones too.
    #[oai(
        path = "/api/v1/admin/clients",
        method = "get",
        operation_id = "list_admin_clients",
        tag = "Tag::Credentials"
    )]
    async fn list(
        &self,
        caller: AsAdmin<Inspecting>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Clients a page.
        Asked(per_page): Asked<PageSize>,
    ) -> Result<Listed<ClientResponse>, Refusal> {
        let paging = Paging::new(page, per_page);
        let found = caller.domain().list_platform_clients(&caller.above(), paging.window()).await?;
        Ok(Listed::Page(Written(Listing {
            data: found.items.into_iter().map(|client| ClientResponse::new(IDS, client)).collect(),
            pagination: paging.of(found.total),
            meta: caller.meta(),
        })))
    }

    /// Register an OAuth client of the platform
    ///
    /// The secret is shown this once. A repeat by `Idempotency-Key` does not show it again.
    #[oai(
        path = "/api/v1/admin/clients",
        method = "post",
        operation_id = "create_admin_client",
        tag = "Tag::Credentials"
    )]
    async fn create(
        &self,
        caller: AsAdmin<Administering>,
        Sent(body): Sent<ClientCreate>,
    ) -> Result<Issued<IssuedClient>, Refusal> {
        let made = caller.domain().create_platform_client(&caller.above(), caller.principal(), &body.draft()).await?;
        let (client, secret) = made;
        let location = format!("/api/v1/admin/clients/{}", client.id);
        Ok(Issued::new(IssuedClient::new(ClientResponse::new(IDS, client), &secret), caller.meta(), location))
    }

    /// Rotate an OAuth client of the platform
    ///
    /// The client gets a new secret, shown this once; the one before it works for another 24 hours.
    #[oai(
        path = "/api/v1/admin/clients/:client_id/rotate",
        method = "post",
        operation_id = "rotate_admin_client",
        tag = "Tag::Credentials"
    )]
    async fn rotate(
        &self,
        caller: AsAdmin<Administering>,
        /// The client's id.
        Path(client_id): Path<String>,
    ) -> Result<Reissued<IssuedClient>, Refusal> {
        let id = super::client_id(&client_id)?;
        let (client, secret) = caller.domain().rotate_platform_client(&caller.above(), id).await?;
        Ok(Reissued::new(IssuedClient::new(ClientResponse::new(IDS, client), &secret), caller.meta()))
    }

    /// Revoke an OAuth client of the platform
    ///
    /// It gets no more tokens. It stays in the list; revoking it again changes nothing.
    #[oai(
        path = "/api/v1/admin/clients/:client_id",
        method = "delete",
        operation_id = "revoke_admin_client",
        tag = "Tag::Credentials"
    )]
    async fn revoke(
        &self,
        caller: AsAdmin<Administering>,
        /// The client's id.
        Path(client_id): Path<String>,
    ) -> Result<Gone, Refusal> {
        caller.domain().revoke_platform_client(&caller.above(), super::client_id(&client_id)?).await?;
        Ok(Gone::Done)
    }
}
