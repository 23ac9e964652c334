//! Public keys that signatures of JWTs are checked with, read from a JWK set (RFC 7517). A key's type decides the
//! algorithms it may be used with, never the token: RSA takes RS256 and PS256, P-256 takes ES256, Ed25519 takes EdDSA. What
//! is symmetric, meant for encryption or too short is no key here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value, json};

/// The algorithms there are.
pub const ACCEPTED: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// Keys a set may have at the most; more are not read.
const MOST_KEYS: usize = 64;
/// An RSA modulus shorter than this many bytes is broken or soon will be (RFC 7518 section 3.3).
const SHORTEST_MODULUS: usize = 256;

/// A public key.
#[derive(Debug, Clone)]
pub struct PublicKey {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    /// What checks a signature.
    pub key: DecodingKey,
}

/// The public keys of one issuer or client.
#[derive(Debug, Clone, Default)]
pub struct PublicKeys(Vec<PublicKey>);

impl PublicKeys {
    /// Reads a set. Keys that cannot be used are passed over: issuers publish keys for other purposes beside them.
    #[must_use]
    pub fn read(set: &Value) -> Self {
        let keys = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Self(keys.iter().take(MOST_KEYS).filter_map(|jwk| usable(jwk).ok()).collect())
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key of this name for this algorithm. A token that names no key can only mean the one that fits, if it is one.
    #[must_use]
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&PublicKey> {
        let mut fitting = self.0.iter().filter(|key| key.algorithms.contains(&algorithm));
        match kid {
            Some(kid) => fitting.find(|key| key.kid.as_deref() == Some(kid)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }
}

/// Why a key or set cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// It is neither a JWK nor a JWK set, or an empty one.
    #[error("is neither a JWK nor a JWK set with 1 to {MOST_KEYS} keys (RFC 7517)")]
    NoKeys,
    /// It has a part that must stay with the client.
    #[error(
        "holds a private or symmetric key: register the public half alone, and replace that key, which has been shown"
    )]
    Private,
    /// It is of a kind that is not used here.
    #[error("holds a key that cannot be used: it takes RSA of 2048 bits or more, P-256 or Ed25519, for signatures")]
    Unusable,
    /// Two keys have the same name, or one of several has none.
    #[error("holds several keys that are not told apart by kid")]
    Ambiguous,
}

/// The set to keep for a client that registers a JWK or a JWK set: the public parameters, nothing else that came along.
///
/// # Errors
/// See [`KeyFault`].
pub fn registered(document: &Value) -> Result<Value, KeyFault> {
    let one = std::slice::from_ref(document);
    let keys = match document.get("keys") {
        Some(keys) => keys.as_array().map(Vec::as_slice).unwrap_or_default(),
        None => one,
    };
    if keys.is_empty() || keys.len() > MOST_KEYS {
        return Err(KeyFault::NoKeys);
    }
    let read = keys.iter().map(usable).collect::<Result<Vec<_>, _>>()?;
    let repeated =
        |at: usize, key: &PublicKey| key.kid.is_none() || read[..at].iter().any(|other| other.kid == key.kid);
    if read.len() > 1 && read.iter().enumerate().any(|(at, key)| repeated(at, key)) {
        return Err(KeyFault::Ambiguous);
    }
    let kept: Vec<Value> = keys.iter().map(public_part).collect();
    Ok(json!({ "keys": kept }))
}

fn public_part(jwk: &Value) -> Value {
    const KEPT: [&str; 9] = ["kty", "use", "alg", "kid", "crv", "x", "y", "n", "e"];
    let members = jwk.as_object().into_iter().flatten().filter(|(name, _)| KEPT.contains(&name.as_str()));
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

fn usable(jwk: &Value) -> Result<PublicKey, KeyFault> {
    if !jwk.is_object() || jwk.get("kty").is_none() {
        return Err(KeyFault::NoKeys);
    }
    if ["d", "k", "p", "q"].iter().any(|part| jwk.get(part).is_some()) {
        return Err(KeyFault::Private);
    }
    let jwk: Jwk = serde_json::from_value(jwk.clone()).map_err(|_| KeyFault::Unusable)?;
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return Err(KeyFault::Unusable);
    }
    let algorithms = algorithms(&jwk).ok_or(KeyFault::Unusable)?;
    let key = DecodingKey::from_jwk(&jwk).map_err(|_| KeyFault::Unusable)?;
    Ok(PublicKey { kid: jwk.common.key_id, algorithms, key })
}

