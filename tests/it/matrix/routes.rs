//! Every route, with what it is about, whose tenant it is in, and the status that whoever has the right gets. The requests
//! of the matrix change nothing: they name what is not there, or send an empty object.

use super::rights::Right::{self, *};

/// Which tenant a route is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// None; it is open to all.
    Nowhere,
    /// A token endpoint, which takes no bearer token.
    Tokens,
    /// The one that the path names.
    Path,
    /// The one that the query names.
    Query,
    /// The credential's own, or the one that `X-Tenant-ID` names.
    Header,
    /// The credential's own alone.
    Own,
    /// All that the credential reaches, which may be one tenant.
    Reach,
    /// Above tenants: a credential of one has no business there.
    AboveTenants,
    /// Above partners: it names one that a partner's credential is not of.
    AbovePartners,
}

use Place::{AbovePartners, AboveTenants, Header, Nowhere, Own, Path, Query, Reach, Tokens};

/// A route.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) right: Right,
    pub(super) place: Place,
    /// Whether an API key is taken.
    pub(super) key: bool,
    /// What who has the right gets.
    pub(super) status: u16,
}

/// Every route there should be.
pub(super) fn all() -> Vec<Route> {
    let native = NATIVE.iter().map(|(method, path, right, place, status)| Route {
        method,
        path: (*path).to_owned(),
        right: *right,
        place: *place,
        key: BY_KEY.contains(&(method, path)),
        status: *status,
    });
    let mounts =
        [("/scim/v2/", Own), ("/tenants/{tenant}/scim/v2/", Path), ("/api/v1/tenants/{tenant}/scim/v2/", Path)];
    let scim = mounts.into_iter().flat_map(|(base, place)| {
        SCIM.iter().map(move |(method, path, right, status)| Route {
            method,
            path: format!("{base}{path}"),
            right: *right,
            place,
            key: false,
            status: *status,
        })
    });
    native.chain(scim).collect()
}

/// Where the Launch contract takes API keys.
const BY_KEY: [(&str, &str); 2] = [("GET", "/api/admin/groups/"), ("GET", "/api/admin/groups/{group_id}")];

const SCIM: &[(&str, &str, Right, u16)] = &[
    ("GET", "", ReadScim, 200),
    ("POST", ".search", ReadScim, 200),
    ("GET", "Users", ReadScim, 200),
    ("POST", "Users", WriteScim, 400),
    ("POST", "Users/.search", ReadScim, 200),
    ("GET", "Users/{id}", ReadScim, 404),
    ("PUT", "Users/{id}", WriteScim, 404),
    ("PATCH", "Users/{id}", WriteScim, 400),
    ("DELETE", "Users/{id}", WriteScim, 404),
    ("GET", "Groups", ReadScim, 200),
    ("POST", "Groups", WriteScim, 400),
    ("POST", "Groups/.search", ReadScim, 200),
    ("GET", "Groups/{id}", ReadScim, 404),
    ("PUT", "Groups/{id}", WriteScim, 404),
    ("PATCH", "Groups/{id}", WriteScim, 400),
    ("DELETE", "Groups/{id}", WriteScim, 404),
    ("GET", "ServiceProviderConfig", ReadScim, 200),
    ("GET", "ResourceTypes", ReadScim, 200),
    ("GET", "ResourceTypes/{name}", ReadScim, 404),
    ("GET", "Schemas", ReadScim, 200),
    ("GET", "Schemas/{urn}", ReadScim, 404),
    ("POST", "Bulk", WriteScim, 400),
    ("GET", "Me", ReadScim, 501),
    ("POST", "Me", WriteScim, 501),
    ("PUT", "Me", WriteScim, 501),
    ("PATCH", "Me", WriteScim, 501),
    ("DELETE", "Me", WriteScim, 501),
];

