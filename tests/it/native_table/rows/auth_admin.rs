//! The Auth-Admin API: 20 to 27 of the contract.

use crate::native_table::row::{Clash, Row, row};

const NUMBER: &[&str] = &["number"];
const TENANT: &str = "tenant_id={tenant}";
const USERS: &str = r#"{"tenant_id": "{tenant}", "user_ids": ["{user}"]}"#;
const MANAGED: Clash = Clash::On(&["managed-number"]);

pub(super) const ROWS: &[Row] = &[
    Row {
        query: TENANT,
        wrong: "?limit=x",
        ..row(
            "GET /auth/admin/group",
            "200 no-body 400 200 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        body: r#"{"tenant_id": "{tenant}", "groups": ["{fresh}"]}"#,
        wrong: r#"{"tenant_id": "{tenant}", "groups": "eng"}"#,
        nulls: r#"{"tenant_id": "{tenant}", "groups": [{"name": "{fresh}", "description": null}]}"#,
        clash: Clash::Key,
        ..row(
            "POST /auth/admin/group",
            "201 400 400 201 201 | no-id no-id 403 403 | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        ids: NUMBER,
        query: TENANT,
        wrong: "?If-None-Match=x",
        ..row(
            "GET /auth/admin/group/{id}",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: NUMBER,
        body: r#"{"tenant_id": "{tenant}", "description": "Builds"}"#,
        wrong: r#"{"tenant_id": "{tenant}", "name": 7}"#,
        nulls: r#"{"tenant_id": "{tenant}", "name": null, "description": null}"#,
        clash: Clash::Body(r#"{"tenant_id": "{tenant}", "name": "{taken}"}"#),
        ..row(
            "PUT /auth/admin/group/{id}",
            "200 400 400 200 200 | 404 404 403 403 | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: NUMBER,
        query: TENANT,
        clash: Clash::On(&["crowded-number"]),
        ..row(
            "DELETE /auth/admin/group/{id}",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: NUMBER,
        query: TENANT,
        ..row(
            "GET /auth/admin/group/{id}/users",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: NUMBER,
        body: USERS,
        wrong: r#"{"tenant_id": "{tenant}", "user_ids": [7]}"#,
        nulls: r#"{"tenant_id": "{tenant}", "user_ids": null}"#,
        clash: MANAGED,
        ..row(
            "POST /auth/admin/group/{id}/users",
            "200 400 400 200 400 | 404 404 404 404 | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: NUMBER,
        body: r#"{"tenant_id": "{tenant}", "user_ids": ["{number-member}"]}"#,
        wrong: r#"{"tenant_id": "{tenant}", "user_ids": {}}"#,
        nulls: r#"{"tenant_id": "{tenant}", "user_ids": null}"#,
        clash: Clash::On(&["managed-number"]),
        ..row(
            "DELETE /auth/admin/group/{id}/users",
            "200 400 400 200 400 | 404 404 200 200 | 401 403 | 409 412 | 200 of-get 405",
        )
    },
];
