//! Why a credential does not get through.

use chrono::{DateTime, Utc};

use super::jwt::JwtFault;
use crate::store;

/// The refusal of a credential. Its text is safe to show: whoever sees more than "unknown" held the right secret.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No credential was sent.
    #[error("no bearer token was sent: put \"Authorization: Bearer <token>\" into the request")]
    Missing,
    /// There is an `Authorization` header, of another scheme.
    #[error("the Authorization header is not of the form \"Bearer <token>\"")]
    NotBearer,
    /// No such token. Also said of one whose secret part is wrong.
    #[error("the token is unknown: check that it was pasted whole, and into the right installation")]
    Unknown,
    /// It was revoked.
    #[error("the token was revoked on {0}; issue another one")]
    Revoked(DateTime<Utc>),
    /// It has expired.
    #[error("the token expired on {0}; issue another one")]
    Expired(DateTime<Utc>),
    /// It is an API key where only tokens are taken.
    #[error("an API key is not accepted here: use a bearer token")]
    ApiKey,
    /// It is a JWT that is not believed.
    #[error("{0}")]
    Jwt(#[from] JwtFault),
    /// It does not reach the tenant asked for, whether or not that exists.
    #[error("this token cannot be used for that tenant")]
    Foreign,
    /// It reaches the tenant asked for, but that does not exist.
    #[error("Tenant not found")]
    NoSuchTenant,
    /// Its tenant is suspended.
    #[error("the tenant is suspended")]
    Suspended,
    /// Its partner, or its tenant's, is suspended.
    #[error("the partner is suspended")]
    PartnerSuspended,
    /// Its tenant or partner was deleted.
    #[error("what this token was made for has been deleted")]
    Deleted,
    /// It reaches several tenants and the request names none.
    #[error("this token belongs to no single tenant: name the tenant in the path")]
    NeedsTenant,
    /// It could not be judged.
    #[error("the server is busy; try again")]
    Unavailable(#[from] store::Error),
}

impl Denied {
    /// Whether it is the credential itself that was not accepted (401), not where it was used (403).
    #[must_use]
    pub const fn is_unauthenticated(&self) -> bool {
        matches!(
            self,
            Self::Missing
                | Self::NotBearer
                | Self::Unknown
                | Self::Revoked(_)
                | Self::Expired(_)
                | Self::ApiKey
                | Self::Jwt(_)
        )
    }

    /// The challenge of a 401 (RFC 6750 section 3). A request without a credential gets no error code.
    #[must_use]
    pub fn challenge(&self) -> String {
        match self {
            Self::Missing | Self::NotBearer => "Bearer realm=\"convoke\"".to_owned(),
            _ => format!("Bearer realm=\"convoke\", error=\"invalid_token\", error_description=\"{self}\""),
        }
    }
}
