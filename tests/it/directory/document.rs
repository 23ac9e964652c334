//! The OpenAPI document is part of the contract: a change of it is a change to look at.

use serde_json::Value;

#[test]
fn the_document_is_the_one_agreed() {
    let document = convoke::api::openapi_document("directory").unwrap();
    insta::assert_snapshot!(document);
}

#[test]
fn every_endpoint_says_what_it_takes_and_answers() {
    let document: Value = serde_json::from_str(&convoke::api::openapi_document("directory").unwrap()).unwrap();
    let operations = document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    let mut seen = 0;
    for (name, operation) in operations {
        seen += 1;
        for key in ["summary", "description", "operationId", "tags", "security"] {
            assert!(!operation[key].is_null(), "{name} has no {key}");
        }
        for status in ["401", "403", "404", "422", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{name} does not document {status}");
        }
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        for part in name.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let found = parameters.iter().any(|parameter| parameter["name"] == part && parameter["in"] == "path");
            assert!(found, "{name} does not document {part}");
        }
        for parameter in parameters {
            assert!(parameter["description"].is_string(), "{name}: {} has no description", parameter["name"]);
        }
    }
    assert!(seen >= 55, "{seen}");
}

#[test]
fn there_are_documents_of_known_apis_alone() {
    assert!(convoke::api::openapi_document("unknown").is_none());
}
