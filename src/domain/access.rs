//! Who may do what: the rights of the native contract as one table. A facade names the operation; the answer is here.

use crate::model::principal::{Principal, Role, Scope};

/// What a request is about to do, as far as rights are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Read over SCIM.
    ScimRead,
    /// Write over SCIM.
    ScimWrite,
    /// Read through the Directory API's administration paths.
    AdminRead,
    /// Write through the Directory API's administration paths.
    AdminWrite,
    /// Read groups through a tenant's paths.
    GroupsRead,
    /// Write groups through a tenant's paths.
    GroupsWrite,
    /// Read through the Accounts-style API.
    AccountsRead,
    /// Write through the Accounts-style API.
    AccountsWrite,
}

impl Operation {
    /// The scopes that give the right, any one of them.
    #[must_use]
    pub const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::ScimRead => &[Scope::ScimRead],
            Self::ScimWrite => &[Scope::Scim],
            Self::AdminRead => &[Scope::AdminRead],
            Self::AdminWrite => &[Scope::AdminWrite],
            Self::GroupsRead | Self::AccountsRead => &[Scope::GroupsRead, Scope::AdminRead],
            Self::GroupsWrite | Self::AccountsWrite => &[Scope::GroupsWrite, Scope::AdminWrite],
        }
    }

    /// The roles that give the right, any one of them, within what they reach.
    #[must_use]
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::ScimRead | Self::ScimWrite => &[],
            Self::AdminRead | Self::AdminWrite | Self::GroupsRead | Self::GroupsWrite => {
                &[Role::SuperAdmin, Role::PartnerAdmin, Role::TenantAdmin]
            }
            Self::AccountsRead => &[
                Role::SuperAdmin,
                Role::PartnerAdmin,
                Role::TenantAdmin,
                Role::Administrator,
                Role::Auditor,
                Role::Viewer,
            ],
            Self::AccountsWrite => &[Role::SuperAdmin, Role::PartnerAdmin, Role::TenantAdmin, Role::Administrator],
        }
    }
}

/// Whether the principal may do this in a tenant it reaches.
#[must_use]
pub fn may(principal: &Principal, operation: Operation) -> bool {
    !principal.api_key
        && (operation.scopes().iter().any(|scope| principal.has_scope(*scope))
            || operation.roles().iter().any(|role| principal.has_role(*role)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::principal::Reach;

    fn with(scopes: &[Scope], roles: &[Role]) -> Principal {
        Principal {
            name: "token:x".to_owned(),
            reach: Reach::Platform,
            scopes: scopes.iter().copied().collect::<BTreeSet<_>>(),
            roles: roles.iter().copied().collect(),
            user: None,
            api_key: false,
        }
    }

    #[test]
    fn the_table_of_rights() {
        use Operation::{
            AccountsRead, AccountsWrite, AdminRead, AdminWrite, GroupsRead, GroupsWrite, ScimRead, ScimWrite,
        };
        let all = [ScimRead, ScimWrite, AdminRead, AdminWrite, GroupsRead, GroupsWrite, AccountsRead, AccountsWrite];
        let native = &all[2..];
        let cases: &[(Principal, &[Operation])] = &[
            (with(&[], &[]), &[]),
            (with(&[Scope::Scim], &[]), &[ScimRead, ScimWrite]),
            (with(&[Scope::ScimRead], &[]), &[ScimRead]),
            (with(&[Scope::AdminRead], &[]), &[AdminRead, GroupsRead, AccountsRead]),
            (with(&[Scope::AdminWrite], &[]), native),
            (with(&[Scope::GroupsRead], &[]), &[GroupsRead, AccountsRead]),
            (with(&[Scope::GroupsWrite], &[]), &[GroupsRead, GroupsWrite, AccountsRead, AccountsWrite]),
            (with(&[], &[Role::TenantAdmin]), native),
            (with(&[], &[Role::SuperAdmin]), native),
            (with(&[], &[Role::PartnerAdmin]), native),
            (with(&[], &[Role::Administrator]), &[AccountsRead, AccountsWrite]),
            (with(&[], &[Role::Viewer]), &[AccountsRead]),
            (with(&[], &[Role::Auditor]), &[AccountsRead]),
        ];
        for (principal, allowed) in cases {
            for operation in all {
                assert_eq!(may(principal, operation), allowed.contains(&operation), "{principal:?} {operation:?}");
            }
        }
    }

    #[test]
    fn an_api_key_opens_nothing_here() {
        let key = Principal { api_key: true, ..with(&[Scope::AdminWrite, Scope::Scim], &[]) };
        assert!(!may(&key, Operation::AdminRead) && !may(&key, Operation::ScimRead));
    }
}
