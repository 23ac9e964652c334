//! The rights of the native contract (section 2.1) and of SCIM as one table: what a request is about, and the scopes and
//! roles that give it. Everything the matrix expects of rights is read from here.

use convoke::model::principal::{Role, Scope};

use Role::{Administrator, Auditor, PartnerAdmin, SuperAdmin, TenantAdmin, Viewer};
use Scope::{Admin, AdminRead, AdminWrite, GroupsRead, GroupsWrite, Scim, ScimRead, UsersRead, UsersWrite};

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Anybody's.
    Open,
    ReadScim,
    WriteScim,
    ReadAll,
    WriteAll,
    ReadGroups,
    WriteGroups,
    ReadUsers,
    WriteUsers,
    ReadEvents,
    ReadLaunch,
    WriteLaunch,
    ReadAccounts,
    WriteAccounts,
}

const ADMINS: &[Role] = &[SuperAdmin, PartnerAdmin, TenantAdmin];

const TABLE: &[(Right, &[Scope], &[Role])] = &[
    (Right::Open, &Scope::ALL, &Role::ALL),
    (Right::ReadScim, &[ScimRead, Scim], &[]),
    (Right::WriteScim, &[Scim], &[]),
    (Right::ReadAll, &[AdminRead, AdminWrite], ADMINS),
    (Right::WriteAll, &[AdminWrite], ADMINS),
    (Right::ReadGroups, &[GroupsRead, GroupsWrite, AdminRead, AdminWrite], ADMINS),
    (Right::WriteGroups, &[GroupsWrite, AdminWrite], ADMINS),
    (Right::ReadUsers, &[UsersRead, UsersWrite, AdminRead, AdminWrite], ADMINS),
    (Right::WriteUsers, &[UsersWrite, AdminWrite], ADMINS),
    (Right::ReadEvents, &[AdminRead, AdminWrite], &[SuperAdmin, PartnerAdmin, TenantAdmin, Auditor]),
    (Right::ReadLaunch, &[GroupsRead, GroupsWrite, Admin, AdminRead, AdminWrite], ADMINS),
    (Right::WriteLaunch, &[GroupsWrite, Admin, AdminWrite], ADMINS),
    (Right::ReadAccounts, &[GroupsRead, GroupsWrite, AdminRead, AdminWrite], &Role::ALL),
    (Right::WriteAccounts, &[GroupsWrite, AdminWrite], &[SuperAdmin, PartnerAdmin, TenantAdmin, Administrator]),
];

impl Right {
    /// Whether these scopes and roles give it.
    pub(super) fn given_by(self, scopes: &[Scope], roles: &[Role]) -> bool {
        let (_, by_scope, by_role) = TABLE.iter().find(|(right, ..)| *right == self).expect("a line for every right");
        by_scope.iter().any(|scope| scopes.contains(scope)) || by_role.iter().any(|role| roles.contains(role))
    }
}

#[test]
fn the_table_has_the_roles_that_read_alone() {
    for role in [Viewer, Auditor] {
        assert!(Right::ReadAccounts.given_by(&[], &[role]) && !Right::WriteAccounts.given_by(&[], &[role]));
    }
}
