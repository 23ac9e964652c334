//! Every identifier of the product as its own type, so that no id can be passed for another. Canonical text is the
//! lower-case UUID; typed prefixes that other systems put before it are taken off on input.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::Clock;

/// The text is not an identifier of this kind. Facades answer as for an id that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an identifier")]
pub struct NotAnId(String);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, [$($prefix:literal),*];)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Stands for an id that can be nobody's.
            pub const NOBODY: Self = Self(Uuid::nil());

            /// A new one: UUIDv7 of the clock's time, so ids order by creation.
            #[must_use]
            pub fn generate(clock: &Clock) -> Self {
                Self(uuid_v7(clock))
            }

            /// The bare UUID, for the database.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let bare = [$($prefix),*].into_iter().find_map(|p: &str| text.strip_prefix(p)).unwrap_or(text);
                parse(bare).map(Self).ok_or_else(|| NotAnId(text.chars().take(80).collect()))
            }
        }
    )*};
}

ids! {
    /// A reseller or group of companies that owns tenants.
    PartnerId, ["prt_"];
    /// One customer. Nothing crosses from one to another.
    TenantId, ["tnt_", "acc-"];
    /// A person or machine account of a tenant.
    UserId, ["usr_"];
    /// A group of a tenant.
    GroupId, ["grp_", "grp-"];
    /// A named set of scopes that groups refer to.
    ScopeSetId, [];
    /// An opaque token or API key.
    TokenId, [];
    /// A registered OAuth client.
    ClientId, [];
    /// A key that signs the server's own tokens; their `kid`.
    SigningKeyId, [];
}

impl TenantId {
    /// Stands where platform credentials have no tenant.
    pub const NONE: Self = Self(Uuid::nil());
}

fn uuid_v7(clock: &Clock) -> Uuid {
    use std::sync::Mutex;
    use uuid::ContextV7;
    // One context a process keeps ids of the same millisecond in the order they were made.
    static CONTEXT: Mutex<ContextV7> = Mutex::new(ContextV7::new());
    let now = clock.now();
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    let context = CONTEXT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos()))
}

/// Only the hyphenated form of 36 characters is an id, so that one resource has one spelling but for letter case.
fn parse(text: &str) -> Option<Uuid> {
    if text.len() != 36 {
        return None;
    }
    Uuid::try_parse(text).ok()
}

/// The integer a group has in the Auth-Admin API: positive, unique in the installation, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupNumber(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_taken_off_and_case_does_not_matter() {
        let id = GroupId::generate(&Clock::system());
        assert_eq!(format!("grp_{id}").parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
    }

    #[test]
    fn what_is_no_uuid_is_no_id() {
        for text in ["", "00919288221112222", "0198", "usr_", "{01890000-0000-7000-8000-000000000000}"] {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }

    #[test]
    fn ids_rise() {
        let clock = Clock::system();
        let made: Vec<_> = (0..1000).map(|_| UserId::generate(&clock)).collect();
        assert!(made.is_sorted());
    }
}
