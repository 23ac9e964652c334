//! Why a JWT is not believed.

use chrono::{DateTime, Utc};

/// The fault of a JWT. Its text names what the token says of itself in no case but its end, which is checked after the
/// signature: everything before is anybody's to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtFault {
    /// It is larger than any that is taken.
    #[error("the token is larger than 16 KiB")]
    TooLarge,
    /// It is no JWT, or its header names an algorithm that is none.
    #[error("the token cannot be read as a signed JWT")]
    Malformed,
    /// Its header asks for an algorithm that is not taken, or for extensions that are not known.
    #[error(
        "the token's header is not accepted: it must be signed with RS256, PS256, ES256 or EdDSA, without extensions"
    )]
    Header,
    /// It is a JWT of another sort.
    #[error("the JWT is of another type than an access token")]
    Type,
    /// Nobody who is trusted issued it.
    #[error("the token's issuer is not trusted here")]
    Issuer,
    /// Its issuer has no such key.
    #[error("the token names a key that its issuer does not have")]
    Key,
    /// Its signature is not its issuer's.
    #[error("the token's signature is not valid")]
    Signature,
    /// It has expired.
    #[error("the token expired on {0}; get another one")]
    Expired(DateTime<Utc>),
    /// It is not valid yet.
    #[error("the token is not valid yet; check the clocks of its issuer and of this server")]
    NotYet,
    /// It is meant for somebody else.
    #[error("the token is meant for another audience")]
    Audience,
    /// A claim is missing or of another form.
    #[error("the token's claim {0} is missing or cannot be read")]
    Claim(&'static str),
    /// It names no tenant or partner that its issuer may speak for.
    #[error("the token names no tenant that its issuer may speak for")]
    Reach,
}
