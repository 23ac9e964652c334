//! Issuers of JWTs other than the server itself: whose tokens are believed, for whom they may speak, and under which names
//! their claims come. What is not granted here an issuer cannot give, whatever it signs.

use jsonwebtoken::Algorithm;
use reqwest::Url;
use serde::Deserialize;
use validator::{Validate, ValidationError};

use super::jwk::ACCEPTED;

/// An issuer whose tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Validate)]
#[validate(schema(function = "check_keys", skip_on_field_errors = false))]
#[serde(deny_unknown_fields)]
pub struct ExternalIssuer {
    /// What its tokens have for `iss`, to the letter.
    pub issuer: String,
    /// Where its keys are published; found by its discovery document when not given.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// One of these must be among the `aud` of a token.
    #[validate(custom(function = "check_audiences"))]
    pub audiences: Vec<String>,
    /// Algorithms its signatures may have.
    #[serde(default = "accepted")]
    #[validate(custom(function = "check_algorithms"))]
    pub algorithms: Vec<Algorithm>,
    /// Tenants it may speak for, by slug or id. With neither tenants nor partners named it may speak for every tenant.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// Partners it may speak for, by id.
    #[serde(default)]
    pub partners: Vec<String>,
    /// Whether it may speak for the platform: only then do its platform tokens and the role `super_admin` count.
    #[serde(default)]
    pub platform: bool,
    /// The names of its claims.
    #[serde(default)]
    pub claims: ClaimNames,
}

fn accepted() -> Vec<Algorithm> {
    ACCEPTED.to_vec()
}

/// Under which names claims come. A name with dots also leads into nested objects (`realm_access.roles`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimNames {
    /// The tenant, by slug or id.
    pub tenant: String,
    /// The partner, by id.
    pub partner: String,
    /// Whether it is a token of the platform.
    pub platform: String,
    /// Roles: a text or a list, in each of these.
    pub roles: Vec<String>,
    /// Scopes: a text with blanks between them or a list, in each of these.
    pub scopes: Vec<String>,
}

impl Default for ClaimNames {
    fn default() -> Self {
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        Self {
            tenant: "tenant_id".to_owned(),
            partner: "partner_id".to_owned(),
            platform: "platform_token".to_owned(),
            roles: names(["role", "roles"]),
            scopes: names(["scope", "scp"]),
        }
    }
}

impl ExternalIssuer {
    /// Whether it may speak for this tenant, by either of its names.
    #[must_use]
    pub fn speaks_for_tenant(&self, slug: &str, id: &str) -> bool {
        let unlimited = self.tenants.is_empty() && self.partners.is_empty();
        unlimited || self.tenants.iter().any(|name| name == slug || name == id)
    }

    /// Whether it may speak for this partner.
    #[must_use]
    pub fn speaks_for_partner(&self, id: &str) -> bool {
        let unlimited = self.tenants.is_empty() && self.partners.is_empty();
        unlimited || self.partners.iter().any(|name| name == id)
    }
}

/// Whether a URL leads to this machine.
#[must_use]
pub fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Keys that somebody on the way can exchange are no keys: they come by https, but from this machine.
fn check_keys(issuer: &ExternalIssuer) -> Result<(), ValidationError> {
    let (field, url) = match &issuer.jwks_url {
        Some(url) => ("jwks_url", url),
        None => ("issuer, where its keys are to be found,", &issuer.issuer),
    };
    let safe = |url: &Url| url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_local(url)));
    if url.parse().as_ref().is_ok_and(safe) {
        return Ok(());
    }
    Err(ValidationError::new("keys").with_message(format!("{field} must be an https:// URL").into()))
}

fn check_audiences(audiences: &[String]) -> Result<(), ValidationError> {
    if audiences.iter().any(|audience| !audience.trim().is_empty()) {
        return Ok(());
    }
    Err(ValidationError::new("audiences").with_message("audiences must name at least one audience".into()))
}

fn check_algorithms(algorithms: &[Algorithm]) -> Result<(), ValidationError> {
    if !algorithms.is_empty() && algorithms.iter().all(|algorithm| ACCEPTED.contains(algorithm)) {
        return Ok(());
    }
    Err(ValidationError::new("algorithms").with_message("algorithms must be some of RS256, PS256, ES256, EdDSA".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(more: &str) -> ExternalIssuer {
        let text = format!(r#"{{ "issuer": "https://login.example.com", "audiences": ["convoke"]{more} }}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[rstest::rstest]
    #[case("", true)]
    #[case(r#", "jwks_url": "https://keys.example.com/jwks""#, true)]
    #[case(r#", "jwks_url": "http://127.0.0.1:7/jwks""#, true)]
    #[case(r#", "jwks_url": "http://keys.example.com/jwks""#, false)]
    #[case(r#", "jwks_url": "file:///etc/passwd""#, false)]
    #[case(r#", "jwks_url": "keys""#, false)]
    #[case(r#", "algorithms": ["RS256"]"#, true)]
    #[case(r#", "algorithms": []"#, false)]
    #[case(r#", "algorithms": ["RS256", "HS256"]"#, false)]
    fn what_would_believe_anybody_is_refused(#[case] more: &str, #[case] fits: bool) {
        assert_eq!(issuer(more).validate().is_ok(), fits, "{more}");
    }

    #[test]
    fn an_issuer_without_an_audience_or_by_an_open_line_is_refused() {
        let unaddressed = ExternalIssuer { audiences: vec![" ".to_owned()], ..issuer("") };
        let open = ExternalIssuer { issuer: "http://login.example.com".to_owned(), ..issuer("") };
        assert!(unaddressed.validate().is_err() && open.validate().is_err());
    }
}
