//! Hosts that name a tenant: `{tenant}.id.example.com` in the settings makes `acme.id.example.com` stand for the tenant
//! with the slug `acme`. Any other host names none.

use std::str::FromStr;

const PLACE: &str = "{tenant}";

/// The pattern of such hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantHosts {
    before: String,
    after: String,
}

/// Why a text is no such pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is no host name with {PLACE} in the place of its first label or a part of it")]
pub struct NotAPattern;

impl FromStr for TenantHosts {
    type Err = NotAPattern;

    fn from_str(text: &str) -> Result<Self, NotAPattern> {
        let (before, after) = text.trim().split_once(PLACE).ok_or(NotAPattern)?;
        let fits = |part: &str, further: &str| {
            part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || further.contains(c))
        };
        // Without a domain behind it, every host there is would name a tenant.
        let domain = after.split_once('.').is_some_and(|(_, domain)| !domain.is_empty());
        if !fits(before, "") || !fits(after, ".") || !domain {
            return Err(NotAPattern);
        }
        Ok(Self { before: before.to_ascii_lowercase(), after: after.to_ascii_lowercase() })
    }
}

impl TenantHosts {
    /// The slug of the tenant that a host names, which may have a port.
    #[must_use]
    pub fn tenant(&self, host: &str) -> Option<String> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_end_matches('.').to_ascii_lowercase();
        let slug = name.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        (!slug.is_empty() && !slug.contains('.')).then(|| slug.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_the_pattern_name_a_tenant() {
        let hosts: TenantHosts = "{tenant}.id.example.com".parse().unwrap();
        assert_eq!(hosts.tenant("Acme.ID.example.com:8443").as_deref(), Some("acme"));
        for host in ["id.example.com", ".id.example.com", "a.b.id.example.com", "acme.id.example.org", "127.0.0.1:80"] {
            assert_eq!(hosts.tenant(host), None, "{host}");
        }
        let hosts: TenantHosts = "scim-{tenant}-eu.example.com".parse().unwrap();
        assert_eq!(hosts.tenant("scim-acme-eu.example.com").as_deref(), Some("acme"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in
            ["", "id.example.com", "{tenant}", "{tenant}.", "{tenant}.a/b", "a.{tenant}.com", "{tenant}{tenant}.a"]
        {
            assert!(text.parse::<TenantHosts>().is_err(), "{text}");
        }
    }
}