/// What the key may be used with: what its type allows, and of that what it says of itself.
fn algorithms(jwk: &Jwk) -> Option<Vec<Algorithm>> {
    let by_type: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
            let significant = modulus.iter().skip_while(|byte| **byte == 0).count();
            if significant < SHORTEST_MODULUS {
                return None;
            }
            &[Algorithm::RS256, Algorithm::PS256]
        }
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
        _ => return None,
    };
    let said =
        |algorithm: &&Algorithm| jwk.common.key_algorithm.is_none_or(|own| own == KeyAlgorithm::from(**algorithm));
    let both: Vec<Algorithm> = by_type.iter().filter(said).copied().collect();
    (!both.is_empty()).then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p256(kid: &str) -> Value {
        json!({
            "kty": "EC", "crv": "P-256", "kid": kid,
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
        })
    }

    fn rsa(bytes: usize) -> Value {
        json!({ "kty": "RSA", "kid": "r", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode(vec![0xff; bytes]) })
    }

    #[test]
    fn a_key_is_found_by_name_for_the_algorithms_of_its_type() {
        let keys = PublicKeys::read(&json!({ "keys": [p256("a"), rsa(256)] }));
        assert!(keys.find(Some("a"), Algorithm::ES256).is_some());
        assert!(keys.find(Some("a"), Algorithm::RS256).is_none());
        assert!(keys.find(Some("r"), Algorithm::RS256).is_some() && keys.find(Some("r"), Algorithm::PS256).is_some());
        for algorithm in [Algorithm::HS256, Algorithm::ES384, Algorithm::RS512] {
            assert!(keys.find(Some("a"), algorithm).is_none() && keys.find(Some("r"), algorithm).is_none());
        }
    }

    #[test]
    fn a_token_that_names_no_key_means_the_only_one_that_fits() {
        let one = PublicKeys::read(&json!({ "keys": [p256("a"), rsa(256)] }));
        assert!(one.find(None, Algorithm::ES256).is_some());
        let two = PublicKeys::read(&json!({ "keys": [p256("a"), p256("b")] }));
        assert!(two.find(None, Algorithm::ES256).is_none());
    }

    #[test]
    fn what_a_key_says_of_itself_narrows_its_type() {
        let mut key = rsa(256);
        key["alg"] = json!("PS256");
        let keys = PublicKeys::read(&json!({ "keys": [key] }));
        assert!(keys.find(Some("r"), Algorithm::PS256).is_some() && keys.find(Some("r"), Algorithm::RS256).is_none());
    }

    #[test]
    fn unusable_keys_are_passed_over() {
        let mut encryption = p256("e");
        encryption["use"] = json!("enc");
        let secret = json!({ "kty": "oct", "kid": "s", "k": "c2VjcmV0" });
        let set = json!({ "keys": [encryption, secret, rsa(128), {"kty": "new"}, 7, p256("a")] });
        let keys = PublicKeys::read(&set);
        assert_eq!(keys.0.len(), 1);
        assert!(keys.find(Some("a"), Algorithm::ES256).is_some());
        assert!(PublicKeys::read(&json!("nothing")).is_empty());
    }

    #[test]
    fn only_public_keys_for_signatures_are_registered() {
        let mut noted = p256("a");
        noted["comment"] = json!("dropped");
        assert_eq!(registered(&noted).unwrap(), json!({ "keys": [p256("a")] }));
        let mut private = p256("a");
        private["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
        assert_eq!(registered(&private), Err(KeyFault::Private));
        assert_eq!(registered(&json!({ "kty": "oct", "k": "c2VjcmV0" })), Err(KeyFault::Private));
        assert_eq!(registered(&rsa(128)), Err(KeyFault::Unusable));
        assert_eq!(registered(&json!({ "keys": [] })), Err(KeyFault::NoKeys));
        assert_eq!(registered(&json!({ "keys": [p256("a"), p256("a")] })), Err(KeyFault::Ambiguous));
    }
}
