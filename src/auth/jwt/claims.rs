//! From the claims of an external issuer to what they ask for: which tenant, partner or platform, with which scopes and
//! roles. Names of claims are configuration; words that are no scope or role give nothing.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde_json::Value;

use super::check::Claims;
use super::fault::JwtFault;
use crate::model::ids::PartnerId;
use crate::model::issuer::ExternalIssuer;
use crate::model::principal::{Principal, Reach, Role};

/// Bytes the subject may have (RFC 7519 leaves it open; OpenID Connect has 255).
const LONGEST_SUBJECT: usize = 255;

/// How far a token asks to reach, as far as its issuer may speak for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// Every tenant.
    Platform,
    /// The tenants of a partner.
    Partner(PartnerId),
    /// The tenant of this slug or id, which may not be there.
    Tenant(String),
}

/// How far the token asks to reach. A wide reach is asked for by the claim that goes with it; a tenant named beside it is
/// where such a person is at home, and no limit.
pub(super) fn asked(claims: &Claims, issuer: &ExternalIssuer) -> Result<Asked, JwtFault> {
    let names = &issuer.claims;
    let roles: BTreeSet<Role> = words(claims, &names.roles);
    let is_platform = find(claims, &names.platform).and_then(Value::as_bool) == Some(true);
    if issuer.platform && (is_platform || roles.contains(&Role::SuperAdmin)) {
        return Ok(Asked::Platform);
    }
    let named = |name: &str| find(claims, name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (tenant, partner) = (named(&names.tenant), named(&names.partner));
    match (tenant, partner) {
        (_, Some(partner)) if tenant.is_none() || roles.contains(&Role::PartnerAdmin) => {
            let id: PartnerId = partner.parse().map_err(|_| JwtFault::Reach)?;
            if issuer.speaks_for_partner(&id.to_string()) { Ok(Asked::Partner(id)) } else { Err(JwtFault::Reach) }
        }
        (Some(tenant), _) => Ok(Asked::Tenant(tenant.to_owned())),
        (None, _) => Err(JwtFault::Reach),
    }
}

/// Who it is, with such a reach.
pub(super) fn principal(claims: &Claims, issuer: &ExternalIssuer, reach: Reach) -> Result<Principal, JwtFault> {
    let subject = super::check::text(claims, "sub").ok_or(JwtFault::Claim("sub"))?;
    if subject.is_empty() || subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
        return Err(JwtFault::Claim("sub"));
    }
    let mut roles: BTreeSet<Role> = words(claims, &issuer.claims.roles);
    roles.retain(|role| role.fits(reach));
    Ok(Principal {
        name: format!("{subject}@{}", issuer.issuer),
        reach,
        scopes: words(claims, &issuer.claims.scopes),
        roles,
        user: None,
        api_key: false,
    })
}

/// The claim of that name: as it is written, else as a path.
fn find<'c>(claims: &'c Claims, name: &str) -> Option<&'c Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    find(claims.get(first)?.as_object()?, rest)
}

