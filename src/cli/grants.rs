//! What a new token may carry: which scopes and roles fit how far it reaches, and what it gets when nothing is asked for.
//! A grant that opens nothing is a mistake worth telling at once, not at the first refused request.

use crate::model::principal::{Role, Scope};

/// What sort of token is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Bearer token of a tenant.
    Tenant,
    /// API key of a tenant.
    ApiKey,
    /// Bearer token of a partner.
    Partner,
    /// Bearer token of the platform.
    Platform,
}

impl Sort {
    const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "a tenant's token",
            Self::ApiKey => "an API key",
            Self::Partner => "a partner's token",
            Self::Platform => "a platform token",
        }
    }

    /// API keys open the Launch API alone (native contract, section 2.1), so scopes of other APIs are lost on them.
    fn takes_scope(self, scope: Scope) -> bool {
        !matches!((self, scope), (Self::ApiKey, Scope::Scim | Scope::ScimRead | Scope::AdminRead | Scope::AdminWrite))
    }

    const fn takes_role(self, role: Role) -> bool {
        match role {
            Role::SuperAdmin => matches!(self, Self::Platform),
            Role::PartnerAdmin => matches!(self, Self::Partner),
            Role::TenantAdmin => matches!(self, Self::Tenant),
            Role::Administrator | Role::Viewer | Role::Auditor => !matches!(self, Self::ApiKey),
        }
    }

    /// What it carries when neither scopes nor roles are asked for.
    const fn defaults(self) -> (&'static [Scope], &'static [Role]) {
        match self {
            Self::Tenant => (&[Scope::Scim], &[]),
            Self::ApiKey => (&[Scope::Admin], &[]),
            Self::Partner => (&[], &[Role::PartnerAdmin]),
            Self::Platform => (&[Scope::AdminRead, Scope::AdminWrite], &[]),
        }
    }

    /// Checks what was asked for, or fills in the defaults. The refusal is a text for a person.
    pub(super) fn grant(self, scopes: &[Scope], roles: &[Role]) -> Result<(Vec<Scope>, Vec<Role>), String> {
        if let Some(scope) = scopes.iter().find(|scope| !self.takes_scope(**scope)) {
            return Err(self.misfit("scope", scope.as_str(), Scope::ALL.iter().filter(|s| self.takes_scope(**s))));
        }
        if let Some(role) = roles.iter().find(|role| !self.takes_role(**role)) {
            return Err(self.misfit("role", role.as_str(), Role::ALL.iter().filter(|r| self.takes_role(**r))));
        }
        if scopes.is_empty() && roles.is_empty() {
            let (scopes, roles) = self.defaults();
            return Ok((scopes.to_vec(), roles.to_vec()));
        }
        Ok((distinct(scopes), distinct(roles)))
    }

    fn misfit(self, what: &str, word: &str, fitting: impl Iterator<Item = impl ToString>) -> String {
        let fitting: Vec<String> = fitting.map(|item| item.to_string()).collect();
        let fitting = if fitting.is_empty() { "none".to_owned() } else { fitting.join(", ") };
        format!("the {what} \"{word}\" does not fit {}; these do: {fitting}", self.name())
    }
}

/// In the order given, each once.
pub(super) fn distinct<T: PartialEq + Copy>(items: &[T]) -> Vec<T> {
    let mut kept: Vec<T> = Vec::with_capacity(items.len());
    for item in items {
        if !kept.contains(item) {
            kept.push(*item);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(Sort::Tenant, &[Scope::Scim], &[])]
    #[case(Sort::ApiKey, &[Scope::Admin], &[])]
    #[case(Sort::Partner, &[], &[Role::PartnerAdmin])]
    #[case(Sort::Platform, &[Scope::AdminRead, Scope::AdminWrite], &[])]
    fn defaults_come_only_when_nothing_is_asked(#[case] sort: Sort, #[case] scopes: &[Scope], #[case] roles: &[Role]) {
        assert_eq!(sort.grant(&[], &[]), Ok((scopes.to_vec(), roles.to_vec())));
        let asked = sort.grant(&[Scope::GroupsRead, Scope::GroupsRead], &[]);
        assert_eq!(asked, Ok((vec![Scope::GroupsRead], Vec::new())));
    }

    #[rstest::rstest]
    #[case(Role::SuperAdmin, &[Sort::Platform])]
    #[case(Role::PartnerAdmin, &[Sort::Partner])]
    #[case(Role::TenantAdmin, &[Sort::Tenant])]
    #[case(Role::Viewer, &[Sort::Tenant, Sort::Partner, Sort::Platform])]
    fn roles_fit_their_reach(#[case] role: Role, #[case] fitting: &[Sort]) {
        for sort in [Sort::Tenant, Sort::ApiKey, Sort::Partner, Sort::Platform] {
            assert_eq!(sort.grant(&[], &[role]).is_ok(), fitting.contains(&sort), "{sort:?}");
        }
    }

    #[test]
    fn a_refusal_names_what_would_fit() {
        let text = Sort::ApiKey.grant(&[Scope::Scim], &[]).unwrap_err();
        assert!(text.contains("\"scim\" does not fit an API key") && text.contains("groups:write"), "{text}");
        assert!(Sort::Platform.grant(&[Scope::Scim], &[]).is_ok());
    }
}
