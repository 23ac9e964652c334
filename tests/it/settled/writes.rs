//! Every write there is on a group, in each of the five APIs, and what the group is after it.

use serde_json::{Value, json};

use crate::support::TestServer;

const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";

/// A write, and the fields that differ after it.
pub(super) struct Write {
    pub(super) method: &'static str,
    /// Its path, with `{id}` or `{number}`.
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) fields: Value,
    pub(super) deletes: bool,
}

impl Write {
    pub(super) fn new(method: &'static str, path: impl Into<String>, body: Option<Value>, fields: Value) -> Self {
        Self { method, path: path.into(), body, fields, deletes: false }
    }

    pub(super) fn deletion(path: &str) -> Self {
        Self { deletes: true, ..Self::new("DELETE", path, None, json!({})) }
    }
}

/// Who and what the writes are about.
pub(super) struct Cast {
    tenant: String,
    ada: String,
    ben: String,
    /// A group, with a user of its own in it.
    child: String,
    guest: String,
    /// A group to hang things below, and its name.
    roof: String,
    operator: String,
}

impl Cast {
    pub(super) async fn gather(server: &TestServer) -> Self {
        let guest = server.user("guest").await;
        let operator = server.domain.create_scope_set(&server.tenant, "Operator", &["forms:submit".to_owned()]).await;
        Self {
            tenant: server.tenant.id.to_string(),
            ada: server.user("ada").await.to_string(),
            ben: server.user("ben").await.to_string(),
            child: server.group("child", &[guest]).await.to_string(),
            guest: guest.to_string(),
            roof: server.group("roof", &[]).await.to_string(),
            operator: operator.unwrap().id.to_string(),
        }
    }

    /// A creation in each API, and where in its answer the id is.
    pub(super) fn creations(&self) -> Vec<(Write, Option<&'static str>)> {
        let post = |path: &str, body, fields| Write::new("POST", path, Some(body), fields);
        vec![
            (
                post(
                    "/api/v1/admin/groups/",
                    json!({ "name": "by-directory", "description": "D", "group_type": "DISTRIBUTION",
                        "parent_group_id": self.roof, "initial_members": [self.ada], "custom_attributes": { "a": [1] } }),
                    json!({ "name": "by-directory", "description": "D", "group_type": "DISTRIBUTION",
                        "parent": self.roof, "parent_path": "/roof", "users": [self.ada], "everybody": [self.ada],
                        "custom_attributes": { "a": [1] } }),
                ),
                Some("/data/id"),
            ),
            (
                post(
                    "/auth/admin/group",
                    json!({ "tenant_id": self.tenant, "groups": [{ "name": "by-auth-admin", "description": "A" }] }),
                    json!({ "name": "by-auth-admin", "description": "A" }),
                ),
                None,
            ),
            (
                post(
                    "/api/admin/groups/",
                    json!({ "name": "by-launch", "description": "L", "scopes": ["store:read"],
                        "scope_sets": [self.operator], "users": [self.ben] }),
                    json!({ "name": "by-launch", "description": "L", "scopes": ["store:read"],
                        "scope_sets": [self.operator], "users": [self.ben], "everybody": [self.ben] }),
                ),
                Some("/id"),
            ),
            (
                post(
                    "/api/v1/groups",
                    json!({ "name": "by-accounts", "description": "C", "group_type": "distribution", "is_privileged": true }),
                    json!({ "name": "by-accounts", "description": "C", "group_type": "DISTRIBUTION", "is_privileged": true }),
                ),
                Some("/id"),
            ),
            (
                post(
                    "/scim/v2/Groups",
                    json!({ "displayName": "by-scim", "members": [{ "value": self.ada }, { "value": self.child }],
                        EXTENSION: { "description": "S", "groupType": "DISTRIBUTION", "isPrivileged": true,
                            "parentGroup": { "value": self.roof } } }),
                    json!({ "name": "by-scim", "description": "S", "group_type": "DISTRIBUTION", "parent": self.roof,
                        "parent_path": "/roof", "users": [self.ada], "children": [self.child],
                        "everybody": self.sorted([&self.ada, &self.guest]) }),
                ),
                Some("/id"),
            ),
        ]
    }

    /// Every other write, in an order in which each changes something.
    pub(super) fn writes(&self) -> Vec<Write> {
        [self.directory(), self.auth_admin(), self.launch(), self.accounts(), self.scim()]
            .into_iter()
            .flatten()
            .collect()
    }

    fn sorted<const N: usize>(&self, mut ids: [&String; N]) -> Value {
        ids.sort();
        json!(ids.to_vec())
    }

    fn with_users<const N: usize>(&self, ids: [&String; N]) -> Value {
        let users = self.sorted(ids);
        json!({ "users": users, "everybody": users })
    }

