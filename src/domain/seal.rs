//! Text that a client keeps for the server and gives back unchanged, such as a cursor: readable, but nobody else can make
//! one, and one made for another purpose, tenant or query is not taken. HMAC-SHA256 with a key of the installation, in
//! base64url, whose characters are all unreserved in a URL (RFC 3986 section 2.3).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use tokio::sync::OnceCell;

use super::{Domain, Result};

const NAME: &str = "seal";
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 32;

/// The key, read from the database when it is first needed.
#[derive(Clone, Default)]
pub(super) struct SealKey(Arc<OnceCell<SecretSlice<u8>>>);

impl Domain {
    /// Seals a payload for a context: what the text is for, for whom, with what.
    ///
    /// # Errors
    /// The database cannot be reached, on first use.
    pub async fn seal(&self, context: &[&str], payload: &[u8]) -> Result<String> {
        Ok(seal_with(self.seal_key().await?, context, payload))
    }

    /// The payload of a sealed text; `None` when it was not sealed here for this very context.
    ///
    /// # Errors
    /// The database cannot be reached, on first use.
    pub async fn unseal(&self, context: &[&str], text: &str) -> Result<Option<Vec<u8>>> {
        Ok(unseal_with(self.seal_key().await?, context, text))
    }

    async fn seal_key(&self) -> Result<&[u8]> {
        let read = || async {
            let mut fresh = vec![0; KEY_BYTES];
            rand::rng().fill_bytes(&mut fresh);
            Ok::<_, super::Error>(SecretSlice::from(self.store.installation_key(NAME, &fresh).await?))
        };
        Ok(self.seal.0.get_or_try_init(read).await?.expose_secret())
    }
}

fn mac(key: &[u8], context: &[&str], payload: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in context {
        // Lengths keep parts apart: ("a", "bc") is not ("ab", "c").
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.update(&u64::MAX.to_be_bytes());
    mac.update(payload);
    mac
}

fn seal_with(key: &[u8], context: &[&str], payload: &[u8]) -> String {
    let mut bytes = payload.to_vec();
    bytes.extend_from_slice(&mac(key, context, payload).finalize().into_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn unseal_with(key: &[u8], context: &[&str], text: &str) -> Option<Vec<u8>> {
    let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let tag = bytes.split_off(bytes.len().checked_sub(TAG_BYTES)?);
    // Compares in constant time.
    mac(key, context, &bytes).verify_slice(&tag).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &[u8] = &[7; KEY_BYTES];

    proptest! {
        #[test]
        fn what_was_sealed_comes_back(payload: Vec<u8>, context: Vec<String>) {
            let context: Vec<&str> = context.iter().map(String::as_str).collect();
            let text = seal_with(KEY, &context, &payload);
            let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
            prop_assert!(text.chars().all(unreserved));
            prop_assert_eq!(unseal_with(KEY, &context, &text), Some(payload));
        }

        #[test]
        fn a_changed_character_is_noticed(payload: Vec<u8>, at: prop::sample::Index, by in "[A-Za-z0-9_-]") {
            let text = seal_with(KEY, &["x"], &payload);
            let at = at.index(text.len());
            let mut changed = text.clone();
            changed.replace_range(at..=at, &by);
            prop_assume!(changed != text);
            prop_assert_eq!(unseal_with(KEY, &["x"], &changed), None);
        }

        #[test]
        fn foreign_text_is_none(text: String) {
            prop_assert_eq!(unseal_with(KEY, &["x"], &text), None);
        }
    }

    #[test]
    fn another_context_or_key_does_not_open_it() {
        let text = seal_with(KEY, &["a", "bc"], b"payload");
        for context in [&["ab", "c"][..], &["a"], &["a", "bc", ""], &[]] {
            assert_eq!(unseal_with(KEY, context, &text), None, "{context:?}");
        }
        assert_eq!(unseal_with(&[8; KEY_BYTES], &["a", "bc"], &text), None);
    }
}
