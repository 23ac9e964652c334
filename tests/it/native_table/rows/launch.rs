//! The Launch API: 28 to 37 of the contract.

use crate::native_table::row::{Clash, Row, row};

const GROUP: &[&str] = &["group"];
const TAKEN: Clash = Clash::Body(r#"{"name": "{taken}"}"#);

pub(super) const ROWS: &[Row] = &[
    Row {
        wrong: "?limit=x",
        // An unknown parameter could be a filter that was meant: it is refused.
        ..row(
            "GET /api/admin/groups/",
            "200 no-body 422 422 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ..row(
            "GET /api/admin/groups/filters",
            "200 no-body untyped 200 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: GROUP,
        wrong: "?hydrate=well",
        ..row(
            "GET /api/admin/groups/{group_id}",
            "200 no-body 422 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: GROUP,
        wrong: "?limit=few",
        ..row(
            "GET /api/admin/groups/{group_id}/users",
            "200 no-body 422 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        body: r#"{"name": "{fresh}", "users": ["{user}"]}"#,
        wrong: r#"{"name": "{fresh}", "scopes": "store:read"}"#,
        nulls: r#"{"name": "{fresh}", "description": null, "scopes": null, "scope_sets": null, "users": null}"#,
        clash: TAKEN,
        ..row(
            "POST /api/admin/groups/",
            "201 422 422 201 201 | no-id no-id 422 422 | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        ids: GROUP,
        body: r#"{"name": "{fresh}"}"#,
        wrong: r#"{"name": ["{fresh}"]}"#,
        nulls: r#"{"name": "{fresh}", "description": null, "scopes": null, "scope_sets": null}"#,
        clash: TAKEN,
        ..row(
            "PUT /api/admin/groups/{group_id}",
            "200 422 422 200 200 | 404 404 none-named none-named | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: GROUP,
        body: r#"{"description": "Builds"}"#,
        wrong: r#"{"scope_sets": "Operator"}"#,
        nulls: r#"{"name": null, "description": null, "scopes": null, "scope_sets": null}"#,
        clash: TAKEN,
        ..row(
            "PATCH /api/admin/groups/{group_id}",
            "200 422 422 200 200 | 404 404 none-named none-named | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: GROUP,
        clash: Clash::On(&["crowded"]),
        ..row(
            "DELETE /api/admin/groups/{group_id}",
            "204 no-body untyped 204 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 204 of-get 405",
        )
    },
    Row {
        ids: &["group", "user"],
        clash: Clash::On(&["managed", "user"]),
        ..row(
            "POST /api/admin/groups/{group_id}/users/{user_id}",
            "201 no-body untyped 201 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 201 405 405",
        )
    },
    Row {
        ids: &["group", "member"],
        clash: Clash::On(&["managed", "managed-member"]),
        ..row(
            "DELETE /api/admin/groups/{group_id}/users/{user_id}",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 200 405 405",
        )
    },
];
