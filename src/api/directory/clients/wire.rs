//! OAuth clients as the API shows and takes them.

use poem_openapi::Object;
use poem_openapi::types::Example;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::api::directory::tokens::{StateWord, unknown_words, words};
use crate::api::directory::wire::{Ids, examples};
use crate::api::native::body::sent;
use crate::api::native::refused::Fault;
use crate::api::native::types::{Nullable, Timestamp};
use crate::domain::{ClientInfo, NewClient};
use crate::model::principal::Scope;
use crate::model::settings::IdStyle;

/// An OAuth client. Its secret is not kept and cannot be shown.
#[derive(Object, Serialize)]
#[oai(rename = "Client", example)]
pub(super) struct ClientResponse {
    /// The client's `client_id`.
    id: String,
    /// The tenant it works in; null for one of the platform.
    tenant_id: Nullable<String>,
    /// Name to tell it by.
    name: String,
    /// Scopes it may ask for.
    scopes: Vec<String>,
    /// Whether it works.
    status: StateWord,
    /// When it was registered.
    created_at: Timestamp,
    /// When it was ended; null when it was not.
    revoked_at: Nullable<Timestamp>,
}

impl ClientResponse {
    pub(super) fn new(ids: Ids, client: ClientInfo) -> Self {
        Self {
            status: if client.revoked_at.is_some() { StateWord::Revoked } else { StateWord::Active },
            id: client.id.to_string(),
            tenant_id: client.tenant.map(|id| ids.tenant(id)).into(),
            name: client.name,
            scopes: client.scopes,
            created_at: Timestamp(client.created_at),
            revoked_at: client.revoked_at.map(Timestamp).into(),
        }
    }
}

/// A client with a new secret.
#[derive(Object)]
#[oai(rename = "IssuedClient", example)]
pub(super) struct IssuedClient {
    #[oai(flatten)]
    client: ClientResponse,
    /// Its `client_secret`. It is shown this once.
    secret: String,
}

impl IssuedClient {
    pub(super) fn new(client: ClientResponse, secret: &SecretString) -> Self {
        Self { client, secret: secret.expose_secret().to_owned() }
    }
}

impl Example for ClientResponse {
    fn example() -> Self {
        let client = ClientInfo {
            id: examples::uuid(6).into(),
            tenant: Some(examples::uuid(8).into()),
            name: "Reports".to_owned(),
            scopes: vec![Scope::GroupsRead.to_string()],
            created_at: examples::at(),
            revoked_at: None,
        };
        Self::new(Ids(IdStyle::Plain), client)
    }
}

impl Example for IssuedClient {
    fn example() -> Self {
        Self { client: ClientResponse::example(), secret: "cvs_…".to_owned() }
    }
}

/// An OAuth client to be registered. It may have no more rights than who asks for it.
#[derive(Object)]
pub(super) struct ClientCreate {
    /// Name to tell it by.
    #[oai(validator(max_length = 256))]
    name: Option<String>,
    /// Scopes it may ask for: `scim`, `scim:read`, `admin:read`, `admin:write`, `groups:read`, `groups:write`,
    /// `users:read`, `users:write`, `admin`.
    #[oai(validator(min_items = 1, max_items = 20))]
    scopes: Vec<String>,
}

sent!(ClientCreate, ClientCreate::between);

impl ClientCreate {
    fn between(&self) -> Vec<Fault> {
        unknown_words("scopes", &self.scopes, |word| word.parse::<Scope>().err())
    }

    pub(super) fn draft(self) -> NewClient {
        NewClient { name: self.name.unwrap_or_default(), scopes: words(Some(self.scopes)), jwks: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::native::written::assert_spelled_alike;

    #[test]
    fn a_client_is_spelled_alike_in_a_list() {
        assert_spelled_alike::<ClientResponse>();
    }
}
