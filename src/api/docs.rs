//! The OpenAPI documents, and a page to explore them with. The page is whole in the binary: it asks no other host for
//! anything, and reads the documents that this server serves.

use std::sync::LazyLock;

use bytes::Bytes;
use poem::Response;
use poem::http::header;
use poem_openapi::OpenApiService;

use super::{accounts, auth_admin, directory, launch};

/// An API with a document: the name in its address, the name people see, and how the document is made.
type Documented = (&'static str, &'static str, fn() -> serde_json::Value);

const DOCUMENTED: &[Documented] = &[
    ("directory", "Directory API", directory::document),
    ("auth-admin", "Auth-Admin API", auth_admin::document),
    ("launch", "Launch API", launch::document),
    ("accounts", "Accounts-style Groups API", accounts::document),
];

/// The document of an API; `None` when there is none of that name.
pub(super) fn document(api: &str) -> Option<String> {
    let (_, _, make) = DOCUMENTED.iter().find(|(name, _, _)| *name == api)?;
    Some(format!("{:#}", make()))
}

/// Every route of the documented APIs: method and path.
pub(super) fn routes() -> impl Iterator<Item = (String, String)> {
    DOCUMENTED.iter().flat_map(|(_, _, make)| {
        let document = make();
        let paths: Vec<_> = document["paths"].as_object().into_iter().flatten().map(operations).collect();
        paths.into_iter().flatten()
    })
}

fn operations((path, methods): (&String, &serde_json::Value)) -> Vec<(String, String)> {
    let methods = methods.as_object().into_iter().flatten();
    methods.map(|(method, _)| (method.to_uppercase(), path.clone())).collect()
}

/// `GET /openapi/{file}`, such as `directory.json`.
pub(super) fn serve(file: &str) -> Response {
    match file.strip_suffix(".json").and_then(document) {
        Some(document) => Response::builder()
            .content_type("application/json; charset=utf-8")
            .header(header::CACHE_CONTROL, PUBLIC)
            .body(document),
        None => directory::not_found(),
    }
}

/// `GET /docs`.
pub(super) fn explorer() -> Response {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| page().into());
    Response::builder()
        .content_type("text/html; charset=utf-8")
        // The page runs its own script and talks to this server alone, whatever a document might make it do.
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::CACHE_CONTROL, PUBLIC)
        .body(PAGE.clone())
}

/// The same for everybody, until the next release.
const PUBLIC: &str = "public, max-age=300";

const POLICY: &str = "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Swagger UI as the framework embeds it, on an empty document, with its title, and the choice of the API, put in.
fn page() -> String {
    let options: String = DOCUMENTED
        .iter()
        .map(|(name, title, _)| format!("<option value=\"/openapi/{name}.json\">{title}</option>"))
        .collect();
    let bar = format!(
        "{BAR_STYLE}<header class=\"apis\"><b>Convoke</b><label>API <select id=\"api\">{options}</select></label>\
         {SCIM}</header>"
    );
    OpenApiService::new((), "Convoke", env!("CARGO_PKG_VERSION"))
        .swagger_ui_html()
        .replacen("<html charset=\"UTF-8\">", "<!doctype html>\n<html lang=\"en\">", 1)
        .replacen("<title>Swagger UI</title>", &format!("{NO_ICON}<title>Convoke API explorer</title>"), 1)
        // Not at `<body>`: the bundle has that text too, before the page has.
        .replacen(ROOM, &format!("{bar}{ROOM}"), 1)
        .replacen("SwaggerUIBundle({\n        dom_id", &format!("{CHOICE}SwaggerUIBundle({{\n        dom_id"), 1)
        .replacen("        spec: spec,", "        url: chosen(),", 1)
}

/// Browsers ask for /favicon.ico otherwise, and note down that there is none.
const NO_ICON: &str = "<link rel=\"icon\" href=\"data:,\">";

/// Where Swagger UI puts itself.
const ROOM: &str = "\n<div id=\"ui\"></div>";

const BAR_STYLE: &str = "<style>.apis{display:flex;gap:2em;align-items:center;padding:.8em 1.5em;background:#1b1b1b;\
                         color:#fff;font:16px sans-serif}.apis a{color:#9cf}.apis select{font:inherit}</style>";

const SCIM: &str = "<span>SCIM 2.0 describes itself: <a href=\"/scim/v2/ServiceProviderConfig\">ServiceProviderConfig</a>, \
                    <a href=\"/scim/v2/Schemas\">Schemas</a>, <a href=\"/scim/v2/ResourceTypes\">ResourceTypes</a></span>";

/// The API is chosen in the bar and kept in the address as `?api=`, so that a link leads to the same one.
const CHOICE: &str = "const picker = document.getElementById('api');
    const wanted = `/openapi/${new URLSearchParams(location.search).get('api')}.json`;
    if ([...picker.options].some((option) => option.value === wanted)) picker.value = wanted;
    const chosen = () => picker.value;
    picker.onchange = () => { location.search = '?api=' + picker.value.slice('/openapi/'.length, -'.json'.length); };
    ";

#[cfg(test)]
mod tests {
    use poem::http::StatusCode;

    use super::*;

    #[test]
    fn the_page_is_whole_and_lets_one_choose() {
        let page = page();
        for part in
            ["<!doctype html>", "<title>Convoke API explorer</title>", "url: chosen()", "const chosen =", SCIM, NO_ICON]
        {
            assert_eq!(page.matches(part).count(), 1, "{part}");
        }
        let body = &page[page.rfind("</head>").unwrap()..];
        assert!(body.contains("<option value=\"/openapi/directory.json\">Directory API</option>"));
        assert!(body.contains("url: chosen()") && body.contains(ROOM), "{body}");
        for foreign in ["<script src=", "<link ", "@import"] {
            assert!(!page.replacen(NO_ICON, "", 1).contains(foreign), "{foreign}");
        }
    }

    #[test]
    fn only_known_documents_are_served() {
        assert!(serve("directory.json").status().is_success());
        for file in ["directory", "nothing.json", ".json", "../directory.json", ""] {
            assert_eq!(serve(file).status(), StatusCode::NOT_FOUND, "{file}");
        }
    }
}