/// The words of several claims, each a text with blanks between them or a list of texts.
fn words<T: FromStr + Ord>(claims: &Claims, names: &[String]) -> BTreeSet<T> {
    let values = names.iter().filter_map(|name| find(claims, name)).flat_map(|value| match value {
        Value::Array(several) => several.as_slice(),
        one => std::slice::from_ref(one),
    });
    let texts = values.filter_map(Value::as_str).flat_map(str::split_ascii_whitespace);
    texts.filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::ids::TenantId;
    use crate::model::issuer::ClaimNames;
    use crate::model::principal::Scope;

    const PARTNER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn issuer(platform: bool) -> ExternalIssuer {
        ExternalIssuer {
            issuer: "https://login.example.com".to_owned(),
            jwks_url: None,
            audiences: vec!["convoke".to_owned()],
            algorithms: crate::model::jwk::ACCEPTED.to_vec(),
            tenants: Vec::new(),
            partners: Vec::new(),
            platform,
            claims: ClaimNames::default(),
        }
    }

    fn claims(value: &Value) -> Claims {
        value.as_object().cloned().unwrap()
    }

    #[rstest::rstest]
    #[case(json!({ "tenant_id": "acme" }), false, Some(Asked::Tenant("acme".to_owned())))]
    #[case(json!({ "tenant_id": "acme", "platform_token": true }), true, Some(Asked::Platform))]
    #[case(json!({ "tenant_id": "acme", "platform_token": true }), false, Some(Asked::Tenant("acme".to_owned())))]
    #[case(json!({ "tenant_id": "acme", "platform_token": "true" }), true, Some(Asked::Tenant("acme".to_owned())))]
    #[case(json!({ "role": "super_admin" }), true, Some(Asked::Platform))]
    #[case(json!({ "role": "super_admin" }), false, None)]
    #[case(json!({ "partner_id": PARTNER }), false, Some(Asked::Partner(PARTNER.parse().unwrap())))]
    #[case(json!({ "partner_id": PARTNER, "tenant_id": "a" }), false, Some(Asked::Tenant("a".to_owned())))]
    #[case(
        json!({ "partner_id": PARTNER, "tenant_id": "a", "roles": ["partner_admin"] }), false,
        Some(Asked::Partner(PARTNER.parse().unwrap()))
    )]
    #[case(json!({ "partner_id": "nobody" }), false, None)]
    #[case(json!({ "tenant_id": "" }), false, None)]
    #[case(json!({ "tenant_id": ["acme"] }), false, None)]
    #[case(json!({}), true, None)]
    fn claims_say_how_far(#[case] says: Value, #[case] platform: bool, #[case] expected: Option<Asked>) {
        assert_eq!(asked(&claims(&says), &issuer(platform)).ok(), expected);
    }

    #[test]
    fn an_issuer_of_some_tenants_speaks_for_no_partner() {
        let limited = ExternalIssuer { tenants: vec!["acme".to_owned()], ..issuer(false) };
        assert_eq!(asked(&claims(&json!({ "partner_id": PARTNER })), &limited), Err(JwtFault::Reach));
        assert!(limited.speaks_for_tenant("acme", "1") && !limited.speaks_for_tenant("globex", "2"));
    }

    #[test]
    fn scopes_and_roles_come_in_several_forms_and_unknown_words_give_nothing() {
        let says = claims(&json!({
            "sub": "ada", "scope": "groups:read  nonsense", "scp": ["users:read", 7],
            "role": "Viewer", "roles": ["tenant_admin", "super_admin", "root"]
        }));
        let who = principal(&says, &issuer(true), Reach::Tenant(TenantId::NONE)).unwrap();
        assert_eq!(who.name, "ada@https://login.example.com");
        assert_eq!(who.scopes, BTreeSet::from([Scope::GroupsRead, Scope::UsersRead]));
        assert_eq!(who.roles, BTreeSet::from([Role::TenantAdmin, Role::Viewer]));
    }

    #[test]
    fn claims_are_found_by_name_and_by_path() {
        let nested = claims(&json!({ "realm_access": { "roles": ["Viewer"] }, "https://x.example/role": "Auditor" }));
        let mut named = issuer(false);
        named.claims.roles = vec!["realm_access.roles".to_owned(), "https://x.example/role".to_owned()];
        assert_eq!(words::<Role>(&nested, &named.claims.roles), BTreeSet::from([Role::Viewer, Role::Auditor]));
    }

    #[test]
    fn a_subject_must_be_fit_for_the_trail() {
        for sub in [json!(""), json!("a\nb"), json!("a".repeat(256)), json!(7), Value::Null] {
            let says = claims(&json!({ "sub": sub }));
            let refused = principal(&says, &issuer(false), Reach::Platform);
            assert_eq!(refused.err(), Some(JwtFault::Claim("sub")));
        }
    }
}
