//! Access tokens of the server's own (RFC 9068): what a client that has proved itself gets, and nothing it may not ask for.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, Header, encode};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::domain::{Domain, Error, Result};
use crate::model::ids::TokenId;
use crate::store::clients::ClientInfo;

/// How long an access token lives.
pub const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// A new access token.
pub struct AccessToken {
    /// Its text, a signed JWT.
    pub text: SecretString,
    /// Its scopes.
    pub scopes: Vec<String>,
}

impl Domain {
    /// Gives a client an access token with the scopes asked for, else with all it may have. `issuer` is the address the
    /// server is known by, which stands in the token as its issuer and audience.
    ///
    /// # Errors
    /// [`Error::Invalid`] of `scope` when it asks for one it may not have; [`Error::InTheWay`] when the signing key cannot
    /// be opened.
    pub async fn issue_access_token(
        &self,
        client: &ClientInfo,
        issuer: &str,
        asked: Option<&str>,
    ) -> Result<AccessToken> {
        let scopes = narrowed(&client.scopes, asked)?;
        let signing = self.signing_key().await?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(signing.id.to_string());
        let claims = self.claims(client, issuer, &scopes);
        let text = encode(&header, &claims, &signing.key)
            .map_err(|_| Error::InTheWay(format!("signing key {} does not sign", signing.id)))?;
        Ok(AccessToken { text: text.into(), scopes })
    }

    fn claims(&self, client: &ClientInfo, issuer: &str, scopes: &[String]) -> Map<String, Value> {
        let now = self.clock.now();
        let id = client.id.to_string();
        let (reach, value) = match client.tenant {
            Some(tenant) => ("tenant_id", json!(tenant)),
            None => ("platform_token", json!(true)),
        };
        let claims = [
            ("iss", json!(issuer)),
            ("aud", json!(issuer)),
            ("sub", json!(id)),
            ("client_id", json!(id)),
            ("iat", json!(now.timestamp())),
            ("exp", json!((now + LIFETIME).timestamp())),
            ("jti", json!(TokenId::generate(&self.clock))),
            ("scope", json!(scopes.join(" "))),
            (reach, value),
        ];
        claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The scopes asked for, each once, all of them allowed.
fn narrowed(allowed: &[String], asked: Option<&str>) -> Result<Vec<String>> {
    let mut words: Vec<&str> = Vec::new();
    for word in asked.unwrap_or_default().split_ascii_whitespace() {
        if !allowed.iter().any(|scope| scope == word) {
            let reason = format!("asks for more than this client may have, which is: {}", allowed.join(" "));
            return Err(Error::Invalid { attribute: "scope", reason });
        }
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        return Ok(allowed.to_vec());
    }
    Ok(words.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Vec<String> {
        ["groups:read", "groups:write"].map(str::to_owned).to_vec()
    }

    #[test]
    fn nothing_asked_for_gives_all_and_something_gives_that() {
        assert_eq!(narrowed(&allowed(), None).unwrap(), allowed());
        assert_eq!(narrowed(&allowed(), Some(" ")).unwrap(), allowed());
        assert_eq!(narrowed(&allowed(), Some("groups:read groups:read")).unwrap(), ["groups:read"]);
    }

    #[test]
    fn more_than_allowed_is_refused_naming_what_is() {
        let text = narrowed(&allowed(), Some("groups:read scim")).unwrap_err().to_string();
        assert!(text.contains("groups:read groups:write") && !text.contains("scim"), "{text}");
    }
}
