//! What a new credential may carry: which scopes and roles fit how far it reaches, what it gets when nothing is asked for,
//! and that nobody gives more than they have. A grant that opens nothing is a mistake worth telling at once, not at the
//! first refused request.

use crate::domain::{Error, Result};
use crate::model::ids::{PartnerId, TenantId};
use crate::model::principal::{Principal, Reach, Role, Scope};

/// What sort of credential is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialSort {
    /// Bearer token of a tenant.
    Tenant,
    /// API key of a tenant.
    ApiKey,
    /// Bearer token of a partner.
    Partner,
    /// Bearer token of the platform.
    Platform,
}

impl CredentialSort {
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
        match self {
            Self::Tenant => role.fits(Reach::Tenant(TenantId::NONE)),
            Self::ApiKey => false,
            Self::Partner => role.fits(Reach::Partner(PartnerId::NOBODY)),
            Self::Platform => role.fits(Reach::Platform),
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

    /// Checks what was asked for, or fills in the defaults.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming what does not fit and what would.
    pub fn grant(self, scopes: &[Scope], roles: &[Role]) -> Result<(Vec<Scope>, Vec<Role>)> {
        if let Some(scope) = scopes.iter().find(|scope| !self.takes_scope(**scope)) {
            let fitting = Scope::ALL.iter().filter(|scope| self.takes_scope(**scope));
            return Err(Error::Invalid { attribute: "scopes", reason: self.misfit(scope.as_str(), fitting) });
        }
        if let Some(role) = roles.iter().find(|role| !self.takes_role(**role)) {
            let fitting = Role::ALL.iter().filter(|role| self.takes_role(**role));
            return Err(Error::Invalid { attribute: "roles", reason: self.misfit(role.as_str(), fitting) });
        }
        if scopes.is_empty() && roles.is_empty() {
            let (scopes, roles) = self.defaults();
            return Ok((scopes.to_vec(), roles.to_vec()));
        }
        Ok((distinct(scopes), distinct(roles)))
    }

    fn misfit(self, word: &str, fitting: impl Iterator<Item = impl ToString>) -> String {
        let fitting: Vec<String> = fitting.map(|item| item.to_string()).collect();
        let fitting = if fitting.is_empty() { "none".to_owned() } else { fitting.join(", ") };
        format!("are wrong: \"{word}\" does not fit {}; these do: {fitting}", self.name())
    }
}

/// Refuses to give what the one who gives it has not got.
pub(super) fn check_grantor(grantor: &Principal, scopes: &[Scope], roles: &[Role]) -> Result<()> {
    let lacking = scopes.iter().filter(|scope| !may_give_scope(grantor, **scope)).map(ToString::to_string);
    let lacking = lacking.chain(roles.iter().filter(|role| !may_give_role(grantor, **role)).map(ToString::to_string));
    let lacking: Vec<String> = lacking.collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let text = format!("this credential may not give {}: it does not have as much itself", lacking.join(", "));
    Err(Error::Beyond(text))
}

/// An administrator by role has every right within reach. By scope one has what the scope opens in the native APIs: the
/// scopes of SCIM and of the Launch API open other doors and are given by those who have them.
fn may_give_scope(grantor: &Principal, scope: Scope) -> bool {
    let by_scope = || match scope {
        Scope::Scim | Scope::ScimRead | Scope::Admin => false,
        Scope::AdminRead
        | Scope::AdminWrite
        | Scope::GroupsRead
        | Scope::GroupsWrite
        | Scope::UsersRead
        | Scope::UsersWrite => grantor.has_scope(Scope::AdminWrite),
    };
    grantor.has_scope(scope) || administrates(grantor) || by_scope()
}

fn may_give_role(grantor: &Principal, role: Role) -> bool {
    let [to_super, to_partner, to_tenant] =
        [Role::SuperAdmin, Role::PartnerAdmin, Role::TenantAdmin].map(|role| grantor.has_role(role));
    match role {
        Role::SuperAdmin => to_super,
        Role::PartnerAdmin => to_super || to_partner,
        Role::TenantAdmin => to_super || to_partner || to_tenant,
        Role::Administrator | Role::Viewer | Role::Auditor => {
            administrates(grantor) || grantor.has_scope(Scope::AdminWrite) || grantor.has_role(role)
        }
    }
}

fn administrates(grantor: &Principal) -> bool {
    [Role::SuperAdmin, Role::PartnerAdmin, Role::TenantAdmin].iter().any(|role| grantor.has_role(*role))
}

/// In the order given, each once.
#[must_use]
pub fn distinct<T: PartialEq + Copy>(items: &[T]) -> Vec<T> {
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
    #[case(CredentialSort::Tenant, &[Scope::Scim], &[])]
    #[case(CredentialSort::ApiKey, &[Scope::Admin], &[])]
    #[case(CredentialSort::Partner, &[], &[Role::PartnerAdmin])]
    #[case(CredentialSort::Platform, &[Scope::AdminRead, Scope::AdminWrite], &[])]
    fn defaults_come_only_when_nothing_is_asked(
        #[case] sort: CredentialSort,
        #[case] scopes: &[Scope],
        #[case] roles: &[Role],
    ) {
        assert_eq!(sort.grant(&[], &[]).unwrap(), (scopes.to_vec(), roles.to_vec()));
        let asked = sort.grant(&[Scope::GroupsRead, Scope::GroupsRead], &[]);
        assert_eq!(asked.unwrap(), (vec![Scope::GroupsRead], Vec::new()));
    }

    #[rstest::rstest]
    #[case(Role::SuperAdmin, &[CredentialSort::Platform])]
    #[case(Role::PartnerAdmin, &[CredentialSort::Partner])]
    #[case(Role::TenantAdmin, &[CredentialSort::Tenant])]
    #[case(Role::Viewer, &[CredentialSort::Tenant, CredentialSort::Partner, CredentialSort::Platform])]
    fn roles_fit_their_reach(#[case] role: Role, #[case] fitting: &[CredentialSort]) {
        for sort in [CredentialSort::Tenant, CredentialSort::ApiKey, CredentialSort::Partner, CredentialSort::Platform]
        {
            assert_eq!(sort.grant(&[], &[role]).is_ok(), fitting.contains(&sort), "{sort:?}");
        }
    }

    #[test]
    fn a_refusal_names_what_would_fit() {
        let text = CredentialSort::ApiKey.grant(&[Scope::Scim], &[]).unwrap_err().to_string();
        assert!(text.contains("\"scim\" does not fit an API key") && text.contains("groups:write"), "{text}");
        assert!(CredentialSort::Platform.grant(&[Scope::Scim], &[]).is_ok());
    }

    fn having(scopes: &[Scope], roles: &[Role]) -> Principal {
        Principal {
            name: "token:x".to_owned(),
            reach: Reach::Platform,
            scopes: scopes.iter().copied().collect(),
            roles: roles.iter().copied().collect(),
            user: None,
            api_key: false,
        }
    }

    #[test]
    fn nobody_gives_more_than_they_have() {
        let by_scope = having(&[Scope::AdminWrite], &[]);
        assert!(check_grantor(&by_scope, &[Scope::AdminWrite, Scope::GroupsWrite, Scope::UsersRead], &[]).is_ok());
        assert!(check_grantor(&by_scope, &[], &[Role::Auditor]).is_ok());
        let text = check_grantor(&by_scope, &[Scope::GroupsRead, Scope::Scim], &[Role::TenantAdmin]).unwrap_err();
        assert!(text.to_string().contains("may not give scim, tenant_admin:"), "{text}");
        let with_scim = having(&[Scope::AdminWrite, Scope::Scim], &[]);
        assert!(check_grantor(&with_scim, &[Scope::ScimRead, Scope::Scim], &[]).is_ok());
        let of_tenant = having(&[], &[Role::TenantAdmin]);
        assert!(check_grantor(&of_tenant, &Scope::ALL, &[Role::TenantAdmin, Role::Viewer]).is_ok());
        assert!(check_grantor(&of_tenant, &[], &[Role::PartnerAdmin]).is_err());
        assert!(check_grantor(&having(&[], &[Role::SuperAdmin]), &Scope::ALL, &Role::ALL).is_ok());
    }
}
