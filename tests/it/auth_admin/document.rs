//! The OpenAPI document is part of the contract: a change of it is a change to look at.

use serde_json::Value;

#[test]
fn the_document_is_the_one_agreed() {
    let document = convoke::api::openapi_document("auth-admin").unwrap();
    insta::assert_snapshot!(document);
}

#[test]
fn every_endpoint_says_what_it_takes_and_answers() {
    let document: Value = serde_json::from_str(&convoke::api::openapi_document("auth-admin").unwrap()).unwrap();
    let operations: Vec<(String, &Value)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect();
    let names: Vec<&str> = operations.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "get /auth/admin/group",
        "post /auth/admin/group",
        "get /auth/admin/group/{id}",
        "put /auth/admin/group/{id}",
        "delete /auth/admin/group/{id}",
        "get /auth/admin/group/{id}/users",
        "post /auth/admin/group/{id}/users",
        "delete /auth/admin/group/{id}/users",
    ];
    assert_eq!(names, expected);
    for (name, operation) in operations {
        for status in ["400", "401", "403", "404", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{name} does not document {status}");
        }
        let tenant = &operation["parameters"].as_array().unwrap().iter().find(|one| one["name"] == "tenant_id");
        let has_body = operation["requestBody"].is_object();
        assert_eq!(tenant.unwrap()["required"], Value::Bool(!has_body), "{name}: required in the query without a body");
        assert_eq!(operation["security"], serde_json::json!([{ "bearer": [] }]), "{name}");
    }
}
