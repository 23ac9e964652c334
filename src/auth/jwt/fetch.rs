//! Fetches the keys of external issuers. Only addresses of the configuration are asked, or those that an issuer's own
//! discovery document names; no redirect is followed, and neither size nor time of an answer is left to the other side.

use std::time::Duration;

use reqwest::{StatusCode, Url, redirect};
use serde_json::Value;

use crate::model::issuer::{ExternalIssuer, is_local};
use crate::model::jwk::PublicKeys;

/// How long an issuer may take for one document.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes a document may have.
const LARGEST: usize = 256 * 1024;
/// Where issuers describe themselves (OpenID Connect Discovery 1.0 section 4; RFC 8414 section 3).
const WELL_KNOWN: [&str; 2] = ["openid-configuration", "oauth-authorization-server"];

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The other side did not answer as it should.
    #[error("{url}: {reason}")]
    Answer { url: String, reason: String },
    /// The addresses are not ones to be asked.
    #[error("{0}")]
    Address(String),
}

/// The keys that an issuer publishes now.
pub(super) async fn keys(issuer: &ExternalIssuer) -> Result<PublicKeys, FetchError> {
    let url = match &issuer.jwks_url {
        Some(url) => url.clone(),
        None => discover(&issuer.issuer).await?,
    };
    let keys = PublicKeys::read(&document(&url).await?);
    if keys.is_empty() {
        return Err(FetchError::Answer { url, reason: "it has no key that can be used".to_owned() });
    }
    Ok(keys)
}

async fn discover(issuer: &str) -> Result<String, FetchError> {
    let base = issuer.trim_end_matches('/');
    let [first, second] = WELL_KNOWN.map(|name| format!("{base}/.well-known/{name}"));
    let described = match document(&first).await {
        Ok(described) => described,
        Err(_) => document(&second).await?,
    };
    if described.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err(FetchError::Address(format!("the discovery document of {issuer} is another issuer's")));
    }
    let named = described.get("jwks_uri").and_then(Value::as_str);
    let url = named.ok_or_else(|| FetchError::Address(format!("{issuer} names no jwks_uri")))?;
    if on_this_machine(url) && !on_this_machine(issuer) {
        return Err(FetchError::Address(format!("{issuer} names a jwks_uri on this machine")));
    }
    Ok(url.to_owned())
}

async fn document(url: &str) -> Result<Value, FetchError> {
    let target: Url = url.parse().map_err(|_| FetchError::Address(format!("{url} is no URL")))?;
    let local = is_local(&target);
    if target.scheme() != "https" && !local {
        return Err(FetchError::Address(format!("{url} is not https")));
    }
    let failed = |reason: String| FetchError::Answer { url: url.to_owned(), reason };
    let mut client = reqwest::Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none());
    if local {
        // A proxy's own loopback is another machine's.
        client = client.no_proxy();
    }
    let client = client.build().map_err(|error| failed(error.to_string()))?;
    let mut answer = client.get(target).send().await.map_err(|error| failed(error.without_url().to_string()))?;
    if answer.status() != StatusCode::OK {
        return Err(failed(format!("it answers {}", answer.status())));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failed(error.without_url().to_string()))? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(failed(format!("it is larger than {LARGEST} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|_| failed("it is not JSON".to_owned()))
}

fn on_this_machine(url: &str) -> bool {
    url.parse().is_ok_and(|url| is_local(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_https_is_asked_but_for_this_machine() {
        for url in ["http://login.example.com/keys", "ftp://login.example.com/keys", "file:///etc/passwd", "keys"] {
            assert!(matches!(document(url).await, Err(FetchError::Address(_))), "{url}");
        }
        let local = |url: &str| is_local(&url.parse().unwrap());
        assert!(local("http://127.0.0.1:1/") && local("http://[::1]:1/") && local("http://localhost/"));
        assert!(!local("http://127.0.0.1.example.com/") && !local("http://10.0.0.1/"));
    }
}