const NATIVE: &[(&str, &str, Right, Place, u16)] = &[
    ("GET", "/healthz", Open, Nowhere, 200),
    ("GET", "/readyz", Open, Nowhere, 200),
    ("GET", "/metrics", Open, Nowhere, 200),
    ("GET", "/docs", Open, Nowhere, 200),
    ("GET", "/openapi/{file}", Open, Nowhere, 404),
    ("GET", "/.well-known/jwks.json", Open, Nowhere, 200),
    ("GET", "/.well-known/oauth-authorization-server", Open, Nowhere, 200),
    ("POST", "/api/v1/platform/oauth/token", Open, Tokens, 400),
    ("POST", "/api/v1/auth/tenants/{slug}/oauth/token", Open, Tokens, 400),
    ("GET", "/api/v1/admin/groups/", ReadAll, Reach, 200),
    ("POST", "/api/v1/admin/groups/", WriteAll, Reach, 422),
    ("GET", "/api/v1/admin/groups/{group_id}", ReadAll, Reach, 404),
    ("PATCH", "/api/v1/admin/groups/{group_id}", WriteAll, Reach, 404),
    ("DELETE", "/api/v1/admin/groups/{group_id}", WriteAll, Reach, 404),
    ("POST", "/api/v1/admin/groups/{group_id}/restore", WriteAll, Reach, 404),
    ("GET", "/api/v1/admin/groups/{group_id}/members", ReadAll, Reach, 404),
    ("POST", "/api/v1/admin/groups/{group_id}/members", WriteAll, Reach, 422),
    ("DELETE", "/api/v1/admin/groups/{group_id}/members/{user_id}", WriteAll, Reach, 404),
    ("GET", "/api/v1/admin/groups/{group_id}/effective-members", ReadAll, Reach, 404),
    ("GET", "/api/v1/admin/groups/{group_id}/nested-groups", ReadAll, Reach, 404),
    ("POST", "/api/v1/admin/groups/{group_id}/nested-groups", WriteAll, Reach, 422),
    ("DELETE", "/api/v1/admin/groups/{group_id}/nested-groups/{child_group_id}", WriteAll, Reach, 404),
    ("GET", "/api/v1/admin/groups/{group_id}/parent-groups", ReadAll, Reach, 404),
    ("GET", "/api/v1/admin/partners", ReadAll, AboveTenants, 200),
    ("POST", "/api/v1/admin/partners", WriteAll, AbovePartners, 422),
    ("GET", "/api/v1/admin/partners/{partner_id}", ReadAll, AbovePartners, 404),
    ("PATCH", "/api/v1/admin/partners/{partner_id}", WriteAll, AbovePartners, 404),
    ("DELETE", "/api/v1/admin/partners/{partner_id}", WriteAll, AbovePartners, 404),
    ("POST", "/api/v1/admin/partners/{partner_id}/restore", WriteAll, AbovePartners, 404),
    ("GET", "/api/v1/admin/tenants", ReadAll, Reach, 200),
    ("POST", "/api/v1/admin/tenants", WriteAll, AboveTenants, 422),
    ("GET", "/api/v1/admin/tenants/{tenant_id}", ReadAll, AbovePartners, 404),
    ("PATCH", "/api/v1/admin/tenants/{tenant_id}", WriteAll, AbovePartners, 404),
    ("DELETE", "/api/v1/admin/tenants/{tenant_id}", WriteAll, AbovePartners, 404),
    ("POST", "/api/v1/admin/tenants/{tenant_id}/restore", WriteAll, AbovePartners, 404),
    ("GET", "/api/v1/admin/tokens", ReadAll, AboveTenants, 200),
    ("POST", "/api/v1/admin/tokens", WriteAll, AboveTenants, 422),
    ("GET", "/api/v1/admin/tokens/{token_id}", ReadAll, AboveTenants, 404),
    ("DELETE", "/api/v1/admin/tokens/{token_id}", WriteAll, AboveTenants, 404),
    ("GET", "/api/v1/admin/clients", ReadAll, AbovePartners, 200),
    ("POST", "/api/v1/admin/clients", WriteAll, AbovePartners, 422),
    ("POST", "/api/v1/admin/clients/{client_id}/rotate", WriteAll, AbovePartners, 404),
    ("DELETE", "/api/v1/admin/clients/{client_id}", WriteAll, AbovePartners, 404),
    ("GET", "/api/v1/admin/events", ReadEvents, Reach, 200),
    ("GET", "/api/v1/tenants/{tenant_id}/groups", ReadGroups, Path, 200),
    ("POST", "/api/v1/tenants/{tenant_id}/groups", WriteGroups, Path, 422),
    ("GET", "/api/v1/tenants/{tenant_id}/groups/{group_id}", ReadGroups, Path, 404),
    ("PATCH", "/api/v1/tenants/{tenant_id}/groups/{group_id}", WriteGroups, Path, 404),
    ("DELETE", "/api/v1/tenants/{tenant_id}/groups/{group_id}", WriteGroups, Path, 404),
    ("PUT", "/api/v1/tenants/{tenant_id}/groups/{group_id}/members", WriteGroups, Path, 404),
    ("GET", "/api/v1/tenants/{tenant_id}/users", ReadUsers, Path, 200),
    ("POST", "/api/v1/tenants/{tenant_id}/users", WriteUsers, Path, 422),
    ("GET", "/api/v1/tenants/{tenant_id}/users/{user_id}", ReadUsers, Path, 404),
    ("PATCH", "/api/v1/tenants/{tenant_id}/users/{user_id}", WriteUsers, Path, 404),
    ("DELETE", "/api/v1/tenants/{tenant_id}/users/{user_id}", WriteUsers, Path, 404),
    ("POST", "/api/v1/tenants/{tenant_id}/users/{user_id}/restore", WriteUsers, Path, 404),
    ("GET", "/api/v1/tenants/{tenant_id}/tokens", ReadAll, Path, 200),
    ("POST", "/api/v1/tenants/{tenant_id}/tokens", WriteAll, Path, 422),
    ("GET", "/api/v1/tenants/{tenant_id}/tokens/{token_id}", ReadAll, Path, 404),
    ("DELETE", "/api/v1/tenants/{tenant_id}/tokens/{token_id}", WriteAll, Path, 404),
    ("GET", "/api/v1/tenants/{tenant_id}/clients", ReadAll, Path, 200),
    ("POST", "/api/v1/tenants/{tenant_id}/clients", WriteAll, Path, 422),
    ("POST", "/api/v1/tenants/{tenant_id}/clients/{client_id}/rotate", WriteAll, Path, 404),
    ("DELETE", "/api/v1/tenants/{tenant_id}/clients/{client_id}", WriteAll, Path, 404),
    ("GET", "/api/v1/tenants/{tenant_id}/events", ReadEvents, Path, 200),
    ("GET", "/auth/admin/group", ReadGroups, Query, 200),
    ("POST", "/auth/admin/group", WriteGroups, Query, 400),
    ("GET", "/auth/admin/group/{id}", ReadGroups, Query, 404),
    ("PUT", "/auth/admin/group/{id}", WriteGroups, Query, 404),
    ("DELETE", "/auth/admin/group/{id}", WriteGroups, Query, 404),
    ("GET", "/auth/admin/group/{id}/users", ReadGroups, Query, 404),
    ("POST", "/auth/admin/group/{id}/users", WriteGroups, Query, 404),
    ("DELETE", "/auth/admin/group/{id}/users", WriteGroups, Query, 404),
    ("GET", "/api/admin/groups/", ReadLaunch, Header, 200),
    ("POST", "/api/admin/groups/", WriteLaunch, Header, 422),
    ("GET", "/api/admin/groups/filters", ReadLaunch, Header, 200),
    ("GET", "/api/admin/groups/{group_id}", ReadLaunch, Header, 404),
    ("PUT", "/api/admin/groups/{group_id}", WriteLaunch, Header, 422),
    ("PATCH", "/api/admin/groups/{group_id}", WriteLaunch, Header, 404),
    ("DELETE", "/api/admin/groups/{group_id}", WriteLaunch, Header, 404),
    ("GET", "/api/admin/groups/{group_id}/users", ReadLaunch, Header, 404),
    ("POST", "/api/admin/groups/{group_id}/users/{user_id}", WriteLaunch, Header, 404),
    ("DELETE", "/api/admin/groups/{group_id}/users/{user_id}", WriteLaunch, Header, 404),
    ("GET", "/api/v1/groups", ReadAccounts, Header, 200),
    ("POST", "/api/v1/groups", WriteAccounts, Header, 400),
    ("GET", "/api/v1/groups/{id}", ReadAccounts, Header, 404),
    ("PUT", "/api/v1/groups/{id}", WriteAccounts, Header, 404),
    ("DELETE", "/api/v1/groups/{id}", WriteAccounts, Header, 404),
    ("GET", "/api/v1/groups/{id}/members", ReadAccounts, Header, 404),
];
