//! Accepted, stored, returned: POST, GET and PUT, and what they do by mutability and `returned`.

use serde_json::json;

use super::{BADGE, TYPES, URN, body, everything, made, shown, site, site_with, visible};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_stored_and_comes_back_as_sent() {
    for settings in [&[][..], &["scim.mode=strict"]] {
        let (_site, client) = site_with(settings).await;
        for (endpoint, core, _) in TYPES {
            let sent = body(endpoint, "it", everything());
            let answer = client.send("POST", endpoint, Some(&sent)).await.expect(201);
            let mut echoed = visible(everything());
            (echoed["asked"], echoed["place"]["asked"]) = (json!("a"), json!("a"));
            echoed["places"][0]["asked"] = json!("a1");
            assert_eq!(answer[URN], echoed, "a write shows what is returned on request when it was sent");
            assert_eq!(answer["schemas"], json!([core, URN]));
            let path = format!("{endpoint}/{}", answer["id"].as_str().unwrap());
            assert_eq!(shown(&client, &path).await, visible(everything()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemas_list_the_extension_only_while_it_has_values() {
    let (_site, client) = site().await;
    for (endpoint, core, named) in TYPES {
        let bare = json!({ "schemas": [core, URN], named: "it", URN: { "text": null, "texts": [], "place": {} } });
        let created = client.send("POST", endpoint, Some(&bare)).await.expect(201);
        assert_eq!((&created["schemas"], created.get(URN)), (&json!([core]), None));
        let path = format!("{endpoint}/{}", created["id"].as_str().unwrap());
        for (extension, expected) in [(json!({ "level": 1 }), json!([core, URN])), (json!(null), json!([core]))] {
            let put = json!({ "schemas": [core], named: "it", URN: extension });
            assert_eq!(client.send("PUT", &path, Some(&put)).await.expect(200)["schemas"], expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_puts_back_what_it_read_changes_nothing() {
    let (site, client) = site().await;
    for (endpoint, ..) in TYPES {
        let path = made(&client, endpoint, "it", everything()).await;
        let read = client.get(&path).await;
        let etag = read.header("etag").to_owned();
        let body = read.expect(200);
        let before = site.sql.traces().await;
        let answer = client.send("PUT", &path, Some(&body)).await;
        // What is returned on request was not read, so it is not there: it has been cleared, and nothing else.
        assert_ne!(answer.header("etag"), etag);
        assert_eq!(answer.expect(200)[URN], visible(everything()));
        assert_ne!(site.sql.traces().await, before);
        let (etag, before) = (client.get(&path).await.header("etag").to_owned(), site.sql.traces().await);
        let answer = client.send("PUT", &path, Some(&body)).await;
        assert_eq!(answer.header("etag"), etag);
        assert_eq!(site.sql.traces().await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn put_clears_replaces_and_keeps_by_mutability() {
    let (site, client) = site().await;
    for (endpoint, core, named) in TYPES {
        let path = made(&client, endpoint, "it", everything()).await;
        let put = json!({ "schemas": [core, URN], named: "it",
            URN: { "text": "New", "derived": "mine", "place": { "level": 4, "derived": "mine" }, "sealed": "S" } });
        let expected =
            json!({ "text": "New", "place": { "level": 4, "fixed": "F" }, "sealed": "S", "seals": ["s1", "s2"] });
        assert_eq!(client.send("PUT", &path, Some(&put)).await.expect(200)[URN], expected);
        let table = endpoint.trim_start_matches('/').to_lowercase();
        let stored = format!("SELECT attributes -> '{URN}' ->> $1 FROM {table}");
        for (name, kept) in [("secret", Some("Secret")), ("hidden", Some("h")), ("derived", None)] {
            assert_eq!(site.sql.value::<Option<String>>(&stored, &[&name]).await.as_deref(), kept, "{name}");
        }
        let cleared = json!({ "schemas": [core, URN], named: "it", URN: { "secret": null, "hidden": "H" } });
        client.send("PUT", &path, Some(&cleared)).await.expect(200);
        for (name, kept) in [("secret", None), ("hidden", Some("H"))] {
            assert_eq!(site.sql.value::<Option<String>>(&stored, &[&name]).await.as_deref(), kept, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_immutable_is_given_once() {
    let (site, client) = site().await;
    for (endpoint, ..) in TYPES {
        let path = made(&client, endpoint, "it", json!({ "place": { "level": 1 } })).await;
        let given = json!({ "sealed": "S", "seals": ["a"], "place": { "fixed": "F" } });
        let answer = client.send("PUT", &path, Some(&body(endpoint, "it", given.clone()))).await.expect(200);
        assert_eq!(answer[URN], given);
        let before = site.sql.traces().await;
        for (other, attribute) in [
            (json!({ "sealed": "s" }), "sealed"),
            (json!({ "seals": ["a", "b"] }), "seals"),
            (json!({ "place": { "fixed": "G" } }), "place.fixed"),
        ] {
            let refused = client.send("PUT", &path, Some(&body(endpoint, "it", other))).await.expect(400);
            assert_eq!(refused["scimType"], "mutability");
            assert!(refused["detail"].as_str().unwrap().contains(attribute), "{refused}");
        }
        assert_eq!(site.sql.traces().await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_required_is_required_where_its_extension_is_used() {
    let (_site, client) = site().await;
    let user = |badge| json!({ "userName": "it", BADGE: badge });
    for badge in
        [json!({ "issued": "2026-01-01T00:00:00Z" }), json!({ "badge": " ", "issued": "2026-01-01T00:00:00Z" })]
    {
        let refused = client.send("POST", "/Users", Some(&user(badge))).await.expect(400);
        assert_eq!(refused["scimType"], "invalidValue");
        assert!(refused["detail"].as_str().unwrap().contains(&format!("{BADGE}:badge")), "{refused}");
    }
    let refused =
        client.send("POST", "/Users", Some(&body("/Users", "it", json!({ "cards": [{ "chip": "k" }] })))).await;
    assert!(refused.expect(400)["detail"].as_str().unwrap().contains("cards.value"));
    let path = format!("/Users/{}", client.user("it").await);
    let add = |path: String, value: &str| json!([{ "op": "add", "path": path, "value": value }]);
    let refused = client.patch(&path, add(format!("{BADGE}:issued"), "2026-01-01T00:00:00Z")).await.expect(400);
    assert_eq!(refused["scimType"], "invalidValue");
    client.patch(&path, add(format!("{BADGE}:badge"), "B")).await.expect(200);
    let refused = client.patch(&path, json!([{ "op": "remove", "path": format!("{BADGE}:badge") }])).await.expect(400);
    assert_eq!(refused["scimType"], "mutability");
    let left = client.patch(&path, json!([{ "op": "remove", "path": BADGE }])).await.expect(200);
    assert!(left.get(BADGE).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_that_is_required_must_be_there() {
    use crate::scim::site::Site;
    use crate::support::Setup;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("resource-types")).unwrap();
    let badge = json!({ "id": BADGE, "name": "Badge", "attributes": [{ "name": "badge" }] });
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    let bound = json!({ "name": "User", "endpoint": "/Users", "schema": core,
        "schemaExtensions": [{ "schema": BADGE, "required": true }] });
    std::fs::write(folder.path().join("badge.json"), badge.to_string()).unwrap();
    std::fs::write(folder.path().join("resource-types/User.json"), bound.to_string()).unwrap();
    let site = Site::set_up(Setup { schema_dir: Some(folder.path().to_owned()), ..Setup::default() }).await;
    let client = site.client().await;
    let refused = client.send("POST", "/Users", Some(&json!({ "userName": "it" }))).await.expect(400);
    assert!(refused["detail"].as_str().unwrap().contains(BADGE), "{refused}");
    let whole = json!({ "userName": "it", BADGE: { "badge": "B" } });
    let id = client.send("POST", "/Users", Some(&whole)).await.expect(201)["id"].as_str().unwrap().to_owned();
    let refused = client.patch(&format!("/Users/{id}"), json!([{ "op": "remove", "path": BADGE }])).await.expect(400);
    assert_eq!(refused["scimType"], "mutability");
}
