//! The OpenAPI document is part of the contract: a change of it is a change to look at.

use serde_json::Value;

#[test]
fn the_document_is_the_one_agreed() {
    let document = convoke::api::openapi_document("accounts").unwrap();
    insta::assert_snapshot!(document);
}

#[test]
fn every_endpoint_says_what_it_takes_and_answers() {
    let document: Value = serde_json::from_str(&convoke::api::openapi_document("accounts").unwrap()).unwrap();
    let mut seen = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{method} {path}");
            for status in ["400", "401", "403", "404", "500", "503"] {
                assert!(operation["responses"][status].is_object(), "{name} does not document {status}");
            }
            let conditional = matches!(method.as_str(), "put" | "delete");
            assert_eq!(operation["responses"]["412"].is_object(), conditional, "{name}: 412");
            let parameters = operation["parameters"].as_array().unwrap();
            assert!(parameters.iter().any(|one| one["name"] == "X-Tenant-ID" && one["in"] == "header"), "{name}");
            assert_eq!(operation["security"], serde_json::json!([{ "bearer": [] }]), "{name}");
            seen.push(name);
        }
    }
    let expected = [
        "get /api/v1/groups",
        "post /api/v1/groups",
        "get /api/v1/groups/{id}",
        "put /api/v1/groups/{id}",
        "delete /api/v1/groups/{id}",
        "get /api/v1/groups/{id}/members",
    ];
    assert_eq!(seen, expected);
}
