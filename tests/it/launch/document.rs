//! The OpenAPI document is part of the contract: a change of it is a change to look at.

use serde_json::Value;

use super::GROUPS;

#[test]
fn the_document_is_the_one_agreed() {
    insta::assert_snapshot!(convoke::api::openapi_document("launch").unwrap());
}

#[test]
fn the_list_documents_every_filter_and_its_path_as_the_contract_has_it() {
    let document: Value = serde_json::from_str(&convoke::api::openapi_document("launch").unwrap()).unwrap();
    let parameters = document["paths"][GROUPS]["get"]["parameters"].as_array().unwrap();
    for name in ["cursor", "limit", "name__contains", "description__isnull", "user_count__gte", "scope__in"] {
        assert!(parameters.iter().any(|parameter| parameter["name"] == name), "{name}");
    }
    let security = &document["paths"][GROUPS]["get"]["security"];
    assert_eq!(security.as_array().unwrap().len(), 2, "a token or a key: {security}");
}
