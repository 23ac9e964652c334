//! Published: `/Schemas`, `/ResourceTypes` and `/ServiceProviderConfig` say what is so, for the operator's files as for the
//! built-in ones, and nobody writes to them (RFC 7644 section 4).

use serde_json::{Value, json};

use super::{BADGE, TYPES, URN, site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemas_are_published_as_they_are_in_force() {
    let (_site, client) = site().await;
    let all = client.get("/Schemas").await.expect(200);
    let listed = all["Resources"].as_array().unwrap();
    assert_eq!(all["totalResults"], listed.len());
    for urn in [URN, BADGE, TYPES[0].1, TYPES[1].1, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] {
        let published = listed.iter().find(|schema| schema["id"] == urn).unwrap_or_else(|| panic!("{urn} is missing"));
        for spelling in [urn.to_owned(), urn.to_uppercase(), urn.replace(':', "%3A")] {
            assert_eq!(client.get(&format!("/Schemas/{spelling}")).await.expect(200), *published, "{spelling}");
        }
        assert_eq!(published["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
        assert_eq!(
            published["meta"],
            json!({ "resourceType": "Schema", "location": client.url(&format!("/Schemas/{urn}")) })
        );
        assert!(published.get("externalId").is_none());
    }
    let everything = client.get(&format!("/Schemas/{URN}")).await.expect(200);
    let file: Value = serde_json::from_str(include_str!("schemas/everything.json")).unwrap();
    for (published, written) in
        everything["attributes"].as_array().unwrap().iter().zip(file["attributes"].as_array().unwrap())
    {
        for (key, value) in written.as_object().unwrap().iter().filter(|(key, _)| *key != "subAttributes") {
            assert_eq!(&published[key], value, "{}", written["name"]);
        }
        for key in ["type", "multiValued", "required", "mutability", "returned"] {
            assert!(!published[key].is_null(), "{key} of {}", written["name"]);
        }
    }
    client.get("/Schemas/urn:example:nothing").await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resource_types_list_their_extensions() {
    let (_site, client) = site().await;
    let all = client.get("/ResourceTypes").await.expect(200);
    assert_eq!(all["totalResults"], 2);
    for (endpoint, core, _) in TYPES {
        let name = endpoint[1..].trim_end_matches('s');
        let one = client.get(&format!("/ResourceTypes/{name}")).await.expect(200);
        assert!(all["Resources"].as_array().unwrap().contains(&one));
        assert_eq!(one["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]));
        assert_eq!(
            (&one["id"], &one["name"], &one["endpoint"], &one["schema"]),
            (&json!(name), &json!(name), &json!(endpoint), &json!(core))
        );
        assert_eq!(
            one["meta"],
            json!({ "resourceType": "ResourceType", "location": client.url(&format!("/ResourceTypes/{name}")) })
        );
        let bound = |urn: &str| {
            one["schemaExtensions"].as_array().unwrap().contains(&json!({ "schema": urn, "required": false }))
        };
        assert!(bound(URN));
        assert_eq!(bound(BADGE), name == "User");
        client.get(endpoint).await.expect(200);
        for urn in
            one["schemaExtensions"].as_array().unwrap().iter().map(|extension| extension["schema"].as_str().unwrap())
        {
            client.get(&format!("/Schemas/{urn}")).await.expect(200);
        }
    }
    client.get("/ResourceTypes/Device").await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discovery_is_read_whole_and_only_read() {
    let (_site, client) = site().await;
    let paths = ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/ResourceTypes/User"];
    for path in paths.map(str::to_owned).into_iter().chain([format!("/Schemas/{URN}")]) {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = client.send(method, &path, Some(&json!({ "name": "x" }))).await;
            let allowed: Vec<_> = answer.header("allow").split(", ").map(str::to_owned).collect();
            assert_eq!((answer.status, allowed), (405, vec!["GET".to_owned(), "HEAD".to_owned()]), "{method} {path}");
        }
        let refused = client.get(&format!("{path}?filter=name%20eq%20%22User%22")).await.expect(403);
        assert!(refused["detail"].as_str().unwrap().contains("filter"));
        // Paging and sorting mean nothing here.
        let plain = client.get(&path).await.expect(200);
        assert_eq!(
            client.get(&format!("{path}?startIndex=2&count=1&sortBy=name&sortOrder=descending")).await.expect(200),
            plain
        );
    }
}
