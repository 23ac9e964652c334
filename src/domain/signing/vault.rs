//! Encryption at rest of the private keys that the database keeps: AES-256-GCM with the key of the configuration, bound to
//! the id of the row, so that no row can be put in the place of another. Without that key they are stored as they are.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use secrecy::{ExposeSecret, SecretSlice};

use crate::domain::{Error, Result};
use crate::model::ids::SigningKeyId;

/// Seals and opens private keys.
#[derive(Clone, Default)]
pub(super) struct Vault(Option<Arc<RandomizedNonceKey>>);

impl Vault {
    /// With a key of 32 bytes.
    pub(super) fn new(key: &SecretSlice<u8>) -> Result<Self> {
        let unfit = |_| Error::Invalid { attribute: "encryption_key", reason: "must have 32 bytes".to_owned() };
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.expose_secret()).map_err(unfit)?;
        Ok(Self(Some(Arc::new(key))))
    }

    /// What to store of a private key, and whether it is encrypted.
    pub(super) fn seal(&self, id: SigningKeyId, private: &[u8]) -> Result<(Vec<u8>, bool)> {
        let Some(key) = &self.0 else { return Ok((private.to_vec(), false)) };
        let mut sealed = private.to_vec();
        let nonce = key.seal_in_place_append_tag(Aad::from(id.uuid().into_bytes()), &mut sealed);
        let nonce = nonce.map_err(|_| Error::InTheWay("the signing key could not be encrypted".to_owned()))?;
        Ok(([nonce.as_ref().as_slice(), &sealed].concat(), true))
    }

    /// A private key from what was stored of it.
    pub(super) fn open(&self, id: SigningKeyId, stored: &[u8], encrypted: bool) -> Result<SecretSlice<u8>> {
        if !encrypted {
            return Ok(SecretSlice::from(stored.to_vec()));
        }
        let Some(key) = &self.0 else {
            return Err(Error::InTheWay(format!(
                "signing key {id} is encrypted: set CONVOKE_ENCRYPTION_KEY, or replace it by `convoke key rotate`"
            )));
        };
        let opened = stored.split_at_checked(NONCE_LEN).and_then(|(nonce, sealed)| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut sealed = sealed.to_vec();
            let private = key.open_in_place(nonce, Aad::from(id.uuid().into_bytes()), &mut sealed).ok()?;
            Some(SecretSlice::from(private.to_vec()))
        });
        opened.ok_or_else(|| {
            Error::InTheWay(format!(
                "signing key {id} was encrypted with another key than CONVOKE_ENCRYPTION_KEY: set that one, or replace it \
                 by `convoke key rotate`"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Clock;

    fn vault(byte: u8) -> Vault {
        Vault::new(&SecretSlice::from(vec![byte; 32])).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_for_the_same_row_alone() {
        let (id, other) = (SigningKeyId::generate(&Clock::system()), SigningKeyId::generate(&Clock::system()));
        let (stored, encrypted) = vault(1).seal(id, b"private").unwrap();
        assert!(encrypted && !stored.windows(7).any(|part| part == b"private"));
        assert_eq!(vault(1).open(id, &stored, true).unwrap().expose_secret(), b"private");
        assert!(vault(1).open(other, &stored, true).is_err());
        let wrong = vault(2).open(id, &stored, true).unwrap_err().to_string();
        assert!(wrong.contains("another key than CONVOKE_ENCRYPTION_KEY"), "{wrong}");
        assert!(vault(1).open(id, &stored[..5], true).is_err());
    }

    #[test]
    fn without_a_key_it_is_stored_as_it_is_and_what_is_encrypted_stays_closed() {
        let id = SigningKeyId::generate(&Clock::system());
        let (stored, encrypted) = Vault::default().seal(id, b"private").unwrap();
        assert!(!encrypted && stored == b"private");
        assert_eq!(vault(1).open(id, &stored, false).unwrap().expose_secret(), b"private");
        let missing = Vault::default().open(id, &stored, true).unwrap_err().to_string();
        assert!(missing.contains("set CONVOKE_ENCRYPTION_KEY"), "{missing}");
    }

    #[test]
    fn a_key_of_another_length_is_none() {
        assert!(Vault::new(&SecretSlice::from(vec![1; 16])).is_err());
    }
}
