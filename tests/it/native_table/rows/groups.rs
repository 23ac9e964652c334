//! Groups in the Directory API: 1 to 19 of the contract, and the restore beside them.

use crate::native_table::row::{Clash, Row, row};

const GROUP: &[&str] = &["group"];
const IN_TENANT: &[&str] = &["tenant", "group"];
const NULLS: &str = r#"{"name": null, "description": null, "parent_group_id": null, "custom_attributes": null}"#;
const NEW: &str = r#"{"name": "{fresh}", "parent_group_id": "{group}", "initial_members": ["{user}"]}"#;
const NEW_NULLS: &str = r#"{"name": "{fresh}", "description": null, "group_type": null, "parent_group_id": null,
    "initial_members": null, "custom_attributes": null}"#;
const TAKEN: Clash = Clash::Body(r#"{"name": "{taken}"}"#);
const MANAGED: Clash = Clash::On(&["managed"]);
const USERS: &str = r#"{"user_ids": ["{user}"]}"#;

pub(super) const ROWS: &[Row] = &[
    Row {
        wrong: "?page=x",
        ..row(
            "GET /api/v1/admin/groups/",
            "200 no-body 422 200 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        body: r#"{"tenant_id": "{tenant}", "name": "{fresh}", "parent_group_id": "{group}", "initial_members": ["{user}"]}"#,
        wrong: r#"{"name": 7}"#,
        nulls: NEW_NULLS,
        clash: TAKEN,
        ..row(
            "POST /api/v1/admin/groups/",
            "201 422 422 201 201 | no-id no-id 422 422 | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        ids: GROUP,
        ..row(
            "GET /api/v1/admin/groups/{group_id}",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: GROUP,
        body: r#"{"description": "Builds", "parent_group_id": "{other}"}"#,
        wrong: r#"{"name": 7}"#,
        nulls: NULLS,
        clash: TAKEN,
        ..row(
            "PATCH /api/v1/admin/groups/{group_id}",
            "200 422 422 200 200 | 404 404 422 422 | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: GROUP,
        clash: Clash::On(&["crowded"]),
        ..row(
            "DELETE /api/v1/admin/groups/{group_id}",
            "204 no-body untyped 204 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 204 of-get 405",
        )
    },
    Row {
        ids: &["gone"],
        wrong: "?detach=perhaps",
        clash: Clash::On(&["replaced"]),
        ..row(
            "POST /api/v1/admin/groups/{group_id}/restore",
            "200 no-body 422 200 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 200 405 405",
        )
    },
    Row {
        ids: GROUP,
        wrong: "?per_page=x",
        ..row(
            "GET /api/v1/admin/groups/{group_id}/members",
            "200 no-body 422 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: GROUP,
        body: USERS,
        wrong: r#"{"user_ids": "{user}"}"#,
        nulls: r#"{"user_ids": ["{user}"], "valid_from": null, "expires_at": null}"#,
        clash: MANAGED,
        ..row(
            "POST /api/v1/admin/groups/{group_id}/members",
            "200 422 422 200 200 | 404 404 422 422 | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: &["group", "member"],
        clash: Clash::On(&["managed", "managed-member"]),
        ..row(
            "DELETE /api/v1/admin/groups/{group_id}/members/{user_id}",
            "204 no-body untyped 204 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 204 405 405",
        )
    },
    Row {
        ids: GROUP,
        wrong: "?page=1.5",
        ..row(
            "GET /api/v1/admin/groups/{group_id}/effective-members",
            "200 no-body 422 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: GROUP,
        wrong: "?page=true",
        ..row(
            "GET /api/v1/admin/groups/{group_id}/nested-groups",
            "200 no-body 422 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: GROUP,
        body: r#"{"group_ids": ["{other}"]}"#,
        wrong: r#"{"group_ids": [7]}"#,
        nulls: r#"{"group_ids": ["{other}"], "child_group_id": null}"#,
        clash: Clash::Body(r#"{"group_ids": ["{group}"]}"#),
        ..row(
            "POST /api/v1/admin/groups/{group_id}/nested-groups",
            "200 422 422 200 200 | 404 404 422 422 | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: &["group", "child"],
        clash: Clash::On(&["managed", "managed-child"]),
        ..row(
            "DELETE /api/v1/admin/groups/{group_id}/nested-groups/{child_group_id}",
            "204 no-body untyped 204 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 204 405 405",
        )
    },
    Row {
        ids: GROUP,
        wrong: "?per_page=all",
        ..row(
            "GET /api/v1/admin/groups/{group_id}/parent-groups",
            "200 no-body 422 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: &["tenant"],
        body: NEW,
        wrong: r#"{"name": "{fresh}", "initial_members": {}}"#,
        nulls: NEW_NULLS,
        clash: TAKEN,
        ..row(
            "POST /api/v1/tenants/{tenant_id}/groups",
            "201 422 422 201 201 | 403 403 422 422 | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        ids: &["tenant"],
        wrong: "?effective=often",
        ..row(
            "GET /api/v1/tenants/{tenant_id}/groups",
            "200 no-body 422 200 no-body | 403 403 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: IN_TENANT,
        ..row(
            "GET /api/v1/tenants/{tenant_id}/groups/{group_id}",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: IN_TENANT,
        body: r#"{"description": "Builds", "parent_group_id": "{other}"}"#,
        wrong: r#"{"custom_attributes": []}"#,
        nulls: NULLS,
        clash: TAKEN,
        ..row(
            "PATCH /api/v1/tenants/{tenant_id}/groups/{group_id}",
            "200 422 422 200 200 | 404 404 422 422 | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: &["tenant", "other"],
        wrong: "?strategy=7",
        clash: Clash::On(IN_TENANT),
        ..row(
            "DELETE /api/v1/tenants/{tenant_id}/groups/{group_id}",
            "204 no-body 422 204 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 204 of-get 405",
        )
    },
    Row {
        ids: IN_TENANT,
        body: r#"{"users_to_add": ["{user}"]}"#,
        wrong: r#"{"users_to_remove": true}"#,
        nulls: r#"{"users_to_add": null, "users_to_remove": null}"#,
        clash: Clash::On(&["tenant", "managed"]),
        ..row(
            "PUT /api/v1/tenants/{tenant_id}/groups/{group_id}/members",
            "200 422 422 200 200 | 404 404 422 422 | 401 403 | 409 412 | 200 405 405",
        )
    },
];
