//! Section 17, and what sections 10 and 16 say of discovery: the documents, and that they are true.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, LIST, USER, like, refused, start};
use crate::conformance::proves;

const DOCUMENTS: [&str; 5] =
    ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", "/Schemas/urn:x"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_read_only() {
    let _proof = proves(&["17.1", "17.2"]);
    let (_site, client) = start().await;
    for path in DOCUMENTS {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = client.send(method, path, Some(&json!({}))).await;
            assert!(answer.header("allow").contains("GET"), "{method} {path}");
            answer.expect(405);
        }
    }
    for path in ["/ResourceTypes", "/Schemas"] {
        refused(client.get(&format!("{path}?filter=name pr")).await, 403, "", &["filter"]);
        let whole = client.get(path).await.expect(200);
        for query in
            ["count=1", "startIndex=2", "sortBy=name", "sortBy=stranger&sortOrder=up", "attributes=name", "cursor"]
        {
            let asked = client.get(&format!("{path}?{query}")).await.expect(200);
            assert_eq!(asked["totalResults"], whole["totalResults"], "{query}");
            assert_eq!(
                asked["Resources"].as_array().map(Vec::len),
                whole["Resources"].as_array().map(Vec::len),
                "{query}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_can_do() {
    let _proof = proves(&["7.8", "8.5", "14.9", "16.3", "17.3"]);
    let (_site, client) = start().await;
    let config = client.get("/ServiceProviderConfig").await.expect(200);
    let supported = json!({ "supported": true });
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": supported, "sort": supported, "etag": supported, "changePassword": { "supported": false },
        "filter": { "supported": true, "maxResults": "@integer" },
        "bulk": { "supported": true, "maxOperations": "@integer", "maxPayloadSize": "@integer" },
        "authenticationSchemes": [{ "type": "oauthbearertoken", "name": "@string", "description": "@string", "primary": true }],
        "securityEvents": "@absent",
        "meta": { "resourceType": "ServiceProviderConfig", "location": client.url("/ServiceProviderConfig") },
    });
    like(&config, &expected);
    let schema = client.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig").await.expect(200);
    for attribute in schema["attributes"].as_array().unwrap().iter().filter(|attribute| attribute["required"] == true) {
        let name = attribute["name"].as_str().unwrap();
        assert!(!config[name].is_null(), "{name}");
        for sub in attribute["subAttributes"].as_array().into_iter().flatten().filter(|sub| sub["required"] == true) {
            let holder = if config[name].is_array() { &config[name][0] } else { &config[name] };
            assert!(!holder[sub["name"].as_str().unwrap()].is_null(), "{name}.{}", sub["name"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_says_is_so() {
    let _proof = proves(&["17.4", "14.8"]);
    let (_site, client) = start().await;
    let config = client.get("/ServiceProviderConfig").await.expect(200);
    let user = client.post("/Users", &json!({ "userName": "u" })).await;
    assert!(!user.header("etag").is_empty());
    let path = format!("/Users/{}", user.body["id"].as_str().unwrap());
    client.patch(&path, json!([{ "op": "add", "path": "title", "value": "T" }])).await.expect(200);
    let query = "/Users?filter=title eq \"t\"&sortBy=title&cursor";
    like(&client.get(query).await.expect(200), &json!({ "totalResults": 1 }));
    let most = usize::try_from(config["bulk"]["maxOperations"].as_u64().unwrap()).unwrap();
    let get = json!({ "method": "GET", "path": "/Users" });
    client.post("/Bulk", &json!({ "Operations": vec![get.clone(); most] })).await.expect(200);
    refused(client.post("/Bulk", &json!({ "Operations": vec![get; most + 1] })).await, 413, "", &["maxOperations"]);
    let size = usize::try_from(config["bulk"]["maxPayloadSize"].as_u64().unwrap()).unwrap();
    let send = async |body: String| {
        let request = client.request("POST", "/Bulk").header("content-type", "application/scim+json").body(body);
        crate::support::Answer::of(request.send().await.unwrap()).await
    };
    let message = json!({ "Operations": [] }).to_string();
    let padded = |length: usize| format!("{message}{}", " ".repeat(length - message.len()));
    assert_ne!(send(padded(size)).await.status, 413);
    refused(send(padded(size + 1)).await, 413, "", &["maxPayloadSize"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resource_types_and_their_schemas() {
    let _proof = proves(&["17.6", "17.7", "17.8", "10.6"]);
    let (_site, client) = start().await;
    let types = client.get("/ResourceTypes").await.expect(200);
    let schemas = client.get("/Schemas").await.expect(200);
    let urns: Vec<&str> =
        schemas["Resources"].as_array().unwrap().iter().map(|schema| schema["id"].as_str().unwrap()).collect();
    let (count, distinct) = (urns.len(), urns.iter().collect::<BTreeSet<_>>().len());
    assert!(count == distinct && schemas["totalResults"] == count);
    for kind in types["Resources"].as_array().unwrap() {
        let id = kind["id"].as_str().unwrap();
        let expected = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "name": id, "endpoint": format!("/{id}s"),
            "description": "@string", "schemaExtensions": { "@every": { "schema": "@string", "required": "@boolean" } },
            "meta": { "resourceType": "ResourceType", "location": client.url(&format!("/ResourceTypes/{id}")) },
        });
        like(kind, &expected);
        let extensions = kind["schemaExtensions"].as_array().unwrap().iter().map(|extension| &extension["schema"]);
        for urn in extensions.chain([&kind["schema"]]) {
            assert!(urns.contains(&urn.as_str().unwrap()), "{urn}");
        }
    }
    for urn in &urns {
        assert!(!urn.contains(":messages:"), "{urn}");
        let schema = client.get(&format!("/Schemas/{urn}")).await.expect(200);
        let expected = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": urn, "externalId": "@absent", "name": "@string",
            "description": "@string", "attributes": "@array",
            "meta": { "resourceType": "Schema", "location": client.url(&format!("/Schemas/{urn}")) },
        });
        like(&schema, &expected);
        let shouted = client.get(&format!("/Schemas/{}", urn.to_uppercase())).await.expect(200);
        assert_eq!(shouted, schema);
    }
    for urn in ["urn:x", "urn:ietf:params:scim:api:messages:2.0:Error", "User"] {
        client.get(&format!("/Schemas/{urn}")).await.expect(404);
    }
    like(&client.get("/Schemas").await.expect(200), &json!({ "schemas": [LIST] }));
    assert!([USER, GROUP, ENTERPRISE].iter().all(|urn| urns.contains(urn)));
}

/// The words RFC 7643 section 7 has for each characteristic.
fn words(keyword: &str) -> &'static [&'static str] {
    match keyword {
        "type" => &["string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary"],
        "mutability" => &["readOnly", "readWrite", "immutable", "writeOnly"],
        "returned" => &["always", "never", "default", "request"],
        "uniqueness" => &["none", "server", "global"],
        _ => &[],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemas_say_it_in_the_words_of_the_rfc() {
    let _proof = proves(&["17.9", "3.32"]);
    let (_site, client) = start().await;
    let schemas = client.get("/Schemas").await.expect(200);
    let mut waiting: Vec<&Value> = schemas["Resources"].as_array().unwrap().iter().map(|s| &s["attributes"]).collect();
    let mut seen = 0;
    while let Some(list) = waiting.pop() {
        for attribute in list.as_array().unwrap() {
            seen += 1;
            let usual = json!({ "name": "@string", "type": "@string", "multiValued": "@boolean", "required": "@boolean",
                "mutability": "@string", "returned": "@string" });
            like(attribute, &usual);
            for (keyword, value) in attribute.as_object().unwrap() {
                let known = words(keyword);
                assert!(known.is_empty() || known.contains(&value.as_str().unwrap()), "{attribute}");
                let booleans = ["multiValued", "required", "caseExact"];
                assert!(!booleans.contains(&keyword.as_str()) || value.is_boolean(), "{attribute}");
                let lists = ["canonicalValues", "referenceTypes", "subAttributes"];
                assert!(!lists.contains(&keyword.as_str()) || value.is_array(), "{attribute}");
            }
            assert_eq!(attribute["type"] == "complex", attribute.get("subAttributes").is_some(), "{attribute}");
            assert_eq!(attribute["type"] == "reference", attribute.get("referenceTypes").is_some(), "{attribute}");
            waiting.extend(attribute.get("subAttributes"));
        }
    }
    assert!(seen > 100, "{seen}");
}
