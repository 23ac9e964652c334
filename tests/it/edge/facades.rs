//! Every protocol once: where it answers, and what its refusals look like.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestServer};

/// A protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facade {
    Scim,
    Directory,
    AuthAdmin,
    Launch,
    Accounts,
    OAuth,
}

impl Facade {
    /// All of them.
    pub(super) const ALL: [Self; 6] =
        [Self::Scim, Self::Directory, Self::AuthAdmin, Self::Launch, Self::Accounts, Self::OAuth];
    /// Those that take a bearer token.
    pub(super) const BY_TOKEN: [Self; 5] = [Self::Scim, Self::Directory, Self::AuthAdmin, Self::Launch, Self::Accounts];

    /// Where its groups are, or tokens are made.
    pub(super) fn path(self, server: &TestServer) -> String {
        match self {
            Self::Scim => "/scim/v2/Groups".to_owned(),
            Self::Directory => "/api/v1/tenants/acme/groups".to_owned(),
            Self::AuthAdmin => format!("/auth/admin/group?tenant_id={}", server.tenant.id),
            Self::Launch => "/api/admin/groups".to_owned(),
            Self::Accounts => "/api/v1/groups".to_owned(),
            Self::OAuth => "/api/v1/platform/oauth/token".to_owned(),
        }
    }

    /// What a body there is.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Scim => "application/scim+json",
            Self::OAuth => "application/x-www-form-urlencoded",
            _ => "application/json",
        }
    }

    /// Who may send there: a token request proves itself by what is in it.
    pub(super) fn client(self, server: &TestServer) -> Client {
        if self == Self::OAuth { server.anonymous() } else { (**server).clone() }
    }

    /// Reads its groups.
    pub(super) async fn read(self, server: &TestServer, client: &Client) -> Answer {
        client.get(&self.path(server)).await
    }

    /// Sends a body to where something is made.
    pub(super) async fn send(self, server: &TestServer, client: &Client, body: Vec<u8>) -> Answer {
        client.send_bytes(Method::POST, &self.path(server), &[], Some((self.media_type(), body))).await
    }

    /// That the answer is a refusal in its own words; gives the text for people.
    #[track_caller]
    pub(super) fn told(self, answer: &Answer, status: u16) -> String {
        self.told_of(status, answer.status, answer.header("content-type"), &answer.body)
    }

    /// The same, of an answer in parts.
    #[track_caller]
    pub(super) fn told_of(self, status: u16, got: u16, media_type: &str, body: &Value) -> String {
        assert_eq!(got, status, "{self:?}: {body}");
        let (wanted, text) = match self {
            Self::Scim => {
                assert_eq!(body["status"], json!(status.to_string()), "{body}");
                assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
                ("application/scim+json", &body["detail"])
            }
            Self::Directory | Self::Launch => ("application/json", &body["detail"]),
            Self::AuthAdmin => {
                ("application/json", if body["details"].is_null() { &body["error"] } else { &body["details"] })
            }
            Self::Accounts => {
                assert!(body["error"]["code"].is_string(), "{body}");
                ("application/json", &body["error"]["message"])
            }
            Self::OAuth => {
                assert!(body["error"].is_string(), "{body}");
                ("application/json", &body["error_description"])
            }
        };
        assert!(media_type.starts_with(wanted), "{self:?}: {media_type}");
        text.as_str().unwrap_or_else(|| panic!("{self:?} says nothing: {body}")).to_owned()
    }
}
