//! Tokens as the API shows and takes them.

use chrono::{DateTime, Utc};
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::api::directory::wire::{Ids, examples};
use crate::api::native::body::sent;
use crate::api::native::refused::{Fault, Step};
use crate::api::native::types::{Nullable, Timestamp};
use crate::domain::TokenDraft;
use crate::model::ids::UserId;
use crate::model::principal::{Role, Scope};
use crate::model::settings::IdStyle;
use crate::model::token::TokenInfo;

/// What sort of credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename = "TokenKind")]
#[serde(rename_all = "snake_case")]
pub(super) enum KindWord {
    /// Goes as `Authorization: Bearer`.
    #[oai(rename = "token")]
    Token,
    /// Goes as `X-API-Key`, to the Launch API alone.
    #[oai(rename = "api_key")]
    ApiKey,
}

/// Whether it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename = "CredentialStatus", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(in crate::api::directory) enum StateWord {
    /// It works.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

/// A token or API key. Its secret is not kept and cannot be shown.
#[derive(Object, Serialize)]
#[oai(rename = "Token", example)]
pub(super) struct TokenResponse {
    /// The token.
    id: String,
    /// The tenant it works in; null for one of a partner or of the platform.
    tenant_id: Nullable<String>,
    /// The partner whose tenants it works in; null for one of a tenant or of the platform.
    partner_id: Nullable<String>,
    /// Name to tell it by.
    name: String,
    /// What sort of credential it is.
    kind: KindWord,
    /// Its scopes.
    scopes: Vec<String>,
    /// Its roles.
    roles: Vec<String>,
    /// The user it belongs to, if to one.
    user_id: Nullable<String>,
    /// Whether it works.
    status: StateWord,
    /// When it was made.
    created_at: Timestamp,
    /// When it ends; null for never.
    expires_at: Nullable<Timestamp>,
    /// When it was last used, to the minute; null for not yet.
    last_used_at: Nullable<Timestamp>,
    /// When it was ended; null when it was not.
    revoked_at: Nullable<Timestamp>,
    /// What somebody should look at: that it ends within 14 days. Null when there is nothing.
    warning: Nullable<String>,
}

impl TokenResponse {
    pub(super) fn new(ids: Ids, token: TokenInfo, now: DateTime<Utc>) -> Self {
        Self {
            status: state(&token, now),
            warning: warning(&token, now).into(),
            id: token.id.to_string(),
            tenant_id: token.tenant.map(|id| ids.tenant(id)).into(),
            partner_id: token.partner.map(|id| ids.partner(id)).into(),
            name: token.name,
            kind: if token.api_key { KindWord::ApiKey } else { KindWord::Token },
            scopes: token.scopes,
            roles: token.roles,
            user_id: token.user.map(|id| ids.user(id)).into(),
            created_at: Timestamp(token.created_at),
            expires_at: token.expires_at.map(Timestamp).into(),
            last_used_at: token.last_used_at.map(Timestamp).into(),
            revoked_at: token.revoked_at.map(Timestamp).into(),
        }
    }
}

fn state(token: &TokenInfo, now: DateTime<Utc>) -> StateWord {
    match (token.revoked_at, token.expires_at) {
        (Some(_), _) => StateWord::Revoked,
        (None, Some(end)) if end <= now => StateWord::Expired,
        _ => StateWord::Active,
    }
}

fn warning(token: &TokenInfo, now: DateTime<Utc>) -> Option<String> {
    let end = token.expires_at.filter(|_| token.expires_soon(now))?;
    let text = match (end - now).num_days() {
        0 => "expires within a day".to_owned(),
        1 => "expires in 1 day".to_owned(),
        days => format!("expires in {days} days"),
    };
    Some(format!("{text}: make another one and change to it"))
}

/// A token made just now, with its secret.
#[derive(Object)]
#[oai(rename = "IssuedToken", example)]
pub(super) struct IssuedResponse {
    #[oai(flatten)]
    token: TokenResponse,
    /// The text to send. It is shown this once.
    secret: String,
}

impl IssuedResponse {
    pub(super) fn new(token: TokenResponse, secret: &SecretString) -> Self {
        Self { token, secret: secret.expose_secret().to_owned() }
    }
}

impl Example for TokenResponse {
    fn example() -> Self {
        let token = TokenInfo {
            id: examples::uuid(7).into(),
            tenant: Some(examples::uuid(8).into()),
            partner: None,
            name: "Okta".to_owned(),
            api_key: false,
            scopes: vec![Scope::Scim.to_string()],
            roles: Vec::new(),
            user: None,
            created_at: examples::at(),
            expires_at: Some(examples::at() + chrono::TimeDelta::days(365)),
            last_used_at: Some(examples::at()),
            revoked_at: None,
        };
        Self::new(Ids(IdStyle::Plain), token, examples::at())
    }
}

