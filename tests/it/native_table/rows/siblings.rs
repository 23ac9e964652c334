//! What the Directory API has beside groups: partners, tenants, users, tokens, clients, events.

use crate::native_table::row::{Clash, Row, row};

pub(super) const ROWS: &[Row] = &[
    Row {
        platform: true,
        wrong: "?page=x",
        ..row(
            "GET /api/v1/admin/partners",
            "200 no-body 422 200 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        platform: true,
        body: r#"{"slug": "{fresh}"}"#,
        wrong: r#"{"slug": "{fresh}", "max_tenants": "two"}"#,
        nulls: r#"{"slug": "{fresh}", "name": null, "max_tenants": null, "max_users_per_tenant": null}"#,
        clash: Clash::Body(r#"{"slug": "{partner-slug}"}"#),
        ..row(
            "POST /api/v1/admin/partners",
            "201 422 422 201 201 | no-id no-id none-named none-named | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        platform: true,
        ids: &["partner"],
        ..row(
            "GET /api/v1/admin/partners/{partner_id}",
            "200 no-body untyped 200 no-body | 404 platform none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        platform: true,
        ids: &["partner"],
        body: r#"{"max_tenants": 7}"#,
        wrong: r#"{"status": 7}"#,
        nulls: r#"{"name": null, "status": null, "max_tenants": null, "max_users_per_tenant": null}"#,
        ..row(
            "PATCH /api/v1/admin/partners/{partner_id}",
            "200 422 422 200 200 | 404 platform none-named none-named | 401 403 | unhindered 412 | 200 of-get 405",
        )
    },
    Row {
        platform: true,
        ids: &["partner"],
        clash: Clash::On(&["owner"]),
        ..row(
            "DELETE /api/v1/admin/partners/{partner_id}",
            "204 no-body untyped 204 no-body | 404 platform none-named none-named | 401 403 | 409 412 | 204 of-get 405",
        )
    },
    Row {
        platform: true,
        ids: &["lost-partner"],
        clash: Clash::On(&["replaced-partner"]),
        ..row(
            "POST /api/v1/admin/partners/{partner_id}/restore",
            "200 no-body untyped 200 no-body | 404 platform none-named none-named | 401 403 | 409 no-version | 200 405 405",
        )
    },
    Row {
        wrong: "?page=x",
        ..row(
            "GET /api/v1/admin/tenants",
            "200 no-body 422 200 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        platform: true,
        body: r#"{"slug": "{fresh}", "partner_id": "{partner}"}"#,
        wrong: r#"{"slug": ["{fresh}"]}"#,
        nulls: r#"{"slug": "{fresh}", "name": null, "partner_id": null, "settings": null}"#,
        clash: Clash::Body(r#"{"slug": "{tenant-slug}"}"#),
        ..row(
            "POST /api/v1/admin/tenants",
            "201 422 422 201 201 | no-id no-id 422 platform | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        ids: &["tenant"],
        ..row(
            "GET /api/v1/admin/tenants/{tenant_id}",
            "200 no-body untyped 200 no-body | 403 403 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: &["tenant"],
        body: r#"{"name": "Acme"}"#,
        wrong: r#"{"settings": []}"#,
        nulls: r#"{"name": null, "status": null, "settings": null}"#,
        clash: Clash::Body(r#"{"clashing": "{crowded}", "settings": {"groups.name_unique": "tenant"}}"#),
        ..row(
            "PATCH /api/v1/admin/tenants/{tenant_id}",
            "200 422 422 200 200 | 403 403 none-named none-named | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        platform: true,
        ids: &["victim"],
        ..row(
            "DELETE /api/v1/admin/tenants/{tenant_id}",
            "204 no-body untyped 204 no-body | 404 platform none-named none-named | 401 403 | unhindered 412 | 204 of-get 405",
        )
    },
    Row {
        platform: true,
        ids: &["lost-tenant"],
        clash: Clash::On(&["replaced-tenant"]),
        ..row(
            "POST /api/v1/admin/tenants/{tenant_id}/restore",
            "200 no-body untyped 200 no-body | 404 platform none-named none-named | 401 403 | 409 no-version | 200 405 405",
        )
    },
    Row {
        ids: &["tenant"],
        wrong: "?active=perhaps",
        ..row(
            "GET /api/v1/tenants/{tenant_id}/users",
            "200 no-body 422 200 no-body | 403 403 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: &["tenant"],
        body: r#"{"user_name": "{fresh}"}"#,
        wrong: r#"{"user_name": "{fresh}", "active": "yes"}"#,
        nulls: r#"{"user_name": "{fresh}", "email": null, "display_name": null, "active": null}"#,
        clash: Clash::Body(r#"{"user_name": "{user-name}"}"#),
        ..row(
            "POST /api/v1/tenants/{tenant_id}/users",
            "201 422 422 201 201 | 403 403 none-named none-named | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        ids: &["tenant", "user"],
        ..row(
            "GET /api/v1/tenants/{tenant_id}/users/{user_id}",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: &["tenant", "user"],
        body: r#"{"display_name": "Ada"}"#,
        wrong: r#"{"email": 7}"#,
        nulls: r#"{"user_name": null, "email": null, "display_name": null, "active": null}"#,
        clash: Clash::Body(r#"{"user_name": "{user-name}"}"#),
        ..row(
            "PATCH /api/v1/tenants/{tenant_id}/users/{user_id}",
            "200 422 422 200 200 | 404 404 none-named none-named | 401 403 | 409 412 | 200 of-get 405",
        )
    },
    Row {
        ids: &["tenant", "user"],
        ..row(
            "DELETE /api/v1/tenants/{tenant_id}/users/{user_id}",
            "204 no-body untyped 204 no-body | 404 404 none-named none-named | 401 403 | unhindered 412 | 204 of-get 405",
        )
    },
    Row {
        ids: &["tenant", "gone-user"],
        clash: Clash::On(&["tenant", "replaced-user"]),
        ..row(
            "POST /api/v1/tenants/{tenant_id}/users/{user_id}/restore",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | 409 no-version | 200 405 405",
        )
    },
    Row {
        ids: &["tenant"],
        wrong: "?page=x",
        ..row(
            "GET /api/v1/tenants/{tenant_id}/tokens",
            "200 no-body 422 200 no-body | 403 403 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: &["tenant"],
        body: r#"{"scopes": ["groups:read"]}"#,
        wrong: r#"{"scopes": "groups:read"}"#,
        nulls: r#"{"scopes": ["groups:read"], "name": null}"#,
        clash: Clash::Key,
        ..row(
            "POST /api/v1/tenants/{tenant_id}/tokens",
            "201 422 422 201 201 | 403 403 none-named none-named | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        ids: &["tenant", "token"],
        ..row(
            "GET /api/v1/tenants/{tenant_id}/tokens/{token_id}",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: &["tenant", "token"],
        ..row(
            "DELETE /api/v1/tenants/{tenant_id}/tokens/{token_id}",
            "204 no-body untyped 204 no-body | 404 404 none-named none-named | 401 403 | unhindered no-version | 204 of-get 405",
        )
    },
    Row {
        platform: true,
        wrong: "?page=x",
        ..row(
            "GET /api/v1/admin/tokens",
            "200 no-body 422 200 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        platform: true,
        body: r#"{"scopes": ["groups:read"]}"#,
        wrong: r#"{"scopes": "groups:read"}"#,
        nulls: r#"{"scopes": ["groups:read"], "name": null}"#,
        clash: Clash::Key,
        ..row(
            "POST /api/v1/admin/tokens",
            "201 422 422 201 201 | no-id no-id none-named none-named | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        platform: true,
        ids: &["high-token"],
        ..row(
            "GET /api/v1/admin/tokens/{token_id}",
            "200 no-body untyped 200 no-body | 404 platform none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        platform: true,
        ids: &["high-token"],
        ..row(
            "DELETE /api/v1/admin/tokens/{token_id}",
            "204 no-body untyped 204 no-body | 404 platform none-named none-named | 401 403 | unhindered no-version | 204 of-get 405",
        )
    },
    Row {
        ids: &["tenant"],
        wrong: "?page=x",
        ..row(
            "GET /api/v1/tenants/{tenant_id}/clients",
            "200 no-body 422 200 no-body | 403 403 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        ids: &["tenant"],
        body: r#"{"scopes": ["groups:read"]}"#,
        wrong: r#"{"scopes": "groups:read"}"#,
        nulls: r#"{"scopes": ["groups:read"], "name": null}"#,
        clash: Clash::Key,
        ..row(
            "POST /api/v1/tenants/{tenant_id}/clients",
            "201 422 422 201 201 | 403 403 none-named none-named | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        ids: &["tenant", "client"],
        clash: Clash::Key,
        ..row(
            "POST /api/v1/tenants/{tenant_id}/clients/{client_id}/rotate",
            "200 no-body untyped 200 no-body | 404 404 none-named none-named | 401 403 | 409 no-version | 200 405 405",
        )
    },
    Row {
        ids: &["tenant", "client"],
        ..row(
            "DELETE /api/v1/tenants/{tenant_id}/clients/{client_id}",
            "204 no-body untyped 204 no-body | 404 404 none-named none-named | 401 403 | unhindered no-version | 204 405 405",
        )
    },
    Row {
        platform: true,
        wrong: "?page=x",
        ..row(
            "GET /api/v1/admin/clients",
            "200 no-body 422 200 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        platform: true,
        body: r#"{"scopes": ["groups:read"]}"#,
        wrong: r#"{"scopes": "groups:read"}"#,
        nulls: r#"{"scopes": ["groups:read"], "name": null}"#,
        clash: Clash::Key,
        ..row(
            "POST /api/v1/admin/clients",
            "201 422 422 201 201 | no-id no-id none-named none-named | 401 403 | 409 no-version | 201 of-get 405",
        )
    },
    Row {
        platform: true,
        ids: &["high-client"],
        clash: Clash::Key,
        ..row(
            "POST /api/v1/admin/clients/{client_id}/rotate",
            "200 no-body untyped 200 no-body | 404 platform none-named none-named | 401 403 | 409 no-version | 200 405 405",
        )
    },
    Row {
        platform: true,
        ids: &["high-client"],
        ..row(
            "DELETE /api/v1/admin/clients/{client_id}",
            "204 no-body untyped 204 no-body | 404 platform none-named none-named | 401 403 | unhindered no-version | 204 405 405",
        )
    },
    Row {
        ids: &["tenant"],
        wrong: "?per_page=x",
        ..row(
            "GET /api/v1/tenants/{tenant_id}/events",
            "200 no-body 422 200 no-body | 403 403 none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
    Row {
        wrong: "?since=yesterday",
        ..row(
            "GET /api/v1/admin/events",
            "200 no-body 422 200 no-body | no-id no-id none-named none-named | 401 403 | reads no-version | 200 200 405",
        )
    },
];
