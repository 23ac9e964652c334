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
    /// Read through the Launch API.
    LaunchRead,
    /// Write through the Launch API.
    LaunchWrite,
    /// Read users through a tenant's paths.
    UsersRead,
    /// Write users through a tenant's paths.
    UsersWrite,
    /// Read the audit trail.
    EventsRead,
    /// Read through the Accounts-style API.
    AccountsRead,
    /// Write through the Accounts-style API.
    AccountsWrite,
}

impl Operation {
    /// Whether an API key may ever be used for it. At which endpoints is the facade's table.
    #[must_use]
    pub const fn takes_keys(self) -> bool {
        matches!(self, Self::LaunchRead | Self::LaunchWrite)
    }

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
            Self::LaunchRead => &[Scope::GroupsRead, Scope::Admin, Scope::AdminRead],
            Self::LaunchWrite => &[Scope::GroupsWrite, Scope::Admin, Scope::AdminWrite],
            Self::UsersRead => &[Scope::UsersRead, Scope::AdminRead],
            Self::UsersWrite => &[Scope::UsersWrite, Scope::AdminWrite],
            Self::EventsRead => &[Scope::AdminRead],
        }
    }

    /// The roles that give the right, any one of them, within what they reach.
    #[must_use]
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::ScimRead | Self::ScimWrite => &[],
            Self::AdminRead
            | Self::AdminWrite
            | Self::GroupsRead
            | Self::GroupsWrite
            | Self::LaunchRead
            | Self::LaunchWrite
            | Self::UsersRead
            | Self::UsersWrite => &[Role::SuperAdmin, Role::PartnerAdmin, Role::TenantAdmin],
            Self::EventsRead => &[Role::SuperAdmin, Role::PartnerAdmin, Role::TenantAdmin, Role::Auditor],
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
    (!principal.api_key || operation.takes_keys())
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
            AccountsRead, AccountsWrite, AdminRead, AdminWrite, EventsRead, GroupsRead, GroupsWrite, LaunchRead,
            LaunchWrite, ScimRead, ScimWrite, UsersRead, UsersWrite,
        };
        let reads = [AdminRead, GroupsRead, UsersRead, EventsRead, LaunchRead, AccountsRead];
        let writes = [AdminWrite, GroupsWrite, UsersWrite, LaunchWrite, AccountsWrite];
        let administrates = [&reads[..], &writes].concat();
        let all = [&administrates[..], &[ScimRead, ScimWrite]].concat();
        let of_groups = [GroupsRead, GroupsWrite, LaunchRead, LaunchWrite, AccountsRead, AccountsWrite];
        let cases: &[(Principal, &[Operation])] = &[
            (with(&[], &[]), &[]),
            (with(&[Scope::Scim], &[]), &[ScimRead, ScimWrite]),
            (with(&[Scope::ScimRead], &[]), &[ScimRead]),
            (with(&[Scope::AdminRead], &[]), &reads),
            (with(&[Scope::AdminWrite], &[]), &administrates),
            (with(&[Scope::Admin], &[]), &[LaunchRead, LaunchWrite]),
            (with(&[Scope::GroupsRead], &[]), &[GroupsRead, LaunchRead, AccountsRead]),
            (with(&[Scope::GroupsWrite], &[]), &of_groups),
            (with(&[Scope::UsersRead], &[]), &[UsersRead]),
            (with(&[Scope::UsersWrite], &[]), &[UsersRead, UsersWrite]),
            (with(&[], &[Role::SuperAdmin]), &administrates),
            (with(&[], &[Role::PartnerAdmin]), &administrates),
            (with(&[], &[Role::TenantAdmin]), &administrates),
            (with(&[], &[Role::Administrator]), &[AccountsRead, AccountsWrite]),
            (with(&[], &[Role::Auditor]), &[EventsRead, AccountsRead]),
            (with(&[], &[Role::Viewer]), &[AccountsRead]),
        ];
        for (principal, allowed) in cases {
            for operation in all.iter().copied() {
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
