//! POST `.search` (RFC 7644 section 3.4.3) and the base URI over both kinds (section 3.4.2.1).

use convoke::model::principal::Scope;
use serde_json::json;

use super::{GROUP, SEARCH, USER, cast, group, ids, names, refused};
use crate::conformance::proves;
use crate::support::{Setup, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_answers_as_the_get_does() {
    let _proof = proves(&["9.15", "10.2"]);
    let server = TestServer::start().await;
    cast(&server).await;
    let member = ids(&server.get("/scim/v2/Users").await.expect(200)).remove(0);
    group(&server, "g1", &[&member]).await;
    for (path, query, body) in [
        ("/Users", "sortBy=userName&count=2", json!({ "sortBy": "userName", "count": 2 })),
        (
            "/Users",
            "startIndex=4&attributes=userName,title",
            json!({ "startIndex": 4, "attributes": ["userName", "title"] }),
        ),
        ("/Groups", "excludedAttributes=members", json!({ "excludedAttributes": ["members"] })),
        ("/Groups", "filter=displayName+pr", json!({ "filter": "displayName pr" })),
        ("", "filter=displayName+pr&count=3", json!({ "filter": "displayName pr", "count": 3 })),
        ("", "startIndex=6", json!({ "startIndex": 6, "count": null })),
    ] {
        let mut body = body;
        body["schemas"] = json!([SEARCH]);
        let found = server.post(&format!("/scim/v2{path}/.search"), &body).await;
        let got = server.get(&format!("/scim/v2{path}?{query}")).await.expect(200);
        assert_eq!(found.expect(200), got, "{path} {body}");
    }
    let body = json!({ "schemas": [SEARCH], "cursor": "", "count": 2, "sortBy": "userName" });
    let first = server.post("/scim/v2/Users/.search", &body).await.expect(200);
    let body = json!({ "schemas": [SEARCH], "cursor": first["nextCursor"], "count": 9, "sortBy": "userName" });
    let second = server.post("/scim/v2/Users/.search", &body).await.expect(200);
    assert_eq!([names(&first), names(&second)].concat(), ["Alpha", "bravo", "charlie", "delta", "Écho"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_needs_no_more_than_the_right_to_read() {
    let _proof = proves(&["10.1", "10.5"]);
    let server = TestServer::start().await;
    let reader = server.client_with(&[Scope::ScimRead], &[]).await;
    for path in ["/scim/v2/Users/.search", "/scim/v2/.search"] {
        reader.post(path, &json!({ "schemas": [SEARCH] })).await.expect(200);
        assert_eq!(reader.get(path).await.header("allow"), "POST");
    }
    reader.post("/scim/v2/Users", &json!({ "schemas": [USER], "userName": "x" })).await.expect(403);
    reader.anonymous().post("/scim/v2/.search", &json!({ "schemas": [SEARCH] })).await.expect(401);
    for body in [json!({ "schemas": ["urn:x"] }), json!({ "count": "ten" }), json!({ "filter": 1 }), json!([])] {
        let answer = reader.post("/scim/v2/.search", &body).await.expect(400);
        assert_eq!(answer["scimType"], "invalidSyntax", "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_wants_the_message_to_say_what_it_is() {
    let _proof = proves(&["10.1"]);
    let server = TestServer::start_with(Setup { settings: &["scim.mode=strict"], ..Setup::default() }).await;
    let answer = server.post("/scim/v2/Users/.search", &json!({ "count": 1 })).await.expect(400);
    assert_eq!(answer["scimType"], "invalidSyntax");
    server.post("/scim/v2/Users/.search", &json!({ "schemas": [SEARCH], "count": 1 })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_base_uri_lists_everything() {
    let _proof = proves(&["1.8", "5.30", "10.3", "10.4"]);
    let server = TestServer::start().await;
    cast(&server).await;
    let member = ids(&server.get("/scim/v2/Users").await.expect(200)).remove(0);
    group(&server, "Ada", &[&member]).await;
    group(&server, "other", &[]).await;
    for (filter, expected) in [
        ("id pr", "delta Alpha charlie bravo Écho Ada other"),
        ("meta.resourceType eq \"User\"", "delta Alpha charlie bravo Écho"),
        ("meta.resourceType eq \"Group\"", "Ada other"),
        ("displayName eq \"ADA\"", "Alpha charlie Ada"),
        ("userName sw \"a\"", "Alpha"),
        ("userName ne \"alpha\" and displayName pr", "delta charlie Écho Ada other"),
        ("not (userName pr)", "Ada other"),
        ("title eq null and displayName sw \"a\"", "Alpha charlie Ada"),
        (&format!("members.value eq \"{member}\" or title eq \"x\""), "delta bravo Ada"),
        ("members pr", "Ada"),
        ("groups pr", "delta"),
    ] {
        let list = server.get(&format!("/scim/v2?filter={}", filter.replace(' ', "+"))).await.expect(200);
        assert_eq!(names(&list).join(" "), expected, "{filter}");
        assert_eq!(list["totalResults"], ids(&list).len(), "{filter}");
        for resource in list["Resources"].as_array().unwrap() {
            let group = resource.get("userName").is_none();
            assert_eq!(resource["meta"]["resourceType"], if group { "Group" } else { "User" });
            assert_eq!(resource["schemas"][0], if group { GROUP } else { USER });
        }
    }
    let page = server.get("/scim/v2/?startIndex=5&count=2").await.expect(200);
    assert_eq!((names(&page), &page["totalResults"]), (vec!["Écho", "Ada"], &json!(7)));
    assert_eq!(page["Resources"][1]["members"][0]["value"], member.as_str());
    assert_eq!(refused(&server, "/scim/v2?filter=nosuch+pr").await, "invalidFilter");
    assert_eq!(refused(&server, "/scim/v2?sortBy=nosuch").await, "invalidPath");
    server.post("/scim/v2", &json!({})).await.expect(405);
}
