//! The section about credentials: the key that encrypts what the database must not give away, and the issuers whose JWTs
//! are believed. Neither has a flag: a key on a command line is everybody's to read, and an issuer is more than a word.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use validator::Validate;

use super::scalar;
use crate::model::issuer::ExternalIssuer;

/// What is encrypted, and who is trusted.
#[derive(Debug, Clone, Deserialize)]
pub struct Auth {
    /// Encrypts private keys in the database.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub encryption_key: Option<EncryptionKey>,
    /// Issuers of JWTs besides the server itself.
    #[serde(default)]
    pub issuers: Issuers,
}

/// A key of 32 bytes.
#[derive(Clone)]
pub struct EncryptionKey(SecretSlice<u8>);

impl EncryptionKey {
    /// The key itself.
    #[must_use]
    pub const fn bytes(&self) -> &SecretSlice<u8> {
        &self.0
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey")
    }
}

/// Why a text is no key. It does not show the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is not 32 bytes in base64")]
pub struct NotAKey;

impl FromStr for EncryptionKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let bytes = SecretSlice::from(STANDARD.decode(text.trim()).map_err(|_| NotAKey)?);
        if bytes.expose_secret().len() == 32 { Ok(Self(bytes)) } else { Err(NotAKey) }
    }
}

/// External issuers: a list of tables in the file, JSON in the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issuers(pub Vec<ExternalIssuer>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Json(String),
    Tables(Vec<figment::value::Value>),
}

impl<'de> Deserialize<'de> for Issuers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given =
            Given::deserialize(deserializer).map_err(|_| D::Error::custom("the value is no list of issuers"))?;
        let issuers: Vec<ExternalIssuer> = match given {
            Given::Json(text) => serde_json::from_str(&text).map_err(D::Error::custom)?,
            Given::Tables(tables) => {
                let read = tables.iter().map(figment::value::Value::deserialize);
                read.collect::<Result<_, _>>().map_err(|error: figment::Error| D::Error::custom(error.kind))?
            }
        };
        for (at, issuer) in issuers.iter().enumerate() {
            check(issuer).map_err(D::Error::custom)?;
            if issuers[..at].iter().any(|other| other.issuer == issuer.issuer) {
                return Err(D::Error::custom(format!("issuer {} is named twice", issuer.issuer)));
            }
        }
        Ok(Self(issuers))
    }
}

/// Refuses what would believe anybody or nobody, and says what would be right.
fn check(issuer: &ExternalIssuer) -> Result<(), String> {
    issuer.validate().map_err(|faults| {
        let told = faults.field_errors().into_values().flatten().filter_map(|fault| fault.message.as_deref());
        let mut told: Vec<&str> = told.collect();
        told.sort_unstable();
        format!("issuer {}: {}", issuer.issuer, told.join("; "))
    })
}
