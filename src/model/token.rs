//! Opaque tokens and API keys. Their text is `cvk_` (token of a tenant), `cva_` (API key of a tenant) or `cvp_` (token of
//! the platform or a partner), then, in lower-case base32, the tenant's id, the token's own id and 32 random bytes. The
//! tenant in the text means that finding a token asks one tenant's shard; the prefix makes a leaked one recognisable.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::Encoding;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::ids::{PartnerId, TenantId, TokenId, UserId};
use super::principal::{Principal, Reach};

/// What sort of credential a text claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenSort {
    /// Bearer token of one tenant.
    Tenant,
    /// API key of one tenant.
    ApiKey,
    /// Bearer token of the platform or of a partner.
    Platform,
}

impl TokenSort {
    const ALL: [Self; 3] = [Self::Tenant, Self::ApiKey, Self::Platform];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Tenant => "cvk_",
            Self::ApiKey => "cva_",
            Self::Platform => "cvp_",
        }
    }
}

/// SHA-256 of a token's random part. The part has 256 bits of entropy, so a slow hash would protect nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(pub Vec<u8>);

impl TokenHash {
    /// Whether the two are equal, in time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// A token's text, taken apart. Holds the hash of the secret part, never the secret.
#[derive(Debug, Clone)]
pub struct PresentedToken {
    /// What it claims to be.
    pub sort: TokenSort,
    /// The tenant it names; [`TenantId::NONE`] for the platform.
    pub tenant: TenantId,
    /// Its own id.
    pub id: TokenId,
    /// Hash of the secret part.
    pub hash: TokenHash,
}

impl PresentedToken {
    /// Takes a text apart; `None` when it is not one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let sort = TokenSort::ALL.into_iter().find(|sort| text.starts_with(sort.prefix()))?;
        let bytes = encoding().decode(&text.as_bytes()[sort.prefix().len()..]).ok()?;
        let bytes: [u8; 64] = bytes.try_into().ok()?;
        let id = |range: std::ops::Range<usize>| Uuid::from_slice(&bytes[range]).ok();
        Some(Self { sort, tenant: id(0..16)?.into(), id: id(16..32)?.into(), hash: hash(&bytes[32..]) })
    }
}

/// Makes the text of a new token and the hash to store.
#[must_use]
pub fn issue(sort: TokenSort, tenant: TenantId, id: TokenId) -> (SecretString, TokenHash) {
    let mut bytes = [0_u8; 64];
    bytes[..16].copy_from_slice(tenant.uuid().as_bytes());
    bytes[16..32].copy_from_slice(id.uuid().as_bytes());
    rand::rng().fill_bytes(&mut bytes[32..]);
    (format!("{}{}", sort.prefix(), encoding().encode(&bytes)).into(), hash(&bytes[32..]))
}

/// A new secret of 256 bits for an OAuth client, with the prefix `cvs_`, and the hash to store.
#[must_use]
pub fn issue_client_secret() -> (SecretString, TokenHash) {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    let text = SecretString::from(format!("cvs_{}", encoding().encode(&bytes)));
    let hash = client_secret_hash(text.expose_secret());
    (text, hash)
}

/// The hash that the text of a client's secret has.
#[must_use]
pub fn client_secret_hash(secret: &str) -> TokenHash {
    hash(secret.as_bytes())
}

fn hash(secret: &[u8]) -> TokenHash {
    TokenHash(Sha256::digest(secret).to_vec())
}

fn encoding() -> &'static Encoding {
    use std::sync::LazyLock;
    static LOWER: LazyLock<Encoding> = LazyLock::new(|| {
        let mut spec = data_encoding::Specification::new();
        spec.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
        spec.check_trailing_bits = true;
        spec.encoding().expect("the alphabet has 32 distinct symbols")
    });
    &LOWER
}

/// What is stored of a token, without its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its id, which is also in its text.
    pub id: TokenId,
    /// The tenant, unless it is the platform's or a partner's.
    pub tenant: Option<TenantId>,
    /// The partner it is limited to.
    pub partner: Option<PartnerId>,
    /// A name people gave it.
    pub name: String,
    /// Whether it is an API key.
    pub api_key: bool,
    /// Its scopes, as words.
    pub scopes: Vec<String>,
    /// Its roles, as words.
    pub roles: Vec<String>,
    /// The user it belongs to.
    pub user: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// How long before its end a token is worth a warning.
const WARNING: TimeDelta = TimeDelta::days(14);

impl TokenInfo {
    /// Whom it stands for. A scope or role of a newer release is not known here and gives nothing.
    #[must_use]
    pub fn principal(&self) -> Principal {
        let reach = match (self.tenant, self.partner) {
            (Some(tenant), _) => Reach::Tenant(tenant),
            (None, Some(partner)) => Reach::Partner(partner),
            (None, None) => Reach::Platform,
        };
        Principal {
            name: format!("token:{}", self.id),
            reach,
            scopes: self.scopes.iter().filter_map(|word| word.parse().ok()).collect(),
            roles: self.roles.iter().filter_map(|word| word.parse().ok()).collect(),
            user: self.user,
            api_key: self.api_key,
        }
    }

    /// Whether it still works and ends within 14 days.
    #[must_use]
    pub fn expires_soon(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_some_and(|end| end > now && end <= now + WARNING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Clock;

    #[test]
    fn a_token_names_its_tenant_and_only_its_own_secret_fits() {
        let clock = Clock::system();
        let (tenant, id) = (TenantId::generate(&clock), TokenId::generate(&clock));
        let (text, hash) = issue(TokenSort::Tenant, tenant, id);
        let read = PresentedToken::parse(text.expose_secret()).unwrap();
        assert_eq!((read.sort, read.tenant, read.id), (TokenSort::Tenant, tenant, id));
        assert!(read.hash.matches(&hash));
        let (other, _) = issue(TokenSort::Tenant, tenant, id);
        assert!(!PresentedToken::parse(other.expose_secret()).unwrap().hash.matches(&hash));
    }

    #[test]
    fn foreign_texts_are_no_tokens() {
        let long = format!("cvk_{}", "a".repeat(4096));
        for text in ["", "cvk_", "cvk_!!!", "ghp_abc", "cvk_äöü", &long] {
            assert!(PresentedToken::parse(text).is_none(), "{text}");
        }
    }
}
