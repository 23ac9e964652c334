//! Issuers of JWTs other than the server itself: whose tokens are believed, for whom they may speak, and under which names
//! their claims come. What is not granted here an issuer cannot give, whatever it signs.

use jsonwebtoken::Algorithm;
use serde::Deserialize;

use super::jwk::ACCEPTED;

/// An issuer whose tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalIssuer {
    /// What its tokens have for `iss`, to the letter.
    pub issuer: String,
    /// Where its keys are published; found by its discovery document when not given.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// One of these must be among the `aud` of a token.
    pub audiences: Vec<String>,
    /// Algorithms its signatures may have.
    #[serde(default = "accepted")]
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

    /// Refuses what would accept tokens of anybody or of nobody.
    ///
    /// # Errors
    /// Says what is wrong and what would be right.
    pub fn check(&self) -> Result<(), String> {
        if self.audiences.iter().all(|audience| audience.trim().is_empty()) {
            return Err(format!("issuer {}: audiences must name at least one audience", self.issuer));
        }
        if self.algorithms.is_empty() || self.algorithms.iter().any(|algorithm| !ACCEPTED.contains(algorithm)) {
            return Err(format!("issuer {}: algorithms must be some of RS256, PS256, ES256, EdDSA", self.issuer));
        }
        Ok(())
    }
}
