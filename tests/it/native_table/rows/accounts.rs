//! The Accounts-style API: 38 to 43 of the contract.

use crate::native_table::row::{Clash, Row, row};

const GROUP: &[&str] = &["group"];
const TAKEN: Clash = Clash::Body(r#"{"name": "{taken}"}"#);

pub(super) const ROWS: &[Row] = &[
    Row {
        wrong: "?limit=x",
        ..row(
            "GET /api/v1/groups",
            "200 no-body 400 200 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: GROUP,
        ..row(
            "GET /api/v1/groups/{id}",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        body: r#"{"name": "{fresh}", "group_type": "distribution"}"#,
        wrong: r#"{"name": "{fresh}", "is_privileged": "yes"}"#,
        nulls: r#"{"name": "{fresh}", "description": null, "group_type": null, "is_privileged": null}"#,
        clash: TAKEN,
        ..row(
            "POST /api/v1/groups",
            "201 400 400 201 201 | no-id no-id none-named none-named | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        ids: GROUP,
        body: r#"{"description": "Builds"}"#,
        wrong: r#"{"description": 7}"#,
        nulls: r#"{"name": null, "description": null, "group_type": null, "is_privileged": null}"#,
        clash: TAKEN,
        ..row(
            "PUT /api/v1/groups/{id}",
            "200 400 400 200 200 | 404 404 none-named none-named | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: GROUP,
        clash: Clash::On(&["crowded"]),
        ..row(
            "DELETE /api/v1/groups/{id}",
            "204 no-body untyped 204 no-body | 404 404 none-named none-named | 401 403 | 409 412 | 204 of-get 405",
        )
    },
    Row {
        ids: GROUP,
        wrong: "?limit=x",
        ..row(
            "GET /api/v1/groups/{id}/members",
            "200 no-body 400 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
];
