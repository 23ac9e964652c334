//! `/Bulk` (RFC 7644 section 3.7) over HTTP: references, order, partial success, limits.

use std::collections::BTreeMap;

use convoke::api::Options;
use convoke::model::principal::Scope;
use serde_json::{Value, json};

use crate::conformance::proves;
use crate::support::{Client, Setup, TestServer};

const BULK: &str = "/scim/v2/Bulk";
const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn message(operations: &Value) -> Value {
    json!({ "schemas": [REQUEST], "Operations": operations })
}

/// Runs the operations; what became of each.
async fn bulk(client: &Client, operations: Value) -> Vec<Value> {
    let answer = client.post(BULK, &message(&operations)).await.expect(200);
    assert_eq!(answer["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    answer["Operations"].as_array().unwrap().clone()
}

fn post(path: &str, id: &str, data: &Value) -> Value {
    json!({ "method": "POST", "path": path, "bulkId": id, "data": data })
}

fn user(id: &str) -> Value {
    post("/Users", id, &json!({ "schemas": [USER], "userName": id }))
}

fn group(id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|member| json!({ "value": member })).collect();
    post("/Groups", id, &json!({ "schemas": [GROUP], "displayName": id, "members": members }))
}

fn statuses(operations: &[Value]) -> Vec<&str> {
    operations.iter().map(|operation| operation["status"].as_str().expect("a string")).collect()
}

fn detail(operation: &Value) -> &str {
    let response = &operation["response"];
    assert_eq!(response["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{operation}");
    assert_eq!(response["status"], operation["status"]);
    response["detail"].as_str().unwrap()
}

/// What an operation's location serves.
async fn read(client: &Client, operation: &Value) -> Value {
    let location = operation["location"].as_str().expect("a location");
    client.get(&location[location.find("/scim/v2").unwrap()..]).await.expect(200)
}

fn id(operation: &Value) -> &str {
    operation["location"].as_str().unwrap().rsplit('/').next().unwrap()
}

fn members(group: &Value) -> Vec<&str> {
    let all = group["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|member| member["value"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7644_3_7_2_references_point_forward_and_back_wherever_an_id_goes() {
    let _proof = proves(&["14.3", "14.10"]);
    let server = TestServer::start().await;
    let bob = json!({ "userName": "bob", ENTERPRISE: { "manager": { "value": "bulkId:alice" } } });
    let operations = json!([
        post("/Groups", "guides", &json!({ "displayName": "guides", "members": [
            { "type": "User", "value": "bulkId:alice" },
            { "$ref": "../Users/bulkId:bob" },
        ] })),
        user("alice"),
        post("/Users", "bob", &bob),
        { "method": "PATCH", "path": "/Users/bulkId:bob", "data": { "Operations": [
            { "op": "add", "path": "title", "value": "x" },
        ] } },
        { "method": "PATCH", "path": "/Groups/bulkId:guides", "data": { "Operations": [
            { "op": "remove", "path": "members[value eq \"bulkId:alice\"]" },
        ] } },
    ]);
    let done = bulk(&server, operations).await;
    assert_eq!(statuses(&done), ["201", "201", "201", "200", "200"]);
    let ids: Vec<_> = done.iter().map(|operation| operation["bulkId"].as_str()).collect();
    assert_eq!(ids, [Some("guides"), Some("alice"), Some("bob"), None, None]);
    let methods: Vec<_> = done.iter().map(|operation| operation["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["POST", "POST", "POST", "PATCH", "PATCH"]);
    assert_eq!(done[3]["location"], done[2]["location"]);
    let bob = read(&server, &done[2]).await;
    assert_eq!((&bob[ENTERPRISE]["manager"]["value"], &bob["title"]), (&json!(id(&done[1])), &json!("x")));
    assert_eq!(bob["meta"]["version"], done[3]["version"]);
    assert_eq!(members(&read(&server, &done[0]).await), [id(&done[2])]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7644_3_7_1_a_ring_of_managers_is_resolved() {
    let _proof = proves(&["14.12"]);
    let server = TestServer::start().await;
    let managed = |id: &str, manager: &str| {
        post("/Users", id, &json!({ "userName": id, ENTERPRISE: { "manager": { "value": manager } } }))
    };
    let done =
        bulk(&server, json!([managed("a", "bulkId:b"), managed("b", "bulkId:a"), managed("c", "bulkId:c")])).await;
    assert_eq!(statuses(&done), ["201"; 3]);
    for (of, manager) in [(0, 1), (1, 0), (2, 2)] {
        let found = read(&server, &done[of]).await;
        assert_eq!(found[ENTERPRISE]["manager"]["value"], id(&done[manager]));
        assert_eq!(found["meta"]["version"], done[of]["version"], "the version is that of the completed resource");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ring_of_groups_fails_the_operation_that_closes_it_alone() {
    let _proof = proves(&["14.12"]);
    let server = TestServer::start().await;
    let operations =
        json!([user("u"), group("a", &["bulkId:u", "bulkId:b"]), group("b", &["bulkId:c"]), group("c", &["bulkId:a"])]);
    let done = bulk(&server, operations).await;
    assert_eq!(statuses(&done), ["201", "409", "201", "201"]);
    assert!(detail(&done[1]).contains("a → b → c → a"), "{}", detail(&done[1]));
    assert_eq!(members(&read(&server, &done[1]).await), [id(&done[0])]);
    assert_eq!(members(&read(&server, &done[2]).await), [id(&done[3])]);
    assert_eq!(members(&read(&server, &done[3]).await), [id(&done[1])]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_operation_is_refused_for_leaves_the_others() {
    let _proof = proves(&["1.9", "14.2", "14.3", "14.4", "14.5", "14.6", "14.11", "14.14"]);
    let server = TestServer::start().await;
    server.post("/scim/v2/Users", &json!({ "userName": "taken" })).await.expect(201);
    let nobody = "01890000-0000-7000-8000-000000000000";
    let operations = json!([
        user("taken"),
        group("needs", &["bulkId:taken"]),
        group("unknown", &["bulkId:nowhere"]),
        { "method": "DELETE", "path": format!("/Users/{nobody}") },
        { "method": "GET", "path": format!("/Users/{nobody}") },
        { "method": "PUT", "path": "/Users/x" },
        { "method": "POST", "path": "/Users", "data": { "userName": "anonymous" } },
        { "method": "POST", "path": "/Users", "bulkId": "empty" },
        post("/Bulk", "nested", &json!({ "schemas": [REQUEST], "Operations": [] })),
        user("fine"),
    ]);
    let done = bulk(&server, operations).await;
    assert_eq!(statuses(&done), ["409", "409", "400", "404", "400", "400", "400", "400", "400", "201"]);
    assert_eq!(done[0]["response"]["scimType"], "uniqueness");
    assert!(detail(&done[1]).contains("bulkId:taken") && detail(&done[2]).contains("bulkId:nowhere"));
    assert_eq!(done[2]["response"]["scimType"], "invalidValue");
    // A location for all but a POST that failed.
    let located: Vec<bool> = done.iter().map(|operation| operation.get("location").is_some()).collect();
    assert_eq!(located, [false, false, false, true, true, true, false, false, false, true]);
    assert!(done[3]["location"].as_str().unwrap().ends_with(&format!("/scim/v2/Users/{nobody}")));
    let found = server.get("/scim/v2/Groups").await.expect(200);
    assert_eq!(found["totalResults"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fail_on_errors_leaves_the_rest_undone() {
    let _proof = proves(&["1.9", "14.7"]);
    let server = TestServer::start().await;
    let bad = |id: &str| post("/Users", id, &json!({}));
    let mut request = message(&json!([user("a"), bad("b"), user("c"), bad("d"), user("e")]));
    request["failOnErrors"] = 2.into();
    let answer = server.post(BULK, &request).await.expect(200);
    assert_eq!(statuses(answer["Operations"].as_array().unwrap()), ["201", "400", "201", "400"]);
    assert!(answer.get("failOnErrors").is_none());
    assert_eq!(server.get("/scim/v2/Users").await.expect(200)["totalResults"], 2);

    // Whoever waited for a reference and did not get it has not done what was asked.
    let mut request = message(&json!([group("p", &["bulkId:q"]), bad("x"), group("q", &["bulkId:p"])]));
    request["failOnErrors"] = 1.into();
    let answer = server.post(BULK, &request).await.expect(200);
    let done = answer["Operations"].as_array().unwrap();
    assert_eq!(statuses(done), ["409", "400"]);
    assert!(detail(&done[0]).contains("failOnErrors") && done[0]["location"].is_string());
}

/// Users as they are live, by name: external id and whether the account may be used.
async fn live(client: &Client) -> BTreeMap<String, (Value, Value)> {
    let list = client.get("/scim/v2/Users?count=999").await.expect(200);
    let users = list["Resources"].as_array().unwrap().iter();
    users
        .map(|user| {
            (user["userName"].as_str().unwrap().to_owned(), (user["externalId"].clone(), user["active"].clone()))
        })
        .collect()
}

/// New users of a Bulk are written several at once. Nobody can tell: names and external ids that are in each other's way,
/// in every order, come to what they come to one by one.
#[tokio::test]
async fn new_users_of_a_bulk_become_what_they_become_one_by_one() {
    let (together, apart) = (TestServer::start().await, TestServer::start().await);
    let mut number = rng(7);
    for round in 0..12 {
        let name = |at: u64| format!("{}{round}.{}", if at.is_multiple_of(2) { "U" } else { "u" }, at / 2);
        let users: Vec<Value> = (0..40)
            .map(|_| {
                let mut user = json!({ "schemas": [USER], "userName": name(number(60)), "active": number(4) > 0 });
                match number(8) {
                    0 => drop(user.as_object_mut().unwrap().remove("userName")),
                    1..5 => user["externalId"] = format!("e{round}.{}", number(12)).into(),
                    _ => {}
                }
                user
            })
            .collect();
        // Some are known: live, inactive, deleted.
        for user in users.iter().take(6).filter(|user| user.get("userName").is_some()) {
            for server in [&together, &apart] {
                let made = server.post("/scim/v2/Users", user).await;
                if made.status == 201 && user["active"] == true && user.get("externalId").is_some() {
                    server.delete(&format!("/scim/v2/Users/{}", made.body["id"].as_str().unwrap())).await.expect(204);
                }
            }
        }
        let most = (round % 3 == 0).then(|| usize::try_from(1 + number(6)).unwrap());
        let operations: Vec<Value> =
            users.iter().enumerate().map(|(at, user)| post("/Users", &at.to_string(), user)).collect();
        let mut request = message(&json!(operations));
        if let Some(most) = most {
            request["failOnErrors"] = most.into();
        }
        let done = together.post(BULK, &request).await.expect(200);
        let done = done["Operations"].as_array().unwrap();
        let mut failures = 0;
        let mut expected = Vec::new();
        for user in &users {
            let answer = apart.post("/scim/v2/Users", user).await;
            failures += usize::from(answer.status != 201);
            let refusal = (answer.status != 201).then(|| answer.body["detail"].clone());
            expected.push((answer.status.to_string(), refusal));
            if Some(failures) == most {
                break;
            }
        }
        let found: Vec<_> = done
            .iter()
            .map(|one| {
                (one["status"].as_str().unwrap().to_owned(), one.get("response").map(|error| error["detail"].clone()))
            })
            .collect();
        assert_eq!(found, expected, "round {round}: {users:#?}");
        assert_eq!(live(&together).await, live(&apart).await, "round {round}");
    }
}

/// Numbers below what is asked for, the same ones each time.
fn rng(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        // Knuth's MMIX generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_a_precondition() {
    let _proof = proves(&["14.15"]);
    let server = TestServer::start().await;
    let done = bulk(&server, json!([user("a"), user("b")])).await;
    let (a, b) = (format!("/Users/{}", id(&done[0])), format!("/Users/{}", id(&done[1])));
    let put = |version: &str| json!({ "method": "PUT", "path": a, "version": version, "data": { "userName": "a2" } });
    let delete = |version: &str| json!({ "method": "DELETE", "path": b, "version": version });
    let operations = json!([put("W/\"7\""), put("W/\"1\""), put("W/\"1\""), delete("W/\"2\""), delete("W/\"1\"")]);
    let done = bulk(&server, operations).await;
    assert_eq!(statuses(&done), ["412", "200", "412", "412", "204"]);
    assert_eq!((&done[1]["version"], done[4].get("version")), (&json!("W/\"2\""), None));
    assert!(done.iter().all(|operation| operation["location"].is_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_published_and_enforced_by_name() {
    let _proof = proves(&["14.8", "14.9"]);
    let api = Options { max_body: 2_000, ..Options::default() };
    let server = TestServer::start_with(Setup { api, ..Setup::default() }).await;
    let published = server.get("/scim/v2/ServiceProviderConfig").await.expect(200);
    assert_eq!(published["bulk"], json!({ "supported": true, "maxOperations": 1000, "maxPayloadSize": 2000 }));
    let large = server.post(BULK, &message(&json!(["x".repeat(2_000)]))).await.expect(413);
    assert!(large["detail"].as_str().unwrap().contains("maxPayloadSize (2000 bytes)"), "{large}");

    let server = TestServer::start().await;
    let many = server.post(BULK, &message(&json!(vec![json!({}); 1_001]))).await.expect(413);
    assert!(many["detail"].as_str().unwrap().contains("maxOperations is 1000"), "{many}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bulk_as_large_as_allowed_goes_through() {
    let _proof = proves(&["14.16"]);
    let server = TestServer::start().await;
    let names: Vec<String> = (0..999).map(|n| format!("u{n}")).collect();
    let references: Vec<String> = names.iter().map(|name| format!("bulkId:{name}")).collect();
    let mut operations = vec![group("all", &references.iter().map(String::as_str).collect::<Vec<_>>())];
    operations.extend(names.iter().map(|name| user(name)));
    let done = bulk(&server, operations.into()).await;
    assert!(done.len() == 1_000 && done.iter().all(|operation| operation["status"] == "201"));
    assert_eq!(members(&read(&server, &done[0]).await).len(), 999);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_request_as_a_whole_does_nothing() {
    let _proof = proves(&["14.1", "14.13", "14.14"]);
    let server = TestServer::start().await;
    let twice = message(&json!([user("a"), user("a")]));
    let bodies = [json!([]), json!({ "schemas": [REQUEST] }), message(&json!([user("a"), 1])), twice];
    for body in bodies {
        let refused = server.post(BULK, &body).await.expect(400);
        assert_eq!(refused["scimType"], "invalidSyntax", "{body}");
    }
    server.get(BULK).await.expect(405);
    let reader = server.client_with(&[Scope::ScimRead], &[]).await;
    reader.post(BULK, &message(&json!([user("a")]))).await.expect(403);
    assert_eq!(server.get("/scim/v2/Users").await.expect(200)["totalResults"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_in_strict_takes_the_letter_alone() {
    let _proof = proves(&["14.1"]);
    let server = TestServer::start_with(Setup { settings: &["scim.mode=strict"], ..Setup::default() }).await;
    server.post(BULK, &json!({ "Operations": [] })).await.expect(400);
    let mut lower = user("a");
    lower["method"] = "post".into();
    let mut bare = user("b");
    bare["path"] = "Users".into();
    // The ring is completed by a PATCH that strict accepts as well.
    let managed =
        json!({ "schemas": [USER, ENTERPRISE], "userName": "c", ENTERPRISE: { "manager": { "value": "bulkId:c" } } });
    let done = bulk(&server, json!([lower, bare, post("/Users", "c", &managed)])).await;
    assert_eq!(statuses(&done), ["400", "400", "201"]);
    assert_eq!(read(&server, &done[2]).await[ENTERPRISE]["manager"]["value"], id(&done[2]));
}