impl Example for IssuedResponse {
    fn example() -> Self {
        Self { token: TokenResponse::example(), secret: "cvk_…".to_owned() }
    }
}

/// A token or API key of a tenant to be made. It may have no more rights than who asks for it.
#[derive(Object)]
pub(super) struct TokenCreate {
    /// Name to tell it by.
    #[oai(validator(max_length = 256))]
    name: Option<String>,
    /// What sort of credential it is to be; a token when left out.
    kind: Option<KindWord>,
    /// Its scopes: `scim`, `scim:read`, `admin:read`, `admin:write`, `groups:read`, `groups:write`, `users:read`,
    /// `users:write`, `admin`. An API key takes the last five.
    #[oai(validator(max_items = 20))]
    scopes: Option<Vec<String>>,
    /// Its roles: `tenant_admin`, `Administrator`, `Viewer`, `Auditor`. An API key takes none.
    #[oai(validator(max_items = 20))]
    roles: Option<Vec<String>>,
    /// The user of the tenant it is to belong to, for SCIM's `/Me`. It ends when the user is disabled or deleted.
    user_id: Option<String>,
    /// When it is to end; never when left out.
    expires_at: Option<Timestamp>,
}

sent!(TokenCreate, TokenCreate::between);

impl TokenCreate {
    fn between(&self) -> Vec<Fault> {
        let mut faults = words_faults(self.scopes.as_deref(), self.roles.as_deref());
        if self.user_id.as_ref().is_some_and(|id| id.parse::<UserId>().is_err()) {
            faults.push(Fault::field("user_id", "not_found", "There is no user with this id"));
        }
        faults
    }

    pub(super) fn draft(self) -> TokenDraft {
        TokenDraft {
            scopes: words(self.scopes),
            roles: words(self.roles),
            user: self.user_id.and_then(|id| id.parse().ok()),
            name: self.name.unwrap_or_default(),
            expires_at: self.expires_at.map(|time| time.0),
            api_key: self.kind == Some(KindWord::ApiKey),
        }
    }
}

/// A token of a partner or of the platform to be made. It may have no more rights than who asks for it.
#[derive(Object)]
pub(super) struct AdminTokenCreate {
    /// Name to tell it by.
    #[oai(validator(max_length = 256))]
    name: Option<String>,
    /// The partner whose tenants it is to work in; the whole platform when left out. A partner's administrator may leave
    /// it out.
    pub(super) partner_id: Option<String>,
    /// Its scopes: `scim`, `scim:read`, `admin:read`, `admin:write`, `groups:read`, `groups:write`, `users:read`,
    /// `users:write`, `admin`.
    #[oai(validator(max_items = 20))]
    scopes: Option<Vec<String>>,
    /// Its roles: `super_admin` for the platform, `partner_admin` for a partner, `Administrator`, `Viewer`, `Auditor`.
    #[oai(validator(max_items = 20))]
    roles: Option<Vec<String>>,
    /// When it is to end; never when left out.
    expires_at: Option<Timestamp>,
}

sent!(AdminTokenCreate, AdminTokenCreate::between);

impl AdminTokenCreate {
    fn between(&self) -> Vec<Fault> {
        words_faults(self.scopes.as_deref(), self.roles.as_deref())
    }

    pub(super) fn draft(self) -> TokenDraft {
        TokenDraft {
            scopes: words(self.scopes),
            roles: words(self.roles),
            user: None,
            name: self.name.unwrap_or_default(),
            expires_at: self.expires_at.map(|time| time.0),
            api_key: false,
        }
    }
}

fn words_faults(scopes: Option<&[String]>, roles: Option<&[String]>) -> Vec<Fault> {
    let mut faults = unknown_words("scopes", scopes.unwrap_or_default(), |word| word.parse::<Scope>().err());
    faults.extend(unknown_words("roles", roles.unwrap_or_default(), |word| word.parse::<Role>().err()));
    faults
}

/// A fault for each word that is none.
pub(in crate::api::directory) fn unknown_words<E: ToString>(
    field: &str,
    words: &[String],
    judge: impl Fn(&str) -> Option<E>,
) -> Vec<Fault> {
    let fault = |(position, word): (usize, &String)| {
        let way = [Step::from(field), Step::from(position)];
        judge(&word.chars().take(80).collect::<String>())
            .map(|error| Fault::new("body", way, "enum", error.to_string()))
    };
    words.iter().enumerate().filter_map(fault).collect()
}

/// The words, which were judged before.
pub(in crate::api::directory) fn words<T: std::str::FromStr>(words: Option<Vec<String>>) -> Vec<T> {
    words.into_iter().flatten().filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::native::written::assert_spelled_alike;

    #[test]
    fn a_token_is_spelled_alike_in_a_list() {
        assert_spelled_alike::<TokenResponse>();
    }
}