    fn directory(&self) -> Vec<Write> {
        let admin = "/api/v1/admin/groups/{id}";
        let tenant = format!("/api/v1/tenants/{}/groups/{{id}}", self.tenant);
        let record = json!({ "name": "one", "description": "First", "group_type": "DISTRIBUTION", "custom_attributes": { "floor": 3 } });
        vec![
            Write::new("PATCH", admin, Some(record.clone()), record),
            Write::new(
                "PATCH",
                &tenant,
                Some(json!({ "parent_group_id": self.roof, "description": null })),
                json!({ "parent": self.roof, "parent_path": "/roof", "description": null }),
            ),
            Write::new(
                "POST",
                format!("{admin}/members"),
                Some(json!({ "user_ids": [self.ada] })),
                self.with_users([&self.ada]),
            ),
            Write::new(
                "PUT",
                format!("{tenant}/members"),
                Some(json!({ "users_to_add": [self.ben], "users_to_remove": [self.ada] })),
                self.with_users([&self.ben]),
            ),
            Write::new(
                "POST",
                format!("{admin}/nested-groups"),
                Some(json!({ "group_ids": [self.child] })),
                json!({ "children": [self.child], "everybody": self.sorted([&self.ben, &self.guest]) }),
            ),
            Write::new(
                "DELETE",
                format!("{admin}/members/{}", self.ben),
                None,
                json!({ "users": [], "everybody": [self.guest] }),
            ),
            Write::new(
                "DELETE",
                format!("{admin}/nested-groups/{}", self.child),
                None,
                json!({ "children": [], "everybody": [] }),
            ),
            Write::new(
                "PATCH",
                admin,
                Some(json!({ "parent_group_id": null, "custom_attributes": null })),
                json!({ "parent": null, "parent_path": null, "custom_attributes": null }),
            ),
        ]
    }

    fn auth_admin(&self) -> Vec<Write> {
        let users = |ids: &[&String]| Some(json!({ "tenant_id": self.tenant, "user_ids": ids }));
        let path = "/auth/admin/group/{number}";
        vec![
            Write::new(
                "PUT",
                path,
                Some(json!({ "tenant_id": self.tenant, "name": "two", "description": "Second" })),
                json!({ "name": "two", "description": "Second" }),
            ),
            Write::new(
                "POST",
                format!("{path}/users"),
                users(&[&self.ada, &self.ben]),
                self.with_users([&self.ada, &self.ben]),
            ),
            Write::new("DELETE", format!("{path}/users"), users(&[&self.ada]), self.with_users([&self.ben])),
        ]
    }

    fn launch(&self) -> Vec<Write> {
        let path = "/api/admin/groups/{id}";
        let record = json!({ "name": "three", "scopes": ["store:read", "store:write"], "scope_sets": [self.operator] });
        let mut replaced = record.clone();
        replaced["description"] = Value::Null;
        vec![
            Write::new("PUT", path, Some(record), replaced),
            Write::new(
                "PATCH",
                path,
                Some(json!({ "description": "Third", "scope_sets": [] })),
                json!({ "description": "Third", "scope_sets": [] }),
            ),
            Write::new("POST", format!("{path}/users/{}", self.ada), None, self.with_users([&self.ada, &self.ben])),
            Write::new("DELETE", format!("{path}/users/{}", self.ben), None, self.with_users([&self.ada])),
        ]
    }

    fn accounts(&self) -> Vec<Write> {
        vec![
            Write::new(
                "PUT",
                "/api/v1/groups/{id}",
                Some(json!({ "name": "four", "is_privileged": true, "group_type": "security" })),
                json!({ "name": "four", "is_privileged": true, "group_type": "SECURITY" }),
            ),
            Write::new(
                "PUT",
                "/api/v1/groups/{id}",
                Some(json!({ "description": "Fourth" })),
                json!({ "description": "Fourth" }),
            ),
        ]
    }

    fn scim(&self) -> Vec<Write> {
        let path = "/scim/v2/Groups/{id}";
        let patch = |operations: Value, fields| {
            let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
            Write::new("PATCH", path, Some(json!({ "schemas": schemas, "Operations": operations })), fields)
        };
        vec![
            patch(
                json!([{ "op": "replace", "path": "displayName", "value": "five" },
                    { "op": "add", "path": format!("{EXTENSION}:description"), "value": "Fifth" }]),
                json!({ "name": "five", "description": "Fifth" }),
            ),
            patch(
                json!([{ "op": "add", "path": "members", "value": [{ "value": self.ben }, { "value": self.child }] }]),
                json!({ "users": self.sorted([&self.ada, &self.ben]), "children": [self.child],
                    "everybody": self.sorted([&self.ada, &self.ben, &self.guest]) }),
            ),
            patch(
                json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", self.ada) }]),
                json!({ "users": [self.ben], "everybody": self.sorted([&self.ben, &self.guest]) }),
            ),
            Write::new(
                "PUT",
                path,
                Some(json!({ "displayName": "six", "members": [{ "value": self.ada }, { "value": self.child }],
                    EXTENSION: { "groupType": "DISTRIBUTION", "parentGroup": { "value": self.roof } } })),
                json!({ "name": "six", "description": null, "group_type": "DISTRIBUTION", "parent": self.roof,
                    "parent_path": "/roof", "users": [self.ada], "children": [self.child],
                    "everybody": self.sorted([&self.ada, &self.guest]) }),
            ),
        ]
    }
}
